"""Versions of a source of companies: their days, their order, and registers that shrink."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from pipelines import identities
from pipelines.company_sources import SOURCES, _Versions, _wanted
from pipelines.lake import Workspace
from pipelines.sources.companies import Wanted
from pipelines.sources.open_data import LandedFile
from tests.projects import new_project

TODAY = date(2026, 3, 1)


def landed(folder: Path, sha256: str, rows: int) -> LandedFile:
    place = folder / "raw" / "sirene" / f"{sha256}-units.parquet"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"")
    counts = {"rows_read": rows, "rows_accepted": 1, "rows_rejected": 0, "rows_out_of_scope": rows - 1}
    statistics = {"sha256": sha256, "file_name": f"{sha256}.csv", **counts, "warnings": []}
    return LandedFile(place, None, statistics, {"units": place})


def told(versions: _Versions, ignored: tuple[str, ...] = ()) -> list[tuple[str, str | None, list[str]]]:
    return [
        (one["sha256"], one["known_on"], json.loads(one["warnings"]))
        for one in versions.records("C", ignored)
    ]


def test_versions_stand_by_day_and_the_first_holds_from_the_beginning(tmp_path: Path) -> None:
    versions = _Versions(Workspace(tmp_path), "sirene")
    versions.take(landed(tmp_path, "b", 10), "2025-06-01", TODAY)
    versions.take(landed(tmp_path, "a", 10), "2025-01-01", TODAY)
    versions.take(landed(tmp_path, "c", 10), None, TODAY)
    versions.save(None)
    # Landed again on another day, a file keeps the day on which it first came.
    again = _Versions(Workspace(tmp_path), "sirene")
    again.take(landed(tmp_path, "c", 10), None, date(2026, 9, 9))
    assert told(again) == [("a", None, []), ("b", "2025-06-01", []), ("c", "2026-03-01", [])]
    assert [one[0] for one in told(again, ("b",))] == ["a", "c"]


def test_a_whole_register_that_shrinks_was_cut_short(tmp_path: Path) -> None:
    versions = _Versions(Workspace(tmp_path), "sirene")
    versions.take(landed(tmp_path, "whole", 2_000_000), "2025-01-01", TODAY)
    versions.take(landed(tmp_path, "same", 1_990_000), "2025-02-01", TODAY)
    versions.take(landed(tmp_path, "cut", 900_000), "2025-03-01", TODAY)
    warnings = {sha256: said for sha256, _, said in told(versions)}
    assert warnings["whole"] == warnings["same"] == []
    (said,) = warnings["cut"]
    assert "900,000 rows, where the version before held 1,990,000" in said and "ignore: [cut]" in said


def test_what_was_landed_for_customers_of_another_day_goes(tmp_path: Path) -> None:
    versions = _Versions(Workspace(tmp_path), "sirene")
    kept = landed(tmp_path, "kept", 10)
    versions.take(kept, "2025-01-01", TODAY)
    other = kept.parquet.with_name("other-units.parquet")
    other.write_bytes(b"")
    versions.save(None)
    assert kept.parquet.exists() and not other.exists()


def test_who_was_found_by_name_is_followed_by_number_from_then_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A company that changes its name would else be lost to the next version of its register."""
    named = Wanted(frozenset({"552032534"}), frozenset({"key"}))
    monkeypatch.setattr(identities, "write_parties", lambda *_: tmp_path)
    monkeypatch.setattr(identities, "wanted", lambda _: named)
    monkeypatch.setattr(identities, "identified_ids", lambda _: frozenset({"732829320"}))
    project = new_project(tmp_path)
    found = _wanted(SOURCES["sirene"], project.settings, project.workspace)
    assert found == Wanted(frozenset({"552032534", "732829320"}), frozenset({"key"}))
