with

documents as (
    select * from {{ ref('int_provisions__documents') }}
    where not is_group and not is_insured
),

settlements as (
    select * from {{ ref('int_provisions__settlements') }}
    where outcome in ('settled', 'lost')
),

proceedings as (
    select * from {{ ref('int_legal__status_periods') }}
    where is_in_proceedings
),

closings as (
    select * from {{ ref('int_provisions__closings') }}
),

-- What was settled or lost of a document while its customer was in proceedings, or once it was doubtful.
resolved as (
    select
        documents.company_id,
        case when proceedings.legal_unit_id is not null then 'in_proceedings' else 'doubtful' end as bucket,
        settlements.outcome,
        settlements.known_date,
        settlements.amount
    from settlements
    inner join documents
        on
            settlements.company_id = documents.company_id
            and settlements.invoice_id = documents.invoice_id
    left join proceedings
        on
            documents.legal_unit_id = proceedings.legal_unit_id
            and settlements.settled_date >= proceedings.valid_from
            and (proceedings.valid_to is null or settlements.settled_date < proceedings.valid_to)
    where proceedings.legal_unit_id is not null or settlements.settled_date >= documents.doubtful_since
),

known as (
    select
        resolved.company_id,
        closings.closing_number,
        resolved.bucket,
        {{ money("sum(case when resolved.outcome = 'lost' then resolved.amount else 0 end)") }} as lost,
        {{ money('sum(resolved.amount)') }} as resolved
    from resolved
    inner join closings
        on
            resolved.company_id = closings.company_id
            and resolved.known_date > closings.previous_closing_date
            and resolved.known_date <= closings.closing_date
    group by resolved.company_id, closings.closing_number, resolved.bucket
)

select * from known
