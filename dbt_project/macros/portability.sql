{#-
    Where DuckDB and Spark differ, models call these. Nothing else in the project may use a function that only
    one of them has.
-#}

{#- The last day of the month of a date, as DATE. Both engines have it under this name. -#}
{% macro month_end(date) -%}
    cast(last_day({{ date }}) as date)
{%- endmacro %}

{#- A date moved by a whole number of days, as DATE. -#}
{% macro add_days(date, days) -%}
    {{ return(adapter.dispatch('add_days', 'encours')(date, days)) }}
{%- endmacro %}

{% macro default__add_days(date, days) -%}
    cast({{ date }} + cast({{ days }} as integer) as date)
{%- endmacro %}

{% macro spark__add_days(date, days) -%}
    date_add({{ date }}, cast({{ days }} as int))
{%- endmacro %}

{#- Whole days from one date to a later one (negative when it is earlier). -#}
{% macro days_between(start_date, end_date) -%}
    {{ return(adapter.dispatch('days_between', 'encours')(start_date, end_date)) }}
{%- endmacro %}

{% macro default__days_between(start_date, end_date) -%}
    cast(date_diff('day', {{ start_date }}, {{ end_date }}) as integer)
{%- endmacro %}

{% macro spark__days_between(start_date, end_date) -%}
    datediff({{ end_date }}, {{ start_date }})
{%- endmacro %}

{#- True when the text contains a match of the regular expression. -#}
{% macro regexp_contains(text, pattern) -%}
    {{ return(adapter.dispatch('regexp_contains', 'encours')(text, pattern)) }}
{%- endmacro %}

{% macro default__regexp_contains(text, pattern) -%}
    regexp_matches({{ text }}, '{{ pattern }}')
{%- endmacro %}

{% macro spark__regexp_contains(text, pattern) -%}
    ({{ text }} rlike '{{ pattern }}')
{%- endmacro %}

{#- Every match of the regular expression replaced. -#}
{% macro regexp_replace_all(text, pattern, replacement) -%}
    {{ return(adapter.dispatch('regexp_replace_all', 'encours')(text, pattern, replacement)) }}
{%- endmacro %}

{% macro default__regexp_replace_all(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{% macro spark__regexp_replace_all(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}')
{%- endmacro %}

{#- One row per word (letters and digits) of a text: the id's column, position (from 1) and token. -#}
{% macro tokens(relation, id, text) -%}
    {{ return(adapter.dispatch('tokens', 'encours')(relation, id, text)) }}
{%- endmacro %}

{% macro default__tokens(relation, id, text) -%}
    select
        {{ id }},
        generate_subscripts(words, 1) as position,
        unnest(words) as token
    from (
        select {{ id }}, regexp_extract_all({{ text }}, '[A-Z0-9]+') as words
        from {{ relation }}
    )
{%- endmacro %}

{% macro spark__tokens(relation, id, text) -%}
    select {{ id }}, pos + 1 as position, token
    from {{ relation }}
    lateral view posexplode(regexp_extract_all({{ text }}, '[A-Z0-9]+', 0)) words as pos, token
{%- endmacro %}

{#- Money is one type everywhere: what sums and differences are cast back to. -#}
{% macro money(expression) -%}
    cast({{ expression }} as decimal(18, 2))
{%- endmacro %}

{#- True when the text starts with one of the prefixes of a comma-separated list. -#}
{% macro starts_with_any(text, prefixes) -%}
    {{ return(adapter.dispatch('starts_with_any', 'encours')(text, prefixes)) }}
{%- endmacro %}

{% macro default__starts_with_any(text, prefixes) -%}
    len(list_filter(string_split({{ prefixes }}, ','), lambda prefix: starts_with({{ text }}, trim(prefix)))) > 0
{%- endmacro %}

{% macro spark__starts_with_any(text, prefixes) -%}
    exists(split({{ prefixes }}, ','), prefix -> startswith({{ text }}, trim(prefix)))
{%- endmacro %}
