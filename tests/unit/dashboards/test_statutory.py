"""The statutory page and its workbooks say what the tables say, in the law's layout."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import factory
import pytest

from dashboards import build_exports, build_site, statutory
from dashboards.data import Tables
from dashboards.facts import Facts
from dashboards.i18n import Fmt
from dashboards.model import Table
from dashboards.statutory_data import LateTable
from dashboards.workbook import Heading

FR, EN = Fmt("fr"), Fmt("en")
SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def texts(table: Table) -> list[list[str]]:
    return [[value if isinstance(value, str) else value.text for value in row] for row in table.rows]


def block_table(page: Any, block_id: str) -> Table:
    table = next(block.table for block in page.blocks if block.id == block_id)
    assert table is not None
    return table


def cells(path: Path) -> dict[str, list[list[str]]]:
    """Sheet → rows of cell contents, text by its shared string, numbers as their digits."""
    with zipfile.ZipFile(path) as archive:
        shared = [
            "".join(part.text or "" for part in item.iter(f"{SPACE}t"))
            for item in ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
        ]
        names = [
            sheet.attrib["name"]
            for sheet in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter(f"{SPACE}sheet")
        ]
        found = {}
        for number, name in enumerate(names, start=1):
            sheet = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))
            assert not list(sheet.iter(f"{SPACE}f")), "a formula"
            found[name] = [
                [
                    shared[int(value.text or 0)] if cell.attrib.get("t") == "s" else value.text or ""
                    for cell in row.iter(f"{SPACE}c")
                    if (value := cell.find(f"{SPACE}v")) is not None
                ]
                for row in sheet.iter(f"{SPACE}row")
            ]
    return found


def test_the_law_s_table_has_its_rows_and_columns_in_french_on_both_pages(
    facts_of: Callable[[str], Facts],
) -> None:
    facts = facts_of("demo")
    french, english = statutory.build(FR, facts), statutory.build(EN, facts)
    for block in ("unpaid", "late"):
        table = block_table(french, block)
        assert table == block_table(english, block) and table.lang == "fr"
        assert [c.label for c in table.columns[1:]] == list(statutory.LAW_COLUMNS)
    rows = texts(block_table(french, "unpaid"))
    assert [row[0][:3] for row in rows if len(row) == 1] == ["(A)", "(B)", "(C)"]
    number = next(row for row in rows if row[0] == "Nombre de factures concernées")
    assert number[2:6] == ["", "", "", ""] and number[1] and number[6]
    shares = next(row for row in rows if row[0].startswith("Pourcentage du chiffre d’affaires"))
    assert all(value.endswith("%") for value in shares[1:])
    assert [row[0] for row in texts(block_table(french, "late"))][1:5] == [
        "Nombre cumulé de factures concernées",
        "Montant cumulé des factures concernées (HT)",
        "Pourcentage du nombre total de factures émises dans l’année",
        "Pourcentage du montant total des factures émises dans l’année (HT)",
    ]


def test_page_and_workbook_hold_the_mart_s_amounts(
    tables_of: Callable[[str], Path], facts_of: Callable[[str], Facts], tmp_path: Path
) -> None:
    folder = tables_of("demo")
    mart = duckdb.sql(
        f"select amount from '{folder}/marts/rpt_statutory_late_payments.parquet' where table_number = 'I' "
        "and closing_date = date '2025-12-31' and bucket_rank <= 6 order by bucket_rank"
    ).fetchall()
    rows = texts(block_table(statutory.build(FR, facts_of("demo")), "unpaid"))
    shown = next(row for row in rows if row[0].startswith("Montant total des factures concernées"))
    assert shown[1:] == [FR.cents(amount) for (amount,) in mart]
    build_exports(folder, tmp_path, factory.context_of(factory.PLANS["demo"]))
    sheet = cells(tmp_path / "statutory-fr.xlsx")["2025-01-01 - 2025-12-31"]
    written = next(row for row in sheet if row and row[0].startswith("Montant total des factures concernées"))
    assert [Decimal(value) for value in written[1:]] == [amount for (amount,) in mart]


def test_penalties_add_up_on_the_page_and_in_the_workbook(
    tables_of: Callable[[str], Path], facts_of: Callable[[str], Facts], tmp_path: Path
) -> None:
    folder = tables_of("demo")
    [(interest, indemnity, rows)] = duckdb.sql(
        f"select sum(interest), sum(indemnity), count(*) from '{folder}/marts/fct_late_payment_penalties.parquet'"
    ).fetchall()
    table = block_table(statutory.build(FR, facts_of("demo")), "penalties")
    assert [*table.foot[-1]][3:] == [FR.cents(interest), FR.cents(indemnity), FR.cents(interest + indemnity)]
    assert len(table.rows) == statutory.CUSTOMERS_SHOWN and len(table.foot) == 2
    build_exports(folder, tmp_path, factory.context_of(factory.PLANS["demo"]))
    book = cells(tmp_path / "penalties-en.xlsx")
    customers, _, detail = book.values()
    assert [Decimal(value) for value in customers[-1][1:3]] == [interest, indemnity]
    # Interest and indemnity are the last two cells of a row of the detail.
    assert len(detail) == rows + 1
    assert sum(Decimal(row[-2]) for row in detail[1:]) == interest
    assert sum(Decimal(row[-1]) for row in detail[1:]) == indemnity


def test_a_semester_without_a_confirmed_rate_is_told_and_not_priced(facts_of: Callable[[str], Facts]) -> None:
    page = statutory.build(EN, facts_of("hostile"))
    note = next(block.note for block in page.blocks if block.id == "penalties")
    assert "nothing is guessed: second half of 2025" in note
    rows = texts(block_table(page, "semesters"))
    assert next(row for row in rows if row[0] == "second half of 2025")[2] == "–"


def test_the_title_says_what_is_unpaid_or_that_nothing_is(facts_of: Callable[[str], Facts]) -> None:
    facts = facts_of("demo")
    year = facts.statutory.years[0]
    total = facts.statutory.tables[year, "I"].total
    assert FR.cents(total.amount) in statutory.headline(FR, facts)
    assert FR.percent(total.share_of_amount, 1) in statutory.headline(FR, facts)

    def with_total(**values: object) -> Facts:
        table = facts.statutory.tables[year, "I"]
        buckets = {**table.buckets, "total": replace(total, **values)}  # type: ignore[arg-type]
        changed = {**facts.statutory.tables, (year, "I"): LateTable(buckets)}
        return Facts(
            facts.company,
            facts.data,
            replace(facts.statutory, tables=changed),
            facts.provisions,
            facts.cash,
            facts.models,
            facts.actions,
        )

    assert "no invoice was past due" in statutory.headline(EN, with_total(invoice_count=0))
    assert "without turnover" in statutory.headline(EN, with_total(share_of_amount=None))
    assert "incl. VAT" in statutory.headline(EN, with_total(tax_basis="including_vat"))


def test_a_provisional_year_is_marked_in_the_caption(facts_of: Callable[[str], Facts]) -> None:
    facts = facts_of("short")
    assert not facts.statutory.tables[facts.statutory.years[0], "I"].total.is_provisional
    year = facts.statutory.years[0]
    table = facts.statutory.tables[year, "I"]
    marked = LateTable({k: replace(v, is_provisional=True) for k, v in table.buckets.items()})
    assert "provisoire, arrêté au 31" in statutory.year_name(FR, marked)


def test_a_ledger_without_late_invoices_still_has_its_tables(
    tables_of: Callable[[str], Path], facts_of: Callable[[str], Facts], tmp_path: Path
) -> None:
    page = statutory.build(EN, facts_of("till"))
    assert "no invoice was past due" in page.title
    assert next(block.lead for block in page.blocks if block.id == "penalties") == "No invoice was late."
    assert build_exports(tables_of("till"), tmp_path, factory.context_of(factory.PLANS["till"]))


def test_a_detail_that_is_cut_says_what_it_leaves_out(
    facts_of: Callable[[str], Facts], tables_of: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboards.statutory_data.DETAIL_LIMIT", 3)
    monkeypatch.setattr("dashboards.statutory.DETAIL_LIMIT", 3)
    tables = Tables(tables_of("demo"))
    try:
        sheets = statutory.penalty_sheets(EN, facts_of("demo"), tables)
        rows = tables.dicts("select count(*) as n from fct_late_payment_penalties")[0]["n"]
    finally:
        tables.close()
    [grid] = sheets[-1].grids
    assert len(grid.rows) == 3
    assert grid.notes == [
        f"The first 3 rows; the other {EN.integer(rows - 3)} are in marts/fct_late_payment_penalties.parquet."
    ]


def test_sheets_and_page_share_their_rows(facts_of: Callable[[str], Facts]) -> None:
    facts = facts_of("demo")
    year = facts.statutory.years[0]
    [first, second] = statutory.law_sheet(EN, facts, year).grids
    headings = [row.text for row in (*first.rows, *second.rows) if isinstance(row, Heading)]
    assert len(headings) == 6
    assert first.lead[0] == facts.company.name and "HT" in first.lead[2] and "EUR" in first.lead[2]


def test_pages_link_to_workbooks_that_exist_in_their_language(
    tables_of: Callable[[str], Path], tmp_path: Path
) -> None:
    context = factory.context_of(factory.PLANS["short"])
    build_site(tables_of("short"), tmp_path / "site", context)
    written = build_exports(tables_of("short"), tmp_path / "exports", context)
    assert {"statutory-fr.xlsx", "statutory-en.xlsx", "penalties-fr.xlsx", "penalties-en.xlsx"} <= {
        path.name for path in written
    }
    for page, name in (("statutory.html", "statutory-fr.xlsx"), ("en/statutory.html", "statutory-en.xlsx")):
        html = (tmp_path / "site" / page).read_text(encoding="utf-8")
        up = "../" * (page.count("/") + 1)
        assert f'href="{up}exports/{name}" download' in html
    first = {path.name: path.read_bytes() for path in written}
    again = build_exports(tables_of("short"), tmp_path / "again", context)
    assert {path.name: path.read_bytes() for path in again} == first
