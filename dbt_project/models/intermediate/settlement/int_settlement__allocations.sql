{%- set steps = settlement_steps() -%}
with

settled as (
    {%- for step in steps %}
    select * from {{ ref('int_settlement__' ~ step) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

items as (
    select * from {{ ref('int_ledger__items') }}
),

methods as (
    select * from {{ ref('settlement_methods') }}
),

dated as (
    select
        settled.company_id,
        settled.customer_id,
        settled.debit_id,
        settled.credit_id,
        debit.is_bank_line as is_debit_bank_line,
        credit.is_bank_line as is_credit_bank_line,
        credit.line_type as credit_line_type,
        -- Nothing is settled before both sides exist.
        greatest(debit.entry_date, credit.entry_date) as allocation_date,
        settled.amount,
        settled.step_name,
        methods.method,
        methods.confidence
    from settled
    inner join items as debit
        on settled.debit_id = debit.item_id
    inner join items as credit
        on settled.credit_id = credit.item_id
    inner join methods
        on settled.step_name = methods.step_name
)

select * from dated
