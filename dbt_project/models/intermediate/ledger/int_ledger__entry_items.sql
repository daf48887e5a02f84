with

receivable_lines as (
    select * from {{ ref('int_ledger__receivable_lines') }}
    where line_type <> 'transfer'
),

years as (
    select * from {{ ref('int_ledger__fiscal_years') }}
),

entry_roles as (
    select * from {{ ref('int_ledger__entry_roles') }}
),

differences as (
    select * from {{ ref('int_ledger__opening_differences') }}
),

-- Openings are items only where the year before is not loaded.
kept_lines as (
    select
        receivable_lines.*,
        years.fiscal_year
    from receivable_lines
    inner join years
        on
            receivable_lines.company_id = years.company_id
            and receivable_lines.fiscal_year_start = years.fiscal_year_start
    where receivable_lines.line_type <> 'opening_item' or years.is_first_year
),

-- Money booked with a discount, a loss, an exchange or rounding difference in one entry against one line: the
-- line is split, so that cash is cash.
entry_parts as (
    select
        entry_id,
        {{ money("sum(case when role in ('discount', 'rebate') then amount else 0 end)") }} as discount_amount,
        {{ money("sum(case when role = 'write_off' then amount else 0 end)") }} as write_off_amount,
        {{ money("sum(case when role = 'vat' then amount else 0 end)") }} as vat_amount,
        {{ money("sum(case when role = 'exchange' then amount else 0 end)") }} as exchange_amount,
        {{ money("sum(case when role = 'rounding' then amount else 0 end)") }} as rounding_amount
    from entry_roles
    group by entry_id
),

