"""Other terms of payment: what moving one customer, or all, would do to cash by week, DSO and the money needed.

New terms hold for what is billed from the day after the as-of day; invoices issued keep theirs. Each customer is
taken to keep its habit: the same delay after the due date, the same payment days. In the long run receivables
change by each customer's daily billing times the days it gains: the money to be financed, and the DSO with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ml.cash.calibrate import Calibration
from ml.cash.forecast import MONEY, Origin, money
from ml.marts import RiskError, date_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: One row per company × scope × terms: `customer_id` is empty where all customers are moved. `is_over_ceiling`: over
#: 60 days net or 45 days end of month (art. L441-10 I code de commerce). Changes are against today's terms.
CASH_TERMS = pa.schema(
    [
        ("company_id", pa.string()),
        ("customer_id", pa.string()),
        ("terms", pa.string()),
        ("is_over_ceiling", pa.bool_()),
        ("billed_per_day", MONEY),
        ("term_days", pa.float64()),
        ("term_days_then", pa.float64()),
        ("dso_days_change", pa.float64()),
        ("financing_change", MONEY),
        ("financing_cost_change", MONEY),
        ("cash_change", MONEY),
        ("as_of", pa.date32()),
    ]
)
#: One row per company × scope × terms × week: expected cash, less what is expected under today's terms.
CASH_TERMS_WEEKLY = pa.schema(
    [
        ("company_id", pa.string()),
        ("customer_id", pa.string()),
        ("terms", pa.string()),
        ("week_start", pa.date32()),
        ("week", pa.int32()),
        ("cash_change", MONEY),
    ]
)
#: Customers shown one by one, by what they are billed.
CUSTOMERS_SHOWN = 25

_NET = re.compile(r"(\d{1,3})( EOM(?: (\d{1,2}))?)?")
_EOM = re.compile(r"EOM (\d{1,3})")


def due_days(terms: str, issue: Ints) -> Ints:
    """The due day of each issue day (day numbers): `30`, `30 EOM`, `60 EOM 10` or `EOM 45`.

    Raises `RiskError` where the terms are none of these.
    """
    if match := _EOM.fullmatch(terms):
        return _month_end(issue) + int(match[1])
    if match := _NET.fullmatch(terms):
        due = issue + int(match[1])
        if not match[2]:
            return due
        end = _month_end(due)
        return end if match[3] is None else np.minimum(end + int(match[3]), _month_end(end + 1))
    raise RiskError(f"'{terms}' is not a payment term: write `30`, `30 EOM`, `EOM 45`, `60 EOM 10` or `0`.")


def is_over_ceiling(terms: str) -> bool:
    """Over what art. L441-10 I code de commerce allows: 60 days net, or 45 days end of month, counted either way."""
    numbers = [int(n) for n in re.findall(r"\d+", terms)]
    if "EOM" not in terms:
        return numbers[0] > 60
    return numbers[0] > 45 or len(numbers) > 1


def _month_end(day: Ints) -> Ints:
    months = day.astype("datetime64[D]").astype("datetime64[M]")
    out: Ints = ((months + 1).astype("datetime64[D]")).astype(np.int64) - 1
    return out


def terms_rows(
    origin: Origin, calibration: Mapping[str, Calibration], terms: Sequence[str], rate: float
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of CASH_TERMS and CASH_TERMS_WEEKLY of one company; `rate`: price of money per year, a fraction."""
    billing = origin.billing
    level = calibration["expected_billing"].level
    issue = billing.day + 1 + np.arange(billing.spread.shape[1])
    base = _cash(origin, None, level)
    order = np.argsort(-billing.pace, kind="stable")[:CUSTOMERS_SHOWN]
    scopes: list[tuple[str | None, Ints]] = [(None, np.arange(len(billing.pace)))]
    scopes += [(str(billing.customers[k]), np.array([k])) for k in sorted(order.tolist())]
    total = float(billing.pace.sum())
    rows, weekly = [], []
    for text in terms if total > 0 else ():
        then = billing.spread @ (due_days(text, issue) - issue) / billing.spread.sum(axis=1)
        gained = then - billing.term
        change = _cash(origin, np.rint(gained).astype(np.int64), level) - base
        for customer, index in scopes:
            pace, tied = billing.pace[index], float(billing.pace[index] @ gained[index])
            by_week = change[index].sum(axis=0)
            key = {"company_id": origin.book.company, "customer_id": customer, "terms": text}
            rows.append(
                {
                    **key,
                    "is_over_ceiling": is_over_ceiling(text),
                    "billed_per_day": money(100 * float(pace.sum())),
                    "term_days": round(float(np.average(billing.term[index], weights=pace)), 1),
                    "term_days_then": round(float(np.average(then[index], weights=pace)), 1),
                    "dso_days_change": round(tied / total, 1),
                    "financing_change": money(100 * tied),
                    "financing_cost_change": money(100 * tied * rate),
                    "cash_change": sum((money(c) for c in by_week), Decimal(0)),
                    "as_of": date_of(billing.day),
                }
            )
            weekly += [
                {
                    **key,
                    "week_start": date_of(int(origin.weeks.start[k])),
                    "week": k + 1,
                    "cash_change": money(cents),
                }
                for k, cents in enumerate(by_week)
            ]
    return rows, weekly


def _cash(origin: Origin, shift: Ints | None, level: float) -> Floats:
    """Expected cents of what is yet to be billed, by customer of the billing and week."""
    out: Floats = 100 * level * origin.kept[:, None] * origin.billing.weekly(origin.weeks, shift)
    return out
