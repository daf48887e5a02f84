{{ config(meta={'key': ['company_id', 'scope', 'attribute_name', 'scope_value', 'month_end', 'bucket']}) }}

with

rolled as (
    select * from {{ ref('int_metrics__rolled_monthly') }}
),

scopes as (
    select company_id, customer_id, scope, attribute_name, scope_value
    from {{ ref('int_metrics__customer_scopes') }}

    union all

    select
        company_id,
        customer_id,
        'customer' as scope,
        cast(null as varchar(255)) as attribute_name,
        customer_id as scope_value
    from {{ ref('dim_customers') }}
),

roll_rates as (
    select
        rolled.company_id,
        scopes.scope,
        scopes.attribute_name,
        scopes.scope_value,
        rolled.month_end,
        rolled.bucket,
        {{ money('sum(rolled.amount_before)') }} as amount_before,
        {{ money('sum(rolled.amount_rolled)') }} as amount_rolled,
        {{ ratio('sum(rolled.amount_rolled)', 'sum(rolled.amount_before)') }} as roll_rate
    from rolled
    inner join scopes
        on {{ same('rolled', 'scopes', ['company_id', 'customer_id']) }}
    group by
        rolled.company_id, scopes.scope, scopes.attribute_name, scopes.scope_value, rolled.month_end, rolled.bucket
)

select * from roll_rates
