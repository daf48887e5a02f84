"""Models watched by the pipeline: asset checks that can fail, earlier scores found, persons left out of them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.life import drift
from ml.tables import BACKTEST, SCORE_HISTORY
from pipelines import privacy
from pipelines.defs.models import CHECKS, watch
from pipelines.lake import Workspace
from pipelines.models import earlier_scores
from tests.unit.test_release import TOLD, finished_run

QUIET = [
    drift.row("A", "late_payment", "canary", "permuted outcomes", 0.51, 0.53, "ok", 900),
    drift.row("A", "late_payment", "psi", "amount", 0.15, 0.10, "warn", 900),
    drift.row("A", "late_payment", "ece", "late", None, None, "unknown", 3),
    drift.row("A", "default", "observed_expected", "default", 1.1, 1.25, "ok", 300),
]
SERVED = {
    "company_id": "A", "task": "late_payment", "target": "late", "model": "hazard", "window": "pooled",
    "slice": "all", "metric": "log_loss", "value": 0.45, "baseline_value": 0.50, "gain": 0.05, "n": 3000,
    "positives": 900, "is_champion": True,
}  # fmt: skip
CALIBRATED = SERVED | {"metric": "ece", "value": 0.02, "gain": 0.01}


def verdicts(
    folder: Path, drifts: list[dict[str, Any]], figures: list[dict[str, Any]]
) -> dict[str, dg.AssetCheckResult]:
    pq.write_table(drift.table(drifts), folder / "drift.parquet")
    rows = [dict.fromkeys(BACKTEST.names) | one for one in figures]
    pq.write_table(pa.Table.from_pylist(rows, schema=BACKTEST), folder / "backtest.parquet")
    found = watch(folder / "drift.parquet", folder / "backtest.parquet")
    return {str(one.check_name): one for one in found}


def test_every_check_passes_on_a_model_in_health(tmp_path: Path) -> None:
    found = verdicts(tmp_path, QUIET, [SERVED, CALIBRATED])
    assert list(found) == list(CHECKS)
    assert all(one.passed for one in found.values())
    assert found["features_look_as_in_training"].metadata["warn"].value == 1
    assert found["past_scores_came_true"].metadata["unknown"].value == 1


@pytest.mark.parametrize(
    ("check", "row", "said"),
    [
        ("leak_canaries_are_quiet", ("canary", "permuted outcomes", 0.62, 0.53), "permuted outcomes 0.62"),
        ("features_look_as_in_training", ("psi", "amount", 0.4, 0.25), "psi of amount 0.4"),
        ("features_look_as_in_training", ("psi", "sector", None, 0.25), "psi of sector missing"),
        ("past_scores_came_true", ("observed_expected", "late", 2.0, 1.5), "held to 1.5"),
        ("past_scores_came_true", ("ece", "late", 0.2, 0.1), "ece of late"),
        ("past_scores_came_true", ("coverage", "days", 0.4, 0.6), "coverage of days"),
        ("past_scores_came_true", ("wape", "total", 0.9, 0.3), "wape of total"),
    ],
)
def test_each_statistic_that_acts_fails_its_check_alone(
    tmp_path: Path, check: str, row: tuple[str, str, float | None, float], said: str
) -> None:
    statistic, subject, value, limit = row
    bad = drift.row("A", "late_payment", statistic, subject, value, limit, "act", 900)
    found = verdicts(tmp_path, [*QUIET, bad], [SERVED, CALIBRATED])
    assert [name for name, one in found.items() if not one.passed] == [check]
    assert said in str(found[check].metadata["found"].value)
    is_fatal = found[check].severity == dg.AssetCheckSeverity.ERROR
    assert is_fatal == (check == "leak_canaries_are_quiet")


@pytest.mark.parametrize(
    ("figure", "check"),
    [
        (SERVED | {"gain": -0.001}, "served_model_beats_its_baseline"),
        (SERVED | {"metric": "pinball", "gain": -0.1}, "served_model_beats_its_baseline"),
        (CALIBRATED | {"value": 0.06}, "served_model_is_calibrated"),
        (SERVED | {"gain": -0.001, "is_champion": False}, None),
        (SERVED | {"gain": -0.001, "window": "rolling"}, None),
        (SERVED | {"gain": -0.001, "slice": "paid_before=0"}, None),
        (SERVED | {"metric": "auc", "gain": -0.1}, None),
        (CALIBRATED | {"value": 0.06, "n": 300}, None),
        (CALIBRATED | {"value": 0.06, "positives": 12}, None),
        (CALIBRATED | {"value": 0.06, "positives": 2990}, None),
    ],
)
def test_only_a_served_models_own_figures_count(
    tmp_path: Path, figure: dict[str, Any], check: str | None
) -> None:
    found = verdicts(tmp_path, QUIET, [figure])
    assert [name for name, one in found.items() if not one.passed] == ([check] if check else [])


def test_no_figure_at_all_is_no_failure(tmp_path: Path) -> None:
    """A ledger too short for any evaluation: nothing is claimed, and the counts say that nothing was judged."""
    found = verdicts(tmp_path, [], [])
    assert all(one.passed for one in found.values())
    assert found["served_model_is_calibrated"].metadata["figures"].value == 0


# --- earlier scores ------------------------------------------------------------------------------------------------


def said(day: str, subject: str = "F1") -> pa.Table:
    row = dict.fromkeys(SCORE_HISTORY.names) | {
        "company_id": "732829320", "task": "late_payment", "target": "late",
        "as_of": dt.date.fromisoformat(day), "subject": subject, "customer_id": "C1", "predicted": 0.5,
    }  # fmt: skip
    return pa.Table.from_pylist([row], schema=SCORE_HISTORY)


def published(workspace: Workspace, run_id: str, history: pa.Table | None) -> None:
    from pipelines import release

    run = finished_run(workspace, run_id)
    if history is not None:
        pq.write_table(history, run / "ml" / "score_history.parquet")
    release.publish(workspace, run, run_id, TOLD)


def test_the_latest_release_that_knows_no_later_day_is_asked(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "var")
    into = tmp_path / "earlier.parquet"
    assert earlier_scores(workspace, dt.date(2025, 6, 30), into) is None
    published(workspace, "2025-01-31-a", said("2025-01-31"))
    published(workspace, "2025-03-31-a", said("2025-03-31"))
    published(workspace, "2025-02-28-b", said("2025-02-28"))  # a run that looked back
    published(workspace, "2025-03-31-c", None)  # one without any score

    def asked(day: str) -> str | None:
        path = earlier_scores(workspace, dt.date.fromisoformat(day), into)
        return None if path is None else str(pq.read_table(path).column("as_of")[0].as_py())

    assert [asked(day) for day in ("2025-06-30", "2025-03-31", "2025-03-30", "2025-02-01", "2025-01-30")] == [
        "2025-03-31",
        "2025-03-31",
        "2025-02-28",
        "2025-01-31",
        None,
    ]
    table = pq.read_table(into)
    assert {f.name: f.type for f in table.schema} == {f.name: f.type for f in SCORE_HISTORY}


# --- persons -------------------------------------------------------------------------------------------------------


def test_a_restricted_customer_is_in_no_table_of_scores(tmp_path: Path) -> None:
    """Whatever tables the scores come to have: a row of the customer or of its documents goes, others stay."""
    for part in ("marts", "ml"):
        (tmp_path / part).mkdir()

    def write(name: str, **columns: list[Any]) -> None:
        pq.write_table(
            pa.table({"company_id": ["A"] * len(next(iter(columns.values()))), **columns}), tmp_path / name
        )

    write("marts/dim_customers.parquet", customer_id=["C1", "C2"], is_restricted=[True, False])
    write("marts/fct_invoices.parquet", invoice_id=["F1", "F2"], customer_id=["C1", "C2"])
    write("ml/customer_scores.parquet", customer_id=["C1", "C2"])
    write("ml/invoice_scores.parquet", invoice_id=["F1", "F2"])
    write("ml/score_history.parquet", customer_id=["C1", "C2", None], subject=["F1", "F2", "2025-01-06"])
    write("ml/later_table.parquet", customer_id=["C1", "C2"], invoice_id=["F1", "F2"])
    write("ml/backtest.parquet", model=["hazard"])
    assert privacy.leave_out_scores(tmp_path) == 4
    for path in (tmp_path / "ml").glob("*.parquet"):
        assert not {"C1", "F1"} & {v for column in pq.read_table(path).columns for v in column.to_pylist()}, (
            path
        )
    assert pq.read_table(tmp_path / "ml/score_history.parquet").num_rows == 2
    assert pq.read_table(tmp_path / "ml/backtest.parquet").num_rows == 1
    # The other company's customer of the same number stays.
    write("ml/customer_scores.parquet", customer_id=["C1"])
    other = pa.table({"company_id": ["B"], "customer_id": ["C1"]})
    pq.write_table(other, tmp_path / "ml/customer_scores.parquet")
    assert privacy.leave_out_scores(tmp_path) == 0


def test_a_refusal_of_the_scores_is_one_sentence_of_the_command_line() -> None:
    from ml.marts import RiskError
    from pipelines.errors import DataError
    from pipelines.models import told

    with pytest.raises(DataError, match=r"its hash differs\.$"), told():
        raise RiskError("models/x/card.json is not the card that was recorded: its hash differs.")
