"""The weeks and the open book: where a day falls, what a document still brings, and that it ties."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import ModuleType

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.cash.book import BRIDGE, Claims, net_of_credits, open_book, paid_by_week, weekly_shares
from ml.cash.naive import contractual, naive_by_week
from ml.cash.weeks import WEEKS, span_of, weeks_after
from ml.curves import HORIZON_DAYS, Curves
from ml.marts import date_of, day_number, open_marts

COMPANY = "732829320"
AS_OF = dt.date(2025, 3, 31)


def paid_on(documents: list[str], due: list[int], day: int, paid: list[int]) -> Claims:
    """Documents that are sure to be paid on a day each."""
    n = len(documents)
    survival = np.array([[float(day + d < p) for d in range(HORIZON_DAYS + 1)] for p in paid])
    return Claims(
        np.full(n, COMPANY, dtype=object),
        np.array(documents, dtype=object),
        Curves(np.full(n, day), np.array(due), survival.reshape(n, HORIZON_DAYS + 1)),
    )


@given(st.integers(0, 30_000))
def test_weeks_are_mondays_to_sundays_without_a_gap(day: int) -> None:
    weeks = weeks_after(day)
    assert [date_of(int(d)).weekday() for d in (*weeks.start, *weeks.last)] == [0] * WEEKS + [6] * WEEKS
    assert weeks.first[0] == day + 1 and weeks.start[0] <= day + 1 <= weeks.last[0]
    assert (weeks.first[1:] == weeks.last[:-1] + 1).all() and (weeks.start[1:] == weeks.first[1:]).all()


def test_after_a_sunday_the_first_week_is_whole_after_a_saturday_one_day() -> None:
    sunday = day_number(dt.date(2025, 11, 30))
    assert (weeks_after(sunday).last - weeks_after(sunday).first + 1)[0] == 7
    assert (weeks_after(sunday - 1).last - weeks_after(sunday - 1).first + 1)[0] == 1
    assert span_of() == ["1-4"] * 4 + ["5-13"] * 9


def test_forecast_and_cash_of_one_day_fall_into_one_week(factory: ModuleType, tmp_path: Path) -> None:
    """The slip of one day at a Sunday: what is expected on a day and what comes in on it meet in one week."""
    later = AS_OF + dt.timedelta(days=120)
    days = [AS_OF + dt.timedelta(days=k) for k in range(1, 100)]
    factory.write_rows(
        tmp_path, later,
        [(f"F{k:02d}", "C1", "invoice", AS_OF, AS_OF, 1) for k in range(len(days))],
        [(f"P{k:02d}", "C1", d, 1) for k, d in enumerate(days)],
        [(f"F{k:02d}", f"P{k:02d}", None, "payment", d, 1) for k, d in enumerate(days)],
    )  # fmt: skip
    con = open_marts(tmp_path, {COMPANY: later})
    day = day_number(AS_OF)
    weeks = weeks_after(day)
    numbers = [day_number(d) for d in days]
    claims = paid_on([f"F{k:02d}" for k in range(len(days))], [day] * len(days), day, numbers)
    book = open_book(con, claims, COMPANY, day, weeks)
    expected = 100 * book.weekly.sum(axis=0)
    received, others = paid_by_week(con, COMPANY, day, book.customers, weeks)
    assert received.sum(axis=0).tolist() == expected.tolist() == [600.0] + [700.0] * 12
    assert not others.any()
    con.close()


def test_the_worked_example_of_the_definition(factory: ModuleType, tmp_path: Path) -> None:
    """F2 owes 350.00 and F3 less its credit note 2,000.00; together the receivables."""
    factory.write_rows(
        tmp_path, AS_OF,
        [("F1", "C1", "invoice", dt.date(2025, 1, 10), dt.date(2025, 2, 9), 1200),
         ("F2", "C1", "invoice", dt.date(2025, 2, 14), dt.date(2025, 3, 16), 600),
         ("F3", "C1", "invoice", dt.date(2025, 3, 20), dt.date(2025, 4, 19), 2400),
         ("N1", "C1", "credit_note", dt.date(2025, 3, 25), dt.date(2025, 3, 25), -400)],
        [("P1", "C1", dt.date(2025, 2, 24), 1200), ("P2", "C1", AS_OF, 250)],
        [("F1", "P1", None, "payment", dt.date(2025, 2, 24), 1200),
         ("F2", "P2", None, "payment", AS_OF, 250),
         ("F3", None, "N1", "credit_note", dt.date(2025, 3, 25), 400)],
    )  # fmt: skip
    con = open_marts(tmp_path, {COMPANY: AS_OF})
    day = day_number(AS_OF)
    weeks = weeks_after(day)
    due = [day_number(dt.date(2025, 3, 16)), day_number(dt.date(2025, 4, 19))]
    book = open_book(con, paid_on(["F2", "F3"], due, day, [day + 5, day + 200]), COMPANY, day, weeks)
    assert dict(zip(book.document.tolist(), book.cents.tolist(), strict=True)) == {"F2": 35000, "F3": 200000}
    assert book.bridge == {"within": 35000, "later": 200000, "frozen": 0, "credits": 0, "undated": 0}
    by_week, past_due = contractual(book, weeks)
    assert past_due == 35000 and by_week[0] == 35000 and by_week[2] == 200000
    con.close()


def rows(*more: tuple[object, ...]) -> list[tuple[object, ...]]:
    january, march, may = dt.date(2025, 1, 1), dt.date(2025, 3, 1), dt.date(2025, 5, 1)
    return [
        ("A1", "A", "invoice", january, march, 100),
        ("A2", "A", "invoice", march, may, 200),
        ("B1", "B", "invoice", march, may, 300),
        ("B2", "B", "invoice", dt.date(2025, 3, 30), may, 50),
        *more,
    ]


def test_credits_are_set_off_and_frozen_claims_bring_nothing(factory: ModuleType, tmp_path: Path) -> None:
    """A has 130.00 on account and C a credit note; B's older invoice is frozen, the one after the judgment is not."""
    judged = dt.date(2025, 3, 20)
    factory.write_rows(
        tmp_path, AS_OF,
        rows(("K1", "C", "credit_note", dt.date(2025, 3, 2), dt.date(2025, 3, 2), -70)),
        [("P1", "A", dt.date(2025, 3, 15), 130)],
        [],
        f"insert into proceedings values ('{COMPANY}', 'B', date '{judged}', date '{judged}' + 5, 'receivership',"
        " 300, 300, null, null, 'receivership')",
    )  # fmt: skip
    con = open_marts(tmp_path, {COMPANY: AS_OF})
    day = day_number(AS_OF)
    due = [day_number(dt.date(2025, 3, 1)), *[day_number(dt.date(2025, 5, 1))] * 3]
    claims = paid_on(["A1", "A2", "B1", "B2"], due, day, [day + 3] * 4)
    book = open_book(con, claims, COMPANY, day, weeks_after(day))
    assert dict(zip(book.document.tolist(), book.cents.tolist(), strict=True)) == {
        "A1": 0,
        "A2": 17000,
        "B2": 5000,
    }
    assert book.bridge["frozen"] == 30000 and book.bridge["credits"] == -7000
    assert dict(zip(book.customers.tolist(), book.credit_left.tolist(), strict=True)) == {
        "A": 0,
        "B": 0,
        "C": 7000,
    }
    assert sum(book.bridge.values()) == 10000 * 6 + 5000 - 13000 - 7000
    # The week before, the judgment was not published: nothing was frozen.
    before = day_number(judged) + 4
    then = open_book(
        con,
        paid_on(["A1", "B1"], due[:1] + due[2:3], before, [day + 3] * 2),
        COMPANY,
        before,
        weeks_after(before),
    )
    assert then.bridge["frozen"] == 0 and "B1" in then.document.tolist()
    con.close()


