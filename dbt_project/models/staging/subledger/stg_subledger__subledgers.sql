select
    company_id,
    ledger_name,
    has_payments,
    has_allocations,
    has_open_amounts,
    has_paid_dates,
    has_issue_dates
from {{ source('subledger', 'subledgers') }}
