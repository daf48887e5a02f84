with

events as (
    select * from {{ source('events', 'events_insured_limits') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

-- An event counts from its own day.
known as (
    select
        events.company_id,
        events.limit_id,
        events.customer_id,
        events.valid_from,
        events.valid_to,
        {{ money('events.amount') }} as limit_amount,
        cast(events.insured_share as decimal(18, 4)) as insured_share,
        events.insurer
    from events
    inner join companies
        on
            events.company_id = companies.company_id
            and events.valid_from <= companies.as_of
)

select * from known
