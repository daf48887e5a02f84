{#- Shown on the table it guards. -#}
{{ config(meta={'dagster': {'ref': {'name': 'fct_allocations'}}}) }}

-- No document is settled beyond its amount on any day, and no payment gives more than it is.
with

movements as (
    select invoice_id as item_id, allocation_date, -amount as change from {{ ref('fct_allocations') }}
    union all
    select credit_invoice_id as item_id, allocation_date, amount as change from {{ ref('fct_allocations') }}
    where credit_invoice_id is not null
    union all
    select payment_id as item_id, allocation_date, -amount as change from {{ ref('fct_allocations') }}
    where payment_id is not null
),

items as (
    select invoice_id as item_id, entry_date, amount from {{ ref('fct_invoices') }}
    union all
    select payment_id as item_id, entry_date, amount from {{ ref('fct_payments') }}
),

daily as (
    select item_id, allocation_date, sum(change) as change
    from movements
    group by item_id, allocation_date
),

states as (
    select
        items.item_id,
        items.amount,
        items.entry_date,
        daily.allocation_date,
        items.amount + sum(daily.change) over (
            partition by items.item_id order by daily.allocation_date
            rows between unbounded preceding and current row
        ) as open_amount
    from items
    inner join daily
        on items.item_id = daily.item_id
)

select *
from states
where
    open_amount * sign(amount) < 0
    or abs(open_amount) > abs(amount)
    or allocation_date < entry_date
