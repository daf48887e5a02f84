with

versions as (
    select * from {{ ref('int_legal__notice_versions') }}
),

unit_versions as (
    select * from {{ ref('int_legal__unit_versions') }}
),

standing as (
    select
        legal_unit_id,
        notice_id,
        judgment_kind,
        judgment_date,
        known_from,
        known_to,
        -- A plan lasts ten years at most (art. L626-12 code de commerce); its end is rarely published.
        case when judgment_kind = 'plan' then {{ add_months_to('judgment_date', 120) }} end as plan_end_date,
        case judgment_kind
            when 'opening_safeguard' then 1
            when 'opening_receivership' then 1
            when 'opening_liquidation' then 1
            when 'conversion_receivership' then 2
            when 'conversion_liquidation' then 2
            when 'plan' then 3
            when 'closure' then 4
            else 5
        end as same_day_rank
    from versions
    where not is_annulment
),

-- Every day on which what is known of a company may change.
change_days as (
    select legal_unit_id, known_from as change_date from versions
    union
    select legal_unit_id, known_to as change_date from versions where known_to is not null
    union
    select legal_unit_id, plan_end_date as change_date from standing where plan_end_date is not null
    union
    select legal_unit_id, ceased_known_on as change_date from unit_versions where ceased_known_on is not null
    union
    -- From the beginning: known to a register, or not known at all.
    select legal_unit_id, known_from as change_date from unit_versions
),

-- The state is what the latest judgment says among those published by then, not the latest notice.
ranked as (
    select
        change_days.legal_unit_id,
        change_days.change_date,
        standing.notice_id,
        standing.judgment_kind,
        standing.judgment_date,
        standing.plan_end_date,
        row_number() over (
            partition by change_days.legal_unit_id, change_days.change_date
            order by
                standing.judgment_date desc nulls last,
                standing.same_day_rank desc,
                standing.known_from desc,
                standing.notice_id desc
        ) as recency,
        row_number() over (
            partition by
                change_days.legal_unit_id,
                change_days.change_date,
                case when standing.judgment_kind = 'closure' then 1 else 0 end
            order by
                standing.judgment_date desc nulls last,
                standing.same_day_rank desc,
                standing.known_from desc,
                standing.notice_id desc
        ) as recency_among_kind
    from change_days
    left join standing
        on
            change_days.legal_unit_id = standing.legal_unit_id
            and change_days.change_date >= standing.known_from
            and (standing.known_to is null or change_days.change_date < standing.known_to)
),

latest as (
    select
        ranked.legal_unit_id,
        ranked.change_date,
        max(case when ranked.recency = 1 then ranked.notice_id end) as notice_id,
        max(case when ranked.recency = 1 then ranked.judgment_kind end) as judgment_kind,
        max(case when ranked.recency = 1 then ranked.judgment_date end) as judgment_date,
        max(case when ranked.recency = 1 then ranked.plan_end_date end) as plan_end_date,
        max(
            case
                when ranked.recency_among_kind = 1 and ranked.judgment_kind <> 'closure' then ranked.judgment_kind
            end
        ) as kind_before_closure
    from ranked
    group by ranked.legal_unit_id, ranked.change_date
),

judged as (
    select
        latest.legal_unit_id,
        latest.change_date,
        latest.notice_id,
        latest.judgment_date,
        case
            when latest.judgment_kind = 'opening_safeguard' then 'safeguard'
            when latest.judgment_kind in ('opening_receivership', 'conversion_receivership') then 'receivership'
            when latest.judgment_kind in ('opening_liquidation', 'conversion_liquidation') then 'liquidation'
            when latest.judgment_kind = 'plan' and latest.change_date < latest.plan_end_date then 'plan'
            when latest.judgment_kind = 'struck_off' then 'ceased'
            -- A liquidation that closes ends the company; another proceeding that closes leaves it alive.
            when
                latest.judgment_kind = 'closure'
                and latest.kind_before_closure in ('opening_liquidation', 'conversion_liquidation')
                then 'ceased'
            when latest.judgment_kind is not null or unit_versions.legal_unit_id is not null then 'active'
            else 'unknown'
        end as judged_status,
        coalesce(
            latest.judgment_kind = 'closure'
            and latest.kind_before_closure in ('opening_liquidation', 'conversion_liquidation'),
            false
        ) as is_liquidated,
        coalesce(latest.change_date >= unit_versions.ceased_known_on, false) as is_ceased
    from latest
    left join unit_versions
        on
            latest.legal_unit_id = unit_versions.legal_unit_id
            and latest.change_date >= unit_versions.known_from
            and (unit_versions.known_to is null or latest.change_date < unit_versions.known_to)
),

periods as (
    select
        legal_unit_id,
        change_date as valid_from,
        lead(change_date) over (partition by legal_unit_id order by change_date) as valid_to,
        case when is_ceased and judged_status <> 'liquidation' then 'ceased' else judged_status end as legal_status,
        -- A company that its liquidation ended never left the proceedings alive.
        judged_status in ('safeguard', 'receivership', 'liquidation') or is_liquidated as is_in_proceedings,
        notice_id,
        judgment_date
    from judged
)

select * from periods
