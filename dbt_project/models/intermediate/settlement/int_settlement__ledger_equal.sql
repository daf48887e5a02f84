{%- set earlier = ['ledger_named'] -%}
with

debits as (
    select
        *,
        lettering_key as group_key
    from (
        {{ residuals('debits', earlier) }}
    ) as left_over
    where lettering_key is not null
),

credits as (
    select
        *,
        lettering_key as group_key
    from (
        {{ residuals('credits', earlier) }}
    ) as left_over
    where lettering_key is not null
),

settled as (
    {{ settle_by_equal_amount('debits', 'credits', 'ledger_equal') }}
)

select * from settled
