with

customer_months as (
    select * from {{ ref('int_metrics__customer_months') }}
),

ageing as (
    select * from {{ ref('fct_ageing_monthly') }}
),

open_items as (
    select * from {{ ref('int_metrics__open_items_monthly') }}
    where item_kind = 'document' and open_amount > 0
),

month_ends as (
    select * from {{ ref('int_metrics__month_ends') }}
),

spans as (
    select * from {{ ref('int_events__disputed_spans') }}
),

disputed as (
    select
        open_items.company_id,
        open_items.customer_id,
        open_items.month_index,
        sum(open_items.open_amount) as open_amount
    from open_items
    inner join spans
        on
            open_items.company_id = spans.company_id
            and open_items.item_id = spans.invoice_id
            and open_items.month_end >= spans.disputed_from
            and (spans.disputed_until is null or open_items.month_end < spans.disputed_until)
    group by open_items.company_id, open_items.customer_id, open_items.month_index
),

-- Each event in the twelve months that count it: its own and the eleven after.
happened as (
    select
        company_id, customer_id, {{ month_index('opened_on') }} as month_index,
        1 as disputes, 0 as broken, 0 as kept, 0 as ordered
    from {{ ref('fct_disputes') }}
    where subject in ('document', 'customer')
    union all
    select
        company_id, customer_id, {{ month_index(add_days('due_on', 1)) }} as month_index,
        0 as disputes, 1 as broken, 0 as kept, 0 as ordered
    from {{ ref('fct_promises') }}
    where status = 'broken'
    union all
    select
        company_id, customer_id, {{ month_index('kept_on') }} as month_index,
        0 as disputes, 0 as broken, 1 as kept, 0 as ordered
    from {{ ref('fct_promises') }}
    where status = 'kept'
    union all
    select
        company_id, customer_id, {{ month_index('ordered_on') }} as month_index,
        0 as disputes, 0 as broken, 0 as kept, amount as ordered
    from {{ ref('fct_orders') }}
    where subject = 'customer'
),

happened_monthly as (
    select
        company_id,
        customer_id,
        month_index,
        sum(disputes) as disputes,
        sum(broken) as broken,
        sum(kept) as kept,
        sum(ordered) as ordered
    from happened
    group by company_id, customer_id, month_index
),

spread as (
    select
        *,
        {{ explode_range('0', '11') }} as months_ago
    from happened_monthly
),

windows as (
    select
        company_id,
        customer_id,
        month_index + months_ago as month_index,
        sum(disputes) as disputes_12m,
        sum(broken) as broken_12m,
        sum(kept) as kept_12m,
        sum(case when months_ago < 3 then ordered else 0 end) as orders_3m,
        sum(ordered) as orders_12m
    from spread
    group by company_id, customer_id, month_index + months_ago
),

reminder_days as (
    select
        company_id,
        customer_id,
        sent_on,
        max(level) as level
    from {{ ref('fct_reminders') }}
    where subject <> 'unknown_customer' and customer_id is not null
    group by company_id, customer_id, sent_on
),

last_of_month as (
    select
        company_id,
        customer_id,
        {{ month_index('sent_on') }} as month_index,
        sent_on,
        level,
        row_number() over (
            partition by company_id, customer_id, {{ month_index('sent_on') }} order by sent_on desc
        ) as recency
    from reminder_days
),

reminders as (
    select
        company_id,
        customer_id,
        month_index,
        lead(month_index) over (partition by company_id, customer_id order by month_index) as next_month_index,
        sent_on,
        level
    from last_of_month
    where recency = 1
),

instalments as (
    select * from {{ ref('int_events__instalment_plans') }}
    where subject in ('document', 'customer')
),

-- Past due by the day, less what the schedule had received by then.
schedules_due as (
    select
        instalments.company_id,
        instalments.schedule_id,
        instalments.customer_id,
        month_ends.month_index,
        month_ends.month_end,
        sum(case when instalments.due_on < month_ends.month_end then instalments.amount else 0 end) as due_amount
    from instalments
    inner join month_ends
        on
            instalments.company_id = month_ends.company_id
            and instalments.agreed_on <= month_ends.month_end
    group by
        instalments.company_id, instalments.schedule_id, instalments.customer_id,
        month_ends.month_index, month_ends.month_end
),

received_by as (
    select
        schedules_due.company_id,
        schedules_due.schedule_id,
        schedules_due.month_index,
        received.received_so_far,
        row_number() over (
            partition by schedules_due.company_id, schedules_due.schedule_id, schedules_due.month_index
            order by received.received_on desc
        ) as recency
    from schedules_due
    inner join {{ ref('int_events__instalments_received') }} as received
        on
            schedules_due.company_id = received.company_id
            and schedules_due.schedule_id = received.schedule_id
            and schedules_due.month_end >= received.received_on
),

