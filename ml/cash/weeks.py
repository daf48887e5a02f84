"""The weeks of the forecast: Monday to Sunday, the first one from the day after the as-of day.

The first week is therefore shorter unless the as-of day is a Sunday. A slip of one day at these bounds doubles
the error of a weekly forecast, so they are made here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

#: Thirteen weeks: a quarter, the horizon at which treasurers plan.
WEEKS = 13
#: Groups of weeks that are judged together: name → first and last week, counted from 1.
SPANS: dict[str, tuple[int, int]] = {"1-4": (1, 4), "5-13": (5, WEEKS)}


@dataclass(frozen=True)
class Weeks:
    """`start`: Mondays; `first`, `last`: the days that count, both included. Day numbers, shape (WEEKS,)."""

    start: Ints
    first: Ints
    last: Ints


def weeks_after(day: int) -> Weeks:
    """The weeks that follow the as-of `day` (a day number)."""
    # Day 0, 1970-01-01, was a Thursday: Mondays are the days with (day + 3) % 7 == 0.
    monday = day + 1 - (day + 1 + 3) % 7
    start = monday + 7 * np.arange(WEEKS, dtype=np.int64)
    return Weeks(start, np.maximum(start, day + 1), start + 6)


def span_of(weeks: int = WEEKS) -> list[str]:
    """The name of the span of each week."""
    return [next(name for name, (a, b) in SPANS.items() if a <= k <= b) for k in range(1, weeks + 1)]
