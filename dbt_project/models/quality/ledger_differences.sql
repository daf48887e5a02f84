{{ config(meta={'key': ['company_id', 'difference_id']}) }}

-- The sub-ledger's balance against the ledger's, on the last day that both tell: every difference by document, by
-- payment, by customer. The rows of a customer add up to the difference of its two balances, whatever they explain.
with

companies as (
    select
        company_id,
        least(as_of, ledger_as_of) as tie_date
    from {{ ref('stg_config__companies') }}
    where has_fec and has_subledger
),

customers_file as (
    select
        company_id,
        ledger_customer_id,
        min(customer_id) as customer_id
    from {{ ref('stg_config__customers') }}
    where ledger_customer_id is not null
    group by company_id, ledger_customer_id
),

subledger_customers as (
    select
        company_id,
        {{ normal_customer('customer_id') }} as normal_form,
        min(customer_id) as customer_id
    from {{ ref('int_subledger__items') }}
    group by company_id, {{ normal_customer('customer_id') }}
    -- Two customers of one spelling are not told apart by it.
    having count(distinct customer_id) = 1
),

-- The ledger's lines, under the sub-ledger's customer where its number is known.
ledger_items as (
    select
        items.company_id,
        companies.tie_date,
        coalesce(customers_file.customer_id, subledger_customers.customer_id, items.customer_id) as customer_id,
        items.line_type,
        items.is_bank_line,
        items.document_number,
        items.entry_date,
        items.line_type = 'opening_item' as is_opening,
        -- What an entry splits off a payment stands with it, not with the number that both bear.
        items.item_id <> items.line_id as is_part,
        items.amount,
        items.item_id
    from {{ ref('int_ledger__entry_items') }} as items
    inner join companies
        on items.company_id = companies.company_id
    left join customers_file
        on
            items.company_id = customers_file.company_id
            and items.customer_id = customers_file.ledger_customer_id
    left join subledger_customers
        on
            items.company_id = subledger_customers.company_id
            and {{ normal_customer('items.customer_id') }} = subledger_customers.normal_form
),

-- What stood open when the ledger begins, as its openings carry it: documents less what had settled them, money less what
-- it had settled. Everything since counts whole.
ledger_starts as (
    select
        company_id,
        min(fiscal_year_start) as first_day
    from {{ ref('int_ledger__entry_items') }}
    group by company_id
),

settled_before as (
    select
        item_id,
        sum(amount) as amount
    from (
        select company_id, allocation_date, invoice_id as item_id, -amount as amount
        from {{ ref('fct_allocations') }}
        union all
        select company_id, allocation_date, coalesce(payment_id, credit_invoice_id) as item_id, amount
        from {{ ref('fct_allocations') }}
    ) as settled
    inner join ledger_starts
        on
            settled.company_id = ledger_starts.company_id
            and settled.allocation_date < ledger_starts.first_day
    group by item_id
),

subledger_items as (
    select
        items.company_id,
        companies.tie_date,
        items.customer_id,
        items.line_type,
        items.is_bank_line,
        items.document_number,
        items.entry_date,
        items.entry_date < ledger_starts.first_day as is_opening,
        false as is_part,
        case
            when items.entry_date < ledger_starts.first_day then items.amount + coalesce(settled_before.amount, 0)
            else items.amount
        end as amount,
        items.item_id
    from {{ ref('int_subledger__items') }} as items
    inner join companies
        on items.company_id = companies.company_id
    left join ledger_starts
        on items.company_id = ledger_starts.company_id
    left join settled_before
        on items.item_id = settled_before.item_id
    where
        items.entry_date >= ledger_starts.first_day
        or items.amount + coalesce(settled_before.amount, 0) <> 0
),

both_sides as (
    select 'ledger' as side, * from ledger_items
    union all
    select 'subledger' as side, * from subledger_items
),

named as (
    select
        *,
        case
            when not is_bank_line and is_part is not true and {{ regexp_contains("coalesce(document_number, '')", '[0-9]') }}
                then {{ regexp_replace_all('upper(document_number)', '[^A-Z0-9]', '') }}
        end as own_key
    from both_sides
),

ledger_keys as (
    select distinct company_id, own_key
    from named
    where side = 'ledger' and own_key is not null
),

-- A loss, a discount or a correction bears the number of its document in the ledger, where a sub-ledger gives it one of
-- its own: it then meets under the one document that it settles.
credited as (
    select
        allocations.credit_invoice_id as item_id,
        min(named.own_key) as document_key
    from {{ ref('fct_allocations') }} as allocations
    inner join named
        on allocations.invoice_id = named.item_id
    where allocations.credit_invoice_id is not null
    group by allocations.credit_invoice_id
    having count(distinct allocations.invoice_id) = 1
),

numbers as (
    select
        named.*,
        case
            when named.side = 'subledger' and ledger_keys.own_key is null
                then coalesce(credited.document_key, named.own_key)
            else named.own_key
        end as document_key
    from named
    left join ledger_keys
        on
            named.company_id = ledger_keys.company_id
            and named.own_key = ledger_keys.own_key
    left join credited
        on named.item_id = credited.item_id
),

