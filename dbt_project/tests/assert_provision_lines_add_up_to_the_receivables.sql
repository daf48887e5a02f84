{#- Shown on the table it guards. -#}
{{ config(meta={'dagster': {'ref': {'name': 'rpt_expected_credit_loss_history'}}}) }}

-- At every closing the lines of the provision, and the rows of the exposure table, add up to the balance of
-- the receivables summed from the accounts, or the sub-ledger, alone; the as-of lines are those of the history.
with

closings as (
    select * from {{ ref('int_provisions__closings') }}
),

-- The balance restarts with each year that has openings of its own.
years as (
    select company_id, fiscal_year_start, balance_start, not has_subledger as restarts
    from {{ ref('int_ledger__fiscal_years') }}
    inner join {{ ref('stg_config__companies') }} using (company_id)
),

ledger as (
    select
        closings.company_id,
        closings.closing_date,
        sum(changes.amount) as balance
    from closings
    inner join years
        on
            closings.company_id = years.company_id
            and closings.fiscal_year_start = years.fiscal_year_start
    inner join {{ ref('int_ledger__balance_changes') }} as changes
        on
            closings.company_id = changes.company_id
            and not changes.is_ledger_beside
            and closings.closing_date >= changes.entry_date
            and (
                not years.restarts
                or changes.fiscal_year_start between years.balance_start and closings.fiscal_year_start
            )
    group by closings.company_id, closings.closing_date
),

provision as (
    select company_id, closing_date, sum(gross_amount) as gross_amount, sum(expected_loss) as expected_loss
    from {{ ref('rpt_expected_credit_loss_history') }}
    group by company_id, closing_date
),

as_of_lines as (
    select company_id, closing_date, sum(gross_amount) as gross_amount, sum(expected_loss) as expected_loss
    from {{ ref('rpt_expected_credit_loss') }}
    group by company_id, closing_date
),

exposure as (
    select company_id, closing_date, sum(gross_amount) as gross_amount, sum(loss_allowance) as expected_loss
    from {{ ref('rpt_credit_risk_exposure') }}
    group by company_id, closing_date
)

select
    closings.company_id,
    closings.closing_date,
    ledger.balance,
    provision.gross_amount,
    exposure.gross_amount as exposure_gross_amount,
    provision.expected_loss,
    exposure.expected_loss as exposure_loss_allowance
from closings
left join ledger
    on closings.company_id = ledger.company_id and closings.closing_date = ledger.closing_date
left join provision
    on closings.company_id = provision.company_id and closings.closing_date = provision.closing_date
left join exposure
    on closings.company_id = exposure.company_id and closings.closing_date = exposure.closing_date
left join as_of_lines
    on closings.company_id = as_of_lines.company_id and closings.closing_date = as_of_lines.closing_date
where
    coalesce(ledger.balance, 0) <> coalesce(provision.gross_amount, 0)
    or coalesce(ledger.balance, 0) <> coalesce(exposure.gross_amount, 0)
    or provision.expected_loss <> exposure.expected_loss
    or (closings.is_as_of and (
        as_of_lines.gross_amount is distinct from provision.gross_amount
        or as_of_lines.expected_loss is distinct from provision.expected_loss
    ))
