{{ config(meta={'key': ['company_id', 'customer_id', 'month_end']}) }}

with

customer_months as (
    select * from {{ ref('int_metrics__customer_months') }}
),

ageing as (
    select * from {{ ref('fct_ageing_monthly') }}
),

open_items as (
    select * from {{ ref('int_metrics__open_items_monthly') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

payments as (
    select * from {{ ref('fct_payments') }}
),

payment_days as (
    select * from {{ ref('int_metrics__payment_days') }}
),

payment_windows as (
    select * from {{ ref('int_metrics__payment_windows') }}
),

signals as (
    select * from {{ ref('int_events__customer_months') }}
),

legal_months as (
    select * from {{ ref('int_legal__customer_months') }}
),

defaults as (
    select * from {{ ref('int_customer_defaults') }}
),

status_periods as (
    select * from {{ ref('int_legal__status_periods') }}
),

customer_units as (
    select * from {{ ref('int_legal__customer_units') }}
),

overdue_items as (
    select
        company_id,
        customer_id,
        month_index,
        count(*) as overdue_documents,
        max(days_past_due) as oldest_overdue_days
    from open_items
    where days_past_due > 0 and bucket <> 'unallocated'
    group by company_id, customer_id, month_index
),

billing_months as (
    select
        company_id,
        customer_id,
        {{ month_index('entry_date') }} as month_index,
        sum(case when document_type in ('invoice', 'credit_note', 'deposit') then amount else 0 end) as billed,
        sum(case when document_type in ('invoice', 'deposit') then 1 else 0 end) as invoice_count,
        sum(case when document_type = 'credit_note' then 1 else 0 end) as credit_note_count,
        sum(case when document_type = 'credit_note' then -amount else 0 end) as credited,
        {{ month_index("min(case when document_type in ('invoice', 'deposit', 'opening_item') then issue_date end)") }}
            as first_issue_index
    from invoices
    group by company_id, customer_id, {{ month_index('entry_date') }}
),

payment_months as (
    select
        company_id,
        customer_id,
        {{ month_index('payment_date') }} as month_index,
        sum(case when kind in ('receipt', 'rejection') then amount else 0 end) as received,
        sum(case when kind = 'receipt' then 1 else 0 end) as receipt_count,
        sum(case when kind = 'rejection' then 1 else 0 end) as rejection_count
    from payments
    group by company_id, customer_id, {{ month_index('payment_date') }}
),

-- How late the month's last payment was; on a tie, the later one.
last_payments as (
    select
        company_id,
        customer_id,
        month_index,
        days_late_net
    from (
        select
            company_id,
            customer_id,
            month_index,
            days_late_net,
            row_number() over (
                partition by company_id, customer_id, month_index
                order by payment_date desc, allocation_date desc, days_late_net desc
            ) as recency
        from payment_days
        where rejected_month_index is null or rejected_month_index > month_index
    ) as ranked
    where recency = 1
),

monthly as (
    select
        customer_months.company_id,
        customer_months.customer_id,
        customer_months.month_index,
        customer_months.month_end,
        customer_months.is_month_end,
        customer_months.first_month_index,
        coalesce(billing_months.billed, 0) as billed,
        coalesce(billing_months.invoice_count, 0) as invoice_count,
        coalesce(billing_months.credit_note_count, 0) as credit_note_count,
        coalesce(billing_months.credited, 0) as credited,
        billing_months.first_issue_index,
        coalesce(payment_months.received, 0) as received,
        coalesce(payment_months.receipt_count, 0) as receipt_count,
        coalesce(payment_months.rejection_count, 0) as rejection_count,
        case when payment_months.receipt_count > 0 then customer_months.month_index end as receipt_index,
        last_payments.days_late_net as last_days_late,
        count(last_payments.month_index) over (
            partition by customer_months.company_id, customer_months.customer_id
            order by customer_months.month_index
            rows between unbounded preceding and current row
        ) as last_payment_number
    from customer_months
    left join billing_months
        on
            customer_months.company_id = billing_months.company_id
            and customer_months.customer_id = billing_months.customer_id
            and customer_months.month_index = billing_months.month_index
    left join payment_months
        on
            customer_months.company_id = payment_months.company_id
            and customer_months.customer_id = payment_months.customer_id
            and customer_months.month_index = payment_months.month_index
    left join last_payments
        on
            customer_months.company_id = last_payments.company_id
            and customer_months.customer_id = last_payments.customer_id
            and customer_months.month_index = last_payments.month_index
),

rolling as (
    select
        *,
        sum(billed) over last_3m as billed_3m,
        sum(billed) over last_12m as billed_12m,
        sum(invoice_count) over last_12m as invoices_12m,
        sum(credit_note_count) over last_12m as credit_notes_12m,
        sum(credited) over last_12m as credited_12m,
        sum(received) over last_3m as paid_3m,
        sum(received) over last_12m as paid_12m,
        sum(receipt_count) over last_12m as payments_12m,
        sum(rejection_count) over last_12m as rejections_12m,
        min(first_issue_index) over so_far as first_invoice_index,
        max(receipt_index) over so_far as last_receipt_index,
        max(last_days_late) over (
            partition by company_id, customer_id, last_payment_number
        ) as last_known_days_late
    from monthly
    window
        last_3m as (
            partition by company_id, customer_id order by month_index range between 2 preceding and current row
        ),
        last_12m as (
            partition by company_id, customer_id order by month_index range between 11 preceding and current row
        ),
        so_far as (
            partition by company_id, customer_id
            order by month_index
            rows between unbounded preceding and current row
        )
),

behaviour as (
    select
        rolling.company_id,
        rolling.customer_id,
        rolling.month_end,
        rolling.is_month_end,
        cast(least(rolling.month_index - rolling.first_month_index + 1, 12) as integer) as history_months,
        coalesce(ageing.balance, 0) as balance,
        coalesce(ageing.open_documents, 0) as open_documents,
        coalesce(ageing.overdue, 0) as overdue,
        coalesce(overdue_items.overdue_documents, 0) as overdue_documents,
        cast(coalesce(overdue_items.oldest_overdue_days, 0) as integer) as oldest_overdue_days,
        coalesce(ageing.unallocated, 0) as unallocated,
        {{ money('rolling.billed_3m') }} as billed_3m,
        {{ money('rolling.billed_12m') }} as billed_12m,
        cast(rolling.invoices_12m as bigint) as invoices_12m,
        {{ money('rolling.paid_3m') }} as paid_3m,
        {{ money('rolling.paid_12m') }} as paid_12m,
        cast(rolling.payments_12m as bigint) as payments_12m,
        {{ ratio('payment_windows.paid_days_12m', 'payment_windows.paid_12m') }} as days_to_pay_12m,
        {{ ratio('payment_windows.paid_days_late_12m', 'payment_windows.paid_12m') }} as days_late_12m,
        {{ ratio('payment_windows.paid_days_late_3m', 'payment_windows.paid_3m') }} as days_late_3m,
        {{ ratio('payment_windows.paid_days_late_net_12m', 'payment_windows.paid_12m') }} as days_late_net_12m,
        cast(rolling.last_known_days_late as integer) as last_days_late,
        {{ ratio('payment_windows.paid_late_12m', 'payment_windows.paid_12m') }} as share_paid_late_12m,
        coalesce(payment_windows.paid_late_count_12m, 0) as paid_late_count_12m,
        coalesce(payment_windows.paid_count_12m, 0) as paid_count_12m,
        case when payment_windows.max_days_late_net_12m < 0 then 0 else payment_windows.max_days_late_net_12m end
            as max_days_late_12m,
        cast(
            round(
                sqrt(
                    cast(
                        payment_windows.paid_count_12m * payment_windows.days_late_net_squares_12m
                        - payment_windows.days_late_net_sum_12m * payment_windows.days_late_net_sum_12m
                        as double
                    )
                ) / cast(nullif(payment_windows.paid_count_12m, 0) as double),
                4
            ) as decimal(28, 4)
        ) as std_days_late_12m,
        cast(rolling.month_index - rolling.first_invoice_index as integer) as months_since_first_invoice,
        cast(rolling.month_index - rolling.last_receipt_index as integer) as months_since_last_payment,
        cast(rolling.credit_notes_12m as bigint) as credit_notes_12m,
        {{ money('rolling.credited_12m') }} as credited_12m,
        coalesce(status_periods.legal_status, 'unknown') as legal_status_known,
        defaults.default_date is not null as is_in_default,
        rolling.rejections_12m > 0 as has_rejection_12m,
        signals.disputed_open_amount,
        signals.disputes_opened_12m,
        signals.promises_broken_12m,
        signals.promises_kept_12m,
        signals.last_reminder_level,
        signals.days_since_last_reminder,
        signals.orders_3m,
        signals.orders_12m,
        {{ ratio('4 * signals.orders_3m', 'signals.orders_12m') }} as orders_trend,
        signals.instalment_arrears,
        signals.insured_limit,
        signals.uninsured_exposure,
        legal_months.company_age_months,
        legal_months.naf_code_known,
        legal_months.size_category_known,
        legal_months.headcount_band_known,
        legal_months.accounts_closing_date,
        legal_months.accounts_age_months,
        legal_months.accounts_confidentiality,
        legal_months.accounts_turnover,
        legal_months.accounts_net_margin,
        legal_months.accounts_equity_ratio_pct,
        legal_months.accounts_liquidity_ratio_pct,
        legal_months.accounts_debt_ratio_pct,
        legal_months.accounts_interest_burden_pct,
        legal_months.accounts_ebitda_margin_pct,
        legal_months.accounts_supplier_days,
        legal_months.accounts_equity_change_pct,
        legal_months.accounts_supplier_days_change,
        legal_months.accounts_filed_after_days,
        legal_months.address_changes_12m,
        legal_months.manager_changes_12m,
        legal_months.is_group_in_proceedings
    from rolling
    left join ageing
        on
            rolling.company_id = ageing.company_id
            and rolling.customer_id = ageing.customer_id
            and rolling.month_end = ageing.month_end
    left join signals
        on
            rolling.company_id = signals.company_id
            and rolling.customer_id = signals.customer_id
            and rolling.month_index = signals.month_index
    left join legal_months
        on
            rolling.company_id = legal_months.company_id
            and rolling.customer_id = legal_months.customer_id
            and rolling.month_index = legal_months.month_index
    left join overdue_items
        on
            rolling.company_id = overdue_items.company_id
            and rolling.customer_id = overdue_items.customer_id
            and rolling.month_index = overdue_items.month_index
    left join payment_windows
        on
            rolling.company_id = payment_windows.company_id
            and rolling.customer_id = payment_windows.customer_id
            and rolling.month_index = payment_windows.month_index
    left join customer_units
        on
            rolling.company_id = customer_units.company_id
            and rolling.customer_id = customer_units.customer_id
    left join status_periods
        on
            customer_units.legal_unit_id = status_periods.legal_unit_id
            and rolling.month_end >= status_periods.valid_from
            and (status_periods.valid_to is null or rolling.month_end < status_periods.valid_to)
    left join defaults
        on
            rolling.company_id = defaults.company_id
            and rolling.customer_id = defaults.customer_id
            and rolling.month_end >= defaults.default_date
            and (defaults.cured_on is null or rolling.month_end < defaults.cured_on)
)

select * from behaviour
