"""Grades by fixed bands, and the interval around what a grade saw."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta  # type: ignore[import-untyped]

from ml.default.ratings import BANDS, GRADES, by_grade, jeffreys, rating

probabilities = st.floats(0, 1)


def test_a_grade_ends_where_the_next_begins() -> None:
    assert [rating(p) for p in (0, 0.0099, 0.01, 0.02, 0.0399, 0.04, 0.08, 0.1999, 0.2, 1)] == list(
        "AABCCDEEFF"
    )
    assert [grade for grade, _ in BANDS] == sorted(GRADES)


@given(probabilities, probabilities)
def test_a_higher_probability_never_has_a_better_grade(p: float, q: float) -> None:
    assert rating(min(p, q)) <= rating(max(p, q))


def test_jeffreys_interval_of_nothing_and_of_all() -> None:
    assert jeffreys(0, 10) == pytest.approx((0.0, beta.ppf(0.95, 0.5, 10.5)), rel=1e-9)
    assert jeffreys(10, 10) == pytest.approx((beta.ppf(0.05, 10.5, 0.5), 1.0), rel=1e-9)
    low, high = jeffreys(3, 50)
    assert low < 3 / 50 < high


def test_grades_tell_what_was_announced_and_what_came() -> None:
    p = np.array([0.005, 0.005, 0.30, 0.30])
    outcome = np.array([0.0, 0.0, 1.0, 0.0])
    a, f = by_grade(p, outcome, 1.0)
    assert (a.grade, a.n, a.positives, a.predicted, a.observed) == ("A", 2, 0, 0.005, 0.0)
    assert (f.grade, f.n, f.positives, f.predicted, f.observed) == ("F", 2, 1, 0.30, 0.5)


def test_one_default_seen_from_twelve_month_ends_counts_once() -> None:
    p, outcome = np.full(1200, 0.005), np.zeros(1200)
    outcome[:12] = 1
    (often,) = by_grade(p, outcome, 12.0)
    assert (often.observed_low, often.observed_high) == pytest.approx(jeffreys(1, 100))
