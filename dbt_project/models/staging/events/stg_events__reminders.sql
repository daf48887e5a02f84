with

events as (
    select * from {{ source('events', 'events_reminders') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

-- An event counts from its own day.
known as (
    select
        events.company_id,
        events.reminder_id,
        events.invoice_id as document_reference,
        events.customer_id,
        events.sent_on,
        cast(events.level as integer) as level,
        events.channel
    from events
    inner join companies
        on
            events.company_id = companies.company_id
            and events.sent_on <= companies.as_of
)

select * from known
