with

allocations as (
    select * from {{ ref('fct_allocations') }}
    where invoice_id is not null
),

payments as (
    select * from {{ ref('fct_payments') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

awaited as (
    select distinct
        company_id,
        customer_id
    from {{ ref('int_events__subjects') }}
    where event in ('promises', 'instalments') and subject in ('document', 'customer')
),

-- A loss or an assignment settles a document, but nobody has paid it. A credit note lowers what was promised.
by_document as (
    select
        allocations.company_id,
        invoices.customer_id,
        allocations.invoice_id,
        allocations.allocation_date as received_on,
        allocations.amount
    from allocations
    inner join invoices
        on
            allocations.company_id = invoices.company_id
            and allocations.invoice_id = invoices.invoice_id
    inner join awaited
        on
            invoices.company_id = awaited.company_id
            and invoices.customer_id = awaited.customer_id
    where allocations.kind not in ('write_off', 'assignment')
),

by_customer as (
    select
        payments.company_id,
        payments.customer_id,
        cast(null as varchar(32)) as invoice_id,
        payments.payment_date as received_on,
        payments.amount
    from payments
    inner join awaited
        on
            payments.company_id = awaited.company_id
            and payments.customer_id = awaited.customer_id
    inner join companies
        on
            payments.company_id = companies.company_id
            and payments.payment_date <= companies.as_of
    where payments.kind in ('receipt', 'rejection')
)

select * from by_document
union all
select * from by_customer
