"""The late-payment model: every candidate learnt at one cut-off from the same states.

A candidate gives the probabilities of passing 0, 30 and 90 days late; the hazard (or, where it cannot be
learnt, the customers' habits) gives the form of the curve, bent through those probabilities. So every
candidate, naive ones included, gives probabilities, dates and cash, and each may serve.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import duckdb
import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, ndtr  # type: ignore[import-untyped]

from ml.calibrate import Platt
from ml.curves import HORIZON_DAYS, Curves
from ml.labels import THRESHOLD_DAYS
from ml.lateness.bands import (
    BANDS,
    DAYS_LEFT_EDGES,
    Classifier,
    CustomerRate,
    Logistic,
    band_rows,
    fit_classifier,
    fit_customer_rate,
    fit_logistic,
    is_certain,
    late,
)
from ml.lateness.features import Encoder, fit_encoder, median
from ml.lateness.hazard import Habit, Hazard, anchored, draw, fit_habit, fit_hazard
from ml.lateness.periods import ENDS, learnable_rows
from ml.lateness.rates import KINDS, Counts, Rates, fit_rates
from ml.lateness.states import States, counts_at
from ml.trees import spread_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Simplest first: of two equals the simpler serves.
CANDIDATES: tuple[str, ...] = (
    "due_date",
    "customer_median",
    "customer_rate",
    "logistic",
    "classifier",
    "hazard",
    "ensemble",
)
#: The ensemble's log-odds are the mean of these: they err differently, and its reasons stay exact sums.
ENSEMBLE: tuple[str, ...] = ("hazard", "classifier")
#: Spread of delays, in days, where a customer has too few payments to tell its own; weight in payments.
USUAL_SPREAD_WEIGHT = 3.0
#: Rows that the trees of the served model see at most; a judged one sees fewer, for the time it takes.
MAX_ROWS = 240_000
#: The published interval is told by age: not due, up to 30 days past due, older. Upper ends, in days past due.
AGE_BANDS: tuple[int, ...] = (0, 30, 10**6)
#: Lower levels that the published 80 % interval may have; the upper one is its complement.
LEVEL_GRID: tuple[float, ...] = tuple(round(0.02 + 0.01 * k, 2) for k in range(24))
#: Share of payments that the published interval should hold.
COVER = 0.8
#: States per age band by whose curves the levels are told where no outcome does.
_LEVEL_STATES = 400
_CHUNK = 5_000


@dataclass(frozen=True)
class Lateness:
    """All candidates learnt at one cut-off; those that could not be learnt are None.

    `median`, `spread`: all customers' usual delay and its spread in days. `platt[name]`: calibration of a
    candidate's log-odds per threshold. `levels`: lower level of the published 80 % interval per age band.
    """

    encoder: Encoder
    habit: Habit
    hazard: Hazard | None
    rate: CustomerRate
    classifier: Classifier | None
    logistic: Logistic | None
    median: float
    spread: float
    platt: Mapping[str, Platt] = field(default_factory=dict)
    levels: tuple[float, ...] = (0.1, 0.1, 0.1)

    def candidates(self) -> tuple[str, ...]:
        """The names of the candidates there are, simplest first."""
        missing = {
            name
            for name, held in (
                ("hazard", self.hazard),
                ("classifier", self.classifier),
                ("logistic", self.logistic),
                ("ensemble", self.hazard and self.classifier),
            )
            if held is None
        }
        return tuple(name for name in CANDIDATES if name not in missing)

    def raw(self, names: Iterable[str], states: States, drawn: Curves) -> dict[str, Floats]:
        """P(> 0, 30, 90 days late) by candidate before calibration, shape (n, 3); NaN where unknown.

        `drawn`: the states' curves by `shape`.
        """
        found: dict[str, Floats] = {}
        models = {"customer_rate": self.rate, "logistic": self.logistic, "classifier": self.classifier}
        for name in names:
            if name == "ensemble":
                parts = found | self.raw([n for n in ENSEMBLE if n not in found], states, drawn)
                both = [logit(np.clip(parts[n], 1e-6, 1 - 1e-6)) for n in ENSEMBLE]
                found[name] = np.where(is_certain(states), 1.0, expit(np.mean(both, axis=0)))
            elif name == "hazard":
                found[name] = drawn.late(THRESHOLD_DAYS)
            elif name == "due_date":
                found[name] = np.where(is_certain(states), 1.0, 0.0)
            elif name == "customer_median":
                found[name] = self._about_median(states)
            else:
                model = models[name]
                assert model is not None, name
                found[name] = late(model, states)
        return found

    def late(self, name: str, states: States) -> Floats:
        """P(> 0, 30, 90 days late) by a candidate as it is served, shape (n, 3); NaN where unknown."""
        parts = [self.curves(name, part).late(THRESHOLD_DAYS) for part in chunks(states)]
        return np.concatenate(parts) if parts else np.empty((0, BANDS))

    @property
    def shape(self) -> Habit | Hazard:
        """What gives the form of the curves."""
        return self.habit if self.hazard is None else self.hazard

    def draw(self, states: States) -> Curves:
        """The curves by `shape` alone."""
        return draw(self.shape, self.encoder, states)

    def curves(self, name: str, states: States) -> Curves:
        """Payment curves of the states through the calibrated probabilities of a candidate."""
        drawn = self.draw(states)
        return self.bent(name, states, drawn, self.raw([name], states, drawn)[name])

    def bent(self, name: str, states: States, drawn: Curves, raw: Floats) -> Curves:
        """The drawn curves, bent through a candidate's probabilities once calibrated."""
        platt = self.platt.get(name)
        if name == "hazard" and platt is None:
            return drawn
        return anchored(drawn, raw if platt is None else calibrated(platt, raw, states))

    def interval(self, curves: Curves) -> tuple[Floats, Floats]:
        """Ends of the 80 % interval of the payment day, as day numbers, NaN beyond the horizon."""
        band = age_band(curves.origin - curves.due)
        low, high = np.full(len(curves), np.nan), np.full(len(curves), np.nan)
        for k, level in enumerate(self.levels):
            own = band == k
            part = Curves(curves.origin[own], curves.due[own], curves.survival[own])
            low[own], high[own] = part.quantile(level), part.quantile(1 - level)
        return low, high

    def _about_median(self, states: States) -> Floats:
        """A normal band about the customer's own median delay."""
        middle, spread = self.about(states)
        age = states.age
        out = np.ones((len(states), BANDS))
        for j, k in enumerate(THRESHOLD_DAYS):
            open_now = np.maximum(ndtr((middle - age - 0.5) / spread), 1e-9)
            beyond = ndtr((middle - k - 0.5) / spread)
            out[:, j] = np.where(age >= k, 1.0, np.clip(beyond / open_now, 0.0, 1.0))
        return out

    def about(self, states: States) -> tuple[Floats, Floats]:
        """The customer's median delay and its spread in days, shrunk to all customers'."""
        known = ~np.isnan(states.delays)
        count = known.sum(axis=1)
        middle = median(states.delays)
        held = np.where(known, states.delays, 0.0)
        mean = held.sum(axis=1) / np.maximum(count, 1)
        own = np.where(known, held - mean[:, None], 0.0)
        own = (own**2).sum(axis=1) / np.maximum(count, 1)
        middle = np.where(count > 0, middle, self.median)
        spread = np.sqrt((count * own + USUAL_SPREAD_WEIGHT * self.spread**2) / (count + USUAL_SPREAD_WEIGHT))
        return middle, np.maximum(spread, 0.5)


