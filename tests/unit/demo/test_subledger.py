"""The demo company's sub-ledger is of the same books as its FEC: to the cent, by customer and by document."""

from __future__ import annotations

import csv
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.demo import DemoFiles, write_demo
from pipelines.demo.files import FEC_ENCODINGS

RECEIVABLES = ("411", "413", "416")


@pytest.fixture(scope="module", params=[(5, 1), (20, 300), (60, 2500)], ids=["one", "tiny", "small"])
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    customers, invoices = request.param
    folder = tmp_path_factory.mktemp("demo_erp")
    return write_demo(folder, seed=11, customers=customers, invoices=invoices, with_subledger=True)


def rows_of(demo: DemoFiles, table: str) -> list[dict[str, str]]:
    with (demo.directory / "erp" / f"{table}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def ledger_balances(demo: DemoFiles, day: str) -> dict[str, Decimal]:
    """Customer → receivables by the FEC on the evening of a day."""
    path = next(path for path in demo.ledgers if path.name.endswith(f"FEC{day[:4]}1231.txt"))
    with path.open(encoding=FEC_ENCODINGS[int(day[:4])], newline="") as handle:
        lines = list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))
    found: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line["CompteNum"].startswith(RECEIVABLES) and line["EcritureDate"] <= day.replace("-", ""):
            found[line["CompAuxNum"]] += Decimal(line["Debit"].replace(",", "."))
            found[line["CompAuxNum"]] -= Decimal(line["Credit"].replace(",", "."))
    return {customer: amount for customer, amount in found.items() if amount}


def test_it_ties_to_the_ledger_by_customer_on_any_day(demo: DemoFiles) -> None:
    invoices, payments = rows_of(demo, "invoices"), rows_of(demo, "payments")
    for day in ("2023-01-01", "2023-07-14", "2024-02-29", "2024-12-31", "2025-09-17", "2025-12-31"):
        found: dict[str, Decimal] = defaultdict(Decimal)
        for row in invoices:
            if row["entry_date"] <= day:
                found[row["customer_id"]] += Decimal(row["amount"])
        for row in payments:
            if row["payment_date"] <= day:
                found[row["customer_id"]] -= Decimal(row["amount"])
        assert {key: amount for key, amount in found.items() if amount} == ledger_balances(demo, day), day


def test_allocations_leave_open_what_is_open_and_due_dates_are_the_true_ones(demo: DemoFiles) -> None:
    left = {row["invoice_id"]: Decimal(row["amount"]) for row in rows_of(demo, "invoices")}
    due = {row["invoice_id"]: row["due_date"] for row in rows_of(demo, "invoices")}
    money = {row["payment_id"]: Decimal(row["amount"]) for row in rows_of(demo, "payments")}
    for row in rows_of(demo, "allocations"):
        amount = Decimal(row["amount"])
        left[row["invoice_id"]] -= amount
        if row["payment_id"] in left:
            left[row["payment_id"]] += amount
        else:
            money[row["payment_id"]] -= amount
    with duckdb.connect() as connection:
        truth = connection.execute(
            "select document_number, open_amount, cast(due_date as varchar) from read_parquet(?) "
            "where kind <> 'on_account' and entry_date <= date '2025-12-31'",
            [str(Path(demo.truth) / "documents.parquet")],
        ).fetchall()
    assert {number: left[number] for number, _, _ in truth} == {number: amount for number, amount, _ in truth}
    assert {number: due[number] for number, _, _ in truth} == {number: day for number, _, day in truth}
    others = left.keys() - {number for number, _, _ in truth}
    assert all(number.startswith("OD-") and not left[number] for number in others)
    # What is left of money was on account, or given back of it.
    assert all(name.startswith("ACC-") or amount < 0 for name, amount in money.items() if amount)


def test_every_id_is_given_once(demo: DemoFiles) -> None:
    for table in ("invoices", "payments", "allocations"):
        rows = rows_of(demo, table)
        ids = [next(iter(row.values())) for row in rows]
        assert len(ids) == len(set(ids)), table
