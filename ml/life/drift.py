"""Whether a served model still fits the world: its inputs, and what it said beside what happened.

Two questions. Do the features look as they did in training (population stability index per feature)? And of the
scores that earlier runs published, once their outcomes are known: as many as expected (observed / expected), at the
probabilities given (ECE), inside the intervals (coverage), and how far off the cash (WAPE)? Every figure is a row
of `ml.tables.DRIFT` with its threshold and a state: `ok`, `warn`, `act`, or `unknown` where nothing has matured.
The first answer to an `act` is a recalibration; training anew comes second (`advise`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.stats import beta, chi2  # type: ignore[import-untyped]

from ml.evaluate import ECE_BINS, INTERVAL, customer_weights, ece
from ml.life.schedule import Action
from ml.tables import DRIFT

Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]
Row = dict[str, Any]

#: Population stability index: the usual reading, warn and act.
PSI_LIMITS = (0.10, 0.25)
#: Bins of a numeric feature: deciles of training.
PSI_BINS = 10
#: A share can be nothing but a shift of sampling: an index below this quantile of its own noise is none.
PSI_CONFIDENCE = 0.99
#: Observed / expected may lie inside (warn, act); outside only counts where the interval of the observed share
#: excludes it, so that two cases instead of one raise nothing.
RATIO_LIMITS = ((0.80, 1.25), (0.67, 1.50))
#: The bar of the monthly refits, and twice it.
ECE_LIMITS = (0.05, 0.10)
#: An interval that should hold 80 % of outcomes.
COVERAGE_LIMITS = ((0.70, 0.90), (0.60, 0.95))
#: WAPE of the cash, as a multiple of the backtest's.
WAPE_LIMITS = (1.5, 2.0)
#: Matured scores fewer than this tell nothing.
MIN_MATURED = 50


@dataclass(frozen=True)
class Profile:
    """How one feature was spread in training.

    `edges`: inner bounds of numeric bins, empty for categories; `categories`: the texts counted by name, others
    together. `shares`: of each bin, then of the others (categories), then of the unknown. `n`: values behind it;
    `cases`: what they are worth as independent ones.
    """

    edges: tuple[float, ...]
    categories: tuple[str, ...] | None
    shares: tuple[float, ...]
    n: int
    cases: float

    def to_dict(self) -> dict[str, Any]:
        return {
            "edges": list(self.edges),
            "categories": None if self.categories is None else list(self.categories),
            "shares": list(self.shares),
            "n": self.n,
            "cases": self.cases,
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Profile:
        named = told["categories"]
        return cls(
            tuple(told["edges"]),
            None if named is None else tuple(named),
            tuple(told["shares"]),
            int(told["n"]),
            float(told["cases"]),
        )


def worth(customers: Objects) -> float:
    """Independent cases that rows are worth, where those of one customer are twins: n² / Σ n(customer)²."""
    _, counts = np.unique(customers.astype(str), return_counts=True)
    return round(float(counts.sum()) ** 2 / float((counts.astype(np.float64) ** 2).sum()), 2)


def profile(values: npt.NDArray[Any], cases: float | None = None) -> Profile:
    """The spread of one feature: numbers with NaN for unknown, or texts with None for unknown; shape (n,), n ≥ 1.

    `cases`: see `worth`; None where each value is a case of its own.
    """
    size = float(len(values)) if cases is None else cases
    if values.dtype == object:
        known = values[[v is not None for v in values]].astype(str)
        names, counts = np.unique(known, return_counts=True)
        top = np.lexsort((names, -counts))[:PSI_BINS]
        categories = tuple(sorted(str(names[i]) for i in top))
        empty = Profile((), categories, (), len(values), size)
    else:
        known = values[~np.isnan(values)]
        inner = np.quantile(known, np.arange(1, PSI_BINS) / PSI_BINS) if len(known) else np.empty(0)
        # Values that fill a bin each, as flags and counts do, leave fewer bins.
        empty = Profile(tuple(float(x) for x in np.unique(np.round(inner, 6))), None, (), len(values), size)
    counted = _counts(empty, values)
    return replace(empty, shares=tuple(float(c) for c in np.round(counted / len(values), 6)))


def _counts(spread: Profile, values: npt.NDArray[Any]) -> Floats:
    if spread.categories is None:
        known = values[~np.isnan(values)]
        bins = np.searchsorted(np.asarray(spread.edges), known, side="left")
        cells = len(spread.edges) + 2
    else:
        told = values[[v is not None for v in values]].astype(str)
        code = {name: i for i, name in enumerate(spread.categories)}
        bins = np.array([code.get(v, len(code)) for v in told.tolist()], dtype=np.int64)
        known, cells = told, len(code) + 2
    out = np.bincount(bins, minlength=cells).astype(np.float64)
    out[-1] = len(values) - len(known)
    return out


def psi(spread: Profile, values: npt.NDArray[Any], cases: float | None = None) -> tuple[float, float]:
    """Population stability index of `values` against training, and the size that sampling alone explains.

    `cases`: what the values are worth (see `worth`); None where each is a case of its own.

    Shares are smoothed by half a case, so that an empty bin gives a large index, not an infinite one. Without any
    change the index is about a χ² with (bins − 1) degrees over the harmonic size of both samples (Yurdakul 2018).
    """
    counted = _counts(spread, values)
    expected = np.asarray(spread.shares) * spread.n
    used = (counted + expected) > 0
    before = (expected[used] + 0.5) / (expected[used].sum() + 0.5 * used.sum())
    now = (counted[used] + 0.5) / (counted[used].sum() + 0.5 * used.sum())
    index = float(np.sum((now - before) * np.log(now / before)))
    degrees = max(int(used.sum()) - 1, 1)
    noise = float(chi2.ppf(PSI_CONFIDENCE, degrees)) * (1 / spread.cases + 1 / (cases or len(values)))
    return index, noise


def row(
    company_id: str,
    task: str,
    statistic: str,
    subject: str,
    value: float | None,
    threshold: float | None,
    state: str,
    n: int,
) -> Row:
    """One row of `ml.tables.DRIFT`; figures rounded to six decimals."""

    def told(x: float | None) -> float | None:
        return None if x is None or not math.isfinite(x) else round(x, 6)

    return {
        "company_id": company_id,
        "task": task,
        "statistic": statistic,
        "subject": subject,
        "value": told(value),
        "threshold": told(threshold),
        "state": state,
        "n": n,
    }


def profiles(values: Mapping[str, npt.NDArray[Any]], customers: Objects | None = None) -> dict[str, Any]:
    """The spread of every feature in training as JSON values, for the card's `profiles`; `customers`: of each row.

    Take the training's last year: what grows with the ledger's age would always have drifted. Leave out what is one
    value per month end (a portfolio's rate): it has no spread to compare.
    """
    cases = None if customers is None or not len(customers) else worth(customers)
    return {name: profile(found, cases).to_dict() for name, found in sorted(values.items()) if len(found)}


def of_card(
    company_id: str,
    card: Mapping[str, Any],
    values: Mapping[str, npt.NDArray[Any]],
    customers: Objects | None = None,
) -> list[Row]:
    """`feature_rows` of a stored model's card beside today's values: feature → values of what is scored."""
    told = {name: Profile.from_dict(one) for name, one in card.get("profiles", {}).items()}
    return feature_rows(company_id, card["task"], told, values, customers)


def feature_rows(
    company_id: str,
    task: str,
    profiles: Mapping[str, Profile],
    values: Mapping[str, npt.NDArray[Any]],
    customers: Objects | None = None,
) -> list[Row]:
    """One `psi` row per feature of training; `customers`: of each value, where one has several.

    A feature that scoring lacks is an `act`: the model was made for another input.
    """
    rows = []
    cases = None if customers is None or not len(customers) else worth(customers)
    for name, spread in sorted(profiles.items()):
        found = values.get(name)
        if found is None:
            rows.append(row(company_id, task, "psi", name, None, PSI_LIMITS[1], "act", 0))
        elif not len(found):
            rows.append(row(company_id, task, "psi", name, None, PSI_LIMITS[0], "unknown", 0))
        else:
            index, noise = psi(spread, found, cases)
            warn, act = (max(limit, noise) for limit in PSI_LIMITS)
            state = "act" if index > act else "warn" if index > warn else "ok"
            limit = act if state == "act" else warn
            rows.append(row(company_id, task, "psi", name, index, limit, state, len(found)))
    return rows


def probability_rows(
    company_id: str, task: str, target: str, y: Floats, p: Floats, customers: Objects, seed: int
) -> list[Row]:
    """`observed_expected` and `ece` of matured scores: outcomes, probabilities and customers of shape (n,).

    The invoices of one customer are twins, so chance is measured by a bootstrap over customers; where nothing at
    all happened that has no width, and a Jeffreys interval stands in.
    """
    n = len(y)
    if n < MIN_MATURED:
        return [
            row(company_id, task, s, target, None, None, "unknown", n) for s in ("observed_expected", "ece")
        ]
    happened, expected = float(y.sum()), max(float(p.sum()), 1e-9)
    ratio = happened / expected
    drawn = np.concatenate([(w @ y) / np.maximum(w @ p, 1e-9) for w in customer_weights(customers, seed)])
    tail = (1 - INTERVAL) / 2
    own = beta.ppf([tail, 1 - tail], happened + 0.5, n - happened + 0.5) * n / expected
    low, high = (float(x) for x in np.percentile(drawn, [100 * tail, 100 - 100 * tail]))
    low, high = min(low, float(own[0])), max(high, float(own[1]))
    state, limit = _outside(ratio, RATIO_LIMITS)
    if low <= 1 <= high:
        state = "ok"
    error = float(ece(y, p, np.ones((1, n)))[0])
    # What chance alone makes of ten bins, wider by as much as twins widen the mean.
    alone = float(np.mean(p * (1 - p))) / n
    widened = max(1.0, float(np.var(drawn)) * (expected / n) ** 2 / max(alone, 1e-12))
    noise = math.sqrt(2 / math.pi * min(ECE_BINS, n) * widened * alone)
    warn, act = (level + noise for level in ECE_LIMITS)
    calibrated = "act" if error > act else "warn" if error > warn else "ok"
    return [
        row(company_id, task, "observed_expected", target, ratio, limit, state, n),
        row(company_id, task, "ece", target, error, act if calibrated == "act" else warn, calibrated, n),
    ]


def coverage_row(company_id: str, task: str, target: str, actual: Floats, low: Floats, high: Floats) -> Row:
    """Share of matured outcomes inside their 80 % interval; days or money, shape (n,). NaN above: no upper end."""
    n = len(actual)
    if n < MIN_MATURED:
        return row(company_id, task, "coverage", target, None, None, "unknown", n)
    inside = (actual >= low) & (np.isnan(high) | (actual <= high))
    share = float(inside.mean())
    state, limit = _outside(share, COVERAGE_LIMITS)
    return row(company_id, task, "coverage", target, share, limit, state, n)


def wape_row(
    company_id: str, task: str, target: str, actual: Floats, expected: Floats, backtest: float | None
) -> Row:
    """Weighted absolute error of matured weeks, shape (n,), beside the backtest's."""
    total = float(np.abs(actual).sum())
    if not len(actual) or not total:
        return row(company_id, task, "wape", target, None, None, "unknown", len(actual))
    value = float(np.abs(actual - expected).sum()) / total
    if backtest is None:
        return row(company_id, task, "wape", target, value, None, "unknown", len(actual))
    warn, act = (times * backtest for times in WAPE_LIMITS)
    state = "act" if value > act else "warn" if value > warn else "ok"
    return row(company_id, task, "wape", target, value, act if state == "act" else warn, state, len(actual))


def canary_row(
    company_id: str, task: str, subject: str, value: float, low: float, high: float, n: int
) -> Row:
    """A leak canary: `value` must lie from `low` to `high`, else something later than the origin is known to it."""
    is_quiet = low <= value <= high
    nearer = low if abs(value - low) < abs(value - high) else high
    return row(company_id, task, "canary", subject, value, nearer, "ok" if is_quiet else "act", n)


def _outside(value: float, limits: Sequence[tuple[float, float]]) -> tuple[str, float]:
    """State of a value that has a band on both sides, and the bound it is held to."""
    for state, (low, high) in zip(("act", "warn"), reversed(limits), strict=True):
        if not low <= value <= high:
            return state, low if value < low else high
    low, high = limits[0]
    return "ok", low if abs(value - low) < abs(value - high) else high


#: Statistics that a shift of the probabilities can put right.
RECALIBRATABLE: tuple[str, ...] = ("observed_expected", "ece", "coverage", "wape")


def advise(rows: Iterable[Row], task: str, is_recalibrated: bool) -> Action:
    """What drift asks for: recalibrate first, train anew second.

    Features that moved while the outcomes still agree ask for nothing: the page shows them. A feature that is
    missing does: the model cannot be right about what it does not see. `is_recalibrated`: since its training.
    """
    mine = [r for r in rows if r["task"] == task and r["state"] == "act"]
    if any(r["statistic"] == "psi" and r["value"] is None for r in mine):
        return "train"
    if any(r["statistic"] in RECALIBRATABLE for r in mine):
        return "train" if is_recalibrated else "recalibrate"
    return "reuse"


def table(rows: Iterable[Row]) -> pa.Table:
    """The rows as `ml.tables.DRIFT`, in the order of their keys."""
    keys = ("company_id", "task", "statistic", "subject")
    return pa.Table.from_pylist(sorted(rows, key=lambda r: tuple(r[k] for k in keys)), schema=DRIFT)
