{#- Shown on the table it guards. -#}
{{ config(meta={'dagster': {'ref': {'name': 'ledger_differences'}}}) }}

-- The differences listed between a sub-ledger and its ledger are the difference of the two balances, to the cent, in total.
with

companies as (
    select
        company_id,
        least(as_of, ledger_as_of) as tie_date
    from {{ ref('stg_config__companies') }}
    where has_fec and has_subledger
),

last_years as (
    select
        companies.company_id,
        max_by(years.balance_start, years.fiscal_year_start) as balance_start
    from companies
    inner join {{ ref('int_ledger__fiscal_years') }} as years
        on
            companies.company_id = years.company_id
            and companies.tie_date >= years.fiscal_year_start
    group by companies.company_id
),

balances as (
    select
        companies.company_id,
        sum(
            case when changes.is_ledger_beside and changes.fiscal_year_start >= last_years.balance_start then changes.amount else 0 end
        ) as ledger_balance,
        sum(case when not changes.is_ledger_beside then changes.amount else 0 end) as subledger_balance
    from companies
    inner join last_years
        on companies.company_id = last_years.company_id
    inner join {{ ref('int_ledger__balance_changes') }} as changes
        on
            companies.company_id = changes.company_id
            and companies.tie_date >= changes.entry_date
    group by companies.company_id
),

listed as (
    select company_id, sum(difference) as difference
    from {{ ref('ledger_differences') }}
    group by company_id
)

select
    balances.*,
    listed.difference
from balances
left join listed
    on balances.company_id = listed.company_id
where balances.subledger_balance - balances.ledger_balance <> coalesce(listed.difference, 0)
