{{ config(meta={'key': ['company_id', 'fiscal_year_start', 'item_rank']}) }}

with

late_payments as (
    select * from {{ ref('rpt_statutory_late_payments') }}
    where table_number = 'I'
),

open_at_closing as (
    select * from {{ ref('int_statutory__open_at_closing') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

ageing as (
    select
        company_id,
        month_end,
        sum(overdue) as overdue
    from {{ ref('fct_ageing_monthly') }}
    group by company_id, month_end
),

month_ends as (
    select * from {{ ref('int_metrics__month_ends') }}
),

-- Past due, but no invoice: a set-off, a discount or a loss reversed, an unexplained movement.
other_movements as (
    select
        open_at_closing.company_id,
        open_at_closing.fiscal_year_start,
        sum(open_at_closing.open_amount) as amount
    from open_at_closing
    inner join invoices
        on
            open_at_closing.company_id = invoices.company_id
            and open_at_closing.invoice_id = invoices.invoice_id
    where
        open_at_closing.open_amount > 0
        and invoices.due_date_source <> 'unknown'
        and invoices.due_date < open_at_closing.closing_date
        and not ({{ is_owed_invoice('invoices') }})
    group by open_at_closing.company_id, open_at_closing.fiscal_year_start
),

disputed as (
    select
        documents.company_id,
        documents.fiscal_year_start,
        sum(documents.amount_including_vat) as amount
    from {{ ref('int_statutory__late_documents') }} as documents
    where documents.table_number = 'I' and documents.is_disputed and documents.days_late > 0
    group by documents.company_id, documents.fiscal_year_start
),

totals as (
    select
        late_payments.company_id,
        late_payments.fiscal_year_start,
        late_payments.closing_date,
        -- The balance is aged at month ends; a closing within a month has no ageing to compare with.
        case when month_ends.company_id is not null then coalesce(ageing.overdue, 0) end as ageing_past_due,
        -coalesce(other_movements.amount, 0) as other_movements,
        -coalesce(disputed.amount, 0) as disputed,
        late_payments.amount - late_payments.amount_including_vat as vat,
        late_payments.amount as table_i_total
    from late_payments
    left join month_ends
        on
            late_payments.company_id = month_ends.company_id
            and late_payments.closing_date = month_ends.month_end
    left join ageing
        on
            late_payments.company_id = ageing.company_id
            and late_payments.closing_date = ageing.month_end
    left join other_movements
        on
            late_payments.company_id = other_movements.company_id
            and late_payments.fiscal_year_start = other_movements.fiscal_year_start
    left join disputed
        on
            late_payments.company_id = disputed.company_id
            and late_payments.fiscal_year_start = disputed.fiscal_year_start
    where late_payments.bucket = 'total'
),

items as (
    {%- for item in ['ageing_past_due', 'other_movements', 'disputed', 'vat', 'table_i_total'] %}
    select
        company_id,
        fiscal_year_start,
        closing_date,
        {{ loop.index }} as item_rank,
        '{{ item }}' as item,
        {{ money(item) }} as amount
    from totals

    union all
    {% endfor %}
    select
        company_id,
        fiscal_year_start,
        closing_date,
        6 as item_rank,
        'difference' as item,
        {{ money('ageing_past_due + other_movements + disputed + vat - table_i_total') }} as amount
    from totals
)

select * from items
