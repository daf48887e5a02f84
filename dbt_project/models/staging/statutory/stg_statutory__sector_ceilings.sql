select
    company_id,
    naf_prefix,
    cast(ceiling_days as integer) as ceiling_days
from {{ source('statutory', 'sector_ceilings') }}
