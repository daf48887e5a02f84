{%- set earlier = ['ledger_named', 'ledger_equal', 'ledger_oldest', 'carried_equal'] -%}
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
    {{ settle_by_running_total('debits', 'credits', 'carried_oldest') }}
)

select * from settled
