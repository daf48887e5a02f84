"""When open documents are paid: a discrete-time hazard over the periods about the due date.

`Hazard` is one LightGBM over all periods: "open at the start of the period: paid within it?". `Habit` is its
stand-in where there is too little to learn from: the customer's own latest delays, shrunk to all customers'.
Either gives the share still open at the end of every period; within a period the fall follows the
customer's usual days of payment. Later, `anchored` bends a curve so that it passes through the
probabilities that are served.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ml.curves import HORIZON_DAYS, Curves
from ml.labels import THRESHOLD_DAYS
from ml.lateness.features import PERIOD_FEATURES, Encoder, period_columns, weights_by_day
from ml.lateness.periods import ENDS, STARTS, Rows, grid
from ml.lateness.states import States
from ml.trees import REPEATABLE, lightgbm, raw_score, spread_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MIN_PAID_ROWS = 300
#: Share of paid rows where rows have to be drawn.
PAID_SHARE = 0.3
#: Documents of all customers mixed into each customer's own hazard.
HABIT_STRENGTH = 4.0
#: Later than the longest span looked at day by day, days of payment no longer matter.
DETAILED_DAYS = 35
#: The last period never ends wholly paid: what no row has shown is not certain.
FLOOR = 1e-5

PARAMETERS: Mapping[str, Any] = {
    **REPEATABLE,
    "objective": "binary",
    "learning_rate": 0.06,
    "num_leaves": 63,
    "min_data_in_leaf": 60,
    "lambda_l2": 5.0,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "max_bin": 63,
    "min_data_per_group": 100,
    "monotone_constraints_method": "intermediate",
}
TREES = 150


class Shape(Protocol):
    """What tells how payments spread over the periods."""

    def paid_in_period(self, states: States, position: Ints, period: Ints, start: Ints, end: Ints) -> Floats:
        """P(paid in (start, end] | open after `start`) of rows (state, period)."""


@dataclass(frozen=True)
class Habit:
    """`portfolio[period]`: all customers' share paid in the period of what was open at its start."""

    portfolio: tuple[float, ...]

    def paid_in_period(self, states: States, position: Ints, period: Ints, start: Ints, end: Ints) -> Floats:
        recent = states.delays[position]
        later = (recent > start[:, None]).sum(axis=1)
        paid = later - (recent > end[:, None]).sum(axis=1)
        share: Floats = (paid + HABIT_STRENGTH * self.base(period, start, end)) / (later + HABIT_STRENGTH)
        return share

    def base(self, period: Ints, start: Ints, end: Ints) -> Floats:
        """All customers' share paid in the part (start, end] of a period."""
        whole = np.minimum(ENDS - STARTS, 365)[period]
        part = np.minimum(end - start, 365) / whole
        out: Floats = 1 - (1 - np.asarray(self.portfolio)[period]) ** part
        return out


@dataclass(frozen=True)
class Hazard:
    """Trees over the period rows."""

    text: str
    encoder: Encoder
    habit: Habit

    def paid_in_period(self, states: States, position: Ints, period: Ints, start: Ints, end: Ints) -> Floats:
        out: Floats = 1 / (1 + np.exp(-self.log_odds(states, position, period, start, end)))
        return out

    def log_odds(self, states: States, position: Ints, period: Ints, start: Ints, end: Ints) -> Floats:
        """Log-odds of being paid in the row."""
        matrix = self.matrix(states, position, period, start, end)
        return raw_score(self.text, matrix)

    def matrix(self, states: States, position: Ints, period: Ints, start: Ints, end: Ints) -> Floats:
        """The columns of the rows, as the trees know them."""
        columns = self.encoder.columns(states)
        base = self.habit.base(period, start, end)
        return period_columns(self.encoder, states, columns, position, start, end, base)


