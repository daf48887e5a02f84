-- The documents and payments of sub-ledgers as receivable items, in the shape of the ledger's own.
with

documents as (
    select * from {{ ref('int_subledger__documents') }}
    where value is not null
),

payments as (
    select * from {{ ref('int_subledger__payments') }}
    where value is not null
),

stated_payments as (
    select * from {{ ref('int_subledger__stated_payments') }}
),

settled as (
    select * from {{ ref('int_subledger__settled') }}
    where exchange_item_id is not null
),

years as (
    select * from {{ ref('int_ledger__fiscal_years') }}
),

ledgers as (
    select * from {{ ref('int_subledger__ledgers') }}
),

document_items as (
    select
        documents.company_id,
        documents.ledger_name,
        documents.item_id,
        documents.source_invoice_id as source_id,
        documents.customer_id,
        case documents.document_type when 'other' then 'other' else documents.document_type end as line_type,
        false as is_bank_line,
        documents.value as amount,
        documents.vat_value as vat_amount,
        documents.entry_date,
        documents.issue_date,
        documents.due_date,
        documents.is_disputed,
        documents.delivery_method,
        documents.document_number,
        documents.reference as line_label,
        case
            when not ledgers.has_payments then 'stated|' || documents.item_id
            else {{ matching_key('documents') }}
        end as lettering_key,
        case when not documents.is_company_currency then documents.amount end as foreign_amount,
        case when not documents.is_company_currency then documents.currency end as foreign_currency,
        documents.file_name,
        documents.line_number
    from documents
    inner join ledgers
        on
            documents.company_id = ledgers.company_id
            and documents.ledger_name = ledgers.ledger_name
),

payment_items as (
    select
        company_id,
        ledger_name,
        item_id,
        source_payment_id as source_id,
        customer_id,
        'payment' as line_type,
        true as is_bank_line,
        -value as amount,
        cast(null as decimal(18, 2)) as vat_amount,
        payment_date as entry_date,
        payment_date as issue_date,
        cast(null as date) as due_date,
        false as is_disputed,
        cast(null as varchar(100)) as delivery_method,
        cast(null as varchar(100)) as document_number,
        reference as line_label,
        {{ matching_key('payments') }} as lettering_key,
        case when not is_company_currency then -amount end as foreign_amount,
        case when not is_company_currency then currency end as foreign_currency,
        file_name,
        line_number
    from payments
),

stated_items as (
    select
        stated_payments.company_id,
        stated_payments.ledger_name,
        stated_payments.item_id,
        cast(null as varchar(100)) as source_id,
        documents.customer_id,
        'payment' as line_type,
        true as is_bank_line,
        -stated_payments.value as amount,
        cast(null as decimal(18, 2)) as vat_amount,
        stated_payments.payment_date as entry_date,
        stated_payments.payment_date as issue_date,
        cast(null as date) as due_date,
        false as is_disputed,
        cast(null as varchar(100)) as delivery_method,
        documents.document_number,
        cast(null as varchar(100)) as line_label,
        'stated|' || documents.item_id as lettering_key,
        case when not documents.is_company_currency then -stated_payments.amount end as foreign_amount,
        case when not documents.is_company_currency then documents.currency end as foreign_currency,
        documents.file_name,
        documents.line_number
    from stated_payments
    inner join documents
        on stated_payments.document_item_id = documents.item_id
),

-- A payment worth more than what it settles leaves a gain to be settled by the rest of it, and the other way round.
exchange_items as (
    select
        settled.company_id,
        settled.ledger_name,
        settled.exchange_item_id as item_id,
        cast(null as varchar(100)) as source_id,
        documents.customer_id,
        'exchange' as line_type,
        false as is_bank_line,
        case when settled.is_refund then -settled.exchange_difference else settled.exchange_difference end as amount,
        cast(null as decimal(18, 2)) as vat_amount,
        greatest(documents.entry_date, settled.counter_date) as entry_date,
        greatest(documents.entry_date, settled.counter_date) as issue_date,
        greatest(documents.entry_date, settled.counter_date) as due_date,
        false as is_disputed,
        cast(null as varchar(100)) as delivery_method,
        documents.document_number,
        cast(null as varchar(100)) as line_label,
        cast(null as varchar(100)) as lettering_key,
        cast(null as decimal(18, 2)) as foreign_amount,
        cast(null as varchar(10)) as foreign_currency,
        documents.file_name,
        documents.line_number
    from settled
    inner join documents
        on settled.document_item_id = documents.item_id
),

unioned as (
    select * from document_items
    union all
    select * from payment_items
    union all
    select * from stated_items
    union all
    select * from exchange_items
),

items as (
    select
        unioned.company_id,
        unioned.ledger_name,
        unioned.item_id,
        unioned.source_id,
        unioned.customer_id,
        unioned.line_type,
        unioned.is_bank_line,
        {{ money('unioned.amount') }} as amount,
        {{ money('unioned.vat_amount') }} as vat_amount,
        years.fiscal_year,
        years.fiscal_year_start,
        unioned.entry_date,
        unioned.issue_date,
        unioned.due_date,
        unioned.is_disputed,
        unioned.delivery_method,
        unioned.document_number,
        unioned.line_label,
        unioned.lettering_key,
        ledgers.is_matched_by_record,
        {{ money('unioned.foreign_amount') }} as foreign_amount,
        unioned.foreign_currency,
        unioned.file_name,
        unioned.line_number
    from unioned
    inner join ledgers
        on
            unioned.company_id = ledgers.company_id
            and unioned.ledger_name = ledgers.ledger_name
    left join years
        on
            unioned.company_id = years.company_id
            and unioned.entry_date between years.fiscal_year_start and years.fiscal_year_end
)

select * from items
