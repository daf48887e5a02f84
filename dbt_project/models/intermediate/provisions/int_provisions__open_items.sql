with

events as (
    select * from {{ ref('int_metrics__receivable_events') }}
),

closings as (
    select * from {{ ref('int_provisions__closings') }}
),

documents as (
    select * from {{ ref('int_provisions__documents') }}
),

proceedings as (
    select * from {{ ref('int_legal__status_periods') }}
    where is_in_proceedings
),

last_closings as (
    select
        company_id,
        max(closing_number) as last_number
    from closings
    group by company_id
),

changes as (
    select
        events.company_id,
        events.customer_id,
        events.item_kind,
        events.item_id,
        closings.closing_number,
        sum(events.amount) as amount
    from events
    inner join closings
        on
            events.company_id = closings.company_id
            and events.event_date > closings.previous_closing_date
            and events.event_date <= closings.closing_date
    group by events.company_id, events.customer_id, events.item_kind, events.item_id, closings.closing_number
    having sum(events.amount) <> 0
),

running as (
    select
        company_id,
        customer_id,
        item_kind,
        item_id,
        closing_number,
        {{ money('sum(amount) over (
            partition by company_id, item_kind, item_id
            order by closing_number
            rows between unbounded preceding and current row
        )') }} as open_amount,
        lead(closing_number) over (
            partition by company_id, item_kind, item_id order by closing_number
        ) as next_number
    from changes
),

exploded as (
    select
        running.company_id,
        running.customer_id,
        running.item_kind,
        running.item_id,
        running.open_amount,
        {{ explode_range('running.closing_number', 'coalesce(running.next_number - 1, last_closings.last_number)') }}
            as closing_number
    from running
    inner join last_closings
        on running.company_id = last_closings.company_id
    where running.open_amount <> 0
),

described as (
    select
        exploded.company_id,
        closings.closing_number,
        closings.closing_date,
        exploded.customer_id,
        exploded.item_kind,
        exploded.item_id,
        exploded.open_amount,
        case
            when documents.vat_amount is null or documents.amount = 0 then exploded.open_amount
            else
                {{ prorated('exploded.open_amount', 'abs(documents.amount) - abs(documents.vat_amount)',
                    'abs(documents.amount)') }}
        end as open_amount_excluding_vat,
        documents.vat_amount is not null as is_vat_known,
        documents.document_type,
        documents.line_type,
        documents.due_date,
        documents.doubtful_since <= closings.closing_date as is_doubtful,
        documents.is_disputed,
        documents.is_retention,
        documents.is_group,
        documents.is_insured,
        proceedings.siren is not null as is_in_proceedings,
        coalesce(documents.is_in_cohort, false) as is_in_cohort,
        documents.cohort_month_index,
        {{ provision_bucket(days_between('documents.due_date', 'closings.closing_date')) }} as age_bucket
    from exploded
    inner join closings
        on
            exploded.company_id = closings.company_id
            and exploded.closing_number = closings.closing_number
    left join documents
        on
            exploded.company_id = documents.company_id
            and exploded.item_id = documents.invoice_id
            and exploded.item_kind = 'document'
    left join proceedings
        on
            documents.siren = proceedings.siren
            and closings.closing_date >= proceedings.valid_from
            and (proceedings.valid_to is null or closings.closing_date < proceedings.valid_to)
),

-- The first reason that applies names the line: each item stands on one.
placed as (
    select
        *,
        case
            when item_kind = 'payment' then 'unallocated'
            when line_type = 'assignment' then 'assigned'
            when open_amount < 0 and document_type = 'credit_note' then 'credit_note'
            when open_amount < 0 then 'unallocated'
            when is_in_proceedings then 'in_proceedings'
            when is_doubtful then 'doubtful'
            when is_disputed then 'disputed'
            when is_insured then 'insured'
            when is_group then 'group'
            when is_retention then 'retention'
            else age_bucket
        end as bucket
    from described
)

select * from placed
