"""How likely a document passes 0, 30 and 90 days late, asked directly: the challengers of the hazard.

A band row asks of a state "open at its origin, or at the threshold before: still open at this threshold?";
the probabilities are products along the bands, hence ordered. `Classifier` is LightGBM over the band rows,
`Logistic` a regularised regression on the same columns, `CustomerRate` the shrunk rate of the customer with
an offset by the days left. Each needs only what was visible at its cut-off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit  # type: ignore[import-untyped]

from ml.labels import THRESHOLD_DAYS, late_labels
from ml.lateness.features import BAND_FEATURES, Encoder, band_columns
from ml.lateness.periods import closed_on
from ml.lateness.rates import Rates
from ml.lateness.states import States
from ml.trees import REPEATABLE, lightgbm, raw_score, spread_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
BANDS = len(THRESHOLD_DAYS)

#: A band is learnt from this many rows, and this many of either outcome; else the customer rate serves it.
MIN_ROWS = 200
MIN_OF_EACH = 20
TREES = 150
#: Days left to the threshold: lower edges of the offsets of the customer rate.
DAYS_LEFT_EDGES: tuple[int, ...] = (4, 8, 15, 22, 31, 46, 61, 91)
#: Precision of the normal prior on those offsets: a bin with few rows stays near zero.
OFFSET_PRECISION = 5.0
#: Inverse strengths of the penalty of the logistic regression, on standardised columns: the one that told best the
#: last part of the rows from what was booked before serves.
LOGISTIC_C: tuple[float, ...] = (0.001, 0.003, 0.01, 0.03, 0.1)
LOGISTIC_LATEST = 0.25
LOGISTIC_ROWS = 40_000

PARAMETERS: Mapping[str, Any] = {
    **REPEATABLE,
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 31,
    "min_data_in_leaf": 30,
    "lambda_l2": 20.0,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "max_bin": 127,
    "min_data_per_group": 100,
    "monotone_constraints_method": "intermediate",
}


@dataclass(frozen=True)
class BandRows:
    """n rows: the state's index, the band (0, 1, 2) and whether it stayed open (1) or was paid (0)."""

    index: Ints
    band: Ints
    outcome: Floats

    def __len__(self) -> int:
        return len(self.index)

    def where(self, keep: Bools) -> BandRows:
        return BandRows(self.index[keep], self.band[keep], self.outcome[keep])


def outcomes(states: States, cut_off: Mapping[str, int]) -> Floats:
    """1 paid later than k days after its due date, 0 not, NaN not known at the cut-off or not for the customer
    to pay, or already past at the origin; shape (n, 3)."""
    cut = states.per_company(cut_off)
    closed = closed_on(states, cut)
    out = np.full((len(states), BANDS), np.nan)
    for j, k in enumerate(THRESHOLD_DAYS):
        told = late_labels(states.due, closed, states.is_cash, states.is_lost, cut, k)
        asked = (states.age < k) & (states.entry <= states.due + k) & states.is_trainable
        out[asked, j] = told[asked]
    return out


def band_rows(states: States, index: Ints, cut_off: Mapping[str, int]) -> BandRows:
    """Every band row of the states in `index` whose outcome is visible at the cut-off."""
    part = states.take(index)
    known = outcomes(part, cut_off)
    rows = []
    for j in range(BANDS):
        reached = np.ones(len(part), dtype=bool)
        if j:
            reached = (known[:, j - 1] == 1) | (part.age >= THRESHOLD_DAYS[j - 1])
        chosen = np.flatnonzero(reached & ~np.isnan(known[:, j]))
        rows.append((index[chosen], np.full(len(chosen), j, dtype=np.int64), known[chosen, j]))
    i, b, y = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    order = np.lexsort((b, i))
    return BandRows(i[order], b[order], y[order])


def is_certain(states: States) -> Bools:
    """True where the state already lies at or past the threshold: late for sure, shape (n, 3)."""
    out: Bools = states.age[:, None] >= np.asarray(THRESHOLD_DAYS)
    return out


class Bands(Protocol):
    """What gives the probability of staying open through a band."""

    def stay_open(self, states: States, index: Ints, band: Ints) -> Floats:
        """P(open at the band's threshold | open at the origin or the threshold before); NaN where unknown."""


def late(model: Bands, states: States) -> Floats:
    """P(> 0, 30, 90 days late), shape (n, 3): products along the bands, 1 where already past."""
    everyone = np.arange(len(states), dtype=np.int64)
    certain = is_certain(states)
    out = np.ones((len(states), BANDS))
    reach = np.ones(len(states))
    for j in range(BANDS):
        ask = everyone[~certain[:, j]]
        stay = np.ones(len(states))
        stay[ask] = model.stay_open(states, ask, np.full(len(ask), j, dtype=np.int64))
        reach = reach * stay
        out[:, j] = reach
    return out


