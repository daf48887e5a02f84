"""Forecasts that need no model, which the served one must beat: the due date, the customer's median delay, and
for what is yet to be billed the quarter before.
"""

from __future__ import annotations

import duckdb
import numpy as np
import numpy.typing as npt

from ml.cash.book import Book, paid_by_week
from ml.cash.weeks import WEEKS, Weeks, weeks_after
from ml.marts import date_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: Scenario → names of its naive forecasts; the last one is what a gain is measured against.
NAIVE: dict[str, tuple[str, ...]] = {
    "open_items": ("due_date", "customer_median"),
    "expected_billing": ("last_quarter",),
    "total": ("last_quarter",),
}


def naive_by_week(con: duckdb.DuckDBPyConnection, book: Book, weeks: Weeks) -> dict[str, dict[str, Floats]]:
    """Scenario → name → cents by customer of the book and week, shape (customers + 1, WEEKS).

    What is past its naive day comes in the first week. The last row is the customers that the book does not know.
    """
    median = median_days_late(con, book)
    earlier = book.day - 7 * WEEKS
    before = paid_by_week(con, book.company, earlier, book.customers, weeks_after(earlier))
    return {
        "open_items": {
            "due_date": _on_days(book, book.due, weeks),
            "customer_median": _on_days(book, book.due + median[book.customer], weeks),
        },
        "expected_billing": {"last_quarter": before[1]},
        "total": {"last_quarter": before[0] + before[1]},
    }


def contractual(book: Book, weeks: Weeks) -> tuple[Ints, int]:
    """Cents due by week, shape (WEEKS,), the first with what is past due already; and that part of it."""
    late = book.due < book.day
    return _on_days(book, book.due, weeks).sum(axis=0).astype(np.int64), int(book.cents[late].sum())


def _on_days(book: Book, day: Ints, weeks: Weeks) -> Floats:
    week = np.maximum(day - weeks.start[0], 0) // 7
    out = np.zeros((len(book.customers) + 1, WEEKS))
    inside = week < WEEKS
    np.add.at(out, (book.customer[inside], week[inside]), book.cents[inside])
    return out


def median_days_late(con: duckdb.DuckDBPyConnection, book: Book) -> Ints:
    """Per customer of the book, the median of its days late up to the book's day; the company's where it has none."""
    rows = con.execute(
        """
        select customer_id, cast(quantile_disc(days_late, 0.5) as bigint) from settlement
        where company_id = $company and is_cash and settled_on <= $day
        group by grouping sets ((customer_id), ()) order by 1 nulls first
        """,
        {"company": book.company, "day": date_of(book.day)},
    ).fetchall()
    known = {customer: int(days) for customer, days in rows if days is not None}
    return np.array([known.get(c, known.get(None, 0)) for c in book.customers.tolist()], dtype=np.int64)
