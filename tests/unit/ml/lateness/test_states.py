"""No later row enters a state, and a state tells what its day knew."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import ModuleType

import duckdb
import numpy as np
import pytest

from ml.lateness import canaries
from ml.lateness.bands import band_rows, outcomes
from ml.lateness.periods import ENDS, NOT_YET, closed_on, learnable_rows
from ml.lateness.states import States, counts_at, open_book, prepare, training_states
from ml.lateness.train import Window
from ml.marts import REQUIRED_COLUMNS, RiskError, date_of, day_number, open_marts

AS_OF = dt.date(2023, 12, 31)
COMPANY = "732829320"


def day(month: int, number: int) -> dt.date:
    return dt.date(2024, month, number)


def opened(marts: Path, as_of: dt.date | None = None) -> duckdb.DuckDBPyConnection:
    con = open_marts(marts, None if as_of is None else {COMPANY: as_of})
    prepare(con)
    return con


def as_seen(states: States, until: dt.date) -> tuple[bytes, ...]:
    """Every column known at the state's date, as bytes, of the states up to a day; fates are the future's."""
    keep = (states.origin <= day_number(until)) & (states.entry <= day_number(until))
    columns = [
        states.origin, states.due, states.open_amount, states.recent, states.run_weekday, states.run_day,
        states.count_n, states.count_s, states.segment_n, states.segment_s,
        *(states.values[name] for name in sorted(states.values)),
    ]  # fmt: skip
    texts = [states.company, states.document, states.customer, *(states.text[n] for n in sorted(states.text))]
    return (
        *(np.ascontiguousarray(c[keep]).tobytes() for c in columns),
        *("\n".join(map(str, t[keep])).encode() for t in texts),
    )


def states_of(marts: Path, as_of: dt.date) -> tuple[States, States]:
    with opened(marts, as_of) as con:
        return training_states(con), open_book(con, {COMPANY: day_number(as_of)})


def test_rows_dated_after_the_as_of_day_change_no_byte(
    drifting: Path, factory: ModuleType, tmp_path: Path
) -> None:
    later = {
        "fct_invoices": "entry_date", "fct_payments": "payment_date", "fct_allocations": "allocation_date",
        "fct_customer_behaviour_monthly": "month_end",
    }  # fmt: skip
    poisoned = factory.altered(
        drifting,
        tmp_path / "poisoned",
        **{
            t: f"select * replace (case when {c} > date '{AS_OF}' then 7 * {v} else {v} end as {v}) from t"
            f" union all select * from t where {c} > date '{AS_OF}'"
            for (t, c), v in zip(later.items(), ("amount", "amount", "amount", "balance"), strict=True)
        },
    )
    whole = [as_seen(s, AS_OF) for s in states_of(drifting, AS_OF)]
    assert len(whole[0][0]) > 1000
    assert [as_seen(s, AS_OF) for s in states_of(poisoned, AS_OF)] == whole


def test_a_state_of_the_past_is_the_same_when_seen_from_later(drifting: Path) -> None:
    then, _ = states_of(drifting, AS_OF)
    now, _ = states_of(drifting, dt.date(2024, 6, 30))
    assert as_seen(now, AS_OF) == as_seen(then, AS_OF)


def test_the_canary_of_later_rows_is_quiet_and_sings_when_the_future_leaks(drifting: Path) -> None:
    window = Window({COMPANY: day_number(AS_OF)}, {COMPANY: day_number(dt.date(2024, 1, 31))}, True)
    with opened(drifting) as con:
        quiet = canaries.later_rows(con, window)
        assert quiet[COMPANY]["value"] == 0 and quiet[COMPANY]["n"] > 100
        # A careless hand: the customer's latest delays of its whole life, whatever the day asked about.
        con.execute("""
            create or replace table paid_history as
            select company_id, customer_id, date '1990-01-01' as paid_on, paid_count, late_mean, late_decayed, recent
            from paid_history qualify row_number() over (
                partition by company_id, customer_id order by paid_on desc) = 1
        """)
        assert canaries.later_rows(con, window)[COMPANY]["value"] > 100


def fates(factory: ModuleType, folder: Path) -> None:
    """Paid on time, paid 12 days late, rejected, credited, written off, half paid: due 15 February."""
    due, entry = day(2, 15), day(1, 10)
    names = ("on_time", "late", "rejected", "credited", "written_off", "half")
    factory.write_rows(
        folder, day(12, 31),
        [(n, "C1", "invoice", entry, due, 100) for n in names]
        + [("N1", "C1", "credit_note", day(2, 1), day(2, 1), -100)],
        [("P1", "C1", day(2, 15), 100), ("P2", "C1", day(2, 27), 100), ("P3", "C1", day(2, 10), 100),
         ("R3", "C1", day(2, 14), -100), ("P4", "C1", day(4, 1), 100), ("P5", "C1", day(2, 15), 50)],
        [("on_time", "P1", None, "payment", day(2, 15), 100), ("late", "P2", None, "payment", day(2, 27), 100),
         ("rejected", "P3", None, "payment", day(2, 10), 100), ("rejected", "R3", None, "payment", day(2, 14), -100),
         ("rejected", "P4", None, "payment", day(4, 1), 100),
         ("credited", None, "N1", "credit_note", day(2, 1), 100),
         ("written_off", None, None, "write_off", day(2, 1), 100), ("half", "P5", None, "payment", day(2, 15), 50)],
    )  # fmt: skip


def test_outcomes_follow_cash_as_it_looked_at_the_cut_off(factory: ModuleType, tmp_path: Path) -> None:
    fates(factory, tmp_path)
    with opened(tmp_path) as con:
        states = training_states(con)
    at_creation = states.take(states.is_creation)

    def known(on: dt.date) -> dict[str, list[float | None]]:
        found = outcomes(at_creation, {COMPANY: day_number(on)})
        return {
            d: [None if np.isnan(x) else x for x in row]
            for d, row in zip(at_creation.document, found, strict=True)
        }

    late = known(day(12, 31))
    assert late["on_time"] == [0, 0, 0]
    assert late["late"] == [1, 0, 0]
    assert late["rejected"] == [1, 1, 0]
    assert late["credited"] == [None, None, None]
    assert late["written_off"] == [1, 1, 1]
    assert late["half"] == [1, 1, 1]
    # Between the payment and its rejection the document was taken for paid; nobody knew better.
    closed = closed_on(at_creation, np.full(len(at_creation), day_number(day(2, 12))))
    assert dict(zip(at_creation.document, closed, strict=True))["rejected"] == day_number(day(2, 10))
    closed = closed_on(at_creation, np.full(len(at_creation), day_number(day(2, 20))))
    assert dict(zip(at_creation.document, closed, strict=True))["rejected"] == NOT_YET
    assert known(day(3, 1))["late"] == [1, None, None]


def test_documents_are_open_at_month_ends_and_prospective_on_the_eve_of_their_booking(
    factory: ModuleType, tmp_path: Path
) -> None:
    fates(factory, tmp_path)
    with opened(tmp_path) as con:
        states = training_states(con)
        book = open_book(con, {COMPANY: day_number(day(2, 29))})
    seen = {(d, date_of(int(o))) for d, o in zip(states.document, states.origin, strict=True)}
    assert ("late", day(1, 9)) in seen and ("late", day(1, 31)) in seen and ("late", day(2, 29)) not in seen
    assert ("rejected", day(2, 29)) in seen and ("rejected", day(4, 30)) not in seen
    assert set(book.document) == {"rejected", "half"}
    assert dict(zip(book.document, book.open_amount, strict=True)) == {"rejected": 10_000, "half": 5_000}
    half = states.take((states.document == "half") & (states.origin == day_number(day(2, 29))))
    assert half.values["paid_share"].tolist() == [0.5]
    # Two documents of the customer are past due, for fourteen days; the eve of the booking knows none.
    assert half.values["overdue_documents"].tolist() == [2.0] and half.values[
        "overdue_mean_days"
    ].tolist() == [14.0]
    eve = states.take(states.is_creation)
    assert (eve.values["open_documents"] == 0).all() and np.isnan(eve.recent).all()


def test_counts_of_the_open_book_are_those_of_the_documents(drifting: Path) -> None:
    with opened(drifting, AS_OF) as con:
        book = open_book(con, {COMPANY: day_number(AS_OF)})
    for customer in np.unique(book.customer.astype(str))[:40]:
        own = book.take(book.customer == customer)
        overdue = own.age[own.age > 0]
        assert set(own.values["open_documents"]) == {float(len(own))}
        assert set(own.values["overdue_documents"]) == {float(len(overdue))}
        if len(overdue):
            assert own.values["overdue_mean_days"] == pytest.approx(overdue.mean())


def test_latest_delays_come_newest_first_and_from_before_the_origin(
    factory: ModuleType, tmp_path: Path
) -> None:
    factory.write_rows(
        tmp_path, day(6, 30),
        [(f"F{k}", "C1", "invoice", day(1, k), day(2, 1), 100) for k in (1, 2, 3)]
        + [("F9", "C1", "invoice", day(3, 10), day(4, 1), 100)],
        [(f"P{k}", "C1", day(2, d), 100) for k, d in ((1, 5), (2, 3), (3, 28))],
        [(f"F{k}", f"P{k}", None, "payment", day(2, d), 100) for k, d in ((1, 5), (2, 3), (3, 28))],
    )  # fmt: skip
    with opened(tmp_path) as con:
        states = training_states(con)
    eve = states.take((states.document == "F9") & states.is_creation)
    assert eve.recent[0, :4].tolist()[:3] == [27.0, 4.0, 2.0] and np.isnan(eve.recent[0, 3])
    assert eve.values["late_mean"].tolist() == [11.0]
    assert eve.run_weekday.sum() == 3 and eve.run_day[0, [2, 4, 27]].tolist() == [1, 1, 1]
    middle = states.take((states.document == "F9") & (states.origin == day_number(day(3, 31))))
    assert middle.values["paid_count"].tolist() == [3.0]


def test_only_whole_periods_are_learnt_from(drifting: Path) -> None:
    """Else a cohort would keep the prompt payers and drop those still open."""
    with opened(drifting, AS_OF) as con:
        states = training_states(con)
    cut = {COMPANY: day_number(AS_OF)}
    index = np.arange(len(states))
    rows = learnable_rows(states, index, cut)
    assert len(rows) > 500
    assert (states.due[rows.index] + rows.end <= cut[COMPANY]).all()
    assert (rows.start < rows.end).all() and (rows.start >= states.age[rows.index]).all()
    paid = rows.where(rows.paid == 1)
    delay = states.last_closed[paid.index] - states.due[paid.index]
    assert ((delay > paid.start) & (delay <= paid.end)).all()
    # A state is paid at most once, and nothing follows its payment.
    assert np.bincount(rows.index, weights=rows.paid).max() == 1
    last = dict(zip(rows.index, rows.period, strict=True))
    assert all(last[i] == p for i, p in zip(paid.index, paid.period, strict=True))
    bands = band_rows(states, index, cut)
    assert set(bands.outcome) == {0.0, 1.0}
    assert set(np.unique(rows.end)) <= set(ENDS.tolist())


def test_what_a_company_learns_is_what_had_happened(drifting: Path) -> None:
    with opened(drifting, AS_OF) as con:
        counts = counts_at(con, {COMPANY: day_number(AS_OF)})
        (due,) = con.execute("""
            select count(*) from document as d left join fate as f using (company_id, invoice_id)
            where due_date <= as_of and (f.first_closed_on is null or f.is_cash or f.first_closed_on > due_date)
        """).fetchall()[0]
    assert counts.table[:, 0, 0].sum() == due
    assert (counts.table[:, :, 1] <= counts.table[:, :, 0]).all()
    assert (counts.table[:, 1, 0] <= counts.table[:, 0, 1]).all()


def test_a_missing_column_is_named(drifting: Path, factory: ModuleType, tmp_path: Path) -> None:
    marts = factory.altered(drifting, tmp_path, fct_allocations="select * exclude (allocation_date) from t")
    with pytest.raises(RiskError, match="allocation_date of fct_allocations"):
        open_marts(marts)
    whole = factory.altered(drifting, tmp_path / "whole")
    for table in REQUIRED_COLUMNS:
        (whole / f"{table}.parquet").rename(tmp_path / "aside")
        with pytest.raises(RiskError, match=f"need {table}, and"):
            open_marts(whole)
        (tmp_path / "aside").rename(whole / f"{table}.parquet")


def test_a_company_without_an_as_of_day_is_named(drifting: Path) -> None:
    with pytest.raises(RiskError, match=COMPANY):
        open_marts(drifting, {"552100554": AS_OF})


def test_a_document_is_in_dispute_from_its_first_day_to_the_one_before_its_end(
    factory: ModuleType, tmp_path: Path
) -> None:
    """Month ends 31 January to 31 March; what is opened or closed later changes none of them."""

    def in_dispute(*disputes: tuple[str, dt.date, dt.date | None]) -> dict[tuple[str, dt.date], float]:
        folder = tmp_path / str(len(disputes))
        more = (
            "update behaviour set disputed_open_amount = 0 where month_end >= date '2024-02-29';"
            + "".join(
                f"insert into disputed values ('{COMPANY}', 'D{i}', '{name}', '{first}', "
                f"{'null' if last is None else repr(str(last))});"
                for i, (name, first, last) in enumerate(disputes)
            )
        )
        factory.write_rows(
            folder, day(3, 31),
            [(n, "C1", "invoice", day(1, 10), day(5, 15), 100) for n in ("F1", "F2")], more=more,
        )  # fmt: skip
        with opened(folder) as con:
            states = training_states(con)
        values = states.values["is_in_dispute"]
        return {
            (d, date_of(int(o))): v for d, o, v in zip(states.document, states.origin, values, strict=True)
        }

    seen = in_dispute(("F1", day(2, 29), day(3, 31)), ("F1", day(2, 1), day(3, 15)))
    assert np.isnan(seen[("F1", day(1, 31))])  # the source had not begun
    assert (seen[("F1", day(2, 29))], seen[("F1", day(3, 31))]) == (1.0, 0.0)
    assert seen[("F2", day(2, 29))] == 0.0
    later = in_dispute(("F1", day(2, 29), day(3, 31)), ("F1", day(2, 1), day(3, 15)), ("F2", day(4, 1), None))
    assert repr(later) == repr(seen)
