with

documents as (
    select * from {{ ref('int_provisions__documents') }}
    where is_in_cohort
),

settlements as (
    select * from {{ ref('int_provisions__settlements') }}
),

closings as (
    select * from {{ ref('int_provisions__closings') }}
),

outcomes as (
    select
        company_id,
        cohort_month_index,
        'billed' as outcome,
        cast(null as varchar(30)) as bucket,
        entry_date as known_date,
        amount,
        amount as amount_excluding_vat
    from documents

    union all

    select
        documents.company_id,
        documents.cohort_month_index,
        settlements.outcome,
        -- What is lost was never paid: it went through every bucket.
        case settlements.outcome
            when 'settled'
                then {{ provision_bucket(days_between('documents.due_date', 'settlements.settled_date')) }}
            when 'lost' then 'overdue_over_120'
        end as bucket,
        settlements.known_date,
        settlements.amount,
        settlements.amount_excluding_vat
    from documents
    inner join settlements
        on
            documents.company_id = settlements.company_id
            and documents.invoice_id = settlements.invoice_id
),

known as (
    select
        outcomes.company_id,
        outcomes.cohort_month_index,
        closings.closing_number,
        outcomes.outcome,
        outcomes.bucket,
        {{ money('sum(outcomes.amount)') }} as amount,
        {{ money('sum(outcomes.amount_excluding_vat)') }} as amount_excluding_vat
    from outcomes
    inner join closings
        on
            outcomes.company_id = closings.company_id
            and outcomes.known_date > closings.previous_closing_date
            and outcomes.known_date <= closings.closing_date
    group by
        outcomes.company_id, outcomes.cohort_month_index, closings.closing_number, outcomes.outcome, outcomes.bucket
)

select * from known
