"""What the way an invoice is sent adds to its customer's delays.

An invoice sent by post is paid later than one sent through a platform, by the same customer. Where a sub-ledger says
how documents were sent, each way's days are told from customers that were sent documents in several ways within a
half-year: least squares within customer and half-year, so that who they are, how they pay and how that changes cancel
out, shrunk towards no difference; as of the last month end. So what a customer's change of channel does to its delays
is known before its first payment.
"""

from __future__ import annotations

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]

#: A document is looked at once, so many days after its due date; one still open then counts as a day later.
MATURITY_DAYS = 60
#: Days early beyond this are cut.
EARLIEST_DAYS = -30
#: Documents that "no difference" is worth beside those sent in a way.
STRENGTH = 10.0
#: Ways told apart, by first appearance: a column of free wording is none.
MAX_METHODS = 30
#: The latest payments that a document is compared with, where not all that are remembered.
LATEST = 10


def prepare(con: duckdb.DuckDBPyConnection, remembered: int) -> None:
    """Tables by customer and day: how documents were sent that came to maturity, and the `remembered` latest paid.

    `con` holds `document`, `settlement` and `paid` of the marts' cut. Without a way of sending both are empty.
    """
    con.execute(f"""
        create or replace table delivery_method as
        select company_id, delivery_method,
            row_number() over (partition by company_id order by min(entry_date), delivery_method) - 1 as method
        from document where delivery_method is not null and document_type <> 'opening_item'
        group by company_id, delivery_method
        qualify method < {MAX_METHODS}
    """)
    con.execute(f"""
        create or replace table delivery_event as
        select d.company_id, d.customer_id, m.method, 2 * year(d.due_date) + (month(d.due_date) + 5) // 12 as half_year,
            cast(d.due_date + {MATURITY_DAYS} as date) as known_on,
            case when s.settled_on <= d.due_date + {MATURITY_DAYS} then greatest({EARLIEST_DAYS}, s.days_late)
                else {MATURITY_DAYS + 1} end as days_late
        from document as d
        join delivery_method as m using (company_id, delivery_method)
        left join settlement as s using (company_id, invoice_id)
        where d.document_type <> 'opening_item' and d.due_date + {MATURITY_DAYS} <= d.as_of
            and (s.is_cash or s.invoice_id is null or s.settled_on > d.due_date + {MATURITY_DAYS})
    """)
    con.execute(f"""
        create or replace table delivery_history as
        select p.company_id, p.customer_id, p.paid_on, array_agg(coalesce(m.method, -1)) over (
                partition by p.company_id, p.customer_id order by p.paid_on, p.days_late, p.invoice_id
                rows between {remembered - 1} preceding and current row
            ) as methods
        from paid as p
        join document as d using (company_id, invoice_id)
        left join delivery_method as m
            on m.company_id = d.company_id and m.delivery_method = d.delivery_method
        where p.company_id in (select company_id from delivery_method)
        qualify row_number() over (
            partition by p.company_id, p.customer_id, p.paid_on order by p.days_late desc, p.invoice_id desc
        ) = 1
    """)


def delivery_days(
    con: duckdb.DuckDBPyConnection, company: Objects, month_end: Ints, method: Floats, recent: Floats
) -> tuple[dict[str, Floats], Floats | None]:
    """Days that the way a document is sent adds to what its customer's latest payments tell; NaN where unknown.

    `month_end`: the last one at or before each state (day numbers). `method`: the document's, `recent`, shape
    (n, payments): those of its customer's latest payments, newest first; numbers of `delivery_method`, NaN or −1
    where unknown. The first figure compares with all of `recent`, the second with its `LATEST` first. Beside them the
    days added to each payment, 0 where unknown; None where no document tells how it was sent.
    """
    added, against, against_latest = (np.full(len(method), np.nan) for _ in range(3))
    if np.isnan(method).all():
        return {"delivery_days": added, "delivery_days_latest": added.copy()}, None
    beside = np.zeros(recent.shape)
    names, which = np.unique(company.astype(str), return_inverse=True)
    asked, position = np.unique(np.column_stack([which, month_end]), axis=0, return_inverse=True)
    order = np.argsort(position.ravel(), kind="stable")
    rows = np.split(order, np.cumsum(np.bincount(position.ravel(), minlength=len(asked)))[:-1])
    effects = _effects(con, [(str(names[k]), int(day)) for k, day in asked])
    for (k, day), own in zip(asked.tolist(), rows, strict=True):
        if (str(names[k]), day) not in effects:
            continue  # a company that does not say how it sends
        days, usual = effects[str(names[k]), day]
        # What is unknown is at the end, and of no weight.
        code = np.nan_to_num(method[own], nan=-1).astype(np.int64)
        paid = np.nan_to_num(recent[own], nan=-1).astype(np.int64)
        table = np.append(days, 0.0)
        added[own] = np.where(code >= 0, table[code], np.nan)
        against[own] = _mean(table, paid, usual)
        against_latest[own] = _mean(table, paid[:, :LATEST], usual)
        beside[own] = np.where((code >= 0)[:, None] & (paid >= 0), table[code][:, None] - table[paid], 0.0)
    told = {
        "delivery_days": np.round(added - against, 3),
        "delivery_days_latest": np.round(added - against_latest, 3),
    }
    return told, np.round(beside, 3)


