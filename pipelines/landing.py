"""Landing: every configured file as Parquet under `raw/`, by content hash, with its accounts beside it.

What belongs here: which file goes to which reader, and the record of what each gave. What does not: reading a format
(`pipelines.sources`), choosing the tables of one run (`pipelines.defs.ingest`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pipelines.config import Settings
from pipelines.lake import Workspace, quoted

if TYPE_CHECKING:
    from pipelines.sources.fec import LandedFec

Say = Callable[[str], None]
Record = dict[str, Any]

TOLD = {
    "fec": (
        "Reading ledgers",
        "The statutory ledger exports (FEC), landed by company, fiscal year and content hash.",
    ),
    "customers": ("Reading customers", "The customers' file, its payment terms parsed."),
    "sirene": ("Reading SIRENE", "INSEE's register of legal units, the known customers' rows."),
    "bodacc": ("Reading BODACC", "The official gazette's commercial notices, the known customers' rows."),
}
"""Source → (title shown while it lands, description). In the order they are read."""


def land(source: str, settings: Settings, workspace: Workspace, say: Say) -> list[Record]:
    """Land every configured file of one source and return one record per file.

    A record is a row of `quality.sources` and the places of its Parquet files (`parquet`, `rejects`, `unbalanced`),
    relative to the workspace; `company_id` is None where the file serves every company.

    Raises:
        DataError: a file cannot be read; the sentence says why.
        UsageError: a configured file is not there.
    """
    return {"fec": land_ledgers, "customers": land_customers, "sirene": land_sirene, "bodacc": land_bodacc}[
        source
    ](settings, workspace, say)


def relative(workspace: Workspace, record: Record) -> Record:
    """A record with its places relative to the workspace, so that the workspace can move."""
    for place in ("parquet", "rejects", "unbalanced"):
        if record[place] is not None:
            record[place] = record[place].relative_to(workspace.root).as_posix()
    return record


# --- ledgers -------------------------------------------------------------------------------------------------------


def land_ledgers(settings: Settings, workspace: Workspace, say: Say) -> list[Record]:
    """Every ledger of every company; which file of a year counts is decided by content."""
    from pipelines.sources.fec import read_fec

    records: list[Record] = []
    lines = 0
    for company in settings.companies:
        files = []
        for path in settings.ledger_files(company):
            say(f"{lines:,} lines, {path.name}")
            one = read_fec(path, company.company_id, workspace.raw, workspace.quarantine, siren=company.siren)
            lines += one.rows_read
            files.append(one)
        records += [relative(workspace, record) for record in ledger_records(files)]
    rejected = sum(record["rows_rejected"] for record in records)
    say(
        f"{lines:,} lines in {len(records)} {'file' if len(records) == 1 else 'files'}, {rejected:,} rejected"
    )
    return records


def ledger_records(files: list[LandedFec]) -> list[Record]:
    """The records of one company's ledgers, each with its part in the run."""
    return [
        {
            **one.source_row(),
            "entry_key": one.entry_key,
            "fiscal_year_start": one.period.start,
            "fiscal_year_end": one.period.end,
            "parquet": one.parquet_path,
            "rejects": one.rejects_path,
            "unbalanced": one.unbalanced_path,
        }
        for one in files
    ]


# --- customers and public data -------------------------------------------------------------------------------------


def land_customers(settings: Settings, workspace: Workspace, say: Say) -> list[Record]:
    """The customers' files: one for all companies, or one each."""
    return []


def customer_sirens(settings: Settings, workspace: Workspace) -> set[str] | None:
    """SIRENs of the customers' files as landed; None (keep everything) where no such file is configured."""
    import duckdb

    from pipelines.lake import read_json

    state = workspace.landing_state / "customers.json"
    if not any(company.customers for company in settings.companies) or not state.exists():
        return None
    found: set[str] = set()
    with duckdb.connect() as connection:
        for record in read_json(state):
            rows = connection.execute(
                f"select distinct siren from read_parquet({quoted(workspace.root / record['parquet'])}) "
                "where siren is not null"
            ).fetchall()
            found.update(row[0] for row in rows)
    return found


def land_sirene(settings: Settings, workspace: Workspace, say: Say) -> list[Record]:
    """The configured stock of legal units, reduced to the known customers."""
    from pipelines.sources.sirene import land_sirene as land_file

    if settings.sirene is None:
        return []
    sirens = customer_sirens(settings, workspace)
    raw, quarantine = workspace.raw / "sirene", workspace.quarantine / "sirene"
    records = [
        land_file(path, raw, quarantine, sirens).record(workspace.root)
        for path in settings.files(settings.sirene)
    ]
    say(f"{sum(record['rows_accepted'] for record in records):,} legal units of customers")
    return records


def land_bodacc(settings: Settings, workspace: Workspace, say: Say) -> list[Record]:
    """The configured notices, reduced to the known customers."""
    from pipelines.sources.bodacc import land_bodacc as land_file

    if settings.bodacc is None:
        return []
    sirens = customer_sirens(settings, workspace)
    raw, quarantine = workspace.raw / "bodacc", workspace.quarantine / "bodacc"
    records = [
        land_file(path, raw, quarantine, sirens).record(workspace.root)
        for path in settings.files(settings.bodacc)
    ]
    say(f"{sum(record['rows_accepted'] for record in records):,} notices about customers")
    return records
