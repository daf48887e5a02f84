with

versions as (
    select * from {{ ref('int_legal__notice_versions') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

-- What each company's as-of day knows of a notice: its last published version, or that it was struck.
published as (
    select
        companies.company_id,
        companies.as_of,
        -- Where the creditor is: a territory overseas by its department, metropolitan France, or abroad.
        case
            when companies.country_code <> 'FR' then 'abroad'
            when {{ is_overseas('companies.department') }} then companies.department
            else 'metropolitan'
        end as creditor_territory,
        versions.*,
        row_number() over (
            partition by companies.company_id, versions.legal_unit_id, versions.root_notice_id, versions.is_annulment
            order by versions.known_from desc, versions.notice_id desc
        ) as version_rank,
        max(case when versions.is_annulment then versions.known_from end) over (
            partition by companies.company_id, versions.legal_unit_id, versions.root_notice_id
        ) as annulled_on
    from companies
    inner join versions
        on companies.as_of >= versions.known_from
),

notices as (
    select
        company_id,
        as_of,
        legal_unit_id,
        source,
        root_notice_id as notice_id,
        judgment_kind,
        judgment_date,
        court,
        -- Creditors have two months, and two more across the sea from the court (art. R622-24 code de commerce).
        case
            when
                creditor_territory
                = case when {{ is_overseas('court_department') }} then court_department else 'metropolitan' end
                then 2
            else 4
        end as claim_months,
        first_publication_date as publication_date,
        annulled_on
    from published
    where not is_annulment and version_rank = 1
),

openings as (
    select *
    from notices
    where judgment_kind in ('opening_safeguard', 'opening_receivership', 'opening_liquidation')
),

-- A conversion whose opening is not among the notices still tells of a proceeding; its deadlines are not known.
orphan_conversions as (
    select notices.*
    from notices
    left join openings
        on
            notices.company_id = openings.company_id
            and notices.legal_unit_id = openings.legal_unit_id
            and notices.judgment_date >= openings.judgment_date
    where
        notices.judgment_kind in ('conversion_receivership', 'conversion_liquidation')
        and openings.notice_id is null
),

candidates as (
    select * from openings
    union all
    select * from orphan_conversions
),

-- A judgment may be published more than once; the first publication starts the deadlines.
distinct_judgments as (
    select
        candidates.*,
        row_number() over (
            partition by company_id, legal_unit_id, judgment_date, judgment_kind
            order by case when annulled_on is null then 0 else 1 end, publication_date, notice_id
        ) as publication_rank
    from candidates
),

proceedings as (
    select
        *,
        -- A proceeding runs until the next one of the same company opens.
        min(case when annulled_on is null then judgment_date end) over (
            partition by company_id, legal_unit_id
            order by judgment_date
            range between interval 1 day following and unbounded following
        ) as next_judgment_date
    from distinct_judgments
    where publication_rank = 1
),

followed as (
    select
        proceedings.company_id,
        proceedings.legal_unit_id,
        proceedings.notice_id,
        later.judgment_kind as later_kind,
        later.judgment_date as later_judgment_date,
        row_number() over (
            partition by proceedings.company_id, proceedings.legal_unit_id, proceedings.notice_id
            order by later.judgment_date desc, later.publication_date desc, later.notice_id desc
        ) as recency
    from proceedings
    inner join notices as later
        on
            proceedings.company_id = later.company_id
            and proceedings.legal_unit_id = later.legal_unit_id
            and proceedings.judgment_date <= later.judgment_date
            and (proceedings.next_judgment_date is null or proceedings.next_judgment_date > later.judgment_date)
    where
        later.annulled_on is null
        and (
            later.judgment_kind like 'conversion_%'
            or later.judgment_kind in ('plan', 'closure', 'struck_off')
        )
),

stated as (
    select
        proceedings.company_id,
        proceedings.legal_unit_id,
        proceedings.source,
        proceedings.notice_id,
        proceedings.court,
        proceedings.judgment_date,
        proceedings.publication_date,
        replace(proceedings.judgment_kind, 'opening_', '') as kind,
        -- French deadlines run from a French bulletin; a conversion opens no new ones.
        case
            when proceedings.source = 'bodacc' and proceedings.judgment_kind like 'opening_%'
                then
                    case
                        when proceedings.claim_months = 4 then {{ add_months_to('proceedings.publication_date', 4) }}
                        else {{ add_months_to('proceedings.publication_date', 2) }}
                    end
        end as claim_deadline,
        case
            when proceedings.source = 'bodacc' and proceedings.judgment_kind like 'opening_%'
                then {{ add_months_to('proceedings.publication_date', 6) }}
        end as relief_deadline,
        case
            when proceedings.annulled_on is not null then 'annulled'
            when followed.later_kind in ('closure', 'struck_off') then 'closed'
            when
                followed.later_kind = 'plan'
                and {{ add_months_to('followed.later_judgment_date', 120) }} <= proceedings.as_of
                then 'plan_ended'
            when followed.later_kind = 'plan' then 'plan'
            when followed.later_kind = 'conversion_receivership' then 'receivership'
            when followed.later_kind = 'conversion_liquidation' then 'liquidation'
            else replace(replace(proceedings.judgment_kind, 'opening_', ''), 'conversion_', '')
        end as state
    from proceedings
    left join followed
        on
            proceedings.company_id = followed.company_id
            and proceedings.legal_unit_id = followed.legal_unit_id
            and proceedings.notice_id = followed.notice_id
            and followed.recency = 1
)

select * from stated
