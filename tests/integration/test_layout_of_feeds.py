"""What a run reads of sub-ledgers and events, and the day it is reckoned at."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import landing
from pipelines.config import load_settings
from pipelines.defs.ingest import lay_out_run
from pipelines.errors import DataError, UsageError
from pipelines.lake import Workspace, read_json
from tests.builds import lay_out
from tests.projects import worked_example

INVOICES = "invoice_id,customer_id,issue_date,due_date,amount\n"
PAYMENTS = "payment_id,customer_id,payment_date,amount\n"


def ask(lake: Workspace, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        connection.execute(f"set file_search_path = '{lake.current.resolve()}'")
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    slip = INVOICES + "A,X,2025-01-10,,1\nB,X,2025-03-20,,2\nC,X,2025-02-01,,3\nD,X,2052-03-20,,4\n"
    older = INVOICES + "O,X,2015-06-30,,9\n" + "".join(f"N{n},X,2025-01-1{n},,1\n" for n in range(5))
    items = "invoice_id,customer_id,issue_date,amount,open_amount\nA,X,2025-01-10,100,40\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landing, "today", lambda: dt.date(2025, 6, 30))
        return lay_out(
            tmp_path_factory.mktemp("layout"),
            {"both": {"both.txt": worked_example().text()}, "ledger": {"l.txt": worked_example().text()}},
            own={"paid": {"fiscal_year_end": "06-30"}},
            tables={
                "both": {"invoices": INVOICES + "F1,X,2025-01-10,2025-02-09,1200\n"},
                "paid": {
                    "invoices": INVOICES + "A,X,2025-01-10,2025-09-30,1\n",
                    "payments": PAYMENTS + "P,X,2025-02-14,1\n",
                    "reminders": "reminder_id,customer_id,sent_on\nR,X,2025-05-05\n",
                },
                "slip": {"invoices": slip},
                "older": {"invoices": older},
                "open": {"invoices": {"csv": items, "contains": "open_items"}},
            },
        )


def test_each_company_is_reckoned_at_the_last_day_its_books_tell_of(lake: Workspace) -> None:
    found = ask(
        lake,
        "select company_id, as_of, has_fec, has_subledger, ledger_as_of, fiscal_year_end "
        "from 'inputs/companies.parquet'",
    )
    assert {row[0]: tuple(str(value) for value in row[1:]) for row in found} == {
        # The sub-ledger comes before the end of the FEC's month.
        "both": ("2025-01-10", "True", "True", "2025-03-31", "12-31"),
        "ledger": ("2025-03-31", "True", "False", "2025-03-31", "12-31"),
        # A due date, and a reminder, move nothing.
        "paid": ("2025-02-14", "False", "True", "None", "06-30"),
        # A slip of the pen moves nothing either; one old opening item does not make the rest a slip.
        "slip": ("2025-03-20", "False", "True", "None", "12-31"),
        "older": ("2025-01-14", "False", "True", "None", "12-31"),
        # What is open is open on the day of the export: here that of its landing.
        "open": ("2025-06-30", "False", "True", "None", "12-31"),
    }


def test_a_day_left_aside_is_told(lake: Workspace) -> None:
    told = ask(lake, "select company_id, warnings from 'quality/sources.parquet' where source = 'subledger'")
    (warning,) = [text for company, texts in told for text in json.loads(texts) if company == "slip"]
    assert "2052-03-20" in warning
    assert "2025-03-20" in warning


def test_every_row_bears_where_it_comes_from(lake: Workspace) -> None:
    assert ask(
        lake,
        "select ledger_name, file_name, line_number, known_on, invoice_id, open_amount "
        "from 'inputs/subledger_invoices.parquet' where company_id = 'open'",
    ) == [("subledger", "invoices.csv", 2, dt.date(2025, 6, 30), "A", 40)]
    assert ask(lake, "select company_id, known_on, open_amount from 'inputs/subledger_open_amounts.parquet'") == [
        ("open", dt.date(2025, 6, 30), 40)
    ]  # fmt: skip
    assert ask(lake, "select company_id, file_name, sent_on from 'inputs/events_reminders.parquet'") == [
        ("paid", "reminders.csv", dt.date(2025, 5, 5))
    ]
    assert ask(lake, "select company_id, event from 'inputs/event_sources.parquet' where is_configured") == [
        ("paid", "reminders")
    ]
    assert ask(lake, "select count(*) from 'inputs/event_sources.parquet'") == [(6 * 7,)]


def test_the_manifest_names_every_version_with_its_day(lake: Workspace) -> None:
    inputs = read_json(lake.current / "run.json")["inputs"]
    named = {(one["company_id"], one["table_name"]): one for one in inputs if one["source"] != "fec"}
    assert set(named) == {
        ("both", "invoices"), ("paid", "invoices"), ("paid", "payments"), ("paid", "reminders"),
        ("slip", "invoices"), ("older", "invoices"), ("open", "invoices"),
    }  # fmt: skip
    assert all(len(one["sha256"]) == 64 and one["snapshot_date"] == "2025-06-30" for one in named.values())


def test_a_sub_ledger_without_a_day_to_reckon_at_is_refused(tmp_path: Path) -> None:
    undated = "invoice_id,customer_id,due_date,amount\nA,X,2025-02-09,5\n"
    with pytest.raises(DataError, match="bears a date"):
        lay_out(tmp_path, {}, tables={"undated": {"invoices": undated}})


def test_a_configured_day_before_the_books_is_refused(tmp_path: Path) -> None:
    dated = INVOICES + "A,X,2025-01-10,2025-02-09,5\n"
    lake = lay_out(tmp_path, {}, tables={"dated": {"invoices": dated}})
    (config,) = tmp_path.glob("given*/encours.yml")
    settings = load_settings(config)
    with pytest.raises(UsageError, match="2025-01-10"):
        lay_out_run(replace(settings, as_of=dt.date(2024, 12, 31)), lake)
