{%- set earlier = ['ledger_named', 'ledger_equal', 'ledger_oldest'] -%}
with

debits as (
    select
        *,
        coalesce(carried_key, lettering_key) as group_key
    from (
        {{ residuals('debits', earlier) }}
    ) as left_over
    where coalesce(carried_key, lettering_key) is not null
),

credits as (
    select
        *,
        coalesce(carried_key, lettering_key) as group_key
    from (
        {{ residuals('credits', earlier) }}
    ) as left_over
    where coalesce(carried_key, lettering_key) is not null
),

settled as (
    {{ settle_by_equal_amount('debits', 'credits', 'carried_equal') }}
)

select * from settled
