"""Terms and limits of customers over time, from the file to due dates, by the pipeline's own reader and dbt models."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from pipelines import landing
from pipelines.lake import Workspace
from tests.builds import build, lay_out

pytestmark = pytest.mark.slow

INVOICES = (
    "invoice_id,customer_id,issue_date,due_date,amount\n"
    "F1,C1,2025-01-13,,100.00\nF2,C1,2025-02-13,,100.00\nF3,C1,2025-03-13,,100.00\n"
    "F4,C1,2025-02-14,2025-02-20,100.00\nF5,X9,2025-02-14,,100.00\n"
)
HEAD = "customer_id,name,payment_terms,credit_limit,segment"
OWN_DAYS = (
    HEAD
    + ",valid_from\nC1,Dupont,30,1000,old,\nC1,Dupont,60,500,new,2025-02-01\nC1,Dupont,90,1,next,2025-04-01\n"
)
FIRST, SECOND = dt.date(2025, 1, 1), dt.date(2025, 3, 1)
CUT = dt.date(2025, 1, 31)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """`days`: a file whose rows bear their days; `cut`: the same, as of January; `files`: two versions of a file."""
    folder = tmp_path_factory.mktemp("customers")
    (folder / "days.csv").write_text(OWN_DAYS, encoding="utf-8")
    own = {
        "days": {"customers": str(folder / "days.csv"), "scopes": ["segment"]},
        "cut": {"customers": str(folder / "days.csv"), "scopes": ["segment"]},
        "files": {"customers": str(folder / "files.csv")},
    }
    tables = {name: {"invoices": INVOICES} for name in own}
    lake = None
    with pytest.MonkeyPatch.context() as patch:
        for day, terms in ((FIRST, "30,1000"), (SECOND, "45,700")):
            (folder / "files.csv").write_text(f"{HEAD}\nC1,Dupont,{terms},a\n", encoding="utf-8")
            patch.setattr(landing, "today", lambda day=day: day)
            lake = lay_out(folder, {}, {"cut": CUT}, own=own, tables=tables)
    assert lake is not None
    build(lake, with_tests=False, select=["+int_ledger__due_dates", "stg_config__customer_attributes"])
    return lake


def rows(lake: Workspace, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(lake.current / "build.duckdb"), read_only=True) as connection:
        schemas = connection.execute("select distinct table_schema from information_schema.tables").fetchall()
        connection.execute(f"set search_path = '{','.join(one[0] for one in schemas)}'")
        return connection.execute(query).fetchall()


def due(lake: Workspace, company: str) -> dict[str, tuple[str, str]]:
    found = rows(
        lake,
        "select items.document_number, dates.due_date::varchar, dates.due_date_source "
        "from int_ledger__items as items join int_ledger__due_dates as dates using (company_id, item_id) "
        f"where company_id = '{company}'",
    )
    return {number: (day, source) for number, day, source in found}


def test_a_document_is_due_by_the_terms_of_the_day_of_its_issue(built: Workspace) -> None:
    assert due(built, "days") == {
        "F1": ("2025-02-12", "customer_terms"),
        "F2": ("2025-04-14", "customer_terms"),
        "F3": ("2025-05-12", "customer_terms"),
        "F4": ("2025-02-20", "document"),
        "F5": ("2025-03-16", "legal_default"),
    }


def test_a_changed_file_changes_what_is_issued_from_its_day_on(built: Workspace) -> None:
    assert due(built, "files") == {
        "F1": ("2025-02-12", "customer_terms"),
        "F2": ("2025-03-15", "customer_terms"),
        "F3": ("2025-04-27", "customer_terms"),
        "F4": ("2025-02-20", "document"),
        "F5": ("2025-03-16", "legal_default"),
    }


def test_limits_and_columns_are_as_of_the_day_of_the_run(built: Workspace) -> None:
    found = rows(
        built, "select company_id, payment_terms, credit_limit from stg_config__customers order by 1"
    )
    assert found == [
        ("cut", "30", Decimal("1000.00")),
        ("days", "60", Decimal("500.00")),
        ("files", "45", Decimal("700.00")),
    ]
    spans = rows(
        built,
        "select valid_from, valid_to from stg_config__customer_history where company_id = 'days' "
        "order by 1 nulls first",
    )
    assert spans == [
        (None, CUT),
        (dt.date(2025, 2, 1), dt.date(2025, 3, 31)),
        (dt.date(2025, 4, 1), None),
    ]
    attributes = rows(
        built, "select company_id, attribute_value from stg_config__customer_attributes order by 1"
    )
    # What is laid out is laid out as of the day that the configuration or the data give: here the data's.
    assert attributes == [("cut", "new"), ("days", "new")]
