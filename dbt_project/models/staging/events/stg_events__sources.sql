with

sources as (
    select * from {{ source('events', 'event_sources') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

events as (
    select
        company_id,
        'disputes' as event,
        opened_on as event_date
    from {{ source('events', 'events_disputes') }}
    union all
    select
        company_id,
        'promises' as event,
        promised_on as event_date
    from {{ source('events', 'events_promises') }}
    union all
    select
        company_id,
        'reminders' as event,
        sent_on as event_date
    from {{ source('events', 'events_reminders') }}
    union all
    select
        company_id,
        'orders' as event,
        ordered_on as event_date
    from {{ source('events', 'events_orders') }}
    union all
    select
        company_id,
        'instalments' as event,
        agreed_on as event_date
    from {{ source('events', 'events_instalments') }}
    union all
    select
        company_id,
        'insured_limits' as event,
        valid_from as event_date
    from {{ source('events', 'events_insured_limits') }}
    union all
    select
        company_id,
        'overrides' as event,
        decided_on as event_date
    from {{ source('events', 'events_overrides') }}
),

counted as (
    select
        sources.company_id,
        sources.event,
        sources.is_configured,
        count(events.event_date) as rows_given,
        count(case when events.event_date > companies.as_of then 1 end) as rows_after_as_of,
        min(case when events.event_date <= companies.as_of then events.event_date end) as first_date,
        max(case when events.event_date <= companies.as_of then events.event_date end) as last_date
    from sources
    inner join companies
        on sources.company_id = companies.company_id
    left join events
        on
            sources.company_id = events.company_id
            and sources.event = events.event
    group by sources.company_id, sources.event, sources.is_configured
)

select * from counted
