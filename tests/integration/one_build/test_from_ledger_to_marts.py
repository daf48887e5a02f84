"""From FEC files to marts: worked examples, each a company of one run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.builds import Books
from tests.ledgers import Fec

pytestmark = pytest.mark.slow

Row = dict[str, Any]
D = Decimal


def worked_example() -> dict[str, Fec]:
    """Three invoices, a credit note that names one, a payment that names one, one on account."""
    fec = Fec()
    fec.invoice("2025-01-10", "X", "F1", 1200).invoice("2025-02-14", "X", "F2", 600)
    fec.invoice("2025-03-20", "X", "F3", 2400)
    fec.entry(
        "VE", "2025-03-25", ("411000", -400), ("706000", "333.33"), ("445710", "66.67"),
        customer="X", ref="N1", label="Avoir N1 sur F3",
    )  # fmt: skip
    fec.receipt("2025-02-24", "X", 1200, label="VIR F1").receipt("2025-03-31", "X", 250, label="ACOMPTE")
    return {"2025.txt": fec}


def openings_in_both_forms() -> dict[str, Fec]:
    """2023 → 2024 carries open lines with their payment; 2024 → 2025 carries what remains. 0.01 goes astray."""
    first = Fec().invoice("2023-11-02", "X", "F10", 1000).invoice("2023-12-05", "X", "F11", 500)
    first.receipt("2023-12-20", "X", 300, label="ACOMPTE")
    second = Fec()
    for ref, day, amount, let in (("F10", "2023-11-02", 1000, "A"), ("F11", "2023-12-05", 500, "")):
        second.entry(
            "AN",
            "2024-01-01",
            ("411000", amount),
            ("890000", -amount),
            customer="X",
            ref=ref,
            ref_date=day,
            let=let,
        )
    second.entry(
        "AN", "2024-01-01", ("890000", 300), ("411000", -300),
        customer="X", ref="VIR", ref_date="2023-12-20", label="ACOMPTE", let="A",
    )  # fmt: skip
    second.receipt("2024-02-10", "X", 700, let="A").receipt("2024-03-01", "X", 100, label="VIR F11")
    third = Fec()
    third.entry(
        "AN", "2025-01-01", ("411000", "399.99"), ("890000", "-399.99"),
        customer="X", ref="F11", ref_date="2023-12-05", let="B",
    )  # fmt: skip
    third.receipt("2025-01-15", "X", "399.99", let="B")
    return {"2023.txt": first, "2024.txt": second, "2025.txt": third}


def opening_without_detail() -> dict[str, Fec]:
    """The previous year is not loaded: one balance without detail, one line that names its invoice."""
    fec = Fec()
    fec.entry("AN", "2025-01-01", ("411000", 800), ("890000", -800), customer="X", ref="RAN")
    fec.entry(
        "AN", "2025-01-01", ("411000", 150), ("890000", -150), customer="Y", ref="F77", ref_date="2024-11-15"
    )
    return {"2025.txt": fec.receipt("2025-02-01", "Z", 10)}


def events() -> dict[str, Fec]:
    """A payment that comes back; a discount; a loss with its VAT; a bill; a transfer to doubtful; a till sale."""
    fec = Fec()
    fec.invoice("2025-01-05", "BACK", "F1", 500).receipt("2025-02-04", "BACK", 500, label="PRLV F1")
    fec.receipt("2025-02-08", "BACK", -500, label="REJET PRLV")
    fec.invoice("2025-01-05", "DISC", "F2", 1200, let="A")
    fec.entry(
        "BQ", "2025-01-20", ("512000", 1176), ("665000", 20), ("445710", 4), ("411000", -1200),
        customer="DISC", ref="VIR", let="A",
    )  # fmt: skip
    fec.invoice("2025-01-05", "LOSS", "F3", 600)
    fec.entry(
        "OD", "2025-06-01", ("416000", 600), ("411000", -600), customer="LOSS", ref="F3", label="Douteux F3"
    )
    fec.entry(
        "OD", "2025-09-01", ("654000", 500), ("445710", 100), ("416000", -600), customer="LOSS", ref="F3"
    )
    fec.invoice("2025-02-01", "BILL", "F4", 240)
    fec.entry(
        "OD", "2025-02-10", ("413000", 240), ("411000", -240), customer="BILL", ref="F4", label="LCR F4"
    )
    fec.entry(
        "BQ", "2025-03-31", ("512000", 240), ("413000", -240), customer="BILL", ref="LCR", label="LCR F4"
    )
    fec.entry(
        "CA", "2025-03-01", ("411000", 60), ("706000", -50), ("445710", -10), ("530000", 60), ("411000", -60),
        customer="TILL", ref="T1",
    )  # fmt: skip
    fec.invoice("2025-03-01", "OVER", "F5", 100).receipt("2025-03-10", "OVER", 130, label="VIR F5")
    fec.invoice("2025-04-02", "OVER", "F6", 20)
    return {"2025.txt": fec.invoice("2025-12-01", "LAST", "F9", 12)}


SCENARIOS = {
    "worked": worked_example,
    "openings": openings_in_both_forms,
    "balance": opening_without_detail,
    "events": events,
}


def small_books(folder: Path) -> Books:
    customers = folder / "events.csv"
    customers.write_text("customer_id;Segment\nBILL;key\nTILL;\nLOSS;key\n", encoding="utf-8")
    files = {
        name: {file: fec.text() for file, fec in scenario().items()} for name, scenario in SCENARIOS.items()
    }
    own = {"events": {"customers": str(customers), "scopes": ["segment"], "ageing_buckets": [45]}}
    return Books(files, own=own)


@pytest.fixture(scope="module")
def warehouse(run: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(run / "build.duckdb"), read_only=True) as connection:
        yield connection


def rows(warehouse: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    cursor = warehouse.execute(sql)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def documents(warehouse: duckdb.DuckDBPyConnection, company: str) -> dict[str, Row]:
    found = rows(warehouse, f"select * from marts.fct_invoices where company_id = '{company}'")
    return {row["document_number"] or row["line_type"]: row for row in found}


def test_worked_example_settles_each_document(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = documents(warehouse, "worked")
    assert (found["F1"]["status"], found["F1"]["settled_on"]) == ("paid", dt.date(2025, 2, 24))
    assert (found["F1"]["days_to_pay"], found["F1"]["days_late"]) == (45, 15)
    assert (found["F2"]["open_amount"], found["F2"]["due_date"]) == (D("350.00"), dt.date(2025, 3, 16))
    assert (found["F3"]["open_amount"], found["F3"]["due_date"]) == (D("2000.00"), dt.date(2025, 4, 19))
    assert (found["N1"]["status"], found["N1"]["open_amount"]) == ("credited", D(0))
    methods = rows(
        warehouse,
        """
        select i.document_number, a.method, a.kind, a.amount
        from marts.fct_allocations a join marts.fct_invoices i using (invoice_id)
        where a.company_id = 'worked' order by 1
        """,
    )
    assert [tuple(row.values()) for row in methods] == [
        ("F1", "reference", "payment", D("1200.00")),
        ("F2", "fifo", "payment", D("250.00")),
        ("F3", "reference", "credit_note", D("400.00")),
    ]


def test_worked_example_gives_every_dso(warehouse: duckdb.DuckDBPyConnection) -> None:
    [march] = rows(
        warehouse,
        "select * from marts.fct_dso_monthly where company_id = 'worked' and month_end = date '2025-03-31'",
    )
    assert march["receivables"] == D("2350.00")
    assert march["billed_3m"] == D("3800.00")
    rounded = {
        name: round(float(march[name]), 2) for name in march if "dso" in name and march[name] is not None
    }
    assert rounded["dso_3m"] == 55.66
    assert rounded["best_possible_dso_3m"] == 47.37
    assert round(float(march["average_days_delinquent_3m"]), 2) == 8.29
    assert rounded["dso_countback"] == 47.33
    assert rounded["true_dso"] == 37.25
    assert rounded["one_day_of_dso_3m"] == 42.22
    assert march["dso_12m"] is None, "a window that starts before the ledger has no value"


def test_the_only_customer_is_its_company(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Every figure but none of the names: the tables of the scopes come from one text."""
    company, customer, country = (
        rows(
            warehouse,
            f"select * exclude ({key}) from marts.{table} where company_id = 'worked' order by month_end",
        )
        for table, key in (
            ("fct_dso_monthly", "company_id"),
            ("fct_dso_by_customer_monthly", "company_id, customer_id"),
            ("fct_dso_by_country_monthly", "company_id, country_code"),
        )
    )
    assert customer == company and country == company
    attributes = "select * from marts.fct_dso_by_attribute_monthly where company_id = 'worked'"
    assert rows(warehouse, attributes) == [], "no scope is configured"


