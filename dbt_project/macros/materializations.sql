{#-
    Tables and views made in place, in one transaction. dbt's own materializations build beside, rename and drop, so
    that a reader of the database always meets the old table or the new one. Nobody reads the file of a run while it
    is built, and for a small ledger those steps were a fifth of the build.
-#}
{% materialization table, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {% do made_in_place(target, create_table_as(False, target, sql)) %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {%- set target = this.incorporate(type='view') -%}
    {% do made_in_place(target, get_create_view_as_sql(target, sql)) %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% macro made_in_place(target, statement_of_target) %}
    {#- By hand one may build twice into the same file. -#}
    {% do drop_relation_if_exists(load_cached_relation(this)) %}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') %}{{ statement_of_target }}{% endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
{% endmacro %}
