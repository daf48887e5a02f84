"""What "late" means, when it is known, and the rows a model learns from.

A document is late by more than k days when cash has not settled it by its due date + k. What is
open at that day decides, so a rejected payment counts as unpaid; a write-off is never a payment;
a document cleared mostly by a credit note, a transfer or an assignment to a factor was not for the
customer to pay and has no label. The label is visible from the due date + k on, and cohorts that
are not wholly mature at the cut-off are dropped: keeping those already paid would keep only the
prompt ones.

The thresholds cut time into bands: up to the due date, up to 30 days after, up to 90 days after.
A band row asks "open at the state's date, or at the start of the band if that comes later: is it
still open at the end of the band?". That is a discrete-time hazard with three periods; the
probabilities are products along the bands, hence ordered by construction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from ml.states import States

#: Days after the due date at which lateness is judged; the bands end there.
THRESHOLD_DAYS: tuple[int, ...] = (0, 30, 90)
#: The published probability of each threshold.
TARGETS: tuple[str, ...] = ("late", "late_30", "late_90")
#: Allocations that are a payment or go with one; everything else but a write-off is not for the customer to pay.
CASH_KINDS: tuple[str, ...] = ("payment", "discount", "exchange")

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class BandRows:
    """Person-period rows: the state's index, the band (0, 1, 2) and whether it stayed open (1) or was paid (0)."""

    index: Ints
    band: Ints
    outcome: Floats

    def __len__(self) -> int:
        return len(self.index)

    def where(self, keep: Bools) -> BandRows:
        return BandRows(self.index[keep], self.band[keep], self.outcome[keep])


def label_sql(threshold_days: int) -> str:
    """SQL of one label, over the columns cleared_k, cash_k, written_off_k of a document at due date + k."""
    k = threshold_days
    return (
        f"case when due_date + {k} > as_of then null"
        f" when amount - cleared_{k} > 0 then 1"
        f" when 2 * written_off_{k} > cleared_{k} then 1"
        f" when 2 * cash_{k} >= cleared_{k} then 0"
        f" end as late_{k}"
    )


def is_certain(states: States, band: int) -> Bools:
    """True where the state already lies at or past the threshold: whatever comes is later, so late for sure."""
    certain: Bools = (states.origin - states.due) >= THRESHOLD_DAYS[band]
    return certain


def is_mature(states: States, band: int, cut_off: Mapping[str, int], term_days: Mapping[str, int]) -> Bools:
    """True where the whole cohort of the state's month has its label at the company's cut-off.

    `cut_off`: day number per company; `term_days`: the longest usual term per company, so that a
    month counts only once invoices of the usual terms have had due date + k.
    """
    cut = states.per_company(cut_off)
    usual = states.per_company(term_days)
    k = THRESHOLD_DAYS[band]
    mature: Bools = (states.origin + usual + k <= cut) & (states.due + k <= cut)
    return mature


def band_rows(states: States, cut_off: Mapping[str, int], term_days: Mapping[str, int]) -> BandRows:
    """Every row whose outcome is visible at the cut-off, in the order of the states, then of the bands."""
    index, band, outcome = [], [], []
    age = states.origin - states.due
    for j, k in enumerate(THRESHOLD_DAYS):
        reached = np.ones(len(states), dtype=bool)
        if j:
            reached = (states.late[:, j - 1] == 1) | (age >= THRESHOLD_DAYS[j - 1])
        keep = (
            (age < k)
            & reached
            & ~np.isnan(states.late[:, j])
            & states.is_trainable
            & is_mature(states, j, cut_off, term_days)
        )
        chosen = np.flatnonzero(keep).astype(np.int64)
        index.append(chosen)
        band.append(np.full(len(chosen), j, dtype=np.int64))
        outcome.append(states.late[chosen, j])
    i, b, y = np.concatenate(index), np.concatenate(band), np.concatenate(outcome)
    order = np.lexsort((b, i))
    return BandRows(i[order], b[order], y[order])
