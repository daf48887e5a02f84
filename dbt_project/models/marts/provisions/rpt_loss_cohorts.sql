{{ config(meta={'key': ['company_id', 'closing_date', 'cohort_month']}) }}

select
    company_id,
    closing_date,
    cohort_month,
    state,
    billed,
    credited,
    assigned,
    settled,
    lost,
    lost_excluding_vat,
    open_amount
from {{ ref('int_provisions__cohorts') }}
