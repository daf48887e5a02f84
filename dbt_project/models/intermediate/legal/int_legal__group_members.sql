with

companies as (
    select * from {{ ref('stg_config__companies') }}
),

customer_units as (
    select * from {{ ref('int_legal__customer_units') }}
),

customers as (
    select * from {{ ref('stg_config__customers') }}
),

links as (
    select * from {{ ref('stg_companies__links') }}
),

-- Who consolidates whom on the as-of day: the ultimate parent where it is told, else the direct one.
stated as (
    select
        companies.company_id,
        links.legal_unit_id,
        links.parent_id,
        links.link_kind,
        row_number() over (
            partition by companies.company_id, links.legal_unit_id
            order by
                case links.link_kind when 'ultimate' then 0 else 1 end,
                links.valid_from desc nulls last,
                links.parent_id
        ) as preference
    from companies
    inner join links
        on
            coalesce(companies.as_of >= links.valid_from, true)
            and coalesce(companies.as_of < links.valid_to, true)
            and links.parent_id <> links.legal_unit_id
),

-- The user's own customers file comes first.
parents as (
    select
        customer_units.company_id,
        customer_units.customer_id,
        customer_units.legal_unit_id,
        coalesce(customers.parent_siren, stated.parent_id) as parent_id,
        case when customers.parent_siren is not null then 'customers_file' when stated.parent_id is not null then 'register' end
            as parent_source
    from customer_units
    left join customers
        on
            customer_units.company_id = customers.company_id
            and customer_units.customer_id = customers.customer_id
            and customers.parent_siren <> customer_units.legal_unit_id
    left join stated
        on
            customer_units.company_id = stated.company_id
            and customer_units.legal_unit_id = stated.legal_unit_id
            and stated.preference = 1
),

-- A parent that has a parent itself: one step up leads to the head of the group.
heads as (
    select
        company_id,
        legal_unit_id,
        min(parent_id) as parent_id
    from (
        select company_id, legal_unit_id, parent_id from parents where parent_source = 'customers_file'
        union all
        select company_id, legal_unit_id, parent_id from stated where preference = 1
    ) as known_parents
    group by company_id, legal_unit_id
),

members as (
    select
        parents.company_id,
        parents.customer_id,
        parents.legal_unit_id,
        parents.parent_id,
        parents.parent_source,
        coalesce(
            case when heads.parent_id <> parents.legal_unit_id then heads.parent_id end,
            parents.parent_id,
            parents.legal_unit_id
        ) as group_id
    from parents
    left join heads
        on
            parents.company_id = heads.company_id
            and parents.parent_id = heads.legal_unit_id
)

select * from members
