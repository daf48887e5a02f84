"""Customers over time: terms and limits from the day a version changed them, or from the days the rows bear."""

from __future__ import annotations

import sqlite3
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter

from pipelines import landing
from pipelines.config import load_settings
from pipelines.customer_versions import land_customer_versions
from pipelines.errors import DataError, UsageError
from pipelines.lake import Workspace

CONFIG = "company: {{name: A, siren: '732829320'}}\nledgers: [{{path: l.txt}}]\ncustomers: {}\n"
HEAD = "customer_id,name,payment_terms,credit_limit\n"
FIRST, LATER, LAST = date(2025, 1, 1), date(2025, 3, 1), date(2025, 5, 1)

History = list[tuple[Any, ...]]


def read(folder: Path, day: date, section: str = "customers.csv") -> History:
    """The customers as they come out of a landing on a day."""
    (folder / "encours.yml").write_text(CONFIG.format(section), encoding="utf-8")
    settings = load_settings(folder / "encours.yml")
    given = settings.companies[0].customers
    assert given is not None
    found = land_customer_versions(given, "A", settings, Workspace(folder / "var"), day)
    return duckdb.sql(
        "select customer_id, valid_from, payment_terms, terms_net_days, credit_limit, name "
        f"from read_parquet('{found.parquet}') order by 1, 2 nulls first"
    ).fetchall()


def write(folder: Path, text: str, name: str = "customers.csv") -> None:
    (folder / name).write_text(text, encoding="utf-8")


def test_the_first_version_holds_from_the_beginning_and_changes_from_their_day(tmp_path: Path) -> None:
    write(tmp_path, HEAD + "C1,Dupont,30,1000\nC2,Martin,45,\n")
    first = [
        ("C1", None, "30", 30, Decimal("1000.00"), "Dupont"),
        ("C2", None, "45", 45, None, "Martin"),
    ]
    assert read(tmp_path, FIRST) == first
    # The same content on another day is nothing new.
    assert read(tmp_path, LATER) == first
    write(tmp_path, HEAD + "C1,Dupont SA,60,1000\nC2,Martin,45,\nC3,Durand,15,\n")
    second = [
        ("C1", None, "30", 30, Decimal("1000.00"), "Dupont SA"),
        ("C1", LATER, "60", 60, Decimal("1000.00"), "Dupont SA"),
        ("C2", None, "45", 45, None, "Martin"),
        ("C3", None, "15", 15, None, "Durand"),
    ]
    assert read(tmp_path, LATER) == second
    # A limit is a change as well; a customer who is gone is unknown.
    write(tmp_path, HEAD + "C1,Dupont SA,60,500\nC3,Durand,15,\n")
    third = read(tmp_path, LAST)
    assert third == [
        ("C1", None, "30", 30, Decimal("1000.00"), "Dupont SA"),
        ("C1", LATER, "60", 60, Decimal("1000.00"), "Dupont SA"),
        ("C1", LAST, "60", 60, Decimal("500.00"), "Dupont SA"),
        ("C3", None, "15", 15, None, "Durand"),
    ]
    assert read(tmp_path, date(2026, 1, 1)) == third


def test_a_slip_mended_on_the_same_day_leaves_no_trace(tmp_path: Path) -> None:
    write(tmp_path, HEAD + "C1,Dupont,30,\n")
    read(tmp_path, FIRST)
    write(tmp_path, HEAD + "C1,Dupont,45,\n")
    assert [row[:3] for row in read(tmp_path, FIRST)] == [("C1", None, "45")]
    write(tmp_path, HEAD + "C1,Dupont,60,\n")
    read(tmp_path, LATER)
    write(tmp_path, HEAD + "C1,Dupont,45,\n")
    assert [row[:3] for row in read(tmp_path, LATER)] == [("C1", None, "45")]


def test_terms_that_come_back_are_changes_too(tmp_path: Path) -> None:
    for day, terms in ((FIRST, "30"), (LATER, "60"), (LAST, "30")):
        write(tmp_path, HEAD + f"C1,Dupont,{terms},\n")
        found = read(tmp_path, day)
    assert [row[1:3] for row in found] == [(None, "30"), (LATER, "60"), (LAST, "30")]


