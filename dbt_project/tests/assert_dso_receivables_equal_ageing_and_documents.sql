{#- Shown on the table it guards. -#}
{{ config(meta={'dagster': {'ref': {'name': 'fct_dso_monthly'}}}) }}

-- The receivables of a month end are the sum of its ageing, and of the documents and payments booked by then.
with

dso as (
    select * from {{ ref('fct_dso_monthly') }}
),

aged as (
    select
        company_id,
        month_end,
        sum(balance) as balance
    from {{ ref('fct_ageing_monthly') }}
    group by company_id, month_end
),

movements as (
    select company_id, entry_date as movement_date, amount from {{ ref('fct_invoices') }}
    union all
    select company_id, entry_date as movement_date, -amount as amount from {{ ref('fct_payments') }}
),

booked as (
    select
        dso.company_id,
        dso.month_end,
        sum(movements.amount) as balance
    from dso
    inner join movements
        on
            dso.company_id = movements.company_id
            and dso.month_end >= movements.movement_date
    group by dso.company_id, dso.month_end
)

select
    dso.company_id,
    dso.month_end,
    dso.receivables,
    aged.balance as aged_balance,
    booked.balance as booked_balance
from dso
left join aged
    on dso.company_id = aged.company_id and dso.month_end = aged.month_end
left join booked
    on dso.company_id = booked.company_id and dso.month_end = booked.month_end
where
    dso.receivables <> coalesce(aged.balance, 0)
    or dso.receivables <> coalesce(booked.balance, 0)
