with

closings as (
    select * from {{ ref('int_provisions__closings') }}
),

lines as (
    select * from {{ ref('expected_credit_loss_lines') }}
),

settings as (
    select * from {{ ref('stg_config__provisions') }}
),

cohorts as (
    select * from {{ ref('int_provisions__cohorts') }}
    where state <> 'running'
),

outcomes as (
    select * from {{ ref('int_provisions__cohort_outcomes') }}
    where bucket is not null
),

open_items as (
    select * from {{ ref('int_provisions__open_items') }}
    where is_in_cohort
),

individual_outcomes as (
    select * from {{ ref('int_provisions__individual_outcomes') }}
),

-- The furthest bucket that each part of the closed cohorts reached: when it was settled, or by its age while open.
furthest as (
    select
        cohorts.company_id,
        cohorts.closing_number,
        outcomes.bucket,
        outcomes.amount
    from cohorts
    inner join outcomes
        on
            cohorts.company_id = outcomes.company_id
            and cohorts.cohort_month_index = outcomes.cohort_month_index
            and cohorts.closing_number >= outcomes.closing_number

    union all

    select
        cohorts.company_id,
        cohorts.closing_number,
        open_items.age_bucket as bucket,
        open_items.open_amount as amount
    from cohorts
    inner join open_items
        on
            cohorts.company_id = open_items.company_id
            and cohorts.cohort_month_index = open_items.cohort_month_index
            and cohorts.closing_number = open_items.closing_number
),

furthest_amounts as (
    select
        company_id,
        closing_number,
        bucket,
        sum(amount) as amount
    from furthest
    group by company_id, closing_number, bucket
),

cohort_totals as (
    select
        company_id,
        closing_number,
        count(*) as closed_cohorts,
        min(cohort_month) as first_cohort_month,
        max(cohort_month) as last_cohort_month,
        sum(billed - credited - assigned) as billed,
        sum(lost) as lost,
        sum(lost_excluding_vat) as lost_excluding_vat,
        sum(open_amount) as open_amount
    from cohorts
    group by company_id, closing_number
),

-- What reached a bucket: what went no further, and all that did.
reached as (
    select
        closings.company_id,
        closings.closing_number,
        lines.bucket,
        sum(coalesce(furthest_amounts.amount, 0)) over (
            partition by closings.company_id, closings.closing_number
            order by lines.rank desc
            rows between unbounded preceding and current row
        ) as amount
    from closings
    cross join lines
    left join furthest_amounts
        on
            closings.company_id = furthest_amounts.company_id
            and closings.closing_number = furthest_amounts.closing_number
            and lines.bucket = furthest_amounts.bucket
    where lines.section = 'matrix' and lines.bucket <> 'due_date_unknown'
),

resolved as (
    select
        closings.company_id,
        closings.closing_number,
        individual_outcomes.bucket,
        sum(individual_outcomes.lost) as lost,
        sum(individual_outcomes.resolved) as resolved
    from closings
    inner join individual_outcomes
        on
            closings.company_id = individual_outcomes.company_id
            and closings.closing_number >= individual_outcomes.closing_number
    group by closings.company_id, closings.closing_number, individual_outcomes.bucket
),

measured as (
    select
        closings.company_id,
        closings.closing_number,
        lines.bucket,
        lines.section,
        cohort_totals.closed_cohorts,
        cohort_totals.first_cohort_month,
        cohort_totals.last_cohort_month,
        {{ money('case when reached.bucket is not null then coalesce(cohort_totals.billed, 0) end') }}
            as cohort_billed,
        {{ money("case
            when reached.bucket is not null then reached.amount
            when lines.section = 'individual' then coalesce(resolved.resolved, 0)
        end") }} as cohort_reached,
        {{ money("case
            when reached.bucket is not null then coalesce(cohort_totals.lost, 0)
            when lines.section = 'individual' then coalesce(resolved.lost, 0)
        end") }} as cohort_lost,
        {{ money('case when reached.bucket is not null then coalesce(cohort_totals.lost_excluding_vat, 0) end') }}
            as cohort_lost_excluding_vat,
        {{ money('case when reached.bucket is not null then coalesce(cohort_totals.open_amount, 0) end') }}
            as cohort_open_amount,
        settings.floor_rate,
        settings.is_floor_configured,
        settings.individual_rate,
        case when lines.section = 'matrix' then settings.forward_looking_factor else 1 end as forward_looking_factor,
        case when lines.section = 'matrix' then settings.overlay_reason end as overlay_reason
    from closings
    cross join lines
    inner join settings
        on
            closings.company_id = settings.company_id
            and lines.bucket = settings.bucket
    left join cohort_totals
        on
            closings.company_id = cohort_totals.company_id
            and closings.closing_number = cohort_totals.closing_number
            and lines.section = 'matrix'
    left join reached
        on
            closings.company_id = reached.company_id
            and closings.closing_number = reached.closing_number
            and lines.bucket = reached.bucket
    left join resolved
        on
            closings.company_id = resolved.company_id
            and closings.closing_number = resolved.closing_number
            and lines.bucket = resolved.bucket
),

sourced as (
    select
        *,
        case
            when individual_rate is not null then 'configured'
            when section in ('apart', 'credit') then 'not_assessed'
            when cohort_lost > 0 then 'observed'
            else 'floor'
        end as rate_source
    from measured
),

-- A rate is kept as the fraction it is: full precision until the cent.
fractions as (
    select
        *,
        cast(case rate_source
            when 'configured' then individual_rate
            when 'observed' then cohort_lost
            when 'floor' then floor_rate
            else 0
        end as decimal(20, 4)) as rate_part,
        cast(case when rate_source = 'observed' then cohort_reached else 1 end as decimal(20, 4)) as rate_whole
    from sourced
),

-- Nobody loses more than all of it, whatever the factor.
factored as (
    select
        *,
        least(cast(rate_part * forward_looking_factor as decimal(26, 6)), cast(rate_whole as decimal(26, 6)))
            as applied_part
    from fractions
)

select * from factored