def test_a_document_without_a_curve_is_undated_not_lost(factory: ModuleType, tmp_path: Path) -> None:
    factory.write_rows(tmp_path, AS_OF, rows())
    con = open_marts(tmp_path, {COMPANY: AS_OF})
    day = day_number(AS_OF)
    claims = paid_on(["A1", "A2"], [day, day], day, [day + 3] * 2)
    claims.curves.survival[1] = np.nan
    book = open_book(con, claims, COMPANY, day, weeks_after(day))
    assert book.document.tolist() == ["A1"]
    assert book.bridge == {"within": 10000, "later": 0, "frozen": 0, "credits": 0, "undated": 55000}
    con.close()


@given(
    st.lists(st.tuples(st.integers(1, 10_000), st.integers(0, 3), st.integers(0, 50)), max_size=12),
    st.lists(st.integers(-500, 20_000), min_size=4, max_size=4),
)
def test_a_credit_takes_the_oldest_first_and_no_more_than_there_is(
    documents: list[tuple[int, int, int]], credit: list[int]
) -> None:
    cents, customer, due = (np.array([d[k] for d in documents], dtype=np.int64) for k in range(3))
    net = net_of_credits(cents, customer, due, np.array(credit))
    assert ((net >= 0) & (net <= cents)).all()
    for who in range(4):
        own = customer == who
        assert net[own].sum() == max(int(cents[own].sum()) - max(credit[who], 0), 0)
        untouched = due[own][net[own] == cents[own]]
        used_up = due[own][net[own] < cents[own]]
        if len(untouched) and len(used_up):
            assert used_up.max() <= untouched.min() or credit[who] <= 0


