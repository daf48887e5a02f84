"""The benchmark of scores measures what it says: its protocol on cases worked by hand, its book, its verdicts."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from ml.default.months import CustomerMonths
from pipelines.demo import draw
from pipelines.demo.behaviour import (
    COLLAPSED,
    FIRST_MONTH,
    HEALTHY,
    MONTHS_BEFORE,
    PAYMENTS,
    REJECTION,
    Moves,
)
from pipelines.demo.calendar import month_number
from tests.benchmarks import ml, ml_books, ml_default, ml_observer, ml_scale
from tests.benchmarks.ml_protocol import (
    NEVER,
    QUANTILES,
    WEEKS,
    Book,
    auc_gain,
    baselines,
    calibration_error,
    cash_error,
    customer_median,
    customer_rate,
    due_date,
    figures,
    measure_days,
    origins,
    read_book,
    weeks_of,
)
from tests.real_data import needs_real_data
from tests.unit.ml.factory import Ledger, write_marts, write_sql


def book(issue: list[int], due: list[int], paid: list[int], customer: list[int] | None = None) -> Book:
    """Invoices of 100; the last third is tested."""
    n = len(issue)
    return Book(
        np.array([f"F{i}" for i in range(n)], dtype=object),
        np.array(customer or [0] * n),
        np.array(issue),
        np.array(due),
        np.full(n, 100.0),
        np.array(paid),
        issue[int(0.7 * n)],
    )


# --- the protocol -----------------------------------------------------------------------------------------------------


def test_the_first_seventy_percent_by_issue_date_train(tmp_path: Path) -> None:
    write_marts(tmp_path, Ledger(customers=8, months=12, invoices=200, credited_share=0))
    # dbt's marts have the day of settlement, the factory's do not.
    with duckdb.connect() as connection:
        connection.execute(f"""
            copy (select i.*, a.allocation_date as settled_on
                from '{tmp_path}/fct_invoices.parquet' as i
                left join (select invoice_id, max(allocation_date) as allocation_date
                    from '{tmp_path}/fct_allocations.parquet' group by 1) as a using (invoice_id))
            to '{tmp_path}/with.parquet' (format parquet)
        """)
    (tmp_path / "with.parquet").replace(tmp_path / "fct_invoices.parquet")
    given = read_book(tmp_path)
    assert (np.diff(given.issue) >= 0).all() and len(given.issue) == 200
    assert given.split == given.issue[140]
    assert (given.issue[given.test] >= given.split).all() and len(given.test) >= 60
    assert (given.paid >= given.issue).all()


def test_the_rate_of_a_customer_counts_only_what_was_cleared_strictly_before() -> None:
    """The first invoice is cleared on the day on which the tested one is issued: it is not known yet."""
    given = book(
        issue=[0, 0, 1, 2, 3, 4, 5, 30, 31, 31],
        due=[9, 9, 9, 9, 9, 9, 9, 40, 41, 41],
        paid=[30, 12, 12, 8, 8, 12, 8, 39, 39, 45],
        customer=[0, 0, 1, 1, 2, 2, 0, 0, 0, 1],
    )
    rate = customer_rate(given).late[0]
    known_on_30 = (1, 2)  # of customer 0: one late, one on time
    known_on_31 = (2, 3)
    # Two equations of the same prior: (s + a) / (n + a + b).
    a_plus_b = (known_on_31[0] - known_on_30[0] - (rate[1] * known_on_31[1] - rate[0] * known_on_30[1])) / (
        rate[1] - rate[0]
    )
    a = rate[0] * (known_on_30[1] + a_plus_b) - known_on_30[0]
    assert 0 < a < a_plus_b
    assert rate[2] == pytest.approx((1 + a) / (2 + a_plus_b))  # customer 1: one late of two


def test_the_median_of_a_customer_is_of_what_was_cleared_strictly_before() -> None:
    given = book(
        issue=[0, 0, 0, 1, 2, 3, 4, 30, 31, 31],
        due=[10, 10, 10, 10, 10, 10, 10, 40, 41, 41],
        paid=[11, 13, 30, 12, 12, 12, 12, 39, 39, 45],
        customer=[0, 0, 0, 1, 1, 1, 1, 0, 0, 2],
    )
    forecast, cash = customer_median(given)
    assert forecast.days is not None
    middle = forecast.days[:, QUANTILES.index(0.5)]
    assert middle.tolist() == [2.0, 3.0, 2.0]  # {1, 3}; {1, 3, 20}; nobody's own: the median of all
    assert cash(31, np.array([7])).tolist() == [
        [0, 1, 0, 0]
    ]  # due 40, usually 3 days late: day 43 is in 39..45


@pytest.mark.parametrize(
    ("day", "week"), [(1, 0), (7, 0), (8, 1), (14, 1), (15, 2), (28, 3), (29, None), (0, 0), (-5, 0)]
)
def test_the_first_week_begins_on_the_day_after_the_origin(day: int, week: int | None) -> None:
    """One day more or less at the border of a week doubles the error of weekly cash."""
    shares = weeks_of(100, np.array([100 + day]))[0]
    assert shares.tolist() == [float(w == week) for w in range(WEEKS)]


def test_the_error_of_weekly_cash_by_hand() -> None:
    """Two open invoices of 100: said for weeks 1 and 1, paid in weeks 1 and 2: 100 + 100 missed of 200."""
    given = book(
        issue=[0, 0, 0, 0, 0, 0, 0, 7, 8, 9], due=[5] * 7 + [12, 13, 14], paid=[6] * 7 + [12, 19, NEVER]
    )
    _, cash = due_date(given)
    assert cash_error(given, cash, [8]) == pytest.approx(200 / 200)
    # On day 6 nothing of the last three exists and the rest is paid: nothing to err about on day 7 but the first.
    assert cash_error(given, cash, [7]) == pytest.approx(0 / 100)


def test_eight_origins_a_week_apart_from_the_eve_of_the_split() -> None:
    given = book(issue=list(range(0, 200, 20)), due=list(range(10, 210, 20)), paid=list(range(10, 210, 20)))
    eight = origins(given)
    assert eight[0] == given.split - 1 and np.diff(eight).tolist() == [7] * 7
    assert set(eight) < set(origins(given, every_day=True)) and len(origins(given, every_day=True)) == 56


# --- the measures -----------------------------------------------------------------------------------------------------


def test_calibration_error_of_bands_by_hand() -> None:
    outcome = np.array([True, False, False, False, True, True])
    p = np.array([0.12, 0.18, 0.18, 0.12, 0.9, 0.9])
    assert calibration_error(outcome, p) == pytest.approx(4 / 6 * (0.25 - 0.15) + 2 / 6 * (1 - 0.9))


def test_days_by_hand() -> None:
    days = np.array([[0.0, 1, 2, 3, 4], [0, 1, 2, 3, 4]])
    found = measure_days(np.array([2, 6]), days)
    assert found["mae"] == 2.0 and found["within_3"] == 0.5
    assert found["cover_80"] == 0.5 and found["width_80"] == 4.0
    by_hand = [
        max(q * (y - x), (q - 1) * (y - x)) for y in (2, 6) for q, x in zip(QUANTILES, range(5), strict=True)
    ]
    assert found["pinball"] == pytest.approx(np.mean(by_hand))


def test_a_score_that_is_the_baseline_gains_nothing_and_a_perfect_one_surely_does() -> None:
    rng = np.random.default_rng(3)
    outcome = rng.random(600) < 0.4
    noise, customer = rng.random(600), rng.integers(0, 40, 600)
    assert auc_gain(outcome, noise, noise, customer) == (0.0, 0.0, 0.0)
    gain, low, high = auc_gain(outcome, outcome.astype(float), noise, customer)
    assert low > 0.3 and low <= gain <= high


def test_what_was_never_paid_is_late_but_has_no_days() -> None:
    given = book(
        issue=list(range(10)), due=list(range(5, 15)), paid=[7, 5, 8, 7, 12, 8, 12, 12, 20, NEVER],
        customer=[0, 0, 1, 1, 0, 1, 0, 1, 0, 1],
    )  # fmt: skip
    found = figures(given, {"due date": due_date(given)})
    assert found["due date"]["days"]["mae"] == pytest.approx((0 + 7) / 2)


# --- books ------------------------------------------------------------------------------------------------------------


def test_a_book_is_written_as_an_erp_exports_it(tmp_path: Path) -> None:
    from pipelines.config import load_settings

    day = dt.date(2024, 1, 5)
    rows = [
        ml_books.Invoice("A", "=cmd|x", day, day, "12.30", None),
        ml_books.Invoice("B", "c;,\"d", day, day, "5", day),
    ]  # fmt: skip
    config = ml_books.write_book(tmp_path, "own", rows)
    assert ml_books.given(tmp_path / "invoices.csv") == rows
    settings = load_settings(config)
    assert [company.name for company in settings.companies] == ["own"]


@needs_real_data
def test_published_books_have_the_rows_that_the_bars_are_about() -> None:
    found = ml_books.highradius()
    assert len(found) == 20_761 and len({one.customer_id for one in found}) == 732
    assert all(one.paid_date is not None and one.paid_date >= one.issue_date for one in found)
    split = sorted(one.issue_date for one in found)[int(0.7 * len(found))]
    assert split == dt.date(2019, 6, 28)
    assert sum(one.issue_date >= split for one in found) == 6_237
    assert len(ml_books.ibm()) == 2_466


# --- verdicts ---------------------------------------------------------------------------------------------------------


def test_a_bar_is_a_floor_or_a_ceiling_and_says_nothing_of_what_is_not_there() -> None:
    floor, ceiling = (
        ml.Bar("late_0", "auc", 0.7, 0.85, True),
        ml.Bar("late_0", "brier", 0.2, 0.15, False),
    )
    good, bad = {"late_0": {"auc": 0.85, "brier": 0.15}}, {"late_0": {"auc": 0.849, "brier": 0.151}}
    assert floor.met(good) and ceiling.met(good) and not floor.met(bad) and not ceiling.met(bad)
    assert floor.met({"days": {}}) is None


def test_the_table_puts_what_is_asked_for_beside_the_figures() -> None:
    given = book(
        issue=list(range(10)), due=list(range(5, 15)), paid=[7, 5, 8, 7, 12, 8, 12, 12, 20, 14],
        customer=[0, 0, 1, 1, 0, 1, 0, 1, 0, 1],
    )  # fmt: skip
    models = figures(given, baselines(given))
    models["customer rate"]["late_0"] = {"auc": 0.9, "ap": 0.7, "brier": 0.1, "log_loss": 0.3, "ece": 0.01}
    text = ml.book_table(
        "ibm",
        {
            "invoices": 10,
            "customers": 2,
            "tested": 3,
            "split": "2024-01-01",
            "base": {"0": 0.5, "30": 0.1},
            "models": models,
        },
    )
    assert "| AUC |  |  | **0.900** | ≥ 0.884 (naive 0.874) |" in text
    assert "| AP |  |  | 0.700 | ≥ 0.757 (naive 0.685) |" in text


# --- cost -------------------------------------------------------------------------------------------------------------


def test_the_large_book_has_the_open_documents_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "900"
    assert ml_scale.make(folder) == {"documents": 900}
    # A few of the paid ones are paid after the as-of day.
    assert 900 <= ml_scale.one_pass(folder)["rows"] <= 930
    with duckdb.connect() as connection:
        rows: list[Any] = connection.execute(
            f"select min(entry_date), max(entry_date), count(*) from '{folder}/fct_invoices.parquet'"
        ).fetchall()
    assert rows[0][1] <= dt.date.fromisoformat(ml_scale.AS_OF) and rows[0][2] == 1_350


def test_the_same_size_gives_the_same_book(tmp_path: Path) -> None:
    def rows(name: str) -> list[Any]:
        write_sql(tmp_path / name, ml_scale.script(200))
        with duckdb.connect() as connection:
            return connection.execute(
                f"from '{tmp_path}/{name}/fct_invoices.parquet' order by all"
            ).fetchall()

    assert rows("one") == rows("two")


def test_the_unseen_book_is_the_other_mechanism_with_the_columns_of_an_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pipelines.demo

    def small(folder: Path, seed: int, variant: str) -> Any:
        return real(folder, seed=seed, customers=12, invoices=150, variant=variant)

    real = pipelines.demo.write_demo
    monkeypatch.setattr(pipelines.demo, "write_demo", small)
    monkeypatch.setattr(ml, "FOLDER", tmp_path)
    invoices = ml.unseen()
    assert len(invoices) == 150
    ml_books.write_book(tmp_path / "unseen", "unseen", invoices)
    with (tmp_path / "unseen" / "invoices.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert set(rows[0]) == set(ml_books.COLUMNS) and all(float(row["amount"]) > 0 for row in rows)


# --- default ----------------------------------------------------------------------------------------------------------


def test_what_is_hidden_is_told_of_its_own_day_and_of_the_month_before(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"""
            copy (select * from (values
                ('A', date '2024-02-29', 0), ('A', date '2024-03-31', 2), ('B', date '2024-03-31', 0)
            ) as t (customer_id, month_end, stage)) to '{tmp_path}/customer_months.parquet';
            copy (select * from (values ('A', 0.5), ('B', 0.0)) as t (customer_id, monthly_stress_hazard))
            to '{tmp_path}/customers.parquet'
        """)
        count = 3
        blank = np.full(count, None, dtype=object)
        origin = [dt.date(2024, 2, 29), dt.date(2024, 3, 31), dt.date(2024, 3, 31)]
        months = CustomerMonths(
            company=np.full(count, "C", dtype=object),
            customer=np.array(["A", "A", "B"], dtype=object),
            origin=np.array([(day - dt.date(1970, 1, 1)).days for day in origin]),
            next_default=np.full(count, np.nan),
            seen_until=np.full(count, 20_000),
            is_in_default=np.zeros(count, dtype=bool),
            is_latest=np.zeros(count, dtype=bool),
            values={"kept": np.arange(3.0)},
            text={"kept": blank},
        )
        found = ml_default._with_hidden(connection, months, tmp_path, tuple(ml_default.HIDDEN)).values
    np.testing.assert_array_equal(found["kept"], [0, 1, 2])
    np.testing.assert_array_equal(found["stress today"], [0, 1, 0])
    np.testing.assert_array_equal(found["stress a month ago"], [np.nan, 0, np.nan])
    np.testing.assert_allclose(found["its own chance of stress"], [np.log(0.5)] * 2 + [np.log(1e-6)])


def test_nothing_hidden_is_told_of_a_mechanism_without_such_a_truth(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"copy (select 'A' as customer_id) to '{tmp_path}/customers.parquet'")
    assert ml_default.told_what_is_hidden(tmp_path, tmp_path) == []


def test_an_observer_of_payments_tells_who_is_in_distress_and_knows_nothing_later() -> None:
    _, drawn = draw(5, 150, 9_000)
    law = ml_observer.health(drawn)
    assert np.allclose(law.sum(axis=2), 1.0)
    health = drawn.mechanism.health
    stage = health.stage[:, MONTHS_BEFORE : MONTHS_BEFORE + ml_observer.MONTHS]
    # Nobody asks about who collapsed so long ago that it is in default.
    asked = health.collapse[:, None] > ml_observer.month_ends()[None, :] - 60
    ill, suspected = stage[asked] > HEALTHY, 1 - law[asked][:, HEALTHY]
    assert ill.sum() > 100 and suspected[ill].mean() > 10 * suspected[~ill].mean()
    assert 0.8 < suspected.sum() / ill.sum() < 1.25, "as many as there are"
    # Without the payments after a day, everything up to that day is the same.
    known = 20
    end = int(ml_observer.month_ends()[known])
    moves = drawn.moves
    kept = ~np.isin(moves.what, (*PAYMENTS, REJECTION)) | (moves.day <= end)
    cut = Moves(**{one.name: getattr(moves, one.name)[kept] for one in fields(Moves)})
    before = ml_observer.health(replace(drawn, moves=cut))
    assert np.allclose(before[:, : known + 1], law[:, : known + 1], atol=1e-12)
    assert not np.allclose(before[:, known + 1 :], law[:, known + 1 :])


def test_a_customer_that_stops_paying_is_suspected_month_by_month_and_then_known() -> None:
    _, drawn = draw(5, 150, 9_000)
    law, collapse = ml_observer.health(drawn), drawn.mechanism.health.collapse
    month = month_number(collapse) - FIRST_MONTH - MONTHS_BEFORE
    fallen = np.flatnonzero((month >= 12) & (month < ml_observer.MONTHS - 3))
    assert len(fallen) >= 5
    told = [float(law[fallen, month[fallen] + later, COLLAPSED].mean()) for later in (-3, 0, 1, 2)]
    assert told == sorted(told) and told[0] < 0.2 and told[1] > 0.5, told


def test_what_the_observer_says_of_lateness_comes_true_and_is_worth_less_than_what_is_hidden() -> None:
    _, drawn = draw(5, 80, 4_000)
    numbers = np.array([str(i) for i in range(len(drawn.docs))], dtype=object)
    (created, *_), (opened, *_) = ml_observer.late(drawn, numbers)
    docs, paid = drawn.docs, np.isin(drawn.moves.what, PAYMENTS)
    last = np.zeros(len(docs), dtype=np.int64)
    np.maximum.at(last, drawn.moves.document[paid], drawn.moves.day[paid])
    is_late = (last > docs.due) | (last == 0)
    of = created.column("document_number").to_numpy().astype(np.int64)
    p = created.column("p").to_numpy()
    assert abs(p.mean() - is_late[of].mean()) < 0.03
    ours, best = (float(roc_auc_score(is_late[of], one)) for one in (p, docs.p_late[of]))
    assert best - 0.03 < ours < best
    p = opened.column("p").to_numpy()
    assert ((p >= 0) & (p <= 1)).all()
    days = opened.column("month_end").to_numpy().astype("datetime64[D]").astype(np.int64)
    assert (p[docs.due[opened.column("document_number").to_numpy().astype(np.int64)] <= days] > 0.999).all()


def test_only_habits_have_a_health_to_be_told() -> None:
    _, drawn = draw(5, 20, 300, "cash")
    with pytest.raises(TypeError, match="pay by habit"):
        ml_observer.chances(drawn)
