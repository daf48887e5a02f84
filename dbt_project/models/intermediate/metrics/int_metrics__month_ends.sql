with

companies as (
    select * from {{ ref('stg_config__companies') }}
),

-- A sub-ledger tells the facts where there is one; else every line of the ledger does, receivable or not.
first_days as (
    select
        lines.company_id,
        min(lines.entry_date) as first_day
    from {{ ref('stg_fec__lines') }} as lines
    inner join companies
        on lines.company_id = companies.company_id
    where not companies.has_subledger and lines.entry_date <= companies.as_of
    group by lines.company_id

    union all

    select
        company_id,
        min(entry_date) as first_day
    from {{ ref('int_subledger__items') }}
    group by company_id
),

ledger_starts as (
    select
        companies.company_id,
        companies.as_of,
        {{ month_index('first_days.first_day') }} as first_month_index,
        {{ month_index('companies.as_of') }} as last_month_index
    from companies
    inner join first_days
        on companies.company_id = first_days.company_id
),

months as (
    select
        company_id,
        as_of,
        first_month_index,
        last_month_index,
        {{ explode_range('first_month_index', 'last_month_index') }} as month_index
    from ledger_starts
),

dated as (
    select
        company_id,
        as_of,
        first_month_index,
        last_month_index,
        cast(month_index as integer) as month_index,
        {{ month_start_of_index('month_index') }} as month_start
    from months
),

-- A month not yet over on the as-of day ends that day: the last row is then no month end.
month_ends as (
    select
        company_id,
        month_index,
        month_start,
        least({{ month_end('month_start') }}, as_of) as month_end,
        {{ month_end('month_start') }} <= as_of as is_month_end,
        first_month_index,
        last_month_index,
        as_of
    from dated
),

with_days as (
    select
        *,
        cast(extract(day from month_end) as integer) as month_days
    from month_ends
)

select * from with_days
