"""Training and out-of-time judgement of late payment.

Six monthly origins choose: at each, every candidate learns what was visible there and predicts the month that
begins with it (its month end's open book, and every document booked in the month). The three months after
them are the final window, which chooses nothing. A month is judged once the terms of its documents and the
longest delay asked about are over. Calibration and interval levels at an origin use only predictions of
earlier origins that had come true or not by then: what is published is what would have been published.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import duckdb
import numpy as np
import numpy.typing as npt
from scipy.special import logit  # type: ignore[import-untyped]
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from ml.calibrate import Platt, fit_platt
from ml.labels import THRESHOLD_DAYS, delays
from ml.lateness.bands import BANDS, is_certain, outcomes
from ml.lateness.model import (
    AGE_BANDS,
    CANDIDATES,
    COVER,
    LEVEL_GRID,
    Lateness,
    age_band,
    chunks,
    empty,
    learn,
)
from ml.lateness.periods import closed_on
from ml.lateness.states import States, counts_at, open_book
from ml.marts import months_before

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ROLLING = 6
#: Rows that the trees of a judged model see at most: seven are fitted where one serves.
JUDGED_ROWS = 60_000
FINAL_MONTHS = 3
#: Months with known outcomes before the first origin, outcomes in all and of either kind: less is too short.
MIN_MONTHS = 6
MIN_STATES = 300
MIN_OF_EACH = 40
#: Quantiles of the payment day that are judged (pinball).
QUANTILES: tuple[float, ...] = (0.1, 0.25, 0.5, 0.75, 0.9)
#: Fewer known outcomes than this move no level and no calibration.
MIN_TO_CALIBRATE = 200


@dataclass(frozen=True)
class Window:
    """One origin: day number per company on which the candidates learn, and the last one they predict."""

    cut_off: Mapping[str, int]
    last: Mapping[str, int]
    is_final: bool


@dataclass
class Judged:
    """Predictions out of time of the states in `held`, which are those of `index`.

    `window`: the position of each row's window. `late[name]`: shape (n, 3), calibrated as could be then;
    `raw[name]`: before. `days[name]`: quantiles of the payment day after the due date, shape (n, 5), at the
    levels served then. `below[name]`, `upto[name]`: P(paid before, up to its own day), for the levels.
    `outcome`: shape (n, 3), NaN where not mature. `delay`: days after the due date, at most `cap`, NaN where
    not mature. `known_on`: (n, 3) the day on which each outcome is visible.
    """

    windows: list[Window]
    cap: int
    held: States
    index: Ints
    window: Ints
    outcome: Floats
    delay: Floats
    known_on: Ints
    raw: dict[str, Floats] = field(default_factory=dict)
    late: dict[str, Floats] = field(default_factory=dict)
    days: dict[str, Floats] = field(default_factory=dict)
    below: dict[str, Floats] = field(default_factory=dict)
    upto: dict[str, Floats] = field(default_factory=dict)

    def names(self) -> list[str]:
        """Candidates judged in every window, simplest first."""
        return [n for n in CANDIDATES if n in self.late and not np.isnan(self.late[n]).all(axis=1).any()]


@dataclass(frozen=True)
class TooShort:
    """Why nothing can be judged: a code, its figures, one sentence in each language."""

    code: str
    values: dict[str, int]
    en: str
    fr: str


def windows(
    as_of: Mapping[str, int], first: Mapping[str, int], term_days: Mapping[str, int]
) -> tuple[list[Window], int]:
    """The origins that the ledger can bear, earliest first and the final one last, and the longest delay judged.

    `first`: the day of each company's first document. Outcomes up to 90 days are judged where six origins
    remain so, else up to 30, else on the due date alone.
    """
    best: tuple[list[Window], int] = ([], THRESHOLD_DAYS[0])
    for cap in reversed(THRESHOLD_DAYS):
        found = _windows(as_of, first, term_days, cap)
        if len(found) > len(best[0]):
            best = found, cap
    return best


def _windows(
    as_of: Mapping[str, int], first: Mapping[str, int], term_days: Mapping[str, int], cap: int
) -> list[Window]:
    companies = [c for c in sorted(as_of) if c in first]
    last = {c: months_before(as_of[c] - term_days.get(c, 0) - cap + 1, 1) for c in companies}
    found = []
    for back in range(FINAL_MONTHS + ROLLING, FINAL_MONTHS - 1, -1):
        is_final = back == FINAL_MONTHS
        cut = {c: months_before(last[c], back) for c in companies}
        until = {c: months_before(last[c], 0 if is_final else back - 1) for c in companies}
        ready = {c for c in companies if months_before(cut[c], MIN_MONTHS) >= first[c]}
        if ready:
            found.append(
                Window(
                    {c: d for c, d in cut.items() if c in ready},
                    {c: d for c, d in until.items() if c in ready},
                    is_final,
                )
            )
    return found if found and found[-1].is_final else []


def judge(
    con: duckdb.DuckDBPyConnection,
    states: States,
    as_of: Mapping[str, int],
    first: Mapping[str, int],
    term_days: Mapping[str, int],
    seed: int,
) -> tuple[Judged | TooShort, list[Lateness], Lateness]:
    """Every candidate at every origin; the models in the order of the windows; the one learnt on the as-of day."""
    plan, cap = windows(as_of, first, term_days)
    short = shortage(states, plan, as_of)
    plan = [window for window in plan if len(held_out(states, window))]
    if short is None and not plan:
        short = TooShort(
            "nothing_since",
            {},
            "Nothing was open or booked in the months to judge on.",
            "Rien d’ouvert ni de comptabilisé dans les mois à juger.",
        )
    counts = [counts_at(con, days) for days in (as_of, *(window.cut_off for window in plan))]
    if short is not None:
        return short, [], learn(counts[0], states, as_of, seed) or empty()
    judged = _judged(states, plan, cap, as_of)
    models = []
    # Each learns on one thread, so two may learn at once, the longest first; what is learnt is judged meanwhile. The
    # limit holds for the whole process: set by each, one that ends would lift it for the others.
    with threadpool_limits(1), ThreadPoolExecutor(max_workers=2) as pool:
        served = pool.submit(learn, counts[0], states, as_of, seed)
        learning = [
            pool.submit(learn, counts[k], states, window.cut_off, seed, JUDGED_ROWS)
            for k, window in enumerate(plan, start=1)
        ]
        for k, window in enumerate(plan):
            model = learning[k].result() or empty()
            _predict(judged, model, np.flatnonzero(judged.window == k), window)
            models.append(model)
    return judged, models, served.result() or empty()


def held_out(states: States, window: Window) -> Ints:
    """States that the window predicts: the open book of its origins, and documents booked until its end."""
    never, always = 10**6, -(10**6)
    cut, last = states.per_company(window.cut_off, never), states.per_company(window.last, always)
    inside = (states.origin >= cut) & (states.origin < last)
    return np.flatnonzero(inside & states.is_trainable).astype(np.int64)


def shortage(states: States, plan: list[Window], as_of: Mapping[str, int]) -> TooShort | None:
    """What is missing to train and to judge; None where nothing is."""
    if not len(states):
        return TooShort(
            "no_invoice",
            {},
            "No invoice with a due date to learn from.",
            "Aucune facture avec échéance pour apprendre.",
        )
    if not plan:
        return TooShort(
            "too_few_months",
            {"needed": MIN_MONTHS + FINAL_MONTHS},
            f"Too few months: {MIN_MONTHS} to learn from and {FINAL_MONTHS} to judge on, outcomes known, are needed.",
            f"Trop peu de mois : il en faut {MIN_MONTHS} pour apprendre et {FINAL_MONTHS} pour juger, issues connues.",
        )
    known = outcomes(states, {c: plan[0].cut_off.get(c, as_of[c]) for c in as_of})
    first = known[:, 0][~np.isnan(known[:, 0])]
    late, on_time = int(first.sum()), int(len(first) - first.sum())
    if len(first) < MIN_STATES or min(late, on_time) < MIN_OF_EACH:
        return TooShort(
            "too_few_labels",
            {
                "rows": len(first),
                "late": late,
                "on_time": on_time,
                "needed": MIN_STATES,
                "needed_of_each": MIN_OF_EACH,
            },
            f"{late} late and {on_time} on-time outcomes to learn from; a model needs {MIN_STATES} in all"
            f" and {MIN_OF_EACH} of each.",
            f"{late} issues en retard et {on_time} à l’heure pour apprendre ; un modèle en demande"
            f" {MIN_STATES} en tout et {MIN_OF_EACH} de chaque.",
        )
    return None


def _judged(
    states: States,
    plan: list[Window],
    cap: int,
    as_of: Mapping[str, int],
) -> Judged:
    parts = [held_out(states, window) for window in plan]
    index = np.concatenate(parts)
    held = states.take(index)
    today = held.per_company(as_of)
    outcome = outcomes(held, as_of)
    for j, k in enumerate(THRESHOLD_DAYS):
        if k > cap:
            outcome[:, j] = np.nan
    closed = closed_on(held, today)
    delay = delays(held.due, closed, held.is_cash, held.is_lost, today, cap)
    return Judged(
        windows=plan,
        cap=cap,
        held=held,
        index=index,
        window=np.concatenate([np.full(len(part), k) for k, part in enumerate(parts)]),
        outcome=outcome,
        delay=np.where(held.age < cap, delay, np.nan),
        known_on=held.due[:, None] + np.asarray(THRESHOLD_DAYS),
    )


def _predict(judged: Judged, model: Lateness, here: Ints, window: Window) -> None:
    """Fill in the predictions of one window's model, calibrated by what earlier windows knew by then."""
    n = len(judged.index)
    part = judged.held.take(here)
    names = model.candidates()
    served = {}
    for name in names:
        for table in (judged.raw, judged.late):
            table.setdefault(name, np.full((n, BANDS), np.nan))
        judged.days.setdefault(name, np.full((n, len(QUANTILES)), np.nan))
        judged.below.setdefault(name, np.full(n, np.nan))
        judged.upto.setdefault(name, np.full(n, np.nan))
        platt = calibration(judged, name, window.cut_off)
        served[name] = replace(
            model,
            platt={} if platt is None else {name: platt},
            levels=interval_levels(judged, name, window.cut_off, model.levels),
        )
    at = 0
    for piece in chunks(part):
        rows = here[at : at + len(piece)]
        at += len(piece)
        drawn = model.draw(piece)
        raw = model.raw(names, piece, drawn)
        day = judged.delay[rows]
        seen = np.where(np.isnan(day), 0, day).astype(np.int64)
        for name in names:
            judged.raw[name][rows] = raw[name]
            curves = served[name].bent(name, piece, drawn, raw[name])
            judged.late[name][rows] = curves.late(THRESHOLD_DAYS)
            low, high = served[name].interval(curves)
            quantiles = [low, *(curves.quantile(q) for q in QUANTILES[1:-1]), high]
            judged.days[name][rows] = np.minimum(
                np.nan_to_num(np.column_stack(quantiles) - piece.due[:, None], nan=judged.cap), judged.cap
            )
            judged.below[name][rows] = 1 - curves.still_open(piece.due + seen - 1)
            upto = 1 - curves.still_open(piece.due + seen)
            judged.upto[name][rows] = np.where(seen >= judged.cap, 1.0, upto)


