with

accounts as (
    select
        *,
        row_number() over (
            partition by legal_unit_id, closing_date, accounts_kind, known_on
            order by recorded_on desc nulls last, turnover nulls last, net_income nulls last
        ) as occurrence
    from {{ source('companies', 'company_accounts') }}
),

versions as (
    select
        legal_unit_id,
        closing_date,
        accounts_kind,
        confidentiality,
        filing_date,
        recorded_on,
        known_on,
        {{ money('turnover') }} as turnover,
        {{ money('gross_margin') }} as gross_margin,
        {{ money('ebitda') }} as ebitda,
        {{ money('ebit') }} as ebit,
        {{ money('net_income') }} as net_income,
        equity_ratio_pct,
        debt_ratio_pct,
        liquidity_ratio_pct,
        interest_burden_pct,
        ebitda_margin_pct,
        customer_credit_days,
        supplier_credit_days,
        row_number() over (
            partition by legal_unit_id, closing_date, accounts_kind order by known_on nulls first
        ) as version_number
    from accounts
    where occurrence = 1
),

-- Accounts are filed once: what a later version says of them was not known before it, and changes no earlier day.
first_versions as (
    select * from versions
    where version_number = 1
)

select * from first_versions