arrears as (
    select
        schedules_due.company_id,
        schedules_due.customer_id,
        schedules_due.month_index,
        sum(greatest(schedules_due.due_amount - coalesce(received_by.received_so_far, 0), 0)) as amount
    from schedules_due
    left join received_by
        on
            schedules_due.company_id = received_by.company_id
            and schedules_due.schedule_id = received_by.schedule_id
            and schedules_due.month_index = received_by.month_index
            and received_by.recency = 1
    group by schedules_due.company_id, schedules_due.customer_id, schedules_due.month_index
),

limits as (
    select
        customer_months.company_id,
        customer_months.customer_id,
        customer_months.month_index,
        sum(insured_limits.limit_amount) as limit_amount,
        sum(
            least(insured_limits.limit_amount, greatest(coalesce(ageing.balance, 0), 0)) * insured_limits.insured_share
        ) as covered_amount
    from customer_months
    inner join {{ ref('fct_insured_limits') }} as insured_limits
        on
            customer_months.company_id = insured_limits.company_id
            and customer_months.customer_id = insured_limits.customer_id
            and customer_months.month_end >= insured_limits.valid_from
            and (insured_limits.valid_to is null or customer_months.month_end <= insured_limits.valid_to)
    left join ageing
        on
            customer_months.company_id = ageing.company_id
            and customer_months.customer_id = ageing.customer_id
            and customer_months.month_end = ageing.month_end
    group by customer_months.company_id, customer_months.customer_id, customer_months.month_index
),

-- Where a source is absent, and before its first event, nothing is known: null, not zero.
told as (
    select
        company_id,
        {%- for event in ['disputes', 'promises', 'reminders', 'orders', 'instalments', 'insured_limits'] %}
        min(case when event = '{{ event }}' then first_date end) as {{ event }}_from
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('stg_events__sources') }}
    group by company_id
    having count(first_date) > 0
),

known as (
    select
        customer_months.company_id,
        customer_months.customer_id,
        customer_months.month_index,
        case when customer_months.month_end >= told.disputes_from
            then {{ money('coalesce(disputed.open_amount, 0)') }} end as disputed_open_amount,
        case when customer_months.month_end >= told.disputes_from
            then cast(coalesce(windows.disputes_12m, 0) as bigint) end as disputes_opened_12m,
        case when customer_months.month_end >= told.promises_from
            then cast(coalesce(windows.broken_12m, 0) as bigint) end as promises_broken_12m,
        case when customer_months.month_end >= told.promises_from
            then cast(coalesce(windows.kept_12m, 0) as bigint) end as promises_kept_12m,
        reminders.level as last_reminder_level,
        {{ days_between('reminders.sent_on', 'customer_months.month_end') }} as days_since_last_reminder,
        case when customer_months.month_end >= told.orders_from
            then {{ money('coalesce(windows.orders_3m, 0)') }} end as orders_3m,
        case when customer_months.month_end >= told.orders_from
            then {{ money('coalesce(windows.orders_12m, 0)') }} end as orders_12m,
        case when customer_months.month_end >= told.instalments_from
            then {{ money('coalesce(arrears.amount, 0)') }} end as instalment_arrears,
        case when customer_months.month_end >= told.insured_limits_from
            then {{ money('coalesce(limits.limit_amount, 0)') }} end as insured_limit,
        case when customer_months.month_end >= told.insured_limits_from
            then {{ money('greatest(greatest(coalesce(ageing.balance, 0), 0) - coalesce(limits.covered_amount, 0), 0)') }}
        end as uninsured_exposure
    from customer_months
    inner join told
        on customer_months.company_id = told.company_id
    left join ageing
        on
            customer_months.company_id = ageing.company_id
            and customer_months.customer_id = ageing.customer_id
            and customer_months.month_end = ageing.month_end
    left join disputed
        on
            customer_months.company_id = disputed.company_id
            and customer_months.customer_id = disputed.customer_id
            and customer_months.month_index = disputed.month_index
    left join windows
        on
            customer_months.company_id = windows.company_id
            and customer_months.customer_id = windows.customer_id
            and customer_months.month_index = windows.month_index
    left join reminders
        on
            customer_months.company_id = reminders.company_id
            and customer_months.customer_id = reminders.customer_id
            and customer_months.month_index >= reminders.month_index
            and (reminders.next_month_index is null or customer_months.month_index < reminders.next_month_index)
    left join arrears
        on
            customer_months.company_id = arrears.company_id
            and customer_months.customer_id = arrears.customer_id
            and customer_months.month_index = arrears.month_index
    left join limits
        on
            customer_months.company_id = limits.company_id
            and customer_months.customer_id = limits.customer_id
            and customer_months.month_index = limits.month_index
)

select * from known
