"""Customer-months: what was known of each customer at each month end, and when it defaulted next.

A row per customer and month end of the behaviour mart (the as-of day too, where that is within a month). The
label of a window is a function of the day it is asked: `defaulted(after, until)` never looks beyond `until`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from ml.default import pace
from ml.default.features import (
    AGED_DAYS,
    BEHAVIOUR,
    COMPANY,
    DEFAULT_AMOUNT,
    DEFAULT_SHARE,
    STALE_DAYS,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]

#: Days ahead that a probability of default covers.
HORIZON_DAYS = 365
#: Documents due within this many days before the month end tell how the customer pays now.
RECENT_DAYS = 75
#: Payments that come before the customer's own habit counts as much as this many days late…
HABIT_PRIOR_DAYS = 5
#: …and documents that prior is worth.
HABIT_PRIOR_DOCUMENTS = 2
#: Counts over a year are known from this many months of ledger on.
MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True)
class CustomerMonths:
    """Arrays of shape (n,), in the order of company, customer, day.

    `origin`: day number. `next_default`: day number of the first default after it that was known at the as-of
    day, NaN where none. `seen_until`: the company's as-of day number. `is_latest`: the company's last month end.
    `values`, `text`: features by name, NaN and None where unknown.
    """

    company: Objects
    customer: Objects
    origin: Ints
    next_default: Floats
    seen_until: Ints
    is_in_default: Bools
    is_latest: Bools
    values: Mapping[str, Floats]
    text: Mapping[str, Objects]

    def __len__(self) -> int:
        return len(self.origin)

    def take(self, index: Ints | Bools) -> CustomerMonths:
        """The rows of `index`."""
        return CustomerMonths(
            self.company[index],
            self.customer[index],
            self.origin[index],
            self.next_default[index],
            self.seen_until[index],
            self.is_in_default[index],
            self.is_latest[index],
            {name: v[index] for name, v in self.values.items()},
            {name: v[index] for name, v in self.text.items()},
        )

    def defaulted(self, first: int, last: int) -> Floats:
        """1 where the next default fell `first` to `last` days after the month end, both included; else 0."""
        with np.errstate(invalid="ignore"):
            lag = self.next_default - self.origin
            out: Floats = ((lag >= first) & (lag <= last)).astype(np.float64)
        return out

    def is_mature(self, at: Ints | int, days: int = HORIZON_DAYS) -> Bools:
        """Whether what happened in `days` after the month end was known on day number `at`."""
        out: Bools = self.origin + days <= np.minimum(at, self.seen_until)
        return out


def customer_months(con: duckdb.DuckDBPyConnection) -> CustomerMonths:
    """Every customer and month end up to the as-of day, those in default included (and marked)."""
    features = BEHAVIOUR + COMPANY
    pace.prepare(con, DEFAULT_AMOUNT, DEFAULT_SHARE)
    columns = ", ".join(
        f"{f.sql} as {f.name}" if f.unit == "category" else f"cast({f.sql} as double) as {f.name}"
        for f in features
    )
    found = con.execute(f"""
        with span as (
            select company_id, min(month_end) as first_month, max(month_end) as last_month
            from fct_customer_behaviour_monthly group by 1
        ), behaviour as (
            select b.*, b.month_end = s.last_month as is_latest,
                avg(cast(b.balance as double)) over (
                    partition by b.company_id, b.customer_id order by b.month_end
                    rows between 12 preceding and 1 preceding
                ) as usual_balance,
                datediff('month', s.first_month, b.month_end) >= {MONTHS_OF_A_YEAR - 1} as has_year
            from fct_customer_behaviour_monthly as b join span as s using (company_id)
            where b.month_end = last_day(b.month_end) or b.month_end = s.last_month
        ), timeline as (
            select company_id, customer_id, settled_on as day, days_late, 1 as documents, null as month_end
            from settlement where is_cash
            union all
            select company_id, customer_id, month_end - {RECENT_DAYS}, 0, 0, month_end from behaviour
        ), habit as (
            select company_id, customer_id, month_end,
                sum(documents) over w as documents, sum(days_late) over w as days_late
            from timeline
            window w as (
                partition by company_id, customer_id order by day range between unbounded preceding and current row
            )
            qualify month_end is not null
        ), recent as (
            select b.company_id, b.customer_id, b.month_end,
                avg(datediff('day', d.due_date, least(coalesce(s.settled_on, b.month_end), b.month_end))) as days_late
            from behaviour as b
            join document as d
                on d.company_id = b.company_id and d.customer_id = b.customer_id
                and d.due_date <= b.month_end and d.due_date > b.month_end - {RECENT_DAYS}
                and d.entry_date <= b.month_end
            left join settlement as s
                on s.company_id = d.company_id and s.invoice_id = d.invoice_id
            where s.is_cash or s.invoice_id is null or s.settled_on > b.month_end
            group by all
        ), drift as (
            select r.company_id, r.customer_id, r.month_end,
                round(r.days_late - (h.days_late + {HABIT_PRIOR_DAYS * HABIT_PRIOR_DOCUMENTS})
                    / (h.documents + {HABIT_PRIOR_DOCUMENTS}), 4) as drift_days
            from recent as r join habit as h using (company_id, customer_id, month_end)
        ), aged as (
            select b.company_id, b.customer_id, b.month_end, sum(cast(d.amount as double)) as aged_amount
            from behaviour as b
            join document as d
                on d.company_id = b.company_id and d.customer_id = b.customer_id
                and d.due_date < b.month_end - {AGED_DAYS} and d.due_date >= b.month_end - {STALE_DAYS}
                and d.entry_date <= b.month_end
            left join settlement as s
                on s.company_id = d.company_id and s.invoice_id = d.invoice_id
            where s.invoice_id is null or s.settled_on > b.month_end
            group by all
        ), defaulted as (
            select b.company_id, b.customer_id, b.month_end,
                count(*) filter (where x.default_date <= b.month_end) as past_defaults,
                min(x.default_date) filter (where x.default_date > b.month_end) as next_default
            from behaviour as b
            join fct_customer_defaults as x using (company_id, customer_id)
            group by all
        )
        select b.company_id, b.customer_id,
            datediff('day', date '1970-01-01', b.month_end) as origin,
            cast(datediff('day', date '1970-01-01', e.next_default) as double) as next_default,
            datediff('day', date '1970-01-01', a.as_of) as seen_until,
            coalesce(b.is_in_default, false) as is_in_default, b.is_latest, {columns}
        from behaviour as b
        join as_of_day as a on a.company_id = b.company_id
        left join drift as d
            on d.company_id = b.company_id and d.customer_id = b.customer_id and d.month_end = b.month_end
        left join aged as g
            on g.company_id = b.company_id and g.customer_id = b.customer_id and g.month_end = b.month_end
        left join pace as q
            on q.company_id = b.company_id and q.customer_id = b.customer_id and q.month_end = b.month_end
        left join defaulted as e
            on e.company_id = b.company_id and e.customer_id = b.customer_id and e.month_end = b.month_end
        left join dim_customers as c on c.company_id = b.company_id and c.customer_id = b.customer_id
        order by b.company_id, b.customer_id, b.month_end
    """).fetchnumpy()
    return CustomerMonths(
        company=_objects(found["company_id"]),
        customer=_objects(found["customer_id"]),
        origin=np.asarray(found["origin"], dtype=np.int64),
        next_default=_floats(found["next_default"]),
        seen_until=np.asarray(found["seen_until"], dtype=np.int64),
        is_in_default=np.asarray(found["is_in_default"], dtype=bool),
        is_latest=np.asarray(found["is_latest"], dtype=bool),
        values={f.name: _floats(found[f.name]) for f in features if f.unit != "category"},
        text={f.name: _objects(found[f.name]) for f in features if f.unit == "category"},
    )


def prospects(con: duckdb.DuckDBPyConnection) -> CustomerMonths:
    """Customers that no row of the behaviour mart names: one row each, at the as-of day, company data alone."""
    told = {
        "company_age_months": (
            "case when c.creation_date <= a.as_of then datediff('month', c.creation_date, a.as_of) end"
        ),
        "legal_status": "c.legal_status",
        "naf_division": "left(c.sector_code, 2)",
        "size_category": "c.size_category",
    }
    found = con.execute(f"""
        select c.company_id, c.customer_id, datediff('day', date '1970-01-01', a.as_of) as origin,
            {", ".join(f"{sql} as {name}" for name, sql in told.items())}
        from dim_customers as c join as_of_day as a using (company_id)
        anti join fct_customer_behaviour_monthly as b
            on b.company_id = c.company_id and b.customer_id = c.customer_id
        order by c.company_id, c.customer_id
    """).fetchnumpy()
    n = len(found["origin"])
    features = BEHAVIOUR + COMPANY
    origin = np.asarray(found["origin"], dtype=np.int64)
    return CustomerMonths(
        company=_objects(found["company_id"]),
        customer=_objects(found["customer_id"]),
        origin=origin,
        next_default=np.full(n, np.nan),
        seen_until=origin,
        is_in_default=np.zeros(n, dtype=bool),
        is_latest=np.ones(n, dtype=bool),
        values={
            f.name: _floats(found[f.name]) if f.name in told else np.full(n, np.nan)
            for f in features
            if f.unit != "category"
        },
        text={
            f.name: _objects(found[f.name]) if f.name in told else np.full(n, None, dtype=object)
            for f in features
            if f.unit == "category"
        },
    )


def _floats(values: Any) -> Floats:
    found: Floats = np.ma.filled(np.ma.asarray(values, dtype=np.float64), np.nan)
    return found


def _objects(values: Any) -> Objects:
    found: Objects = np.array(np.ma.getdata(values), dtype=object)
    found[np.ma.getmaskarray(values)] = None
    return found
