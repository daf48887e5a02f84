-- What belongs together although its lettering codes differ, as a graph: lettering codes, items (`item|line`) and
-- transfers. An opening line ties the item it carries to the code of the new year; a transfer ties the code under which
-- an item left an account to the code under which it arrived in the next.
with

items as (
    select * from {{ ref('int_ledger__items') }}
    where item_id = line_id
),

opening_matches as (
    select * from {{ ref('int_ledger__opening_matches') }}
    where original_line_id is not null and lettering_key is not null
),

transfers as (
    select * from {{ ref('int_ledger__transfers') }}
),

-- Lines that leave an account without a code: what they take is the item, or the earlier transfer, that stands there
-- under their reference: of their amount, else the only one that is larger.
leaving as (
    select
        *,
        substr(account_number, 1, 3) as account_root,
        row_number() over (
            partition by company_id, customer_id, substr(account_number, 1, 3), document_number, amount
            order by entry_date, line_id
        ) as occurrence
    from transfers
    where
        amount < 0
        and lettering_key is null
        and document_number is not null
        and customer_id <> 'UNIDENTIFIED'
),

standing_items as (
    select
        company_id,
        customer_id,
        'item|' || item_id as node,
        substr(account_number, 1, 3) as account_root,
        document_number,
        amount,
        entry_date,
        item_id as line_id
    from items
    where amount > 0 and not is_bank_line and document_number is not null

    union all

    select
        company_id,
        customer_id,
        transfer_id as node,
        substr(account_number, 1, 3) as account_root,
        document_number,
        amount,
        entry_date,
        line_id
    from transfers
    where amount > 0 and document_number is not null
),

standing as (
    select
        *,
        row_number() over (
            partition by company_id, customer_id, account_root, document_number, amount
            order by entry_date, line_id
        ) as occurrence,
        count(*) over (
            partition by company_id, customer_id, account_root, document_number
        ) as same_reference_count
    from standing_items
),

taken as (
    select
        leaving.company_id,
        leaving.transfer_id as node,
        standing.node as linked_node
    from leaving
    inner join standing
        on
            leaving.company_id = standing.company_id
            and leaving.customer_id = standing.customer_id
            and leaving.account_root = standing.account_root
            and leaving.document_number = standing.document_number
            and leaving.entry_date >= standing.entry_date
            and (
                (leaving.amount = -standing.amount and leaving.occurrence = standing.occurrence)
                or (-leaving.amount < standing.amount and standing.same_reference_count = 1)
            )
),

carried as (
    select
        opening_matches.company_id,
        coalesce(transfers.transfer_id, 'item|' || opening_matches.original_line_id) as node,
        opening_matches.lettering_key as linked_node
    from opening_matches
    left join transfers
        on opening_matches.original_line_id = transfers.line_id
),

lettered_transfers as (
    select
        company_id,
        transfer_id as node,
        lettering_key as linked_node
    from transfers
    where lettering_key is not null
),

between_items as (
    select * from taken
    union all
    select * from carried
    union all
    select * from lettered_transfers
),

-- The items among them bring their own codes.
own_codes as (
    select
        items.company_id,
        'item|' || items.item_id as node,
        items.lettering_key as linked_node
    from items
    inner join (
        select node from between_items
        union
        select linked_node as node from between_items
    ) as tied
        on tied.node = 'item|' || items.item_id
    where items.lettering_key is not null
),

links as (
    select company_id, node, linked_node from between_items
    union
    select company_id, node, linked_node from own_codes
)

select * from links