splittable as (
    select
        kept_lines.line_id,
        {{ money('case when entry_parts.discount_amount <> 0
            then entry_parts.discount_amount + entry_parts.vat_amount else 0 end') }} as discount_amount,
        {{ money('case when entry_parts.write_off_amount <> 0 and entry_parts.discount_amount = 0
            then entry_parts.write_off_amount + entry_parts.vat_amount
            else entry_parts.write_off_amount end') }} as write_off_amount,
        entry_parts.exchange_amount,
        entry_parts.rounding_amount,
        entry_parts.discount_amount <> 0 as has_discount,
        entry_parts.vat_amount
    from kept_lines
    inner join entry_parts
        on kept_lines.entry_id = entry_parts.entry_id
    where
        kept_lines.line_type = 'payment'
        and kept_lines.receivable_line_count = 1
        and not kept_lines.is_mixed_entry
),

-- Signs as in the ledger: what reduces the debt is negative.
parts as (
    select
        line_id, 'discount' as line_type, -discount_amount as amount,
        case when has_discount then -vat_amount else 0 end as vat_amount
    from splittable
    union all
    select
        line_id, 'write_off' as line_type, -write_off_amount as amount,
        case when has_discount then 0 else -vat_amount end as vat_amount
    from splittable
    union all
    select line_id, 'exchange' as line_type, -exchange_amount as amount, 0 as vat_amount from splittable
    union all
    select line_id, 'rounding' as line_type, -rounding_amount as amount, 0 as vat_amount from splittable
),

-- The output VAT of an entry, spread over the lines it taxes by running totals, so that not a cent is lost. A
-- payment's part (discount or loss) carries the whole of it.
taxed as (
    select
        kept_lines.line_id,
        entry_parts.vat_amount as entry_vat,
        sum(kept_lines.amount) over (partition by kept_lines.entry_id) as entry_amount,
        sum(kept_lines.amount) over (
            partition by kept_lines.entry_id order by kept_lines.line_id
            rows between unbounded preceding and current row
        ) as running_amount,
        kept_lines.amount
    from kept_lines
    inner join entry_parts
        on kept_lines.entry_id = entry_parts.entry_id
    where kept_lines.line_type in ('invoice', 'credit_note', 'deposit', 'advance_applied', 'write_off', 'discount')
),

line_vat as (
    select
        line_id,
        {{ money(
            money('cast(-entry_vat as double) * cast(running_amount as double) / cast(entry_amount as double)')
            ~ ' - '
            ~ money('cast(-entry_vat as double) * cast(running_amount - amount as double) / cast(entry_amount as double)')
        ) }} as vat_amount
    from taxed
    where entry_amount <> 0
),

part_totals as (
    select
        line_id,
        {{ money('sum(amount)') }} as amount
    from parts
    group by line_id
),

lines_and_parts as (
    select
        kept_lines.line_id as item_id,
        kept_lines.line_id,
        kept_lines.line_type,
        kept_lines.is_bank_line,
        {{ money('kept_lines.amount - coalesce(part_totals.amount, 0)') }} as amount,
        line_vat.vat_amount
    from kept_lines
    left join part_totals
        on kept_lines.line_id = part_totals.line_id
    left join line_vat
        on kept_lines.line_id = line_vat.line_id

    union all

    select
        md5(parts.line_id || '|' || parts.line_type) as item_id,
        parts.line_id,
        parts.line_type,
        false as is_bank_line,
        {{ money('parts.amount') }} as amount,
        {{ money('parts.vat_amount') }} as vat_amount
    from parts
    where parts.amount <> 0
),

items as (
    select
        kept_lines.company_id,
        lines_and_parts.item_id,
        kept_lines.line_id,
        kept_lines.customer_id,
        lines_and_parts.line_type,
        lines_and_parts.is_bank_line,
        kept_lines.is_suspense and lines_and_parts.is_bank_line as is_suspense,
        kept_lines.is_bill and lines_and_parts.is_bank_line as is_bill,
        kept_lines.is_discounted and lines_and_parts.is_bank_line as is_discounted,
        kept_lines.account_number like '4117%' as is_retention,
        lines_and_parts.amount,
        lines_and_parts.vat_amount,
        kept_lines.fiscal_year,
        kept_lines.fiscal_year_start,
        kept_lines.entry_date,
        case
            when lines_and_parts.line_type = 'opening_item'
                then
                    case
                        when kept_lines.document_date < kept_lines.entry_date then kept_lines.document_date
                        else kept_lines.entry_date
                    end
            else coalesce(kept_lines.document_date, kept_lines.entry_date)
        end as issue_date,
        -- An opening balance dated like the opening itself says nothing of when its invoices were issued.
        not (
            lines_and_parts.line_type = 'opening_item'
            and coalesce(kept_lines.document_date >= kept_lines.entry_date, true)
        ) as is_issue_date_known,
        kept_lines.document_number,
        kept_lines.line_label,
        kept_lines.maturity_date,
        kept_lines.journal_code,
        kept_lines.entry_number,
        kept_lines.account_number,
        {{ lettering_key('kept_lines') }} as lettering_key,
        kept_lines.foreign_amount,
        kept_lines.foreign_currency,
        kept_lines.file_name,
        kept_lines.line_number
    from lines_and_parts
    inner join kept_lines
        on lines_and_parts.line_id = kept_lines.line_id
),

difference_items as (
    select
        company_id,
        md5(
            company_id || '|opening_difference|' || cast(fiscal_year_start as varchar(10)) || '|' || customer_id
        ) as item_id,
        cast(null as varchar(32)) as line_id,
        customer_id,
        'opening_difference' as line_type,
        false as is_bank_line,
        false as is_suspense,
        false as is_bill,
        false as is_discounted,
        false as is_retention,
        amount,
        cast(null as decimal(18, 2)) as vat_amount,
        fiscal_year,
        fiscal_year_start,
        fiscal_year_start as entry_date,
        fiscal_year_start as issue_date,
        false as is_issue_date_known,
        cast(null as varchar(100)) as document_number,
        'Opening balance less the previous closing' as line_label,
        cast(null as date) as maturity_date,
        cast(null as varchar(100)) as journal_code,
        cast(null as varchar(100)) as entry_number,
        '411' as account_number,
        cast(null as varchar(100)) as lettering_key,
        {{ money('null') }} as foreign_amount,
        cast(null as varchar(10)) as foreign_currency,
        cast(null as varchar(255)) as file_name,
        cast(null as bigint) as line_number
    from differences
)

select * from items
union all
select * from difference_items
