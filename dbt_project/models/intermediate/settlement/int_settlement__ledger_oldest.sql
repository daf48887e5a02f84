with

debits as (
    select * from (
        {{ residuals('debits', before='ledger_oldest') }}
    ) as left_over
    where group_key is not null
),

credits as (
    select * from (
        {{ residuals('credits', before='ledger_oldest') }}
    ) as left_over
    where group_key is not null
),

settled as (
    {{ settle_by_running_total('debits', 'credits', 'ledger_oldest', group='group_key') }}
)

select * from settled
