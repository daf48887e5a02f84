with

items as (
    select * from {{ ref('int_ledger__items') }}
    where not is_bank_line
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

customers as (
    select * from {{ ref('stg_config__customer_history') }}
),

moves as (
    select * from {{ ref('int_settlement__moves') }}
),

terms as (
    select
        items.company_id,
        items.item_id,
        items.issue_date,
        items.is_issue_date_known,
        items.is_retention,
        items.document_due_date,
        companies.retention_release_days,
        -- A bill is due at its maturity; one that no bill could have is a slip of the pen.
        case
            when moves.maturity_date between items.issue_date and {{ add_days('items.issue_date', 366) }}
                then moves.maturity_date
        end as maturity_date,
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
            -- The terms of the day of issue: what was agreed later binds later documents.
            and coalesce(items.issue_date >= customers.valid_from, customers.valid_from is null)
            and coalesce(items.issue_date <= customers.valid_to, customers.valid_to is null)
    left join moves
        on items.item_id = moves.item_id
),

dated as (
    select
        company_id,
        item_id,
        case
            when maturity_date is not null then maturity_date
            when document_due_date is not null then document_due_date
            when not is_issue_date_known then null
            -- A retention guarantee is released a year after acceptance (loi 71-584), here taken as issue.
            when is_retention then {{ add_days('issue_date', 'coalesce(retention_release_days, 365)') }}
            else {{ due_date('issue_date', 'net_days', 'is_end_of_month', 'coalesce(days_after, 0)', 'day_of_month') }}
        end as due_date,
        case
            when maturity_date is not null or document_due_date is not null then 'document'
            when not is_issue_date_known then 'unknown'
            when is_retention and retention_release_days is null then 'legal_default'
            when is_retention then 'company_terms'
            when has_customer_terms then 'customer_terms'
            else company_terms_source
        end as due_date_source
    from terms
)

select * from dated
