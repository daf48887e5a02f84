"""The demo company through the whole pipeline, against the truth that only tests read; and dbt's own unit tests."""

from __future__ import annotations

import os
import re
import subprocess
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.config import load_settings
from pipelines.dbt_manifest import DBT, DBT_PROJECT, dbt_environment, prepared_manifest
from pipelines.demo import DemoFiles, write_demo
from pipelines.lake import Workspace
from pipelines.progress import Progress
from pipelines.run import execute
from tests.events_recount import dispute_days, promise_outcomes
from tests.statutory_recount import Recount

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    return write_demo(tmp_path_factory.mktemp("demo"), seed=11, customers=60, invoices=3000)


@pytest.fixture(scope="module")
def release(demo: DemoFiles) -> Path:
    """The run's release; of few trees: what models are worth is asked elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("ml.lateness.hazard", "ml.lateness.bands", "ml.default.hazard"):
            patch.setattr(f"{module}.TREES", 25)
        return execute(load_settings(demo.config), Progress())


@pytest.fixture(scope="module")
def tables(demo: DemoFiles, release: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"attach '{release / 'warehouse.duckdb'}' as warehouse (read_only)")
    for name in ("documents", "settlements", "customers"):
        connection.execute(f"create view true_{name} as from '{demo.truth / (name + '.parquet')}'")
    connection.execute("use warehouse")
    return connection


def test_open_items_are_the_true_ones(tables: duckdb.DuckDBPyConnection) -> None:
    """In total to the cent; per invoice nearly always: payments without any reference leave the rest to fifo."""
    [(difference,)] = tables.execute(
        """
        select (select sum(open_amount) from memory.true_documents where not is_before_books or open_amount <> 0)
            - (select sum(open_amount) from marts.fct_invoices)
            + (select sum(unallocated_amount) from marts.fct_payments)
        """
    ).fetchall()
    assert difference == 0
    [(share, settled)] = tables.execute(
        """
        select
            count(*) filter (where i.open_amount = t.open_amount) / count(*),
            count(*) filter (where i.settled_on = t.paid_on) / count(*) filter (where t.paid_on is not null)
        from memory.true_documents as t
        join marts.fct_invoices as i
            on i.document_number = t.document_number and i.customer_id = t.customer_id and i.amount > 0
        where t.kind = 'invoice' and not t.is_before_books
        """
    ).fetchall()
    assert share > 0.98
    assert settled > 0.88


def test_a_name_is_only_a_name(release: Path, tables: duckdb.DuckDBPyConnection) -> None:
    names = {row[0] for row in tables.execute("select customer_name from marts.dim_customers").fetchall()}
    assert any("<script>" in name for name in names)
    assert any(name.startswith("=cmd|") for name in names)
    for page in (release / "site").rglob("*.html"):
        assert "<script>alert" not in page.read_text(encoding="utf-8"), page


def test_proceedings_are_those_published_about_customers_of_the_ledger(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    """A customer that was never billed owes nothing; an annulled opening is shown, as annulled."""
    published = {
        row[0]
        for row in tables.execute(
            """
            select t.customer_id from memory.true_customers as t
            join marts.dim_customers as c on c.customer_id = t.customer_id
            where t.publication_date <= date '2025-12-31' and c.siren is not null
            """
        ).fetchall()
    }
    found = dict(
        tables.execute("select customer_id, state from marts.fct_receivables_by_proceeding").fetchall()
    )
    assert published and published <= set(found)
    assert all(found[customer] == "annulled" for customer in set(found) - published)
    in_default = {
        row[0]
        for row in tables.execute(
            "select customer_id from marts.fct_customer_defaults where reason = 'proceedings' and is_in_default"
        ).fetchall()
    }
    assert in_default <= published


def test_every_rule_of_the_warehouse_passes_its_unit_test(
    demo: DemoFiles, release: Path, tmp_path: Path
) -> None:
    """Runs hold no unit tests: here dbt judges them, beside the tables that the run built."""
    workspace = Workspace(load_settings(demo.config).workspace)
    environment = {
        **os.environ,
        **dbt_environment(workspace),
        # The run's own parse of the project is used again.
        "DBT_TARGET_PATH": str(prepared_manifest(workspace).parent),
        "DBT_LOG_PATH": str(tmp_path / "logs"),
    }
    folders = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    done = subprocess.run(
        [str(DBT), "test", *folders, "--select", "test_type:unit"],
        env=environment,
        cwd=DBT_PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "ERROR=0" in done.stdout
    told = re.search(r"Found .* (\d+) unit tests", done.stdout)
    assert told and int(told[1]) > 100 and f"PASS={told[1]} " in done.stdout


def test_the_statutory_tables_and_penalties_are_those_of_a_second_count(
    demo: DemoFiles, tables: duckdb.DuckDBPyConnection
) -> None:
    """Plain Python over the published facts, day by day: every bucket of both tables, every invoice and semester."""
    [(company, as_of)] = tables.execute(
        "select company_id, max(closing_date) from marts.rpt_statutory_late_payments group by 1"
    ).fetchall()
    recount = Recount(tables, company, as_of)
    found: dict[tuple[date, date, str], dict[str, tuple[int, Decimal]]] = defaultdict(dict)
    for start, closing, number, bucket, count, amount in tables.execute(
        "select fiscal_year_start, closing_date, table_number, bucket, invoice_count, amount "
        "from marts.rpt_statutory_late_payments where invoice_count > 0"
    ).fetchall():
        found[start, closing, number][bucket] = (count, amount)
    assert len(found) == 6
    for (start, closing, number), buckets in found.items():
        expected = recount.table_one(closing) if number == "I" else recount.table_two(start, closing)
        assert buckets == expected, (closing, number)

    seed = f"read_csv('{DBT_PROJECT / 'seeds' / 'reference_rates.csv'}')"
    ecb = dict(
        tables.execute(
            f"select semester_start, cast(rate_pct as decimal(9, 4)) from {seed} where kind = 'ecb_refinancing'"
        ).fetchall()
    )
    folder = demo.config.parent
    consumers = {
        row[0]
        for row in tables.execute(
            f"select customer_id from read_csv('{folder / 'customers.csv'}') where is_consumer"
        ).fetchall()
    }
    register = f"read_csv('{folder / 'external' / 'StockUniteLegale_utf8.csv'}', all_varchar = true)"
    public = {
        row[0]
        for row in tables.execute(
            f"select c.customer_id from marts.dim_customers as c join {register} as r using (siren) "
            "where r.categorieJuridiqueUniteLegale like '7%'"
        ).fetchall()
    }
    counted = recount.penalties(
        lambda customer, semester: ecb[semester] + (8 if customer in public else 10), consumers
    )
    assert counted == {
        (row[0], row[1]): row[2:]
        for row in tables.execute(
            "select invoice_id, semester_start, days, interest, indemnity from marts.fct_late_payment_penalties"
        ).fetchall()
    }
    assert public and len(counted) > 500


def test_promises_are_kept_or_broken_as_the_ledger_and_a_second_count_say(
    demo: DemoFiles, tables: duckdb.DuckDBPyConnection
) -> None:
    """Plain Python from the exported file and the published facts: every status, amount and day; most as meant."""
    [(as_of,)] = tables.execute("select max(month_end) from marts.fct_dso_monthly").fetchall()
    counted = promise_outcomes(tables, demo.config.parent / "events" / "promesses.csv", as_of)
    published = {
        row[0]: row[1:]
        for row in tables.execute(
            "select promise_id, status, expected_amount, received_amount, kept_on from marts.fct_promises"
        ).fetchall()
    }
    assert counted == published and len(published) > 50
    statuses = {row[0] for row in published.values()}
    assert {"kept", "broken"} <= statuses
    [(agreed,)] = tables.execute(
        f"""
        select count(*) filter (where t.is_kept = (p.status = 'kept')) / count(*)
        from marts.fct_promises as p join '{demo.truth / "promises.parquet"}' as t using (promise_id)
        where t.is_kept is not null and p.status in ('kept', 'broken')
        """
    ).fetchall()
    assert agreed > 0.85


def test_disputes_cover_their_documents_day_by_day(
    demo: DemoFiles, tables: duckdb.DuckDBPyConnection
) -> None:
    """The open amount in dispute at every month end and on the as-of day; a document nobody knows is counted, once."""
    counted = dispute_days(tables, demo.config.parent / "events" / "litiges.csv")
    published = {
        row[0]: row[1]
        for row in tables.execute(
            "select month_end, sum(disputed_open_amount) from marts.fct_customer_behaviour_monthly "
            "group by 1 having sum(disputed_open_amount) > 0"
        ).fetchall()
    }
    assert published == {day: amount for day, amount in counted.items() if amount and day in published}
    assert len(published) > 5
    [(as_of, flagged)] = tables.execute(
        "select (select max(month_end) from marts.fct_dso_monthly), "
        "(select sum(open_amount) from marts.fct_invoices where is_disputed)"
    ).fetchall()
    assert counted[as_of] == (flagged or 0)
    assert tables.execute(
        "select unknown_documents, ambiguous_documents from quality.event_sources where event = 'disputes'"
    ).fetchall() == [(1, 0)]
    [(lost,)] = tables.execute(
        "select count(*) from marts.fct_disputes where subject = 'unknown_document'"
    ).fetchall()
    assert lost == 1


def test_every_event_is_tied_or_counted(tables: duckdb.DuckDBPyConnection) -> None:
    """Rows given = rows tied + rows not tied + rows after the as-of day, for each source."""
    rows = tables.execute(
        "select event, rows_given, about_documents + about_customers + unknown_documents + ambiguous_documents "
        "+ unknown_customers + rows_after_as_of from quality.event_sources"
    ).fetchall()
    assert len(rows) == 7
    assert all(given == told > 0 for _, given, told in rows), rows
