"""Profiles of sub-ledgers and of the events around them: what their rows say of each other.

What belongs here: counts and an example per sub-ledger, and per table of events. What does not: rows and cents of a
file (`profiles`), what is acceptable (`suites/`).
"""

from __future__ import annotations

# So far behind the as-of day a date is a slip of the keyboard; so far behind its issue a due date is one.
_FAR_DAYS, _LONG_TERMS_DAYS = 366, 1826

# What a document or payment is in, where no currency is given.
_IN = "coalesce(upper({0}.currency), c.currency)"

SUBLEDGER = f"""
    with accounts as (
        select
            company_id,
            ledger_name,
            cast(sum(rows_accepted - coalesce(rows_superseded, 0)) as bigint) as rows_accepted
        from sources
        where source = 'subledger' and status = 'used'
        group by all
    ),
    landed as (
        select company_id, ledger_name, count(*) as landed_rows
        from (
            select company_id, ledger_name from subledger_invoices
            union all select company_id, ledger_name from subledger_payments
            union all select company_id, ledger_name from subledger_allocations
            union all select company_id, ledger_name from subledger_exchange_rates
        )
        group by all
    ),
    documents as (
        select
            i.*,
            {_IN.format("i")} as in_currency,
            coalesce(i.issue_date, i.due_date) as day,
            c.currency as company_currency,
            c.as_of
        from subledger_invoices as i
        inner join companies as c on i.company_id = c.company_id
    ),
    money_in as (
        select p.*, {_IN.format("p")} as in_currency, c.currency as company_currency, c.as_of
        from subledger_payments as p
        inner join companies as c on p.company_id = c.company_id
    ),
    -- A document is named by its id or by its number.
    named as (
        select company_id, ledger_name, invoice_id as name from subledger_invoices
        union
        select company_id, ledger_name, document_number from subledger_invoices where document_number is not null
    ),
    strays as (
        select
            p.company_id,
            p.ledger_name,
            count(*) as stray_payments,
            cast(sum(abs(cents(p.amount))) as bigint) as stray_payments_cents,
            min(p.invoice_id) as stray_payment_example
        from subledger_payments as p
        anti join named as n
            on p.company_id = n.company_id and p.ledger_name = n.ledger_name and p.invoice_id = n.name
        where p.invoice_id is not null
        group by all
    ),
    loose as (
        select
            a.company_id,
            a.ledger_name,
            count(*) as loose_allocations,
            min(case when i.invoice_id is null then a.invoice_id else a.payment_id end) as loose_example
        from subledger_allocations as a
        inner join subledgers as s on a.company_id = s.company_id and a.ledger_name = s.ledger_name
        left join subledger_invoices as i
            on a.company_id = i.company_id and a.ledger_name = i.ledger_name and a.invoice_id = i.invoice_id
        left join subledger_payments as p
            on a.company_id = p.company_id and a.ledger_name = p.ledger_name and a.payment_id = p.payment_id
        left join subledger_invoices as n
            on a.company_id = n.company_id and a.ledger_name = n.ledger_name and a.payment_id = n.invoice_id
        where i.invoice_id is null or (s.has_payments and p.payment_id is null and n.invoice_id is null)
        group by all
    ),
    allocated as (
        select company_id, ledger_name, invoice_id, sum(amount) as amount
        from subledger_allocations
        group by all
    ),
    -- What payments say they pay, where no allocations say it.
    paid as (
        select d.company_id, d.ledger_name, d.invoice_id, sum(p.amount) as amount
        from documents as d
        inner join subledgers as s
            on d.company_id = s.company_id and d.ledger_name = s.ledger_name and not s.has_allocations
        inner join money_in as p
            on d.company_id = p.company_id
            and d.ledger_name = p.ledger_name
            and d.invoice_id = p.invoice_id
            and d.in_currency = p.in_currency
        group by all
    ),
    overpaid as (
        select
            d.company_id,
            d.ledger_name,
            count(*) as overpaid_documents,
            cast(sum(cents(s.amount - abs(d.amount))) as bigint) as overpaid_cents,
            min(d.invoice_id) as overpaid_example
        from documents as d
        inner join (select * from allocated union all select * from paid) as s
            on d.company_id = s.company_id and d.ledger_name = s.ledger_name and d.invoice_id = s.invoice_id
        where s.amount > abs(d.amount)
        group by all
    ),
    spent as (
        select p.company_id, p.ledger_name, p.payment_id, p.amount, sum(a.amount) as allocated
        from money_in as p
        inner join subledger_allocations as a
            on p.company_id = a.company_id and p.ledger_name = a.ledger_name and p.payment_id = a.payment_id
        inner join documents as d
            on a.company_id = d.company_id and a.ledger_name = d.ledger_name and a.invoice_id = d.invoice_id
        group by all
        having bool_and(d.in_currency = p.in_currency) and sum(a.amount) > p.amount and p.amount > 0
    ),
    overspent as (
        select
            company_id,
            ledger_name,
            count(*) as overspent_payments,
            cast(sum(cents(allocated - amount)) as bigint) as overspent_cents,
            min(payment_id) as overspent_example
        from spent
        group by all
    ),
    first_rates as (
        select company_id, ledger_name, upper(currency) as currency, min(rate_date) as rate_date
        from subledger_exchange_rates
        group by all
    ),
    unvalued as (
        select
            d.company_id,
            d.ledger_name,
            count(*) as unvalued_documents,
            string_agg(distinct d.in_currency, ', ' order by d.in_currency) as unvalued_currencies,
            min(d.invoice_id) as unvalued_example
        from documents as d
        left join first_rates as r
            on d.company_id = r.company_id
            and d.ledger_name = r.ledger_name
            and d.in_currency = r.currency
            and r.rate_date <= d.day
        where
            d.in_currency <> d.company_currency
            and d.company_amount is null
            and d.exchange_rate is null
            and r.currency is null
        group by all
    ),
    listed as (
        select c.company_id, k.customer_id
        from companies as c
        inner join customers as k on k.company_id is null or k.company_id = c.company_id
        where k.customer_id is not null
        group by all
    ),
    unlisted as (
        select
            o.company_id,
            o.ledger_name,
            count(*) as ledger_customers,
            count(*) filter (where listed.customer_id is null) as unlisted_customers,
            coalesce(min(o.customer_id) filter (where listed.customer_id is null), '') as unlisted_example
        from (
            select company_id, ledger_name, customer_id from subledger_invoices
            union select company_id, ledger_name, customer_id from subledger_payments
        ) as o
        left join listed on o.company_id = listed.company_id and o.customer_id = listed.customer_id
        where o.company_id in (select company_id from listed)
        group by all
    ),
    far as (
        select
            company_id,
            ledger_name,
            count(*) as far_rows,
            min(name) as far_example,
            max(day) as far_date
        from (
            select
                company_id,
                ledger_name,
                invoice_id as name,
                case when issue_date > as_of + {_FAR_DAYS} then issue_date else due_date end as day
            from documents
            where
                issue_date > as_of + {_FAR_DAYS}
                or due_date > greatest(coalesce(issue_date, as_of), as_of) + {_LONG_TERMS_DAYS}
            union all
            select company_id, ledger_name, payment_id, payment_date
            from money_in
            where payment_date > as_of + {_FAR_DAYS}
        )
        group by all
    ),
    -- An allocation takes from the document it settles, and from the credit note that settles it.
    taken as (
        select company_id, ledger_name, name, sum(amount) as amount
        from (
            select company_id, ledger_name, invoice_id as name, amount from subledger_allocations
            union all select company_id, ledger_name, payment_id, amount from subledger_allocations
        )
        group by all
    ),
    disagreeing as (
        select
            d.company_id,
            d.ledger_name,
            count(*) as disagreeing_documents,
            cast(sum(cents(abs(abs(d.open_amount) - abs(d.amount) + coalesce(t.amount, 0)))) as bigint)
                as disagreeing_cents,
            min(d.invoice_id) as disagreeing_example
        from documents as d
        inner join subledgers as s
            on d.company_id = s.company_id and d.ledger_name = s.ledger_name and s.has_allocations
        left join taken as t
            on d.company_id = t.company_id and d.ledger_name = t.ledger_name and d.invoice_id = t.name
        where d.open_amount is not null and abs(d.open_amount) <> abs(d.amount) - coalesce(t.amount, 0)
        group by all
    ),
    days as (
        select
            d.company_id,
            d.ledger_name,
            max(d.day) filter (where d.day <= d.as_of) as last_document,
            (
                select max(p.payment_date)
                from money_in as p
                where
                    p.company_id = d.company_id and p.ledger_name = d.ledger_name and p.payment_date <= p.as_of
            ) as last_payment
        from documents as d
        group by all
    )
    select
        c.company_id,
        c.currency,
        c.as_of,
        s.ledger_name,
        s.ledger_name as file_name,
        a.rows_accepted,
        cast(abs(a.rows_accepted - coalesce(landed.landed_rows, 0)) as bigint) as rows_not_landed,
        coalesce(strays.stray_payments, 0) as stray_payments,
        coalesce(strays.stray_payments_cents, 0) as stray_payments_cents,
        coalesce(strays.stray_payment_example, '') as stray_payment_example,
        coalesce(loose.loose_allocations, 0) as loose_allocations,
        coalesce(loose.loose_example, '') as loose_example,
        coalesce(overpaid.overpaid_documents, 0) as overpaid_documents,
        coalesce(overpaid.overpaid_cents, 0) as overpaid_cents,
        coalesce(overpaid.overpaid_example, '') as overpaid_example,
        coalesce(overspent.overspent_payments, 0) as overspent_payments,
        coalesce(overspent.overspent_cents, 0) as overspent_cents,
        coalesce(overspent.overspent_example, '') as overspent_example,
        coalesce(unvalued.unvalued_documents, 0) as unvalued_documents,
        coalesce(unvalued.unvalued_currencies, '') as unvalued_currencies,
        coalesce(unvalued.unvalued_example, '') as unvalued_example,
        unlisted.ledger_customers,
        unlisted.unlisted_customers,
        coalesce(unlisted.unlisted_example, '') as unlisted_example,
        coalesce(far.far_rows, 0) as far_rows,
        coalesce(far.far_example, '') as far_example,
        coalesce(far.far_date, c.as_of) as far_date,
        case when s.has_allocations then coalesce(disagreeing.disagreeing_documents, 0) end
            as disagreeing_documents,
        coalesce(disagreeing.disagreeing_cents, 0) as disagreeing_cents,
        coalesce(disagreeing.disagreeing_example, '') as disagreeing_example,
        coalesce(days.last_document, c.as_of) as last_document,
        coalesce(days.last_payment, c.as_of) as last_payment,
        case when s.has_payments then greatest(days.last_document - days.last_payment, 0) end as days_behind
    from subledgers as s
    inner join companies as c on s.company_id = c.company_id
    left join accounts as a on s.company_id = a.company_id and s.ledger_name = a.ledger_name
    left join landed on s.company_id = landed.company_id and s.ledger_name = landed.ledger_name
    left join strays on s.company_id = strays.company_id and s.ledger_name = strays.ledger_name
    left join loose on s.company_id = loose.company_id and s.ledger_name = loose.ledger_name
    left join overpaid on s.company_id = overpaid.company_id and s.ledger_name = overpaid.ledger_name
    left join overspent on s.company_id = overspent.company_id and s.ledger_name = overspent.ledger_name
    left join unvalued on s.company_id = unvalued.company_id and s.ledger_name = unvalued.ledger_name
    left join unlisted on s.company_id = unlisted.company_id and s.ledger_name = unlisted.ledger_name
    left join far on s.company_id = far.company_id and s.ledger_name = far.ledger_name
    left join disagreeing
        on s.company_id = disagreeing.company_id and s.ledger_name = disagreeing.ledger_name
    left join days on s.company_id = days.company_id and s.ledger_name = days.ledger_name
    order by c.company_id, s.ledger_name
"""

