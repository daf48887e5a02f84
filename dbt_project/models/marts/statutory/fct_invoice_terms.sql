{{ config(meta={'key': ['company_id', 'invoice_id']}) }}

with

invoices as (
    select * from {{ ref('fct_invoices') }}
),

customers as (
    select * from {{ ref('int_statutory__customers') }}
),

-- Terms are judged where they are known: on the document, or agreed with the customer. A retention is no term.
judged_invoices as (
    select
        invoices.company_id,
        invoices.invoice_id,
        invoices.customer_id,
        invoices.document_number,
        invoices.fiscal_year,
        invoices.issue_date,
        invoices.due_date,
        invoices.due_date_source,
        case when invoices.due_date_source = 'customer_terms' then customers.payment_terms end as agreed_terms,
        -- What the document's own date was counted from is not known: it may be an end of month.
        case
            when invoices.due_date_source = 'customer_terms' then customers.terms_is_end_of_month
            else true
        end as may_be_end_of_month,
        customers.sector_ceiling_days,
        invoices.amount
    from invoices
    inner join customers
        on
            invoices.company_id = customers.company_id
            and invoices.customer_id = customers.customer_id
    where
        invoices.document_type = 'invoice'
        and invoices.amount > 0
        and not invoices.is_retention
        and not customers.is_consumer
        and invoices.due_date_source in ('document', 'customer_terms')
),

ceilings as (
    select
        *,
        {{ due_date('issue_date', 'coalesce(sector_ceiling_days, 60)', 'false', '0', 'null') }} as ceiling_net,
        {{ due_date('issue_date', '45', 'true', '0', 'null') }} as ceiling_45_then_end_of_month,
        {{ due_date('issue_date', '0', 'true', '45', 'null') }} as ceiling_end_of_month_then_45
    from judged_invoices
),

measured as (
    select
        *,
        greatest({{ days_between('ceiling_net', 'due_date') }}, 0) as days_beyond_net,
        greatest({{ days_between('ceiling_45_then_end_of_month', 'due_date') }}, 0)
            as days_beyond_45_then_end_of_month,
        greatest({{ days_between('ceiling_end_of_month_then_45', 'due_date') }}, 0)
            as days_beyond_end_of_month_then_45
    from ceilings
),

judged as (
    select
        *,
        case
            when days_beyond_net = 0 then 'compliant'
            when sector_ceiling_days is not null or not may_be_end_of_month then 'over'
            when days_beyond_45_then_end_of_month = 0 and days_beyond_end_of_month_then_45 = 0
                then 'compliant_only_if_end_of_month_agreed'
            when days_beyond_45_then_end_of_month = 0 then 'compliant_only_if_45_then_end_of_month'
            when days_beyond_end_of_month_then_45 = 0 then 'compliant_only_if_end_of_month_then_45'
            else 'over'
        end as verdict
    from measured
),

final as (
    select
        company_id,
        invoice_id,
        customer_id,
        document_number,
        fiscal_year,
        issue_date,
        due_date,
        due_date_source,
        agreed_terms,
        {{ days_between('issue_date', 'due_date') }} as term_days,
        coalesce(sector_ceiling_days, 60) as ceiling_days,
        sector_ceiling_days is not null as is_sector_ceiling,
        days_beyond_net,
        days_beyond_45_then_end_of_month,
        days_beyond_end_of_month_then_45,
        verdict,
        amount
    from judged
)

select * from final
