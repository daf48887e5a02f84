with

invoices as (
    select * from {{ ref('fct_invoices') }}
),

customers as (
    select * from {{ ref('stg_config__customers') }}
),

customer_units as (
    select * from {{ ref('int_legal__customer_units') }}
),

described as (
    select
        invoices.company_id,
        invoices.customer_id,
        invoices.invoice_id,
        invoices.document_type,
        invoices.line_type,
        invoices.entry_date,
        invoices.issue_date,
        case when invoices.due_date_source <> 'unknown' then invoices.due_date end as due_date,
        invoices.amount,
        invoices.vat_amount,
        invoices.doubtful_since,
        coalesce(invoices.is_retention, false) as is_retention,
        coalesce(customers.is_group, false) as is_group,
        coalesce(customers.is_insured, false) as is_insured,
        customer_units.legal_unit_id
    from invoices
    left join customers
        on
            invoices.company_id = customers.company_id
            and invoices.customer_id = customers.customer_id
    left join customer_units
        on
            invoices.company_id = customer_units.company_id
            and invoices.customer_id = customer_units.customer_id
),

-- What was billed to customers whose risk the matrix measures, and whose age can be told. Opening items are out:
-- what was paid of their months before the ledger begins is not known.
cohorts as (
    select
        *,
        document_type in ('invoice', 'deposit')
        and amount > 0
        and due_date is not null
        and not is_retention
        and not is_group
        and not is_insured as is_in_cohort,
        {{ month_index('entry_date') }} as cohort_month_index
    from described
)

select * from cohorts
