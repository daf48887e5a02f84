{#-
    What the metrics need beyond portability.sql where DuckDB and Spark differ.
-#}

{#- One row per whole number from the first to the last (nothing where the last is smaller), in a select list. -#}
{% macro explode_range(first, last) -%}
    {{ return(adapter.dispatch('explode_range', 'encours')(first, last)) }}
{%- endmacro %}

{% macro default__explode_range(first, last) -%}
    unnest(generate_series({{ first }}, {{ last }}))
{%- endmacro %}

{% macro spark__explode_range(first, last) -%}
    explode(case when {{ first }} <= {{ last }} then sequence({{ first }}, {{ last }}) else array() end)
{%- endmacro %}

{#- Months since year 0: consecutive months are consecutive integers, in the calendar and in window frames. -#}
{% macro month_index(date) -%}
    cast(extract(year from {{ date }}) * 12 + extract(month from {{ date }}) - 1 as integer)
{%- endmacro %}

{#- First day of a month given by its index, as DATE. -#}
{% macro month_start_of_index(index) -%}
    {{ return(adapter.dispatch('month_start_of_index', 'encours')(index)) }}
{%- endmacro %}

{% macro default__month_start_of_index(index) -%}
    make_date(cast(({{ index }}) // 12 as integer), cast(({{ index }}) % 12 + 1 as integer), 1)
{%- endmacro %}

{% macro spark__month_start_of_index(index) -%}
    make_date(cast(({{ index }}) div 12 as int), cast(({{ index }}) % 12 + 1 as int), 1)
{%- endmacro %}

{#-
    A date moved by whole months, as DATE: the same day of the month, or the last one where that month is shorter
    (art. 641 code de procédure civile counts so).
-#}
{% macro add_months_to(date, months) -%}
    {{ return(adapter.dispatch('add_months_to', 'encours')(date, months)) }}
{%- endmacro %}

{% macro default__add_months_to(date, months) -%}
    cast({{ date }} + to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}

{% macro spark__add_months_to(date, months) -%}
    add_months({{ date }}, {{ months }})
{%- endmacro %}

{#-
    numerator / denominator rounded half away from zero, as DECIMAL(28, digits); null where the denominator is zero
    or less, for no ratio of this project means anything there. Both sides are amounts with at most two decimals.
    DuckDB divides decimals as binary floating point, so there the rounding is done in whole numbers: of 64 bits where
    they hold it (amounts x days below 4 x 10^12 at four digits), else of 128, which take ten times as long.
-#}
{% macro ratio(numerator, denominator, digits=4) -%}
    {{ return(adapter.dispatch('ratio', 'encours')(numerator, denominator, digits)) }}
{%- endmacro %}

{% macro default__ratio(numerator, denominator, digits) -%}
    case
        when
            {{ denominator }} > 0
            and {{ denominator }} < {{ 10 ** 13 }}
            and abs({{ numerator }}) < {{ 4 * 10 ** (16 - digits) }}
            then {{ rounded_ratio(numerator, denominator, digits, 'bigint', 19) }}
        when {{ denominator }} > 0
            then {{ rounded_ratio(
                'cast(' ~ numerator ~ ' as decimal(26, 2))', 'cast(' ~ denominator ~ ' as decimal(26, 2))',
                digits, 'hugeint', 38
            ) }}
    end
{%- endmacro %}

{% macro rounded_ratio(numerator, denominator, digits, whole, width) -%}
    cast(
        cast(
            sign({{ numerator }}) * (
                (
                    2 * abs(cast(({{ numerator }}) * 100 as {{ whole }})) * {{ 10 ** digits }}
                    + cast(({{ denominator }}) * 100 as {{ whole }})
                ) // (2 * cast(({{ denominator }}) * 100 as {{ whole }}))
            ) as decimal({{ width }}, 0)
        ) * cast({{ '%.*f' | format(digits, 10 ** -digits) }} as decimal(18, {{ digits }}))
        as decimal(28, {{ digits }})
    )
{%- endmacro %}

{% macro spark__ratio(numerator, denominator, digits) -%}
    cast(
        case
            when {{ denominator }} > 0
                then round(
                    cast({{ numerator }} as decimal(26, 2)) / cast({{ denominator }} as decimal(20, 2)), {{ digits }}
                )
        end as decimal(28, {{ digits }})
    )
{%- endmacro %}
