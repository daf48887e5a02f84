"""Models on disk: LightGBM text and JSON named by their content, a pointer to the one that serves.

`models/<task>/<version>/` holds `card.json`, `state.json`, one `<name>.txt` per LightGBM model and one
`<name>.table.json` per table of its evaluation; `models/<task>/champion.json` says which version serves, with
all that served before it. The version is the hash of the card, which holds the hash of every other file: the
same data and code give the same version, no clock enters, and a file altered by one byte is refused before
anything parses it. Never pickle.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from ml.marts import RiskError

CARD = "card.json"
STATE = "state.json"
POINTER = "champion.json"
VERSION_LENGTH = 16
#: Parts of a card that are hashed by themselves: a run refuses a model of other features or settings by them,
#: and every score tells them.
HASHED: tuple[str, ...] = ("data", "features", "settings")
_WAY_OUT = "restore it, or train anew with `encours run --train`"
_NAME = re.compile(r"[a-z0-9][a-z0-9_]*")


@dataclass(frozen=True)
class Package:
    """A trained model as plain values, without a file.

    `state`: JSON values, everything fitted beside the trees (preprocessing, calibration, categories), nothing of a
    single customer: a person's erasure does not reach models. `trees`: name → LightGBM model text. `card`: JSON
    values, what a reader needs; it must hold `as_of` (company → ISO date up to which the model has seen), `data`,
    `features` and `settings`, and may hold `declared`: every feature that the code offers, where the model uses
    only some. `tables`: the evaluation it was chosen by.
    """

    task: str
    champion: str
    state: Mapping[str, Any]
    trees: Mapping[str, str]
    card: Mapping[str, Any]
    tables: Mapping[str, pa.Table] = field(default_factory=dict)


@dataclass(frozen=True)
class Stored:
    """Where a model lies. `sha256`: of its card. `hashes`: of the card's data, features and settings."""

    task: str
    champion: str
    version: str
    folder: Path
    sha256: str
    hashes: Mapping[str, str]
    as_of: Mapping[str, str]

    @property
    def seen_until(self) -> dt.date:
        """The last day that any company's data told it of."""
        return max(dt.date.fromisoformat(day) for day in self.as_of.values())


@dataclass(frozen=True)
class Change:
    """One line of a pointer's history, which is only ever added to.

    `action`: `first`, `promoted`, `refitted` and `recalibrated` serve `version` from then on; `kept` judged
    `challenger` and left `version`; `rolled_back` returned to `version`; `pinned` and `unpinned` bind and free it.
    `on`: the as-of day of the run, or the day of the command.
    """

    action: str
    version: str
    sha256: str
    on: str
    challenger: str | None = None
    en: str = ""
    fr: str = ""


SERVING: tuple[str, ...] = ("first", "promoted", "refitted", "recalibrated")


@dataclass(frozen=True)
class Pointer:
    """Which version of a task serves: its history says it all."""

    task: str
    history: tuple[Change, ...] = ()

    @property
    def stack(self) -> tuple[Change, ...]:
        """The changes that brought each version that a rollback can still return to, the serving one last."""
        return self._replayed()[0]

    def _replayed(self) -> tuple[tuple[Change, ...], frozenset[str]]:
        """The stack, and the versions that a person took off it."""
        served: list[Change] = []
        left: set[str] = set()
        for change in self.history:
            if change.action == "rolled_back":
                left.add(served.pop().version)
            elif change.action in SERVING or (
                change.action == "pinned" and change.version != served[-1].version
            ):
                served.append(change)
        return tuple(served), frozenset(left - {change.version for change in served})

    @property
    def version(self) -> str | None:
        """The serving version."""
        return self.stack[-1].version if self.history else None

    @property
    def is_pinned(self) -> bool:
        """A person bound the serving version: no training replaces it. A rollback frees it."""
        marks = [c.action for c in self.history if c.action in ("pinned", "unpinned", "rolled_back")]
        return bool(marks) and marks[-1] == "pinned"

    @property
    def withdrawn(self) -> frozenset[str]:
        """Versions that a person set aside: a training that ends in one of them again does not bring it back."""
        return self._replayed()[1]

    @property
    def last_trained(self) -> dt.date | None:
        """As-of day of the last training, whether or not its model serves."""
        days = [c.on for c in self.history if c.action in ("first", "promoted", "refitted", "kept")]
        return dt.date.fromisoformat(max(days)) if days else None

    @property
    def is_recalibrated(self) -> bool:
        """The serving version was put right after its training."""
        return bool(self.history) and self.stack[-1].action == "recalibrated"

    def add(self, change: Change) -> Pointer:
        """The pointer with one more line."""
        return replace(self, history=(*self.history, change))


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()


