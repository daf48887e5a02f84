"""The statutory tables and penalties counted again: plain Python, invoice by invoice and day by day."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb

CENT = Decimal("0.01")
DAY = dt.timedelta(days=1)
OWED = ("invoice", "deposit", "opening_item")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def bucket_of(days: int) -> str:
    return next(
        (name for end, name in ((0, "0_days"), (30, "1_30"), (60, "31_60"), (90, "61_90")) if days <= end),
        "91_or_more",
    )


class Recount:
    """Reads the facts of one company and answers from them alone.

    Args:
        connection: a warehouse with schema `marts`.
        company_id: the company.
        as_of: the run's day.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, company_id: str, as_of: dt.date) -> None:
        def rows(sql: str) -> list[dict[str, Any]]:
            cursor = connection.execute(sql, [company_id])
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        self.as_of = as_of
        documents = rows("select * from marts.fct_invoices where company_id = ?")
        carried = {row["invoice_id"] for row in documents if row["document_type"] == "opening_item"}
        self.invoices = {
            row["invoice_id"]: row for row in documents if row["document_type"] in OWED and row["amount"] > 0
        }
        paid_on = {
            row["payment_id"]: row["payment_date"]
            for row in rows("select payment_id, payment_date from marts.fct_payments where company_id = ?")
        }
        self.booked: dict[str, list[tuple[dt.date, Decimal]]] = defaultdict(list)
        self.paid: dict[str, list[tuple[dt.date, Decimal]]] = defaultdict(list)
        for row in rows("select * from marts.fct_allocations where company_id = ?"):
            self.booked[row["invoice_id"]].append((row["allocation_date"], row["amount"]))
            # A credit brought forward came before the ledger begins.
            is_carried = row["credit_invoice_id"] in carried
            day = dt.date.min if is_carried else paid_on.get(row["payment_id"], row["allocation_date"])
            self.paid[row["invoice_id"]].append((day, row["amount"]))
        self.late: dict[str, list[tuple[dt.date, Decimal]]] = {}
        self.disputes: dict[str, list[tuple[dt.date, dt.date | None]]] = defaultdict(list)
        for row in rows("select * from marts.fct_disputed_documents where company_id = ?"):
            self.disputes[row["invoice_id"]].append((row["disputed_from"], row["disputed_until"]))
        self.judgments: dict[str, list[dt.date]] = defaultdict(list)
        for row in rows(
            "select customer_id, judgment_date from marts.fct_receivables_by_proceeding "
            "where company_id = ? and state <> 'annulled'"
        ):
            self.judgments[row["customer_id"]].append(row["judgment_date"])

    def open_at(self, invoice_id: str, day: dt.date) -> Decimal:
        """Open at the end of a day, as the ledger books it."""
        invoice = self.invoices[invoice_id]
        if invoice["entry_date"] > day:
            return Decimal(0)
        return invoice["amount"] - sum((a for on, a in self.booked[invoice_id] if on <= day), Decimal(0))

    def is_disputed(self, invoice_id: str, day: dt.date) -> bool:
        """In dispute on a day, by the dated disputes; on the as-of day by the invoice's own flag."""
        if day == self.as_of:
            return bool(self.invoices[invoice_id]["is_disputed"])
        return any(first <= day and (end is None or day < end) for first, end in self.disputes[invoice_id])

    def late_days(self, invoice_id: str) -> list[tuple[dt.date, Decimal]]:
        """Every day past due with what was open at its start."""
        if invoice_id in self.late:
            return self.late[invoice_id]
        invoice = self.invoices[invoice_id]
        found = self.late[invoice_id] = []
        day = (invoice["due_date"] or self.as_of) + DAY
        while day <= self.as_of:
            left = invoice["amount"] - sum((a for on, a in self.paid[invoice_id] if on < day), Decimal(0))
            if left > 0:
                found.append((day, left))
            day += DAY
        return found

    def net(self, invoice_id: str, amount: Decimal) -> Decimal:
        invoice = self.invoices[invoice_id]
        return amount - cents(amount * (invoice["vat_amount"] or 0) / invoice["amount"])

    def table_one(self, closing: dt.date) -> dict[str, tuple[int, Decimal]]:
        """Bucket → number and amount excluding VAT, at a closing."""
        found: dict[str, list[Decimal]] = defaultdict(list)
        for key, invoice in self.invoices.items():
            left = self.open_at(key, closing)
            if left <= 0:
                continue
            if self.is_disputed(key, closing):
                found["disputed"].append(self.net(key, left))
                continue
            if invoice["due_date"] is None:
                found["due_date_unknown"].append(self.net(key, left))
                continue
            days = max((closing - invoice["due_date"]).days, 0)
            found[bucket_of(days)].append(self.net(key, left))
            if days:
                found["total"].append(self.net(key, left))
        return {name: (len(amounts), sum(amounts, Decimal(0))) for name, amounts in found.items()}

    def table_two(self, start: dt.date, closing: dt.date) -> dict[str, tuple[int, Decimal]]:
        """Bucket → number and amount excluding VAT of what was late in a year; those issued and not late at 0."""
        found: dict[str, list[Decimal]] = defaultdict(list)
        for key, invoice in self.invoices.items():
            late = [day for day, _ in self.late_days(key) if start <= day <= closing]
            amount = self.net(key, invoice["amount"])
            is_issued = (
                invoice["document_type"] != "opening_item" and start <= invoice["entry_date"] <= closing
            )
            if (late or is_issued) and self.is_disputed(key, closing):
                found["disputed"].append(amount)
            elif late:
                found[bucket_of((late[-1] - invoice["due_date"]).days)].append(amount)
                found["total"].append(amount)
            elif is_issued:
                found["0_days"].append(amount)
        return {name: (len(amounts), sum(amounts, Decimal(0))) for name, amounts in found.items()}

    def penalties(
        self, rate_of: Any, consumers: set[str]
    ) -> dict[tuple[str, dt.date], tuple[int, Decimal, Decimal]]:
        """(invoice, semester) → days, interest, indemnity; `rate_of(customer_id, semester)` gives percent a year."""
        found: dict[tuple[str, dt.date], tuple[int, Decimal, Decimal]] = {}
        for key, invoice in self.invoices.items():
            late = self.late_days(key)
            if not late or invoice["customer_id"] in consumers:
                continue
            stops = [d for d in self.judgments[invoice["customer_id"]] if d > invoice["issue_date"]]
            stop = min(stops, default=None)
            sums: dict[dt.date, list[Decimal]] = defaultdict(list)
            for day, left in late:
                if stop is None or day < stop:
                    sums[dt.date(day.year, 1 if day.month < 7 else 7, 1)].append(left)
            first = dt.date(late[0][0].year, 1 if late[0][0].month < 7 else 7, 1)
            is_indemnity_due = stop is None or stop > invoice["due_date"]
            for semester in {*sums, *([first] if is_indemnity_due else [])}:
                amounts = sums.get(semester, [])
                interest = sum(amounts, Decimal(0)) * rate_of(invoice["customer_id"], semester) / 36500
                owed = Decimal(40) if is_indemnity_due and semester == first else Decimal(0)
                found[key, semester] = (len(amounts), cents(interest), owed)
        return found
