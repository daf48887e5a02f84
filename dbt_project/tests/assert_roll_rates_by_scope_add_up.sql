{#- Shown on the table it guards. -#}
{{ config(meta={'dagster': {'ref': {'name': 'fct_roll_rates_by_scope_monthly'}}}) }}

-- However the customers are grouped, what stood in a bucket and what rolled are the company's to the cent.
with

company as (
    select * from {{ ref('fct_roll_rates_monthly') }}
),

scopes as (
    select
        company_id,
        scope,
        attribute_name,
        month_end,
        bucket,
        sum(amount_before) as amount_before,
        sum(amount_rolled) as amount_rolled
    from {{ ref('fct_roll_rates_by_scope_monthly') }}
    group by company_id, scope, attribute_name, month_end, bucket
)

select
    company.company_id,
    company.month_end,
    company.bucket,
    scopes.scope
from company
left join scopes
    on
        company.company_id = scopes.company_id
        and company.month_end = scopes.month_end
        and company.bucket = scopes.bucket
where
    scopes.scope is null
    or company.amount_before <> scopes.amount_before
    or company.amount_rolled <> scopes.amount_rolled
