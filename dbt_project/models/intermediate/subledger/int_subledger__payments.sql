with

payments as (
    select * from {{ ref('stg_subledger__payments') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

rates as (
    select * from {{ ref('stg_subledger__exchange_rates') }}
),

-- What a payment without a rate of its own is worth: what it settles, and the rest at the same rate.
settled as (
    select
        counter_item_id,
        sum(amount) as amount,
        sum(document_value) as document_value
    from {{ ref('int_subledger__allocations') }}
    where is_payment
    group by counter_item_id
),

valued as (
    select
        payments.*,
        {{ company_value('payments', 'rates') }} as own_value,
        settled.amount as settled_amount,
        settled.document_value as settled_value
    from payments
    inner join companies
        on
            payments.company_id = companies.company_id
            and companies.as_of >= payments.payment_date
    left join rates
        on
            payments.company_id = rates.company_id
            and payments.ledger_name = rates.ledger_name
            and payments.currency = rates.currency
            and payments.payment_date >= rates.rate_date
            and (rates.next_rate_date is null or payments.payment_date < rates.next_rate_date)
    left join settled
        on payments.item_id = settled.counter_item_id
),

joined as (
    select
        company_id,
        ledger_name,
        item_id,
        source_payment_id,
        customer_id,
        customer_name,
        payment_date,
        currency,
        is_company_currency,
        amount,
        coalesce(own_value, {{ share_of('settled_value', 'amount', 'settled_amount') }}) as value,
        own_value is not null as has_own_rate,
        reference,
        matching_number,
        file_name,
        line_number
    from valued
)

select * from joined
