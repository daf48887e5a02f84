{{ config(meta={'key': ['company_id', 'legal_unit_id', 'closing_date', 'accounts_kind']}) }}

with

accounts as (
    select * from {{ ref('int_legal__filed_accounts') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

customer_units as (
    select distinct
        company_id,
        legal_unit_id
    from {{ ref('int_legal__customer_units') }}
),

known as (
    select
        customer_units.company_id,
        accounts.legal_unit_id,
        accounts.closing_date,
        accounts.accounts_kind,
        accounts.confidentiality,
        accounts.known_from,
        accounts.known_from_source,
        accounts.notice_id,
        accounts.turnover,
        accounts.gross_margin,
        accounts.ebitda,
        accounts.ebit,
        accounts.net_income,
        accounts.equity_ratio_pct,
        accounts.debt_ratio_pct,
        accounts.liquidity_ratio_pct,
        accounts.interest_burden_pct,
        accounts.ebitda_margin_pct,
        accounts.customer_credit_days,
        accounts.supplier_credit_days
    from customer_units
    inner join companies
        on customer_units.company_id = companies.company_id
    inner join accounts
        on
            customer_units.legal_unit_id = accounts.legal_unit_id
            and companies.as_of >= accounts.known_from
)

select * from known
