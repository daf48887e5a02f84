with

invoices as (
    select * from {{ ref('fct_invoices') }}
),

allocations as (
    select * from {{ ref('fct_allocations') }}
),

payments as (
    select * from {{ ref('fct_payments') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

-- Invoices whose due date is known and past.
due as (
    select
        invoices.company_id,
        invoices.customer_id,
        invoices.invoice_id,
        invoices.amount,
        invoices.due_date,
        companies.as_of
    from invoices
    inner join companies
        on invoices.company_id = companies.company_id
    where
        {{ is_owed_invoice('invoices') }}
        and invoices.due_date < companies.as_of
        and invoices.due_date_source <> 'unknown'
),

-- A payment counts from its own date: money received before the invoice existed was there. A credit brought forward
-- with the openings came on a day that the ledger does not tell, so that nothing it settles was late.
settlements as (
    select
        due.company_id,
        due.invoice_id,
        case
            when credits.document_type = 'opening_item' then due.due_date
            else coalesce(payments.payment_date, allocations.allocation_date)
        end as settlement_date,
        due.due_date,
        due.as_of,
        allocations.amount
    from allocations
    inner join due
        on
            allocations.company_id = due.company_id
            and allocations.invoice_id = due.invoice_id
    left join payments
        on
            allocations.company_id = payments.company_id
            and allocations.payment_id = payments.payment_id
    left join invoices as credits
        on
            allocations.company_id = credits.company_id
            and allocations.credit_invoice_id = credits.invoice_id
),

-- What was settled by the due date is as good as never owed beyond it.
changes as (
    select
        company_id,
        invoice_id,
        due_date as change_date,
        amount
    from due

    union all

    select
        company_id,
        invoice_id,
        greatest(settlement_date, due_date) as change_date,
        -amount as amount
    from settlements
    where settlement_date < as_of
),

daily as (
    select
        company_id,
        invoice_id,
        change_date,
        sum(amount) as amount
    from changes
    group by company_id, invoice_id, change_date
    having sum(amount) <> 0
),

-- The amount open at the start of each day after a change, up to and with the day of the next.
balances as (
    select
        company_id,
        invoice_id,
        change_date,
        sum(amount) over (
            partition by company_id, invoice_id
            order by change_date
            rows between unbounded preceding and current row
        ) as open_amount,
        lead(change_date) over (partition by company_id, invoice_id order by change_date) as next_change_date
    from daily
),

stretches as (
    select
        due.company_id,
        due.customer_id,
        due.invoice_id,
        due.due_date,
        {{ add_days('balances.change_date', 1) }} as first_day,
        coalesce(balances.next_change_date, due.as_of) as last_day,
        {{ money('balances.open_amount') }} as open_amount
    from balances
    inner join due
        on
            balances.company_id = due.company_id
            and balances.invoice_id = due.invoice_id
    where balances.open_amount > 0
)

select * from stretches
