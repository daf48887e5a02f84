{#- Shown on the table it guards. -#}
{{ config(meta={'dagster': {'ref': {'name': 'rpt_terms_sensitivity'}}}) }}

-- Recomputed from the terms in force, every figure is the one published; DSO is that of no terms at all.
select
    sensitivity.*,
    dso.overdue as published_overdue,
    dso.days_late_12m as published_days_late_12m
from {{ ref('rpt_terms_sensitivity') }} as sensitivity
inner join {{ ref('fct_dso_monthly') }} as dso
    on
        sensitivity.company_id = dso.company_id
        and sensitivity.as_of = dso.month_end
where
    sensitivity.dso_12m <> dso.dso_12m
    or sensitivity.dso_countback <> dso.dso_countback
    or (
        sensitivity.is_in_force
        and (
            sensitivity.overdue <> dso.overdue
            {%- for column in [
                'best_possible_dso_3m', 'best_possible_dso_12m', 'days_late_3m', 'days_late_12m',
                'share_paid_late_amount_3m', 'share_paid_late_amount_12m',
            ] %}
            or coalesce(sensitivity.{{ column }}, -1) <> coalesce(dso.{{ column }}, -1)
            {%- endfor %}
        )
    )
