with

debits as (
    select
        *,
        customer_key as group_key
    from (
        {{ residuals('debits', before='fifo') }}
    ) as left_over
),

credits as (
    select
        *,
        customer_key as group_key
    from (
        {{ residuals('credits', before='fifo') }}
    ) as left_over
),

settled as (
    {{ settle_by_running_total('debits', 'credits', 'fifo') }}
)

select * from settled
