"""What earlier runs said: carried from run to run, judged only where all is known, never by a later day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from ml.lateness import prepare
from ml.lateness.bands import outcomes
from ml.lateness.states import open_book
from ml.life import history
from ml.life.registry import Stored
from ml.marts import day_number, open_marts
from ml.tables import BACKTEST, SCORE_HISTORY

COMPANY = "732829320"
AS_OF = dt.date(2024, 12, 31)
SERVED = {
    task: Stored(task, "hazard", f"{n:016x}", Path("x"), "s", {"data": f"d{n}", "features": f"f{n}"}, {})
    for n, task in enumerate(("late_payment", "default", "cash"))
}


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


#: Sixty invoices due 2024-03-31, every third paid ten days late, every third five early, every third never.
INVOICES = [
    (f"F{i:02}", f"C{i % 20:02}", "invoice", day("2024-03-01"), day("2024-03-31"), 100) for i in range(60)
]
PAID = [
    (f"F{i:02}", f"P{i:02}", f"C{i % 20:02}", day("2024-04-10") if i % 3 == 0 else day("2024-03-26"))
    for i in range(60)
    if i % 3 < 2
]


@pytest.fixture(scope="module")
def marts(factory: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("history")
    factory.write_rows(
        folder,
        AS_OF,
        INVOICES,
        [(p, c, d, 100) for _, p, c, d in PAID],
        [(i, p, None, "payment", d, 100) for i, p, _, d in PAID],
    )
    return folder


@pytest.fixture
def con(marts: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    opened = open_marts(marts)
    yield opened
    opened.close()


def line(**given: Any) -> dict[str, Any]:
    plain = {
        "company_id": COMPANY, "task": "late_payment", "target": "late", "as_of": day("2024-03-20"),
        "subject": "F00", "customer_id": "C00", "predicted": 0.5, "model_version": "v",
    }  # fmt: skip
    return dict.fromkeys(SCORE_HISTORY.names) | plain | given


def table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=SCORE_HISTORY)


def judged(
    con: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]]
) -> dict[tuple[str, str], dict[str, Any]]:
    found = history.judge(con, table(rows), BACKTEST.empty_table(), 7)
    return {(r["statistic"], r["subject"]): r for r in found}


def said_of_all(**given: Any) -> list[dict[str, Any]]:
    return [line(subject=i, customer_id=c, **given) for i, c, *_ in INVOICES]


def test_what_was_said_meets_what_happened(con: duckdb.DuckDBPyConnection) -> None:
    """Two thirds were late: said so, all is well; said a third, twice as many as expected."""
    right = judged(con, said_of_all(predicted=2 / 3))
    assert right["observed_expected", "late"]["value"] == pytest.approx(1.0)
    assert right["observed_expected", "late"]["state"] == right["ece", "late"]["state"] == "ok"
    wrong = judged(con, said_of_all(predicted=1 / 3))
    assert wrong["observed_expected", "late"]["value"] == pytest.approx(2.0)
    assert wrong["observed_expected", "late"]["state"] == "act"
    later = judged(con, said_of_all(target="late_90", predicted=1 / 3))
    assert later["observed_expected", "late_90"]["value"] == pytest.approx(1.0)


def test_a_payment_that_bounced_settled_nothing(factory: ModuleType, tmp_path: Path) -> None:
    """Paid before the due date, returned after it, paid for good 40 days late: late, by 40 days, wherever it is asked.

    The same rule labels what models learn from and what stored scores are judged by.
    """
    bounces = [
        (100, day("2024-03-28")),
        (-100, day("2024-04-08")),
        (100, day("2024-05-10")),
    ]
    factory.write_rows(
        tmp_path,
        AS_OF,
        INVOICES,
        [(f"P{i}-{n}", c, d, a) for i, c, *_ in INVOICES for n, (a, d) in enumerate(bounces)],
        [(i, f"P{i}-{n}", None, "payment", d, a) for i, *_ in INVOICES for n, (a, d) in enumerate(bounces)],
    )
    opened = open_marts(tmp_path)
    prepare(opened)
    said = judged(opened, said_of_all(predicted=1.0) + said_of_all(target="late_30", predicted=1.0))
    assert {said["observed_expected", target]["value"] for target in ("late", "late_30")} == {1.0}
    in_time = judged(opened, said_of_all(target="late_90", predicted=0.0))
    assert in_time["ece", "late_90"]["value"] == 0.0
    days = judged(opened, said_of_all(target="days", predicted=40.0, low=40.0, high=40.0))
    assert days["coverage", "days"]["value"] == 1.0
    book = open_book(opened, {COMPANY: day_number(day("2024-03-20"))})
    assert outcomes(book, {COMPANY: day_number(AS_OF)}).tolist() == [[1.0, 1.0, 0.0]] * len(INVOICES)
    # As it looked between the payment and its return, it was paid in time.
    assert outcomes(book, {COMPANY: day_number(day("2024-04-01"))})[:, 0].tolist() == [0.0] * len(INVOICES)
    opened.close()


def test_the_interval_of_days_counts_to_the_last_threshold(con: duckdb.DuckDBPyConnection) -> None:
    """−5 and 10 days lie in [−5, 10]; what is never paid lies only in an interval without an end."""
    closed = judged(con, said_of_all(target="days", predicted=0.0, low=-5.0, high=10.0))
    assert closed["coverage", "days"]["value"] == pytest.approx(2 / 3)
    opened = judged(con, said_of_all(target="days", predicted=0.0, low=-5.0, high=None))
    assert opened["coverage", "days"]["value"] == 1.0
    assert judged(con, said_of_all(target="days", predicted=0.0, low=-4.0))["coverage", "days"][
        "value"
    ] == pytest.approx(2 / 3)


def test_a_cohort_is_judged_only_when_all_of_it_is_known(factory: ModuleType, tmp_path: Path) -> None:
    """Usual term 30 days: what was said on 20 March of "late" is known on 19 April, not a day before."""
    for today, expected in (("2024-04-18", set()), ("2024-04-19", {"late"})):
        factory.write_rows(
            tmp_path / today, day(today), INVOICES, [(p, c, d, 100) for _, p, c, d in PAID],
            [(i, p, None, "payment", d, 100) for i, p, _, d in PAID],
        )  # fmt: skip
        con = open_marts(tmp_path / today, {COMPANY: day(today)})
        found = judged(con, [*said_of_all(), *said_of_all(target="late_30")])
        con.close()
        assert {subject for _, subject in found} == expected


def test_a_default_within_the_year_is_one_and_a_later_or_earlier_is_none(
    factory: ModuleType, tmp_path: Path
) -> None:
    events = {"C00": "2023-12-31", "C01": "2023-12-30", "C02": "2024-12-30", "C03": "2024-12-31"}
    more = "; ".join(
        f"insert into defaults by name (select '{COMPANY}' as company_id, '{c}' as customer_id,"
        f" date '{d}' as default_date, 'overdue' as reason, false as is_in_default)"
        for c, d in events.items()
    )
    factory.write_rows(tmp_path, AS_OF, INVOICES, more=more)
    con = open_marts(tmp_path)
    rows = [
        line(subject=f"C{i:02}", customer_id=f"C{i:02}", predicted=0.02)
        | {"task": "default", "target": "default_12m", "as_of": day("2023-12-31")}
        for i in range(60)
    ]
    found = judged(con, rows)
    con.close()
    # 2024-12-30 is day 365 of a leap year; the same day and the day before are not after it, day 366 is too late.
    assert found["observed_expected", "default_12m"]["value"] == pytest.approx(1 / 1.2, abs=1e-5)


def test_a_dispute_within_ninety_days_is_one(factory: ModuleType, tmp_path: Path) -> None:
    opened = {"F00": "2024-06-28", "F01": "2024-06-29", "F02": "2024-03-30", "F03": "2024-04-01"}
    more = "; ".join(
        f"insert into disputed by name (select '{COMPANY}' as company_id, '{i}' as invoice_id,"
        f" date '{d}' as disputed_from)"
        for i, d in opened.items()
    )
    factory.write_rows(tmp_path, AS_OF, INVOICES, more=more)
    con = open_marts(tmp_path)
    plain = {"task": "dispute", "target": "dispute_90", "as_of": day("2024-03-30")}
    found = judged(con, [row | plain for row in said_of_all(predicted=1 / 30)])
    con.close()
    # Day 90 is 28 June; the day itself was known, the day after day 90 is too late.
    assert found["observed_expected", "dispute_90"]["value"] == pytest.approx(1.0)


def test_weeks_that_are_over_are_held_against_the_backtest(factory: ModuleType, tmp_path: Path) -> None:
    """Fifty weeks said to bring 100 each: forty bring 110 and ten 150. A week counts from the day after as-of,
    and the one that is not over is not judged."""
    said_on = day("2023-12-31")
    weeks = [day("2024-01-01") + dt.timedelta(days=7 * i) for i in range(53)]
    payments = [
        (f"P{i}", "C00", w + dt.timedelta(days=6), 110 if i < 40 else 150) for i, w in enumerate(weeks[:50])
    ]
    factory.write_rows(tmp_path, day("2024-12-17"), INVOICES, [*payments, ("B", "C00", said_on, 9000)])
    con = open_marts(tmp_path, {COMPANY: day("2024-12-17")})
    rows = [
        line(task="cash", target="total", as_of=said_on, subject=str(w))
        | {"predicted": None, "customer_id": None}
        | {"predicted_amount": Decimal(100), "low_amount": Decimal(80), "high_amount": Decimal(120)}
        for w in weeks
    ]
    announced = dict.fromkeys(BACKTEST.names) | {
        "company_id": COMPANY, "task": "cash", "target": "total", "model": "curves", "window": "pooled",
        "slice": "all", "metric": "wape", "value": 0.1, "n": 50, "is_champion": True,
    }  # fmt: skip
    found = history.judge(con, table(rows), pa.Table.from_pylist([announced], schema=BACKTEST), 7)
    alone = history.judge(con, table(rows), BACKTEST.empty_table(), 7)
    con.close()
    by = {r["statistic"]: r for r in found}
    assert by["coverage"]["n"] == 50
    assert by["coverage"]["value"] == 0.8 and by["coverage"]["state"] == "ok"
    assert by["wape"]["value"] == pytest.approx((40 * 10 + 10 * 50) / (40 * 110 + 10 * 150), abs=1e-6)
    assert by["wape"]["state"] == "warn"
    assert [r["state"] for r in alone if r["statistic"] == "wape"] == ["unknown"]


def test_a_run_says_what_is_not_certain_yet_with_the_hashes_of_its_model(
    con: duckdb.DuckDBPyConnection,
) -> None:
    def scores(as_of: dt.date) -> pa.Table:
        return pa.table(
            {
                "company_id": [COMPANY], "invoice_id": ["F02"], "customer_id": ["C02"],
                "p_late": [0.4], "p_late_30": [0.2], "p_late_90": [0.1],
                "expected_payment_date_p10": pa.array([day("2024-04-01")], pa.date32()),
                "expected_payment_date_p50": pa.array([day("2024-04-05")], pa.date32()),
                "expected_payment_date_p90": pa.array([None], pa.date32()),
                "as_of": pa.array([as_of], pa.date32()),
            }
        )  # fmt: skip

    found = history.said(con, SERVED, invoice_scores=scores(day("2024-03-20"))).to_pylist()
    assert [(r["target"], r["predicted"], r["low"], r["high"]) for r in found] == [
        ("days", 5.0, 1.0, None),
        ("late", 0.4, None, None),
        ("late_30", 0.2, None, None),
        ("late_90", 0.1, None, None),
    ]
    assert {(r["model_version"], r["data_hash"], r["features_hash"]) for r in found} == {
        (f"{0:016x}", "d0", "f0")
    }
    past_due = history.said(con, SERVED, invoice_scores=scores(day("2024-04-20"))).to_pylist()
    assert [r["target"] for r in past_due] == ["days", "late_30", "late_90"]
    disputed = scores(day("2024-04-20")).append_column("p_dispute", pa.array([0.03]))
    told = history.said(con, SERVED, invoice_scores=disputed).to_pylist()
    assert [(r["target"], r["predicted"]) for r in told if r["task"] == "dispute"] == [("dispute_90", 0.03)]
    customers = pa.table(
        {
            "company_id": [COMPANY] * 2,
            "customer_id": ["C1", "C2"],
            "pd_12m": [0.02, None],
            "as_of": [AS_OF] * 2,
        }
    )
    (one,) = history.said(con, SERVED, customer_scores=customers).to_pylist()
    assert (one["task"], one["subject"], one["predicted"], one["model_version"]) == (
        "default",
        "C1",
        0.02,
        f"{1:016x}",
    )
    weeks = pa.table(
        {
            "company_id": [COMPANY] * 2, "week_start": [dt.date(2025, 1, 6)] * 2, "scenario": ["total", "open_items"],
            "p10": [Decimal("1.10")] * 2, "p50": [Decimal("2.20")] * 2, "p90": [Decimal("3.30")] * 2,
            "as_of": [AS_OF] * 2,
        }
    )  # fmt: skip
    (week,) = history.said(con, SERVED, cash_forecast=weeks).to_pylist()
    assert (week["subject"], week["as_of"], week["predicted_amount"]) == (
        "2025-01-06",
        AS_OF,
        Decimal("2.20"),
    )
    assert history.said(con, SERVED).num_rows == 0


def test_one_day_a_month_is_carried_and_nothing_later_than_today(con: duckdb.DuckDBPyConnection) -> None:
    earlier = [
        line(as_of=day(d), model_version=d)
        for d in ("2024-10-05", "2024-10-31", "2024-11-30", "2025-01-15", "2022-01-31")
    ]
    own = [line(as_of=AS_OF, model_version="own")]
    found = history.carry(con, [table(earlier[:2]), table(earlier)], table(own))
    assert [str(r["as_of"]) for r in found.to_pylist()] == ["2024-10-05", "2024-11-30", "2024-12-31"]
    # A second run in the same month adds nothing; the same day again gives the same bytes.
    again = history.carry(con, [found], table([line(as_of=AS_OF, model_version="zzz")]))
    assert again.num_rows == 3
    early_december = table([line(as_of=day("2024-12-02"), model_version="first")])
    kept = history.carry(con, [early_december], table(own)).to_pylist()
    assert [r["model_version"] for r in kept] == ["first"]
    assert history.carry(con, [], table(own)).equals(table(own))


def test_of_a_large_book_the_same_part_is_kept_whatever_the_order(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "KEPT_SUBJECTS", 10)
    names = [f"C{i:02}" for i in range(60)]

    def said(order: list[str]) -> pa.Table:
        rows = [{"company_id": COMPANY, "customer_id": c, "pd_12m": 0.02, "as_of": AS_OF} for c in order]
        return history.said(con, SERVED, customer_scores=pa.Table.from_pylist(rows))

    assert said(names).num_rows == 10
    assert said(names[::-1]).equals(said(names))
