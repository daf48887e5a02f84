{%- set earlier = [
    'ledger_named', 'ledger_equal', 'ledger_oldest', 'carried_equal', 'carried_oldest', 'reference', 'refund_paired',
    'exact_amount',
] -%}
with

debits as (
    select
        *,
        customer_key as group_key
    from (
        {{ residuals('debits', earlier) }}
    ) as left_over
),

credits as (
    select
        *,
        customer_key as group_key
    from (
        {{ residuals('credits', earlier) }}
    ) as left_over
),

settled as (
    {{ settle_by_running_total('debits', 'credits', 'fifo') }}
)

select * from settled
