"""When customers are ready to pay, told apart from the days on which they do.

A customer pays on days of its own: every working day, Thursdays, the 10th and the 25th, the last of the month. What
it pays on the 10th may have been ready on any day since its payment day before. So a payment tells an interval, and
whether a document will be late depends on both: how soon the customer is ready, and how many days before the due
date its last payment day falls.

Per customer and day, from what was paid by then: which days of payment explain the dates of its payments best
(marginal likelihood of a few kinds; as of the last month end), and how its readiness spreads about the due date
(interval-censored estimate by expectation and maximisation, Turnbull 1976, mixed with all customers').
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ml.trees import spread_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]

#: Readiness is told by the day within these days about the due date; what lies beyond stands at the edge.
EARLIEST, LATEST = -60, 160
#: Payments of the last two years tell the days of payment, the latest ones the readiness.
WINDOW_DAYS = 728
LATEST_PAYMENTS = 60
#: Fewer days of payment than this tell no habit: every working day.
MIN_DAYS = 3
#: Where more payments than this are dated on weekends, they are days like others: dates of clearing, not of banks.
WEEKEND_SHARE = 0.05
#: Days of the month that a customer may have, share of payments that leave on none of its days, and how many
#: customers pay on any working day, on one day of the week, or on days of the month.
MAX_MONTH_DAYS = 4
STRAY_SHARE = 0.04
WITHOUT_SHARE = 0.02
ANY_DAY, WEEKLY, MONTHLY = 0.4, 0.4, 0.6
#: Payments of all customers mixed into each customer's readiness, and steps of the estimate.
STRENGTH = 2.0
STEPS = 12
PRIOR_STEPS = 40
PRIOR_ROWS = 20_000
#: Customers worked on at once: bounded memory.
_CHUNK = 4_000
_SIZE = LATEST - EARLIEST
#: Kinds of days in the order of the table: every working day, Monday to Sunday, the 1st to the 31st (the last).
_ANY, _WEEKDAY, _MONTH_DAY, _KINDS = 0, 1, 8, 39


@dataclass(frozen=True)
class Habits:
    """What is known of n customers on a day: their days of payment and their readiness.

    `kinds`: shape (n, 4), the kinds of days on which it pays (repeated where fewer); `ready`: shape
    (n, days + 1), the share of its documents ready at most `EARLIEST` + k days after the due date, NaN where no
    customer ever paid; `last`: shape (kinds, days), of each kind the last day at or before each day from `first` on.
    """

    kinds: Ints
    ready: npt.NDArray[np.float32]
    first: int
    last: Ints

    def last_run(self, row: Ints, day: Ints) -> Ints:
        """The customer's last day of payment at or before each day (day numbers)."""
        at = np.clip(day - self.first, 0, self.last.shape[1] - 1)
        found: Ints = self.last[self.kinds[row, 0], at]
        for k in range(1, self.kinds.shape[1]):
            found = np.maximum(found, self.last[self.kinds[row, k], at])
        return found

    def next_run(self, row: Ints, day: Ints, within: int) -> Floats:
        """Days to the customer's first day of payment after each day; NaN where none falls `within` so many."""
        found = np.full(len(day), np.nan)
        for step in range(within, 0, -1):
            found[self.last_run(row, day + step) == day + step] = step
        return found

    def paid_by(self, row: Ints, due: Ints, day: Ints, sooner: Ints | int = 0) -> Floats:
        """Share of such documents, due on `due`, paid by each day; with the last run moved `sooner` by so many days,
        or, what is the same, the documents ready so much later."""
        ready = self.last_run(row, day) - sooner - due
        out: Floats = self.ready[row, np.clip(ready - EARLIEST, 0, _SIZE)].astype(np.float64)
        return out

    def usual(self, row: Ints) -> Floats:
        """Days from the due date until half of the customer's documents are ready; NaN where unknown."""
        half = np.argmax(self.ready >= 0.5, axis=1).astype(np.float64)
        half[np.isnan(self.ready[:, 0])] = np.nan
        out: Floats = (half + EARLIEST)[row]
        return out


