"""A small ERP that lives day by day: what its books say, in plain Python, and what it exports of them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Table = dict[str, Row]

COLUMNS = {
    "invoices": ("invoice_id", "customer_id", "issue_date", "due_date", "amount"),
    "payments": ("payment_id", "customer_id", "payment_date", "amount"),
    "allocations": ("allocation_id", "invoice_id", "payment_id", "amount"),
    "disputes": ("dispute_id", "invoice_id", "opened_on", "closed_on", "reason"),
}
KEYS = {name: columns[0] for name, columns in COLUMNS.items()}
OPEN_COLUMNS = (*COLUMNS["invoices"], "open_amount")


@dataclass
class Erp:
    """The books as of now.

    Attributes:
        tables: table → key → row; a cancelled row bears `is_cancelled` and stays. `changed` grows with every change.
    """

    seed: int
    day: dt.date = dt.date(2025, 5, 31)
    tables: dict[str, Table] = field(default_factory=lambda: {name: {} for name in COLUMNS})
    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COLUMNS, 0))
    updated: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    # --- what happens --------------------------------------------------------------------------------------------

    def live(self) -> None:
        """One more day."""
        self.day += dt.timedelta(days=1)
        chance = self.random.random
        for _ in range(self.random.randint(2, 5)):
            # Some are entered days after they were issued.
            self.invoice(self.day - dt.timedelta(days=self.random.choice((0, 0, 0, 1, 4))))
        for invoice in self.unpaid():
            left = self.open_amount(invoice["invoice_id"])
            if chance() < 0.16:
                share = self.random.choice((1, 1, 2, 3))
                self.pay(invoice, (left / share).quantize(Decimal("0.01")))
            elif chance() < 0.05:
                self.change("invoices", invoice["invoice_id"], amount=invoice["amount"] + Decimal("10.00"))
            elif chance() < 0.05:
                due = invoice["due_date"] + dt.timedelta(days=self.random.randint(1, 20))
                self.change("invoices", invoice["invoice_id"], due_date=due)
            elif chance() < 0.02 and left == invoice["amount"]:
                self.change("invoices", invoice["invoice_id"], is_cancelled=True)
            elif chance() < 0.05:
                self.insert(
                    "disputes", invoice_id=invoice["invoice_id"], opened_on=self.day, closed_on=None,
                    reason=self.random.choice(("price; quantity", 'said "never"', "<script>")),
                )  # fmt: skip
        for dispute in list(self.tables["disputes"].values()):
            if dispute["closed_on"] is None and chance() < 0.2:
                self.change("disputes", dispute["dispute_id"], closed_on=self.day)
        payments = [row for row in self.tables["payments"].values() if not row["is_cancelled"]]
        if payments and chance() < 0.25:
            self.bounce(self.random.choice(payments))
        if payments and chance() < 0.25:
            one = self.random.choice(payments)
            if not one["is_cancelled"]:
                day = one["payment_date"] - dt.timedelta(days=1)
                self.change("payments", one["payment_id"], payment_date=day)

    def invoice(self, issued: dt.date) -> None:
        """A new invoice, known today."""
        self.insert(
            "invoices",
            customer_id=f"C{self.random.randint(1, 6)}",
            issue_date=issued,
            due_date=issued + dt.timedelta(days=30),
            amount=Decimal(self.random.randint(1_000, 900_000)).scaleb(-2),
        )

    def pay(self, invoice: Row, amount: Decimal) -> None:
        """Money of an invoice; the bank's line may be some days old."""
        day = max(self.day - dt.timedelta(days=self.random.choice((0, 0, 1, 3))), invoice["issue_date"])
        payment = self.insert("payments", customer_id=invoice["customer_id"], payment_date=day, amount=amount)
        self.insert("allocations", invoice_id=invoice["invoice_id"], payment_id=payment, amount=amount)

    def bounce(self, payment: Row) -> None:
        """A payment that never was: it goes, and what it settled is open again."""
        self.change("payments", payment["payment_id"], is_cancelled=True)
        for row in list(self.tables["allocations"].values()):
            if row["payment_id"] == payment["payment_id"]:
                self.change("allocations", row["allocation_id"], is_cancelled=True)

    def insert(self, table: str, **values: Any) -> str:
        self.numbers[table] += 1
        key = f"{table[0].upper()}{self.numbers[table]:04d}"
        self.tables[table][key] = {KEYS[table]: key, **values, "is_cancelled": False}
        self._touch(table, key)
        return key

    def change(self, table: str, key: str, **values: Any) -> None:
        self.tables[table][key] |= values
        self._touch(table, key)

    def _touch(self, table: str, key: str) -> None:
        self.updated += 1
        self.tables[table][key]["changed"] = self.updated

    # --- what the books say --------------------------------------------------------------------------------------

    def alive(self, table: str) -> Table:
        """The rows that count."""
        return {key: row for key, row in self.tables[table].items() if not row["is_cancelled"]}

    def open_amount(self, invoice_id: str) -> Decimal:
        paid = sum(
            row["amount"] for row in self.alive("allocations").values() if row["invoice_id"] == invoice_id
        )
        return Decimal(self.tables["invoices"][invoice_id]["amount"] - paid)

    def unpaid(self) -> list[Row]:
        return [row for key, row in self.alive("invoices").items() if self.open_amount(key)]

    def settled_on(self, invoice_id: str) -> dt.date | None:
        """The day of the payment that brought it to zero."""
        if self.open_amount(invoice_id):
            return None
        payments = self.tables["payments"]
        issued = self.tables["invoices"][invoice_id]["issue_date"]
        days: list[dt.date] = [
            max(payments[row["payment_id"]]["payment_date"], issued)
            for row in self.alive("allocations").values()
            if row["invoice_id"] == invoice_id
        ]
        return max(days)

    # --- what it exports -----------------------------------------------------------------------------------------

    def export(self, table: str) -> Table:
        """A full export: the rows that count, in the columns of the export."""
        return {key: {name: row[name] for name in COLUMNS[table]} for key, row in self.alive(table).items()}

    def export_all(self, table: str) -> Table:
        """Every row, cancelled ones marked: what the exports of changes add up to."""
        return {
            key: {name: row[name] for name in COLUMNS[table]}
            | {"is_cancelled": str(row["is_cancelled"]).lower()}
            for key, row in self.tables[table].items()
        }

    def export_open_items(self) -> Table:
        """Invoices still open, with what is open of them."""
        return {
            row["invoice_id"]: {
                **{name: row[name] for name in COLUMNS["invoices"]},
                "open_amount": self.open_amount(row["invoice_id"]),
            }
            for row in self.unpaid()
        }

    def save(self, path: Path) -> None:
        """The books as they are in an SQLite database."""
        with sqlite3.connect(path) as connection:
            for table, columns in COLUMNS.items():
                names = (*columns, "is_cancelled", "changed")
                connection.execute(f"create table if not exists {table} ({', '.join(names)})")
                connection.execute(f"delete from {table}")
                marks = ", ".join("?" for _ in names)
                connection.executemany(
                    f"insert into {table} values ({marks})",
                    [[_stored(row[name]) for name in names] for row in self.tables[table].values()],
                )
            connection.execute("create table if not exists breaks (key)")
        connection.close()


