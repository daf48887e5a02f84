"""The model that serves a run: the one at hand, put right, or trained; one call per task."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ml.life import registry
from ml.life.registry import Package, Stored
from ml.life.schedule import Action, Plan, plan, settle
from ml.marts import RiskError


@dataclass(frozen=True)
class Served:
    """The model as it was read back from disk, its place, and what the run did about it."""

    package: Package
    stored: Stored
    plan: Plan


def serve(
    models_dir: Path,
    task: str,
    as_of: Mapping[str, dt.date],
    interval: str,
    features: Any,
    settings: Any,
    train: Callable[[], Package],
    recalibrate: Callable[[Package], Package] | None = None,
    advice: Action = "reuse",
    is_asked: bool = False,
) -> Served:
    """Decide by the calendar and by drift, do it, store it, and read it back with every hash verified.

    Args:
        as_of: company → as-of day of the run.
        interval: a key of `ml.life.schedule.INTERVALS`.
        features: what the code at hand declares, JSON; a model made with another declaration is not used.
        settings: the settings that enter the training, JSON; likewise.
        train: gives a new model; `as_of`, `declared` and `settings` are written into its card here.
        recalibrate: gives the serving model put right (`ml.life.recalibrate`); None: it is trained instead.
        advice, is_asked: as for `ml.life.schedule.plan`.

    Raises:
        RiskError: a file of the serving model was altered, and no training was asked for.
    """
    pointer = registry.pointer(models_dir, task)
    serving: Stored | None = None
    package: Package | None = None
    if pointer.version is not None:
        try:
            serving, _ = registry.describe(models_dir, task, pointer.version)
            package = registry.load(models_dir, task, pointer.version, pointer.stack[-1].sha256)
        except RiskError:
            if not is_asked:
                raise
            serving = None
    todo = plan(pointer, serving, as_of, interval, features, settings, advice, is_asked)
    if todo.action == "recalibrate" and recalibrate is None:
        todo = replace(todo, action="train")
    if serving is not None and package is not None and todo.action == "reuse":
        return Served(package, serving, todo)
    if package is not None and recalibrate is not None and todo.action == "recalibrate":
        made = recalibrate(package)
    else:
        made = train()
    days = {company: day.isoformat() for company, day in sorted(as_of.items())}
    card = {**made.card, "as_of": days, "declared": features, "settings": settings}
    why = made.card.get("champion")
    grounds = (str(why.get("en", "")), str(why.get("fr", ""))) if isinstance(why, Mapping) else ("", "")
    stored = settle(
        models_dir,
        replace(made, card=card),
        todo,
        max(as_of.values()),
        f"{todo.en} {grounds[0]}".rstrip(),
        f"{todo.fr} {grounds[1]}".rstrip(),
    )
    return Served(
        registry.load(models_dir, task, stored.version, stored.sha256, features, settings), stored, todo
    )
