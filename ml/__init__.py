"""Late-payment scores: features, labels, training, evaluation, explanation. Pure: knows no orchestrator.

`run` reads marts as Parquet and writes scores as Parquet; see `ml.workflow`.
"""

from __future__ import annotations

from ml.marts import RiskError
from ml.workflow import RiskResult, run

__all__ = ["RiskError", "RiskResult", "run"]
