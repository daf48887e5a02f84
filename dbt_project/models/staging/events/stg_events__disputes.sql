with

events as (
    select * from {{ source('events', 'events_disputes') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

-- An event counts from its own day.
known as (
    select
        events.company_id,
        events.dispute_id,
        events.invoice_id as document_reference,
        events.customer_id,
        events.opened_on,
        -- An end after the as-of day is not known that day.
        case when events.closed_on <= companies.as_of then events.closed_on end as closed_on,
        events.reason,
        {{ money('events.amount') }} as disputed_amount
    from events
    inner join companies
        on
            events.company_id = companies.company_id
            and events.opened_on <= companies.as_of
)

select * from known
