"""What an API answered, kept by day: snapshots that are only ever added, and what was asked when.

What belongs here: the files under `raw/<source>/snapshots`, which questions are due, what is new in an answer. What
does not: asking (`http`), reading (`pipelines.sources`).

A snapshot `YYYY-MM-DD-<hash>.jsonl` holds a day's new or changed records, one per line. All of them together are all
that was ever answered, so any past state can be rebuilt. An answer that is the one already held makes none.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import IO, Any

from pipelines.clients import Fetched, Request
from pipelines.clients.http import ApiError, ClosedError, as_line
from pipelines.errors import DataError
from pipelines.lake import read_json, sync_folder, write_json

Record = dict[str, Any]


class ChangedError(ApiError):
    """An answer lacks what every answer has: the API's format has changed."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"answers without the field {what}: its format has changed; nothing of that answer is taken, "
            "give the published file instead"
        )


@dataclass(frozen=True)
class Question:
    """One thing to ask. `keys`: the legal units, or the name, that it settles."""

    keys: tuple[str, ...]
    since: date | None = None


class Shelf:
    """The snapshots of one source, open for one run.

    Args:
        group: what a record is about; the records of one group are held or replaced together.
        ignored: fields that tell when the API was built, not what it says: no reason for a new snapshot.
    """

    def __init__(
        self, request: Request, group: Callable[[Record], str], ignored: frozenset[str] = frozenset()
    ) -> None:
        self.say = request.say
        self._folder = request.folder
        self._today = request.today
        self._refresh = timedelta(days=request.api.refresh_days)
        self._group = group
        self._ignored = ignored
        self._folder.mkdir(parents=True, exist_ok=True)
        self._state = self._folder / "state.json"
        state = self._read_state()
        self._files: list[str] = state["files"]
        self._whole: str | None = state["whole"]
        self._asked: dict[str, str] = state["asked"]
        self._last: dict[str, str] = state["last"]
        self._held: dict[str, frozenset[str]] | None = None
        self._taken: set[str] = set()
        self._part: IO[bytes] | None = None
        self._hash = hashlib.sha256()
        self.new_records = 0
        if any(not (self._folder / name).is_file() for name in self._files):
            # What a lost snapshot held is asked for again.
            self._asked, self._last, self._whole = {}, {}, None

    def _read_state(self) -> dict[str, Any]:
        if not self._state.exists():
            return {"files": [], "whole": None, "asked": {}, "last": {}}
        try:
            state = read_json(self._state)
            for day in (*state["asked"].values(), *state["last"].values()):
                date.fromisoformat(day)
            return {key: state[key] for key in ("files", "whole", "asked", "last")}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(
                f"{self._state}: the file is damaged; delete it, and all is asked again."
            ) from error

    def due(self, keys: Iterable[str]) -> list[str]:
        """Those that were never wholly answered, or `refresh_days` ago and more; sorted."""
        return sorted(
            key
            for key in set(keys)
            if key not in self._asked or date.fromisoformat(self._asked[key]) + self._refresh <= self._today
        )

    def last(self, key: str) -> date | None:
        """The day of the last record about a key that was wholly asked."""
        found = self._last.get(key) if key in self._asked else None
        return None if found is None else date.fromisoformat(found)

    def take(self, question: Question, records: Sequence[Record], last: Mapping[str, str]) -> None:
        """Keep the whole answer to a question.

        Args:
            last: key → ISO day of its last record in the answer.
        """
        held = self._holdings()
        groups: dict[str, list[Record]] = {}
        for record in records:
            groups.setdefault(self._group(record), []).append(record)
        for group, members in groups.items():
            digests = frozenset(self._digest(record) for record in members)
            # The first answer of a run stands: two questions may show the same company in different lights.
            is_news = group not in self._taken and held.get(group) != digests
            self._taken.add(group)
            if not is_news:
                continue
            held[group] = digests
            for record in members:
                self._write(as_line(record))
        for key in question.keys:
            self._asked[key] = self._today.isoformat()
            if key in last:
                self._last[key] = max(last[key], self._last.get(key, ""))

    def close(self, *, is_whole: bool) -> None:
        """Put the new snapshot in place, then what was asked."""
        if self._part is not None:
            self._part.flush()
            os.fsync(self._part.fileno())
            self._part.close()
            name = f"{self._today.isoformat()}-{self._hash.hexdigest()[:16]}.jsonl"
            os.chmod(self._part.name, 0o644)
            os.replace(self._part.name, self._folder / name)
            sync_folder(self._folder)
            # A state that comes back on its own day is that day's last.
            self._files = [one for one in self._files if one != name] + [name]
            self._part = None
        if is_whole:
            self._whole = self._today.isoformat()
        write_json(
            self._state,
            {"files": self.names(), "whole": self._whole, "asked": self._asked, "last": self._last},
        )

    def names(self) -> list[str]:
        """Names of the snapshots that are there, in the order they came."""
        there = sorted(path.name for path in self._folder.glob("????-??-??-*.jsonl"))
        return sorted(there, key=lambda name: (name[:10], name not in self._files, self._order(name)))

    def _order(self, name: str) -> int:
        return self._files.index(name) if name in self._files else 0

    def fetched(self, problem: str | None, asked: int) -> Fetched:
        """What there is now."""
        day = self._whole or max(self._asked.values(), default=None)
        return Fetched(
            files=tuple(self._folder / name for name in self.names()),
            day=None if day is None else date.fromisoformat(day),
            problem=problem,
            asked=asked,
            new_records=self.new_records,
        )

    def _write(self, line: str) -> None:
        if self._part is None:
            # Removed by the next run where this one is killed.
            for left in self._folder.glob(".snapshot.*"):
                left.unlink()
            self._part = tempfile.NamedTemporaryFile(dir=self._folder, prefix=".snapshot.", delete=False)  # noqa: SIM115
        data = line.encode() + b"\n"
        self._part.write(data)
        self._hash.update(data)
        self.new_records += 1

    def _holdings(self) -> dict[str, frozenset[str]]:
        """Group → what the last snapshot that has it says of it."""
        if self._held is None:
            self._held = {}
            for name in self.names():
                groups: dict[str, set[str]] = {}
                for record in _records(self._folder / name):
                    groups.setdefault(self._group(record), set()).add(self._digest(record))
                self._held |= {group: frozenset(digests) for group, digests in groups.items()}
        return self._held

    def _digest(self, record: Record) -> str:
        told = {name: value for name, value in record.items() if name not in self._ignored}
        text = json.dumps(told, ensure_ascii=False, sort_keys=True)
        return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _records(path: Path) -> Iterator[Record]:
    with path.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            # As the answer was read: numbers to the letter.
            yield json.loads(line, parse_float=lambda text: f"\ue000{text}\ue001")


def look(
    shelf: Shelf,
    host: str,
    questions: Sequence[Question],
    answer: Callable[[Question], tuple[Sequence[Record], Mapping[str, str]]],
) -> Fetched:
    """Ask every question, keep each whole answer; what fails is asked again by the next run.

    Args:
        answer: a question's records and the last day of each key, or an `ApiError`.
    """
    due = sum(len(question.keys) for question in questions)
    asked = 0
    fault: ApiError | None = None
    try:
        for question in questions:
            shelf.say(f"asking {host}: {asked:,} of {due:,}")
            try:
                records, last = answer(question)
            except (ClosedError, ChangedError) as error:
                fault = error
                break
            except ApiError as error:
                fault = fault or error
            else:
                shelf.take(question, records, last)
                asked += len(question.keys)
    finally:
        shelf.close(is_whole=bool(questions) and asked == due)
    problem = None
    if fault is not None:
        problem = f"{host} {fault}: {due - asked} of {due} questions are left for the next run."
    return shelf.fetched(problem, asked)


__all__ = ["ChangedError", "Question", "Record", "Shelf", "look"]
