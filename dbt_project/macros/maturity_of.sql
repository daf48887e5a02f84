{#-
    The maturity that the wording of a bill tells ("LCR F2024-01 éch. 31/03/2025", "échéance au 2025-03-31"), as DATE;
    null where it tells none. Only a date right after the word counts: other dates in a wording may be anything.
-#}
{% macro maturity_of(label) -%}
    {{ return(adapter.dispatch('maturity_of', 'encours')(label)) }}
{%- endmacro %}

{#- Before an accented letter there is no \b: what is no letter, or the start, stands for it. -#}
{% macro maturity_word() -%}
    (?i)(?:^|[^a-zà-ÿ])(?:[eé]ch(?:[eé]ances?|[eé]ant)?|maturity|due)[^0-9a-z]{0,4}(?:(?:au|le|du|on)\s+)?
{%- endmacro %}

{% macro default__maturity_of(label) -%}
    cast(coalesce(
        try_strptime(
            regexp_extract({{ label }}, '{{ maturity_word() }}(\d{1,2}[/.-]\d{1,2}[/.-]\d{4})\b', 1),
            ['%d/%m/%Y', '%d.%m.%Y', '%d-%m-%Y']
        ),
        try_strptime(
            regexp_extract({{ label }}, '{{ maturity_word() }}(\d{1,2}[/.-]\d{1,2}[/.-]\d{2})\b', 1),
            ['%d/%m/%y', '%d.%m.%y', '%d-%m-%y']
        ),
        try_strptime(regexp_extract({{ label }}, '{{ maturity_word() }}(\d{4}-\d{2}-\d{2})\b', 1), '%Y-%m-%d'),
        try_strptime(regexp_extract({{ label }}, '{{ maturity_word() }}((?:19|20)\d{6})\b', 1), '%Y%m%d')
    ) as date)
{%- endmacro %}

{% macro spark__maturity_of(label) -%}
    {%- set word = maturity_word() | replace('\\', '\\\\') -%}
    coalesce(
        try_to_date(
            translate(regexp_extract({{ label }}, '{{ word }}(\\d{1,2}[/.-]\\d{1,2}[/.-]\\d{4})\\b', 1), '.-', '//'),
            'd/M/yyyy'
        ),
        try_to_date(
            translate(regexp_extract({{ label }}, '{{ word }}(\\d{1,2}[/.-]\\d{1,2}[/.-]\\d{2})\\b', 1), '.-', '//'),
            'd/M/yy'
        ),
        try_to_date(regexp_extract({{ label }}, '{{ word }}(\\d{4}-\\d{2}-\\d{2})\\b', 1), 'yyyy-MM-dd'),
        try_to_date(regexp_extract({{ label }}, '{{ word }}((?:19|20)\\d{6})\\b', 1), 'yyyyMMdd')
    )
{%- endmacro %}
