{{ config(meta={'key': ['company_id', 'customer_id', 'default_date']}) }}

with

defaults as (
    select * from {{ ref('int_customer_defaults') }}
)

select
    company_id,
    customer_id,
    default_date,
    reason,
    amount,
    cured_on,
    cured_on is null as is_in_default
from defaults
