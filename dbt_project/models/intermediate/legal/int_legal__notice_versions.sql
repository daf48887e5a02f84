with

notices as (
    select * from {{ ref('int_legal__notices') }}
    -- A correction that does not restate the judgment changes nothing here; a cancellation always does.
    where judgment_kind <> 'other' or notice_type = 'annulation'
),

-- A correction may name a correction: two steps lead to the notice first published.
rooted as (
    select
        notices.*,
        case
            when notices.notice_type in ('rectificatif', 'annulation')
                then coalesce(grandparents.notice_id, parents.notice_id, notices.parent_notice_id, notices.notice_id)
            else notices.notice_id
        end as written_root_id
    from notices
    left join notices as parents
        on
            notices.parent_notice_id = parents.notice_id
            and notices.legal_unit_id = parents.legal_unit_id
            and notices.notice_type in ('rectificatif', 'annulation')
    left join notices as grandparents
        on
            parents.parent_notice_id = grandparents.notice_id
            and parents.legal_unit_id = grandparents.legal_unit_id
            and parents.notice_type = 'rectificatif'
),

events as (
    select
        notice_id,
        legal_unit_id,
        written_root_id,
        parent_notice_id,
        publication_date,
        coalesce(judgment_date, publication_date) as judgment_date,
        judgment_kind,
        notice_type,
        court,
        court_department,
        source,
        notice_type = 'annulation' or judgment_kind = 'annulment' as is_annulment
    from rooted
),

-- A judgment of annulment that names no notice strikes the latest opening or conversion before it.
struck as (
    select
        annulments.notice_id,
        annulments.legal_unit_id,
        struck_events.written_root_id,
        row_number() over (
            partition by annulments.notice_id, annulments.legal_unit_id
            order by struck_events.judgment_date desc, struck_events.publication_date desc, struck_events.notice_id desc
        ) as preference
    from events as annulments
    inner join events as struck_events
        on
            annulments.legal_unit_id = struck_events.legal_unit_id
            and annulments.judgment_date >= struck_events.judgment_date
            and annulments.publication_date >= struck_events.publication_date
    where
        annulments.is_annulment
        and annulments.notice_type = 'annonce'
        and annulments.parent_notice_id is null
        and not struck_events.is_annulment
        and (struck_events.judgment_kind like 'opening_%' or struck_events.judgment_kind like 'conversion_%')
),

with_roots as (
    select
        events.*,
        case
            when events.is_annulment and events.notice_type = 'annonce'
                then coalesce(events.parent_notice_id, struck.written_root_id, events.notice_id)
            else events.written_root_id
        end as root_notice_id
    from events
    left join struck
        on
            events.notice_id = struck.notice_id
            and events.legal_unit_id = struck.legal_unit_id
            and struck.preference = 1
),

versions as (
    select
        legal_unit_id,
        root_notice_id,
        notice_id,
        judgment_kind,
        judgment_date,
        court,
        court_department,
        source,
        is_annulment,
        publication_date as known_from,
        lead(publication_date) over (
            partition by legal_unit_id, root_notice_id order by publication_date, notice_id
        ) as known_to,
        min(publication_date) over (partition by legal_unit_id, root_notice_id) as first_publication_date
    from with_roots
)

select * from versions
