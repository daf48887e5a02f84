with

documents as (
    select
        company_id,
        item_id,
        customer_id,
        entry_date,
        document_number,
        source_id
    from {{ ref('int_ledger__items') }}
    where
        not is_bank_line
        and amount > 0
        and line_type in ('invoice', 'deposit', 'opening_item')
),

customer_names as (
    select * from {{ ref('int_events__customer_names') }}
),

events as (
    select * from (
        {{ dated_events(about_documents_only=true) }}
    ) as dated
    where document_reference is not null
),

-- The id of the sub-ledger comes before the number that customers quote.
names as (
    select company_id, item_id, customer_id, entry_date, source_id as document_name, 1 as name_rank
    from documents
    where source_id is not null
    union all
    select company_id, item_id, customer_id, entry_date, document_number as document_name, 2 as name_rank
    from documents
    where document_number is not null
),

-- Numbers that start again each year name several documents: the last one entered by the event's day is meant, or the
-- first after it; one booked in several lines is wholly meant.
ranked as (
    select
        events.company_id,
        events.event,
        events.event_id,
        events.event_date,
        names.item_id as invoice_id,
        names.customer_id,
        rank() over (
            partition by events.company_id, events.event, events.event_id
            order by
                names.name_rank,
                case when names.entry_date <= events.event_date then 0 else 1 end,
                abs({{ days_between('names.entry_date', 'events.event_date') }})
        ) as choice
    from events
    inner join names
        on
            events.company_id = names.company_id
            and events.document_reference = names.document_name
    left join customer_names
        on
            events.company_id = customer_names.company_id
            and events.customer_id = customer_names.given_id
    where events.customer_id is null or customer_names.customer_id = names.customer_id
)

select
    company_id,
    event,
    event_id,
    event_date,
    invoice_id,
    customer_id
from ranked
where choice = 1
