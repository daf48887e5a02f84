"""Reasons of a score as data: what is known, what a model's feature adds, in English and French.

Each reason is {target, group, feature, value, unit, direction, contribution, code, en, fr}; contributions are in
log-odds, `group_contribution` is that of all features of one meaning.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from ml.features import Feature
from ml.words import written

Reason = dict[str, Any]
REASONS_PER_SCORE = 3
#: Smaller contributions, in log-odds, are noise and are not told.
SMALLEST_TOLD = 0.02

#: Words of the reasons that are facts, not features: code → (English, French).
FACTS: Mapping[str, tuple[str, str]] = {
    "past_due": ("already {value} past due", "déjà échue depuis {value}"),
    "claim_frozen": (
        "claim frozen by the opening judgment of {value}",
        "créance gelée par le jugement d’ouverture du {value}",
    ),
    "in_default": ("in default since {value}", "en défaut depuis le {value}"),
}


def fact(code: str, group: str, value: Any, unit: str) -> Reason:
    """A reason that is known, not estimated."""
    english, french = FACTS[code]
    return {
        "target": "known",
        "group": group,
        "feature": code,
        "value": value,
        "unit": unit,
        "direction": "raises",
        "contribution": None,
        "code": code,
        "en": english.format(value=written(value, unit, "en")),
        "fr": french.format(value=written(value, unit, "fr")),
    }


def dated_fact(code: str, group: str, iso_date: str) -> Reason:
    """A known fact with its date."""
    return fact(code, group, iso_date, "date")


def feature_reason(feature: Feature, value: Any, contribution: float, group: float, target: str) -> Reason:
    """What a feature adds to a score. `group`: the contribution of all features of its group."""
    is_known = value is not None and not (isinstance(value, float) and np.isnan(value))
    told: Any = None
    if is_known:
        told = value if isinstance(value, str) else plain(float(value), feature.unit)
    english, french = sentence(feature, told)
    return {
        "target": target,
        "group": feature.group,
        "feature": feature.name,
        "value": told,
        "unit": feature.unit,
        "direction": "raises" if contribution > 0 else "lowers",
        "contribution": round(contribution, 4),
        "group_contribution": round(group, 4),
        "code": "feature",
        "en": english,
        "fr": french,
    }


def sentence(feature: Feature, value: Any) -> tuple[str, str]:
    """The reason's words in English and French; an unknown value says so."""
    if value is None:
        return f"{_subject(feature.en)}: unknown", f"{_subject(feature.fr)} : inconnu"
    if feature.unit == "flag":
        which = 0 if value else 1
        return feature.en.split(" | ")[which], feature.fr.split(" | ")[which]
    return (
        feature.en.format(value=written(value, feature.unit, "en")),
        feature.fr.format(value=written(value, feature.unit, "fr")),
    )


def _subject(text: str) -> str:
    first = text.split(" | ")[0]
    return " ".join(first.replace("{value}", "…").split())


def plain(value: float, unit: str) -> float | int | bool:
    """A number as JSON holds it: whole where its unit is, rounded otherwise."""
    if unit == "flag":
        return bool(value)
    if unit in ("days", "count", "months", "month", "weekday", "day", "band") and float(value).is_integer():
        return int(value)
    return round(value, 4 if unit in ("share", "ratio") else 2)


def to_json(reasons: list[Reason]) -> str:
    """Reasons as JSON text, keys sorted so that the same reasons are the same bytes."""
    return json.dumps(reasons, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
