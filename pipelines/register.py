"""The register: which versions of a table were landed, and when. It only ever grows.

What belongs here: the record of each arrival, what is new against it, the moments that arrivals add up to. What does
not: reading a version (`pipelines.feeds`), what its rows come to (`pipelines.book`).

The day of a first landing is recorded here, and is data from then on: nothing else in a run asks what day it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipelines.lake import read_json, write_json
from pipelines.sources.canonical import Contains

QUERY = ":query"
"""Stands where a file's path would, for the result of a query."""


@dataclass(frozen=True)
class Item:
    """One version as it was found: where, which content, the day that its file's name tells (None: none)."""

    path: str
    sha256: str
    day: str | None = None


@dataclass(frozen=True)
class Moment:
    """Versions that speak together of one day.

    Attributes:
        is_declared: the files' names tell the day; else it is the day of their landing.
        number: of the arrival, which tells moments of one day apart.
    """

    day: date
    is_declared: bool
    number: int
    sha256s: tuple[str, ...]


class Register:
    """The arrivals of one table, in their order.

    Attributes:
        texts: content → its rows as texts, and how they were read when they came.
        cursor: of a query, with the hash of its text; None before any.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.arrivals: list[dict[str, Any]] = []
        self.texts: dict[str, dict[str, Any]] = {}
        self.cursor: dict[str, str] | None = None
        self._present: dict[str, Item] = {}
        self._last: dict[str, str] = {}
        self._unsaved: dict[str, Any] | None = None
        for path in sorted(folder.glob("*.json")):
            self._take(read_json(path))

    def _take(self, arrival: dict[str, Any]) -> None:
        self.arrivals.append(arrival)
        self.texts |= arrival["texts"]
        self.cursor = arrival["cursor"] or self.cursor
        for path in arrival["gone"]:
            del self._present[path]
        for one in arrival["came"]:
            item = Item(**one)
            self._present[item.path] = item
            self._last[item.path] = item.sha256

    def came(self, found: Sequence[Item], contains: Contains) -> list[Item]:
        """What is new among the versions that are there now.

        The same content under another name is not new; a file that returns to an earlier content is.
        """
        known = {(item.sha256, item.day) for arrival in self.arrivals for item in _items(arrival)}
        new = {
            (item.sha256, item.day): item
            for item in sorted(found, key=lambda item: item.path)
            if self._last.get(item.path, "") != item.sha256
            and (item.path in self._last or (item.sha256, item.day) not in known)
        }
        if contains is Contains.CHANGES:
            return list(new.values())
        here = {(item.sha256, item.day) for item in self._present.values()}
        if {(item.sha256, item.day) for item in found} == here:
            return []
        return [item for item in found if self._present.get(item.path) != item]

    def gone(self, found: Sequence[Item], contains: Contains) -> list[str]:
        """Paths that are no longer there. Where each version counts for ever it does not matter."""
        if contains is not Contains.EVERYTHING:
            return []
        return sorted(self._present.keys() - {item.path for item in found})

    def record(
        self,
        landed_on: date,
        came: Sequence[Item],
        gone: Sequence[str],
        texts: Mapping[str, dict[str, Any]],
        cursor: dict[str, str] | None = None,
    ) -> None:
        """Take in one arrival; nothing where nothing arrived. It is written by `save`, once it is known to be sound."""
        if not (came or gone or texts or cursor):
            return
        number = len(self.arrivals) + 1
        arrival = {
            "number": number,
            "landed_on": landed_on.isoformat(),
            "came": [asdict(item) for item in came],
            "gone": list(gone),
            "texts": dict(texts),
            "cursor": cursor,
        }
        self._take(arrival)
        self._unsaved = arrival

    def save(self) -> None:
        """Write the arrival taken in last."""
        if self._unsaved is not None:
            write_json(self.folder / f"{self._unsaved['number']:06d}.json", self._unsaved)
            self._unsaved = None

    def moments(self, contains: Contains, ignored: Sequence[str]) -> list[Moment]:
        """Every moment whose versions count, by day and then by arrival.

        Changes: what came together. Else, the files that were there together: those of one day by their names, or
        all that bear none.
        """
        found: list[Moment] = []
        present: dict[str, Item] = {}
        for arrival in self.arrivals:
            came = _items(arrival)
            present = {path: item for path, item in present.items() if path not in arrival["gone"]}
            present |= {item.path: item for item in came}
            days = {item.day for item in came} | ({None} if arrival["gone"] else set())
            together = came if contains is Contains.CHANGES else list(present.values())
            for day in sorted(days, key=str):
                hashes = sorted({item.sha256 for item in together if item.day == day})
                kept = tuple(one for one in hashes if not one.startswith(tuple(ignored)))
                if kept:
                    spoken = date.fromisoformat(day or arrival["landed_on"])
                    found.append(Moment(spoken, day is not None, arrival["number"], kept))
        found.sort(key=lambda moment: (moment.day, moment.number))
        if contains is Contains.EVERYTHING:
            # An export taken out of the folder again: the one before it is the last.
            last = max((item.day for item in present.values() if item.day), default=None)
            found = [m for m in found if not m.is_declared or (last and m.day.isoformat() <= last)]
        return found

    def file_names(self) -> dict[str, str]:
        """Content → the name of its file, or the key of its query."""
        return {sha256: str(entry["file_name"]) for sha256, entry in self.texts.items()}

    def landed_on(self) -> date | None:
        """The day of the last arrival that brought a version."""
        days = [arrival["landed_on"] for arrival in self.arrivals if arrival["came"]]
        return date.fromisoformat(days[-1]) if days else None


def _items(arrival: Mapping[str, Any]) -> list[Item]:
    return [Item(**one) for one in arrival["came"]]
