with

dispute_documents as (
    select * from {{ ref('int_events__dispute_documents') }}
),

items as (
    select * from {{ ref('int_ledger__items') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

given as (
    select
        company_id,
        invoice_id,
        disputed_from,
        disputed_until
    from dispute_documents
    where disputed_until is null or disputed_until > disputed_from

    union all

    -- A flag on the document bears no date: it says something of the as-of day, nothing of the days before.
    select
        items.company_id,
        items.item_id as invoice_id,
        companies.as_of as disputed_from,
        cast(null as date) as disputed_until
    from items
    inner join companies
        on items.company_id = companies.company_id
    where items.is_disputed
),

-- Disputes that overlap or touch are one stretch.
reached as (
    select
        *,
        max(coalesce(disputed_until, cast('9999-12-31' as date))) over (
            partition by company_id, invoice_id
            order by disputed_from, disputed_until
            rows between unbounded preceding and 1 preceding
        ) as disputed_so_far
    from given
),

numbered as (
    select
        *,
        sum(case when disputed_so_far is null or disputed_from > disputed_so_far then 1 else 0 end) over (
            partition by company_id, invoice_id
            order by disputed_from, disputed_until
            rows between unbounded preceding and current row
        ) as span_number
    from reached
),

spans as (
    select
        company_id,
        invoice_id,
        min(disputed_from) as disputed_from,
        case when count(*) = count(disputed_until) then max(disputed_until) end as disputed_until
    from numbered
    group by company_id, invoice_id, span_number
)

select * from spans