@pytest.mark.parametrize(("year", "month"), [(2023, 6), (2024, 2), (2024, 12)])
def test_the_bridge_adds_up_to_the_receivables(steady_con, true_claims, year: int, month: int) -> None:  # type: ignore[no-untyped-def]
    day = day_number(dt.date(year, month, 1)) - 1
    book = open_book(steady_con, true_claims(steady_con, day), COMPANY, day, weeks_after(day))
    ((balance,),) = steady_con.execute(
        """
        select cast(100 * sum(amount) as bigint) from (
            select amount from fct_invoices where entry_date <= $day
            union all select -cleared from movement where moved_on <= $day
            union all select -amount from fct_payments where payment_date <= $day
            union all select amount from fct_allocations where payment_id is not null and allocation_date <= $day)
        """,
        {"day": date_of(day)},
    ).fetchall()
    assert tuple(book.bridge) == BRIDGE
    assert sum(book.bridge.values()) == balance > 0


def test_weekly_shares_are_what_the_curve_pays(steady_con: duckdb.DuckDBPyConnection, true_claims) -> None:  # type: ignore[no-untyped-def]
    day = day_number(dt.date(2024, 5, 31))
    weeks = weeks_after(day)
    curves = true_claims(steady_con, day).curves
    n = len(curves)
    index, nobody = np.arange(n), np.zeros(n, dtype=np.int64)
    even = np.ones((1, HORIZON_DAYS))
    shares = weekly_shares(curves, index, weeks, even, nobody)
    for k in (0, 5, 12):
        first, last = (np.full(n, int(w[k])) for w in (weeks.first, weeks.last))
        assert np.allclose(shares[:, k], curves.paid_between(first, last))
    assert (shares >= 0).all() and (shares.sum(axis=1) <= 1 + 1e-12).all()
    # Who pays in the third week or after the thirteenth pays then what it would have paid around.
    third = np.zeros((1, HORIZON_DAYS))
    third[0, weeks.first[2] - day - 1 : weeks.last[2] - day] = 1
    moved = weekly_shares(curves, index, weeks, third, nobody)
    paid = 1 - curves.survival[:, -1]
    pays_then = shares[:, 2] > 0
    assert np.allclose(moved[pays_then, 2], paid[pays_then])
    assert np.allclose(moved[~pays_then], shares[~pays_then])


def test_naive_forecasts(factory: ModuleType, tmp_path: Path) -> None:
    """Due date; due date and the customer's median of 10 days; a document past both in the first week."""
    paid = [(f"S{k}", dt.date(2025, 1, 1), dt.date(2025, 2, 1), dt.date(2025, 2, 11)) for k in range(3)]
    factory.write_rows(
        tmp_path, AS_OF,
        [*((i, "A", "invoice", e, d, 10) for i, e, d, _ in paid), *rows()],
        [(f"P{i}", "A", p, 10) for i, _, _, p in paid],
        [(i, f"P{i}", None, "payment", p, 10) for i, _, _, p in paid],
    )  # fmt: skip
    con = open_marts(tmp_path, {COMPANY: AS_OF})
    day = day_number(AS_OF)
    weeks = weeks_after(day)
    may = day_number(dt.date(2025, 5, 1))
    claims = paid_on(["A1", "A2"], [day_number(dt.date(2025, 3, 1)), may], day, [day + 1] * 2)
    book = open_book(con, claims, COMPANY, day, weeks)
    said = naive_by_week(con, book, weeks)["open_items"]
    assert said["due_date"].sum(axis=0).nonzero()[0].tolist() == [0, 4]
    assert said["customer_median"].sum(axis=0).nonzero()[0].tolist() == [0, 5]
    con.close()