def _stored(value: Any) -> Any:
    return str(value) if isinstance(value, dt.date | Decimal) else value


def break_query(path: Path, key: str | None) -> None:
    """Make the queries of an ERP's database fail when they come to a row; None mends them."""
    with sqlite3.connect(path) as connection:
        connection.execute("delete from breaks")
        if key:
            connection.execute("insert into breaks values (?)", [key])
    connection.close()


def as_csv(columns: Iterable[str], rows: Mapping[str, Row]) -> str:
    """Rows as an export writes them, those of one day in no order that means anything."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(columns), lineterminator="\n")
    writer.writeheader()
    for key in sorted(rows, reverse=True):
        writer.writerow(rows[key])
    return out.getvalue()


Moment = tuple[dt.date, int]


def corrections(exports: Mapping[Moment, Table], withdrawals: bool) -> list[tuple[str, ...]]:
    """What successive exports corrected: (key, column, old, new, day it was known, day it was replaced).

    Args:
        exports: (day, number within the day) → rows.
        withdrawals: a row that is gone was withdrawn.
    """
    found: list[tuple[str, ...]] = []
    known: dict[str, dt.date] = {}
    last: Table = {}
    gone: set[str] = set()
    for moment in sorted(exports):
        now, day = exports[moment], moment[0]
        for key, row in now.items():
            old = last.get(key)
            if old is None:
                if key in gone and withdrawals:
                    found.append((key, "is_cancelled", "true", "false", str(known[key]), str(day)))
                known[key] = day
                continue
            differing = [name for name in row if row[name] != old[name] and name != "open_amount"]
            found += [
                (key, name, str(old[name]), str(row[name]), str(known[key]), str(day))
                for name in differing
                if not (name == "closed_on" and old[name] is None)
            ]
            if differing:
                known[key] = day
        if not withdrawals:
            now = last | now
        for key in last.keys() - now.keys():
            gone.add(key)
            found.append((key, "is_cancelled", "false", "true", str(known[key]), str(day)))
        last = now
    return sorted(found)
