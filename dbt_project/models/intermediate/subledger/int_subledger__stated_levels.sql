-- How much of a document was settled on each day on which its sub-ledger says so, in the document's currency: exports
-- of open amounts, and the day it was wholly paid. Only where no payments are given.
with

documents as (
    select documents.*
    from {{ ref('int_subledger__documents') }} as documents
    inner join {{ ref('int_subledger__ledgers') }} as subledgers
        on
            documents.company_id = subledgers.company_id
            and documents.ledger_name = subledgers.ledger_name
            and not subledgers.has_payments
    where documents.amount <> 0
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

open_amounts as (
    select
        documents.item_id,
        open_amounts.known_on as stated_on,
        -- An open amount beyond the document's, or of the other sign, says that nothing was settled.
        greatest(abs(documents.amount) - greatest(sign(documents.amount) * open_amounts.open_amount, 0), 0) as level
    from {{ ref('stg_subledger__open_amounts') }} as open_amounts
    inner join documents
        on open_amounts.item_id = documents.item_id
    inner join companies
        on
            documents.company_id = companies.company_id
            and companies.as_of >= open_amounts.known_on
),

last_stated as (
    select
        item_id,
        max_by(level, stated_on) as level
    from open_amounts
    group by item_id
),

-- The day of payment counts unless the last open amount contradicts it.
paid as (
    select
        documents.item_id,
        documents.paid_date as stated_on,
        abs(documents.amount) as level
    from documents
    inner join companies
        on
            documents.company_id = companies.company_id
            and companies.as_of >= documents.paid_date
    left join last_stated
        on documents.item_id = last_stated.item_id
    where coalesce(last_stated.level, abs(documents.amount)) = abs(documents.amount)
),

stated as (
    select
        open_amounts.item_id,
        open_amounts.stated_on,
        open_amounts.level
    from open_amounts
    left join paid
        on open_amounts.item_id = paid.item_id
    where paid.item_id is null or open_amounts.stated_on < paid.stated_on

    union all

    select * from paid
),

followed as (
    select
        documents.company_id,
        stated.item_id,
        stated.stated_on,
        {{ money('stated.level') }} as level,
        {{ money('coalesce(lag(stated.level) over (partition by stated.item_id order by stated.stated_on), 0)') }}
            as previous_level
    from stated
    inner join documents
        on stated.item_id = documents.item_id
)

select * from followed
where level <> previous_level
