"""When an open document is likely to be paid: a simple, honest estimator.

For every day d after the due date, a customer's chance of paying that day, if still open, is its
own payments shrunk towards its company's: (paid_c(d) + κ·h(d)) / (open_c(d) + κ), with κ documents
of the company's own hazard h. Documents still open count as open, not as lost to the eye (that is
the truncation leak); those credited leave the count on that day; those written off never pay.
The served probabilities say how much falls in each band (to the due date, 30, 90 days, later), the
customer's curve says when within it: dates and probabilities cannot contradict each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from ml.labels import THRESHOLD_DAYS
from ml.marts import date_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Objects = npt.NDArray[np.object_]

#: Days from the due date on the grid; earlier payments count on the first day.
FIRST_DAY = -90
LAST_DAY = 365
GRID = np.arange(FIRST_DAY, LAST_DAY + 1)
#: κ: documents of the company's own curve mixed into each customer's.
STRENGTH = 8.0
QUANTILES: tuple[float, ...] = (0.1, 0.5, 0.9)
_CHUNK = 4000


@dataclass(frozen=True)
class DelayCurves:
    """Daily payment hazards: per company (GRID,), and per customer the counts (paid, open) on each day."""

    company: Mapping[str, Floats]
    paid: Mapping[tuple[str, str], Floats]
    exposed: Mapping[tuple[str, str], Floats]

    def survival(self, company: str, customer: str) -> Floats | None:
        """Share still open after each day of GRID; None where the company has no settled document yet."""
        hazard: Floats | None = self.company.get(company)
        if hazard is None:
            return None
        paid = self.paid.get((company, customer))
        if paid is not None:
            exposed = self.exposed[(company, customer)]
            hazard = np.asarray((paid + STRENGTH * hazard) / (exposed + STRENGTH), dtype=np.float64)
        still: Floats = np.asarray(np.cumprod(1 - np.clip(hazard, 0, 1)), dtype=np.float64)
        return still


@dataclass(frozen=True)
class Expectation:
    """Per document: quantiles as day numbers (n, 3), NaN where not expected within a year of the due date
    or unknown; mean days late, counted to a year at most, NaN where unknown."""

    quantile: Floats
    days_late: Floats


def fit_delays(
    con: duckdb.DuckDBPyConnection, cut_off: Mapping[str, int], customers: set[tuple[str, str]]
) -> DelayCurves:
    """Curves from what is visible at each company's cut-off; per-customer counts for `customers` only."""
    company_hazard: dict[str, Floats] = {}
    paid: dict[tuple[str, str], Floats] = {}
    exposed: dict[tuple[str, str], Floats] = {}
    size = len(GRID)
    for company, day in sorted(cut_off.items()):
        rows = con.execute(
            f"""
            with life as (
                select d.customer_id,
                    greatest({FIRST_DAY}, least({LAST_DAY + 1}, datediff('day', d.due_date, d.entry_date)))
                        as first_day,
                    greatest({FIRST_DAY}, least({LAST_DAY + 1}, datediff('day', d.due_date,
                        case when s.settled_on <= $cut and not s.is_written_off then s.settled_on else $cut end
                    ))) as last_day,
                    coalesce(s.settled_on <= $cut and s.is_cash, false) as is_paid
                from document as d left join settlement as s using (company_id, invoice_id)
                where d.company_id = $company and d.entry_date <= $cut
            )
            select customer_id, first_day, last_day, is_paid, count(*) from life group by all order by all
            """,
            {"company": company, "cut": date_of(day)},
        ).fetchall()
        total_paid, total_change = np.zeros(size + 2), np.zeros(size + 2)
        for customer, first, last, is_paid, n in rows:
            at, end = int(first) - FIRST_DAY, int(last) - FIRST_DAY
            key = (company, customer)
            tables = [(total_paid, total_change)]
            if key in customers:
                if key not in paid:
                    paid[key], exposed[key] = np.zeros(size + 2), np.zeros(size + 2)
                tables.append((paid[key], exposed[key]))
            for hits, change in tables:
                change[at] += n
                change[end + 1 if end < size else size] -= n
                if is_paid and end < size:
                    hits[end] += n
        if total_paid.sum() > 0:
            exposure = np.cumsum(total_change)[:size]
            company_hazard[company] = np.round(total_paid[:size] / np.maximum(exposure, 1), 8)
    return DelayCurves(
        company=company_hazard,
        paid={k: v[:size] for k, v in paid.items()},
        exposed={k: np.cumsum(v)[:size] for k, v in exposed.items()},
    )


