select
    company_id,
    account_prefix,
    role
from {{ source('config', 'account_roles') }}
