with

events as (
    select * from {{ source('events', 'events_overrides') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

-- An event counts from its own day.
known as (
    select
        events.company_id,
        events.override_id,
        events.customer_id,
        events.decided_on,
        events.action,
        events.reason,
        events.decided_by,
        events.valid_to
    from events
    inner join companies
        on
            events.company_id = companies.company_id
            and events.decided_on <= companies.as_of
)

select * from known
