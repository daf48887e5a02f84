with

customers as (
    select * from {{ ref('int_legal__customer_units') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

periods as (
    select * from {{ ref('int_legal__status_periods') }}
),

-- Ceased, on a day that the register does not give: true today, so at the as-of day, and never earlier.
ceased_some_day as (
    select
        company_id,
        legal_unit_id
    from {{ ref('int_legal__units') }}
    where administrative_state = 'C' and state_since is null
),

statuses as (
    select
        customers.company_id,
        customers.customer_id,
        customers.legal_unit_id,
        case
            when ceased_some_day.legal_unit_id is not null and coalesce(periods.legal_status, '') <> 'liquidation' then 'ceased'
            else coalesce(periods.legal_status, 'unknown')
        end as legal_status,
        case when periods.notice_id is not null then periods.valid_from end as legal_status_since,
        coalesce(periods.is_in_proceedings, false) as is_in_proceedings
    from customers
    inner join companies
        on customers.company_id = companies.company_id
    left join periods
        on
            customers.legal_unit_id = periods.legal_unit_id
            and periods.valid_from <= companies.as_of
            and (periods.valid_to is null or periods.valid_to > companies.as_of)
    left join ceased_some_day
        on
            customers.company_id = ceased_some_day.company_id
            and customers.legal_unit_id = ceased_some_day.legal_unit_id
)

select * from statuses
