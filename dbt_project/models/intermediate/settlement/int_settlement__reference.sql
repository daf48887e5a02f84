{%- set earlier = ['ledger_named', 'ledger_equal', 'ledger_oldest', 'carried_equal', 'carried_oldest'] -%}
with

debits as (
    {{ residuals('debits', earlier) }}
),

credits as (
    {{ residuals('credits', earlier) }}
),

pairs as (
    select * from {{ ref('int_settlement__references') }}
),

settled as (
    {{ settle_by_name('debits', 'credits', 'pairs', 'reference') }}
)

select * from settled
