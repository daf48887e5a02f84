"""The metrics models against a second opinion: plain Python, document by document and day by day.

The facts are random and unkind (partial payments, rejections, refunds that match nothing, negative months, credit
notes left open, an as-of day within a month); only the models under test run, on facts written by this module.
"""

from __future__ import annotations

import datetime as dt
import random
import re
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.lake import Workspace
from pipelines.sources.companies import ACCOUNTS, LINKS, UNITS
from tests.builds import build

SELECTED = (
    "metric_definitions", "int_metrics__*", "int_legal__*", "int_customer_defaults", "path:models/marts/metrics",
)  # fmt: skip
BUCKETS = ("not_due", "overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_91_120", "overdue_over_120")
BILLED = ("invoice", "credit_note", "deposit")
DAY = dt.timedelta(days=1)

pytestmark = pytest.mark.slow


@dataclass
class Document:
    company_id: str
    invoice_id: str
    customer_id: str
    document_type: str
    line_type: str
    entry_date: dt.date
    issue_date: dt.date
    due_date: dt.date | None
    due_date_source: str
    amount: int
    account_number: str
    open: int = 0
    disputes: list[tuple[dt.date, dt.date | None]] = field(default_factory=list)

    def is_disputed(self, day: dt.date) -> bool:
        return any(first <= day and (end is None or day < end) for first, end in self.disputes)

    @property
    def known_due_date(self) -> dt.date | None:
        return None if self.due_date_source == "unknown" else self.due_date


@dataclass
class Payment:
    company_id: str
    payment_id: str
    customer_id: str
    kind: str
    entry_date: dt.date
    payment_date: dt.date
    amount: int
    is_discounted: bool = False
    left: int = 0


@dataclass
class Allocation:
    company_id: str
    allocation_id: str
    customer_id: str
    invoice_id: str
    payment_id: str | None
    credit_invoice_id: str | None
    kind: str
    allocation_date: dt.date
    amount: int
    method: str


@dataclass
class Notice:
    notice_id: str
    siren: str
    publication_date: dt.date
    judgment_date: dt.date
    judgment_kind: str
    notice_type: str = "annonce"
    parent_notice_id: str | None = None


@dataclass
class Facts:
    company_id: str
    start: dt.date
    as_of: dt.date
    documents: list[Document] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    allocations: list[Allocation] = field(default_factory=list)
    sirens: dict[str, str] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    ceased: dict[str, dt.date] = field(default_factory=dict)


def disputes(rng: random.Random, entry: dt.date) -> list[tuple[dt.date, dt.date | None]]:
    """One or two stretches apart; the last one may go on."""
    first = entry + dt.timedelta(rng.randrange(0, 150))
    middle = first + dt.timedelta(rng.randrange(1, 120))
    if rng.random() < 0.5:
        return [(first, middle if rng.random() < 0.7 else None)]
    again = middle + dt.timedelta(rng.randrange(1, 60))
    return [
        (first, middle),
        (again, again + dt.timedelta(rng.randrange(1, 90)) if rng.random() < 0.7 else None),
    ]


def make_facts(seed: int, company_id: str, start: dt.date, as_of: dt.date, size: int) -> Facts:
    """Random facts that keep the contract's identities: what is allocated never exceeds what is open."""
    rng = random.Random(seed)
    facts = Facts(company_id, start, as_of)
    span = (as_of - start).days
    customers = [f"C{number}" for number in range(8)]
    for number, customer in enumerate(customers[:6]):
        facts.sirens[customer] = f"{company_id[0]}{number:08d}"
    for number in range(size):
        entry = start if number == 0 else start + dt.timedelta(rng.randrange(span + 1))
        issue = entry - dt.timedelta(rng.choice([0, 0, 0, 2, 10]))
        amount = rng.randrange(1_000, 500_000)
        draw = rng.random()
        document_type = line_type = "invoice"
        source = rng.choice(["customer_terms", "legal_default", "company_terms"])
        due: dt.date | None = issue + dt.timedelta(rng.choice([0, 30, 45, 60]))
        if draw < 0.03:
            document_type = line_type = "opening_item"
            entry = issue = start
            source, due = "unknown", None
        elif draw < 0.06:
            document_type = line_type = "opening_item"
            entry, issue = start, start - dt.timedelta(20)
            due = issue + dt.timedelta(30)
        elif draw < 0.14:
            document_type = line_type = "credit_note"
            amount = -amount // 2
        elif draw < 0.17:
            document_type, line_type, amount, source, due = (
                "other",
                "write_off",
                -amount // 2,
                "unknown",
                None,
            )
        elif draw < 0.19:
            document_type = line_type = "deposit"
        facts.documents.append(
            Document(
                company_id,
                f"{company_id}-{number:04d}",
                rng.choice(customers),
                document_type,
                line_type,
                entry,
                issue,
                due,
                source,
                amount,
                rng.choice(["411", "411", "4117"]),
                amount,
                disputes(rng, entry) if rng.random() < 0.3 else [],
            )
        )
    for number in range(size):
        document = rng.choice(facts.documents)
        amount = rng.choice([abs(document.amount), rng.randrange(100, 300_000)])
        kind = rng.choices(["receipt", "refund", "rejection"], [0.9, 0.04, 0.06])[0]
        amount = amount if kind == "receipt" else -amount
        entry = start + dt.timedelta(rng.randrange(span + 1))
        is_discounted = kind == "receipt" and rng.random() < 0.1
        facts.payments.append(
            Payment(
                company_id,
                f"{company_id}-P{number:04d}",
                document.customer_id,
                kind,
                entry,
                # A discounted bill is paid at its maturity, be that after the as-of day.
                entry + dt.timedelta(rng.randrange(1, 90)) if is_discounted else entry,
                amount,
                is_discounted,
                amount,
            )
        )
    allocate(rng, facts)
    make_notices(rng, facts)
    return facts


