"""What a way of sending adds is told within customers, as of a day, and moves what is expected of a document."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import duckdb
import numpy as np
import pytest

from ml.lateness import canaries
from ml.lateness.delivery import MAX_METHODS, delivery_days, prepare
from ml.lateness.states import open_book, training_states
from ml.lateness.states import prepare as prepare_states
from ml.lateness.train import Window
from ml.marts import day_number, open_marts

COMPANY = "732829320"
FIRST = dt.date(2023, 1, 1)
REMEMBERED = 24


def book(*rows: tuple[str, str, dt.date, int, str | None], as_of: dt.date) -> duckdb.DuckDBPyConnection:
    """A connection with what `prepare` reads: (document, customer, due date, days late, way of sending)."""
    con = duckdb.connect()
    con.execute("create table given (invoice_id text, customer_id text, due_date date, late int, way text)")
    con.executemany("insert into given values (?, ?, ?, ?, ?)", rows)
    con.execute(f"""
        create table document as
        select 'C' as company_id, invoice_id, customer_id, cast(due_date - 30 as date) as entry_date, due_date,
            'invoice' as document_type, way as delivery_method, date '{as_of}' as as_of from given;
        create table settlement as
        select 'C' as company_id, customer_id, invoice_id, cast(due_date + late as date) as settled_on,
            late as days_late, true as is_cash
        from given where due_date + late <= date '{as_of}';
        create table paid as
        select company_id, customer_id, invoice_id, settled_on as paid_on, days_late from settlement;
    """)
    prepare(con, REMEMBERED)
    return con


def asked(
    con: duckdb.DuckDBPyConnection, day: dt.date, ways: list[str | None], recent: list[list[str]]
) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
    """The days added to documents sent in these ways, after payments of these ways, at a month end."""
    code = dict(con.execute("select delivery_method, method from delivery_method").fetchall())
    paid = np.full((len(ways), REMEMBERED), np.nan)
    for i, latest in enumerate(recent):
        paid[i, : len(latest)] = [code[way] for way in latest]
    method = np.array([np.nan if way is None else code[way] for way in ways])
    origin = np.full(len(ways), day_number(day))
    return delivery_days(con, np.array(["C"] * len(ways), dtype=object), origin, method, paid)


def switching(
    customers: int, months: int, added: int, seed: int = 3
) -> list[tuple[str, str, dt.date, int, str]]:
    """Customers of very different habits that go from paper to the portal, each in a month of its own; the slow ones
    late, so that paper looks quick where customers are not told apart."""
    rng = np.random.default_rng(seed)
    rows = []
    for c in range(customers):
        habit = 2 * c
        for m in range(months):
            way = "portal" if m >= months * (c + 1) / (customers + 2) else "paper"
            late = habit + (added if way == "paper" else 0) + int(rng.integers(-1, 2))
            due = (FIRST + dt.timedelta(days=30 * m)).replace(day=10)
            rows.append((f"F{c}-{m}", f"K{c}", due, late, way))
    return rows


def test_what_a_way_adds_is_told_within_customers() -> None:
    rows = switching(30, 30, added=6)
    with book(*rows, as_of=dt.date(2026, 1, 31)) as con:
        days, beside = asked(
            con,
            dt.date(2026, 1, 31),
            ["portal", "paper", "portal", None],
            [["paper"] * 5, ["paper"], [], ["paper"]],
        )
    told, latest = days["delivery_days"], days["delivery_days_latest"]
    # Paper adds 6 days, less what 10 documents of no difference take off.
    assert -6.2 < told[0] < -5
    assert told[1] == latest[1] == 0
    assert -6.0 < told[2] < 0  # nothing paid yet: beside all customers' documents
    assert np.isnan(told[3])
    assert beside is not None
    assert (
        np.allclose(beside[0, :5], told[0], atol=0.01)
        and (beside[0, 5:] == 0).all()
        and (beside[3] == 0).all()
    )


def test_of_payments_sent_in_several_ways_the_latest_count_apart() -> None:
    with book(*switching(30, 30, added=6), as_of=dt.date(2026, 1, 31)) as con:
        recent = [["portal"] * 10 + ["paper"] * 10]
        days, _ = asked(con, dt.date(2026, 1, 31), ["portal"], recent)
        (whole, _) = asked(con, dt.date(2026, 1, 31), ["portal"], [["paper"]])
    assert days["delivery_days_latest"][0] == 0
    assert days["delivery_days"][0] == pytest.approx(whole["delivery_days"][0] / 2, abs=0.01)


def test_what_is_known_later_changes_nothing() -> None:
    rows = switching(30, 30, added=6)
    day = dt.date(2024, 6, 30)
    said = []
    for as_of in (day, dt.date(2026, 1, 31)):
        known = [row for row in rows if row[2] - dt.timedelta(days=30) <= as_of]
        with book(*known, as_of=as_of) as con:
            said.append(asked(con, day, ["portal", "paper"], [["paper"] * 3, ["portal"]]))
    assert said[0][0]["delivery_days"][0] < -3
    for name in said[0][0]:
        assert np.array_equal(said[0][0][name], said[1][0][name])
    assert np.array_equal(said[0][1], said[1][1])  # type: ignore[arg-type]


def test_customers_of_one_way_each_tell_no_difference() -> None:
    rows = [
        (f"F{c}-{m}", f"K{c}", FIRST + dt.timedelta(days=31 * m), 30 * (c % 2), ("paper", "portal")[c % 2])
        for c in range(10)
        for m in range(20)
    ]
    with book(*rows, as_of=dt.date(2025, 12, 31)) as con:
        days, _ = asked(con, dt.date(2025, 12, 31), ["portal"], [["paper"]])
    assert days["delivery_days"][0] == 0


def test_a_column_of_free_wording_is_cut_short() -> None:
    rows = [
        (f"F{k}", f"K{k % 3}", FIRST + dt.timedelta(days=k), 1, f"wording {k:03}")
        for k in range(3 * MAX_METHODS)
    ]
    with book(*rows, as_of=dt.date(2025, 12, 31)) as con:
        found = con.execute("select delivery_method from delivery_method order by method").fetchall()
    assert [way for (way,) in found] == [f"wording {k:03}" for k in range(MAX_METHODS)]


def test_without_ways_of_sending_nothing_is_said(drifting: Path) -> None:
    with open_marts(drifting) as con:
        prepare_states(con)
        states = training_states(con, 200)
    assert np.isnan(states.values["delivery_days"]).all()
    assert states.recent_as_sent is None and (states.moved == 0).all()
    assert states.delays is states.recent


@pytest.fixture(scope="module")
def sent(drifting: Path, factory: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drifting book, whose customers go from paper to the portal in a month of their own; paper is paid later."""
    return factory.altered(  # type: ignore[no-any-return]
        drifting,
        tmp_path_factory.mktemp("sent"),
        fct_invoices="select * replace (case when month(entry_date) + 12 * (year(entry_date) - 2022)"
        " > 6 + hash(customer_id) % 18 then 'portal' else 'paper' end as delivery_method) from t",
        fct_allocations=(
            "select a.* replace (case when month(i.entry_date) + 12 * (year(i.entry_date) - 2022)"
            " > 6 + hash(i.customer_id) % 18 then allocation_date else cast(allocation_date + 8 as date) end"
            f" as allocation_date) from t as a left join read_parquet('{drifting}/fct_invoices.parquet') as i"
            " using (company_id, invoice_id)"
        ),
    )


