with

entry_lines as (
    select * from {{ ref('int_ledger__entry_lines') }}
    where is_receivable
),

entry_roles as (
    select * from {{ ref('int_ledger__entry_roles') }}
),

rules as (
    select * from {{ ref('receivable_line_types') }}
),

identified as (
    select
        *,
        {{ money('debit - credit') }} as amount,
        {{ customer_of('auxiliary_number', 'account_number') }} as customer_id,
        -- Identical lines occur and count: they are told apart by their rank, not by their place in a file.
        row_number() over (
            partition by
                entry_id, entry_date, account_number, auxiliary_number, document_number, document_date, line_label,
                debit, credit, lettering_code, foreign_amount, foreign_currency
            order by source_id, line_number
        ) as occurrence
    from entry_lines
),

keyed as (
    select
        *,
        md5(
            entry_id
            || '|' || cast(entry_date as varchar(10))
            || '|' || account_number
            || '|' || coalesce(auxiliary_number, '')
            || '|' || coalesce(document_number, '')
            || '|' || coalesce(cast(document_date as varchar(10)), '')
            || '|' || coalesce(line_label, '')
            || '|' || cast(debit as varchar(24))
            || '|' || cast(credit as varchar(24))
            || '|' || coalesce(lettering_code, '')
            || '|' || coalesce(cast(foreign_amount as varchar(24)), '')
            || '|' || coalesce(foreign_currency, '')
            || '|' || cast(occurrence as varchar(12))
        ) as line_id,
        -- A negative debit reads as a credit: the side is that of the amount.
        case when amount >= 0 then 'debit' else 'credit' end as side
    from identified
),

-- What the entry as a whole is made of.
entry_shape as (
    select
        entry_id,
        bool_or(role = 'cash') as has_cash,
        bool_or(role in ('revenue', 'rebate', 'vat')) as has_revenue,
        bool_or(role = 'revenue' and is_sale) as has_sale,
        count(*) filter (where role <> 'provision') as role_count
    from entry_roles
    group by entry_id
),

customer_shape as (
    select
        entry_id,
        customer_id,
        bool_or(amount > 0) and bool_or(amount < 0) as is_on_both_sides,
        {{ money('sum(amount)') }} as entry_amount
    from keyed
    group by entry_id, customer_id
),

shaped as (
    select
        keyed.*,
        coalesce(entry_shape.role_count, 0) as role_count,
        coalesce(entry_shape.has_cash, false) as has_cash,
        -- An entry that sells and collects at once: its debits read as the sale, its credits as the payment.
        coalesce(
            entry_shape.has_cash
            and entry_shape.has_revenue
            and (customer_shape.is_on_both_sides or entry_shape.has_sale),
            false
        ) as is_mixed_entry,
        customer_shape.entry_amount as customer_entry_amount,
        count(*) over (partition by keyed.entry_id) as receivable_line_count
    from keyed
    inner join customer_shape
        on
            keyed.entry_id = customer_shape.entry_id
            and keyed.customer_id = customer_shape.customer_id
    left join entry_shape
        on keyed.entry_id = entry_shape.entry_id
),

candidate_roles as (
    select
        shaped.line_id,
        shaped.side,
        case when entry_roles.role in ('rebate', 'vat') then 'revenue' else entry_roles.role end as role
    from shaped
    inner join entry_roles
        on shaped.entry_id = entry_roles.entry_id
    where
        entry_roles.role <> 'provision'
        -- Discounts, exchange and rounding differences name the line only when alone; beside money or a sale
        -- they are a part of it.
        and (
            entry_roles.role not in ('discount', 'exchange', 'rounding')
            or shaped.role_count = 1
            or (
                shaped.role_count = 2
                and entry_roles.role = 'discount'
                and not shaped.has_cash
            )
        )
        and not (entry_roles.role = 'cash' and shaped.is_mixed_entry and shaped.side = 'debit')
        -- A loss booked in the same entry as the money that came in is the smaller part of that line.
        and not (entry_roles.role = 'write_off' and shaped.has_cash)
),

-- First match wins, in the order of the seed.
classified as (
    select
        shaped.line_id,
        coalesce(min_by(rules.line_type, rules.rank), 'transfer') as line_type,
        coalesce(min_by(rules.is_bank_line, rules.rank), false) as is_bank_line,
        coalesce(min_by(rules.counterpart_role, rules.rank), 'none') as counterpart_role
    from shaped
    left join candidate_roles
        on shaped.line_id = candidate_roles.line_id
    left join rules
        on
            candidate_roles.role = rules.counterpart_role
            and candidate_roles.side = rules.side
    group by shaped.line_id
),

joined as (
    select
        shaped.company_id,
        shaped.line_id,
        shaped.entry_id,
        shaped.customer_id,
        -- Between two customers nothing is moved for either: each keeps its half as a movement of its own.
        case
            when classified.line_type = 'transfer' and (shaped.role_count > 0 or shaped.customer_entry_amount <> 0)
                then 'other'
            else classified.line_type
        end as line_type,
        classified.is_bank_line,
        classified.counterpart_role = 'suspense' as is_suspense,
        shaped.is_mixed_entry,
        shaped.receivable_line_count,
        shaped.amount,
        shaped.fiscal_year,
        shaped.fiscal_year_start,
        shaped.entry_date,
        shaped.document_number,
        shaped.document_date,
        shaped.line_label,
        shaped.journal_code,
        shaped.entry_number,
        shaped.account_number,
        shaped.auxiliary_label,
        shaped.account_label,
        shaped.lettering_code,
        shaped.foreign_amount,
        shaped.foreign_currency,
        shaped.file_name,
        shaped.source_id,
        shaped.line_number
    from shaped
    inner join classified
        on shaped.line_id = classified.line_id
)

select * from joined
