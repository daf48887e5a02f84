{{ config(meta={'key': ['company_id', 'closing_date', 'invoice_id']}) }}

with

closings as (
    select * from {{ ref('int_provisions__closings') }}
),

open_items as (
    select * from {{ ref('int_provisions__open_items') }}
    where item_kind = 'document' and open_amount > 0
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

customers as (
    select * from {{ ref('int_legal__customer_units') }}
),

settings as (
    select * from {{ ref('stg_config__provisions') }}
),

notice_versions as (
    select * from {{ ref('int_legal__notice_versions') }}
),

status_periods as (
    select * from {{ ref('int_legal__status_periods') }}
),

doubtful_lines as (
    select * from {{ ref('int_ledger__receivable_lines') }}
    where account_number like '416%' and amount > 0
),

-- Judgments pronounced and published by the closing, and not struck by then.
judgments as (
    select
        closings.company_id,
        closings.closing_number,
        closings.closing_date,
        notice_versions.legal_unit_id,
        notice_versions.root_notice_id,
        notice_versions.judgment_date,
        notice_versions.first_publication_date,
        notice_versions.court
    from closings
    inner join notice_versions
        on
            closings.closing_date >= notice_versions.known_from
            and (notice_versions.known_to is null or closings.closing_date < notice_versions.known_to)
            and closings.closing_date >= notice_versions.judgment_date
    inner join status_periods
        on
            notice_versions.legal_unit_id = status_periods.legal_unit_id
            and closings.closing_date >= status_periods.valid_from
            and (status_periods.valid_to is null or closings.closing_date < status_periods.valid_to)
    where
        -- As patterns: DuckDB 2.0 fails with an internal error on a list of five here.
        (notice_versions.judgment_kind like 'opening_%' or notice_versions.judgment_kind like 'conversion_%')
        and not notice_versions.is_annulment
        and (status_periods.is_in_proceedings or status_periods.legal_status = 'plan')
),

-- The first judgment after a receivable was issued is the one that caught it; what was issued later is not caught.
caught as (
    select
        open_items.company_id,
        open_items.closing_number,
        open_items.item_id,
        judgments.judgment_date,
        judgments.first_publication_date,
        judgments.root_notice_id,
        judgments.court,
        row_number() over (
            partition by open_items.company_id, open_items.closing_number, open_items.item_id
            order by judgments.judgment_date, judgments.first_publication_date, judgments.root_notice_id
        ) as choice
    from open_items
    inner join invoices
        on
            open_items.company_id = invoices.company_id
            and open_items.item_id = invoices.invoice_id
    inner join customers
        on
            open_items.company_id = customers.company_id
            and open_items.customer_id = customers.customer_id
    inner join judgments
        on
            open_items.company_id = judgments.company_id
            and open_items.closing_number = judgments.closing_number
            and customers.legal_unit_id = judgments.legal_unit_id
            and invoices.issue_date <= judgments.judgment_date
),

-- The ledger line that put the receivable on 416.
doubtful_sources as (
    select
        invoices.company_id,
        invoices.invoice_id,
        doubtful_lines.file_name,
        doubtful_lines.line_number,
        row_number() over (
            partition by invoices.company_id, invoices.invoice_id
            order by
                case when doubtful_lines.document_number = invoices.document_number then 0 else 1 end,
                case when doubtful_lines.amount = invoices.amount then 0 else 1 end,
                doubtful_lines.line_id
        ) as choice
    from invoices
    inner join doubtful_lines
        on
            invoices.company_id = doubtful_lines.company_id
            and invoices.customer_id = doubtful_lines.customer_id
            and invoices.doubtful_since = doubtful_lines.entry_date
),

events as (
    select
        open_items.company_id,
        open_items.closing_number,
        open_items.closing_date,
        open_items.customer_id,
        open_items.item_id as invoice_id,
        open_items.open_amount,
        open_items.open_amount_excluding_vat,
        open_items.is_vat_known,
        open_items.is_group,
        open_items.is_insured,
        invoices.document_number,
        invoices.issue_date,
        invoices.due_date,
        invoices.doubtful_since,
        case when caught.item_id is not null then 'opening_judgment' else 'doubtful_transfer' end as event,
        coalesce(caught.judgment_date, invoices.doubtful_since) as event_date,
        coalesce(caught.first_publication_date, invoices.doubtful_since) as event_known_on,
        case
            when caught.item_id is not null
                then 'BODACC ' || caught.root_notice_id || coalesce(', ' || caught.court, '')
            else
                coalesce(doubtful_sources.file_name, invoices.source_file)
                || ':' || cast(coalesce(doubtful_sources.line_number, invoices.source_line) as varchar(20))
        end as event_source,
        case when caught.item_id is not null then 'in_proceedings' else 'doubtful' end as bucket
    from open_items
    inner join invoices
        on
            open_items.company_id = invoices.company_id
            and open_items.item_id = invoices.invoice_id
    left join caught
        on
            open_items.company_id = caught.company_id
            and open_items.closing_number = caught.closing_number
            and open_items.item_id = caught.item_id
            and caught.choice = 1
    left join doubtful_sources
        on
            open_items.company_id = doubtful_sources.company_id
            and open_items.item_id = doubtful_sources.invoice_id
            and doubtful_sources.choice = 1
    where caught.item_id is not null or open_items.is_doubtful
),

proposed as (
    select
        events.company_id,
        events.closing_date,
        closings.fiscal_year,
        events.invoice_id,
        events.customer_id,
        events.document_number,
        events.issue_date,
        events.due_date,
        events.event,
        events.event_date,
        events.event_known_on,
        events.event_source,
        events.is_group,
        events.is_insured,
        events.open_amount,
        {{ money('events.open_amount - events.open_amount_excluding_vat') }} as vat_amount,
        events.is_vat_known,
        events.open_amount_excluding_vat as base_amount,
        cast(settings.tax_rate as decimal(28, 4)) as rate,
        case when settings.is_tax_rate_configured then 'configured' else 'default' end as rate_source,
        {{ prorated('events.open_amount_excluding_vat', 'settings.tax_rate', '1') }} as proposed_provision
    from events
    inner join closings
        on
            events.company_id = closings.company_id
            and events.closing_number = closings.closing_number
    inner join settings
        on
            events.company_id = settings.company_id
            and events.bucket = settings.bucket
)

select * from proposed
