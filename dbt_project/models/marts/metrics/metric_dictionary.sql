{{ config(meta={'key': ['metric_id']}) }}

with

definitions as (
    select * from {{ ref('metric_definitions') }}
),

-- The text that computes a ratio is the text shown.
ratios as (
    {%- for metric, parts in ratio_metrics().items() %}
    select
        '{{ metric }}' as metric_id,
        '
        {%- for part in parts %}
            {{- '(' ~ part ~ ')' if ' + ' in part or ' - ' in part else part }}
            {{- ' / ' if not loop.last }}
        {%- endfor %}' as sql_text
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

dictionary as (
    select
        definitions.metric_id,
        definitions.table_name,
        definitions.column_name,
        definitions.unit,
        definitions.source,
        definitions.name_fr,
        definitions.name_en,
        definitions.formula_fr,
        definitions.formula_en,
        coalesce(definitions.sql_text, ratios.sql_text) as sql_text,
        cast(definitions.position as integer) as position
    from definitions
    left join ratios
        on definitions.metric_id = ratios.metric_id
)

select * from dictionary
