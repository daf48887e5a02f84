with

open_items as (
    select * from {{ ref('int_metrics__open_items_monthly') }}
    where item_kind = 'document'
),

years as (
    select * from {{ ref('int_statutory__fiscal_years') }}
),

-- A closing is a month end or the as-of day.
open_at_closing as (
    select
        open_items.company_id,
        years.fiscal_year_start,
        years.closing_date,
        open_items.item_id as invoice_id,
        open_items.open_amount
    from open_items
    inner join years
        on
            open_items.company_id = years.company_id
            and open_items.month_end = years.closing_date
)

select * from open_at_closing
