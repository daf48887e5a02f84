"""Whom to ask first: the gain worked by hand; what asking achieves, found again where it is known."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from ml.actions import propose
from ml.actions.collection import COLLECTION, make_collection
from ml.actions.effects import EFFECTS, Measured, combined, make_effects, measure, ratio_of_rates
from ml.actions.facts import make_facts
from ml.curves import HORIZON_DAYS, Curves
from ml.marts import day_number, open_marts
from ml.settings import RiskSettings

COMPANY = "732829320"
AS_OF = dt.date(2024, 6, 30)
OLD, LATE, YOUNG = dt.date(2024, 3, 1), dt.date(2024, 5, 31), dt.date(2024, 7, 20)


def listed(
    factory: ModuleType,
    folder: Path,
    still_open: dict[str, float],
    invoices: list[tuple[object, ...]],
    more: str = "",
    payments: list[tuple[object, ...]] | None = None,
    order: int = 1,
    actions: dict[str, str] | None = None,
) -> list[dict[str, Any]]:
    """The list where everyone is called (effect 2), unless told otherwise; `order`: of the rows given."""
    factory.write_rows(folder, AS_OF, invoices, payments or [], [], more)
    con = open_marts(folder, {COMPANY: AS_OF})
    rows = con.execute(
        "select invoice_id, due_date from document where open_amount > 0 order by 1"
    ).fetchall()[::order]
    survival = np.repeat(np.array([[still_open[r[0]]] for r in rows]), HORIZON_DAYS + 1, axis=1)
    curves = Curves(
        np.full(len(rows), day_number(AS_OF)),
        np.array([day_number(r[1]) for r in rows], dtype=np.int64),
        survival,
    )
    documents = pa.table(
        {"company_id": [COMPANY] * len(rows), "invoice_id": [r[0] for r in rows], "p_late": [0.5] * len(rows)}
    )
    make_facts(con, documents, None)
    customers = sorted({str(invoice[1]) for invoice in invoices})
    proposals = pa.table(
        {
            "company_id": [COMPANY] * len(customers),
            "customer_id": customers,
            "action": [(actions or {}).get(c, "call") for c in customers],
        }
    )
    effects = pa.Table.from_pylist([{"company_id": COMPANY, "action": "call", "effect": 2.0}], schema=EFFECTS)
    table = make_collection(con, documents, curves, proposals, effects, RiskSettings())
    con.close()
    assert table.schema == COLLECTION
    found: list[dict[str, Any]] = table.to_pylist()
    return found


BOOK: list[tuple[object, ...]] = [
    ("A1", "A", "invoice", OLD, LATE, 1000),
    ("A2", "A", "invoice", OLD, YOUNG, 9000),
    ("B1", "B", "invoice", OLD, LATE, 5000),
    ("C1", "C", "invoice", OLD, LATE, 5000),
    ("D1", "D", "invoice", OLD, LATE, 4000),
    ("D2", "D", "invoice", OLD, LATE, 500),
]
STAYS = {"A1": 0.5, "A2": 0.5, "B1": 0.99, "C1": 0.01, "D1": 0.5, "D2": float("nan")}


def test_who_gains_most_is_asked_first_not_who_owes_most(factory: ModuleType, tmp_path: Path) -> None:
    """S − S²: 250 of A's 1,000; 49.50 of 5,000 from who never pays (B) or pays anyway (C); 1,000 of D's 4,000."""
    found = listed(factory, tmp_path, STAYS, BOOK)
    assert [(r["rank"], r["customer_id"], r["cash_gained"]) for r in found] == [
        (1, "D", Decimal("1000.00")), (2, "A", Decimal("250.00")), (3, "B", Decimal("49.50")),
        (4, "C", Decimal("49.50")),
    ]  # fmt: skip
    first = found[0]
    assert (first["documents"], first["overdue"]) == (2, Decimal("4500.00"))
    assert (first["expected_cash"], first["cash_if_asked"]) == (Decimal("2000.00"), Decimal("3000.00"))
    assert (first["oldest_overdue_days"], first["horizon_days"], first["as_of"]) == (30, 30, AS_OF)


def test_many_documents_gain_what_their_curves_say(factory: ModuleType, tmp_path: Path) -> None:
    """Against numbers worked out apart, cent by cent within rounding; never less than nothing nor more than is owed."""
    rng = np.random.Generator(np.random.PCG64(3))
    owner, amount, stays = rng.integers(0, 40, 300), rng.integers(1, 10_000, 300), rng.random(300).round(6)
    book: list[tuple[object, ...]] = [
        (f"F{i:03d}", f"C{owner[i]:02d}", "invoice", OLD, LATE, int(amount[i])) for i in range(300)
    ]
    found = listed(factory, tmp_path, {f"F{i:03d}": float(stays[i]) for i in range(300)}, book)
    gain = np.bincount(owner, weights=amount * (stays - stays**2), minlength=40)
    owed = np.bincount(owner, weights=amount, minlength=40)
    assert len(found) == 40
    for row in found:
        who = int(row["customer_id"][1:])
        assert float(row["cash_gained"]) == pytest.approx(gain[who], abs=0.02)
        assert 0 <= row["cash_gained"] <= row["overdue"] == Decimal(int(owed[who]))
        assert row["cash_if_asked"] - row["expected_cash"] == row["cash_gained"]
    assert [r["cash_gained"] for r in found] == sorted((r["cash_gained"] for r in found), reverse=True)


def test_the_order_of_rows_changes_nothing(factory: ModuleType, tmp_path: Path) -> None:
    assert listed(factory, tmp_path / "a", STAYS, BOOK) == listed(
        factory, tmp_path / "b", STAYS, BOOK, order=-1
    )


def test_neither_the_disputed_nor_those_whom_no_action_presses(factory: ModuleType, tmp_path: Path) -> None:
    more = f"""
        insert into disputed values ('{COMPANY}', '1', 'D1', date '2024-06-01', null),
            ('{COMPANY}', '2', 'A1', date '2024-05-01', date '2024-06-30'),
            ('{COMPANY}', '3', 'B1', date '2024-06-01', date '2024-07-01');
    """
    found = listed(factory, tmp_path, STAYS, BOOK, more, actions={"C": "wait"})
    assert [(r["customer_id"], r["overdue"]) for r in found] == [
        ("A", Decimal("1000.00")),
        ("D", Decimal("500.00")),
    ]


def test_what_was_paid_on_account_is_not_asked_for_again(factory: ModuleType, tmp_path: Path) -> None:
    """D owes 4,500 and has paid 2,250 that is not allocated yet: half of the gain."""
    found = listed(factory, tmp_path, STAYS, BOOK, payments=[("P", "D", dt.date(2024, 6, 1), 2250)])
    assert next(r for r in found if r["customer_id"] == "D")["cash_gained"] == Decimal("500.00")


def test_curves_of_other_documents_are_refused(factory: ModuleType, tmp_path: Path) -> None:
    factory.write_rows(tmp_path, AS_OF, BOOK)
    con = open_marts(tmp_path, {COMPANY: AS_OF})
    due = np.array([day_number(LATE), day_number(YOUNG)], dtype=np.int64)
    curves = Curves(np.full(2, day_number(AS_OF)), due, np.ones((2, HORIZON_DAYS + 1)))
    swapped = pa.table({"company_id": [COMPANY] * 2, "invoice_id": ["A2", "A1"], "p_late": [0.5] * 2})
    with pytest.raises(ValueError, match="2 rows of the curves"):
        propose(con, swapped, curves, None, RiskSettings())
    con.close()


# --- what asking achieves -------------------------------------------------------------------------------------------


def reminded(factory: ModuleType, folder: Path, effect: float, seed: int) -> Path:
    """Slow customers are reminded more often than fast ones, and a reminder multiplies the rate for 14 days."""
    rng = np.random.Generator(np.random.PCG64(seed))
    invoices: list[tuple[object, ...]] = []
    payments: list[tuple[object, ...]] = []
    allocations: list[tuple[object, ...]] = []
    reminders: list[str] = []
    for i in range(4000):
        who = int(rng.integers(0, 80))
        rate, chance = (0.02, 0.8) if who % 2 else (0.06, 0.3)
        due = dt.date(2022, 3, 1) + dt.timedelta(days=int(rng.integers(0, 700)))
        is_reminded = rng.random() < chance
        at = np.arange(1, 200)
        hazard = np.where(is_reminded & (at > 8) & (at <= 22), min(rate * effect, 1), rate)
        paid = np.flatnonzero(rng.random(len(at)) < hazard)
        days = int(at[paid[0]]) if len(paid) else 300
        key, customer = f"F{i:05d}", f"C{who:02d}"
        invoices.append((key, customer, "invoice", due - dt.timedelta(days=30), due, 100))
        when = due + dt.timedelta(days=days)
        if when <= AS_OF:
            payments.append((f"P{key}", customer, when, 100))
            allocations.append((key, f"P{key}", None, "payment", when, 100))
        if is_reminded and days > 8:
            sent = due + dt.timedelta(days=8)
            reminders.append(f"('{COMPANY}', '{customer}', 'document', '{key}', date '{sent}', 1)")
    more = f"insert into reminders values {', '.join(reminders)};"
    factory.write_rows(folder, AS_OF, invoices, payments, allocations, more)
    return folder


@pytest.mark.parametrize("effect", [1.0, 2.0])
def test_the_effect_of_a_reminder_is_found_again(factory: ModuleType, tmp_path: Path, effect: float) -> None:
    con = open_marts(reminded(factory, tmp_path, effect, seed=int(effect)), {COMPANY: AS_OF})
    found = measure(con, COMPANY, "remind", RiskSettings())
    assert found is not None
    low, high = found.ratio * np.exp(np.array([-2, 2]) * found.error)
    assert low <= effect <= high and high / low < 2
    assert measure(con, COMPANY, "call", RiskSettings()) is None
    rows = {r["action"]: r for r in make_effects(con, RiskSettings()).to_pylist()}
    con.close()
    served = combined(1.25, found, RiskSettings())
    share = found.share_of_days
    assert rows["remind"]["effect"] == pytest.approx(max(served / (1 + share * (served - 1)), 1), abs=1e-4)
    assert rows["call"]["effect"] == 1.6 and rows["call"]["measured"] is None
    assert rows["formal_notice"]["measured"] is None  # none of these reminders was one


def test_an_assumption_yields_to_what_is_measured_as_it_grows_sure() -> None:
    risk = RiskSettings(effect_uncertainty=0.3)
    vague, sure = (Measured(1.0, error, 50, 50, 0.0) for error in (3.0, 0.01))
    assert combined(1.5, vague, risk) == pytest.approx(1.5, abs=0.01)
    assert combined(1.5, sure, risk) == pytest.approx(1.0, abs=0.01)
    assert combined(1.5, Measured(1.0, 0.3, 50, 50, 0.0), risk) == pytest.approx(1.5**0.5)


def test_a_ratio_of_rates_is_that_of_mantel_and_haenszel() -> None:
    """Two strata by hand: (40 × 500 / 1500 + 10 × 900 / 1000) / (20 × 1000 / 1500 + 60 × 100 / 1000)."""
    found = ratio_of_rates(
        np.array(["A", "B"]), np.array([1, 2]), np.array([40.0, 10]), np.array([1000.0, 100]),
        np.array([20.0, 60]), np.array([500.0, 900]),
    )  # fmt: skip
    assert found is not None
    assert found.ratio == pytest.approx((40 * 500 / 1500 + 9) / (20 * 1000 / 1500 + 6))
    assert found.share_of_days == pytest.approx(1100 / 2500)


def test_too_few_payments_measure_nothing() -> None:
    few = np.array([20.0])
    assert ratio_of_rates(np.array(["A"]), np.array([1]), few, few * 10, few, few * 10) is None
