with

notices as (
    select
        *,
        -- Exports repeat notices: each is as it was first seen, so that a later export changes no earlier day.
        row_number() over (
            partition by notice_id, legal_unit_id
            order by known_on nulls first, publication_date, judgment_kind, judgment_nature nulls last
        ) as occurrence
    from {{ source('companies', 'company_notices') }}
),

deduplicated as (
    select
        notice_id,
        legal_unit_id,
        source,
        publication_date,
        family,
        judgment_date,
        judgment_nature,
        judgment_kind,
        change_kind,
        court,
        court_department,
        notice_type,
        parent_notice_id,
        accounts_closing_date,
        is_confidential
    from notices
    where occurrence = 1
)

select * from deduplicated