@dataclass(frozen=True)
class CustomerRate:
    """The customer's shrunk rate in the band, shifted by the days left to the threshold (log-odds)."""

    rates: Rates
    offset: tuple[tuple[float, ...], ...]

    def log_odds(self, states: States, index: Ints, band: Ints) -> Floats:
        rate = np.clip(self.rates.posterior(states)[index, band], 1e-4, 1 - 1e-4)
        out: Floats = logit(rate) + np.asarray(self.offset)[band, bin_of(states, index, band)]
        return out

    def stay_open(self, states: States, index: Ints, band: Ints) -> Floats:
        return np.asarray(expit(self.log_odds(states, index, band)))


def bin_of(states: States, index: Ints, band: Ints) -> Ints:
    """Bin of the days left to the threshold of the band."""
    left = np.asarray(THRESHOLD_DAYS)[band] - states.age[index]
    out: Ints = np.searchsorted(np.asarray(DAYS_LEFT_EDGES), left, side="right").astype(np.int64)
    return out


def fit_customer_rate(states: States, rows: BandRows, rates: Rates) -> CustomerRate:
    """Offsets that fit the rows best, each under a normal prior about zero."""
    bins = len(DAYS_LEFT_EDGES) + 1
    plain = CustomerRate(rates, ((0.0,) * bins,) * BANDS)
    base = plain.log_odds(states, rows.index, rows.band)
    held = bin_of(states, rows.index, rows.band)
    return CustomerRate(
        rates,
        tuple(
            tuple(
                _offset(base[chosen], rows.outcome[chosen])
                for chosen in ((rows.band == j) & (held == b) for b in range(bins))
            )
            for j in range(BANDS)
        ),
    )


def _offset(base: Floats, outcome: Floats) -> float:
    """The shift of log-odds that fits the outcomes best under the prior, by Newton steps."""
    known = ~np.isnan(base)
    base, outcome = base[known], outcome[known]
    shift = 0.0
    for _ in range(25):
        p = expit(base + shift)
        step = (float(np.sum(outcome - p)) - OFFSET_PRECISION * shift) / (
            float(np.sum(p * (1 - p))) + OFFSET_PRECISION
        )
        shift += float(np.clip(step, -1.0, 1.0))
        if abs(step) < 1e-9:
            break
    return round(shift, 6)


@dataclass(frozen=True)
class Classifier:
    """Trees over the band rows; a band too thin to learn is served by the customer rate."""

    text: str
    encoder: Encoder
    rate: CustomerRate
    learnt: tuple[bool, ...]

    def raw(self, states: States, index: Ints, band: Ints) -> Floats:
        """Log-odds of staying open."""
        matrix = self.matrix(states, index, band)
        return raw_score(self.text, matrix)

    def matrix(self, states: States, index: Ints, band: Ints) -> Floats:
        """The columns of the rows, as the trees know them."""
        return band_columns(self.encoder, states, self.encoder.columns(states), index, band)

    def stay_open(self, states: States, index: Ints, band: Ints) -> Floats:
        p = self.rate.stay_open(states, index, band)
        learnt = np.asarray(self.learnt)[band]
        if learnt.any():
            raw = self.raw(states, index[learnt], band[learnt])
            p[learnt] = expit(raw)
        return p


def learnable(rows: BandRows) -> tuple[bool, ...]:
    """Which bands have enough rows of either outcome."""
    told = []
    for j in range(BANDS):
        outcome = rows.outcome[rows.band == j]
        stayed = float(outcome.sum())
        told.append(len(outcome) >= MIN_ROWS and min(stayed, len(outcome) - stayed) >= MIN_OF_EACH)
    return tuple(told)


def fit_classifier(
    states: States, rows: BandRows, encoder: Encoder, rate: CustomerRate, seed: int, max_rows: int
) -> Classifier | None:
    """Trees learnt from at most about `max_rows` of the rows; None where no band can be learnt."""
    learnt = learnable(rows)
    if not learnt[0]:
        return None
    rows = rows.where(np.asarray(learnt)[rows.band])
    rows = _drawn(rows, max_rows)
    lgb = lightgbm()
    columns = encoder.columns(states)
    features = (*encoder.features(), *BAND_FEATURES)
    data = lgb.Dataset(
        band_columns(encoder, states, columns, rows.index, rows.band),
        label=rows.outcome,
        feature_name=[f.name for f in features],
        categorical_feature=[f.name for f in features if f.unit == "category"],
        free_raw_data=True,
    )
    parameters = {**PARAMETERS, "seed": seed, "monotone_constraints": [f.monotone for f in features]}
    booster = lgb.train(parameters, data, num_boost_round=TREES)
    return Classifier(booster.model_to_string(), encoder, rate, learnt)


def _drawn(rows: BandRows, most: int) -> BandRows:
    """At most about `most` of the rows, by the hash of their place: the same ones every time."""
    if len(rows) <= most:
        return rows
    return rows.where(spread_of(len(rows)) < most / len(rows))


