{#- Terms as the importer parses them: net days, end of month, days after it, day of the next month. -#}
{%- set alternatives = {'30': (30, 'false'), '45 EOM': (45, 'true'), '60': (60, 'false')} -%}
{{ config(meta={'key': ['company_id', 'scenario']}) }}

with

companies as (
    select * from {{ ref('stg_config__companies') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

payment_days as (
    select * from {{ ref('int_metrics__payment_days') }}
    where rejected_on is null
),

dso as (
    select * from {{ ref('fct_dso_monthly') }}
),

recent_payments as (
    select
        payment_days.company_id,
        payment_days.invoice_id,
        payment_days.payment_date,
        payment_days.amount,
        payment_days.payment_month_index > {{ month_index('companies.as_of') }} - 3 as is_3m
    from payment_days
    inner join companies
        on
            payment_days.company_id = companies.company_id
            and payment_days.payment_month_index > {{ month_index('companies.as_of') }} - 12
),

scenarios as (
    {%- for terms, (net_days, is_end_of_month) in alternatives.items() %}
    select
        company_id,
        as_of,
        '{{ terms }}' as scenario,
        '{{ terms }}' as assumed_terms,
        {{ net_days }} as net_days,
        {{ is_end_of_month }} as is_end_of_month,
        0 as days_after,
        cast(null as integer) as day_of_month
    from companies
    union all
    {%- endfor %}
    select
        company_id,
        as_of,
        'in_force' as scenario,
        terms_text as assumed_terms,
        terms_net_days as net_days,
        terms_is_end_of_month as is_end_of_month,
        coalesce(terms_days_after, 0) as days_after,
        terms_day_of_month as day_of_month
    from companies
),

-- Documents whose due date the ledger, the customer or the law tells keep it; terms move the others.
due_dates as (
    select
        scenarios.company_id,
        scenarios.scenario,
        scenarios.as_of,
        invoices.invoice_id,
        invoices.open_amount,
        case
            when invoices.due_date_source = 'unknown' then null
            -- A retention guarantee falls due at its release, whatever the terms.
            when not invoices.is_due_date_assumed or invoices.is_retention then invoices.due_date
            else {{ due_date(
                'invoices.issue_date', 'scenarios.net_days', 'scenarios.is_end_of_month', 'scenarios.days_after',
                'scenarios.day_of_month'
            ) }}
        end as due_date
    from invoices
    inner join scenarios
        on invoices.company_id = scenarios.company_id
    where
        invoices.open_amount > 0
        or invoices.invoice_id in (select recent_payments.invoice_id from recent_payments)
),

open_documents as (
    select
        company_id,
        scenario,
        sum(case when due_date >= as_of then open_amount else 0 end) as not_due,
        sum(case when due_date < as_of then open_amount else 0 end) as overdue
    from due_dates
    where open_amount > 0
    group by company_id, scenario
),

paid as (
    select
        due_dates.company_id,
        due_dates.scenario,
        recent_payments.amount,
        recent_payments.is_3m,
        {{ days_between('due_dates.due_date', 'recent_payments.payment_date') }} as days_late_net
    from due_dates
    inner join recent_payments
        on
            due_dates.company_id = recent_payments.company_id
            and due_dates.invoice_id = recent_payments.invoice_id
),

lateness as (
    select
        company_id,
        scenario,
        sum(amount) as paid_12m,
        sum(amount * greatest(days_late_net, 0)) as paid_days_late_12m,
        sum(case when days_late_net > 0 then amount else 0 end) as paid_late_12m,
        sum(case when is_3m then amount else 0 end) as paid_3m,
        sum(case when is_3m then amount * greatest(days_late_net, 0) else 0 end) as paid_days_late_3m,
        sum(case when is_3m and days_late_net > 0 then amount else 0 end) as paid_late_3m
    from paid
    group by company_id, scenario
),

-- Over twelve months, or the whole of a shorter ledger.
billing as (
    select
        invoices.company_id,
        sum(invoices.amount) as invoiced,
        sum(case when invoices.is_due_date_assumed then invoices.amount else 0 end) as invoiced_due_assumed
    from invoices
    inner join companies
        on
            invoices.company_id = companies.company_id
            and {{ month_index('invoices.entry_date') }} > {{ month_index('companies.as_of') }} - 12
    where invoices.document_type in ('invoice', 'deposit')
    group by invoices.company_id
),

final as (
    select
        scenarios.company_id,
        scenarios.scenario,
        scenarios.assumed_terms,
        scenarios.scenario = 'in_force' as is_in_force,
        scenarios.as_of,
        {{ ratio('billing.invoiced_due_assumed', 'billing.invoiced') }} as share_billing_due_assumed,
        dso.dso_3m,
        dso.dso_12m,
        dso.dso_countback,
        {{ ratio('coalesce(open_documents.not_due, 0) * dso.window_days_3m', 'dso.billed_3m') }} as best_possible_dso_3m,
        {{ ratio('coalesce(open_documents.not_due, 0) * dso.window_days_12m', 'dso.billed_12m') }}
            as best_possible_dso_12m,
        {{ money('coalesce(open_documents.overdue, 0)') }} as overdue,
        {{ ratio('coalesce(open_documents.overdue, 0)', '(dso.receivables + dso.unallocated)') }} as overdue_share,
        case when dso.window_days_3m is not null then {{ ratio('lateness.paid_days_late_3m', 'lateness.paid_3m') }} end
            as days_late_3m,
        case
            when dso.window_days_12m is not null then {{ ratio('lateness.paid_days_late_12m', 'lateness.paid_12m') }}
        end as days_late_12m,
        case when dso.window_days_3m is not null then {{ ratio('lateness.paid_late_3m', 'lateness.paid_3m') }} end
            as share_paid_late_amount_3m,
        case when dso.window_days_12m is not null then {{ ratio('lateness.paid_late_12m', 'lateness.paid_12m') }} end
            as share_paid_late_amount_12m
    from scenarios
    inner join dso
        on
            scenarios.company_id = dso.company_id
            and scenarios.as_of = dso.month_end
    left join open_documents
        on
            scenarios.company_id = open_documents.company_id
            and scenarios.scenario = open_documents.scenario
    left join lateness
        on
            scenarios.company_id = lateness.company_id
            and scenarios.scenario = lateness.scenario
    left join billing
        on scenarios.company_id = billing.company_id
)

select * from final
