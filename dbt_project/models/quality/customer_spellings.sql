{{ config(meta={'key': ['company_id', 'normal_form', 'customer_spelling']}) }}

with

customer_ids as (
    select * from {{ ref('int_ledger__customer_ids') }}
),

years as (
    select * from {{ ref('int_ledger__fiscal_years') }}
),

spellings as (
    select
        customer_ids.company_id,
        customer_ids.normal_form,
        customer_ids.customer_spelling,
        customer_ids.customer_id,
        customer_ids.is_merged,
        first_years.fiscal_year as first_fiscal_year,
        last_years.fiscal_year as last_fiscal_year,
        cast(customer_ids.line_count as bigint) as line_count
    from customer_ids
    inner join years as first_years
        on
            customer_ids.company_id = first_years.company_id
            and customer_ids.first_year_start = first_years.fiscal_year_start
    inner join years as last_years
        on
            customer_ids.company_id = last_years.company_id
            and customer_ids.last_year_start = last_years.fiscal_year_start
    where customer_ids.spelling_count > 1
)

select * from spellings