def canonical(value: Any) -> bytes:
    """JSON bytes that depend on the value alone: sorted keys, two spaces, one final newline, no NaN."""
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False) + "\n").encode()


def content_hash(value: Any) -> str:
    """Hash of a JSON value: of the features or the settings a model was made with, of the data it saw."""
    return sha256(canonical(value))


# --- models ----------------------------------------------------------------------------------------------------


def save(models_dir: Path, package: Package) -> Stored:
    """Write a model under its content's name; a version that exists already is left as it is.

    Raises:
        RiskError: a name cannot be a file's, or the card lacks a part that every card has.
    """
    for name in (package.task, *package.trees, *package.tables):
        if not _NAME.fullmatch(name):
            raise RiskError(f"{name!r} cannot name a model's file: use small letters, digits and _.")
    missing = [key for key in ("as_of", *HASHED) if key not in package.card]
    if missing:
        raise RiskError(f"The card of a {package.task} model lacks {', '.join(missing)}.")
    files = {STATE: canonical(package.state)}
    files |= {f"{name}.txt": text.encode() for name, text in package.trees.items()}
    files |= {f"{name}.table.json": table_bytes(table) for name, table in package.tables.items()}
    data = canonical(
        {
            **package.card,
            "task": package.task,
            "model": package.champion,
            "hashes": _hashes(package.card),
            "files": {name: sha256(content) for name, content in files.items()},
        }
    )
    digest = sha256(data)
    folder = models_dir / package.task / digest[:VERSION_LENGTH]
    folder.mkdir(parents=True, exist_ok=True)
    # The card comes last: a folder that has one is whole.
    for name, content in (*files.items(), (CARD, data)):
        _write(folder / name, content)
    return _stored(folder, json.loads(data), digest)


def _hashes(card: Mapping[str, Any]) -> dict[str, str]:
    parts = {part: card[part] for part in HASHED} | {"features": card.get("declared", card["features"])}
    return {part: content_hash(value) for part, value in parts.items()}


def _stored(folder: Path, card: Mapping[str, Any], digest: str) -> Stored:
    return Stored(
        task=card["task"],
        champion=card["model"],
        version=folder.name,
        folder=folder,
        sha256=digest,
        hashes=card["hashes"],
        as_of=card["as_of"],
    )


def describe(models_dir: Path, task: str, version: str) -> tuple[Stored, dict[str, Any]]:
    """A stored model's place and card, the card verified against the version's name.

    Raises:
        RiskError: there is no such version, or its card was altered.
    """
    folder = models_dir / task / version
    path = folder / CARD
    if not _NAME.fullmatch(task) or not re.fullmatch(r"[0-9a-f]{16}", version) or not path.is_file():
        raise RiskError(f"There is no model {task}/{version} in {models_dir}.")
    data = path.read_bytes()
    digest = sha256(data)
    if not digest.startswith(version):
        raise RiskError(f"{path} is not the card that was recorded: its hash differs; {_WAY_OUT}.")
    card: dict[str, Any] = json.loads(data)
    if "files" not in card:
        raise RiskError(
            f"{path} was written by an earlier version of Encours, and no run uses it: train anew."
        )
    return _stored(folder, card, digest), card


