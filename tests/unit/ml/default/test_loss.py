"""Exposure, what comes back, the share lost of the rest: worked by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from ml.default.loss import exposures, fit_lgd
from ml.marts import open_marts
from ml.settings import RiskSettings

AS_OF = dt.date(2025, 12, 31)


def _day(month: int, day: int = 10, year: int = 2025) -> dt.date:
    return dt.date(year, month, day)


def test_what_is_at_risk_is_the_balance_less_vat_and_insurance(factory: ModuleType, tmp_path: Path) -> None:
    factory.write_rows(
        tmp_path,
        AS_OF,
        [
            ("F1", "A", "invoice", _day(9), _day(10), 1200),
            ("F2", "A", "invoice", _day(10), _day(11), 600),
            ("N1", "A", "credit_note", _day(11), _day(11), -60),
            ("F3", "B", "invoice", _day(10), _day(11), 500),
        ],
        [("P1", "A", _day(11), 300), ("P2", "B", _day(11), 700)],
        [("F1", "P1", None, "payment", _day(11), 300), ("F3", "P2", None, "payment", _day(11), 500)],
        more="""
            update inv set vat_amount = 200 where invoice_id = 'F1';
            update inv set vat_amount = 100 where invoice_id = 'F2';
            update behaviour set uninsured_exposure = round(balance / 4, 2) where customer_id = 'A';
            insert into defaults values ('732829320', 'B', '2025-12-01', 'overdue_90', 500, null, true);
        """,
    )
    a, b = exposures(open_marts(tmp_path)).to_pylist()
    # 900 of F1, 600 of F2, less 60; VAT 150 of F1 and 100 of F2; three quarters of the rest insured.
    assert (a["exposure"], a["recoverable_vat"]) == (Decimal("1440.00"), Decimal("250.00"))
    assert a["insured_amount"] == Decimal("892.50") and a["default_date"] is None
    # Paid 200 too much: nothing is at risk.
    assert (b["exposure"], b["recoverable_vat"]) == (Decimal("0.00"), Decimal("0.00"))
    assert (b["default_date"], b["default_reason"]) == (dt.date(2025, 12, 1), "overdue_90")


def _defaults(factory: ModuleType, folder: Path) -> None:
    """A wrote off 300 of 1,000; B cured in full; C is open for two years and a half; D is recent."""
    invoices = [
        (f"F{c}", c, "invoice", _day(1, year=2023), _day(2, year=2023), 1000) for c in ("A", "B", "C")
    ] + [("FD", "D", "invoice", _day(5), _day(6), 1000)]
    factory.write_rows(
        folder,
        AS_OF,
        invoices,
        [("PA", "A", _day(9, year=2023), 700), ("PB", "B", _day(9, year=2023), 1000)],
        [
            ("FA", "PA", None, "payment", _day(9, year=2023), 700),
            ("FA", None, None, "write_off", _day(12, year=2023), 300),
            ("FB", "PB", None, "payment", _day(9, year=2023), 1000),
        ],
        more="""
            insert into defaults values
                ('732829320', 'A', '2023-06-01', 'overdue_90', 1000, '2024-03-01', false),
                ('732829320', 'B', '2023-06-01', 'overdue_90', 1000, '2023-12-10', false),
                ('732829320', 'C', '2023-06-01', 'overdue_90', 1000, null, true),
                ('732829320', 'D', '2025-10-01', 'overdue_90', 1000, null, true);
        """,
    )


def test_own_losses_are_shrunk_to_the_prior(factory: ModuleType, tmp_path: Path) -> None:
    _defaults(factory, tmp_path)
    found = fit_lgd(open_marts(tmp_path), RiskSettings(lgd_prior=0.6, lgd_prior_strength=10))["732829320"]
    assert found.defaults == 3 and found.own == pytest.approx((0.3 + 0.0 + 1.0) / 3, abs=1e-4)
    assert found.value == pytest.approx((1.3 + 6.0) / 13, abs=1e-4)


def test_a_cure_that_comes_later_is_not_known_yet(factory: ModuleType, tmp_path: Path) -> None:
    _defaults(factory, tmp_path)
    con = open_marts(tmp_path, {"732829320": dt.date(2023, 10, 31)})
    found = fit_lgd(con, RiskSettings())["732829320"]
    assert (found.defaults, found.own, found.value) == (0, None, 0.6)
    since = {row["customer_id"]: row["default_date"] for row in exposures(con).to_pylist()}
    assert since["A"] == since["B"] == since["C"] == dt.date(2023, 6, 1)


def test_without_any_default_the_prior_stands(factory: ModuleType, tmp_path: Path) -> None:
    factory.write_rows(tmp_path, AS_OF, [("F1", "A", "invoice", _day(9), _day(10), 1200)])
    found = fit_lgd(open_marts(tmp_path), RiskSettings(lgd_prior=0.45))["732829320"]
    assert (found.value, found.own, found.defaults) == (0.45, None, 0)
    assert (
        fit_lgd(open_marts(tmp_path), RiskSettings(lgd_prior=0.45, lgd_prior_strength=0))["732829320"].value
        == 0.45
    )
