{{ config(meta={'key': ['company_id', 'dispute_id', 'invoice_id']}) }}

with

dispute_documents as (
    select * from {{ ref('int_events__dispute_documents') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

opened as (
    select
        dispute_documents.company_id,
        dispute_documents.dispute_id,
        dispute_documents.invoice_id,
        invoices.customer_id,
        invoices.document_number,
        dispute_documents.disputed_from,
        dispute_documents.disputed_until,
        dispute_documents.disputed_amount as amount_given,
        case when dispute_documents.disputed_until is null then greatest(invoices.open_amount, 0) else 0 end
            as contested_open_amount,
        invoices.open_amount,
        invoices.due_date
    from dispute_documents
    inner join invoices
        on
            dispute_documents.company_id = invoices.company_id
            and dispute_documents.invoice_id = invoices.invoice_id
),

-- A part disputed lies on the documents that fell due first.
running as (
    select
        *,
        sum(contested_open_amount) over (
            partition by company_id, dispute_id
            order by due_date nulls last, invoice_id
            rows between unbounded preceding and current row
        ) as running_amount
    from opened
),

final as (
    select
        company_id,
        dispute_id,
        invoice_id,
        customer_id,
        document_number,
        disputed_from,
        disputed_until,
        open_amount,
        {{ money('case
            when amount_given is null then contested_open_amount
            else greatest(least(contested_open_amount, amount_given - (running_amount - contested_open_amount)), 0)
        end') }} as disputed_amount
    from running
)

select * from final
