with

known as (
    select company_id, customer_id from {{ ref('int_ledger__items') }}
    union
    select company_id, customer_id from {{ ref('stg_config__customers') }}
),

spellings as (
    select
        company_id,
        customer_spelling,
        customer_id
    from {{ ref('int_ledger__customer_ids') }}
),

-- A spelling that the ledger has given up still names its customer.
names as (
    select
        company_id,
        customer_id as given_id,
        customer_id
    from known

    union all

    select
        spellings.company_id,
        spellings.customer_spelling as given_id,
        spellings.customer_id
    from spellings
    inner join known as customers
        on
            spellings.company_id = customers.company_id
            and spellings.customer_id = customers.customer_id
    left join known
        on
            spellings.company_id = known.company_id
            and spellings.customer_spelling = known.customer_id
    where known.customer_id is null
)

select * from names
