"""What the demo company's people note around its receivables: disputes, promises, reminders, orders, plans, limits.

Belongs here: which events happen, drawn from documents and settlements that are settled already, and their files as a
CRM, an insurer and a credit manager export them. Does not belong here: anything that would change the books.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipelines.demo.behaviour import (
    AS_OF,
    CREDIT_NOTE,
    DEPOSIT,
    INVOICE,
    NEVER,
    PAY_BILL,
    PAY_DEBIT,
    PAY_SUSPENSE,
    PAY_TRANSFER,
    Documents,
    Health,
    Moves,
)
from pipelines.demo.calendar import FIRST_DAY, Days, calendar, day
from pipelines.demo.ledger import Books
from pipelines.demo.population import Customers

Bools = NDArray[np.bool_]
Row = tuple[object, ...]

REASONS = (
    "Prix",
    "Quantité livrée",
    "Qualité",
    "Retard de livraison",
    "Facture en double",
    "Bon de commande manquant",
)
INSURERS = ("Assur-Crédit Démo", "Garantie Démo")
#: Days past due at which a reminder goes out, and how.
REMINDERS = ((8, "courriel"), (22, "courriel"), (45, "lettre recommandée"))

CONFIG = """\
events:
  disputes:
    path: events/litiges.csv
    columns:
      {dispute_id: N° litige, invoice_id: Facture, customer_id: Client, opened_on: Ouvert le, closed_on: Clos le,
       reason: Motif, amount: Montant contesté}
    date_format: '%d/%m/%Y'
    decimal: ','
  promises:
    path: events/promesses.csv
    columns:
      {promise_id: N° promesse, invoice_id: Facture, customer_id: Client, promised_on: Donnée le, due_on: Pour le,
       amount: Montant}
    date_format: '%d/%m/%Y'
    decimal: ','
  reminders: events/reminders.csv
  orders: events/orders.csv
  instalments: events/instalments.csv
  insured_limits: events/insured_limits.csv
  overrides: events/overrides.csv
