{{ config(meta={'key': ['company_id', 'invoice_id']}) }}

with

documents as (
    select * from {{ ref('int_ledger__items') }}
    where not is_bank_line
),

due_dates as (
    select * from {{ ref('int_ledger__due_dates') }}
),

moves as (
    select * from {{ ref('int_settlement__moves') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

disputed_spans as (
    select * from {{ ref('int_events__disputed_spans') }}
),

payment_dates as (
    select
        payment_id,
        payment_date
    from {{ ref('fct_payments') }}
),

allocations as (
    select * from {{ ref('fct_allocations') }}
),

-- Each allocation as each of its documents sees it: what it takes off the document's own sign.
movements as (
    select
        allocations.invoice_id,
        allocations.allocation_date,
        -- What is paid by a bill is paid at its maturity, after the bill has left the account.
        greatest(allocations.allocation_date, coalesce(payment_dates.payment_date, allocations.allocation_date))
            as paid_on,
        allocations.kind,
        -allocations.amount as change
    from allocations
    left join payment_dates
        on allocations.payment_id = payment_dates.payment_id

    union all

    select
        credit_invoice_id as invoice_id,
        allocation_date,
        allocation_date as paid_on,
        kind,
        amount as change
    from allocations
    where credit_invoice_id is not null
),

settled as (
    select
        invoice_id,
        {{ money('sum(change)') }} as change,
        max(allocation_date) as last_allocation_date,
        max(paid_on) as last_paid_on,
        {{ money("sum(case when kind = 'payment' then change else 0 end)") }} as paid,
        {{ money("sum(case when kind = 'write_off' then change else 0 end)") }} as written_off
    from movements
    group by invoice_id
),

opened as (
    select
        documents.*,
        due_dates.due_date,
        due_dates.due_date_source,
        companies.currency,
        {{ money('documents.amount + coalesce(settled.change, 0)') }} as open_amount,
        settled.last_allocation_date,
        settled.last_paid_on,
        moves.doubtful_since,
        disputed_spans.invoice_id is not null as is_in_dispute,
        coalesce(settled.paid, 0) as paid,
        coalesce(settled.written_off, 0) as written_off
    from documents
    inner join companies
        on documents.company_id = companies.company_id
    inner join due_dates
        on documents.item_id = due_dates.item_id
    left join settled
        on documents.item_id = settled.invoice_id
    left join moves
        on documents.item_id = moves.item_id
    left join disputed_spans
        on
            documents.company_id = disputed_spans.company_id
            and documents.item_id = disputed_spans.invoice_id
            and companies.as_of >= disputed_spans.disputed_from
            and (disputed_spans.disputed_until is null or companies.as_of < disputed_spans.disputed_until)
),

judged as (
    select
        *,
        case
            when open_amount <> 0 and open_amount = amount then 'open'
            when open_amount <> 0 then 'partially_paid'
            -- Settled by more than one means: a loss outweighs what it completes; else any cash makes it paid.
            when written_off <> 0 and abs(written_off) >= abs(paid) then 'written_off'
            when paid <> 0 or amount = 0 then 'paid'
            else 'credited'
        end as status,
        case when open_amount = 0 then last_allocation_date end as settled_on
    from opened
),

invoices as (
    select
        company_id,
        item_id as invoice_id,
        customer_id,
        case
            when line_type in ('invoice', 'credit_note', 'opening_item', 'deposit') then line_type
            else 'other'
        end as document_type,
        line_type,
        document_number,
        line_label as label,
        entry_date,
        issue_date,
        due_date,
        due_date_source,
        due_date_source in ('company_terms', 'legal_default') as is_due_date_assumed,
        currency,
        amount,
        open_amount,
        settled_on,
        case when status = 'paid' then {{ days_between('issue_date', 'last_paid_on') }} end as days_to_pay,
        case when status = 'paid' then {{ days_between('due_date', 'last_paid_on') }} end as days_late,
        status,
        is_in_dispute as is_disputed,
        delivery_method,
        vat_amount,
        is_retention,
        doubtful_since,
        foreign_amount,
        foreign_currency,
        ledger_name,
        source_id as source_invoice_id,
        journal_code,
        entry_number,
        account_number,
        fiscal_year,
        file_name as source_file,
        line_number as source_line
    from judged
)

select * from invoices
