"""Sub-ledgers from file to facts: random books of every kind recounted in plain Python, runs cut at a day, two
currencies, and a sub-ledger beside its statutory ledger.

Each book is a company of one build. Seeds are in the companies' names: a failure is replayed by its name.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.builds import Books
from tests.ledgers import Fec

pytestmark = pytest.mark.slow

D = Decimal
CENT = D("0.01")
START = dt.date(2024, 1, 1)
LAST = dt.date(2024, 12, 31)
CUT = dt.date(2024, 7, 14)
SEEDS = range(3)
# Euros for a dollar, week by week.
RATES = [
    ("USD", START + dt.timedelta(days=7 * week), D("0.9") + D(week % 9) * CENT) for week in range(-10, 60)
]


@dataclass
class Document:
    invoice_id: str
    customer: str
    issued: dt.date
    due: dt.date
    amount: Decimal


@dataclass
class Money:
    payment_id: str
    customer: str
    day: dt.date
    amount: Decimal
    reference: str = ""


@dataclass
class Book:
    """What happened: documents, money, and which part of which money, or credit note, settles which document."""

    documents: list[Document] = field(default_factory=list)
    money: list[Money] = field(default_factory=list)
    allocations: list[tuple[str, str, Decimal]] = field(default_factory=list)
    known: dict[dt.date, dict[str, Decimal]] = field(default_factory=dict)

    def cut(self, day: dt.date) -> Book:
        """What had happened by a day."""
        documents = [d for d in self.documents if d.issued <= day]
        money = [m for m in self.money if m.day <= day]
        known = {d.invoice_id for d in documents} | {m.payment_id for m in money}
        return Book(documents, money, [a for a in self.allocations if a[0] in known and a[1] in known])

    def day_of(self, counter: str) -> dt.date:
        days = [m.day for m in self.money if m.payment_id == counter]
        return (days or [d.issued for d in self.documents if d.invoice_id == counter])[0]

    def open_amounts(self, day: dt.date) -> dict[str, Decimal]:
        """Open amount of each document that exists on a day."""
        if day in self.known:
            return self.known[day]
        cut = self.cut(day)
        left = {d.invoice_id: d.amount for d in cut.documents}
        for invoice, counter, amount in cut.allocations:
            left[invoice] -= amount
            if counter in left:
                left[counter] += amount
        self.known[day] = left
        return left

    def balance(self, customer: str, day: dt.date) -> Decimal:
        cut = self.cut(day)
        return sum((d.amount for d in cut.documents if d.customer == customer), D(0)) - sum(
            (m.amount for m in cut.money if m.customer == customer), D(0)
        )


def random_book(seed: int) -> Book:
    """Documents of a year, credit notes, payments before, on and after the due date, whole and in parts, on account."""
    rng = random.Random(seed)
    book = Book()
    for number in range(60):
        customer = f"C{rng.randrange(8)}"
        issued = START + dt.timedelta(days=rng.randrange(340))
        amount = D(rng.randrange(1_00, 5_000_00)) * CENT
        book.documents.append(
            Document(
                f"F{number:03}", customer, issued, issued + dt.timedelta(days=rng.choice((0, 30, 45))), amount
            )
        )
    for number, document in enumerate(list(book.documents)):
        left = document.amount
        if rng.random() < 0.15:
            credit = min(left, D(rng.randrange(1_00, 800_00)) * CENT)
            issued = document.issued + dt.timedelta(days=rng.randrange(20))
            book.documents.append(Document(f"N{number:03}", document.customer, issued, issued, -credit))
            if rng.random() < 0.8:
                book.allocations.append((document.invoice_id, f"N{number:03}", credit))
                left -= credit
        for part in range(rng.choice((0, 1, 1, 1, 2, 3))):
            if left <= 0:
                break
            paid = left if rng.random() < 0.6 else min(left, D(rng.randrange(1_00, 900_00)) * CENT)
            surplus = D(rng.randrange(0, 50_00)) * CENT if rng.random() < 0.1 else D(0)
            day = document.due + dt.timedelta(days=rng.randrange(-40, 70))
            book.money.append(Money(f"P{number:03}-{part}", document.customer, day, paid + surplus))
            book.allocations.append((document.invoice_id, f"P{number:03}-{part}", paid))
            left -= paid
    return Book(book.documents, [m for m in book.money if m.day <= LAST], book.allocations).cut(LAST)


def text(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def invoices_csv(book: Book, shuffle: int = 0) -> str:
    rows = [(d.invoice_id, d.customer, d.issued, d.due, d.amount) for d in book.documents]
    random.Random(shuffle).shuffle(rows)
    return text(("invoice_id", "customer_id", "issue_date", "due_date", "amount"), rows)


def allocated(book: Book) -> dict[str, str]:
    """Documents, payments and allocations."""
    return {
        "invoices": invoices_csv(book),
        "payments": text(
            ("payment_id", "customer_id", "payment_date", "amount"),
            [(m.payment_id, m.customer, m.day, m.amount) for m in book.money],
        ),
        "allocations": text(("invoice_id", "payment_id", "amount"), book.allocations),
    }


def bare(book: Book) -> dict[str, str]:
    """Documents and payments; half of the payments name their document."""
    named = {counter: invoice for invoice, counter, _ in book.allocations if counter[-1] in "02"}
    return {
        "invoices": invoices_csv(book),
        "payments": text(
            ("payment_id", "customer_id", "payment_date", "amount", "reference"),
            [(m.payment_id, m.customer, m.day, m.amount, named.get(m.payment_id, "")) for m in book.money],
        ),
    }


def month_ends() -> list[dt.date]:
    firsts = [dt.date(2024, month, 1) for month in range(2, 13)] + [dt.date(2025, 1, 1)]
    return [first - dt.timedelta(days=1) for first in firsts]


def open_items(book: Book) -> dict[str, dict[str, object]]:
    """What is open at each month end, and nothing else."""
    by_id = {d.invoice_id: d for d in book.documents}
    rows = [
        (day, one, by_id[one].customer, by_id[one].issued, by_id[one].due, by_id[one].amount, left)
        for day in month_ends()
        for one, left in sorted(book.open_amounts(day).items())
        if left
    ]
    columns = (
        "snapshot_date",
        "invoice_id",
        "customer_id",
        "issue_date",
        "due_date",
        "amount",
        "open_amount",
    )
    return {"invoices": {"csv": text(columns, rows), "contains": "open_items"}}


def foreign(book: Book) -> dict[str, str]:
    """Half of the documents in dollars at a rate that moves; their payments at the rate of their day."""
    rng = random.Random(len(book.documents))
    dollars = {d.invoice_id for d in book.documents if rng.random() < 0.5}
    paid = {counter: invoice for invoice, counter, _ in book.allocations}
    return {
        "invoices": text(
            ("invoice_id", "customer_id", "issue_date", "due_date", "amount", "currency"),
            [
                (
                    d.invoice_id,
                    d.customer,
                    d.issued,
                    d.due,
                    d.amount,
                    "USD" if d.invoice_id in dollars else "EUR",
                )
                for d in book.documents
            ],
        ),
        "payments": text(
            ("payment_id", "customer_id", "payment_date", "amount", "currency"),
            [
                (
                    m.payment_id,
                    m.customer,
                    m.day,
                    m.amount,
                    "USD" if paid.get(m.payment_id) in dollars else "EUR",
                )
                for m in book.money
            ],
        ),
        # A credit note settles documents of its own currency only.
        "allocations": text(
            ("invoice_id", "payment_id", "amount"),
            [
                a
                for a in book.allocations
                if not a[1].startswith("N") or (a[0] in dollars) == (a[1] in dollars)
            ],
        ),
        "exchange_rates": text(("currency", "rate_date", "exchange_rate"), RATES),
    }


def in_euros(dollars: Decimal, day: dt.date) -> Decimal:
    """At the last rate of the day or before it."""
    rate = max((first, rate) for _, first, rate in RATES if first <= day)[1]
    return (dollars * rate).quantize(CENT, ROUND_HALF_UP)


def ledger_of(book: Book) -> Fec:
    """The same book as a statutory ledger, with what an accountant does otherwise (see `BESIDE`)."""
    ledger = Fec()
    for document in sorted(book.documents, key=lambda d: (d.issued, d.invoice_id)):
        if document.invoice_id == "F002":
            continue  # never booked
        issued = dt.date(2025, 1, 2) if document.invoice_id == "F003" else document.issued
        amount = document.amount + (5 if document.invoice_id == "F004" else 0)
        ledger.invoice(issued.isoformat(), f"00{document.customer}", document.invoice_id, str(amount))
    ledger.invoice("2024-03-03", "00C1", "FX-9", "77.70")  # not in the sub-ledger
    by_day = defaultdict(D)
    for money in book.money:
        by_day[(money.day, money.customer)] += money.amount
    for (day, customer), amount in sorted(by_day.items()):
        ledger.receipt(day.isoformat(), f"00{customer}", str(amount))
    return ledger


class Built:
    """The tables of the one build."""

    def __init__(self, marts: Path) -> None:
        self.marts = marts
        self.connection = duckdb.connect()

    def rows(self, table: str, company: str, columns: str, order: str = "all") -> list[tuple[Any, ...]]:
        return self.connection.execute(
            f"select {columns} from read_parquet('{self.marts / table}.parquet') "
            f"where company_id = '{company}' order by {order}"
        ).fetchall()


def random_books() -> Mapping[str, Book]:
    return {str(seed): random_book(seed) for seed in SEEDS}


@pytest.fixture(scope="module")
def books() -> Mapping[str, Book]:
    return random_books()


def small_books(_folder: Path) -> Books:
    books = random_books()
    tables: dict[str, dict[str, Any]] = {}
    ledgers: dict[str, dict[str, str]] = {}
    for seed, book in books.items():
        tables[f"allocated-{seed}"] = dict(allocated(book))
        tables[f"past-{seed}"] = dict(allocated(book))
        tables[f"cut-{seed}"] = dict(allocated(book.cut(CUT)))
        tables[f"bare-{seed}"] = dict(bare(book))
        tables[f"bare-past-{seed}"] = dict(bare(book))
        tables[f"bare-cut-{seed}"] = dict(bare(book.cut(CUT)))
        tables[f"open-{seed}"] = dict(open_items(book))
        tables[f"foreign-{seed}"] = dict(foreign(book))
    beside = books["1"]
    tables["beside"] = dict(allocated(beside))
    ledgers["beside"] = {"FEC.txt": ledger_of(beside).text()}
    days = {name: CUT for name in tables if "past" in name or "cut" in name}
    days |= {name: LAST for name in tables if name not in days}
    days["beside"] = dt.date(2025, 1, 31)
    return Books(ledgers, days, tables=tables)


@pytest.fixture(scope="module")
def built(run: Path) -> Built:
    return Built(run / "marts")


@pytest.mark.parametrize("seed", map(str, SEEDS))
def test_recorded_allocations_give_the_open_amounts_and_days_of_the_book(
    built: Built, books: Mapping[str, Book], seed: str
) -> None:
    """To the cent, per document and per customer and month end; what is on account stays on account."""
    book = books[seed]
    company = f"allocated-{seed}"
    found = built.rows(
        "fct_invoices", company, "source_invoice_id, open_amount, settled_on, status, due_date_source"
    )
    left = book.open_amounts(LAST)
    assert {row[0]: row[1] for row in found} == left
    for one, open_amount, settled_on, status, source in found:
        assert source == "document"
        days = [
            max(book.day_of(counter), next(d.issued for d in book.documents if d.invoice_id == one))
            for invoice, counter, _ in book.allocations
            if one == invoice
        ]
        if one.startswith("F"):
            assert (status == "open") == (open_amount == book_amount(book, one)), one
            assert settled_on == (max(days) if open_amount == 0 and days else None), one
    on_account = sum(m.amount for m in book.money) - sum(
        a for _, c, a in book.allocations if c.startswith("P")
    )
    assert built.rows("fct_payments", company, "sum(unallocated_amount)", "1") == [(on_account,)]
    ageing = built.rows("fct_ageing_monthly", company, "customer_id, month_end, balance")
    assert ageing
    for customer, day, balance in ageing:
        assert balance == book.balance(customer, day), (customer, day)
    assert {row[0] for row in built.rows("fct_allocations", company, "distinct method", "1")} == {"ledger"}


def book_amount(book: Book, invoice_id: str) -> Decimal:
    return next(d.amount for d in book.documents if d.invoice_id == invoice_id)


@pytest.mark.parametrize("kind", ["", "bare-"])
@pytest.mark.parametrize("seed", map(str, SEEDS))
def test_a_past_day_is_the_run_on_the_book_cut_there(built: Built, kind: str, seed: str) -> None:
    """As of a day, later documents, payments and allocations change nothing: ids aside, all tables are the same."""
    past, cut = f"{kind}past-{seed}", f"{kind}cut-{seed}"
    for table, columns in (
        (
            "fct_invoices",
            "source_invoice_id, customer_id, document_type, issue_date, due_date, due_date_source, amount, "
            "open_amount, settled_on, days_to_pay, days_late, status",
        ),
        ("fct_payments", "source_payment_id, customer_id, kind, payment_date, amount, unallocated_amount"),
        ("fct_allocations", "customer_id, kind, allocation_date, amount, method, confidence"),
        ("fct_dso_monthly", "* exclude (company_id)"),
        ("fct_ageing_monthly", "* exclude (company_id)"),
        ("fct_customer_behaviour_monthly", "* exclude (company_id)"),
    ):
        found = built.rows(table, past, columns)
        assert found and found == built.rows(table, cut, columns), table


@pytest.mark.parametrize("seed", map(str, SEEDS))
def test_payments_without_allocations_are_matched_by_name_then_amount_then_age(
    built: Built, books: Mapping[str, Book], seed: str
) -> None:
    """Balances are those of the book; a payment that names its document settles that one."""
    book = books[seed]
    company = f"bare-{seed}"
    for customer, day, balance in built.rows(
        "fct_ageing_monthly", company, "customer_id, month_end, balance"
    ):
        assert balance == book.balance(customer, day), (customer, day)
    methods = {row[0] for row in built.rows("fct_allocations", company, "distinct method", "1")}
    assert {"reference", "fifo"} <= methods and "ledger" not in methods
    named = {counter: invoice for invoice, counter, _ in book.allocations if counter[-1] in "02"}
    connection = built.connection
    pairs = connection.execute(
        f"""select p.source_payment_id, i.source_invoice_id
        from read_parquet('{built.marts}/fct_allocations.parquet') a
        join read_parquet('{built.marts}/fct_payments.parquet') p on a.payment_id = p.payment_id
        join read_parquet('{built.marts}/fct_invoices.parquet') i on a.invoice_id = i.invoice_id
        where a.company_id = '{company}' and a.method = 'reference'"""
    ).fetchall()
    assert pairs and all(named[payment] == invoice for payment, invoice in pairs)


@pytest.mark.parametrize("seed", map(str, SEEDS))
def test_open_items_alone_give_every_month_end_of_the_book(
    built: Built, books: Mapping[str, Book], seed: str
) -> None:
    """What an export no longer shows was settled by its day; a document is open as each export says, to the cent."""
    book = books[seed]
    company = f"open-{seed}"
    shown = {
        d.invoice_id: d.amount
        for d in book.documents
        if any(book.open_amounts(day).get(d.invoice_id) for day in month_ends())
    }
    found = built.rows("fct_invoices", company, "source_invoice_id, amount, open_amount, settled_on")
    assert {row[0]: row[1] for row in found} == shown
    left = book.open_amounts(LAST)
    for one, _, open_amount, settled_on in found:
        assert open_amount == left[one], one
        if open_amount == 0:
            first = next(
                day
                for day in month_ends()
                if day >= next(d.issued for d in book.documents if d.invoice_id == one)
                and book.open_amounts(day)[one] == 0
                and any(book.open_amounts(before).get(one) for before in month_ends() if before < day)
            )
            assert settled_on == first, one
    by_customer: dict[tuple[str, dt.date], Decimal] = defaultdict(D)
    customer_of = {d.invoice_id: d.customer for d in book.documents}
    for day in month_ends():
        for one, amount in book.open_amounts(day).items():
            if one in shown and any(book.open_amounts(seen).get(one) for seen in month_ends() if seen <= day):
                by_customer[(customer_of[one], day)] += amount
    for customer, day, balance in built.rows(
        "fct_ageing_monthly", company, "customer_id, month_end, balance"
    ):
        assert balance == by_customer[(customer, day)], (customer, day)


@pytest.mark.parametrize("seed", map(str, SEEDS))
def test_two_currencies_tie_to_the_cent(built: Built, books: Mapping[str, Book], seed: str) -> None:
    """A document settled in dollars is settled in euros, whatever the two rates; differences of exchange are items."""
    book = books[seed]
    company = f"foreign-{seed}"
    left = book.open_amounts(LAST)
    found = built.rows(
        "fct_invoices",
        company,
        "source_invoice_id, open_amount, foreign_currency, line_type, amount, open_amount",
    )
    assert any(row[2] == "USD" for row in found)
    credits = {counter for _, counter, _ in book.allocations if counter.startswith("N")}
    credited = {invoice for invoice, counter, _ in book.allocations if counter.startswith("N")}
    for one, open_amount, _, line_type, _, _ in found:
        if line_type == "exchange":
            assert open_amount == 0
        elif one not in credits | credited:
            assert (open_amount == 0) == (left[one] == 0), one
    for one, _, currency, _, amount, _ in found:
        if currency == "USD":
            issued = next(d.issued for d in book.documents if d.invoice_id == one)
            assert amount == in_euros(book_amount(book, one), issued), one
    dollars = {row[0] for row in found if row[2] == "USD"}
    paid = {counter: invoice for invoice, counter, _ in book.allocations}
    for one, amount in built.rows("fct_payments", company, "source_payment_id, amount"):
        money = next(m for m in book.money if m.payment_id == one)
        expected = in_euros(money.amount, money.day) if paid.get(one) in dollars else money.amount
        assert amount == expected, one
    exchange = [row for row in found if row[3] == "exchange"]
    assert exchange and {row[4] > 0 for row in exchange} == {True, False}
    # The balance is what was billed less what was paid, each at its own day's rate, plus the differences.
    (total,) = built.rows("fct_dso_monthly", company, "receivables", "month_end desc limit 1")
    (open_total,) = built.rows("fct_invoices", company, "sum(open_amount)", "1")
    (unallocated,) = built.rows("fct_payments", company, "sum(unallocated_amount)", "1")
    assert total[0] == open_total[0] - unallocated[0]


def test_a_sub_ledger_beside_its_ledger_shows_what_they_do_not_have_alike(
    built: Built, books: Mapping[str, Book]
) -> None:
    """Facts are the sub-ledger's; the ledger's balance less theirs is the sum of the differences listed, one by one."""
    book = books["1"]
    by_id = {d.invoice_id: d for d in book.documents}
    found = built.rows("ledger_differences", "beside", "document_number, kind, customer_id, difference")
    assert found == sorted(
        [
            ("F002", "missing_in_ledger", by_id["F002"].customer, by_id["F002"].amount),
            # The ledger's last month is January: booked on the 2nd, F003 is there.
            ("F004", "amount", by_id["F004"].customer, D("-5.00")),
            ("FX-9", "missing_in_subledger", "C1", D("-77.70")),
        ]
    )
    assert {row[0] for row in built.rows("fct_invoices", "beside", "distinct ledger_name", "1")} == {
        "subledger"
    }
    left = book.open_amounts(LAST)
    rows = built.rows("fct_invoices", "beside", "source_invoice_id, open_amount")
    assert dict(rows) == left
