{{ config(meta={'key': ['company_id', 'month_end']}) }}

-- How much of a month end as published today rests on what the ledger only showed later. Balances never move; what is
-- open beside what is on account does.
with

month_ends as (
    select * from {{ ref('int_metrics__month_ends') }}
),

years as (
    select * from {{ ref('int_ledger__fiscal_years') }}
),

ageing as (
    select * from {{ ref('fct_ageing_monthly') }}
),

open_items as (
    select * from {{ ref('int_metrics__open_items_monthly') }}
),

receivable_lines as (
    select * from {{ ref('int_ledger__receivable_lines') }}
),

lettering as (
    select
        company_id,
        source_id,
        line_number,
        lettering_date
    from {{ ref('stg_fec__lines') }}
    where lettering_date is not null
),

opening_matches as (
    select * from {{ ref('int_ledger__opening_matches') }}
    where original_line_id is not null and lettering_key is not null
),

items as (
    select * from {{ ref('int_ledger__items') }}
),

groups as (
    select * from {{ ref('int_settlement__groups') }}
),

allocations as (
    select * from {{ ref('int_settlement__allocations') }}
    where method = 'ledger'
),

-- Where sub-ledgers say what settles what, nothing is set against the oldest: money on account is theirs.
recorded as (
    select company_id
    from {{ ref('int_subledger__ledgers') }}
    group by company_id
    having bool_and(is_matched_by_record)
),

-- Set apart by hindsight ----------------------------------------------------------------------------------------

-- A run cut at M leaves no customer with open documents and money on account side by side: what nothing names is set
-- against the oldest. Where the published month end shows both, later lines have letters, names or amounts for them.
set_apart as (
    select
        ageing.company_id,
        ageing.customer_id,
        ageing.month_end,
        ageing.balance + ageing.unallocated as open_documents,
        case
            when recorded.company_id is null then least(ageing.unallocated, ageing.balance + ageing.unallocated)
            else 0
        end as amount
    from ageing
    left join recorded
        on ageing.company_id = recorded.company_id
),

-- Which documents that money would have gone to: the oldest.
oldest_first as (
    select
        open_items.company_id,
        open_items.month_end,
        open_items.bucket,
        open_items.open_amount,
        set_apart.amount as set_apart_amount,
        sum(open_items.open_amount) over (
            partition by open_items.company_id, open_items.customer_id, open_items.month_end
            order by open_items.entry_date, open_items.item_id
            rows between unbounded preceding and current row
        ) - open_items.open_amount as open_before
    from open_items
    inner join set_apart
        on
            open_items.company_id = set_apart.company_id
            and open_items.customer_id = set_apart.customer_id
            and open_items.month_end = set_apart.month_end
    where open_items.bucket <> 'unallocated' and set_apart.amount > 0
),

overdue_set_apart as (
    select
        company_id,
        month_end,
        sum(greatest(least(open_amount, set_apart_amount - open_before), 0)) as amount
    from oldest_first
    where bucket like 'overdue_%'
    group by company_id, month_end
),

set_apart_totals as (
    select
        company_id,
        month_end,
        sum(open_documents) as open_documents,
        sum(amount) as amount,
        count(case when amount > 0 then 1 end) as customers
    from set_apart
    group by company_id, month_end
),

-- Lettered later ------------------------------------------------------------------------------------------------

line_lettering as (
    select
        receivable_lines.line_id,
        lettering.lettering_date
    from receivable_lines
    inner join lettering
        on
            receivable_lines.company_id = lettering.company_id
            and receivable_lines.source_id = lettering.source_id
            and receivable_lines.line_number = lettering.line_number
),

-- An item is lettered on its own line, or on the opening line that carries it into a later year.
item_lettering as (
    select
        item_id,
        max(lettering_date) as lettering_date
    from (
        select items.item_id, line_lettering.lettering_date
        from items
        inner join line_lettering
            on items.line_id = line_lettering.line_id
        union all
        select items.item_id, line_lettering.lettering_date
        from items
        inner join opening_matches
            on items.line_id = opening_matches.original_line_id
        inner join line_lettering
            on opening_matches.opening_line_id = line_lettering.line_id
    ) as dates
    group by item_id
),

