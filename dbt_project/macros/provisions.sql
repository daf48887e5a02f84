{#-
    amount x part / whole, rounded half away from zero to the cent; null where whole is zero or less. Amounts have two
    decimals, part and whole at most six: rates keep their full precision until the cent.
    DuckDB divides decimals as binary floating point, so there the division is done in whole numbers.
-#}
{% macro prorated(amount, part, whole) -%}
    {{ return(adapter.dispatch('prorated', 'encours')(amount, part, whole)) }}
{%- endmacro %}

{% macro default__prorated(amount, part, whole) -%}
    cast(
        case
            when {{ whole }} > 0
                then sign({{ amount }}) * sign({{ part }}) * cast(
                    (
                        2 * cast(abs(cast({{ amount }} as decimal(18, 2))) * 100 as hugeint)
                        * cast(abs(cast({{ part }} as decimal(26, 6))) * 1000000 as hugeint)
                        + cast(cast({{ whole }} as decimal(26, 6)) * 1000000 as hugeint)
                    ) // (2 * cast(cast({{ whole }} as decimal(26, 6)) * 1000000 as hugeint))
                    as decimal(38, 0)
                )
        end * cast(0.01 as decimal(3, 2))
        as decimal(18, 2)
    )
{%- endmacro %}

{% macro spark__prorated(amount, part, whole) -%}
    cast(
        case
            when {{ whole }} > 0
                then round(
                    cast({{ amount }} as decimal(18, 2)) * cast({{ part }} as decimal(20, 6))
                    / cast({{ whole }} as decimal(20, 6)), 2
                )
        end as decimal(18, 2)
    )
{%- endmacro %}

{#- The bucket of the provision matrix that an amount so many days past due has reached. -#}
{% macro provision_bucket(days_past_due) -%}
    case
        when {{ days_past_due }} is null then 'due_date_unknown'
        when {{ days_past_due }} <= 0 then 'not_due'
        when {{ days_past_due }} <= 30 then 'overdue_1_30'
        when {{ days_past_due }} <= 60 then 'overdue_31_60'
        when {{ days_past_due }} <= 90 then 'overdue_61_90'
        when {{ days_past_due }} <= 120 then 'overdue_91_120'
        else 'overdue_over_120'
    end
{%- endmacro %}
