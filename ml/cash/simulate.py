"""The distribution of a sum of payments that do not come one by one.

Documents of one customer due on one day leave in one payment run: they share one draw. Draws of one customer are
correlated, and those of all customers a little (a slow month is slow for everybody): a Gaussian copula over the
documents' own curves, so that each document keeps its curve and only their being late together changes the sum.
The draws are seeded, their number fixed: the same book gives the same quantiles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri  # type: ignore[import-untyped]

from ml.cash.book import Book
from ml.cash.weeks import WEEKS

Floats = npt.NDArray[np.float64]

SIMULATIONS = 1000
#: Documents drawn one by one, the largest first. The rest is spread so thin that its own chance averages out: it
#: moves with the common factor alone.
MAX_DRAWN = 20_000
#: Shares of the variance of a document's draw that are its customer's and everybody's.
CUSTOMER_SHARE = 0.30
COMMON_SHARE = 0.03
#: P10 and P90 stand off the median by this share of an average week at least: somebody always pays in advance.
LEAST_WIDTH = 0.025
#: Standard deviation of the logarithm of a company's billing against its pace.
BILLING_LEVEL = 0.08


@dataclass(frozen=True)
class Quantiles:
    """Of one scenario, in cents: weekly and cumulative, shape (WEEKS, 3) for P10, P50, P90; `expected`: (WEEKS,)."""

    weekly: Floats
    cumulative: Floats
    expected: Floats


def draw_open(book: Book, seed: int) -> Floats:
    """Cash by week of the open book in cents, shape (SIMULATIONS, WEEKS)."""
    rng = np.random.Generator(np.random.PCG64([seed, 1]))
    common = rng.standard_normal(SIMULATIONS)
    # The largest documents; equal amounts in the order of their ids.
    order = np.argsort(-book.cents, kind="stable")
    drawn, rest = np.sort(order[:MAX_DRAWN]), order[MAX_DRAWN:]
    cents = book.cents[drawn].astype(np.float64)
    bounds = ndtri(np.clip(np.cumsum(book.weekly[drawn], axis=1), 0, 1)).T.copy()
    who, customer = np.unique(book.customer[drawn], return_inverse=True)
    runs, run = np.unique(book.run[drawn], return_inverse=True)
    own = np.sqrt(1 - CUSTOMER_SHARE - COMMON_SHARE)
    out = np.empty((SIMULATIONS, WEEKS))
    for s in range(SIMULATIONS):
        z = own * rng.standard_normal(len(runs))[run]
        z += np.sqrt(CUSTOMER_SHARE) * rng.standard_normal(len(who))[customer]
        z += np.sqrt(COMMON_SHARE) * common[s]
        week = np.zeros(len(z), dtype=np.int64)
        for bound in bounds:
            week += z > bound
        out[s] = np.bincount(week, weights=cents, minlength=WEEKS + 1)[:WEEKS]
    if len(rest):
        total = float(book.cents[rest].sum())
        share = np.cumsum(book.cents[rest] @ book.weekly[rest]) / max(total, 1.0)
        moved = (ndtri(np.clip(share, 0, 1))[None, :] - np.sqrt(COMMON_SHARE) * common[:, None]) / np.sqrt(
            1 - COMMON_SHARE
        )
        out += total * np.diff(ndtr(moved), axis=1, prepend=0.0)
    return out


def draw_billing(expected: Floats, size: Floats, seed: int) -> Floats:
    """Cash by week of documents yet to be billed in cents, shape (SIMULATIONS, WEEKS).

    `expected`: cents, shape (customers, WEEKS); `size`: mean square over mean of a customer's month of billing in
    cents, shape (customers,): a customer's months come or do not come (compound Poisson, drawn as a gamma of that
    mean and variance), and the company's level moves them all.
    """
    rng = np.random.Generator(np.random.PCG64([seed, 2]))
    mean = expected.sum(axis=0)
    variance = size @ expected
    scale = np.divide(variance, mean, out=np.ones(WEEKS), where=mean > 0)
    drawn = rng.gamma(np.maximum(mean, 0) / scale, scale, size=(SIMULATIONS, WEEKS))
    level = np.exp(BILLING_LEVEL * rng.standard_normal(SIMULATIONS) - BILLING_LEVEL**2 / 2)
    out: Floats = drawn * level[:, None]
    return out


def quantiles(draws: Floats, expected: Floats, least: float) -> Quantiles:
    """P10, P50, P90 of each week and of all weeks up to it.

    `expected`: the exact means, shape (WEEKS,); `least`: cents that P10 and P90 keep from the median.
    """
    return Quantiles(
        weekly=_apart(np.percentile(draws, (10, 50, 90), axis=0).T, least),
        cumulative=_apart(np.percentile(np.cumsum(draws, axis=1), (10, 50, 90), axis=0).T, least),
        expected=expected,
    )


def _apart(q: Floats, least: float) -> Floats:
    return np.column_stack(
        [np.minimum(q[:, 0], q[:, 1] - least), q[:, 1], np.maximum(q[:, 2], q[:, 1] + least)]
    )
