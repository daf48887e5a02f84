with

bank_lines as (
    select * from {{ ref('int_ledger__items') }}
    where is_bank_line and amount <> 0
),

-- Walking one customer's bank lines of one amount by date: money out takes back the receipt just before it.
walk as (
    select
        company_id,
        customer_id,
        item_id,
        amount,
        entry_date,
        lag(item_id) over (
            partition by company_id, customer_id, abs(amount)
            order by entry_date, amount, document_number nulls last, item_id
        ) as previous_id,
        lag(amount) over (
            partition by company_id, customer_id, abs(amount)
            order by entry_date, amount, document_number nulls last, item_id
        ) as previous_amount,
        lag(entry_date) over (
            partition by company_id, customer_id, abs(amount)
            order by entry_date, amount, document_number nulls last, item_id
        ) as previous_date
    from bank_lines
),

paired as (
    select
        company_id,
        customer_id,
        item_id as return_id,
        previous_id as receipt_id,
        {{ money('amount') }} as amount,
        previous_date as receipt_date,
        entry_date as return_date
    from walk
    where
        amount > 0
        and previous_amount < 0
        and customer_id <> 'UNIDENTIFIED'
        and {{ days_between('previous_date', 'entry_date') }} <= {{ var('rejection_window_days') }}
)

select * from paired