def test_a_named_column_and_own_buckets_divide_the_company(warehouse: duckdb.DuckDBPyConnection) -> None:
    [february] = rows(
        warehouse,
        """select array_agg(attribute_value order by attribute_value) as names, sum(receivables) as receivables,
            sum(billed) as billed, max(billed) filter (where attribute_value = 'key') as key_billed
        from marts.fct_dso_by_attribute_monthly
        where company_id = 'events' and attribute_name = 'segment' and month_end = date '2025-02-28'""",
    )
    assert february["names"] == ["key", "unknown"]
    assert february["key_billed"] == D("240.00"), "F4 alone: F3 is of January"
    [company] = rows(
        warehouse,
        """select receivables, billed from marts.fct_dso_monthly
        where company_id = 'events' and month_end = date '2025-02-28'""",
    )
    assert (february["receivables"], february["billed"]) == (company["receivables"], company["billed"])
    buckets = rows(
        warehouse,
        """select bucket_label, sum(amount) as amount from marts.fct_ageing_buckets_monthly
        where company_id = 'events' and month_end = date '2025-04-30' group by 1 order by 1""",
    )
    balance = rows(
        warehouse,
        """select sum(balance) as balance from marts.fct_ageing_monthly
        where company_id = 'events' and month_end = date '2025-04-30'""",
    )[0]["balance"]
    assert sum(row["amount"] for row in buckets) == balance
    assert {row["bucket_label"] for row in buckets} >= {"overdue_over_45"}
    assert {row["bucket_label"] for row in buckets} <= {
        "not_due", "overdue_1_45", "overdue_over_45", "due_date_unknown", "unallocated",
    }  # fmt: skip


