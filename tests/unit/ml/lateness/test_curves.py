"""Curves never rise, pass through what is asked of them, and tell dates and cash that agree."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.curves import HORIZON_DAYS, Curves
from ml.labels import THRESHOLD_DAYS
from ml.lateness import told
from ml.lateness.hazard import anchored
from ml.lateness.train import level_for

ages = st.lists(st.integers(-120, 300), min_size=1, max_size=6)


def falling(age: list[int], seed: int) -> Curves:
    """Curves that fall by random steps."""
    rng = np.random.default_rng(seed)
    steps = rng.random((len(age), HORIZON_DAYS)) ** 8
    survival = np.hstack([np.ones((len(age), 1)), np.exp(-np.cumsum(steps, axis=1) / 8)])
    origin = np.full(len(age), 19_000)
    return Curves(origin, origin - np.array(age), survival)


@settings(max_examples=60, deadline=None)
@given(age=ages, seed=st.integers(0, 999), p=st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_a_bent_curve_passes_through_the_probabilities_and_never_rises(
    age: list[int], seed: int, p: list[float]
) -> None:
    curves = falling(age, seed)
    asked = np.tile(np.minimum.accumulate(p), (len(age), 1))
    bent = anchored(curves, asked)
    assert (np.diff(bent.survival, axis=1) <= 1e-12).all()
    assert ((bent.survival >= -1e-12) & (bent.survival <= 1)).all()
    late = bent.late(THRESHOLD_DAYS)
    for i, a in enumerate(age):
        for j, k in enumerate(THRESHOLD_DAYS):
            assert abs(late[i, j] - (1.0 if a >= k else asked[i, j])) < 1e-9


@settings(max_examples=40, deadline=None)
@given(age=ages, seed=st.integers(0, 999))
def test_nothing_asked_bends_nothing(age: list[int], seed: int) -> None:
    curves = falling(age, seed)
    assert np.allclose(anchored(curves, np.full((len(age), 3), np.nan)).survival, curves.survival, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(age=ages, seed=st.integers(0, 999))
def test_quantiles_do_not_cross_and_weeks_add_up(age: list[int], seed: int) -> None:
    curves = falling(age, seed)
    found = np.column_stack([curves.quantile(q) for q in (0.1, 0.3, 0.5, 0.7, 0.9)])
    filled = np.where(np.isnan(found), np.inf, found)
    assert (np.diff(filled, axis=1)[np.isfinite(filled[:, 1:])] >= 0).all()
    first = curves.origin + 1
    weeks = sum(curves.paid_between(first + 7 * w, first + 7 * w + 6) for w in range(13))
    assert np.allclose(weeks, 1 - curves.still_open(curves.origin + 91))


def test_a_quantile_is_the_first_day_that_holds_its_share() -> None:
    survival = np.ones((1, HORIZON_DAYS + 1))
    survival[0, 5:] = 0.5
    survival[0, 9:] = 0.05
    curves = Curves(np.array([100]), np.array([103]), survival)
    assert [curves.quantile(q)[0] for q in (0.1, 0.5, 0.51, 0.95)] == [105, 105, 109, 109]
    assert np.isnan(curves.quantile(0.96)[0])
    assert curves.late((0, 30)).tolist() == [[1.0, 0.05]]
    assert curves.days_late()[0] == 0.5 * 2 + 0.45 * 6 + 0.05 * (HORIZON_DAYS - 3)


def test_an_unknown_curve_is_the_due_date_for_cash_and_nothing_else() -> None:
    unknown = Curves(np.array([100, 100]), np.array([110, 90]), np.full((2, HORIZON_DAYS + 1), np.nan))
    cash = told(unknown)
    assert cash.quantile(0.5).tolist() == [110.0, 101.0]
    assert np.isnan(unknown.quantile(0.5)).all()


def test_the_level_of_an_interval_holds_the_share_asked() -> None:
    rng = np.random.default_rng(3)
    u = rng.random(4000)
    assert abs(level_for(u, u) - 0.10) < 0.02
    # A model too sure of itself: its own day often lies in its tails.
    spread = np.clip(0.5 + (u - 0.5) * 1.3, 0, 1)
    assert level_for(spread, spread) < 0.05
    # One too wide gets a tighter level.
    narrow = 0.5 + (u - 0.5) * 0.6
    assert level_for(narrow, narrow) > 0.2
