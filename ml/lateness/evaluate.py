"""What the candidates were worth out of time, as rows of `ml.tables`.

Every candidate stands beside a simpler one: trees and regression beside the customer's rate, that beside the
company's; dates beside the customer's median, that beside the due date. The champion's gains carry a paired
bootstrap over customers, since a customer's invoices are twins.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.evaluate import INTERVAL, METRICS, compare, customer_weights, jeffreys, reliability
from ml.labels import TARGETS
from ml.lateness.bands import BANDS, is_certain
from ml.lateness.model import Lateness
from ml.lateness.states import States
from ml.lateness.train import QUANTILES, Judged
from ml.marts import date_of

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Row = dict[str, Any]

TASK = "late_payment"
DAYS = "days"
#: Whom a candidate is shown beside.
PRIOR = "company_rate"
RATE_BASELINE = "customer_rate"
DAYS_BASELINE = "customer_median"
DUE_DATE = "due_date"
#: Amounts from this quantile on are large.
LARGE = 0.9


def backtest(judged: Judged, models: list[Lateness], champion: str, names: list[str], seed: int) -> list[Row]:
    """Rows of `ml.tables.BACKTEST` of the candidates in `names`, per company; the champion's with intervals."""
    rows: list[Row] = []
    held = judged.held
    prior = _prior(judged, models, held)
    figures = _Figures(judged, prior)
    final = np.array([w.is_final for w in judged.windows])[judged.window]
    for company in sorted(set(held.company.tolist())):
        own = held.company == company
        for name in names:
            for window, cut, chosen in _windows(judged, held, company, own, final):
                for part, inside in _slices(held, chosen, window):
                    frame = _Frame(company, name, window, cut, part, name == champion)
                    rows += _late_rows(held, judged, figures, inside, frame, seed)
                    rows += _days_rows(held, judged, inside, frame, seed)
    return rows


class _Figures:
    """Metrics of a candidate on a choice of cases, worked out once however many candidates stand beside it."""

    def __init__(self, judged: Judged, prior: Floats) -> None:
        self._judged, self._prior = judged, prior
        self._found: dict[tuple[str, int, bytes], dict[str, float]] = {}

    def late(self, name: str, j: int) -> Floats:
        """P(late) for the threshold `j` by a candidate, or by `PRIOR`."""
        return (self._prior if name == PRIOR else self._judged.late[name])[:, j]

    def of(self, name: str, j: int, chosen: Bools) -> dict[str, float]:
        """Every metric of `METRICS` on the cases chosen."""
        key = (name, j, np.packbits(chosen).tobytes())
        if key not in self._found:
            y, p = self._judged.outcome[chosen, j], self.late(name, j)[chosen]
            one = np.ones((1, len(y)))
            self._found[key] = {m: float(function(y, p, one)[0]) for m, (function, _) in METRICS.items()}
        return self._found[key]


class _Frame:
    """What the rows of one model, window and slice share."""

    def __init__(self, company: str, model: str, window: str, cut: int, part: str, is_champion: bool) -> None:
        self.model, self.window, self.part, self.is_champion = model, window, part, is_champion
        self._shared = {
            "company_id": company,
            "task": TASK,
            "model": model,
            "window": window,
            "cut_off": date_of(cut),
            "slice": part,
            "is_champion": is_champion,
        }

    @property
    def has_interval(self) -> bool:
        """Bootstraps cost time: the champion's headline figures have one."""
        return self.is_champion and self.part == "all" and self.window != "rolling"

    def row(self, target: str, metric: str, value: float, n: int, positives: int, **more: Any) -> Row:
        return (
            self._shared
            | dict.fromkeys(("baseline", "baseline_value", "gain", "gain_low", "gain_high"))
            | {"target": target, "metric": metric, "value": _known(value), "n": n, "positives": positives}
            | {k: _known(v) if isinstance(v, float) else v for k, v in more.items()}
        )


def _windows(
    judged: Judged, held: States, company: str, own: Bools, final: Bools
) -> Iterator[tuple[str, int, Bools]]:
    cuts = [w.cut_off.get(company) for w in judged.windows]
    for k, window in enumerate(judged.windows):
        cut = cuts[k]
        if cut is not None and not window.is_final:
            yield "rolling", cut, own & (judged.window == k)
    told = [c for c in cuts if c is not None]
    if told:
        yield "pooled", told[0], own & ~final
        yield "final", told[-1], own & final


