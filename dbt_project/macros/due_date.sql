{#-
    The one home of the payment-terms arithmetic. Terms are four numbers (the grammar that reads them is the
    importer's): net days; whether the month then runs to its end; days added after that; a fixed day of the
    following month.
      30        -> 30, false, 0, null     issue + 30 days
      45 EOM    -> 45, true, 0, null      issue + 45 days, then the end of that month
      EOM 45    -> 0, true, 45, null      the end of the issue month, then 45 days
      60 EOM 10 -> 60, true, 0, 10        issue + 60 days, the end of that month, then the 10th of the next
-#}
{% macro due_date(issue_date, net_days, is_end_of_month, days_after, day_of_month) -%}
    case
        when not {{ is_end_of_month }} then {{ add_days(issue_date, net_days) }}
        when {{ day_of_month }} is null
            then {{ add_days(month_end(add_days(issue_date, net_days)), days_after) }}
        else
            least(
                {{ add_days(month_end(add_days(issue_date, net_days)), day_of_month) }},
                {{ month_end(add_days(month_end(add_days(issue_date, net_days)), 1)) }}
            )
    end
{%- endmacro %}
