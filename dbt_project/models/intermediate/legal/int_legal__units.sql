with

versions as (
    select * from {{ ref('int_legal__unit_versions') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

in_force as (
    select
        companies.company_id,
        versions.*
    from companies
    inner join versions
        on
            companies.as_of >= versions.known_from
            and (versions.known_to is null or companies.as_of < versions.known_to)
)

select * from in_force
