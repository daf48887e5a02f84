"""SIRENE, the register of legal units: INSEE's stock file as published, landed for the known SIRENs.

Belongs here: the layout of `StockUniteLegale` (CSV, zip, gzip or Parquet). Does not belong here: what a state or a
size means for a customer (the warehouse), establishments (another file).

Source of the layout: INSEE, "Dessin du fichier StockUniteLegale" (33 columns in 2018, 34 and more since; columns are
found by name, so order and additions do not matter). Some 29 million rows: DuckDB reads them in bounded memory and
keeps those of the known SIRENs.
"""

from __future__ import annotations

import csv
import gzip
import itertools
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import duckdb

from pipelines.errors import DataError
from pipelines.sources.open_data import (
    LandedFile,
    Landing,
    Reject,
    clean_sirens,
    container,
    quoted,
    unzipped,
)

FILE = "INSEE's StockUniteLegale"
# Without these the file does not say what it is needed for.
REQUIRED = (
    "siren",
    "etatAdministratifUniteLegale",
    "categorieJuridiqueUniteLegale",
    "activitePrincipaleUniteLegale",
    "dateCreationUniteLegale",
    "denominationUniteLegale",
)
OPTIONAL = (
    "statutDiffusionUniteLegale",
    "dateDebut",
    "trancheEffectifsUniteLegale",
    "categorieEntreprise",
    "nomUniteLegale",
    "nomUsageUniteLegale",
    "prenomUsuelUniteLegale",
    "prenom1UniteLegale",
)
SOLE_TRADER = "1000"
_VERSION = 1
_CSV_REASONS = {
    "MISSING COLUMNS": "the row has fewer fields than the header",
    "TOO MANY COLUMNS": "the row has more fields than the header",
    "UNQUOTED VALUE": "a quote is not closed",
    "INVALID ENCODING": "a byte is not UTF-8",
    "LINE SIZE OVER MAXIMUM": "the row is longer than 2 MB",
}


def land_sirene(
    path: Path, raw_dir: Path, quarantine_dir: Path, sirens: Collection[str | None] | None = None
) -> LandedFile:
    """Land a stock of legal units as `sirene_legal_units` rows, one per SIREN.

    Args:
        path: the file as published, or an extract of it with the same column names.
        raw_dir: where the Parquet file and its statistics go (`raw/sirene`), named by content and kept SIRENs.
        quarantine_dir: where refused rows go.
        sirens: the SIRENs to keep, written with or without blanks; None keeps every row (for extracts: the kept rows
            are held in memory until they are written).

    Returns:
        the landed file. Columns: siren, legal_name, is_sole_trader, legal_category, creation_date (DATE), naf_code,
        headcount_band, size_category (PME, ETI, GE), administrative_state (A, C), state_since (DATE), is_diffusible.
        A date that is none is left blank and counted in `warnings`; names that INSEE withholds are null.

    Raises:
        DataError: empty file, another file than the stock of legal units, a column missing, a damaged archive.
    """
    kept = clean_sirens(sirens)
    landing = Landing("sirene", path, raw_dir, quarantine_dir, kept, _VERSION)
    if (known := landing.known()) is not None:
        return known
    with ExitStack() as stack, duckdb.connect() as connection:
        connection.execute("set threads = 2")
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"set temp_directory = {quoted(raw_dir / '.spill')}")
        data, kind = path, container(path)
        if kind == "zip":
            data = stack.enter_context(unzipped(path, raw_dir, "StockUniteLegale_utf8.csv"))
            kind = container(data)
        if kind == "parquet":
            relation, separator = _parquet_relation(connection, path, data), None
        else:
            relation, separator = _csv_relation(path, data, kind == "gzip")
        try:
            return _land(connection, landing, relation, data, separator)
        except duckdb.Error as error:
            sentence = str(error).strip().splitlines()[0]
            raise DataError(f"{path}: {FILE} cannot be read to its end ({sentence}).") from error
        finally:
            landing.part.unlink(missing_ok=True)


def _check_columns(path: Path, names: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in names]
    if not missing:
        return
    if "siret" in names and "siren" in names:
        raise DataError(
            f"{path}: this is a file of establishments (it has a column siret); give {FILE}, the legal units."
        )
    raise DataError(
        f"{path}: column {missing[0]} is missing"
        + (f" (and {len(missing) - 1} more)" if len(missing) > 1 else "")
        + f"; give {FILE} as published, or an extract with its column names."
    )


