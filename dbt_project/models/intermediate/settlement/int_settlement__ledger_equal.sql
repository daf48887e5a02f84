with

debits as (
    select
        *,
        year_key as group_key
    from (
        {{ residuals('debits', before='ledger_equal') }}
    ) as left_over
    where year_key is not null
),

credits as (
    select
        *,
        year_key as group_key
    from (
        {{ residuals('credits', before='ledger_equal') }}
    ) as left_over
    where year_key is not null
),

settled as (
    {{ settle_by_equal_amount('debits', 'credits', 'ledger_equal') }}
)

select * from settled
