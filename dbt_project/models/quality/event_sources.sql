{{ config(meta={'key': ['company_id', 'event']}) }}

with

sources as (
    select * from {{ ref('stg_events__sources') }}
),

subjects as (
    select
        company_id,
        event,
        count(case when subject = 'document' then 1 end) as about_documents,
        count(case when subject = 'customer' then 1 end) as about_customers,
        count(case when subject = 'unknown_document' then 1 end) as unknown_documents,
        count(case when subject = 'ambiguous_document' then 1 end) as ambiguous_documents,
        count(case when subject = 'unknown_customer' then 1 end) as unknown_customers
    from {{ ref('int_events__subjects') }}
    group by company_id, event
),

final as (
    select
        sources.company_id,
        sources.event,
        sources.is_configured,
        cast(sources.rows_given as bigint) as rows_given,
        cast(coalesce(subjects.about_documents, 0) as bigint) as about_documents,
        cast(coalesce(subjects.about_customers, 0) as bigint) as about_customers,
        cast(coalesce(subjects.unknown_documents, 0) as bigint) as unknown_documents,
        cast(coalesce(subjects.ambiguous_documents, 0) as bigint) as ambiguous_documents,
        cast(coalesce(subjects.unknown_customers, 0) as bigint) as unknown_customers,
        cast(sources.rows_after_as_of as bigint) as rows_after_as_of,
        sources.first_date,
        sources.last_date
    from sources
    left join subjects
        on
            sources.company_id = subjects.company_id
            and sources.event = subjects.event
)

select * from final
