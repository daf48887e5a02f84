"""Promises and disputes judged again: plain Python over the exported files and the published facts."""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

OWED = ("invoice", "deposit", "opening_item")
NO_PAYMENT = ("write_off", "assignment")
Outcome = tuple[str, Decimal, Decimal, dt.date | None]


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="cp1252", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat("-".join(reversed(text.split("/")))) if text else None


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    cursor = connection.execute(sql)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


class _Facts:
    """Documents by number, and what happened to each."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.documents = _rows(connection, "select * from marts.fct_invoices")
        self.by_number: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self.documents:
            if row["document_type"] in OWED and row["amount"] > 0 and row["document_number"]:
                self.by_number[row["document_number"]].append(row)
        self.moves: dict[str, list[tuple[dt.date, Decimal, str]]] = defaultdict(list)
        for row in _rows(connection, "select * from marts.fct_allocations"):
            if row["invoice_id"]:
                self.moves[row["invoice_id"]].append((row["allocation_date"], row["amount"], row["kind"]))
            if row["credit_invoice_id"]:
                self.moves[row["credit_invoice_id"]].append(
                    (row["allocation_date"], -row["amount"], row["kind"])
                )
        self.payments = _rows(connection, "select * from marts.fct_payments")
        self.used: dict[str, list[tuple[dt.date, Decimal]]] = defaultdict(list)
        for row in _rows(connection, "select * from marts.fct_allocations where payment_id is not null"):
            self.used[row["payment_id"]].append((row["allocation_date"], row["amount"]))

    def named(self, number: str, customer: str, day: dt.date) -> list[dict[str, Any]]:
        """The document meant: the last one of its number entered by the day, else the first after it."""
        found = [row for row in self.by_number[number] if customer in ("", row["customer_id"])]
        before = [row for row in found if row["entry_date"] <= day]
        chosen = max((r["entry_date"] for r in before), default=None)
        if chosen is None:
            chosen = min((r["entry_date"] for r in found), default=None)
        return [row for row in found if row["entry_date"] == chosen]

    def open_at(self, row: dict[str, Any], day: dt.date) -> Decimal:
        if row["entry_date"] > day:
            return Decimal(0)
        settled = sum((a for on, a, _ in self.moves[row["invoice_id"]] if on <= day), Decimal(0))
        return Decimal(row["amount"]) - settled

    def balance(self, customer: str, day: dt.date) -> Decimal:
        total = sum(
            (self.open_at(r, day) for r in self.documents if r["customer_id"] == customer), Decimal(0)
        )
        for row in self.payments:
            if row["customer_id"] == customer and row["entry_date"] <= day:
                total -= row["amount"] - sum(
                    (a for on, a in self.used[row["payment_id"]] if on <= day), Decimal(0)
                )
        return total


def promise_outcomes(connection: duckdb.DuckDBPyConnection, path: Path, as_of: dt.date) -> dict[str, Outcome]:
    """Promise → status, amount expected, amount received, day kept."""
    facts = _Facts(connection)
    found: dict[str, Outcome] = {}
    for row in _read(path):
        given, until = _day(row["Donnée le"]), _day(row["Pour le"])
        assert given is not None and until is not None
        came: dict[dt.date, Decimal] = defaultdict(Decimal)
        if row["Facture"]:
            documents = facts.named(row["Facture"], row["Client"], given)
            assert documents, row
            owed = sum((facts.open_at(d, given) for d in documents), Decimal(0))
            moves = [m for d in documents for m in facts.moves[d["invoice_id"]] if m[2] not in NO_PAYMENT]
        else:
            owed = facts.balance(row["Client"], given)
            moves = [
                (p["payment_date"], p["amount"], p["kind"])
                for p in facts.payments
                if p["customer_id"] == row["Client"] and p["kind"] in ("receipt", "rejection")
            ]
        for on, amount, _ in moves:
            if given < on <= min(until, as_of):
                came[on] += amount
        expected = Decimal(row["Montant"].replace(",", ".")) if row["Montant"] else max(owed, Decimal(0))
        total = sum(came.values(), Decimal(0))
        kept_on, so_far = None, Decimal(0)
        for on in sorted(came):
            so_far += came[on]
            if so_far >= expected and kept_on is None:
                kept_on = on
        if expected <= 0:
            found[row["N° promesse"]] = ("nothing_owed", expected, total, None)
        elif kept_on is not None and total >= expected:
            found[row["N° promesse"]] = ("kept", expected, total, kept_on)
        else:
            found[row["N° promesse"]] = ("broken" if until < as_of else "pending", expected, total, None)
    return found


def dispute_days(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[dt.date, Decimal]:
    """Month end → open amount of the documents in dispute that day."""
    facts = _Facts(connection)
    spans: dict[str, list[tuple[dt.date, dt.date | None]]] = defaultdict(list)
    documents = {}
    for row in _read(path):
        opened = _day(row["Ouvert le"])
        assert opened is not None
        for document in facts.named(row["Facture"], row["Client"], opened):
            documents[document["invoice_id"]] = document
            spans[document["invoice_id"]].append((opened, _day(row["Clos le"])))
    days = [row["month_end"] for row in _rows(connection, "select month_end from marts.fct_dso_monthly")]
    found: dict[dt.date, Decimal] = {}
    for day in days:
        found[day] = Decimal(0)
        for key, own in spans.items():
            if any(first <= day and (end is None or day < end) for first, end in own):
                found[day] += max(facts.open_at(documents[key], day), Decimal(0))
    return found
