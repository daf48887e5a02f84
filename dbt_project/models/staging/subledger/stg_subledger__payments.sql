with

payments as (
    select * from {{ source('subledger', 'subledger_payments') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

renamed as (
    select
        payments.company_id,
        payments.ledger_name,
        -- Ids are unique within their sub-ledger.
        md5(payments.company_id || '|' || payments.ledger_name || '|payment|' || payments.payment_id) as item_id,
        payments.payment_id as source_payment_id,
        payments.customer_id,
        payments.customer_name,
        payments.payment_date,
        coalesce(upper(payments.currency), companies.currency) as currency,
        coalesce(upper(payments.currency), companies.currency) = companies.currency as is_company_currency,
        {{ money('payments.amount') }} as amount,
        {{ money('payments.company_amount') }} as company_amount,
        cast(payments.exchange_rate as decimal(18, 8)) as exchange_rate,
        payments.reference,
        payments.invoice_id as source_invoice_id,
        payments.matching_number,
        payments.file_name,
        payments.line_number
    from payments
    inner join companies
        on payments.company_id = companies.company_id
)

select * from renamed
