"""Companies and the law, as public sources tell of them: every version of each, and the day from which it was known.

What belongs here: which files and snapshots of a source count, the days they speak of, their records. What does not:
a format (`pipelines.sources`), asking an API (`pipelines.clients`), who is which company (`pipelines.identities`).

A version is a content and the day it speaks of: the one its file's name tells, else the day of its first landing,
which is recorded and is data from then on. Every version ever landed counts for ever, each from its day on; the
first holds from the beginning. So any past state can be rebuilt, whatever has become of the file.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.config import ExternalSource, Settings
from pipelines.errors import EncoursError, UsageError
from pipelines.lake import Workspace, connected, last_landing, quoted, read_json, write_json
from pipelines.privacy import drop_units
from pipelines.sources.companies import Wanted

if TYPE_CHECKING:
    from pipelines.clients import Fetched
    from pipelines.sources.open_data import LandedFile

_WHOLE_STOCK = 1_000_000
"""Rows from which a file is a country's register, not an extract."""
_SHRINKS = 0.99
"""Share of the rows of the version before, under which a whole register was cut short."""

Say = Callable[[str], None]
Record = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """One source.

    Attributes:
        title: shown while it lands.
        description: of its asset.
        counted: what its rows are, after their number.
        reader: `module:function` of its files.
        client: `function` of `pipelines.clients` that asks its API, or None.
        identifies: it tells who is which company: it is read before identities are decided, by ids and names; the
            others are read after, by the ids that were decided.
    """

    title: str
    description: str
    counted: str
    reader: str
    client: str | None
    identifies: bool


SOURCES: Mapping[str, Source] = {
    "sirene": Source(
        "Reading SIRENE",
        "INSEE's register of legal units and establishments: those of the customers, and of their names.",
        "legal units and establishments",
        "sirene:land_sirene",
        "fetch_units",
        True,
    ),
    "companies_house": Source(
        "Reading Companies House",
        "The register of the United Kingdom and its insolvency cases: those of the customers.",
        "companies and cases",
        "companies_house:land_companies_house",
        None,
        True,
    ),
    "gleif": Source(
        "Reading GLEIF",
        "Legal entity identifiers and who consolidates whom: those of the customers.",
        "entities and parents",
        "gleif:land_gleif",
        None,
        True,
    ),
    "bodacc": Source(
        "Reading BODACC",
        "The official gazette's commercial notices: those about the customers.",
        "notices about customers",
        "bodacc:land_bodacc",
        "fetch_notices",
        False,
    ),
    "accounts": Source(
        "Reading filed accounts",
        "Accounts filed at the commercial courts (INPI): those of the customers, confidentiality respected.",
        "sets of accounts",
        "filed_accounts:land_accounts",
        "fetch_accounts",
        False,
    ),
}
"""In the order in which they are read; identities are decided between the two groups."""


def land_source(
    name: str,
    settings: Settings,
    workspace: Workspace,
    say: Say,
    refusals: list[EncoursError],
    today: date,
) -> list[Record]:
    """Land what a source holds now, and return a record per version that counts.

    A record is a row of `quality.sources` with `tables` (table → place of its rows) and `known_on` (ISO; None for
    the first version).
    """
    given = settings.external.get(name)
    if given is None:
        return []
    source = SOURCES[name]
    wanted = _wanted(source, settings, workspace)
    found, told, looked_on = _files(given, source, wanted, settings, workspace, say, today)
    versions = _Versions(workspace, name)
    read = source_reader(source)
    for path, day in _names_first(source, found, workspace):
        try:
            version = read(path, workspace.raw / name, workspace.quarantine / name, wanted)
        except EncoursError as error:
            refusals.append(error)
            continue
        version = drop_units(workspace, version)
        versions.take(version, day, today)
        if "units" in version.tables and wanted.ids is not None:
            # Files of places hold no names: those of the candidates are found by their numbers.
            wanted = Wanted(wanted.ids | _units_of(version), wanted.blocks)
    if not refusals:
        versions.save(looked_on)
    # With one company the file is its own; with several it serves all of them.
    company_id = settings.companies[0].company_id if len(settings.companies) == 1 else None
    records = versions.records(company_id, given.ignored)
    if told:
        records = records or [_nothing(name, company_id)]
        last = records[-1]
        last["warnings"] = json.dumps([*json.loads(last["warnings"]), *told], ensure_ascii=False)
    say(" ".join([f"{sum(one['rows_accepted'] for one in records):,} {source.counted}", *told]))
    return records


