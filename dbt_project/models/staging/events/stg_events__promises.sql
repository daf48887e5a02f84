with

events as (
    select * from {{ source('events', 'events_promises') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

-- An event counts from its own day.
known as (
    select
        events.company_id,
        events.promise_id,
        events.invoice_id as document_reference,
        events.customer_id,
        events.promised_on,
        events.due_on,
        {{ money('events.amount') }} as promised_amount
    from events
    inner join companies
        on
            events.company_id = companies.company_id
            and events.promised_on <= companies.as_of
)

select * from known
