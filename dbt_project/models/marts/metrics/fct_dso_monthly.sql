{{ config(meta={'key': ['company_id', 'month_end']}) }}

with

month_ends as (
    select * from {{ ref('int_metrics__month_ends') }}
),

ageing as (
    select * from {{ ref('fct_ageing_monthly') }}
),

open_items as (
    select * from {{ ref('int_metrics__open_items_monthly') }}
),

billing as (
    select * from {{ ref('int_metrics__billing_monthly') }}
),

payment_windows as (
    select * from {{ ref('int_metrics__payment_windows') }}
),

allocations as (
    select * from {{ ref('fct_allocations') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

-- What is open ------------------------------------------------------------------------------------------------

receivables as (
    select
        month_ends.company_id,
        month_ends.month_index,
        month_ends.month_end,
        month_ends.month_start,
        month_ends.month_days,
        month_ends.is_month_end,
        month_ends.first_month_index,
        {{ money('coalesce(sum(ageing.balance), 0)') }} as receivables,
        {{ money('coalesce(sum(ageing.not_due), 0)') }} as not_due,
        {{ money('coalesce(sum(ageing.overdue), 0)') }} as overdue,
        {{ money('coalesce(sum(ageing.due_date_unknown), 0)') }} as due_date_unknown,
        {{ money('coalesce(sum(ageing.unallocated), 0)') }} as unallocated
    from month_ends
    left join ageing
        on
            month_ends.company_id = ageing.company_id
            and month_ends.month_end = ageing.month_end
    group by
        month_ends.company_id,
        month_ends.month_index,
        month_ends.month_end,
        month_ends.month_start,
        month_ends.month_days,
        month_ends.is_month_end,
        month_ends.first_month_index
),

customer_shares as (
    select
        company_id,
        month_end,
        balance,
        row_number() over (
            partition by company_id, month_end order by balance desc, customer_id
        ) as customer_rank,
        sum(balance) over (partition by company_id, month_end) as owed
    from ageing
    where balance > 0
),

concentration as (
    select
        company_id,
        month_end,
        {{ ratio('sum(case when customer_rank <= 10 then balance else 0 end)', 'max(owed)') }} as top_10_share,
        cast(round(sum(share * share), 4) as decimal(28, 4)) as herfindahl_index
    from (
        select
            *,
            cast({{ ratio('balance', 'owed', 8) }} as decimal(18, 8)) as share
        from customer_shares
    ) as shares
    group by company_id, month_end
),

-- Assigned to a factor: out of the ledger, owed by the customer all the same until its due date.
assigned as (
    select
        allocations.company_id,
        allocations.allocation_date,
        allocations.amount,
        invoices.due_date
    from allocations
    inner join invoices
        on
            allocations.company_id = invoices.company_id
            and allocations.invoice_id = invoices.invoice_id
    where allocations.kind = 'assignment'
),

assigning_companies as (
    select distinct company_id
    from assigned
),

assigned_monthly as (
    select
        month_ends.company_id,
        month_ends.month_index,
        sum(assigned.amount) as assigned_not_due
    from (
        select
            company_id,
            allocation_date,
            amount,
            due_date,
            {{ explode_range(month_index('allocation_date'), month_index('due_date')) }} as month_index
        from assigned
        where due_date > allocation_date
    ) as assigned
    inner join month_ends
        on
            assigned.company_id = month_ends.company_id
            and assigned.month_index = month_ends.month_index
            and assigned.allocation_date <= month_ends.month_end
            and assigned.due_date > month_ends.month_end
    group by month_ends.company_id, month_ends.month_index
),

-- Windows: the month itself and the two or eleven before it -----------------------------------------------------

running as (
    select
        receivables.*,
        billing.billed,
        billing.written_off,
        coalesce(assigned_monthly.assigned_not_due, 0) as assigned_not_due,
        assigning_companies.company_id is not null as has_assignments,
        receivables.month_index - 2 >= receivables.first_month_index as has_3m,
        receivables.month_index - 11 >= receivables.first_month_index as has_12m,
        sum(billing.billed) over last_3m as sum_billed_3m,
        sum(billing.billed) over last_12m as sum_billed_12m,
        sum(billing.invoiced) over last_3m as sum_invoiced_3m,
        sum(billing.invoiced) over last_12m as sum_invoiced_12m,
        sum(billing.invoiced_due_assumed) over last_3m as sum_invoiced_due_assumed_3m,
        sum(billing.invoiced_due_assumed) over last_12m as sum_invoiced_due_assumed_12m,
        sum(receivables.month_days) over last_3m as sum_days_3m,
        sum(receivables.month_days) over last_12m as sum_days_12m,
        sum(receivables.receivables) over last_12m as sum_receivables_12m,
        lag(receivables.receivables) over (
            partition by receivables.company_id order by receivables.month_index
        ) as receivables_begin
    from receivables
    inner join billing
        on
            receivables.company_id = billing.company_id
            and receivables.month_index = billing.month_index
    left join assigned_monthly
        on
            receivables.company_id = assigned_monthly.company_id
            and receivables.month_index = assigned_monthly.month_index
    left join assigning_companies
        on receivables.company_id = assigning_companies.company_id
    window
        last_3m as (
            partition by receivables.company_id
            order by receivables.month_index
            rows between 2 preceding and current row
        ),
        last_12m as (
            partition by receivables.company_id
            order by receivables.month_index
            rows between 11 preceding and current row
        )
),

-- A window that starts before the ledger's first month says nothing: null.
windowed as (
    select
        *,
        {{ money('case when has_3m then sum_billed_3m end') }} as billed_3m,
        {{ money('case when has_12m then sum_billed_12m end') }} as billed_12m,
        cast(case when has_3m then sum_days_3m end as integer) as window_days_3m,
        cast(case when has_12m then sum_days_12m end as integer) as window_days_12m
    from running
),

-- Count-back ----------------------------------------------------------------------------------------------------

countback_months as (
    select
        receivables.company_id,
        receivables.month_index,
        receivables.receivables,
        billing.month_index as back_index,
        billing.billed,
        billing.month_days,
        receivables.receivables - coalesce(
            sum(greatest(billing.billed, 0)) over (
                partition by receivables.company_id, receivables.month_index
                order by billing.month_index desc
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as remaining
    from receivables
    inner join billing
        on
            receivables.company_id = billing.company_id
            and billing.month_index between receivables.month_index - 23 and receivables.month_index
),

countback as (
    select
        company_id,
        month_index,
        cast(
            sum(
                case
                    when remaining <= 0 then 0
                    when billed <= 0 or remaining >= billed then month_days
                    else {{ ratio('remaining * month_days', 'billed') }}
                end
            ) as decimal(28, 4)
        ) as dso_countback,
        {{ money('greatest(max(receivables) - sum(greatest(billed, 0)), 0)') }} as countback_unexplained
    from countback_months
    group by company_id, month_index
),

-- True DSO ------------------------------------------------------------------------------------------------------

open_documents as (
    select
        company_id,
        month_index,
        case when document_type in ('invoice', 'deposit') then {{ month_index('entry_date') }} end as billed_index,
        open_amount,
        {{ days_between('issue_date', 'month_end') }} as age_days
    from open_items
    where item_kind = 'document' and open_amount > 0
),

open_by_billing_month as (
    select
        company_id,
        month_index,
        billed_index,
        sum(open_amount) as open_amount,
        sum(open_amount * age_days) as open_days
    from open_documents
    group by company_id, month_index, billed_index
),

true_dso_parts as (
    select
        open_by_billing_month.company_id,
        open_by_billing_month.month_index,
        open_by_billing_month.billed_index,
        open_by_billing_month.open_amount,
        {{ ratio('open_by_billing_month.open_days', 'billing.billed', 8) }} as days
    from open_by_billing_month
    left join billing
        on
            open_by_billing_month.company_id = billing.company_id
            and open_by_billing_month.billed_index = billing.month_index
),

-- One open invoice of a month without net billing and the measure is not defined.
true_dso as (
    select
        company_id,
        month_index,
        cast(
            case
                when count(case when billed_index is not null and days is null then 1 end) = 0
                    then round(sum(case when billed_index is not null then days else 0 end), 4)
            end as decimal(28, 4)
        ) as true_dso,
        {{ money('sum(case when billed_index is null then open_amount else 0 end)') }} as true_dso_not_covered
    from true_dso_parts
    group by company_id, month_index
),

-- Payments ------------------------------------------------------------------------------------------------------

paid as (
    select
        company_id,
        month_index,
        sum(paid_3m) as paid_3m,
        sum(paid_days_3m) as paid_days_3m,
        sum(paid_days_late_3m) as paid_days_late_3m,
        sum(paid_days_late_net_3m) as paid_days_late_net_3m,
        sum(paid_late_3m) as paid_late_3m,
        sum(paid_fifo_3m) as paid_fifo_3m,
        sum(paid_count_3m) as paid_count_3m,
        sum(paid_late_count_3m) as paid_late_count_3m,
        sum(paid_12m) as paid_12m,
        sum(paid_days_12m) as paid_days_12m,
        sum(paid_days_late_12m) as paid_days_late_12m,
        sum(paid_days_late_net_12m) as paid_days_late_net_12m,
        sum(paid_late_12m) as paid_late_12m,
        sum(paid_fifo_12m) as paid_fifo_12m,
        sum(paid_count_12m) as paid_count_12m,
        sum(paid_late_count_12m) as paid_late_count_12m
    from payment_windows
    group by company_id, month_index
),

-- The figures ---------------------------------------------------------------------------------------------------

dso as (
    select
        windowed.company_id,
        windowed.month_end,
        windowed.is_month_end,
        windowed.receivables,
        windowed.not_due,
        windowed.overdue,
        windowed.due_date_unknown,
        windowed.unallocated,
        windowed.billed,
        windowed.billed_3m,
        windowed.billed_12m,
        windowed.window_days_3m,
        windowed.window_days_12m,
        {{ ratio('windowed.receivables * windowed.window_days_3m', 'windowed.billed_3m') }} as dso_3m,
        {{ ratio('windowed.receivables * windowed.window_days_12m', 'windowed.billed_12m') }} as dso_12m,
        {{ ratio('windowed.not_due * windowed.window_days_3m', 'windowed.billed_3m') }} as best_possible_dso_3m,
        {{ ratio('windowed.not_due * windowed.window_days_12m', 'windowed.billed_12m') }} as best_possible_dso_12m,
        coalesce(countback.dso_countback, 0) as dso_countback,
        coalesce(countback.countback_unexplained, 0) as countback_unexplained,
        case when true_dso.company_id is null then 0 else true_dso.true_dso end as true_dso,
        coalesce(true_dso.true_dso_not_covered, 0) as true_dso_not_covered,
        {{ ratio(
            '100 * (windowed.receivables_begin + windowed.billed - windowed.receivables)',
            '(windowed.receivables_begin + windowed.billed - windowed.not_due)'
        ) }} as collection_effectiveness_index,
        {{ ratio(
            '100 * (windowed.receivables_begin + windowed.billed - windowed.written_off - windowed.receivables)',
            '(windowed.receivables_begin + windowed.billed - windowed.not_due)'
        ) }} as collection_effectiveness_index_without_write_offs,
        windowed.written_off,
        {{ ratio('windowed.not_due', 'windowed.receivables') }} as percent_current,
        {{ ratio('windowed.billed_3m', 'windowed.window_days_3m') }} as one_day_of_dso_3m,
        {{ ratio('windowed.billed_12m', 'windowed.window_days_12m') }} as one_day_of_dso_12m,
        case when windowed.has_12m then {{ ratio('12 * windowed.billed_12m', 'windowed.sum_receivables_12m') }} end
            as turnover_12m,
        concentration.top_10_share,
        concentration.herfindahl_index,
        case when windowed.has_assignments then {{ money('windowed.assigned_not_due') }} end as assigned_not_due,
        case
            when windowed.has_assignments
                then {{ ratio(
                    '(windowed.receivables + windowed.assigned_not_due) * windowed.window_days_3m',
                    'windowed.billed_3m'
                ) }}
        end as dso_restated_3m,
        case
            when windowed.has_assignments
                then {{ ratio(
                    '(windowed.receivables + windowed.assigned_not_due) * windowed.window_days_12m',
                    'windowed.billed_12m'
                ) }}
        end as dso_restated_12m,
        {{ money('case when windowed.has_3m then coalesce(paid.paid_3m, 0) end') }} as paid_3m,
        {{ money('case when windowed.has_12m then coalesce(paid.paid_12m, 0) end') }} as paid_12m,
        case when windowed.has_3m then {{ ratio('paid.paid_days_3m', 'paid.paid_3m') }} end as days_to_pay_3m,
        case when windowed.has_12m then {{ ratio('paid.paid_days_12m', 'paid.paid_12m') }} end as days_to_pay_12m,
        case when windowed.has_3m then {{ ratio('paid.paid_days_late_3m', 'paid.paid_3m') }} end as days_late_3m,
        case when windowed.has_12m then {{ ratio('paid.paid_days_late_12m', 'paid.paid_12m') }} end as days_late_12m,
        case when windowed.has_3m then {{ ratio('paid.paid_days_late_net_3m', 'paid.paid_3m') }} end
            as days_late_net_3m,
        case when windowed.has_12m then {{ ratio('paid.paid_days_late_net_12m', 'paid.paid_12m') }} end
            as days_late_net_12m,
        case when windowed.has_3m then {{ ratio('paid.paid_late_3m', 'paid.paid_3m') }} end
            as share_paid_late_amount_3m,
        case when windowed.has_12m then {{ ratio('paid.paid_late_12m', 'paid.paid_12m') }} end
            as share_paid_late_amount_12m,
        case when windowed.has_3m then {{ ratio('paid.paid_late_count_3m', 'paid.paid_count_3m') }} end
            as share_paid_late_count_3m,
        case when windowed.has_12m then {{ ratio('paid.paid_late_count_12m', 'paid.paid_count_12m') }} end
            as share_paid_late_count_12m,
        case when windowed.has_3m then {{ ratio('paid.paid_fifo_3m', 'paid.paid_3m') }} end as share_fifo_3m,
        case when windowed.has_12m then {{ ratio('paid.paid_fifo_12m', 'paid.paid_12m') }} end as share_fifo_12m,
        case
            when windowed.has_3m
                then {{ ratio('windowed.sum_invoiced_due_assumed_3m', 'windowed.sum_invoiced_3m') }}
        end as share_billing_due_assumed_3m,
        case
            when windowed.has_12m
                then {{ ratio('windowed.sum_invoiced_due_assumed_12m', 'windowed.sum_invoiced_12m') }}
        end as share_billing_due_assumed_12m
    from windowed
    left join countback
        on
            windowed.company_id = countback.company_id
            and windowed.month_index = countback.month_index
    left join true_dso
        on
            windowed.company_id = true_dso.company_id
            and windowed.month_index = true_dso.month_index
    left join paid
        on
            windowed.company_id = paid.company_id
            and windowed.month_index = paid.month_index
    left join concentration
        on
            windowed.company_id = concentration.company_id
            and windowed.month_end = concentration.month_end
),

-- Delinquency is the difference of the two printed figures, so that the three add up on the page.
final as (
    select
        *,
        cast(dso_3m - best_possible_dso_3m as decimal(28, 4)) as average_days_delinquent_3m,
        cast(dso_12m - best_possible_dso_12m as decimal(28, 4)) as average_days_delinquent_12m
    from dso
)

select * from final
