"""Ratings by fixed bands of the twelve-month probability of default: the same letters in every run."""

from __future__ import annotations

import bisect
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta  # type: ignore[import-untyped]

from ml.default.months import Floats

#: Grade and the probability it ends below; the last one has no end.
BANDS: tuple[tuple[str, float], ...] = (
    ("A", 0.01),
    ("B", 0.02),
    ("C", 0.04),
    ("D", 0.08),
    ("E", 0.20),
    ("F", 1.01),
)
GRADES: tuple[str, ...] = tuple(grade for grade, _ in BANDS)
#: What is shown of a customer in default, in the place of a grade.
IN_DEFAULT = "default"
_BOUNDS = [bound for _, bound in BANDS]
#: Share of the interval around an observed rate.
INTERVAL = 0.90


def rating(pd_12m: float) -> str:
    """The grade of a probability between 0 and 1."""
    return GRADES[bisect.bisect_right(_BOUNDS, pd_12m)]


def jeffreys(positives: float, n: float) -> tuple[float, float]:
    """The 90 % interval of a share seen `positives` times in `n`: Beta(½, ½) prior; 0 and 1 where none and all."""
    tail = (1 - INTERVAL) / 2
    low = 0.0 if positives <= 0 else float(beta.ppf(tail, positives + 0.5, n - positives + 0.5))
    high = 1.0 if positives >= n else float(beta.ppf(1 - tail, positives + 0.5, n - positives + 0.5))
    return low, high


@dataclass(frozen=True)
class Grade:
    """One grade on held-out months. `n`, `positives`: customer-months; the interval counts a default once."""

    grade: str
    predicted: float
    observed: float
    observed_low: float
    observed_high: float
    n: int
    positives: int


def by_grade(pd_12m: Floats, outcome: Floats, overlap: float) -> list[Grade]:
    """Grades that hold any case. `overlap`: month ends from which the same default is seen."""
    letters = np.array([rating(float(p)) for p in pd_12m], dtype=object)
    found = []
    for grade in GRADES:
        own = letters == grade
        if own.any():
            n, positives = int(own.sum()), int(outcome[own].sum())
            low, high = jeffreys(positives / overlap, n / overlap)
            found.append(
                Grade(grade, float(pd_12m[own].mean()), float(outcome[own].mean()), low, high, n, positives)
            )
    return found
