{#- Shown on the table it guards. -#}
{{ config(meta={'dagster': {'ref': {'name': 'rpt_loss_allowance_movements'}}}) }}

-- What the parts of a movement leave unexplained is cents: half a cent for each product rounded by itself, of which
-- there are six for every pair of lines.
with

lines as (
    select count(*) as line_count from {{ ref('expected_credit_loss_lines') }}
)

select movements.*
from {{ ref('rpt_loss_allowance_movements') }} as movements
cross join lines
where abs(movements.rounding) > 0.03 * lines.line_count
