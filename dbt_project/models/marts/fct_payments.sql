{{ config(meta={'key': ['company_id', 'payment_id']}) }}

with

bank_lines as (
    select * from {{ ref('int_ledger__items') }}
    where is_bank_line
),

reopened as (
    select distinct return_id from {{ ref('int_settlement__reopened') }}
),

allocated as (
    select
        payment_id,
        {{ money('sum(amount)') }} as amount
    from {{ ref('fct_allocations') }}
    where payment_id is not null
    group by payment_id
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
        bank_lines.entry_date as payment_date,
        {{ money('-bank_lines.amount') }} as amount,
        {{ money('coalesce(allocated.amount, 0)') }} as allocated_amount,
        {{ money('-bank_lines.amount - coalesce(allocated.amount, 0)') }} as unallocated_amount,
        bank_lines.is_suspense,
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
    left join reopened
        on bank_lines.item_id = reopened.return_id
)

select * from payments
