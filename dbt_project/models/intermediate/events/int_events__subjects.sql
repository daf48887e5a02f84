with

customer_names as (
    select * from {{ ref('int_events__customer_names') }}
),

named as (
    select * from {{ ref('int_events__named_documents') }}
),

events as (
    {{ dated_events() }}
),

named_once as (
    select
        company_id,
        event,
        event_id,
        min(customer_id) as customer_id,
        count(distinct customer_id) as customers,
        count(*) as documents
    from named
    group by company_id, event, event_id
),

subjects as (
    select
        events.company_id,
        events.event,
        events.event_id,
        events.event_date,
        events.document_reference,
        case
            when named_once.customers = 1 then named_once.customer_id
            else coalesce(customer_names.customer_id, events.customer_id)
        end as customer_id,
        case
            when named_once.customers = 1 then 'document'
            when named_once.customers > 1 then 'ambiguous_document'
            when customer_names.customer_id is null and events.customer_id is not null then 'unknown_customer'
            when events.document_reference is not null then 'unknown_document'
            else 'customer'
        end as subject,
        coalesce(case when named_once.customers = 1 then named_once.documents end, 0) as documents
    from events
    left join named_once
        on
            events.company_id = named_once.company_id
            and events.event = named_once.event
            and events.event_id = named_once.event_id
    left join customer_names
        on
            events.company_id = customer_names.company_id
            and events.customer_id = customer_names.given_id
)

select * from subjects
