select
    company_id,
    ledger_name,
    md5(company_id || '|' || ledger_name || '|invoice|' || invoice_id) as item_id,
    known_on,
    {{ money('open_amount') }} as open_amount
from {{ source('subledger', 'subledger_open_amounts') }}
