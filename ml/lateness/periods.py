"""Time after the due date cut into periods, and the rows a hazard learns from.

A period covers whole days (start, end] counted from the due date: single days about the due date, where
payment runs matter, longer ones far from it. A row asks of a state: "open at the start of the period (or
at the origin, if that comes later): paid within it?". A row is learnt from only once the whole period has
passed at the cut-off: keeping those already paid would keep only the prompt ones. What was cleared by a
credit note, a transfer or a factor leaves without an outcome; what was written off is never paid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from ml.lateness.states import States

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: Last day of each period, counted from the due date.
ENDS: Ints = np.array(
    [
        *(-75, -60, -45, -35, -28, -21, -17, -14, -12, -10),
        *range(-8, 11),
        *(12, 14, 17, 21, 25, 30, 37, 45, 52, 60, 75, 90, 120, 150, 180, 240, 300, 400),
    ],
    dtype=np.int64,
)
#: The day before the first day of each period; the first one has no start of its own.
STARTS: Ints = np.concatenate([[-100_000], ENDS[:-1]]).astype(np.int64)
NOT_YET = np.int64(2**31)


@dataclass(frozen=True)
class Rows:
    """n rows: the state's index, its period, the day before the row begins and its last day (from the due
    date), and whether it was paid in it (1) or not (0)."""

    index: Ints
    period: Ints
    start: Ints
    end: Ints
    paid: Floats

    def __len__(self) -> int:
        return len(self.index)

    def where(self, keep: Bools) -> Rows:
        return Rows(self.index[keep], self.period[keep], self.start[keep], self.end[keep], self.paid[keep])


def closed_on(states: States, cut_off: Ints) -> Ints:
    """The day each document was closed as it looked at `cut_off` (a day per state); NOT_YET where open then."""
    at_first = (states.first_closed <= cut_off) & (cut_off < states.reopened)
    at_last = states.last_closed <= cut_off
    day: Ints = np.where(at_last, states.last_closed, np.where(at_first, states.first_closed, NOT_YET))
    return day


def grid(age: Ints) -> tuple[Ints, Ints]:
    """All (position, period) of states of that age: the periods not wholly past, state by state."""
    first = np.searchsorted(ENDS, age, side="right")
    count = len(ENDS) - first
    position = np.repeat(np.arange(len(age)), count)
    period = np.arange(len(position)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    return position.astype(np.int64), period.astype(np.int64)


def learnable_rows(states: States, index: Ints, cut_off: Mapping[str, int]) -> Rows:
    """The rows of the states in `index` that are wholly past at each company's cut-off, in their order."""
    part = states.take(index)
    cut = part.per_company(cut_off)
    closed = closed_on(part, cut)
    age = part.age
    is_paid = (closed < NOT_YET) & part.is_cash
    is_other = (closed < NOT_YET) & ~part.is_cash & ~part.is_lost
    # The last period that can be a row: the one of the closing, or the last one past at the cut-off.
    closing = closed - part.due
    position, period = grid(age)
    start = np.maximum(STARTS[period], age[position])
    end = ENDS[period]
    keep = (end + part.due[position] <= cut[position]) & part.is_trainable[position]
    keep &= ~(is_paid | is_other)[position] | (closing[position] > start)
    keep &= ~is_other[position] | (closing[position] > end)
    paid = (is_paid[position] & (closing[position] <= end) & (closing[position] > start)).astype(np.float64)
    rows = Rows(index[position], period, start, end, paid)
    return rows.where(keep)
