"""Tables in files: CSV, Excel and Parquet as one Parquet of texts, landed once by content.

What belongs here: finding the header, taking a file apart into rows and columns, and saying where that is not
possible. What does not: which column means what, dates and amounts (`table_parse`), databases (`table_query`).

A text table holds what the source holds, column by column under its own headers, so that a mapping can change without
the file being at hand. CSV is taken apart by Arrow's streaming reader, which knows quotes and line breaks inside them,
in bounded memory; the physical line of each row is counted along.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import hashlib
import io
import itertools
import json
import os
import re
import tempfile
import unicodedata
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.errors import DataError, UsageError
from pipelines.lake import quoted, sha256_file, write_json
from pipelines.sources.canonical import TABLES, Kind, TableSpec
from pipelines.sources.text_stream import (
    TextFile,
    decode_bytes,
    decode_head,
    ended_text,
    read_head,
    scan,
)

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_VERSION = 1
LINE = "line_number"
SEPARATOR_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
# So many rows from the top are looked at for a header.
_HEAD_ROWS = 30
_CHUNK_ROWS = 20_000
# So many misshapen rows are kept; a file with more of them than whole ones is refused.
_RAGGED_KEPT = 10_000
_SENTINEL = "\x03"
_RAGGED_SCHEMA = pa.schema([(LINE, pa.int64()), ("reason", pa.string()), ("raw_text", pa.string())])


@dataclass(frozen=True)
class TextTable:
    """A source's rows as texts.

    Attributes:
        parquet: every source column as VARCHAR under its header, and line_number BIGINT: the physical line of a text
            file on which the row begins, the row of a sheet, the row of a result.
        columns: the headers; a second column of the same name is called `name (2)`, one without a name `column_5`.
        native: columns whose texts come from typed cells: ISO dates, decimal points, true and false.
        encoding, separator: of a text file, else None.
        rows: blank ones aside, misshapen ones among them.
        faults: header → why the column cannot be read as it is; it is refused where a mapping names it.
        ragged: rows that do not fit under the header: line_number, reason, raw_text; None without any.
    """

    parquet: Path
    file_name: str
    sha256: str
    columns: tuple[str, ...]
    native: Mapping[str, Kind]
    encoding: str | None
    separator: str | None
    rows: int
    faults: Mapping[str, str] = field(default_factory=dict)
    ragged: Path | None = None


def read_table_file(path: Path, spec: TableSpec, folder: Path) -> TextTable:
    """The table in a file, told by its first bytes: CSV text, Excel (xlsx, xls, ods) or Parquet.

    Args:
        spec: its encoding, separator, sheet and header row where declared; its headers tell the line they stand on.
        folder: where the Parquet file goes, named by content and reading.

    Raises:
        UsageError: there is no such file, or a declared encoding is unknown.
        DataError: it is empty, damaged or protected, its header stands below a title, a quote is never closed, most
            rows do not fit under the header, or a workbook has several sheets and none is named.
    """
    if not path.is_file() or path.stat().st_size == 0:
        read_head(path)
    with path.open("rb") as handle:
        head = handle.read(8)
    folder.mkdir(parents=True, exist_ok=True)
    if head.startswith(b"PAR1"):
        return _read_parquet(path, folder)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _read_workbook(path, spec, folder)
    return _read_csv(path, spec, folder)


def restore(parquet: Path, file_name: str) -> TextTable:
    """The text table landed earlier at a place."""
    given = json.loads(parquet.with_suffix(".json").read_text(encoding="utf-8"))
    ragged = parquet.with_suffix(".ragged.parquet") if given.pop("has_ragged") else None
    native = {name: Kind(kind) for name, kind in given.pop("native").items()}
    columns = tuple(given.pop("columns"))
    return TextTable(
        parquet=parquet, file_name=file_name, columns=columns, native=native, ragged=ragged, **given
    )


def plain(text: str) -> str:
    """Lower case letters and digits, without accents: how headers are compared with the names we know."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^a-z0-9]", "", "".join(c for c in decomposed if not unicodedata.combining(c)))


