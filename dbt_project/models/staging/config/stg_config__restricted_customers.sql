select
    customer_hash,
    restricted_on
from {{ source('config', 'restricted_customers') }}