def age_band(age: Ints) -> Ints:
    """Position in `AGE_BANDS` of documents so many days past due."""
    out: Ints = np.searchsorted(np.asarray(AGE_BANDS), age, side="left").astype(np.int64)
    return np.minimum(out, len(AGE_BANDS) - 1)


def calibrated(platt: Platt, p: Floats, states: States) -> Floats:
    """Probabilities after calibration of their log-odds, certain ones left, kept in order."""
    certain = is_certain(states) | np.isnan(p)
    band = np.broadcast_to(np.arange(BANDS), p.shape)
    odds = platt.apply(logit(np.clip(p, 1e-6, 1 - 1e-6)).ravel(), band.ravel()).reshape(p.shape)
    out = np.where(certain, p, expit(odds))
    return np.minimum.accumulate(out, axis=1)


def chunks(states: States) -> list[States]:
    """The states in parts that fit in memory once spread over days."""
    return [
        states.take(np.arange(at, min(at + _CHUNK, len(states)), dtype=np.int64))
        for at in range(0, len(states), _CHUNK)
    ]


def fit(
    con: duckdb.DuckDBPyConnection,
    states: States,
    cut_off: Mapping[str, int],
    seed: int,
    max_rows: int = MAX_ROWS,
) -> Lateness | None:
    """Learn every candidate from what was visible at the cut-off; None where nothing was.

    `max_rows`: rows that the trees see at most; a company without a cut-off teaches nothing.
    """
    return learn(counts_at(con, cut_off), states, cut_off, seed, max_rows)


