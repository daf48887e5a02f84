"""Why a document's probability of being late is what it is, in the served model's own contributions.

A contribution is in log-odds of passing the first threshold not yet passed; contributions and base sum to the
served probability's log-odds. Trees give theirs along their paths (`ml.trees.Paths`), a regression its terms.
The hazard multiplies many periods: its parts are carried to the product by the Aumann-Shapley integral, which
keeps the sum. They are gathered by meaning; a reason is the strongest feature of one of the strongest groups,
those that push the way the score went first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit  # type: ignore[import-untyped]

from ml.labels import TARGETS, THRESHOLD_DAYS
from ml.lateness.bands import BANDS, Classifier, CustomerRate, Logistic, logistic_features
from ml.lateness.features import BAND_FEATURES, BY_NAME, CATEGORICAL, PERIOD_FEATURES
from ml.lateness.hazard import FLOOR, Hazard
from ml.lateness.model import ENSEMBLE, Lateness, chunks
from ml.lateness.periods import ENDS, STARTS, grid
from ml.lateness.states import States
from ml.reasons import REASONS_PER_SCORE, SMALLEST_TOLD, Reason, fact, feature_reason
from ml.trees import Paths, paths

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Groups that are the question asked, no reason.
UNTOLD = ("question",)
#: What is asked of a span or a threshold is told by the figure of the customer behind it.
TOLD_AS: dict[str, str] = {
    "period_after_median": "late_median",
    "period_after_mean": "late_mean_10",
    "period_after_last": "late_last",
    "period_paid": "late_share",
    "period_later": "late_share",
    "period_rate": "late_share",
    "band_run_rate": "run_late_rate",
    "period_run_rate": "run_late_rate",
    "period_runs": "run_on_due_weekday",
    "period_runs_best": "run_on_due_weekday",
    "period_end_weekday": "due_weekday",
    "period_end_day": "due_day",
    "period_workdays": "due_weekday",
    "period_weekdays": "due_weekday",
    "portfolio_hazard": "portfolio_late_60d",
    "band_count": "paid_count",
}
#: The customer's rate for the threshold asked about.
RATE_OF_BAND: tuple[str, ...] = ("late_rate", "late_rate_30", "late_rate_90")
#: Nodes of the Gauss-Legendre quadrature of the integral.
NODES = 8


@dataclass(frozen=True)
class Contributions:
    """`names`: features; `parts`: shape (n, names), log-odds; `base`: shape (n,). They sum to the log-odds."""

    names: tuple[str, ...]
    parts: Floats
    base: Floats

    def total(self) -> Floats:
        """Log-odds of the probability."""
        out: Floats = self.base + self.parts.sum(axis=1)
        return out


def first_open_band(age: Ints) -> Ints:
    """The first threshold not yet passed, per state; 3 where all are."""
    band: Ints = np.searchsorted(np.asarray(THRESHOLD_DAYS), age, side="right").astype(np.int64)
    return band


class Explainer:
    """Contributions of a candidate of a model; trees are read once."""

    def __init__(self, model: Lateness, name: str) -> None:
        self.model, self.name = model, name
        self._paths = {
            one: paths(held.text)
            for one, held in (("hazard", model.hazard), ("classifier", model.classifier))
            if held is not None and (one == name or (name == "ensemble" and one in ENSEMBLE))
        }

    def contributions(self, states: States) -> Contributions:
        """Of the first open threshold of each state; every state must have one."""
        band = first_open_band(states.age)
        found = self._contributions(self.name, states, band)
        platt = self.model.platt.get(self.name)
        if platt is None:
            return found
        slope, intercept = np.asarray(platt.slope)[band], np.asarray(platt.intercept)[band]
        return Contributions(found.names, found.parts * slope[:, None], intercept + slope * found.base)

    def _contributions(self, name: str, states: States, band: Ints) -> Contributions:
        model = self.model
        everyone = np.arange(len(states), dtype=np.int64)
        if name == "ensemble":
            return _mean([self._contributions(one, states, band) for one in ENSEMBLE])
        if name == "hazard":
            assert model.hazard is not None
            return _hazard(model.hazard, self._paths["hazard"], states, band)
        if name == "classifier":
            assert model.classifier is not None
            return _classifier(model.classifier, self._paths["classifier"], states, everyone, band)
        if name == "logistic":
            assert model.logistic is not None
            return _logistic(model.logistic, states, everyone, band)
        if name == "customer_rate":
            return _rate(model.rate, states, everyone, band)
        late = model.raw([name], states, model.draw(states))[name][everyone, band]
        odds = logit(np.clip(late, 1e-6, 1 - 1e-6))
        base = logit(np.clip(model.rate.rates.company(states)[everyone, band], 1e-6, 1 - 1e-6))
        base = np.nan_to_num(base)
        return Contributions(("late_median",), (odds - base)[:, None], base)


def _classifier(model: Classifier, paths: Paths, states: States, index: Ints, band: Ints) -> Contributions:
    names = (*model.encoder.names, *(f.name for f in BAND_FEATURES))
    learnt = np.asarray(model.learnt)[band]
    parts = np.zeros((len(index), len(names)))
    base = np.zeros(len(index))
    parts[learnt] = paths.contributions(model.matrix(states, index[learnt], band[learnt]))
    base[learnt] = paths.base
    other = _rate(model.rate, states, index[~learnt], band[~learnt])
    for i, name in enumerate(other.names):
        at = names.index(name) if name in names else names.index("band_rate")
        parts[~learnt, at] += other.parts[:, i]
    base[~learnt] = other.base
    return Contributions(names, parts, base)


def _logistic(model: Logistic, states: States, index: Ints, band: Ints) -> Contributions:
    names = logistic_features(model.encoder)
    z = model.standardised(states, index, band)
    parts, base = np.zeros(z.shape), np.zeros(len(index))
    for j in range(BANDS):
        chosen, weights = band == j, model.weights[j]
        if weights is not None:
            parts[chosen] = z[chosen] * np.asarray(weights[1:])
            base[chosen] = weights[0]
        elif chosen.any():
            other = _rate(model.rate, states, index[chosen], band[chosen])
            parts[np.flatnonzero(chosen), names.index("band_rate")] = other.parts.sum(axis=1)
            base[chosen] = other.base
    return Contributions(names, parts, base)


def _rate(model: CustomerRate, states: States, index: Ints, band: Ints) -> Contributions:
    """The customer's own rate against the company's, and how near the threshold is."""
    company = np.clip(np.nan_to_num(model.rates.company(states)[index, band], nan=0.5), 1e-4, 1 - 1e-4)
    own = np.nan_to_num(model.rates.posterior(states)[index, band], nan=0.5)
    odds = np.nan_to_num(model.log_odds(states, index, band))
    base = logit(company)
    rate = logit(np.clip(own, 1e-4, 1 - 1e-4)) - base
    return Contributions(("band_rate", "age_days"), np.column_stack([rate, odds - base - rate]), base)


def _hazard(model: Hazard, paths: Paths, states: States, band: Ints) -> Contributions:
    names = (*model.encoder.names, *(f.name for f in PERIOD_FEATURES))
    n = len(states)
    position, period = grid(states.age)
    keep = ENDS[period] <= np.asarray(THRESHOLD_DAYS)[band][position]
    position, period = position[keep], period[keep]
    start, end = np.maximum(STARTS[period], states.age[position]), ENDS[period]
    parts = paths.contributions(model.matrix(states, position, period, start, end))
    base = paths.base
    whole = parts.sum(axis=1)

    def not_paid(at: float) -> tuple[Floats, Floats]:
        """Hazards of the rows and log-odds of the product, with the parts scaled by `at`."""
        hazard = np.clip(expit(base + at * whole), FLOOR, 1 - FLOOR)
        fall = np.asarray(np.bincount(position, weights=np.log1p(-hazard), minlength=n), dtype=np.float64)
        return hazard, fall

    def log_odds(fall: Floats) -> Floats:
        out: Floats = fall - np.log(-np.expm1(np.minimum(fall, -1e-12)))
        return out

    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    slope = np.zeros(len(position))
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        hazard, fall = not_paid(float(node))
        slope -= weight * hazard / np.maximum(-np.expm1(np.minimum(fall, -1e-12)), 1e-12)[position]
    out = np.zeros((n, len(names)))
    for i in range(len(names)):
        out[:, i] = np.bincount(position, weights=slope * parts[:, i], minlength=n)
    told, none = log_odds(not_paid(1.0)[1]), log_odds(not_paid(0.0)[1])
    # What the quadrature misses is spread over the parts in proportion: the sum is exact.
    missing = told - none - out.sum(axis=1)
    size = np.abs(out).sum(axis=1)
    share = np.divide(missing, size, out=np.zeros(n), where=size > 0)
    out += np.abs(out) * share[:, None]
    return Contributions(names, out, told - out.sum(axis=1))


def _mean(found: Sequence[Contributions]) -> Contributions:
    names = tuple(dict.fromkeys(name for one in found for name in one.names))
    place = {name: i for i, name in enumerate(names)}
    parts = np.zeros((len(found[0].base), len(names)))
    for one in found:
        for i, name in enumerate(one.names):
            parts[:, place[name]] += one.parts[:, i] / len(found)
    return Contributions(names, parts, np.mean([one.base for one in found], axis=0))


def reasons(model: Lateness, name: str, states: States) -> list[list[Reason]]:
    """Up to three reasons per state. A state past its due date says so first; one past all thresholds, only that."""
    explainer = Explainer(model, name)
    return [told for part in chunks(states) for told in _reasons(explainer, part)]


def _reasons(explainer: Explainer, states: States) -> list[list[Reason]]:
    age = states.age
    told: list[list[Reason]] = [
        [fact("past_due", "invoice", int(a), "days")] if a > 0 else [] for a in age.tolist()
    ]
    open_now = np.flatnonzero(first_open_band(age) < BANDS).astype(np.int64)
    if not len(open_now):
        return told
    part = states.take(open_now)
    band = first_open_band(part.age)
    found = explainer.contributions(part)
    names = list(dict.fromkeys(_told_as(n, j) for n in found.names for j in range(BANDS)))
    place = {n: i for i, n in enumerate(names)}
    by_feature = np.zeros((len(part), len(names)))
    for i, n in enumerate(found.names):
        for j in range(BANDS):
            own = band == j
            by_feature[own, place[_told_as(n, j)]] += found.parts[own, i]
    groups: dict[str, list[int]] = {}
    for i, n in enumerate(names):
        if BY_NAME[n].group not in UNTOLD:
            groups.setdefault(BY_NAME[n].group, []).append(i)
    titles = list(groups)
    totals = np.column_stack([by_feature[:, groups[g]].sum(axis=1) for g in titles])
    score = totals.sum(axis=1)
    # The way the score went first, then the strongest against it.
    with_score = np.where(
        np.sign(totals) == np.sign(score)[:, None], np.abs(totals), -1 / (1 + np.abs(totals))
    )
    ranked = np.argsort(-with_score, axis=1, kind="stable")
    values = explainer.model.encoder.values(part)
    for row, at in enumerate(open_now.tolist()):
        for g in ranked[row].tolist():
            if len(told[at]) == REASONS_PER_SCORE or abs(totals[row, g]) < SMALLEST_TOLD:
                break
            columns = groups[titles[g]]
            signed = by_feature[row, columns] * np.sign(totals[row, g])
            column = columns[int(np.argmax(signed))]
            feature = BY_NAME[names[column]]
            if feature.name == "age_days" and told[at]:
                continue
            value: Any = (
                part.text[feature.name][row] if feature.name in CATEGORICAL else values[feature.name][row]
            )
            told[at].append(
                feature_reason(
                    feature, value, float(by_feature[row, column]), float(totals[row, g]), TARGETS[band[row]]
                )
            )
    return told


def _told_as(name: str, band: int) -> str:
    return RATE_OF_BAND[band] if name == "band_rate" else TOLD_AS.get(name, name)
