"""How often a customer pays late, shrunk: the customer towards its segment, the segment towards the company.

Per threshold (0, 30, 90 days), the rates of the customers of a segment are Beta distributed about the
segment's, those of the segments about the company's. How strongly each level holds (in invoices) maximises
the Beta-Binomial marginal likelihood of the counts visible at the cut-off. A customer's segment is its group
where several customers belong to one, else its sector, size and country. A customer without any invoice
gets its segment's rate: the score at prospecting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.special import betaln  # type: ignore[import-untyped]

from ml.labels import THRESHOLD_DAYS

if TYPE_CHECKING:
    from ml.lateness.states import States

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Objects = npt.NDArray[np.object_]
BANDS = len(THRESHOLD_DAYS)
#: Weekday of the due date, part of the month, size: `ml.lateness.states.ALIKE`.
KINDS = 3

#: With fewer members than this, a level's strength cannot be told and `USUAL_STRENGTH` invoices are taken.
MIN_MEMBERS = 5
USUAL_STRENGTH = 10.0


@dataclass(frozen=True)
class Counts:
    """Outcomes of m customers visible on a day. `table`: shape (m, 3, 2), (entered, stayed open) per band.

    `alike_of`: shape (q, 2), the customer's position and what makes a set of its documents alike; `alike`: shape
    (q, 2), how many of the set fell due and stayed open.
    """

    company: Objects
    segment: Objects
    table: Floats
    alike_of: Ints
    alike: Floats


@dataclass(frozen=True)
class Rates:
    """`mean[company]`: the company's rate per band, NaN where nobody has been through it;
    `segment_strength`, `customer_strength`: invoices that the level above is worth, per band;
    `alike_strength`: invoices that the customer's rate is worth beside its documents alike, per kind."""

    mean: Mapping[str, tuple[float, ...]]
    segment_strength: tuple[float, ...]
    customer_strength: tuple[float, ...]
    alike_strength: tuple[float, ...]

    def company(self, states: States) -> Floats:
        """The company's rates, shape (n, 3)."""
        names, code = np.unique(states.company.astype(str), return_inverse=True)
        unknown = (np.nan,) * BANDS
        out: Floats = np.array([self.mean.get(name, unknown) for name in names]).reshape(-1, BANDS)[code]
        return out

    def prior(self, states: States) -> Floats:
        """The segment's rates, shrunk to the company's, shape (n, 3)."""
        strength = np.asarray(self.segment_strength)
        out: Floats = (states.segment_s + strength * self.company(states)) / (states.segment_n + strength)
        return out

    def posterior(self, states: States) -> Floats:
        """The customer's rates, shape (n, 3), rounded to 6 places; NaN where nobody has been through the band."""
        strength = np.asarray(self.customer_strength)
        out: Floats = np.round(
            (states.count_s + strength * self.prior(states)) / (states.count_n + strength), 6
        )
        return out

    def alike(self, states: States) -> Floats:
        """How often the customer's documents alike pass their due date, shape (n, kinds), rounded to 4 places."""
        strength = np.asarray(self.alike_strength)
        own = self.posterior(states)[:, :1]
        out: Floats = np.round((states.alike_s + strength * own) / (states.alike_n + strength), 4)
        return out

    def to_state(self) -> dict[str, Any]:
        return {
            "mean": {
                c: [None if np.isnan(rate) else rate for rate in rates]
                for c, rates in sorted(self.mean.items())
            },
            "segment_strength": list(self.segment_strength),
            "customer_strength": list(self.customer_strength),
            "alike_strength": list(self.alike_strength),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Rates:
        return cls(
            {c: tuple(np.nan if r is None else r for r in rates) for c, rates in state["mean"].items()},
            tuple(state["segment_strength"]),
            tuple(state["customer_strength"]),
            tuple(state["alike_strength"]),
        )


def marginal_log_likelihood(counts: Floats, mean: Floats, strength: float | Floats) -> float:
    """Beta-Binomial log-likelihood, up to a constant, of counts (m, 2): entered, stayed; `mean` per member,
    `strength` of all or per member."""
    a, b = mean * strength, (1 - mean) * strength
    n, s = counts[:, 0], counts[:, 1]
    return float(np.sum(betaln(s + a, n - s + b) - betaln(a, b)))


def fit_strength(counts: Floats, mean: Floats, worth: Floats | None = None) -> float:
    """The strength, between 0.5 and 500 invoices, that maximises the marginal likelihood about `mean`.

    `worth`: the invoices that each mean itself was told from; without it the means are taken as known.
    """
    keep = (counts[:, 0] > 0) & ~np.isnan(mean)
    counts, mean = counts[keep], np.clip(mean[keep], 1e-4, 1 - 1e-4)
    unsure = 0.0 if worth is None else 1 / worth[keep]
    if len(counts) < MIN_MEMBERS:
        return USUAL_STRENGTH
    found = minimize(
        lambda at: -marginal_log_likelihood(counts, mean, 1 / (float(np.exp(-at[0])) + unsure)),
        x0=np.array([np.log(USUAL_STRENGTH)]),
        method="L-BFGS-B",
        bounds=[(np.log(0.5), np.log(500.0))],
    )
    return round(float(np.exp(found.x[0])), 4)


def fit_rates(counts: Counts) -> Rates:
    """Rates from the counts visible at a cut-off."""
    names, company = np.unique(counts.company.astype(str), return_inverse=True)
    keys, segment = np.unique(
        np.char.add(np.char.add(counts.company.astype(str), "\x1f"), counts.segment.astype(str)),
        return_inverse=True,
    )
    by_company, by_segment = (
        _summed(counts.table, company, len(names)),
        _summed(counts.table, segment, len(keys)),
    )
    company_of_segment = np.zeros(len(keys), dtype=np.int64)
    company_of_segment[segment] = company
    n, s = by_company[:, :, 0], by_company[:, :, 1]
    mean = np.where(n > 0, np.round((s + 0.5) / (n + 1), 6), np.nan)
    segment_strength, customer_strength, alike_strength = [], [], []
    for j in range(BANDS):
        above = mean[company_of_segment, j]
        strength = fit_strength(by_segment[:, j], above)
        middle = (by_segment[:, j, 1] + strength * above) / (by_segment[:, j, 0] + strength)
        segment_strength.append(strength)
        customer_strength.append(fit_strength(counts.table[:, j], middle[segment]))
        if j == 0:
            own = middle[segment]
    at, kind = counts.alike_of.T
    # Beside the customer's other documents: with the set itself among them it would look like them.
    rest = counts.table[at, 0] - counts.alike
    worth = rest[:, 0] + customer_strength[0]
    usual = (rest[:, 1] + customer_strength[0] * own[at]) / worth
    for k in range(KINDS):
        of = kind == k
        alike_strength.append(fit_strength(counts.alike[of], usual[of], worth[of]))
    return Rates(
        {name: tuple(mean[i].tolist()) for i, name in enumerate(names)},
        tuple(segment_strength),
        tuple(customer_strength),
        tuple(alike_strength),
    )


def _summed(table: Floats, code: Ints, size: int) -> Floats:
    out = np.zeros((size, BANDS, 2))
    np.add.at(out, code, table)
    return out
