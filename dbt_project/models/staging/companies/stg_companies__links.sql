with

links as (
    select
        *,
        row_number() over (
            partition by legal_unit_id, parent_id, link_kind, valid_from
            order by known_on desc nulls last, recorded_on desc nulls last, valid_to nulls last
        ) as recency
    from {{ source('companies', 'company_links') }}
),

latest as (
    select
        legal_unit_id,
        parent_id,
        parent_name,
        link_kind,
        valid_from,
        valid_to,
        recorded_on
    from links
    where recency = 1
)

select * from latest
