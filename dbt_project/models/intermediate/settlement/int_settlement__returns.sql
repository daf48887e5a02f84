with

groups as (
    select * from {{ ref('int_settlement__groups') }}
),

items as (
    select
        items.*,
        groups.group_key
    from {{ ref('int_ledger__items') }} as items
    left join groups
        on items.item_id = groups.item_id
    where
        (items.amount < 0 or (items.amount > 0 and items.is_bank_line))
        -- Payments that a sub-ledger without any states are taken back as it states.
        and coalesce(items.lettering_key, '') not like 'stated|%'
        -- What a sub-ledger allocates is not what came back.
        and items.item_id not in (select debit_id from {{ ref('int_subledger__recorded') }})
        and items.item_id not in (select credit_id from {{ ref('int_subledger__recorded') }})
),

-- Walking one customer's credits and money out of one amount by date: money out takes back the receipt just before
-- it. Where a credit note stands between, the money refunds that; where the ledger letters the two apart, it says
-- so itself.
walk as (
    select
        company_id,
        customer_id,
        item_id,
        amount,
        entry_date,
        group_key,
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
        ) as previous_date,
        lag(is_bank_line) over (
            partition by company_id, customer_id, abs(amount)
            order by entry_date, amount, document_number nulls last, item_id
        ) as is_previous_bank_line,
        lag(group_key) over (
            partition by company_id, customer_id, abs(amount)
            order by entry_date, amount, document_number nulls last, item_id
        ) as previous_group_key
    from items
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
        and is_previous_bank_line
        and coalesce(group_key = previous_group_key, true)
        and customer_id <> 'UNIDENTIFIED'
        and {{ days_between('previous_date', 'entry_date') }} <= {{ var('rejection_window_days') }}
)

select * from paired

union all

select
    payments.company_id,
    items.customer_id,
    payments.item_id as return_id,
    payments.reversed_item_id as receipt_id,
    items.amount,
    payments.reversed_payment_date as receipt_date,
    payments.payment_date as return_date
from {{ ref('int_subledger__stated_payments') }} as payments
inner join {{ ref('int_ledger__items') }} as items
    on payments.item_id = items.item_id
where payments.is_reversal and items.amount > 0
