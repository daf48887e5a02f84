with

payment_days as (
    select * from {{ ref('int_metrics__payment_days') }}
),

month_ends as (
    select * from {{ ref('int_metrics__month_ends') }}
),

monthly as (
    select
        company_id,
        customer_id,
        payment_month_index,
        month_index,
        rejected_month_index,
        sum(amount) as paid,
        sum(amount * days_to_pay) as paid_days,
        sum(amount * greatest(days_late_net, 0)) as paid_days_late,
        sum(amount * days_late_net) as paid_days_late_net,
        sum(case when days_late_net > 0 then amount else 0 end) as paid_late,
        sum(case when method = 'fifo' then amount else 0 end) as paid_fifo,
        sum(case when is_counted then 1 else 0 end) as paid_count,
        sum(case when is_counted and days_late_net > 0 then 1 else 0 end) as paid_late_count,
        max(days_late_net) as max_days_late_net,
        sum(case when is_counted then days_late_net else 0 end) as days_late_net_sum,
        sum(case when is_counted then cast(days_late_net as bigint) * days_late_net else 0 end) as days_late_net_squares
    from payment_days
    group by company_id, customer_id, payment_month_index, month_index, rejected_month_index
),

-- A month's payments count at its end and the next eleven ones, from when they are allocated until they come back.
seen as (
    select
        monthly.*,
        {{ explode_range(
            'monthly.month_index',
            'least(
                monthly.payment_month_index + 11,
                coalesce(monthly.rejected_month_index - 1, monthly.payment_month_index + 11)
            )'
        ) }} as seen_month_index
    from monthly
),

windows as (
    select
        seen.company_id,
        seen.customer_id,
        month_ends.month_index,
        month_ends.month_end,
        {{ money('sum(case when is_3m then seen.paid else 0 end)') }} as paid_3m,
        sum(case when is_3m then seen.paid_days else 0 end) as paid_days_3m,
        sum(case when is_3m then seen.paid_days_late else 0 end) as paid_days_late_3m,
        sum(case when is_3m then seen.paid_days_late_net else 0 end) as paid_days_late_net_3m,
        {{ money('sum(case when is_3m then seen.paid_late else 0 end)') }} as paid_late_3m,
        {{ money('sum(case when is_3m then seen.paid_fifo else 0 end)') }} as paid_fifo_3m,
        cast(sum(case when is_3m then seen.paid_count else 0 end) as bigint) as paid_count_3m,
        cast(sum(case when is_3m then seen.paid_late_count else 0 end) as bigint) as paid_late_count_3m,
        {{ money('sum(seen.paid)') }} as paid_12m,
        sum(seen.paid_days) as paid_days_12m,
        sum(seen.paid_days_late) as paid_days_late_12m,
        sum(seen.paid_days_late_net) as paid_days_late_net_12m,
        {{ money('sum(seen.paid_late)') }} as paid_late_12m,
        {{ money('sum(seen.paid_fifo)') }} as paid_fifo_12m,
        cast(sum(seen.paid_count) as bigint) as paid_count_12m,
        cast(sum(seen.paid_late_count) as bigint) as paid_late_count_12m,
        cast(max(seen.max_days_late_net) as integer) as max_days_late_net_12m,
        cast(sum(seen.days_late_net_sum) as bigint) as days_late_net_sum_12m,
        cast(sum(seen.days_late_net_squares) as bigint) as days_late_net_squares_12m
    from (
        select
            *,
            seen_month_index - payment_month_index <= 2 as is_3m
        from seen
    ) as seen
    inner join month_ends
        on
            seen.company_id = month_ends.company_id
            and seen.seen_month_index = month_ends.month_index
    group by seen.company_id, seen.customer_id, month_ends.month_index, month_ends.month_end
)

select * from windows
