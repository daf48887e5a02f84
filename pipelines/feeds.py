"""Tables that arrive again and again: landing what is new of them, and what counts of it in a run.

What belongs here: which tables of sub-ledgers and events are configured, looking at their files and queries, the
records of the versions that count. What does not: reading a file or a query (`pipelines.sources`), the register of
versions (`pipelines.register`), what they add up to (`pipelines.book`), the layout of a run (`pipelines.defs.ingest`).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.book import Parsed, Step, fold
from pipelines.config import Settings
from pipelines.errors import DataError, EncoursError, UsageError
from pipelines.lake import Workspace, canonical_json, read_json, sha256_file, sha256_text, write_json
from pipelines.register import QUERY, Item, Moment, Register
from pipelines.sources.canonical import (
    DUCKDB_TYPES,
    EVENTS,
    SUBLEDGER,
    TABLES,
    Contains,
    Table,
    TableInput,
    TableSpec,
)
from pipelines.sources.open_data import LandedFile

if TYPE_CHECKING:
    from pipelines.sources.table_files import TextTable

PLACE = {"source_id": "VARCHAR", "file_name": "VARCHAR", "line_number": "BIGINT", "known_on": "DATE"}
"""Where a row of a run comes from: the version it stands in, and the day that version speaks of."""
OPEN_AMOUNTS = {
    "company_id": "VARCHAR", "ledger_name": "VARCHAR", "invoice_id": "VARCHAR", "known_on": "DATE",
    "open_amount": "DECIMAL(18,2)",
}  # fmt: skip
CORRECTED_ROWS = {
    "company_id": "VARCHAR", "ledger_name": "VARCHAR", "table_name": "VARCHAR", "row_key": "VARCHAR",
    "column_name": "VARCHAR", "old_value": "VARCHAR", "new_value": "VARCHAR", "known_on": "DATE",
    "replaced_on": "DATE", "file_name": "VARCHAR",
}  # fmt: skip
_OF_A_VERSION = ("updated_at", "is_cancelled", "snapshot_date", "rate_id")


def run_columns(table: Table) -> dict[str, str]:
    """The canonical columns of a table that a run reads, with their types: without what only tells versions apart."""
    return {
        name: DUCKDB_TYPES[column.kind] for name, column in table.columns.items() if name not in _OF_A_VERSION
    }


SUBLEDGER_INPUTS = {
    f"subledger_{name}": (
        table.description,
        {"company_id": "VARCHAR", "ledger_name": "VARCHAR", **PLACE, **run_columns(table)},
    )
    for name, table in SUBLEDGER.items()
}
EVENT_INPUTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    f"events_{name}": (table.description, {"company_id": "VARCHAR", **PLACE, **run_columns(table)})
    for name, table in EVENTS.items()
}
"""Table of a run → (what a row is, its columns and DuckDB types)."""


# --- what is configured --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Feed:
    """One table of one company that arrives again and again. `ledger_name` is None for events."""

    source: str
    company_id: str
    ledger_name: str | None
    given: TableInput

    @property
    def spec(self) -> TableSpec:
        """How it is read."""
        return self.given.spec

    @property
    def place(self) -> str:
        """Its folder under `raw/`, `raw/register/`, `quarantine/` and `states/`."""
        parts = [self.source, self.company_id, self.ledger_name, self.spec.table]
        return "/".join(part for part in parts if part)


def feeds_of(settings: Settings, source: str) -> Iterator[Feed]:
    """The tables of `subledger` or `events`, company by company, in the order they are declared in."""
    for company in settings.companies:
        if source == "events":
            named: list[tuple[str | None, Mapping[str, TableInput]]] = [(None, company.events)]
        else:
            named = [(ledger.name, ledger.tables) for ledger in company.subledgers]
        for ledger_name, tables in named:
            for name in TABLES:
                if name in tables:
                    yield Feed(source, company.company_id, ledger_name, tables[name])


# --- landing -------------------------------------------------------------------------------------------------------


@dataclass
class _Found:
    """What a look at a table's source gave: versions there now, the texts of those not read before, refusals."""

    items: list[Item] = field(default_factory=list)
    texts: dict[str, dict[str, Any]] = field(default_factory=dict)
    cursor: dict[str, str] | None = None
    refusals: list[EncoursError] = field(default_factory=list)
    seen: dict[str, list[Any]] = field(default_factory=dict)