def test_a_version_that_must_not_count_is_left_out(tmp_path: Path) -> None:
    for day, terms in ((FIRST, "30"), (LATER, "6"), (LAST, "60")):
        write(tmp_path, HEAD + f"C1,Dupont,{terms},\n")
        read(tmp_path, day)
        if terms == "6":
            from pipelines.lake import sha256_file

            wrong = sha256_file(tmp_path / "customers.csv")[:12]
    found = read(tmp_path, LAST, f"{{path: customers.csv, ignore: ['{wrong}']}}")
    assert [row[1:3] for row in found] == [(None, "30"), (LAST, "60")]


def test_rows_that_bear_their_day_tell_their_own_history(tmp_path: Path) -> None:
    write(tmp_path, "customer_id,name,payment_terms,credit_limit,valid_from\nC1,Old,15,,\n")
    read(tmp_path, FIRST)
    write(
        tmp_path,
        "customer_id,name,payment_terms,credit_limit,valid_from\n"
        "C1,Dupont,30,1000,\nC1,Dupont,60,500,2024-07-01\nC2,Martin,45,,2024-01-01\n",
    )
    assert read(tmp_path, LATER) == [
        ("C1", None, "30", 30, Decimal("1000.00"), "Dupont"),
        ("C1", date(2024, 7, 1), "60", 60, Decimal("500.00"), "Dupont"),
        ("C2", date(2024, 1, 1), "45", 45, None, "Martin"),
    ]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            "C1,30,2025-01-01\nC1,60,2025-01-01\n",
            "customer C1 stands on lines 2 and 3 from 2025-01-01: keep one",
        ),
        ("C1,30,\nC1,60,\n", "customer C1 stands on lines 2 and 3 without valid_from"),
        ("C1,30,03/04/2025\n", "'03/04/2025' has two readings; declare date_format: '%d/%m/%Y'"),
        ("C1,30,soon\n", "line 2, column valid_from: 'soon' is no day"),
        ("C1,30,2025-01-01\nC2,30,13/01/2025\n", "written in several ways"),
    ],
)
def test_days_that_do_not_tell_which_row_holds_are_refused(tmp_path: Path, rows: str, said: str) -> None:
    write(tmp_path, "customer_id,payment_terms,valid_from\n" + rows)
    with pytest.raises(DataError) as caught:
        read(tmp_path, FIRST)
    assert said in str(caught.value), str(caught.value)


def test_declared_days_are_read_as_declared(tmp_path: Path) -> None:
    write(tmp_path, "customer_id,payment_terms,valid_from\nC1,30,03/04/2025\n")
    (row,) = read(tmp_path, FIRST, "{path: customers.csv, date_format: '%d/%m/%Y'}")
    assert row[1] == date(2025, 4, 3)


def test_two_files_together_must_not_hold_one_customer(tmp_path: Path) -> None:
    write(tmp_path, HEAD + "C1,Dupont,30,\n", "c1.csv")
    write(tmp_path, HEAD + "C1,Dupont,60,\n", "c2.csv")
    with pytest.raises(DataError, match=r"customer C1 stands in c1\.csv and in c2\.csv"):
        read(tmp_path, FIRST, "c*.csv")
    write(tmp_path, HEAD + "C2,Martin,60,\n", "c2.csv")
    assert [row[:3] for row in read(tmp_path, FIRST, "c*.csv")] == [("C1", None, "30"), ("C2", None, "60")]


# --- mapping, workbooks, queries -----------------------------------------------------------------------------------


