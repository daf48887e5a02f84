"""The model that serves a run: the one at hand, put right, or trained; one call per task."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ml.life import drift, recalibrate, registry
from ml.life.history import cases, judge, said_by
from ml.life.recalibrate import Floats
from ml.life.registry import Package, Pointer, Stored
from ml.life.schedule import Action, Plan, plan, settle
from ml.marts import RiskError
from ml.tables import BACKTEST, SCORE_HISTORY

Recalibrate = Callable[[Package, Floats, Floats, Mapping[str, dt.date]], Package]
#: How each task's model is put right; what is not here is trained anew instead.
RECALIBRATE: Mapping[str, Recalibrate] = {
    "late_payment": recalibrate.late_payment,
    "default": recalibrate.default,
}


@dataclass(frozen=True)
class Served:
    """The model as it was read back from disk, its place, and what the run did about it."""

    package: Package
    stored: Stored
    plan: Plan


def advice(con: duckdb.DuckDBPyConnection, history: pa.Table, pointer: Pointer, seed: int) -> Action:
    """What the serving version's own matured scores ask for: another version's faults are not its own, and what
    it said before it was put right is another version's."""
    own = said_by(history, pointer.task, pointer.version or "")
    if not own.num_rows:
        return "reuse"
    rows = judge(con, own, BACKTEST.empty_table(), seed)
    found = drift.advise(rows, pointer.task, pointer.is_recalibrated)
    return "train" if found == "recalibrate" and pointer.task not in RECALIBRATE else found


def serve(
    con: duckdb.DuckDBPyConnection,
    models_dir: Path,
    task: str,
    as_of: Mapping[str, dt.date],
    interval: str,
    features: Any,
    settings: Any,
    train: Callable[[], Package],
    history: pa.Table | None = None,
    seed: int = 7,
    is_asked: bool = False,
) -> Served:
    """Decide by the calendar and by drift, do it, store it, and read it back with every hash verified.

    Args:
        con: the marts cut at the as-of days (`ml.marts.open_marts`).
        as_of: company → as-of day of the run.
        interval: a key of `ml.life.schedule.INTERVALS`.
        features: what the code at hand declares, JSON; a model made with another declaration is not used.
        settings: the settings that enter the training, JSON; likewise.
        train: gives a new model; `as_of`, `declared` and `settings` are written into its card here.
        history: what earlier runs said (`ml.tables.SCORE_HISTORY`).
        is_asked: a person or a schedule asks for a training.

    Raises:
        RiskError: a file of the serving model was altered, and no training was asked for.
    """
    told = SCORE_HISTORY.empty_table() if history is None else history
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
    todo = plan(
        pointer, serving, as_of, interval, features, settings, advice(con, told, pointer, seed), is_asked
    )
    if serving is not None and package is not None and todo.action == "reuse":
        return Served(package, serving, todo)
    if package is not None and todo.action == "recalibrate":
        y, p = cases(con, said_by(told, task, str(pointer.version)), task)
        made = RECALIBRATE[task](package, y, p, as_of)
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
