"""Dagster's history of a run, its files opened once: all of it is there for whoever opens them next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite import sqlite_event_log

from pipelines.history import kept_open


@dg.asset(check_specs=[dg.AssetCheckSpec("holds", asset="table")])
def table() -> Any:
    yield dg.Output(1, metadata={"rows": 7})
    yield dg.AssetCheckResult(passed=True)


def test_what_a_run_records_is_read_from_files_opened_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    engine = sqlite_event_log.create_engine

    def counted(place: str, **arguments: Any) -> Any:
        opened.append(place)
        return engine(place, **arguments)

    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        monkeypatch.setattr(sqlite_event_log, "create_engine", counted)
        with kept_open(instance):
            run = dg.materialize([table], instance=instance)
            inside = len(opened)
        assert run.success
        told = [one.message for one in instance.all_logs(run.run_id)]
        assert inside < 8 < len(told), "two files are made, then kept: not one opening per event"
        assert len(opened) > inside, "afterwards Dagster opens its files itself"
    assert not list(tmp_path.rglob("*-wal")), "everything lies in the files"
    with dg.DagsterInstance.local_temp(str(tmp_path)) as fresh:
        assert [one.message for one in fresh.all_logs(run.run_id)] == told and len(told) > 10
        (record,) = fresh.fetch_materializations(dg.AssetKey("table"), limit=5).records
        assert record.asset_materialization is not None
        assert record.asset_materialization.metadata["rows"].value == 7


def test_a_history_kept_elsewhere_is_left_alone() -> None:
    with dg.DagsterInstance.ephemeral() as instance, kept_open(instance):
        assert dg.materialize([table], instance=instance).success


def test_a_run_that_breaks_leaves_its_history(tmp_path: Path) -> None:
    @dg.asset
    def broken() -> None:
        raise ValueError("as it must")

    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        with kept_open(instance):
            run = dg.materialize([broken], instance=instance, raise_on_error=False)
        assert not run.success
        failures = [
            one for one in instance.all_logs(run.run_id) if one.dagster_event_type and one.is_dagster_event
        ]
        assert any("as it must" in str(one.dagster_event) for one in failures)
