with

customer_months as (
    select * from {{ ref('int_metrics__customer_months') }}
),

customer_units as (
    select * from {{ ref('int_legal__customer_units') }}
),

relatives as (
    select * from {{ ref('int_legal__relatives') }}
),

unit_versions as (
    select * from {{ ref('int_legal__unit_versions') }}
),

accounts as (
    select * from {{ ref('int_legal__filed_accounts') }}
),

notices as (
    select * from {{ ref('int_legal__notices') }}
),

status_periods as (
    select * from {{ ref('int_legal__status_periods') }}
),

months as (
    select
        customer_months.company_id,
        customer_months.customer_id,
        customer_months.month_index,
        customer_months.month_end,
        customer_units.legal_unit_id
    from customer_months
    inner join customer_units
        on
            customer_months.company_id = customer_units.company_id
            and customer_months.customer_id = customer_units.customer_id
),

-- The accounts of the latest year among those that could be read by then; complete ones before the others.
read_accounts as (
    select
        months.company_id,
        months.customer_id,
        months.month_index,
        accounts.*,
        -- Those of the year before, of the same kind.
        lag(accounts.equity_ratio_pct) over (
            partition by months.company_id, months.customer_id, months.month_index, accounts.accounts_kind
            order by accounts.closing_date
        ) as previous_equity_ratio_pct,
        lag(accounts.supplier_credit_days) over (
            partition by months.company_id, months.customer_id, months.month_index, accounts.accounts_kind
            order by accounts.closing_date
        ) as previous_supplier_credit_days,
        row_number() over (
            partition by months.company_id, months.customer_id, months.month_index
            order by
                accounts.closing_date desc,
                case accounts.accounts_kind
                    when 'complete' then 0 when 'simplified' then 1 when 'consolidated' then 2 else 3
                end,
                accounts.accounts_kind
        ) as recency
    from months
    inner join accounts
        on
            months.legal_unit_id = accounts.legal_unit_id
            and months.month_end >= accounts.known_from
),

changes as (
    select
        months.company_id,
        months.customer_id,
        months.month_index,
        count(case when notices.change_kind = 'address' then 1 end) as address_changes,
        count(case when notices.change_kind = 'managers' then 1 end) as manager_changes
    from months
    inner join notices
        on
            months.legal_unit_id = notices.legal_unit_id
            and months.month_end >= notices.publication_date
            and {{ add_days('months.month_end', -365) }} < notices.publication_date
    where notices.change_kind in ('address', 'managers') and notices.notice_type = 'annonce'
    group by months.company_id, months.customer_id, months.month_index
),

troubled as (
    select distinct
        months.company_id,
        months.customer_id,
        months.month_index
    from months
    inner join relatives
        on
            months.company_id = relatives.company_id
            and months.customer_id = relatives.customer_id
    inner join status_periods
        on
            relatives.relative_id = status_periods.legal_unit_id
            and months.month_end >= status_periods.valid_from
            and (status_periods.valid_to is null or months.month_end < status_periods.valid_to)
            and status_periods.is_in_proceedings
),

described as (
    select
        months.company_id,
        months.customer_id,
        months.month_index,
        months.month_end,
        case
            when unit_versions.creation_date <= months.month_end
                then cast(
                    {{ month_index('months.month_end') }} - {{ month_index('unit_versions.creation_date') }} as integer
                )
        end as company_age_months,
        unit_versions.naf_code as naf_code_known,
        unit_versions.size_category as size_category_known,
        unit_versions.headcount_band as headcount_band_known,
        read_accounts.closing_date as accounts_closing_date,
        case
            when read_accounts.closing_date is not null
                then cast(
                    {{ month_index('months.month_end') }} - {{ month_index('read_accounts.closing_date') }} as integer
                )
        end as accounts_age_months,
        read_accounts.confidentiality as accounts_confidentiality,
        read_accounts.turnover as accounts_turnover,
        {{ ratio('read_accounts.net_income', 'read_accounts.turnover') }} as accounts_net_margin,
        read_accounts.equity_ratio_pct as accounts_equity_ratio_pct,
        read_accounts.liquidity_ratio_pct as accounts_liquidity_ratio_pct,
        read_accounts.debt_ratio_pct as accounts_debt_ratio_pct,
        read_accounts.interest_burden_pct as accounts_interest_burden_pct,
        read_accounts.ebitda_margin_pct as accounts_ebitda_margin_pct,
        read_accounts.supplier_credit_days as accounts_supplier_days,
        cast(read_accounts.equity_ratio_pct - read_accounts.previous_equity_ratio_pct as decimal(18, 3))
            as accounts_equity_change_pct,
        cast(read_accounts.supplier_credit_days - read_accounts.previous_supplier_credit_days as decimal(18, 3))
            as accounts_supplier_days_change,
        -- A day on which somebody read or landed them says nothing of when they were filed.
        case
            when read_accounts.known_from_source in ('filing', 'bulletin')
                then {{ days_between('read_accounts.closing_date', 'read_accounts.known_from') }}
        end as accounts_filed_after_days,
        cast(coalesce(changes.address_changes, 0) as bigint) as address_changes_12m,
        cast(coalesce(changes.manager_changes, 0) as bigint) as manager_changes_12m,
        troubled.customer_id is not null as is_group_in_proceedings
    from months
    left join unit_versions
        on
            months.legal_unit_id = unit_versions.legal_unit_id
            and months.month_end >= unit_versions.known_from
            and (unit_versions.known_to is null or months.month_end < unit_versions.known_to)
    left join read_accounts
        on
            months.company_id = read_accounts.company_id
            and months.customer_id = read_accounts.customer_id
            and months.month_index = read_accounts.month_index
            and read_accounts.recency = 1
    left join changes
        on
            months.company_id = changes.company_id
            and months.customer_id = changes.customer_id
            and months.month_index = changes.month_index
    left join troubled
        on
            months.company_id = troubled.company_id
            and months.customer_id = troubled.customer_id
            and months.month_index = troubled.month_index
)

select * from described
