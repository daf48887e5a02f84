"""Landing: every configured file as Parquet under `raw/`, by content hash, with its accounts beside it.

What belongs here: which file goes to which reader, and the record of what each gave. What does not: reading a format
(`pipelines.sources`), choosing the tables of one run (`pipelines.defs.ingest`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines import company_sources
from pipelines.config import Company, Settings
from pipelines.errors import EncoursError, UsageError
from pipelines.lake import Workspace

if TYPE_CHECKING:
    from pipelines.sources.fec import LandedFec
    from pipelines.sources.fiscal_years import FiscalYearFile

Say = Callable[[str], None]
Record = dict[str, Any]

TOLD = {
    "fec": (
        "Reading ledgers",
        "The statutory ledger exports (FEC), landed by company, fiscal year and content hash.",
    ),
    "subledger": (
        "Reading sub-ledgers",
        "Invoices, payments and allocations of sub-ledgers: every version landed, and what they add up to.",
    ),
    "events": (
        "Reading events",
        "Disputes, promises, reminders, orders…: what happened around the documents.",
    ),
    "customers": ("Reading customers", "The customers' file, its payment terms parsed."),
    **{
        name: (source.title, source.description)
        for name, source in company_sources.SOURCES.items()
        if source.identifies
    },
    "identities": (
        "Matching customers with companies",
        "Which legal unit each customer is: declared, by its numbers, by name and place, or decided by the user.",
    ),
    **{
        name: (source.title, source.description)
        for name, source in company_sources.SOURCES.items()
        if not source.identifies
    },
}
"""Source → (title shown while it lands, description). In the order they are read."""

_NAMING = ("fec", "subledger", "customers")
NEEDS: Mapping[str, tuple[str, ...]] = {
    **{name: _NAMING for name, source in company_sources.SOURCES.items() if source.identifies},
    "identities": tuple(name for name, source in company_sources.SOURCES.items() if source.identifies),
    **{name: ("identities",) for name, source in company_sources.SOURCES.items() if not source.identifies},
}
"""Source → those whose landing it reads: registers cover whole countries, and only what customers need is kept."""


def land(source: str, settings: Settings, workspace: Workspace, say: Say) -> list[Record]:
    """Land every configured file of one source and return one record per file.

    A record is a row of `quality.sources` and the places of its Parquet files (`parquet`, `rejects`, `unbalanced`),
    relative to the workspace; `company_id` is None where the file serves every company.

    Raises:
        DataError: a file cannot be read; the sentence says why.
        UsageError: a configured file is not there.
    """
    records, refusals = land_each(source, settings, workspace, say)
    if refusals:
        raise refusals[0]
    return records


def land_each(
    source: str, settings: Settings, workspace: Workspace, say: Say
) -> tuple[list[Record], list[EncoursError]]:
    """As `land`, but one file's refusal does not keep the others from being read: records, and refusals."""
    refusals: list[EncoursError] = []
    if source in ("subledger", "events"):
        return _feeds(source, settings, workspace, say, refusals), refusals
    if source in company_sources.SOURCES:
        found = company_sources.land_source(source, settings, workspace, say, refusals, today())
        return found, refusals
    reader = {"fec": _ledgers, "customers": _customers, "identities": _identities}[source]
    return reader(settings, workspace, say, refusals), refusals


def _relative(workspace: Workspace, path: Path | None) -> str | None:
    """A place in the workspace, written so that the workspace can move."""
    return None if path is None else path.relative_to(workspace.root).as_posix()


# --- ledgers -------------------------------------------------------------------------------------------------------