def land_feed(
    feed: Feed, settings: Settings, workspace: Workspace, today: date
) -> tuple[list[dict[str, Any]], list[EncoursError]]:
    """Land what is new of a table and bring its state up to date.

    Args:
        today: becomes the day of what is landed now for the first time.

    Returns:
        a record per version that counts, as `landing.land` gives them, each with `book`: the place of what the
        versions add up to; and the refusals. Where there is one nothing new of this table was registered.
    """
    register = Register(workspace.raw / "register" / feed.place)
    contains = feed.spec.contains
    look = _look_at_query if feed.given.query else _look_at_files
    try:
        found = look(feed, settings, workspace, register)
        if found.refusals:
            return [], found.refusals
        register.record(
            today,
            register.came(found.items, contains),
            register.gone(found.items, contains),
            found.texts,
            found.cursor,
        )
        records = _records(feed, workspace, register, {item.sha256 for item in found.items})
        register.save()
        write_json(_seen_file(workspace, feed), found.seen)
        return records, []
    except EncoursError as error:
        return [], [error]


def _look_at_query(feed: Feed, settings: Settings, workspace: Workspace, register: Register) -> _Found:
    """Run the query, from the last cursor on; a result without rows changes nothing where it gives changes."""
    from pipelines.sources.table_query import read_query

    assert feed.given.query is not None
    query = sha256_text(feed.given.query)
    known = register.cursor
    # Another query begins at the beginning: what it selects was not selected before.
    since = known["value"] if known and known["query_sha256"] == query else None
    text, value = read_query(feed.given, since, _texts(workspace, feed))
    found = _Found()
    if feed.spec.contains is Contains.CHANGES and not text.rows:
        return found
    found.items.append(Item(QUERY, text.sha256))
    if text.sha256 not in register.texts:
        found.texts[text.sha256] = _text_entry(feed, workspace, text)
    if feed.given.cursor and value is not None and value != since:
        found.cursor = {"value": value, "query_sha256": query}
    return found


def _look_at_files(feed: Feed, settings: Settings, workspace: Workspace, register: Register) -> _Found:
    """The files that are there now. One that was read before and has not been touched is not opened."""
    from pipelines.sources.table_files import read_table_file

    found = _Found()
    try:
        paths = settings.files(feed.given)
    except UsageError:
        # What was landed counts though its file has been put away.
        if feed.spec.contains is Contains.EVERYTHING or not register.arrivals:
            raise
        paths = []
    seen_file = _seen_file(workspace, feed)
    seen = read_json(seen_file) if seen_file.exists() else {}
    reading = _reading(feed.spec)
    for path in paths:
        try:
            place = os.path.relpath(path, settings.root)
            stat = path.stat()
            touched = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
            known = seen.get(place)
            sha256 = known[1] if known and known[0] == touched else sha256_file(path)
            if register.texts.get(sha256, {}).get("reading") != reading and sha256 not in found.texts:
                text = read_table_file(path, feed.spec, _texts(workspace, feed))
                found.texts[sha256] = _text_entry(feed, workspace, text)
            found.items.append(Item(place, sha256, day_in_name(feed.given, path.name)))
            found.seen[place] = [touched, sha256]
        except EncoursError as error:
            found.refusals.append(error)
    undated = {item.sha256 for item in found.items if item.day is None}
    if feed.spec.contains is Contains.OPEN_ITEMS and len(undated) > 1 and not _tells_days(found, register):
        raise UsageError(
            f"{feed.spec.where}: {len(undated)} files of open items are there and no name tells its day; add "
            "snapshot_date: '%Y-%m-%d', the format of the day in their names, or keep the last file alone."
        )
    return found


def _tells_days(found: _Found, register: Register) -> bool:
    """Whether every version's rows bear the day they speak of."""
    texts = {**register.texts, **found.texts}
    return all("snapshot_date" in texts[item.sha256]["columns"] for item in found.items)


