{{ config(meta={'key': ['company_id', 'scope', 'attribute_name', 'scope_value', 'month_end']}) }}
{%- set columns = [
    'balance', 'not_due', 'overdue_1_30', 'overdue_31_60', 'overdue_61_90', 'overdue_91_120', 'overdue_over_120',
    'due_date_unknown', 'unallocated', 'overdue',
] %}

with

ageing as (
    select * from {{ ref('fct_ageing_monthly') }}
),

scopes as (
    select * from {{ ref('int_metrics__customer_scopes') }}
),

summed as (
    select
        ageing.company_id,
        scopes.scope,
        scopes.attribute_name,
        scopes.scope_value,
        ageing.month_end,
        ageing.is_month_end,
        {%- for column in columns %}
        {{ money('sum(ageing.' ~ column ~ ')') }} as {{ column }},
        {%- endfor %}
        cast(sum(ageing.open_documents) as bigint) as open_documents
    from ageing
    inner join scopes
        on {{ same('ageing', 'scopes', ['company_id', 'customer_id']) }}
    group by
        ageing.company_id,
        scopes.scope,
        scopes.attribute_name,
        scopes.scope_value,
        ageing.month_end,
        ageing.is_month_end
)

select * from summed
