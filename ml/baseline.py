"""The naive score every model must beat: each customer's own rate, shrunk by empirical Bayes.

Per band, customers' rates are Beta distributed around the company's mean; the strength of the
prior (in invoices) maximises the Beta-Binomial marginal likelihood of the counts visible at the
cut-off. What is known at the state's date conditions it: a threshold already passed is certain,
and an offset per age band says how much closer "still open, five days before" is to late than
"just issued". The same conditioning serves the model, so that the comparison is fair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.special import betaln, expit, logit  # type: ignore[import-untyped]

from ml.labels import THRESHOLD_DAYS, BandRows, is_certain

if TYPE_CHECKING:
    from ml.states import States

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Days left to the threshold: lower edges of the age offsets.
DAYS_LEFT_EDGES: tuple[int, ...] = (4, 8, 15, 22, 31, 46, 61, 91)
#: Invoices of the pooled mean that a company's own mean is mixed with.
COMPANY_MEAN_STRENGTH = 20.0
#: Precision of the normal prior on the age offsets: a bin with few rows stays near zero.
OFFSET_PRECISION = 5.0


@dataclass(frozen=True)
class CustomerRate:
    """Fitted priors. `mean[company][band]`, `strength[band]` in invoices, `offset[band][age bin]` in log-odds.

    A band nobody has been through has mean and strength None: its probability is unknown, not guessed.
    """

    pooled_mean: tuple[float | None, ...]
    mean: Mapping[str, tuple[float | None, ...]]
    strength: tuple[float | None, ...]
    offset: tuple[tuple[float, ...], ...]

    def posterior(self, states: States, index: Ints, band: Ints) -> Floats:
        """Posterior mean rate of the customer in the band, from its counts at the state's date; NaN if unknown."""
        mean = np.full(len(index), np.nan)
        strength = np.full(len(index), np.nan)
        for j in range(len(THRESHOLD_DAYS)):
            if self.strength[j] is None:
                continue
            chosen = band == j
            strength[chosen] = self.strength[j]
            by_company = {
                c: self.mean.get(c, self.pooled_mean)[j] for c in set(states.company[index[chosen]])
            }
            mean[chosen] = [by_company[c] for c in states.company[index[chosen]]]
        n, s = states.count_n[index, band], states.count_s[index, band]
        rate: Floats = np.round((s + strength * mean) / (n + strength), 6)
        return rate

    def log_odds(self, states: States, index: Ints, band: Ints) -> Floats:
        """Log-odds of staying open to the end of the band; NaN if unknown."""
        rate = np.clip(self.posterior(states, index, band), 1e-4, 1 - 1e-4)
        offsets = np.asarray(self.offset)[band, age_bin(states, index, band)]
        odds: Floats = logit(rate) + offsets
        return odds

    def stay_open(self, states: States, index: Ints, band: Ints) -> Floats:
        """Probability of staying open to the end of the band; 1 where certain, NaN where unknown."""
        p: Floats = expit(self.log_odds(states, index, band))
        for j in range(len(THRESHOLD_DAYS)):
            p[(band == j) & is_certain(states, j)[index]] = 1.0
        return p

    def to_dict(self) -> dict[str, Any]:
        return {
            "pooled_mean": list(self.pooled_mean),
            "mean": {c: list(m) for c, m in sorted(self.mean.items())},
            "strength": list(self.strength),
            "offset": [list(o) for o in self.offset],
        }

    @classmethod
    def from_dict(cls, card: Mapping[str, Any]) -> CustomerRate:
        return cls(
            pooled_mean=tuple(card["pooled_mean"]),
            mean={c: tuple(m) for c, m in card["mean"].items()},
            strength=tuple(card["strength"]),
            offset=tuple(tuple(o) for o in card["offset"]),
        )


def age_bin(states: States, index: Ints, band: Ints) -> Ints:
    """Bin of the days left to the threshold of the band."""
    left = np.asarray(THRESHOLD_DAYS)[band] - (states.origin[index] - states.due[index])
    binned: Ints = np.searchsorted(np.asarray(DAYS_LEFT_EDGES), left, side="right").astype(np.int64)
    return binned


