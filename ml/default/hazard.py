"""The chance of default by quarter: one index of the customer, one intercept per quarter ahead.

A customer-month gives a row per quarter of the year ahead that its customer entered undefaulted and whose end
was known: the latest months, whose year is not over, teach the quarters that are. P(default in a quarter) is
logistic in intercept + index, so the index alone ranks customers, and its parts explain the score exactly.
The index is linear (ridge, signs bounded by the features' directions), the trees of LightGBM (monotone), or the sum of
both. Each form is weighted by how it comes true among customers it has not seen: a fit that is held back, as both are,
tells too little difference between them, and how much too little follows from the ledger's size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, logit  # type: ignore[import-untyped]

from ml.default.calibrate import OVERLAP, level_shift
from ml.default.design import Design, fit_design
from ml.default.months import Bools, CustomerMonths, Floats, Ints
from ml.trees import REPEATABLE, lightgbm, load_booster

#: First and last day ahead of each quarter.
QUARTERS: tuple[tuple[int, int], ...] = ((1, 91), (92, 182), (183, 273), (274, 365))
#: Rows without default beyond this many are sampled, and the sampling undone.
MAX_ROWS_WITHOUT_DEFAULT = 150_000
#: Precision of the normal prior on each standardised coefficient. A default is seen from up to twelve month ends,
#: so twelve rows are worth one: 300 is a prior of 25 independent ones.
RIDGE = 300.0
#: Parts of the customers, each told by a fit on the others.
FOLDS = 3
#: Precision of the prior on the forms' weights, which are alike and sum to 1: a standard deviation of 0.2.
WEIGHT_PRECISION = 25.0
TREES = 60
PARAMETERS: Mapping[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 7,
    "min_data_in_leaf": 200,
    "lambda_l2": 50.0,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "max_bin": 63,
    "monotone_constraints_method": "intermediate",
    "boost_from_average": False,
    **REPEATABLE,
}


@dataclass(frozen=True)
class QuarterRows:
    """Person-period rows: the customer-month's position, the quarter (0 to 3), whether it defaulted in it.

    `kept_share`: share of the rows without default that were kept.
    """

    index: Ints
    quarter: Ints
    outcome: Floats
    kept_share: float

    def __len__(self) -> int:
        return len(self.index)

    def take(self, which: Bools) -> QuarterRows:
        """Those rows."""
        return QuarterRows(self.index[which], self.quarter[which], self.outcome[which], self.kept_share)


def quarter_rows(months: CustomerMonths, at: Mapping[str, int], seed: int) -> QuarterRows:
    """Rows whose quarter had ended on the company's day number `at`, those in default at the month end left out."""
    cut = np.array([at[c] for c in months.company], dtype=np.int64)
    with np.errstate(invalid="ignore"):
        lag = months.next_default - months.origin
        known = np.where(months.next_default <= cut, lag, np.inf)
    parts = []
    for quarter, (first, last) in enumerate(QUARTERS):
        entered = ~months.is_in_default & (months.origin + last <= cut) & ~(known < first)
        index = np.flatnonzero(entered)
        parts.append((index, np.full(len(index), quarter), (known[index] <= last).astype(np.float64)))
    index, number, outcome = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    without = outcome == 0
    share = min(1.0, MAX_ROWS_WITHOUT_DEFAULT / max(int(without.sum()), 1))
    if share < 1:
        drawn = np.random.Generator(np.random.PCG64(seed)).random(len(index))
        keep = ~without | (drawn < share)
        index, number, outcome = index[keep], number[keep], outcome[keep]
    return QuarterRows(index.astype(np.int64), number.astype(np.int64), outcome, share)