@dataclass(frozen=True)
class Logistic:
    """A regularised logistic regression per band on standardised columns.

    `centre`, `scale`, per column of `transformed`; `weights[band]`: intercept first. Unknown values stand at
    the centre.
    """

    encoder: Encoder
    rate: CustomerRate
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[tuple[float, ...] | None, ...]

    def log_odds(self, states: States, index: Ints, band: Ints) -> Floats:
        z = self.standardised(states, index, band)
        out = self.rate.log_odds(states, index, band)
        for j, weights in enumerate(self.weights):
            chosen = band == j
            if weights is not None:
                out[chosen] = weights[0] + z[chosen] @ np.asarray(weights[1:])
        return out

    def standardised(self, states: States, index: Ints, band: Ints) -> Floats:
        """Columns in the units of the weights, 0 where unknown."""
        x = transformed(self.encoder, states, index, band)
        z: Floats = np.nan_to_num((x - np.asarray(self.centre)) / np.asarray(self.scale), nan=0.0)
        return np.clip(z, -5.0, 5.0)

    def stay_open(self, states: States, index: Ints, band: Ints) -> Floats:
        return np.asarray(expit(self.log_odds(states, index, band)))


def transformed(encoder: Encoder, states: States, index: Ints, band: Ints) -> Floats:
    """The columns of a regression: amounts, counts and days on a log scale, shares on the log-odds scale,
    categories left out."""
    matrix = band_columns(encoder, states, encoder.columns(states), index, band)
    features = (*encoder.features(), *BAND_FEATURES)
    columns = []
    for i, feature in enumerate(features):
        x = matrix[:, i]
        if feature.unit in ("category", "band", "month"):
            continue
        if feature.unit in ("money", "count", "ratio", "months"):
            x = np.sign(x) * np.log1p(np.abs(x))
        elif feature.unit == "days":
            x = np.sign(x) * np.log1p(np.abs(x) / 5)
        elif feature.unit == "share":
            x = logit(np.clip(x, 0.01, 0.99))
        columns.append(x)
    return np.column_stack(columns)


def logistic_features(encoder: Encoder) -> tuple[str, ...]:
    """Names of the columns of `transformed`."""
    features = (*encoder.features(), *BAND_FEATURES)
    return tuple(f.name for f in features if f.unit not in ("category", "band", "month"))


def fit_logistic(states: States, rows: BandRows, encoder: Encoder, rate: CustomerRate) -> Logistic | None:
    """Weights per band from `rows`; None where not even the first band can be learnt."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    learnt = learnable(rows)
    if not learnt[0]:
        return None
    rows = _drawn(rows, LOGISTIC_ROWS)
    x = transformed(encoder, states, rows.index, rows.band)
    known = ~np.isnan(x)
    count = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, x, 0.0).sum(axis=0) / count
    spread = np.sqrt(np.where(known, (x - centre) ** 2, 0.0).sum(axis=0) / count)
    scale = np.where(spread > 1e-9, spread, 1.0)
    centre, scale = np.round(centre, 9), np.round(scale, 9)
    z = np.clip(np.nan_to_num((x - centre) / scale, nan=0.0), -5.0, 5.0)
    weights: list[tuple[float, ...] | None] = []
    for j in range(BANDS):
        chosen = rows.band == j
        if not learnt[j]:
            weights.append(None)
            continue
        # One thread: sums in another order would end in other weights.
        with threadpool_limits(1):
            c = _penalty(z[chosen], rows.outcome[chosen], states.origin[rows.index[chosen]])
            model = LogisticRegression(C=c, max_iter=500, tol=1e-6).fit(z[chosen], rows.outcome[chosen])
        found = [float(model.intercept_[0]), *model.coef_[0].tolist()]
        weights.append(tuple(round(w, 6) for w in found))
    return Logistic(encoder, rate, tuple(centre.tolist()), tuple(scale.tolist()), tuple(weights))


def _penalty(z: Floats, outcome: Floats, origin: Ints) -> float:
    """The inverse strength whose weights, learnt from the earlier rows, give the latest ones the least log-loss."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss

    earlier = origin < np.quantile(origin, 1 - LOGISTIC_LATEST)
    if min(len(set(outcome[earlier].tolist())), len(set(outcome[~earlier].tolist()))) < 2:
        return LOGISTIC_C[len(LOGISTIC_C) // 2]
    loss = []
    for c in LOGISTIC_C:
        model = LogisticRegression(C=c, max_iter=500, tol=1e-6).fit(z[earlier], outcome[earlier])
        # Rounded: what differs by less is equal, and of equals the simpler serves.
        loss.append(round(log_loss(outcome[~earlier], model.predict_proba(z[~earlier])[:, 1]), 6))
    return LOGISTIC_C[int(np.argmin(loss))]