def habits(
    con: duckdb.DuckDBPyConnection, company: Objects, customer: Objects, origin: Ints, due: Ints
) -> tuple[Ints, Habits]:
    """Row of each state in the habits of its customer at its origin, and the habits.

    `con` holds the table `paid` of `ml.lateness.states.prepare`. Later payments change nothing.
    """
    month_end = month_end_before(origin)
    names, which = np.unique(company.astype(str), return_inverse=True)
    first = int(min(due.min(initial=0), month_end.min(initial=0))) - WINDOW_DAYS - 400
    count = int(max(due.max(initial=0), origin.max(initial=0))) + LATEST + 100 - first
    tables = [_kinds(first, count, pays_weekends) for pays_weekends in (False, True)]
    last = np.concatenate([_last(days, first) for days in tables])
    row = np.zeros(len(origin), dtype=np.int64)
    kinds: list[Ints] = []
    ready: list[npt.NDArray[np.float32]] = []
    size = 0
    for k, name in enumerate(names):
        own = np.flatnonzero(which == k)
        history = _history(con, str(name), customer[own])
        for day in np.unique(month_end[own]):
            month = own[month_end[own] == day]
            code = history.code_of(customer[month])
            known = history.until(int(day))
            days, offset = _days_of_payment(known, tables, first, int(day))
            everyone = _everyone(_intervals(known, days + offset, first, last))
            of_month = history.until(int(origin[month].max()), np.unique(code))
            for today in np.unique(origin[month]):
                here = origin[month] == today
                asked, position = np.unique(code[here], return_inverse=True)
                known = of_month.until(int(today), asked)
                kinds.append(days[asked] + offset)
                ready.append(_readiness(_intervals(known, days + offset, first, last), asked, everyone))
                row[month[here]] = size + position
                size += len(asked)
    shape = (0, MAX_MONTH_DAYS), (0, _SIZE + 1)
    return row, Habits(
        np.concatenate([np.empty(shape[0], dtype=np.int64), *kinds]),
        np.concatenate([np.empty(shape[1], dtype=np.float32), *ready]),
        first,
        last,
    )


@dataclass(frozen=True)
class _History:
    """Payments of one company's customers, by customer and day: position of the customer, day paid, days late."""

    names: dict[str, int]
    who: Ints
    paid: Ints
    late: Ints

    def code_of(self, customer: Objects) -> Ints:
        return np.array([self.names[c] for c in customer.tolist()], dtype=np.int64)

    def until(self, day: int, customers: Ints | None = None) -> _History:
        """What was paid by a day, by all customers or by some."""
        keep = self.paid <= day
        if customers is not None:
            of = np.zeros(len(self.names), dtype=bool)
            of[customers] = True
            keep &= of[self.who]
        return _History(self.names, self.who[keep], self.paid[keep], self.late[keep])

    def latest(self) -> Bools:
        """The latest payments of each customer."""
        ends = np.searchsorted(self.who, self.who, side="right")
        out: Bools = ends - np.arange(len(self.who)) <= LATEST_PAYMENTS
        return out


def _history(con: duckdb.DuckDBPyConnection, company: str, customers: Objects) -> _History:
    """Everything that was paid to a company, whatever customers are asked about."""
    con.register(
        "asked_customer", pa.table({"customer_id": pa.array(sorted(set(customers.tolist())), pa.string())})
    )
    coded = """
        select customer_id, row_number() over (order by customer_id) - 1 as code
        from (
            select distinct customer_id from paid where company_id = $company
            union
            select customer_id from asked_customer
        )
    """
    names = con.sql(f"{coded} order by code", params={"company": company}).fetchall()
    found = con.sql(
        f"""
        select c.code, datediff('day', date '1970-01-01', p.paid_on) as paid, p.days_late as late
        from paid as p join ({coded}) as c using (customer_id)
        where p.company_id = $company order by all
        """,
        params={"company": company},
    ).fetchnumpy()
    con.unregister("asked_customer")
    columns = (np.asarray(found[name], dtype=np.int64) for name in ("code", "paid", "late"))
    return _History({str(name): int(code) for name, code in names}, *columns)


def month_end_before(day: Ints) -> Ints:
    """The last month end not after each day."""
    first_of_next = (day + 1).astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]")
    out: Ints = first_of_next.astype(np.int64) - 1
    return out


