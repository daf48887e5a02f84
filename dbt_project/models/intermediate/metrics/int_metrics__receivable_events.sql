with

invoices as (
    select * from {{ ref('fct_invoices') }}
),

payments as (
    select * from {{ ref('fct_payments') }}
),

allocations as (
    select * from {{ ref('fct_allocations') }}
),

documents_entered as (
    select
        company_id,
        customer_id,
        'document' as item_kind,
        invoice_id as item_id,
        entry_date as event_date,
        amount
    from invoices
),

documents_settled as (
    select
        company_id,
        customer_id,
        'document' as item_kind,
        invoice_id as item_id,
        allocation_date as event_date,
        -amount as amount
    from allocations
    where invoice_id is not null
),

credits_applied as (
    select
        company_id,
        customer_id,
        'document' as item_kind,
        credit_invoice_id as item_id,
        allocation_date as event_date,
        amount
    from allocations
    where credit_invoice_id is not null
),

-- Money received lowers the balance until it is applied: then the document it settles does.
payments_received as (
    select
        company_id,
        customer_id,
        'payment' as item_kind,
        payment_id as item_id,
        entry_date as event_date,
        -amount as amount
    from payments
),

payments_applied as (
    select
        company_id,
        customer_id,
        'payment' as item_kind,
        payment_id as item_id,
        allocation_date as event_date,
        amount
    from allocations
    where payment_id is not null
),

events as (
    select * from documents_entered
    union all
    select * from documents_settled
    union all
    select * from credits_applied
    union all
    select * from payments_received
    union all
    select * from payments_applied
)

select
    company_id,
    customer_id,
    item_kind,
    item_id,
    event_date,
    {{ month_index('event_date') }} as month_index,
    {{ money('amount') }} as amount
from events
