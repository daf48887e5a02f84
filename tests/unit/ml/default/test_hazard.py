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
from ml.default.hazard import Hazard, QuarterRows, blended, fit_linear, fit_trees, quarter_rows, to_log_odds
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
    return {"linear": linear, "trees": trees, "ensemble": blended(linear, trees, small.months)}


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


def test_a_mean_of_two_is_spread_as_they_are_and_keeps_their_order(
    small: Any, fitted: dict[str, Hazard]
) -> None:
    linear, trees, both = (fitted[name].index(small.months) for name in ("linear", "trees", "ensemble"))
    rank = np.argsort(np.argsort((linear + trees).round(9), kind="stable"), kind="stable")
    assert np.array_equal(rank, np.argsort(np.argsort(both.round(9), kind="stable"), kind="stable"))
    spreads = {name: float(np.std(hazard.index(small.months))) for name, hazard in fitted.items()}
    assert spreads["ensemble"] == pytest.approx((spreads["linear"] + spreads["trees"]) / 2, rel=1e-4)
    assert np.std((linear + trees) / 2) < np.std(both)
