{{ config(meta={'key': ['company_id', 'method']}) }}

with

allocations as (
    select * from {{ ref('fct_allocations') }}
),

payments as (
    select * from {{ ref('fct_payments') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

left_credits as (
    {{ residuals('credits', before='fifo') }}
),

left_documents as (
    select * from (
        {{ residuals('debits', before='fifo') }}
    ) as left_over
    where not is_bank_line
),

both_sides as (
    select company_id, customer_id, customer_key, item_id, entry_date, 0 as is_document from left_credits
    union all
    select company_id, customer_id, customer_key, item_id, entry_date, 1 as is_document from left_documents
),

counted as (
    select
        *,
        sum(is_document) over (
            partition by customer_key order by entry_date range between unbounded preceding and current row
        ) as open_documents
    from both_sides
),

-- Credits that no set was found for where more documents stood open than sets are looked for among.
capped as (
    select
        company_id,
        count(*) as credits
    from counted
    where
        is_document = 0
        and open_documents > {{ var('subset_candidates') }}
        and customer_id <> 'UNIDENTIFIED'
    group by company_id
),

by_method as (
    select
        company_id,
        method,
        count(distinct invoice_id) as documents,
        count(distinct coalesce(payment_id, credit_invoice_id)) as credits,
        sum(abs(amount)) as amount
    from allocations
    group by company_id, method
),

on_account as (
    select
        company_id,
        'unallocated' as method,
        0 as documents,
        count(*) as credits,
        sum(amount) as amount
    from (
        select company_id, abs(unallocated_amount) as amount from payments
        where unallocated_amount <> 0
        union all
        select company_id, abs(open_amount) as amount from invoices
        where open_amount < 0
    ) as unallocated
    group by company_id
),

unioned as (
    select * from by_method
    union all
    select * from on_account
),

methods as (
    select
        unioned.company_id,
        unioned.method,
        cast(unioned.documents as bigint) as documents,
        cast(unioned.credits as bigint) as credits,
        {{ money('unioned.amount') }} as amount,
        {{ ratio('unioned.amount', 'sum(unioned.amount) over (partition by unioned.company_id)') }} as share_of_amount,
        case when unioned.method = 'fifo' then coalesce(cast(capped.credits as bigint), 0) end as credits_beyond_cap
    from unioned
    left join capped
        on unioned.company_id = capped.company_id
)

select * from methods