def _earlier(judged: Judged, name: str, cut: Ints) -> Bools:
    """Rows predicted already, at origins before the cut-off."""
    if name not in judged.raw:
        return np.zeros(len(judged.index), dtype=bool)
    out: Bools = ~np.isnan(judged.raw[name][:, 0]) & (judged.held.origin < cut)
    return out


def calibration(judged: Judged, name: str, cut_off: Mapping[str, int]) -> Platt | None:
    """Platt scaling of a candidate from the outcomes known at the cut-off; None where too few."""
    cut = judged.held.per_company(cut_off, -(10**6))
    earlier = _earlier(judged, name, cut)
    if not earlier.any():
        return None
    certain = is_certain(judged.held)
    odds, outcome, band = [], [], []
    for j in range(BANDS):
        keep = earlier & (judged.known_on[:, j] <= cut) & ~np.isnan(judged.outcome[:, j]) & ~certain[:, j]
        keep &= ~np.isnan(judged.raw[name][:, j])
        odds.append(logit(np.clip(judged.raw[name][keep, j], 1e-6, 1 - 1e-6)))
        outcome.append(judged.outcome[keep, j])
        band.append(np.full(int(keep.sum()), j, dtype=np.int64))
    if len(odds[0]) < MIN_TO_CALIBRATE:
        return None
    return fit_platt(np.concatenate(odds), np.concatenate(outcome), np.concatenate(band), BANDS)


