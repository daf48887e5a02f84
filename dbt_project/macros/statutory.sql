{#- Semesters since year 0: consecutive semesters (from 1 January, from 1 July) are consecutive integers. -#}
{% macro semester_index(date) -%}
    cast(extract(year from {{ date }}) * 2 + case when extract(month from {{ date }}) > 6 then 1 else 0 end as integer)
{%- endmacro %}

{#- First day of a semester given by its index, as DATE. -#}
{% macro semester_start_of_index(index) -%}
    {{ month_start_of_index('(' ~ index ~ ') * 6') }}
{%- endmacro %}

{#- amount x part / whole, to the cent, halves away from zero; all three are amounts and the whole is positive. -#}
{% macro prorata(amount, part, whole) -%}
    {{ return(adapter.dispatch('prorata', 'encours')(amount, part, whole)) }}
{%- endmacro %}

{% macro default__prorata(amount, part, whole) -%}
    {{ money(
        'sign(' ~ amount ~ ') * sign(' ~ part ~ ') * cast((
            2 * cast(abs(' ~ amount ~ ') * 100 as hugeint) * cast(abs(' ~ part ~ ') * 100 as hugeint)
            + cast(' ~ whole ~ ' * 100 as hugeint)
        ) // (2 * cast(' ~ whole ~ ' * 100 as hugeint)) as decimal(20, 0)) * cast(0.01 as decimal(3, 2))'
    ) }}
{%- endmacro %}

{% macro spark__prorata(amount, part, whole) -%}
    {{ money('round(' ~ amount ~ ' * ' ~ part ~ ' / ' ~ whole ~ ', 2)') }}
{%- endmacro %}

{#- True where the documents of this type are invoices that a customer owes: billed, or brought forward. -#}
{% macro is_owed_invoice(relation) -%}
    {{ relation }}.document_type in ('invoice', 'deposit', 'opening_item') and {{ relation }}.amount > 0
{%- endmacro %}
