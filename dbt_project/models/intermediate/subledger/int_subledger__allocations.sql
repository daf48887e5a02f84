-- What the sub-ledger itself says settles what: its allocations, and payments that name their one document.
with

documents as (
    select * from {{ ref('int_subledger__documents') }}
),

payments as (
    select payments.*
    from {{ ref('stg_subledger__payments') }} as payments
    inner join {{ ref('stg_config__companies') }} as companies
        on
            payments.company_id = companies.company_id
            and companies.as_of >= payments.payment_date
),

given as (
    select company_id, ledger_name, source_invoice_id, source_payment_id, amount
    from {{ ref('stg_subledger__allocations') }}

    union all

    select company_id, ledger_name, source_invoice_id, source_payment_id, amount
    from payments
    where source_invoice_id is not null
),

pairs as (
    select
        company_id,
        ledger_name,
        source_invoice_id,
        source_payment_id,
        {{ money('sum(amount)') }} as amount
    from given
    group by company_id, ledger_name, source_invoice_id, source_payment_id
),

-- What settles is a payment, else a credit note of that id. Money out settles a credit note.
joined as (
    select
        documents.company_id,
        documents.ledger_name,
        documents.item_id as document_item_id,
        coalesce(payments.item_id, credit_notes.item_id) as counter_item_id,
        payments.item_id is not null as is_payment,
        documents.amount < 0 as is_refund,
        documents.currency as document_currency,
        documents.amount as document_amount,
        documents.value as document_total_value,
        coalesce(payments.payment_date, credit_notes.entry_date) as counter_date,
        {{ money('abs(pairs.amount)') }} as amount
    from pairs
    inner join documents
        on
            pairs.company_id = documents.company_id
            and pairs.ledger_name = documents.ledger_name
            and pairs.source_invoice_id = documents.source_invoice_id
    left join payments
        on
            pairs.company_id = payments.company_id
            and pairs.ledger_name = payments.ledger_name
            and pairs.source_payment_id = payments.source_payment_id
    left join documents as credit_notes
        on
            payments.item_id is null
            and pairs.company_id = credit_notes.company_id
            and pairs.ledger_name = credit_notes.ledger_name
            and pairs.source_payment_id = credit_notes.source_invoice_id
            and credit_notes.amount < 0
    where
        (documents.amount > 0 and pairs.amount > 0 and (payments.amount > 0 or credit_notes.item_id is not null))
        or (documents.amount < 0 and payments.amount < 0)
),

-- Money taken back from a document (a payment rejected, a row of its own): what it takes back was settled last.
taken_back as (
    select
        documents.item_id as document_item_id,
        sum(-pairs.amount) as amount
    from pairs
    inner join documents
        on
            pairs.company_id = documents.company_id
            and pairs.ledger_name = documents.ledger_name
            and pairs.source_invoice_id = documents.source_invoice_id
    where documents.amount > 0 and pairs.amount < 0
    group by documents.item_id
),

kept as (
    select
        *,
        {{ money('least(
            amount,
            greatest(settled_amount - coalesce(taken_back_amount, 0) - (running_amount - amount), 0)
        )') }} as kept_amount
    from (
        select
            joined.*,
            taken_back.amount as taken_back_amount,
            sum(joined.amount) over (partition by joined.document_item_id) as settled_amount,
            sum(joined.amount) over (
                partition by joined.document_item_id order by joined.counter_date, joined.counter_item_id
                rows between unbounded preceding and current row
            ) as running_amount
        from joined
        left join taken_back
            on joined.document_item_id = taken_back.document_item_id
    ) as in_order
),

-- Values are cut from the running total, so that a document wholly settled is settled to the cent.
running as (
    select
        company_id,
        ledger_name,
        document_item_id,
        counter_item_id,
        is_payment,
        is_refund,
        document_currency,
        document_amount,
        document_total_value,
        counter_date,
        kept_amount as amount,
        sum(kept_amount) over (
            partition by document_item_id order by counter_date, counter_item_id
            rows between unbounded preceding and current row
        ) as running_amount
    from kept
    where kept_amount > 0
),

allocations as (
    select
        company_id,
        ledger_name,
        document_item_id,
        counter_item_id,
        is_payment,
        is_refund,
        document_currency,
        counter_date,
        amount,
        {{ money(
            share_of('document_total_value', 'running_amount', 'document_amount')
            ~ ' - ' ~ share_of('document_total_value', 'running_amount - amount', 'document_amount')
        ) }} as document_value
    from running
)

select * from allocations
