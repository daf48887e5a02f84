"""The promotion rule on backtest rows written by hand, one clause at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.life.promotion import choose, judge
from ml.tables import BACKTEST

ORIGINS = [dt.date(2025, m, 28) for m in range(1, 7)]


def row(model: str, target: str, metric: str, value: float | None, **more: Any) -> dict[str, Any]:
    plain = {
        "company_id": "A", "task": "late_payment", "target": target, "model": model, "window": "pooled",
        "cut_off": None, "slice": "all", "metric": metric, "value": value, "n": 1000, "positives": 300,
    }  # fmt: skip
    return plain | more


def rolling(
    model: str, target: str, metric: str, values: Sequence[float], **more: Any
) -> list[dict[str, Any]]:
    return [
        row(model, target, metric, v, window="rolling", cut_off=day, **more)
        for v, day in zip(values, ORIGINS, strict=False)
    ]


def table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=BACKTEST)


def both(wins: int, pinball_wins: int = 6, origins: int = 6) -> list[dict[str, Any]]:
    """A challenger that wins so many origins on either measure."""
    return [
        *rolling("old", "late", "log_loss", [0.5] * origins),
        *rolling("new", "late", "log_loss", [0.4] * wins + [0.6] * (origins - wins)),
        *rolling("old", "days", "pinball", [2.0] * origins),
        *rolling("new", "days", "pinball", [1.0] * pinball_wins + [3.0] * (origins - pinball_wins)),
    ]


@pytest.mark.parametrize(
    ("wins", "pinball", "code"),
    [(4, 4, "promoted"), (3, 6, "too_few_wins"), (6, 3, "too_few_wins"), (6, 6, "promoted")],
)
def test_four_of_six_on_both_measures(wins: int, pinball: int, code: str) -> None:
    found = judge(table(both(wins, pinball)), "late_payment", "old", "new")
    assert (found.code, found.is_promoted) == (code, code == "promoted")
    assert (found.wins, found.origins) == (min(wins, pinball), 6)
    assert "old" in found.en and "new" in found.fr


def test_a_tie_leaves_the_champion() -> None:
    rows = [*rolling("old", "late", "log_loss", [0.5] * 6), *rolling("new", "late", "log_loss", [0.5] * 6)]
    assert judge(table(rows), "late_payment", "old", "new").code == "too_few_wins"


def test_two_origins_prove_nothing() -> None:
    found = judge(table(both(2, 2, origins=2)), "late_payment", "old", "new")
    assert (found.is_promoted, found.code) == (False, "too_few_origins")


def test_a_challenger_that_cannot_be_compared_is_not_promoted() -> None:
    rows = rolling("old", "late", "log_loss", [0.5] * 6)
    assert judge(table(rows), "late_payment", "old", "new").code == "too_few_origins"
    assert judge(table([]), "late_payment", "old", "new").code == "not_comparable"
    assert judge(table(both(6)), "default", "old", "new").code == "not_comparable"


@pytest.mark.parametrize(
    ("old", "new", "is_promoted"),
    [(0.030, 0.032, True), (0.030, 0.034, False), (0.001, 0.019, True), (0.001, 0.021, False)],
)
def test_calibration_may_be_a_tenth_worse_and_no_more(old: float, new: float, is_promoted: bool) -> None:
    rows = [*both(6), row("old", "late", "ece", old), row("new", "late", "ece", new)]
    found = judge(table(rows), "late_payment", "old", "new")
    assert found.is_promoted == is_promoted
    assert is_promoted or found.code == "worse_calibrated"


@pytest.mark.parametrize(
    ("new", "n", "positives", "code"),
    [
        (0.54, 1000, 300, "promoted"),
        (0.56, 1000, 300, "worse_slice"),
        (0.56, 150, 60, "promoted"),
        (0.56, 1000, 10, "promoted"),
        (0.56, 1000, 995, "promoted"),
    ],
)
def test_no_slice_may_be_a_tenth_worse_if_it_has_cases(new: float, n: int, positives: int, code: str) -> None:
    own = {"slice": "paid_before=0", "n": n, "positives": positives}
    rows = [*both(6), row("old", "late", "log_loss", 0.5, **own), row("new", "late", "log_loss", new, **own)]
    found = judge(table(rows), "late_payment", "old", "new")
    assert found.code == code
    assert code == "promoted" or "paid_before=0" in found.en


def test_companies_count_by_their_cases() -> None:
    """A win on a large book outweighs a loss on a small one, on each origin."""
    rows = [
        *rolling("old", "late", "log_loss", [0.5] * 6, n=9000),
        *rolling("new", "late", "log_loss", [0.4] * 6, n=9000),
        *rolling("old", "late", "log_loss", [0.5] * 6, n=1000, company_id="B"),
        *rolling("new", "late", "log_loss", [0.9] * 6, n=1000, company_id="B"),
    ]
    assert judge(table(rows), "late_payment", "old", "new").is_promoted
    turned = [r | {"n": 10000 - r["n"]} for r in rows]
    assert not judge(table(turned), "late_payment", "old", "new").is_promoted


def test_a_figure_that_is_none_is_no_figure() -> None:
    rows = both(6)
    rows[0] |= {"value": None}
    assert judge(table(rows), "late_payment", "old", "new").origins == 5


def test_the_best_of_those_that_pass_serves_and_a_tie_goes_to_the_simpler() -> None:
    rows = [
        *rolling("rate", "late", "log_loss", [0.50] * 6),
        *rolling("logistic", "late", "log_loss", [0.45] * 6),
        *rolling("trees", "late", "log_loss", [0.45] * 6),
        *rolling("deep", "late", "log_loss", [0.40, 0.1, 0.1, 0.6, 0.6, 0.6]),
    ]
    served, verdicts = choose(table(rows), "late_payment", "rate", ["logistic", "trees", "deep"])
    assert served == "logistic"
    assert [v.is_promoted for v in verdicts] == [True, True, False]
    rows += [row("trees", "late", "log_loss", 0.44), row("logistic", "late", "log_loss", 0.46)]
    assert choose(table(rows), "late_payment", "rate", ["logistic", "trees"])[0] == "trees"
    assert choose(table(rows), "late_payment", "trees", ["logistic"])[0] == "trees"


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0.1, 1), st.floats(0.1, 1)), min_size=3, max_size=6), st.randoms())
def test_two_models_never_both_beat_each_other_and_row_order_is_nothing(
    losses: list[tuple[float, float]], random: Any
) -> None:
    rows = [
        *rolling("a", "late", "log_loss", [a for a, _ in losses]),
        *rolling("b", "late", "log_loss", [b for _, b in losses]),
    ]
    forth, back = (judge(table(rows), "late_payment", *pair) for pair in (("a", "b"), ("b", "a")))
    assert not (forth.is_promoted and back.is_promoted)
    random.shuffle(rows)
    assert judge(table(rows), "late_payment", "a", "b") == forth
