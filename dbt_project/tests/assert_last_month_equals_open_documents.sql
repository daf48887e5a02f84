{#- Shown on the table it guards. -#}
{{ config(meta={'dagster': {'ref': {'name': 'fct_ageing_monthly'}}}) }}

-- On the as-of day the monthly state of each document is the open amount its own table publishes.
with

last_month_ends as (
    select
        company_id,
        max(month_end) as month_end
    from {{ ref('int_metrics__month_ends') }}
    group by company_id
),

monthly as (
    select
        open_items.company_id,
        open_items.item_id,
        open_items.open_amount
    from {{ ref('int_metrics__open_items_monthly') }} as open_items
    inner join last_month_ends
        on
            open_items.company_id = last_month_ends.company_id
            and open_items.month_end = last_month_ends.month_end
    where open_items.item_kind = 'document'
)

select
    invoices.company_id,
    invoices.invoice_id,
    invoices.open_amount,
    monthly.open_amount as monthly_open_amount
from {{ ref('fct_invoices') }} as invoices
left join monthly
    on
        invoices.company_id = monthly.company_id
        and invoices.invoice_id = monthly.item_id
where invoices.open_amount <> coalesce(monthly.open_amount, 0)
