with

customers as (
    select * from {{ ref('dim_customers') }}
),

customers_file as (
    select * from {{ ref('stg_config__customers') }}
),

legal_units as (
    select * from {{ ref('int_legal__units') }}
),

ceilings as (
    select * from {{ ref('stg_statutory__sector_ceilings') }}
),

-- The longest prefix of the sector's code wins: 01.1 before 01.
sector_ceilings as (
    select
        customers.company_id,
        customers.customer_id,
        max_by(ceilings.ceiling_days, length(ceilings.naf_prefix)) as ceiling_days
    from customers
    inner join ceilings
        on
            customers.company_id = ceilings.company_id
            and replace(customers.sector_code, '.', '') like ceilings.naf_prefix || '%'
    group by customers.company_id, customers.customer_id
),

described as (
    select
        customers.company_id,
        customers.customer_id,
        customers.payment_terms,
        customers.payment_terms_source,
        customers_file.terms_is_end_of_month,
        coalesce(customers_file.is_consumer, false) as is_consumer,
        -- Where customers.csv does not say: legal categories 7… of the register are persons of public law.
        coalesce(customers_file.is_public, legal_units.legal_category like '7%', false) as is_public,
        sector_ceilings.ceiling_days as sector_ceiling_days
    from customers
    left join customers_file
        on
            customers.company_id = customers_file.company_id
            and customers.customer_id = customers_file.customer_id
    left join legal_units
        on
            customers.company_id = legal_units.company_id
            and customers.legal_unit_id = legal_units.legal_unit_id
    left join sector_ceilings
        on
            customers.company_id = sector_ceilings.company_id
            and customers.customer_id = sector_ceilings.customer_id
)

select * from described
