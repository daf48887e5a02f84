"""The late-payment model on disk and back: what its champion needs, and nothing of a single customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ml.calibrate import Platt
from ml.lateness.bands import Classifier, CustomerRate, Logistic
from ml.lateness.features import BY_NAME, Encoder
from ml.lateness.hazard import Habit, Hazard
from ml.lateness.model import ENSEMBLE, Lateness
from ml.lateness.rates import Rates
from ml.life.registry import Package

TASK = "late_payment"

#: Feature → where its value comes from, and as of when.
AS_OF: Mapping[str, tuple[str, str]] = {
    "invoice": ("the document, settlements dated up to the day", "la pièce, règlements datés jusqu’au jour"),
    "calendar": ("the document", "la pièce"),
    "history": ("settlements and outcomes dated up to the day", "règlements et issues datés jusqu’au jour"),
    "runs": ("settlements dated up to the day", "règlements datés jusqu’au jour"),
    "delivery": (
        "how the document is sent; documents due 60 days before the last month end",
        "mode d’envoi de la pièce ; pièces échues 60 jours avant la dernière fin de mois",
    ),
    "open_book": (
        "documents and settlements dated up to the day",
        "pièces et règlements datés jusqu’au jour",
    ),
    "activity": ("documents dated up to the day", "pièces datées jusqu’au jour"),
    "events": (
        "the last month end: rejections by date, notices by publication",
        "la dernière fin de mois : rejets à leur date, annonces à leur publication",
    ),
    "customer": ("the customers file", "le fichier des clients"),
    "company": ("registers, by the day of their version", "registres, au jour de leur version"),
    "portfolio": ("outcomes of all customers up to the day", "issues de tous les clients jusqu’au jour"),
    "disputes": ("disputes opened by the day", "litiges ouverts à cette date"),
    "collection": (
        "promises and reminders of the last month end",
        "promesses et relances à la dernière fin de mois",
    ),
    "insurance": ("limits in force at the last month end", "garanties à la dernière fin de mois"),
    "question": ("the threshold asked about", "le seuil demandé"),
}


def declared() -> list[dict[str, Any]]:
    """Every feature that the code offers, as a card names it."""
    return [
        {
            "name": f.name,
            "group": f.group,
            "unit": f.unit,
            "monotone": f.monotone,
            "as_of_source": AS_OF[f.group][0],
            "as_of_source_fr": AS_OF[f.group][1],
            "en": f.en,
            "fr": f.fr,
        }
        for f in BY_NAME.values()
    ]


def to_package(model: Lateness, champion: str, card: Mapping[str, Any]) -> Package:
    """What serving `champion` needs."""
    parts = ENSEMBLE if champion == "ensemble" else (champion,)
    trees = {}
    state: dict[str, Any] = {
        "encoder": {
            "names": list(model.encoder.names),
            "categories": {k: list(v) for k, v in sorted(model.encoder.categories.items())},
            "rates": model.encoder.rates.to_state(),
            "weekdays": list(model.encoder.weekdays),
            "month_days": list(model.encoder.month_days),
        },
        "habit": [None if np.isnan(h) else h for h in model.habit.portfolio],
        "offset": [list(o) for o in model.rate.offset],
        "median": model.median,
        "spread": model.spread,
        "platt": model.platt[champion].to_dict() if champion in model.platt else None,
        "levels": list(model.levels),
        "classifier": None,
        "logistic": None,
    }
    if model.hazard is not None:
        trees["hazard"] = model.hazard.text
    if model.classifier is not None and "classifier" in parts:
        trees["classifier"] = model.classifier.text
        state["classifier"] = {"learnt": list(model.classifier.learnt)}
    if model.logistic is not None and "logistic" in parts:
        state["logistic"] = {
            "centre": list(model.logistic.centre),
            "scale": list(model.logistic.scale),
            "weights": [None if w is None else list(w) for w in model.logistic.weights],
        }
    return Package(task=TASK, champion=champion, state=state, trees=trees, card=card)


def from_package(package: Package) -> tuple[Lateness, str]:
    """The model and the name of its champion."""
    state = package.state
    held = state["encoder"]
    encoder = Encoder(
        tuple(held["names"]),
        held["categories"],
        Rates.from_state(held["rates"]),
        tuple(held["weekdays"]),
        tuple(held["month_days"]),
    )
    habit = Habit(tuple(np.nan if h is None else h for h in state["habit"]))
    rate = CustomerRate(encoder.rates, tuple(tuple(o) for o in state["offset"]))
    classifier = state["classifier"]
    logistic = state["logistic"]
    model = Lateness(
        encoder=encoder,
        habit=habit,
        hazard=Hazard(package.trees["hazard"], encoder, habit) if "hazard" in package.trees else None,
        rate=rate,
        classifier=None
        if classifier is None
        else Classifier(package.trees["classifier"], encoder, rate, tuple(classifier["learnt"])),
        logistic=None
        if logistic is None
        else Logistic(
            encoder,
            rate,
            tuple(logistic["centre"]),
            tuple(logistic["scale"]),
            tuple(None if w is None else tuple(w) for w in logistic["weights"]),
        ),
        median=float(state["median"]),
        spread=float(state["spread"]),
        platt={} if state["platt"] is None else {package.champion: Platt.from_dict(state["platt"])},
        levels=tuple(state["levels"]),
    )
    return model, package.champion