def learn(
    counts: Counts, states: States, cut_off: Mapping[str, int], seed: int, max_rows: int = MAX_ROWS
) -> Lateness | None:
    """`fit` from the counts visible at the cut-off: asks no database, so that several can learn at once."""
    cut = states.per_company(cut_off, -(10**6))
    index = np.flatnonzero((states.origin <= cut) & states.is_trainable).astype(np.int64)
    rows = learnable_rows(states, index, cut_off)
    bands = band_rows(states, index, cut_off)
    if not len(rows) or not len(bands):
        return None
    encoder = fit_encoder(states, index, fit_rates(counts))
    habit = fit_habit(rows)
    rate = fit_customer_rate(states, bands, encoder.rates)
    delays = states.recent[index][:, 0]
    delays = delays[~np.isnan(delays)]
    model = Lateness(
        encoder=encoder,
        habit=habit,
        hazard=fit_hazard(states, rows, encoder, habit, seed, max_rows),
        rate=rate,
        classifier=fit_classifier(states, bands, encoder, rate, seed, max_rows // 2),
        logistic=fit_logistic(states, bands, encoder, rate),
        median=float(np.median(delays)) if len(delays) else 0.0,
        spread=round(float(np.std(delays)), 4) if len(delays) else 10.0,
    )
    return replace(model, levels=own_levels(model, states, index))


def own_levels(model: Lateness, states: States, index: Ints) -> tuple[float, ...]:
    """Per age band, the largest lower level whose interval holds `COVER` by the model's own curves.

    An interval of whole days holds more than its nominal share: [quantile .1, quantile .9] of somebody who pays on
    two days of the month holds everything. What came true tells better (`ml.lateness.train.interval_levels`).
    """
    levels = []
    band = age_band(states.age[index])
    for k in range(len(AGE_BANDS)):
        own = index[band == k]
        own = own[spread_of(len(own)) < _LEVEL_STATES / max(len(own), 1)]
        if not len(own):
            levels.append((1 - COVER) / 2)
            continue
        curves = model.draw(states.take(own))
        enough = (level for level in reversed(LEVEL_GRID) if _held(curves, level) >= COVER)
        levels.append(next(enough, LEVEL_GRID[0]))
    return tuple(levels)


def _held(curves: Curves, level: float) -> float:
    """Mean probability, by the curves themselves, of being paid from the quantile `level` to 1 − `level`."""
    low, high = curves.quantile(level), curves.quantile(1 - level)
    beyond = (curves.origin + HORIZON_DAYS).astype(np.float64)
    before = curves.still_open(np.where(np.isnan(low), beyond, low).astype(np.int64) - 1)
    after = np.where(
        np.isnan(high), 0.0, curves.still_open(np.where(np.isnan(high), beyond, high).astype(np.int64))
    )
    return float(np.mean(before - after))


def empty() -> Lateness:
    """The model of a ledger of which nothing is known yet: every probability is unknown, not guessed."""
    encoder = Encoder(
        (), {}, Rates({}, (1.0,) * BANDS, (1.0,) * BANDS, (1.0,) * KINDS), (1 / 7,) * 7, (1 / 31,) * 31
    )
    rate = CustomerRate(encoder.rates, ((0.0,) * (len(DAYS_LEFT_EDGES) + 1),) * BANDS)
    return Lateness(encoder, Habit((np.nan,) * len(ENDS)), None, rate, None, None, 0.0, 10.0)
