with

events as (
    select * from {{ ref('int_metrics__receivable_events') }}
),

open_items as (
    select * from {{ ref('int_metrics__open_items_monthly') }}
),

payment_windows as (
    select * from {{ ref('int_metrics__payment_windows') }}
),

financed as (
    select * from {{ ref('int_metrics__financed_monthly') }}
),

month_ends as (
    select * from {{ ref('int_metrics__month_ends') }}
),

active_months as (
    select distinct
        company_id,
        customer_id,
        month_index
    from events
),

spans as (
    select
        company_id,
        customer_id,
        month_index as first_index,
        -- Two years after its last movement a customer with nothing open is no longer followed.
        least(
            month_index + 24,
            coalesce(
                lead(month_index) over (partition by company_id, customer_id order by month_index) - 1,
                month_index + 24
            )
        ) as last_index
    from active_months
),

followed as (
    select
        company_id,
        customer_id,
        cast({{ explode_range('first_index', 'last_index') }} as integer) as month_index
    from spans
),

all_months as (
    select company_id, customer_id, month_index from followed
    union
    select company_id, customer_id, month_index from open_items
    union
    -- A discounted bill is paid at its maturity, an assigned document owed until it falls due: long after, maybe.
    select company_id, customer_id, month_index from payment_windows
    union
    select company_id, customer_id, month_index from financed
),

customer_months as (
    select
        all_months.company_id,
        all_months.customer_id,
        month_ends.month_index,
        month_ends.month_end,
        month_ends.is_month_end,
        month_ends.first_month_index
    from all_months
    inner join month_ends
        on
            all_months.company_id = month_ends.company_id
            and all_months.month_index = month_ends.month_index
)

select * from customer_months
