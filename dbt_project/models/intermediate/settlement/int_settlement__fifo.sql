with

debits as (
    {{ residuals('debits', before='fifo') }}
),

credits as (
    {{ residuals('credits', before='fifo') }}
),

settled as (
    {{ settle_by_running_total('debits', 'credits', 'fifo') }}
)

select * from settled