def test_a_state_of_the_past_is_the_same_when_seen_from_later(sent: Path) -> None:
    day = dt.date(2023, 12, 31)
    with open_marts(sent) as con:
        prepare_states(con)
        changed = canaries.later_rows(con, Window({COMPANY: day_number(day)}, 0, 0))
        states = open_book(con, {COMPANY: day_number(day)})
    assert changed[COMPANY]["n"] > 50 and changed[COMPANY]["value"] == 0
    moved = states.values["delivery_days"]
    assert (moved < -3).any() and states.recent_as_sent is not None


def test_what_is_expected_of_a_document_moves_with_the_way_it_is_sent(sent: Path) -> None:
    with open_marts(sent) as con:
        prepare_states(con)
        states = training_states(con)
    at = np.flatnonzero(states.is_creation & (states.values["delivery_days"] < -5))
    assert len(at) > 20
    sooner = states.take(at)
    as_usual = replace(
        sooner, values={**sooner.values, "delivery_days": np.zeros(len(at))}, recent_as_sent=sooner.recent
    )
    late, late_as_usual = (np.nan_to_num(s.runs["run_late_rate"]) for s in (sooner, as_usual))
    assert (late <= late_as_usual).all() and (late < late_as_usual).mean() > 0.3
    assert (sooner.runs["run_margin"] < as_usual.runs["run_margin"] - 3).all()
    known = ~np.isnan(sooner.delays)
    assert (sooner.delays[known] <= sooner.recent[known] + 0.01).all()
