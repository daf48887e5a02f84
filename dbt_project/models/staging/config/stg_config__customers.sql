with

history as (
    select * from {{ ref('stg_config__customer_history') }}
),

companies as (
    select
        company_id,
        as_of
    from {{ ref('stg_config__companies') }}
),

started as (
    select
        history.*,
        coalesce(history.valid_from <= companies.as_of, true) as is_started
    from history
    inner join companies
        on history.company_id = companies.company_id
),

ranked as (
    select
        *,
        row_number() over (
            partition by company_id, customer_id
            order by
                case when is_started then 0 else 1 end asc,
                case when is_started then valid_from end desc nulls last,
                valid_from asc nulls last
        ) as place
    from started
),

-- Who a customer is does not wait for a day; its terms and limit do.
current_rows as (
    select
        company_id,
        customer_id,
        customer_name,
        siren,
        vat_number,
        country_code,
        case when is_started then payment_terms end as payment_terms,
        case when is_started then terms_net_days end as terms_net_days,
        case when is_started then terms_is_end_of_month end as terms_is_end_of_month,
        case when is_started then terms_days_after end as terms_days_after,
        case when is_started then terms_day_of_month end as terms_day_of_month,
        case when is_started then credit_limit end as credit_limit,
        sector_code,
        is_consumer,
        is_group,
        is_insured,
        is_public,
        ledger_customer_id,
        parent_siren
    from ranked
    where place = 1
)

select * from current_rows
