"""Putting a served model right without training it anew: one number, learnt from scores that have matured.

Late payment is sped up or slowed down: every payment curve is raised to one power, so that probabilities stay
ordered, dates follow them, and what is certain stays certain. Default is shifted in log-odds. Either is pulled
towards no change by a prior, so that few outcomes change little.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, minimize_scalar  # type: ignore[import-untyped]
from scipy.special import expit, logit  # type: ignore[import-untyped]

from ml.curves import Curves
from ml.life.history import COHORTS
from ml.life.registry import Package

Floats = npt.NDArray[np.float64]

#: Precision of the prior on the log of the pace, and on the shift, in the curvature of independent cases.
PACE_PRECISION = 25.0
SHIFT_PRECISION = 4.0
#: Neither goes further than this, in log or log-odds: beyond, the model is wrong and is trained anew.
FURTHEST = 1.5
_LEAST = 1e-6


def fit_pace(y: Floats, p: Floats) -> float:
    """The power of the curves under which matured outcomes are likeliest; 1 changes nothing, above it all pay sooner.

    Args:
        y: still open at the threshold (1) or paid (0), shape (n,).
        p: the probability of it that was given.
    """
    inside = (p > 0) & (p < 1)
    log_p, open_then = np.log(np.clip(p[inside], _LEAST, 1 - _LEAST)), y[inside] == 1

    def cost(log_pace: float) -> float:
        told = np.exp(log_pace) * log_p
        likely = np.where(open_then, told, np.log(-np.expm1(told)))
        return float(-likely.sum() + PACE_PRECISION * log_pace**2 / 2)

    found = minimize_scalar(cost, bounds=(-FURTHEST, FURTHEST), method="bounded", options={"xatol": 1e-7})
    return round(float(np.exp(found.x)), 4)


def paced(curves: Curves, pace: float) -> Curves:
    """The curves raised to the power of `pace`."""
    return curves if pace == 1.0 else replace(curves, survival=curves.survival**pace)


def fit_shift(y: Floats, p: Floats) -> float:
    """The shift of log-odds under which as many defaulted as expected, as far as the cases prove it.

    A customer is judged in up to `COHORTS` months running, so a default counts once.
    """
    told = logit(np.clip(p, _LEAST, 1 - _LEAST))

    def pull(shift: float) -> float:
        return float(np.sum(y - expit(told + shift))) / COHORTS - SHIFT_PRECISION * shift

    return round(float(np.clip(brentq(pull, -20.0, 20.0, xtol=1e-9), -FURTHEST, FURTHEST)), 6)


def late_payment(package: Package, y: Floats, p: Floats, as_of: Mapping[str, dt.date]) -> Package:
    """The model with its `state["pace"]` put right: `paced` applies it to the curves it draws."""
    pace = round(float(package.state.get("pace", 1.0)) * fit_pace(y, p), 4)
    return _changed(package, {"pace": pace}, {"pace": pace, "matured": len(y)}, as_of)


def default(package: Package, y: Floats, p: Floats, as_of: Mapping[str, dt.date]) -> Package:
    """The model with its calibration curve shifted, whichever form it has (`ml.default.calibrate`)."""
    shift, curve = fit_shift(y, p), package.state["calibration"]
    shifted = {
        **curve,
        "intercept": round(float(curve["intercept"]) + shift, 6),
        "steps": [[x, round(float(told) + shift, 6)] for x, told in curve["steps"]],
    }
    return _changed(package, {"calibration": shifted}, {"shift": shift, "matured": len(y)}, as_of)


def _changed(
    package: Package, state: Mapping[str, Any], told: Mapping[str, Any], as_of: Mapping[str, dt.date]
) -> Package:
    days = {company: day.isoformat() for company, day in as_of.items()}
    return replace(
        package,
        state={**package.state, **state},
        # It has seen the outcomes up to now, so no run on an earlier day may use it.
        card={**package.card, "as_of": days, "recalibration": dict(told)},
    )
