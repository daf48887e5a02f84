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

-- As the ledger tells them on the as-of day: a year that is not over ends with the month of its last line. A
-- sub-ledger goes on after it, to the end of the twelfth month at most.
ledger_years as (
    select
        lines.company_id,
        lines.fiscal_year_start,
        {{ month_index('max(lines.entry_date)') }} as last_index,
        row_number() over (partition by lines.company_id order by lines.fiscal_year_start desc) = 1 as is_last,
        companies.has_subledger,
        companies.as_of
    from lines
    inner join companies
        on lines.company_id = companies.company_id
    where lines.entry_date <= companies.as_of
    group by lines.company_id, lines.fiscal_year_start, companies.has_subledger, companies.as_of
),

known_years as (
    select
        company_id,
        {{ month_index('fiscal_year_start') }} as first_index,
        case
            when is_last and has_subledger
                then greatest(
                    last_index,
                    least({{ month_index('fiscal_year_start') }} + 11, {{ month_index('as_of') }})
                )
            else last_index
        end as last_index
    from ledger_years
),

known_span as (
    select
        company_id,
        min(first_index) as first_index,
        max(last_index) as last_index
    from known_years
    group by company_id
),

first_documents as (
    select
        company_id,
        {{ month_index('min(entry_date)') }} as first_index
    from (
        select company_id, entry_date from {{ ref('int_subledger__documents') }}
        union all
        select company_id, payment_date as entry_date from {{ ref('int_subledger__payments') }}
        union all
        select company_id, payment_date as entry_date from {{ ref('int_subledger__stated_payments') }}
    ) as movements
    group by company_id
),

-- Where no ledger tells the years of a sub-ledger's documents, each lasts twelve months to the configured end.
spans as (
    select
        first_documents.company_id,
        known_span.first_index - 12 as last_start_before,
        cast(ceil((known_span.first_index - first_documents.first_index) / 12.0) as integer) as years_before,
        coalesce(
            known_span.last_index + 1,
            first_documents.first_index
            - (first_documents.first_index - cast(substr(companies.fiscal_year_end, 1, 2) as integer)) % 12
        ) as first_start_after,
        {{ month_index('companies.as_of') }} as as_of_index
    from first_documents
    inner join companies
        on first_documents.company_id = companies.company_id
    left join known_span
        on first_documents.company_id = known_span.company_id
),

years_before as (
    select
        company_id,
        last_start_before,
        {{ explode_range('0', 'years_before - 1') }} as years_back
    from spans
),

years_after as (
    select
        company_id,
        first_start_after,
        as_of_index,
        {{ explode_range('0', 'cast(floor((as_of_index - first_start_after) / 12.0) as integer)') }} as years_on
    from spans
),

all_years as (
    select company_id, first_index, last_index, false as is_before_ledger from known_years
    union all
    select
        company_id,
        last_start_before - 12 * years_back as first_index,
        last_start_before - 12 * years_back + 11 as last_index,
        true as is_before_ledger
    from years_before
    union all
    select
        company_id,
        first_start_after + 12 * years_on as first_index,
        least(first_start_after + 12 * years_on + 11, as_of_index) as last_index,
        false as is_before_ledger
    from years_after
),

-- A ledger's year may start within a month: its own first day is kept.
years as (
    select
        all_years.company_id,
        all_years.is_before_ledger,
        coalesce(ledger_years.fiscal_year_start, {{ month_start_of_index('all_years.first_index') }})
            as fiscal_year_start,
        {{ month_end(month_start_of_index('all_years.last_index')) }} as fiscal_year_end,
        cast(extract(year from {{ month_start_of_index('all_years.last_index') }}) as integer) as fiscal_year
    from all_years
    left join ledger_years
        on
            all_years.company_id = ledger_years.company_id
            and all_years.first_index = {{ month_index('ledger_years.fiscal_year_start') }}
),

-- Years before the ledger's first bring nothing forward into it.
followed as (
    select
        *,
        lag(fiscal_year_start) over in_books as previous_year_start,
        lag(fiscal_year_end) over in_books as previous_year_end
    from years
    window in_books as (partition by company_id, is_before_ledger order by fiscal_year_start)
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
