with

establishments as (
    select
        *,
        row_number() over (
            partition by establishment_id
            order by known_on desc nulls last, state_since desc nulls last, updated_on desc nulls last, postcode nulls last
        ) as recency
    from {{ source('companies', 'company_establishments') }}
),

latest as (
    select
        establishment_id,
        legal_unit_id,
        is_head_office,
        trade_name,
        administrative_state,
        state_since,
        creation_date,
        postcode,
        city,
        is_diffusible
    from establishments
    where recency = 1
)

select * from latest
