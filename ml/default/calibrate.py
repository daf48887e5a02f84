"""From the hazard's log-odds to probabilities that come true.

First the level: the hazard's intercepts are shifted so that it announces as many defaults as the twelve months
before the cut-off saw. Then a curve (Platt; isotonic only where the slice holds enough defaults), fitted on
predictions made out of time, each by a model that had seen nothing after that month end. Both are pulled
towards no change, so that few defaults change little: a default is seen from up to twelve month ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize  # type: ignore[import-untyped]
from scipy.special import expit, logit  # type: ignore[import-untyped]

from ml.default.months import Floats

#: Month ends from which one default is seen.
OVERLAP = 12.0
#: Defaults in the slice, each counted once, from which steps may replace the straight line.
MIN_ISOTONIC_DEFAULTS = 1000
#: Precision of the prior on the level's shift: a standard deviation of 0.5.
SHIFT_PRECISION = 4.0
#: Precision of the prior on level 0 and slope 1: years differ by more than their cases' own noise.
CURVE_PRECISION = 100.0
#: No probability is published as certain.
LOWEST, HIGHEST = 0.0005, 0.95


@dataclass(frozen=True)
class Calibration:
    """log-odds' = intercept + slope × log-odds; or `steps`: (log-odds, log-odds') knots of the isotonic curve."""

    intercept: float = 0.0
    slope: float = 1.0
    steps: tuple[tuple[float, float], ...] = ()

    def apply(self, log_odds: Floats) -> Floats:
        """Probabilities of default within twelve months."""
        if self.steps:
            x, y = np.array(self.steps).T
            told = np.interp(log_odds, x, y)
        else:
            told = self.intercept + self.slope * log_odds
        out: Floats = np.clip(expit(told), LOWEST, HIGHEST)
        return out

    def to_dict(self) -> dict[str, Any]:
        return {
            "intercept": self.intercept,
            "slope": self.slope,
            "steps": [list(s) for s in self.steps],
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Calibration:
        steps = tuple((float(a), float(b)) for a, b in state["steps"])
        return cls(state["intercept"], state["slope"], steps)


def fit_calibration(log_odds: Floats, outcome: Floats) -> Calibration:
    """The curve of out-of-time log-odds and what came of them, both of shape (n,); identity where n is 0."""
    if not len(outcome):
        return Calibration()
    if outcome.sum() / OVERLAP >= MIN_ISOTONIC_DEFAULTS:
        return Calibration(steps=_isotonic(log_odds, outcome))
    return _platt(log_odds, outcome)


def _platt(log_odds: Floats, outcome: Floats) -> Calibration:
    """Maximum a posteriori level and slope; the slope stays positive, so ranks stay.

    The level is that of the log-odds where outcomes tell most of it: pulled apart from the slope there, a slope held
    back raises or lowers nobody on the whole.
    """
    told_share = expit(log_odds)
    middle = float(np.average(log_odds, weights=told_share * (1 - told_share) + 1e-12))
    away_from_middle = log_odds - middle

    def cost(at: Floats) -> tuple[float, Floats]:
        told = middle + at[0] + at[1] * away_from_middle
        gap = (expit(told) - outcome) / OVERLAP
        loss = float(np.sum(np.logaddexp(0.0, told) - outcome * told)) / OVERLAP
        away = at - np.array([0.0, 1.0])
        slope = np.array([gap.sum(), gap @ away_from_middle]) + CURVE_PRECISION * away
        return loss + CURVE_PRECISION / 2 * float(away @ away), slope

    level, slope = minimize(
        cost, [0.0, 1.0], jac=True, method="L-BFGS-B", bounds=[(None, None), (0.05, None)]
    ).x
    return Calibration(round(float(middle + level - slope * middle), 6), round(float(slope), 6))


def _isotonic(log_odds: Floats, outcome: Floats) -> tuple[tuple[float, float], ...]:
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(y_min=LOWEST, y_max=HIGHEST, out_of_bounds="clip").fit(log_odds, outcome)
    return tuple(
        (round(float(x), 6), round(float(logit(y)), 6))
        for x, y in zip(fitted.X_thresholds_, fitted.y_thresholds_, strict=True)
    )


def level_shift(log_odds: Floats, outcome: Floats) -> float:
    """What to add to log-odds so that their mean meets the share that came, as far as its cases prove it."""

    def pull(shift: float) -> float:
        return float(np.sum(outcome - expit(log_odds + shift))) / OVERLAP - SHIFT_PRECISION * shift

    return round(float(brentq(pull, -10.0, 10.0, xtol=1e-10)), 6)