def header_like(text: str) -> str:
    """A header as it is compared with a mapping: without case and blanks around."""
    return " ".join(text.split()).casefold()


# --- headers -------------------------------------------------------------------------------------------------------


def _wanted(spec: TableSpec) -> frozenset[str]:
    """Plain names of headers that a file of this table may bear."""
    table = TABLES[spec.table]
    names = [*spec.columns.values(), *table.columns]
    names += [name for known in spec.known_columns.values() for name in known]
    names += [name for rule in (*spec.only, *spec.leave_out, *spec.negate) for name in rule.headers]
    names += [alias for column in table.columns.values() for alias in column.aliases.split()]
    return frozenset(plain(name) for name in names) - {""}


def _matches(row: Sequence[str], wanted: Collection[str]) -> int:
    return len({plain(cell) for cell in row} & set(wanted))


def _refuse_title(where: str, rows: Sequence[tuple[int, Sequence[str]]], wanted: Collection[str]) -> None:
    """Refuse a table whose first row is a title and whose header stands below it."""
    first = _matches(rows[0][1], wanted)
    best, line = max(((_matches(row, wanted), -at) for at, row in rows), default=(0, 0))
    if best >= 2 and best > 2 * first:
        title = next((cell for cell in rows[0][1] if cell.strip()), "")
        raise DataError(
            f"{where} {rows[0][0]}: '{title.strip()[:60]}' stands where the header is expected, which seems to be on "
            f"{where.rsplit(' ', 1)[-1]} {-line}: declare `header_row: {-line}`."
        )


