"""From customer-months to a matrix: cut, logged, standardised, categories as columns. Fitted in training only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.default.features import SETS, DefaultFeature
from ml.default.months import CustomerMonths, Floats, Ints

#: Chances nearer to none or all are no surer.
SUREST = 1e-4
#: A category has a column of its own from this many customers.
MIN_CATEGORY_CUSTOMERS = 10


@dataclass(frozen=True)
class Design:
    """What turns customer-months into columns.

    `categories[name]`: values with a column each; any other value, or none, has zeros. `mean`, `spread`: per
    column, over the rows of training that know it. A numeric feature nobody knew in training has no column.
    """

    features: str
    names: tuple[str, ...]
    categories: Mapping[str, Sequence[str]]
    mean: tuple[float, ...]
    spread: tuple[float, ...]

    @property
    def columns(self) -> tuple[tuple[DefaultFeature, str | None], ...]:
        """Feature and category (None where numeric) of each column."""
        found: list[tuple[DefaultFeature, str | None]] = []
        for feature in self.used:
            if feature.unit == "category":
                found.extend((feature, value) for value in self.categories[feature.name])
            else:
                found.append((feature, None))
        return tuple(found)

    @property
    def used(self) -> tuple[DefaultFeature, ...]:
        """The features that have a column."""
        return tuple(f for f in SETS[self.features] if f.name in self.names)

    @property
    def monotone(self) -> tuple[int, ...]:
        """The direction each column may not contradict."""
        return tuple(feature.monotone for feature, _ in self.columns)

    def owner(self) -> Ints:
        """Per column, the position of its feature in `used`."""
        position = {f.name: i for i, f in enumerate(self.used)}
        return np.array([position[f.name] for f, _ in self.columns], dtype=np.int64)

    def raw(self, months: CustomerMonths) -> Floats:
        """Columns as they are, shape (n, columns); NaN where a number is unknown."""
        out = np.empty((len(months), len(self.columns)))
        for i, (feature, value) in enumerate(self.columns):
            out[:, i] = (
                _number(feature, months.values[feature.name])
                if value is None
                else (months.text[feature.name] == value)
            )
        return out

    def standard(self, raw: Floats) -> Floats:
        """Columns with mean 0 and spread 1; what is unknown is 0, so that it says nothing."""
        out: Floats = np.nan_to_num((raw - np.asarray(self.mean)) / np.asarray(self.spread), nan=0.0)
        return out

    def to_dict(self) -> dict[str, Any]:
        return {
            "features": self.features,
            "names": list(self.names),
            "categories": {name: list(values) for name, values in sorted(self.categories.items())},
            "mean": list(self.mean),
            "spread": list(self.spread),
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Design:
        return cls(
            state["features"],
            tuple(state["names"]),
            {name: tuple(values) for name, values in state["categories"].items()},
            tuple(state["mean"]),
            tuple(state["spread"]),
        )


def _number(feature: DefaultFeature, values: Floats) -> Floats:
    cut = np.clip(values, feature.low, feature.high)
    if feature.is_chance:
        held = np.clip(cut, SUREST, 1 - SUREST)
        return np.log(held / (1 - held))
    out: Floats = np.log1p(cut) if feature.is_log else cut
    return out


def fit_design(months: CustomerMonths, features: str) -> Design:
    """Categories, means and spreads of the customer-months of training."""
    names: list[str] = []
    categories: dict[str, tuple[str, ...]] = {}
    for feature in SETS[features]:
        if feature.unit == "category":
            owners = set(zip(months.text[feature.name], months.company, months.customer, strict=True))
            count = Counter(value for value, _, _ in owners if value is not None)
            kept = tuple(sorted(v for v, n in count.items() if n >= MIN_CATEGORY_CUSTOMERS))
            if len(kept) > 1:
                names.append(feature.name)
                categories[feature.name] = kept
        else:
            values = months.values[feature.name]
            values = values[~np.isnan(values)]
            if len(values) and values.min() < values.max():
                names.append(feature.name)
    blank = Design(features, tuple(names), categories, (), ())
    raw = blank.raw(months)
    known_rows = ~np.isnan(raw)
    known = np.maximum(known_rows.sum(axis=0), 1)
    mean = np.where(known_rows, raw, 0.0).sum(axis=0) / known
    spread = np.sqrt(np.where(known_rows, (raw - mean) ** 2, 0.0).sum(axis=0) / known)
    return Design(
        features,
        tuple(names),
        categories,
        tuple(round(float(v), 9) for v in mean),
        tuple(round(float(v), 9) if v > 1e-9 else 1.0 for v in spread),
    )
