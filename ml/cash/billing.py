"""Cash from documents that do not exist yet: what each customer is billed again and again, and when it pays.

Billing of the next weeks is each customer's own pace (net of credit notes, discounts, set-offs), spread over the
days: a share per calendar month as the company's once two years are known, a share per day of the month as its own.
Payment follows the customer's own delays since the due date, shrunk towards the company's; documents still open
count as open. What a customer was never billed is not foreseen: a new customer is no recurring billing.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

from ml.cash.book import Book
from ml.cash.habits import coded, tally
from ml.cash.weeks import WEEKS, Weeks
from ml.marts import date_of, day_number

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]

#: The pace of billing is measured over a year; documents of the last two years tell the delays.
PACE_DAYS = 364
DELAY_DAYS = 728
#: The coming days whose billing can be paid within the forecast, and the days from issue that a payment may take.
ISSUES = 7 * WEEKS
LAGS = 182
#: Documents of the company mixed into each customer's: delays, and days of the month when it is billed.
STRENGTH = 8.0
#: Days before and after the due date at which the company's delays are measured.
_EARLIEST, _LATEST = -90, 120
#: A calendar month's share of the year counts once this many whole years are known.
SEASON_YEARS = 2
SEASON_MOST_YEARS = 3
#: A day after due on which fewer documents were still open counts as if so many had been: one that is paid is no law.
LEAST_EXPOSED = 10
#: The company's days of the month and calendar months keep this share of the even spread.
_EVEN = 0.25
_MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.float64)
_BLOCK = 1024
#: How often a year has each day of the month.
_MONTHDAYS = np.array([12] * 28 + [11, 11, 7], dtype=np.float64)


@dataclass(frozen=True)
class Billing:
    """Recurring billing of n customers of one company after `day`.

    `code`: their positions in the book. `pace`: money per day, never negative, shape (n,). `term`: usual days from
    issue to due date, shape (n,). `paid`: P(paid l days after issue), shape (n, LAGS). `spread`: weight of each of
    the coming ISSUES days, 1 on an average day, shape (n, ISSUES). `habit`: how likely each customer pays on each of
    the coming days, 1 on an average one, shape (n, ISSUES + LAGS). `size`: mean square over mean of a customer's
    months, shape (n,).
    """

    company: str
    day: int
    customers: Objects
    code: Ints
    pace: Floats
    term: Floats
    paid: Floats
    spread: Floats
    habit: Floats
    size: Floats

    def weekly(self, weeks: Weeks, shift: Ints | None = None) -> Floats:
        """Expected cash, shape (n, WEEKS); `shift`: days by which each customer pays later, shape (n,).

        Of each day's billing, the days on which a customer pays share what falls due around them.
        """
        paid = self.paid if shift is None else shifted(self.paid, shift)
        out = np.zeros((len(self.pace), WEEKS))
        bounds = np.concatenate([[0], weeks.last - self.day])
        # Customers in blocks that stay in the processor's cache.
        for start in range(0, len(paid), _BLOCK):
            own = slice(start, start + _BLOCK)
            billed = self.pace[own] * paid[own].sum(axis=1)
            for x in range(ISSUES):
                so_far = np.cumsum(paid[own] * self.habit[own, x : x + LAGS], axis=1)
                total = so_far[:, -1]
                end = np.clip(bounds - x, 0, LAGS)
                reached = np.where(end > 0, so_far[:, end - 1], 0.0)
                scale = np.divide(
                    billed * self.spread[own, x], total, out=np.zeros_like(total), where=total > 0
                )
                out[own] += scale[:, None] * np.diff(reached, axis=1)
        return out


def shifted(paid: Floats, shift: Ints) -> Floats:
    """Each row moved `shift` days later (earlier where negative); what would lie before issue is paid on issue."""
    lag = np.arange(paid.shape[1])[None, :] - shift[:, None]
    inside = (lag >= 0) & (lag < paid.shape[1])
    moved = np.where(inside, np.take_along_axis(paid, np.clip(lag, 0, paid.shape[1] - 1), axis=1), 0.0)
    early = np.cumsum(paid, axis=1)[np.arange(len(paid)), np.clip(-shift, 0, paid.shape[1]) - 1]
    moved[:, 0] += np.where(shift < 0, early, 0.0)
    return moved


def recurring_billing(con: duckdb.DuckDBPyConnection, book: Book) -> Billing:
    """What is known on the book's day of its company's recurring billing; no customer where nothing was billed in a
    year."""
    company, day = book.company, book.day
    rows = con.execute(
        """
        with monthly as (
            select customer_id, datediff('day', entry_date, $day) // 28 as period, sum(amount) as amount
            from fct_invoices
            where company_id = $company and document_type <> 'opening_item'
                and entry_date <= $day and entry_date > $day - $pace
            group by all
        ), since as (
            select customer_id, min(entry_date) as first_date from fct_invoices
            where company_id = $company and entry_date <= $day group by 1
        ), usual as (
            select customer_id, avg(datediff('day', entry_date, due_date)) as term from document
            where company_id = $company and document_type <> 'opening_item'
                and entry_date <= $day and entry_date > $day - $pace
            group by 1
        )
        select m.customer_id, cast(sum(m.amount) as double) as billed,
            least($pace, datediff('day', any_value(s.first_date), $day) + 1) as days,
            sum(cast(greatest(m.amount, 0) as hugeint) * cast(greatest(m.amount, 0) as hugeint)) as squares,
            coalesce(any_value(u.term), 30) as term
        from monthly as m join since as s using (customer_id) left join usual as u using (customer_id)
        group by 1 having sum(m.amount) > 0 order by 1
        """,
        {"company": company, "day": date_of(day), "pace": PACE_DAYS},
    ).fetchall()
    customers = np.empty(len(rows), dtype=object)
    customers[:] = [r[0] for r in rows]
    code_of = {name: k for k, name in enumerate(book.customers.tolist())}
    code = np.array([code_of[name] for name in customers.tolist()], dtype=np.int64)
    billed, days, squares, term = (np.array([float(r[k]) for r in rows]) for k in range(1, 5))
    # A customer of a few weeks is not taken to be billed at that pace for ever.
    pace = billed / np.maximum(days, PACE_DAYS / 4) if len(rows) else np.empty(0)
    return Billing(
        company=company,
        day=day,
        customers=customers,
        code=code,
        pace=pace,
        term=term,
        paid=_paid(con, company, day, customers, term),
        spread=_spread(con, company, day, customers),
        habit=book.habit[code, : ISSUES + LAGS],
        size=squares / np.maximum(billed, 1e-9) if len(rows) else np.empty(0),
    )


def _paid(con: duckdb.DuckDBPyConnection, company: str, day: int, customers: Objects, term: Floats) -> Floats:
    """P(paid l days after issue) per customer: its own counts, and the company's hazard by days after due."""
    life = """
        with life as (
            select d.customer_id, d.entry_date, d.due_date,
                coalesce(s.settled_on <= $day and s.is_cash, false) as is_paid,
                case when s.settled_on <= $day and not s.is_written_off then s.settled_on else $day end as last_day
            from document as d left join settlement as s using (company_id, invoice_id)
            where d.company_id = $company and d.document_type <> 'opening_item'
                and d.entry_date <= $day and d.entry_date > $day - $span
        )
    """
    given = {"company": company, "day": date_of(day), "span": DELAY_DAYS}
    late = con.execute(
        life
        + f"""
        select greatest({_EARLIEST}, least({_LATEST} + 1, datediff('day', due_date, entry_date))),
            greatest({_EARLIEST}, least({_LATEST} + 1, datediff('day', due_date, last_day))), is_paid, count(*)
        from life group by all order by all
        """,
        given,
    ).fetchall()
    size = _LATEST - _EARLIEST + 1
    hits, change = np.zeros(size + 1), np.zeros(size + 2)
    for first, last, is_paid, n in late:
        change[first - _EARLIEST] += n
        change[last - _EARLIEST + 1] -= n
        if is_paid:
            hits[last - _EARLIEST] += n
    hazard = hits[:size] / np.maximum(np.cumsum(change)[:size], LEAST_EXPOSED)

    con.register("coded", coded(customers))
    own = con.sql(
        life
        + f"""
        select code, least({LAGS}, greatest(0, datediff('day', entry_date, last_day))) as lag,
            count(*) as n, count(*) filter (where is_paid) as paid
        from life join coded using (customer_id) group by all
        """,
        params=given,
    ).fetchnumpy()
    con.unregister("coded")
    shape = (len(customers), LAGS + 1)
    leaves, pays = (tally(own["code"], own["lag"], own[name], shape) for name in ("n", "paid"))
    exposed = leaves[:, ::-1].cumsum(axis=1)[:, ::-1]
    at = np.arange(LAGS)[None, :] - np.rint(term).astype(np.int64)[:, None] - _EARLIEST
    prior = np.where((at >= 0) & (at < size), hazard[np.clip(at, 0, size - 1)], 0.0)
    shrunk = (pays[:, :LAGS] + STRENGTH * prior) / (exposed[:, :LAGS] + STRENGTH)
    still = np.cumprod(1 - shrunk, axis=1)
    out: Floats = np.hstack([np.ones((len(customers), 1)), still[:, :-1]]) - still
    return out


