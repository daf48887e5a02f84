"""From the hazard's log-odds to probabilities that come true.

Fitted on predictions made out of time: each by a model that had seen nothing after that month end. A curve
(Platt; isotonic only where the slice holds enough defaults), then one shift that anchors the mean to the share
of customers that defaulted within twelve months. Both are pulled towards no change, so that few defaults
change little: a default is seen from up to twelve month ends, and counts once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq  # type: ignore[import-untyped]
from scipy.special import expit, logit  # type: ignore[import-untyped]

from ml.calibrate import fit_platt
from ml.default.months import Floats

#: Defaults in the slice from which steps may replace the straight line.
MIN_ISOTONIC_POSITIVES = 1000
#: Month ends from which one default is seen.
OVERLAP = 12.0
#: Precision of the prior on the anchor's shift, in the curvature of independent cases: a standard deviation of 0.5.
SHIFT_PRECISION = 4.0
#: No probability is published as certain.
LOWEST, HIGHEST = 0.0005, 0.95


@dataclass(frozen=True)
class Calibration:
    """log-odds' = curve(log-odds) + shift. `steps`: (log-odds, log-odds') knots of the isotonic curve, or none."""

    intercept: float = 0.0
    slope: float = 1.0
    steps: tuple[tuple[float, float], ...] = ()
    shift: float = 0.0

    def curve(self, log_odds: Floats) -> Floats:
        """The curve alone, before the anchor."""
        if self.steps:
            x, y = np.array(self.steps).T
            stepped: Floats = np.interp(log_odds, x, y)
            return stepped
        out: Floats = self.intercept + self.slope * log_odds
        return out

    def apply(self, log_odds: Floats) -> Floats:
        """Probabilities of default within twelve months."""
        out: Floats = np.clip(expit(self.curve(log_odds) + self.shift), LOWEST, HIGHEST)
        return out

    def to_dict(self) -> dict[str, Any]:
        return {
            "intercept": self.intercept,
            "slope": self.slope,
            "steps": [list(s) for s in self.steps],
            "shift": self.shift,
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Calibration:
        steps = tuple((float(a), float(b)) for a, b in state["steps"])
        return cls(state["intercept"], state["slope"], steps, state["shift"])


def fit_calibration(log_odds: Floats, outcome: Floats) -> Calibration:
    """The curve of out-of-time log-odds and what came of them, both of shape (n,); identity where n is 0."""
    if not len(outcome):
        return Calibration()
    if outcome.sum() >= MIN_ISOTONIC_POSITIVES:
        return Calibration(steps=_isotonic(log_odds, outcome))
    platt = fit_platt(log_odds, outcome, np.zeros(len(outcome), dtype=np.int64), 1)
    return Calibration(platt.intercept[0], platt.slope[0])


def _isotonic(log_odds: Floats, outcome: Floats) -> tuple[tuple[float, float], ...]:
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(y_min=LOWEST, y_max=HIGHEST, out_of_bounds="clip").fit(log_odds, outcome)
    return tuple(
        (round(float(x), 6), round(float(logit(y)), 6))
        for x, y in zip(fitted.X_thresholds_, fitted.y_thresholds_, strict=True)
    )


def anchored(calibration: Calibration, log_odds: Floats, outcome: Floats) -> Calibration:
    """The same curve shifted so that its mean meets the share that defaulted, as far as its cases prove it."""
    if not len(outcome):
        return calibration
    told = calibration.curve(log_odds)

    def pull(shift: float) -> float:
        return float(np.sum(outcome - expit(told + shift))) / OVERLAP - SHIFT_PRECISION * shift

    shift = float(brentq(pull, -10.0, 10.0, xtol=1e-10))
    return Calibration(calibration.intercept, calibration.slope, calibration.steps, round(shift, 6))
