with

events as (
    select * from {{ source('events', 'events_orders') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

-- An event counts from its own day.
known as (
    select
        events.company_id,
        events.order_id,
        events.customer_id,
        events.ordered_on,
        {{ money('events.amount') }} as amount
    from events
    inner join companies
        on
            events.company_id = companies.company_id
            and events.ordered_on <= companies.as_of
)

select * from known
