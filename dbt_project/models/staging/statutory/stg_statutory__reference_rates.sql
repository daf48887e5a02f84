select
    company_id,
    kind,
    semester_start,
    cast(rate_pct as decimal(9, 4)) as rate_pct
from {{ source('statutory', 'reference_rates') }}
