with

invoices as (
    select * from {{ ref('stg_subledger__invoices') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

customers as (
    select * from {{ ref('stg_config__customers') }}
),

rates as (
    select * from {{ ref('stg_subledger__exchange_rates') }}
),

-- Where an export bears no date of issue, the document was issued its terms before it fell due; never after the day
-- it was paid.
dated as (
    select
        invoices.*,
        coalesce(
            invoices.issue_date,
            least(
                {{ add_days('invoices.due_date', '-coalesce(customers.terms_net_days, companies.terms_net_days)') }},
                invoices.paid_date
            )
        ) as known_issue_date,
        companies.as_of
    from invoices
    inner join companies
        on invoices.company_id = companies.company_id
    left join customers
        on
            invoices.company_id = customers.company_id
            and invoices.customer_id = customers.customer_id
),

valued as (
    select
        dated.*,
        {{ company_value('dated', 'rates') }} as value
    from dated
    left join rates
        on
            dated.company_id = rates.company_id
            and dated.ledger_name = rates.ledger_name
            and dated.currency = rates.currency
            and dated.known_issue_date >= rates.rate_date
            and (rates.next_rate_date is null or dated.known_issue_date < rates.next_rate_date)
),

documents as (
    select
        company_id,
        ledger_name,
        item_id,
        source_invoice_id,
        customer_id,
        customer_name,
        document_type,
        document_number,
        reference,
        coalesce(entry_date, known_issue_date) as entry_date,
        known_issue_date as issue_date,
        due_date,
        currency,
        is_company_currency,
        amount,
        value,
        {{ share_of('value', 'vat_amount', 'amount') }} as vat_value,
        open_amount,
        paid_date,
        is_disputed,
        delivery_method,
        matching_number,
        known_on,
        file_name,
        line_number
    from valued
    where coalesce(entry_date, known_issue_date) <= as_of
)

select * from documents
