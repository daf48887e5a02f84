{{ config(meta={'key': ['company_id', 'limit_id']}) }}

with

limits as (
    select * from {{ ref('stg_events__insured_limits') }}
),

subjects as (
    select * from {{ ref('int_events__subjects') }}
    where event = 'insured_limits'
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

tied as (
    select
        limits.*,
        subjects.subject,
        subjects.customer_id as named_customer_id
    from limits
    inner join subjects
        on
            limits.company_id = subjects.company_id
            and limits.limit_id = subjects.event_id
),

-- An insurer's next decision on a customer ends the one before, whatever that one's own last day.
followed as (
    select
        *,
        lead(valid_from) over (
            partition by company_id, named_customer_id, coalesce(insurer, '')
            order by valid_from, limit_id
        ) as next_valid_from
    from tied
),

ended as (
    select
        followed.company_id,
        followed.limit_id,
        followed.subject,
        followed.named_customer_id as customer_id,
        followed.insurer,
        followed.valid_from,
        {{ last_day_in_force('followed.valid_to', 'followed.next_valid_from') }} as valid_to,
        followed.limit_amount,
        cast(coalesce(followed.insured_share, 1) as decimal(28, 4)) as insured_share,
        companies.as_of
    from followed
    inner join companies
        on followed.company_id = companies.company_id
)

select
    company_id,
    limit_id,
    subject,
    customer_id,
    insurer,
    valid_from,
    valid_to,
    limit_amount,
    insured_share,
    coalesce(valid_to >= as_of, true) as is_in_force
from ended