-- What the ledger's openings do not tell one by one is compared as each customer's opening balance.
keyed as (
    select
        *,
        case
            when not is_opening then document_key
            when document_key is not null
                and count(case when side = 'ledger' then 1 end) over of_document > 0
                and count(case when side = 'subledger' then 1 end) over of_document > 0
                then document_key
            else '(opening)'
        end as number_key
    from numbers
    window of_document as (partition by company_id, customer_id, document_key)
),

-- Documents meet under their number: one may be several lines of the ledger, losses and discounts on it included.
numbered as (
    select
        company_id,
        tie_date,
        customer_id,
        number_key,
        case
            when number_key <> '(opening)' then max_by(document_number, abs(amount)) filter (where document_number is not null)
        end as document_number,
        max_by(line_type, abs(amount)) as line_type,
        min(case when side = 'ledger' then entry_date end) as ledger_date,
        min(case when side = 'subledger' then entry_date end) as subledger_date,
        sum(case when side = 'ledger' and entry_date <= tie_date then amount else 0 end) as ledger_amount,
        sum(case when side = 'subledger' and entry_date <= tie_date then amount else 0 end) as subledger_amount,
        sum(case when side = 'ledger' then amount else 0 end) as whole_ledger_amount,
        sum(case when side = 'subledger' then amount else 0 end) as whole_subledger_amount
    from keyed
    where number_key is not null
    group by company_id, tie_date, customer_id, number_key
),

numbered_differences as (
    select
        *,
        case
            when number_key = '(opening)' then 'opening_balance'
            when ledger_date is not null and subledger_date is not null and whole_ledger_amount = whole_subledger_amount
                then 'cut_off'
            when ledger_date is not null and subledger_date is not null then 'amount'
            -- The same number stands on the other side under another customer.
            when count(ledger_date) over of_number > 0 and count(subledger_date) over of_number > 0
                then 'other_customer'
            when ledger_date is null then 'missing_in_ledger'
            else 'missing_in_subledger'
        end as kind
    from numbered
    window of_number as (partition by company_id, number_key)
),

-- Payments, and documents without a number, meet by customer and amount, in order of date.
ranked as (
    select
        *,
        row_number() over (
            partition by company_id, side, customer_id, amount order by entry_date, item_id
        ) as occurrence
    from keyed
    where number_key is null
),

paired as (
    select
        coalesce(ledger.company_id, subledger.company_id) as company_id,
        coalesce(ledger.tie_date, subledger.tie_date) as tie_date,
        coalesce(ledger.customer_id, subledger.customer_id) as customer_id,
        coalesce(subledger.document_number, ledger.document_number) as document_number,
        coalesce(subledger.line_type, ledger.line_type) as line_type,
        ledger.entry_date as ledger_date,
        subledger.entry_date as subledger_date,
        case when ledger.entry_date <= ledger.tie_date then ledger.amount else 0 end as ledger_amount,
        case when subledger.entry_date <= subledger.tie_date then subledger.amount else 0 end as subledger_amount,
        coalesce(subledger.item_id, ledger.item_id) as item_id
    from (select * from ranked where side = 'ledger') as ledger
    full outer join (select * from ranked where side = 'subledger') as subledger
        on
            ledger.company_id = subledger.company_id
            and ledger.customer_id = subledger.customer_id
            and ledger.amount = subledger.amount
            and ledger.occurrence = subledger.occurrence
),

-- What is left of one day may be one bank line for several payments: where the day's sums agree nothing differs.
left_of_a_day as (
    select
        *,
        sum(case when ledger_date is null or subledger_date is null then subledger_amount - ledger_amount else 0 end)
            over (partition by company_id, customer_id, coalesce(ledger_date, subledger_date)) as difference_of_day
    from paired
),

other_differences as (
    select
        *,
        case
            when ledger_date is not null and subledger_date is not null then 'cut_off'
            when ledger_date is null then 'missing_in_ledger'
            else 'missing_in_subledger'
        end as kind
    from left_of_a_day
    where (ledger_date is not null and subledger_date is not null) or difference_of_day <> 0
),

differences as (
    select
        company_id,
        md5(company_id || '|' || customer_id || '|number|' || number_key) as difference_id,
        tie_date, customer_id, kind, line_type, document_number, ledger_date, subledger_date, ledger_amount,
        subledger_amount
    from numbered_differences

    union all

    select
        company_id,
        md5(company_id || '|' || customer_id || '|item|' || item_id) as difference_id,
        tie_date, customer_id, kind, line_type, document_number, ledger_date, subledger_date, ledger_amount,
        subledger_amount
    from other_differences
),

cast_differences as (
    select
        company_id,
        difference_id,
        tie_date,
        customer_id,
        kind,
        line_type,
        document_number,
        ledger_date,
        subledger_date,
        {{ money('ledger_amount') }} as ledger_amount,
        {{ money('subledger_amount') }} as subledger_amount,
        {{ money('subledger_amount - ledger_amount') }} as difference
    from differences
)

select * from cast_differences
where difference <> 0
