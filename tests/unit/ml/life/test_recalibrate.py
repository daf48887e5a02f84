"""One number puts a served model right: found again where it is known, left alone where nothing proves it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from ml.curves import HORIZON_DAYS, Curves
from ml.default.calibrate import Calibration
from ml.life import recalibrate
from ml.life.registry import Package

AS_OF = {"A": dt.date(2025, 6, 30)}


def drawn(n: int, seed: int = 3) -> tuple[np.random.Generator, np.ndarray]:
    rng = np.random.Generator(np.random.PCG64(seed))
    return rng, rng.beta(2, 3, n)


@pytest.mark.parametrize("pace", [0.6, 1.0, 1.7])
def test_a_known_pace_is_found_again(pace: float) -> None:
    rng, p = drawn(20_000)
    y = (rng.random(len(p)) < p**pace).astype(float)
    assert recalibrate.fit_pace(y, p) == pytest.approx(pace, rel=0.05)


@pytest.mark.parametrize("shift", [-0.8, 0.0, 0.8])
def test_a_known_shift_is_found_again(shift: float) -> None:
    rng, p = drawn(20_000)
    y = (rng.random(len(p)) < expit(logit(p) + shift)).astype(float)
    assert recalibrate.fit_shift(y, p) == pytest.approx(shift, abs=0.05)


def test_few_outcomes_change_little() -> None:
    y, p = np.ones(5), np.full(5, 0.3)
    assert recalibrate.fit_pace(y, p) == pytest.approx(1.0, abs=0.25)
    assert abs(recalibrate.fit_shift(y, np.full(5, 0.01))) < 0.25
    assert recalibrate.fit_pace(np.empty(0), np.empty(0)) == 1.0
    assert recalibrate.fit_shift(np.empty(0), np.empty(0)) == 0.0


def test_what_was_certain_teaches_nothing() -> None:
    rng, p = drawn(2000)
    y = (rng.random(len(p)) < p).astype(float)
    certain = np.r_[p, np.ones(500), np.zeros(500)]
    assert recalibrate.fit_pace(np.r_[y, np.zeros(500), np.ones(500)], certain) == recalibrate.fit_pace(y, p)


@settings(deadline=None, max_examples=30)
@given(st.floats(0.25, 4), st.integers(0, 5))
def test_paced_curves_stay_curves(pace: float, seed: int) -> None:
    """Never rising, from 1, late ordered by threshold; a faster pace pays no later anywhere."""
    rng = np.random.Generator(np.random.PCG64(seed))
    falls = rng.random((4, HORIZON_DAYS)) ** 0.02
    survival = np.hstack([np.ones((4, 1)), np.cumprod(falls, axis=1)])
    survival[3] = np.nan
    curves = Curves(np.full(4, 20_000), np.array([20_010, 19_990, 20_040, 20_010]), survival)
    made = recalibrate.paced(curves, pace)
    known = made.survival[:3]
    assert (
        (known[:, 0] == 1).all() and (np.diff(known, axis=1) <= 0).all() and np.isnan(made.survival[3]).all()
    )
    late = made.late((0, 30, 90))[:3]
    assert (np.diff(late, axis=1) <= 0).all()
    assert late[1, 0] == 1.0  # already past due: certain before, certain now
    sooner, before = (
        np.nan_to_num(made.quantile(0.5)[:3], nan=np.inf),
        np.nan_to_num(curves.quantile(0.5)[:3], nan=np.inf),
    )
    assert ((sooner <= before) if pace >= 1 else (sooner >= before)).all()
    assert recalibrate.paced(curves, 1.0) is curves


def test_the_package_tells_what_was_changed_and_how_far_it_has_seen() -> None:
    rng, p = drawn(5000)
    y = (rng.random(len(p)) < p**2).astype(float)
    card = {"as_of": {"A": "2025-01-31"}, "data": 1, "features": [], "settings": {}}
    late = Package("late_payment", "hazard", {"pace": 0.5, "kept": 1}, {"t": "x"}, card)
    made = recalibrate.late_payment(late, y, p, AS_OF)
    assert made.state["pace"] == pytest.approx(1.0, rel=0.05) and made.state["kept"] == 1
    assert made.trees == late.trees and made.card["as_of"] == {"A": "2025-06-30"}
    assert made.card["recalibration"] == {"pace": made.state["pace"], "matured": 5000}
    assert late.state["pace"] == 0.5 and late.card["as_of"] == {"A": "2025-01-31"}


@pytest.mark.parametrize("steps", [(), ((-5.0, -6.0), (0.0, -1.0), (4.0, 2.0))], ids=["line", "steps"])
def test_a_default_model_reads_its_shifted_curve(steps: tuple[tuple[float, float], ...]) -> None:
    """The model's own class applies it: log-odds are shifted by what matured, ranks stay."""
    rng, p = drawn(5000)
    y = (rng.random(len(p)) < p**2).astype(float)
    card = {"as_of": {"A": "2025-01-31"}, "data": 1, "features": [], "settings": {}}
    before = Calibration(0.3, 0.8, steps)
    package = Package("default", "trees", {"calibration": before.to_dict()}, {}, card)
    made = recalibrate.default(package, y, p, AS_OF)
    shift = made.card["recalibration"]["shift"]
    assert shift < -0.5
    log_odds = np.linspace(-4, 3, 20)
    after = Calibration.from_dict(made.state["calibration"]).apply(log_odds)
    assert logit(after) == pytest.approx(logit(before.apply(log_odds)) + shift, abs=1e-4)
    assert package.state["calibration"] == before.to_dict()