def names_of(header: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """A name for each column, no two alike but for case, and the faults of those whose header occurs twice."""
    names: list[str] = []
    seen = {LINE}
    first: dict[str, str] = {}
    faults: dict[str, str] = {}
    for at, cell in enumerate(header, 1):
        written = " ".join(cell.split()) or f"column_{at}"
        name, copy = written, 2
        while name.casefold() in seen:
            name, copy = f"{written} ({copy})", copy + 1
        seen.add(name.casefold())
        names.append(name)
        if written.casefold() in first:
            sentence = f"the column '{written}' occurs twice: rename one of them"
            faults[first[written.casefold()]] = faults[name] = sentence
        first.setdefault(written.casefold(), name)
    return names, faults


# --- writing -------------------------------------------------------------------------------------------------------


class TextWriter:
    """Writes a text table batch by batch; left by an error it leaves nothing.

    Attributes:
        kinds: column → kinds of typed cells met in it.
    """

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.names = list(names)
        self.rows = 0
        self.kinds: dict[str, set[Kind]] = {name: set() for name in names}
        self.filled: set[str] = set()
        self.ragged: list[tuple[int, str, str]] = []
        self.schema = pa.schema([(LINE, pa.int64()), *((name, pa.string()) for name in names)])
        handle, part = tempfile.mkstemp(dir=folder, prefix=".text.", suffix=".part")
        os.close(handle)
        self.part = Path(part)
        self.writer = pq.ParquetWriter(self.part, self.schema, compression="zstd")

    def __enter__(self) -> TextWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.writer.close()
        self.part.unlink(missing_ok=True)

    def texts(self, lines: pa.Array, columns: Sequence[pa.Array]) -> None:
        """Append rows of texts; rows of blanks only are left out."""
        is_blank = None
        for column in columns:
            blank = pc.equal(pc.utf8_trim_whitespace(pc.fill_null(column, "")), "")
            is_blank = blank if is_blank is None else pc.and_(is_blank, blank)
            if not pc.any(is_blank).as_py():
                break
        batch = pa.RecordBatch.from_arrays([lines, *columns], schema=self.schema)
        if is_blank is not None and pc.any(is_blank).as_py():
            batch = batch.filter(pc.invert(is_blank))
        for name, column in zip(self.names, batch.columns[1:], strict=True):
            if name not in self.filled and pc.any(pc.greater(pc.binary_length(column), 0)).as_py():
                self.filled.add(name)
        self.rows += len(batch)
        self.writer.write_batch(batch)

    def values(self, lines: Sequence[int], columns: Sequence[Sequence[Any]]) -> None:
        """Append rows of typed values."""
        arrays = []
        for name, given in zip(self.names, columns, strict=True):
            array, kinds = as_texts(given)
            self.kinds[name] |= kinds
            arrays.append(array)
        self.texts(pa.array(lines, pa.int64()), arrays)

    def close(self) -> Path:
        """End the writing; the part is whole then, and still to be put in place."""
        self.writer.close()
        return self.part

    def finish(self, stem: str, file_name: str, sha256: str, **facts: Any) -> TextTable:
        """Put the table in place under a name, its facts beside it."""
        self.close()
        parquet = self.folder / f"{stem}.parquet"
        if self.ragged:
            ragged = parquet.with_suffix(".ragged.parquet")
            columns = list(zip(*self.ragged, strict=True))
            table = pa.table([pa.array(column) for column in columns], schema=_RAGGED_SCHEMA)
            pq.write_table(table, ragged, compression="zstd")
        native = {name: kind for name, kinds in self.kinds.items() if (kind := _one_kind(kinds)) is not None}
        os.replace(self.part, parquet)
        # A column without a header counts where something stands in it.
        named = [name for name in self.names if name in self.filled or not re.fullmatch(r"column_\d+", name)]
        write_json(
            parquet.with_suffix(".json"),
            {
                "sha256": sha256,
                "columns": named,
                "native": native,
                "encoding": None,
                "separator": None,
                "rows": self.rows + len(self.ragged),
                "faults": {},
                "has_ragged": bool(self.ragged),
                **facts,
            },
        )
        return restore(parquet, file_name)


def _one_kind(kinds: set[Kind]) -> Kind | None:
    """What all typed cells of a column are; None where there is none, or texts stand among them."""
    if kinds == {Kind.DATE, Kind.TIMESTAMP}:
        return Kind.TIMESTAMP
    if kinds == {Kind.INTEGER, Kind.RATE}:
        return Kind.RATE
    return next(iter(kinds)) if len(kinds) == 1 and Kind.TEXT not in kinds else None


# Types that Arrow writes as texts just as `_text` does, many times faster.
_ARROW_KINDS = {str: Kind.TEXT, int: Kind.INTEGER, bool: Kind.FLAG, date: Kind.DATE}


def as_texts(values: Sequence[Any]) -> tuple[pa.Array, set[Kind]]:
    """Typed values as texts (ISO dates, decimal points, whole numbers without decimals), and their kinds."""
    types = set(map(type, values)) - {type(None)}
    if not types:
        return pa.nulls(len(values), pa.string()), set()
    if len(types) == 1 and (kind := _ARROW_KINDS.get(types.pop())):
        with contextlib.suppress(pa.ArrowException, OverflowError):
            return pa.array(values).cast(pa.string()), {kind}
    pairs = [_text(value) for value in values]
    return pa.array([text for text, _ in pairs], pa.string()), {kind for _, kind in pairs if kind}


def text_of(value: Any) -> str | None:
    """A typed value as its text; None for nothing."""
    return _text(value)[0]


def _text(value: Any) -> tuple[str | None, Kind | None]:
    match value:
        case None:
            return None, None
        case str():
            return (value, Kind.TEXT) if value else (None, None)
        case bool():
            return str(value).lower(), Kind.FLAG
        case int():
            return str(value), Kind.INTEGER
        case float():
            # A workbook knows no whole numbers: 1001.0 is the customer 1001.
            return (str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)), Kind.RATE
        case Decimal():
            return format(value, "f"), Kind.RATE
        case datetime():
            return value.isoformat(" "), Kind.TIMESTAMP
        case date():
            return value.isoformat(), Kind.DATE
        case bytes() | memoryview():
            return bytes(value).decode("utf-8", "replace"), Kind.TEXT
    return str(value), Kind.TEXT