def _text_entry(feed: Feed, workspace: Workspace, text: TextTable) -> dict[str, Any]:
    """What the register keeps of a version: where its texts are, and how they were read when they came.

    Raises:
        DataError: the rows cannot be read under the mapping: then nothing is registered.
    """
    landed = _parse(feed, workspace, text)
    return {
        "file_name": text.file_name,
        "text": _relative(workspace, text.parquet),
        "reading": _reading(feed.spec),
        "columns": sorted(landed.statistics["mapping"]),
        "parquet": _relative(workspace, landed.parquet),
        "rejects": landed.rejects and _relative(workspace, landed.rejects),
        "statistics": landed.statistics,
    }


def _parse(feed: Feed, workspace: Workspace, text: TextTable) -> LandedFile:
    from pipelines.sources.table_parse import land_table

    return land_table(text, feed.spec, workspace.raw / feed.place, workspace.quarantine / feed.place)


def _parse_again(
    feed: Feed, workspace: Workspace, register: Register, sha256: str, name: str, is_there: bool
) -> LandedFile:
    """A registered version under the mapping as it is today.

    A version of the past that lacks a column which is mapped since keeps the reading it was landed with.
    """
    from pipelines.sources.table_files import restore
    from pipelines.sources.table_parse import mapping_of

    entry = register.texts[sha256]
    text = restore(workspace.root / entry["text"], name)
    if is_there:
        return _parse(feed, workspace, text)
    try:
        mapping_of(text, feed.spec)
    except DataError as error:
        told = f"It counts as it was read when it was landed: {error}"
    else:
        return _parse(feed, workspace, text)
    statistics = {**entry["statistics"], "warnings": [*entry["statistics"]["warnings"], told]}
    rejects = entry["rejects"] and workspace.root / entry["rejects"]
    return LandedFile(workspace.root / entry["parquet"], rejects, statistics)


def _records(
    feed: Feed, workspace: Workspace, register: Register, there: Collection[str]
) -> list[dict[str, Any]]:
    """Bring the state up to date, and say of each version that counts what it is."""
    contains = feed.spec.contains
    table = TABLES[feed.spec.table]
    moments = register.moments(contains, feed.given.ignored)
    names = register.file_names()
    parsed = {
        sha256: _parse_again(feed, workspace, register, sha256, names[sha256], sha256 in there)
        for sha256 in sorted({one for moment in moments for one in moment.sha256s})
    }
    columns = sorted({column for one in parsed.values() for column in one.statistics["mapping"]})
    steps, declared = _steps(moments, parsed, names)
    tells_open = contains is Contains.OPEN_ITEMS or "open_amount" in columns
    folder = workspace.states / feed.place
    book = fold(table, contains, steps, tells_open, folder, feed.spec.where)
    if book is None:
        return []
    book_file = book.state.with_name(f"{book.key}.book.json")
    write_json(
        book_file,
        {
            "key": book.key,
            "state": _relative(workspace, book.state),
            "open_amounts": [_relative(workspace, path) for path in book.open_amounts],
            "corrections": [_relative(workspace, path) for path in book.corrections],
            "columns": columns,
            "tells_open": tells_open,
            "days": sorted({step.day.isoformat() for step in steps if tells_open or step in declared}),
            "file_names": {sha256[:16]: name for sha256, name in names.items()},
        },
    )
    warnings = _shrunk(contains, *book.standing)
    counted = steps[-1:] if contains is Contains.EVERYTHING else steps
    days: dict[str, str] = {}
    for step in counted:
        days |= {version.sha256: step.day.isoformat() for version in step.versions}
    last = {version.sha256 for version in steps[-1].versions}
    return [
        {
            **parsed[sha256].record(workspace.root, feed.company_id),
            "warnings": json.dumps(
                [*parsed[sha256].statistics["warnings"], *(warnings if sha256 in last else [])],
                ensure_ascii=False,
            ),
            "source": feed.source,
            "file_name": names[sha256],
            "ledger_name": feed.ledger_name,
            "table_name": feed.spec.table,
            "snapshot_date": day,
            "rows_superseded": parsed[sha256].statistics["rows_accepted"] - book.rows.get(sha256[:16], 0),
            "book": _relative(workspace, book_file),
        }
        for sha256, day in days.items()
    ]


def _shrunk(contains: Contains, now: int, before: int) -> list[str]:
    """A warning where an export holds less than half of the one before: it may be one that broke off."""
    if contains is Contains.CHANGES or 2 * now >= before:
        return []
    fate = "withdrawn" if contains is Contains.EVERYTHING else "settled"
    return [
        f"{now:,} rows stand where {before:,} stood before it: those that are gone count as {fate}; if the export "
        "broke off, leave it out by its hash under `ignore`."
    ]


