"""Restated past days beside what was published then: nothing restated, nothing gained."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from ml import run
from ml.lateness import prepare, restated
from ml.marts import open_marts

pytestmark = pytest.mark.usefixtures("few_trees")

COMPANY = "732829320"
THEN, NOW = dt.date(2022, 9, 30), dt.date(2022, 12, 31)


@pytest.fixture(scope="module")
def released(factory: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Marts, models and stored scores of a company whose first release was in September; its second run."""
    folder: Path = tmp_path_factory.mktemp("released")
    factory.write_marts(folder / "marts", factory.Ledger(customers=20, months=12, invoices=900))
    first = run(folder / "marts", folder / "then", {COMPANY: THEN}, folder / "models")
    run(
        folder / "marts",
        folder / "now",
        {COMPANY: NOW},
        folder / "models",
        earlier=first.tables["score_history"],
    )
    return folder / "marts", folder / "models", folder


def rows_of(released: tuple[Path, Path, Path], history: pa.Table, models: Path) -> dict[str, Any]:
    con = open_marts(released[0], {COMPANY: NOW})
    prepare(con)
    found = restated.rows(con, models, history, 7)
    con.close()
    return {row["target"]: row for row in found}


def test_where_nothing_was_restated_both_rank_alike_and_a_run_publishes_it(
    released: tuple[Path, Path, Path],
) -> None:
    rows = [
        r
        for r in pq.read_table(released[2] / "now" / "backtest.parquet").to_pylist()
        if r["window"] == "published"
    ]
    (late,) = (r for r in rows if r["target"] == "late")
    assert (late["metric"], late["baseline"], late["cut_off"]) == ("auc", "as_published", THEN)
    assert late["n"] >= 50 and 0.5 < late["value"] < 1
    # The marts cut at the day are what the release of the day saw: not one score differs.
    assert late["value"] == late["baseline_value"] and late["gain"] == 0 == late["gain_low"]
    first = pq.read_table(released[2] / "then" / "backtest.parquet")
    assert "published" not in first["window"].to_pylist()


def test_what_was_published_is_ranked_as_it_was(released: tuple[Path, Path, Path]) -> None:
    """Scores turned over rank the other way round; the restated ones are not touched by it."""
    said = pq.read_table(released[2] / "then" / "score_history.parquet")
    turned = said.set_column(
        said.schema.get_field_index("predicted"), "predicted", pc.subtract(1.0, said["predicted"])
    )
    plain, other = (rows_of(released, history, released[1])["late"] for history in (said, turned))
    assert other["value"] == plain["value"]
    assert other["baseline_value"] == pytest.approx(1 - plain["baseline_value"], abs=1e-6)
    assert other["gain"] == pytest.approx(2 * plain["value"] - 1, abs=1e-5)


def test_another_model_is_never_compared_with(released: tuple[Path, Path, Path], tmp_path: Path) -> None:
    said = pq.read_table(released[2] / "then" / "score_history.parquet")
    models = tmp_path / "models"
    shutil.copytree(released[1], models)
    (version,) = set(said.filter(pc.equal(said["task"], "late_payment"))["model_version"].to_pylist())
    shutil.rmtree(models / "late_payment" / version)
    assert rows_of(released, said, models) == {}


def test_a_document_that_later_entries_settle_is_not_compared_and_its_customer_ranks_anew(
    factory: ModuleType, released: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    """Half the payments before the day turn out to have settled other documents: the past is another one."""
    moved = factory.altered(
        released[0],
        tmp_path / "marts",
        fct_allocations=f"""
            select * replace (case when hash(allocation_id) % 2 = 0 and allocation_date <= date '{THEN}'
                then allocation_date - 25 else allocation_date end as allocation_date) from t
        """,
    )
    said = pq.read_table(released[2] / "then" / "score_history.parquet")
    late = rows_of((moved, released[1], released[2]), said, released[1])["late"]
    plain = rows_of(released, said, released[1])["late"]
    assert late["n"] <= plain["n"] and late["value"] != late["baseline_value"]
    assert late["gain"] == pytest.approx(late["value"] - late["baseline_value"], abs=2e-6)
