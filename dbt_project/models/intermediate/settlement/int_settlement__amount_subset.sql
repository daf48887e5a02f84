with

documents as (
    select * from (
        {{ residuals('debits', before='amount_subset') }}
    ) as left_over
    where not is_bank_line and customer_id <> 'UNIDENTIFIED'
),

credits as (
    select * from (
        {{ residuals('credits', before='amount_subset') }}
    ) as left_over
    where customer_id <> 'UNIDENTIFIED'
),

settled as (
    {{ settle_by_subset('documents', 'credits', 'amount_subset') }}
)

select * from settled
