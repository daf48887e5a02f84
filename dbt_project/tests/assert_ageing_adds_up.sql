-- Per customer and month end: balance = buckets - unallocated, and nothing is negative that must not be.
select *
from {{ ref('fct_ageing_monthly') }}
where
    balance <> not_due + overdue_1_30 + overdue_31_60 + overdue_61_90 + overdue_91_120 + overdue_over_120
    + due_date_unknown - unallocated
    or overdue <> overdue_1_30 + overdue_31_60 + overdue_61_90 + overdue_91_120 + overdue_over_120
    or least(not_due, overdue_1_30, overdue_31_60, overdue_61_90, overdue_91_120, overdue_over_120) < 0
    or least(due_date_unknown, unallocated) < 0
