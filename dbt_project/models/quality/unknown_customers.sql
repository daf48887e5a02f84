{{ config(meta={'key': ['company_id', 'customer_id']}) }}

with

documents as (
    select * from {{ ref('fct_invoices') }}
),

dim_customers as (
    select * from {{ ref('dim_customers') }}
),

known as (
    select * from {{ ref('stg_config__customers') }}
),

-- Where no customers are given, none is missing.
asked as (
    select distinct company_id from known
),

unknown as (
    select
        documents.company_id,
        documents.customer_id,
        dim_customers.customer_name,
        cast(count(*) as bigint) as documents,
        {{ money('sum(documents.amount)') }} as amount,
        {{ money('sum(documents.open_amount)') }} as open_amount
    from documents
    inner join asked
        on documents.company_id = asked.company_id
    left join dim_customers
        on
            documents.company_id = dim_customers.company_id
            and documents.customer_id = dim_customers.customer_id
    left join known
        on
            documents.company_id = known.company_id
            and documents.customer_id = known.customer_id
    where known.customer_id is null
    group by documents.company_id, documents.customer_id, dim_customers.customer_name
)

select * from unknown
