with

lines as (
    select * from {{ ref('stg_fec__lines') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

as_of_lines as (
    select
        lines.*,
        (
            lines.account_number like '411%'
            or lines.account_number like '413%'
            or lines.account_number like '416%'
        ) as is_receivable
    from lines
    inner join companies
        on lines.company_id = companies.company_id
    where lines.entry_date <= companies.as_of
),

receivable_entries as (
    select distinct entry_id
    from as_of_lines
    where is_receivable
),

kept as (
    select
        as_of_lines.company_id,
        as_of_lines.fiscal_year_start,
        as_of_lines.entry_id,
        as_of_lines.source_id,
        as_of_lines.file_name,
        as_of_lines.line_number,
        as_of_lines.journal_code,
        as_of_lines.entry_number,
        as_of_lines.entry_date,
        as_of_lines.account_number,
        as_of_lines.account_label,
        as_of_lines.auxiliary_number,
        as_of_lines.auxiliary_label,
        as_of_lines.document_number,
        as_of_lines.document_date,
        as_of_lines.line_label,
        as_of_lines.debit,
        as_of_lines.credit,
        as_of_lines.lettering_code,
        as_of_lines.foreign_amount,
        as_of_lines.foreign_currency,
        as_of_lines.is_receivable,
        case
            when as_of_lines.is_receivable
                then {{ customer_of('as_of_lines.auxiliary_number', 'as_of_lines.account_number') }}
        end as customer_spelling
    from as_of_lines
    inner join receivable_entries
        on as_of_lines.entry_id = receivable_entries.entry_id
)

select * from kept
