{{ config(meta={'key': ['company_id', 'customer_id', 'notice_id']}) }}

with

proceedings as (
    select * from {{ ref('int_legal__proceedings') }}
),

customers as (
    select * from {{ ref('int_legal__customer_units') }}
),

events as (
    select * from {{ ref('int_metrics__receivable_events') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

-- Customers of the ledger alone: a name in the customers' file that never bought owes nothing.
customer_proceedings as (
    select
        customers.company_id,
        customers.customer_id,
        proceedings.legal_unit_id,
        customers.siren,
        proceedings.source,
        proceedings.notice_id,
        proceedings.court,
        proceedings.judgment_date,
        proceedings.publication_date,
        proceedings.kind,
        proceedings.claim_deadline,
        proceedings.relief_deadline,
        proceedings.state
    from proceedings
    inner join customers
        on
            proceedings.company_id = customers.company_id
            and proceedings.legal_unit_id = customers.legal_unit_id
    where exists (
        select 1
        from events
        where events.company_id = customers.company_id and events.customer_id = customers.customer_id
    )
),

items as (
    select
        customer_proceedings.company_id,
        customer_proceedings.customer_id,
        customer_proceedings.notice_id,
        customer_proceedings.judgment_date,
        events.item_kind,
        events.item_id,
        min(events.event_date) as first_date,
        sum(case when events.event_date <= customer_proceedings.judgment_date then events.amount else 0 end)
            as open_at_judgment,
        sum(events.amount) as open_now
    from customer_proceedings
    inner join events
        on
            customer_proceedings.company_id = events.company_id
            and customer_proceedings.customer_id = events.customer_id
    group by
        customer_proceedings.company_id,
        customer_proceedings.customer_id,
        customer_proceedings.notice_id,
        customer_proceedings.judgment_date,
        events.item_kind,
        events.item_id
),

exposures as (
    select
        items.company_id,
        items.customer_id,
        items.notice_id,
        sum(items.open_at_judgment) as open_amount_at_judgment,
        sum(
            case
                when items.open_at_judgment > 0 and invoices.due_date > items.judgment_date
                    then items.open_at_judgment
                else 0
            end
        ) as not_due_at_judgment,
        sum(case when items.first_date <= items.judgment_date then items.open_now else 0 end) as open_amount,
        sum(case when items.first_date > items.judgment_date then items.open_now else 0 end)
            as open_amount_after_judgment,
        sum(
            case
                when
                    items.item_kind = 'document'
                    and items.first_date > items.judgment_date
                    and invoices.issue_date <= items.judgment_date
                    and invoices.amount > 0
                    then invoices.amount
                else 0
            end
        ) as issued_before_booked_after
    from items
    left join invoices
        on
            items.company_id = invoices.company_id
            and items.item_id = invoices.invoice_id
            and items.item_kind = 'document'
    group by items.company_id, items.customer_id, items.notice_id
),

final as (
    select
        customer_proceedings.company_id,
        customer_proceedings.customer_id,
        customer_proceedings.siren,
        customer_proceedings.legal_unit_id,
        customer_proceedings.source,
        customer_proceedings.notice_id,
        customer_proceedings.court,
        customer_proceedings.judgment_date,
        customer_proceedings.publication_date,
        customer_proceedings.kind,
        {{ money('exposures.open_amount_at_judgment') }} as open_amount_at_judgment,
        {{ money('exposures.not_due_at_judgment') }} as not_due_at_judgment,
        {{ money('exposures.issued_before_booked_after') }} as issued_before_booked_after,
        {{ money('exposures.open_amount') }} as open_amount,
        {{ money('exposures.open_amount_after_judgment') }} as open_amount_after_judgment,
        customer_proceedings.claim_deadline,
        customer_proceedings.relief_deadline,
        customer_proceedings.state
    from customer_proceedings
    inner join exposures
        on
            customer_proceedings.company_id = exposures.company_id
            and customer_proceedings.customer_id = exposures.customer_id
            and customer_proceedings.notice_id = exposures.notice_id
)

select * from final
