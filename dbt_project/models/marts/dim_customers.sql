{{ config(meta={'key': ['company_id', 'customer_id']}) }}

with

receivable_lines as (
    select * from {{ ref('int_ledger__receivable_lines') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

customers_file as (
    select * from {{ ref('stg_config__customers') }}
),

legal_units as (
    select * from {{ ref('int_legal__units') }}
),

customer_units as (
    select * from {{ ref('int_legal__customer_units') }}
),

groups as (
    select * from {{ ref('int_legal__group_members') }}
),

legal_statuses as (
    select * from {{ ref('int_customer_legal_status') }}
),

restricted_customers as (
    select * from {{ ref('stg_config__restricted_customers') }}
),

-- Their latest spelling of the name.
names as (
    select
        receivable_lines.company_id,
        receivable_lines.customer_id,
        receivable_lines.entry_date,
        receivable_lines.line_id,
        coalesce(
            receivable_lines.auxiliary_label,
            case when receivable_lines.customer_id <> 'UNIDENTIFIED' then receivable_lines.account_label end
        ) as customer_name
    from receivable_lines
    inner join companies
        on receivable_lines.company_id = companies.company_id
    where not companies.has_subledger

    union all

    select company_id, customer_id, entry_date, item_id as line_id, customer_name
    from {{ ref('int_subledger__documents') }}

    union all

    select company_id, customer_id, payment_date as entry_date, item_id as line_id, customer_name
    from {{ ref('int_subledger__payments') }}
),

ledger_names as (
    select
        company_id,
        customer_id,
        max_by(customer_name, cast(entry_date as varchar(10)) || line_id) filter (where customer_name is not null)
            as customer_name
    from names
    group by company_id, customer_id
),

billing as (
    select
        company_id,
        customer_id,
        min(entry_date) as first_invoice_date,
        max(entry_date) as last_invoice_date
    from invoices
    where document_type in ('invoice', 'deposit')
    group by company_id, customer_id
),

joined as (
    select
        ledger_names.company_id,
        ledger_names.customer_id,
        coalesce(customers_file.customer_name, ledger_names.customer_name, ledger_names.customer_id) as customer_name,
        customer_units.siren,
        coalesce(customers_file.country_code, legal_units.country_code) as country_code,
        coalesce(legal_units.naf_code, customers_file.sector_code) as sector_code,
        case
            when customers_file.terms_net_days is not null then customers_file.payment_terms
            else companies.terms_text
        end as payment_terms,
        case
            when customers_file.terms_net_days is not null then 'customer_terms'
            else companies.terms_source
        end as payment_terms_source,
        customers_file.credit_limit,
        legal_units.is_sole_trader,
        billing.first_invoice_date,
        billing.last_invoice_date,
        coalesce(legal_statuses.legal_status, 'unknown') as legal_status,
        legal_units.size_category,
        customers_file.customer_id is not null as is_in_customers_file,
        legal_units.creation_date,
        customer_units.legal_unit_id,
        customer_units.establishment_id,
        customer_units.method as identity_method,
        customer_units.score as identity_score,
        legal_units.legal_name,
        legal_units.is_diffusible,
        groups.parent_id,
        groups.group_id,
        coalesce(customers_file.is_consumer, false) as is_consumer,
        restricted_customers.customer_hash is not null as is_restricted,
        coalesce(legal_units.is_sole_trader, false)
        or coalesce(customers_file.is_consumer, false)
        or coalesce(not legal_units.is_diffusible, false)
        or restricted_customers.customer_hash is not null as is_person
    from ledger_names
    inner join companies
        on ledger_names.company_id = companies.company_id
    left join customers_file
        on
            ledger_names.company_id = customers_file.company_id
            and ledger_names.customer_id = customers_file.customer_id
    left join customer_units
        on
            ledger_names.company_id = customer_units.company_id
            and ledger_names.customer_id = customer_units.customer_id
    left join legal_units
        on
            customer_units.company_id = legal_units.company_id
            and customer_units.legal_unit_id = legal_units.legal_unit_id
    left join groups
        on
            ledger_names.company_id = groups.company_id
            and ledger_names.customer_id = groups.customer_id
    left join legal_statuses
        on
            ledger_names.company_id = legal_statuses.company_id
            and ledger_names.customer_id = legal_statuses.customer_id
    left join billing
        on
            ledger_names.company_id = billing.company_id
            and ledger_names.customer_id = billing.customer_id
    left join restricted_customers
        on md5(ledger_names.company_id || '|' || ledger_names.customer_id) = restricted_customers.customer_hash
)

select * from joined
