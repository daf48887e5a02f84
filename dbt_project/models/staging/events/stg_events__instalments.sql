with

events as (
    select * from {{ source('events', 'events_instalments') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

-- An event counts from its own day.
known as (
    select
        events.company_id,
        events.instalment_id,
        events.plan_id,
        events.invoice_id as document_reference,
        events.customer_id,
        events.agreed_on,
        events.due_on,
        {{ money('events.amount') }} as amount
    from events
    inner join companies
        on
            events.company_id = companies.company_id
            and events.agreed_on <= companies.as_of
)

select * from known
