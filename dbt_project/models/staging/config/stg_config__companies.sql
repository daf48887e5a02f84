select
    company_id,
    company_name,
    siren,
    currency,
    locale,
    as_of,
    is_as_of_configured,
    terms_text,
    cast(terms_net_days as integer) as terms_net_days,
    terms_is_end_of_month,
    cast(terms_days_after as integer) as terms_days_after,
    cast(terms_day_of_month as integer) as terms_day_of_month,
    terms_source,
    -- Wrapped in commas, so that a code is looked for as ',CODE,'.
    ',' || upper(opening_journals) || ',' as opening_journals,
    cast(retention_release_days as integer) as retention_release_days,
    has_fec,
    has_subledger,
    fiscal_year_end,
    ledger_as_of,
    country_code,
    department
from {{ source('config', 'companies') }}
