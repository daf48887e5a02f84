"""No name of a person reaches a page, a script or a workbook, by whatever way it could."""

from __future__ import annotations

import re
import shutil
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path

import duckdb
import factory
import pytest

from dashboards import build_exports, build_quality_report, build_site
from dashboards.data import REQUIRED, Tables
from dashboards.persons import TEXTS, WITHHELD

NAME = "Zéphirin QUATTROCCHI Plomberie"
SIREN = "912345675"
MARKS = ("quattrocchi", "zephirin", SIREN)
CODED = {
    *(
        "company_id",
        "customer_id",
        "invoice_id",
        "payment_id",
        "currency",
        "foreign_currency",
        "document_type",
    ),
    *("due_date_source", "kind", "method", "state", "status", "legal_status", "line_type", "verdict"),
    *(
        "agreed_terms",
        "terms",
        "event",
        "event_source",
        "rate_source",
        "check",
        "difference_id",
        "reasons",
        "model_version",
    ),
    *(
        "recommended_action",
        "action",
        "rating",
        "pd_validation",
        "limit_reason",
        "override_action",
        "override_decided_by",
        "normal_form",
        "dispute_id",
        "promise_id",
    ),
    *("subject", "event_id", "event_kind", "source", "court", "notice_type", "warning_kind", "source_table"),
    *("legal_unit_id", "group_id", "customer_name", "legal_name", "siren", "fiscal_year"),
}
"""Columns of tables with a customer that the project writes itself, or that are dealt with by name."""

Get = Callable[[str], Path]


def rewrite(path: Path, columns: str, where: str = "true") -> None:
    """Replace some columns of some rows: `select case when where then … end`."""
    part = path.with_suffix(".part")
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select * replace ({columns}) from read_parquet('{path}')) to '{part}' (format parquet)"
        )
    part.replace(path)


@pytest.fixture
def given(tmp_path: Path, tables_of: Get) -> Path:
    """The hostile tables, in which a customer who owes is a sole trader whose name stands wherever it can."""
    folder = tmp_path / "tables"
    shutil.copytree(tables_of("hostile"), folder)
    with duckdb.connect() as connection:
        old = connection.execute(
            f"select customer_id from '{folder}/marts/fct_ageing_monthly.parquet' order by balance desc limit 1"
        ).fetchone()
    assert old is not None
    for name in REQUIRED:
        path = folder / f"{name}.parquet"
        with duckdb.connect() as connection:
            columns = {row[0]: row[1] for row in connection.execute(f"describe from '{path}'").fetchall()}
        if "customer_id" in columns:
            own = f"customer_id = '{old[0]}'"
            told = [
                f"case when {own} then concat_ws(' ', {column}, 'Quattrocchi, Z.') else {column} end as {column}"
                for column in TEXTS
                if column in columns
            ]
            if name == "marts/dim_customers":
                told += [
                    f"case when {own} then {value} else {column} end as {column}"
                    for column, value in {
                        "customer_name": f"'{NAME}'", "legal_name": "'ZEPHIRIN QUATTROCCHI'", "siren": f"'{SIREN}'",
                        "is_sole_trader": "true", "is_person": "true",
                    }.items()
                ]  # fmt: skip
            told.append(f"case when {own} then '411QUATTRO' else customer_id end as customer_id")
            rewrite(path, ", ".join(told))
    rewrite(
        folder / "quality" / "rejected_rows.parquet",
        "raw_text || ' QUATTROCCHI ZEPHIRIN' as raw_text, '''Quattrocchi'' is no amount' as reason",
    )
    rewrite(
        folder / "quality" / "sources.parquet",
        f'\'["{NAME} stands twice", "{SIREN} is absent"]\' as warnings',
    )
    rewrite(
        folder / "quality" / "expectations.parquet",
        f"'{NAME} is unknown' as sentence, '{NAME} est inconnu' as sentence_fr",
    )
    return folder


def publish(tables: Path, shows_persons: bool = False) -> dict[str, str]:
    """Everything a release shows, as plain lower-case text without accents: file → text."""
    context = replace(factory.context_of(factory.PLANS["hostile"]), shows_persons=shows_persons)
    out = tables.parent / "out"
    build_site(tables, out / "site", context)
    build_quality_report(tables, out / "quality", context)
    build_exports(tables, out / "exports", context)
    found = {}
    for path in sorted(out.rglob("*")):
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                text = " ".join(book.read(name).decode() for name in book.namelist())
        elif path.is_file():
            text = path.read_text(encoding="utf-8")
        else:
            continue
        text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), unescape(text))
        plain = unicodedata.normalize("NFKD", text).casefold()
        found[path.relative_to(out).as_posix()] = "".join(c for c in plain if not unicodedata.combining(c))
    return found


