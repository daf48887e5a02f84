with

events as (
    select * from {{ ref('int_metrics__receivable_events') }}
),

month_ends as (
    select * from {{ ref('int_metrics__month_ends') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

last_months as (
    select
        company_id,
        max(month_index) as last_month_index
    from month_ends
    group by company_id
),

-- Most payments settle something the day they come: such months change nothing and are left out.
monthly_changes as (
    select
        company_id,
        customer_id,
        item_kind,
        item_id,
        month_index,
        sum(amount) as amount
    from events
    group by company_id, customer_id, item_kind, item_id, month_index
    having sum(amount) <> 0
),

running as (
    select
        company_id,
        customer_id,
        item_kind,
        item_id,
        month_index,
        {{ money('sum(amount) over (
            partition by company_id, item_kind, item_id
            order by month_index
            rows between unbounded preceding and current row
        )') }} as open_amount,
        lead(month_index) over (
            partition by company_id, item_kind, item_id order by month_index
        ) as next_month_index
    from monthly_changes
),

-- Between two changes what is open stays as it is; closed stretches are never spread over months.
spans as (
    select
        running.company_id,
        running.customer_id,
        running.item_kind,
        running.item_id,
        running.open_amount,
        running.month_index as first_index,
        coalesce(running.next_month_index - 1, last_months.last_month_index) as last_index
    from running
    inner join last_months
        on running.company_id = last_months.company_id
    where running.open_amount <> 0
),

exploded as (
    select
        company_id,
        customer_id,
        item_kind,
        item_id,
        open_amount,
        {{ explode_range('first_index', 'last_index') }} as month_index
    from spans
),

described as (
    select
        exploded.company_id,
        exploded.customer_id,
        exploded.item_kind,
        exploded.item_id,
        month_ends.month_index,
        month_ends.month_end,
        exploded.open_amount,
        invoices.document_type,
        invoices.entry_date,
        invoices.issue_date,
        case when invoices.due_date_source <> 'unknown' then invoices.due_date end as due_date
    from exploded
    inner join month_ends
        on
            exploded.company_id = month_ends.company_id
            and exploded.month_index = month_ends.month_index
    left join invoices
        on
            exploded.company_id = invoices.company_id
            and exploded.item_id = invoices.invoice_id
            and exploded.item_kind = 'document'
),

aged as (
    select
        *,
        {{ days_between('due_date', 'month_end') }} as days_past_due
    from described
),

bucketed as (
    select
        *,
        case
            when item_kind = 'payment' or open_amount < 0 then 'unallocated'
            when days_past_due is null then 'due_date_unknown'
            when days_past_due <= 0 then 'not_due'
            when days_past_due <= 30 then 'overdue_1_30'
            when days_past_due <= 60 then 'overdue_31_60'
            when days_past_due <= 90 then 'overdue_61_90'
            when days_past_due <= 120 then 'overdue_91_120'
            else 'overdue_over_120'
        end as bucket
    from aged
)

select * from bucketed