def test_columns_are_mapped_values_translated_and_rows_left_out(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Réf;Société;Règlement;Plafond;Actif;Compte\nC1;Dupont;30J;1.000,50;O;411C1\nC2;Martin;45F;;N;411C2\n",
        "c.csv",
    )
    section = (
        "{path: c.csv, columns: {customer_id: Réf, payment_terms: Règlement, credit_limit: Plafond, "
        "ledger_customer_id: Compte}, values: {payment_terms: {30J: '30', 45F: '45 EOM'}}, only: {actif: [o]}, "
        "decimal: ','}"
    )
    assert read(tmp_path, FIRST, section) == [("C1", None, "30", 30, Decimal("1000.50"), "Dupont")]
    with pytest.raises(DataError, match=r"no column 'Ref\. client'.*customer_id.*its columns are: Réf"):
        read(tmp_path, FIRST, "{path: c.csv, columns: {customer_id: Ref. client}}")
    with pytest.raises(DataError, match="has no column 'Etat', on which"):
        read(tmp_path, FIRST, section.replace("actif", "Etat"))


def test_a_workbook_and_a_parquet_file_are_read_as_a_text_is(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "c.xlsx", {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Clients"])
        sheet.write_row(1, 0, ["Code client", "Raison sociale", "Conditions de paiement", "valid_from"])
        sheet.write_row(2, 0, [1001, "Dupont", "30"])
        sheet.write_datetime(2, 3, date(2025, 1, 1))
    found = read(tmp_path, FIRST, "{path: c.xlsx, header_row: 2}")
    assert found == [("1001", date(2025, 1, 1), "30", 30, None, "Dupont")]
    duckdb.sql(
        "copy (select 'C1' as customer_id, 'Dupont' as name, 30 as payment_terms, 12.5::decimal(9,2) as credit_limit) "
        f"to '{tmp_path / 'c.parquet'}' (format parquet)"
    )
    assert read(tmp_path, LATER, "c.parquet") == [("C1", None, "30", 30, Decimal("12.50"), "Dupont")]


def test_a_query_gives_everything_or_what_changed(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "erp.db")
    database.executescript(
        "create table c (customer_id text, name text, payment_terms text, credit_limit text, w text);"
        "insert into c values ('C1', 'Dupont', '30', '10', '2025-01-01'), ('C2', 'Martin', '45', null, '2025-01-01');"
    )
    everything = "{database: 'sqlite:///erp.db', query: select * from c}"
    assert [row[:3] for row in read(tmp_path, FIRST, everything)] == [("C1", None, "30"), ("C2", None, "45")]
    database.executescript("update c set payment_terms = '60', w = '2025-03-01' where customer_id = 'C1'")
    assert [row[:3] for row in read(tmp_path, LATER, everything)] == [
        ("C1", None, "30"),
        ("C1", LATER, "60"),
        ("C2", None, "45"),
    ]
    (tmp_path / "two").mkdir()
    (tmp_path / "erp.db").rename(tmp_path / "two" / "erp.db")
    changes = "{database: 'sqlite:///erp.db', query: 'select * from c where w > :cursor', cursor: w}"
    assert len(read(tmp_path / "two", LATER, changes)) == 2
    database = sqlite3.connect(tmp_path / "two" / "erp.db")
    database.executescript("update c set payment_terms = '15', w = '2025-05-01' where customer_id = 'C2'")
    found = [row[:3] for row in read(tmp_path / "two", LAST, changes)]
    assert found == [("C1", None, "60"), ("C2", None, "45"), ("C2", LAST, "15")]
    # Nothing changed: nothing new.
    assert [row[:3] for row in read(tmp_path / "two", date(2025, 6, 1), changes)] == found


def test_one_file_may_serve_every_company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing, "today", lambda: FIRST)
    write(tmp_path, HEAD + "C1,Dupont,30,\n")
    (tmp_path / "encours.yml").write_text(
        "companies:\n  - {name: A, siren: '732829320', ledgers: [{path: a}]}\n"
        "  - {name: B, siren: '552100554', ledgers: [{path: b}]}\ncustomers: customers.csv\n",
        encoding="utf-8",
    )
    settings = load_settings(tmp_path / "encours.yml")
    (record,) = landing.land("customers", settings, Workspace(tmp_path / "var"), lambda _: None)
    assert record["company_id"] is None and record["history"]
    (tmp_path / "customers.csv").unlink()
    with pytest.raises(UsageError, match="key customers: no file found"):
        landing.land("customers", settings, Workspace(tmp_path / "var"), lambda _: None)
