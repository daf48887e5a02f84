with

legal_units as (
    select
        siren,
        legal_name,
        is_sole_trader,
        legal_category,
        creation_date,
        naf_code,
        headcount_band,
        size_category,
        administrative_state,
        state_since,
        is_diffusible,
        -- Two stocks of different months may hold the same unit: the later state counts.
        row_number() over (
            partition by siren order by state_since desc nulls last, administrative_state desc, legal_name nulls last
        ) as recency
    from {{ source('sirene', 'sirene_legal_units') }}
),

latest as (
    select
        siren,
        legal_name,
        is_sole_trader,
        legal_category,
        creation_date,
        naf_code,
        headcount_band,
        size_category,
        administrative_state,
        state_since,
        is_diffusible
    from legal_units
    where recency = 1
)

select * from latest
