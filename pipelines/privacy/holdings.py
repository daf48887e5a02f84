"""What is held on one customer: where it lies in the workspace, why, for how long, and handing it out (art. 15, 20).

What belongs here: finding a customer and every row about it. What does not: removing any (`erasure`).

Rows are found by the customer's numbers (as the ledger, the sub-ledger and the customers' file spell them), by its
documents and payments, and by the legal units that it is; refused rows and snapshots by these numbers in their text.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.company_sources import SOURCES
from pipelines.config import Settings
from pipelines.errors import UsageError
from pipelines.identities.decisions import normal
from pipelines.identities.parties import customer_key
from pipelines.lake import Workspace, quoted, write_json, write_text
from pipelines.privacy import hash_of, orders
from pipelines.release import published_release

if TYPE_CHECKING:
    import duckdb

_CUSTOMER = ("customer_id", "party_key", "CompAuxNum", "ledger_customer_id", "customer_spelling", "customer")
_DOCUMENT = (
    *("invoice_id", "credit_invoice_id", "source_invoice_id", "payment_id", "source_payment_id"),
    *("document_id", "event_document_id"),
)
_UNIT = ("legal_unit_id", "siren", "proposed_id")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Area:
    """One kind of thing that is held.

    Attributes:
        places: patterns under the workspace.
        source, purpose, kept, erased: in words: where it comes from, what for, how long, what erasing does to it.
    """

    name: str
    places: tuple[str, ...]
    source: str
    purpose: str
    kept: str
    erased: str


_LAW = "ten years from the end of the fiscal year (art. L123-22 code de commerce)"
_CONFIGURED = "privacy.retention.external_months of the configuration"
AREAS: tuple[Area, ...] = (
    Area(
        "ledger",
        ("raw/fec/**/*.parquet",),
        "the company's ledger (FEC)",
        "bookkeeping, receivables, late payment",
        _LAW,
        "kept, restricted",
    ),
    Area(
        "subledger",
        ("raw/subledger/**/*.parquet",),
        "the company's sub-ledgers",
        "invoicing, receivables, late payment",
        _LAW,
        "kept, restricted",
    ),
    Area(
        "customers_file",
        ("raw/customers/*.parquet",),
        "the company's file of customers",
        "terms, limits, contact",
        "as long as the customer has open documents, then as the ledger",
        "kept, restricted; edit the file itself",
    ),
    Area(
        "events",
        ("raw/events/**/*.parquet",),
        "the company's own notes: disputes, promises, reminders, decisions",
        "collection of receivables",
        "five years after the claim is settled (art. 2224 code civil)",
        "reasons blanked, the rest kept, restricted",
    ),
    Area(
        "registers",
        tuple(f"raw/{source}/*.parquet" for source in SOURCES),
        "public registers and gazettes",
        "credit risk, deadlines of claims",
        _CONFIGURED,
        "erased",
    ),
    Area(
        "snapshots",
        tuple(f"raw/{source}/snapshots/*.jsonl" for source in SOURCES),
        "answers of public APIs",
        "credit risk, deadlines of claims",
        _CONFIGURED,
        "erased",
    ),
    Area(
        "identities",
        ("raw/identities/*.parquet",),
        "computed from the names and numbers above",
        "which legal unit the customer is",
        "renewed by each run",
        "erased",
    ),
    Area(
        "refused_rows",
        ("quarantine/**/*.parquet",),
        "rows of all these files that could not be read",
        "evidence for the auditor",
        "privacy.retention.quarantine_months of the configuration",
        "of public sources erased, of the books kept, restricted",
    ),
)
RELEASES = Area(
    "releases",
    (),
    "computed: figures, scores, warnings",
    "reports, credit decisions by people",
    "privacy.retention.releases of the configuration, pinned ones until they are unpinned",
    "made again without what is erased; the earlier ones removed",
)


@dataclass(frozen=True)
class Subject:
    """One customer, and the numbers that tell rows about it.

    Attributes:
        kind: sole_trader, consumer, undisclosed, restricted (erased before), or company.
        keys: its numbers in every spelling, upper case.
        documents: ids of its documents and payments, as the books and as the warehouse give them.
        units: the legal units that it is.
    """

    company_id: str
    customer_id: str
    name: str
    kind: str
    keys: frozenset[str]
    documents: frozenset[str]
    units: frozenset[str]

    @property
    def is_person(self) -> bool:
        return self.kind != "company"


def find(workspace: Workspace, customer: str, company: str | None = None) -> Subject:
    """The customer of the published run that a number names, as the ledger, a page or a spreadsheet writes it.

    Raises:
        UsageError: there is none, or several companies have one.
    """
    import duckdb

    marts = published_release(workspace) / "marts"
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"""select company_id, customer_id, customer_name, siren, legal_unit_id,
                case when is_restricted then 'restricted' when is_sole_trader then 'sole_trader'
                    when is_consumer then 'consumer' when is_person then 'undisclosed' else 'company' end
            from read_parquet({quoted(marts / "dim_customers.parquet")}) order by company_id, customer_id"""
        ).fetchall()
        wanted = normal("", customer)[1]
        found = [
            row
            for row in rows
            if company in (None, row[0])
            and (normal("", row[1])[1] == wanted or wanted == "P" + hash_of(row[0], row[1])[:8].upper())
        ]
        exact = [row for row in found if row[1] == customer]
        found = exact or found
        if not found:
            raise UsageError(
                f"{customer}: no customer of the published run has this number"
                + (f" in company {company}" if company else "")
                + "; give it as the ledger writes it, or as a page shows it."
            )
        if len(found) > 1:
            several = ", ".join(f"{row[1]} of {row[0]}" for row in found)
            raise UsageError(
                f"{customer}: {len(found)} customers have this number ({several}); add --company."
            )
        company_id, customer_id, name, siren, unit, kind = found[0]
        units = {one for one in (siren, unit) if one}
        keys, documents = _numbers(connection, workspace, marts, company_id, customer_id)
    return Subject(
        company_id,
        customer_id,
        name or customer_id,
        kind,
        frozenset(keys),
        frozenset(documents),
        frozenset(units),
    )


def _numbers(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    marts: Path,
    company_id: str,
    customer_id: str,
) -> tuple[set[str], set[str]]:
    """Spellings of a customer's number, and ids of its documents and payments."""
    given = {"company": company_id, "customer": customer_id}
    where = "where company_id = $company and customer_id = $customer"
    keys = {customer_id.upper()}
    if (spellings := marts / "customer_spellings.parquet").exists():
        rows = connection.execute(
            f"select customer_spelling from read_parquet({quoted(spellings)}) {where}", given
        ).fetchall()
        keys |= {row[0].upper() for row in rows}
    for parties in (workspace.states / "parties").glob("*.parquet"):
        rows = connection.execute(
            f"""select party_key from read_parquet({quoted(parties)}) where company_id = $company
            and customer_key in (select {customer_key("one")} from (select unnest($keys) as one))""",
            {"company": company_id, "keys": sorted(keys)},
        ).fetchall()
        keys |= {row[0].upper() for row in rows}
    documents = {
        one
        for table, names in (
            ("fct_invoices", "invoice_id, source_invoice_id"),
            ("fct_payments", "payment_id, source_payment_id"),
        )
        for row in connection.execute(
            f"select {names} from read_parquet({quoted(marts / f'{table}.parquet')}) {where}", given
        ).fetchall()
        for one in row
        if one
    }
    return keys, documents


