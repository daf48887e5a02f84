"""The models of a workspace: listing them, moving the pointer to the one that serves, what earlier runs said.

What belongs here: the commands `encours models …`, and finding the scores that the next run judges. What does not:
how a model is stored and when it is replaced (`ml.life`), asset checks (`pipelines.defs.models`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import DataError, UsageError
from pipelines.lake import Workspace, quoted, run_lock
from pipelines.release import MANIFEST, WAREHOUSE

if TYPE_CHECKING:
    from ml.life.registry import Pointer


@contextlib.contextmanager
def told() -> Iterator[None]:
    """A refusal of `ml` as one that the command line shows: one sentence."""
    from ml.marts import RiskError

    try:
        yield
    except RiskError as error:
        raise DataError(str(error)) from error


def _task(workspace: Workspace, task: str) -> str:
    from ml.life import registry

    known = registry.tasks(workspace.models)
    if task not in known:
        raise UsageError(
            f"{task}: no model of that name serves; known: {', '.join(known)}."
            if known
            else f"{workspace.models}: no model serves yet; run `encours run` first."
        )
    return task


def listed(workspace: Workspace) -> list[dict[str, Any]]:
    """Every version of every task that has a serving one, the oldest first; `is_serving` marks it."""
    from ml.life import registry

    with told():
        if not registry.tasks(workspace.models):
            raise UsageError(f"{workspace.models}: no model serves yet; run `encours run` first.")
        rows = []
        for task in registry.tasks(workspace.models):
            found = registry.pointer(workspace.models, task)
            for one in registry.versions(workspace.models, task):
                is_serving = one.version == found.version
                rows.append(
                    {
                        "task": task,
                        "version": one.version,
                        "champion": one.champion,
                        "as_of": one.seen_until.isoformat(),
                        "is_serving": is_serving,
                        "is_pinned": is_serving and found.is_pinned,
                        "is_withdrawn": one.version in found.withdrawn,
                    }
                )
        return rows


def shown(workspace: Workspace, task: str, version: str | None = None) -> tuple[dict[str, Any], Pointer]:
    """The card of a version (the serving one by default), all its files verified, and the task's pointer."""
    from ml.life import registry

    with told():
        found = registry.pointer(workspace.models, _task(workspace, task))
        chosen = version or str(found.version)
        recorded = next((c.sha256 for c in found.stack if c.version == chosen), None)
        return dict(registry.load(workspace.models, task, chosen, recorded).card), found


def moved(workspace: Workspace, step: str, task: str, today: date, version: str | None = None) -> Pointer:
    """Roll back, pin or unpin, while no run is going.

    Raises:
        DataError: the registry refused; the pointer is as it was.
        UsageError: no such task, or a run is going.
    """
    from ml.life import registry

    with run_lock(workspace), told():
        _task(workspace, task)
        if step == "pin":
            return registry.pin(workspace.models, task, version, today)
        steps = {"rollback": registry.rollback, "unpin": registry.unpin}
        return steps[step](workspace.models, task, today)


def earlier_scores(workspace: Workspace, as_of: date, into: Path) -> Path | None:
    """What the releases up to a day said, as Parquet: `ml.score_history` of the last that has one.

    Each release hands on what the ones before it said, so one holds them all. A release of a later day is not
    asked: a run that looks back knows nothing of it.
    """
    import duckdb

    from pipelines.lake import read_json

    if not workspace.releases.is_dir():
        return None
    folders = [
        (folder.name[:10], read_json(folder / MANIFEST)["sequence"], folder)
        for folder in workspace.releases.glob("[!.]*")
        if folder.is_dir() and folder.name[:10] <= as_of.isoformat()
    ]
    for _, _, folder in sorted(folders, reverse=True):
        if "ml.score_history" in read_json(folder / MANIFEST)["tables"]:
            with duckdb.connect() as connection:
                connection.execute(f"attach {quoted(folder / WAREHOUSE)} as earlier (read_only)")
                connection.execute(
                    f"copy (from earlier.ml.score_history order by all) to {quoted(into)} (format parquet)"
                )
            return into
    return None
