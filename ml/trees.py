"""LightGBM as every model here uses it: imported when first needed, the same bytes whatever the machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

#: One thread and fixed order: the same rows give the same trees.
REPEATABLE: Mapping[str, Any] = {
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


def lightgbm() -> Any:
    """LightGBM; waiting threads sleep instead of spinning on shared cores."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import lightgbm as module

    return module


def load_booster(text: str) -> Any:
    """The trees of a model text."""
    return lightgbm().Booster(model_str=text)
