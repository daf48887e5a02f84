with

years as (
    select * from {{ ref('int_statutory__fiscal_years') }}
),

open_at_closing as (
    select * from {{ ref('int_statutory__open_at_closing') }}
),

stretches as (
    select * from {{ ref('int_statutory__overdue_stretches') }}
),

disputed_spans as (
    select * from {{ ref('int_events__disputed_spans') }}
),

invoices as (
    select *
    from {{ ref('fct_invoices') }} as invoices
    where {{ is_owed_invoice('invoices') }}
),

-- Table I: what is open at the closing.
unpaid as (
    select
        open_at_closing.company_id,
        open_at_closing.fiscal_year_start,
        'I' as table_number,
        open_at_closing.invoice_id,
        case
            when invoices.due_date_source <> 'unknown'
                then greatest({{ days_between('invoices.due_date', 'open_at_closing.closing_date') }}, 0)
        end as days_late,
        open_at_closing.open_amount as amount_including_vat,
        {{ prorata('open_at_closing.open_amount', 'coalesce(invoices.vat_amount, 0)', 'invoices.amount') }} as vat_amount
    from open_at_closing
    inner join invoices
        on
            open_at_closing.company_id = invoices.company_id
            and open_at_closing.invoice_id = invoices.invoice_id
    where open_at_closing.open_amount > 0
),

-- Table II: what was late on any day of the year, for as long as it was by its end.
late as (
    select
        stretches.company_id,
        years.fiscal_year_start,
        stretches.invoice_id,
        {{ days_between('min(stretches.due_date)', 'max(least(stretches.last_day, years.closing_date))') }} as days_late
    from stretches
    inner join years
        on
            stretches.company_id = years.company_id
            and stretches.first_day <= years.closing_date
            and stretches.last_day >= years.fiscal_year_start
    group by stretches.company_id, years.fiscal_year_start, stretches.invoice_id
),

issued as (
    select
        invoices.company_id,
        years.fiscal_year_start,
        invoices.invoice_id
    from invoices
    inner join years
        on
            invoices.company_id = years.company_id
            and invoices.entry_date between years.fiscal_year_start and years.closing_date
    where invoices.document_type <> 'opening_item'
),

late_or_issued as (
    select
        coalesce(late.company_id, issued.company_id) as company_id,
        coalesce(late.fiscal_year_start, issued.fiscal_year_start) as fiscal_year_start,
        coalesce(late.invoice_id, issued.invoice_id) as invoice_id,
        coalesce(late.days_late, 0) as days_late,
        issued.invoice_id is not null as is_issued_in_year
    from late
    full outer join issued
        on
            late.company_id = issued.company_id
            and late.fiscal_year_start = issued.fiscal_year_start
            and late.invoice_id = issued.invoice_id
),

concerned as (
    select
        company_id,
        fiscal_year_start,
        table_number,
        invoice_id,
        days_late,
        amount_including_vat,
        vat_amount,
        false as is_issued_in_year
    from unpaid

    union all

    select
        late_or_issued.company_id,
        late_or_issued.fiscal_year_start,
        'II' as table_number,
        late_or_issued.invoice_id,
        late_or_issued.days_late,
        invoices.amount as amount_including_vat,
        {{ money('coalesce(invoices.vat_amount, 0)') }} as vat_amount,
        late_or_issued.is_issued_in_year
    from late_or_issued
    inner join invoices
        on
            late_or_issued.company_id = invoices.company_id
            and late_or_issued.invoice_id = invoices.invoice_id
),

described as (
    select
        concerned.company_id,
        concerned.fiscal_year_start,
        concerned.table_number,
        concerned.invoice_id,
        concerned.days_late,
        concerned.amount_including_vat,
        {{ money("case
            when years.tax_basis = 'including_vat' then concerned.amount_including_vat
            else concerned.amount_including_vat - concerned.vat_amount
        end") }} as amount,
        concerned.is_issued_in_year,
        -- In dispute at the closing.
        disputed_spans.invoice_id is not null as is_disputed,
        invoices.vat_amount is null as is_vat_unknown,
        invoices.due_date_source = 'legal_default' as is_legal_term
    from concerned
    inner join invoices
        on
            concerned.company_id = invoices.company_id
            and concerned.invoice_id = invoices.invoice_id
    inner join years
        on
            concerned.company_id = years.company_id
            and concerned.fiscal_year_start = years.fiscal_year_start
    left join disputed_spans
        on
            concerned.company_id = disputed_spans.company_id
            and concerned.invoice_id = disputed_spans.invoice_id
            and years.closing_date >= disputed_spans.disputed_from
            and (disputed_spans.disputed_until is null or years.closing_date < disputed_spans.disputed_until)
)

select * from described
