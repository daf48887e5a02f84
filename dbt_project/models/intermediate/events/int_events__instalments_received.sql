with

instalments as (
    select * from {{ ref('int_events__instalment_plans') }}
),

named as (
    select * from {{ ref('int_events__named_documents') }}
    where event = 'instalments'
),

moneys as (
    select * from {{ ref('int_events__money_received') }}
),

schedules as (
    select distinct
        company_id,
        schedule_id,
        subject,
        customer_id,
        agreed_on
    from instalments
),

documents as (
    select distinct
        instalments.company_id,
        instalments.schedule_id,
        named.invoice_id
    from instalments
    inner join named
        on
            instalments.company_id = named.company_id
            and instalments.instalment_id = named.event_id
    where instalments.subject = 'document'
),

received as (
    select
        schedules.company_id,
        schedules.schedule_id,
        moneys.received_on,
        moneys.amount
    from schedules
    inner join documents
        on
            schedules.company_id = documents.company_id
            and schedules.schedule_id = documents.schedule_id
    inner join moneys
        on
            documents.company_id = moneys.company_id
            and documents.invoice_id = moneys.invoice_id
            and schedules.agreed_on < moneys.received_on

    union all

    select
        schedules.company_id,
        schedules.schedule_id,
        moneys.received_on,
        moneys.amount
    from schedules
    inner join moneys
        on
            schedules.company_id = moneys.company_id
            and schedules.customer_id = moneys.customer_id
            and moneys.invoice_id is null
            and schedules.agreed_on < moneys.received_on
    where schedules.subject = 'customer'
),

daily as (
    select
        company_id,
        schedule_id,
        received_on,
        sum(amount) as amount
    from received
    group by company_id, schedule_id, received_on
),

running as (
    select
        company_id,
        schedule_id,
        received_on,
        {{ money('sum(amount) over (
            partition by company_id, schedule_id
            order by received_on
            rows between unbounded preceding and current row
        )') }} as received_so_far,
        {{ money('sum(amount) over (partition by company_id, schedule_id)') }} as received_amount
    from daily
)

select * from running
