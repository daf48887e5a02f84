with

labels as (
    select * from {{ ref('int_settlement__labels') }}
),

items as (
    select * from {{ ref('int_ledger__items') }}
),

-- An item's group is what it is tied to by openings and transfers, else its own lettering code.
grouped as (
    select
        items.company_id,
        items.item_id,
        coalesce(item_labels.label, code_labels.label, items.lettering_key) as group_key
    from items
    left join labels as item_labels
        on item_labels.node = 'item|' || items.line_id
    left join labels as code_labels
        on items.lettering_key = code_labels.node
)

select * from grouped
where group_key is not null