def allocate(rng: random.Random, facts: Facts) -> None:
    """Pay, reject and credit documents at random, within what is open."""

    def add(document: Document, amount: int, day: dt.date, kind: str, **source: str) -> None:
        facts.allocations.append(
            Allocation(
                facts.company_id,
                f"{facts.company_id}-A{len(facts.allocations):05d}",
                document.customer_id,
                document.invoice_id,
                source.get("payment_id"),
                source.get("credit_invoice_id"),
                kind,
                max(day, document.entry_date),
                amount,
                rng.choice(["ledger", "reference", "fifo"]),
            )
        )

    for payment in sorted(facts.payments, key=lambda row: (row.entry_date, row.payment_id)):
        own = [row for row in facts.documents if row.customer_id == payment.customer_id]
        rng.shuffle(own)
        if payment.kind == "receipt":
            for document in own:
                if document.open > 0 and payment.left > 0 and rng.random() < 0.7:
                    amount = min(document.open, payment.left)
                    document.open -= amount
                    payment.left -= amount
                    add(document, amount, payment.entry_date, "payment", payment_id=payment.payment_id)
        elif payment.kind == "rejection":
            # The whole of one earlier allocation comes back, once: what may be told apart by any reader.
            back = {
                row.invoice_id for row in facts.allocations if row.amount < 0 and row.payment_id is not None
            }
            earlier = [
                row
                for row in facts.allocations
                if row.payment_id is not None
                and row.customer_id == payment.customer_id
                and row.amount > 0
                and row.allocation_date <= payment.entry_date
                and row.invoice_id not in back
            ]
            if earlier:
                undone = rng.choice(earlier)
                document = next(row for row in facts.documents if row.invoice_id == undone.invoice_id)
                document.open += undone.amount
                payment.amount = -undone.amount
                payment.left = 0
                add(document, -undone.amount, payment.entry_date, "payment", payment_id=payment.payment_id)
    for credit in facts.documents:
        for document in facts.documents:
            matches = credit.open < 0 < document.open and credit.customer_id == document.customer_id
            if matches and rng.random() < 0.3:
                amount = min(-credit.open, document.open)
                credit.open += amount
                document.open -= amount
                kind = "write_off" if credit.line_type == "write_off" else "credit_note"
                add(document, amount, credit.entry_date, kind, credit_invoice_id=credit.invoice_id)


def make_notices(rng: random.Random, facts: Facts) -> None:
    """Proceedings, conversions, plans, closures, corrections and cancellations, some out of order."""
    kinds = ["conversion_liquidation", "plan", "closure", "opening_receivership", "struck_off", "other"]
    for siren in facts.sirens.values():
        if rng.random() < 0.2:
            facts.ceased[siren] = facts.start + dt.timedelta(rng.randrange(700))
        if rng.random() < 0.4:
            continue
        day = facts.start + dt.timedelta(rng.randrange(300))
        for step in range(rng.randrange(1, 5)):
            kind = rng.choice(["opening_safeguard", "opening_receivership", "opening_liquidation"])
            notice = Notice(
                f"{siren}-{step}",
                siren,
                day + dt.timedelta(rng.randrange(3, 60)),
                day,
                kind if step == 0 else rng.choice(kinds),
            )
            facts.notices.append(notice)
            day += dt.timedelta(rng.randrange(20, 200))
            if rng.random() < 0.25:
                facts.notices.append(
                    Notice(
                        f"{siren}-{step}x",
                        siren,
                        notice.publication_date + dt.timedelta(rng.randrange(1, 90)),
                        notice.judgment_date,
                        notice.judgment_kind,
                        rng.choice(["rectificatif", "annulation"]),
                        notice.notice_id,
                    )
                )


# The second opinion -------------------------------------------------------------------------------------------


def month_end_of(year: int, month: int) -> dt.date:
    return dt.date(year, month, monthrange(year, month)[1])


def shift(day: dt.date, months: int) -> tuple[int, int]:
    index = day.year * 12 + day.month - 1 + months
    return index // 12, index % 12 + 1


def calendar(facts: Facts) -> list[dt.date]:
    days: list[dt.date] = []
    year, month = facts.start.year, facts.start.month
    while dt.date(year, month, 1) <= facts.as_of:
        days.append(min(month_end_of(year, month), facts.as_of))
        year, month = shift(dt.date(year, month, 1), 1)
    return days