def files(workspace: Workspace, area: Area) -> list[Path]:
    """The files of an area, but for texts as they were before a column was read: those hold the same rows."""
    found = {path for place in area.places for path in workspace.root.glob(place)}
    return sorted(path for path in found if path.parent.name != "texts" and not path.name.startswith("."))


def rows_about(
    connection: duckdb.DuckDBPyConnection, relation: str, subject: Subject
) -> tuple[str, dict[str, Any]] | None:
    """SQL condition, with its parameters, of the rows about a customer; None where a relation can hold none."""
    columns = [row[0] for row in connection.execute(f"describe select * from {relation}").fetchall()]
    parts: list[str] = []
    given: dict[str, Any] = {}

    def listed(names: tuple[str, ...], values: frozenset[str], parameter: str, sql: str) -> None:
        if values and (there := [name for name in names if name in columns]):
            given[parameter] = sorted(values)
            parts.extend(f"{sql.format(name)} in (select unnest(${parameter}))" for name in there)

    listed(_CUSTOMER, subject.keys, "keys", 'upper(cast("{}" as varchar))')
    if "customer_id" not in columns:
        listed(_DOCUMENT, subject.documents, "documents", 'cast("{}" as varchar)')
    elif parts:
        # A row may name the document alone.
        before = len(parts)
        listed(_DOCUMENT, subject.documents, "documents", 'cast("{}" as varchar)')
        parts[before:] = [f"(customer_id is null and {part})" for part in parts[before:]]
    listed(_UNIT, subject.units, "units", 'cast("{}" as varchar)')
    if "CompteNum" in columns:
        # A ledger without auxiliary accounts numbers the customer behind 411.
        given["accounts"] = sorted(subject.keys)
        parts.append(
            "(regexp_matches(CompteNum, '^41[136]') and CompAuxNum is null and (upper(CompteNum) in (select unnest("
            "$accounts)) or upper(rtrim(substr(CompteNum, 4), '0')) in (select unnest($accounts)) "
            "or (regexp_matches(CompteNum, '^(4111|4117|4161)[^0-9]') "
            "and upper(rtrim(substr(CompteNum, 5), '0')) in (select unnest($accounts)))))"
        )
    if "raw_text" in columns:
        given["pattern"] = _mark(subject)
        parts.append("regexp_matches(upper(raw_text), $pattern)")
    if not parts:
        return None
    where = f"({' or '.join(parts)})"
    if "company_id" in columns:
        given["company"] = subject.company_id
        where += " and coalesce(company_id, $company) = $company"
    return where, given


