with

years as (
    select * from {{ ref('int_ledger__fiscal_years') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

rules as (
    select * from {{ ref('stg_statutory__rules') }}
),

lines as (
    select * from {{ ref('stg_fec__lines') }}
    where account_number like '70%' or account_number like '4457%'
),

begun as (
    select
        years.company_id,
        years.fiscal_year,
        years.fiscal_year_start,
        years.fiscal_year_end,
        companies.as_of,
        rules.tax_basis,
        -- A last year of less than twelve months may go on: the ledger does not say.
        {{ month_index('years.fiscal_year_end') }} - {{ month_index('years.fiscal_year_start') }} < 11
        and row_number() over (
            partition by years.company_id order by years.fiscal_year_start desc
        ) = 1 as may_go_on
    from years
    inner join companies
        on years.company_id = companies.company_id
    inner join rules
        on years.company_id = rules.company_id
    where years.fiscal_year_start <= companies.as_of
),

-- A year that goes on is drawn up for the as-of day, at most for the end of its twelfth month.
closed as (
    select
        company_id,
        fiscal_year,
        fiscal_year_start,
        fiscal_year_end,
        least(
            as_of,
            case
                when may_go_on then {{ month_end(add_months_to('fiscal_year_start', 11)) }}
                else fiscal_year_end
            end
        ) as closing_date,
        may_go_on or as_of < fiscal_year_end as is_provisional,
        tax_basis
    from begun
),

entries as (
    select
        lines.company_id,
        lines.fiscal_year_start,
        lines.entry_id,
        sum(case when lines.account_number like '70%' then lines.credit - lines.debit else 0 end) as turnover,
        sum(case when lines.account_number like '4457%' then lines.credit - lines.debit else 0 end) as vat
    from lines
    inner join closed
        on
            lines.company_id = closed.company_id
            and lines.fiscal_year_start = closed.fiscal_year_start
            and lines.entry_date <= closed.closing_date
    group by lines.company_id, lines.fiscal_year_start, lines.entry_id
    -- The VAT of sales: not that of its declaration.
    having max(case when lines.account_number like '70%' then 1 else 0 end) = 1
),

ledger_turnover as (
    select
        company_id,
        fiscal_year_start,
        sum(turnover) as excluding_vat,
        sum(vat) as vat
    from entries
    group by company_id, fiscal_year_start
),

-- A year that no ledger covers: what the sub-ledger billed; a document that does not tell its tax is taken whole, here
-- and where it is late.
billed as (
    select
        documents.company_id,
        closed.fiscal_year_start,
        sum(documents.value - coalesce(documents.vat_value, 0)) as excluding_vat,
        sum(coalesce(documents.vat_value, 0)) as vat
    from {{ ref('int_subledger__documents') }} as documents
    inner join closed
        on
            documents.company_id = closed.company_id
            and documents.entry_date between closed.fiscal_year_start and closed.closing_date
    where documents.document_type in ('invoice', 'credit_note', 'deposit')
    group by documents.company_id, closed.fiscal_year_start
),

turnover as (
    select
        coalesce(ledger_turnover.company_id, billed.company_id) as company_id,
        coalesce(ledger_turnover.fiscal_year_start, billed.fiscal_year_start) as fiscal_year_start,
        coalesce(ledger_turnover.excluding_vat, billed.excluding_vat) as excluding_vat,
        coalesce(ledger_turnover.vat, billed.vat) as vat
    from ledger_turnover
    full outer join billed
        on
            ledger_turnover.company_id = billed.company_id
            and ledger_turnover.fiscal_year_start = billed.fiscal_year_start
),

joined as (
    select
        closed.*,
        {{ money('coalesce(turnover.excluding_vat, 0)') }} as turnover_excluding_vat,
        {{ money('coalesce(turnover.vat, 0)') }} as turnover_vat
    from closed
    left join turnover
        on
            closed.company_id = turnover.company_id
            and closed.fiscal_year_start = turnover.fiscal_year_start
)

select * from joined
