with

debits as (
    {{ residuals('debits', before='reference') }}
),

credits as (
    {{ residuals('credits', before='reference') }}
),

pairs as (
    select * from {{ ref('int_settlement__references') }}
),

settled as (
    {{ settle_by_name('debits', 'credits', 'pairs', 'reference') }}
)

select * from settled
