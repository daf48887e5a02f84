with

allocations as (
    select * from {{ ref('fct_allocations') }}
    where payment_id is not null and invoice_id is not null
),

payments as (
    select * from {{ ref('fct_payments') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

-- Documents that a customer pays and whose dates are known. An opening balance without detail is neither.
payable as (
    select *
    from invoices
    where
        document_type in ('invoice', 'deposit', 'opening_item')
        and amount > 0
        and due_date is not null
        and due_date_source <> 'unknown'
),

paid as (
    select
        allocations.company_id,
        allocations.allocation_id,
        payable.customer_id,
        allocations.invoice_id,
        allocations.payment_id,
        allocations.allocation_date,
        allocations.amount,
        allocations.method,
        payments.payment_date,
        payable.issue_date,
        payable.due_date
    from allocations
    inner join payable
        on
            allocations.company_id = payable.company_id
            and allocations.invoice_id = payable.invoice_id
    inner join payments
        on
            allocations.company_id = payments.company_id
            and allocations.payment_id = payments.payment_id
    -- A bill discounted before the as-of day and due after it is not yet paid.
    inner join companies
        on
            payments.company_id = companies.company_id
            and payments.payment_date <= companies.as_of
),

receipts as (
    select
        *,
        row_number() over (
            partition by company_id, invoice_id, amount order by allocation_date, allocation_id
        ) as equal_number
    from paid
    where amount > 0
),

-- A payment that came back reopens its document: from then on it never was a payment.
reversals as (
    select
        company_id,
        allocation_id,
        invoice_id,
        allocation_date,
        -amount as amount,
        row_number() over (
            partition by company_id, invoice_id, amount order by allocation_date, allocation_id
        ) as equal_number
    from paid
    where amount < 0
),

-- First the receipt of the same amount…
equal_pairs as (
    select
        receipts.company_id,
        receipts.allocation_id,
        reversals.allocation_id as reversal_id,
        receipts.amount,
        reversals.allocation_date as rejected_on
    from receipts
    inner join reversals
        on
            receipts.company_id = reversals.company_id
            and receipts.invoice_id = reversals.invoice_id
            and receipts.amount = reversals.amount
            and receipts.equal_number = reversals.equal_number
            and receipts.allocation_date <= reversals.allocation_date
),

-- … then the rest in the order of their running totals.
receipts_left as (
    select
        receipts.company_id,
        receipts.invoice_id,
        receipts.allocation_id,
        receipts.allocation_date,
        receipts.amount,
        sum(receipts.amount) over (
            partition by receipts.company_id, receipts.invoice_id
            order by receipts.allocation_date, receipts.allocation_id
            rows between unbounded preceding and current row
        ) as running_total
    from receipts
    left join equal_pairs
        on
            receipts.company_id = equal_pairs.company_id
            and receipts.allocation_id = equal_pairs.allocation_id
    where equal_pairs.allocation_id is null
),

reversals_left as (
    select
        reversals.company_id,
        reversals.invoice_id,
        reversals.allocation_date,
        reversals.amount,
        sum(reversals.amount) over (
            partition by reversals.company_id, reversals.invoice_id
            order by reversals.allocation_date, reversals.allocation_id
            rows between unbounded preceding and current row
        ) as running_total
    from reversals
    left join equal_pairs
        on
            reversals.company_id = equal_pairs.company_id
            and reversals.allocation_id = equal_pairs.reversal_id
    where equal_pairs.reversal_id is null
),

other_pairs as (
    select
        receipts_left.company_id,
        receipts_left.allocation_id,
        least(receipts_left.running_total, reversals_left.running_total)
        - greatest(
            receipts_left.running_total - receipts_left.amount, reversals_left.running_total - reversals_left.amount
        ) as amount,
        greatest(receipts_left.allocation_date, reversals_left.allocation_date) as rejected_on
    from receipts_left
    inner join reversals_left
        on
            receipts_left.company_id = reversals_left.company_id
            and receipts_left.invoice_id = reversals_left.invoice_id
            and receipts_left.running_total - receipts_left.amount < reversals_left.running_total
            and reversals_left.running_total - reversals_left.amount < receipts_left.running_total
),

rejected_parts as (
    select company_id, allocation_id, amount, rejected_on from equal_pairs
    union all
    select company_id, allocation_id, amount, rejected_on from other_pairs
),

rejected_totals as (
    select
        company_id,
        allocation_id,
        sum(amount) as amount
    from rejected_parts
    group by company_id, allocation_id
),

parts as (
    select
        receipts.company_id,
        receipts.allocation_id,
        receipts.amount - coalesce(rejected_totals.amount, 0) as amount,
        cast(null as date) as rejected_on
    from receipts
    left join rejected_totals
        on
            receipts.company_id = rejected_totals.company_id
            and receipts.allocation_id = rejected_totals.allocation_id
    where receipts.amount - coalesce(rejected_totals.amount, 0) > 0

    union all

    select company_id, allocation_id, amount, rejected_on from rejected_parts
),

days as (
    select
        receipts.company_id,
        receipts.customer_id,
        receipts.invoice_id,
        receipts.payment_id,
        receipts.allocation_id,
        receipts.allocation_date,
        {{ month_index('greatest(receipts.allocation_date, receipts.payment_date)') }} as month_index,
        receipts.payment_date,
        {{ month_index('receipts.payment_date') }} as payment_month_index,
        receipts.method,
        {{ money('parts.amount') }} as amount,
        parts.rejected_on,
        {{ month_index('parts.rejected_on') }} as rejected_month_index,
        -- An allocation of which a part came back is still one payment.
        row_number() over (
            partition by receipts.company_id, receipts.allocation_id
            order by case when parts.rejected_on is null then 0 else 1 end, parts.rejected_on desc, parts.amount desc
        ) = 1 as is_counted,
        {{ days_between('receipts.issue_date', 'receipts.payment_date') }} as days_to_pay,
        {{ days_between('receipts.due_date', 'receipts.payment_date') }} as days_late_net
    from receipts
    inner join parts
        on
            receipts.company_id = parts.company_id
            and receipts.allocation_id = parts.allocation_id
)

select * from days