def fit_habit(rows: Rows) -> Habit:
    """All customers' hazards from the rows visible at a cut-off, smoothed by one document."""
    size = len(ENDS)
    # A row that begins within its period saw only part of it: it counts for that part.
    whole = np.minimum(ENDS - STARTS, 365)[rows.period]
    weight = np.minimum(rows.end - rows.start, whole) / whole
    seen = np.bincount(rows.period, weights=weight, minlength=size)
    paid = np.bincount(rows.period, weights=rows.paid, minlength=size)
    everything = float(rows.paid.sum() / max(weight.sum(), 1.0))
    return Habit(tuple(np.round(np.clip((paid + everything) / (seen + 1), 0.0, 0.999), 6).tolist()))


def fit_hazard(
    states: States, rows: Rows, encoder: Encoder, habit: Habit, seed: int, max_rows: int
) -> Hazard | None:
    """Trees learnt from the rows; None where too few were paid."""
    if rows.paid.sum() < MIN_PAID_ROWS:
        return None
    rows, weight = _drawn(rows, max_rows)
    lgb = lightgbm()
    columns = encoder.columns(states)
    base = habit.base(rows.period, rows.start, rows.end)
    features = (*encoder.features(), *PERIOD_FEATURES)
    data = lgb.Dataset(
        period_columns(encoder, states, columns, rows.index, rows.start, rows.end, base),
        label=rows.paid,
        weight=weight,
        feature_name=[f.name for f in features],
        categorical_feature=[f.name for f in features if f.unit == "category"],
        free_raw_data=True,
    )
    # The trees speak of being paid, the directions of lateness.
    parameters = {**PARAMETERS, "seed": seed, "monotone_constraints": [-f.monotone for f in features]}
    booster = lgb.train(parameters, data, num_boost_round=TREES)
    return Hazard(booster.model_to_string(), encoder, habit)


def _drawn(rows: Rows, max_rows: int) -> tuple[Rows, Floats]:
    """At most about `max_rows` rows, each standing for those left out: as many of them paid as `PAID_SHARE`, and of
    the others, half evenly and half as often as their period sees payments: there the curves turn."""
    if len(rows) <= max_rows:
        return rows, np.ones(len(rows))
    is_paid = rows.paid > 0
    paid, others = int(is_paid.sum()), int((~is_paid).sum())
    of_paid = min(1.0, PAID_SHARE * max_rows / paid)
    left = max_rows - of_paid * paid
    seen = np.bincount(rows.period[is_paid], minlength=len(ENDS)) + 1.0
    waiting = np.maximum(np.bincount(rows.period[~is_paid], minlength=len(ENDS)), 1)
    of_others = np.minimum(left * (0.5 * seen / seen.sum() / waiting + 0.5 / others), 1.0)
    share = np.where(is_paid, of_paid, of_others[rows.period])
    keep = spread_of(len(rows)) < share
    weight = 1 / share[keep]
    # About 1 each: what holds a tree back is measured in rows.
    return rows.where(keep), weight / weight.mean()


def survival_by_period(shape: Shape, states: States) -> tuple[Ints, Ints, Floats]:
    """Rows (position, period) of every period ahead of each state, and P(still open) after each."""
    position, period = grid(states.age)
    start = np.maximum(STARTS[period], states.age[position])
    end = ENDS[period]
    paid = np.clip(shape.paid_in_period(states, position, period, start, end), FLOOR, 1 - FLOOR)
    # Documents booked long before their due date fall in the first period, which has no start of its own.
    first = np.flatnonzero(np.r_[True, position[1:] != position[:-1]]) if len(position) else np.empty(0, int)
    fall = np.cumsum(np.log1p(-paid))
    before = np.zeros(len(position))
    if len(first):
        offset = np.r_[0.0, fall][first]
        before = np.repeat(offset, np.diff(np.r_[first, len(position)]))
    return position, period, np.asarray(np.exp(fall - before))