@dataclass(frozen=True)
class Hazard:
    """A fitted hazard. `intercepts`: log-odds of each quarter at index 0, the sampling undone.

    Linear: `coefficients` per column, `text` None. Trees: `text` is LightGBM's, coefficients are empty. Their sum has
    both. `weights`: of either form in the index.
    """

    design: Design
    intercepts: tuple[float, ...]
    coefficients: tuple[float, ...] = ()
    text: str | None = None
    weights: tuple[float, float] = (1.0, 1.0)

    def index(self, months: CustomerMonths) -> Floats:
        """The customer's index: log-odds over an average customer-month of training (linear), or the trees' sum."""
        raw = self.design.raw(months)
        out = np.zeros(len(raw))
        if self.coefficients:
            out += self.weights[0] * (self.design.standard(raw) @ np.asarray(self.coefficients))
        if self.text is not None and len(raw):
            out += self.weights[1] * _predict(self.text, raw, False)[:, 0]
        return out

    def contributions(self, months: CustomerMonths) -> Floats:
        """Parts of the index, shape (n, used features + 1), the constant last; rows sum to `index`."""
        raw = self.design.raw(months)
        parts, constant = np.zeros(raw.shape), np.zeros((len(raw), 1))
        if self.coefficients:
            parts += self.design.standard(raw) * (self.weights[0] * np.asarray(self.coefficients))
        if self.text is not None and len(raw):
            told = self.weights[1] * _predict(self.text, raw, True)
            parts, constant = parts + told[:, :-1], told[:, -1:]
        out = np.zeros((len(raw), len(self.design.used)))
        for column, feature in enumerate(self.design.owner().tolist()):
            out[:, feature] += parts[:, column]
        return np.hstack([out, constant])

    def quarters(self, index: Floats) -> Floats:
        """P(default in the quarter | none before), shape (n, 4)."""
        out: Floats = expit(np.asarray(self.intercepts)[None, :] + index[:, None])
        return out

    def log_odds(self, index: Floats) -> Floats:
        """Log-odds of default within twelve months; they rise with the index."""
        return to_log_odds(self.quarters(index))


def to_log_odds(quarters: Floats) -> Floats:
    """Log-odds of a default in any of the quarters, from the chance of each, shape (n, 4)."""
    survived = np.log1p(-np.clip(quarters, 0, 1 - 1e-12)).sum(axis=1)
    out: Floats = np.log(-np.expm1(survived)) - survived
    return out


def anchored(hazard: Hazard, months: CustomerMonths, rows: QuarterRows, since: Ints) -> Hazard:
    """The same hazard at the level of what it should have announced of late.

    `since`: per customer-month, the day number after which a quarter has to have ended to count.
    """
    last = np.array([last for _, last in QUARTERS])[rows.quarter]
    late = months.origin[rows.index] + last > since[rows.index]
    at, quarter = rows.index[late], rows.quarter[late]
    used, position = np.unique(at, return_inverse=True)
    sampled = np.asarray(hazard.intercepts) - np.log(rows.kept_share)
    told = hazard.index(months.take(used))[position] + sampled[quarter]
    shift = level_shift(told, rows.outcome[late])
    return replace(hazard, intercepts=tuple(round(v + shift, 6) for v in hazard.intercepts))


def fit_linear(months: CustomerMonths, rows: QuarterRows, features: str) -> Hazard:
    """Ridge logistic hazard whose coefficients may not contradict the features' directions."""
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    design, x = _prepared(months, rows, features)
    x = design.standard(x)
    at, outcome, quarter = _positions(rows), rows.outcome, rows.quarter
    width, periods = x.shape[1], len(QUARTERS)

    def cost(point: Floats) -> tuple[float, Floats]:
        score = (x @ point[:width])[at] + point[width:][quarter]
        gap = expit(score) - outcome
        loss = float(np.sum(np.logaddexp(0.0, score) - outcome * score))
        slope = x.T @ np.bincount(at, gap, len(x)) + RIDGE * point[:width]
        level = np.bincount(quarter, gap, periods)
        return loss + RIDGE / 2 * float(point[:width] @ point[:width]), np.concatenate([slope, level])

    bounds = [{1: (0.0, None), -1: (None, 0.0), 0: (None, None)}[m] for m in design.monotone]
    start = np.concatenate([np.zeros(width), _levels(rows)])
    found = minimize(
        cost, start, jac=True, method="L-BFGS-B", bounds=[*bounds, *[(-12.0, 6.0)] * periods],
        options={"maxiter": 500, "ftol": 1e-12},
    ).x  # fmt: skip
    return Hazard(
        design,
        _undone(found[width:], rows.kept_share),
        tuple(round(float(v), 6) for v in found[:width]),
    )


def fit_trees(months: CustomerMonths, rows: QuarterRows, features: str, seed: int) -> Hazard:
    """Monotone trees over the quarters' own levels, which are their starting score."""
    lgb = lightgbm()
    design, x = _prepared(months, rows, features)
    at = _positions(rows)
    levels = _levels(rows)
    parameters = {**PARAMETERS, "seed": seed, "monotone_constraints": list(design.monotone)}
    data = lgb.Dataset(
        x[at], label=rows.outcome, init_score=levels[rows.quarter], feature_name=_column_names(design)
    )
    booster = lgb.train(parameters, data, num_boost_round=TREES)
    return Hazard(design, _undone(levels, rows.kept_share), (), booster.model_to_string())


@dataclass(frozen=True)
class Part:
    """One form of hazard on the rows. `told`: each row's index by a fit that had not seen its customer, shape (n,)."""

    hazard: Hazard
    told: Floats


