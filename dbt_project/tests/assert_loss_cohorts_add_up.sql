{#- Shown on the table it guards. -#}
{{ config(meta={'dagster': {'ref': {'name': 'rpt_loss_cohorts'}}}) }}

-- What a month billed was credited, assigned, settled or lost, by the allocations, or is open, by the balances.
select *
from {{ ref('rpt_loss_cohorts') }}
where
    billed <> credited + assigned + settled + lost + open_amount
    or lost < 0
    or lost_excluding_vat > lost
    or (state = 'settled' and open_amount <> 0)
