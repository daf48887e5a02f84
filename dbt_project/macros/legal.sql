{#- True for the departments and territories of France overseas: 971 to 978, 984 to 988. -#}
{% macro is_overseas(department) -%}
    coalesce({{ department }} like '97%' or {{ department }} like '98%', false)
{%- endmacro %}
