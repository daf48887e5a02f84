"""Rows by quarter, the index and its parts, sampling undone, directions kept."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit  # type: ignore[import-untyped]

from ml.default import hazard as module
from ml.default.hazard import (
    Hazard,
    Part,
    QuarterRows,
    fit_linear,
    fit_part,
    fit_trees,
    quarter_rows,
    to_log_odds,
    weighed,
)
from ml.default.months import CustomerMonths


@pytest.fixture(scope="module")
def small(worlds: ModuleType) -> Any:
    return worlds.world(customers=300, months=24, seed=3, level=-5.0)


@pytest.fixture(scope="module")
def rows(small: Any) -> QuarterRows:
    return quarter_rows(small.months, small.days, 7)


@pytest.fixture(scope="module")
def fitted(small: Any, rows: QuarterRows) -> dict[str, Hazard]:
    linear = fit_linear(small.months, rows, "company")
    trees = fit_trees(small.months, rows, "company", 7)
    both = [fit_part(small.months, rows, form, "company", 7) for form in ("linear", "trees")]
    return {"linear": linear, "trees": trees, "ensemble": weighed(both, rows)}


def _one(
    months: CustomerMonths, origin: int, next_default: float, is_in_default: bool = False
) -> CustomerMonths:
    one = months.take(np.array([0]))
    return CustomerMonths(
        one.company, one.customer, np.array([origin]), np.array([next_default]), np.array([origin + 1000]),
        np.array([is_in_default]), one.is_latest, one.values, one.text,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("default_after", "seen_for", "expected"),
    [
        (np.nan, 90, []),
        (np.nan, 91, [(0, 0)]),
        (np.nan, 365, [(0, 0), (1, 0), (2, 0), (3, 0)]),
        (91, 365, [(0, 1)]),
        (92, 365, [(0, 0), (1, 1)]),
        # The default lies after the cut-off: a quarter that ended before it says no, the others say nothing.
        (200, 190, [(0, 0), (1, 0)]),
        # Known, but its quarter is not over: the others of that quarter are not known either.
        (185, 190, [(0, 0), (1, 0)]),
    ],
)
def test_a_quarter_teaches_once_it_is_over(
    small: Any, default_after: float, seen_for: int, expected: list[tuple[int, int]]
) -> None:
    months = _one(small.months, 19_000, 19_000 + default_after)
    found = quarter_rows(months, {months.company[0]: 19_000 + seen_for}, 7)
    assert list(zip(found.quarter.tolist(), found.outcome.tolist(), strict=True)) == expected


def test_who_is_in_default_teaches_nothing(small: Any) -> None:
    months = _one(small.months, 19_000, np.nan, is_in_default=True)
    assert not len(quarter_rows(months, {months.company[0]: 20_000}, 7))


def test_twelve_months_are_the_four_quarters() -> None:
    quarters = np.array([[0.1, 0.2, 0.3, 0.4], [1e-6, 1e-6, 1e-6, 1e-6]])
    expected = 1 - np.prod(1 - quarters, axis=1)
    assert expit(to_log_odds(quarters)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("form", ["linear", "trees"])
def test_parts_sum_to_the_index(small: Any, fitted: dict[str, Hazard], form: str) -> None:
    part = small.months.take(np.arange(0, len(small.months), 7))
    found = fitted[form]
    assert found.contributions(part).sum(axis=1) == pytest.approx(found.index(part), abs=1e-9)


@pytest.mark.parametrize("form", ["linear", "trees"])
@settings(max_examples=30, deadline=None)
@given(row=st.integers(0, 7000), more=st.floats(0.1, 80))
def test_more_lateness_or_less_equity_never_lowers_the_risk(
    small: Any, fitted: dict[str, Hazard], form: str, row: int, more: float
) -> None:
    one = small.months.take(np.array([row]))
    before = fitted[form].index(one)[0]
    for name, step in (
        ("days_late_12m", more),
        ("oldest_overdue_days", more),
        ("accounts_equity_ratio", -more),
    ):
        moved = dict(one.values) | {name: one.values[name] + step}
        after = CustomerMonths(
            one.company, one.customer, one.origin, one.next_default, one.seen_until,
            one.is_in_default, one.is_latest, moved, one.text,
        )  # fmt: skip
        assert fitted[form].index(after)[0] >= before - 1e-12


def test_coefficients_keep_their_directions(fitted: dict[str, Hazard]) -> None:
    found = fitted["linear"]
    for (feature, _), coefficient in zip(found.design.columns, found.coefficients, strict=True):
        assert coefficient * feature.monotone >= 0, feature.name


def test_sampling_is_undone(small: Any, rows: QuarterRows, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fit_linear(small.months, rows, "behaviour")
    monkeypatch.setattr(module, "MAX_ROWS_WITHOUT_DEFAULT", int((rows.outcome == 0).sum()) // 4)
    fewer = quarter_rows(small.months, small.days, 7)
    assert fewer.kept_share == pytest.approx(0.25, abs=0.01) and len(fewer) < 0.35 * len(rows)
    assert fewer.outcome.sum() == rows.outcome.sum()
    sampled = fit_linear(small.months, fewer, "behaviour")
    told = [float(expit(h.log_odds(h.index(small.months))).mean()) for h in (whole, sampled)]
    assert told[1] == pytest.approx(told[0], rel=0.08)


def test_the_order_of_rows_changes_nothing(small: Any, rows: QuarterRows, fitted: dict[str, Hazard]) -> None:
    shuffled = np.random.default_rng(1).permutation(len(rows))
    other = QuarterRows(rows.index[shuffled], rows.quarter[shuffled], rows.outcome[shuffled], rows.kept_share)
    again = fit_linear(small.months, other, "company")
    assert np.allclose(again.coefficients, fitted["linear"].coefficients, atol=1e-4)
    assert fit_linear(small.months, rows, "company") == fitted["linear"]
    assert fit_trees(small.months, rows, "company", 7).text == fitted["trees"].text


def test_an_unseen_category_and_unknown_values_say_nothing(small: Any, fitted: dict[str, Hazard]) -> None:
    one = small.months.take(np.array([0]))
    blank = CustomerMonths(
        one.company, one.customer, one.origin, one.next_default, one.seen_until, one.is_in_default, one.is_latest,
        {name: np.array([np.nan]) for name in one.values},
        {name: np.array(["never seen"], dtype=object) for name in one.text},
    )  # fmt: skip
    linear = fitted["linear"]
    told = dict(zip([f.name for f in linear.design.used], linear.contributions(blank)[0, :-1], strict=True))
    assert all(value == 0 for name, value in told.items() if name != "naf_division")
    assert np.isfinite(fitted["trees"].index(blank)).all()


def test_levels_follow_the_latest_year(small: Any, rows: QuarterRows, fitted: dict[str, Hazard]) -> None:
    halved = QuarterRows(rows.index, rows.quarter, rows.outcome * (np.arange(len(rows)) % 2), rows.kept_share)
    since = np.zeros(len(small.months), dtype=np.int64)
    lower = module.anchored(fitted["linear"], small.months, halved, since)
    shift = np.array(lower.intercepts) - np.array(fitted["linear"].intercepts)
    assert shift == pytest.approx(np.full(4, shift[0])) and logit(0.3) < shift[0] < -0.2


def test_a_customer_is_told_by_fits_that_had_not_seen_it(small: Any, rows: QuarterRows) -> None:
    told = fit_part(small.months, rows, "linear", "behaviour", 7).told
    one = small.months.customer[rows.index[rows.outcome == 1][0]]
    own = small.months.customer[rows.index] == one
    other = QuarterRows(rows.index, rows.quarter, np.where(own, 0.0, rows.outcome), rows.kept_share)
    again = fit_part(small.months, other, "linear", "behaviour", 7).told
    assert np.array_equal(told[own], again[own]) and not np.array_equal(told[~own], again[~own])


def test_a_form_that_tells_too_little_is_spread_and_one_that_tells_nothing_is_left_out(
    fitted: dict[str, Hazard],
) -> None:
    rng = np.random.default_rng(5)
    n = 400_000
    true, noise, quarter = rng.normal(0, 1.2, n), rng.normal(0, 1.2, n), rng.integers(0, 4, n)
    outcome = (rng.random(n) < expit(true - 3.5)).astype(float)
    rows = QuarterRows(np.arange(n), quarter, outcome, 1.0)
    held_back, random = Part(fitted["linear"], true / 2), Part(fitted["trees"], noise)
    alone = weighed([held_back], rows)
    assert alone.weights == pytest.approx((2, 1), abs=0.06) and alone.text is None
    assert alone.intercepts == pytest.approx([-3.5] * 4, abs=0.1)
    both = weighed([held_back, random], rows)
    assert both.weights == pytest.approx((2, 0), abs=0.1)
    assert both.text == fitted["trees"].text and both.coefficients == fitted["linear"].coefficients
    # A default is seen from up to twelve month ends: few of them leave the plain mean as it is.
    few = QuarterRows(rows.index[:300], quarter[:300], outcome[:300], 1.0)
    parts = [Part(part.hazard, part.told[:300]) for part in (held_back, random)]
    assert weighed(parts, few).weights == pytest.approx((0.5, 0.5), abs=0.05)


def test_the_sum_of_two_is_told_by_its_weights(small: Any, fitted: dict[str, Hazard]) -> None:
    linear, trees, both = (fitted[name].index(small.months) for name in ("linear", "trees", "ensemble"))
    first, second = fitted["ensemble"].weights
    assert 0 < first < 1.5 and 0 < second < 1.5
    assert both == pytest.approx(first * linear + second * trees)