class State:
    """What is open on any day, by looking at every allocation."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.settled: dict[str, list[tuple[dt.date, int]]] = defaultdict(list)
        self.given: dict[str, list[tuple[dt.date, int]]] = defaultdict(list)
        self.spent: dict[str, list[tuple[dt.date, int]]] = defaultdict(list)
        for row in facts.allocations:
            self.settled[row.invoice_id].append((row.allocation_date, row.amount))
            if row.credit_invoice_id:
                self.given[row.credit_invoice_id].append((row.allocation_date, row.amount))
            if row.payment_id:
                self.spent[row.payment_id].append((row.allocation_date, row.amount))

    def open(self, document: Document, day: dt.date) -> int:
        if document.entry_date > day:
            return 0
        open_amount = document.amount
        open_amount -= sum(amount for on, amount in self.settled[document.invoice_id] if on <= day)
        return open_amount + sum(amount for on, amount in self.given[document.invoice_id] if on <= day)

    def unallocated(self, payment: Payment, day: dt.date) -> int:
        if payment.entry_date > day:
            return 0
        return payment.amount - sum(amount for on, amount in self.spent[payment.payment_id] if on <= day)

    def billed(self, first: dt.date, last: dt.date, types: tuple[str, ...] = BILLED) -> int:
        return sum(
            row.amount
            for row in self.facts.documents
            if row.document_type in types and first <= row.entry_date <= last
        )

    def rejected(self, allocation: Allocation, day: dt.date) -> bool:
        return any(
            row.invoice_id == allocation.invoice_id
            and row.amount == -allocation.amount
            and allocation.allocation_date <= row.allocation_date <= day
            for row in self.facts.allocations
            if row.payment_id is not None
        )


def bucket_of(days: int) -> str:
    limits = ((0, 0), (30, 1), (60, 2), (90, 3), (120, 4))
    return BUCKETS[next((number for limit, number in limits if days <= limit), 5)]


def age(state: State, customer: str, day: dt.date) -> dict[str, int]:
    row: dict[str, int] = defaultdict(int)
    credit = 0
    for document in state.facts.documents:
        open_amount = state.open(document, day) if document.customer_id == customer else 0
        if open_amount < 0:
            credit -= open_amount
        elif open_amount > 0:
            due = document.known_due_date
            row["due_date_unknown" if due is None else bucket_of((day - due).days)] += open_amount
            row["open_documents"] += 1
    credit += sum(
        state.unallocated(payment, day) for payment in state.facts.payments if payment.customer_id == customer
    )
    row["unallocated"] = max(credit, 0)
    row["due_date_unknown"] += max(-credit, 0)
    row["balance"] = sum(row[name] for name in (*BUCKETS, "due_date_unknown")) - row["unallocated"]
    return row


def divided(numerator: Fraction | int, denominator: Fraction | int) -> Fraction | None:
    return Fraction(numerator) / Fraction(denominator) if denominator > 0 else None


def count_back(state: State, receivables: int, day: dt.date) -> tuple[Fraction, int]:
    rest, days = receivables, Fraction(0)
    for back in range(24):
        year, month = shift(day, -back)
        first = dt.date(year, month, 1)
        last = min(month_end_of(year, month), day)
        if first < state.facts.start.replace(day=1) or rest <= 0:
            break
        billed = state.billed(first, last)
        if billed <= 0:
            days += last.day
        elif rest >= billed:
            days += last.day
            rest -= billed
        else:
            days += Fraction(rest * last.day, billed)
            rest = 0
    return days, max(rest, 0)


def of_customers(facts: Facts, customers: set[str]) -> Facts:
    """The facts of some customers alone, over the same calendar."""
    return replace(
        facts,
        documents=[row for row in facts.documents if row.customer_id in customers],
        payments=[row for row in facts.payments if row.customer_id in customers],
        allocations=[row for row in facts.allocations if row.customer_id in customers],
    )


def dso_row(state: State, days: list[dt.date], position: int) -> dict[str, Fraction | int | None]:
    facts, day = state.facts, days[position]
    customers = sorted({row.customer_id for row in (*facts.documents, *facts.payments)})
    ages = [age(state, customer, day) for customer in customers]
    receivables = sum(row["balance"] for row in ages)
    not_due = sum(row["not_due"] for row in ages)
    row: dict[str, Fraction | int | None] = {"receivables": receivables, "not_due": not_due}
    row["overdue"] = sum(bucket[name] for bucket in ages for name in BUCKETS[1:])
    row["billed"] = billed = state.billed(day.replace(day=1), day)
    row["percent_current"] = divided(not_due, receivables)
    row["dso_countback"], row["countback_unexplained"] = count_back(state, receivables, day)

    true_dso: Fraction | None = Fraction(0)
    for document in facts.documents:
        open_amount = state.open(document, day)
        if document.document_type in ("invoice", "deposit") and open_amount > 0:
            first = document.entry_date.replace(day=1)
            month = state.billed(first, min(month_end_of(first.year, first.month), day))
            part = divided((day - document.issue_date).days * open_amount, month)
            true_dso = None if part is None or true_dso is None else true_dso + part
    row["true_dso"] = true_dso

    row["collection_effectiveness_index"] = None
    if position:
        begin = sum(age(state, customer, days[position - 1])["balance"] for customer in customers)
        row["collection_effectiveness_index"] = divided(
            100 * (begin + billed - receivables), begin + billed - not_due
        )
    row["discounted_not_due"] = financed = sum(
        payment.amount
        for payment in facts.payments
        if payment.is_discounted and payment.entry_date <= day < payment.payment_date
    )
    row["written_off"] = -sum(
        document.amount
        for document in facts.documents
        if document.line_type == "write_off" and day.replace(day=1) <= document.entry_date <= day
    )
    row["turnover_12m"] = None
    if position >= 11:
        owed = [
            sum(age(state, customer, end)["balance"] for customer in customers)
            for end in days[position - 11 : position + 1]
        ]
        year, month = shift(day, -11)
        row["turnover_12m"] = divided(12 * state.billed(dt.date(year, month, 1), day), sum(owed))

    by_id = {document.invoice_id: document for document in facts.documents}
    paid_on = {payment.payment_id: payment.payment_date for payment in facts.payments}
    for months in (3, 12):
        year, month = shift(day, 1 - months)
        first = dt.date(year, month, 1)
        names = (
            "dso",
            "dso_restated",
            "one_day_of_dso",
            "best_possible_dso",
            "days_to_pay",
            "days_late",
            "days_late_net",
            "share_paid_late_amount",
            "share_paid_late_count",
            "share_fifo",
            "share_billing_due_assumed",
        )
        if first < facts.start.replace(day=1):
            row.update({f"{name}_{months}m": None for name in (*names, "billed")})
            continue
        window = (day - first).days + 1
        billed_window = state.billed(first, day)
        row[f"billed_{months}m"] = billed_window
        row[f"dso_{months}m"] = divided(receivables * window, billed_window)
        row[f"best_possible_dso_{months}m"] = divided(not_due * window, billed_window)
        row[f"dso_restated_{months}m"] = divided((receivables + financed) * window, billed_window)
        row[f"one_day_of_dso_{months}m"] = Fraction(billed_window, 100 * window)
        paid: list[tuple[int, int, int, bool]] = []
        for allocation in facts.allocations:
            document = by_id[allocation.invoice_id]
            if (
                allocation.payment_id is None
                or allocation.amount <= 0
                or document.known_due_date is None
                or document.document_type not in ("invoice", "deposit", "opening_item")
                or allocation.allocation_date > day
                or not first <= paid_on[allocation.payment_id] <= day
                or state.rejected(allocation, day)
            ):
                continue
            on = paid_on[allocation.payment_id]
            late = (on - document.known_due_date).days
            paid.append(
                (allocation.amount, (on - document.issue_date).days, late, allocation.method == "fifo")
            )
        total = sum(amount for amount, *_ in paid)
        row[f"days_to_pay_{months}m"] = divided(sum(a * pay for a, pay, _, _ in paid), total)
        row[f"days_late_{months}m"] = divided(sum(a * max(late, 0) for a, _, late, _ in paid), total)
        row[f"days_late_net_{months}m"] = divided(sum(a * late for a, _, late, _ in paid), total)
        row[f"share_paid_late_amount_{months}m"] = divided(
            sum(a for a, _, late, _ in paid if late > 0), total
        )
        row[f"share_paid_late_count_{months}m"] = divided(
            sum(1 for _, _, late, _ in paid if late > 0), len(paid)
        )
        row[f"share_fifo_{months}m"] = divided(sum(a for a, _, _, fifo in paid if fifo), total)
        assumed = sum(
            document.amount
            for document in facts.documents
            if document.document_type in ("invoice", "deposit")
            and first <= document.entry_date <= day
            and document.due_date_source in ("company_terms", "legal_default")
        )
        row[f"share_billing_due_assumed_{months}m"] = divided(
            assumed, state.billed(first, day, ("invoice", "deposit"))
        )
    return row


def status_on(facts: Facts, siren: str, day: dt.date) -> tuple[str, bool]:
    """Legal status, and whether in proceedings, by reading the notices published by that day one after another."""
    standing: dict[str, Notice] = {}
    for notice in sorted(facts.notices, key=lambda row: (row.publication_date, row.notice_id)):
        if notice.siren != siren or notice.publication_date > day:
            continue
        root = notice.parent_notice_id or notice.notice_id
        if notice.notice_type == "annulation":
            standing.pop(root, None)
        elif notice.judgment_kind != "other":
            standing[root] = notice
    order = {"conversion_liquidation": 2, "plan": 3, "closure": 4, "struck_off": 5}
    history = sorted(
        standing.values(),
        key=lambda row: (
            row.judgment_date,
            order.get(row.judgment_kind, 1),
            row.publication_date,
            row.notice_id,
        ),
    )
    status, proceedings = "active", False
    for notice in history:
        if notice.judgment_kind == "closure":
            before = [row.judgment_kind for row in history if row.judgment_kind != "closure"]
            liquidated = bool(before) and before[-1] in ("opening_liquidation", "conversion_liquidation")
            status, proceedings = ("ceased", True) if liquidated else ("active", False)
        elif notice.judgment_kind == "struck_off":
            status, proceedings = "ceased", False
        elif notice.judgment_kind == "plan":
            status, proceedings = "plan", False
        else:
            status, proceedings = notice.judgment_kind.split("_")[1], True
    if siren in facts.ceased and day >= facts.ceased[siren] and status != "liquidation":
        status = "ceased"
    return status, proceedings


def defaults_of(state: State, customer: str) -> list[tuple[dt.date, str, dt.date | None]]:
    """(default_date, reason, cured_on), walking through every day."""
    facts = state.facts
    own = [row for row in facts.documents if row.customer_id == customer]
    payments = [row for row in facts.payments if row.customer_id == customer]
    first = min([row.entry_date for row in own] + [row.entry_date for row in payments])
    siren = facts.sirens.get(customer)
    found: list[tuple[dt.date, str, dt.date | None]] = []
    current: tuple[dt.date, str] | None = None
    clear_since: dt.date | None = None
    day = min([facts.start, *(row.publication_date for row in facts.notices)])
    while day <= facts.as_of:
        billed = sum(
            row.amount
            for row in own
            if row.document_type in BILLED and day - dt.timedelta(365) < row.entry_date <= day
        )
        threshold = max(Fraction(50_000), Fraction(billed, 100))
        overdue = sum(
            max(state.open(row, day), 0)
            for row in own
            if row.amount > 0
            and row.known_due_date is not None
            and (day - row.known_due_date).days > 90
            and not row.is_disputed(day)
            and not row.account_number.startswith("4117")
        )
        credit = sum(-state.open(row, day) for row in own if row.amount < 0)
        credit += sum(state.unallocated(row, day) for row in payments)
        written_off = sum(
            -row.amount for row in own if row.line_type == "write_off" and row.entry_date == day
        )
        reason = None
        if siren and status_on(facts, siren, day)[1]:
            reason = "proceedings"
        elif overdue - max(credit, 0) > threshold:
            reason = "overdue_90"
        elif written_off > threshold:
            reason = "write_off"
        if reason:
            clear_since = None
            current = current or (day, reason)
        elif current:
            clear_since = clear_since or day
        if current and clear_since and day == clear_since + dt.timedelta(90):
            found.append((*current, day))
            current = clear_since = None
        elif reason and not current:
            current = (day, reason)
        day += DAY
    if current:
        found.append((*current, None))
    return [row for row in found if row[2] is None or row[2] > first or row[1] != "proceedings"]


# The models ---------------------------------------------------------------------------------------------------


def write_facts(path: Path, all_facts: list[Facts]) -> None:
    """The tables that the models under test read, in dbt's own file."""
    connection = duckdb.connect(str(path))
    connection.execute("create schema staging; create schema intermediate; create schema marts")

    def table(name: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
        connection.execute(f"create table {name} ({columns})")
        if rows:
            connection.executemany(f"insert into {name} values ({', '.join('?' * len(rows[0]))})", rows)

    def money(cents: int) -> Decimal:
        return Decimal(cents) / 100

    table(
        "staging.stg_config__companies",
        "company_id varchar, as_of date, terms_text varchar, terms_net_days integer,"
        " terms_is_end_of_month boolean, terms_days_after integer, terms_day_of_month integer,"
        " has_subledger boolean, country_code varchar, department varchar",
        [(facts.company_id, facts.as_of, "30", 30, False, 0, None, False, "FR", "69") for facts in all_facts],
    )
    table("intermediate.int_subledger__items", "company_id varchar, entry_date date", [])
    table(
        "intermediate.int_events__disputed_spans",
        "company_id varchar, invoice_id varchar, disputed_from date, disputed_until date",
        [
            (facts.company_id, row.invoice_id, *span)
            for facts in all_facts
            for row in facts.documents
            for span in row.disputes
        ],
    )
    table(
        "intermediate.int_events__customer_months",
        "company_id varchar, customer_id varchar, month_index integer, disputed_open_amount decimal(18,2),"
        " disputes_opened_12m bigint, promises_broken_12m bigint, promises_kept_12m bigint,"
        " last_reminder_level integer, days_since_last_reminder integer, orders_3m decimal(18,2),"
        " orders_12m decimal(18,2), instalment_arrears decimal(18,2), insured_limit decimal(18,2),"
        " uninsured_exposure decimal(18,2)",
        [],
    )
    table(
        "staging.stg_config__customers",
        "company_id varchar, customer_id varchar, parent_siren varchar",
        [(facts.company_id, customer, None) for facts in all_facts for customer in facts.sirens],
    )
    table(
        "staging.stg_fec__lines",
        "company_id varchar, entry_date date",
        [(facts.company_id, facts.start) for facts in all_facts],
    )
    table(
        "staging.stg_companies__identities",
        "company_id varchar, party_key varchar, legal_unit_id varchar, establishment_id varchar, method varchar,"
        " score decimal(5,4), matched_name varchar, status varchar",
        [
            (facts.company_id, customer, siren, None, "declared", 1, None, "accepted")
            for facts in all_facts
            for customer, siren in facts.sirens.items()
        ],
    )
    table(
        "intermediate.int_ledger__entry_lines",
        "company_id varchar, auxiliary_number varchar, account_number varchar, customer_spelling varchar,"
        " is_receivable boolean",
        [],
    )
    table(
        "intermediate.int_ledger__customer_ids",
        "company_id varchar, customer_spelling varchar, customer_id varchar",
        [],
    )
    table(
        "staging.stg_companies__units",
        ", ".join(
            f"{name} {kind}" for name, kind in {**UNITS, "source": "VARCHAR", "known_on": "DATE"}.items()
        ),
        [
            tuple(
                {
                    "legal_unit_id": siren,
                    "source": "sirene",
                    "administrative_state": "C" if siren in facts.ceased else "A",
                    "state_since": facts.ceased.get(siren),
                }.get(name)
                for name in (*UNITS, "source", "known_on")
            )
            for facts in all_facts
            for siren in facts.sirens.values()
        ],
    )
    table(
        "staging.stg_companies__accounts",
        ", ".join(f"{name} {kind}" for name, kind in {**ACCOUNTS, "known_on": "DATE"}.items()),
        [],
    )
    table("staging.stg_companies__links", ", ".join(f"{name} {kind}" for name, kind in LINKS.items()), [])
    table(
        "staging.stg_companies__notices",
        "notice_id varchar, legal_unit_id varchar, publication_date date, judgment_date date, judgment_kind varchar,"
        " court varchar, notice_type varchar, parent_notice_id varchar, source varchar, family varchar,"
        " judgment_nature varchar, change_kind varchar, court_department varchar, accounts_closing_date date,"
        " is_confidential boolean",
        [
            (
                row.notice_id,
                row.siren,
                row.publication_date,
                row.judgment_date,
                row.judgment_kind,
                None,
                row.notice_type,
                row.parent_notice_id,
                "bodacc",
                *(None,) * 6,
            )
            for facts in all_facts
            for row in facts.notices
        ],
    )
    table(
        "staging.stg_config__ageing_buckets",
        "company_id varchar, from_days integer, to_days integer",
        [
            (facts.company_id, *limits)
            for facts in all_facts
            for limits in ((1, 30), (31, 60), (61, 90), (91, 120), (121, None))
        ],
    )
    table(
        "staging.stg_config__customer_attributes",
        "company_id varchar, customer_id varchar, attribute_name varchar, attribute_value varchar",
        [
            (facts.company_id, customer, "segment", segment)
            for facts in all_facts
            for customer, segment in SEGMENTS.items()
        ],
    )
    table(
        "marts.dim_customers",
        "company_id varchar, customer_id varchar, sector_code varchar, country_code varchar,"
        " size_category varchar",
        [
            (facts.company_id, customer, SECTORS.get(customer), "FR", None)
            for facts in all_facts
            for customer in sorted({row.customer_id for row in (*facts.documents, *facts.payments)})
        ],
    )
    table(
        "marts.fct_invoices",
        "company_id varchar, invoice_id varchar, customer_id varchar, document_type varchar, line_type varchar,"
        " entry_date date, issue_date date, due_date date, due_date_source varchar, is_due_date_assumed boolean,"
        " amount decimal(18,2), open_amount decimal(18,2), account_number varchar,"
        " is_retention boolean",
        [
            (
                row.company_id,
                row.invoice_id,
                row.customer_id,
                row.document_type,
                row.line_type,
                row.entry_date,
                row.issue_date,
                row.due_date,
                row.due_date_source,
                row.due_date_source in ("company_terms", "legal_default"),
                money(row.amount),
                money(row.open),
                row.account_number,
                row.account_number.startswith("4117"),
            )
            for facts in all_facts
            for row in facts.documents
        ],
    )
    table(
        "marts.fct_payments",
        "company_id varchar, payment_id varchar, customer_id varchar, kind varchar, entry_date date,"
        " payment_date date, amount decimal(18,2), is_discounted boolean",
        [
            (
                row.company_id,
                row.payment_id,
                row.customer_id,
                row.kind,
                row.entry_date,
                row.payment_date,
                money(row.amount),
                row.is_discounted,
            )
            for facts in all_facts
            for row in facts.payments
        ],
    )
    table(
        "marts.fct_allocations",
        "company_id varchar, allocation_id varchar, customer_id varchar, invoice_id varchar, payment_id varchar,"
        " credit_invoice_id varchar, kind varchar, allocation_date date, amount decimal(18,2), method varchar",
        [
            (
                row.company_id,
                row.allocation_id,
                row.customer_id,
                row.invoice_id,
                row.payment_id,
                row.credit_invoice_id,
                row.kind,
                row.allocation_date,
                money(row.amount),
                row.method,
            )
            for facts in all_facts
            for row in facts.allocations
        ],
    )
    connection.close()


SECTORS = {"C0": "41.20A", "C1": "41.20A", "C2": "56.10A", "C3": "56.10A", "C4": "56.10A"}
SEGMENTS = {"C1": "key account", "C5": "key account", "C6": None}
FACTS = (
    make_facts(11, "111111111", dt.date(2022, 2, 1), dt.date(2024, 6, 30), 120),
    make_facts(12, "222222222", dt.date(2023, 1, 10), dt.date(2024, 2, 12), 60),
    make_facts(13, "333333333", dt.date(2023, 12, 1), dt.date(2023, 12, 31), 12),
)


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    lake = Workspace(tmp_path_factory.mktemp("metrics"))
    warehouse = lake.start_run("facts") / "build.duckdb"
    write_facts(warehouse, list(FACTS))
    build(lake, with_tests=False, select=SELECTED)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        yield connection


def cents(value: Decimal) -> int:
    return int(value * 100)


@pytest.mark.parametrize("facts", FACTS, ids=lambda facts: facts.company_id)
def test_ageing_equals_the_documents_looked_at_one_by_one(
    marts: duckdb.DuckDBPyConnection, facts: Facts
) -> None:
    names = (*BUCKETS, "due_date_unknown", "unallocated", "balance", "open_documents")
    rows = marts.execute(
        f"select customer_id, month_end, {', '.join(names)} from marts.fct_ageing_monthly where company_id = ?",
        [facts.company_id],
    ).fetchall()
    found = {
        (customer, day): {
            name: value if name == "open_documents" else cents(value)
            for name, value in zip(names, values, strict=True)
        }
        for customer, day, *values in rows
    }
    state = State(facts)
    for day in calendar(facts):
        for customer in {row.customer_id for row in facts.documents}:
            expected = age(state, customer, day)
            actual = found.pop((customer, day), dict.fromkeys(names, 0))
            assert actual == {name: expected[name] for name in names}, (customer, day)
    assert not found


def scopes_of(facts: Facts) -> list[tuple[str, str, set[str]]]:
    """(table, condition on its rows, customers): the company, three customers, sectors and values of a column."""
    known = {row.customer_id for row in (*facts.documents, *facts.payments)}
    groups = [("fct_dso_monthly", "true", known)]
    groups += [
        ("fct_dso_by_customer_monthly", f"customer_id = '{name}'", {name}) for name in sorted(known)[:3]
    ]
    for table, column, values in (
        ("fct_dso_by_sector_monthly", "sector_code", SECTORS),
        ("fct_dso_by_attribute_monthly", "attribute_name = 'segment' and attribute_value", SEGMENTS),
    ):
        for value in sorted({str(values.get(name) or "unknown") for name in known}):
            members = {name for name in known if (values.get(name) or "unknown") == value}
            groups.append((table, f"{column} = '{value}'", members))
    return groups


@pytest.mark.parametrize("facts", FACTS, ids=lambda facts: facts.company_id)
def test_every_metric_of_every_scope_equals_a_month_by_month_recount(
    marts: duckdb.DuckDBPyConnection, facts: Facts
) -> None:
    days = calendar(facts)
    for table, condition, customers in scopes_of(facts):
        relation = marts.execute(
            f"select * from marts.{table} where company_id = ? and {condition} order by month_end",
            [facts.company_id],
        )
        columns = [column[0] for column in relation.description]
        rows = [dict(zip(columns, values, strict=True)) for values in relation.fetchall()]
        if table == "fct_dso_by_customer_monthly":
            # From the first movement on: two years after the last one, that is to the end of these ledgers.
            assert [row["month_end"] for row in rows] == days[-len(rows) :]
        else:
            assert [row["month_end"] for row in rows] == days
        recounted(State(of_customers(facts, customers)), days, rows)


def recounted(state: State, days: list[dt.date], rows: list[dict[str, Any]]) -> None:
    """Compare the rows of one scope with a recount of its customers' documents."""
    has_financing = any(
        payment.is_discounted
        for facts in FACTS
        if facts.company_id == state.facts.company_id
        for payment in facts.payments
    )
    amounts = {
        "receivables",
        "not_due",
        "overdue",
        "billed",
        "countback_unexplained",
        "billed_3m",
        "billed_12m",
        "discounted_not_due",
        "written_off",
    }
    for position, row in enumerate(rows, len(days) - len(rows)):
        assert row["is_month_end"] == ((row["month_end"] + DAY).day == 1)
        for name, expected in dso_row(state, days, position).items():
            actual = row[name]
            if not has_financing and name.startswith(("discounted", "dso_restated")):
                assert actual is None
                continue
            if name in amounts:
                assert (None if actual is None else cents(actual)) == expected, (row["month_end"], name)
            elif expected is None or actual is None:
                assert expected is None and actual is None, (row["month_end"], name, expected, actual)
            else:
                # Half a unit of the fourth decimal, plus what rounding true DSO's parts can add.
                error = abs(Fraction(actual) - Fraction(expected))
                assert error <= Fraction(1, 20_000) + Fraction(1, 10**6), (
                    row["month_end"],
                    name,
                    float(expected),
                )
        for months in ("3m", "12m"):
            if row[f"dso_{months}"] is not None:
                difference = row[f"dso_{months}"] - row[f"best_possible_dso_{months}"]
                assert row[f"average_days_delinquent_{months}"] == difference


@pytest.mark.parametrize("facts", FACTS[:2], ids=lambda facts: facts.company_id)
def test_legal_status_on_any_day_reads_only_what_was_published(
    marts: duckdb.DuckDBPyConnection, facts: Facts
) -> None:
    for siren in facts.sirens.values():
        day = facts.start - dt.timedelta(30)
        while day <= facts.as_of + dt.timedelta(400):
            rows = marts.execute(
                "select legal_status, is_in_proceedings from intermediate.int_legal__status_periods"
                " where legal_unit_id = ? and valid_from <= ? and (valid_to is null or valid_to > ?)",
                [siren, day, day],
            ).fetchall()
            assert rows == [status_on(facts, siren, day)], (siren, day)
            day += dt.timedelta(3)


@pytest.mark.parametrize("facts", FACTS[:2], ids=lambda facts: facts.company_id)
def test_defaults_equal_a_walk_through_every_day(marts: duckdb.DuckDBPyConnection, facts: Facts) -> None:
    state = State(facts)
    for customer in sorted({row.customer_id for row in facts.documents}):
        actual = marts.execute(
            "select default_date, reason, cured_on from marts.fct_customer_defaults"
            " where company_id = ? and customer_id = ? order by default_date",
            [facts.company_id, customer],
        ).fetchall()
        assert actual == defaults_of(state, customer), customer


def test_behaviour_carries_the_state_of_its_month_end_alone(marts: duckdb.DuckDBPyConnection) -> None:
    """Status and default of a row are those of its own day: nothing published or paid later enters."""
    facts = FACTS[0]
    rows = marts.execute(
        "select customer_id, month_end, balance, legal_status_known, is_in_default, history_months"
        " from marts.fct_customer_behaviour_monthly where company_id = ?",
        [facts.company_id],
    ).fetchall()
    state = State(facts)
    defaults = {customer: defaults_of(state, customer) for customer in facts.sirens}
    days = calendar(facts)
    checked = 0
    for customer, day, balance, status, is_in_default, history_months in rows:
        if customer not in facts.sirens:
            assert status == "unknown"
            continue
        checked += 1
        assert cents(balance) == age(state, customer, day)["balance"]
        assert status == status_on(facts, facts.sirens[customer], day)[0]
        assert history_months == min(days.index(day) + 1, 12)
        assert is_in_default == any(
            start <= day and (cured is None or day < cured) for start, _, cured in defaults[customer]
        )
    assert checked > 50


def test_the_sql_of_the_dictionary_gives_the_figures_it_stands_for(marts: duckdb.DuckDBPyConnection) -> None:
    """Each text is run as it is printed, over the table it speaks of, and compared with the published column."""

    def columns(table: str) -> set[str]:
        return {row[0] for row in marts.execute(f"describe {table}").fetchall()}

    sources = (
        ("marts.fct_dso_monthly", "marts.fct_dso_monthly", "company_id, month_end", False),
        ("marts.fct_dso_monthly", "marts.fct_ageing_monthly", "company_id, month_end", True),
        ("marts.fct_ageing_monthly", "marts.fct_ageing_monthly", "company_id, customer_id, month_end", False),
        (
            "marts.fct_ageing_monthly",
            "intermediate.int_metrics__open_items_monthly",
            "company_id, customer_id, month_end",
            True,
        ),
    )
    entries = marts.execute(
        "select 'marts.' || table_name, column_name, sql_text from marts.metric_dictionary"
    ).fetchall()
    checked: dict[str, set[str]] = defaultdict(set)
    for published, source, keys, is_grouped in sources:
        words = {"sum", "count", "case", "when", "then", "else", "end", "greatest"} if is_grouped else set()
        known = columns(source) | words
        for table, column, sql in entries:
            named = set(re.findall(r"[a-z_][a-z_0-9]*", re.sub(r"'[^']*'", "", sql)))
            if table != published or not named <= known or is_grouped != bool(named & {"sum", "count"}):
                continue
            group = f"group by {keys}" if is_grouped else ""
            differing, compared = marts.execute(
                f"""
                with stated as (
                    select {keys}, cast(coalesce({sql}, 0) as double) as stated from {source} {group}
                )
                select count(*) filter (where abs({column} - stated) > 0.00006), count({column})
                from {published} inner join stated using ({keys})
                """
            ).fetchone()  # type: ignore[misc]
            assert compared and not differing, (column, sql)
            checked[published].add(column)
    assert checked["marts.fct_ageing_monthly"] == columns("marts.fct_ageing_monthly") - {
        "company_id", "customer_id", "month_end", "is_month_end",
    }  # fmt: skip
    assert checked["marts.fct_dso_monthly"] >= {
        "receivables", "not_due", "overdue", "due_date_unknown", "unallocated", "percent_current",
        "collection_effectiveness_index", "collection_effectiveness_index_without_write_offs",
        *(
            f"{name}_{months}"
            for months in ("3m", "12m")
            for name in (
                "dso", "best_possible_dso", "average_days_delinquent", "dso_restated", "one_day_of_dso",
            )
        ),
    }  # fmt: skip