def _slices(held: States, chosen: Bools, window: str) -> Iterator[tuple[str, Bools]]:
    yield "all", chosen
    if window == "rolling":
        return
    paid = np.nan_to_num(held.values["paid_count"])
    amount, age = held.values["amount"], held.age
    large = amount >= np.quantile(amount[chosen], LARGE) if chosen.any() else chosen
    assumed = held.values["is_due_date_assumed"] == 1
    for name, part in {
        "scored=at_creation": held.is_creation,
        "scored=at_month_end": ~held.is_creation,
        "paid_before=0": paid == 0,
        "paid_before=1-2": (paid >= 1) & (paid <= 2),
        "paid_before=3-9": (paid >= 3) & (paid <= 9),
        "paid_before=10+": paid >= 10,
        "amount=large": large,
        "age=not_due": age <= 0,
        "age=1-30": (age > 0) & (age <= 30),
        "age=31-90": (age > 30) & (age <= 90),
        "due_date=assumed": assumed,
        "due_date=known": ~assumed,
    }.items():
        if (chosen & part).any() and (chosen & ~part).any():
            yield name, chosen & part


def _late_rows(
    held: States, judged: Judged, figures: _Figures, inside: Bools, frame: _Frame, seed: int
) -> Iterator[Row]:
    certain = is_certain(held)
    for j, target in enumerate(TARGETS):
        baseline = PRIOR if frame.model == RATE_BASELINE else RATE_BASELINE
        p, q, y = figures.late(frame.model, j), figures.late(baseline, j), judged.outcome[:, j]
        ok = inside & ~certain[:, j] & ~np.isnan(y) & ~np.isnan(p) & ~np.isnan(q)
        if not ok.any():
            continue
        n, positives = int(ok.sum()), int(y[ok].sum())
        if frame.has_interval:
            for c in compare(y[ok], p[ok], q[ok], held.customer[ok], seed):
                if math.isfinite(c.value):
                    yield frame.row(
                        target,
                        c.metric,
                        c.value,
                        n,
                        positives,
                        baseline=baseline,
                        baseline_value=c.baseline_value,
                        gain=c.gain,
                        gain_low=c.gain_low,
                        gain_high=c.gain_high,
                    )
        else:
            told = figures.of(frame.model, j, ok), figures.of(baseline, j, ok)
            yield from _plain(frame, target, *told, baseline, n, positives)
        if frame.window != "rolling" and frame.part == "all":
            weight = held.values["amount"][ok][None, :]
            for metric in ("brier", "log_loss"):
                function, _ = METRICS[metric]
                yield frame.row(
                    target,
                    f"{metric}_by_amount",
                    float(function(y[ok], p[ok], weight)[0]),
                    n,
                    positives,
                    baseline=baseline,
                    baseline_value=float(function(y[ok], q[ok], weight)[0]),
                )
            yield frame.row(target, "lift_10", _lift(y[ok], p[ok]), n, positives)
            yield frame.row(
                target, "observed_expected", float(y[ok].sum() / max(p[ok].sum(), 1e-9)), n, positives
            )


def _plain(
    frame: _Frame,
    target: str,
    mine: Mapping[str, float],
    theirs: Mapping[str, float],
    baseline: str,
    n: int,
    positives: int,
) -> Iterator[Row]:
    for metric, (_, is_higher_better) in METRICS.items():
        value, other = mine[metric], theirs[metric]
        if math.isfinite(value):
            gain = (value - other) if is_higher_better else (other - value)
            yield frame.row(
                target,
                metric,
                value,
                n,
                positives,
                baseline=baseline,
                baseline_value=other,
                gain=gain,
            )


