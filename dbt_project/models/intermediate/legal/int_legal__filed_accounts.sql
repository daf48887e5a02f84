with

accounts as (
    select * from {{ ref('stg_companies__accounts') }}
),

-- The bulletin tells that accounts were filed, and when, even where they are confidential.
deposits as (
    select
        legal_unit_id,
        accounts_closing_date as closing_date,
        min(publication_date) as publication_date,
        min_by(notice_id, cast(publication_date as varchar(10)) || notice_id) as notice_id,
        bool_or(coalesce(is_confidential, false)) as is_confidential
    from {{ ref('int_legal__notices') }}
    where
        change_kind = 'accounts_filed'
        and accounts_closing_date is not null
        and notice_type <> 'annulation'
    group by legal_unit_id, accounts_closing_date
),

joined as (
    select
        coalesce(accounts.legal_unit_id, deposits.legal_unit_id) as legal_unit_id,
        coalesce(accounts.closing_date, deposits.closing_date) as closing_date,
        coalesce(accounts.accounts_kind, 'unknown') as accounts_kind,
        coalesce(
            accounts.confidentiality, case when deposits.is_confidential then 'confidential' else 'unknown' end
        ) as confidentiality,
        -- The day on which everybody could read them. Where no source tells it, the last day of the law: six months
        -- to approve the accounts, two to file them (art. L225-100, L232-21 to L232-23 code de commerce).
        coalesce(
            accounts.filing_date,
            deposits.publication_date,
            accounts.recorded_on,
            accounts.known_on,
            {{ add_months_to('accounts.closing_date', 8) }}
        ) as known_from,
        case
            when accounts.filing_date is not null then 'filing'
            when deposits.publication_date is not null then 'bulletin'
            when accounts.recorded_on is not null then 'recorded'
            when accounts.known_on is not null then 'landed'
            else 'assumed'
        end as known_from_source,
        deposits.notice_id,
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
    from accounts
    full outer join deposits
        on
            accounts.legal_unit_id = deposits.legal_unit_id
            and accounts.closing_date = deposits.closing_date
)

select * from joined
