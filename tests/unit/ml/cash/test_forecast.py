"""The distribution of the sum, its calibration, and the whole run on a ledger whose truth is known."""

from __future__ import annotations

import datetime as dt
from dataclasses import astuple
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml import cash
from ml.cash import simulate
from ml.cash.book import Book
from ml.cash.calibrate import Calibration, Past, fit
from ml.cash.forecast import forecast_origin
from ml.cash.simulate import Quantiles, draw_billing, draw_open, quantiles
from ml.cash.weeks import WEEKS
from ml.curves import HORIZON_DAYS, Curves
from ml.life.registry import table_bytes, table_of
from ml.marts import day_number, open_marts
from ml.settings import RiskSettings

COMPANY = "732829320"


def book_of(weekly: list[list[float]], cents: list[int], customer: list[int], run: list[int]) -> Book:
    """A book by hand; weeks that are not given have no chance."""
    n = len(cents)
    shares = np.zeros((n, WEEKS))
    for k, row in enumerate(weekly):
        shares[k, : len(row)] = row
    return Book(
        company=COMPANY,
        day=20_000,
        document=np.array([f"F{k}" for k in range(n)], dtype=object),
        customers=np.array(sorted({f"C{c}" for c in customer}), dtype=object),
        customer=np.array(customer),
        run=np.array(run),
        due=np.zeros(n, dtype=np.int64),
        cents=np.array(cents),
        weekly=shares,
        habit=np.ones((max(customer, default=-1) + 1, HORIZON_DAYS)),
        credit_left=np.zeros(max(customer) + 1, dtype=np.int64),
        bridge={},
    )


def test_a_document_alone_keeps_its_curve() -> None:
    draws = draw_open(book_of([[0.2, 0.5, 0.1]], [1000], [0], [0]), 7)
    share = (draws > 0).mean(axis=0)
    assert share[:3] == pytest.approx([0.2, 0.5, 0.1], abs=0.04)
    assert set(np.unique(draws)) == {0.0, 1000.0} and (draws > 0).sum(axis=1).max() == 1


def test_documents_of_one_run_come_together_and_those_of_one_customer_nearly() -> None:
    def spread(customer: list[int], run: list[int]) -> float:
        book = book_of([[0.5, 0.5]] * 40, [100] * 40, customer, run)
        return float(draw_open(book, 7)[:, 0].std())

    alone = spread(list(range(40)), list(range(40)))
    one_customer = spread([0] * 40, list(range(40)))
    one_run = spread([0] * 40, [0] * 40)
    # Without any dependence: 100 √(40/4) = 316; all at once: 2,000.
    assert 316 < alone < one_customer < one_run
    assert one_run == pytest.approx(2000, rel=0.02)


