{{ config(meta={'key': ['company_id', 'customer_id', 'month_end', 'bucket_label']}) }}

with

ageing as (
    select * from {{ ref('fct_ageing_monthly') }}
),

open_items as (
    select * from {{ ref('int_metrics__open_items_monthly') }}
    where days_past_due > 0 and bucket not in ('unallocated', 'due_date_unknown')
),

buckets as (
    select * from {{ ref('stg_config__ageing_buckets') }}
),

overdue as (
    select
        open_items.company_id,
        open_items.customer_id,
        open_items.month_end,
        buckets.from_days as bucket_from_days,
        buckets.to_days as bucket_to_days,
        case
            when buckets.to_days is null then 'overdue_over_' || cast(buckets.from_days - 1 as varchar(10))
            else 'overdue_' || cast(buckets.from_days as varchar(10)) || '_' || cast(buckets.to_days as varchar(10))
        end as bucket_label,
        sum(open_items.open_amount) as amount
    from open_items
    inner join buckets
        on
            open_items.company_id = buckets.company_id
            and open_items.days_past_due between buckets.from_days
            and coalesce(buckets.to_days, open_items.days_past_due)
    group by
        open_items.company_id,
        open_items.customer_id,
        open_items.month_end,
        buckets.from_days,
        buckets.to_days
),

-- What no limit divides, as the other ageing table has it; on account is negative, so that the rows add up.
undivided as (
    select
        company_id, customer_id, month_end,
        cast(null as integer) as bucket_from_days, 0 as bucket_to_days, 'not_due' as bucket_label, not_due as amount
    from ageing
    union all
    select
        company_id, customer_id, month_end,
        cast(null as integer) as bucket_from_days, cast(null as integer) as bucket_to_days,
        'due_date_unknown' as bucket_label, due_date_unknown as amount
    from ageing
    union all
    select
        company_id, customer_id, month_end,
        cast(null as integer) as bucket_from_days, cast(null as integer) as bucket_to_days,
        'unallocated' as bucket_label, -unallocated as amount
    from ageing
),

final as (
    select
        company_id, customer_id, month_end, bucket_from_days, bucket_to_days, bucket_label,
        {{ money('amount') }} as amount
    from overdue
    union all
    select
        company_id, customer_id, month_end, bucket_from_days, bucket_to_days, bucket_label,
        {{ money('amount') }} as amount
    from undivided
    where amount <> 0
)

select * from final