def marginal_log_likelihood(counts: Floats, mean: float, strength: float) -> float:
    """Beta-Binomial log-likelihood, up to a constant, of counts with shape (customers, 2): entered, stayed."""
    a, b = mean * strength, (1 - mean) * strength
    n, s = counts[:, 0], counts[:, 1]
    return float(np.sum(betaln(s + a, n - s + b) - betaln(a, b)))


def fit_prior(counts: Floats) -> tuple[float, float] | None:
    """Mean and strength that maximise the marginal likelihood; None where nobody entered the band.

    The strength stays between 0.5 and 200 invoices; with fewer than five customers it is not
    identifiable and 10 is taken.
    """
    counts = counts[counts[:, 0] > 0]
    if not len(counts):
        return None
    crude = float((counts[:, 1].sum() + 0.5) / (counts[:, 0].sum() + 1))
    if len(counts) < 5:
        return round(crude, 6), 10.0

    def cost(at: Floats) -> float:
        return -marginal_log_likelihood(counts, float(expit(at[0])), float(np.exp(at[1])))

    found = minimize(
        cost,
        x0=np.array([float(logit(crude)), np.log(5.0)]),
        method="L-BFGS-B",
        bounds=[(-9.0, 9.0), (np.log(0.5), np.log(200.0))],
    )
    return round(float(expit(found.x[0])), 6), round(float(np.exp(found.x[1])), 4)


def fit_customer_rate(counts: Mapping[str, Floats], states: States, rows: BandRows) -> CustomerRate:
    """Priors from the counts visible at the cut-off, age offsets from the rows mature at it.

    `counts[company]`: shape (customers, bands, 2).
    """
    bands = range(len(THRESHOLD_DAYS))
    everyone = [np.concatenate([c[:, j, :] for c in counts.values()] or [np.empty((0, 2))]) for j in bands]
    priors = [fit_prior(e) for e in everyone]
    pooled = tuple(p[0] if p else None for p in priors)
    mean: dict[str, tuple[float | None, ...]] = {}
    for company, table in sorted(counts.items()):
        n, s = table[:, :, 0].sum(axis=0), table[:, :, 1].sum(axis=0)
        if len(counts) == 1:
            mean[company] = pooled
        else:
            mean[company] = tuple(
                None
                if m is None
                else round(float((s[j] + COMPANY_MEAN_STRENGTH * m) / (n[j] + COMPANY_MEAN_STRENGTH)), 6)
                for j, m in enumerate(pooled)
            )
    bins = len(DAYS_LEFT_EDGES) + 1
    rate = CustomerRate(
        pooled, mean, tuple(p[1] if p else None for p in priors), ((0.0,) * bins,) * len(bands)
    )
    base = rate.log_odds(states, rows.index, rows.band)
    bin_of = age_bin(states, rows.index, rows.band)
    offsets = []
    for j in bands:
        offsets.append(
            tuple(
                _offset(base[chosen], rows.outcome[chosen])
                for chosen in ((rows.band == j) & (bin_of == b) for b in range(bins))
            )
        )
    return CustomerRate(rate.pooled_mean, rate.mean, rate.strength, tuple(offsets))


def _offset(base: Floats, outcome: Floats) -> float:
    """The shift of log-odds that fits the outcomes best under a normal prior, by Newton steps."""
    known = ~np.isnan(base)
    base, outcome = base[known], outcome[known]
    shift = 0.0
    for _ in range(25):
        p = expit(base + shift)
        step = (float(np.sum(outcome - p)) - OFFSET_PRECISION * shift) / (
            float(np.sum(p * (1 - p))) + OFFSET_PRECISION
        )
        shift += float(np.clip(step, -1.0, 1.0))
        if abs(step) < 1e-9:
            break
    return round(shift, 6)
