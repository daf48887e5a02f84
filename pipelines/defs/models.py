"""The models that serve, watched: what they claim and how they keep it, as asset checks.

What belongs here: reading `ml.drift`, `ml.backtest` and judging them for Dagster. What does not: computing a figure
(`ml.life.drift`, the models' evaluation).

A leak canary stops the run: a score that knows the future is worse than none. The rest warns: an aged model is
recalibrated or trained anew by the next run, as `ml.life` decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.defs.resources import RunContext
from pipelines.errors import DataError
from pipelines.lake import connected, quoted

DRIFT = ["ml", "drift"]
BACKTEST = ["ml", "backtest"]
#: Calibration error of a champion on the months it was not fitted on.
ECE_BAR = 0.05
#: A calibration error of fewer cases, or of fewer of either outcome, is noise.
ECE_CASES = (500, 20)

CHECKS: dict[str, tuple[list[str], str]] = {
    "leak_canaries_are_quiet": (
        DRIFT,
        "Rows dated after the as-of day change no feature, and permuted outcomes teach nothing. Stops the run.",
    ),
    "features_look_as_in_training": (
        DRIFT,
        "Population stability index of every feature between training and scoring: 0.1 warns, 0.25 acts.",
    ),
    "past_scores_came_true": (
        DRIFT,
        "Of scores published before whose outcome is known by now: as many as expected, calibrated, inside their "
        "intervals, cash as near as in the backtest.",
    ),
    "served_model_beats_its_baseline": (
        BACKTEST,
        "Over the held-out months every served model is at least as good as its baseline, or is it.",
    ),
    "served_model_is_calibrated": (
        BACKTEST,
        "Over the held-out months the expected calibration error of every served model is at most 0.05.",
    ),
}


def model_checks() -> dg.AssetChecksDefinition:
    """Every check of `CHECKS`, over the tables of the run that is going."""

    @dg.multi_asset_check(
        name="model_watch",
        specs=[
            dg.AssetCheckSpec(
                name, asset=key, description=description, blocking=name == "leak_canaries_are_quiet"
            )
            for name, (key, description) in CHECKS.items()
        ],
    )
    def model_watch(encours: dg.ResourceParam[RunContext]) -> Iterator[dg.AssetCheckResult]:
        folder = encours.workspace.current_run() / "ml"
        results = watch(folder / "drift.parquet", folder / "backtest.parquet")
        yield from results
        loud = results[0]
        if not loud.passed:
            raise DataError(
                "A leak canary sang, so nothing is published: " + str(loud.metadata["found"].value) + "."
            )

    return model_watch


def watch(drift: Path, backtest: Path) -> list[dg.AssetCheckResult]:
    """The verdicts, in the order of `CHECKS`."""
    return [
        _of_drift("leak_canaries_are_quiet", drift, ["canary"], dg.AssetCheckSeverity.ERROR),
        _of_drift("features_look_as_in_training", drift, ["psi"]),
        _of_drift("past_scores_came_true", drift, ["observed_expected", "ece", "coverage", "wape"]),
        _of_backtest(
            "served_model_beats_its_baseline",
            backtest,
            "metric in ('log_loss', 'pinball', 'wape') and gain < 0",
            "gain",
        ),
        _of_backtest(
            "served_model_is_calibrated",
            backtest,
            f"metric = 'ece' and value > {ECE_BAR} and n >= {ECE_CASES[0]}"
            f" and least(positives, n - positives) >= {ECE_CASES[1]}",
            "value",
        ),
    ]


def _of_drift(
    name: str,
    path: Path,
    statistics: list[str],
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.WARN,
) -> dg.AssetCheckResult:
    """Passed unless a statistic acts; how many warn or could not be judged yet is told beside."""
    listed = ", ".join(quoted(one) for one in statistics)
    rows = _rows(
        f"select company_id, task, statistic, subject, value, threshold, state from read_parquet({quoted(path)}) "
        f"where statistic in ({listed}) order by all"
    )
    acting = [row for row in rows if row[-1] == "act"]
    return _result(
        name,
        DRIFT,
        not acting,
        severity,
        [
            f"{task} of {company}: {statistic} of {subject} {_figure(value)}, held to {_figure(limit)}"
            for company, task, statistic, subject, value, limit, _ in acting
        ],
        {state: sum(row[-1] == state for row in rows) for state in ("ok", "warn", "act", "unknown")},
    )


def _of_backtest(name: str, path: Path, condition: str, figure: str) -> dg.AssetCheckResult:
    """Passed unless a served model's pooled figure over all cases meets the condition."""
    served = "is_champion and \"window\" = 'pooled' and slice = 'all'"
    relation = f"read_parquet({quoted(path)})"
    rows = _rows(
        f"select company_id, task, target, model, metric, {figure} from {relation} "
        f"where {served} and {condition} order by all"
    )
    judged = _rows(f"select count(*) from {relation} where {served}")[0][0]
    return _result(
        name,
        BACKTEST,
        not rows,
        dg.AssetCheckSeverity.WARN,
        [
            f"{model} for {task}, {target} of {company}: {figure} of {metric} {_figure(value)}"
            for company, task, target, model, metric, value in rows
        ],
        {"figures": judged},
    )


def _result(
    name: str,
    key: list[str],
    passed: bool,
    severity: dg.AssetCheckSeverity,
    found: list[str],
    counts: dict[str, int],
) -> dg.AssetCheckResult:
    told = "; ".join(found[:5]) + (f"; and {len(found) - 5} more" if len(found) > 5 else "")
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=passed,
        severity=severity,
        metadata={"found": dg.MetadataValue.text(told or "nothing"), **counts},
    )


def _figure(value: float | None) -> str:
    return "missing" if value is None else f"{value:.4g}"


def _rows(query: str) -> list[tuple[Any, ...]]:
    with connected() as connection:
        return connection.execute(query).fetchall()