# Table of events → its name in French, the columns that name a row, begin it, end it and bear its amount, and what
# amount cannot be.
_EVENTS = {
    "disputes": ("litiges", "dispute_id", "opened_on", "closed_on", "amount", "amount <= 0"),
    "promises": ("promesses", "promise_id", "promised_on", "due_on", "amount", "amount <= 0"),
    "reminders": ("relances", "reminder_id", "sent_on", "null::date", "null", "false"),
    "orders": ("commandes", "order_id", "ordered_on", "null::date", "amount", "false"),
    "instalments": ("échéanciers", "instalment_id", "agreed_on", "due_on", "amount", "amount <= 0"),
    "insured_limits": (
        "limites assurées", "limit_id", "valid_from", "valid_to", "amount",
        "amount < 0 or insured_share not between 0 and 1",
    ),
    "overrides": ("décisions", "override_id", "decided_on", "valid_to", "null", "false"),
}  # fmt: skip
_ABOUT_DOCUMENTS = ("disputes", "promises", "reminders", "instalments")

_ROWS = " union all ".join(
    f"select company_id, '{event}' as event, '{french}' as event_fr, {key} as event_id, "
    f"{'invoice_id' if event in _ABOUT_DOCUMENTS else 'null::varchar'} as invoice_id, customer_id, "
    f"{begins} as begins_on, {ends} as ends_on, coalesce({odd}, false) as is_odd from events_{event}"
    for event, (french, key, begins, ends, _, odd) in _EVENTS.items()
)
_FRENCH = " ".join(f"when '{event}' then '{french}'" for event, (french, *_) in _EVENTS.items())

