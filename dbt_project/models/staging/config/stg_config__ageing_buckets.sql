select
    company_id,
    cast(from_days as integer) as from_days,
    cast(to_days as integer) as to_days
from {{ source('config', 'ageing_buckets') }}