def _stem(sha256: str, *reading: object) -> str:
    scope = hashlib.sha256("\n".join(map(str, reading)).encode()).hexdigest()[:8]
    return f"{sha256[:16]}-{scope}-v{_VERSION}"


def _known(folder: Path, stem: str, file_name: str) -> TextTable | None:
    parquet = folder / f"{stem}.parquet"
    if not (parquet.exists() and parquet.with_suffix(".json").exists()):
        return None
    table = restore(parquet, file_name)
    return table if table.ragged is None or table.ragged.exists() else None


# --- text ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _CsvHead:
    """Where the rows of a text file begin, and under which header; `width` counts the blank fields behind too."""

    separator: str
    lines: int
    header: list[str]
    width: int


def _read_csv(path: Path, spec: TableSpec, folder: Path) -> TextTable:
    declared = _encoding(spec)
    head = read_head(path)
    text = decode_bytes(head, declared) if declared else decode_head(head)
    shape = _csv_head(path.name, text, spec)
    file = scan(path, shape.separator, declared)
    if spec.encoding and declared is None and not file.encoding.startswith("utf"):
        raise DataError(
            f"{path.name} is no {spec.encoding} text but {file.encoding}: declare `encoding: {file.encoding}`."
        )
    stem = _stem(file.sha256, file.encoding, shape.separator, shape.lines, shape.width)
    if (known := _known(folder, stem, path.name)) is not None:
        return known
    names, faults = names_of(shape.header)
    with TextWriter(folder, names) as writer:
        _CsvRows(file, shape, writer).copy()
        return writer.finish(
            stem, path.name, file.sha256, encoding=file.encoding, separator=shape.separator, faults=faults
        )


def _encoding(spec: TableSpec) -> str | None:
    """The declared one-byte encoding; None where none is declared, or UTF-8 or UTF-16, which tell themselves."""
    if spec.encoding is None:
        return None
    try:
        name = codecs.lookup(spec.encoding).name
    except LookupError:
        raise UsageError(
            f"{spec.where}: encoding '{spec.encoding}' is unknown; write utf-8, cp1252, iso-8859-15, cp850…"
        ) from None
    return None if name.startswith("utf") else name


def _csv_head(file_name: str, text: str, spec: TableSpec) -> _CsvHead:
    """Header and separator, from the first rows."""
    text = re.sub(r"\r+\n|\r", "\n", text).removeprefix("\ufeff")
    wanted = _wanted(spec)
    separators = [spec.separator] if spec.separator else list(SEPARATOR_NAMES)
    skipped = 0
    if match := re.match(r'"?sep=(.)"?[ \t]*\n', text, re.IGNORECASE):
        separators = [spec.separator or match[1]]
        skipped = 1
    if spec.header_row:
        skipped = spec.header_row - 1
    body = text.split("\n", skipped)[-1] if text.count("\n") >= skipped else ""
    found = {separator: _records(body, separator, skipped) for separator in separators}
    separator = max(separators, key=lambda one: _likeness(found[one], wanted))
    records = found[separator]
    if not records:
        raise DataError(f"{file_name} has no header on line {skipped + 1}: name its line as `header_row`.")
    if not spec.header_row:
        _refuse_title(f"{file_name}, line", [(line, row) for line, _, row in records], wanted)
    _, last_line, header = records[0]
    while header and not header[-1].strip():
        header.pop()
    width = len(header)
    # Exports that end their rows with a separator: as many blank fields more as the first row has.
    if len(records) > 1 and len(records[1][2]) > width and not any(map(str.strip, records[1][2][width:])):
        width = len(records[1][2])
    return _CsvHead(separator, last_line, header, width)


