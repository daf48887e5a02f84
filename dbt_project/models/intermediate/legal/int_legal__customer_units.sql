with

identities as (
    select * from {{ ref('stg_companies__identities') }}
    where legal_unit_id is not null and status = 'accepted'
),

party_customers as (
    select * from {{ ref('int_legal__party_customers') }}
),

named as (
    select
        identities.*,
        party_customers.customer_id,
        identities.party_key = party_customers.customer_id as is_own_name
    from identities
    inner join party_customers
        on
            identities.company_id = party_customers.company_id
            and identities.party_key = party_customers.party_key
),

-- Several spellings of one customer may be known each in its way: the surest one counts.
ranked as (
    select
        *,
        row_number() over (
            partition by company_id, customer_id
            order by
                case method
                    when 'decision' then 0
                    when 'declared' then 1
                    when 'siret' then 2
                    when 'vat_number' then 3
                    when 'ledger_id' then 4
                    else 5
                end,
                case when is_own_name then 0 else 1 end,
                score desc nulls last,
                party_key
        ) as preference
    from named
),

chosen as (
    select
        company_id,
        customer_id,
        legal_unit_id,
        case when legal_unit_id not like '%-%' then legal_unit_id end as siren,
        establishment_id,
        method,
        score
    from ranked
    where preference = 1
)

select * from chosen