def _spread(con: duckdb.DuckDBPyConnection, company: str, day: int, customers: Objects) -> Floats:
    """Weight of each of the coming ISSUES days: its calendar month's for the company, times its day of the month's
    for each customer, mixed with the company's."""
    given = {"company": company, "day": date_of(day)}
    billed = """
        from fct_invoices
        where company_id = $company and document_type <> 'opening_item'
            and entry_date <= $day and entry_date > $day - $span
    """
    ((first,),) = con.execute(
        f"select min(entry_date) {billed}", given | {"span": 365 * SEASON_MOST_YEARS}
    ).fetchall()
    years = 0 if first is None else (day - day_number(first) + 1) // 365
    given["span"] = 365 * years
    month, monthday = np.zeros(12), np.zeros(31)
    for out, part in ((month, "month"), (monthday, "day")):
        for k, amount in con.execute(
            f"select {part}(entry_date), cast(sum(amount) as double) {billed} group by 1", given
        ).fetchall():
            out[k - 1] = amount
    con.register("coded", coded(customers))
    days = con.sql(
        f"""
        select code, day(entry_date) - 1 as monthday, count(*) as n from (
            select customer_id, entry_date {billed} group by all having sum(amount) > 0
        ) join coded using (customer_id) group by all
        """,
        params=given,
    ).fetchnumpy()
    con.unregister("coded")
    own = tally(days["code"], days["monthday"], days["n"], (len(customers), 31))
    coming = [date_of(day + 1 + k) for k in range(ISSUES)]
    weight = np.ones((len(customers), ISSUES))
    if years >= SEASON_YEARS and month.sum() > 0:
        index = np.maximum(month / month.sum() * 365 / _MONTH_DAYS, 0)
        weight *= _EVEN + (1 - _EVEN) * index[[d.month - 1 for d in coming]]
    if years >= 1 and monthday.sum() > 0:
        overall = _EVEN * _MONTHDAYS / 365 + (1 - _EVEN) * np.maximum(monthday, 0) / monthday.sum()
        share = (own + STRENGTH * overall) / (own.sum(axis=1, keepdims=True) + STRENGTH)
        weight *= (share * 365 / _MONTHDAYS)[:, [d.day - 1 for d in coming]]
    return weight
