"""Whether a customer has slowed down, and what may pass 90 days: against the same laws reckoned one by one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import ModuleType

import duckdb
import numpy as np
import pytest
from scipy.stats import logistic  # type: ignore[import-untyped]

from ml.default import pace
from ml.default.months import customer_months
from ml.marts import date_of, open_marts

AS_OF = dt.date(2025, 12, 31)
DAY = dt.timedelta(days=1)


def customer(
    name: str, delays: list[int | None], amount: int = 1000
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Rows of a customer with a document a month from January 2024 on, due on the 10th, paid so many days late."""
    invoices, payments, allocations = [], [], []
    for k, delay in enumerate(delays):
        due = dt.date(2024 + k // 12, 1 + k % 12, 10)
        invoice = f"{name}-{k}"
        invoices.append((invoice, name, "invoice", due - 30 * DAY, due, amount))
        if delay is not None and (paid := due + delay * DAY) <= AS_OF:
            payments.append((f"P{invoice}", name, paid, amount))
            allocations.append((invoice, f"P{invoice}", None, "payment", paid, amount))
    return invoices, payments, allocations


@pytest.fixture(scope="module")
def book(factory: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pace")
    usual = [5, 8, 3, 6, 4, 7] * 4
    books = [
        customer("STEADY", list(usual)),
        customer("SLOWER", [*usual[:20], 30, 28, None, None]),
        customer("QUICKER", [*usual[:20], -9, -8, -9, -9]),
        customer("FORGETS", [*usual[:21], 33, *usual[22:]]),
        customer("LATE", [82] * 24),
        customer("SMALL", [82] * 24, amount=20),
    ]
    factory.write_rows(folder, AS_OF, *([row for one in books for row in one[i]] for i in range(3)))
    return folder


def told(book: Path, name: str) -> dict[str, dict[str, float]]:
    """Feature by customer, then by month end."""
    with open_marts(book) as con:
        months = customer_months(con)
    found: dict[str, dict[str, float]] = {}
    for who, origin, value in zip(months.customer, months.origin, months.values[name], strict=True):
        found.setdefault(str(who), {})[str(date_of(int(origin)))] = float(value)
    return found


def test_who_slows_down_is_told_from_who_does_not(book: Path) -> None:
    last = {who: by_month[str(AS_OF)] for who, by_month in told(book, "slowing_chance").items()}
    assert last["SLOWER"] > 0.9
    assert max(last["STEADY"], last["QUICKER"], last["LATE"]) < 0.02
    # One document forgotten is no change of pace.
    assert last["FORGETS"] < 0.1
    before = told(book, "slowing_chance")["SLOWER"]["2025-08-31"]
    assert before < 0.02


def law(days: float, middle: float, spread: float, is_paid: bool) -> float:
    """Density of being paid on a day, or chance of being open after it, of the habit and of what is forgotten."""
    asked = "pdf" if is_paid else "sf"
    own, forgotten = (
        getattr(logistic(at, scale), asked)(days)
        for at, scale in ((middle, spread), (middle + pace.FORGOTTEN_DAYS, pace.FORGOTTEN_SPREAD))
    )
    return float((1 - pace.FORGOTTEN) * own + pace.FORGOTTEN * forgotten)


def test_the_chance_of_having_slowed_down_is_bayes_rule(book: Path) -> None:
    with open_marts(book) as con:
        pace.prepare(con, 500, 0.01)
        (middle, spread) = con.execute(
            "select past_middle, past_spread from pace_month where customer_id = 'SLOWER' and month_end = ?",
            [AS_OF],
        ).fetchall()[0]
        (chance,) = con.execute(
            "select slowing_chance from pace where customer_id = 'SLOWER' and month_end = ?", [AS_OF]
        ).fetchall()[0]
    # Payments before September, of documents due up to August.
    usual = ([5, 8, 3, 6, 4, 7] * 4)[:20]
    assert middle == pytest.approx(np.median(usual), abs=0.3) and 2 <= spread < 3
    dues = [dt.date(2025, m, 10) for m in range(7, 13)]
    paid = [usual[18], usual[19], 30, 28, None, None]
    odds = 0.0
    whole = sum(pace.STAYS**k for k in range(pace.MONTHS)) * len(pace.SLOWER_DAYS)
    for since in range(pace.MONTHS):
        for slower in pace.SLOWER_DAYS:
            evidence = 0.0
            for due, delay in zip(dues, paid, strict=True):
                age = (AS_OF - due).days
                if age >= (since + 1) * 30.5:
                    continue
                days, is_paid = (age, False) if delay is None else (int(delay), True)
                evidence += np.log(
                    law(days, middle + slower, spread, is_paid) / law(days, middle, spread, is_paid)
                )
            odds += pace.STAYS**since / whole * np.exp(np.clip(evidence, -40, 20))
    odds *= pace.PRIOR_ODDS
    assert chance == pytest.approx(odds / (1 + odds), abs=1e-4)


def test_what_may_pass_ninety_days_is_what_is_slow_and_large(book: Path) -> None:
    chance, now, expected = (
        {who: by_month[str(AS_OF)] for who, by_month in told(book, name).items()}
        for name in ("beyond_90", "open_beyond_90", "expected_beyond_90")
    )
    assert chance["LATE"] > 0.5 and now["LATE"] > 0.1 and expected["LATE"] > 0.2
    assert chance["STEADY"] < 0.1 and now["STEADY"] < 0.02
    assert chance["SMALL"] == now["SMALL"] == 0 and 0 < expected["SMALL"] < 0.1 * expected["LATE"]
    assert chance["STEADY"] < chance["SLOWER"]


def test_chances_of_passing_ninety_days_are_those_of_the_law(book: Path) -> None:
    with open_marts(book) as con:
        pace.prepare(con, 500, 0.01)
        ((middle, spread, now, year, expected),) = con.execute(
            "select m.middle, m.spread, p.open_beyond_90, p.beyond_90, p.expected_beyond_90 from pace_month as m"
            " join pace as p using (company_id, customer_id, month_end) where customer_id = 'LATE' and month_end = ?",
            [AS_OF],
        ).fetchall()
    beyond = law(90, middle, spread, False)
    # Open: due on 10 November and 10 December; of the year: those issued from 1 January on, due from February.
    running = [
        beyond / law((AS_OF - dt.date(2025, month, 10)).days, middle, spread, False) for month in (11, 12)
    ]
    assert now == pytest.approx(1 - np.prod([1 - p for p in running]), abs=1e-4)
    assert expected == pytest.approx(2 * sum(running), abs=1e-4)  # 1,000 each, 500 make a default
    assert year == pytest.approx(1 - np.prod([1 - p for p in running]) * (1 - beyond) ** 11, abs=1e-4)


def test_what_is_known_later_changes_nothing(book: Path) -> None:
    day = dt.date(2025, 6, 30)
    found = []
    for as_of in (AS_OF, day):
        with open_marts(book, {company(book): as_of}) as con:
            months = customer_months(con)
        at = months.origin <= (day - dt.date(1970, 1, 1)).days
        names = ("slowing_chance", "beyond_90", "open_beyond_90", "expected_beyond_90")
        found.append([months.values[name][at] for name in names])
    for later, then in zip(*found, strict=True):
        assert len(then) > 50
        np.testing.assert_array_equal(later, then)


def company(book: Path) -> str:
    with duckdb.connect() as con:
        return str(
            con.execute(f"select any_value(company_id) from '{book}/fct_invoices.parquet'").fetchall()[0][0]
        )
