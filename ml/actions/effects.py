"""What asking achieves: how much faster what is past due is paid in the days after a reminder.

An effect is a ratio of daily payment rates: 1.5 = half as many payments again per day. It starts as an assumption
(`RiskSettings.effects`) and is measured where reminders are recorded: days within the window after a reminder beside
days without, at the same number of days past due, on the same day of the week, of customers that pay about as late
(Mantel-Haenszel): those who are reminded are the slow ones, and payments come on certain days. Reminders were not
drawn by lot: what is measured is a comparison, not an experiment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ml.evaluate import INTERVAL
from ml.settings import RiskSettings

Floats = npt.NDArray[np.float64]

#: Documents that are looked at, the same ones in every run; days past due that are compared.
MOST_DOCUMENTS = 50_000
MOST_DAYS = 120
#: Groups of customers that pay about as late.
PACES = 10
#: Fewer payments than this on either side: nothing is measured.
MIN_PAYMENTS = 30

EFFECTS = pa.schema(
    [
        ("company_id", pa.string()),
        ("action", pa.string()),
        ("assumed", pa.float64()),
        ("measured", pa.float64()),
        ("measured_low", pa.float64()),
        ("measured_high", pa.float64()),
        ("payments_after", pa.int64()),
        ("payments_without", pa.int64()),
        ("share_of_days", pa.float64()),
        ("effect", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Measured:
    """A ratio of payment rates, the standard error of its logarithm, the payments on either side, and the share
    of days past due that lay within a window."""

    ratio: float
    error: float
    after: int
    without: int
    share_of_days: float


def make_effects(con: duckdb.DuckDBPyConnection, settings: RiskSettings) -> pa.Table:
    """One row per company and action of `settings.effects`, in `EFFECTS`; `effect` is what the list uses.

    The logarithm of the assumption counts with `settings.effect_uncertainty` as its standard error, the measured
    one with its own. `effect` is against the usual course: that holds as many reminders as there were.
    """
    companies = [row[0] for row in con.execute("select company_id from as_of_day order by 1").fetchall()]
    out: dict[str, list[object]] = {name: [] for name in EFFECTS.names}
    for company in companies:
        for action, assumed in sorted(settings.effects.items()):
            found = measure(con, company, action, settings)
            # Days past due that had no reminder in sight: of those alone an action today changes the course.
            ratio, share = (
                (assumed, 0.0) if found is None else (combined(assumed, found, settings), found.share_of_days)
            )
            width = 0.0 if found is None else _z() * found.error
            row = (
                company,
                action,
                assumed,
                None if found is None else round(found.ratio, 4),
                None if found is None else round(found.ratio * float(np.exp(-width)), 4),
                None if found is None else round(found.ratio * float(np.exp(width)), 4),
                None if found is None else found.after,
                None if found is None else found.without,
                None if found is None else round(share, 4),
                round(max(ratio / (1 + share * (ratio - 1)), 1.0), 4),
            )
            for name, value in zip(EFFECTS.names, row, strict=True):
                out[name].append(value)
    return pa.Table.from_pydict(out, schema=EFFECTS)


def _z() -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(0.5 + INTERVAL / 2)


def combined(assumed: float, found: Measured, settings: RiskSettings) -> float:
    """Assumption and measurement, each weighed by its precision, as a ratio."""
    prior, own = settings.effect_uncertainty**-2, found.error**-2
    return float(np.exp((prior * np.log(assumed) + own * np.log(found.ratio)) / (prior + own)))


def measure(
    con: duckdb.DuckDBPyConnection, company: str, action: str, settings: RiskSettings
) -> Measured | None:
    """The effect of `action` in one company's own reminders; None where they are not recorded, or too few.

    Reminders below `settings.notice_level` are `remind`, the others `formal_notice`; no other action is recorded.
    """
    if action not in ("remind", "formal_notice"):
        return None
    side = "<" if action == "remind" else ">="
    rows = con.execute(
        f"""
        with pace as (
            select customer_id, ntile({PACES}) over (order by avg(days_late), customer_id) as pace
            from settlement where company_id = $company and is_cash group by customer_id
        ),
        life as (
            select d.company_id, d.customer_id, d.invoice_id, d.due_date, coalesce(p.pace, 0) as pace,
                least(coalesce(s.settled_on, d.as_of), d.due_date + {MOST_DAYS}) as last_day,
                coalesce(s.is_cash and s.settled_on <= d.due_date + {MOST_DAYS}, false) as is_paid,
                i.document_number
            from document as d
            join fct_invoices as i using (company_id, invoice_id)
            left join settlement as s using (company_id, invoice_id)
            left join pace as p on p.customer_id = d.customer_id
            where d.company_id = $company and d.document_type <> 'opening_item'
                and coalesce(s.settled_on, d.as_of) > d.due_date
                -- What is in dispute is neither asked for nor paid: it would make asking look good.
                and (company_id, invoice_id) not in (select company_id, invoice_id from fct_disputed_documents)
                and d.due_date >= (select min(sent_on) from fct_reminders where company_id = $company)
            order by d.draw limit {MOST_DOCUMENTS}
        ),
        sent as (
            select l.invoice_id, r.sent_on, r.level,
                lead(r.sent_on) over (partition by l.invoice_id order by r.sent_on, r.level) as next_on
            from life as l join fct_reminders as r using (company_id, customer_id)
            where r.sent_on > l.due_date and r.sent_on < l.last_day
                and (r.subject = 'customer' or r.document_reference = l.document_number)
        ),
        -- Days past due; those after a reminder are within the window of the last one.
        day as (
            select customer_id, invoice_id, is_paid and d = last_day as is_paid_today, d,
                (pace * 1000 + datediff('day', due_date, d)) * 7 + dayofweek(d) as stratum
            from (select *, unnest(generate_series(due_date + 1, last_day, interval 1 day))::date as d from life)
        ),
        asked as (
            select r.invoice_id, r.level {side} $notice as is_own,
                unnest(generate_series(r.sent_on + 1, least(r.sent_on + cast($window as integer), l.last_day),
                    interval 1 day))::date as d,
                d > r.next_on as is_later
            from sent as r join life as l using (invoice_id)
        ),
        touched as (
            select invoice_id, d, bool_or(is_own and not coalesce(is_later, false)) as is_inside
            from asked group by invoice_id, d
        )
        select day.customer_id, day.stratum,
            count(*) filter (where t.is_inside) as days_in,
            count(*) filter (where t.is_inside and day.is_paid_today) as paid_in,
            count(*) filter (where t.d is null) as days_out,
            count(*) filter (where t.d is null and day.is_paid_today) as paid_out
        from day left join touched as t on t.invoice_id = day.invoice_id and t.d = day.d
        group by all order by all
        """,
        {"company": company, "window": settings.effect_days, "notice": settings.notice_level},
    ).fetchnumpy()
    days_in, paid_in, days_out, paid_out = (
        np.asarray(rows[name], dtype=np.float64) for name in ("days_in", "paid_in", "days_out", "paid_out")
    )
    customer, stratum = np.asarray(rows["customer_id"]), np.asarray(rows["stratum"])
    return ratio_of_rates(customer, stratum, paid_in, days_in, paid_out, days_out)


def ratio_of_rates(
    customer: npt.NDArray[Any],
    stratum: npt.NDArray[Any],
    paid_in: Floats,
    days_in: Floats,
    paid_out: Floats,
    days_out: Floats,
) -> Measured | None:
    """Mantel-Haenszel ratio of payments per day, inside over outside, all of shape (n,); None where too few.

    The standard error takes customers as clusters: what one customer pays together is one payment run.
    """
    after, without = int(paid_in.sum()), int(paid_out.sum())
    if min(after, without) < MIN_PAYMENTS:
        return None
    _, at = np.unique(stratum, return_inverse=True)
    inside, outside = np.bincount(at, weights=days_in), np.bincount(at, weights=days_out)
    total = np.maximum(inside + outside, 1)
    above, below = paid_in * (outside / total)[at], paid_out * (inside / total)[at]
    if above.sum() <= 0 or below.sum() <= 0:
        return None
    ratio = float(above.sum() / below.sum())
    # What each customer adds to the estimating equation: payments, less those expected of its days.
    paid = np.bincount(at, weights=paid_in + paid_out)
    rate = paid / np.maximum(ratio * inside + outside, 1e-12)
    score = (paid_in - ratio * rate[at] * days_in) * (outside / total)[at] - ratio * (
        paid_out - rate[at] * days_out
    ) * (inside / total)[at]
    _, code = np.unique(customer.astype(str), return_inverse=True)
    by_customer = np.bincount(code, weights=score)
    error = float(np.sqrt((by_customer**2).sum()) / below.sum() / ratio)
    if error <= 0:
        return None
    return Measured(ratio, error, after, without, float(inside.sum() / total.sum()))
