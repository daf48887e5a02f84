"""National stock files: tens of millions of rows, of which a few thousand are kept, in one pass and bounded memory.

Belongs here: opening a stock in any container, telling one that was cut short, sifting its rows (kept, refused,
out of scope), the lines of refused ones. Does not belong here: what a column means (`sirene`, `companies_house`,
`gleif`).

A stock cut short must never be taken for a whole one. Zip, gzip and Parquet carry their end and tell by themselves.
A text does not, and no publisher tells how many rows there should be. What can be told is refused: a last line that
breaks off; a file too large for an editor to have dropped its last line end; a national stock whose identifiers end
too early (`sirene`). What cannot: a text cut exactly between two lines near its end.
"""

from __future__ import annotations

import contextlib
import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import duckdb

from pipelines.errors import DataError
from pipelines.sources.companies import Wanted
from pipelines.sources.open_data import (
    Landing,
    Reject,
    container,
    json_form,
    quoted,
    ungzipped,
    unzipped,
)

MEMORY_LIMIT = "1GB"
# More refused rows than this: another file, or a damaged one; their list would not fit the bounded memory either.
MOST_REJECTS = 100_000
# No editor drops the line end of a larger file: its last line was cut.
_WRITTEN_BY_HAND = 64 << 20
_CSV_REASONS = {
    "MISSING COLUMNS": "the row has fewer fields than the header",
    "TOO MANY COLUMNS": "the row has more fields than the header",
    "UNQUOTED VALUE": "a quote is not closed",
    "INVALID ENCODING": "a byte is not UTF-8",
    "LINE SIZE OVER MAXIMUM": "the row is longer than 2 MB",
}


@dataclass(frozen=True)
class Stock:
    """An opened stock file.

    Attributes:
        path: the file as given, for messages.
        data: the file that is read: `path`, or what its archive holds.
        names: its columns as written.
        separator: of a text; None for Parquet and JSON.
        encoding: of a text, as DuckDB names it.
        warnings: what is odd about the file as a whole.
        json: `array`, `lines` or `object` where it is JSON (`open_data.json_form`).
    """

    path: Path
    data: Path
    names: tuple[str, ...]
    separator: str | None
    encoding: str | None
    warnings: tuple[str, ...] = ()
    json: str | None = None

    @property
    def relation(self) -> str:
        """SQL that reads the file; of a text every column as text, of JSON one column `record`."""
        if self.json is not None:
            return _json_relation(self.data, self.json)
        if self.separator is None:
            return f"read_parquet({quoted(self.data)})"
        columns = "{" + ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in self.names) + "}"
        return (
            f"read_csv({quoted(self.data)}, delim = {quoted(self.separator)}, quote = '\"', escape = '\"', "
            f"header = true, auto_detect = false, columns = {columns}, nullstr = '', store_rejects = true, "
            f"rejects_limit = {MOST_REJECTS + 1}, compression = 'none', encoding = '{self.encoding}')"
        )

    def text(self, name: str) -> str:
        """SQL of a column as text without outer blanks, null where empty or absent."""
        return _as_text(self.raw(name) or "null")

    def raw(self, name: str) -> str | None:
        """SQL of a column as it is, found whatever its case; None where it is absent."""
        if self.json is not None:
            return f"record ->> '$.\"{name}\"'"
        for one in self.names:
            if one.strip().casefold() == name.casefold():
                escaped = one.replace('"', '""')
                return f'"{escaped}"'
        return None

    def check_columns(self, required: tuple[str, ...], file: str) -> None:
        """Refuse a file that lacks columns, naming the first.

        Raises:
            DataError: a column is missing.
        """
        here = {name.strip().casefold() for name in self.names}
        missing = [name for name in required if name.casefold() not in here]
        if missing:
            more = f" (and {len(missing) - 1} more: {', '.join(missing[1:6])})" if len(missing) > 1 else ""
            raise DataError(
                f"{self.path}: column {missing[0]} is missing{more}; give {file} as published, or an extract with "
                "its column names."
            )


def _as_text(value: str) -> str:
    return f"nullif(trim(cast({value} as varchar)), '')"


