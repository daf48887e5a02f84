{#- Shown on the table it guards. -#}
{{ config(meta={'dagster': {'ref': {'name': 'metric_dictionary'}}}) }}

-- Every metric column has an entry, and every entry a column. Keys and the flag of a partial month are no metrics.
{%- set measured = ['fct_dso_monthly', 'fct_ageing_monthly'] %}
{%- set unmeasured = ['company_id', 'customer_id', 'month_end', 'is_month_end'] %}
with

columns_of_models as (
    select cast(null as varchar(100)) as table_name, cast(null as varchar(100)) as column_name, false as is_metric
    where false
    {%- if execute %}{% for node in graph.nodes.values() if node.resource_type == 'model' and node.fqn[1] == 'marts' %}
    {%- for column in node.columns %}
    union all
    select
        '{{ node.name }}' as table_name,
        '{{ column }}' as column_name,
        {{ node.name in measured and column not in unmeasured }} as is_metric
    {%- endfor %}{% endfor %}{% endif %}
)

select
    columns_of_models.table_name,
    columns_of_models.column_name,
    dictionary.metric_id
from columns_of_models
full outer join {{ ref('metric_dictionary') }} as dictionary
    on
        columns_of_models.table_name = dictionary.table_name
        and columns_of_models.column_name = dictionary.column_name
where
    columns_of_models.column_name is null
    or (columns_of_models.is_metric and dictionary.metric_id is null)
