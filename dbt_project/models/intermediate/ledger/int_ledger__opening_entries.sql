with

lines as (
    select * from {{ ref('stg_fec__lines') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

-- Only entries that can be openings are looked at: those of an opening journal, those touching account 89, and
-- those of the year's first day.
candidates as (
    select
        lines.company_id,
        lines.fiscal_year_start,
        lines.entry_id,
        lines.account_number,
        instr(companies.opening_journals, ',' || lines.journal_code || ',') > 0 as is_opening_journal,
        lines.account_number like '89%' as is_opening_account,
        lines.entry_date = lines.fiscal_year_start as is_first_day
    from lines
    inner join companies
        on lines.company_id = companies.company_id
    where
        lines.entry_date <= companies.as_of
        and (
            lines.entry_date = lines.fiscal_year_start
            or lines.account_number like '89%'
            or instr(companies.opening_journals, ',' || lines.journal_code || ',') > 0
        )
),

entries as (
    select
        company_id,
        fiscal_year_start,
        entry_id,
        bool_or(is_opening_journal) as is_opening_journal,
        bool_or(is_opening_account) as is_opening_account,
        bool_and(is_first_day) as is_first_day,
        count(distinct account_number) as account_count,
        count(distinct substr(account_number, 1, 1)) as class_count,
        bool_or(substr(account_number, 1, 1) not in ('1', '2', '3', '4', '5')) as has_result_account
    from candidates
    group by company_id, fiscal_year_start, entry_id
),

openings as (
    select
        company_id,
        fiscal_year_start,
        entry_id
    from entries
    where
        is_opening_journal
        or is_opening_account
        -- Many balance-sheet accounts at once on the first day of the year: an opening in an ordinary journal.
        or (is_first_day and not has_result_account and account_count >= 5 and class_count >= 3)
)

select * from openings
