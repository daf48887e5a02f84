{{ config(meta={'key': ['company_id', 'customer_id', 'month_end']}) }}

with

open_items as (
    select * from {{ ref('int_metrics__open_items_monthly') }}
),

month_ends as (
    select * from {{ ref('int_metrics__month_ends') }}
),

summed as (
    select
        company_id,
        customer_id,
        month_index,
        sum(open_amount) as balance,
        sum(case when bucket = 'not_due' then open_amount else 0 end) as not_due,
        sum(case when bucket = 'overdue_1_30' then open_amount else 0 end) as overdue_1_30,
        sum(case when bucket = 'overdue_31_60' then open_amount else 0 end) as overdue_31_60,
        sum(case when bucket = 'overdue_61_90' then open_amount else 0 end) as overdue_61_90,
        sum(case when bucket = 'overdue_91_120' then open_amount else 0 end) as overdue_91_120,
        sum(case when bucket = 'overdue_over_120' then open_amount else 0 end) as overdue_over_120,
        sum(case when bucket = 'due_date_unknown' then open_amount else 0 end) as due_date_unknown,
        sum(case when bucket = 'unallocated' then -open_amount else 0 end) as unallocated,
        count(case when bucket <> 'unallocated' then 1 end) as open_documents
    from open_items
    group by company_id, customer_id, month_index
),

-- Money paid back that matches nothing lowers what is on account; beyond that the customer owes it, with no due
-- date, so that `unallocated` is never negative.
ageing as (
    select
        summed.company_id,
        summed.customer_id,
        month_ends.month_end,
        month_ends.is_month_end,
        {{ money('summed.balance') }} as balance,
        {{ money('summed.not_due') }} as not_due,
        {{ money('summed.overdue_1_30') }} as overdue_1_30,
        {{ money('summed.overdue_31_60') }} as overdue_31_60,
        {{ money('summed.overdue_61_90') }} as overdue_61_90,
        {{ money('summed.overdue_91_120') }} as overdue_91_120,
        {{ money('summed.overdue_over_120') }} as overdue_over_120,
        {{ money('summed.due_date_unknown + greatest(-summed.unallocated, 0)') }} as due_date_unknown,
        {{ money('greatest(summed.unallocated, 0)') }} as unallocated,
        {{ money('summed.overdue_1_30 + summed.overdue_31_60 + summed.overdue_61_90 + summed.overdue_91_120
            + summed.overdue_over_120') }} as overdue,
        cast(summed.open_documents as bigint) as open_documents
    from summed
    inner join month_ends
        on
            summed.company_id = month_ends.company_id
            and summed.month_index = month_ends.month_index
)

select * from ageing