def _mean(table: Floats, paid: Ints, usual: float) -> Floats:
    """Mean days of the ways in which a customer's latest paid documents were sent; all customers' where unknown."""
    known = paid >= 0
    count = known.sum(axis=1)
    found: Floats = np.where(known, table[paid], 0.0).sum(axis=1) / np.maximum(count, 1)
    return np.where(count > 0, found, usual)


def _effects(
    con: duckdb.DuckDBPyConnection, asked: list[tuple[str, int]]
) -> dict[tuple[str, int], tuple[Floats, float]]:
    """Per company and month end: days that each way adds, and their mean over all documents by then.

    Sums are of decimals: they do not depend on the order in which threads add them up.
    """
    sizes = dict(con.execute("select company_id, max(method) + 1 from delivery_method group by 1").fetchall())
    asked = [one for one in asked if one[0] in sizes]
    con.register(
        "delivery_asked",
        pa.table(
            {
                "company_id": pa.array([c for c, _ in asked], pa.string()),
                "month_end": pa.array([d for _, d in asked], pa.int64()),
            }
        ),
    )
    con.execute("""
        create or replace temp table delivery_known as
        select a.company_id, a.month_end, e.customer_id, e.half_year, e.method, count(*) as n, sum(e.days_late) as s
        from delivery_asked as a
        join delivery_event as e
            on e.company_id = a.company_id and datediff('day', date '1970-01-01', e.known_on) <= a.month_end
        group by all
    """)
    con.unregister("delivery_asked")
    counted = con.execute("""
        select company_id, month_end, method, sum(n) as n from delivery_known group by all
    """).fetchall()
    # What stands beyond the mean of each customer's half-year.
    within = con.execute("""
        with cell as (
            select company_id, month_end, customer_id, half_year, sum(n) as n, sum(s) as s
            from delivery_known group by all having count(*) > 1
        )
        select k.company_id, k.month_end, k.method, o.method as other,
            sum(cast(case when k.method = o.method then k.n else 0 end - k.n * o.n / c.n as decimal(18, 6)))
                as weight,
            sum(cast(case when k.method = o.method then k.s - k.n * c.s / c.n else 0 end as decimal(18, 6)))
                as days
        from delivery_known as k
        join cell as c using (company_id, month_end, customer_id, half_year)
        join delivery_known as o using (company_id, month_end, customer_id, half_year)
        group by all order by all
    """).fetchall()
    found: dict[tuple[str, int], tuple[Floats, Floats, Floats]] = {}
    for name, day in asked:
        size = int(sizes[name])
        found[name, day] = np.zeros((size, size)), np.zeros(size), np.zeros(size)
    for name, day, method, n in counted:
        found[name, day][2][method] = n
    for name, day, method, other, weight, days in within:
        found[name, day][0][method, other] = float(weight)
        found[name, day][1][method] += float(days)
    out = {}
    for (name, day), (weights, sums, count) in found.items():
        days = np.round(np.linalg.solve(weights + STRENGTH * np.eye(len(sums)), sums), 4)
        out[name, day] = days, float(days @ count / max(count.sum(), 1.0))
    return out
