with

month_ends as (
    select * from {{ ref('int_metrics__month_ends') }}
),

allocations as (
    select * from {{ ref('fct_allocations') }}
    where kind = 'assignment'
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

discounted_payments as (
    select * from {{ ref('fct_payments') }}
    where is_discounted and amount > 0
),

-- Out of the ledger, owed by the customer all the same: an assigned document until it falls due, a discounted bill
-- until its maturity, for the bank turns to the company where the customer does not pay it.
financed as (
    select
        allocations.company_id,
        allocations.customer_id,
        allocations.allocation_date as first_date,
        invoices.due_date as last_date,
        allocations.amount as assigned,
        0 as discounted
    from allocations
    inner join invoices
        on
            allocations.company_id = invoices.company_id
            and allocations.invoice_id = invoices.invoice_id

    union all

    select
        company_id,
        customer_id,
        entry_date as first_date,
        payment_date as last_date,
        0 as assigned,
        amount as discounted
    from discounted_payments
),

monthly as (
    select
        *,
        {{ explode_range(month_index('first_date'), month_index('greatest(coalesce(last_date, first_date), first_date)')) }} as month_index
    from financed
),

-- A company that finances anything has a row in every month touched, be it of zero: that tells it from one that
-- never does.
summed as (
    select
        month_ends.company_id,
        monthly.customer_id,
        month_ends.month_index,
        {{ money('sum(case when monthly.last_date > month_ends.month_end then monthly.assigned else 0 end)') }}
            as assigned_not_due,
        {{ money('sum(case when monthly.last_date > month_ends.month_end then monthly.discounted else 0 end)') }}
            as discounted_not_due
    from monthly
    inner join month_ends
        on
            monthly.company_id = month_ends.company_id
            and monthly.month_index = month_ends.month_index
            and monthly.first_date <= month_ends.month_end
    group by month_ends.company_id, monthly.customer_id, month_ends.month_index
)

select * from summed
