with

receivable_lines as (
    select * from {{ ref('int_ledger__receivable_lines') }}
),

years as (
    select * from {{ ref('int_ledger__fiscal_years') }}
),

-- What each year's file says the customer brought forward.
openings as (
    select
        receivable_lines.company_id,
        receivable_lines.fiscal_year_start,
        receivable_lines.customer_id,
        sum(receivable_lines.amount) as amount
    from receivable_lines
    where receivable_lines.line_type = 'opening_item'
    group by receivable_lines.company_id, receivable_lines.fiscal_year_start, receivable_lines.customer_id
),

-- What the years before it closed at: every line since the last year with openings of its own.
closings as (
    select
        years.company_id,
        years.fiscal_year_start,
        receivable_lines.customer_id,
        sum(receivable_lines.amount) as amount
    from years
    inner join years as previous
        on
            years.company_id = previous.company_id
            and years.previous_year_start = previous.fiscal_year_start
    inner join receivable_lines
        on
            previous.company_id = receivable_lines.company_id
            and receivable_lines.fiscal_year_start >= previous.balance_start
            and receivable_lines.fiscal_year_start <= previous.fiscal_year_start
    group by years.company_id, years.fiscal_year_start, receivable_lines.customer_id
),

customers as (
    select company_id, fiscal_year_start, customer_id from openings
    union
    select company_id, fiscal_year_start, customer_id from closings
),

compared as (
    select
        customers.company_id,
        customers.fiscal_year_start,
        years.fiscal_year,
        customers.customer_id,
        {{ money('case when years.is_first_year then 0 else coalesce(openings.amount, 0) end') }} as opening_amount,
        {{ money('coalesce(closings.amount, 0)') }} as closing_amount,
        {{ money('case when years.is_first_year then 0 else coalesce(openings.amount, 0) end
            - coalesce(closings.amount, 0)') }} as amount
    from customers
    inner join years
        on
            customers.company_id = years.company_id
            and customers.fiscal_year_start = years.fiscal_year_start
    left join openings
        on
            customers.company_id = openings.company_id
            and customers.fiscal_year_start = openings.fiscal_year_start
            and customers.customer_id = openings.customer_id
    left join closings
        on
            customers.company_id = closings.company_id
            and customers.fiscal_year_start = closings.fiscal_year_start
            and customers.customer_id = closings.customer_id
    where
        -- A year without any opening entry continues the one before: nothing was brought forward yet.
        years.has_openings
        -- After a missing year nothing tells what became of the items before it: they end where the openings, items
        -- themselves, begin.
        and years.previous_year_start is not null
)

select * from compared
where amount <> 0
