{{ config(meta={'key': ['company_id', 'allocation_id']}) }}

with

allocations as (
    select * from {{ ref('int_settlement__allocations') }}
    -- Money in against money out settles no document: both stay on account and cancel out.
    where not (is_debit_bank_line and is_credit_bank_line)
),

reopened as (
    select * from {{ ref('int_settlement__reopened') }}
),

methods as (
    select * from {{ ref('settlement_methods') }}
),

kinds as (
    select
        company_id,
        customer_id,
        case when is_debit_bank_line then credit_id else debit_id end as invoice_id,
        case
            when is_debit_bank_line then debit_id
            when is_credit_bank_line then credit_id
        end as payment_id,
        case when not is_debit_bank_line and not is_credit_bank_line then credit_id end as credit_invoice_id,
        case
            when is_debit_bank_line or is_credit_bank_line then 'payment'
            when credit_line_type in ('credit_note', 'write_off', 'discount', 'exchange', 'assignment')
                then credit_line_type
            when credit_line_type = 'reassignment' then 'transfer'
            else 'other'
        end as kind,
        allocation_date,
        -- Money out takes an open credit back towards zero: negative, as the credit is.
        {{ money('case when is_debit_bank_line then -amount else amount end') }} as amount,
        method,
        step_name,
        confidence
    from allocations

    union all

    select
        reopened.company_id,
        reopened.customer_id,
        reopened.document_id as invoice_id,
        reopened.receipt_id as payment_id,
        null as credit_invoice_id,
        'payment' as kind,
        reopened.receipt_date as allocation_date,
        reopened.amount,
        methods.method,
        methods.step_name,
        methods.confidence
    from reopened
    inner join methods
        on methods.step_name = 'reopened'

    union all

    select
        reopened.company_id,
        reopened.customer_id,
        reopened.document_id as invoice_id,
        reopened.return_id as payment_id,
        null as credit_invoice_id,
        'payment' as kind,
        reopened.return_date as allocation_date,
        {{ money('-reopened.amount') }} as amount,
        methods.method,
        methods.step_name,
        methods.confidence
    from reopened
    inner join methods
        on methods.step_name = 'reopened'
),

-- Two steps may each settle a part of the same pair (named, then oldest first): one row per pair and step.
identified as (
    select
        company_id,
        md5(
            invoice_id
            || '|' || coalesce(payment_id, '')
            || '|' || coalesce(credit_invoice_id, '')
            || '|' || step_name
        ) as allocation_id,
        customer_id,
        invoice_id,
        payment_id,
        credit_invoice_id,
        kind,
        allocation_date,
        amount,
        method,
        cast(confidence as double) as confidence
    from kinds
)

select * from identified
