"""A daily run through Dagster: sensor, schedule, a query that fails and the run after it, freshness."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines import landing
from pipelines.definitions import build_definitions
from pipelines.errors import DataError
from pipelines.lake import Workspace
from pipelines.run import cause_of
from tests.builds import share_parse
from tests.erp import COLUMNS, Erp, as_csv, break_query

CONFIG = """\
company: {name: Exemple SAS, siren: '732829320'}
ledgers:
  - kind: subledger
    invoices: {path: erp/invoices-*.csv, contains: changes, snapshot_date: '%Y%m%d', max_age_days: 2}
    payments:
      database: sqlite:///erp.sqlite
      query: >-
        select case when payment_id in (select key from breaks) then abs(-9223372036854775807 - 1)
        else payment_id end as payment_id, customer_id, payment_date, amount, changed
        from payments where changed > :cursor order by changed
      cursor: changed
"""


class Office:
    """A project whose ERP lives, and its graph."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.erp = Erp(seed=9)
        self.config = folder / "encours.yml"
        self.config.write_text(CONFIG, encoding="utf-8")
        self.lake = Workspace(folder / "var")
        self.live()
        self.live()
        share_parse(self.lake)
        self.definitions = build_definitions(self.config)

    def live(self) -> None:
        self.erp.live()
        path = self.folder / "erp" / f"invoices-{self.erp.day:%Y%m%d}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(as_csv(COLUMNS["invoices"], self.erp.export("invoices")), encoding="utf-8")
        self.erp.save(self.folder / "erp.sqlite")

    @cached_property
    def job(self) -> dg.JobDefinition:
        """Landing, its checks and the layout, as the daily run executes them."""
        graph = self.definitions.resolve_asset_graph()
        keys = [key for key in graph.get_all_asset_keys() if key.path[0] in ("raw", "inputs")]
        keys += [dg.AssetKey(["quality", name]) for name in ("sources", "rejected_rows", "corrected_rows")]
        keys += [dg.AssetKey(["quality", "unbalanced_entries"])]
        job = dg.define_asset_job(
            "landing",
            selection=dg.AssetSelection.assets(*keys).without_checks()
            | dg.AssetSelection.checks(
                *(
                    dg.AssetCheckKey(dg.AssetKey(["raw", source]), "is_fresh")
                    for source in ("subledger", "events")
                )
            ),
            executor_def=dg.in_process_executor,
        )
        definitions = dg.Definitions.merge(self.definitions, dg.Definitions(jobs=[job]))
        return definitions.resolve_job_def("landing")

    def run(self) -> dg.ExecuteInProcessResult:
        """One daily run, as far as the layout."""
        return self.job.execute_in_process(raise_on_error=True)

    def arrivals(self, table: str) -> int:
        return len(list((self.lake.raw / "register").rglob(f"{table}/*.json")))

    def rows(self, table: str) -> int:
        import duckdb

        with duckdb.connect() as connection:
            found = connection.execute(
                f"select count(*) from '{self.lake.current}/inputs/subledger_{table}.parquet'"
            ).fetchone()
        assert found is not None
        return int(found[0])


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with pytest.MonkeyPatch.context() as patch:
        made = Office(tmp_path_factory.mktemp("office"))
        patch.setattr(landing, "today", lambda: made.erp.day)
        yield made


def requests(office: Office, cursor: str | None) -> tuple[int, str | None]:
    """One look of the sensor: the runs it asks for, and its cursor."""
    (sensor,) = office.definitions.sensors or []
    assert isinstance(sensor, dg.SensorDefinition)
    context = dg.build_sensor_context(cursor=cursor, definitions=office.definitions)
    tick = sensor.evaluate_tick(context)
    return len(tick.run_requests or []), tick.cursor


@pytest.mark.slow
def test_a_file_of_the_sub_ledger_starts_a_run(office: Office) -> None:
    cursor: str | None = None
    asked = []
    for _ in range(3):
        count, cursor = requests(office, cursor)
        asked.append(count)
    assert asked == [0, 1, 0]
    office.live()
    for _ in range(3):
        count, cursor = requests(office, cursor)
        asked.append(count)
    assert asked[3:] == [0, 1, 0]


@pytest.mark.slow
def test_the_schedule_asks_for_the_whole_run_every_day(office: Office) -> None:
    (schedule,) = (found for found in office.definitions.schedules or [] if found.name == "every_morning")
    assert isinstance(schedule, dg.ScheduleDefinition)
    moment = dt.datetime(2025, 6, 3, 4, 0, tzinfo=dt.UTC)
    tick = schedule.evaluate_tick(dg.build_schedule_context(scheduled_execution_time=moment))
    assert len(tick.run_requests or []) == 1
    assert schedule.job_name == "receivables"


@pytest.mark.slow
def test_a_query_that_fails_stops_the_run_and_the_next_lands_only_the_rest(office: Office) -> None:
    assert office.run().success
    assert office.rows("payments") == len(office.erp.tables["payments"])
    laid_out = office.lake.current.resolve()
    before = {table: office.arrivals(table) for table in ("invoices", "payments")}
    office.live()
    break_query(office.folder / "erp.sqlite", max(office.erp.tables["payments"]))
    with pytest.raises(Exception) as failure:
        office.run()
    cause = cause_of(failure.value)
    assert isinstance(cause, DataError)
    assert "payments" in str(cause)
    assert office.lake.current.resolve() == laid_out
    assert office.arrivals("invoices") == before["invoices"] + 1
    assert office.arrivals("payments") == before["payments"]
    break_query(office.folder / "erp.sqlite", None)
    assert office.run().success
    assert office.arrivals("invoices") == before["invoices"] + 1
    assert office.arrivals("payments") == before["payments"] + 1
    assert office.rows("payments") == len(office.erp.tables["payments"])


@pytest.mark.slow
def test_a_table_without_news_is_told_stale(office: Office) -> None:
    def verdicts() -> dict[str, Any]:
        found = office.run().get_asset_check_evaluations()
        return {one.asset_key.path[1]: one for one in found if one.check_name == "is_fresh"}

    assert all(one.passed for one in verdicts().values())
    office.erp.day += dt.timedelta(days=3)
    stale = verdicts()
    assert not stale["subledger"].passed
    assert stale["subledger"].severity == dg.AssetCheckSeverity.WARN
    assert "invoices" in str(stale["subledger"].metadata["tables"])
    assert stale["events"].passed
