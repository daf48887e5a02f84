{{ config(meta={'key': ['company_id', 'closing_date']}) }}

with

closings as (
    select * from {{ ref('int_provisions__closings') }}
),

schedule as (
    select * from {{ ref('rpt_tax_provision') }}
),

years as (
    select * from {{ ref('int_ledger__fiscal_years') }}
),

opening_entries as (
    select * from {{ ref('int_ledger__opening_entries') }}
),

lines as (
    select
        company_id,
        fiscal_year_start,
        entry_id,
        entry_date,
        account_number,
        credit - debit as amount
    from {{ ref('stg_fec__lines') }}
    where account_number like '491%' or account_number like '68%' or account_number like '78%'
),

proposals as (
    select
        company_id,
        closing_date,
        count(*) as receivables,
        sum(open_amount) as open_amount,
        sum(base_amount) as base_amount,
        sum(case when is_vat_known then 0 else base_amount end) as vat_unknown_amount,
        sum(proposed_provision) as proposed_provision
    from schedule
    group by company_id, closing_date
),

-- The balance restarts with each year that has openings of its own.
balances as (
    select
        closings.company_id,
        closings.closing_date,
        sum(lines.amount) as amount
    from closings
    inner join years
        on
            closings.company_id = years.company_id
            and closings.fiscal_year_start = years.fiscal_year_start
    inner join lines
        on
            closings.company_id = lines.company_id
            and years.balance_start <= lines.fiscal_year_start
            and closings.fiscal_year_start >= lines.fiscal_year_start
            and closings.closing_date >= lines.entry_date
    where lines.account_number like '491%'
    group by closings.company_id, closings.closing_date
),

-- Charges and reversals are those of entries that touch 491: 6817 and 7817 hold stocks too.
provision_entries as (
    select distinct lines.entry_id
    from lines
    left join opening_entries
        on lines.entry_id = opening_entries.entry_id
    where lines.account_number like '491%' and opening_entries.entry_id is null
),

flows as (
    select
        closings.company_id,
        closings.closing_date,
        sum(case when lines.account_number like '68%' then -lines.amount else 0 end) as charged,
        sum(case when lines.account_number like '78%' then lines.amount else 0 end) as reversed
    from closings
    inner join lines
        on
            closings.company_id = lines.company_id
            and closings.fiscal_year_start = lines.fiscal_year_start
            and closings.closing_date >= lines.entry_date
    inner join provision_entries
        on lines.entry_id = provision_entries.entry_id
    group by closings.company_id, closings.closing_date
),

summary as (
    select
        closings.company_id,
        closings.closing_date,
        closings.fiscal_year,
        closings.is_as_of,
        cast(coalesce(proposals.receivables, 0) as bigint) as receivables,
        {{ money('coalesce(proposals.open_amount, 0)') }} as open_amount,
        {{ money('coalesce(proposals.base_amount, 0)') }} as base_amount,
        {{ money('coalesce(proposals.vat_unknown_amount, 0)') }} as vat_unknown_amount,
        {{ money('coalesce(proposals.proposed_provision, 0)') }} as proposed_provision,
        {{ money('coalesce(balances.amount, 0)') }} as ledger_provision,
        {{ money('coalesce(flows.charged, 0)') }} as ledger_charge,
        {{ money('coalesce(flows.reversed, 0)') }} as ledger_reversal,
        {{ money('coalesce(proposals.proposed_provision, 0) - coalesce(balances.amount, 0)') }} as difference
    from closings
    left join proposals
        on
            closings.company_id = proposals.company_id
            and closings.closing_date = proposals.closing_date
    left join balances
        on
            closings.company_id = balances.company_id
            and closings.closing_date = balances.closing_date
    left join flows
        on
            closings.company_id = flows.company_id
            and closings.closing_date = flows.closing_date
)

select * from summary
