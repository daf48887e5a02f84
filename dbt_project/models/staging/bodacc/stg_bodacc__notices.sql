with

notices as (
    select
        notice_id,
        siren,
        publication_date,
        family,
        judgment_date,
        judgment_nature,
        judgment_kind,
        court,
        notice_type,
        parent_notice_id,
        -- Two exports may hold the same notice.
        row_number() over (
            partition by notice_id, siren order by publication_date, judgment_kind, judgment_nature nulls last
        ) as occurrence
    from {{ source('bodacc', 'bodacc_notices') }}
),

deduplicated as (
    select
        notice_id,
        siren,
        publication_date,
        family,
        judgment_date,
        judgment_nature,
        judgment_kind,
        court,
        notice_type,
        parent_notice_id
    from notices
    where occurrence = 1
)

select * from deduplicated
