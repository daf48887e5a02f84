"""LightGBM as every model here uses it: imported when first needed, the same bytes whatever the machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

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


class Paths:
    """What each split adds along a row's way through the trees, by feature: the parts sum to the raw score exactly.

    A split's part is the change of its node's mean outcome, credited to the feature it asks. Beside TreeSHAP,
    which shares the credit among features in every order, it takes a thousandth of the time: a book of a
    million open documents gets its reasons too.
    """

    def __init__(self, text: str) -> None:
        booster = load_booster(text)
        told = booster.dump_model()
        size = len(told["feature_names"])
        self._booster = booster
        #: Per tree: parts by leaf, shape (leaves, features); and the means at the roots, summed.
        self._parts: list[Floats] = []
        self.base = 0.0
        for tree in told["tree_info"]:
            parts = np.zeros((max(int(tree["num_leaves"]), 1), size))
            root = tree["tree_structure"]
            self.base += float(root.get("internal_value", root.get("leaf_value", 0.0)))
            stack = [(root, np.zeros(size))]
            while stack:
                node, so_far = stack.pop()
                if "split_feature" not in node:
                    parts[int(node.get("leaf_index", 0))] = so_far
                    continue
                for child in (node["left_child"], node["right_child"]):
                    own = so_far.copy()
                    mean = child.get("internal_value", child.get("leaf_value"))
                    own[int(node["split_feature"])] += float(mean) - float(node["internal_value"])
                    stack.append((child, own))
            self._parts.append(parts)

    def contributions(self, matrix: Floats) -> Floats:
        """Parts by column of `matrix`, shape (n, columns): with `base` they sum to the raw score."""
        out = np.zeros(matrix.shape)
        if not len(matrix):
            return out
        leaf = np.asarray(self._booster.predict(matrix, pred_leaf=True, num_threads=1), dtype=np.int64)
        for tree, parts in enumerate(self._parts):
            out += parts[leaf[:, tree]]
        return out
