with

transfer_lines as (
    select * from {{ ref('int_ledger__receivable_lines') }}
    where line_type = 'transfer'
),

-- Within an entry, what leaves one account arrives in another: line by line where reference and amount agree, then
-- where amounts do, else all that is left as one.
ranked as (
    select
        *,
        row_number() over (
            partition by entry_id, customer_id, document_number, amount order by account_number, line_id
        ) as rank_by_reference
    from transfer_lines
),

by_reference as (
    select
        leaving.line_id as leaving_line_id,
        arriving.line_id as arriving_line_id
    from ranked as leaving
    inner join ranked as arriving
        on
            leaving.entry_id = arriving.entry_id
            and leaving.customer_id = arriving.customer_id
            and leaving.document_number = arriving.document_number
            and leaving.amount = -arriving.amount
            and leaving.rank_by_reference = arriving.rank_by_reference
    where leaving.amount < 0
),

paired_by_reference as (
    select leaving_line_id as line_id, leaving_line_id from by_reference
    union all
    select arriving_line_id as line_id, leaving_line_id from by_reference
),

ranked_by_amount as (
    select
        ranked.*,
        row_number() over (
            partition by ranked.entry_id, ranked.customer_id, ranked.amount
            order by ranked.document_number nulls last, ranked.account_number, ranked.line_id
        ) as rank_by_amount
    from ranked
    left join paired_by_reference
        on ranked.line_id = paired_by_reference.line_id
    where paired_by_reference.line_id is null
),

by_amount as (
    select
        leaving.line_id as leaving_line_id,
        arriving.line_id as arriving_line_id
    from ranked_by_amount as leaving
    inner join ranked_by_amount as arriving
        on
            leaving.entry_id = arriving.entry_id
            and leaving.customer_id = arriving.customer_id
            and leaving.amount = -arriving.amount
            and leaving.rank_by_amount = arriving.rank_by_amount
    where leaving.amount < 0
),

paired as (
    select * from paired_by_reference
    union all
    select leaving_line_id as line_id, leaving_line_id from by_amount
    union all
    select arriving_line_id as line_id, leaving_line_id from by_amount
),

moved as (
    select
        transfer_lines.company_id,
        transfer_lines.line_id,
        transfer_lines.customer_id,
        coalesce('transfer|' || paired.leaving_line_id, 'transfer|' || transfer_lines.entry_id || '|' || transfer_lines.customer_id)
            as transfer_id,
        transfer_lines.amount,
        transfer_lines.entry_date,
        transfer_lines.account_number,
        transfer_lines.document_number,
        transfer_lines.line_label,
        transfer_lines.maturity_date,
        {{ lettering_key('transfer_lines') }} as lettering_key
    from transfer_lines
    left join paired
        on transfer_lines.line_id = paired.line_id
)

select * from moved