def _csv_relation(path: Path, data: Path, is_gzip: bool) -> tuple[str, str]:
    """SQL that reads the text file with every column as text, and its separator."""
    opener: Any = gzip.open if is_gzip else open
    try:
        with opener(data, "rb") as handle:
            header = handle.readline(1 << 16).decode("utf-8-sig").rstrip("\r\n")
    except (UnicodeDecodeError, OSError, EOFError) as error:
        raise DataError(
            f"{path}: the header is no UTF-8 text ({error}); give {FILE} as published."
        ) from error
    separator = max(",;\t|", key=header.count)
    names = next(csv.reader([header], delimiter=separator), [])
    _check_columns(path, names)
    columns = "{" + ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in names) + "}"
    relation = (
        f"read_csv({quoted(data)}, delim = {quoted(separator)}, quote = '\"', escape = '\"', header = true, "
        f"auto_detect = false, columns = {columns}, nullstr = '', store_rejects = true, "
        f"compression = '{'gzip' if is_gzip else 'none'}')"
    )
    return relation, separator


def _parquet_relation(connection: duckdb.DuckDBPyConnection, path: Path, data: Path) -> str:
    names = [str(row[0]) for row in connection.sql(f"describe from read_parquet({quoted(data)})").fetchall()]
    _check_columns(path, names)
    return f"read_parquet({quoted(data)})"


def _land(
    connection: duckdb.DuckDBPyConnection, landing: Landing, relation: str, data: Path, separator: str | None
) -> LandedFile:
    """One pass over the file: rows of known SIRENs and rows without a SIREN are kept aside, all are counted."""
    names = {str(row[0]) for row in connection.sql(f"describe from {relation}").fetchall()}
    columns = [*REQUIRED, *OPTIONAL]
    # A numeric SIREN (as some tools write Parquet) has lost its leading zeros.
    siren = "case when length(s) < 9 and regexp_full_match(s, '[0-9]+') then lpad(s, 9, '0') else s end"
    siren = siren if separator is None else "s"
    text = ", ".join(
        f'nullif(trim(cast("{name}" as varchar)), \'\') as "{name}"'
        if name in names
        else f'cast(null as varchar) as "{name}"'
        for name in columns[1:]
    )
    is_siren = "regexp_full_match(siren, '[0-9]{9}')"
    in_scope = "true"
    if landing.sirens is not None:
        connection.execute("create table known (siren varchar primary key)")
        if landing.sirens:
            connection.execute("insert into known select unnest(?)", [sorted(landing.sirens)])
        in_scope = "siren in (select siren from known)"
    packed = ", ".join(f'"{name}" := "{name}"' for name in columns)
    # The marker is computed beside the scan, so that one pass both counts and keeps.
    connection.execute(
        f"""create table found as
        with fields as (
            select replace(coalesce(trim(cast("siren" as varchar)), ''), ' ', '') as s, {text} from {relation}
        ),
        named as (select {siren} as siren, * exclude (s) from fields),
        marked as (
            select *, case when not {is_siren} then 'rejected' when {in_scope} then 'kept' else 'other' end as fate
            from named
        )
        select fate, count(*) as rows,
            list(struct_pack({packed})) filter (where fate <> 'other') as rows_kept
        from marked group by fate"""
    )
    counts = {
        str(fate): int(rows) for fate, rows in connection.execute("select fate, rows from found").fetchall()
    }
    rejects = _csv_rejects(connection) if separator is not None else []
    structural = len(rejects)
    if counts.get("rejected"):
        rejects += _bad_sirens(connection, data, separator)
    connection.execute(
        "create table kept as select unnest(rows_kept, recursive := true) from found where fate = 'kept'"
        if counts.get("kept")
        else "create table kept as select "
        + ", ".join(f'cast(null as varchar) as "{name}"' for name in columns)
        + " where false"
    )
    warnings = _warnings(connection, counts.get("other", 0))
    connection.execute(f"copy ({_SELECT}) to {quoted(landing.part)} (format parquet, compression zstd)")
    accepted, first, last = cast(
        "tuple[int, Any, Any]",
        connection.execute(
            f"select count(*), min(state_since), max(state_since) from read_parquet({quoted(landing.part)})"
        ).fetchone(),
    )
    repeated = counts.get("kept", 0) - accepted
    if repeated:
        warnings.append(f"{repeated} rows repeat a SIREN; the one whose state began last is kept.")
    rejects.sort(key=lambda r: (r.line_number is None, r.line_number or 0, r.reason, r.raw_text))
    return landing.finish(
        rejects,
        encoding="utf-8" if separator is not None else None,
        separator=separator,
        date_format="%Y-%m-%d",
        rows_read=sum(counts.values()) + structural,
        rows_accepted=accepted,
        rows_out_of_scope=counts.get("other", 0) + repeated,
        first_date=None if first is None else first.isoformat(),
        last_date=None if last is None else last.isoformat(),
        warnings=warnings,
    )


