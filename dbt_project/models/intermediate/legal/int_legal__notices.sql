with

notices as (
    select
        *,
        coalesce(judgment_date, publication_date) as told_on
    from {{ ref('stg_companies__notices') }}
),

annulled as (
    select distinct
        legal_unit_id,
        parent_notice_id
    from notices
    where judgment_kind = 'annulment' and parent_notice_id is not null
),

-- What moved proceedings: corrections are no judgments of their own, nor is what an annulment names.
judgments as (
    select notices.*
    from notices
    left join annulled
        on
            notices.legal_unit_id = annulled.legal_unit_id
            and notices.notice_id = annulled.parent_notice_id
    where
        notices.judgment_kind not in ('other', 'struck_off')
        and notices.notice_type = 'annonce'
        and annulled.legal_unit_id is null
),

-- The judgment before it about the same company, among those published by then: a bulletin of later changes nothing.
earlier as (
    select
        notices.notice_id,
        notices.legal_unit_id,
        max_by(judgments.judgment_kind, cast(judgments.told_on as varchar(10)) || judgments.notice_id) as last_kind
    from notices
    inner join judgments
        on
            notices.legal_unit_id = judgments.legal_unit_id
            and notices.told_on > judgments.told_on
            and notices.publication_date >= judgments.publication_date
    where notices.judgment_kind in ('opening_receivership', 'opening_liquidation', 'conversion_receivership')
    group by notices.notice_id, notices.legal_unit_id
),

decided as (
    select
        notices.notice_id,
        notices.legal_unit_id,
        notices.source,
        notices.publication_date,
        notices.family,
        notices.judgment_date,
        notices.judgment_nature,
        case
            when notices.judgment_kind not in ('opening_receivership', 'opening_liquidation', 'conversion_receivership')
                then notices.judgment_kind
            -- Nothing was open: it opens, whatever it converts.
            when coalesce(earlier.last_kind, 'closure') in ('closure', 'annulment')
                then replace(notices.judgment_kind, 'conversion_', 'opening_')
            when notices.judgment_kind = 'opening_receivership' and earlier.last_kind = 'opening_safeguard'
                then 'conversion_receivership'
            -- A liquidation pronounced while other proceedings are open converts them.
            when
                notices.judgment_kind = 'opening_liquidation'
                and earlier.last_kind not in ('opening_liquidation', 'conversion_liquidation')
                then 'conversion_liquidation'
            else notices.judgment_kind
        end as judgment_kind,
        notices.change_kind,
        notices.court,
        notices.court_department,
        notices.notice_type,
        notices.parent_notice_id,
        notices.accounts_closing_date,
        notices.is_confidential
    from notices
    left join earlier
        on
            notices.notice_id = earlier.notice_id
            and notices.legal_unit_id = earlier.legal_unit_id
)

select * from decided
