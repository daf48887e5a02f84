{#- Shown on the table it guards. -#}
{{ config(meta={'dagster': {'ref': {'name': 'fct_dso_by_customer_monthly'}}}) }}

-- What adds up does so to the cent: customers, sectors, countries, sizes and the values of each named column.
{%- set columns = [
    'receivables', 'not_due', 'overdue', 'due_date_unknown', 'unallocated', 'billed', 'billed_3m', 'billed_12m',
    'written_off', 'paid_3m', 'paid_12m', 'assigned_not_due', 'discounted_not_due', 'true_dso_not_covered',
] %}
{%- set scopes = {
    'customer': "'customer'", 'sector': "'sector'", 'country': "'country'", 'size': "'size'",
    'attribute': 'attribute_name',
} %}
with

scopes as (
    {%- for scope, name in scopes.items() %}
    select
        company_id,
        {{ name }} as scope_name,
        month_end,
        {%- for column in columns %}
        sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('fct_dso_by_' ~ scope ~ '_monthly') }}
    group by company_id, {{ name }}, month_end
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select scopes.*
from {{ ref('fct_dso_monthly') }} as company
inner join scopes
    on
        company.company_id = scopes.company_id
        and company.month_end = scopes.month_end
where
    {%- for column in columns %}
    coalesce(company.{{ column }}, 0) <> coalesce(scopes.{{ column }}, 0){{ ' or' if not loop.last }}
    {%- endfor %}

union all

-- Nobody follows any customer in such a month: then the company has nothing either.
select scopes.*
from {{ ref('fct_dso_monthly') }} as company
left join scopes
    on
        company.company_id = scopes.company_id
        and company.month_end = scopes.month_end
        and scopes.scope_name = 'customer'
where scopes.company_id is null and (company.receivables <> 0 or company.billed <> 0)
