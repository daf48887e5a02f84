"""Customer-months with a known chance of default, made without a ledger."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from scipy.special import expit  # type: ignore[import-untyped]

from ml.default.features import BEHAVIOUR, COMPANY
from ml.default.months import CustomerMonths, Floats
from ml.marts import day_number, months_before


@dataclass(frozen=True)
class World:
    """Rows, the true probability of default within twelve months of each, and the as-of day."""

    months: CustomerMonths
    truth: Floats
    days: dict[str, int]


def world(
    customers: int = 1500, months: int = 36, seed: int = 1, level: float = -6.2, company: str = "732829320"
) -> World:
    """Each customer has a lateness and an equity ratio for life; its monthly chance of default is logistic in both.

    The other features are noise, or unknown. A customer in default stays so until the end.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    end = day_number(dt.date(2025, 12, 31))
    ends = np.array([months_before(end, months - 1 - k) for k in range(months)])
    late, equity = rng.gamma(1.5, 12.0, customers), rng.normal(0.3, 0.12, customers)
    hazard = expit(level + 1.4 * (np.minimum(late, 120) - 18) / 15 - 0.9 * (equity - 0.3) / 0.12)
    hit = rng.random((customers, months)) < hazard[:, None]
    first = np.where(hit.any(axis=1), hit.argmax(axis=1), months)
    default_day = np.where(first < months, ends[np.minimum(first, months - 1)] - 10, np.inf)
    who = np.repeat(np.arange(customers), months)
    origin = np.tile(ends, customers)
    n = len(who)
    after = default_day[who]
    values = {f.name: np.full(n, np.nan) for f in BEHAVIOUR + COMPANY if f.unit != "category"}
    values |= {
        "days_late_12m": late[who],
        "accounts_equity_ratio": equity[who],
        "drift_days": rng.normal(0, 8, n),
        "overdue_documents": rng.poisson(0.5, n).astype(np.float64),
        "oldest_overdue_days": rng.integers(0, 60, n).astype(np.float64),
        "billed_12m": np.exp(rng.normal(9, 1, customers))[who],
        "months_since_first_invoice": np.full(n, 20.0),
        "address_changes_12m": np.zeros(n),
    }
    sector = np.array(["41", "47", "62"], dtype=object)[rng.integers(0, 3, customers)][who]
    return World(
        CustomerMonths(
            company=np.full(n, company, dtype=object),
            customer=np.array([f"C{c:05d}" for c in range(customers)], dtype=object)[who],
            origin=origin.astype(np.int64),
            next_default=np.where(after > origin, np.where(np.isinf(after), np.nan, after), np.nan),
            seen_until=np.full(n, end, dtype=np.int64),
            is_in_default=after <= origin,
            is_latest=origin == end,
            values=values,
            text={
                "naf_division": sector,
                "legal_status": np.full(n, None, dtype=object),
                "size_category": np.full(n, None, dtype=object),
            },
        ),
        1 - (1 - hazard[who]) ** 12,
        {company: end},
    )
