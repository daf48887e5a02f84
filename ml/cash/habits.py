"""On which days a customer pays: its payment runs, told from the dates of its past payments.

A run has a nominal day of the month (the 10th, the last) or of the week; one that falls on a weekend leaves on the
next working day, or on the one before where that would be another month ("modified following"). A payment seen on
a Monday may therefore belong to the Saturday before it: which one, the customer's other payments tell (three steps
of expectation and maximisation). Few payments say little: each customer is mixed with the company's own habits.
"""

from __future__ import annotations

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ml.marts import date_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]

#: Payment days of the last two years.
HABIT_DAYS = 728
#: Payment days of the company mixed into each customer's.
STRENGTH = 6.0
#: Weight of the company's own habits against an even month.
_COMPANY_STRENGTH = 60.0
#: The last day of a month is nominal day 31 whatever its length; the days before it count from the first.
_NOMINAL = 31
_STEPS = 3


def payment_days(
    con: duckdb.DuckDBPyConnection, company: str, day: int, customers: Objects, first: int, count: int
) -> Floats:
    """How much likelier than on an average day each customer pays on each of `count` days from `first` on.

    Known on `day`; shape (customers, count), zero at weekends, 1 on average over a year.
    """
    con.register("coded", coded(customers))
    seen = con.sql(
        """
        select distinct coalesce(code, -1) as who, datediff('day', date '1970-01-01', settled_on) as paid_on
        from settlement left join coded using (customer_id)
        where company_id = $company and is_cash and settled_on <= $day and settled_on > $day - $span
        order by all
        """,
        params={"company": company, "day": date_of(day), "span": HABIT_DAYS},
    ).fetchnumpy()
    con.unregister("coded")
    who, paid = (np.asarray(seen[name], dtype=np.int64) for name in ("who", "paid_on"))
    start = min(first, day - HABIT_DAYS)
    covers = _covers(start, max(first + count, day + 1) - start)
    even = np.full(_NOMINAL, 1 / _NOMINAL)
    seen_on = np.unique(paid, return_counts=True)
    overall = _nominal(
        covers[seen_on[0] - start], np.zeros(len(seen_on[0]), dtype=np.int64), seen_on[1], even[None, :],
        _COMPANY_STRENGTH,
    )  # fmt: skip
    known = who >= 0
    own = _nominal(
        covers[paid[known] - start], who[known], np.ones(int(known.sum()), dtype=np.int64),
        np.repeat(overall, len(customers), axis=0), STRENGTH,
    )  # fmt: skip
    weekday = _weekdays(paid, who, len(customers))
    days = np.arange(first, first + count)
    likely = own @ covers[days - start].T
    likely *= weekday[:, (days + 3) % 7]
    year = own @ covers[day + 1 - 364 - start : day + 1 - start].T
    year *= weekday[:, (np.arange(day + 1 - 364, day + 1) + 3) % 7]
    out: Floats = likely / np.maximum(year.mean(axis=1, keepdims=True), 1e-12)
    return out


def _covers(start: int, count: int) -> Floats:
    """Which nominal days are paid on each day: shape (count, 31), 0 or 1; a weekend pays none."""
    first = np.datetime64(start, "D")
    dates = first + np.arange(count)
    months = dates.astype("datetime64[M]")
    monthday = (dates - months).astype(np.int64)
    length = ((months + 1).astype("datetime64[D]") - months).astype(np.int64)
    nominal = np.where(monthday == length - 1, _NOMINAL - 1, monthday)
    weekday = (start + 3 + np.arange(count)) % 7
    out = np.zeros((count, _NOMINAL))
    for k in range(count):
        if weekday[k] < 5:
            out[k, nominal[k]] = 1
            continue
        ahead = 7 - weekday[k]
        to = k + ahead if monthday[k] + ahead < length[k] else k - (weekday[k] - 4)
        if 0 <= to < count:
            out[to, nominal[k]] = 1
    return out


def _nominal(covers: Floats, who: Ints, times: Ints, prior: Floats, strength: float) -> Floats:
    """Share of each customer's payments by nominal day, shape of `prior` (customers, 31).

    `covers`: of each payment, its possible nominal days; `who`: its customer, in order; `times`: how often it happened.
    """
    share = prior
    starts = np.flatnonzero(np.r_[True, who[1:] != who[:-1]])
    for _ in range(_STEPS):
        belongs = covers * share[who]
        total = belongs.sum(axis=1, keepdims=True)
        belongs = np.divide(belongs, total, out=np.zeros_like(belongs), where=total > 0) * times[:, None]
        counts = np.zeros_like(prior)
        if len(who):
            counts[who[starts]] = np.add.reduceat(belongs, starts, axis=0)
        share = (counts + strength * prior) / (counts.sum(axis=1, keepdims=True) + strength)
    return share


def _weekdays(paid: Ints, who: Ints, customers: int) -> Floats:
    """How much likelier each customer pays on each weekday than on an average working day, shape (customers, 7)."""
    weekday = (paid + 3) % 7
    overall = np.bincount(weekday, minlength=7)[:5] + _COMPANY_STRENGTH / 5
    overall = 5 * overall / overall.sum()
    known = who >= 0
    counts = tally(who[known], weekday[known], np.ones(int(known.sum()), dtype=np.int64), (customers, 7))
    own = 5 * counts[:, :5] + STRENGTH * overall
    out = np.zeros((customers, 7))
    out[:, :5] = own / (counts[:, :5].sum(axis=1, keepdims=True) + STRENGTH)
    return out


def coded(customers: Objects) -> pa.Table:
    """`customer_id` and its position, to be joined with."""
    names = pa.array(customers.tolist(), pa.string())
    return pa.table({"customer_id": names, "code": np.arange(len(customers), dtype=np.int64)})


def tally(row: Ints, column: Ints, count: Ints, shape: tuple[int, int]) -> Floats:
    """Whole numbers added up by row and column, so that their order does not matter."""
    at = np.asarray(row, dtype=np.int64) * shape[1] + np.asarray(column, dtype=np.int64)
    total = np.bincount(at, weights=np.asarray(count, dtype=np.float64), minlength=shape[0] * shape[1])
    return total.astype(np.float64).reshape(shape)
