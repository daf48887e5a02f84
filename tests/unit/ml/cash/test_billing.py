"""Recurring billing, payment days and other terms, on ledgers that are regular by construction."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import ModuleType

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.cash.billing import Billing, recurring_billing, shifted
from ml.cash.book import Claims, open_book
from ml.cash.calibrate import Calibration
from ml.cash.forecast import SCENARIOS, forecast_origin
from ml.cash.habits import _covers, mixed, payment_days
from ml.cash.terms import due_days, is_over_ceiling, terms_rows
from ml.cash.weeks import weeks_after
from ml.curves import HORIZON_DAYS, Curves
from ml.marts import RiskError, date_of, day_number, open_marts

COMPANY = "732829320"
AS_OF = dt.date(2024, 11, 30)
DAY = day_number(AS_OF)


def billing_of(con: duckdb.DuckDBPyConnection, day: int = DAY) -> Billing:
    """Recurring billing beside a book of which no curve is known."""
    none = np.empty(0, dtype=object)
    days = np.empty(0, dtype=np.int64)
    claims = Claims(none, none, Curves(days, days, np.empty((0, HORIZON_DAYS + 1))))
    return recurring_billing(con, open_book(con, claims, COMPANY, day, weeks_after(day)))


def monday_after(day: dt.date) -> dt.date:
    """The working day on which a run of `day` leaves: the next one."""
    return day + dt.timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


@pytest.fixture(scope="module")
def regular(factory: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """A is billed 1,000.00 on each 5th and pays on the 10th of the next month; B 300.00 each Monday, paid at once."""
    folder = tmp_path_factory.mktemp("regular")
    invoices: list[tuple[object, ...]] = []
    payments: list[tuple[object, ...]] = []
    allocations: list[tuple[object, ...]] = []

    def bill(name: str, customer: str, issued: dt.date, term: int, paid: dt.date, amount: int) -> None:
        invoices.append((name, customer, "invoice", issued, issued + dt.timedelta(days=term), amount))
        if paid <= AS_OF:
            payments.append((f"P{name}", customer, paid, amount))
            allocations.append((name, f"P{name}", None, "payment", paid, amount))

    for k in range(35):
        year, month = 2022 + k // 12, k % 12 + 1
        after = dt.date(2022 + (k + 1) // 12, (k + 1) % 12 + 1, 10)
        bill(f"A{k:03d}", "A", dt.date(year, month, 5), 30, monday_after(after), 1000)
    monday = dt.date(2022, 1, 3)
    for k in range(152):
        day = monday + dt.timedelta(days=7 * k)
        if day <= AS_OF:
            bill(f"B{k:03d}", "B", day, 0, day, 300)
    factory.write_rows(folder, AS_OF, invoices, payments, allocations)
    return open_marts(folder, {COMPANY: AS_OF})


def test_pace_is_what_a_year_was_billed(regular: duckdb.DuckDBPyConnection) -> None:
    billing = billing_of(regular)
    assert billing.customers.tolist() == ["A", "B"]
    assert billing.pace.tolist() == pytest.approx([12_000 / 364, 52 * 300 / 364])
    assert billing.term.tolist() == [30.0, 0.0]
    assert (billing.paid >= 0).all() and (billing.paid.sum(axis=1) <= 1 + 1e-9).all()


def test_the_quarter_to_come_is_like_the_quarter_before(regular: duckdb.DuckDBPyConnection) -> None:
    """B is paid as billed: 13 times 300.00. A's invoices of December and January are paid on 10 January and 10
    February, a few days after the tenth where that is a weekend."""
    billing = billing_of(regular)
    weeks = weeks_after(DAY)
    a, b = billing.weekly(weeks)
    assert b.sum() == pytest.approx(13 * 300, rel=0.15)
    assert a.sum() == pytest.approx(2000, rel=0.16)
    best = {int(k) for k in np.argsort(-a)[:2]}
    tenths = [day_number(monday_after(dt.date(2025, m, 10))) for m in (1, 2)]
    assert best == {int(np.flatnonzero((weeks.first <= t) & (t <= weeks.last))[0]) for t in tenths}
    assert a[list(best)].sum() > 0.8 * a.sum()


def test_a_new_customer_is_no_year_of_billing(factory: ModuleType, tmp_path: Path) -> None:
    """One invoice two weeks ago is not 26 a year; nobody billed for a year is not foreseen."""
    old, new = dt.date(2023, 1, 1), AS_OF - dt.timedelta(days=14)
    factory.write_rows(
        tmp_path, AS_OF,
        [("F1", "old", "invoice", old, old, 500), ("F2", "new", "invoice", new, new, 910)],
    )  # fmt: skip
    con = open_marts(tmp_path, {COMPANY: AS_OF})
    billing = billing_of(con)
    assert billing.customers.tolist() == ["new"] and billing.pace.tolist() == [10.0]
    assert billing.weekly(weeks_after(DAY)).sum() == 0  # nobody ever paid
    con.close()


def test_seasons_count_after_two_years(factory: ModuleType, tmp_path: Path) -> None:
    """Billed in each month but January: January to come is poor once two Januaries are known."""
    months = [dt.date(2022 + k // 12, k % 12 + 1, 15) for k in range(35) if k % 12]
    factory.write_rows(
        tmp_path, AS_OF, [(f"F{k:02d}", "A", "invoice", d, d, 100) for k, d in enumerate(months)]
    )
    con = open_marts(tmp_path, {COMPANY: AS_OF})
    spread = billing_of(con).spread
    december, january = spread[0, 14], spread[0, 31 + 14]
    assert january < 0.4 * december
    early = billing_of(con, day_number(dt.date(2023, 11, 30))).spread
    assert early[0, 31 + 14] == early[0, 14]
    con.close()


@given(st.lists(st.floats(0, 1), min_size=8, max_size=8), st.integers(-10, 10))
def test_a_shift_loses_only_what_leaves_the_window(values: list[float], shift: int) -> None:
    paid = np.array([values])
    moved = shifted(paid, np.array([shift]))
    kept = paid[0, : 8 - shift].sum() if 0 <= shift <= 8 else 0.0 if shift > 8 else paid.sum()
    assert moved.sum() == pytest.approx(kept)
    if shift == 0:
        assert moved.tolist() == paid.tolist()
    assert (np.cumsum(moved) <= np.cumsum(paid) + 1e-9).all() or shift < 0


def test_every_nominal_day_is_paid_once_and_never_on_a_weekend() -> None:
    start = day_number(dt.date(2024, 2, 1))
    covers = _covers(start, 29)
    assert covers[:, 29].sum() == 0  # February 2024 has no 30th
    assert covers[:, :28].sum(axis=0).tolist() == [1.0] * 28
    assert covers[28, 30] == 1  # the last day is nominal day 31
    weekdays = (start + 3 + np.arange(29)) % 7
    assert covers[weekdays > 4].sum() == 0
    # The end of March 2024 is a Sunday: its run leaves on Friday the 29th.
    march = _covers(day_number(dt.date(2024, 3, 1)), 31)
    assert march[28, 30] == 1 and march[28].sum() == 3


def test_payment_days_are_told_from_past_payments(regular: duckdb.DuckDBPyConnection) -> None:
    first, count = DAY + 1, 60
    likely = payment_days(regular, COMPANY, DAY, np.array(["A", "B"], dtype=object), first, count)
    dates = [date_of(first + k) for k in range(count)]
    assert likely[:, [k for k, d in enumerate(dates) if d.weekday() > 4]].sum() == 0
    # 10 December 2024 is a Tuesday; B pays on Mondays.
    a = {d: float(x) for d, x in zip(dates, likely[0], strict=True)}
    assert a[dt.date(2024, 12, 10)] > 5 * a[dt.date(2024, 12, 17)]
    b = {d: float(x) for d, x in zip(dates, likely[1], strict=True)}
    assert b[dt.date(2024, 12, 16)] > 5 * b[dt.date(2024, 12, 17)]


def test_payment_days_are_known_before_the_day_they_are_used(regular: duckdb.DuckDBPyConnection) -> None:
    """What is paid after a day tells nothing on that day."""
    early = day_number(dt.date(2022, 1, 31))
    likely = payment_days(regular, COMPANY, early, np.array(["A"], dtype=object), early + 1, 28)
    tenth = day_number(monday_after(dt.date(2022, 2, 10))) - early - 1
    assert likely[0, tenth] < 1.5  # A has not paid once


@pytest.mark.parametrize(
    ("terms", "issued", "due"),
    [
        ("45 EOM", dt.date(2026, 1, 15), dt.date(2026, 3, 31)),
        ("EOM 45", dt.date(2026, 1, 15), dt.date(2026, 3, 17)),
        ("30", dt.date(2026, 1, 31), dt.date(2026, 3, 2)),
        ("0", dt.date(2026, 1, 31), dt.date(2026, 1, 31)),
        ("60 EOM 10", dt.date(2026, 1, 15), dt.date(2026, 4, 10)),
        ("0 EOM 31", dt.date(2026, 1, 15), dt.date(2026, 2, 28)),
    ],
)
def test_due_days_are_those_of_the_definition(terms: str, issued: dt.date, due: dt.date) -> None:
    assert due_days(terms, np.array([day_number(issued)])).tolist() == [day_number(due)]


@pytest.mark.parametrize("terms", ["", "soon", "30 days", "EOM", "1000"])
def test_what_is_no_term_is_refused_by_name(terms: str) -> None:
    with pytest.raises(RiskError, match=f"'{terms}' is not a payment term"):
        due_days(terms, np.array([DAY]))


def test_the_ceiling_is_60_days_or_45_end_of_month() -> None:
    allowed = ("0", "30", "60", "45 EOM", "EOM 45", "30 EOM")
    assert [t for t in (*allowed, "61", "90", "60 EOM", "EOM 60", "45 EOM 10") if is_over_ceiling(t)] == [
        *("61", "90", "60 EOM", "EOM 60", "45 EOM 10"),
    ]


def test_other_terms_move_cash_and_the_money_needed(steady_con, true_claims) -> None:  # type: ignore[no-untyped-def]
    day = day_number(dt.date(2024, 12, 31))
    origin = forecast_origin(steady_con, true_claims(steady_con, day), COMPANY, day, 7)
    plain = {name: Calibration() for name in SCENARIOS}
    rows, weekly = terms_rows(origin, plain, ("0", "30", "60"), 0.1)
    everybody = {r["terms"]: r for r in rows if r["customer_id"] is None}
    assert everybody["0"]["cash_change"] > 0 > everybody["60"]["cash_change"]
    assert everybody["0"]["dso_days_change"] == pytest.approx(-everybody["0"]["term_days"], abs=0.06)
    for row in everybody.values():
        assert float(row["financing_change"]) == pytest.approx(
            float(row["billed_per_day"]) * row["dso_days_change"], rel=0.02
        )
        assert abs(row["financing_cost_change"] - row["financing_change"] / 10) < 1
        changes = [
            w["cash_change"] for w in weekly if w["customer_id"] is None and w["terms"] == row["terms"]
        ]
        assert sum(changes) == row["cash_change"] and len(changes) == 13
    # A customer already on these terms gains nothing from them.
    same = [r for r in rows if r["terms"] == "30" and r["customer_id"] and r["term_days"] == 30]
    assert same and all(r["cash_change"] == r["financing_change"] == 0 for r in same)


def test_habits_are_told_from_noise() -> None:
    """Of many customers, half pay on one kind of day of five and half on any: the first keep theirs, the others
    are brought near none; where all pay on any day, nobody gets a habit from a few payments."""
    rng = np.random.default_rng(5)
    firm = np.zeros((40, 5))
    firm[np.arange(40), np.arange(40) % 5] = 12
    loose = rng.multinomial(12, np.full(5, 0.2), size=40).astype(np.float64)
    told = mixed(np.vstack([firm, loose]), np.full(5, 0.2))
    assert told.sum(axis=1) == pytest.approx(np.ones(80))
    assert told[np.arange(40), np.arange(40) % 5].min() > 0.6
    assert np.abs(told[40:] - 0.2).mean() < 0.6 * np.abs(loose / 12 - 0.2).mean()
    assert np.abs(mixed(loose, np.full(5, 0.2)) - 0.2).mean() < 0.03
    assert mixed(np.zeros((1, 5)), np.full(5, 0.2))[0] == pytest.approx(np.full(5, 0.2))


def test_where_weekends_are_paid_they_are_days_like_others(factory: ModuleType, tmp_path: Path) -> None:
    first = dt.date(2024, 1, 1)
    days = [first + dt.timedelta(days=3 * k) for k in range(100)]
    factory.write_rows(
        tmp_path, AS_OF,
        [(f"F{k:03d}", "A", "invoice", d, d, 10) for k, d in enumerate(days)],
        [(f"P{k:03d}", "A", d, 10) for k, d in enumerate(days)],
        [(f"F{k:03d}", f"P{k:03d}", None, "payment", d, 10) for k, d in enumerate(days)],
    )  # fmt: skip
    con = open_marts(tmp_path, {COMPANY: AS_OF})
    likely = payment_days(con, COMPANY, DAY, np.array(["A"], dtype=object), DAY + 1, 28)
    assert likely.min() > 0.5 and likely.max() < 2
    con.close()
