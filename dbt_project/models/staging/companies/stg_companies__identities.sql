select
    company_id,
    party_key,
    legal_unit_id,
    establishment_id,
    method,
    cast(score as decimal(5, 4)) as score,
    matched_name,
    status,
    cast(candidates as integer) as candidates,
    cast(runner_up_score as decimal(5, 4)) as runner_up_score
from {{ source('companies', 'company_identities') }}
