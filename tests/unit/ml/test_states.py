"""No later row enters a state, and labels mean what the domain page says."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from ml.labels import band_rows
from ml.marts import REQUIRED_COLUMNS, RiskError, date_of, day_number, open_marts, usual_term_days
from ml.states import States, scoring_states, training_states

AS_OF = dt.date(2023, 12, 31)
COMPANY = "732829320"


def day(month: int, number: int) -> dt.date:
    return dt.date(2024, month, number)


def as_seen(states: States, until: dt.date) -> tuple[bytes, ...]:
    """Every column known at the state's date, as bytes, of the states up to a day; labels are the future's."""
    keep = states.origin <= day_number(until)
    columns = [states.origin[keep], states.due[keep], states.count_n[keep], states.count_s[keep]]
    columns += [states.values[name][keep] for name in sorted(states.values)]
    texts = [states.company, states.document, states.customer, *(states.text[n] for n in sorted(states.text))]
    return (
        *(np.ascontiguousarray(c).tobytes() for c in columns),
        *("\n".join(map(str, t[keep])).encode() for t in texts),
    )


def states_of(marts: Path, as_of: dt.date) -> tuple[States, States]:
    con = open_marts(marts, {COMPANY: as_of})
    found = training_states(con), scoring_states(con)
    con.close()
    return found


def test_rows_dated_after_the_as_of_day_change_no_byte(
    drifting: Path, factory: ModuleType, tmp_path: Path
) -> None:
    later = {
        "fct_invoices": "entry_date", "fct_payments": "payment_date", "fct_allocations": "allocation_date",
        "fct_customer_behaviour_monthly": "month_end",
    }  # fmt: skip
    cut = factory.altered(
        drifting,
        tmp_path / "cut",
        **{t: f"select * from t where {c} <= date '{AS_OF}'" for t, c in later.items()},
    )
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
    assert [as_seen(s, AS_OF) for s in states_of(cut, AS_OF)] == whole
    assert [as_seen(s, AS_OF) for s in states_of(poisoned, AS_OF)] == whole


def test_a_state_of_the_past_is_the_same_when_seen_from_later(drifting: Path) -> None:
    then, _ = states_of(drifting, AS_OF)
    now, _ = states_of(drifting, dt.date(2024, 6, 30))
    assert as_seen(now, AS_OF) == as_seen(then, AS_OF)
    assert np.isnan(then.late[then.due > day_number(AS_OF)]).all()


def test_labels_follow_cash_at_the_threshold(factory: ModuleType, tmp_path: Path) -> None:
    """Paid on time, paid 12 days late, rejected, credited, written off, half paid: due 15 February."""
    due, entry = day(2, 15), day(1, 10)
    names = ("on_time", "late", "rejected", "credited", "written_off", "half")
    factory.write_rows(
        tmp_path, day(12, 31),
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
    con = open_marts(tmp_path)
    found = {
        n: (a, b, c)
        for n, a, b, c in con.execute("select invoice_id, late_0, late_30, late_90 from outcome").fetchall()
    }
    assert found["on_time"] == (0, 0, 0)
    assert found["late"] == (1, 0, 0)
    assert found["rejected"] == (1, 1, 0)
    assert found["credited"] == (None, None, None)
    assert found["written_off"] == (1, 1, 1)
    assert found["half"] == (1, 1, 1)
    settled = dict(con.execute("select invoice_id, settled_on from settlement").fetchall())
    assert settled["rejected"] == day(2, 10)
    states = training_states(con)
    seen = {(d, date_of(o)) for d, o in zip(states.document, states.origin, strict=True)}
    assert ("late", day(1, 31)) in seen and ("late", day(2, 29)) not in seen
    assert ("rejected", day(2, 29)) in seen and ("rejected", day(4, 30)) not in seen
    con.close()


def test_open_amount_at_a_month_end_counts_what_was_allocated_by_then(
    factory: ModuleType, tmp_path: Path
) -> None:
    factory.write_rows(
        tmp_path, day(4, 30), [("F1", "C1", "invoice", day(1, 10), day(3, 15), 200)],
        [("P1", "C1", day(2, 20), 50), ("P2", "C1", day(3, 20), 150)],
        [("F1", "P1", None, "payment", day(2, 20), 50), ("F1", "P2", None, "payment", day(3, 20), 150)],
    )  # fmt: skip
    con = open_marts(tmp_path)
    states = training_states(con)
    con.close()
    assert [date_of(o) for o in states.origin] == [day(1, 31), day(2, 29)]
    assert states.values["paid_share"].tolist() == [0.0, 0.25]
    assert states.values["age_days"].tolist() == [-44.0, -15.0]


def test_immature_cohorts_have_no_training_row(drifting: Path) -> None:
    con = open_marts(drifting, {COMPANY: AS_OF})
    states, terms = training_states(con), usual_term_days(con)
    con.close()
    cut = {COMPANY: day_number(AS_OF)}
    rows = band_rows(states, cut, terms)
    assert len(rows) > 500
    for band, threshold in enumerate((0, 30, 90)):
        last = states.origin[rows.index[rows.band == band]].max()
        assert last + terms[COMPANY] + threshold <= cut[COMPANY]
    assert set(rows.outcome) == {0.0, 1.0}


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
        con = open_marts(folder)
        states = training_states(con)
        con.close()
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
