-- Payments as a sub-ledger without any states them: what was settled between two levels, on the day it says so, and
-- what was taken back. Levels cut a document into slices: each is paid and taken back as a whole, in turns.
with

levels as (
    select * from {{ ref('int_subledger__stated_levels') }}
),

documents as (
    select * from {{ ref('int_subledger__documents') }}
),

cuts as (
    select item_id, level from levels
    union
    select item_id, previous_level as level from levels
),

slices as (
    select
        item_id,
        level as lower_level,
        lead(level) over (partition by item_id order by level) as upper_level
    from cuts
),

crossed as (
    select
        levels.company_id,
        levels.item_id as document_item_id,
        levels.stated_on,
        levels.level < levels.previous_level as is_reversal,
        slices.lower_level,
        slices.upper_level
    from levels
    inner join slices
        on
            levels.item_id = slices.item_id
            and slices.lower_level >= least(levels.level, levels.previous_level)
            and slices.upper_level <= greatest(levels.level, levels.previous_level)
),

payments as (
    select
        crossed.company_id,
        documents.ledger_name,
        md5(
            crossed.document_item_id
            || '|stated|' || cast(crossed.stated_on as varchar(10))
            || '|' || cast(crossed.lower_level as varchar(24))
        ) as item_id,
        crossed.document_item_id,
        crossed.stated_on as payment_date,
        crossed.is_reversal,
        sign(documents.amount) * case when crossed.is_reversal then -1 else 1 end * (crossed.upper_level - crossed.lower_level)
            as amount,
        sign(documents.amount) * case when crossed.is_reversal then -1 else 1 end * (
            {{ share_of('documents.value', 'crossed.upper_level', 'documents.amount') }}
            - {{ share_of('documents.value', 'crossed.lower_level', 'documents.amount') }}
        ) as value,
        crossed.lower_level
    from crossed
    inner join documents
        on crossed.document_item_id = documents.item_id
),

-- The payment that a reversal takes back is the one just before it in its slice.
paired as (
    select
        *,
        case
            when is_reversal
                then lag(item_id) over (partition by document_item_id, lower_level order by payment_date)
        end as reversed_item_id,
        case
            when is_reversal
                then lag(payment_date) over (partition by document_item_id, lower_level order by payment_date)
        end as reversed_payment_date
    from payments
)

select
    company_id,
    ledger_name,
    item_id,
    document_item_id,
    payment_date,
    is_reversal,
    {{ money('amount') }} as amount,
    {{ money('value') }} as value,
    reversed_item_id,
    reversed_payment_date
from paired
