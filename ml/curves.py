"""Payment curves: of a document open on a day, how likely it is still open at the end of each later day.

One curve gives every published figure of a document (probabilities of lateness, dates, cash by week), so
that they cannot contradict one another. Which model drew the curve does not matter here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: Days after the origin that a curve covers; what is still open then is "later".
HORIZON_DAYS = 400
#: Float noise must not move a quantile by a day.
_EPSILON = 1e-9


@dataclass(frozen=True)
class Curves:
    """Curves of n documents open at their origin.

    `origin`, `due`: day numbers (see `ml.marts.day_number`), shape (n,). `survival`: shape
    (n, HORIZON_DAYS + 1); column d is P(open at the end of origin + d | open at the end of origin), column 0
    is 1, rows never rise. A row of NaN: unknown.
    """

    origin: Ints
    due: Ints
    survival: Floats

    def __len__(self) -> int:
        return len(self.origin)

    def still_open(self, day: Ints) -> Floats:
        """P(open at the end of `day`), one day number per document; 1 before the origin, the last value beyond."""
        column = np.clip(day - self.origin, 0, HORIZON_DAYS)
        out: Floats = self.survival[np.arange(len(self)), column]
        return out

    def late(self, thresholds: Sequence[int]) -> Floats:
        """P(paid more than k days after the due date), shape (n, thresholds); 1 where already past it."""
        return np.column_stack([self.still_open(self.due + k) for k in thresholds])

    def paid_between(self, first: Ints, last: Ints) -> Floats:
        """P(paid from `first` to `last`, both included), day numbers per document."""
        out: Floats = self.still_open(first - 1) - self.still_open(last)
        return out

    def quantile(self, share: float) -> Floats:
        """The first day by which `share` is paid, as a day number; NaN where beyond the horizon or unknown."""
        reached = 1 - self.survival >= share - _EPSILON
        first = np.argmax(reached, axis=1)
        out: Floats = np.where(reached.any(axis=1), (self.origin + first).astype(np.float64), np.nan)
        return out

    def days_late(self) -> Floats:
        """Mean days after the due date, early counted 0; what is open beyond the horizon counts to it."""
        age = (self.origin - self.due)[:, None] + np.arange(1, HORIZON_DAYS + 1)
        paid = self.survival[:, :-1] - self.survival[:, 1:]
        later = self.survival[:, -1] * np.maximum(age[:, -1], 0)
        out: Floats = (paid * np.maximum(age, 0)).sum(axis=1) + later
        return out