def _mark(subject: Subject) -> str:
    """Pattern of a text that names the customer by a number or by its whole name."""
    numbers = sorted({one for one in {*subject.keys, *subject.units} if len(one) > 2})
    name = r"\s+".join(re.escape(word.upper()) for word in subject.name.split())
    marks = [rf"(^|[^A-Z0-9]){re.escape(one)}([^A-Z0-9]|$)" for one in numbers]
    return "|".join([*marks, *([name] if len(subject.name) > 4 else [])]) or "^$a"


def held(workspace: Workspace, subject: Subject) -> Iterator[tuple[Area, str, list[dict[str, Any]]]]:
    """Everything about a customer: area, place, rows. Of releases the published one; the others hold the like."""
    import duckdb

    with duckdb.connect() as connection:
        for area in AREAS:
            for path in files(workspace, area):
                place = path.relative_to(workspace.root).as_posix()
                rows = (
                    _lines(path, subject)
                    if path.suffix == ".jsonl"
                    else _rows(
                        connection, f"read_parquet({quoted(path)})", subject, _company_of(path, workspace)
                    )
                )
                if rows:
                    yield area, place, rows
        release = published_release(workspace)
        connection.execute(f"attach {quoted(release / 'warehouse.duckdb')} as release (read_only)")
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_catalog = 'release' order by all"
        ).fetchall()
        for schema, table in tables:
            rows = _rows(connection, f'release."{schema}"."{table}"', subject, None)
            if rows:
                yield RELEASES, f"releases/{release.name}/{schema}.{table}", rows


