with

units as (
    select
        *,
        -- Two files of one day may hold the same unit: the later state counts.
        row_number() over (
            partition by legal_unit_id, source, known_on
            order by
                state_since desc nulls last,
                updated_on desc nulls last,
                administrative_state desc,
                legal_name nulls last,
                naf_code nulls last
        ) as recency
    from {{ source('companies', 'company_units') }}
),

latest as (
    select
        legal_unit_id,
        source,
        known_on,
        legal_name,
        is_sole_trader,
        legal_category,
        creation_date,
        naf_code,
        naf25_code,
        sector_text,
        headcount_band,
        size_category,
        administrative_state,
        state_since,
        is_diffusible,
        head_establishment_id,
        postcode,
        city,
        country_code,
        updated_on
    from units
    where recency = 1
)

select * from latest
