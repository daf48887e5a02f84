with

debits as (
    select * from (
        {{ residuals('debits', before='ledger_equal') }}
    ) as left_over
    where group_key is not null
),

credits as (
    select * from (
        {{ residuals('credits', before='ledger_equal') }}
    ) as left_over
    where group_key is not null
),

settled as (
    {{ settle_by_equal_amount('debits', 'credits', 'ledger_equal', group='group_key') }}
)

select * from settled
