with

entry_lines as (
    select * from {{ ref('int_ledger__entry_lines') }}
    where is_receivable
),

customers_file as (
    select distinct
        company_id,
        customer_id
    from {{ ref('stg_config__customers') }}
),

spellings as (
    select
        company_id,
        customer_spelling,
        min(fiscal_year_start) as first_year_start,
        max(fiscal_year_start) as last_year_start,
        count(*) as line_count
    from entry_lines
    group by company_id, customer_spelling
),

normalised as (
    select
        *,
        {{ normal_customer('customer_spelling') }} as normal_form
    from spellings
),

described as (
    select
        normalised.*,
        customers_file.customer_id is not null as is_in_customers_file,
        count(*) over of_form as spelling_count,
        count(customers_file.customer_id) over of_form as spellings_in_customers_file,
        -- The year in which the spelling before this one was last used.
        max(normalised.last_year_start) over (
            partition by normalised.company_id, normalised.normal_form
            order by normalised.first_year_start, normalised.last_year_start, normalised.customer_spelling
            rows between unbounded preceding and 1 preceding
        ) as previous_last_year_start
    from normalised
    left join customers_file
        on
            normalised.company_id = customers_file.company_id
            and normalised.customer_spelling = customers_file.customer_id
    window of_form as (partition by normalised.company_id, normalised.normal_form)
),

-- A spelling that changed from one year to the next is one customer. Two spellings in one year, or in the customers'
-- file, may be two: they stay apart, and are reported.
judged as (
    select
        *,
        spelling_count > 1
        and spellings_in_customers_file <= 1
        and not bool_or(coalesce(previous_last_year_start >= first_year_start, false)) over (
            partition by company_id, normal_form
        ) as is_merged
    from described
),

chosen as (
    select
        company_id,
        customer_spelling,
        case
            when not is_merged then customer_spelling
            else first_value(customer_spelling) over (
                partition by company_id, normal_form
                order by
                    case when is_in_customers_file then 0 else 1 end,
                    last_year_start desc,
                    customer_spelling
            )
        end as customer_id,
        normal_form,
        spelling_count,
        is_merged,
        first_year_start,
        last_year_start,
        line_count
    from judged
)

select * from chosen
