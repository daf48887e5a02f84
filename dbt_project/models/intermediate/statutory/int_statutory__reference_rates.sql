with

published as (
    select * from {{ ref('reference_rates') }}
),

confirmed as (
    select * from {{ ref('stg_statutory__reference_rates') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

-- A rate of the configuration comes before the published one: the user has confirmed it.
rates as (
    select
        company_id,
        kind,
        semester_start,
        rate_pct,
        true as is_configured
    from confirmed

    union all

    select
        companies.company_id,
        published.kind,
        published.semester_start,
        cast(published.rate_pct as decimal(9, 4)) as rate_pct,
        false as is_configured
    from published
    cross join companies
    left join confirmed
        on
            companies.company_id = confirmed.company_id
            and published.kind = confirmed.kind
            and published.semester_start = confirmed.semester_start
    where confirmed.company_id is null
),

semesters as (
    select
        company_id,
        semester_start,
        max(case when kind = 'ecb_refinancing' then rate_pct end) as ecb_rate_pct,
        max(case when kind = 'ecb_refinancing' and is_configured then 1 else 0 end) = 1 as is_ecb_rate_configured,
        max(case when kind = 'legal_interest' then rate_pct end) as legal_rate_pct,
        max(case when kind = 'legal_interest' and is_configured then 1 else 0 end) = 1 as is_legal_rate_configured
    from rates
    group by company_id, semester_start
)

select * from semesters
