{#- What a lettering code belongs to: company, fiscal year, account and customer; null without a code. -#}
{% macro lettering_key(lines) -%}
    {{ lines }}.company_id
    || '|' || cast({{ lines }}.fiscal_year_start as varchar(10))
    || '|' || {{ lines }}.account_number
    || '|' || {{ lines }}.customer_id
    || '|' || {{ lines }}.lettering_code
{%- endmacro %}
