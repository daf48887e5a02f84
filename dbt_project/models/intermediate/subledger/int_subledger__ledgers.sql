with

subledgers as (
    select * from {{ ref('stg_subledger__subledgers') }}
),

matching as (
    select distinct
        company_id,
        ledger_name
    from (
        select company_id, ledger_name from {{ ref('stg_subledger__invoices') }}
        where matching_number is not null
        union all
        select company_id, ledger_name from {{ ref('stg_subledger__payments') }}
        where matching_number is not null or source_invoice_id is not null
    ) as recorded
),

-- A sub-ledger that says what settles what is believed: what it leaves open is open, what it leaves on account stays
-- there, and nothing is matched by reference, amount or age.
ledgers as (
    select
        subledgers.company_id,
        subledgers.ledger_name,
        subledgers.has_payments,
        not subledgers.has_payments or subledgers.has_allocations or matching.company_id is not null
            as is_matched_by_record
    from subledgers
    left join matching
        on
            subledgers.company_id = matching.company_id
            and subledgers.ledger_name = matching.ledger_name
)

select * from ledgers