def _lift(y: Floats, p: Floats) -> float:
    """Share late in the tenth with the highest scores over that of all; NaN where nobody was."""
    if not y.sum():
        return math.nan
    top = np.argsort(-p, kind="stable")[: max(1, len(p) // 10)]
    return float(y[top].mean() / y.mean())


def pinball(actual: Floats, quantiles: Floats) -> Floats:
    """Mean pinball loss over `QUANTILES`, per case."""
    loss = np.zeros(len(actual))
    for i, share in enumerate(QUANTILES):
        error = actual - quantiles[:, i]
        loss += np.maximum(share * error, (share - 1) * error)
    return loss / len(QUANTILES)


def _days_rows(held: States, judged: Judged, inside: Bools, frame: _Frame, seed: int) -> Iterator[Row]:
    baseline = DUE_DATE if frame.model == DAYS_BASELINE else DAYS_BASELINE
    mine, other = judged.days[frame.model], judged.days.get(baseline)
    ok = inside & ~np.isnan(judged.delay) & ~np.isnan(mine).any(axis=1)
    if other is None or not ok.any():
        return
    actual, n = judged.delay[ok], int(ok.sum())
    losses = {
        "mae": (np.abs(actual - mine[ok, 2]), np.abs(actual - other[ok, 2])),
        "pinball": (pinball(actual, mine[ok]), pinball(actual, other[ok])),
    }
    for metric, (own, theirs) in losses.items():
        low, high = _interval(theirs - own, held, ok, seed) if frame.has_interval else (math.nan, math.nan)
        yield frame.row(
            DAYS,
            metric,
            float(own.mean()),
            n,
            n,
            baseline=baseline,
            baseline_value=float(theirs.mean()),
            gain=float(theirs.mean() - own.mean()),
            gain_low=low,
            gain_high=high,
        )
    inside_band = (actual >= mine[ok, 0]) & (actual <= mine[ok, -1])
    yield frame.row(DAYS, "cover_80", float(inside_band.mean()), n, n)
    yield frame.row(DAYS, "width_80", float((mine[ok, -1] - mine[ok, 0]).mean()), n, n)
    yield frame.row(DAYS, "within_3_days", float((np.abs(actual - mine[ok, 2]) <= 3).mean()), n, n)


def _interval(gain: Floats, held: States, ok: Bools, seed: int) -> tuple[float, float]:
    drawn = np.concatenate([w @ gain / w.sum(axis=1) for w in customer_weights(held.customer[ok], seed)])
    tail = (1 - INTERVAL) / 2 * 100
    low, high = np.percentile(drawn, [tail, 100 - tail])
    return float(low), float(high)


def _prior(judged: Judged, models: list[Lateness], held: States) -> Floats:
    """What knowing no customer gives: the company's rates, thresholds passed certain."""
    certain = is_certain(held)
    out = np.full((len(held), BANDS), np.nan)
    for k, model in enumerate(models):
        here = np.flatnonzero(judged.window == k)
        if not len(here):
            continue
        part = held.take(here)
        reach = np.ones(len(part))
        company = model.encoder.rates.company(part)
        for j in range(BANDS):
            reach = reach * np.where(certain[here, j], 1.0, company[:, j])
            out[here, j] = reach
    return out


def reliability_rows(judged: Judged, champion: str) -> list[Row]:
    """Rows of `ml.tables.RELIABILITY`: ten groups of like scores, on all months judged."""
    held = judged.held
    certain = is_certain(held)
    rows: list[Row] = []
    for company in sorted(set(held.company.tolist())):
        for name in sorted({champion, RATE_BASELINE} & set(judged.names())):
            for j, target in enumerate(TARGETS):
                p, y = judged.late[name][:, j], judged.outcome[:, j]
                ok = (held.company == company) & ~certain[:, j] & ~np.isnan(y) & ~np.isnan(p)
                if not ok.any():
                    continue
                for k, group in enumerate(reliability(y[ok], p[ok]), start=1):
                    positives = round(group.observed * group.n)
                    low, high = jeffreys(positives, group.n)
                    rows.append(
                        {
                            "company_id": company,
                            "task": TASK,
                            "target": target,
                            "model": name,
                            "group": str(k),
                            "predicted": round(group.predicted, 6),
                            "observed": round(group.observed, 6),
                            "observed_low": round(low, 6),
                            "observed_high": round(high, 6),
                            "n": group.n,
                            "positives": positives,
                            "is_champion": name == champion,
                        }
                    )
    return rows


def _known(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None


__all__ = ["backtest", "pinball", "reliability_rows"]
