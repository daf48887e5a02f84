"""What "late" means, and the thresholds that are asked about.

A document is late by more than k days when cash has not settled it by its due date + k. A write-off is never
a payment; a document cleared mostly by a credit note, a transfer or an assignment to a factor was not for the
customer to pay and has no label. The label is visible from the due date + k on.
"""

from __future__ import annotations

#: Days after the due date at which lateness is judged; the bands end there.
THRESHOLD_DAYS: tuple[int, ...] = (0, 30, 90)
#: The published probability of each threshold.
TARGETS: tuple[str, ...] = ("late", "late_30", "late_90")
#: Allocations that are a payment or go with one; everything else but a write-off is not for the customer to pay.
CASH_KINDS: tuple[str, ...] = ("payment", "discount", "exchange")


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
