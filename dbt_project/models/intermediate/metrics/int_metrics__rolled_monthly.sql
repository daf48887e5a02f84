with

open_items as (
    select * from {{ ref('int_metrics__open_items_monthly') }}
    where item_kind = 'document' and open_amount > 0 and bucket not in ('unallocated', 'due_date_unknown')
),

ranked as (
    select
        company_id,
        customer_id,
        item_id,
        month_index,
        month_end,
        open_amount,
        bucket,
        case bucket
            when 'not_due' then 0
            when 'overdue_1_30' then 1
            when 'overdue_31_60' then 2
            when 'overdue_61_90' then 3
            when 'overdue_91_120' then 4
            else 5
        end as bucket_rank
    from open_items
),

month_ends as (
    select * from {{ ref('int_metrics__month_ends') }}
    where is_month_end
),

-- Each document of a bucket at the month's start, and where it stands at its end. The oldest bucket has no next.
followed as (
    select
        before.company_id,
        before.customer_id,
        month_ends.month_end,
        before.bucket,
        before.bucket_rank,
        before.open_amount as amount_before,
        -- A payment that came back since was not in the bucket.
        case
            when later.bucket_rank = before.bucket_rank + 1 then least(before.open_amount, later.open_amount)
            else 0
        end as amount_rolled
    from ranked as before
    inner join month_ends
        on
            before.company_id = month_ends.company_id
            and before.month_index + 1 = month_ends.month_index
    left join ranked as later
        on
            before.company_id = later.company_id
            and before.item_id = later.item_id
            and before.month_index + 1 = later.month_index
    where before.bucket_rank < 5
),

rolled as (
    select
        company_id,
        customer_id,
        month_end,
        bucket,
        {{ money('sum(amount_before)') }} as amount_before,
        {{ money('sum(amount_rolled)') }} as amount_rolled
    from followed
    group by company_id, customer_id, month_end, bucket
)

select * from rolled
