-- One row per document and what settles it: rows that take an earlier one back are netted here.
select
    company_id,
    ledger_name,
    invoice_id as source_invoice_id,
    payment_id as source_payment_id,
    {{ money('sum(amount)') }} as amount,
    min(allocation_date) as allocation_date
from {{ source('subledger', 'subledger_allocations') }}
group by company_id, ledger_name, invoice_id, payment_id
