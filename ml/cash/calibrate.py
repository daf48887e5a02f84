"""Level and width of the forecast, learnt from the forecasts of earlier month ends and what then came in.

Level: cash that came over cash expected (credit notes to come and claims lost are in no curve). Width: the factor
by which P10 and P90 stand off the median so that four past weeks in five lie between (split conformal). Both are
mixed with one quarter's worth of "as it is", so that a short history moves them little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri  # type: ignore[import-untyped]

from ml.cash.simulate import Quantiles
from ml.cash.weeks import SPANS, WEEKS, span_of

Floats = npt.NDArray[np.float64]

COVER = 0.80
#: The span of the sums of all weeks so far.
CUMULATIVE = "cumulative"
#: |distance from the median| in units of the half width, as a normal distribution has it.
_AS_IT_IS = np.abs(ndtri((np.arange(WEEKS) + 0.5) / WEEKS)) / ndtri(0.9)


@dataclass(frozen=True)
class Past:
    """A forecast before calibration and what came in, in cents; weeks not over yet are NaN. `actual`: (WEEKS,)."""

    quantiles: Quantiles
    actual: Floats


@dataclass(frozen=True)
class Calibration:
    """Of one scenario: `level`, and the width by span (those of SPANS, and CUMULATIVE)."""

    level: float = 1.0
    width: Mapping[str, float] = field(default_factory=dict)

    def apply(self, raw: Quantiles) -> Quantiles:
        """The quantiles moved and widened; never below zero, never out of order."""
        spans = np.array([self.width.get(name, 1.0) for name in span_of()])
        total = np.full(WEEKS, self.width.get(CUMULATIVE, 1.0))
        weekly, cumulative = self._stretched(raw.weekly, spans), self._stretched(raw.cumulative, total)
        # The sum of the first week is the first week; no sum is below an earlier one.
        cumulative[0] = weekly[0]
        return Quantiles(weekly, np.maximum.accumulate(cumulative, axis=0), self.level * raw.expected)

    def _stretched(self, q: Floats, width: Floats) -> Floats:
        middle = q[:, 1:2]
        out: Floats = np.maximum(self.level * (middle + width[:, None] * (q - middle)), 0.0)
        return out


def fit(past: Sequence[Past]) -> Calibration:
    """Level and widths of the past forecasts of one scenario; neither moves without any."""
    expected = np.array([p.quantiles.expected for p in past]).reshape(-1, WEEKS)
    actual = np.array([p.actual for p in past]).reshape(-1, WEEKS)
    known = ~np.isnan(actual)
    quarter = float(expected.sum()) / max(len(past), 1)
    if not known.any() or quarter <= 0:
        return Calibration()
    level = (float(actual[known].sum()) + quarter) / (float(expected[known].sum()) + quarter)
    level = max(level, 0.0)
    if level == 0:
        return Calibration()
    weekly = np.stack([p.quantiles.weekly for p in past])
    cumulative = np.stack([p.quantiles.cumulative for p in past])
    distance = _distance(actual / level, weekly)
    span = np.array(span_of())
    width = {name: _width(distance[:, span == name]) for name in SPANS}
    width[CUMULATIVE] = _width(_distance(np.cumsum(actual, axis=1) / level, cumulative))
    return Calibration(level, width)


def _distance(actual: Floats, q: Floats) -> Floats:
    """|actual − median| in units of the half width on its side; shapes (origins, WEEKS), (origins, WEEKS, 3)."""
    off = actual - q[:, :, 1]
    half = np.where(off > 0, q[:, :, 2] - q[:, :, 1], q[:, :, 1] - q[:, :, 0])
    out: Floats = np.divide(np.abs(off), half, out=np.full_like(off, np.nan), where=half > 0)
    return out


def _width(distance: Floats) -> float:
    """The conformal quantile: what lies within it is COVER of the past, rounded outward."""
    scores = np.sort(np.concatenate([distance[~np.isnan(distance)], _AS_IT_IS]))
    rank = min(int(np.ceil(COVER * (len(scores) + 1))), len(scores))
    return float(scores[rank - 1])
