with

month_ends as (
    select * from {{ ref('int_metrics__month_ends') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

movements as (
    select
        company_id,
        {{ month_index('entry_date') }} as month_index,
        sum(case when document_type in ('invoice', 'credit_note', 'deposit') then amount else 0 end) as billed,
        sum(case when document_type in ('invoice', 'deposit') then amount else 0 end) as invoiced,
        sum(
            case when document_type in ('invoice', 'deposit') and is_due_date_assumed then amount else 0 end
        ) as invoiced_due_assumed,
        sum(case when line_type = 'write_off' then -amount else 0 end) as written_off
    from invoices
    group by company_id, {{ month_index('entry_date') }}
),

monthly as (
    select
        month_ends.company_id,
        month_ends.month_index,
        month_ends.month_end,
        month_ends.month_days,
        {{ money('coalesce(movements.billed, 0)') }} as billed,
        {{ money('coalesce(movements.invoiced, 0)') }} as invoiced,
        {{ money('coalesce(movements.invoiced_due_assumed, 0)') }} as invoiced_due_assumed,
        {{ money('coalesce(movements.written_off, 0)') }} as written_off
    from month_ends
    left join movements
        on
            month_ends.company_id = movements.company_id
            and month_ends.month_index = movements.month_index
)

select * from monthly
