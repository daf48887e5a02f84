with

invoices as (
    select * from {{ ref('fct_invoices') }}
),

movements as (
    select
        company_id,
        customer_id,
        {{ month_index('entry_date') }} as month_index,
        sum(case when document_type in ('invoice', 'credit_note', 'deposit') then amount else 0 end) as billed,
        sum(case when document_type in ('invoice', 'deposit') then amount else 0 end) as invoiced,
        sum(
            case when document_type in ('invoice', 'deposit') and is_due_date_assumed then amount else 0 end
        ) as invoiced_due_assumed,
        sum(case when line_type = 'write_off' then -amount else 0 end) as written_off
    from invoices
    group by company_id, customer_id, {{ month_index('entry_date') }}
),

monthly as (
    select
        company_id,
        customer_id,
        month_index,
        {{ money('billed') }} as billed,
        {{ money('invoiced') }} as invoiced,
        {{ money('invoiced_due_assumed') }} as invoiced_due_assumed,
        {{ money('written_off') }} as written_off
    from movements
)

select * from monthly
