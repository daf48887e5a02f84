with

events as (
    select * from {{ ref('int_metrics__receivable_events') }}
    where item_kind = 'document'
),

years as (
    select
        *,
        cast(row_number() over (partition by company_id order by fiscal_year_start) as integer) as year_number,
        cast(count(*) over (partition by company_id) as integer) as year_count,
        lag(closing_date) over (partition by company_id order by fiscal_year_start) as previous_closing_date
    from {{ ref('int_statutory__fiscal_years') }}
),

yearly_changes as (
    select
        events.company_id,
        events.item_id as invoice_id,
        years.year_number,
        years.year_count,
        sum(events.amount) as amount
    from events
    inner join years
        on
            events.company_id = years.company_id
            and events.event_date <= years.closing_date
            and (years.previous_closing_date is null or events.event_date > years.previous_closing_date)
    group by events.company_id, events.item_id, years.year_number, years.year_count
    having sum(events.amount) <> 0
),

running as (
    select
        company_id,
        invoice_id,
        year_number,
        {{ money('sum(amount) over (
            partition by company_id, invoice_id
            order by year_number
            rows between unbounded preceding and current row
        )') }} as open_amount,
        coalesce(
            lead(year_number) over (partition by company_id, invoice_id order by year_number) - 1, year_count
        ) as last_year_number
    from yearly_changes
),

-- What stays open from one closing to the next stands at each of them.
exploded as (
    select
        company_id,
        invoice_id,
        open_amount,
        {{ explode_range('year_number', 'last_year_number') }} as year_number
    from running
    where open_amount <> 0
),

placed as (
    select
        exploded.company_id,
        years.fiscal_year_start,
        years.closing_date,
        exploded.invoice_id,
        exploded.open_amount
    from exploded
    inner join years
        on
            exploded.company_id = years.company_id
            and exploded.year_number = years.year_number
)

select * from placed
