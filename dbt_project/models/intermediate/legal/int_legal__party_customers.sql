with

identities as (
    select * from {{ ref('stg_companies__identities') }}
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
        identities.company_id,
        identities.party_key,
        coalesce(ledger_keys.customer_id, identities.party_key) as customer_id
    from identities
    left join ledger_keys
        on
            identities.company_id = ledger_keys.company_id
            and identities.party_key = ledger_keys.party_key
)

select * from named
