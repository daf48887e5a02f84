{{ config(meta={'key': ['company_id', 'customer_id', 'event_id']}) }}

with

companies as (
    select * from {{ ref('stg_config__companies') }}
),

customer_units as (
    select * from {{ ref('int_legal__customer_units') }}
),

notices as (
    select * from {{ ref('int_legal__notices') }}
),

unit_versions as (
    select * from {{ ref('int_legal__unit_versions') }}
),

receivable_events as (
    select * from {{ ref('int_metrics__receivable_events') }}
),

published as (
    select
        legal_unit_id,
        source || ':' || notice_id as event_id,
        source,
        case
            when judgment_kind <> 'other' then judgment_kind
            else coalesce(change_kind, 'other')
        end as event_kind,
        notice_type,
        -- What is owed is counted on the day of the judgment; what is merely published, on that day.
        case when judgment_kind <> 'other' then coalesce(judgment_date, publication_date) else publication_date end
            as event_date,
        publication_date as known_on,
        court
    from notices
),

ceased as (
    select
        legal_unit_id,
        source || ':ceased:' || cast(min(state_since) as varchar(10)) as event_id,
        source,
        'ceased' as event_kind,
        'annonce' as notice_type,
        min(state_since) as event_date,
        min(ceased_known_on) as known_on,
        cast(null as varchar) as court
    from unit_versions
    where ceased_known_on is not null
    group by legal_unit_id, source
),

told as (
    select * from published
    union all
    select * from ceased
),

-- Customers of the ledger alone: a name in the customers' file that never bought owes nothing.
known as (
    select
        customer_units.company_id,
        customer_units.customer_id,
        told.*
    from customer_units
    inner join companies
        on customer_units.company_id = companies.company_id
    inner join told
        on
            customer_units.legal_unit_id = told.legal_unit_id
            and companies.as_of >= told.known_on
    inner join (
        select distinct
            company_id,
            customer_id
        from receivable_events
    ) as debtors
        on
            customer_units.company_id = debtors.company_id
            and customer_units.customer_id = debtors.customer_id
),

-- What the customer owed at the end of each of those days: one running total over movements and days.
moments as (
    select
        company_id,
        customer_id,
        event_date as day,
        0 as amount
    from known

    union all

    select
        receivable_events.company_id,
        receivable_events.customer_id,
        receivable_events.event_date as day,
        receivable_events.amount
    from receivable_events
    inner join (
        select distinct
            company_id,
            customer_id
        from known
    ) as told_of
        on
            receivable_events.company_id = told_of.company_id
            and receivable_events.customer_id = told_of.customer_id
),

daily as (
    select
        company_id,
        customer_id,
        day,
        sum(amount) as amount
    from moments
    group by company_id, customer_id, day
),

balances as (
    select
        company_id,
        customer_id,
        day,
        sum(amount) over (partition by company_id, customer_id order by day) as balance,
        sum(amount) over (partition by company_id, customer_id) as open_amount
    from daily
),

exposed as (
    select
        known.company_id,
        known.customer_id,
        known.event_id,
        known.legal_unit_id,
        known.source,
        known.event_kind,
        known.notice_type,
        known.event_date,
        known.known_on,
        known.court,
        {{ money('balances.balance') }} as exposure_at_event,
        {{ money('balances.open_amount') }} as open_amount
    from known
    inner join balances
        on
            known.company_id = balances.company_id
            and known.customer_id = balances.customer_id
            and known.event_date = balances.day
)

select * from exposed
