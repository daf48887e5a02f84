"""Days of payment are told from dates, readiness from what they hide, and nothing later enters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.lateness.readiness import EARLIEST, LATEST, Habits, habits
from ml.marts import day_number

NOW = dt.date(2025, 6, 30)
Payment = tuple[str, dt.date, int]


def known(
    payments: Sequence[Payment], customers: Sequence[str], origin: dt.date = NOW
) -> tuple[np.ndarray, Habits]:
    """The habits of customers on a day, from (customer, paid on, days late)."""
    with duckdb.connect() as con:
        con.execute(
            "create table paid (company_id varchar, customer_id varchar, paid_on date, days_late bigint)"
        )
        if payments:
            con.executemany("insert into paid values ('c', ?, ?, ?)", list(payments))
        n = len(customers)
        return habits(
            con,
            np.array(["c"] * n, dtype=object),
            np.array(customers, dtype=object),
            np.full(n, day_number(origin)),
            np.full(n, day_number(origin + dt.timedelta(20))),
        )


def run_days(next_run: Callable[[dt.date], dt.date], ready: Sequence[tuple[dt.date, int]]) -> list[Payment]:
    """Payments of customer A, due on a day and ready so many days after it, made on its next run."""
    found = []
    for due, after in ready:
        paid = next_run(due + dt.timedelta(after))
        found.append(("A", paid, (paid - due).days))
    return found


def on_thursdays(day: dt.date) -> dt.date:
    return day + dt.timedelta((3 - day.weekday()) % 7)


def on_the_tenth(day: dt.date) -> dt.date:
    month = day.replace(day=10) if day.day <= 10 else (day.replace(day=1) + dt.timedelta(32)).replace(day=10)
    while month.weekday() > 4:
        month += dt.timedelta(1)
    return month if month >= day else on_the_tenth(day + dt.timedelta(5))


def at_month_end(day: dt.date) -> dt.date:
    end = (day.replace(day=1) + dt.timedelta(32)).replace(day=1) - dt.timedelta(1)
    while end.weekday() > 4:
        end -= dt.timedelta(1)
    return end if end >= day else at_month_end((day.replace(day=1) + dt.timedelta(32)).replace(day=1))


def any_working_day(day: dt.date) -> dt.date:
    return day + dt.timedelta({5: 2, 6: 1}.get(day.weekday(), 0))


RNG = np.random.default_rng(3)
DUE = [(dt.date(2023, 8, 1) + dt.timedelta(int(d)), 2) for d in np.sort(RNG.integers(0, 640, 60))]


@pytest.mark.parametrize("next_run", [on_thursdays, on_the_tenth, at_month_end, any_working_day])
def test_days_of_payment_are_told_from_dates(next_run: Callable[[dt.date], dt.date]) -> None:
    row, found = known(run_days(next_run, DUE), ["A"])
    day = np.arange(day_number(dt.date(2025, 1, 1)), day_number(dt.date(2025, 6, 30)))
    last = found.last_run(np.repeat(row, len(day)), day)
    is_run = [next_run(dt.date(1970, 1, 1) + dt.timedelta(int(d))).toordinal() - 719163 == d for d in day]
    assert ((last == day) == np.array(is_run)).mean() > 0.98


def test_readiness_is_told_from_the_intervals_that_runs_leave() -> None:
    """Always ready two days after the due date: late by weeks only since the run of the month waits."""
    row, found = known(run_days(on_the_tenth, DUE), ["A"])
    due = np.array([day_number(d) for d in (dt.date(2025, 7, 10), dt.date(2025, 7, 4))])
    rows = np.repeat(row, 2)
    by_tenth = found.paid_by(rows, due, np.full(2, day_number(dt.date(2025, 7, 10))))
    # Due on the 10th, ready on the 12th: misses the 10th. Due on the 4th, ready on the 6th: paid by it.
    assert by_tenth[0] < 0.2 < 0.8 < by_tenth[1]
    assert abs(found.usual(row)[0] - 2) <= 2


def test_a_run_in_the_middle_of_nothing_moves_with_the_days_asked() -> None:
    row, found = known(run_days(on_thursdays, DUE), ["A"])
    due = np.array([day_number(dt.date(2025, 7, 9))])  # a Wednesday
    assert found.last_run(row, due) == due - 6
    assert found.next_run(row, due, 31) == 1
    assert np.isnan(found.next_run(row, due - 4, 3))
    sooner, later = found.paid_by(row, due, due, 4), found.paid_by(row, due, due, -4)
    assert sooner <= found.paid_by(row, due, due) <= later


def test_without_payments_nothing_is_told_and_strangers_are_like_all_customers() -> None:
    row, found = known([], ["A"])
    assert np.isnan(found.paid_by(row, np.array([20000]), np.array([20000]))).all()
    assert np.isnan(found.usual(row)).all()
    row, found = known(run_days(any_working_day, DUE), ["A", "B"])
    due = np.full(2, day_number(dt.date(2025, 7, 9)))
    ready = found.paid_by(row, due, due + 10)
    assert (found.kinds[row[1]] == 0).all()
    assert 0.5 < ready[1] <= ready[0]


payment = st.tuples(
    st.sampled_from("AB"),
    st.dates(dt.date(2023, 7, 10), dt.date(2025, 9, 30)),
    st.integers(-90, 400),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(payment, max_size=40), st.randoms())
def test_shares_rise_to_one_whatever_the_order_and_the_future(
    payments: list[Payment], random: object
) -> None:
    row, found = known(payments, ["A", "B"])
    shuffled = list(payments)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    earlier = [p for p in shuffled if p[1] <= NOW]
    _, again = known(earlier, ["A", "B"])
    assert np.array_equal(found.kinds[row], again.kinds[row])
    assert np.array_equal(found.ready[row], again.ready[row], equal_nan=True)
    if earlier:
        assert (np.diff(found.ready, axis=1) >= 0).all()
        assert np.allclose(found.ready[:, -1], 1, atol=1e-5)
        assert found.ready.shape[1] == LATEST - EARLIEST + 1
    else:
        assert np.isnan(found.ready).all()


def test_a_payment_counts_from_its_day_on() -> None:
    payments = run_days(any_working_day, DUE)
    payments.append(("A", dt.date(2025, 6, 12), 90))
    for origin, is_known in ((dt.date(2025, 6, 11), False), (dt.date(2025, 6, 12), True), (NOW, True)):
        row, found = known(payments, ["A"], origin)
        _, without = known(payments[:-1], ["A"], origin)
        assert np.array_equal(found.ready[row], without.ready[row]) != is_known
