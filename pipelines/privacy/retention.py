"""How long what may hold persons' data is kept: what a run removes at its end, and says.

What belongs here: superseded versions of public data, refused rows that no run counts any more. What does not:
releases (`pipelines.release.prune`), ledgers, sub-ledgers and their evidence: the law asks for ten years.

Nothing that the next run reads from the configured files is removed: a version whose file is still there counts as
long as it is. A release, pinned or not, holds its own tables and loses nothing. What a version's removal costs: runs
to come no longer know what the register said on days before the next version; the oldest one that is left then holds
from the beginning.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pipelines.company_sources import SOURCES
from pipelines.config import Settings
from pipelines.lake import Workspace, read_json, write_json


def apply(settings: Settings, workspace: Workspace, today: date) -> list[str]:
    """Remove what is older than the configuration allows.

    Returns:
        a sentence for each kind of thing that was removed.
    """
    told = []
    if settings.privacy.external_months is not None:
        limit = months_before(today, settings.privacy.external_months)
        for name in SOURCES:
            if days := _drop_versions(settings, workspace, name, limit):
                told.append(
                    f"{len(days)} {'version' if len(days) == 1 else 'versions'} of {name} of "
                    f"{min(days)} to {max(days)} removed: what it said before the next one is no longer known"
                )
    if settings.privacy.quarantine_months is not None:
        limit = months_before(today, settings.privacy.quarantine_months)
        if count := _drop_refused(workspace, limit):
            told.append(
                f"{count} {'file' if count == 1 else 'files'} of refused rows removed that no run counts"
            )
    return told


def months_before(day: date, months: int) -> date:
    """The same day some months earlier; the last of the month where it has no such day."""
    index = day.year * 12 + day.month - 1 - months
    first = date(index // 12, index % 12 + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def _drop_versions(settings: Settings, workspace: Workspace, name: str, limit: date) -> list[str]:
    """Versions of one source that a later one of the same tables supersedes, older than the limit; their days."""
    place = workspace.raw / "register" / "external" / f"{name}.json"
    if not place.exists():
        return []
    known = read_json(place)
    versions: list[dict[str, Any]] = known["versions"]
    given = settings.external.get(name)
    there = (
        {path.name for one in given.inputs for path in settings.files(one)}
        if given and given.api is None
        else set()
    )
    latest: dict[str, tuple[str, int]] = {}
    for one in versions:
        for table in one["record"]["tables"]:
            latest[table] = max(latest.get(table, ("", 0)), (one["day"], one["number"]))
    snapshots = workspace.raw / name / "snapshots"
    # Snapshots hold what is new alone: an old one still holds what was never told again.
    gone = [
        one
        for one in versions
        if date.fromisoformat(one["day"]) < limit
        and one["record"]["file_name"] not in there
        and not (snapshots / one["record"]["file_name"]).exists()
        and all(latest[table] > (one["day"], one["number"]) for table in one["record"]["tables"])
    ]
    gone += [one for one in _superseded_snapshots(versions, snapshots, limit) if one not in gone]
    if not gone:
        return []
    kept = [one for one in versions if one not in gone]
    write_json(place, {**known, "versions": kept})
    used = {path for one in kept for path in _places(workspace, one)}
    for one in gone:
        for path in _places(workspace, one):
            if path not in used:
                path.unlink(missing_ok=True)
        (snapshots / one["record"]["file_name"]).unlink(missing_ok=True)
    _forget_snapshots(snapshots)
    return sorted(one["day"] for one in gone)


def _superseded_snapshots(
    versions: list[dict[str, Any]], snapshots: Path, limit: date
) -> list[dict[str, Any]]:
    """Snapshots older than the limit all of whose records a later snapshot tells anew."""
    import json

    files = sorted(path.name for path in snapshots.glob("????-??-??-*.jsonl"))
    later: set[str] = set()
    superseded = []
    for name in reversed(files):
        with (snapshots / name).open(encoding="utf-8") as lines:
            keys = {_key(json.loads(line)) for line in lines}
        if date.fromisoformat(name[:10]) < limit and keys <= later:
            superseded.append(name)
        later |= keys
    return [one for one in versions if one["record"]["file_name"] in superseded]


def _key(record: dict[str, Any]) -> str:
    """What a record of a snapshot is about: a notice, a unit, accounts of a unit."""
    told = [record.get(name) for name in ("id", "siren", "date_cloture_exercice", "type_bilan")]
    return "|".join(str(one) for one in told if one is not None)


def _forget_snapshots(snapshots: Path) -> None:
    """Take files that are gone out of the state of a client, which would ask for what they held again."""
    state = snapshots / "state.json"
    if state.exists():
        known = read_json(state)
        write_json(
            state, {**known, "files": [name for name in known["files"] if (snapshots / name).exists()]}
        )


def _places(workspace: Workspace, version: dict[str, Any]) -> list[Path]:
    record = version["record"]
    places = [workspace.root / place for place in (*record["tables"].values(), record["rejects"]) if place]
    first = next(iter(record["tables"]), None)
    if first:
        main = workspace.root / record["tables"][first]
        places.append(main.with_name(main.name.removesuffix(f"-{first}.parquet") + ".json"))
    return places


def _drop_refused(workspace: Workspace, limit: date) -> int:
    """Refused rows of files that no landing counts any more, older than the limit."""
    used = {
        (workspace.root / place).resolve()
        for path in (*workspace.landing_state.glob("*.json"), *workspace.raw.glob("register/**/*.json"))
        for place in _named(read_json(path), "rejects")
    }
    count = 0
    for path in sorted(workspace.quarantine.rglob("*.parquet")):
        if path.resolve() not in used and date.fromtimestamp(path.stat().st_mtime) < limit:  # noqa: DTZ012
            path.unlink()
            count += 1
    return count


def _named(value: Any, name: str) -> list[str]:
    """Every text under a key, at any depth."""
    if isinstance(value, list):
        return [found for one in value for found in _named(one, name)]
    if not isinstance(value, dict):
        return []
    own = [value[name]] if isinstance(value.get(name), str) else []
    return own + [found for one in value.values() for found in _named(one, name)]


__all__ = ["apply", "months_before"]