@contextlib.contextmanager
def session(landing: Landing) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB session for one landing: two threads, bounded memory, spilling beside the landing."""
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"set temp_directory = {quoted(landing.raw_dir / '.spill')}")
        yield connection


@contextlib.contextmanager
def opened(path: Path, folder: Path, file: str, *, latin_1_with: str | None = None) -> Iterator[Stock]:
    """Open a stock: CSV, JSON, gzip or Parquet, or a zip of one of them (unpacked into `folder` while it is open).

    A gzip is unpacked too, and not read as it is: its checksum stands at its end, and DuckDB does not look at it.

    Args:
        file: what is expected, for messages.
        latin_1_with: a text with this column may be ISO-8859-1 and not UTF-8, which costs one more look at its bytes.

    Raises:
        DataError: a damaged archive, a header that is no text, a text that was cut short.
    """
    with contextlib.ExitStack() as stack:
        data, kind = path, container(path)
        if kind == "zip":
            data = stack.enter_context(unzipped(path, folder, file))
            kind = container(data)
        elif kind == "gzip":
            data = stack.enter_context(ungzipped(path, folder))
            kind = container(data)
        if kind == "parquet":
            yield Stock(path, data, _parquet_names(path, data, file), None, None)
            return
        form = json_form(path, data)
        if form != "csv":
            yield Stock(path, data, _json_names(path, data, form, file), None, "utf-8", json=form)
            return
        header = _header(path, data, file)
        separator = max(",;\t|", key=header.count)
        names = next(csv.reader([header], delimiter=separator), [])
        encoding = "utf-8" if latin_1_with not in names or _is_utf_8(data) else "latin-1"
        warnings = _told_of_the_end(path, data, separator, len(names), file)
        yield Stock(path, data, tuple(names), separator, encoding, warnings)


def _json_relation(data: Path, form: str) -> str:
    """SQL of the records of a JSON file, taken out of what the Opendatasoft API wraps them in.

    Version 1 of the API answers `{"records": [{"fields": {…}, "record_timestamp": …}]}`, version 2.0 with one more
    `record` around them, 2.1 `{"results": […]}`; exports are a list or lines of bare records.
    """
    layout = {"array": "array", "lines": "newline_delimited", "object": "unstructured"}[form]
    objects = (
        f"(select json as j from read_json_objects({quoted(data)}, format = '{layout}', "
        f"maximum_object_size = {1 << 26}, compression = 'none'))"
    )
    if form == "object":
        objects = (
            "(select unnest(case when json_exists(j, '$.records') then json_extract(j, '$.records[*]') "
            f"when json_exists(j, '$.results') then json_extract(j, '$.results[*]') else [j] end) as j from {objects})"
        )
    return (
        "(select case when json_exists(j, '$.fields') then json_merge_patch(j -> '$.fields', "
        "json_object('record_timestamp', j ->> '$.record_timestamp')) "
        "when json_exists(j, '$.record.fields') then json_merge_patch(j -> '$.record.fields', "
        "json_object('record_timestamp', j ->> '$.record.timestamp')) else j end as record "
        f"from {objects})"
    )


def _json_names(path: Path, data: Path, form: str, file: str) -> tuple[str, ...]:
    """Fields of the first thousand records: empty ones are left out of each."""
    try:
        with duckdb.connect() as connection:
            rows = connection.execute(
                "select distinct unnest(json_keys(record)) as name "
                f"from (select record from {_json_relation(data, form)} limit 1000) order by name"
            ).fetchall()
    except duckdb.Error as error:
        raise DataError(
            f"{path}: the JSON breaks off or is malformed ({_first_line(error)}); download {file} again."
        ) from error
    return tuple(str(row[0]) for row in rows)


def _parquet_names(path: Path, data: Path, file: str) -> tuple[str, ...]:
    try:
        with duckdb.connect() as connection:
            rows = connection.execute(f"describe from read_parquet({quoted(data)})").fetchall()
    except duckdb.Error as error:
        raise DataError(
            f"{path}: the Parquet file breaks off or is damaged ({_first_line(error)}); download {file} again."
        ) from error
    return tuple(str(row[0]) for row in rows)


def _header(path: Path, data: Path, file: str) -> str:
    try:
        with data.open("rb") as handle:
            return handle.readline(1 << 16).decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: the header is no UTF-8 text ({error}); give {file} as published."
        ) from error


def _is_utf_8(data: Path) -> bool:
    import codecs

    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with data.open("rb") as handle:
            while block := handle.read(1 << 22):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _told_of_the_end(path: Path, data: Path, separator: str, fields: int, file: str) -> tuple[str, ...]:
    """Refuse a text whose last line breaks off; tell of one that may.

    Raises:
        DataError: the last line has no line end, and fewer fields than the header or a file too large for that.
    """
    size = data.stat().st_size
    with data.open("rb") as handle:
        handle.seek(max(0, size - (1 << 16)))
        tail = handle.read()
    last = tail.rpartition(b"\n")[2]
    if not last or b"\n" not in tail:
        return ()
    found = len(next(csv.reader([last.decode("utf-8", errors="replace")], delimiter=separator), []))
    if found < fields:
        raise DataError(
            f"{path}: the file was cut short (its last line breaks off after {found} of {fields} fields); "
            f"download {file} again."
        )
    if size > _WRITTEN_BY_HAND:
        raise DataError(
            f"{path}: the file was cut short (its last line has no line end); download {file} again."
        )
    return ("The last line has no line end: if the file was downloaded, it may have been cut there.",)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


# --- sifting ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sifted:
    """What one pass over a stock found. The kept rows are the table `kept` of the session.

    Attributes:
        read: rows.
        others: rows that nobody wants.
        repaired: rows whose identifier had lost its leading zeros.
        rejects: refused rows, by line.
        last_id: the highest identifier that is none of the refused.
    """

    read: int
    kept: int
    others: int
    repaired: int
    rejects: list[Reject]
    last_id: str | None


def sift(
    connection: duckdb.DuckDBPyConnection,
    stock: Stock,
    *,
    key: str,
    columns: tuple[str, ...],
    looked_at: tuple[str, ...],
    computed: Mapping[str, str],
    fault: str,
    repaired: str,
    wanted: tuple[dict[str, str], str],
    file: str,
    told_by: tuple[str, ...] = (),
) -> Sifted:
    """Read a stock once; keep what is wanted as table `kept` (`columns` and `computed`), count the rest.

    Args:
        key: the column that identifies a row, as its refusal names it.
        columns: columns to keep, as text.
        looked_at: those of them that the following see, of every row; and `as_written`, the key without inner blanks.
        computed: further columns, SQL over them; `id` is needed (the repaired identifier).
        fault: SQL over them: why a row is refused, null where it is not; `column|reason` where it is not the key.
        repaired: SQL over them: whether `id` is not what is written.
        wanted: which rows are looked for (`looked_for`).
        file: what is expected, for messages.
        told_by: columns that tell a refused row from others of its key.

    Raises:
        DataError: the file cannot be read to its end, or more rows are refused than a list can hold.
    """
    keys, is_wanted = wanted
    texts = "".join(f', {stock.text(name)} as "{name}"' for name in looked_at)
    # What only kept rows need is carried as it is, and made text when one is kept.
    raw = {name: f"raw_{at}" for at, name in enumerate(columns) if name not in looked_at}
    carried = "".join(f", {stock.raw(name) or 'null'} as {alias}" for name, alias in raw.items())
    kept = {name: _as_text(raw[name]) if name in raw else f'"{name}"' for name in columns}
    made = ", ".join(f'{sql} as "{name}"' for name, sql in computed.items())
    searched = "".join(f', {sql} as "{name}"' for name, sql in keys.items())
    packed = ", ".join(
        f'"{name}" := {sql}' for name, sql in [*kept.items(), *((n, f'"{n}"') for n in computed)]
    )
    # Wanted rows are groups of their own, all others one group: the aggregation counts and keeps in one pass, and
    # spills to the disk if what is kept is large.
    sql = f"""create table sifted as
        with fields as (
            select replace(coalesce({stock.text(key)}, ''), ' ', '') as as_written{texts}{carried} from {stock.relation}
        ),
        named as (select *, {made} from fields),
        judged as (select *, {fault} as fault{searched} from named),
        marked as (
            select *, case when fault is not null then 'refused' when {is_wanted} then 'kept' else 'other' end as fate
            from judged
        )
        select fate, fault,
            case when fate = 'refused' then {_refused_id(told_by)} end as refused_id,
            case when fate = 'kept' then struct_pack({packed}) end as kept,
            count(*) as rows,
            count(*) filter (where fate <> 'refused' and {repaired}) as repaired,
            max(id) filter (where fate <> 'refused') as last_id
        from marked group by all"""
    try:
        connection.execute(sql)
    except duckdb.Error as error:
        raise DataError(
            f"{stock.path}: the file breaks off or is damaged ({_first_line(error)}); download {file} again."
        ) from error
    rejects = _torn_rows(connection) if stock.separator is not None else []
    torn = len(rejects)
    by_fate = dict(connection.execute("select fate, sum(rows)::bigint from sifted group by fate").fetchall())
    if torn + by_fate.get("refused", 0) > MOST_REJECTS:
        raise DataError(
            f"{stock.path}: more than {MOST_REJECTS:,} rows are refused "
            f"(one of them: {_an_example(connection, rejects)}); "
            f"the file is damaged or is none of {file}; download it again."
        )
    rejects += _refused(connection, stock, key, told_by)
    rejects.sort(key=lambda r: (r.line_number is None, r.line_number or 0, r.reason, r.raw_text))
    connection.execute(
        "create table kept as select unnest(kept), rows from sifted where fate = 'kept'"
        if by_fate.get("kept")
        else "create table kept as select "
        + ", ".join(f'cast(null as varchar) as "{name}"' for name in (*columns, *computed))
        + ", 0 as rows where false"
    )
    mended, last_id = cast(
        "tuple[int | None, str | None]",
        connection.execute("select sum(repaired)::bigint, max(last_id) from sifted").fetchone(),
    )
    return Sifted(
        read=sum(by_fate.values()) + torn,
        kept=by_fate.get("kept", 0),
        others=by_fate.get("other", 0),
        repaired=mended or 0,
        rejects=rejects,
        last_id=last_id,
    )


def _torn_rows(connection: duckdb.DuckDBPyConnection) -> list[Reject]:
    """Rows that do not fit the header, or hold a byte of another encoding; each line once."""
    rows = connection.execute(
        "select line, min(column_name), min(cast(error_type as varchar)), min(csv_line) from reject_errors "
        "group by line order by line"
    ).fetchall()
    return [
        Reject(int(line), column, _CSV_REASONS.get(str(kind), str(kind).lower()), str(text or ""))
        for line, column, kind, text in rows
    ]


def _an_example(connection: duckdb.DuckDBPyConnection, rejects: list[Reject]) -> str:
    found = connection.execute(
        "select fault, refused_id from sifted where fate = 'refused' order by refused_id limit 1"
    ).fetchone()
    if found is None:
        return f"line {rejects[0].line_number}, {rejects[0].reason}"
    return f"{found[0]}, '{found[1]}'"


def _refused_id(told_by: tuple[str, ...]) -> str:
    """SQL of what finds a refused row again."""
    return " || '|' || ".join(["as_written", *(f"coalesce(\"{name}\", '')" for name in told_by)])


def _refused(
    connection: duckdb.DuckDBPyConnection, stock: Stock, key: str, told_by: tuple[str, ...]
) -> list[Reject]:
    """Rows that were refused. They are rare, so that a second reading finds their lines."""
    faults: dict[str, tuple[str, str]] = {}
    left: Counter[str] = Counter()
    for found, fault, rows in connection.execute(
        "select refused_id, fault, rows from sifted where fate = 'refused'"
    ).fetchall():
        column, _, reason = str(fault).rpartition("|")
        faults[str(found)] = (column or key, reason)
        left[str(found)] += int(rows)
    if not faults:
        return []
    if stock.separator is None:
        connection.execute("create table refused as select refused_id from sifted where fate = 'refused'")
        texts = ", ".join(f'{stock.text(name)} as "{name}"' for name in told_by)
        rows = connection.execute(
            f"select {_refused_id(told_by)} as refused_id, text from (select "
            f"replace(coalesce({stock.text(key)}, ''), ' ', '') as as_written, to_json(r) as text, {texts} "
            f"from {stock.relation} as r) where {_refused_id(told_by)} in (select refused_id from refused) order by 2"
        ).fetchall()
        return [Reject(None, *faults[found], str(text)) for found, text in rows]
    rejects = []
    for line, found, raw in _lines(stock, key, told_by):
        if left.get(found, 0) > 0:
            left[found] -= 1
            rejects.append(Reject(line, *faults[found], raw))
    # What the second reading sees otherwise than the first is told without its line: nothing is lost.
    return rejects + [Reject(None, *faults[found], found) for found in left.elements()]


def _lines(stock: Stock, key: str, told_by: tuple[str, ...]) -> Iterator[tuple[int, str, str]]:
    """Every row of a text that fits the header: its last line, what finds it, its text."""
    assert stock.separator is not None
    encoding = "utf-8-sig" if stock.encoding == "utf-8" else "latin-1"
    with stock.data.open("r", encoding=encoding, errors="replace", newline="") as handle:
        rows = csv.reader(handle, delimiter=stock.separator)
        header = [name.strip().casefold() for name in next(rows)]
        at = header.index(key.casefold())
        others = [header.index(name.casefold()) for name in told_by]
        for row in rows:
            if len(row) == len(header) and "\ufffd" not in "".join(row):
                found = "|".join(
                    [row[at].strip(" ").replace(" ", ""), *(row[one].strip(" ") for one in others)]
                )
                yield rows.line_num, found, stock.separator.join(row)


def looked_for(
    connection: duckdb.DuckDBPyConnection, wanted: Wanted, identifier: str, names: Sequence[str]
) -> tuple[dict[str, str], str]:
    """What tells whether a row is looked for, by its number or by a key of its names.

    Args:
        identifier: SQL of the legal unit's id.
        names: SQL of its names.

    Returns:
        columns to compute (name → SQL), and the condition over them. Every key is looked up by itself: what is
        wanted is a hash table, and a list of keys would be compared with all of it, row by row.
    """
    from pipelines.identities.names import blocks

    if wanted.ids is None:
        return {}, "true"
    connection.execute("create table wanted_ids (id varchar primary key)")
    connection.execute("insert into wanted_ids select unnest(?::varchar[])", [sorted(wanted.ids)])
    if not wanted.blocks:
        return {}, f"{identifier} in (select id from wanted_ids)"
    connection.execute("create table wanted_blocks (key varchar primary key)")
    connection.execute("insert into wanted_blocks select unnest(?::varchar[])", [sorted(wanted.blocks)])
    # Most names are alone: the dear keys are made where there is a name.
    columns = {
        f"keys_{at}": f"case when {name} is not null then {blocks(name)} end" for at, name in enumerate(names)
    }
    most = connection.execute(
        f"select len({blocks('name')}) from (select 'AA BB CC DD EE FF' as name)"
    ).fetchall()
    keys = [f"keys_{at}[{place}]" for at in range(len(names)) for place in range(1, most[0][0] + 1)]
    found = " or ".join(f"{key} in (select key from wanted_blocks)" for key in keys)
    return columns, f"({identifier} in (select id from wanted_ids) or {found})"


def luhn(digits: str, length: int) -> str:
    """SQL that is true where a text of `length` digits is a number other than zero that ends in its check digit."""
    number = f"try_cast({digits} as bigint)"
    terms = []
    for place in range(length):
        digit = f"({number} // {10**place} % 10)"
        terms.append(digit if place % 2 == 0 else f"({digit} * 2 % 10 + {digit} // 5)")
    return f"coalesce(({' + '.join(terms)}) % 10 = 0 and {number} > 0, false)"


__all__ = ["MOST_REJECTS", "Sifted", "Stock", "looked_for", "luhn", "opened", "session", "sift"]
