{#- Shown on the table it guards. -#}
{{ config(meta={'dagster': {'ref': {'name': 'fct_ageing_by_scope_monthly'}}}) }}

-- However the customers are grouped, every bucket of the company is divided to the cent.
{%- set columns = [
    'balance', 'not_due', 'overdue_1_30', 'overdue_31_60', 'overdue_61_90', 'overdue_91_120', 'overdue_over_120',
    'due_date_unknown', 'unallocated', 'overdue', 'open_documents',
] %}
with

company as (
    select
        company_id,
        month_end,
        {%- for column in columns %}
        sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('fct_ageing_monthly') }}
    group by company_id, month_end
),

scopes as (
    select
        company_id,
        scope,
        attribute_name,
        month_end,
        {%- for column in columns %}
        sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('fct_ageing_by_scope_monthly') }}
    group by company_id, scope, attribute_name, month_end
)

select
    company.company_id,
    company.month_end,
    scopes.scope
from company
left join scopes
    on
        company.company_id = scopes.company_id
        and company.month_end = scopes.month_end
where
    scopes.scope is null
    {%- for column in columns %}
    or company.{{ column }} <> scopes.{{ column }}
    {%- endfor %}