def _records(text: str, separator: str, lines_before: int) -> list[tuple[int, int, list[str]]]:
    """The first records that are not blank: their first and last line, and their values."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    records = []
    line = 1
    try:
        for row in itertools.islice(reader, _HEAD_ROWS):
            if any(cell.strip() for cell in row):
                records.append((lines_before + line, lines_before + reader.line_num, row))
            line = reader.line_num + 1
    except csv.Error:
        pass  # a value longer than any header: what stands before it tells enough
    return records


def _likeness(records: Sequence[tuple[int, int, list[str]]], wanted: Collection[str]) -> tuple[int, int, int]:
    """How well a separator takes the first rows apart: known headers, columns of the first, of the most."""
    widths = [len(row) for _, _, row in records]
    if not widths:
        return 0, 0, 0
    return max(_matches(row, wanted) for _, _, row in records), widths[0], max(widths)


class _Bytes(io.RawIOBase):
    """Pieces of bytes as a file that Arrow reads."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces
        self.left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self.left:
            self.left = next(self.pieces, b"")
        size = min(len(buffer), len(self.left))
        buffer[:size], self.left = self.left[:size], self.left[size:]
        return size


class _CsvRows:
    """One reading of the rows of a text file, their physical lines counted along.

    Arrow numbers the rows it refuses (`row.number`, the first is 1) but not those it gives: these are the others in
    order. A row of sentinels behind the last one comes out as a row unless a quote is still open.
    """

    def __init__(self, file: TextFile, shape: _CsvHead, writer: TextWriter) -> None:
        self.file = file
        self.shape = shape
        self.writer = writer
        self.refused: dict[int, tuple[int, str]] = {}
        self.next_number = 1
        self.line = shape.lines + 1
        self.has_ended = False

    def copy(self) -> None:
        from pyarrow import csv as arrow_csv

        blank = (f"\n{at}" for at in itertools.count())
        names = [*self.writer.names, *itertools.islice(blank, self.shape.width - len(self.shape.header))]
        try:
            reader = arrow_csv.open_csv(
                pa.PythonFile(io.BufferedReader(_Bytes(self._pieces()), 1 << 20), mode="r"),
                read_options=arrow_csv.ReadOptions(column_names=names, block_size=1 << 22, use_threads=False),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=self.shape.separator,
                    newlines_in_values=True,
                    ignore_empty_lines=False,
                    invalid_row_handler=self._refuse,
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    strings_can_be_null=False,
                    include_columns=names,
                ),
            )
            for batch in reader:
                self._take(batch)
        except pa.ArrowInvalid as error:
            if "straddl" in str(error):
                raise self._open_quote(self.line) from None
            raise DataError(
                f"{self.file.path.name}, from line {self.line} on: {error}".rstrip(".") + "."
            ) from None
        if not self.has_ended:
            raise self._open_quote(self.line)

    def _pieces(self) -> Iterator[bytes]:
        """The text behind the header, and the row of sentinels."""
        skip = self.shape.lines
        for piece in ended_text(self.file):
            while skip and piece:
                skip -= 1
                piece = piece[piece.find(b"\n") + 1 :]
            if piece:
                yield piece
        yield self.shape.separator.join([_SENTINEL] * self.shape.width).encode() + b"\n"

    def _refuse(self, row: Any) -> str:
        self.refused[row.number] = (row.actual_columns, row.text)
        return "skip"

    def _take(self, batch: pa.RecordBatch) -> None:
        breaks = np.zeros(len(batch), dtype=np.int64)
        for column in batch.columns:
            if pc.any(pc.match_substring(column, "\n")).as_py():
                breaks += pc.count_substring(column, "\n").to_numpy(zero_copy_only=False)
        # Numbers of the rows given: those not refused, from the next on.
        first, last = self.next_number, self.next_number + len(batch)
        inside = [number for number in sorted(self.refused) if number >= first]
        for number in inside:
            if number < last:
                last += 1
        numbers = np.arange(first, last)
        is_given = ~np.isin(numbers, inside)
        lines_of = np.ones(len(numbers), dtype=np.int64)
        lines_of[is_given] += breaks
        for number in inside:
            if number < last:
                lines_of[number - first] += self.refused[number][1].count("\n")
        lines = self.line + np.cumsum(lines_of) - lines_of
        for number in inside:
            if number < last:
                self._ragged(int(lines[number - first]), *self.refused.pop(number))
        given = lines[is_given]
        if breaks.any():
            self._check_long_values(batch, given, breaks)
        self.next_number, self.line = last, self.line + int(lines_of.sum())
        if len(batch) and batch.column(0)[-1].as_py() == _SENTINEL:
            self.has_ended = True
            batch, given = batch.slice(0, len(batch) - 1), given[:-1]
        named = len(self.shape.header)
        for column in batch.columns[named:]:
            is_filled = pc.not_equal(pc.utf8_trim_whitespace(column), "")
            for at in np.flatnonzero(is_filled.to_numpy(zero_copy_only=False)):
                values = [value[int(at)].as_py() for value in batch.columns]
                self._ragged(int(given[at]), len(values), self.shape.separator.join(values))
            if pc.any(is_filled).as_py():
                kept = pc.invert(is_filled)
                batch, given = batch.filter(kept), given[kept.to_numpy(zero_copy_only=False)]
        self.writer.texts(pa.array(given), batch.columns[:named])

    def _ragged(self, line: int, actual: int, text: str) -> None:
        if "\n" in text and _SENTINEL in text:
            raise self._open_quote(line)
        if (
            "\n" in text
            and text.count(self.shape.separator) >= self.shape.width
            and not self._quotes_are_sound()
        ):
            raise self._open_quote(line)
        reason = f"the row has {actual} values for {len(self.shape.header)} columns"
        self.writer.ragged.append((line, reason, text[:2000]))
        if len(self.writer.ragged) > max(_RAGGED_KEPT, self.writer.rows):
            raise DataError(
                f"{self.file.path.name}, line {line}: {reason}, as in most rows: declare the `separator`, or quote "
                "the values that contain it."
            )

    def _check_long_values(self, batch: pa.RecordBatch, lines: Any, breaks: Any) -> None:
        """Refuse a value that swallowed rows because its quote is not closed, where the file's quotes prove it."""
        enough = self.shape.width - 1
        for at in np.flatnonzero(breaks):
            for column in batch.columns:
                value = column[int(at)].as_py()
                if (
                    "\n" in value
                    and value.count(self.shape.separator) >= enough
                    and not self._quotes_are_sound()
                ):
                    raise self._open_quote(int(lines[at]))

    def _quotes_are_sound(self) -> bool:
        """Whether every quote that closes a value is followed by a separator or a line end."""
        allowed = np.frombuffer(f'"\n{self.shape.separator}'.encode(), dtype=np.uint8)
        is_open = 0
        for piece in self._pieces():
            octets = np.frombuffer(piece, dtype=np.uint8)
            quotes = np.flatnonzero(octets == 0x22)
            closing = quotes[(np.arange(len(quotes)) + is_open) % 2 == 1]
            if not np.isin(octets[closing + 1], allowed).all():
                return False
            is_open = (is_open + len(quotes)) % 2
        return not is_open

    def _open_quote(self, line: int) -> DataError:
        return DataError(
            f"{self.file.path.name}, line {line}: a quote is opened and never closed: double the quotes inside a "
            "quoted value, or remove them."
        )


