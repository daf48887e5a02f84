"""Why a score is what it is: LightGBM's own contributions, and the facts that need no model.

Contributions (TreeSHAP, `pred_contrib`) are in log-odds and sum, with the base, to the raw score.
They are gathered by feature group; a reason is the strongest feature of one of the strongest
groups. The question asked (which threshold, how far) is no reason and stays in the base.
Each reason is data: {target, group, feature, value, unit, direction, contribution, code, en, fr}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import logit  # type: ignore[import-untyped]

from ml.baseline import CustomerRate
from ml.features import BY_NAME, Feature, design, features_with
from ml.labels import TARGETS, THRESHOLD_DAYS
from ml.states import States
from ml.train import Model, load_booster
from ml.words import LOCALES, written

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Reason = dict[str, Any]
REASONS_PER_SCORE = 3
#: Smaller contributions, in log-odds, are noise and are not told.
SMALLEST_TOLD = 0.02
_UNTOLD_GROUPS = {"question"}

#: The customer's smoothed rate means another thing in each band: band → (English, French).
RATE_WORDING: tuple[tuple[str, str], ...] = (
    ("pays late {value} of the time (smoothed)", "paie en retard dans {value} des cas (lissé)"),
    (
        "once late, still unpaid after 30 days {value} of the time (smoothed)",
        "une fois en retard, encore impayé à 30 jours dans {value} des cas (lissé)",
    ),
    (
        "once 30 days late, still unpaid after 90 days {value} of the time (smoothed)",
        "une fois à 30 jours de retard, encore impayé à 90 jours dans {value} des cas (lissé)",
    ),
)

#: Words of the reasons that are facts, not features: code → (English, French).
FACTS: Mapping[str, tuple[str, str]] = {
    "past_due": ("already {value} past due", "déjà échue depuis {value}"),
    "no_history": ("no outcome of this delay observed yet", "aucune issue observée pour ce retard"),
    "customer_history": (
        "{late} of {count} past documents of the customer passed this delay",
        "{late} pièces passées du client sur {count} ont dépassé ce retard",
    ),
    "portfolio_history": (
        "no past document of the customer: the company’s rate, {value}",
        "aucune pièce passée du client : le taux de la société, {value}",
    ),
    "still_open": ("still open {value} before the threshold", "encore ouverte {value} avant le seuil"),
    "claim_frozen": (
        "claim frozen by the opening judgment of {value}",
        "créance gelée par le jugement d’ouverture du {value}",
    ),
    "in_default": ("in default since {value}", "en défaut depuis le {value}"),
}


def first_open_band(age: Ints) -> Ints:
    """The first threshold not yet passed, per state; 3 where all are."""
    band: Ints = np.searchsorted(np.asarray(THRESHOLD_DAYS), age, side="right").astype(np.int64)
    return band


def contributions(model: Model, states: States, index: Ints, band: Ints) -> Floats:
    """Log-odds of each of the model's features and, last, of the base: rows sum to the raw score."""
    matrix = design(states, index, band, model.rate, model.categories, model.signals)
    if not len(matrix):
        return np.empty((0, matrix.shape[1] + 1))
    found: Floats = np.asarray(load_booster(model.text).predict(matrix, pred_contrib=True, num_threads=1))
    return found


def model_reasons(model: Model, states: States) -> list[list[Reason]]:
    """Up to three reasons per state, for the first threshold that is not certain, strongest first."""
    age = states.origin - states.due
    band = first_open_band(age)
    asked = np.flatnonzero(band < len(THRESHOLD_DAYS)).astype(np.int64)
    learnt = np.asarray([*model.learnt_bands, False])[band]
    reasons = [_known(int(a)) for a in age]
    left = np.flatnonzero((band < len(THRESHOLD_DAYS)) & ~learnt).astype(np.int64)
    for unlearnt, other in zip(left.tolist(), baseline_reasons(model.rate, states.take(left)), strict=True):
        reasons[unlearnt] = other
    asked = asked[learnt[asked]]
    matrix = design(states, asked, band[asked], model.rate, model.categories, model.signals)
    found = contributions(model, states, asked, band[asked])
    features = features_with(model.signals)
    groups: dict[str, list[int]] = {}
    for i, feature in enumerate(features):
        if feature.group not in _UNTOLD_GROUPS:
            groups.setdefault(feature.group, []).append(i)
    names = list(groups)
    totals = np.column_stack([found[:, groups[g]].sum(axis=1) for g in names])
    ranked = np.argsort(-np.abs(totals), axis=1, kind="stable")
    for row, i in enumerate(asked.tolist()):
        told = reasons[i]
        for g in ranked[row]:
            if len(told) == REASONS_PER_SCORE or abs(totals[row, g]) < SMALLEST_TOLD:
                break
            columns = groups[names[g]]
            signed = found[row, columns] * np.sign(totals[row, g])
            column = columns[int(np.argmax(signed))]
            feature = features[column]
            if feature.name == "age_days" and told:
                continue
            value: Any = matrix[row, column]
            if feature.unit == "category":
                value = states.text[feature.name][i]
            told.append(
                _reason(feature, value, float(found[row, column]), float(totals[row, g]), TARGETS[band[i]])
            )
    return reasons


