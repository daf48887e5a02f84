-- What settles: money in, credit notes, losses, discounts, set-offs.
with

items as (
    select * from {{ ref('int_ledger__items') }}
    where amount < 0
),

returned as (
    select receipt_id as item_id from {{ ref('int_settlement__returns') }}
),

carried as (
    select
        original_line_id as line_id,
        -- The lettering that the latest year's opening line carries passes to the item itself.
        max(
            company_id
            || '|' || cast(fiscal_year_start as varchar(10))
            || '|' || account_number
            || '|' || customer_id
            || '|' || lettering_code
        ) as carried_key
    from {{ ref('int_ledger__opening_matches') }}
    where original_line_id is not null and lettering_code is not null
    group by original_line_id
),

-- Groups that reach back over a year end: they can only be settled whole, with the items their openings carry.
spanning as (
    select distinct carried_key from carried
),

sided as (
    select
        items.company_id,
        items.item_id,
        items.customer_id,
        items.line_type,
        items.is_bank_line,
        {{ money('-amount') }} as amount,
        items.entry_date,
        items.document_number as sort_key,
        items.document_number,
        items.line_label,
        case when spanning.carried_key is null then items.lettering_key end as year_key,
        case when spanning.carried_key is null then carried.carried_key else items.lettering_key end as spanning_key,
        items.company_id || '|' || items.customer_id as customer_key
    from items
    left join carried
        on items.line_id = carried.line_id
    left join spanning
        on items.lettering_key = spanning.carried_key
    left join returned
        on items.item_id = returned.item_id
    -- A receipt and the return that undid it settle nothing lastingly: they are paired apart.
    where returned.item_id is null
)

select * from sided