# --- workbooks -----------------------------------------------------------------------------------------------------


def _read_workbook(path: Path, spec: TableSpec, folder: Path) -> TextTable:
    import python_calamine

    try:
        workbook = python_calamine.load_workbook(path)
    except python_calamine.PasswordError:
        raise DataError(f"{path.name} is protected by a password: save it without.") from None
    except (python_calamine.CalamineError, OSError) as error:
        raise DataError(
            f"{path.name} is no workbook that can be read ({error}): save it again as xlsx."
        ) from None
    with workbook:
        sheet = _sheet(path.name, workbook, spec)
        sha256 = sha256_file(path)
        stem = _stem(sha256, sheet.name, spec.header_row)
        if (known := _known(folder, stem, path.name)) is not None:
            return known
        where = f"{path.name}, sheet {sheet.name}, row"
        rows = ((at, row) for at, row in enumerate(sheet.iter_rows(), 1))
        line, header = _sheet_header(where, sheet, rows, spec)
        names, faults = names_of(header)
        faults |= _merged(sheet, line, names)
        faults |= _unstored(path, sheet.name, line, names)
        with TextWriter(folder, names) as writer:
            while chunk := list(itertools.islice(rows, _CHUNK_ROWS)):
                columns = list(zip(*(row[: len(names)] for _, row in chunk), strict=True))
                cells = [[None if cell == "" else cell for cell in column] for column in columns]
                writer.values([at for at, _ in chunk], cells)
            return writer.finish(stem, path.name, sha256, faults=faults)


