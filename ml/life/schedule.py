"""Whether a run trains, recalibrates or goes on with the model that serves.

The calendar is the as-of day's, never the clock's: a run on the same data decides the same. A model that has
seen a later day than the run's as-of day would tell the past its future, so such a run trains for itself and
leaves the pointer alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ml.life import registry
from ml.life.registry import Package, Pointer, Stored, content_hash

Action = Literal["train", "recalibrate", "reuse"]

#: Months between two trainings; None: only where no model can serve.
INTERVALS: Mapping[str, int | None] = {"monthly": 1, "quarterly": 3, "never": None}


@dataclass(frozen=True)
class Plan:
    """What a run does about one task's model, and why.

    `moves_pointer`: what comes out of the training may serve later runs; False for a run that looks back.
    """

    action: Action
    code: str
    en: str
    fr: str
    moves_pointer: bool = True


def plan(
    pointer: Pointer,
    serving: Stored | None,
    as_of: Mapping[str, dt.date],
    interval: str,
    features: Any,
    settings: Any,
    advice: Action = "reuse",
    is_asked: bool = False,
) -> Plan:
    """What to do at the as-of days.

    Args:
        serving: the pointer's version as `registry.describe` found it, None where none serves yet.
        as_of: company → as-of day of the run.
        interval: a key of `INTERVALS`.
        features, settings: as they would stand in a new model's card.
        advice: what drift asks for (`ml.life.drift.advise`).
        is_asked: a person or a schedule asks for a training.
    """
    if serving is None:
        return Plan("train", "first", "First training.", "Premier entraînement.")
    seen = {company: dt.date.fromisoformat(day) for company, day in serving.as_of.items()}
    if any(seen[company] > day for company, day in as_of.items() if company in seen):
        return Plan(
            "train",
            "looks_back",
            "Trained for this as-of day alone: the serving model has seen later data.",
            "Entraîné pour cet arrêté seul : le modèle en service a vu des données postérieures.",
            moves_pointer=False,
        )
    for part, given, words in (
        ("features", features, ("features", "variables")),
        ("settings", settings, ("settings", "réglages")),
    ):
        if content_hash(given) != serving.hashes[part]:
            # Not even a pin can make a model serve that the code at hand cannot feed.
            return Plan(
                "train",
                f"other_{part}",
                f"The model before was trained with other {words[0]} than those in use.",
                f"Le modèle précédent avait été entraîné avec d’autres {words[1]}.",
            )
    if pointer.is_pinned:
        return Plan(
            "reuse", "pinned", "A person pinned this version.", "Cette version a été épinglée à la main."
        )
    if is_asked:
        return Plan("train", "asked", "A training was asked for.", "Un entraînement a été demandé.")
    strangers = sorted(set(as_of) - set(seen))
    if strangers:
        return Plan(
            "train",
            "new_company",
            f"The model before had not seen company {strangers[0]}.",
            f"Le modèle précédent n’avait pas vu la société {strangers[0]}.",
        )
    months = INTERVALS[interval]
    last = pointer.last_trained or serving.seen_until
    if months is not None and _month(max(as_of.values())) - _month(last) >= months:
        return Plan(
            "train",
            "due",
            f"The last training dates from {last}, and the next was due ({interval}).",
            f"Le dernier entraînement date du {last} ; le suivant était dû.",
        )
    if advice == "train":
        return Plan(
            "train",
            "drift",
            "Drift goes on after a recalibration: the model is trained anew.",
            "La dérive persiste après un recalibrage : le modèle est entraîné à nouveau.",
        )
    if advice == "recalibrate":
        return Plan(
            "recalibrate",
            "drift",
            "Probabilities have drifted from what happened: they are recalibrated, the trees stay.",
            "Les probabilités s’écartent de ce qui est arrivé : recalibrage, les arbres restent.",
        )
    return Plan(
        "reuse",
        "in_time",
        f"The serving model was trained on {last}; the next training is not due.",
        f"Le modèle en service date du {last} ; le prochain entraînement n’est pas dû.",
    )


def settle(
    models_dir: Path, package: Package, made_by: Plan, on: dt.date, en: str = "", fr: str = ""
) -> Stored:
    """Store what a training or a recalibration made and, unless the run looks back, let it serve.

    A version that a person rolled back from stays aside: the serving one is returned. `on`: the run's last as-of
    day; `en`, `fr`: why, for the history.
    """
    made = registry.save(models_dir, package)
    found = registry.pointer(models_dir, made.task)
    if not made_by.moves_pointer or made.version == found.version:
        return made
    if made.version in found.withdrawn:
        serving = registry.describe(models_dir, made.task, found.stack[-1].version)[0]
        registry.serve(
            models_dir,
            serving,
            "kept",
            on,
            f"{made.version} was rolled back from by hand and stays aside.",
            f"{made.version} a été écarté à la main et le reste.",
            made.version,
        )
        return serving
    if found.version is None:
        action = "first"
    elif made_by.action == "recalibrate":
        action = "recalibrated"
    else:
        action = "refitted" if registry.incumbent(models_dir, made.task) == made.champion else "promoted"
    registry.serve(models_dir, made, action, on, en, fr)
    return made


def _month(day: dt.date) -> int:
    return day.year * 12 + day.month