def source_reader(source: Source) -> Callable[[Path, Path, Path, Wanted], LandedFile]:
    """The function that reads a file of a source."""
    module, _, function = source.reader.partition(":")
    read: Callable[[Path, Path, Path, Wanted], LandedFile] = getattr(
        importlib.import_module(f"pipelines.sources.{module}"), function
    )
    return read


def _names_first(
    source: Source, found: list[tuple[Path, str | None]], workspace: Workspace
) -> list[tuple[Path, str | None]]:
    """The files in the order in which they are read: those that hold names before those that hold none."""
    module = importlib.import_module(f"pipelines.sources.{source.reader.partition(':')[0]}")
    if len(found) < 2 or not hasattr(module, "tables_of"):
        return found
    folder = workspace.raw / "looks"
    folder.mkdir(parents=True, exist_ok=True)

    def holds_no_name(one: tuple[Path, str | None]) -> bool:
        try:
            return "units" not in module.tables_of(one[0], folder)
        except EncoursError:
            # Said when it is read.
            return True

    return sorted(found, key=holds_no_name)


def _units_of(landed: LandedFile) -> frozenset[str]:
    with connected() as connection:
        rows = connection.execute(
            f"select distinct legal_unit_id from read_parquet({quoted(landed.tables['units'])})"
        ).fetchall()
    return frozenset(row[0] for row in rows)


def _wanted(source: Source, settings: Settings, workspace: Workspace) -> Wanted:
    from pipelines import identities

    if source.identifies:
        wanted = identities.wanted(identities.write_parties(settings, workspace))
        # Who was found by name is followed by number from then on: a company may change its name.
        return Wanted((wanted.ids or frozenset()) | identified(workspace), wanted.blocks)
    return Wanted(identified(workspace))


def identified(workspace: Workspace) -> frozenset[str]:
    """The legal units that customers are, and those above them: a run reads of no other."""
    from pipelines import identities

    ids = identities.identified_ids(workspace)
    return ids | _parents(workspace, ids)


def _parents(workspace: Workspace, ids: frozenset[str]) -> frozenset[str]:
    """The parents of units, as registers tell them: what befalls the head of a group is told of its members."""
    places = [
        quoted(workspace.root / one["tables"]["links"])
        for name, source in SOURCES.items()
        if source.identifies
        for one in last_landing(workspace, name)
        if "links" in one["tables"]
    ]
    if not places:
        return frozenset()
    with connected() as connection:
        rows = connection.execute(
            f"select distinct parent_id from read_parquet([{', '.join(places)}]) "
            "where legal_unit_id in (select unnest(?))",
            [sorted(ids)],
        ).fetchall()
    return frozenset(str(row[0]) for row in rows)


def _files(
    given: ExternalSource,
    source: Source,
    wanted: Wanted,
    settings: Settings,
    workspace: Workspace,
    say: Say,
    today: date,
) -> tuple[list[tuple[Path, str | None]], list[str], date | None]:
    """The files there are, each with the day that its name tells; of an API what is to be told, and its last look."""
    if given.api is None:
        paths = [path for one in given.inputs for path in settings.files(one)]
        return [(path, _day(given, settings, path)) for path in paths], [], None
    fetched = _fetch(given, source, wanted, settings, workspace, say, today)
    told = [] if fetched.problem is None else [fetched.problem]
    if fetched.problem or given.max_age_days is not None:
        age = None if fetched.day is None else (today - fetched.day).days
        if age is None:
            told.append(f"{given.name}: nothing was ever received; the run goes on without it.")
        elif fetched.problem or age > (given.max_age_days or 0):
            told.append(
                f"{given.name}: the last answer is of {age} days ago ({fetched.day}); the run uses it."
            )
    return [(path, path.name[:10]) for path in fetched.files], told, fetched.day


def _fetch(
    given: ExternalSource,
    source: Source,
    wanted: Wanted,
    settings: Settings,
    workspace: Workspace,
    say: Say,
    today: date,
) -> Fetched:
    from pipelines import clients, identities

    assert given.api is not None and source.client is not None, "refused by the configuration"
    names = (
        identities.name_queries(identities.write_parties(settings, workspace)) if source.identifies else ()
    )
    ask: Callable[[clients.Request], Fetched] = getattr(clients, source.client)
    folder = workspace.raw / given.name / "snapshots"
    return ask(clients.Request(given.api, tuple(sorted(wanted.ids or ())), names, folder, today, say))


