with

companies as (
    select * from {{ ref('stg_config__companies') }}
),

fiscal_years as (
    select * from {{ ref('int_ledger__fiscal_years') }}
),

years as (
    select
        companies.company_id,
        companies.as_of,
        fiscal_years.fiscal_year,
        fiscal_years.fiscal_year_start,
        fiscal_years.fiscal_year_end
    from companies
    inner join fiscal_years
        on
            companies.company_id = fiscal_years.company_id
            and companies.as_of >= fiscal_years.fiscal_year_start
),

-- The last year is cut at the as-of day; a year before it closes on its own last day.
closings as (
    select
        company_id,
        fiscal_year,
        fiscal_year_start,
        least(fiscal_year_end, as_of) as closing_date
    from years

    union

    -- As of a day that no loaded year covers: the last year, some days on.
    select
        company_id,
        max(fiscal_year) as fiscal_year,
        max(fiscal_year_start) as fiscal_year_start,
        as_of as closing_date
    from years
    group by company_id, as_of
),

numbered as (
    select
        closings.company_id,
        cast(row_number() over (
            partition by closings.company_id order by closings.closing_date
        ) as integer) as closing_number,
        closings.closing_date,
        closings.fiscal_year,
        closings.fiscal_year_start,
        coalesce(
            lag(closings.closing_date) over (partition by closings.company_id order by closings.closing_date),
            cast('0001-01-01' as date)
        ) as previous_closing_date,
        closings.closing_date = companies.as_of as is_as_of
    from closings
    inner join companies
        on closings.company_id = companies.company_id
)

select * from numbered
