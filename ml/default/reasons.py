"""Why a probability of default is what it is: exact parts of the customer's index, by group, in two languages."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import logit  # type: ignore[import-untyped]

from ml.default.features import DefaultFeature
from ml.default.hazard import Hazard
from ml.default.model import BASELINE, FALLBACK, TARGET, DefaultModel
from ml.default.months import CustomerMonths, Floats
from ml.default.rates import overdue_bands, sectors
from ml.reasons import REASONS_PER_SCORE, SMALLEST_TOLD, Reason, sentence
from ml.words import written

#: Words of the reasons of a rate: code → (English, French).
RATES = {
    BASELINE: (
        "customers of its sector (NAF division {segment}): {value} default within a year",
        "clients de son secteur (division NAF {segment}) : {value} de défauts en un an",
    ),
    FALLBACK: (
        "customers whose oldest unpaid document is as old: {value} default within a year",
        "clients dont le plus ancien impayé a le même âge : {value} de défauts en un an",
    ),
}

#: Words of categories: feature → value → (English, French); other values are told as they are.
CATEGORIES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "legal_status": {
        "active": ("active", "active"),
        "ceased": ("ceased", "cessée"),
        "plan": ("plan under way", "plan en cours"),
        "safeguard": ("safeguard", "sauvegarde"),
        "receivership": ("receivership", "redressement judiciaire"),
        "liquidation": ("liquidation", "liquidation judiciaire"),
        "unknown": ("unknown", "inconnue"),
    },
    "size_category": {
        "PME": ("small or medium (PME)", "petite ou moyenne (PME)"),
        "ETI": ("mid-sized (ETI)", "intermédiaire (ETI)"),
        "GE": ("large (GE)", "grande (GE)"),
    },
}


def default_reasons(model: DefaultModel, months: CustomerMonths) -> list[list[Reason]]:
    """Up to three reasons per customer-month; those that push the way the score went come first."""
    if model.hazard is None:
        return _rate_reasons(model, months)
    return hazard_reasons(model.hazard, months)


def hazard_reasons(hazard: Hazard, months: CustomerMonths) -> list[list[Reason]]:
    """Reasons from the parts of the index: groups ranked by their sum, each told by its strongest feature."""
    parts = hazard.contributions(months)[:, :-1]
    features = hazard.design.used
    groups: dict[str, list[int]] = {}
    for i, feature in enumerate(features):
        groups.setdefault(feature.group, []).append(i)
    names = list(groups)
    totals = (
        np.column_stack([parts[:, groups[g]].sum(axis=1) for g in names])
        if names
        else np.zeros((len(months), 0))
    )
    way = np.where(parts.sum(axis=1) < 0, -1.0, 1.0)
    against = totals * way[:, None] < 0
    ranked = np.lexsort((-np.abs(totals), against), axis=1)
    found = []
    for row in range(len(months)):
        told: list[Reason] = []
        for g in ranked[row]:
            if len(told) == REASONS_PER_SCORE:
                break
            if abs(totals[row, g]) < SMALLEST_TOLD:
                continue
            columns = groups[names[g]]
            best = columns[int(np.argmax(parts[row, columns] * np.sign(totals[row, g])))]
            told.append(_reason(features[best], months, row, parts[row, best], totals[row, g]))
        found.append(told)
    return found


def _reason(
    feature: DefaultFeature, months: CustomerMonths, row: int, contribution: float, group: float
) -> Reason:
    value = months.text[feature.name][row] if feature.unit == "category" else months.values[feature.name][row]
    plain = _plain(feature, value)
    told = CATEGORIES.get(feature.name, {}).get(str(plain), (plain, plain))
    english, french = (sentence(feature, words)[k] for k, words in enumerate(told))
    return {
        "target": TARGET,
        "group": feature.group,
        "feature": feature.name,
        "value": plain,
        "unit": feature.unit,
        "direction": "raises" if contribution > 0 else "lowers",
        "contribution": round(float(contribution), 4),
        "group_contribution": round(float(group), 4),
        "code": "feature",
        "en": english,
        "fr": french,
    }


def _plain(feature: DefaultFeature, value: float | str | None) -> float | int | bool | str | None:
    if value is None or isinstance(value, str):
        return value
    if np.isnan(value):
        return None
    if feature.unit == "flag":
        return bool(value)
    if feature.unit in ("days", "count", "months") and float(value).is_integer():
        return int(value)
    return round(float(value), 4 if feature.unit in ("share", "ratio") else 2)


def _rate_reasons(model: DefaultModel, months: CustomerMonths) -> list[list[Reason]]:
    code = model.rate_name
    named = sectors(months) if model.rate.by == "sector" else overdue_bands(months)
    p = model.probability(months)
    overall = [model.rate.company.get(c, model.rate.pooled) for c in months.company]
    shift: Floats = logit(p) - logit(np.array(overall)) if len(months) else np.empty(0)
    english, french = RATES[code]
    return [
        [
            {
                "target": TARGET,
                "group": "segment",
                "feature": code,
                "value": round(float(p[i]), 4),
                "unit": "share",
                "direction": "raises" if shift[i] > 0 else "lowers",
                "contribution": round(float(shift[i]), 4),
                "code": code,
                "en": english.format(segment=named[i], value=written(round(float(p[i]), 4), "share", "en")),
                "fr": french.format(segment=named[i], value=written(round(float(p[i]), 4), "share", "fr")),
            }
        ]
        for i in range(len(months))
    ]