@pytest.mark.parametrize("most", [20_000, 10])
def test_the_mean_of_the_draws_is_the_expected_cash(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Also where the smaller documents move with the common factor alone."""
    monkeypatch.setattr(simulate, "MAX_DRAWN", most)
    rng = np.random.default_rng(3)
    weekly = rng.dirichlet(np.ones(15), size=300)[:, :WEEKS]
    book = book_of(
        weekly.tolist(),
        rng.integers(100, 9000, 300).tolist(),
        (np.arange(300) % 60).tolist(),
        list(range(300)),
    )
    assert draw_open(book, 7).mean(axis=0) == pytest.approx(book.cents @ book.weekly, rel=0.03)
    assert (draw_open(book, 7) == draw_open(book, 7)).all()


def test_billing_is_drawn_around_its_mean_and_as_lumpy_as_it_is() -> None:
    expected = np.full((30, WEEKS), 50_000.0)
    even = draw_billing(expected, np.full(30, 10_000.0), 7)
    lumpy = draw_billing(expected, np.full(30, 900_000.0), 7)
    assert even.mean(axis=0) == pytest.approx(expected.sum(axis=0), rel=0.03)
    assert lumpy.mean(axis=0) == pytest.approx(expected.sum(axis=0), rel=0.08)
    assert even[:, 0].std() < 0.6 * lumpy[:, 0].std()
    assert not draw_billing(np.zeros((2, WEEKS)), np.ones(2), 7).any()


def normal(width: float, n: int, seed: int) -> list[Past]:
    """Past forecasts of N(1000, 100) of which came in N(1000, 100 × width)."""
    rng = np.random.default_rng(seed)
    raw = quantiles(1000 + 100 * rng.standard_normal((4000, WEEKS)), np.full(WEEKS, 1000.0), 1.0)
    return [Past(raw, 1000 + 100 * width * rng.standard_normal(WEEKS)) for _ in range(n)]


@pytest.mark.parametrize("width", [0.5, 1.0, 2.0])
def test_widths_are_learnt_until_four_in_five_lie_between(width: float) -> None:
    told = fit(normal(width, 30, 1))
    assert told.level == pytest.approx(1, abs=0.03)
    inside = [
        float(np.mean((p.actual >= q[:, 0]) & (p.actual <= q[:, 2])))
        for p in normal(width, 200, 2)
        for q in [told.apply(p.quantiles).weekly]
    ]
    assert np.mean(inside) == pytest.approx(0.8, abs=0.05)


def test_the_level_is_learnt_and_nothing_is_learnt_from_nothing() -> None:
    past = [Past(p.quantiles, 2 * p.actual) for p in normal(1.0, 39, 1)]
    assert fit(past).level == pytest.approx((2 * 39 + 1) / 40, rel=0.01)
    assert fit([]) == Calibration()
    assert fit([Past(past[0].quantiles, np.full(WEEKS, np.nan))]) == Calibration()
    assert fit([Past(past[0].quantiles, np.zeros(WEEKS))]).level > 0


@given(
    st.lists(st.floats(0, 1e7), min_size=WEEKS, max_size=WEEKS),
    st.floats(0.01, 5),
    st.floats(0, 100),
)
def test_published_quantiles_are_ordered_and_never_below_zero(
    middle: list[float], level: float, width: float
) -> None:
    q = np.array(middle)
    raw = Quantiles(
        np.column_stack([0.5 * q - 1, q, 2 * q + 1]),
        np.column_stack([0.5 * q.cumsum() - 1, q.cumsum(), 2 * q.cumsum() + 1]),
        q,
    )
    spans = dict.fromkeys(("1-4", "5-13", "cumulative"), width)
    told = Calibration(level, spans).apply(raw)
    for table in (told.weekly, told.cumulative):
        assert (table >= 0).all() and (np.diff(table, axis=1) >= -1e-6).all()
    assert (np.diff(told.cumulative, axis=0) >= 0).all()
    assert (told.cumulative[0] == told.weekly[0]).all()


MONTH_ENDS = [day_number(dt.date(2023 + (5 + k) // 12, (5 + k) % 12 + 1, 1)) - 1 for k in range(18)]


@pytest.fixture(scope="module")
def ran(steady: Path, true_claims):  # type: ignore[no-untyped-def]
    """The whole run over 18 past month ends, with the curves of the generator itself."""
    con = open_marts(steady)
    now = day_number(dt.date(2024, 12, 31))
    past = [true_claims(con, day) for day in MONTH_ENDS]
    judged = cash.judgement(con, past, "truth", 7)
    result = cash.run(con, true_claims(con, now), judged["cash_calibration"], RiskSettings())
    con.close()
    return {**result, **judged}


def test_with_the_true_curves_it_beats_the_naive_ones_and_covers(ran) -> None:  # type: ignore[no-untyped-def]
    rows = {
        (r["target"], r["slice"], r["metric"], r["model"]): r
        for r in ran["backtest"].to_pylist()
        if r["window"] == "pooled"
    }
    for span in ("weeks=1-4", "weeks=5-13", "all"):
        row = rows["open_items", span, "wape", "truth"]
        assert row["baseline"] == "customer_median" and row["value"] < row["baseline_value"]
        assert row["is_champion"] and not rows["open_items", span, "wape", "due_date"]["is_champion"]
    assert rows["open_items", "all", "wape", "truth"]["gain_low"] > 0
    assert rows["open_items", "sum", "wape", "truth"]["value"] < 0.03
    assert rows["total", "sum", "wape", "truth"]["value"] < 0.08
    for scenario in ("open_items", "total"):
        assert 0.7 <= rows[scenario, "all", "cover_80", "truth"]["value"] <= 0.92
    assert set(ran["backtest"].column("task").to_pylist()) == {"cash"}
    keys = ["company_id", "target", "model", "window", "cut_off", "slice", "metric"]
    assert ran["backtest"].group_by(keys).aggregate([]).num_rows == ran["backtest"].num_rows


def test_the_tables_add_up(ran) -> None:  # type: ignore[no-untyped-def]
    rows = ran["cash_forecast"].to_pylist()
    assert len(rows) == 3 * WEEKS and ran["cash_forecast"].schema == cash.CASH_FORECAST
    by = {(r["scenario"], r["week"]): r for r in rows}
    for k in range(1, WEEKS + 1):
        total, owed, billed = (by[s, k] for s in ("total", "open_items", "expected_billing"))
        assert abs(total["expected"] - owed["expected"] - billed["expected"]) <= Decimal("0.01")
        assert owed["p10"] <= owed["p50"] <= owed["p90"]
        assert billed["contractual"] is None and total["contractual"] == owed["contractual"]
        assert (owed["first_day"] - owed["week_start"]).days == (2 if k == 1 else 0)
    lines = {r["line"]: r["amount"] for r in ran["cash_open_book"].to_pylist()}
    assert lines["within"] == sum(by["open_items", k]["expected"] for k in range(1, WEEKS + 1))
    money = pa.decimal128(18, 2)
    for name, table in ran.items():
        for field in table.schema:
            if field.name in ("p10", "p50", "p90", "expected", "amount", "actual", "cash_change"):
                assert field.type == money, (name, field)


def test_what_the_past_taught_is_kept_and_read_back_as_it_was(ran, steady, true_claims) -> None:  # type: ignore[no-untyped-def]
    """A run that does not train forecasts by the calibration that lies with its model, to the cent."""
    stored = {name: table_of(table_bytes(ran[name])) for name in ("cash_calibration", "cash_backtest")}
    assert stored["cash_backtest"].equals(ran["cash_backtest"])
    assert {r["span"] for r in ran["cash_calibration"].to_pylist()} >= {"level", "cumulative"}
    con = open_marts(steady)
    now = true_claims(con, day_number(dt.date(2024, 12, 31)))
    again = cash.run(con, now, stored["cash_calibration"], RiskSettings())
    untaught = cash.run(con, now, cash.CASH_CALIBRATION.empty_table(), RiskSettings())
    con.close()
    assert again["cash_forecast"].equals(ran["cash_forecast"])
    assert not untaught["cash_forecast"].equals(ran["cash_forecast"])


def test_weeks_that_are_not_over_are_not_judged(ran) -> None:  # type: ignore[no-untyped-def]
    as_of = dt.date(2024, 12, 31)
    rows = ran["cash_backtest"].to_pylist()
    assert all(r["week_start"] + dt.timedelta(days=6) <= as_of for r in rows)
    last = max(r["cut_off"] for r in rows)
    assert last == dt.date(2024, 10, 31)
    assert max(r["week"] for r in rows if r["cut_off"] == last) < WEEKS


def test_the_same_rows_in_any_order_give_the_same_tables(factory, steady, true_claims, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Rows of the marts, rows of the claims, number of threads."""
    tables = ("fct_invoices", "fct_payments", "fct_allocations", "fct_customer_behaviour_monthly")
    shuffled = factory.altered(
        steady, tmp_path / "shuffled", **dict.fromkeys(tables, "select * from t order by hash(t)")
    )
    told = []
    for folder, threads in ((steady, 2), (shuffled, 1)):
        con = open_marts(folder, threads=threads)
        past = [true_claims(con, day) for day in MONTH_ENDS[:4]]
        if threads == 1:
            past = [
                cash.Claims(c.company[::-1], c.document[::-1], Curves(*(x[::-1] for x in astuple(c.curves))))
                for c in past
            ]
        now = true_claims(con, day_number(dt.date(2024, 12, 31)))
        judged = cash.judgement(con, past, "truth", 7)
        told.append({**judged, **cash.run(con, now, judged["cash_calibration"], RiskSettings())})
        con.close()
    for name, table in told[0].items():
        assert told[1][name].equals(table), name


def test_what_comes_later_changes_no_forecast_of_a_day(factory, steady, true_claims, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """The forecast of a past day is the same on a ledger that ends on that day."""
    date = dt.date(2024, 3, 31)
    day = day_number(date)
    cut = factory.altered(
        steady, tmp_path / "cut",
        fct_invoices=f"select * from t where entry_date <= date '{date}'",
        fct_payments=f"select * from t where payment_date <= date '{date}'",
        fct_allocations=f"select * from t where allocation_date <= date '{date}'",
        fct_customer_behaviour_monthly=f"select * from t where month_end <= date '{date}'",
    )  # fmt: skip
    told = []
    for folder in (steady, cut):
        con = open_marts(folder)
        told.append(forecast_origin(con, true_claims(con, day), COMPANY, day, 7))
        con.close()
    whole, ended = told
    assert (whole.book.cents == ended.book.cents).all() and whole.book.bridge == ended.book.bridge
    assert (whole.billing.pace == ended.billing.pace).all()
    for scenario in cash.SCENARIOS:
        assert (whole.raw[scenario].weekly == ended.raw[scenario].weekly).all()


def test_past_days_must_come_in_order(steady_con, true_claims) -> None:  # type: ignore[no-untyped-def]
    days = [true_claims(steady_con, MONTH_ENDS[k]) for k in (1, 0)]
    with pytest.raises(ValueError, match=r"earliest first: 2023-05-31"):
        cash.judgement(steady_con, days, "truth", 7)


def test_nothing_open_and_nothing_billed_is_a_forecast_of_nothing(
    factory: ModuleType, tmp_path: Path
) -> None:
    as_of = dt.date(2024, 6, 30)
    old = dt.date(2022, 1, 3)
    factory.write_rows(
        tmp_path, as_of,
        [("F1", "=cmd|", "invoice", old, old, 10)],
        [("P1", "=cmd|", old, 10)],
        [("F1", "P1", None, "payment", old, 10)],
    )  # fmt: skip
    con = open_marts(tmp_path, {COMPANY: as_of})
    none = cash.Claims(
        np.empty(0, dtype=object),
        np.empty(0, dtype=object),
        Curves(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty((0, 401))),
    )
    judged = cash.judgement(con, [], "none", 7)
    result = cash.run(con, none, judged["cash_calibration"], RiskSettings())
    rows = result["cash_forecast"].to_pylist()
    assert len(rows) == 3 * WEEKS and {r["p90"] for r in rows} == {0}
    assert {table.num_rows for table in judged.values()} == {result["cash_terms"].num_rows} == {0}
    con.close()
