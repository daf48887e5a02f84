"""Receivables that others published, as books of this project: sub-ledger files, and the marts made of them.

    python -m tests.benchmarks.ml_books highradius|ibm|FILE.csv FOLDER

Belongs here: laying a file of invoices out as an ERP exports it, reading it with the product's own readers, building
its marts with dbt. Does not belong here: models and figures (see `ml_protocol`).
"""

from __future__ import annotations

import csv
import datetime as dt
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.real_data import REAL_DATA

IBM = REAL_DATA / "ar_ibm_late_payment" / "WA_Fn-UseC_-Accounts-Receivable.csv"
HIGHRADIUS = REAL_DATA / "ar_highradius"
COLUMNS = ("invoice_id", "customer_id", "issue_date", "due_date", "amount", "paid_date", "delivery_method")


@dataclass(frozen=True)
class Invoice:
    """An invoice that was wholly paid on `paid_date`, or was not (None); `delivery_method`: how it was sent."""

    invoice_id: str
    customer_id: str
    issue_date: dt.date
    due_date: dt.date
    amount: str
    paid_date: dt.date | None
    delivery_method: str = ""


def highradius(folder: Path = HIGHRADIUS) -> list[Invoice]:
    """The rows of shared.csv, numbered in their order.

    The file has no invoice date: due date − the customer's usual term. The rows that were cleared before the date so
    reckoned are left out, since they would be known before they exist.
    """
    with (folder / "terms.csv").open(encoding="utf-8", newline="") as file:
        terms = {row["cust_number"]: int(row["usual_term_days"]) for row in csv.DictReader(file)}
    found = []
    with (folder / "shared.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=1):
            due, paid = (dt.date.fromisoformat(row[name]) for name in ("due_date", "clear_date"))
            issue = due - dt.timedelta(days=terms[row["cust_number"]])
            if paid >= issue:
                found.append(Invoice(f"HR-{number:06d}", row["cust_number"], issue, due, row["amount"], paid))
    return found


def ibm(file: Path = IBM) -> list[Invoice]:
    """All rows. Disputes are left out: the file says that there was one, not since when. On paper or electronically:
    that is so from its issue on, and agrees with the day from which the customer takes no more paper.
    """
    with file.open(encoding="utf-8", newline="") as handle:
        return [
            Invoice(
                row["invoiceNumber"],
                row["customerID"],
                _american(row["InvoiceDate"]),
                _american(row["DueDate"]),
                row["InvoiceAmount"],
                _american(row["SettledDate"]),
                row["PaperlessBill"],
            )
            for row in csv.DictReader(handle)
        ]


def given(file: Path) -> list[Invoice]:
    """A file with the columns of `COLUMNS`, dates as ISO writes them, `paid_date` blank where unpaid."""
    with file.open(encoding="utf-8", newline="") as handle:
        return [
            Invoice(
                row["invoice_id"],
                row["customer_id"],
                dt.date.fromisoformat(row["issue_date"]),
                dt.date.fromisoformat(row["due_date"]),
                row["amount"],
                dt.date.fromisoformat(row["paid_date"]) if row["paid_date"] else None,
                row.get("delivery_method", ""),
            )
            for row in csv.DictReader(handle)
        ]


def _american(text: str) -> dt.date:
    month, day, year = (int(part) for part in text.split("/"))
    return dt.date(year, month, day)


def write_book(folder: Path, name: str, invoices: Iterable[Invoice]) -> Path:
    """The configuration of a project whose one company has these invoices as its sub-ledger."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "invoices.csv").open("w", encoding="utf-8", newline="") as file:
        sheet = csv.writer(file, lineterminator="\n")
        sheet.writerow(COLUMNS)
        sheet.writerows(
            (
                one.invoice_id,
                one.customer_id,
                one.issue_date,
                one.due_date,
                one.amount,
                one.paid_date,
                one.delivery_method,
            )
            for one in invoices
        )
    company = {"name": name, "id": name, "currency": "USD", "locale": "en"}
    ledger = {"kind": "subledger", "invoices": {"path": "invoices.csv", "date_format": "%Y-%m-%d"}}
    config = folder / "encours.yml"
    config.write_text(
        yaml.safe_dump({"company": company, "ledgers": [ledger]}, sort_keys=False), encoding="utf-8"
    )
    return config


def marts_of(config: Path) -> Path:
    """The marts of a configuration: landed by the readers, built by dbt, in `marts` beside it."""
    from tests.builds import build, land

    built = build(land(config), with_tests=False)
    target = config.parent / "marts"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(built, target)
    return target


def main(arguments: list[str]) -> None:
    """Write the book and its marts, print where they are."""
    name, folder = arguments[0], Path(arguments[1])
    invoices = (
        {"highradius": highradius, "ibm": ibm}[name]() if name in ("highradius", "ibm") else given(Path(name))
    )
    sys.stdout.write(f"{marts_of(write_book(folder, Path(name).stem, invoices))}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
