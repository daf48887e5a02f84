"""Scores of the receivables: who pays late, who may default, what to do, what cash comes. Knows no orchestrator.

`run` reads marts as Parquet and writes scores as Parquet; see `ml.workflow`. It is imported when first asked for:
the configuration reads `ml.settings` alone, before anything is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ml.marts import RiskError
    from ml.workflow import RiskResult, run

__all__ = ["RiskError", "RiskResult", "run"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ml import marts, workflow

    return getattr(marts if name == "RiskError" else workflow, name)
