{{ config(meta={'key': ['company_id', 'payment_id']}) }}

with

bank_lines as (
    select * from {{ ref('int_ledger__items') }}
    where is_bank_line
),

reopened as (
    select distinct return_id from {{ ref('int_settlement__reopened') }}
),

allocations as (
    select * from {{ ref('fct_allocations') }}
    where payment_id is not null
),

due_dates as (
    select * from {{ ref('int_ledger__due_dates') }}
    where due_date_source = 'document'
),

-- The maturity of the bills it settles, where its own wording tells none.
allocated as (
    select
        allocations.payment_id,
        {{ money('sum(allocations.amount)') }} as amount,
        max(due_dates.due_date) as maturity_date
    from allocations
    left join due_dates
        on allocations.invoice_id = due_dates.item_id
    group by allocations.payment_id
),

-- A bill handed to the bank is money at its maturity; a date that no bill could have is a slip of the pen.
matured as (
    select
        bank_lines.item_id,
        coalesce(bank_lines.maturity_date, allocated.maturity_date) as maturity_date
    from bank_lines
    left join allocated
        on bank_lines.item_id = allocated.payment_id
    where
        bank_lines.is_bill
        and bank_lines.amount < 0
        and coalesce(bank_lines.maturity_date, allocated.maturity_date)
        between bank_lines.entry_date and {{ add_days('bank_lines.entry_date', 366) }}
),

payments as (
    select
        bank_lines.company_id,
        bank_lines.item_id as payment_id,
        bank_lines.customer_id,
        case
            when bank_lines.amount <= 0 then 'receipt'
            when reopened.return_id is not null then 'rejection'
            else 'refund'
        end as kind,
        bank_lines.entry_date,
        coalesce(matured.maturity_date, bank_lines.entry_date) as payment_date,
        {{ money('-bank_lines.amount') }} as amount,
        {{ money('coalesce(allocated.amount, 0)') }} as allocated_amount,
        {{ money('-bank_lines.amount - coalesce(allocated.amount, 0)') }} as unallocated_amount,
        bank_lines.is_suspense,
        bank_lines.is_discounted,
        bank_lines.foreign_amount,
        bank_lines.foreign_currency,
        bank_lines.ledger_name,
        bank_lines.source_id as source_payment_id,
        bank_lines.document_number,
        bank_lines.line_label as label,
        bank_lines.journal_code,
        bank_lines.entry_number,
        bank_lines.account_number,
        bank_lines.fiscal_year,
        bank_lines.file_name as source_file,
        bank_lines.line_number as source_line
    from bank_lines
    left join allocated
        on bank_lines.item_id = allocated.payment_id
    left join matured
        on bank_lines.item_id = matured.item_id
    left join reopened
        on bank_lines.item_id = reopened.return_id
)

select * from payments
