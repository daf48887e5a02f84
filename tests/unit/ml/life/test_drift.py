"""Drift statistics against worked figures, and what they ask for."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ml.life import drift
from ml.tables import DRIFT


def generator(seed: int = 5) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def people(n: int) -> np.ndarray:
    return np.array([f"C{i}" for i in range(n)], dtype=object)


def test_the_index_of_a_worked_example() -> None:
    """50 / 50 became 70 / 30: (.7 − .5) ln(.7 / .5) + (.3 − .5) ln(.3 / .5) = 0.1695."""
    before = np.array(["a"] * 5000 + ["b"] * 5000, dtype=object)
    now = np.array(["a"] * 7000 + ["b"] * 3000, dtype=object)
    index, noise = drift.psi(drift.profile(before), now)
    assert index == pytest.approx(0.2 * math.log(1.4) + 0.2 * math.log(5 / 3), abs=1e-4)
    assert noise == pytest.approx(6.635 * 2 / 10000, rel=1e-3)  # χ² of one degree at 99 %


@pytest.mark.parametrize("kind", ["number", "flag", "text"])
def test_the_same_spread_is_no_drift_and_another_is(kind: str) -> None:
    rng = generator()

    def draw(shift: float, n: int) -> np.ndarray:
        if kind == "number":
            return rng.normal(shift, 1, n)
        if kind == "flag":
            return (rng.random(n) < 0.2 + 0.4 * shift).astype(np.float64)
        return rng.choice(["x", "y", "z"], n, p=[0.6 - 0.4 * shift, 0.3, 0.1 + 0.4 * shift]).astype(object)

    spread = {"f": drift.profile(draw(0.0, 4000))}
    states = {
        shift: drift.feature_rows("A", "late_payment", spread, {"f": draw(shift, 3000)})[0]["state"]
        for shift in (0.0, 1.0)
    }
    assert states == {0.0: "ok", 1.0: "act"}


def test_what_is_unknown_and_what_training_never_saw_are_bins_of_their_own() -> None:
    numbers = generator().normal(size=2000)
    holes = numbers.copy()
    holes[:1000] = np.nan
    assert drift.psi(drift.profile(numbers), holes)[0] > drift.PSI_LIMITS[1]
    texts = np.array(["x", "y"] * 500, dtype=object)
    assert drift.psi(drift.profile(texts), np.array(["new"] * 1000, dtype=object))[0] > 1
    assert drift.psi(drift.profile(texts), np.array([None] * 1000, dtype=object))[0] > 1


def test_a_small_sample_is_not_taken_for_drift() -> None:
    """With 40 customers ten bins are never filled evenly: in 200 draws without change hardly any is marked."""
    rng = generator()
    spread = {"f": drift.profile(rng.normal(size=400))}
    marked = sum(
        drift.feature_rows("A", "default", spread, {"f": rng.normal(size=40)})[0]["state"] != "ok"
        for _ in range(200)
    )
    assert marked <= 8


def test_the_documents_of_few_customers_are_not_taken_for_drift() -> None:
    """A figure of the customer, the same on each of its forty documents: ten customers each time, of one world."""
    rng = generator()
    customers = np.repeat(people(10), 40)

    def values() -> dict[str, np.ndarray]:
        return {"late_mean": np.repeat(rng.normal(size=10), 40)}

    states = {"twins": 0, "alone": 0}
    for _ in range(60):
        told = {"task": "default", "profiles": drift.profiles(values(), customers)}
        states["twins"] += drift.of_card("A", told, values(), customers)[0]["state"] != "ok"
        states["alone"] += (
            drift.of_card("A", {"task": "default", "profiles": drift.profiles(values())}, values())[0][
                "state"
            ]
            != "ok"
        )
    assert states["twins"] <= 6 and states["alone"] > 50
    assert drift.worth(customers) == 10.0 and drift.worth(people(7)) == 7.0


def test_a_card_carries_what_training_looked_like() -> None:
    rng = generator()
    values = {
        "amount": rng.normal(size=900),
        "sector": rng.choice(["x", "y"], 900).astype(object),
        "new": np.empty(0),
    }
    card = json.loads(json.dumps({"task": "default", "profiles": drift.profiles(values)}))
    now = {"amount": rng.normal(2, 1, 900), "sector": values["sector"], "unasked": np.ones(5)}
    found = drift.of_card("A", card, now)
    assert [(r["subject"], r["state"], r["task"]) for r in found] == [
        ("amount", "act", "default"),
        ("sector", "ok", "default"),
    ]
    assert drift.of_card("A", {"task": "default"}, now) == []


def test_a_feature_that_is_missing_or_empty() -> None:
    spread = {"f": drift.profile(np.arange(100.0)), "g": drift.profile(np.arange(100.0))}
    found = drift.feature_rows("A", "default", spread, {"g": np.empty(0)})
    assert [(r["subject"], r["state"]) for r in found] == [("f", "act"), ("g", "unknown")]
    assert drift.advise(found, "default", False) == "train"


@settings(deadline=None)
@given(
    hnp.arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e6, 1e6) | st.just(np.nan)),
    hnp.arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e6, 1e6) | st.just(np.nan)),
)
def test_any_numbers_give_a_finite_index_that_survives_the_card(before: np.ndarray, now: np.ndarray) -> None:
    spread = drift.profile(before)
    assert drift.Profile.from_dict(spread.to_dict()) == spread
    assert sum(spread.shares) == pytest.approx(1, abs=1e-4)
    index, noise = drift.psi(spread, now)
    assert index >= 0 and math.isfinite(index) and noise > 0
    assert drift.psi(spread, now[::-1]) == (index, noise)


def _states(y: np.ndarray, p: np.ndarray, who: np.ndarray | None = None) -> dict[str, str]:
    found = drift.probability_rows(
        "A", "late_payment", "late", y, p, people(len(y)) if who is None else who, 7
    )
    return {r["statistic"]: r["state"] for r in found}


def test_calibrated_scores_are_ok_and_shifted_ones_are_not() -> None:
    rng = generator()
    p = rng.beta(2, 4, 3000)
    y = (rng.random(3000) < p).astype(float)
    assert _states(y, p) == {"observed_expected": "ok", "ece": "ok"}
    assert _states(y, p / 2) == {"observed_expected": "act", "ece": "act"}
    assert _states(y, np.clip(p * 1.35, 0, 1))["observed_expected"] == "warn"


def test_two_cases_instead_of_one_raise_nothing() -> None:
    y = np.zeros(500)
    y[:2] = 1
    assert _states(y, np.full(500, 1 / 500))["observed_expected"] == "ok"
    assert _states(np.zeros(500), np.full(500, 1 / 500))["observed_expected"] == "ok"
    assert _states(np.zeros(500), np.full(500, 0.1))["observed_expected"] == "act"


def test_twins_are_one_case() -> None:
    """Ten customers, two of whom were late with all their hundred invoices: 200 late of 120 expected prove little."""
    y = np.zeros(1000)
    y[:200] = 1
    p = np.full(1000, 0.12)
    assert _states(y, p)["observed_expected"] == "act"
    twins = np.array([f"C{i // 100}" for i in range(1000)], dtype=object)
    assert _states(y, p, twins)["observed_expected"] == "ok"


def test_few_matured_scores_tell_nothing() -> None:
    n = drift.MIN_MATURED - 1
    assert set(_states(np.ones(n), np.zeros(n)).values()) == {"unknown"}
    found = drift.coverage_row("A", "late_payment", "days", np.zeros(n), np.zeros(n), np.zeros(n))
    assert found["state"] == "unknown"


@pytest.mark.parametrize(
    ("inside", "state", "threshold"),
    [(80, "ok", None), (72, "ok", 0.7), (65, "warn", 0.7), (50, "act", 0.6), (92, "warn", 0.9), (99, "act", 0.95)],
)  # fmt: skip
def test_coverage_has_two_sides(inside: int, state: str, threshold: float | None) -> None:
    actual = np.r_[np.full(inside, 5.0), np.full(100 - inside, 50.0)]
    found = drift.coverage_row("A", "cash", "expected", actual, np.zeros(100), np.full(100, 10.0))
    assert (found["state"], found["value"]) == (state, inside / 100)
    assert threshold is None or found["threshold"] == threshold
    open_ended = drift.coverage_row("A", "cash", "expected", actual, np.zeros(100), np.full(100, np.nan))
    assert open_ended["value"] == 1.0


def test_the_error_of_the_cash_is_held_against_its_backtest() -> None:
    actual, expected = np.array([100.0, 300.0]), np.array([160.0, 280.0])

    def state(backtest: float | None) -> str:
        return str(drift.wape_row("A", "cash", "expected", actual, expected, backtest)["state"])

    assert drift.wape_row("A", "cash", "expected", actual, expected, 0.2)["value"] == 0.2
    assert [state(x) for x in (0.2, 0.12, 0.09, None)] == ["ok", "warn", "act", "unknown"]
    empty = np.empty(0)
    assert drift.wape_row("A", "cash", "expected", empty, empty, 0.2)["state"] == "unknown"


def test_recalibrate_before_training_anew() -> None:
    bad = drift.row("A", "late_payment", "ece", "late", 0.3, 0.1, "act", 900)
    moved = drift.row("A", "late_payment", "psi", "amount", 0.4, 0.25, "act", 900)
    warned = bad | {"state": "warn"}
    assert drift.advise([bad], "late_payment", False) == "recalibrate"
    assert drift.advise([bad], "late_payment", True) == "train"
    assert drift.advise([bad], "default", False) == "reuse"
    assert drift.advise([moved, warned], "late_payment", True) == "reuse"


def test_a_canary_sings_outside_its_band() -> None:
    assert drift.canary_row("A", "late_payment", "permuted labels", 0.512, 0.47, 0.53, 900)["state"] == "ok"
    loud = drift.canary_row("A", "late_payment", "permuted labels", 0.55, 0.47, 0.53, 900)
    assert (loud["state"], loud["threshold"]) == ("act", 0.53)


def test_the_table_is_in_the_order_of_its_keys() -> None:
    rows = [drift.row(c, "default", s, "f", 0.1, 0.1, "ok", 1) for c in "AB" for s in ("ece", "psi")]
    found = drift.table(reversed(rows))
    assert found.schema == DRIFT and found.to_pylist() == rows