def _company_of(path: Path, workspace: Workspace) -> str | None:
    """The company whose folder a file lies in, for tables that do not tell it."""
    parts = path.relative_to(workspace.root).parts
    return parts[2] if parts[:2] in (("raw", "subledger"), ("raw", "events"), ("raw", "fec")) else None


def _rows(
    connection: duckdb.DuckDBPyConnection, relation: str, subject: Subject, company_id: str | None
) -> list[dict[str, Any]]:
    if company_id not in (None, subject.company_id):
        return []
    found = rows_about(connection, relation, subject)
    if found is None:
        return []
    where, given = found
    cursor = connection.execute(f"select * from {relation} where {where} order by all", given)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _lines(path: Path, subject: Subject) -> list[dict[str, Any]]:
    """Records of a snapshot about a customer's legal units."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if is_about(line, subject.units)]


def is_about(line: str, units: frozenset[str]) -> bool:
    """Whether a record of a snapshot names a legal unit, its number in groups or not, leading zeros lost or not."""
    if not units:
        return False
    digits = re.sub(r"(?<=\d)[\s.](?=\d)", "", line)
    return any(
        re.search(rf"(?<!\d)0*{re.escape(unit.lstrip('0'))}(\d{{5}})?(?!\d)", digits) for unit in units
    )


def export(
    settings: Settings, workspace: Workspace, subject: Subject, folder: Path
) -> list[tuple[Area, str, int]]:
    """Write everything about a customer: `contents.csv`, a CSV per place, and `person.json` with all of it.

    Returns:
        area, place and number of rows of each file.

    Raises:
        UsageError: the folder holds something already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder}: the folder is not empty; name another by --to.")
    # For the one who asked, and nobody else on the machine.
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    told: list[tuple[Area, str, int]] = []
    everything: dict[str, list[dict[str, Any]]] = {}
    contents: list[dict[str, Any]] = []
    for number, (area, place, rows) in enumerate(held(workspace, subject), 1):
        name = f"{number:03d}-{area.name}-{re.sub(r'[^A-Za-z0-9_.-]+', '_', Path(place).stem)[:60]}.csv"
        write_text(folder / name, _csv(rows))
        told.append((area, place, len(rows)))
        everything[place] = rows
        contents.append(
            {
                "file": name, "what": area.name, "place": place, "rows": len(rows), "source": area.source,
                "purpose": area.purpose, "kept": area.kept, "erasing": area.erased,
            }
        )  # fmt: skip
    write_text(folder / "contents.csv", _csv(contents))
    about = {
        "company_id": subject.company_id, "customer_id": subject.customer_id, "name": subject.name,
        "kind": subject.kind, "numbers": sorted(subject.keys), "legal_units": sorted(subject.units),
        "controller": next(c.name for c in settings.companies if c.company_id == subject.company_id),
        "contact": settings.privacy.contact,
        "orders": [
            {"recorded_on": one.recorded_on, "reason": one.reason}
            for one in orders(workspace)
            if hash_of(subject.company_id, subject.customer_id) in one.customers
        ],
    }  # fmt: skip
    write_json(folder / "person.json", {"person": about, "contents": contents, "data": everything})
    return told


def _csv(rows: list[dict[str, Any]]) -> str:
    """Rows as spreadsheets open them: semicolons, a byte-order mark, no cell that is a formula."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(names)
    for row in rows:
        cells = ["" if row.get(name) is None else str(row[name]) for name in names]
        kept = [
            f"'{cell}" if cell.startswith(_FORMULA) and isinstance(row.get(name), str) else cell
            for name, cell in zip(names, cells, strict=True)
        ]
        writer.writerow(kept)
    return "\ufeff" + out.getvalue()


__all__ = [
    "AREAS",
    "RELEASES",
    "Area",
    "Subject",
    "export",
    "files",
    "find",
    "held",
    "is_about",
    "rows_about",
]
