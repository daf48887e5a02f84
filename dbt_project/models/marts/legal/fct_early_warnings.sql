{{ config(meta={'key': ['company_id', 'customer_id', 'warning_kind', 'warning_date', 'source_key']}) }}

with

kinds as (
    select * from {{ ref('early_warning_kinds') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

behaviour as (
    select * from {{ ref('fct_customer_behaviour_monthly') }}
),

legal_months as (
    select * from {{ ref('int_legal__customer_months') }}
),

allocations as (
    select * from {{ ref('fct_allocations') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

payments as (
    select * from {{ ref('fct_payments') }}
),

disputes as (
    select * from {{ ref('fct_disputes') }}
),

promises as (
    select * from {{ ref('fct_promises') }}
),

customer_units as (
    select * from {{ ref('int_legal__customer_units') }}
),

units as (
    select * from {{ ref('int_legal__units') }}
),

filed_accounts as (
    select * from {{ ref('int_legal__filed_accounts') }}
),

notices as (
    select * from {{ ref('int_legal__notices') }}
),

notice_versions as (
    select * from {{ ref('int_legal__notice_versions') }}
),

relatives as (
    select * from {{ ref('int_legal__relatives') }}
),

defaults as (
    select * from {{ ref('int_customer_defaults') }}
),

debtors as (
    select
        company_id,
        customer_id,
        min(event_date) as first_date
    from {{ ref('int_metrics__receivable_events') }}
    group by company_id, customer_id
),

-- From proceedings or cessation on nobody waits for accounts.
unit_end as (
    select
        legal_unit_id,
        min(valid_from) as ended_on
    from {{ ref('int_legal__status_periods') }}
    where is_in_proceedings or legal_status = 'ceased'
    group by legal_unit_id
),

-- What measures a month, against the same customer's past year.
measures as (
    select
        company_id,
        customer_id,
        month_end,
        'growing_delays' as warning_kind,
        case when paid_count_12m >= 3 then days_late_3m - days_late_12m end as measure
    from behaviour

    union all

    select
        company_id,
        customer_id,
        month_end,
        'falling_billing' as warning_kind,
        case
            when history_months >= 12 and billed_12m > 0 and billed_12m < 1000000000000
                then 1 - {{ ratio('4 * billed_3m', 'billed_12m') }}
        end as measure
    from behaviour

    union all

    select
        company_id,
        customer_id,
        month_end,
        'falling_orders' as warning_kind,
        case when history_months >= 12 then 1 - orders_trend end as measure
    from behaviour
),

-- Told on the month end that crosses the threshold, not on every one after it.
crossings as (
    select
        measures.company_id,
        measures.customer_id,
        measures.warning_kind,
        measures.month_end,
        measures.measure,
        kinds.full_value,
        measures.measure >= kinds.threshold as is_over,
        lag(measures.measure >= kinds.threshold) over (
            partition by measures.company_id, measures.customer_id, measures.warning_kind order by measures.month_end
        ) as was_over
    from measures
    inner join kinds
        on measures.warning_kind = kinds.warning_kind
),

crossed as (
    select
        company_id,
        customer_id,
        warning_kind,
        month_end as warning_date,
        measure,
        'fct_customer_behaviour_monthly' as source_table,
        customer_id || ' ' || cast(month_end as varchar(10)) as source_key
    from crossings
    where is_over and was_over is not true
),

-- Documents settled by payments that the books themselves tie to them; what is spread by age proves nothing.
settled_by_day as (
    select
        allocations.company_id,
        invoices.customer_id,
        allocations.invoice_id,
        allocations.allocation_date,
        max(invoices.amount) as amount,
        sum(allocations.amount) as settled,
        max(case when allocations.method in ('ledger', 'reference') then allocations.payment_id end) as payment_id
    from allocations
    inner join invoices
        on
            allocations.company_id = invoices.company_id
            and allocations.invoice_id = invoices.invoice_id
    where invoices.document_type in ('invoice', 'deposit') and invoices.amount > 0
    group by allocations.company_id, invoices.customer_id, allocations.invoice_id, allocations.allocation_date
),

running as (
    select
        *,
        amount - sum(settled) over (partition by company_id, invoice_id order by allocation_date) as remainder
    from settled_by_day
),

ranked_settlements as (
    select
        *,
        payment_id is not null and remainder > amount / 100 as is_partial,
        count(case when remainder = 0 then 1 end) over (
            partition by company_id, customer_id
            order by allocation_date
            range between unbounded preceding and interval 1 day preceding
        ) as settled_before
    from running
),

partial_payments as (
    select
        *,
        row_number() over (
            partition by company_id, customer_id order by allocation_date, remainder desc, invoice_id
        ) as place
    from ranked_settlements
    where is_partial
),

first_partial_payments as (
    select
        company_id,
        customer_id,
        'first_partial_payment' as warning_kind,
        allocation_date as warning_date,
        {{ ratio('remainder', 'amount') }} as measure,
        'fct_payments' as source_table,
        payment_id as source_key
    from partial_payments
    where place = 1 and settled_before >= 3
),

ranked_disputes as (
    select
        *,
        row_number() over (partition by company_id, customer_id order by opened_on, dispute_id) as place
    from disputes
    where customer_id is not null and opened_on is not null
),

first_disputes as (
    select
        company_id,
        customer_id,
        'first_dispute' as warning_kind,
        opened_on as warning_date,
        cast(null as decimal(28, 4)) as measure,
        'fct_disputes' as source_table,
        dispute_id as source_key
    from ranked_disputes
    where place = 1
),

broken_promises as (
    select
        company_id,
        customer_id,
        'broken_promise' as warning_kind,
        {{ add_days('due_on', 1) }} as warning_date,
        cast(null as decimal(28, 4)) as measure,
        'fct_promises' as source_table,
        promise_id as source_key
    from promises
    -- A promise kept late was broken on the day it named.
    where customer_id is not null and (status = 'broken' or kept_on > due_on)
),

rejections as (
    select
        company_id,
        customer_id,
        'payment_rejected' as warning_kind,
        payment_date as warning_date,
        cast(null as decimal(28, 4)) as measure,
        'fct_payments' as source_table,
        payment_id as source_key
    from payments
    where kind = 'rejection'
),

-- Accounts of a year that the law wants published, when those of the year before were: commercial companies alone.
expected_accounts as (
    select distinct
        customer_units.company_id,
        customer_units.customer_id,
        customer_units.legal_unit_id,
        filed_accounts.closing_date as last_closing_date,
        {{ add_months_to('filed_accounts.closing_date', var('accounts_expected_months')) }} as warning_date
    from customer_units
    inner join units
        on
            customer_units.company_id = units.company_id
            and customer_units.legal_unit_id = units.legal_unit_id
            and units.legal_category like '5%'
            and units.legal_category not like '52%'
    -- Those that became known later miss nothing on that day.
    inner join filed_accounts
        on
            customer_units.legal_unit_id = filed_accounts.legal_unit_id
            and filed_accounts.known_from
            <= {{ add_months_to('filed_accounts.closing_date', var('accounts_expected_months')) }}
),

unfiled as (
    select
        expected_accounts.company_id,
        expected_accounts.customer_id,
        'unfiled_accounts' as warning_kind,
        expected_accounts.warning_date,
        cast(null as decimal(28, 4)) as measure,
        'fct_filed_accounts' as source_table,
        expected_accounts.legal_unit_id || ' ' || cast(expected_accounts.last_closing_date as varchar(10)) as source_key
    from expected_accounts
    left join unit_end
        on
            expected_accounts.legal_unit_id = unit_end.legal_unit_id
            and expected_accounts.warning_date >= unit_end.ended_on
    where
        unit_end.legal_unit_id is null
        and not exists (
            select 1
            from filed_accounts
            where
                filed_accounts.legal_unit_id = expected_accounts.legal_unit_id
                and filed_accounts.closing_date > expected_accounts.last_closing_date
                and filed_accounts.known_from <= expected_accounts.warning_date
        )
),

negative_equity as (
    select
        legal_months.company_id,
        legal_months.customer_id,
        'negative_equity' as warning_kind,
        min(legal_months.month_end) as warning_date,
        cast(min(legal_months.accounts_equity_ratio_pct) as decimal(28, 4)) as measure,
        'fct_filed_accounts' as source_table,
        max(customer_units.legal_unit_id) || ' ' || cast(legal_months.accounts_closing_date as varchar(10)) as source_key
    from legal_months
    inner join customer_units
        on
            legal_months.company_id = customer_units.company_id
            and legal_months.customer_id = customer_units.customer_id
    where legal_months.accounts_equity_ratio_pct < 0
    group by legal_months.company_id, legal_months.customer_id, legal_months.accounts_closing_date
),

group_proceedings as (
    select
        relatives.company_id,
        relatives.customer_id,
        'group_proceedings' as warning_kind,
        min(notice_versions.known_from) as warning_date,
        cast(null as decimal(28, 4)) as measure,
        'fct_company_events' as source_table,
        notice_versions.source || ':' || notice_versions.root_notice_id as source_key
    from relatives
    inner join notice_versions
        on relatives.relative_id = notice_versions.legal_unit_id
    where
        notice_versions.judgment_kind in ('opening_safeguard', 'opening_receivership', 'opening_liquidation')
        and not notice_versions.is_annulment
    group by
        relatives.company_id, relatives.customer_id, notice_versions.source, notice_versions.root_notice_id
),

register_changes as (
    select
        customer_units.company_id,
        customer_units.customer_id,
        case notices.change_kind when 'address' then 'address_changed' else 'managers_changed' end as warning_kind,
        notices.publication_date as warning_date,
        cast(null as decimal(28, 4)) as measure,
        'fct_company_events' as source_table,
        notices.source || ':' || notices.notice_id as source_key
    from customer_units
    inner join notices
        on customer_units.legal_unit_id = notices.legal_unit_id
    where notices.change_kind in ('address', 'managers') and notices.notice_type = 'annonce'
),

all_warnings as (
    select * from crossed
    union all
    select * from first_partial_payments
    union all
    select * from first_disputes
    union all
    select * from broken_promises
    union all
    select * from rejections
    union all
    select * from unfiled
    union all
    select * from negative_equity
    union all
    select * from group_proceedings
    union all
    select * from register_changes
),

-- Customers with whom there is something between us on that day; once in default it is no early warning.
told as (
    select
        all_warnings.company_id,
        all_warnings.customer_id,
        all_warnings.warning_kind,
        all_warnings.warning_date,
        cast(
            case
                when kinds.fixed_strength is not null then kinds.fixed_strength
                else least(cast(all_warnings.measure as double) / cast(kinds.full_value as double), 1)
            end as decimal(5, 4)
        ) as strength,
        cast(all_warnings.measure as decimal(28, 4)) as measure,
        all_warnings.source_table,
        all_warnings.source_key
    from all_warnings
    inner join kinds
        on all_warnings.warning_kind = kinds.warning_kind
    inner join companies
        on
            all_warnings.company_id = companies.company_id
            and all_warnings.warning_date <= companies.as_of
    inner join debtors
        on
            all_warnings.company_id = debtors.company_id
            and all_warnings.customer_id = debtors.customer_id
            and all_warnings.warning_date >= debtors.first_date
    left join defaults
        on
            all_warnings.company_id = defaults.company_id
            and all_warnings.customer_id = defaults.customer_id
            and all_warnings.warning_date >= defaults.default_date
            and (defaults.cured_on is null or all_warnings.warning_date < defaults.cured_on)
    where defaults.customer_id is null
)

select * from told