def load(
    models_dir: Path,
    task: str,
    version: str,
    recorded: str | None = None,
    features: Any = None,
    settings: Any = None,
) -> Package:
    """A stored model, every file's hash verified before it is parsed.

    Args:
        recorded: SHA-256 of the card as the pointer or a manifest holds it; checked where given.
        features: what the code at hand computes, as it would stand in the card; checked where given.
        settings: likewise, the settings that enter the training.

    Raises:
        RiskError: a file is missing or altered, or the model was made with other features or settings.
    """
    stored, card = describe(models_dir, task, version)
    if recorded is not None and stored.sha256 != recorded:
        raise RiskError(f"{stored.folder / CARD} is not the card that was recorded: its hash differs.")
    for part, given in (("features", features), ("settings", settings)):
        if given is not None and content_hash(given) != stored.hashes[part]:
            raise RiskError(
                f"The model {task}/{version} was trained with other {part} than those in use: train anew."
            )
    contents: dict[str, bytes] = {}
    for name, expected in sorted(card["files"].items()):
        path = stored.folder / name
        if not path.is_file():
            raise RiskError(f"{path} is missing, and the model's card names it; {_WAY_OUT}.")
        content = path.read_bytes()
        if sha256(content) != expected:
            raise RiskError(f"{path} is not the file that was recorded: its hash differs; {_WAY_OUT}.")
        contents[name] = content
    return Package(
        task=task,
        champion=stored.champion,
        state=json.loads(contents[STATE]),
        trees={n.removesuffix(".txt"): c.decode() for n, c in contents.items() if n.endswith(".txt")},
        card=card,
        tables={
            n.removesuffix(".table.json"): table_of(c)
            for n, c in contents.items()
            if n.endswith(".table.json")
        },
    )


def versions(models_dir: Path, task: str) -> list[Stored]:
    """The versions on disk, by the day they have seen and then by name.

    Raises:
        RiskError: a card was altered.
    """
    found = [
        describe(models_dir, task, path.parent.name)[0]
        for path in (models_dir / task).glob(f"*/{CARD}")
        # What an earlier version of Encours left is no model to choose from.
        if (path.parent / STATE).is_file()
    ]
    return sorted(found, key=lambda one: (one.seen_until, one.version))


def tasks(models_dir: Path) -> list[str]:
    """Tasks that have a serving model."""
    return sorted(path.parent.name for path in models_dir.glob(f"*/{POINTER}"))


# --- tables of the evaluation ----------------------------------------------------------------------------------


def table_bytes(table: pa.Table) -> bytes:
    """An Arrow table of texts, dates, amounts, numbers and flags as JSON columns with their types."""
    text = pa.table(
        {
            f.name: table.column(f.name).cast(pa.string()) if _as_text(f.type) else table.column(f.name)
            for f in table.schema
        }
    )
    types = [[f.name, str(f.type)] for f in table.schema]
    return (
        json.dumps({"types": types, "columns": text.to_pydict()}, ensure_ascii=False, allow_nan=False) + "\n"
    ).encode()


def table_of(data: bytes) -> pa.Table:
    """The Arrow table that `table_bytes` wrote."""
    told = json.loads(data)
    columns = []
    for name, kind in told["types"]:
        arrow = _type_of(kind)
        values = told["columns"][name]
        columns.append(
            pa.array(values, pa.string()).cast(arrow) if _as_text(arrow) else pa.array(values, arrow)
        )
    return pa.Table.from_arrays(columns, names=[name for name, _ in told["types"]])


def _as_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_date(kind) or pa.types.is_decimal(kind))


def _type_of(name: str) -> pa.DataType:
    """The Arrow type of a name; Arrow itself does not take these two back."""
    if name == "date32[day]":
        return pa.date32()
    if amount := re.fullmatch(r"decimal128\((\d+), (\d+)\)", name):
        return pa.decimal128(int(amount[1]), int(amount[2]))
    return pa.type_for_alias(name)


# --- the pointer -----------------------------------------------------------------------------------------------


