"""Features of default that are made here, on ledgers small enough to be counted by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from ml.default.months import CustomerMonths, customer_months
from ml.marts import date_of, open_marts


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def by_month(months: CustomerMonths, name: str) -> dict[str, float]:
    """Month end → value, of the only customer."""
    return {str(date_of(int(o))): float(v) for o, v in zip(months.origin, months.values[name], strict=True)}


@pytest.fixture
def months(factory: ModuleType, tmp_path: Path) -> CustomerMonths:
    """100 open from January on; 1,200 due on 10 August, paid on 11 November; 900 due in May, never paid."""
    factory.write_rows(
        tmp_path,
        day("2025-12-31"),
        [
            ("F0", "A", "invoice", day("2025-01-05"), day("2026-06-30"), 100),
            ("F1", "A", "invoice", day("2025-07-10"), day("2025-08-10"), 1200),
            ("F2", "A", "invoice", day("2025-04-10"), day("2025-05-10"), 900),
        ],
        [("P1", "A", day("2025-11-11"), 1200)],
        [("F1", "P1", None, "payment", day("2025-11-11"), 1200)],
    )
    with open_marts(tmp_path) as con:
        return customer_months(con)


def test_what_is_unpaid_for_long_is_measured_by_what_makes_a_default(months: CustomerMonths) -> None:
    aged = by_month(months, "aged_over_threshold")
    assert aged["2025-06-30"] == 0  # 51 days
    assert aged["2025-07-31"] == 900 / 500
    assert aged["2025-09-30"] == 900 / 500  # F1 is 51 days late
    assert aged["2025-10-31"] == (900 + 1200) / 500
    assert aged["2025-11-30"] == 0  # F1 is paid, F2 stale: older than 180 days


def test_exposure_is_compared_with_its_own_past_alone(months: CustomerMonths) -> None:
    growth = by_month(months, "exposure_growth")
    assert np.isnan(growth["2025-01-31"])  # no past
    assert growth["2025-03-31"] == 1
    assert growth["2025-04-30"] == 10  # 1,000 against 100
    assert growth["2025-05-31"] == pytest.approx(1000 / ((3 * 100 + 1000) / 4))
