{%- set minimum_amount = var('default_minimum_amount') -%}
{%- set minimum_share = var('default_minimum_share_of_billing') -%}
{%- set overdue_days = var('default_overdue_days') -%}
{%- set cure_days = var('default_cure_days') -%}

with

companies as (
    select * from {{ ref('stg_config__companies') }}
),

events as (
    select * from {{ ref('int_metrics__receivable_events') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

status_periods as (
    select * from {{ ref('int_legal__status_periods') }}
),

disputed_spans as (
    select * from {{ ref('int_events__disputed_spans') }}
),

customer_units as (
    select * from {{ ref('int_legal__customer_units') }}
),

item_spans as (
    select
        company_id,
        item_kind,
        item_id,
        min(event_date) as first_date,
        max(event_date) as last_date,
        sum(amount) as open_amount
    from events
    group by company_id, item_kind, item_id
),

-- What counts as seriously overdue: documents whose due date is known, no retention guarantee (4117).
-- Those settled for good within 90 days never do.
counted_documents as (
    select
        invoices.company_id,
        invoices.invoice_id,
        {{ add_days('invoices.due_date', overdue_days | int + 1) }} as counted_from
    from invoices
    inner join item_spans
        on
            invoices.company_id = item_spans.company_id
            and invoices.invoice_id = item_spans.item_id
            and item_spans.item_kind = 'document'
    where
        invoices.amount > 0
        and invoices.due_date is not null
        and invoices.due_date_source <> 'unknown'
        and coalesce(invoices.account_number, '') not like '4117%'
        and (
            item_spans.open_amount <> 0
            or item_spans.last_date > {{ add_days('invoices.due_date', overdue_days | int + 1) }}
        )
),

-- Payments and credit notes that stayed unapplied for a day at least.
counted_credits as (
    select
        item_spans.company_id,
        item_spans.item_kind,
        item_spans.item_id
    from item_spans
    left join invoices
        on
            item_spans.company_id = invoices.company_id
            and item_spans.item_id = invoices.invoice_id
            and item_spans.item_kind = 'document'
    where
        (item_spans.item_kind = 'payment' or invoices.amount < 0)
        and (item_spans.open_amount <> 0 or item_spans.last_date > item_spans.first_date)
),

-- A document's changes count from the day it is more than 90 days past due: those before, together on that day.
document_changes as (
    select
        events.company_id,
        events.customer_id,
        events.item_id,
        greatest(events.event_date, counted_documents.counted_from) as change_date,
        events.amount as overdue_change
    from events
    inner join counted_documents
        on
            events.company_id = counted_documents.company_id
            and events.item_id = counted_documents.invoice_id
            and events.item_kind = 'document'
),

-- While a document is in dispute it does not count: what changes then counts from the end of the dispute…
undisputed_changes as (
    select
        document_changes.company_id,
        document_changes.customer_id,
        case
            when disputed_spans.invoice_id is null then document_changes.change_date
            else disputed_spans.disputed_until
        end as change_date,
        document_changes.overdue_change
    from document_changes
    left join disputed_spans
        on
            document_changes.company_id = disputed_spans.company_id
            and document_changes.item_id = disputed_spans.invoice_id
            and document_changes.change_date >= disputed_spans.disputed_from
            and (
                disputed_spans.disputed_until is null
                or document_changes.change_date < disputed_spans.disputed_until
            )
    where disputed_spans.invoice_id is null or disputed_spans.disputed_until is not null
),

-- …and what was overdue when it began goes out, and comes back at its end.
suspended as (
    select
        disputed_spans.company_id,
        document_changes.customer_id,
        disputed_spans.disputed_from,
        disputed_spans.disputed_until,
        sum(document_changes.overdue_change) as overdue_before
    from disputed_spans
    inner join document_changes
        on
            disputed_spans.company_id = document_changes.company_id
            and disputed_spans.invoice_id = document_changes.item_id
            and disputed_spans.disputed_from > document_changes.change_date
    group by
        disputed_spans.company_id, document_changes.customer_id, disputed_spans.invoice_id,
        disputed_spans.disputed_from, disputed_spans.disputed_until
),

overdue_changes as (
    select * from undisputed_changes
    union all
    select company_id, customer_id, disputed_from as change_date, -overdue_before as overdue_change
    from suspended
    union all
    select company_id, customer_id, disputed_until as change_date, overdue_before as overdue_change
    from suspended
    where disputed_until is not null
),

-- Money on account and open credit notes, negative.
credit_changes as (
    select
        events.company_id,
        events.customer_id,
        events.event_date as change_date,
        events.amount as credit_change
    from events
    inner join counted_credits
        on
            events.company_id = counted_credits.company_id
            and events.item_kind = counted_credits.item_kind
            and events.item_id = counted_credits.item_id
),

billed_documents as (
    select
        company_id,
        customer_id,
        entry_date,
        amount
    from invoices
    where document_type in ('invoice', 'credit_note', 'deposit')
),

changes as (
    select
        company_id, customer_id, change_date,
        overdue_change, 0 as credit_change, 0 as billing_change, 0 as written_off
    from overdue_changes
    union all
    select
        company_id, customer_id, change_date,
        0 as overdue_change, credit_change, 0 as billing_change, 0 as written_off
    from credit_changes
    union all
    select
        company_id, customer_id, entry_date as change_date,
        0 as overdue_change, 0 as credit_change, amount as billing_change, 0 as written_off
    from billed_documents
    union all
    select
        company_id, customer_id, {{ add_days('entry_date', 365) }} as change_date,
        0 as overdue_change, 0 as credit_change, -amount as billing_change, 0 as written_off
    from billed_documents
    union all
    select
        company_id, customer_id, entry_date as change_date,
        0 as overdue_change, 0 as credit_change, 0 as billing_change, -amount as written_off
    from invoices
    where line_type = 'write_off'
),

daily as (
    select
        changes.company_id,
        changes.customer_id,
        changes.change_date,
        companies.as_of,
        sum(changes.overdue_change) as overdue_change,
        sum(changes.credit_change) as credit_change,
        sum(changes.billing_change) as billing_change,
        sum(changes.written_off) as written_off
    from changes
    inner join companies
        on
            changes.company_id = companies.company_id
            and changes.change_date <= companies.as_of
    group by changes.company_id, changes.customer_id, changes.change_date, companies.as_of
),

levels as (
    select
        company_id,
        customer_id,
        change_date,
        written_off,
        {{ money('sum(overdue_change) over upto_day + least(sum(credit_change) over upto_day, 0)') }} as net_overdue,
        greatest(
            cast({{ minimum_amount }} as decimal(18, 4)),
            cast({{ minimum_share }} * sum(billing_change) over upto_day as decimal(18, 4))
        ) as threshold,
        coalesce(
            lead(change_date) over (partition by company_id, customer_id order by change_date),
            {{ add_days('as_of', 1) }}
        ) as next_date
    from daily
    window upto_day as (
        partition by company_id, customer_id
        order by change_date
        rows between unbounded preceding and current row
    )
),

balances as (
    select
        company_id,
        customer_id,
        event_date,
        sum(amount) as amount
    from events
    group by company_id, customer_id, event_date
),

first_events as (
    select
        company_id,
        customer_id,
        min(event_date) as first_date
    from events
    group by company_id, customer_id
),

-- Proceedings count where they still touch the relation with this company.
proceeding_days as (
    select
        customer_units.company_id,
        customer_units.customer_id,
        status_periods.valid_from as bad_from,
        least(coalesce(status_periods.valid_to, {{ add_days('companies.as_of', 1) }}), {{ add_days('companies.as_of', 1) }})
            as bad_to
    from customer_units
    inner join companies
        on customer_units.company_id = companies.company_id
    inner join first_events
        on
            customer_units.company_id = first_events.company_id
            and customer_units.customer_id = first_events.customer_id
    inner join status_periods
        on customer_units.legal_unit_id = status_periods.legal_unit_id
    where
        status_periods.is_in_proceedings
        and status_periods.valid_from <= companies.as_of
        and (
            status_periods.valid_to is null
            or {{ add_days('status_periods.valid_to', cure_days) }} > first_events.first_date
        )
),

bad_days as (
    select
        proceeding_days.company_id,
        proceeding_days.customer_id,
        proceeding_days.bad_from,
        proceeding_days.bad_to,
        1 as priority,
        'proceedings' as reason,
        {{ money('coalesce(sum(balances.amount), 0)') }} as amount
    from proceeding_days
    left join balances
        on
            proceeding_days.company_id = balances.company_id
            and proceeding_days.customer_id = balances.customer_id
            and proceeding_days.bad_from >= balances.event_date
    group by
        proceeding_days.company_id, proceeding_days.customer_id, proceeding_days.bad_from, proceeding_days.bad_to

    union all

    select
        company_id,
        customer_id,
        change_date as bad_from,
        next_date as bad_to,
        2 as priority,
        'overdue_{{ overdue_days }}' as reason,
        net_overdue as amount
    from levels
    where net_overdue > threshold

    union all

    select
        company_id,
        customer_id,
        change_date as bad_from,
        {{ add_days('change_date', 1) }} as bad_to,
        3 as priority,
        'write_off' as reason,
        {{ money('written_off') }} as amount
    from levels
    where written_off > threshold
),

reached as (
    select
        *,
        max(bad_to) over (
            partition by company_id, customer_id
            order by bad_from, priority, bad_to
            rows between unbounded preceding and 1 preceding
        ) as bad_until
    from bad_days
),

-- One default lasts until the customer has been clear for 90 days on end.
numbered as (
    select
        *,
        sum(case when bad_until is null or bad_from >= {{ add_days('bad_until', cure_days) }} then 1 else 0 end) over (
            partition by company_id, customer_id
            order by bad_from, priority, bad_to
            rows between unbounded preceding and current row
        ) as default_number
    from reached
),

ordered as (
    select
        *,
        row_number() over (
            partition by company_id, customer_id, default_number order by bad_from, priority, bad_to
        ) as position_in_default,
        max(bad_to) over (partition by company_id, customer_id, default_number) as last_bad_to
    from numbered
),

defaults as (
    select
        ordered.company_id,
        ordered.customer_id,
        ordered.bad_from as default_date,
        ordered.reason,
        ordered.amount,
        case
            when {{ add_days('ordered.last_bad_to', cure_days) }} <= companies.as_of
                then {{ add_days('ordered.last_bad_to', cure_days) }}
        end as cured_on
    from ordered
    inner join companies
        on ordered.company_id = companies.company_id
    where ordered.position_in_default = 1
)

select * from defaults