def pointer(models_dir: Path, task: str) -> Pointer:
    """Which version serves; without any where none does yet.

    Raises:
        RiskError: the file is no pointer of this task.
    """
    path = models_dir / task / POINTER
    if not path.is_file():
        return Pointer(task)
    try:
        told = json.loads(path.read_bytes())
        found = Pointer(told["task"], tuple(Change(**line) for line in told["history"]))
        if found.task != task or found.version != told["version"]:
            raise ValueError("names another model")
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise RiskError(
            f"{path} cannot be read as the pointer of {task}: restore it, or delete it to begin anew."
        ) from error
    return found


def point(models_dir: Path, moved: Pointer) -> None:
    """Write the pointer in one step: readers see the old one or the new one."""
    told = {
        "task": moved.task,
        "version": moved.version,
        "is_pinned": moved.is_pinned,
        "history": [asdict(change) for change in moved.history],
    }
    _write(models_dir / moved.task / POINTER, canonical(told))


def serve(
    models_dir: Path,
    stored: Stored,
    action: str,
    on: dt.date,
    en: str = "",
    fr: str = "",
    challenger: str | None = None,
) -> Pointer:
    """Record what a training came to: `stored` serves from now on, or with `kept` goes on serving.

    The same line twice is written once: a run that is repeated leaves the same pointer.
    """
    found = pointer(models_dir, stored.task)
    change = Change(action, stored.version, stored.sha256, on.isoformat(), challenger, en, fr)
    if change in found.history:
        return found
    moved = found.add(change)
    point(models_dir, moved)
    return moved


def incumbent(models_dir: Path, task: str, as_of: Mapping[str, dt.date] | None = None) -> str | None:
    """The name of the candidate that serves a task; None where none does yet, or its card was altered, or it has
    seen a later day than one of `as_of`: a run that looks back chooses as if it were then."""
    version = pointer(models_dir, task).version
    if version is None:
        return None
    try:
        stored, _ = describe(models_dir, task, version)
    except RiskError:
        return None
    seen = {company: dt.date.fromisoformat(day) for company, day in stored.as_of.items()}
    looks_back = any(seen[company] > day for company, day in (as_of or {}).items() if company in seen)
    return None if looks_back else stored.champion


def rollback(models_dir: Path, task: str, on: dt.date) -> Pointer:
    """Return to the version that served before: one pointer moves, nothing is deleted.

    Raises:
        RiskError: nothing served before, or its files were altered.
    """
    found = pointer(models_dir, task)
    if len(found.stack) < 2:
        raise RiskError(f"{task}: no version served before this one, so there is nothing to return to.")
    leaving, before = found.stack[-1], found.stack[-2]
    load(models_dir, task, before.version, before.sha256)
    moved = found.add(
        Change(
            "rolled_back",
            before.version,
            before.sha256,
            on.isoformat(),
            en=f"Returned from {leaving.version} by hand.",
            fr=f"Retour depuis {leaving.version}, à la main.",
        )
    )
    point(models_dir, moved)
    return moved


def pin(models_dir: Path, task: str, version: str | None, on: dt.date) -> Pointer:
    """Bind a version (the serving one where None is given) until `unpin`: no training replaces it."""
    found = pointer(models_dir, task)
    if found.version is None:
        raise RiskError(f"{task}: no model serves yet, so none can be pinned.")
    chosen = version or found.version
    stored, _ = describe(models_dir, task, chosen)
    load(models_dir, task, chosen, stored.sha256)
    moved = found.add(
        Change("pinned", chosen, stored.sha256, on.isoformat(), en="Pinned by hand.", fr="Épinglé à la main.")
    )
    point(models_dir, moved)
    return moved


def unpin(models_dir: Path, task: str, on: dt.date) -> Pointer:
    """Free the serving version for the next training."""
    found = pointer(models_dir, task)
    if not found.is_pinned:
        raise RiskError(f"{task}: no version is pinned.")
    serving = found.stack[-1]
    moved = found.add(
        Change(
            "unpinned",
            serving.version,
            serving.sha256,
            on.isoformat(),
            en="Unpinned by hand.",
            fr="Libéré à la main.",
        )
    )
    point(models_dir, moved)
    return moved


def _write(path: Path, data: bytes) -> None:
    """Write a file in one step; what is there already with the same bytes is left alone."""
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(temporary, path)