-- The last line that a group holds, an opening that carries one of its items included.
group_ends as (
    select
        group_key,
        max(line_date) as last_line_date
    from (
        select groups.group_key, items.entry_date as line_date
        from groups
        inner join items
            on groups.item_id = items.item_id
        union all
        select groups.group_key, opening_matches.fiscal_year_start as line_date
        from groups
        inner join items
            on groups.item_id = items.item_id
        inner join opening_matches
            on items.line_id = opening_matches.original_line_id
    ) as dates
    group by group_key
),

-- From its own date to the day its lettering was done, and to the day its group was complete.
lettered as (
    select
        allocations.company_id,
        allocations.allocation_date,
        greatest(
            coalesce(debit_lettering.lettering_date, credit_lettering.lettering_date),
            coalesce(credit_lettering.lettering_date, debit_lettering.lettering_date)
        ) as lettered_on,
        group_ends.last_line_date as complete_on,
        allocations.amount
    from allocations
    inner join groups
        on allocations.debit_id = groups.item_id
    inner join group_ends
        on groups.group_key = group_ends.group_key
    left join item_lettering as debit_lettering
        on allocations.debit_id = debit_lettering.item_id
    left join item_lettering as credit_lettering
        on allocations.credit_id = credit_lettering.item_id
    -- What a document itself states of its payments no later line moves.
    where groups.group_key not like 'stated|%'
),

-- By month: nothing finer is asked, and a month end sees all of its own month.
lettered_months as (
    select
        lettered.company_id,
        {{ month_index('lettered.allocation_date') }} as allocated_index,
        case
            when lettered.lettered_on > last_months.as_of then last_months.last_month_index + 1
            else {{ month_index('lettered.lettered_on') }}
        end as lettered_index,
        {{ month_index('lettered.complete_on') }} as complete_index,
        count(*) as allocations,
        sum(lettered.amount) as amount
    from lettered
    inner join (
        select distinct company_id, last_month_index, as_of
        from month_ends
    ) as last_months
        on lettered.company_id = last_months.company_id
    group by 1, 2, 3, 4
),

lettered_totals as (
    select
        month_ends.company_id,
        month_ends.month_end,
        sum(case when months.lettered_index > month_ends.month_index then months.allocations end)
            as lettered_later_count,
        sum(case when months.lettered_index > month_ends.month_index then months.amount end) as lettered_later,
        sum(case when months.lettered_index is null then months.amount end) as lettering_undated,
        sum(case when months.complete_index > month_ends.month_index then months.amount end) as completed_later
    from month_ends
    inner join lettered_months as months
        on
            month_ends.company_id = months.company_id
            and month_ends.month_index >= months.allocated_index
    group by month_ends.company_id, month_ends.month_end
),

restatements as (
    select
        month_ends.company_id,
        month_ends.month_end,
        years.fiscal_year_end is not null as is_fiscal_year_end,
        {{ money('coalesce(set_apart_totals.open_documents, 0)') }} as open_documents,
        {{ money('coalesce(set_apart_totals.amount, 0)') }} as set_apart,
        {{ money('coalesce(overdue_set_apart.amount, 0)') }} as set_apart_overdue,
        cast(coalesce(set_apart_totals.customers, 0) as bigint) as set_apart_customers,
        {{ money('coalesce(lettered_totals.lettered_later, 0)') }} as lettered_later,
        cast(coalesce(lettered_totals.lettered_later_count, 0) as bigint) as lettered_later_count,
        {{ money('coalesce(lettered_totals.lettering_undated, 0)') }} as lettering_undated,
        {{ money('coalesce(lettered_totals.completed_later, 0)') }} as completed_later
    from month_ends
    left join years
        on
            month_ends.company_id = years.company_id
            and month_ends.month_end = years.fiscal_year_end
    left join set_apart_totals
        on
            month_ends.company_id = set_apart_totals.company_id
            and month_ends.month_end = set_apart_totals.month_end
    left join overdue_set_apart
        on
            month_ends.company_id = overdue_set_apart.company_id
            and month_ends.month_end = overdue_set_apart.month_end
    left join lettered_totals
        on
            month_ends.company_id = lettered_totals.company_id
            and month_ends.month_end = lettered_totals.month_end
)

select * from restatements
