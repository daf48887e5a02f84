"""What "late" means, and the thresholds that are asked about.

A document is late by more than k days when cash has not settled it by its due date + k. A payment that bounced
settled nothing: the document is open again at its own dates, and the last settlement counts. A write-off is never
a payment; a document cleared mostly by a credit note, a transfer or an assignment to a factor was not for the
customer to pay and has no label. The label is visible from the due date + k on.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

#: Days after the due date at which lateness is judged; the bands end there.
THRESHOLD_DAYS: tuple[int, ...] = (0, 30, 90)
#: The published probability of each threshold.
TARGETS: tuple[str, ...] = ("late", "late_30", "late_90")
#: Allocations that are a payment or go with one; everything else but a write-off is not for the customer to pay.
CASH_KINDS: tuple[str, ...] = ("payment", "discount", "exchange")
#: No day: a document that has not been settled or reopened.
NEVER = 2**31

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def late_labels(due: Ints, closed: Ints, is_cash: Bools, is_lost: Bools, cut: Ints, k: int) -> Floats:
    """1 settled later than `k` days after the due date, 0 not, NaN no label, or not visible at the cut-off.

    Args:
        due, closed, cut: day numbers, shape (n,); `closed` as it looked at the cut-off, NEVER where open then.
        is_cash, is_lost: how it was settled at last, shape (n,); see `ml.marts` (table `fate`).
    """
    late = (closed > due + k) | is_lost
    out: Floats = np.where((due + k <= cut) & (late | is_cash), late, np.nan)
    return out


def delays(due: Ints, closed: Ints, is_cash: Bools, is_lost: Bools, cut: Ints, cap: int) -> Floats:
    """Days after the due date at which it was settled, at most `cap` (never paid: `cap`); NaN where `late_labels`
    gives none for `cap`, or where something else than cash settled it."""
    days = np.where(is_lost, cap, np.minimum(closed - due, cap)).astype(np.float64)
    is_theirs = (closed >= NEVER) | is_cash | is_lost
    out: Floats = np.where((due + cap <= cut) & is_theirs, days, np.nan)
    return out
