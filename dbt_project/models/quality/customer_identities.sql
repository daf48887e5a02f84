{{ config(meta={'key': ['company_id', 'customer_id']}) }}

with

customers as (
    select * from {{ ref('dim_customers') }}
    where customer_id <> 'UNIDENTIFIED'
),

customer_units as (
    select * from {{ ref('int_legal__customer_units') }}
),

keys as (
    select * from {{ ref('int_legal__party_customers') }}
),

identities as (
    select * from {{ ref('stg_companies__identities') }}
),

ageing as (
    select
        company_id,
        customer_id,
        month_end,
        balance
    from {{ ref('fct_ageing_monthly') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

-- What the names of a customer without a legal unit came to: the nearest to a match.
attempts as (
    select
        keys.company_id,
        keys.customer_id,
        identities.status,
        identities.score,
        identities.matched_name,
        identities.candidates,
        identities.runner_up_score,
        row_number() over (
            partition by keys.company_id, keys.customer_id
            order by
                case identities.status when 'accepted' then 0 when 'doubtful' then 1 when 'refused' then 2 else 3 end,
                identities.score desc nulls last,
                identities.party_key
        ) as preference
    from identities
    inner join keys
        on
            identities.company_id = keys.company_id
            and identities.party_key = keys.party_key
),

described as (
    select
        customers.company_id,
        customers.customer_id,
        case
            when customer_units.legal_unit_id is not null then 'accepted'
            else coalesce(attempts.status, 'unmatched')
        end as status,
        customer_units.legal_unit_id,
        customer_units.method,
        coalesce(customer_units.score, attempts.score) as score,
        attempts.matched_name,
        attempts.candidates,
        attempts.runner_up_score,
        {{ money('coalesce(ageing.balance, 0)') }} as balance
    from customers
    inner join companies
        on customers.company_id = companies.company_id
    left join customer_units
        on
            customers.company_id = customer_units.company_id
            and customers.customer_id = customer_units.customer_id
    left join attempts
        on
            customers.company_id = attempts.company_id
            and customers.customer_id = attempts.customer_id
            and attempts.preference = 1
    left join ageing
        on
            customers.company_id = ageing.company_id
            and customers.customer_id = ageing.customer_id
            and companies.as_of = ageing.month_end
)

select * from described
