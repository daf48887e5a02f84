with

lines as (
    select * from {{ ref('stg_fec__lines') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

opening_years as (
    select distinct
        company_id,
        fiscal_year_start
    from {{ ref('int_ledger__opening_entries') }}
),

-- As the ledger tells them on the as-of day: a year that is not over ends with the month of its last line.
years as (
    select
        lines.company_id,
        lines.fiscal_year_start,
        {{ month_end('max(lines.entry_date)') }} as fiscal_year_end,
        cast(extract(year from max(lines.entry_date)) as integer) as fiscal_year
    from lines
    inner join companies
        on lines.company_id = companies.company_id
    where lines.entry_date <= companies.as_of
    group by lines.company_id, lines.fiscal_year_start
),

followed as (
    select
        *,
        lag(fiscal_year_start) over (partition by company_id order by fiscal_year_start) as previous_year_start,
        lag(fiscal_year_end) over (partition by company_id order by fiscal_year_start) as previous_year_end
    from years
),

numbered as (
    select
        followed.company_id,
        followed.fiscal_year_start,
        followed.fiscal_year_end,
        followed.fiscal_year,
        opening_years.fiscal_year_start is not null as has_openings,
        -- Half a year or more beyond an ordinary year: the year before is missing, as the reader of files counts it.
        followed.previous_year_start is null
        or (
            opening_years.fiscal_year_start is not null
            and {{ month_index('followed.fiscal_year_start') }} - greatest(
                {{ month_index('followed.previous_year_end') }} + 1,
                {{ month_index('followed.previous_year_start') }} + 12
            ) >= {{ var('missing_year_months') }}
        ) as is_first_year,
        followed.previous_year_start
    from followed
    left join opening_years
        on
            followed.company_id = opening_years.company_id
            and followed.fiscal_year_start = opening_years.fiscal_year_start
),

-- A year whose openings are not booked yet continues the one before: its balance needs both.
chained as (
    select
        *,
        max(case when has_openings or is_first_year then fiscal_year_start end) over (
            partition by company_id
            order by fiscal_year_start
            rows between unbounded preceding and current row
        ) as balance_start
    from numbered
)

select * from chained
