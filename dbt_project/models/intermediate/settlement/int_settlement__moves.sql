with

labels as (
    select * from {{ ref('int_settlement__labels') }}
),

groups as (
    select * from {{ ref('int_settlement__groups') }}
),

documents as (
    select
        items.company_id,
        items.item_id,
        items.customer_id,
        items.document_number,
        items.amount,
        items.entry_date,
        items.account_number,
        items.maturity_date,
        groups.group_key,
        count(*) over (partition by groups.group_key) as documents_in_group
    from {{ ref('int_ledger__items') }} as items
    left join groups
        on items.item_id = groups.item_id
    where items.amount > 0 and not items.is_bank_line
),

transfers as (
    select
        transfers.*,
        labels.label as group_key
    from {{ ref('int_ledger__transfers') }} as transfers
    inner join labels
        on transfers.transfer_id = labels.node
),

-- One row per line that leaves, with where its item then stands.
steps as (
    select
        leaving.customer_id,
        leaving.group_key,
        leaving.document_number,
        -leaving.amount as amount,
        leaving.entry_date,
        leaving.line_id,
        min_by(substr(arriving.account_number, 1, 3), arriving.line_id) as account_root,
        max(arriving.maturity_date) as maturity_date
    from transfers as leaving
    inner join transfers as arriving
        on leaving.transfer_id = arriving.transfer_id
    where leaving.amount < 0 and arriving.amount > 0
    group by
        leaving.customer_id, leaving.group_key, leaving.document_number, leaving.amount, leaving.entry_date,
        leaving.line_id
),

-- In a group of one document every step is that document's. Among several, those that bear its number are; without
-- any, those of its amount that bear no other's number.
candidates as (
    select
        documents.company_id,
        documents.item_id,
        steps.entry_date,
        steps.line_id,
        steps.account_root,
        steps.maturity_date,
        case
            when documents.documents_in_group = 1 or steps.document_number = documents.document_number then 1
            when steps.amount = documents.amount then 2
        end as preference
    from documents
    inner join steps
        on
            documents.group_key = steps.group_key
            and documents.customer_id = steps.customer_id
            and documents.entry_date <= steps.entry_date
),

preferred as (
    select
        *,
        min(preference) over (partition by item_id) as best_of_document,
        min(preference) over (partition by line_id) as best_of_step
    from candidates
    where preference is not null
),

last_steps as (
    select
        item_id,
        max_by(account_root, cast(entry_date as varchar(10)) || line_id) as account_root,
        max(entry_date) as moved_on,
        max_by(maturity_date, cast(entry_date as varchar(10)) || line_id) filter (where account_root = '413')
            as maturity_date
    from preferred
    where preference = best_of_document and preference = best_of_step
    group by item_id
),

moves as (
    select
        documents.company_id,
        documents.item_id,
        coalesce(last_steps.account_root, substr(documents.account_number, 1, 3)) as account_root,
        case
            when coalesce(last_steps.account_root, substr(documents.account_number, 1, 3)) = '416'
                then coalesce(last_steps.moved_on, documents.entry_date)
        end as doubtful_since,
        -- A bill that came back leaves its invoice at its original dates.
        case
            when coalesce(last_steps.account_root, substr(documents.account_number, 1, 3)) <> '411'
                then coalesce(last_steps.maturity_date, documents.maturity_date)
        end as maturity_date
    from documents
    left join last_steps
        on documents.item_id = last_steps.item_id
)

select * from moves
where account_root <> '411'
