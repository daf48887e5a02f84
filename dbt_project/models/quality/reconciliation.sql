{%- set check = adapter.quote('check') -%}
{{ config(meta={'key': ['company_id', '"check"', 'month_end', 'customer_id nulls first']}) }}

-- The books' side is summed from the accounts, or the sub-ledger's rows, alone; the items' side from the published facts alone.
with

balance_changes as (
    select * from {{ ref('int_ledger__balance_changes') }}
    where not is_ledger_beside
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

-- Balances restart at each year with openings of its own.
ledger_changes as (
    select
        company_id,
        balance_start,
        customer_id,
        {{ month_end('entry_date') }} as month_end,
        sum(amount) as amount
    from balance_changes
    group by company_id, balance_start, customer_id, {{ month_end('entry_date') }}
),

item_movements as (
    select company_id, customer_id, entry_date as movement_date, amount
    from {{ ref('fct_invoices') }}
    union all
    select company_id, customer_id, entry_date as movement_date, -amount as amount
    from {{ ref('fct_payments') }}
),

item_changes as (
    select
        company_id,
        customer_id,
        {{ month_end('movement_date') }} as month_end,
        sum(amount) as amount
    from item_movements
    group by company_id, customer_id, {{ month_end('movement_date') }}
),

-- Every customer is looked at in each month in which either side moves, and at the start of each year's balance.
customers as (
    select company_id, customer_id from ledger_changes
    union
    select company_id, customer_id from item_changes
),

balance_starts as (
    select distinct
        company_id,
        balance_start
    from balance_changes
),

moments as (
    select company_id, customer_id, month_end from ledger_changes
    union
    select company_id, customer_id, month_end from item_changes
    union
    select
        customers.company_id,
        customers.customer_id,
        {{ month_end('balance_starts.balance_start') }} as month_end
    from customers
    inner join balance_starts
        on customers.company_id = balance_starts.company_id
),

placed as (
    select
        moments.company_id,
        moments.customer_id,
        moments.month_end,
        max(balance_starts.balance_start) as balance_start
    from moments
    inner join balance_starts
        on
            moments.company_id = balance_starts.company_id
            and moments.month_end >= balance_starts.balance_start
    group by moments.company_id, moments.customer_id, moments.month_end
),

balances as (
    select
        placed.company_id,
        placed.customer_id,
        least(placed.month_end, companies.as_of) as month_end,
        companies.has_subledger,
        {{ money('coalesce(sum(ledger_changes.amount) over (
            partition by placed.company_id, placed.customer_id, placed.balance_start
            order by placed.month_end rows between unbounded preceding and current row
        ), 0)') }} as expected,
        {{ money('coalesce(sum(item_changes.amount) over (
            partition by placed.company_id, placed.customer_id
            order by placed.month_end rows between unbounded preceding and current row
        ), 0)') }} as actual
    from placed
    inner join companies
        on placed.company_id = companies.company_id
    left join ledger_changes
        on
            placed.company_id = ledger_changes.company_id
            and placed.customer_id = ledger_changes.customer_id
            and placed.balance_start = ledger_changes.balance_start
            and placed.month_end = ledger_changes.month_end
    left join item_changes
        on
            placed.company_id = item_changes.company_id
            and placed.customer_id = item_changes.customer_id
            and placed.month_end = item_changes.month_end
),

exceptions as (
    select
        company_id,
        'customer_tie_out' as {{ check }},
        month_end,
        customer_id,
        expected,
        actual,
        {{ money('actual - expected') }} as difference,
        false as passed,
        {{ balance_of_what() }} as detail
    from balances
    where actual <> expected
),

-- Totals per month end, by themselves: no customer in them.
ledger_totals as (
    select company_id, balance_start, month_end, sum(amount) as amount
    from ledger_changes
    group by company_id, balance_start, month_end
),

item_totals as (
    select company_id, month_end, sum(amount) as amount
    from item_changes
    group by company_id, month_end
),

total_moments as (
    select distinct company_id, month_end, balance_start from placed
),

totals as (
    select
        total_moments.company_id,
        'total_tie_out' as {{ check }},
        least(total_moments.month_end, companies.as_of) as month_end,
        companies.has_subledger,
        cast(null as varchar(100)) as customer_id,
        {{ money('coalesce(sum(ledger_totals.amount) over (
            partition by total_moments.company_id, total_moments.balance_start
            order by total_moments.month_end rows between unbounded preceding and current row
        ), 0)') }} as expected,
        {{ money('coalesce(sum(item_totals.amount) over (
            partition by total_moments.company_id
            order by total_moments.month_end rows between unbounded preceding and current row
        ), 0)') }} as actual
    from total_moments
    inner join companies
        on total_moments.company_id = companies.company_id
    left join ledger_totals
        on
            total_moments.company_id = ledger_totals.company_id
            and total_moments.balance_start = ledger_totals.balance_start
            and total_moments.month_end = ledger_totals.month_end
    left join item_totals
        on
            total_moments.company_id = item_totals.company_id
            and total_moments.month_end = item_totals.month_end
),

-- What both facts publish as open today, against the accounts.
published as (
    select company_id, sum(amount) as amount
    from (
        select company_id, open_amount as amount from {{ ref('fct_invoices') }}
        union all
        select company_id, -unallocated_amount as amount from {{ ref('fct_payments') }}
    ) as open_items
    group by company_id
),

final_balances as (
    select
        totals.company_id,
        max_by(totals.expected, totals.month_end) as expected
    from totals
    group by totals.company_id
),

published_tie_out as (
    select
        companies.company_id,
        companies.has_subledger,
        'published_tie_out' as {{ check }},
        companies.as_of as month_end,
        cast(null as varchar(100)) as customer_id,
        {{ money('coalesce(final_balances.expected, 0)') }} as expected,
        {{ money('coalesce(published.amount, 0)') }} as actual
    from companies
    left join final_balances
        on companies.company_id = final_balances.company_id
    left join published
        on companies.company_id = published.company_id
),

opening_differences as (
    select
        differences.company_id,
        'opening_difference' as {{ check }},
        differences.fiscal_year_start as month_end,
        differences.customer_id,
        differences.closing_amount as expected,
        differences.opening_amount as actual,
        differences.amount as difference,
        false as passed,
        'Opening balance against the previous year''s closing: carried as an item of its own' as detail
    from {{ ref('int_ledger__opening_differences') }} as differences
    inner join companies
        on differences.company_id = companies.company_id
    -- Beside a sub-ledger they are no items: the differences from the ledger show them.
    where not companies.has_subledger
),

unioned as (
    select
        company_id,
        {{ check }},
        month_end,
        customer_id,
        expected,
        actual,
        {{ money('actual - expected') }} as difference,
        actual = expected as passed,
        {{ balance_of_what() }} as detail
    from totals

    union all

    select
        company_id,
        {{ check }},
        month_end,
        customer_id,
        expected,
        actual,
        {{ money('actual - expected') }} as difference,
        actual = expected as passed,
        {{ balance_of_what('Published open amounts') }} as detail
    from published_tie_out

    union all

    select * from exceptions

    union all

    select * from opening_differences
)

select * from unioned