def interval_levels(
    judged: Judged, name: str, cut_off: Mapping[str, int], told: tuple[float, ...]
) -> tuple[float, ...]:
    """Per age band, the largest lower level whose interval held `COVER` of the payments known at the cut-off;
    that of `told` where too few are."""
    held = judged.held
    cut = held.per_company(cut_off, -(10**6))
    earlier = _earlier(judged, name, cut)
    if not earlier.any():
        return told
    known = earlier & ~np.isnan(judged.delay) & (held.due + judged.cap <= cut)
    levels = []
    for band in range(len(AGE_BANDS)):
        own = known & (age_band(held.age) == band)
        levels.append(
            told[band]
            if own.sum() < MIN_TO_CALIBRATE
            else level_for(judged.below[name][own], judged.upto[name][own])
        )
    return tuple(levels)


def level_for(below: Floats, upto: Floats) -> float:
    """The largest level a of the grid for which [quantile a, quantile 1 − a] holds `COVER` of the cases."""
    for level in sorted(LEVEL_GRID, reverse=True):
        inside = (upto >= level) & (below < 1 - level)
        if inside.mean() >= COVER:
            return level
    return min(LEVEL_GRID)


def open_books(
    con: duckdb.DuckDBPyConnection, judged: Judged, models: list[Lateness]
) -> Iterator[tuple[States, Lateness]]:
    """The whole open book at every origin, with the model learnt there, earliest first."""
    for window, model in zip(judged.windows, models, strict=True):
        yield open_book(con, window.cut_off), model
