"""Model and baseline on the same held-out months, with the uncertainty of the gain.

All metrics take case weights, because the interval of a gain is a bootstrap over customers: the
invoices of one customer are twins, resampling them one by one would make any gain look certain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import beta  # type: ignore[import-untyped]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Objects = npt.NDArray[np.object_]

#: Replicates of the bootstrap, and the share of them inside the published interval.
REPLICATES = 200
INTERVAL = 0.90
ECE_BINS = 10
_CLIP = 1e-6
_BLOCK_CELLS = 2_000_000

Metric = Callable[[Floats, Floats, Floats], Floats]


def _tie_sums(score: Floats, *columns: Floats) -> list[Floats]:
    """Columns of shape (replicates, n) summed over equal scores, highest score first."""
    order = np.argsort(-score, kind="stable")
    ordered = score[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    return [np.add.reduceat(c[:, order], starts, axis=1) for c in columns]


def _quotient(part: Floats, whole: Floats) -> Floats:
    """part / whole, NaN where whole is zero."""
    out = np.full(len(whole), np.nan)
    np.divide(part, whole, out=out, where=whole > 0)
    return out


def auc(y: Floats, p: Floats, w: Floats) -> Floats:
    """Probability that a positive outranks a negative, ties half; NaN with one class only."""
    positive, negative = _tie_sums(p, w * y, w * (1 - y))
    total = positive.sum(axis=1) * negative.sum(axis=1)
    below = negative.sum(axis=1, keepdims=True) - np.cumsum(negative, axis=1)
    won = np.sum(positive * (below + negative / 2), axis=1)
    return _quotient(won, total)


def average_precision(y: Floats, p: Floats, w: Floats) -> Floats:
    """Mean precision over the positives, ties taken together; NaN without a positive."""
    positive, everyone = _tie_sums(p, w * y, w)
    total = positive.sum(axis=1)
    precision = np.cumsum(positive, axis=1) / np.maximum(np.cumsum(everyone, axis=1), 1e-300)
    return _quotient(np.sum(precision * positive, axis=1), total)


def brier(y: Floats, p: Floats, w: Floats) -> Floats:
    """Mean squared error of the probability."""
    return np.asarray((w @ (y - p) ** 2) / w.sum(axis=1))


def log_loss(y: Floats, p: Floats, w: Floats) -> Floats:
    """Mean negative log-likelihood, probabilities kept within 1e-6 of 0 and 1."""
    q = np.clip(p, _CLIP, 1 - _CLIP)
    return np.asarray(-(w @ (y * np.log(q) + (1 - y) * np.log(1 - q))) / w.sum(axis=1))


def like_scores(p: Floats) -> list[Ints]:
    """Positions of the cases in up to ten groups of about equal count, the lowest scores first.

    Equal scores are never parted: which of them came first would tell them apart by nothing but their order.
    """
    edges = np.quantile(p, np.arange(1, ECE_BINS) / ECE_BINS, method="inverted_cdf")
    group = np.searchsorted(edges, p, side="left")
    found = (np.flatnonzero(group == k).astype(np.int64) for k in range(ECE_BINS))
    return [part for part in found if len(part)]


def ece(y: Floats, p: Floats, w: Floats) -> Floats:
    """Expected calibration error: mean gap of predicted and observed share over `like_scores`."""
    gap = np.zeros(len(w))
    for part in like_scores(p):
        gap += np.abs(w[:, part] @ (y[part] - p[part]))
    return np.asarray(gap / w.sum(axis=1))


#: Name → (function of outcomes (n,), probabilities (n,), weights (replicates, n) → (replicates,),
#: is a higher value better).
METRICS: Mapping[str, tuple[Metric, bool]] = {
    "log_loss": (log_loss, False),
    "brier": (brier, False),
    "auc": (auc, True),
    "average_precision": (average_precision, True),
    "ece": (ece, False),
}


@dataclass(frozen=True)
class Comparison:
    """One metric of a model beside its baseline; `gain` is positive where the model is better."""

    metric: str
    value: float
    baseline_value: float
    gain: float
    gain_low: float
    gain_high: float
    n: int
    positives: int


def customer_weights(customers: Objects, seed: int, replicates: int = REPLICATES) -> Iterator[Floats]:
    """Bootstrap weights in blocks of shape (some replicates, n): how often each case's customer is drawn."""
    _, code = np.unique(customers.astype(str), return_inverse=True)
    clusters = int(code.max()) + 1
    generator = np.random.Generator(np.random.PCG64(seed))
    draws = generator.multinomial(clusters, np.full(clusters, 1 / clusters), size=replicates)
    step = max(1, _BLOCK_CELLS // len(code))
    for start in range(0, replicates, step):
        yield draws[start : start + step, code].astype(np.float64)


def compare(y: Floats, p: Floats, q: Floats, customers: Objects, seed: int) -> list[Comparison]:
    """Every metric of `p` (model) and `q` (baseline) on outcomes `y`, all of shape (n,), n ≥ 1."""
    one = np.ones((1, len(y)))
    gains: dict[str, list[Floats]] = {name: [] for name in METRICS}
    for weights in customer_weights(customers, seed):
        for name, (function, is_higher_better) in METRICS.items():
            difference = function(y, p, weights) - function(y, q, weights)
            gains[name].append(difference if is_higher_better else -difference)
    tail = (1 - INTERVAL) / 2 * 100
    found = []
    for name, (function, is_higher_better) in METRICS.items():
        sign = 1.0 if is_higher_better else -1.0
        value, other = float(function(y, p, one)[0]), float(function(y, q, one)[0])
        drawn = np.concatenate(gains[name])
        drawn = drawn[np.isfinite(drawn)]
        low, high = np.percentile(drawn, [tail, 100 - tail]) if len(drawn) else (float("nan"), float("nan"))
        found.append(
            Comparison(
                name, value, other, sign * (value - other), float(low), float(high), len(y), int(y.sum())
            )
        )
    return found


@dataclass(frozen=True)
class Group:
    """Cases of like scores: what was predicted for them and what happened."""

    predicted: float
    observed: float
    n: int


def reliability(y: Floats, p: Floats) -> list[Group]:
    """The groups of `like_scores`."""
    return [Group(float(p[part].mean()), float(y[part].mean()), len(part)) for part in like_scores(p)]


def jeffreys(positives: float, n: float) -> tuple[float, float]:
    """The 90 % interval of a share seen `positives` times in `n`: Beta(½, ½) prior; 0 and 1 where none and all."""
    tail = (1 - INTERVAL) / 2
    low = 0.0 if positives <= 0 else float(beta.ppf(tail, positives + 0.5, n - positives + 0.5))
    high = 1.0 if positives >= n else float(beta.ppf(1 - tail, positives + 0.5, n - positives + 0.5))
    return low, high
