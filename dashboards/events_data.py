"""The queries about events: disputes, promises, reminders, instalments, insured limits, decisions.

What belongs here: reading `fct_disputes`, `fct_promises`, `fct_reminders`, `fct_instalments`, the signals of
`fct_customer_behaviour_monthly`, the decisions of `customer_scores` and `event_sources` into small frozen records.
What does not: sentences and layouts (`dashboards.followup`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashboards.data import Tables

EVENTS = ("disputes", "promises", "reminders", "orders", "instalments", "insured_limits", "overrides")
"""The tables of events, in reading order."""
SHOWN = 20
"""Most rows of each list in the page."""
RECENT_DAYS = 90
"""Broken promises older than this are counted, not listed."""

REQUIRED: dict[str, tuple[str, ...]] = {
    "marts/fct_disputes": (
        *("company_id", "dispute_id", "document_reference", "customer_id", "opened_on", "reason", "is_open"),
        *("days_open", "documents", "disputed_amount", "subject"),
    ),
    "marts/fct_promises": (
        *("company_id", "promise_id", "document_reference", "customer_id", "promised_on", "due_on"),
        *("expected_amount", "received_amount", "status"),
    ),
    "marts/fct_reminders": ("company_id", "reminder_id", "sent_on", "level"),
    "marts/fct_instalments": ("company_id", "instalment_id", "amount", "paid_amount", "status"),
    "marts/event_sources": (
        *("company_id", "event", "is_configured", "rows_given", "about_documents", "about_customers"),
        *("unknown_documents", "ambiguous_documents", "unknown_customers", "rows_after_as_of"),
        *("first_date", "last_date"),
    ),
}


@dataclass(frozen=True)
class EventSource:
    """One table of events: what could be made of its rows."""

    event: str
    is_configured: bool
    rows_given: int
    about_documents: int
    about_customers: int
    unknown_documents: int
    ambiguous_documents: int
    unknown_customers: int
    rows_after_as_of: int
    first_date: date | None
    last_date: date | None

    @property
    def not_tied(self) -> int:
        return self.unknown_documents + self.ambiguous_documents + self.unknown_customers


@dataclass(frozen=True)
class Dispute:
    """One dispute open on the as-of day."""

    name: str
    document_reference: str | None
    documents: int
    opened_on: date
    reason: str | None
    days_open: int
    disputed_amount: Decimal


@dataclass(frozen=True)
class Promise:
    """One promise that is pending, or was broken lately."""

    name: str
    document_reference: str | None
    promised_on: date
    due_on: date
    expected_amount: Decimal
    received_amount: Decimal
    status: str


@dataclass(frozen=True)
class Uninsured:
    """A customer's balance beside its insured limit."""

    name: str
    balance: Decimal
    insured_limit: Decimal
    uninsured_exposure: Decimal


@dataclass(frozen=True)
class Decision:
    """A person's decision in force, in place of the action proposed."""

    customer_id: str
    name: str
    action: str
    reason: str | None
    decided_by: str | None
    decided_on: date
    valid_to: date | None


@dataclass(frozen=True)
class Events:
    """All that the pages say of events. Counts of promises and reminders are of the last twelve months."""

    sources: tuple[EventSource, ...]
    disputed_documents: int
    disputed_open: Decimal
    disputes: tuple[Dispute, ...]
    open_disputes: int
    promises_kept: int
    promises_broken: int
    promises_pending: int
    promised_pending: Decimal
    promises: tuple[Promise, ...]
    reminders: int
    reminders_third: int
    late_instalments: int
    instalment_arrears: Decimal
    insured_limit: Decimal
    uninsured_exposure: Decimal
    insured_balance: Decimal
    uninsured: tuple[Uninsured, ...]
    decisions: tuple[Decision, ...]

    def tells(self, event: str) -> bool:
        """Whether a source of this table is configured."""
        return any(s.is_configured for s in self.sources if s.event == event)

    @property
    def absent(self) -> tuple[str, ...]:
        """The tables without a source, in reading order."""
        return tuple(event for event in EVENTS if not self.tells(event))


