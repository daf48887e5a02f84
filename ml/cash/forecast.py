"""The forecast of one company on one day, before calibration; and the tables of the calibrated one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ml.cash.billing import Billing, recurring_billing
from ml.cash.book import BRIDGE, Book, Claims, open_book
from ml.cash.calibrate import Calibration
from ml.cash.naive import contractual
from ml.cash.simulate import LEAST_WIDTH, Quantiles, draw_billing, draw_open, quantiles
from ml.cash.weeks import WEEKS, Weeks, weeks_after
from ml.marts import date_of

Floats = npt.NDArray[np.float64]

#: What is billed already, what should be billed again, both.
SCENARIOS: tuple[str, ...] = ("open_items", "expected_billing", "total")

MONEY = pa.decimal128(18, 2)
#: One row per company × scenario × week. `week_start`: its Monday; `first_day`, `last_day`: the days that count.
#: `expected`: the mean; `contractual`: what falls due in the week, in the first one with what is past due already
#: (`past_due`); `cumulative_*`: quantiles of the sum of the weeks so far.
CASH_FORECAST = pa.schema(
    [
        ("company_id", pa.string()),
        ("scenario", pa.string()),
        ("week_start", pa.date32()),
        ("week", pa.int32()),
        ("first_day", pa.date32()),
        ("last_day", pa.date32()),
        ("p10", MONEY),
        ("p50", MONEY),
        ("p90", MONEY),
        ("expected", MONEY),
        ("contractual", MONEY),
        ("past_due", MONEY),
        ("cumulative_p10", MONEY),
        ("cumulative_p50", MONEY),
        ("cumulative_p90", MONEY),
        ("as_of", pa.date32()),
    ]
)
#: One row per company × line: what becomes of the receivables (see `ml.cash.book.BRIDGE`); they add up to them.
CASH_OPEN_BOOK = pa.schema(
    [
        ("company_id", pa.string()),
        ("line", pa.string()),
        ("amount", MONEY),
        ("as_of", pa.date32()),
    ]
)


@dataclass(frozen=True)
class Origin:
    """One company on one day: its book, recurring billing, and quantiles by scenario before calibration, in cents.

    `kept`: share of each customer's coming billing that its credits leave to be paid, shape (customers of the
    billing,). `by_customer[scenario]`: expected cents, shape (customers of the book, WEEKS).
    """

    book: Book
    billing: Billing
    weeks: Weeks
    kept: Floats
    raw: Mapping[str, Quantiles]
    by_customer: Mapping[str, Floats]


def forecast_origin(
    con: duckdb.DuckDBPyConnection, claims: Claims, company: str, day: int, seed: int
) -> Origin:
    """The forecast of `company` on `day` from its documents open then."""
    weeks = weeks_after(day)
    book = open_book(con, claims, company, day, weeks)
    billing = recurring_billing(con, book)
    expected_open = np.zeros((len(book.customers), WEEKS))
    np.add.at(expected_open, book.customer, book.cents[:, None] * book.weekly)
    billed = 100 * billing.weekly(weeks)
    # What is left of a customer's credit once its open documents are paid off is set against the next ones.
    total = billed.sum(axis=1)
    kept = np.clip(
        1 - np.divide(book.credit_left[billing.code], total, out=np.zeros_like(total), where=total > 0), 0, 1
    )
    billed *= kept[:, None]
    expected_billed = np.zeros((len(book.customers), WEEKS))
    expected_billed[billing.code] = billed
    draws = {
        "open_items": draw_open(book, seed),
        "expected_billing": draw_billing(billed, 100 * billing.size, seed),
    }
    draws["total"] = draws["open_items"] + draws["expected_billing"]
    by_customer = {"open_items": expected_open, "expected_billing": expected_billed}
    by_customer["total"] = expected_open + expected_billed
    expected = {name: by_customer[name].sum(axis=0) for name in SCENARIOS}
    least = LEAST_WIDTH * float(expected["total"].mean())
    return Origin(
        book,
        billing,
        weeks,
        kept,
        {name: quantiles(draws[name], expected[name], least) for name in SCENARIOS},
        by_customer,
    )


def calibrated(raw: Mapping[str, Quantiles], calibration: Mapping[str, Calibration]) -> dict[str, Quantiles]:
    """Each scenario calibrated; the expected total is the sum of its parts, each at its own level."""
    told = {scenario: calibration[scenario].apply(raw[scenario]) for scenario in SCENARIOS}
    parts = told["open_items"].expected + told["expected_billing"].expected
    return told | {"total": replace(told["total"], expected=parts)}


def forecast_rows(origin: Origin, calibration: Mapping[str, Calibration]) -> list[dict[str, Any]]:
    """Rows of CASH_FORECAST; `calibration` by scenario."""
    due, past_due = contractual(origin.book, origin.weeks)
    rows = []
    for scenario, told in calibrated(origin.raw, calibration).items():
        owed = scenario != "expected_billing"
        for k in range(WEEKS):
            rows.append(
                {
                    "company_id": origin.book.company,
                    "scenario": scenario,
                    "week_start": date_of(int(origin.weeks.start[k])),
                    "week": k + 1,
                    "first_day": date_of(int(origin.weeks.first[k])),
                    "last_day": date_of(int(origin.weeks.last[k])),
                    **{f"p{q}": money(told.weekly[k, j]) for j, q in enumerate((10, 50, 90))},
                    "expected": money(told.expected[k]),
                    "contractual": money(due[k]) if owed else None,
                    "past_due": money(past_due if k == 0 else 0) if owed else None,
                    **{f"cumulative_p{q}": money(told.cumulative[k, j]) for j, q in enumerate((10, 50, 90))},
                    "as_of": date_of(origin.book.day),
                }
            )
    return rows


def open_book_rows(origin: Origin, calibration: Mapping[str, Calibration]) -> list[dict[str, Any]]:
    """Rows of CASH_OPEN_BOOK; what is expected within the weeks is what the forecast says."""
    amounts = dict(origin.book.bridge)
    paid = amounts["within"] + amounts["later"]
    expected = calibration["open_items"].apply(origin.raw["open_items"]).expected
    amounts["within"] = min(sum(round(cents) for cents in expected), paid)
    amounts["later"] = paid - amounts["within"]
    return [
        {
            "company_id": origin.book.company,
            "line": line,
            "amount": money(amounts[line]),
            "as_of": date_of(origin.book.day),
        }
        for line in BRIDGE
    ]


def money(cents: float) -> Decimal:
    """Whole cents as an amount."""
    return Decimal(round(cents)) / 100
