{%- set earlier = [
    'ledger_named', 'ledger_equal', 'ledger_oldest', 'carried_equal', 'carried_oldest', 'reference', 'refund_paired',
] -%}
with

documents as (
    select
        *,
        customer_key as group_key
    from (
        {{ residuals('debits', earlier) }}
    ) as left_over
    where not is_bank_line and customer_id <> 'UNIDENTIFIED'
),

credits as (
    select
        *,
        customer_key as group_key
    from (
        {{ residuals('credits', earlier) }}
    ) as left_over
    where customer_id <> 'UNIDENTIFIED'
),

settled as (
    {{ settle_by_only_amount('documents', 'credits', 'exact_amount') }}
)

select * from settled
