"""Curves that come true, and that few defaults barely move."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit  # type: ignore[import-untyped]

from ml.default.calibrate import HIGHEST, LOWEST, OVERLAP, Calibration, fit_calibration, level_shift


def _cases(n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds twice too extreme and one too high."""
    rng = np.random.default_rng(seed)
    true = rng.normal(-3.0, 1.0, n)
    return 2 * true + 1, (rng.random(n) < expit(true)).astype(np.float64)


def test_many_cases_find_the_curve() -> None:
    told, outcome = _cases(120_000)
    found = fit_calibration(told, outcome)
    assert not found.steps and found.slope == pytest.approx(0.5, abs=0.1)
    assert found.apply(told).mean() == pytest.approx(outcome.mean(), rel=0.12)


def test_few_cases_change_little() -> None:
    found = fit_calibration(*_cases(60))
    assert abs(found.intercept) < 0.2 and abs(found.slope - 1) < 0.2
    assert fit_calibration(np.empty(0), np.empty(0)) == Calibration()


def test_a_slope_is_told_where_the_level_is_right() -> None:
    """Log-odds that are right where defaults are and twice too far apart: the mean comes nearer as the slope does."""
    rng = np.random.default_rng(1)
    told = rng.normal(-4.0, 1.2, 40_000)
    true = expit(-3.4 + 0.5 * (told + 3.4))
    found = fit_calibration(told, (rng.random(len(told)) < true).astype(np.float64))
    assert 0.5 < found.slope < 0.8
    assert true.mean() < found.apply(told).mean() < expit(told).mean()


def test_steps_only_from_a_thousand_defaults() -> None:
    told, outcome = _cases(250_000)
    assert outcome.sum() > 12_000 and not fit_calibration(*_cases(60_000)).steps
    found = fit_calibration(told, outcome)
    assert found.steps
    p = found.apply(np.sort(told))
    assert (np.diff(p) >= 0).all() and p.mean() == pytest.approx(outcome.mean(), rel=0.02)
    assert Calibration.from_dict(found.to_dict()) == found


def test_level_shift_meets_the_share_as_far_as_it_is_proved() -> None:
    told = np.full(120_000, -4.0)
    outcome = np.zeros(120_000)
    outcome[: int(120_000 * expit(-3.0))] = 1
    assert level_shift(told, outcome) == pytest.approx(1.0, abs=0.02)
    few = slice(0, int(OVERLAP) * 2)
    assert 0 <= level_shift(told[few], np.ones(24)) < 0.6
    assert level_shift(np.empty(0), np.empty(0)) == 0


def test_nothing_is_certain() -> None:
    assert Calibration().apply(np.array([-50.0, 50.0])).tolist() == [LOWEST, HIGHEST]
