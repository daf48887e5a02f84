select
    company_id,
    customer_id,
    attribute_name,
    attribute_value
from {{ source('config', 'customer_attributes') }}
