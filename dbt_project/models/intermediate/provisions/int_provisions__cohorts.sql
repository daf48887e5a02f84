with

outcomes as (
    select * from {{ ref('int_provisions__cohort_outcomes') }}
),

closings as (
    select * from {{ ref('int_provisions__closings') }}
),

open_items as (
    select * from {{ ref('int_provisions__open_items') }}
    where is_in_cohort
),

settings as (
    select distinct
        company_id,
        cohort_age_months
    from {{ ref('stg_config__provisions') }}
),

by_closing as (
    select
        closings.company_id,
        closings.closing_number,
        closings.closing_date,
        outcomes.cohort_month_index,
        sum(case when outcomes.outcome = 'billed' then outcomes.amount else 0 end) as billed,
        sum(case when outcomes.outcome = 'credited' then outcomes.amount else 0 end) as credited,
        sum(case when outcomes.outcome = 'assigned' then outcomes.amount else 0 end) as assigned,
        sum(case when outcomes.outcome = 'settled' then outcomes.amount else 0 end) as settled,
        sum(case when outcomes.outcome = 'lost' then outcomes.amount else 0 end) as lost,
        sum(case when outcomes.outcome = 'lost' then outcomes.amount_excluding_vat else 0 end) as lost_excluding_vat
    from closings
    inner join outcomes
        on
            closings.company_id = outcomes.company_id
            and closings.closing_number >= outcomes.closing_number
    group by
        closings.company_id, closings.closing_number, closings.closing_date, outcomes.cohort_month_index
),

open_by_closing as (
    select
        company_id,
        closing_number,
        cohort_month_index,
        sum(open_amount) as open_amount
    from open_items
    group by company_id, closing_number, cohort_month_index
),

cohorts as (
    select
        by_closing.company_id,
        by_closing.closing_number,
        by_closing.closing_date,
        by_closing.cohort_month_index,
        {{ month_start_of_index('by_closing.cohort_month_index') }} as cohort_month,
        {{ money('by_closing.billed') }} as billed,
        {{ money('by_closing.credited') }} as credited,
        {{ money('by_closing.assigned') }} as assigned,
        {{ money('by_closing.settled') }} as settled,
        {{ money('by_closing.lost') }} as lost,
        {{ money('by_closing.lost_excluding_vat') }} as lost_excluding_vat,
        {{ money('coalesce(open_by_closing.open_amount, 0)') }} as open_amount,
        settings.cohort_age_months
    from by_closing
    inner join settings
        on by_closing.company_id = settings.company_id
    left join open_by_closing
        on
            by_closing.company_id = open_by_closing.company_id
            and by_closing.closing_number = open_by_closing.closing_number
            and by_closing.cohort_month_index = open_by_closing.cohort_month_index
),

-- A month closes when it is over and nothing of it is open, or when it is as old as configured.
judged as (
    select
        *,
        case
            when {{ month_end('cohort_month') }} > closing_date then 'running'
            when open_amount = 0 then 'settled'
            when {{ add_months_to(month_end('cohort_month'), 'cohort_age_months') }} <= closing_date then 'aged'
            else 'running'
        end as state
    from cohorts
)

select * from judged