EVENTS = f"""
    with happened as ({_ROWS}),
    documents as (
        select company_id, invoice_id as name from subledger_invoices
        union select company_id, document_number from subledger_invoices where document_number is not null
        union select company_id, PieceRef from ledger where is_receivable and PieceRef is not null
    ),
    known_customers as (
        select company_id, customer_id from subledger_invoices
        union select company_id, customer_id from subledger_payments
        union select company_id, customer_id from receivables where customer_id is not null
        union
        select c.company_id, k.customer_id
        from companies as c
        inner join customers as k on k.company_id is null or k.company_id = c.company_id
        where k.customer_id is not null
    ),
    accounts as (
        select
            company_id,
            table_name,
            cast(sum(rows_accepted - coalesce(rows_superseded, 0)) as bigint) as rows_accepted
        from sources
        where source = 'events' and status = 'used'
        group by all
    ),
    judged as (
        select
            h.*,
            h.invoice_id is not null and d.name is null as is_about_no_document,
            h.customer_id is not null and k.customer_id is null as is_about_nobody,
            h.begins_on > c.as_of as is_future,
            h.ends_on < h.begins_on as is_reversed
        from happened as h
        inner join companies as c on h.company_id = c.company_id
        left join documents as d on h.company_id = d.company_id and h.invoice_id = d.name
        left join known_customers as k on h.company_id = k.company_id and h.customer_id = k.customer_id
    ),
    counted as (
        select
            company_id,
            event,
            count(*) as landed_rows,
            count(*) filter (where is_about_no_document) as unknown_documents,
            coalesce(min(invoice_id) filter (where is_about_no_document), '') as unknown_document_example,
            count(*) filter (where is_about_nobody) as unknown_customers,
            coalesce(min(customer_id) filter (where is_about_nobody), '') as unknown_customer_example,
            count(*) filter (where is_future) as future_rows,
            coalesce(min(event_id) filter (where is_future), '') as future_example,
            count(*) filter (where is_reversed) as reversed_rows,
            coalesce(min(event_id) filter (where is_reversed), '') as reversed_example,
            count(*) filter (where is_odd) as odd_rows,
            coalesce(min(event_id) filter (where is_odd), '') as odd_example
        from judged
        group by all
    )
    select
        c.company_id,
        c.currency,
        c.as_of,
        e.event,
        e.event as file_name,
        case e.event {_FRENCH} end as event_fr,
        a.rows_accepted,
        cast(abs(a.rows_accepted - coalesce(n.landed_rows, 0)) as bigint) as rows_not_landed,
        coalesce(n.landed_rows, 0) as landed_rows,
        coalesce(n.unknown_documents, 0) as unknown_documents,
        coalesce(n.unknown_document_example, '') as unknown_document_example,
        coalesce(n.unknown_customers, 0) as unknown_customers,
        coalesce(n.unknown_customer_example, '') as unknown_customer_example,
        coalesce(n.future_rows, 0) as future_rows,
        coalesce(n.future_example, '') as future_example,
        coalesce(n.reversed_rows, 0) as reversed_rows,
        coalesce(n.reversed_example, '') as reversed_example,
        coalesce(n.odd_rows, 0) as odd_rows,
        coalesce(n.odd_example, '') as odd_example
    from event_sources as e
    inner join companies as c on e.company_id = c.company_id
    left join accounts as a on e.company_id = a.company_id and e.event = a.table_name
    left join counted as n on e.company_id = n.company_id and e.event = n.event
    where e.is_configured
    order by c.company_id, e.event
"""
