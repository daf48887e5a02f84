select
    company_id,
    tax_basis,
    cast(contract_rate_pct as decimal(9, 4)) as contract_rate_pct
from {{ source('statutory', 'statutory_rules') }}
