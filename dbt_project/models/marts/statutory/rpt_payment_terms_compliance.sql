{{ config(meta={'key': ['company_id', 'fiscal_year', 'customer_id', 'due_date_source']}) }}

with

terms as (
    select * from {{ ref('fct_invoice_terms') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

customers as (
    select * from {{ ref('int_statutory__customers') }}
),

judged as (
    select
        company_id,
        fiscal_year,
        customer_id,
        due_date_source,
        max(agreed_terms) as agreed_terms,
        max(ceiling_days) as ceiling_days,
        max(case when is_sector_ceiling then 1 else 0 end) = 1 as is_sector_ceiling,
        max(term_days) as longest_term_days,
        max(days_beyond_net) as days_beyond_net,
        max(days_beyond_45_then_end_of_month) as days_beyond_45_then_end_of_month,
        max(days_beyond_end_of_month_then_45) as days_beyond_end_of_month_then_45,
        count(*) as invoice_count,
        sum(amount) as amount,
        count(case when verdict = 'over' then 1 end) as over_count,
        sum(case when verdict = 'over' then amount else 0 end) as over_amount,
        count(case when verdict like 'compliant\_only\_%' escape '\' then 1 end) as conditional_count,
        sum(case when verdict like 'compliant\_only\_%' escape '\' then amount else 0 end) as conditional_amount,
        max(case when verdict = 'compliant_only_if_45_then_end_of_month' then 1 else 0 end) as needs_45_first,
        max(case when verdict = 'compliant_only_if_end_of_month_then_45' then 1 else 0 end) as needs_month_end_first
    from terms
    group by company_id, fiscal_year, customer_id, due_date_source
),

-- A customer's terms are as good as its worst invoice.
verdicts as (
    select
        *,
        case
            when over_count > 0 then 'over'
            when needs_45_first = 1 and needs_month_end_first = 1 then 'compliant_only_if_both_ways'
            when needs_45_first = 1 then 'compliant_only_if_45_then_end_of_month'
            when needs_month_end_first = 1 then 'compliant_only_if_end_of_month_then_45'
            when conditional_count > 0 then 'compliant_only_if_end_of_month_agreed'
            else 'compliant'
        end as verdict
    from judged
),

-- Assumed terms are counted, not judged: nobody agreed to them.
assumed as (
    select
        invoices.company_id,
        invoices.fiscal_year,
        invoices.customer_id,
        invoices.due_date_source,
        count(*) as invoice_count,
        sum(invoices.amount) as amount
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
        and invoices.due_date_source in ('company_terms', 'legal_default', 'unknown')
    group by invoices.company_id, invoices.fiscal_year, invoices.customer_id, invoices.due_date_source
),

united as (
    select
        company_id,
        fiscal_year,
        customer_id,
        due_date_source,
        agreed_terms,
        ceiling_days,
        is_sector_ceiling,
        longest_term_days,
        days_beyond_net,
        days_beyond_45_then_end_of_month,
        days_beyond_end_of_month_then_45,
        verdict,
        cast(invoice_count as bigint) as invoice_count,
        {{ money('amount') }} as amount,
        cast(over_count as bigint) as over_count,
        {{ money('over_amount') }} as over_amount,
        cast(conditional_count as bigint) as conditional_count,
        {{ money('conditional_amount') }} as conditional_amount
    from verdicts

    union all

    select
        company_id,
        fiscal_year,
        customer_id,
        due_date_source,
        null as agreed_terms,
        null as ceiling_days,
        null as is_sector_ceiling,
        null as longest_term_days,
        null as days_beyond_net,
        null as days_beyond_45_then_end_of_month,
        null as days_beyond_end_of_month_then_45,
        'not_judged' as verdict,
        cast(invoice_count as bigint) as invoice_count,
        {{ money('amount') }} as amount,
        cast(0 as bigint) as over_count,
        {{ money('0') }} as over_amount,
        cast(0 as bigint) as conditional_count,
        {{ money('0') }} as conditional_amount
    from assumed
)

select * from united
