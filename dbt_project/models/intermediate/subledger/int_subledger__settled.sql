-- What the sub-ledger says was settled, in company currency: by each side's own rate. Where the two rates differ, so do
-- the two values: an exchange difference.
with

allocations as (
    select * from {{ ref('int_subledger__allocations') }}
),

documents as (
    select * from {{ ref('int_subledger__documents') }}
),

payments as (
    select * from {{ ref('int_subledger__payments') }}
),

counters as (
    select item_id, currency, amount, value, has_own_rate from payments
    union all
    select item_id, currency, amount, value, true as has_own_rate from documents
),

running as (
    select
        allocations.*,
        counters.currency = allocations.document_currency as is_same_currency,
        counters.has_own_rate
        and not (documents.is_company_currency and counters.currency = allocations.document_currency)
            as may_differ,
        counters.amount as counter_amount,
        counters.value as counter_total_value,
        sum(allocations.amount) over in_order as running_amount,
        sum(allocations.document_value) over in_order as running_value,
        sum(allocations.document_value) over (partition by allocations.counter_item_id) as counter_document_value
    from allocations
    inner join counters
        on allocations.counter_item_id = counters.item_id
    inner join documents
        on allocations.document_item_id = documents.item_id
    window in_order as (
        partition by allocations.counter_item_id order by allocations.document_item_id
        rows between unbounded preceding and current row
    )
),

-- In one currency the amounts tell the shares; across two, the documents' values do.
valued as (
    select
        *,
        case
            when not may_differ then document_value
            when is_same_currency
                then {{ share_of('counter_total_value', 'running_amount', 'counter_amount') }}
                    - {{ share_of('counter_total_value', 'running_amount - amount', 'counter_amount') }}
            else {{ share_of('counter_total_value', 'running_value', 'counter_document_value') }}
                - {{ share_of('counter_total_value', 'running_value - document_value', 'counter_document_value') }}
        end as counter_value
    from running
),

settled as (
    select
        company_id,
        ledger_name,
        document_item_id,
        counter_item_id,
        is_payment,
        is_refund,
        counter_date,
        document_value,
        {{ money('counter_value') }} as counter_value,
        {{ money('counter_value - document_value') }} as exchange_difference,
        case
            when counter_value <> document_value then md5(document_item_id || '|' || counter_item_id || '|exchange')
        end as exchange_item_id
    from valued
)

select * from settled
