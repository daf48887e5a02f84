"""Rates of default by segment, shrunk: the baseline of every model, and what serves where no model can be.

A customer-month counts one month at risk; the monthly rate of a segment is pulled towards the company's, the
company's towards the assumption of the settings, each by the customer-years it is worth. A ledger of three
months, or without any default, thus gets the assumption, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logit  # type: ignore[import-untyped]

from ml.default.features import STALE_DAYS
from ml.default.months import CustomerMonths, Floats, Objects
from ml.settings import RiskSettings

MONTH_DAYS = 31
#: Customer-years of its company's rate that a segment's own is mixed with.
SEGMENT_STRENGTH = 30.0
#: Days past due of the oldest unpaid document: lower edges of the bands after the first.
OVERDUE_EDGES: tuple[int, ...] = (1, 31, 61, STALE_DAYS + 1)
OVERDUE_NAMES: tuple[str, ...] = ("0", "1-30", "31-60", "61-180", "older")


def sectors(months: CustomerMonths) -> Objects:
    """The activity of each row's customer (NAF division), `unknown` without one."""
    return np.array([value or "unknown" for value in months.text["naf_division"]], dtype=object)


def overdue_bands(months: CustomerMonths) -> Objects:
    """The band of the oldest unpaid document of each row's customer."""
    oldest = months.values["oldest_overdue_days"]
    names = np.array(OVERDUE_NAMES, dtype=object)
    out: Objects = names[np.searchsorted(OVERDUE_EDGES, oldest, side="right")]
    return out


@dataclass(frozen=True)
class SegmentRate:
    """Twelve-month rates by (company, segment). `company`: those of a segment never seen."""

    by: str
    company: Mapping[str, float]
    segment: Mapping[str, Mapping[str, float]]
    pooled: float

    def log_odds(self, months: CustomerMonths) -> Floats:
        """Log-odds of default within twelve months, shape (n,)."""
        named = _SEGMENTS[self.by](months)
        rate = [
            self.segment.get(c, {}).get(s, self.company.get(c, self.pooled))
            for c, s in zip(months.company, named, strict=True)
        ]
        out: Floats = logit(np.array(rate, dtype=np.float64))
        return out

    def to_dict(self) -> dict[str, Any]:
        return {
            "by": self.by,
            "company": dict(sorted(self.company.items())),
            "segment": {c: dict(sorted(s.items())) for c, s in sorted(self.segment.items())},
            "pooled": self.pooled,
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> SegmentRate:
        return cls(state["by"], state["company"], state["segment"], state["pooled"])


_SEGMENTS = {"sector": sectors, "overdue": overdue_bands}


def fit_rates(months: CustomerMonths, at: Mapping[str, int], settings: RiskSettings, by: str) -> SegmentRate:
    """Rates of the months at risk that had ended on the company's day number `at`. `by`: sector or overdue."""
    cut = np.array([at[c] for c in months.company], dtype=np.int64)
    used = ~months.is_in_default & (months.origin + MONTH_DAYS <= cut)
    risk = months.take(used)
    outcome = risk.defaulted(1, MONTH_DAYS)
    named = _SEGMENTS[by](risk)
    assumed = settings.pd_prior / 12
    pooled = _shrunk(outcome, assumed, settings.pd_prior_strength)
    company: dict[str, float] = {}
    segment: dict[str, dict[str, float]] = {}
    for name in sorted(at):
        own = risk.company == name
        rate = _shrunk(outcome[own], pooled, settings.pd_prior_strength)
        company[name] = _yearly(rate)
        segment[name] = {
            str(s): _yearly(_shrunk(outcome[own & (named == s)], rate, SEGMENT_STRENGTH))
            for s in np.unique(named[own].astype(str))
        }
    return SegmentRate(by, company, segment, _yearly(pooled))


def _shrunk(outcome: Floats, towards: float, years: float) -> float:
    return float((outcome.sum() + 12 * years * towards) / (len(outcome) + 12 * years))


def _yearly(monthly: float) -> float:
    return round(float(np.clip(1 - (1 - monthly) ** 12, 1e-4, 0.95)), 6)
