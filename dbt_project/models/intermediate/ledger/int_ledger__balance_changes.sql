-- What the books say moved a customer's balance, and when: the receivable accounts, or the sub-ledger's own rows. No item
-- and no settlement enters here.
with

companies as (
    select * from {{ ref('stg_config__companies') }}
),

entry_lines as (
    select
        entry_lines.company_id,
        companies.has_subledger,
        years.balance_start,
        entry_lines.fiscal_year_start,
        customer_ids.customer_id,
        entry_lines.entry_date,
        entry_lines.debit - entry_lines.credit as amount
    from {{ ref('int_ledger__entry_lines') }} as entry_lines
    inner join {{ ref('int_ledger__customer_ids') }} as customer_ids
        on
            entry_lines.company_id = customer_ids.company_id
            and entry_lines.customer_spelling = customer_ids.customer_spelling
    inner join {{ ref('int_ledger__fiscal_years') }} as years
        on
            entry_lines.company_id = years.company_id
            and entry_lines.fiscal_year_start = years.fiscal_year_start
    inner join companies
        on entry_lines.company_id = companies.company_id
    where entry_lines.is_receivable
),

documents as (
    select * from {{ ref('int_subledger__documents') }}
),

-- A sub-ledger that states no payments says how much of each document was settled by when.
stated as (
    select
        documents.company_id,
        documents.customer_id,
        levels.stated_on as entry_date,
        -sign(documents.amount) * (
            {{ share_of('documents.value', 'levels.level', 'documents.amount') }}
            - {{ share_of('documents.value', 'levels.previous_level', 'documents.amount') }}
        ) as amount
    from {{ ref('int_subledger__stated_levels') }} as levels
    inner join documents
        on levels.item_id = documents.item_id
),

-- An exchange difference leaves the balance with the two values it lies between.
differences as (
    select
        settled.company_id,
        documents.customer_id,
        greatest(documents.entry_date, settled.counter_date) as entry_date,
        case when settled.is_refund then -settled.exchange_difference else settled.exchange_difference end as amount
    from {{ ref('int_subledger__settled') }} as settled
    inner join documents
        on settled.document_item_id = documents.item_id
    where settled.exchange_difference <> 0
),

subledger_rows as (
    select company_id, customer_id, entry_date, value as amount
    from documents
    union all
    select company_id, customer_id, payment_date as entry_date, -value as amount
    from {{ ref('int_subledger__payments') }}
    union all
    select * from stated
    union all
    select * from differences
),

-- A sub-ledger's balance never restarts.
starts as (
    select
        company_id,
        min(fiscal_year_start) as balance_start
    from {{ ref('int_ledger__fiscal_years') }}
    group by company_id
),

changes as (
    select
        company_id,
        has_subledger as is_ledger_beside,
        balance_start,
        fiscal_year_start,
        customer_id,
        entry_date,
        {{ money('amount') }} as amount
    from entry_lines

    union all

    select
        subledger_rows.company_id,
        false as is_ledger_beside,
        starts.balance_start,
        starts.balance_start as fiscal_year_start,
        subledger_rows.customer_id,
        subledger_rows.entry_date,
        {{ money('subledger_rows.amount') }} as amount
    from subledger_rows
    inner join starts
        on subledger_rows.company_id = starts.company_id
)

select * from changes
where amount is not null
