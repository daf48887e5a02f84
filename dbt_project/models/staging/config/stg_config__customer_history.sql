with

customers as (
    select * from {{ source('config', 'customers') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

per_company as (
    select
        companies.company_id,
        customers.customer_id,
        customers.valid_from,
        -- Each row holds until the day before the next one of its customer.
        {{ add_days(
            'lead(customers.valid_from) over (partition by companies.company_id, customers.customer_id '
            'order by customers.valid_from nulls first)', '-1'
        ) }} as valid_to,
        customers.name as customer_name,
        customers.siren,
        customers.vat_number,
        upper(customers.country) as country_code,
        customers.payment_terms,
        cast(customers.terms_net_days as integer) as terms_net_days,
        customers.terms_is_end_of_month,
        cast(customers.terms_days_after as integer) as terms_days_after,
        cast(customers.terms_day_of_month as integer) as terms_day_of_month,
        {{ money('customers.credit_limit') }} as credit_limit,
        customers.sector_code,
        coalesce(customers.is_consumer, false) as is_consumer,
        coalesce(customers.is_group, false) as is_group,
        coalesce(customers.is_insured, false) as is_insured,
        customers.is_public,
        customers.ledger_customer_id,
        customers.parent_siren
    from customers
    -- A file without a company column describes the customers of every company.
    inner join companies
        on customers.company_id is null or customers.company_id = companies.company_id
)

select * from per_company
