"""Platt scaling per band: log-odds' = intercept + slope × log-odds, fitted on the latest mature months.

A normal prior pulls it towards the identity, so that a slice with few outcomes changes little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit  # type: ignore[import-untyped]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Precision of the prior around intercept 0 and slope 1: months differ by more than their rows' own noise, so a
#: slice of a few months must not move the level on its own.
PRIOR_PRECISION = np.array([100.0, 100.0])


@dataclass(frozen=True)
class Platt:
    """Intercept and slope of each band."""

    intercept: tuple[float, ...]
    slope: tuple[float, ...]

    def apply(self, log_odds: Floats, band: Ints) -> Floats:
        """Calibrated log-odds."""
        out: Floats = np.asarray(self.intercept)[band] + np.asarray(self.slope)[band] * log_odds
        return out

    def to_dict(self) -> dict[str, Any]:
        return {"intercept": list(self.intercept), "slope": list(self.slope)}

    @classmethod
    def from_dict(cls, card: Mapping[str, Any]) -> Platt:
        return cls(tuple(card["intercept"]), tuple(card["slope"]))


def identity(bands: int) -> Platt:
    """No calibration."""
    return Platt((0.0,) * bands, (1.0,) * bands)


def fit_platt(log_odds: Floats, outcome: Floats, band: Ints, bands: int) -> Platt:
    """Maximum a posteriori intercept and slope of each band; the slope stays positive, so ranks stay."""
    intercepts, slopes = [], []
    for j in range(bands):
        chosen = band == j
        a, b = _fit_one(log_odds[chosen], outcome[chosen])
        intercepts.append(round(a, 6))
        slopes.append(round(max(b, 0.05), 6))
    return Platt(tuple(intercepts), tuple(slopes))


def _fit_one(log_odds: Floats, outcome: Floats) -> tuple[float, float]:
    at = np.array([0.0, 1.0])
    start = at.copy()
    x = np.column_stack([np.ones_like(log_odds), log_odds])
    for _ in range(50):
        p = expit(x @ at)
        gradient = x.T @ (outcome - p) - PRIOR_PRECISION * (at - start)
        curvature = (x * (p * (1 - p))[:, None]).T @ x + np.diag(PRIOR_PRECISION)
        step = np.linalg.solve(curvature, gradient)
        at = at + np.clip(step, -1.0, 1.0)
        if float(np.max(np.abs(step))) < 1e-10:
            break
    return float(at[0]), float(at[1])
