{{ config(meta={'key': ['company_id', 'legal_unit_id', 'known_from']}) }}

with

versions as (
    select * from {{ ref('int_legal__unit_versions') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

customer_units as (
    select distinct
        company_id,
        legal_unit_id
    from {{ ref('int_legal__customer_units') }}
),

head_offices as (
    select * from {{ ref('stg_companies__establishments') }}
),

known as (
    select
        customer_units.company_id,
        versions.legal_unit_id,
        versions.known_from,
        case when versions.known_to <= companies.as_of then versions.known_to end as known_to,
        versions.source,
        versions.legal_name,
        coalesce(versions.is_sole_trader, false) as is_sole_trader,
        versions.legal_category,
        versions.creation_date,
        versions.naf_code,
        versions.naf25_code,
        versions.sector_text,
        versions.headcount_band,
        versions.size_category,
        versions.administrative_state,
        versions.state_since,
        versions.is_diffusible,
        versions.head_establishment_id,
        case when versions.is_diffusible is not false then coalesce(versions.postcode, head_offices.postcode) end as postcode,
        case when versions.is_diffusible is not false then coalesce(versions.city, head_offices.city) end as city,
        versions.country_code
    from customer_units
    inner join companies
        on customer_units.company_id = companies.company_id
    inner join versions
        on
            customer_units.legal_unit_id = versions.legal_unit_id
            and companies.as_of >= versions.known_from
    left join head_offices
        on versions.head_establishment_id = head_offices.establishment_id
)

select * from known