def baseline_reasons(rate: CustomerRate, states: States) -> list[list[Reason]]:
    """Reasons of the customer rate: the counts behind it, and how close the threshold is."""
    age = states.origin - states.due
    band = first_open_band(age)
    reasons = []
    asked = np.minimum(band, len(THRESHOLD_DAYS) - 1)
    everyone = np.arange(len(states), dtype=np.int64)
    posterior = rate.posterior(states, everyone, asked)
    odds = rate.log_odds(states, everyone, asked)
    for i in range(len(states)):
        told = _known(int(age[i]))
        j = int(band[i])
        if j < len(THRESHOLD_DAYS):
            target = TARGETS[j]
            mean = rate.mean.get(states.company[i], rate.pooled_mean)[j]
            if mean is None:
                told.append(_fact("no_history", "history", None, "none", target, None))
            else:
                n, s = int(states.count_n[i, j]), int(states.count_s[i, j])
                told_odds = float(logit(np.clip(posterior[i], 1e-4, 1 - 1e-4)))
                own = told_odds - float(logit(np.clip(mean, 1e-4, 1 - 1e-4)))
                if n:
                    reason = _fact(
                        "customer_history", "history", round(float(posterior[i]), 4), "share", target, own
                    )
                    reason |= {"count": n, "late": s}
                    words = {"count": n, "late": s}
                    reason["en"], reason["fr"] = (text.format(**words) for text in FACTS["customer_history"])
                    told.append(reason)
                else:
                    told.append(_fact("portfolio_history", "history", round(mean, 4), "share", target, None))
                shift = float(odds[i]) - told_odds
                if abs(shift) >= SMALLEST_TOLD:
                    left = THRESHOLD_DAYS[j] - int(age[i])
                    told.append(_fact("still_open", "invoice", left, "days", target, shift))
        reasons.append(told[:REASONS_PER_SCORE])
    return reasons


def fact(code: str, group: str, value: Any, unit: str) -> Reason:
    """A reason that is known, not estimated."""
    return _fact(code, group, value, unit, "known", None)


def dated_fact(code: str, group: str, iso_date: str) -> Reason:
    """A known fact with its date."""
    return _fact(code, group, iso_date, "date", "known", None)


def _known(age: int) -> list[Reason]:
    return [fact("past_due", "invoice", age, "days")] if age > 0 else []


def _fact(code: str, group: str, value: Any, unit: str, target: str, contribution: float | None) -> Reason:
    direction = "raises" if contribution is None or contribution > 0 else "lowers"
    english, french = FACTS[code]
    blank = {"late": "", "count": ""}
    return {
        "target": target,
        "group": group,
        "feature": code,
        "value": value,
        "unit": unit,
        "direction": direction,
        "contribution": None if contribution is None else round(contribution, 4),
        "code": code,
        "en": english.format(value=written(value, unit, "en"), **blank),
        "fr": french.format(value=written(value, unit, "fr"), **blank),
    }


def _reason(feature: Feature, value: Any, contribution: float, group: float, target: str) -> Reason:
    is_known = value is not None and not (isinstance(value, float) and np.isnan(value))
    plain: Any = None
    if is_known:
        plain = value if isinstance(value, str) else _plain(float(value), feature.unit)
    english, french = sentence(feature, plain)
    if feature.name == "customer_rate" and plain is not None:
        words = RATE_WORDING[TARGETS.index(target)]
        english, french = (
            t.format(value=written(plain, "share", loc)) for t, loc in zip(words, LOCALES, strict=True)
        )
    return {
        "target": target,
        "group": feature.group,
        "feature": feature.name,
        "value": plain,
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


def _plain(value: float, unit: str) -> float | int | bool:
    if unit == "flag":
        return bool(value)
    if unit in ("days", "count", "months", "weekday", "day", "band") and float(value).is_integer():
        return int(value)
    return round(value, 4 if unit in ("share", "ratio") else 2)


def to_json(reasons: list[Reason]) -> str:
    """Reasons as JSON text, keys sorted so that the same reasons are the same bytes."""
    return json.dumps(reasons, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def wording() -> dict[str, dict[str, str]]:
    """The table of words, feature or fact → language → text with `{value}`."""
    table = {name: {"en": feature.en, "fr": feature.fr} for name, feature in BY_NAME.items()}
    return table | {code: {"en": en, "fr": fr} for code, (en, fr) in FACTS.items()}
