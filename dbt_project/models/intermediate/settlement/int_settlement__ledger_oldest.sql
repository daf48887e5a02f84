with

debits as (
    select
        *,
        year_key as group_key
    from (
        {{ residuals('debits', before='ledger_oldest') }}
    ) as left_over
    where year_key is not null
),

credits as (
    select
        *,
        year_key as group_key
    from (
        {{ residuals('credits', before='ledger_oldest') }}
    ) as left_over
    where year_key is not null
),

settled as (
    {{ settle_by_running_total('debits', 'credits', 'ledger_oldest') }}
)

select * from settled
