"""Which model serves: a challenger replaces the champion by rule, on the same snapshots, and says why.

The rule reads `ml.tables.BACKTEST` rows and nothing else. On the rolling origins that both were judged on, the
challenger must win each measure of its task on two thirds (four of six); over all of them together its calibration
error and its loss in every slice may not be more than a tenth worse. A tie leaves the champion.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

#: Measures that must win, as (target, metric); the first is also the one told first. All are better when lower.
MEASURES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "late_payment": (("late", "log_loss"), ("days", "pinball")),
    "default": (("default_12m", "log_loss"),),
    "dispute": (("dispute_90", "log_loss"),),
    "cash": (("total", "wape"),),
}
SHARE_TO_WIN = 2 / 3
#: Origins fewer than this prove nothing: the champion stays.
MIN_ORIGINS = 3
#: A tenth worse is too much, of the calibration error and of the loss in a slice.
TOLERANCE = 0.10
#: Calibration errors below this are good enough whatever the champion's: ten per cent of nothing is noise.
FINE_ECE = 0.02
#: A slice, or a calibration error, with fewer cases or cases of either outcome is not held against a challenger.
MIN_SLICE = 200
MIN_SLICE_POSITIVES = 20


@dataclass(frozen=True)
class Promotion:
    """Whether the challenger serves from now on; `wins` of `origins` on the measure it won least often."""

    is_promoted: bool
    code: str
    champion: str
    challenger: str
    wins: int
    origins: int
    en: str
    fr: str


@dataclass(frozen=True)
class _Figure:
    """Mean of one metric over the companies, weighted by their cases."""

    value: float
    n: int
    positives: int


def _figures(table: pa.Table, task: str) -> dict[tuple[str, ...], _Figure]:
    """(model, target, metric, window, cut-off, slice) → figure."""
    sums: dict[tuple[str, ...], list[float]] = {}
    for row in table.to_pylist():
        if row["task"] != task or row["value"] is None or not math.isfinite(row["value"]) or not row["n"]:
            continue
        cut = "" if row["window"] != "rolling" else str(row["cut_off"])
        key = (row["model"], row["target"], row["metric"], row["window"], cut, row["slice"])
        total = sums.setdefault(key, [0.0, 0, 0])
        total[0] += row["value"] * row["n"]
        total[1] += row["n"]
        total[2] += row["positives"] or 0
    return {key: _Figure(value / n, int(n), int(positives)) for key, (value, n, positives) in sums.items()}


def judge(backtest: pa.Table, task: str, champion: str, challenger: str) -> Promotion:
    """The rule for two models that `backtest` (schema `ml.tables.BACKTEST`) judges on the same snapshots."""
    figures = _figures(backtest, task)
    measures = [
        (target, metric)
        for target, metric in MEASURES[task]
        if any(key[0] == champion and key[1:3] == (target, metric) for key in figures)
    ]
    if not measures:
        return _verdict(False, "not_comparable", champion, challenger, 0, 0)
    wins, origins = math.inf, 0
    for target, metric in measures:
        shared = sorted(
            key[4]
            for key in figures
            if key[:4] == (champion, target, metric, "rolling")
            and key[5] == "all"
            and (challenger, *key[1:]) in figures
        )
        won = sum(
            figures[(challenger, target, metric, "rolling", cut, "all")].value
            < figures[(champion, target, metric, "rolling", cut, "all")].value
            for cut in shared
        )
        if len(shared) < MIN_ORIGINS:
            return _verdict(False, "too_few_origins", champion, challenger, won, len(shared))
        if won < wins:
            wins, origins = won, len(shared)
        if won < math.ceil(SHARE_TO_WIN * len(shared) - 1e-9):
            return _verdict(False, "too_few_wins", champion, challenger, won, len(shared), metric)
    told = int(wins)
    for (model, target, metric, window, cut, part), theirs in sorted(figures.items()):
        ours = figures.get((challenger, target, metric, window, cut, part))
        if model != champion or window != "pooled" or ours is None or not _counts(theirs, ours):
            continue
        if metric == "ece" and part == "all" and ours.value > max(theirs.value * (1 + TOLERANCE), FINE_ECE):
            return _verdict(False, "worse_calibrated", champion, challenger, told, origins, target)
        is_loss = (target, metric) in measures
        if is_loss and part != "all" and ours.value > theirs.value * (1 + TOLERANCE):
            return _verdict(False, "worse_slice", champion, challenger, told, origins, part)
    return _verdict(True, "promoted", champion, challenger, told, origins)


def _counts(*figures: _Figure) -> bool:
    """Enough cases, and of either outcome where outcomes are counted, to hold a figure against somebody."""
    return all(
        f.n >= MIN_SLICE
        and (
            not f.positives
            or min(f.positives, f.n - f.positives) >= MIN_SLICE_POSITIVES
            or f.positives == f.n
        )
        for f in figures
    )


def choose(
    backtest: pa.Table, task: str, champion: str, challengers: Sequence[str]
) -> tuple[str, list[Promotion]]:
    """The model that serves after every challenger met the champion, and each verdict.

    Of the challengers that pass, the one with the lowest pooled loss serves; a tie goes to the earlier named, so
    name the simpler first.
    """
    verdicts = [judge(backtest, task, champion, name) for name in challengers]
    passed = [v.challenger for v in verdicts if v.is_promoted]
    if not passed:
        return champion, verdicts
    figures = _figures(backtest, task)
    target, metric = MEASURES[task][0]
    return min(passed, key=lambda name: _loss(figures, name, target, metric)), verdicts


def _loss(figures: Mapping[tuple[str, ...], _Figure], model: str, target: str, metric: str) -> float:
    """The pooled loss of a model, from its origins where no pooled row stands."""
    pooled = figures.get((model, target, metric, "pooled", "", "all"))
    if pooled is not None:
        return pooled.value
    rows = [
        f for key, f in figures.items() if key[:4] == (model, target, metric, "rolling") and key[5] == "all"
    ]
    return sum(f.value * f.n for f in rows) / sum(f.n for f in rows)


_WORDS: Mapping[str, tuple[str, str]] = {
    "promoted": (
        "{challenger} replaces {champion}: better on {wins} of {origins} origins, calibration and slices no worse.",
        "{challenger} remplace {champion} : meilleur à {wins} arrêtés sur {origins}, calibration et segments tenus.",
    ),
    "not_comparable": (
        "{champion} stays: {challenger} was not judged beside it.",
        "{champion} reste : {challenger} n’a pas été jugé à côté de lui.",
    ),
    "too_few_origins": (
        "{champion} stays: {origins} months to judge {challenger} on prove nothing.",
        "{champion} reste : {origins} mois de contrôle ne prouvent rien pour {challenger}.",
    ),
    "too_few_wins": (
        "{champion} stays: {challenger} is better on {wins} of {origins} origins only ({detail}).",
        "{champion} reste : {challenger} n’est meilleur qu’à {wins} arrêtés sur {origins} ({detail}).",
    ),
    "worse_calibrated": (
        "{champion} stays: {challenger} is calibrated more than a tenth worse ({detail}).",
        "{champion} reste : la calibration de {challenger} est moins bonne de plus d’un dixième ({detail}).",
    ),
    "worse_slice": (
        "{champion} stays: {challenger} is more than a tenth worse in a slice ({detail}).",
        "{champion} reste : {challenger} fait moins bien de plus d’un dixième sur un segment ({detail}).",
    ),
}


def _verdict(
    is_promoted: bool, code: str, champion: str, challenger: str, wins: int, origins: int, detail: str = ""
) -> Promotion:
    # Codes stand between backticks, for who shows the sentence to put the name there.
    words = {
        "champion": f"`{champion}`",
        "challenger": f"`{challenger}`",
        "wins": wins,
        "origins": origins,
        "detail": f"`{detail}`",
    }
    english, french = (text.format(**words) for text in _WORDS[code])
    return Promotion(is_promoted, code, champion, challenger, wins, origins, english, french)
