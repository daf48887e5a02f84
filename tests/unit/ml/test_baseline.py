"""Empirical Bayes: the prior is found again, customers shrink towards it, certainty is certain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.baseline import CustomerRate, fit_customer_rate, fit_prior, marginal_log_likelihood
from ml.calibrate import fit_platt
from ml.evaluate import log_loss
from ml.score import probabilities


def simulated(mean: float, strength: float, customers: int = 3000) -> np.ndarray:
    rng = np.random.Generator(np.random.PCG64(5))
    n = rng.integers(1, 30, customers)
    rate = rng.beta(mean * strength, (1 - mean) * strength, customers)
    return np.column_stack([n, rng.binomial(n, rate)]).astype(float)


@pytest.mark.parametrize(("mean", "strength"), [(0.3, 8.0), (0.05, 3.0), (0.8, 25.0)])
def test_the_prior_behind_simulated_customers_is_found(mean: float, strength: float) -> None:
    counts = simulated(mean, strength)
    found = fit_prior(counts)
    assert found is not None
    assert found[0] == pytest.approx(mean, abs=0.02)
    assert found[1] == pytest.approx(strength, rel=0.25)
    best = marginal_log_likelihood(counts, *found)
    assert all(
        best >= marginal_log_likelihood(counts, found[0], found[1] * f) - 1e-6
        for f in (0.8, 0.95, 1.05, 1.25)
    )


def test_a_band_nobody_entered_is_unknown_not_guessed() -> None:
    assert fit_prior(np.zeros((4, 2))) is None


def test_the_rate_is_the_beta_posterior_and_certain_when_past_due(trained) -> None:  # type: ignore[no-untyped-def]
    states = trained.states
    rate = CustomerRate((0.4, 0.2, None), {}, (10.0, 5.0, None), ((0.0,) * 9,) * 3)
    some = np.arange(50, dtype=np.int64)
    first = np.zeros(50, dtype=np.int64)
    expected = (states.count_s[:50, 0] + 4) / (states.count_n[:50, 0] + 10)
    assert rate.posterior(states, some, first) == pytest.approx(expected, abs=1e-6)
    assert np.isnan(rate.posterior(states, some, first + 2)).all()
    past = np.flatnonzero(states.origin >= states.due).astype(np.int64)
    assert (rate.stay_open(states, past, np.zeros_like(past)) == 1.0).all()


def test_the_customer_rate_beats_the_portfolio_rate(trained) -> None:  # type: ignore[no-untyped-def]
    states, split = trained.states, trained.split
    rate = fit_customer_rate(trained.counts["cut_off"], states, split.training)
    held = np.flatnonzero(split.held_out[0])
    y = states.late[held, 0]
    known = split.training.outcome[split.training.band == 0].mean()
    one = np.ones((1, len(held)))
    ours = log_loss(y, probabilities(rate, states, held)[:, 0], one)[0]
    assert ours < log_loss(y, np.full(len(y), known), one)[0] - 0.05
    assert replace(CustomerRate.from_dict(rate.to_dict()), mean=rate.mean) == rate


def test_calibration_moves_the_level_and_keeps_the_ranks() -> None:
    rng = np.random.Generator(np.random.PCG64(11))
    odds = rng.normal(0, 1.5, 8000)
    y = (rng.random(8000) < 1 / (1 + np.exp(-(0.7 * odds - 1.0)))).astype(float)
    band = np.zeros(8000, dtype=np.int64)
    platt = fit_platt(odds, y, band, 3)
    assert platt.intercept[0] == pytest.approx(-1.0, abs=0.12)
    assert platt.slope[0] == pytest.approx(0.7, abs=0.06)
    assert (platt.intercept[1:], platt.slope[1:]) == ((0.0, 0.0), (1.0, 1.0))
    few = fit_platt(odds[:20], y[:20], band[:20], 3)
    assert abs(few.intercept[0]) < 0.1
