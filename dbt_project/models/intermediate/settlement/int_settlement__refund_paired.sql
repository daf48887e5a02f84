-- Money out pairs with the one open credit of its amount: the roles of the walk are turned round.
with

refunds as (
    select * from (
        {{ residuals('debits', before='refund_paired') }}
    ) as left_over
    where is_bank_line and customer_id <> 'UNIDENTIFIED'
),

credits as (
    select * from (
        {{ residuals('credits', before='refund_paired') }}
    ) as left_over
    where customer_id <> 'UNIDENTIFIED'
),

walked as (
    {{ settle_by_only_amount('credits', 'refunds', 'refund_paired') }}
),

settled as (
    select
        company_id,
        customer_id,
        credit_id as debit_id,
        debit_id as credit_id,
        amount,
        step_name
    from walked
)

select * from settled