def _steps(
    moments: Sequence[Moment], parsed: Mapping[str, LandedFile], names: Mapping[str, str]
) -> tuple[list[Step], list[Step]]:
    """What the moments come to, by the days that the rows bear themselves where they do; and which are declared."""
    steps: list[Step] = []
    declared: list[Step] = []
    for moment in moments:
        by_day: dict[date | None, list[Parsed]] = {}
        for sha256 in moment.sha256s:
            version = Parsed(sha256, names[sha256], parsed[sha256].parquet)
            for day in _days_of_rows(parsed[sha256]):
                by_day.setdefault(day, []).append(version)
        for day, versions in by_day.items():
            step = Step(day or moment.day, moment.number, tuple(versions), of_rows=day is not None)
            steps.append(step)
            if day or moment.is_declared:
                declared.append(step)
    steps.sort(key=lambda step: (step.day, step.number, step.of_rows))
    return steps, declared


def _days_of_rows(landed: LandedFile) -> list[date | None]:
    """The days that the rows of a version bear; None stands for rows that bear none, or for no row at all."""
    import pyarrow.parquet as pq

    if "snapshot_date" not in landed.statistics["mapping"]:
        return [None]
    days = set(pq.read_table(landed.parquet, columns=["snapshot_date"]).column(0).unique().to_pylist())
    return sorted(days, key=lambda day: (day is not None, day)) or [None]


def ages(
    settings: Settings, workspace: Workspace, source: str, today: date
) -> list[tuple[str, str, str, str, int | None, int, bool]]:
    """How long ago each table whose age is judged brought something new.

    Returns:
        company, ledger, table, day of the last new version, days since, `max_age_days`, and whether that is too long.
    """
    rows = []
    for feed in feeds_of(settings, source):
        if feed.given.max_age_days is None:
            continue
        day = Register(workspace.raw / "register" / feed.place).landed_on()
        age = (today - day).days if day else None
        is_stale = age is None or age > feed.given.max_age_days
        rows.append(
            (
                feed.company_id,
                feed.ledger_name or "",
                feed.spec.table,
                day.isoformat() if day else "never",
                age,
                feed.given.max_age_days,
                is_stale,
            )
        )
    return rows


# --- small things --------------------------------------------------------------------------------------------------


def _texts(workspace: Workspace, feed: Feed) -> Path:
    return workspace.raw / feed.place / "texts"


def _seen_file(workspace: Workspace, feed: Feed) -> Path:
    return workspace.states / feed.place / "seen.json"


def _relative(workspace: Workspace, path: Path) -> str:
    return path.relative_to(workspace.root).as_posix()


def _reading(spec: TableSpec) -> str:
    """What of a specification decides on the texts of a file: with another, the file is read again."""
    return canonical_json([spec.encoding, spec.separator, spec.sheet, spec.header_row])


_PARTS = {"Y": r"\d{4}", "j": r"\d{3}", "b": r"[^\W\d_]+", "B": r"[^\W\d_]+", "f": r"\d{1,6}", "%": "%"}


def day_in_name(given: TableInput, name: str) -> str | None:
    """The day that a file's name tells, where a format is declared.

    Raises:
        UsageError: the name tells none.
    """
    if given.snapshot_format is None:
        return None
    if (day := day_written(given.snapshot_format, name)) is not None:
        return day
    raise UsageError(
        f"{given.spec.where}: the name {name} tells no day written {given.snapshot_format}; rename the file, narrow "
        "the path, or correct snapshot_date."
    )


def day_written(form: str, name: str) -> str | None:
    """The first day in a name that is written in a form (of `strptime`), ISO; None without any."""
    pattern = "".join(
        re.escape(part) if at % 2 == 0 else _PARTS.get(part, r"\d{2}")
        for at, part in enumerate(re.split(r"%-?(.)", form))
    )
    for match in re.finditer(rf"(?<!\d)(?={pattern}(?!\d))", name):
        text = re.match(pattern, name[match.start() :])
        with contextlib.suppress(ValueError):
            assert text is not None
            return datetime.strptime(text[0], form).date().isoformat()  # noqa: DTZ007 (a day)
    return None
