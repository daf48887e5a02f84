{{ config(meta={'key': ['company_id', 'promise_id']}) }}

with

promises as (
    select * from {{ ref('stg_events__promises') }}
),

subjects as (
    select * from {{ ref('int_events__subjects') }}
    where event = 'promises'
),

named as (
    select * from {{ ref('int_events__named_documents') }}
    where event = 'promises'
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

events as (
    select * from {{ ref('int_metrics__receivable_events') }}
),

moneys as (
    select * from {{ ref('int_events__money_received') }}
),

tied as (
    select
        promises.*,
        subjects.subject,
        subjects.customer_id as promising_customer_id,
        companies.as_of
    from promises
    inner join companies
        on promises.company_id = companies.company_id
    inner join subjects
        on
            promises.company_id = subjects.company_id
            and promises.promise_id = subjects.event_id
),

-- What the promise is about: its documents, or all that is the customer's.
open_items as (
    select
        tied.company_id,
        tied.promise_id,
        sum(events.amount) as open_amount
    from tied
    inner join named
        on
            tied.company_id = named.company_id
            and tied.promise_id = named.event_id
    inner join events
        on
            named.company_id = events.company_id
            and named.invoice_id = events.item_id
            and events.item_kind = 'document'
            and tied.promised_on >= events.event_date
    where tied.subject = 'document'
    group by tied.company_id, tied.promise_id

    union all

    select
        tied.company_id,
        tied.promise_id,
        sum(events.amount) as open_amount
    from tied
    inner join events
        on
            tied.company_id = events.company_id
            and tied.promising_customer_id = events.customer_id
            and tied.promised_on >= events.event_date
    where tied.subject = 'customer'
    group by tied.company_id, tied.promise_id
),

received as (
    select
        tied.company_id,
        tied.promise_id,
        moneys.received_on,
        sum(moneys.amount) as amount
    from tied
    inner join named
        on
            tied.company_id = named.company_id
            and tied.promise_id = named.event_id
    inner join moneys
        on
            named.company_id = moneys.company_id
            and named.invoice_id = moneys.invoice_id
            and tied.promised_on < moneys.received_on
            and tied.due_on >= moneys.received_on
    where tied.subject = 'document'
    group by tied.company_id, tied.promise_id, moneys.received_on

    union all

    select
        tied.company_id,
        tied.promise_id,
        moneys.received_on,
        sum(moneys.amount) as amount
    from tied
    inner join moneys
        on
            tied.company_id = moneys.company_id
            and tied.promising_customer_id = moneys.customer_id
            and moneys.invoice_id is null
            and tied.promised_on < moneys.received_on
            and tied.due_on >= moneys.received_on
    where tied.subject = 'customer'
    group by tied.company_id, tied.promise_id, moneys.received_on
),

running as (
    select
        company_id,
        promise_id,
        received_on,
        sum(amount) over (
            partition by company_id, promise_id
            order by received_on
            rows between unbounded preceding and current row
        ) as received_so_far,
        sum(amount) over (partition by company_id, promise_id) as received_amount
    from received
),

expected as (
    select
        tied.company_id,
        tied.promise_id,
        {{ money('coalesce(tied.promised_amount, greatest(coalesce(open_items.open_amount, 0), 0))') }}
            as expected_amount
    from tied
    left join open_items
        on
            tied.company_id = open_items.company_id
            and tied.promise_id = open_items.promise_id
    where tied.subject in ('document', 'customer')
),

-- What came back in the window was not received: only what the whole of it reaches is kept.
reached as (
    select
        expected.company_id,
        expected.promise_id,
        expected.expected_amount,
        {{ money('coalesce(max(running.received_amount), 0)') }} as received_amount,
        min(
            case
                when
                    running.received_so_far >= expected.expected_amount
                    and running.received_amount >= expected.expected_amount
                    then running.received_on
            end
        ) as reached_on
    from expected
    left join running
        on
            expected.company_id = running.company_id
            and expected.promise_id = running.promise_id
    group by expected.company_id, expected.promise_id, expected.expected_amount
),

judged as (
    select
        tied.company_id,
        tied.promise_id,
        tied.subject,
        tied.document_reference,
        tied.promising_customer_id as customer_id,
        tied.promised_on,
        tied.due_on,
        tied.promised_amount,
        reached.expected_amount,
        reached.received_amount,
        case
            when reached.promise_id is null then 'not_tied'
            when reached.expected_amount <= 0 then 'nothing_owed'
            when reached.reached_on is not null then 'kept'
            when tied.due_on < tied.as_of then 'broken'
            else 'pending'
        end as status,
        case when reached.expected_amount > 0 then reached.reached_on end as kept_on
    from tied
    left join reached
        on
            tied.company_id = reached.company_id
            and tied.promise_id = reached.promise_id
)

select * from judged