def draw(shape: Shape, encoder: Encoder, states: States) -> Curves:
    """Payment curves by day from the origin. Within a period the fall follows the usual days of payment."""
    n = len(states)
    survival = np.ones((n, HORIZON_DAYS + 1))
    if not n:
        return Curves(states.origin, states.due, survival)
    position, period, after = survival_by_period(shape, states)
    row = np.arange(n)[:, None]
    day = np.arange(1, HORIZON_DAYS + 1)
    since_due = states.age[:, None] + day
    held = np.minimum(np.searchsorted(ENDS, since_due.ravel(), side="left"), len(ENDS) - 1).reshape(n, -1)
    table = np.ones((n, len(ENDS) + 1))
    table[position, period + 1] = after
    low, high = table[row, held], table[row, held + 1]
    each = np.repeat(np.arange(n), HORIZON_DAYS)
    usual = weights_by_day(encoder.profiles(states), each, (states.origin[:, None] + day).ravel())
    weight = np.maximum(usual, 1e-3).reshape(n, -1)
    weight[since_due > DETAILED_DAYS] = 1.0
    total = np.cumsum(weight, axis=1)
    # The weight passed before the period's first day ahead, and up to its last.
    begins = np.maximum(np.maximum(STARTS[held], states.age[:, None]) - states.age[:, None], 0)
    ends = np.clip(ENDS[held] - states.age[:, None], 1, HORIZON_DAYS)
    padded = np.hstack([np.zeros((n, 1)), total])
    first, last = padded[row, np.minimum(begins, HORIZON_DAYS)], padded[row, ends]
    part = (total - first) / np.maximum(last - first, 1e-12)
    survival[:, 1:] = low - (low - high) * np.clip(part, 0.0, 1.0)
    beyond = since_due > ENDS[-1]
    survival[:, 1:][beyond] = np.broadcast_to(table[:, -1:], beyond.shape)[beyond]
    return Curves(states.origin, states.due, np.minimum.accumulate(survival, axis=1))


def anchored(curves: Curves, late: Floats) -> Curves:
    """The curve bent to pass through `late`, P(> 0, 30, 90 days late), shape (n, 3), keeping its form between.

    A column of NaN, or a threshold already passed, bends nothing.
    """
    n = len(curves)
    day = np.arange(HORIZON_DAYS + 1)
    survival = curves.survival
    edges = [np.zeros(n, dtype=np.int64)]
    values = [np.ones(n)]
    for j, threshold in enumerate(THRESHOLD_DAYS):
        at = np.clip(curves.due + threshold - curves.origin, 0, HORIZON_DAYS)
        own = survival[np.arange(n), at]
        asked = np.where(np.isnan(late[:, j]) | (at == 0), np.nan, late[:, j])
        # What is not asked follows the curve from the last value asked.
        follow = values[-1] * _ratio(own, survival[np.arange(n), edges[-1]])
        edges.append(at)
        values.append(np.minimum(np.where(np.isnan(asked), follow, asked), values[-1]))
    out = survival.copy()
    for low, high, begin, finish in zip(edges[:-1], edges[1:], values[:-1], values[1:], strict=True):
        a, b = survival[np.arange(n), low], survival[np.arange(n), high]
        inside = (day > low[:, None]) & (day <= high[:, None])
        fall = np.where(
            (a - b)[:, None] > 1e-9, (a[:, None] - survival) / np.maximum(a - b, 1e-9)[:, None], np.nan
        )
        even = (day - low[:, None]) / np.maximum(high - low, 1)[:, None]
        share = np.where(np.isnan(fall), even, fall)
        out = np.where(inside, begin[:, None] - (begin - finish)[:, None] * np.clip(share, 0.0, 1.0), out)
    tail = day > edges[-1][:, None]
    last = survival[np.arange(n), edges[-1]]
    out = np.where(tail, values[-1][:, None] * _ratio(survival, last[:, None]), out)
    return Curves(curves.origin, curves.due, np.minimum.accumulate(out, axis=1))


def _ratio(part: Floats, whole: Floats) -> Floats:
    out: Floats = np.where(whole > 1e-12, part / np.maximum(whole, 1e-12), 1.0)
    return out
