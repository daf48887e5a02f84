select
    siren,
    legal_name,
    is_sole_trader,
    legal_category,
    creation_date,
    naf_code,
    headcount_band,
    size_category,
    administrative_state,
    state_since,
    is_diffusible
from {{ source('sirene', 'sirene_legal_units') }}