def test_no_published_file_tells_a_persons_name_number_or_siren(given: Path) -> None:
    published = publish(given)
    assert len(published) > 20
    told = [
        (file, mark) for file, text in published.items() for mark in (*MARKS, "411quattro") if mark in text
    ]
    assert told == []
    with duckdb.connect() as connection:
        number = connection.execute("select 'p' || left(md5('732829320|411QUATTRO'), 8)").fetchone()
    assert number is not None
    # Every language by its own words, and the same number wherever the person is met.
    for french in ("site/ageing.html", "site/data/customers.fr.js", "exports/penalties-fr.xlsx"):
        assert f"entrepreneur individuel {number[0]}" in published[french], french
    for english in ("site/en/ageing.html", "site/data/customers.en.js", "exports/penalties-en.xlsx"):
        assert f"sole trader {number[0]}" in published[english], english


def test_names_are_shown_where_the_configuration_says_so(given: Path) -> None:
    published = publish(given, shows_persons=True)
    for file in (
        "site/ageing.html",
        "site/en/ageing.html",
        "site/data/customers.js",
        "exports/penalties-fr.xlsx",
    ):
        assert "zephirin quattrocchi plomberie" in published[file], file


def test_whom_an_order_protects_is_named_nowhere_even_then(given: Path) -> None:
    rewrite(
        given / "marts" / "dim_customers.parquet",
        "false as is_sole_trader, is_person as is_restricted",
    )
    published = publish(given, shows_persons=True)
    # Refused rows are shown again: whose they are is not known.
    pages = {
        file: text for file, text in published.items() if not file.endswith(("audit.html", "index.html"))
    }
    assert [(file, mark) for file, text in pages.items() for mark in MARKS if mark in text] == []
    assert "confidential customer p" in published["site/en/ageing.html"]


def test_a_number_that_tells_nothing_stays_and_others_keep_their_texts(
    tables_of: Get, tmp_path: Path
) -> None:
    folder = tmp_path / "tables"
    shutil.copytree(tables_of("hostile"), folder)
    rewrite(
        folder / "marts" / "dim_customers.parquet",
        "customer_id = 'C0002' as is_person, customer_id = 'C0002' as is_consumer",
    )
    tables = Tables(folder)
    try:
        tables.speak("en")
        named = {row["customer_id"]: row["customer_name"] for row in tables.dicts("from dim_customers")}
        texts = tables.dicts("select distinct document_number from fct_invoices")
        refused = {row["raw_text"] for row in tables.dicts("from rejected_rows")}
    finally:
        tables.close()
    assert named["C0002"] == "Private customer C0002"
    assert sum(name.startswith("Private customer") for name in named.values()) == 1
    assert WITHHELD not in {row["document_number"] for row in texts}
    assert refused == {WITHHELD}


def test_without_persons_refused_rows_are_shown_but_those_that_name_persons(
    tables_of: Get, tmp_path: Path
) -> None:
    folder = tmp_path / "tables"
    shutil.copytree(tables_of("hostile"), folder)
    path = folder / "quality" / "rejected_rows.parquet"
    for source, shown in (("fec", False), ("sirene", True)):
        rewrite(path, f"'{source}' as source")
        tables = Tables(folder)
        try:
            texts = {row["raw_text"] for row in tables.dicts("from rejected_rows")}
        finally:
            tables.close()
        assert (texts == {WITHHELD}) is shown, source


def test_every_text_about_a_customer_is_known_to_be_coded_or_withheld(tables_of: Get) -> None:
    folder = tables_of("hostile")
    unknown = set()
    with duckdb.connect() as connection:
        for name in REQUIRED:
            rows = connection.execute(f"describe from '{folder}/{name}.parquet'").fetchall()
            texts = {row[0] for row in rows if row[1] == "VARCHAR"}
            if "customer_id" in texts:
                unknown |= texts - CODED - set(TEXTS)
    assert unknown == set()
