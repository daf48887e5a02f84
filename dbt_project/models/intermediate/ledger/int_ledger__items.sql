-- Where a company has a sub-ledger its documents and payments are the items, and the ledger is what they must tie to.
with

entry_items as (
    select entry_items.*
    from {{ ref('int_ledger__entry_items') }} as entry_items
    inner join {{ ref('stg_config__companies') }} as companies
        on entry_items.company_id = companies.company_id
    where not companies.has_subledger
),

subledger_items as (
    select * from {{ ref('int_subledger__items') }}
),

items as (
    select
        company_id,
        cast(null as varchar(100)) as ledger_name,
        item_id,
        line_id,
        cast(null as varchar(100)) as source_id,
        customer_id,
        line_type,
        is_bank_line,
        is_suspense,
        is_bill,
        is_discounted,
        is_retention,
        amount,
        vat_amount,
        fiscal_year,
        fiscal_year_start,
        entry_date,
        issue_date,
        is_issue_date_known,
        cast(null as date) as document_due_date,
        cast(null as boolean) as is_disputed,
        cast(null as varchar(100)) as delivery_method,
        document_number,
        line_label,
        maturity_date,
        journal_code,
        entry_number,
        account_number,
        lettering_key,
        false as is_matched_by_record,
        foreign_amount,
        foreign_currency,
        file_name,
        line_number
    from entry_items

    union all

    select
        company_id,
        ledger_name,
        item_id,
        item_id as line_id,
        source_id,
        customer_id,
        line_type,
        is_bank_line,
        false as is_suspense,
        false as is_bill,
        false as is_discounted,
        false as is_retention,
        amount,
        vat_amount,
        fiscal_year,
        fiscal_year_start,
        entry_date,
        issue_date,
        true as is_issue_date_known,
        due_date as document_due_date,
        is_disputed,
        delivery_method,
        document_number,
        line_label,
        cast(null as date) as maturity_date,
        cast(null as varchar(100)) as journal_code,
        cast(null as varchar(100)) as entry_number,
        cast(null as varchar(100)) as account_number,
        lettering_key,
        is_matched_by_record,
        foreign_amount,
        foreign_currency,
        file_name,
        line_number
    from subledger_items
)

select * from items