def _kinds(first: int, count: int, pays_weekends: bool) -> Bools:
    """Which days are of each kind, shape (kinds, count). A day that is no working day moves to the next one, the
    last of the month to the one before."""
    day = np.arange(first, first + count)
    weekday = (day + 3) % 7
    is_open = np.ones(count, dtype=bool) if pays_weekends else weekday < 5
    date = day.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    of_month = (date - month.astype("datetime64[D]")).astype(np.int64)
    length = ((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(np.int64)
    of_month = np.where(of_month == length - 1, 30, of_month)
    place = np.arange(count)
    after = np.minimum.accumulate(np.where(is_open, place, count - 1)[::-1])[::-1]
    before = np.maximum.accumulate(np.where(is_open, place, 0))
    out = np.zeros((_KINDS, count), dtype=bool)
    out[_ANY] = is_open
    for k in range(7):
        if pays_weekends or k < 5:
            out[_WEEKDAY + k, after[weekday == k]] = True
    for k in range(31):
        out[_MONTH_DAY + k, (before if k == 30 else after)[of_month == k]] = True
    return out


def _last(kinds: Bools, first: int) -> Ints:
    """Of each kind the last day at or before each day; before its first day, long ago."""
    place = np.arange(kinds.shape[1], dtype=np.int64) + first
    out: Ints = np.maximum.accumulate(np.where(kinds, place, first - 10_000), axis=1)
    return out


def _days_of_payment(known: _History, tables: list[Bools], first: int, day: int) -> tuple[Ints, int]:
    """The kinds of days on which each customer pays, shape (customers, 4), and where their table begins."""
    customers = len(known.names)
    recent = known.paid > day - WINDOW_DAYS
    who, paid = known.who[recent], known.paid[recent]
    is_first = np.r_[True, (who[1:] != who[:-1]) | (paid[1:] != paid[:-1])] if len(who) else np.empty(0, bool)
    who, paid = who[is_first], paid[is_first]
    pays_weekends = bool(len(paid)) and float(np.mean((paid + 3) % 7 > 4)) > WEEKEND_SHARE
    table = tables[int(pays_weekends)]
    at = paid - first
    window = table[:, day + 1 - WINDOW_DAYS - first : day + 1 - first]
    length = window.sum(axis=1).astype(np.float64)
    working = length[_ANY]
    seen = np.bincount(who, minlength=customers).astype(np.float64)

    def told(hits: Floats, days: Floats | float, stray: float, chance: float) -> Floats:
        """Log-likelihood of the dates where so many days are the customer's own, and how usual that is."""
        own = np.log((1 - stray) / np.maximum(days, 1.0) + stray / working)
        out: Floats = (
            hits * own + (seen - hits) * np.log(max(stray, WITHOUT_SHARE) / working) + np.log(chance)
        )
        return out

    def count(kind: int, of: Bools | slice) -> Floats:
        found: Floats = np.bincount(who[of], weights=table[kind, at[of]], minlength=customers).astype(
            np.float64
        )
        return found

    everything = slice(None)
    found = np.repeat(np.full((1, MAX_MONTH_DAYS), _ANY), customers, axis=0)
    best = told(count(_ANY, everything), working, 0.0, ANY_DAY)
    weekdays = 7 if pays_weekends else 5
    for k in range(weekdays):
        kind = _WEEKDAY + k
        score = told(count(kind, everything), length[kind], STRAY_SHARE, WEEKLY / weekdays)
        found[score > best] = kind
        best = np.maximum(score, best)
    # Days of the month: the one that explains most, then the one that explains most of the rest, ...
    left = np.ones(len(who), dtype=bool)
    chosen = np.empty((customers, 0), dtype=np.int64)
    both = window[_MONTH_DAY:].astype(np.float64) @ window[_MONTH_DAY:].T.astype(np.float64)
    days, chance = np.zeros(customers), MONTHLY / MAX_MONTH_DAYS
    for k in range(MAX_MONTH_DAYS):
        gain = np.column_stack([count(_MONTH_DAY + j, left) for j in range(31)])
        top = np.argmax(gain, axis=1)
        days = days + both[top, top] - sum(both[top, chosen[:, j]] for j in range(k))
        chosen = np.column_stack([chosen, top])
        left = left & ~table[_MONTH_DAY + top[who], at]
        chance = chance * (k + 1) / (31 - k)
        hits = seen - np.bincount(who[left], minlength=customers)
        score = np.where(gain.max(axis=1, initial=0) > 0, told(hits, days, STRAY_SHARE, chance), -np.inf)
        better = score > best
        found[better] = _MONTH_DAY + chosen[better][:, np.minimum(np.arange(MAX_MONTH_DAYS), k)]
        best = np.maximum(score, best)
    found[seen < MIN_DAYS] = _ANY
    return found, _KINDS * int(pays_weekends)


def _intervals(known: _History, kinds: Ints, first: int, last: Ints) -> tuple[Ints, Ints, Ints]:
    """Of each customer's latest payments: the customer, and the days (begin, end] from `EARLIEST` on in which it became
    ready: after its payment day before that one, at the latest on that one."""
    latest = known.latest()
    who, paid, late = known.who[latest], known.paid[latest], known.late[latest]
    before = np.full(len(who), first - 10_000)
    for k in range(kinds.shape[1]):
        before = np.maximum(before, last[kinds[who, k], paid - 1 - first])
    end = np.clip(late, EARLIEST + 1, LATEST) - EARLIEST
    begin = np.minimum(np.clip(late - (paid - before), EARLIEST, LATEST) - EARLIEST, end - 1)
    return who, begin, end


def _everyone(intervals: tuple[Ints, Ints, Ints]) -> Floats | None:
    """How the readiness of all customers spreads, by day; None where nobody has paid."""
    who, begin, end = intervals
    if not len(who):
        return None
    drawn = spread_of(len(who)) < PRIOR_ROWS / len(who)
    if not drawn.any():
        drawn[:] = True
    alone = np.zeros(int(drawn.sum()), dtype=np.int64)
    even = np.full(_SIZE, 1 / _SIZE)
    spread = _spread(alone, begin[drawn], end[drawn], 1, even, 1.0, PRIOR_STEPS)[0]
    # What all customers do on one day, others do on the days about it.
    spread = np.convolve(spread, np.full(5, 0.2), mode="same")
    out: Floats = spread / spread.sum()
    return out


def _readiness(
    intervals: tuple[Ints, Ints, Ints], asked: Ints, everyone: Floats | None
) -> npt.NDArray[np.float32]:
    """How the readiness of customers spreads, cumulated by day, mixed with everyone's; NaN where nobody has paid."""
    out = np.full((len(asked), _SIZE + 1), np.nan, dtype=np.float32)
    if everyone is None:
        return out
    who, begin, end = intervals
    for at in range(0, len(asked), _CHUNK):
        part = asked[at : at + _CHUNK]
        place = np.searchsorted(part, who)
        own = place < len(part)
        own[own] = part[place[own]] == who[own]
        spread = _spread(place[own], begin[own], end[own], len(part), everyone, STRENGTH, STEPS)
        out[at : at + len(part), 0] = 0.0
        out[at : at + len(part), 1:] = np.minimum(np.cumsum(spread, axis=1), 1.0)
    return out


def _spread(
    row: Ints, begin: Ints, end: Ints, rows: int, prior: Floats, strength: float, steps: int
) -> Floats:
    """The likeliest spread over days of each row's intervals (begin, end], mixed with `prior`; shape (rows, days)."""
    size = len(prior)
    share = np.repeat(prior[None, :], rows, axis=0)
    low, high = row * (size + 1) + begin, row * (size + 1) + end
    total = np.bincount(row, minlength=rows)[:, None] + strength
    cumulated = np.zeros((rows, size + 1))
    for _ in range(steps):
        np.cumsum(share, axis=1, out=cumulated[:, 1:])
        flat = cumulated.ravel()
        worth = 1 / np.maximum(flat[high] - flat[low], 1e-12)
        edges = np.bincount(low, weights=worth, minlength=cumulated.size)
        edges -= np.bincount(high, weights=worth, minlength=cumulated.size)
        share *= np.cumsum(edges.reshape(rows, size + 1)[:, :-1], axis=1)
        share = (np.maximum(share, 0.0) + strength * prior) / total
    return share
