-- Functions of the published warehouse, over its own tables: what was open, and known, on any day, month end or not.
-- Amounts are signed as they weigh on the balance: money on account and credit notes are negative, so that the sum of
-- open_amount is the ledger balance of that day; foreign amounts stand as written. After the run's own as-of date nothing
-- changes any more.

create macro open_items_at(as_of_date) as table
with

movements as (
    select company_id, invoice_id as item_id, true as is_document, amount
    from marts.fct_invoices
    where entry_date <= as_of_date
    union all
    select company_id, invoice_id, true, -amount
    from marts.fct_allocations
    where allocation_date <= as_of_date and invoice_id is not null
    union all
    select company_id, credit_invoice_id, true, amount
    from marts.fct_allocations
    where allocation_date <= as_of_date and credit_invoice_id is not null
    union all
    select company_id, payment_id, false, -amount
    from marts.fct_payments
    where entry_date <= as_of_date
    union all
    select company_id, payment_id, false, amount
    from marts.fct_allocations
    where allocation_date <= as_of_date and payment_id is not null
),

open_items as (
    select company_id, item_id, is_document, cast(sum(amount) as decimal(18, 2)) as open_amount
    from movements
    group by all
    having sum(amount) <> 0
),

described as (
    select
        i.company_id,
        i.customer_id,
        i.document_type as item_kind,
        i.invoice_id,
        cast(null as varchar) as payment_id,
        i.document_number,
        i.entry_date,
        i.issue_date,
        case when i.due_date_source <> 'unknown' then i.due_date end as due_date,
        i.due_date_source,
        i.currency,
        i.amount,
        i.foreign_amount,
        i.foreign_currency,
        o.open_amount
    from open_items as o
    inner join marts.fct_invoices as i on o.company_id = i.company_id and o.item_id = i.invoice_id
    where o.is_document

    union all

    select
        p.company_id,
        p.customer_id,
        p.kind,
        null,
        p.payment_id,
        p.document_number,
        p.entry_date,
        null,
        null,
        null,
        null,
        -p.amount,
        p.foreign_amount,
        p.foreign_currency,
        o.open_amount
    from open_items as o
    inner join marts.fct_payments as p on o.company_id = p.company_id and o.item_id = p.payment_id
    where not o.is_document
)

select
    *,
    cast(date_diff('day', due_date, cast(as_of_date as date)) as integer) as days_past_due,
    case
        when payment_id is not null or open_amount < 0 then 'unallocated'
        when days_past_due is null then 'due_date_unknown'
        when days_past_due <= 0 then 'not_due'
        when days_past_due <= 30 then 'overdue_1_30'
        when days_past_due <= 60 then 'overdue_31_60'
        when days_past_due <= 90 then 'overdue_61_90'
        when days_past_due <= 120 then 'overdue_91_120'
        else 'overdue_over_120'
    end as bucket
from described;

-- The same by customer, in the columns of marts.fct_ageing_monthly: money paid back beyond what is on account is owed,
-- with no due date.
create macro receivables_at(as_of_date) as table
with

summed as (
    select
        company_id,
        customer_id,
        sum(open_amount) as balance,
        coalesce(sum(open_amount) filter (bucket = 'not_due'), 0) as not_due,
        coalesce(sum(open_amount) filter (bucket = 'overdue_1_30'), 0) as overdue_1_30,
        coalesce(sum(open_amount) filter (bucket = 'overdue_31_60'), 0) as overdue_31_60,
        coalesce(sum(open_amount) filter (bucket = 'overdue_61_90'), 0) as overdue_61_90,
        coalesce(sum(open_amount) filter (bucket = 'overdue_91_120'), 0) as overdue_91_120,
        coalesce(sum(open_amount) filter (bucket = 'overdue_over_120'), 0) as overdue_over_120,
        coalesce(sum(open_amount) filter (bucket = 'due_date_unknown'), 0) as due_date_unknown,
        coalesce(sum(-open_amount) filter (bucket = 'unallocated'), 0) as unallocated
    from open_items_at(as_of_date)
    group by all
)

select
    company_id,
    customer_id,
    cast(balance as decimal(18, 2)) as balance,
    cast(not_due as decimal(18, 2)) as not_due,
    cast(overdue_1_30 as decimal(18, 2)) as overdue_1_30,
    cast(overdue_31_60 as decimal(18, 2)) as overdue_31_60,
    cast(overdue_61_90 as decimal(18, 2)) as overdue_61_90,
    cast(overdue_91_120 as decimal(18, 2)) as overdue_91_120,
    cast(overdue_over_120 as decimal(18, 2)) as overdue_over_120,
    cast(due_date_unknown + greatest(-unallocated, 0) as decimal(18, 2)) as due_date_unknown,
    cast(greatest(unallocated, 0) as decimal(18, 2)) as unallocated
from summed;

-- What was known of each customer's company on a day: the state of proceedings by the notices published by then, and
-- what its register told. Customers whose company is not known have no row.
create macro companies_at(as_of_date) as table
select
    s.company_id,
    s.customer_id,
    s.legal_unit_id,
    s.legal_status,
    s.is_in_proceedings,
    s.valid_from as legal_status_since,
    s.notice_id,
    u.legal_name,
    u.naf_code,
    u.size_category,
    u.administrative_state
from marts.fct_legal_status as s
left join marts.dim_legal_units as u
    on
        s.company_id = u.company_id
        and s.legal_unit_id = u.legal_unit_id
        and u.known_from <= as_of_date
        and coalesce(as_of_date < u.known_to, true)
where s.valid_from <= as_of_date and coalesce(as_of_date < s.valid_to, true);
