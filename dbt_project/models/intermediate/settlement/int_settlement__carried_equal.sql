with

debits as (
    select
        *,
        spanning_key as group_key
    from (
        {{ residuals('debits', before='carried_equal') }}
    ) as left_over
    where spanning_key is not null
),

credits as (
    select
        *,
        spanning_key as group_key
    from (
        {{ residuals('credits', before='carried_equal') }}
    ) as left_over
    where spanning_key is not null
),

settled as (
    {{ settle_by_equal_amount('debits', 'credits', 'carried_equal') }}
)

select * from settled
