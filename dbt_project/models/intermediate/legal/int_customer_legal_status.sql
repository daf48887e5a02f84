with

customers as (
    select distinct
        company_id,
        customer_id,
        siren
    from {{ ref('stg_config__customers') }}
    where siren is not null
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

periods as (
    select * from {{ ref('int_legal__status_periods') }}
),

-- Ceased, on a day that SIRENE does not give: true today, so at the as-of day, and never earlier.
ceased_some_day as (
    select distinct siren
    from {{ ref('stg_sirene__legal_units') }}
    where administrative_state = 'C' and state_since is null
),

statuses as (
    select
        customers.company_id,
        customers.customer_id,
        customers.siren,
        case
            when ceased_some_day.siren is not null and coalesce(periods.legal_status, '') <> 'liquidation' then 'ceased'
            else coalesce(periods.legal_status, 'unknown')
        end as legal_status,
        case when periods.notice_id is not null then periods.valid_from end as legal_status_since,
        coalesce(periods.is_in_proceedings, false) as is_in_proceedings
    from customers
    inner join companies
        on customers.company_id = companies.company_id
    left join periods
        on
            customers.siren = periods.siren
            and periods.valid_from <= companies.as_of
            and (periods.valid_to is null or periods.valid_to > companies.as_of)
    left join ceased_some_day
        on customers.siren = ceased_some_day.siren
)

select * from statuses
