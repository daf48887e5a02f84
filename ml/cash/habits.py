"""On which days a customer pays: its payment runs, told from the dates of its past payments.

A run has a nominal day of the month (the 10th, the last) or of the week; one that falls on a weekend leaves on the
next working day, or on the one before where that would be another month ("modified following"). A payment seen on
a Monday may therefore belong to the Saturday before it: which one, the customer's other payments tell (three steps
of expectation and maximisation). Each customer is mixed with the company's own habits, the more the less its payments
stand out: where nobody has days of its own, none are told from noise.
"""

from __future__ import annotations

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.special import gammaln  # type: ignore[import-untyped]

from ml.marts import date_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]

#: Payment days of the last two years.
HABIT_DAYS = 728
#: Payments of the company that a customer's own may be mixed with.
STRENGTHS: tuple[float, ...] = (8.0, 32.0, 128.0, 512.0, 10_000.0)
_WEIGHT_STEPS = 10
#: Where more payments than this are dated on weekends, they are days like others: dates of clearing, not of banks.
WEEKEND_SHARE = 0.05
#: The last day of a month is nominal day 31 whatever its length; the days before it count from the first.
_NOMINAL = 31
_STEPS = 3


def payment_days(
    con: duckdb.DuckDBPyConnection, company: str, day: int, customers: Objects, first: int, count: int
) -> Floats:
    """How much likelier than on an average day each customer pays on each of `count` days from `first` on.

    Known on `day`; shape (customers, count), 1 on average over a year, zero at weekends where none was paid on one.
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
    pays_weekends = bool(np.mean((paid + 3) % 7 > 4) > WEEKEND_SHARE) if len(paid) else False
    covers = _covers(start, max(first + count, day + 1) - start, pays_weekends)
    even = np.full(_NOMINAL, 1 / _NOMINAL)
    seen_on = np.unique(paid, return_counts=True)
    overall = _nominal(
        covers[seen_on[0] - start], np.zeros(len(seen_on[0]), dtype=np.int64), seen_on[1], even, 1
    )[0]
    known = who >= 0
    own = _nominal(
        covers[paid[known] - start],
        who[known],
        np.ones(int(known.sum()), dtype=np.int64),
        overall,
        len(customers),
    )
    weekday = _weekdays(paid, who, len(customers), 7 if pays_weekends else 5)
    days = np.arange(first, first + count)
    likely = own @ covers[days - start].T
    likely *= weekday[:, (days + 3) % 7]
    year = own @ covers[day + 1 - 364 - start : day + 1 - start].T
    year *= weekday[:, (np.arange(day + 1 - 364, day + 1) + 3) % 7]
    out: Floats = likely / np.maximum(year.mean(axis=1, keepdims=True), 1e-12)
    return out


def _covers(start: int, count: int, pays_weekends: bool = False) -> Floats:
    """Which nominal days are paid on each day: shape (count, 31), 0 or 1; a weekend pays none unless it always did."""
    first = np.datetime64(start, "D")
    dates = first + np.arange(count)
    months = dates.astype("datetime64[M]")
    monthday = (dates - months).astype(np.int64)
    length = ((months + 1).astype("datetime64[D]") - months).astype(np.int64)
    nominal = np.where(monthday == length - 1, _NOMINAL - 1, monthday)
    weekday = (start + 3 + np.arange(count)) % 7
    out = np.zeros((count, _NOMINAL))
    for k in range(count):
        if weekday[k] < 5 or pays_weekends:
            out[k, nominal[k]] = 1
            continue
        ahead = 7 - weekday[k]
        to = k + ahead if monthday[k] + ahead < length[k] else k - (weekday[k] - 4)
        if 0 <= to < count:
            out[to, nominal[k]] = 1
    return out


def _nominal(covers: Floats, who: Ints, times: Ints, prior: Floats, customers: int) -> Floats:
    """Share of each customer's payments by nominal day, shape (customers, 31).

    `covers`: of each payment, its possible nominal days; `who`: its customer, in order; `times`: how often it happened;
    `prior`: the shares of everybody, shape (31,).
    """
    share = np.repeat(prior[None, :], customers, axis=0)
    starts = np.flatnonzero(np.r_[True, who[1:] != who[:-1]])
    for _ in range(_STEPS):
        belongs = covers * share[who]
        total = belongs.sum(axis=1, keepdims=True)
        belongs = np.divide(belongs, total, out=np.zeros_like(belongs), where=total > 0) * times[:, None]
        counts = np.zeros_like(share)
        if len(who):
            counts[who[starts]] = np.add.reduceat(belongs, starts, axis=0)
        share = mixed(counts, prior)
    return share


def _weekdays(paid: Ints, who: Ints, customers: int, working: int) -> Floats:
    """How much likelier each customer pays on each weekday than on an average one of the `working` days of a week,
    shape (customers, 7)."""
    weekday = (paid + 3) % 7
    seen = np.bincount(weekday, minlength=7)[:working].astype(np.float64)
    overall = mixed(seen[None, :], np.full(working, 1 / working))[0]
    known = who >= 0
    counts = tally(who[known], weekday[known], np.ones(int(known.sum()), dtype=np.int64), (customers, 7))
    out = np.zeros((customers, 7))
    out[:, :working] = working * mixed(counts[:, :working], overall)
    return out


def mixed(counts: Floats, prior: Floats) -> Floats:
    """Shares of each customer's counts (customers, kinds), mixed with `prior` (kinds,) as much as its counts allow.

    Customers differ in how much they differ: a mixture of Dirichlet distributions, one per strength around the prior
    and around no habit at all, its weights by maximum likelihood; each customer gets the mean of its posterior.
    """
    total = counts.sum(axis=1, keepdims=True)
    kinds = counts.shape[1]
    centres = (np.maximum(prior, 1e-9), np.full(kinds, 1 / kinds))
    parts = [(s, s * centre) for s in STRENGTHS for centre in centres]
    likely = np.column_stack(
        [
            gammaln(s) - gammaln(total[:, 0] + s) + np.sum(gammaln(counts + own) - gammaln(own), axis=1)
            for s, own in parts
        ]
    )
    likely = np.exp(likely - likely.max(axis=1, keepdims=True))
    weight = np.full(len(parts), 1 / len(parts))
    for _ in range(_WEIGHT_STEPS):
        belongs = likely * weight
        belongs /= belongs.sum(axis=1, keepdims=True)
        weight = belongs.mean(axis=0) if len(belongs) else weight
    belongs = likely * weight
    belongs /= belongs.sum(axis=1, keepdims=True)
    out = np.zeros_like(counts)
    for k, (s, own) in enumerate(parts):
        out += belongs[:, k : k + 1] * (counts + own) / (total + s)
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
