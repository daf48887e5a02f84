"""The accounting period of a FEC, told from its EcritureDate column.

Pure functions over a small histogram of months. The file's name is never trusted for it.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

# An accounting period may last up to 24 months (a first one); a longer span means stray dates.
MAX_SPAN_MONTHS = 24
WINDOW_MONTHS = 12
# Beyond an ordinary year, months cut off by an empty one that hold less than one row in so many are stray dates.
STRAY_ROWS_IN = 200


@dataclass(frozen=True, slots=True)
class MonthCount:
    """Rows of one calendar month: its first and last dates with rows, and how many rows."""

    first: date
    last: date
    rows: int


@dataclass(frozen=True, slots=True)
class Period:
    """First and last dates that belong to the accounting period, and the rows dated outside it."""

    first: date
    last: date
    rows_outside: int

    @property
    def start(self) -> date:
        """First day of the first month."""
        return self.first.replace(day=1)

    @property
    def end(self) -> date:
        """Last day of the last month."""
        return end_of_month(self.last)

    @property
    def fiscal_year(self) -> int:
        """The calendar year in which the period ends."""
        return self.last.year


def end_of_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def month_index(day: date) -> int:
    """Months since year 0: differences of it are whole months."""
    return day.year * 12 + day.month - 1


def period_of(months: Sequence[MonthCount]) -> Period:
    """The period of a file.

    Args:
        months: at least one month with rows, in any order.

    Returns:
        First to last date where they span 24 months or less, a few rows dated months away from all others being
        outside; else the twelve consecutive months that hold most rows (the latest of equals), the others being
        outside.
    """
    ordered = sorted(months, key=lambda month: month.first)
    total = sum(month.rows for month in ordered)
    if _span(ordered) <= MAX_SPAN_MONTHS:
        kept = _without_strays(ordered, total)
        return Period(kept[0].first, kept[-1].last, total - sum(month.rows for month in kept))

    def window(opening: MonthCount) -> list[MonthCount]:
        limit = month_index(opening.first) + WINDOW_MONTHS
        return [m for m in ordered if opening.first <= m.first and month_index(m.first) < limit]

    best = max((window(m) for m in ordered), key=lambda w: (sum(m.rows for m in w), w[0].first))
    return Period(best[0].first, best[-1].last, total - sum(m.rows for m in best))


def _span(ordered: Sequence[MonthCount]) -> int:
    return month_index(ordered[-1].last) - month_index(ordered[0].first) + 1


def _without_strays(ordered: Sequence[MonthCount], total: int) -> Sequence[MonthCount]:
    """The months of the period: what stands apart from it at either end, and is next to nothing, left out."""
    if _span(ordered) <= WINDOW_MONTHS:
        return ordered
    first, end = 0, len(ordered)
    for at in range(1, len(ordered)):
        if month_index(ordered[at].first) - month_index(ordered[at - 1].last) > 1:
            before = sum(month.rows for month in ordered[:at])
            if before * STRAY_ROWS_IN <= total:
                first = at
            elif (total - before) * STRAY_ROWS_IN <= total:
                end = min(end, at)
    return ordered[first:end]
