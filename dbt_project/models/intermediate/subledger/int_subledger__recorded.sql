-- What the sub-ledger says settles what, item by item.
with

settled as (
    select * from {{ ref('int_subledger__settled') }}
),

-- The document or its counterpart on the one side, an exchange difference between them as an item of its own.
pairs as (
    select
        company_id,
        document_item_id,
        counter_item_id,
        is_refund,
        least(document_value, counter_value) as amount
    from settled

    union all

    select
        company_id,
        case when exchange_difference > 0 then exchange_item_id else document_item_id end as document_item_id,
        case when exchange_difference > 0 then counter_item_id else exchange_item_id end as counter_item_id,
        is_refund,
        abs(exchange_difference) as amount
    from settled
    where exchange_item_id is not null
),

-- Money out settles a credit note: there the money is what is owed.
sided as (
    select
        company_id,
        case when is_refund then counter_item_id else document_item_id end as debit_id,
        case when is_refund then document_item_id else counter_item_id end as credit_id,
        {{ money('amount') }} as amount
    from pairs
)

select * from sided
where amount > 0
