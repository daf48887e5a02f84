"""LightGBM as every model here uses it: imported when first needed, the same bytes whatever the machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
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


#: Parts of a matrix predicted at once, and how many rows make it worth it.
PARTS = 2
MIN_ROWS_IN_PARTS = 20_000


def lightgbm() -> Any:
    """LightGBM; waiting threads sleep instead of spinning on shared cores."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import lightgbm as module

    return module


@lru_cache(maxsize=32)
def load_booster(text: str) -> Any:
    """The trees of a model text, read once."""
    return lightgbm().Booster(model_str=text)


def predict(booster: Any, matrix: Floats, **how: bool) -> npt.NDArray[Any]:
    """What a booster says of the rows. Each row is predicted by itself: the bytes do not depend on the parts.

    Every call of LightGBM has one thread: how many it takes is one number of the whole process, and what a training
    lays out for one, while a prediction elsewhere sets it to two, is written beyond its bounds. Several cores come from
    several calls.
    """

    def one(part: Floats) -> npt.NDArray[Any]:
        return np.asarray(booster.predict(part, num_threads=REPEATABLE["num_threads"], **how))

    if len(matrix) < MIN_ROWS_IN_PARTS:
        return one(matrix)
    with ThreadPoolExecutor(PARTS) as pool:
        return np.concatenate(list(pool.map(one, np.array_split(matrix, PARTS))))


def raw_score(text: str, matrix: Floats) -> Floats:
    """Raw scores of the rows."""
    if not len(matrix):
        return np.empty(0)
    out: Floats = predict(load_booster(text), matrix, raw_score=True).astype(np.float64)
    return out


def spread_of(size: int) -> Floats:
    """A number from 0 to 1 for each place from 0 on, spread evenly and the same every time: for drawing rows."""
    bits = np.arange(size, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    bits ^= bits >> np.uint64(29)
    bits *= np.uint64(0xBF58476D1CE4E5B9)
    bits ^= bits >> np.uint64(32)
    out: Floats = (bits >> np.uint64(11)).astype(np.float64) / 2.0**53
    return out


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
        leaf = predict(self._booster, matrix, pred_leaf=True).astype(np.int64)
        for tree, parts in enumerate(self._parts):
            out += parts[leaf[:, tree]]
        return out


@lru_cache(maxsize=8)
def paths(text: str) -> Paths:
    """The paths of a model text, laid out once however many parts of a book are told their reasons."""
    return Paths(text)