def _day(given: ExternalSource, settings: Settings, path: Path) -> str | None:
    """The day that a file's name tells, where a format is declared."""
    if given.snapshot_format is None:
        return None
    from pipelines.feeds import day_written

    day = day_written(given.snapshot_format, path.name)
    if day is None:
        raise UsageError(
            f"{settings.source.name}, line {given.line}, key external.{given.name}.snapshot_date: the name of "
            f"{path.name} holds no day written {given.snapshot_format}; rename the file or correct the format."
        )
    return day


def _nothing(name: str, company_id: str | None) -> Record:
    """The record of a source that has not given anything yet."""
    counts = dict.fromkeys(("rows_read", "rows_accepted", "rows_rejected", "rows_out_of_scope"), 0)
    blank = dict.fromkeys(("debit_total", "credit_total", "first_date", "last_date", "snapshot_date"))
    told = {
        "source": name,
        "file_name": f"{name} (API)",
        "sha256": "",
        "source_id": "",
        "status": "unavailable",
    }
    places: Record = {"parquet": None, "rejects": None, "unbalanced": None, "tables": {}, "known_on": None}
    return {"company_id": company_id, **counts, **blank, **told, **places, "warnings": "[]"}


def ages(
    settings: Settings, workspace: Workspace, name: str, today: date
) -> list[tuple[str, str, str, str, int | None, int, bool]]:
    """How long ago a source whose age is judged told something: as `feeds.ages`, one row or none."""
    given = settings.external.get(name)
    if given is None or given.max_age_days is None:
        return []
    day = _Versions(workspace, name).last_day()
    age = (today - day).days if day else None
    is_stale = age is None or age > given.max_age_days
    return [("", "", name, day.isoformat() if day else "never", age, given.max_age_days, is_stale)]


class _Versions:
    """Every version of a source that was ever landed, by its day and then by its arrival."""

    def __init__(self, workspace: Workspace, name: str) -> None:
        self.root = workspace.root
        self.place = workspace.raw / "register" / "external" / f"{name}.json"
        self.raw = workspace.raw / name
        known = read_json(self.place) if self.place.exists() else {"versions": [], "looked_on": None}
        self.versions: dict[str, Record] = {one["key"]: one for one in known["versions"]}
        self.looked_on: str | None = known["looked_on"]

    def take(self, landed: LandedFile, day: str | None, today: date) -> None:
        """Take in a version, or what is wanted of it now."""
        record = landed.record(self.root)
        key = f"{record['sha256']} {day or ''}"
        known = self.versions.get(key)
        spoken = known["day"] if known else day or today.isoformat()
        number = known["number"] if known else len(self.versions) + 1
        self.versions[key] = {"key": key, "day": spoken, "number": number, "record": record}

    def save(self, looked_on: date | None) -> None:
        """Write the register, and drop what was landed for customers of another day."""
        known = {"versions": list(self.versions.values()), "looked_on": looked_on and looked_on.isoformat()}
        write_json(self.place, known)
        kept = {
            self.root / place for one in self.versions.values() for place in one["record"]["tables"].values()
        }
        for path in self.raw.glob("*.parquet"):
            if path not in kept:
                path.unlink()

    def last_day(self) -> date | None:
        """When the source last told something: the last look at an API, the last new version of a file."""
        days = [self.looked_on] if self.looked_on else [one["day"] for one in self.versions.values()]
        return date.fromisoformat(max(days)) if days else None

    def records(self, company_id: str | None, ignored: tuple[str, ...]) -> list[Record]:
        """A record per version; the first one's day is not told: it holds from the beginning."""
        ordered = [
            one
            for one in sorted(self.versions.values(), key=lambda one: (one["day"], one["number"]))
            if not one["key"].startswith(ignored)
        ]
        rows: dict[tuple[str, ...], int] = {}
        records = []
        for at, one in enumerate(ordered):
            record: Record = {
                **one["record"],
                "company_id": company_id,
                "snapshot_date": one["day"],
                "known_on": one["day"] if at else None,
            }
            tables = tuple(sorted(record["tables"]))
            before = rows.get(tables, 0)
            rows[tables] = record["rows_read"]
            if before >= _WHOLE_STOCK and record["rows_read"] < before * _SHRINKS:
                told = (
                    f"{record['rows_read']:,} rows, where the version before held {before:,}: registers grow, so the "
                    f"file was probably cut short; download it again, and leave this one out by "
                    f"ignore: [{record['sha256'][:12]}]."
                )
                record["warnings"] = json.dumps([*json.loads(record["warnings"]), told], ensure_ascii=False)
            records.append(record)
        return records


__all__ = ["SOURCES", "Source", "ages", "identified", "land_source", "source_reader"]
