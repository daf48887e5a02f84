"""The open book on a day, as a forecast of cash needs it: what each document still brings, and what never will.

Three things make the book smaller than the sum of its documents: claims frozen by an opening judgment (art.
L622-7 code de commerce forbids paying them), credit notes and payments on account that the customer will set
against its documents, and documents whose date of payment nobody knows. `Book.bridge` names each amount; they add
up to the receivables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ml.cash.habits import payment_days
from ml.cash.weeks import WEEKS, Weeks
from ml.curves import HORIZON_DAYS, Curves
from ml.marts import date_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Claims:
    """Documents of one day and their payment curves, row by row. `company`, `document`: shape (n,)."""

    company: Objects
    document: Objects
    curves: Curves

    def of(self, company: str) -> Claims:
        """The documents of one company."""
        own = self.company == company
        if own.all():
            return self
        c = self.curves
        return Claims(
            self.company[own], self.document[own], Curves(c.origin[own], c.due[own], c.survival[own])
        )


@dataclass(frozen=True)
class Book:
    """Documents of one company open on `day` that should bring cash, in the order of their ids; shape (n,).

    `customers`: everybody known by then; `customer`: positions there; `run`: codes of (customer, due day), the
    documents that a payment run pays together. `cents`: what is still to be paid, credits taken off. `weekly`:
    shape (n, WEEKS), P(paid in the week); what is missing to 1 is paid later or never. `habit`: how likely each
    customer pays on each coming day (`ml.cash.habits`), shape (customers, HORIZON_DAYS). `credit_left`: cents per
    customer that its open documents could not take. `bridge`: cents by line, see `BRIDGE`.
    """

    company: str
    day: int
    document: Objects
    customers: Objects
    customer: Ints
    run: Ints
    due: Ints
    cents: Ints
    weekly: Floats
    habit: Floats
    credit_left: Ints
    bridge: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.cents)


#: Documents handled at once, to stay in the processor's cache.
_BLOCK = 2048

#: What becomes of the receivables: expected within the weeks, expected later, frozen by proceedings, set off
#: against credits of the customer (negative credits of other customers included), of unknown date.
BRIDGE: tuple[str, ...] = ("within", "later", "frozen", "credits", "undated")


def open_book(con: duckdb.DuckDBPyConnection, claims: Claims, company: str, day: int, weeks: Weeks) -> Book:
    """The book of `company` on `day`; `claims` are its documents open then, with curves that start on `day`.

    A document open on `day` without a curve counts as undated. A proceeding counts from its publication.
    """
    con.register(
        "claimed",
        pa.table(
            {
                "invoice_id": pa.array(claims.document.tolist(), pa.string()),
                "position": np.arange(len(claims.document), dtype=np.int64),
            }
        ),
    )
    rows = con.sql(
        f"""
        with cleared as (
            select invoice_id, sum(cleared) as cleared from movement
            where company_id = $company and moved_on <= $day group by 1
        ), binding as (
            select customer_id, max(judgment_date) as judgment_date
            from fct_receivables_by_proceeding
            where company_id = $company and publication_date <= $day and judgment_date <= $day
                and ({_BINDING} or $day < (select as_of from as_of_day where company_id = $company))
            group by 1
        ), part as (
            select i.invoice_id, i.customer_id, coalesce(i.issue_date, i.entry_date) as issue_date, i.due_date,
                cast(i.amount - coalesce(c.cleared, 0) as decimal(18, 2)) as open_amount
            from fct_invoices as i left join cleared as c using (invoice_id)
            where i.company_id = $company and i.entry_date <= $day
                and i.amount - coalesce(c.cleared, 0) <> 0
        )
        select p.invoice_id, p.customer_id, coalesce(datediff('day', date '1970-01-01', p.due_date), 0) as due,
            cast(100 * p.open_amount as bigint) as cents, k.position,
            p.open_amount > 0 and b.judgment_date is not null and p.issue_date <= b.judgment_date as is_frozen
        from part as p
        left join binding as b using (customer_id)
        left join claimed as k using (invoice_id)
        order by p.invoice_id
        """,
        params={"company": company, "day": date_of(day)},
    ).to_arrow_table()
    con.unregister("claimed")
    document, owner = _words(rows, "invoice_id"), _words(rows, "customer_id")
    cents = _numbers(rows, "cents").astype(np.int64)
    position = _numbers(rows, "position")
    is_frozen = np.asarray(rows.column("is_frozen").to_numpy(zero_copy_only=False), dtype=bool)
    due = _numbers(rows, "due").astype(np.int64)

    is_known = (cents > 0) & ~is_frozen & ~np.isnan(position)
    accounts = _on_account(con, company, day)
    customers = _customers(con, company, day)
    code_of = {name: k for k, name in enumerate(customers.tolist())}
    code = np.array([code_of[name] for name in owner.tolist()], dtype=np.int64)
    habit = payment_days(con, company, day, customers, day + 1, HORIZON_DAYS)
    shares = weekly_shares(claims.curves, position[is_known].astype(np.int64), weeks, habit, code[is_known])
    has_curve = ~np.isnan(shares).any(axis=1)
    kept = np.flatnonzero(is_known)[has_curve]

    credit = _per_code(np.maximum(-cents, 0), code, len(customers))
    for name, amount in accounts.items():
        credit[code_of[name]] += amount

    net = net_of_credits(cents[kept], code[kept], due[kept], credit)
    weekly = shares[has_curve]
    gross, total = int(cents[kept].sum()), int(net.sum())
    within = round(float(net @ weekly.sum(axis=1)))
    frozen = int(cents[is_frozen].sum())
    pair = np.unique(np.column_stack([code[kept], due[kept]]), axis=0, return_inverse=True)[1].reshape(-1)
    return Book(
        company=company,
        day=day,
        document=document[kept],
        customers=customers,
        customer=code[kept],
        run=pair.astype(np.int64),
        due=due[kept],
        cents=net,
        weekly=weekly,
        habit=habit,
        credit_left=np.maximum(credit - _per_code(cents[kept] - net, code[kept], len(customers)), 0),
        bridge={
            "within": within,
            "later": total - within,
            "frozen": frozen,
            "credits": (gross - total) - int(credit.sum()),
            "undated": int(cents[cents > 0].sum()) - gross - frozen,
        },
    )


#: A proceeding still forbids paying older debts unless it has ended; what ended it is only known at the as-of day.
_BINDING = "coalesce(state not in ('closed', 'annulled', 'plan', 'plan_ended'), true)"


def weekly_shares(curves: Curves, index: Ints, weeks: Weeks, likely: Floats, customer: Ints) -> Floats:
    """P(paid in the week) of the curves of `index`, shape (len(index), WEEKS); NaN where the curve is unknown.

    `likely[customer]`: how likely the customer pays on each day (`ml.cash.habits`): payments move to the days on
    which it pays; how much is paid within the horizon stays what the curve says.
    """
    bounds = np.concatenate([[0], weeks.last - weeks.first[0] + 1])
    shares = np.empty((len(index), WEEKS))
    for start in range(0, len(index), _BLOCK):
        part = slice(start, start + _BLOCK)
        still = curves.survival[index[part]]
        daily = still[:, :-1] - still[:, 1:]
        moved = daily * likely[customer[part]]
        total, kept = daily.sum(axis=1), moved.sum(axis=1)
        moved *= np.divide(total, kept, out=np.zeros_like(total), where=kept > 0)[:, None]
        # Where the curve knows better than any habit, it stays as it is.
        moved = np.where((kept > 0)[:, None] | np.isnan(daily), moved, daily)
        shares[part] = np.add.reduceat(moved[:, : bounds[-1]], bounds[:-1], axis=1)
    return shares


def net_of_credits(cents: Ints, customer: Ints, due: Ints, credit: Ints) -> Ints:
    """What is left to pay of each document once its customer's credit is set off, the oldest due first.

    `credit`: cents per customer code; a negative credit (a refund not yet matched) takes nothing off.
    """
    order = np.lexsort((np.arange(len(cents)), due, customer))
    amount, who = cents[order], customer[order]
    before = np.cumsum(amount) - amount
    starts = np.flatnonzero(np.r_[True, who[1:] != who[:-1]]) if len(who) else np.zeros(0, dtype=np.int64)
    before -= np.repeat(before[starts], np.diff(np.r_[starts, len(who)]))
    used = np.clip(credit[who] - before, 0, amount)
    net = np.empty_like(cents)
    net[order] = amount - used
    return net


def _on_account(con: duckdb.DuckDBPyConnection, company: str, day: int) -> dict[str, int]:
    """Cents per customer paid on `day` or before and not yet set against a document; refunds count negative."""
    rows = con.execute(
        """
        with used as (
            select payment_id, sum(amount) as amount from fct_allocations
            where company_id = $company and payment_id is not null and allocation_date <= $day group by 1
        )
        select p.customer_id, cast(100 * sum(p.amount - coalesce(u.amount, 0)) as bigint) as cents
        from fct_payments as p left join used as u using (payment_id)
        where p.company_id = $company and p.payment_date <= $day
        group by 1 having cents <> 0 order by 1
        """,
        {"company": company, "day": date_of(day)},
    ).fetchall()
    return {customer: int(cents) for customer, cents in rows}


def paid_by_week(
    con: duckdb.DuckDBPyConnection, company: str, day: int, customers: Objects, weeks: Weeks
) -> tuple[Floats, Floats]:
    """Cash that came in after `day`, in cents, shape (customers + 1, WEEKS) each; the last row is all others.

    First: payments set against documents that existed on `day`, whatever was forecast of them. Second: all that
    customers paid, rejected payments taken off, less the first. Weeks that were not over on the as-of day are NaN.
    """
    names = customers.tolist()
    rows = con.execute(
        """
        with line as (
            select a.allocation_date as paid_on, i.customer_id, 0 as part, a.amount
            from fct_allocations as a
            join fct_invoices as i on i.company_id = a.company_id and i.invoice_id = a.invoice_id
            where a.company_id = $company and a.kind = 'payment' and a.allocation_date between $first and $last
                and i.entry_date <= $day
            union all
            select payment_date, customer_id, 1, amount from fct_payments
            where company_id = $company and kind <> 'refund' and payment_date between $first and $last
        )
        select customer_id, part, datediff('day', $monday, paid_on) // 7 as week, cast(100 * sum(amount) as bigint)
        from line group by all order by all
        """,
        {
            "company": company,
            "day": date_of(day),
            "first": date_of(int(weeks.first[0])),
            "last": date_of(int(weeks.last[-1])),
            "monday": date_of(int(weeks.start[0])),
        },
    ).fetchall()
    code_of = {name: k for k, name in enumerate(names)}
    parts = np.zeros((2, len(names) + 1, WEEKS))
    for customer, part, week, cents in rows:
        parts[part, code_of.get(customer, len(names)), week] += cents
    ((as_of,),) = con.execute(
        "select datediff('day', date '1970-01-01', as_of) from as_of_day where company_id = ?", [company]
    ).fetchall()
    parts[:, :, weeks.last > as_of] = np.nan
    return parts[0], parts[1] - parts[0]


def _customers(con: duckdb.DuckDBPyConnection, company: str, day: int) -> Objects:
    """Every customer with a document or a payment by `day`, in the order of their ids."""
    found = con.sql(
        """
        select customer_id from fct_invoices where company_id = $company and entry_date <= $day
        union
        select customer_id from fct_payments where company_id = $company and payment_date <= $day
        order by 1
        """,
        params={"company": company, "day": date_of(day)},
    ).to_arrow_table()
    return _words(found, "customer_id")


def _per_code(cents: Ints, code: Ints, size: int) -> Ints:
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, code, cents)
    return total


def _words(table: pa.Table, name: str) -> Objects:
    out = np.empty(table.num_rows, dtype=object)
    out[:] = table.column(name).to_pylist()
    return out


def _numbers(table: pa.Table, name: str) -> Floats:
    return np.asarray(table.column(name).cast("double").to_numpy(zero_copy_only=False), dtype=np.float64)
