with

debits as (
    select
        *,
        spanning_key as group_key
    from (
        {{ residuals('debits', before='carried_oldest') }}
    ) as left_over
    where spanning_key is not null
),

credits as (
    select
        *,
        spanning_key as group_key
    from (
        {{ residuals('credits', before='carried_oldest') }}
    ) as left_over
    where spanning_key is not null
),

settled as (
    {{ settle_by_running_total('debits', 'credits', 'carried_oldest') }}
)

select * from settled