def expect(
    curves: DelayCurves, company: Objects, customer: Objects, origin: Ints, due: Ints, late: Floats
) -> Expectation:
    """Expected payment of documents open at `origin`; `late` has shape (n, 3): P(> 0, 30, 90 days late)."""
    n = len(origin)
    quantile = np.full((n, len(QUANTILES)), np.nan)
    days_late = np.full(n, np.nan)
    keys = sorted(set(zip(company.tolist(), customer.tolist(), strict=True)))
    row_of = {key: i for i, key in enumerate(keys)}
    still = [curves.survival(*key) for key in keys]
    position = np.array(
        [row_of[k] for k in zip(company.tolist(), customer.tolist(), strict=True)], dtype=np.int64
    )
    usable = np.array([still[i] is not None for i in position], dtype=bool) if n else np.zeros(0, dtype=bool)
    index = np.flatnonzero(usable)
    for start in range(0, len(index), _CHUNK):
        part = index[start : start + _CHUNK]
        survival = np.stack([s for s in (still[i] for i in position[part]) if s is not None])
        paid = _cumulative(survival, origin[part] - due[part], late[part])
        for column, q in enumerate(QUANTILES):
            reached = paid >= q - 1e-12
            first = np.argmax(reached, axis=1)
            quantile[part, column] = np.where(reached.any(axis=1), due[part] + GRID[first], np.nan)
        mass = np.diff(paid, axis=1, prepend=0.0)
        later = 1 - paid[:, -1]
        mean = mass @ np.maximum(GRID, 0) + later * np.maximum(LAST_DAY, origin[part] - due[part])
        days_late[part] = np.round(mean, 1)
    return Expectation(quantile, days_late)


def _cumulative(survival: Floats, age: Ints, late: Floats) -> Floats:
    """P(paid by each day of GRID | open at `age`), the bands weighted by the served probabilities.

    Where a probability is unknown, the curve alone decides.
    """
    n, size = survival.shape
    padded = np.hstack([np.ones((n, 1)), survival])  # column d + 1: still open after day d
    start = np.clip(age - FIRST_DAY + 1, 0, size)
    rows = np.arange(n)
    at_age = padded[rows, start]
    done = np.zeros((n, size))
    edges = [*THRESHOLD_DAYS, LAST_DAY]
    low, reach = start.copy(), np.ones(n)
    for j, edge in enumerate(edges):
        high = np.maximum(np.full(n, edge - FIRST_DAY + 1), low)
        known = at_age > 1e-9
        own = np.where(known, np.minimum(padded[rows, high] / np.where(known, at_age, 1.0), reach), reach)
        if j < len(THRESHOLD_DAYS):
            stay = np.where(np.isnan(late[:, j]), own, np.minimum(late[:, j], reach))
        else:
            before = padded[rows, low]
            going = before > 1e-9
            stay = reach * np.where(going, padded[rows, high] / np.where(going, before, 1.0), 1.0)
        done += _fill(padded, low, high, reach - stay)
        low, reach = high, stay
    cumulative: Floats = np.minimum(np.cumsum(done, axis=1), 1.0)
    return cumulative


def _fill(padded: Floats, low: Ints, high: Ints, mass: Floats) -> Floats:
    """`mass` spread over the days (low, high] like the curve falls there; evenly where it does not fall."""
    size = padded.shape[1] - 1
    rows = np.arange(len(mass))
    inside = (np.arange(size)[None, :] >= low[:, None]) & (np.arange(size)[None, :] < high[:, None])
    fall = np.where(inside, padded[:, :-1] - padded[:, 1:], 0.0)
    total = padded[rows, low] - padded[rows, high]
    width = np.maximum(high - low, 1)
    even = inside / width[:, None]
    share = np.where((total > 1e-9)[:, None], fall / np.maximum(total, 1e-9)[:, None], even)
    spread: Floats = share * mass[:, None]
    return spread


def days_after_due(con: duckdb.DuckDBPyConnection, company: Objects, document: Objects, cap: int) -> Floats:
    """Days from the due date to payment in cash, at most `cap`; `cap` where not paid by then."""
    paid = {
        (c, i): days
        for c, i, days in con.execute(
            "select company_id, invoice_id, days_late from settlement where is_cash"
        ).fetchall()
    }
    keys = zip(company.tolist(), document.tolist(), strict=True)
    return np.array([min(paid.get(key, cap), cap) for key in keys], dtype=np.float64)


def card(curves: DelayCurves) -> dict[str, Any]:
    """What the model card says of the estimator."""
    return {
        "estimator": (
            "customer daily payment hazard shrunk to the company's, bands weighted by the served probabilities"
        ),
        "strength_documents": STRENGTH,
        "grid_days": [FIRST_DAY, LAST_DAY],
        "company_hazard": {c: [round(float(x), 8) for x in h] for c, h in sorted(curves.company.items())},
    }
