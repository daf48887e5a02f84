{% set scopes = ['sector', 'country', 'size', 'attribute'] -%}
with

{% for scope in scopes -%}
{{ scope }}_scopes as (
    {{ customer_scopes(scope) }}
),

{% endfor -%}
scopes as (
    {%- for scope in scopes %}
    select
        company_id,
        customer_id,
        '{{ scope }}' as scope,
        {{ 'attribute_name' if scope == 'attribute' else 'cast(null as varchar(255))' }} as attribute_name,
        {{ scope_columns(scope)[-1] }} as scope_value
    from {{ scope }}_scopes
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from scopes
