{{ config(meta={'key': ['company_id', 'warning_kind']}) }}

with

warnings as (
    select * from {{ ref('fct_early_warnings') }}
),

behaviour as (
    select * from {{ ref('fct_customer_behaviour_monthly') }}
    where is_month_end and not is_in_default and balance > 0
),

defaults as (
    select * from {{ ref('fct_customer_defaults') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

-- Days whose following year has passed: what came after them is known whole.
observed as (
    select
        warnings.company_id,
        warnings.warning_kind,
        warnings.customer_id,
        warnings.warning_date as observed_on
    from warnings
    inner join companies
        on
            warnings.company_id = companies.company_id
            and warnings.warning_date <= {{ add_days('companies.as_of', -365) }}

    union all

    select
        behaviour.company_id,
        'any_month' as warning_kind,
        behaviour.customer_id,
        behaviour.month_end as observed_on
    from behaviour
    inner join companies
        on
            behaviour.company_id = companies.company_id
            and behaviour.month_end <= {{ add_days('companies.as_of', -365) }}
),

followed as (
    select
        observed.company_id,
        observed.warning_kind,
        observed.customer_id,
        observed.observed_on,
        max(case when defaults.customer_id is not null then 1 else 0 end) as defaulted
    from observed
    left join defaults
        on
            observed.company_id = defaults.company_id
            and observed.customer_id = defaults.customer_id
            and defaults.default_date > observed.observed_on
            and defaults.default_date <= {{ add_days('observed.observed_on', 365) }}
    group by observed.company_id, observed.warning_kind, observed.customer_id, observed.observed_on
),

counted as (
    select
        company_id,
        warning_kind,
        count(*) as observations,
        count(distinct customer_id) as customers,
        cast(sum(defaulted) as bigint) as followed_by_default
    from followed
    group by company_id, warning_kind
),

final as (
    select
        company_id,
        warning_kind,
        observations,
        customers,
        followed_by_default,
        {{ ratio('followed_by_default', 'observations') }} as default_rate
    from counted
)

select * from final
