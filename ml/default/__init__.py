"""Default within twelve months: probability, rating, expected loss. Pure: knows no orchestrator.

`train(con, settings, seed)` learns and judges, `score(con, model, settings)` gives the customers' table; both
read the cut marts of `ml.marts.open_marts`.
"""

from __future__ import annotations

from ml.default.model import DefaultModel, declared
from ml.default.scoring import CUSTOMER_DEFAULTS, drift_values, score, score_prospects
from ml.default.training import Trained, train

__all__ = [
    "CUSTOMER_DEFAULTS",
    "DefaultModel",
    "Trained",
    "declared",
    "drift_values",
    "score",
    "score_prospects",
    "train",
]