_SELECT = f"""
select
    siren,
    case when coalesce(denominationUniteLegale, '') not in ('', '[ND]') then denominationUniteLegale
        when coalesce(nomUsageUniteLegale, nomUniteLegale, '') not in ('', '[ND]')
        then trim(concat_ws(' ', nullif(coalesce(prenomUsuelUniteLegale, prenom1UniteLegale), '[ND]'),
            coalesce(nomUsageUniteLegale, nomUniteLegale)))
    end as legal_name,
    coalesce(categorieJuridiqueUniteLegale = '{SOLE_TRADER}', false) as is_sole_trader,
    categorieJuridiqueUniteLegale as legal_category,
    try_cast(dateCreationUniteLegale as date) as creation_date,
    activitePrincipaleUniteLegale as naf_code,
    trancheEffectifsUniteLegale as headcount_band,
    categorieEntreprise as size_category,
    etatAdministratifUniteLegale as administrative_state,
    try_cast(dateDebut as date) as state_since,
    coalesce(statutDiffusionUniteLegale, 'O') = 'O' as is_diffusible
from kept
qualify row_number() over (
    partition by siren
    order by try_cast(dateDebut as date) desc nulls last, etatAdministratifUniteLegale,
        denominationUniteLegale nulls last, nomUniteLegale nulls last, activitePrincipaleUniteLegale nulls last
) = 1
order by siren
"""


def _csv_rejects(connection: duckdb.DuckDBPyConnection) -> list[Reject]:
    """Rows that do not fit the header, or hold a byte that is not UTF-8; each line once."""
    rows = connection.execute(
        "select line, min(column_name), min(cast(error_type as varchar)), min(csv_line) from reject_errors "
        "group by line order by line"
    ).fetchall()
    return [
        Reject(int(line), column, _CSV_REASONS.get(str(kind), str(kind).lower()), str(text or ""))
        for line, column, kind, text in rows
    ]


def _bad_sirens(connection: duckdb.DuckDBPyConnection, data: Path, separator: str | None) -> list[Reject]:
    """Rows whose SIREN is no nine-digit number. In text, a second reading finds their lines: they are rare."""
    reason = "the SIREN is no nine-digit number"
    if separator is None:
        texts = connection.execute(
            "select to_json(r) from (select unnest(rows_kept) as r from found where fate = 'rejected') order by 1"
        ).fetchall()
        return [Reject(None, "siren", reason, str(text)) for (text,) in texts]
    opener: Any = gzip.open if container(data) == "gzip" else open
    found = []
    with opener(data, "rt", encoding="utf-8-sig", errors="replace", newline="") as handle:
        rows = csv.reader(handle, delimiter=separator)
        header = next(rows)
        at = header.index("siren")
        for row in rows:
            if len(row) != len(header):
                continue
            siren = row[at].replace(" ", "")
            if not (len(siren) == 9 and siren.isascii() and siren.isdigit()) and "�" not in "".join(row):
                found.append(Reject(rows.line_num, "siren", reason, separator.join(row)))
    return found


def _warnings(connection: duckdb.DuckDBPyConnection, others: int) -> list[str]:
    """Sentences on what is odd but not refused."""
    bad_dates, bad_states, hidden = cast(
        "tuple[int, int, int]",
        connection.execute(
            """select
            count(*) filter (
                where (dateCreationUniteLegale is not null and try_cast(dateCreationUniteLegale as date) is null)
                or (dateDebut is not null and try_cast(dateDebut as date) is null)),
            count(*) filter (where coalesce(etatAdministratifUniteLegale, '') not in ('A', 'C')),
            count(*) filter (where coalesce(statutDiffusionUniteLegale, 'O') <> 'O')
        from kept"""
        ).fetchone(),
    )
    sentences = (
        (others, f"{others} rows are about legal units that are no known customer; they were left out."),
        (bad_dates, f"{bad_dates} rows hold a date that is none; it is left blank."),
        (bad_states, f"{bad_states} rows have an administrative state other than A (active) or C (ceased)."),
        (
            hidden,
            f"{hidden} legal units are not, or not wholly, open to diffusion: their names are withheld.",
        ),
    )
    return list(itertools.compress((text for _, text in sentences), (count for count, _ in sentences)))


__all__ = ["land_sirene"]
