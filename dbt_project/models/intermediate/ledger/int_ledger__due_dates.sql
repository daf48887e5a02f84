with

items as (
    select * from {{ ref('int_ledger__items') }}
    where not is_bank_line
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

customers as (
    select * from {{ ref('stg_config__customers') }}
),

terms as (
    select
        items.company_id,
        items.item_id,
        items.issue_date,
        items.is_issue_date_known,
        coalesce(customers.terms_net_days is not null, false) as has_customer_terms,
        companies.terms_source as company_terms_source,
        case when customers.terms_net_days is not null then customers.terms_net_days else companies.terms_net_days end
            as net_days,
        case
            when customers.terms_net_days is not null then customers.terms_is_end_of_month
            else companies.terms_is_end_of_month
        end as is_end_of_month,
        case
            when customers.terms_net_days is not null then customers.terms_days_after
            else companies.terms_days_after
        end as days_after,
        case
            when customers.terms_net_days is not null then customers.terms_day_of_month
            else companies.terms_day_of_month
        end as day_of_month
    from items
    inner join companies
        on items.company_id = companies.company_id
    left join customers
        on
            items.company_id = customers.company_id
            and items.customer_id = customers.customer_id
),

dated as (
    select
        company_id,
        item_id,
        case
            when is_issue_date_known
                then {{ due_date('issue_date', 'net_days', 'is_end_of_month', 'coalesce(days_after, 0)', 'day_of_month') }}
        end as due_date,
        case
            when not is_issue_date_known then 'unknown'
            when has_customer_terms then 'customer_terms'
            else company_terms_source
        end as due_date_source
    from terms
)

select * from dated
