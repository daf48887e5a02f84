with

entry_lines as (
    select * from {{ ref('int_ledger__entry_lines') }}
    where is_receivable
),

entry_roles as (
    select * from {{ ref('int_ledger__entry_roles') }}
),

customer_ids as (
    select * from {{ ref('int_ledger__customer_ids') }}
),

table_rules as (
    select * from {{ ref('receivable_line_types') }}
),

own_rules as (
    select * from {{ ref('stg_config__line_types') }}
),

bank_line_types as (
    select distinct line_type
    from table_rules
    where is_bank_line
),

-- The decision table, with what the user reads otherwise.
rules as (
    select
        companies.company_id,
        table_rules.rank,
        table_rules.counterpart_role,
        table_rules.side,
        coalesce(own_rules.line_type, table_rules.line_type) as line_type,
        bank_line_types.line_type is not null as is_bank_line
    from {{ ref('stg_config__companies') }} as companies
    cross join table_rules
    left join own_rules
        on
            companies.company_id = own_rules.company_id
            and table_rules.counterpart_role = own_rules.counterpart_role
            and table_rules.side = own_rules.side
    left join bank_line_types
        on coalesce(own_rules.line_type, table_rules.line_type) = bank_line_types.line_type
),

named as (
    select
        entry_lines.*,
        customer_ids.customer_id
    from entry_lines
    inner join customer_ids
        on
            entry_lines.company_id = customer_ids.company_id
            and entry_lines.customer_spelling = customer_ids.customer_spelling
),

identified as (
    select
        *,
        {{ money('debit - credit') }} as amount,
        -- Identical lines occur and count: they are told apart by their rank, not by their place in a file.
        row_number() over (
            partition by
                entry_id, entry_date, account_number, auxiliary_number, document_number, document_date, line_label,
                debit, credit, lettering_code, foreign_amount, foreign_currency
            order by source_id, line_number
        ) as occurrence
    from named
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
        bool_or(role in ('cash', 'bill', 'discounted_bill')) as has_cash,
        bool_or(role in ('bill', 'discounted_bill')) as has_bill,
        bool_or(role = 'discounted_bill') as has_discounted_bill,
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
        {{ money('sum(amount)') }} as entry_amount,
        bool_or(account_number like '4117%') and not bool_and(account_number like '4117%') as moves_retention
    from keyed
    group by entry_id, customer_id
),

shaped as (
    select
        keyed.*,
        coalesce(entry_shape.role_count, 0) as role_count,
        coalesce(entry_shape.has_cash, false) as has_cash,
        coalesce(entry_shape.has_bill, false) as has_bill,
        coalesce(entry_shape.has_discounted_bill, false) as has_discounted_bill,
        -- An entry that sells and collects at once: its debits read as the sale, its credits as the payment.
        coalesce(
            entry_shape.has_cash
            and entry_shape.has_revenue
            and (customer_shape.is_on_both_sides or entry_shape.has_sale),
            false
        ) as is_mixed_entry,
        customer_shape.entry_amount as customer_entry_amount,
        customer_shape.moves_retention,
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
        shaped.company_id,
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
        and not (
            entry_roles.role in ('cash', 'bill', 'discounted_bill')
            and shaped.is_mixed_entry and shaped.side = 'debit'
        )
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
            candidate_roles.company_id = rules.company_id
            and candidate_roles.role = rules.counterpart_role
            and candidate_roles.side = rules.side
    group by shaped.line_id
),

joined as (
    select
        shaped.company_id,
        shaped.line_id,
        shaped.entry_id,
        shaped.customer_id,
        -- A transfer moves an item as it is and is no item itself. Between two customers, or into and out of
        -- retention guarantees, what arrives is owed on other terms: each half is an item.
        case
            when classified.line_type <> 'transfer' then classified.line_type
            when shaped.role_count > 0 then 'other'
            when shaped.customer_entry_amount <> 0 or shaped.moves_retention then 'reassignment'
            else 'transfer'
        end as line_type,
        classified.is_bank_line,
        classified.is_bank_line and shaped.has_bill as is_bill,
        classified.is_bank_line and shaped.has_discounted_bill as is_discounted,
        classified.counterpart_role = 'suspense' as is_suspense,
        shaped.is_mixed_entry,
        shaped.receivable_line_count,
        shaped.amount,
        shaped.fiscal_year_start,
        shaped.entry_date,
        shaped.document_number,
        shaped.document_date,
        shaped.line_label,
        -- Only bills have a maturity of their own: no other wording is read for one.
        case
            when shaped.account_number like '413%' or shaped.has_bill then {{ maturity_of('shaped.line_label') }}
        end as maturity_date,
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