def read_events(tables: Tables, company_id: str, as_of: date, year_before: date) -> Events:
    """Everything of one company; `year_before`: the last day before the twelve months."""
    name = "coalesce(c.customer_name, e.customer_id, '–') as name"
    customer = "left join dim_customers c on c.company_id = e.company_id and c.customer_id = e.customer_id"
    disputed = tables.dicts(
        "select count(*) as documents, cast(coalesce(sum(open_amount), 0) as decimal(38, 2)) as amount "
        "from fct_invoices where company_id = ? and is_disputed and open_amount > 0",
        company_id,
    )[0]
    promised = tables.dicts(
        "select count(*) filter (status = 'kept' and due_on > ?) as kept, "
        "count(*) filter (status = 'broken' and due_on > ?) as broken, "
        "count(*) filter (status = 'pending') as pending, "
        "cast(coalesce(sum(expected_amount - received_amount) filter (status = 'pending'), 0) as decimal(38, 2)) "
        "as amount from fct_promises where company_id = ?",
        year_before,
        year_before,
        company_id,
    )[0]
    reminded = tables.dicts(
        "select count(*) as sent, count(*) filter (level >= 3) as third "
        "from fct_reminders where company_id = ? and sent_on > ?",
        company_id,
        year_before,
    )[0]
    arrears = tables.dicts(
        "select count(*) as late, cast(coalesce(sum(amount - paid_amount), 0) as decimal(38, 2)) as amount "
        "from fct_instalments where company_id = ? and status = 'late'",
        company_id,
    )[0]
    insured = tables.dicts(
        "select cast(coalesce(sum(insured_limit), 0) as decimal(38, 2)) as insured_limit, "
        "cast(coalesce(sum(uninsured_exposure), 0) as decimal(38, 2)) as uninsured, "
        "cast(coalesce(sum(greatest(balance, 0)) filter (uninsured_exposure is not null), 0) as decimal(38, 2)) "
        "as balance from fct_customer_behaviour_monthly where company_id = ? and month_end = ?",
        company_id,
        as_of,
    )[0]
    sources = tables.records(
        EventSource,
        "select event, is_configured, rows_given, about_documents, about_customers, unknown_documents, "
        "ambiguous_documents, unknown_customers, rows_after_as_of, first_date, last_date "
        "from event_sources where company_id = ? order by event",
        company_id,
    )
    return Events(
        sources=tuple(sorted(sources, key=lambda source: EVENTS.index(source.event))),
        disputed_documents=disputed["documents"],
        disputed_open=disputed["amount"],
        disputes=tables.records(
            Dispute,
            f"select {name}, e.document_reference, e.documents, e.opened_on, e.reason, e.days_open, "
            f"cast(e.disputed_amount as decimal(38, 2)) as disputed_amount from fct_disputes e {customer} "
            "where e.company_id = ? and e.is_open and e.subject in ('document', 'customer') "
            f"order by e.disputed_amount desc, e.dispute_id limit {SHOWN}",
            company_id,
        ),
        open_disputes=tables.dicts(
            "select count(*) as n from fct_disputes "
            "where company_id = ? and is_open and subject in ('document', 'customer')",
            company_id,
        )[0]["n"],
        promises_kept=promised["kept"],
        promises_broken=promised["broken"],
        promises_pending=promised["pending"],
        promised_pending=promised["amount"],
        promises=tables.records(
            Promise,
            f"select {name}, e.document_reference, e.promised_on, e.due_on, "
            "cast(e.expected_amount as decimal(38, 2)) as expected_amount, "
            "cast(e.received_amount as decimal(38, 2)) as received_amount, e.status "
            f"from fct_promises e {customer} where e.company_id = ? "
            "and (e.status = 'pending' or (e.status = 'broken' and e.due_on > ?)) "
            "order by e.status desc, e.expected_amount - e.received_amount desc, e.promise_id "
            f"limit {SHOWN}",
            company_id,
            as_of - timedelta(days=RECENT_DAYS),
        ),
        reminders=reminded["sent"],
        reminders_third=reminded["third"],
        late_instalments=arrears["late"],
        instalment_arrears=arrears["amount"],
        insured_limit=insured["insured_limit"],
        uninsured_exposure=insured["uninsured"],
        insured_balance=insured["balance"],
        uninsured=tables.records(
            Uninsured,
            f"select {name}, cast(e.balance as decimal(38, 2)) as balance, "
            "cast(e.insured_limit as decimal(38, 2)) as insured_limit, "
            "cast(e.uninsured_exposure as decimal(38, 2)) as uninsured_exposure "
            f"from fct_customer_behaviour_monthly e {customer} "
            "where e.company_id = ? and e.month_end = ? and e.uninsured_exposure > 0 "
            f"order by e.uninsured_exposure desc, e.customer_id limit {SHOWN // 2}",
            company_id,
            as_of,
        ),
        decisions=tables.records(
            Decision,
            f"select e.customer_id, {name}, e.override_action as action, e.override_reason as reason, "
            "e.override_decided_by as decided_by, e.override_decided_on as decided_on, "
            f"e.override_valid_to as valid_to from customer_scores e {customer} "
            "where e.company_id = ? and e.override_action is not null order by e.customer_id",
            company_id,
        ),
    )