def _sheet(file_name: str, workbook: CalamineWorkbook, spec: TableSpec) -> CalamineSheet:
    if spec.sheet is not None:
        if spec.sheet not in workbook.sheet_names:
            raise DataError(
                f"{file_name} has no sheet '{spec.sheet}' ({spec.where}); it has: {', '.join(workbook.sheet_names)}."
            )
        return workbook.get_sheet_by_name(spec.sheet)
    filled = [sheet for name in workbook.sheet_names if (sheet := workbook.get_sheet_by_name(name)).height]
    if not filled:
        raise DataError(f"{file_name} is empty: export it again.")
    if len(filled) > 1:
        raise DataError(
            f"{file_name} has several sheets ({', '.join(sheet.name for sheet in filled)}): "
            f"declare which one as `sheet: {filled[0].name}`."
        )
    return filled[0]


def _sheet_header(
    where: str, sheet: CalamineSheet, rows: Iterator[tuple[int, list[Any]]], spec: TableSpec
) -> tuple[int, list[str]]:
    """The header's row and cells; `rows` then goes on behind it."""
    if not spec.header_row:
        head = [
            (at, [text_of(cell) or "" for cell in row])
            for at, row in enumerate(itertools.islice(sheet.iter_rows(), _HEAD_ROWS), 1)
        ]
        if head := [(at, row) for at, row in head if any(map(str.strip, row))]:
            _refuse_title(where, head, _wanted(spec))
    for at, row in rows:
        cells = [text_of(cell) or "" for cell in row]
        if at == spec.header_row or (not spec.header_row and any(map(str.strip, cells))):
            if not any(map(str.strip, cells)):
                break
            return at, cells
    raise DataError(
        f"{where} {spec.header_row or 1}: there is no header there: name its row as `header_row`."
    )


def _merged(sheet: CalamineSheet, header_row: int, names: Sequence[str]) -> dict[str, str]:
    """Columns with merged cells in or below the header: only the first of them holds the value."""
    faults = {}
    for (top, left), (bottom, right) in sorted(sheet.merged_cell_ranges or [], reverse=True):
        if bottom + 1 >= header_row:
            cells = f"{_letters(left)}{top + 1}:{_letters(right)}{bottom + 1}"
            for name in names[left : right + 1]:
                faults[name] = (
                    f"the cells {cells} of sheet {sheet.name} are merged: unmerge them and fill each one"
                )
    return faults