def fit_part(months: CustomerMonths, rows: QuarterRows, form: str, features: str, seed: int) -> Part:
    """A form (`linear` or `trees`) fitted on all rows, and on all but a part of the customers for each part."""

    def fit(some: QuarterRows) -> Hazard:
        if form == "linear":
            return fit_linear(months, some, features)
        return fit_trees(months, some, features, seed)

    hazard, told = fit(rows), np.zeros(len(rows))
    # By name: a customer stays in its part whoever comes and goes.
    part = pd.util.hash_array(months.customer[rows.index]) % FOLDS
    for number in np.unique(part):
        held = part == number
        # So few customers that one part holds them all: nothing else can tell of them.
        unseeing = hazard if held.all() else fit(rows.take(~held))
        used, position = np.unique(rows.index[held], return_inverse=True)
        told[held] = unseeing.index(months.take(used))[position]
    return Part(hazard, told)


def weighed(parts: Sequence[Part], rows: QuarterRows) -> Hazard:
    """The sum of one or both forms, each with the weight by which it comes true where it had not seen the customer.

    Maximum a posteriori: weights not below 0, pulled towards a plain mean; a default counts once.
    """
    from scipy.optimize import minimize

    x = np.column_stack([part.told for part in parts])
    quarter, outcome, width, periods = rows.quarter, rows.outcome, len(parts), len(QUARTERS)
    plain = np.full(width, 1 / width)

    def cost(point: Floats) -> tuple[float, Floats]:
        score = x @ point[:width] + point[width:][quarter]
        gap = (expit(score) - outcome) / OVERLAP
        away = point[:width] - plain
        loss = float(np.sum(np.logaddexp(0.0, score) - outcome * score)) / OVERLAP
        slope = np.concatenate([x.T @ gap + WEIGHT_PRECISION * away, np.bincount(quarter, gap, periods)])
        return loss + WEIGHT_PRECISION / 2 * float(away @ away), slope

    found = minimize(
        cost, np.concatenate([plain, _levels(rows)]), jac=True, method="L-BFGS-B",
        bounds=[(0.0, None)] * width + [(-12.0, 6.0)] * periods, options={"maxiter": 500, "ftol": 1e-12},
    ).x  # fmt: skip
    hazard = Hazard(parts[0].hazard.design, _undone(found[width:], rows.kept_share))
    for part, weight in zip(parts, found[:width].round(6).tolist(), strict=True):
        if part.hazard.text is None:
            both = (weight, hazard.weights[1])
            hazard = replace(hazard, coefficients=part.hazard.coefficients, weights=both)
        else:
            hazard = replace(hazard, text=part.hazard.text, weights=(hazard.weights[0], weight))
    return hazard


def _prepared(months: CustomerMonths, rows: QuarterRows, features: str) -> tuple[Design, Floats]:
    """The design fitted on the customer-months of the rows, and their raw columns."""
    used = months.take(np.unique(rows.index))
    design = fit_design(used, features)
    return design, design.raw(used)


def _positions(rows: QuarterRows) -> Ints:
    """Where each row's customer-month lies among the used ones."""
    found: Ints = np.unique(rows.index, return_inverse=True)[1].astype(np.int64)
    return found


def _levels(rows: QuarterRows) -> Floats:
    """Log-odds of default in each quarter, one half of either outcome added; what is never seen as the rest."""
    periods = len(QUARTERS)
    events = np.bincount(rows.quarter, rows.outcome, periods)
    count = np.bincount(rows.quarter, minlength=periods)
    rate = (events + 0.5) / (count + 1)
    seen = count > 0
    overall = float((events.sum() + 0.5) / (count.sum() + 1))
    out: Floats = logit(np.where(seen, rate, overall))
    return out


def _undone(levels: Floats, kept_share: float) -> tuple[float, ...]:
    """Sampling the rows without default raises all log-odds by −log(share): taken off again."""
    return tuple(round(float(v + np.log(kept_share)), 6) for v in levels)


def _column_names(design: Design) -> list[str]:
    """Names LightGBM takes: letters, digits and underscores, in the order of the columns."""
    return [f"{feature.name}_{i}" for i, (feature, _) in enumerate(design.columns)]


def _predict(text: str, raw: Floats, is_parts: bool) -> npt.NDArray[np.float64]:
    booster = load_booster(text)
    told = booster.predict(raw, raw_score=not is_parts, pred_contrib=is_parts, num_threads=1)
    out: Floats = np.asarray(told, dtype=np.float64)
    return out if is_parts else out[:, None]
