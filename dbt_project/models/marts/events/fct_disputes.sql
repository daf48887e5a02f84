{{ config(meta={'key': ['company_id', 'dispute_id']}) }}

with

disputes as (
    select * from {{ ref('stg_events__disputes') }}
),

subjects as (
    select * from {{ ref('int_events__subjects') }}
    where event = 'disputes'
),

documents as (
    select
        company_id,
        dispute_id,
        count(*) as documents,
        sum(open_amount) as open_amount,
        sum(disputed_amount) as disputed_amount
    from {{ ref('fct_disputed_documents') }}
    group by company_id, dispute_id
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

restricted_customers as (
    select * from {{ ref('stg_config__restricted_customers') }}
),

described as (
    select
        disputes.company_id,
        disputes.dispute_id,
        subjects.subject,
        disputes.document_reference,
        subjects.customer_id,
        disputes.opened_on,
        disputes.closed_on,
        case when restricted_customers.customer_hash is null then disputes.reason end as reason,
        disputes.closed_on is null as is_open,
        {{ days_between('disputes.opened_on', 'coalesce(disputes.closed_on, companies.as_of)') }} as days_open,
        disputes.disputed_amount as amount_given,
        cast(coalesce(documents.documents, 0) as bigint) as documents,
        {{ money('coalesce(documents.open_amount, 0)') }} as open_amount,
        {{ money('coalesce(documents.disputed_amount, 0)') }} as disputed_amount
    from disputes
    inner join companies
        on disputes.company_id = companies.company_id
    inner join subjects
        on
            disputes.company_id = subjects.company_id
            and disputes.dispute_id = subjects.event_id
    left join documents
        on
            disputes.company_id = documents.company_id
            and disputes.dispute_id = documents.dispute_id
    left join restricted_customers
        on md5(subjects.company_id || '|' || subjects.customer_id) = restricted_customers.customer_hash
)

select * from described
