with

invoices as (
    select * from {{ source('subledger', 'subledger_invoices') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

renamed as (
    select
        invoices.company_id,
        invoices.ledger_name,
        -- Ids are unique within their sub-ledger.
        md5(invoices.company_id || '|' || invoices.ledger_name || '|invoice|' || invoices.invoice_id) as item_id,
        invoices.invoice_id as source_invoice_id,
        invoices.customer_id,
        invoices.customer_name,
        coalesce(invoices.document_type, case when invoices.amount < 0 then 'credit_note' else 'invoice' end)
            as document_type,
        coalesce(invoices.document_number, invoices.invoice_id) as document_number,
        invoices.reference,
        invoices.issue_date,
        invoices.entry_date,
        coalesce(
            invoices.due_date,
            {{ add_days('coalesce(invoices.baseline_date, invoices.issue_date)', 'invoices.terms_days') }}
        ) as due_date,
        coalesce(upper(invoices.currency), companies.currency) as currency,
        coalesce(upper(invoices.currency), companies.currency) = companies.currency as is_company_currency,
        {{ money('invoices.amount') }} as amount,
        {{ money('invoices.company_amount') }} as company_amount,
        cast(invoices.exchange_rate as decimal(18, 8)) as exchange_rate,
        {{ money('invoices.vat_amount') }} as vat_amount,
        {{ money('invoices.open_amount') }} as open_amount,
        invoices.paid_date,
        coalesce(invoices.is_disputed, false) as is_disputed,
        lower(trim(invoices.delivery_method)) as delivery_method,
        invoices.matching_number,
        invoices.known_on,
        invoices.file_name,
        invoices.line_number
    from invoices
    inner join companies
        on invoices.company_id = companies.company_id
)

select * from renamed
