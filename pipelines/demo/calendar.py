"""Days, French working days, payment runs and payment terms as integer arrays.

Belongs here: pure date arithmetic of the demo company. Does not belong here: chance, amounts, accounts.

A *day* is an ``int64`` number of days since 1970-01-01, so that whole columns are computed at once. Every
lookup covers 2021-01-01 to 2028-12-31; a day outside it raises ``IndexError``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int64]


def day(year: int, month: int, day_of_month: int) -> int:
    """Day number of a calendar date."""
    return int(np.datetime64(f"{year:04d}-{month:02d}-{day_of_month:02d}", "D").astype(np.int64))


FIRST_DAY = day(2021, 1, 1)
LAST_DAY = day(2028, 12, 31)

# How a customer's payments leave: the name of the run, in the order of `Calendar.next_run`'s first axis.
RUNS = ("daily", "weekly", "10_and_25", "10", "25", "month_end", "direct_debit", "bill")


@dataclass(frozen=True)
class Terms:
    """Payment terms as the four numbers of the terms grammar, with one way to write them.

    Due date = issue + ``net_days``, then the end of that month if ``is_end_of_month``, then + ``days_after``,
    then the next ``day_of_month`` of the following month if given (0 = not given).
    """

    text: str
    net_days: int
    is_end_of_month: bool
    days_after: int
    day_of_month: int


TERMS = (
    Terms("30", 30, False, 0, 0),
    Terms("30 EOM", 30, True, 0, 0),
    Terms("30 jours fin de mois", 30, True, 0, 0),
    Terms("45 EOM", 45, True, 0, 0),
    Terms("FDM 45", 0, True, 45, 0),
    Terms("EOM 45", 0, True, 45, 0),
    Terms("45", 45, False, 0, 0),
    Terms("60", 60, False, 0, 0),
    Terms("30 jours fin de mois le 10", 30, True, 0, 10),
    Terms("0", 0, False, 0, 0),
)


def easter(year: int) -> int:
    """Day number of Easter Sunday (Gregorian computus, Meeus)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    el = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * el) // 451
    month = (h + el - 7 * m + 114) // 31
    return day(year, month, (h + el - 7 * m + 114) % 31 + 1)


def french_holidays(year: int) -> frozenset[int]:
    """Day numbers of the eleven public holidays of metropolitan France (Code du travail, L3133-1)."""
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    sunday = easter(year)
    return frozenset([day(year, m, d) for m, d in fixed] + [sunday + 1, sunday + 39, sunday + 50])


def month_number(days: Days) -> Days:
    """Months since January 1970 of each day."""
    return np.asarray(days).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def month_start(months: Days) -> Days:
    """First day of each month number."""
    return np.asarray(months).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def month_end(days: Days) -> Days:
    """Last day of the month of each day."""
    return month_start(month_number(days) + 1) - 1


def year_of(days: Days) -> Days:
    """Calendar year of each day."""
    return np.asarray(days).astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def due_dates(issue: Days, terms: NDArray[np.int64]) -> Days:
    """Due day of each document from its issue day and the index of its terms in `TERMS`."""
    net = np.array([t.net_days for t in TERMS])[terms]
    eom = np.array([t.is_end_of_month for t in TERMS])[terms]
    after = np.array([t.days_after for t in TERMS])[terms]
    dom = np.array([t.day_of_month for t in TERMS])[terms]
    due = issue + net
    due = np.where(eom, month_end(due), due) + after
    out: Days = np.where(dom > 0, month_start(month_number(due) + 1) + dom - 1, due)
    return out


@dataclass(frozen=True)
class Calendar:
    """Lookups by ``day - FIRST_DAY``.

    is_open:   bool, a working day (Monday to Friday, no public holiday)
    next_open: first working day on or after
    next_run:  (run, day) first day of that run on or after
    last_run:  (run, day) last day of that run on or before
    text:      ``YYYYMMDD``; iso: ``YYYY-MM-DD``; french: ``DD/MM/YYYY`` (object arrays of str)
    """

    is_open: NDArray[np.bool_]
    next_open: Days
    next_run: Days
    last_run: Days
    text: NDArray[Any]
    iso: NDArray[Any]
    french: NDArray[Any]

    def open_on_or_after(self, days: Days) -> Days:
        """First working day on or after each day."""
        found: Days = self.next_open[np.asarray(days) - FIRST_DAY]
        return found

    def run_on_or_after(self, runs: NDArray[np.int64], days: Days) -> Days:
        """First day of the payer's run on or after each day."""
        found: Days = self.next_run[runs, np.asarray(days) - FIRST_DAY]
        return found

    def run_on_or_before(self, runs: NDArray[np.int64], days: Days) -> Days:
        """Last day of the payer's run on or before each day."""
        found: Days = self.last_run[runs, np.asarray(days) - FIRST_DAY]
        return found


@lru_cache(maxsize=1)
def calendar() -> Calendar:
    """Build the lookups once."""
    days = np.arange(FIRST_DAY, LAST_DAY + 1, dtype=np.int64)
    holidays = frozenset().union(*(french_holidays(y) for y in range(2021, 2029)))
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday; 0 = Monday
    is_open = (weekday < 5) & ~np.isin(days, np.fromiter(holidays, dtype=np.int64))
    next_open = _next_true(is_open, days)
    dom = days - month_start(month_number(days)) + 1
    is_month_end = days == month_end(days)
    last_open_of_month = np.isin(days, _previous_true(is_open, days)[is_month_end])
    nominal = {
        "daily": is_open,
        "weekly": _rolled(weekday == 3, next_open, days),
        "10_and_25": _rolled((dom == 10) | (dom == 25), next_open, days),
        "10": _rolled(dom == 10, next_open, days),
        "25": _rolled(dom == 25, next_open, days),
        "month_end": last_open_of_month,
        "direct_debit": is_open,
        "bill": is_open,
    }
    text = np.datetime_as_string(days.astype("datetime64[D]"))
    return Calendar(
        is_open=is_open,
        next_open=next_open,
        next_run=np.stack([_next_true(nominal[r], days) for r in RUNS]),
        last_run=np.stack([_previous_true(nominal[r], days) for r in RUNS]),
        text=np.array([t.replace("-", "") for t in text], dtype=object),
        iso=np.array([str(t) for t in text], dtype=object),
        french=np.array([f"{t[8:10]}/{t[5:7]}/{t[:4]}" for t in text], dtype=object),
    )


def _rolled(nominal: NDArray[np.bool_], next_open: Days, days: Days) -> NDArray[np.bool_]:
    """Run days, each moved to the next working day."""
    return np.isin(days, next_open[nominal])


def _next_true(mask: NDArray[np.bool_], days: Days) -> Days:
    """For each day the first day on or after with a true mask (the last day where none is left)."""
    marked = np.where(mask, days, days[-1])
    return np.minimum.accumulate(marked[::-1])[::-1]


def _previous_true(mask: NDArray[np.bool_], days: Days) -> Days:
    """For each day the last day on or before with a true mask (the first day where none is left)."""
    marked = np.where(mask, days, days[0])
    return np.maximum.accumulate(marked)
