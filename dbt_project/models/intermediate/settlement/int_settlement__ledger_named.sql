{%- set earlier = [] -%}
with

debits as (
    {{ residuals('debits', earlier) }}
),

credits as (
    {{ residuals('credits', earlier) }}
),

pairs as (
    select
        names.debit_id,
        names.credit_id,
        names.position
    from {{ ref('int_settlement__references') }} as names
    inner join debits
        on names.debit_id = debits.item_id
    inner join credits
        on
            names.credit_id = credits.item_id
            and debits.lettering_key = credits.lettering_key
),

settled as (
    {{ settle_by_name('debits', 'credits', 'pairs', 'ledger_named') }}
)

select * from settled