def test_openings_carry_items_already_known(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = documents(warehouse, "openings")
    assert set(found) == {"F10", "F11", "opening_difference"}
    # F10: 300 on account lettered with it in the next year's openings, 700 lettered there too.
    assert (found["F10"]["status"], found["F10"]["settled_on"]) == ("paid", dt.date(2024, 2, 10))
    assert found["F10"]["entry_date"] == dt.date(2023, 11, 2)
    # F11: 100 by name, 399.99 lettered with its residual; the cent that the openings lost is an item of its own.
    assert found["F11"]["open_amount"] + found["opening_difference"]["open_amount"] == 0
    assert found["opening_difference"]["amount"] == D("-0.01")
    differences = rows(
        warehouse,
        """select customer_id, expected, actual, difference from quality.reconciliation
        where company_id = 'openings' and "check" = 'opening_difference'""",
    )
    assert [tuple(row.values()) for row in differences] == [("X", D("400.00"), D("399.99"), D("-0.01"))]


def test_openings_without_a_previous_year_are_items(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = documents(warehouse, "balance")
    assert (found["RAN"]["document_type"], found["RAN"]["due_date"]) == ("opening_item", None)
    assert found["RAN"]["due_date_source"] == "unknown"
    assert (found["F77"]["issue_date"], found["F77"]["due_date"]) == (
        dt.date(2024, 11, 15),
        dt.date(2024, 12, 15),
    )
    [ageing] = rows(
        warehouse,
        """select sum(due_date_unknown) as unknown, sum(unallocated) as unallocated, sum(balance) as balance
        from marts.fct_ageing_monthly where company_id = 'balance' and month_end = date '2025-02-28'""",
    )
    assert ageing == {"unknown": D("800.00"), "unallocated": D("10.00"), "balance": D("940.00")}


def test_a_rejected_payment_reopens_its_invoice(warehouse: duckdb.DuckDBPyConnection) -> None:
    invoice = documents(warehouse, "events")["F1"]
    assert (invoice["status"], invoice["open_amount"], invoice["settled_on"]) == ("open", D("500.00"), None)
    kinds = rows(
        warehouse,
        """select kind, amount, unallocated_amount from marts.fct_payments
        where company_id = 'events' and customer_id = 'BACK' order by payment_date""",
    )
    assert [tuple(row.values()) for row in kinds] == [("receipt", D(500), D(0)), ("rejection", D(-500), D(0))]
    [billed] = rows(
        warehouse,
        """select sum(billed) as billed from marts.fct_dso_monthly
        where company_id = 'events' and month_end <= '2025-02-28'""",
    )
    assert billed["billed"] == D("2540.00"), "F1 to F4 once each"


def test_cash_is_cash_and_a_discount_is_not(warehouse: duckdb.DuckDBPyConnection) -> None:
    [payment] = rows(
        warehouse,
        "select amount from marts.fct_payments where company_id = 'events' and customer_id = 'DISC'",
    )
    assert payment["amount"] == D("1176.00")
    kinds = rows(
        warehouse,
        """select kind, sum(amount) as amount from marts.fct_allocations
        where company_id = 'events' and customer_id = 'DISC' group by 1 order by 1""",
    )
    assert [tuple(row.values()) for row in kinds] == [("discount", D("24.00")), ("payment", D("1176.00"))]


def test_losses_bills_and_till_sales_settle(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        warehouse,
        """select customer_id, status, open_amount, settled_on from marts.fct_invoices
        where company_id = 'events' and document_type = 'invoice' and customer_id in ('LOSS', 'BILL', 'TILL')
        order by 1""",
    )
    assert [tuple(row.values()) for row in found] == [
        ("BILL", "paid", D(0), dt.date(2025, 3, 31)),
        ("LOSS", "written_off", D(0), dt.date(2025, 9, 1)),
        ("TILL", "paid", D(0), dt.date(2025, 3, 1)),
    ]


def test_money_on_account_waits_for_the_next_document(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        warehouse,
        """select i.document_number, a.amount, a.allocation_date, a.method
        from marts.fct_allocations a join marts.fct_invoices i using (invoice_id)
        where a.company_id = 'events' and a.customer_id = 'OVER' order by 1""",
    )
    assert [tuple(row.values()) for row in found] == [
        ("F5", D(100), dt.date(2025, 3, 10), "reference"),
        ("F6", D(20), dt.date(2025, 4, 2), "fifo"),
    ]


def test_everything_ties_to_the_accounts_per_customer_and_month_end(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(
        warehouse,
        """select company_id, "check", count(*) as n, bool_and(passed) as passed from quality.reconciliation
        where "check" <> 'opening_difference' group by all order by all""",
    )
    assert {row["company_id"] for row in found} >= set(SCENARIOS)
    assert all(row["passed"] for row in found), found
    # And once more, from the files alone.
    for name, scenario in SCENARIOS.items():
        last = list(scenario().values())[-1]
        ledger = sum(
            D(row["Debit"].replace(",", ".")) - D(row["Credit"].replace(",", "."))
            for row in last.rows
            if row["CompteNum"][:3] in ("411", "413", "416")
        )
        [items] = rows(
            warehouse,
            f"""select (select sum(open_amount) from marts.fct_invoices where company_id = '{name}') - coalesce(
                (select sum(unallocated_amount) from marts.fct_payments where company_id = '{name}'), 0
            ) as total""",
        )
        assert items["total"] == ledger, name
