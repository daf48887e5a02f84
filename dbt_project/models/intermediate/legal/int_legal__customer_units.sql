with

identities as (
    select * from {{ ref('stg_companies__identities') }}
    where legal_unit_id is not null and status = 'accepted'
),

-- How the ledger writes a customer, and who that is.
ledger_keys as (
    select distinct
        entry_lines.company_id,
        coalesce(entry_lines.auxiliary_number, entry_lines.account_number) as party_key,
        customer_ids.customer_id
    from {{ ref('int_ledger__entry_lines') }} as entry_lines
    inner join {{ ref('int_ledger__customer_ids') }} as customer_ids
        on
            entry_lines.company_id = customer_ids.company_id
            and entry_lines.customer_spelling = customer_ids.customer_spelling
    where entry_lines.is_receivable and customer_ids.customer_id <> 'UNIDENTIFIED'
),

named as (
    select
        identities.*,
        coalesce(ledger_keys.customer_id, identities.party_key) as customer_id,
        identities.party_key = coalesce(ledger_keys.customer_id, identities.party_key) as is_own_name
    from identities
    left join ledger_keys
        on
            identities.company_id = ledger_keys.company_id
            and identities.party_key = ledger_keys.party_key
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
