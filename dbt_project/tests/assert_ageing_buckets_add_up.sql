{#- Shown on the table it guards. -#}
{{ config(meta={'dagster': {'ref': {'name': 'fct_ageing_buckets_monthly'}}}) }}

-- The buckets of the configuration divide the same balance, customer by customer.
with

bucketed as (
    select
        company_id,
        customer_id,
        month_end,
        sum(amount) as amount
    from {{ ref('fct_ageing_buckets_monthly') }}
    group by company_id, customer_id, month_end
)

select
    ageing.company_id,
    ageing.customer_id,
    ageing.month_end,
    ageing.balance,
    bucketed.amount
from {{ ref('fct_ageing_monthly') }} as ageing
full outer join bucketed
    on
        ageing.company_id = bucketed.company_id
        and ageing.customer_id = bucketed.customer_id
        and ageing.month_end = bucketed.month_end
where coalesce(ageing.balance, 0) <> coalesce(bucketed.amount, 0)
