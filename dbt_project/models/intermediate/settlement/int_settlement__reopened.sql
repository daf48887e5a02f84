-- A returned payment settled a document from the day it came in to the day it went back. Which one: that of its own
-- lettering group, else one it names, else the oldest of its exact amount; only if that document was open for the
-- amount in between.
with

returns as (
    select * from {{ ref('int_settlement__returns') }}
),

groups as (
    select * from {{ ref('int_settlement__groups') }}
),

items as (
    select
        items.*,
        groups.group_key
    from {{ ref('int_ledger__items') }} as items
    left join groups
        on items.item_id = groups.item_id
),

allocations as (
    select * from {{ ref('int_settlement__allocations') }}
),

names as (
    select * from {{ ref('int_settlement__references') }}
),

documents as (
    select * from items
    where amount > 0 and not is_bank_line
),

all_candidates as (
    select returns.return_id, documents.item_id as document_id, 1 as preference
    from returns
    inner join items
        on returns.receipt_id = items.item_id or returns.return_id = items.item_id
    inner join documents
        on items.group_key = documents.group_key

    union all

    select returns.return_id, names.debit_id as document_id, 2 as preference
    from returns
    inner join names
        on returns.receipt_id = names.credit_id

    union all

    select returns.return_id, documents.item_id as document_id, 3 as preference
    from returns
    inner join documents
        on
            returns.company_id = documents.company_id
            and returns.customer_id = documents.customer_id
            and returns.amount = documents.amount
),

candidates as (
    select
        return_id,
        document_id,
        min(preference) as preference
    from all_candidates
    group by return_id, document_id
),

-- What other credits had taken of the document before the money went back.
settled_before as (
    select
        candidates.return_id,
        candidates.document_id,
        sum(allocations.amount) as amount
    from candidates
    inner join returns
        on candidates.return_id = returns.return_id
    inner join allocations
        on
            candidates.document_id = allocations.debit_id
            and returns.return_date > allocations.allocation_date
    group by candidates.return_id, candidates.document_id
),

possible as (
    select
        returns.company_id,
        returns.customer_id,
        returns.return_id,
        returns.receipt_id,
        returns.amount,
        returns.receipt_date,
        returns.return_date,
        documents.item_id as document_id,
        row_number() over (
            partition by returns.return_id
            order by
                candidates.preference,
                case when documents.amount = returns.amount then 0 else 1 end,
                documents.entry_date,
                documents.item_id
        ) as choice
    from candidates
    inner join returns
        on candidates.return_id = returns.return_id
    inner join documents
        on candidates.document_id = documents.item_id
    left join settled_before
        on
            candidates.return_id = settled_before.return_id
            and candidates.document_id = settled_before.document_id
    where
        documents.entry_date <= returns.receipt_date
        and documents.amount - coalesce(settled_before.amount, 0) >= returns.amount
),

chosen as (
    select
        *,
        lag(return_date) over (
            partition by document_id order by receipt_date, return_date, return_id
        ) as previous_return_date
    from possible
    where choice = 1
),

-- A document paid and unpaid twice: the second payment must come after the first return.
reopened as (
    select
        company_id,
        customer_id,
        document_id,
        receipt_id,
        return_id,
        receipt_date,
        return_date,
        amount
    from chosen
    where previous_return_date is null or previous_return_date <= receipt_date
)

select * from reopened
