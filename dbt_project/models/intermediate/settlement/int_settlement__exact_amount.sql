with

documents as (
    select * from (
        {{ residuals('debits', before='exact_amount') }}
    ) as left_over
    where not is_bank_line and customer_id <> 'UNIDENTIFIED'
),

credits as (
    select * from (
        {{ residuals('credits', before='exact_amount') }}
    ) as left_over
    where customer_id <> 'UNIDENTIFIED'
),

settled as (
    {{ settle_by_only_amount('documents', 'credits', 'exact_amount') }}
)

select * from settled
