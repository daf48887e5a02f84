{#-
    Writes a finished mart to Parquet under ENCOURS_EXPORT, sorted by its key so that the same input gives the
    same bytes. (dbt-duckdb's own `external` materialization puts a row of nulls into an empty table.)
    The sort columns are the model's `meta.key`.
-#}
{% macro export_table(relation) -%}
    {{ return(adapter.dispatch('export_table', 'encours')(relation)) }}
{%- endmacro %}

{% macro default__export_table(relation) -%}
    {%- set folder = env_var('ENCOURS_EXPORT', '') -%}
    {%- set key = model.config.meta.get('key') -%}
    {%- if execute and not key -%}
        {{ exceptions.raise_compiler_error(relation.identifier ~ " has no meta.key: the columns of its grain") }}
    {%- endif -%}
    {%- if folder and execute -%}
        copy (select * from {{ relation }} order by {{ key | join(', ') }})
        to '{{ folder | replace("'", "''") }}/{{ relation.identifier }}.parquet' (format parquet, compression zstd)
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}

{% macro spark__export_table(relation) -%}
    select 1
{%- endmacro %}
