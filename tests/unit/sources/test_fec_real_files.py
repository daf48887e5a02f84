"""Ledgers that this project did not write: rows, cents and the balance of account 411."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.real_data import REAL_DATA, needs_real_data
from tests.unit.sources.fec_files import landed_rows, read, rejected_rows

pytestmark = needs_real_data


@pytest.mark.parametrize(
    ("folder", "rows", "entries", "balance", "sales", "year", "line_end"),
    [
        ("fec_a_produce_2022", 5422, 2033, "52517.24", "1049934.32", 2022, "LF"),
        ("fec_b_jeweller_2024", 11617, 3580, "644165.53", "2328036.00", 2024, "LF"),
        ("fec_d_retail_no_customers_2023", 10756, 4001, "128200.50", "1212843.90", 2023, "CRCRLF"),
    ],
)  # fmt: skip
def test_real_ledgers_are_read_whole(
    tmp_path: Path, folder: str, rows: int, entries: int, balance: str, sales: str, year: int, line_end: str
) -> None:
    (path,) = (REAL_DATA / folder).glob("*FEC*.txt")
    landed = read(path, tmp_path)
    assert (landed.rows_read, landed.rows_accepted, landed.rows_rejected) == (rows, rows, 0)
    assert (landed.entries, landed.unbalanced_entries, landed.fiscal_year) == (entries, 0, year)
    assert landed.debit_total == landed.credit_total
    assert landed.line_end == line_end
    with duckdb.connect() as connection:
        found = connection.execute(
            f"""select sum(Debit - Credit) filter (where CompteNum like '411%'),
                sum(Credit - Debit) filter (where CompteNum like '70%') from read_parquet('{landed.parquet_path}')"""
        ).fetchall()
    assert found == [(Decimal(balance), Decimal(sales))]


def test_a_file_name_with_a_wrong_year_only_warns(tmp_path: Path) -> None:
    landed = read(REAL_DATA / "fec_d_retail_no_customers_2023" / "123456789FEC20500930.txt", tmp_path)
    assert any("closed on 2050-09-30, the entries end on 2023-04-30" in said for said in landed.warnings)
    assert landed.fiscal_year == 2023
    assert {row[0] for row in landed_rows(landed, "Idevise")} == {None}


@pytest.mark.parametrize(
    ("name", "rows", "separator", "layout", "date_format", "mark", "debit"),
    [
        ("lsn_sample_pipe.txt", 4, "pipe", "montant_sens", "%Y%m%d", ",", "3300.00"),
        ("lsn_sample_tab.txt", 7, "tab", "debit_credit", "%Y%m%d", ",", "3140.00"),
        ("olivedu_fec-complete-test-2024.txt", 26, "tab", "debit_credit", "%Y-%m-%d", ".", "60500.00"),
        ("tryton_FEC-previous.csv", 2, "tab", "debit_credit", "%Y%m%d", ",", "5.00"),
        ("tryton_FEC.csv", 8, "tab", "debit_credit", "%Y%m%d", ",", "99.00"),
    ],
)
def test_tiny_variants_are_read_whole(
    tmp_path: Path, name: str, rows: int, separator: str, layout: str, date_format: str, mark: str, debit: str
) -> None:
    landed = read(REAL_DATA / "fec_g_tiny_variants" / name, tmp_path)
    assert (landed.rows_read, landed.rows_rejected, landed.unbalanced_entries) == (rows, 0, 0)
    assert (landed.separator, landed.amount_layout, landed.date_format, landed.decimal_mark) == (
        separator, layout, date_format, mark,
    )  # fmt: skip
    assert landed.debit_total == landed.credit_total == Decimal(debit)


def test_a_stand_in_for_a_lettering_date_becomes_blank_and_is_told(tmp_path: Path) -> None:
    landed = read(REAL_DATA / "fec_g_tiny_variants" / "tryton_FEC.csv", tmp_path)
    assert {row[0] for row in landed_rows(landed, "DateLet")} == {None}
    assert any(said.startswith("DateLet is no date in 2 rows") for said in landed.warnings)


def test_a_row_of_19_fields_is_refused_and_its_entry_listed(tmp_path: Path) -> None:
    landed = read(REAL_DATA / "fec_g_tiny_variants" / "olivedu_sample_fec_bijouterie.txt", tmp_path)
    (refused,) = rejected_rows(landed)
    assert (refused["line_number"], refused["reason"]) == (44, "the row has 19 fields instead of 18")
    assert refused["debit"] is None
    assert (landed.rows_read, landed.rows_accepted, landed.unbalanced_entries) == (54, 53, 1)
    assert any("JO 604 on line 45" in said for said in landed.warnings)