def _letters(column: int) -> str:
    """0 → A, 26 → AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


_CELL = re.compile(
    rb'(<(?:\w+:)?c\s(?:[^>]*?\s)?r="([A-Z]+)(\d+)"[^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)', re.DOTALL
)
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_STORED = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>[^<]")


def _unstored(path: Path, sheet_name: str, header_row: int, names: Sequence[str]) -> dict[str, str]:
    """Columns of an xlsx with a formula whose value was never stored, or whose value is an error: the first cell."""
    faults: dict[str, str] = {}
    by_letters = {_letters(at): name for at, name in enumerate(names)}
    with _sheet_xml(path, sheet_name) as stream:
        left = b""
        while block := stream.read(1 << 20):
            text = left + block
            cut = text.rfind(b"row>") + 4 if b"row>" in text else 0
            piece, left = text[:cut], text[cut:]
            if not (_FORMULA.search(piece) or b't="e"' in piece):
                continue
            for match in _CELL.finditer(piece):
                tag, letters, row, content = match.groups()
                name = by_letters.get(letters.decode())
                if name is None or name in faults or int(row) < header_row or not content:
                    continue
                cell = f"{letters.decode()}{row.decode()} of sheet {sheet_name}"
                if b't="e"' in tag:
                    faults[name] = f"the cell {cell} holds an error: correct it, and save the workbook"
                elif _FORMULA.search(content) and not (_STORED.search(content) or b't="str"' in tag):
                    faults[name] = (
                        f"the cell {cell} holds a formula without a stored value: open the workbook in Excel and "
                        "save it, or paste the values"
                    )
    return faults


def _sheet_xml(path: Path, sheet_name: str) -> Any:
    """The XML of a sheet of an xlsx; an empty stream for other workbooks."""
    if not zipfile.is_zipfile(path):
        return io.BytesIO()
    archive = zipfile.ZipFile(path)
    if "xl/workbook.xml" not in archive.namelist():
        return io.BytesIO()
    id_name = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    strict_id = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
    # Word for word what calamine has parsed already, so no document type or entity stands in it.
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {one.get("Id"): one.get("Target", "") for one in relations}
    for element in book.iter():
        if element.tag.endswith("}sheet") and element.get("name") == sheet_name:
            target = targets.get(element.get(id_name) or element.get(strict_id), "")
            member = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            if member in archive.namelist() and member.endswith(".xml"):
                return archive.open(member)
    return io.BytesIO()


# --- Parquet -------------------------------------------------------------------------------------------------------

_PARQUET_KINDS = {
    "DATE": Kind.DATE, "TIMESTAMP": Kind.TIMESTAMP, "BOOLEAN": Kind.FLAG,
    "DOUBLE": Kind.RATE, "FLOAT": Kind.RATE, "DECIMAL": Kind.RATE,
    "TINYINT": Kind.INTEGER, "SMALLINT": Kind.INTEGER, "INTEGER": Kind.INTEGER, "BIGINT": Kind.INTEGER,
    "HUGEINT": Kind.INTEGER, "UTINYINT": Kind.INTEGER, "USMALLINT": Kind.INTEGER, "UINTEGER": Kind.INTEGER,
    "UBIGINT": Kind.INTEGER,
}  # fmt: skip


def _read_parquet(path: Path, folder: Path) -> TextTable:
    import duckdb

    sha256 = sha256_file(path)
    stem = _stem(sha256)
    if (known := _known(folder, stem, path.name)) is not None:
        return known
    try:
        with duckdb.connect() as connection:
            source = f"read_parquet({quoted(path)}, file_row_number => true)"
            described = connection.execute(f"describe select * from {source}").fetchall()
            columns = [(name, kind) for name, kind, *_ in described if name != "file_row_number"]
            names, faults = names_of([name for name, _ in columns])
            with TextWriter(folder, names) as writer:
                texts = [
                    f"{_column_text(name, kind)} as {identifier(named)}"
                    for (name, kind), named in zip(columns, names, strict=True)
                ]
                query = f"select file_row_number + 1, {', '.join(texts)} from {source}"
                reader: Any = connection.sql(query).to_arrow_reader(_CHUNK_ROWS)
                for batch in reader:
                    writer.texts(batch.column(0).cast(pa.int64()), batch.columns[1:])
                for (_, kind), named in zip(columns, names, strict=True):
                    if native := _PARQUET_KINDS.get(re.split(r"[( ]", kind)[0]):
                        writer.kinds[named].add(native)
                return writer.finish(stem, path.name, sha256, faults=faults)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise DataError(f"{path.name} is a damaged Parquet file ({reason}): export it again.") from None


def _column_text(name: str, kind: str) -> str:
    column = identifier(name)
    return f"({column} at time zone 'UTC')::varchar" if "WITH TIME ZONE" in kind else f"{column}::varchar"


def identifier(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
