with

disputes as (
    select * from {{ ref('stg_events__disputes') }}
),

subjects as (
    select * from {{ ref('int_events__subjects') }}
    where event = 'disputes'
),

named as (
    select * from {{ ref('int_events__named_documents') }}
    where event = 'disputes'
),

documents as (
    select
        company_id,
        item_id,
        customer_id,
        entry_date
    from {{ ref('int_ledger__items') }}
    where
        not is_bank_line
        and amount > 0
        and line_type in ('invoice', 'deposit', 'opening_item')
),

tied as (
    select
        disputes.company_id,
        disputes.dispute_id,
        disputes.opened_on,
        disputes.closed_on,
        disputes.disputed_amount,
        subjects.customer_id,
        subjects.subject
    from disputes
    inner join subjects
        on
            disputes.company_id = subjects.company_id
            and disputes.dispute_id = subjects.event_id
),

covered as (
    select
        tied.company_id,
        tied.dispute_id,
        named.invoice_id,
        tied.customer_id,
        tied.opened_on as disputed_from,
        tied.closed_on as disputed_until,
        tied.disputed_amount
    from tied
    inner join named
        on
            tied.company_id = named.company_id
            and tied.dispute_id = named.event_id
    where tied.subject = 'document'

    union all

    -- A dispute with a customer covers what is billed while it lasts, too.
    select
        tied.company_id,
        tied.dispute_id,
        documents.item_id as invoice_id,
        tied.customer_id,
        tied.opened_on as disputed_from,
        tied.closed_on as disputed_until,
        tied.disputed_amount
    from tied
    inner join documents
        on
            tied.company_id = documents.company_id
            and tied.customer_id = documents.customer_id
            and (tied.closed_on is null or tied.closed_on > documents.entry_date)
    where tied.subject = 'customer'
)

select * from covered
