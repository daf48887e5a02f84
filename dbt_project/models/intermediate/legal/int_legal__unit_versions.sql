with

units as (
    select
        *,
        -- One register speaks of a unit: its country's own, before an index of registers.
        dense_rank() over (
            partition by legal_unit_id order by case when source = 'gleif' then 1 else 0 end, source
        ) as source_rank
    from {{ ref('stg_companies__units') }}
),

versions as (
    select
        units.*,
        row_number() over (partition by legal_unit_id order by known_on nulls first) as version_number,
        md5(
            coalesce(legal_name, '') || '|' || coalesce(legal_category, '') || '|' || coalesce(naf_code, '') || '|'
            || coalesce(naf25_code, '') || '|' || coalesce(sector_text, '') || '|' || coalesce(headcount_band, '') || '|'
            || coalesce(size_category, '') || '|' || coalesce(administrative_state, '') || '|'
            || coalesce(cast(state_since as varchar(10)), '') || '|' || coalesce(head_establishment_id, '') || '|'
            || coalesce(postcode, '') || '|' || coalesce(city, '') || '|' || coalesce(cast(is_diffusible as varchar(5)), '')
        ) as content
    from units
    where source_rank = 1
),

changes as (
    select
        *,
        lag(content) over (partition by legal_unit_id order by version_number) as previous_content
    from versions
),

-- The first version holds from the beginning; a change from the day that it was seen.
periods as (
    select
        *,
        case when version_number = 1 then cast('1900-01-01' as date) else known_on end as known_from,
        version_number = 1 as is_first_version
    from changes
    where previous_content is null or previous_content <> content
),

bounded as (
    select
        legal_unit_id,
        known_from,
        lead(known_from) over (partition by legal_unit_id order by known_from) as known_to,
        is_first_version,
        source,
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
        -- Of a cessation that the first version already tells, the register's own last change is when it was known
        -- at the latest.
        case
            when administrative_state = 'C' and state_since is not null
                then greatest(state_since, case when version_number = 1 then coalesce(updated_on, state_since) else known_on end)
        end as ceased_known_on
    from periods
)

select * from bounded