def _ledgers(
    settings: Settings, workspace: Workspace, say: Say, refusals: list[EncoursError]
) -> list[Record]:
    """Every ledger of every company; which file of a year counts is decided by content."""
    from pipelines.sources.fec import read_fec
    from pipelines.sources.fiscal_years import fiscal_years

    records: list[Record] = []
    lines = 0
    for company in settings.companies:
        files: list[LandedFec] = []
        if not company.ledgers:
            continue
        for path in settings.ledger_files(company):
            say(f"{lines:,} lines, {path.name}")
            try:
                one = read_fec(
                    path, company.company_id, workspace.raw, workspace.quarantine, siren=company.siren
                )
            except EncoursError as error:
                refusals.append(error)
                continue
            lines += one.rows_read
            files.append(one)
        try:
            years = fiscal_years(files, opening_journals=company.opening_journals)
        except EncoursError as error:
            refusals.append(error)
            records += [_ledger_record(workspace, one, one.source_row(), None) for one in files]
            continue
        counted = {file.sha256: file for file in years.files}
        records += [
            _ledger_record(workspace, one, row, counted.get(one.sha256))
            for one, row in zip(files, years.source_rows(files), strict=True)
        ]
    rejected = sum(record["rows_rejected"] for record in records)
    if any(company.ledgers for company in settings.companies):
        say(
            f"{lines:,} lines in {len(records)} {'file' if len(records) == 1 else 'files'}, {rejected:,} rejected"
        )
    return records


def _ledger_record(workspace: Workspace, one: LandedFec, row: Record, year: FiscalYearFile | None) -> Record:
    """One ledger file: its account, and where it stands in its fiscal year when it counts."""
    return {
        **row,
        "rows_out_of_scope": 0,
        **(year.row() if year else {}),
        "parquet": _relative(workspace, year.parquet_path if year else one.parquet_path),
        "rejects": _relative(workspace, one.rejects_path),
        "unbalanced": _relative(workspace, one.unbalanced_path),
    }


# --- sub-ledgers and events ----------------------------------------------------------------------------------------


def _feeds(
    source: str, settings: Settings, workspace: Workspace, say: Say, refusals: list[EncoursError]
) -> list[Record]:
    """Every table of every sub-ledger, or of every company's events: one refused leaves the others landed."""
    from pipelines.feeds import feeds_of, land_feed

    records: list[Record] = []
    for feed in feeds_of(settings, source):
        say(f"{feed.spec.table} of {feed.ledger_name or feed.company_id}")
        found, refused = land_feed(feed, settings, workspace, today())
        records += found
        refusals += refused
    if records:
        say(
            f"{sum(record['rows_accepted'] - record['rows_superseded'] for record in records):,} rows of "
            f"{len({record['book'] for record in records})} tables"
        )
    return records


def today() -> date:
    """The day that becomes the day of what is landed now for the first time."""
    return date.today()  # noqa: DTZ011 (the day where the pipeline runs)


# --- customers and companies ---------------------------------------------------------------------------------------


def _customers(
    settings: Settings, workspace: Workspace, say: Say, refusals: list[EncoursError]
) -> list[Record]:
    """The customers: a file or query that serves every company, or one each, with what its versions tell."""
    from pipelines.customer_versions import land_customer_versions

    records = []
    first = settings.companies[0].customers
    shared = len(settings.companies) > 1 and all(company.customers == first for company in settings.companies)
    for company in settings.companies[:1] if shared else settings.companies:
        if company.customers is None:
            continue
        owner = None if shared else company.company_id
        try:
            found = land_customer_versions(company.customers, owner or "all", settings, workspace, today())
        except EncoursError as error:
            refusals.append(error)
            continue
        for one in found.files:
            records.append(
                {**one.record(workspace.root, owner), "history": _relative(workspace, found.parquet)}
            )
            refusals += unknown_scopes(settings, company, records[-1])
    if records:
        say(f"{sum(record['rows_accepted'] for record in records):,} customers")
    return records


def unknown_scopes(settings: Settings, company: Company, customers: Record) -> list[EncoursError]:
    """A refusal per configured scope that is no column of the customers' file as landed."""
    from pipelines.sources.customers import column_named

    columns = customers["columns"]
    return [
        UsageError(
            f"{settings.source.name}, line {scope.line}, key {scope.key}: {customers['file_name']} has no column "
            f"'{scope.pattern}'; its columns are: {', '.join(columns)}."
        )
        for scope in company.scopes
        if column_named(scope.pattern, columns) is None
    ]


def _identities(
    settings: Settings, workspace: Workspace, say: Say, refusals: list[EncoursError]
) -> list[Record]:
    """Which legal unit each customer is."""
    from pipelines.identities import land_identities

    try:
        return land_identities(settings, workspace, say)
    except EncoursError as error:
        refusals.append(error)
        return []