"""


@dataclass(frozen=True)
class Style:
    """How a program writes its export."""

    encoding: str
    separator: str
    decimal: str
    is_french: bool

    def day(self, number: int | None) -> str:
        """A day in its spelling; blank where there is none."""
        if number is None:
            return ""
        written = calendar().french if self.is_french else calendar().iso
        return str(written[number - FIRST_DAY])

    def money(self, cents: int | None) -> str:
        """An amount; blank where there is none."""
        if cents is None:
            return ""
        return f"{'-' if cents < 0 else ''}{abs(cents) // 100}{self.decimal}{abs(cents) % 100:02d}"

    def write(self, path: Path, header: Sequence[str], rows: Iterable[Row]) -> None:
        """One file."""
        with path.open("w", encoding=self.encoding, newline="") as out:
            sheet = csv.writer(
                out, delimiter=self.separator, lineterminator="\r\n" if self.is_french else "\n"
            )
            sheet.writerow(header)
            sheet.writerows(rows)


CRM = Style(encoding="cp1252", separator=";", decimal=",", is_french=True)
PLAIN = Style(encoding="utf-8", separator=",", decimal=".", is_french=False)


@dataclass(frozen=True)
class Course:
    """What became of each document: when it was credited, when it was last paid, until when anything was open."""

    credited: Days
    paid: Days
    closed: Days


def course_of(docs: Documents, moves: Moves, books: Books) -> Course:
    """The course of each document, by the settlements; NEVER where it did not happen."""
    count = len(docs)
    effects = books.effects
    final = np.zeros(count, dtype=np.int64)
    np.add.at(final, effects.document, effects.amount)
    last = np.full(count, -1, dtype=np.int64)
    np.maximum.at(last, effects.document, effects.day)
    cash = np.isin(moves.what, (PAY_TRANSFER, PAY_DEBIT, PAY_BILL, PAY_SUSPENSE))
    paid = np.full(count, -1, dtype=np.int64)
    np.maximum.at(paid, moves.document[cash], moves.day[cash])
    credited = np.full(count, NEVER, dtype=np.int64)
    notes = np.flatnonzero((docs.kind == CREDIT_NOTE) & (docs.parent >= 0))
    np.minimum.at(credited, docs.parent[notes], docs.entry[notes])
    return Course(
        credited=credited,
        paid=np.where(paid >= 0, paid, NEVER),
        closed=np.where((final == 0) & (last >= 0), last, NEVER),
    )


def write_events(
    streams: Sequence[np.random.Generator],
    directory: Path,
    truth: Path,
    who: Customers,
    health: Health,
    docs: Documents,
    moves: Moves,
    books: Books,
) -> None:
    """Write the seven files of events into `directory`, and what the promises came to into `truth`."""
    directory.mkdir(parents=True, exist_ok=True)
    course = course_of(docs, moves, books)
    CRM.write(
        directory / "litiges.csv",
        ["N° litige", "Facture", "Client", "Ouvert le", "Clos le", "Motif", "Montant contesté"],
        _disputes(streams[0], who, docs, books, course),
    )
    promises, kept = _promises(streams[1], who, docs, books, course)
    CRM.write(
        directory / "promesses.csv",
        ["N° promesse", "Facture", "Client", "Donnée le", "Pour le", "Montant"],
        promises,
    )
    pq.write_table(
        pa.table({"promise_id": [str(row[0]) for row in promises], "is_kept": kept}),
        truth / "promises.parquet",
        compression="zstd",
    )
    PLAIN.write(
        directory / "reminders.csv",
        ["reminder_id", "invoice_id", "customer_id", "sent_on", "level", "channel"],
        _reminders(streams[2], who, docs, books, course),
    )
    PLAIN.write(
        directory / "orders.csv",
        ["order_id", "customer_id", "ordered_on", "amount"],
        _orders(streams[3], who, docs),
    )
    PLAIN.write(
        directory / "instalments.csv",
        ["instalment_id", "plan_id", "invoice_id", "customer_id", "agreed_on", "due_on", "amount"],
        _instalments(streams[4], who, docs, books, course),
    )
    PLAIN.write(
        directory / "insured_limits.csv",
        ["limit_id", "customer_id", "valid_from", "valid_to", "amount", "insured_share", "insurer"],
        _limits(streams[5], who, health),
    )
    PLAIN.write(
        directory / "overrides.csv",
        ["override_id", "customer_id", "decided_on", "action", "reason", "decided_by", "valid_to"],
        _overrides(streams[6], who, docs, course),
    )


def _disputes(
    rng: np.random.Generator, who: Customers, docs: Documents, books: Books, course: Course
) -> list[Row]:
    """One dispute for each invoice that the customer contests: closed by its credit note, else before its payment."""
    count = len(docs)
    opened = docs.entry + rng.integers(5, 26, count)
    reason = rng.integers(0, len(REASONS), count)
    part = rng.random(count)
    share = rng.integers(20, 61, count)
    ended = np.minimum(course.credited, course.paid - rng.integers(2, 9, count))
    rows: list[Row] = []
    contested = docs.is_disputed & (docs.kind == INVOICE) & ~docs.is_before_books & (opened <= AS_OF)
    for i in np.flatnonzero(contested).tolist():
        start = int(opened[i])
        end = max(int(ended[i]), start + 1)
        rows.append(
            (
                f"LIT-{len(rows) + 1:05d}",
                books.document_refs[i],
                who.code[docs.customer[i]],
                CRM.day(start),
                CRM.day(end if end <= AS_OF else None),
                REASONS[reason[i]],
                CRM.money(int(docs.amount[i]) * int(share[i]) // 100 if part[i] < 0.1 else None),
            )
        )
    # A number keyed in wrongly: nobody knows the document.
    rows.append(("LIT-99999", "FA-INCONNUE-1", who.code[0], CRM.day(AS_OF - 20), "", REASONS[0], ""))
    return rows


def _promises(
    rng: np.random.Generator, who: Customers, docs: Documents, books: Books, course: Course
) -> tuple[list[Row], list[bool | None]]:
    """Promises of customers who are late, two thirds of them kept; and whether the money came in time (None: open)."""
    count = len(docs)
    given = calendar().open_on_or_after(docs.due + rng.integers(6, 22, count))
    asked = rng.random(count) < 0.16
    honest = rng.random(count)
    wait = rng.integers(5, 16, count)
    margin = rng.integers(0, 6, count)
    whole = rng.random(count) < 0.15
    tells = rng.random(count) < 0.4
    late = (docs.kind == INVOICE) & ~docs.is_before_books & ~docs.is_disputed
    late &= (given < course.closed) & (given <= AS_OF)
    rows: list[Row] = []
    kept: list[bool | None] = []
    for i in np.flatnonzero(late & asked).tolist():
        promised, paid = int(given[i]), int(course.paid[i])
        if paid < NEVER and paid == course.closed[i] and paid > promised + 1 and paid <= promised + 45:
            # Most promise a day on which they do pay; the others pay after the day they named.
            until = (
                paid + int(margin[i]) if honest[i] < 0.68 else max(promised + 1, paid - 1 - int(margin[i]))
            )
        else:
            until = promised + int(wait[i])
        about_customer = bool(whole[i])
        told = bool(tells[i]) or about_customer
        rows.append(
            (
                f"PRO-{len(rows) + 1:05d}",
                "" if about_customer else books.document_refs[i],
                who.code[docs.customer[i]] if about_customer or i % 2 else "",
                CRM.day(promised),
                CRM.day(until),
                CRM.money(int(docs.amount[i]) if told else None),
            )
        )
        kept.append(True if promised < paid <= min(until, AS_OF) else (False if until < AS_OF else None))
    return rows, kept


def _reminders(
    rng: np.random.Generator, who: Customers, docs: Documents, books: Books, course: Course
) -> Iterable[Row]:
    """A reminder at each step that a document reaches unpaid, some forgotten; none within the group or in a dispute."""
    serial = 0
    due_for = (
        (docs.kind <= DEPOSIT) & ~docs.is_disputed & ~who.is_group[docs.customer] & ~docs.is_before_books
    )
    for level, (after, channel) in enumerate(REMINDERS, start=1):
        sent = calendar().open_on_or_after(docs.due + after)
        chosen = due_for & (sent < course.closed) & (sent <= AS_OF) & (rng.random(len(docs)) < 0.93)
        for i in np.flatnonzero(chosen).tolist():
            serial += 1
            yield (
                f"REL-{serial:06d}",
                books.document_refs[i],
                who.code[docs.customer[i]],
                PLAIN.day(int(sent[i])),
                level,
                channel,
            )


def _orders(rng: np.random.Generator, who: Customers, docs: Documents) -> Iterable[Row]:
    """An order some weeks before most invoices; those of the last weeks are not billed yet."""
    billed = (docs.kind == INVOICE) & ~docs.is_before_books & (rng.random(len(docs)) < 0.8)
    before = rng.integers(5, 41, len(docs))
    ahead = billed & (docs.issue > AS_OF - 60) & (rng.random(len(docs)) < 0.5)
    days = np.r_[(docs.issue - before)[billed], (docs.issue - before + 45)[ahead]]
    at = np.r_[np.flatnonzero(billed), np.flatnonzero(ahead)]
    kept = days <= AS_OF
    days, at = days[kept], at[kept]
    order = np.lexsort((at, days))
    for serial, k in enumerate(order.tolist(), start=1):
        i = int(at[k])
        yield (
            f"CDE-{serial:06d}",
            who.code[docs.customer[i]],
            PLAIN.day(int(days[k])),
            PLAIN.money(int(docs.amount[i])),
        )


def _instalments(
    rng: np.random.Generator, who: Customers, docs: Documents, books: Books, course: Course
) -> Iterable[Row]:
    """Three monthly instalments for a few documents long unpaid."""
    agreed = calendar().open_on_or_after(docs.due + 35)
    unpaid = (docs.kind == INVOICE) & ~docs.is_disputed & ~docs.is_before_books & (docs.amount > 50_000)
    candidates = np.flatnonzero(unpaid & (agreed < course.closed) & (agreed <= AS_OF - 15))
    chosen = np.sort(rng.choice(candidates, size=min(24, len(candidates)), replace=False))
    for plan, i in enumerate(chosen.tolist(), start=1):
        amount = int(docs.amount[i])
        third = amount // 3
        for number in range(1, 4):
            yield (
                f"ECH-{plan:03d}-{number}",
                f"ECH-{plan:03d}",
                books.document_refs[i],
                who.code[docs.customer[i]],
                PLAIN.day(int(agreed[i])),
                PLAIN.day(int(calendar().open_on_or_after(agreed[i : i + 1] + 30 * number)[0])),
                PLAIN.money(third if number < 3 else amount - 2 * third),
            )


def _limits(rng: np.random.Generator, who: Customers, health: Health) -> Iterable[Row]:
    """Insured limits of two thirds of the companies, reviewed each year, withdrawn once a judgment is published."""
    covered = rng.random(len(who)) < 0.66
    factor = rng.integers(40, 121, (len(who), 3))
    usual = np.maximum(np.rint(who.amount * who.volume / 100 * 2.5 / 1000), 1).astype(np.int64) * 100_000
    serial = 0
    for i in np.flatnonzero(covered & ~who.is_consumer & ~who.is_group).tolist():
        lost = min(int(health.publication[i]) + 3, NEVER)
        for k, year in enumerate((2023, 2024, 2025)):
            start = day(year, 1, 1)
            if start >= lost or start > who.stop[i]:
                break
            serial += 1
            amount = int(usual[i]) * int(factor[i, k]) // 100 // 100_000 * 100_000
            end = day(year, 12, 31) if year < 2025 else None
            given, until = PLAIN.day(start), PLAIN.day(end)
            yield (
                f"GAR-{serial:05d}",
                who.code[i],
                given,
                until,
                PLAIN.money(amount),
                "0.9",
                INSURERS[i % 2],
            )
        if lost <= AS_OF:
            serial += 1
            given = PLAIN.day(lost)
            yield (f"GAR-{serial:05d}", who.code[i], given, "", PLAIN.money(0), "0.9", INSURERS[i % 2])


def _overrides(rng: np.random.Generator, who: Customers, docs: Documents, course: Course) -> list[Row]:
    """A few decisions of the credit manager about customers with something past due on the as-of day."""
    overdue = np.unique(
        docs.customer[
            (docs.kind == INVOICE) & (docs.due < AS_OF) & (course.closed > AS_OF) & (docs.entry <= AS_OF)
        ]
    )
    chosen = rng.choice(overdue, size=min(6, len(overdue)), replace=False).tolist()
    decisions = (
        ("Attendre", "Échéancier en cours de signature", "M. Lefort", None),
        ("Bloquer les livraisons", "Trois promesses non tenues", "M. Lefort", None),
        ("Appeler le dirigeant", "Contact comptable injoignable", "Mme Arnaud", None),
        ("Ne pas relancer", "Accord du directeur commercial", "Mme Arnaud", AS_OF + 21),
        ("Confier au cabinet de recouvrement", "Montant important, plus de réponse", "M. Lefort", None),
        ("Attendre", "Avoir à établir", "Mme Arnaud", AS_OF - 5),
    )
    return [
        (f"DEC-{k:03d}", who.code[i], PLAIN.day(AS_OF - 30 + 4 * k), action, reason, by, PLAIN.day(until))
        for k, (i, (action, reason, by, until)) in enumerate(zip(chosen, decisions, strict=False), start=1)
    ]
