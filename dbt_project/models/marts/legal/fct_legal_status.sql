{{ config(meta={'key': ['company_id', 'customer_id', 'valid_from']}) }}

with

periods as (
    select * from {{ ref('int_legal__status_periods') }}
),

customer_units as (
    select * from {{ ref('int_legal__customer_units') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

known as (
    select
        customer_units.company_id,
        customer_units.customer_id,
        customer_units.legal_unit_id,
        periods.valid_from,
        case when periods.valid_to <= companies.as_of then periods.valid_to end as valid_to,
        periods.legal_status,
        periods.is_in_proceedings,
        periods.notice_id,
        periods.judgment_date
    from customer_units
    inner join companies
        on customer_units.company_id = companies.company_id
    inner join periods
        on
            customer_units.legal_unit_id = periods.legal_unit_id
            and companies.as_of >= periods.valid_from
)

select * from known
