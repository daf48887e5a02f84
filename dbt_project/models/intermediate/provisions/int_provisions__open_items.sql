with

open_items as (
    select * from {{ ref('int_metrics__open_items_monthly') }}
),

closings as (
    select * from {{ ref('int_provisions__closings') }}
),

documents as (
    select * from {{ ref('int_provisions__documents') }}
),

disputed_spans as (
    select * from {{ ref('int_events__disputed_spans') }}
),

proceedings as (
    select * from {{ ref('int_legal__status_periods') }}
    where is_in_proceedings
),

-- A closing is a month end or the as-of day.
described as (
    select
        open_items.company_id,
        closings.closing_number,
        closings.closing_date,
        open_items.customer_id,
        open_items.item_kind,
        open_items.item_id,
        open_items.open_amount,
        case
            when documents.vat_amount is null or documents.amount = 0 then open_items.open_amount
            else
                {{ prorated('open_items.open_amount', 'abs(documents.amount) - abs(documents.vat_amount)',
                    'abs(documents.amount)') }}
        end as open_amount_excluding_vat,
        documents.vat_amount is not null as is_vat_known,
        documents.document_type,
        documents.line_type,
        documents.due_date,
        documents.doubtful_since <= closings.closing_date as is_doubtful,
        disputed_spans.invoice_id is not null as is_disputed,
        documents.is_retention,
        documents.is_group,
        documents.is_insured,
        proceedings.legal_unit_id is not null as is_in_proceedings,
        coalesce(documents.is_in_cohort, false) as is_in_cohort,
        documents.cohort_month_index,
        {{ provision_bucket(days_between('documents.due_date', 'closings.closing_date')) }} as age_bucket
    from open_items
    inner join closings
        on
            open_items.company_id = closings.company_id
            and open_items.month_end = closings.closing_date
    left join documents
        on
            open_items.company_id = documents.company_id
            and open_items.item_id = documents.invoice_id
            and open_items.item_kind = 'document'
    left join disputed_spans
        on
            open_items.company_id = disputed_spans.company_id
            and open_items.item_id = disputed_spans.invoice_id
            and open_items.item_kind = 'document'
            and closings.closing_date >= disputed_spans.disputed_from
            and (disputed_spans.disputed_until is null or closings.closing_date < disputed_spans.disputed_until)
    left join proceedings
        on
            documents.legal_unit_id = proceedings.legal_unit_id
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
