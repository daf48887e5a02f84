select
    company_id,
    counterpart_role,
    side,
    line_type
from {{ source('config', 'line_types') }}
