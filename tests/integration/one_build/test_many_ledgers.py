"""Fiscal years of other lengths, replaced exports, a missing year, other currencies: each a company of one build."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.builds import Books
from tests.ledgers import Fec

pytestmark = pytest.mark.slow

D = Decimal
Row = dict[str, Any]
Files = dict[str, Fec]


def opening(fec: Fec, day: str, ref: str, issued: str, amount: int, let: str = "") -> Fec:
    """An opening line of customer X, in detail."""
    return fec.entry(
        "AN", day, ("411000", amount), ("890000", -amount), customer="X", ref=ref, ref_date=issued, let=let
    )


def april_to_march() -> Files:
    first = Fec().invoice("2023-04-03", "X", "F1", 120).receipt("2023-05-02", "X", 120, label="VIR F1")
    first.invoice("2024-03-31", "X", "F2", 240)
    second = opening(Fec(), "2024-04-01", "F2", "2024-03-31", 240, let="A")
    second.receipt("2024-05-15", "X", 240, let="A").invoice("2025-03-31", "X", "F3", 60)
    return {"a.txt": first, "b.txt": second}


def thirteen_months() -> Files:
    first = Fec().invoice("2024-01-02", "X", "F1", 120).invoice("2024-12-30", "X", "F2", 240)
    first.receipt("2025-01-31", "X", 120, label="VIR F1")
    second = opening(Fec(), "2025-02-01", "F2", "2024-12-30", 240).receipt(
        "2025-02-10", "X", 240, label="VIR F2"
    )
    return {"a.txt": first, "b.txt": second.invoice("2026-01-31", "X", "F3", 60)}


def eighteen_months() -> Files:
    first = Fec().invoice("2023-07-03", "X", "F1", 120).receipt("2024-12-31", "X", 100, label="VIR F1")
    second = opening(Fec(), "2025-01-01", "F1", "2023-07-03", 20).receipt(
        "2025-01-20", "X", 20, label="VIR F1"
    )
    return {"a.txt": first, "b.txt": second.invoice("2025-12-31", "X", "F2", 60)}


def replaced_export() -> Files:
    """The export of June knows neither the payment nor the lettering that the one of December holds."""
    june = Fec().invoice("2025-01-10", "X", "F1", 120).invoice("2025-06-10", "X", "F2", 240)
    december = Fec().invoice("2025-01-10", "X", "F1", 120, let="A").invoice("2025-06-10", "X", "F2", 240)
    december.receipt("2025-09-10", "X", 120, let="A").invoice("2025-12-10", "X", "F3", 60)
    return {"december.txt": december, "june.txt": june}


def missing_year() -> Files:
    """2023, then 2025: nobody knows how F1 was paid, nor by whom the 300 that 2025 brings forward."""
    first = Fec().invoice("2023-03-01", "X", "F1", 120).invoice("2023-12-01", "X", "F2", 240)
    third = opening(Fec(), "2025-01-01", "F2", "2023-12-01", 240)
    opening(third, "2025-01-01", "F9", "2024-11-15", 300)
    return {"2023.txt": first, "2025.txt": third.receipt("2025-02-01", "X", 300, label="VIR F9")}


def foreign_currency() -> Files:
    """Billed 1,000 USD at 920, paid 1,000 USD at 950: the 30 are an exchange gain."""
    fec = Fec().entry(
        "VE", "2025-01-10", ("411000", 920), ("707000", -920), customer="X", ref="F1", label="Facture F1"
    )
    fec.rows[0] |= {"Montantdevise": "1000,00", "Idevise": "USD"}
    fec.entry(
        "BQ",
        "2025-02-10",
        ("512000", 950),
        ("411000", -920),
        ("766000", -30),
        customer="X",
        ref="VIR",
        label="VIR F1",
    )
    fec.rows[3] |= {"Montantdevise": "-1000,00", "Idevise": "USD"}
    return {"2025.txt": fec.invoice("2025-03-01", "X", "F2", 120)}


def stray_date() -> Files:
    """One line of 2025 is dated 2028: it counts at the edge of the year and moves no as-of day."""
    fec = Fec()
    for month in range(1, 13):
        for number in range(20):
            fec.invoice(f"2025-{month:02}-05", "X", f"F{month:02}{number:02}", 12)
    return {"2025.txt": fec.receipt("2028-12-05", "X", 12, label="VIR F0100")}


SCENARIOS: dict[str, Callable[[], Files]] = {
    "april": april_to_march,
    "thirteen": thirteen_months,
    "eighteen": eighteen_months,
    "replaced": replaced_export,
    "missing": missing_year,
    "foreign": foreign_currency,
    "stray": stray_date,
}


def small_books(_folder: Path) -> Books:
    files = {
        name: {file: fec.text() for file, fec in scenario().items()} for name, scenario in SCENARIOS.items()
    }
    return Books(files)


def rows(run: Path, table: str, company: str, rest: str = "", folder: str = "marts") -> list[Row]:
    with duckdb.connect() as connection:
        cursor = connection.execute(
            f"select * from read_parquet('{run}/{folder}/{table}.parquet') where company_id = '{company}' {rest}"
        )
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def documents(run: Path, company: str) -> dict[str, Row]:
    found = rows(run, "fct_invoices", company)
    return {row["document_number"] or row["line_type"]: row for row in found}


def balances(run: Path, company: str) -> dict[dt.date, Decimal]:
    return {row["month_end"]: row["receivables"] for row in rows(run, "fct_dso_monthly", company)}


def test_every_balance_ties_whatever_the_year(run: Path) -> None:
    for name in SCENARIOS:
        failed = rows(run, "reconciliation", name, """and not passed and "check" <> 'opening_difference'""")
        assert not failed, failed
        differences = rows(run, "reconciliation", name, """and "check" = 'opening_difference'""")
        assert bool(differences) == (name == "missing"), differences


def test_a_year_from_april_to_march_is_one_year(run: Path) -> None:
    found = documents(run, "april")
    assert set(found) == {"F1", "F2", "F3"}
    assert [found[ref]["fiscal_year"] for ref in ("F1", "F2", "F3")] == [2024, 2024, 2025]
    assert (found["F2"]["status"], found["F2"]["settled_on"]) == ("paid", dt.date(2024, 5, 15))
    assert balances(run, "april")[dt.date(2024, 3, 31)] == D(240), (
        "closed and opened the next day, never doubled"
    )
    assert balances(run, "april")[dt.date(2024, 4, 30)] == D(240)


@pytest.mark.parametrize(
    ("company", "ref", "paid_on"),
    [("thirteen", "F2", dt.date(2025, 2, 10)), ("eighteen", "F1", dt.date(2025, 1, 20))],
)
def test_years_of_thirteen_and_of_eighteen_months_carry_their_items(
    run: Path, company: str, ref: str, paid_on: dt.date
) -> None:
    found = documents(run, company)[ref]
    assert (found["document_type"], found["status"], found["settled_on"]) == ("invoice", "paid", paid_on)
    months = sorted(balances(run, company))
    assert len(months) == (months[-1].year - months[0].year) * 12 + months[-1].month - months[0].month + 1


def test_a_later_export_replaces_the_earlier_one_which_stays_in_the_accounts(run: Path) -> None:
    sources = {row["file_name"]: row for row in rows(run, "sources", "replaced", folder="quality")}
    assert sources["june.txt"]["status"] == "superseded"
    assert sources["june.txt"]["superseded_by"] == sources["december.txt"]["source_id"]
    assert (sources["june.txt"]["rows_read"], sources["december.txt"]["status"]) == (6, "used")
    found = documents(run, "replaced")
    assert len(found) == 3
    assert (found["F1"]["status"], found["F1"]["settled_on"]) == ("paid", dt.date(2025, 9, 10))
    assert {row["source_file"] for row in found.values()} == {"december.txt"}


def test_after_a_missing_year_openings_are_items_of_their_own_dates(run: Path) -> None:
    found = rows(run, "fct_invoices", "missing", "order by entry_date, amount")
    openings = {row["document_number"]: row for row in found if row["document_type"] == "opening_item"}
    assert {ref: (row["entry_date"], row["issue_date"]) for ref, row in openings.items()} == {
        "F2": (dt.date(2025, 1, 1), dt.date(2023, 12, 1)),
        "F9": (dt.date(2025, 1, 1), dt.date(2024, 11, 15)),
    }
    assert openings["F9"]["settled_on"] == dt.date(2025, 2, 1)
    [ended] = [row for row in found if row["line_type"] == "opening_difference"]
    assert (ended["entry_date"], ended["amount"]) == (dt.date(2025, 1, 1), D(-360))
    assert balances(run, "missing")[dt.date(2024, 12, 31)] == D(360), "what 2023 closed at, until 2025 opens"
    assert balances(run, "missing")[dt.date(2025, 2, 28)] == D(240)


def test_foreign_currency_is_shown_and_the_companys_currency_ties(run: Path) -> None:
    found = documents(run, "foreign")
    assert (found["F1"]["amount"], found["F1"]["currency"]) == (D(920), "EUR")
    assert (found["F1"]["foreign_amount"], found["F1"]["foreign_currency"]) == (D(1000), "USD")
    assert (found["F1"]["status"], found["F1"]["open_amount"]) == ("paid", D(0))
    assert (found["F2"]["foreign_amount"], found["F2"]["foreign_currency"]) == (None, None)
    assert balances(run, "foreign")[dt.date(2025, 3, 31)] == D(120)


def test_a_stray_date_counts_at_the_edge_of_its_year(run: Path) -> None:
    months = balances(run, "stray")
    assert max(months) == dt.date(2025, 12, 31), "not the end of 2028"
    assert months[dt.date(2025, 12, 31)] == D(12 * 239)
    [file] = rows(run, "sources", "stray", folder="quality")
    assert "2 rows are dated outside the period 2025-01-01 to 2025-12-31" in file["warnings"]
