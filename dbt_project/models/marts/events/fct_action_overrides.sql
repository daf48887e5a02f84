{{ config(meta={'key': ['company_id', 'override_id']}) }}

with

overrides as (
    select * from {{ ref('stg_events__overrides') }}
),

subjects as (
    select * from {{ ref('int_events__subjects') }}
    where event = 'overrides'
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

restricted_customers as (
    select * from {{ ref('stg_config__restricted_customers') }}
),

tied as (
    select
        overrides.*,
        subjects.subject,
        subjects.customer_id as named_customer_id
    from overrides
    inner join subjects
        on
            overrides.company_id = subjects.company_id
            and overrides.override_id = subjects.event_id
),

-- A decision holds until its last day, or until the next one about the customer.
followed as (
    select
        *,
        lead(decided_on) over (
            partition by company_id, named_customer_id order by decided_on, override_id
        ) as next_decided_on
    from tied
),

ended as (
    select
        followed.company_id,
        followed.override_id,
        followed.subject,
        followed.named_customer_id as customer_id,
        followed.decided_on,
        {{ last_day_in_force('followed.valid_to', 'followed.next_decided_on') }} as valid_to,
        followed.action,
        case when restricted_customers.customer_hash is null then followed.reason end as reason,
        followed.decided_by,
        companies.as_of
    from followed
    inner join companies
        on followed.company_id = companies.company_id
    left join restricted_customers
        on md5(followed.company_id || '|' || followed.named_customer_id) = restricted_customers.customer_hash
)

select
    company_id,
    override_id,
    subject,
    customer_id,
    decided_on,
    valid_to,
    action,
    reason,
    decided_by,
    coalesce(valid_to >= as_of, true) as is_in_force
from ended
