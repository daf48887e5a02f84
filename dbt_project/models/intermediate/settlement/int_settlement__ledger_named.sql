with

debits as (
    {{ residuals('debits', before='ledger_named') }}
),

credits as (
    {{ residuals('credits', before='ledger_named') }}
),

pairs as (
    select
        names.debit_id,
        names.credit_id,
        names.position,
        names.is_number
    from {{ ref('int_settlement__references') }} as names
    inner join debits
        on names.debit_id = debits.item_id
    inner join credits
        on
            names.credit_id = credits.item_id
            and debits.group_key = credits.group_key
),

settled as (
    {{ settle_by_name('debits', 'credits', 'pairs', 'ledger_named') }}
)

select * from settled
