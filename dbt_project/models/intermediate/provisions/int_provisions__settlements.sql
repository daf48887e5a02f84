with

invoices as (
    select * from {{ ref('fct_invoices') }}
),

payments as (
    select * from {{ ref('fct_payments') }}
),

allocations as (
    select * from {{ ref('fct_allocations') }}
    where amount > 0
),

reopened as (
    select * from {{ ref('int_settlement__reopened') }}
),

write_offs as (
    select
        company_id,
        invoice_id,
        abs(amount) as amount,
        abs(amount) - abs(coalesce(vat_amount, 0)) as amount_excluding_vat
    from invoices
    where line_type = 'write_off'
),

outcomes as (
    select
        allocations.company_id,
        allocations.customer_id,
        allocations.invoice_id,
        allocations.allocation_id as settlement_id,
        case allocations.kind
            when 'write_off' then 'lost'
            when 'credit_note' then 'credited'
            when 'assignment' then 'assigned'
            else 'settled'
        end as outcome,
        -- A bill counts as paid on its maturity, though it left the account when it went to the bank.
        greatest(allocations.allocation_date, coalesce(payments.payment_date, allocations.allocation_date))
            as settled_date,
        allocations.allocation_date as known_date,
        allocations.amount,
        case
            when write_offs.invoice_id is null then allocations.amount
            else {{ prorated('allocations.amount', 'write_offs.amount_excluding_vat', 'write_offs.amount') }}
        end as amount_excluding_vat
    from allocations
    left join payments
        on
            allocations.company_id = payments.company_id
            and allocations.payment_id = payments.payment_id
    left join write_offs
        on
            allocations.company_id = write_offs.company_id
            and allocations.credit_invoice_id = write_offs.invoice_id
            and allocations.kind = 'write_off'
),

-- Money that went back never settled the document; that is known from the day it went back.
came_back as (
    select
        company_id,
        customer_id,
        document_id as invoice_id,
        document_id || '|' || return_id as settlement_id,
        'settled' as outcome,
        receipt_date as settled_date,
        return_date as known_date,
        -amount as amount,
        -amount as amount_excluding_vat
    from reopened
),

-- A loss taken back: a debit against 654, unless a write-off of its own settles it.
taken_back as (
    select
        invoices.company_id,
        invoices.customer_id,
        invoices.invoice_id as item_id,
        invoices.entry_date,
        invoices.document_number,
        invoices.amount - coalesce(cancelled.amount, 0) as residual
    from invoices
    left join (
        select
            company_id,
            invoice_id,
            sum(amount) as amount
        from allocations
        where kind = 'write_off'
        group by company_id, invoice_id
    ) as cancelled
        on
            invoices.company_id = cancelled.company_id
            and invoices.invoice_id = cancelled.invoice_id
    where
        invoices.line_type = 'write_off'
        and invoices.amount > coalesce(cancelled.amount, 0)
),

losses as (
    select
        outcomes.company_id,
        outcomes.customer_id,
        outcomes.settlement_id as item_id,
        outcomes.invoice_id,
        outcomes.known_date as entry_date,
        invoices.document_number,
        outcomes.amount as residual
    from outcomes
    inner join invoices
        on
            outcomes.company_id = invoices.company_id
            and outcomes.invoice_id = invoices.invoice_id
    where
        outcomes.outcome = 'lost'
        and invoices.line_type <> 'write_off'
),

-- Taken back from the document it names; where it names none that was lost, from the customer's losses, oldest first.
keyed_losses as (
    select
        losses.company_id,
        losses.customer_id,
        losses.item_id,
        losses.entry_date,
        losses.residual,
        losses.document_number as sort_key,
        losses.company_id || '|' || losses.customer_id || '|' || coalesce(named.document_number, '') as group_key
    from losses
    left join (select distinct company_id, customer_id, document_number from taken_back) as named
        on
            losses.company_id = named.company_id
            and losses.customer_id = named.customer_id
            and losses.document_number = named.document_number
),

keyed_taken_back as (
    select
        taken_back.company_id,
        taken_back.customer_id,
        taken_back.item_id,
        taken_back.entry_date,
        taken_back.residual,
        taken_back.document_number as sort_key,
        taken_back.company_id || '|' || taken_back.customer_id || '|' || coalesce(named.document_number, '')
            as group_key
    from taken_back
    left join (select distinct company_id, customer_id, document_number from losses) as named
        on
            taken_back.company_id = named.company_id
            and taken_back.customer_id = named.customer_id
            and taken_back.document_number = named.document_number
),

matched as (
    {{ settle_by_running_total('keyed_losses', 'keyed_taken_back', 'taken_back', 'group_key') }}
),

recovered as (
    select
        outcomes.company_id,
        outcomes.customer_id,
        outcomes.invoice_id,
        outcomes.settlement_id || '|' || matched.credit_id as settlement_id,
        greatest(outcomes.known_date, invoices.entry_date) as known_date,
        matched.amount,
        {{ prorated('matched.amount', 'outcomes.amount_excluding_vat', 'outcomes.amount') }} as amount_excluding_vat
    from matched
    inner join outcomes
        on matched.debit_id = outcomes.settlement_id
    inner join invoices
        on matched.credit_id = invoices.invoice_id
),

unioned as (
    select * from outcomes
    union all
    select * from came_back
    union all
    select
        company_id,
        customer_id,
        invoice_id,
        settlement_id || '|lost' as settlement_id,
        'lost' as outcome,
        known_date as settled_date,
        known_date,
        -amount as amount,
        -amount_excluding_vat as amount_excluding_vat
    from recovered
    union all
    select
        company_id,
        customer_id,
        invoice_id,
        settlement_id || '|settled' as settlement_id,
        'settled' as outcome,
        known_date as settled_date,
        known_date,
        amount,
        amount as amount_excluding_vat
    from recovered
)

select
    company_id,
    customer_id,
    invoice_id,
    settlement_id,
    outcome,
    settled_date,
    known_date,
    {{ money('amount') }} as amount,
    {{ money('amount_excluding_vat') }} as amount_excluding_vat
from unioned
