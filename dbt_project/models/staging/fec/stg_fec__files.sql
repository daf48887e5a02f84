select
    company_id,
    source_id,
    file_name,
    sha256,
    cast(fiscal_year as integer) as fiscal_year,
    fiscal_year_start,
    fiscal_year_end,
    entry_key
from {{ source('fec', 'fec_files') }}
