"""What the readers of national open data share: recognising a file, landing it once, the account of its rows.

Belongs here: container formats (zip, gzip, Parquet), names under `raw/`, the record of a landed file. Does not
belong here: the meaning of a column (`sirene`, `bodacc`), sifting millions of rows (`stock_files`).

National files hold millions of rows that are not about anyone's customers. Only the rows that are wanted are kept;
the others are counted (`rows_out_of_scope`), never called accepted nor rejected:
rows_read = rows_accepted + rows_rejected + rows_out_of_scope.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.errors import DataError
from pipelines.lake import quoted, sha256_file, write_json, write_table
from pipelines.sources.companies import Wanted

REJECT_COLUMNS = {
    "line_number": "BIGINT",
    "column_name": "VARCHAR",
    "reason": "VARCHAR",
    "raw_text": "VARCHAR",
    "debit": "DECIMAL(18,2)",
    "credit": "DECIMAL(18,2)",
}
RAW_TEXT_LENGTH = 2000


@dataclass(frozen=True)
class LandedFile:
    """A landed file.

    Attributes:
        parquet: its kept rows.
        rejects: its refused rows (`REJECT_COLUMNS`), or None where there are none.
        statistics: a row of `quality.sources` but for the company, with `rows_out_of_scope`; `warnings` is a list
            of sentences; dates are ISO texts.
        tables: of a source of companies: table of `companies.TABLES` → its kept rows.
    """

    parquet: Path
    rejects: Path | None
    statistics: dict[str, Any]
    tables: Mapping[str, Path] = field(default_factory=dict)

    def record(self, root: Path, company_id: str | None = None) -> dict[str, Any]:
        """The record of a landing: the statistics and the paths, relative to the workspace."""
        return {
            **self.statistics,
            "company_id": company_id,
            "warnings": json.dumps(self.statistics["warnings"], ensure_ascii=False),
            "parquet": self.parquet.relative_to(root).as_posix(),
            "rejects": None if self.rejects is None else self.rejects.relative_to(root).as_posix(),
            "unbalanced": None,
            "tables": {name: path.relative_to(root).as_posix() for name, path in self.tables.items()},
        }


@dataclass(frozen=True)
class Reject:
    """A refused row: its physical line (None where a format has no lines), the column, why, and its text."""

    line_number: int | None
    column_name: str | None
    reason: str
    raw_text: str

    def row(self) -> dict[str, Any]:
        """As a row of `quality.rejected_rows`."""
        return {
            "line_number": self.line_number,
            "column_name": self.column_name,
            "reason": self.reason,
            "raw_text": self.raw_text[:RAW_TEXT_LENGTH],
            "debit": None,
            "credit": None,
        }


@dataclass
class Landing:
    """The places one file lands in, named by its content and by what of it is kept.

    A source of companies gives one file per table (`place`, `part_of`), the others one file (`parquet`, `part`).
    """

    source: str
    path: Path
    raw_dir: Path
    quarantine_dir: Path
    wanted: Wanted | None
    version: int
    sha256: str = field(init=False)
    stem: str = field(init=False)

    def __post_init__(self) -> None:
        if not self.path.is_file() or self.path.stat().st_size == 0:
            raise DataError(f"{self.path}: the file is empty; download it again.")
        self.sha256 = sha256_file(self.path)
        scope = "all"
        if self.wanted is not None and self.wanted.ids is not None:
            scope = _digest([*sorted(self.wanted.ids), "", *sorted(self.wanted.blocks)])
        self.stem = f"{self.sha256[:16]}-{scope}-v{self.version}"
        self.raw_dir.mkdir(parents=True, exist_ok=True)

    @property
    def parquet(self) -> Path:
        """Where the kept rows go."""
        return self.raw_dir / f"{self.stem}.parquet"

    @property
    def sidecar(self) -> Path:
        """Where the statistics go."""
        return self.raw_dir / f"{self.stem}.json"

    @property
    def rejects(self) -> Path:
        """Where refused rows go."""
        return self.quarantine_dir / f"{self.stem}.parquet"

    @property
    def part(self) -> Path:
        """The Parquet file while it is written."""
        return self.raw_dir / f".{self.stem}.parquet.part"

    def place(self, table: str) -> Path:
        """Where the kept rows of one table of `companies.TABLES` go."""
        return self.raw_dir / f"{self.stem}-{table}.parquet"

    def part_of(self, table: str) -> Path:
        """The Parquet file of a table while it is written."""
        return self.raw_dir / f".{self.stem}-{table}.parquet.part"

    def drop_parts(self) -> None:
        """Remove what a reading that did not end has written."""
        for part in self.raw_dir.glob(f".{self.stem}*.part"):
            part.unlink()

    def known(self) -> LandedFile | None:
        """The file as landed earlier under any name, or None."""
        if not self.sidecar.exists():
            return None
        statistics = json.loads(self.sidecar.read_text(encoding="utf-8"))
        tables = {name: self.place(name) for name in statistics.get("tables", ())}
        places = [*tables.values()] or [self.parquet]
        if not all(place.exists() for place in places):
            return None
        if statistics["rows_rejected"] and not self.rejects.exists():
            return None
        statistics["file_name"] = self.path.name
        rejects = self.rejects if statistics["rows_rejected"] else None
        return LandedFile(places[0], rejects, statistics, tables)

    def finish(self, rejects: Sequence[Reject], tables: Sequence[str] = (), **statistics: Any) -> LandedFile:
        """Put the written parts in place, the rejects and statistics beside them.

        Args:
            tables: of a source of companies: those that were written (`part_of`), the main one first.
        """
        if rejects:
            write_table(self.rejects, REJECT_COLUMNS, [reject.row() for reject in rejects])
        everything: dict[str, Any] = {
            "source": self.source,
            "file_name": self.path.name,
            "sha256": self.sha256,
            "source_id": self.sha256[:16],
            "encoding": None,
            "separator": None,
            "amount_layout": None,
            "date_format": None,
            "decimal_mark": None,
            "rows_rejected": len(rejects),
            "debit_total": None,
            "credit_total": None,
            "debit_rejected": None,
            "credit_rejected": None,
            "first_date": None,
            "last_date": None,
            "fiscal_year": None,
            "entries": None,
            "unbalanced_entries": None,
            "draft_rows": None,
            "status": "used",
            "superseded_by": None,
            "warnings": [],
            "tables": list(tables),
            **statistics,
        }
        places = {name: self.place(name) for name in tables}
        for name, place in places.items():
            os.replace(self.part_of(name), place)
        if not tables:
            os.replace(self.part, self.parquet)
        write_json(self.sidecar, everything)
        main = places[tables[0]] if tables else self.parquet
        return LandedFile(main, self.rejects if rejects else None, everything, places)


def _digest(values: list[str]) -> str:
    return hashlib.sha256("\n".join(values).encode()).hexdigest()[:8]


def json_form(path: Path, data: Path) -> str:
    """How a text holds its records: `array`, `lines` or `object` of JSON, else `csv`; by its first characters.

    Raises:
        DataError: nothing in it but blanks.
    """
    with data.open("rb") as handle:
        head = handle.read(1 << 16)
    text = head.decode("utf-8-sig", errors="replace").lstrip()
    if not text:
        raise DataError(f"{path}: the file is empty; download it again.")
    if text[0] == "[":
        return "array"
    if text[0] == "{":
        first = text.splitlines()[0]
        try:
            record = json.loads(first)
        except ValueError:
            # One long line, or a first line that is a part of an object.
            return "lines" if len(first) >= (1 << 15) and '"records"' not in first[:4096] else "object"
        wrapped = isinstance(record.get("records"), list) or isinstance(record.get("results"), list)
        return "object" if wrapped else "lines"
    return "csv"


def unwrapped(record: Any) -> Any:
    """A record as the Opendatasoft API hands it out: v1 nests its fields in `fields`, v2.0 once more in `record`."""
    inner = record.get("record", record) if isinstance(record, dict) else record
    fields = inner.get("fields") if isinstance(inner, dict) else None
    return fields if isinstance(fields, dict) else inner


def container(path: Path) -> str:
    """`zip`, `gzip`, `parquet` or `text`, by the first bytes of a file; never by its name."""
    with path.open("rb") as handle:
        head = handle.read(8)
    if head.startswith(b"PK"):
        return "zip"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    return "parquet" if head.startswith(b"PAR1") else "text"


@contextlib.contextmanager
def ungzipped(path: Path, folder: Path) -> Iterator[Path]:
    """What a gzip file holds, streamed to a temporary file beside the landing, its checksum verified on the way.

    Raises:
        DataError: the file was cut short or is damaged.
    """
    handle, name = tempfile.mkstemp(dir=folder, prefix=".unzipped.")
    try:
        try:
            with os.fdopen(handle, "wb") as out, gzip.open(path, "rb") as packed:
                shutil.copyfileobj(packed, out, 1 << 20)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DataError(
                f"{path}: the file was cut short or is damaged ({error}); download it again."
            ) from error
        yield Path(name)
    finally:
        os.unlink(name)


@contextlib.contextmanager
def unzipped(path: Path, folder: Path, expected: str) -> Iterator[Path]:
    """The one data file of a zip archive, streamed to a temporary file beside the landing.

    Args:
        expected: what the archive should hold, for the message.

    Raises:
        DataError: a broken or protected archive, none or several data files in it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [
                m
                for m in archive.infolist()
                if not m.is_dir()
                and not Path(m.filename).name.startswith((".", "__MACOSX"))
                and Path(m.filename).suffix.lower() in (".csv", ".parquet", ".json", ".txt")
            ]
            if len(members) != 1:
                raise DataError(
                    f"{path}: the archive holds {len(members)} data files where one is expected ({expected}); "
                    "unpack it and name the file."
                )
            if members[0].flag_bits & 0x1:
                raise DataError(f"{path}: the archive is protected by a password; unpack it first.")
            handle, name = tempfile.mkstemp(dir=folder, prefix=".unzipped.")
            try:
                with os.fdopen(handle, "wb") as out, archive.open(members[0]) as member:
                    shutil.copyfileobj(member, out, 1 << 20)
                yield Path(name)
            finally:
                os.unlink(name)
    except (zipfile.BadZipFile, EOFError) as error:
        raise DataError(f"{path}: the archive is damaged ({error}); download it again.") from error
    # zipfile's word for a compression or a version of the format that it does not know.
    except NotImplementedError as error:
        raise DataError(
            f"{path}: the archive cannot be unpacked here ({error}); unpack it and name the file."
        ) from error


__all__ = [
    "REJECT_COLUMNS",
    "LandedFile",
    "Landing",
    "Reject",
    "container",
    "json_form",
    "quoted",
    "ungzipped",
    "unwrapped",
    "unzipped",
]
