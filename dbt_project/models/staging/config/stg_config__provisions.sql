select
    company_id,
    bucket,
    cast(floor_rate as decimal(9, 4)) as floor_rate,
    is_floor_configured,
    cast(individual_rate as decimal(9, 4)) as individual_rate,
    cast(tax_rate as decimal(9, 4)) as tax_rate,
    is_tax_rate_configured,
    cast(forward_looking_factor as decimal(9, 4)) as forward_looking_factor,
    overlay_reason,
    cast(cohort_age_months as integer) as cohort_age_months
from {{ source('config', 'provisions') }}
