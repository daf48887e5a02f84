{#-
    The customer of a receivable line: the auxiliary number; where blank, what follows the root of an account
    longer than a chart account once its trailing zeros are gone (411DUPONT and 416DUPONT are one customer);
    otherwise UNIDENTIFIED, which a check counts.
-#}
{% macro customer_of(auxiliary_number, account_number) -%}
    {%- set account = "trim(trailing '0' from " ~ account_number ~ ")" -%}
    case
        when {{ auxiliary_number }} is not null then {{ auxiliary_number }}
        when length({{ account }}) <= 4 then 'UNIDENTIFIED'
        when {{ regexp_contains(account, '^(4111|4117|4161)[^0-9]') }} then substr({{ account }}, 5)
        else substr({{ account }}, 4)
    end
{%- endmacro %}

{#- A customer's number without what is mere spelling: case, blanks and leading zeros; nothing else is. -#}
{% macro normal_customer(number) -%}
    {%- set compact = regexp_replace_all('upper(' ~ number ~ ')', '\\s', '') -%}
    case
        when {{ compact }} = 'UNIDENTIFIED' then {{ compact }}
        else coalesce(nullif(ltrim({{ compact }}, '0'), ''), '0')
    end
{%- endmacro %}
