"""The FEC reader: a ledger file in, typed lines as Parquet out, every row and cent accounted for.

What belongs here: the order of work, the accounting of rows, the landing. What does not: bytes (`text_stream`),
columns (`fec_layout`), values (`fec_parse`), periods (`fec_period`), several files of a year (`fiscal_years`).

One pass over the bytes gives the hash and the encoding; one pass of DuckDB over the lines, as Arrow batches in
bounded memory, gives the Parquet. Rows that are not accepted are read again, by their line numbers, to say why.
Art. L47 A and A47 A-1 LPF define the file; it knows no quoting: a quote is a character.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from stdnum.fr import siren as siren_number

from pipelines.errors import DataError, UsageError
from pipelines.sources.fec_layout import (
    SEPARATOR_NAMES,
    FecFormats,
    FecLayout,
    read_formats,
    read_layout,
    sample_rows,
)
from pipelines.sources.fec_parse import (
    BLANKS,
    Note,
    ParseSql,
    ThreeDigits,
    month_first_date,
    parse_sql,
    text_literal,
)
from pipelines.sources.fec_period import MonthCount, Period, period_of
from pipelines.sources.text_stream import (
    LINE_SCHEMA,
    TextFile,
    UndecodableByteError,
    decode_head,
    line_batches,
    read_head,
    scan,
)

# Raised when the same bytes would land differently: landed files of another version are read again.
READER_VERSION = 2
EXAMPLES_KEPT = 20
# From this share of rows on, a doubt about the format of the file refuses the file instead of its rows.
DOUBT_SHARE = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A refused row: where, why, and as it was written (the full list lies in the quarantine)."""

    line_number: int
    column_name: str | None
    reason: str
    raw_text: str


@dataclass(frozen=True, slots=True)
class LandedFec:
    """A FEC as landed: where its lines are, and what `quality.sources` says of it.

    Amounts are in the company's currency. `debit_total` and `credit_total` are of accepted rows; the
    `_rejected` ones of refused rows whose amounts are readable. Accepted + rejected = read, in rows.

    Attributes:
        path: the file as given; `file_name` its name, which may change without landing anything anew.
        source_id: the first 16 hexadecimal digits of `sha256`.
        parquet_path: landed lines, `raw/fec/<company>/<fiscal_year>/<source_id>.parquet`.
        rejects_path: refused rows, or None; `unbalanced_path`: unbalanced entries, or None.
        separator: `tab`, `pipe` or `semicolon`; `line_end`: LF, CRLF, CRCRLF, CR or none.
        amount_layout: `debit_credit` or `montant_sens`.
        date_format: strptime format of EcritureDate; `decimal_mark`: `,`, `.` or blank (no decimals).
        first_date, last_date: of all accepted rows; `period_start`, `period_end`: whole months of the period.
        entry_key: `journal_number`, or `journal_number_date_piece` where EcritureNum is constant or blank.
        draft_rows: rows with a blank ValidDate.
        is_new: False where the same content was landed before and nothing was written.
        warnings: sentences; nothing in them blocks.
    """

    company_id: str
    path: Path
    file_name: str
    sha256: str
    source_id: str
    parquet_path: Path
    rejects_path: Path | None
    unbalanced_path: Path | None
    encoding: str
    separator: str
    line_end: str
    amount_layout: str
    date_format: str
    decimal_mark: str
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    debit_total: Decimal
    credit_total: Decimal
    debit_rejected: Decimal
    credit_rejected: Decimal
    first_date: date
    last_date: date
    period_first: date
    period_last: date
    fiscal_year: int
    entries: int
    unbalanced_entries: int
    draft_rows: int
    rows_outside_period: int
    blank_piece_dates: int
    entry_key: str
    extra_columns: tuple[str, ...]
    is_new: bool
    reject_examples: tuple[RejectedRow, ...] = field(default=())
    warnings: tuple[str, ...] = field(default=())

    @property
    def period(self) -> Period:
        return Period(self.period_first, self.period_last, self.rows_outside_period)

    def source_row(self, status: str = "used", superseded_by: str | None = None) -> dict[str, Any]:
        """The row of `quality.sources` for this file.

        Args:
            status: `used`, `superseded` or `duplicate`.
            superseded_by: source_id of the file that counts instead.
        """
        return {
            "company_id": self.company_id,
            "source": "fec",
            "file_name": self.file_name,
            "sha256": self.sha256,
            "source_id": self.source_id,
            "encoding": self.encoding,
            "separator": self.separator,
            "amount_layout": self.amount_layout,
            "date_format": self.date_format,
            "decimal_mark": self.decimal_mark,
            "rows_read": self.rows_read,
            "rows_accepted": self.rows_accepted,
            "rows_rejected": self.rows_rejected,
            "debit_total": self.debit_total,
            "credit_total": self.credit_total,
            "debit_rejected": self.debit_rejected,
            "credit_rejected": self.credit_rejected,
            "first_date": self.first_date,
            "last_date": self.last_date,
            "fiscal_year": self.fiscal_year,
            "entries": self.entries,
            "unbalanced_entries": self.unbalanced_entries,
            "draft_rows": self.draft_rows,
            "status": status,
            "superseded_by": superseded_by,
            "warnings": json.dumps(list(self.warnings), ensure_ascii=False),
        }


def read_fec(
    path: Path | str,
    company_id: str,
    raw_dir: Path | str,
    quarantine_dir: Path | str,
    *,
    siren: str | None = None,
    threads: int = 2,
    memory_limit: str = "4GB",
) -> LandedFec:
    """Reads a FEC and lands its lines by content hash; the same content, renamed or not, is written once.

    Args:
        path: the file.
        company_id: whose ledger it is; a folder name of the landing.
        raw_dir: the workspace's `raw`; lines land in `fec/<company_id>/<fiscal_year>/<sha256[:16]>.parquet`.
        quarantine_dir: the workspace's `quarantine`; refused rows in `fec/<company_id>/<sha256[:16]>.parquet`.
        siren: the company's, to compare the file name with; default: company_id if it is nine digits.
        threads, memory_limit: DuckDB's.

    Returns:
        The landed file with its statistics.

    Raises:
        DataError: the file cannot be read as a FEC (empty, binary, no header, a column missing, undecodable,
            cut, no readable row, a format with two readings); the sentence names file, line and remedy.
        UsageError: there is no such file, or company_id cannot name a folder.
    """
    path = Path(path)
    if re.search(r"[/\\\0]|^\.*$", company_id):
        raise UsageError(
            f"the company id '{company_id}' names a folder: use letters and digits, best the SIREN."
        )
    layout = read_layout(path.name, decode_head(read_head(path)))
    try:
        file = scan(path, layout.separator)
    except UndecodableByteError as error:
        raise _with_column(error, layout, path.name) from None
    if siren is None and re.fullmatch(r"\d{9}", company_id):
        siren = company_id
    folder = Path(raw_dir) / "fec" / company_id
    quarantine = Path(quarantine_dir) / "fec" / company_id
    landed = _find_landed(folder, quarantine, file, company_id)
    if landed is None:
        with _connection(folder, threads, memory_limit) as (connection, work):
            landed = _Landing(connection, work, file, layout, company_id, folder, quarantine).run()
    return replace(landed, warnings=(*landed.warnings, *_file_name_warnings(path.name, siren, landed.period)))


def inspect_fec(
    path: Path | str,
    company_id: str,
    *,
    siren: str | None = None,
    threads: int = 2,
    memory_limit: str = "4GB",
) -> LandedFec:
    """Reads a whole FEC as `read_fec` does and leaves nothing on disk: for `encours check`.

    Returns:
        The statistics; its paths name files that are gone, `reject_examples` holds the first refused rows.
    """
    with tempfile.TemporaryDirectory(prefix="encours-check-") as folder:
        return read_fec(
            path,
            company_id,
            Path(folder) / "raw",
            Path(folder) / "quarantine",
            siren=siren,
            threads=threads,
            memory_limit=memory_limit,
        )


def _with_column(error: UndecodableByteError, layout: FecLayout, file_name: str) -> UndecodableByteError:
    """The same error with the column in which the byte stands."""
    index = error.line_prefix.count(layout.separator.encode())
    name = next((name for name, at in layout.position.items() if at == index), None)
    where = f"line {error.line_number}, "
    if name is None or where not in error.sentence or error.line_number <= layout.header_line:
        return error
    sentence = error.sentence.replace(where, f"{where}column {name}, ", 1)
    return UndecodableByteError(sentence, error.line_number, error.character, error.line_prefix)


@contextmanager
def _connection(
    folder: Path, threads: int, memory_limit: str
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """An in-memory DuckDB that spills beside the landing, and a work folder removed at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".landing-", dir=folder) as work:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "threads": threads,
            "memory_limit": memory_limit,
            "temp_directory": str(Path(work) / "spill"),
            "preserve_insertion_order": False,
            # Pushed below the projection, the filter on accepted rows would parse every value twice.
            "disabled_optimizers": "filter_pushdown",
            "autoinstall_known_extensions": False,
        }
        connection = duckdb.connect(":memory:", config=settings)
        try:
            yield connection, Path(work)
        finally:
            connection.close()


class _Landing:
    """One reading of one file."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        work: Path,
        file: TextFile,
        layout: FecLayout,
        company_id: str,
        folder: Path,
        quarantine: Path,
    ) -> None:
        self.connection = connection
        self.work = work
        self.file = file
        self.name = file.path.name
        self.layout = layout
        self.company_id = company_id
        self.source_id = file.sha256[:16]
        self.folder = folder
        self.quarantine = quarantine
        self.formats: FecFormats = read_formats(sample_rows(file, layout), layout)
        self.three = ThreeDigits()
        self.total_lines = 0
        self.empty_lines = 0
        self.lines_parquet = work / "lines.parquet"
        self.rejects_parquet = work / "rejects.parquet"
        self.unbalanced_parquet = work / "unbalanced.parquet"

    def run(self) -> LandedFec:
        accepted, rejected = self._read()
        if rejected and self._has_ambiguous_amounts():
            self.three = self._three_digits()
            if self.three != ThreeDigits():
                accepted, rejected = self._read()
        self._refuse_doubtful(accepted, rejected)
        debit, credit = self._totals()
        self._refuse_cut(debit, credit, rejected)
        period = period_of(self._months())
        if period.fiscal_year != self._guessed_year():
            self._set_fiscal_year(period.fiscal_year)
        entry_key, entries, unbalanced, entry_warnings = self._entries()
        return self._land(
            accepted, rejected, debit, credit, period, entry_key, entries, unbalanced, entry_warnings
        )

    # Reading

    def _batches(self) -> Iterator[pa.RecordBatch]:
        """The lines, counted on their way into DuckDB."""
        self.total_lines = self.empty_lines = 0
        for batch in line_batches(self.file, self.layout.separator):
            self.total_lines += batch.num_rows
            yield batch

    def _lines(self) -> str:
        """Registers a fresh stream of the file's lines; gives its relation without header."""
        self.connection.register(
            "file_lines", pa.RecordBatchReader.from_batches(LINE_SCHEMA, self._batches())
        )
        return f"(select * from file_lines where line_number > {self.layout.header_line})"

    def _guessed_year(self) -> int:
        return self.formats.latest_date.year if self.formats.latest_date else 0

    def _sql(self) -> ParseSql:
        constants = {
            "company_id": text_literal(self.company_id),
            "fiscal_year": f"{self._guessed_year()}::INTEGER",
            "source_id": text_literal(self.source_id),
        }
        return parse_sql(
            self.layout,
            self.formats,
            self.three,
            is_padded=self.file.is_padded,
            has_hard_padding=self.file.has_hard_padding,
            constants=constants,
        )

    def _query(self, sql: str) -> list[Any]:
        return self.connection.execute(sql).fetchall()

    def _read(self) -> tuple[int, int]:
        """Writes the accepted rows, then lists the refused ones; gives both counts."""
        sql = self._sql()
        lines = self._lines()
        (accepted,) = self._query(
            f"copy (select {sql.columns} from ({sql.relation.replace('{lines}', lines)}) where {sql.accepted}) "
            f"to {text_literal(str(self.lines_parquet))} (format parquet, compression zstd)"
        )[0]
        self._query("drop table if exists refused")
        if accepted == self.total_lines - self.layout.header_line:
            return accepted, 0
        self._query(
            f"""create or replace temp table unread as
            select number.line_number
            from (select unnest(range({self.layout.header_line + 1}, {self.total_lines + 1})) as line_number) as number
            anti join read_parquet({text_literal(str(self.lines_parquet))}) as landed using (line_number)"""
        )
        blank = f"trim(replace(line, {text_literal(self.layout.separator)}, ''), {text_literal(BLANKS)} || chr(26))"
        lines = f"(select * from {self._lines()} semi join unread using (line_number) where {blank} <> '')"
        self._query(
            f"""create temp table refused as
            select
                line_number,
                {sql.reason_column} as column_name,
                coalesce({sql.reason}, 'the row cannot be read') as reason,
                rtrim(line, {text_literal(self.layout.separator)}) as raw_text,
                case when {sql.is_readable} then debit end as debit,
                case when {sql.is_readable} then credit end as credit,
                field_count,
                date_EcritureDate is null and {month_first_date("raw_EcritureDate")} is not null as is_month_first
            from ({sql.relation.replace("{lines}", lines)})"""
        )
        (rejected,) = self._query("select count(*) from refused")[0]
        return accepted, rejected

    def _has_ambiguous_amounts(self) -> bool:
        return bool(self._query("select 1 from refused where reason like '%has two readings%' limit 1"))

    def _three_digits(self) -> ThreeDigits:
        """Looks through all amounts for the proof of what `1.234` means in this file."""
        sql = self._sql()
        names = ("Montant",) if self.layout.amount_layout == "montant_sens" else ("Debit", "Credit")
        values = ", ".join(f"trim(raw_{name}, {text_literal(BLANKS + '+-')})" for name in names)
        tests = []
        for mark, other in ((",", "."), (".", ",")):
            m, o = f"[{mark}]", f"[{other}]"
            tests += [
                f"count_if(regexp_full_match(v, '[1-9][0-9]{{0,2}}({m}[0-9]{{3}}){{2,}}({o}[0-9]*)?"
                f"|[0-9]{{1,3}}({m}[0-9]{{3}})+{o}[0-9]{{0,2}}'))",
                f"count_if(regexp_full_match(v, '[0-9]*{m}[0-9]{{1,2}}|[0-9]+{m}[0-9]{{4,}}"
                f"|[0-9]{{1,3}}({o}[0-9]{{3}})+{m}[0-9]+'))",
                f"count_if(regexp_full_match(v, '(0[0-9]*|[0-9]{{4,}}){m}[0-9]{{3}}'))",
            ]
        found = self._query(
            f"""select {", ".join(tests)}
            from (select unnest([{values}]) as v from ({sql.relation.replace("{lines}", self._lines())}))"""
        )[0]
        thousands = decimals = ""
        for i, mark in enumerate(",."):
            grouped, cents, three = found[3 * i : 3 * i + 3]
            if grouped and not cents and not three:
                thousands += mark
            if three and not grouped:
                decimals += mark
        return ThreeDigits(thousands, decimals)

    # Refusals of the whole file

    def _refuse_doubtful(self, accepted: int, rejected: int) -> None:
        """Refuses a file without rows, or whose format is in doubt beyond single rows."""
        read = accepted + rejected
        if not read:
            raise DataError(
                f"{self.name} has a header but no row: export it again for a period with entries."
            )
        if not rejected:
            return
        for condition, sentence in (
            (
                "is_month_first",
                "month stands before day, which no FEC does: export the dates as YYYYMMDD",
            ),
            (
                "reason like '%has two readings%'",
                "nothing in the file tells thousands from decimals: export amounts with two decimals",
            ),
        ):
            count, line = self._query(f"select count(*), min(line_number) from refused where {condition}")[0]
            if count >= DOUBT_SHARE * read:
                (reason,) = self._query(f"select reason from refused where line_number = {line}")[0]
                raise DataError(f"{self.name}, line {line}: {reason}; {sentence} ({count} of {read} rows).")
        if not accepted:
            line, reason = self._query(
                "select line_number, reason from refused order by line_number limit 1"
            )[0]
            raise DataError(
                f"{self.name}: none of its {read} rows can be read; the first, line {line}: {reason}: "
                "export it again in a format of art. A47 A-1 LPF."
            )

    def _refuse_cut(self, debit: Decimal, credit: Decimal, rejected: int) -> None:
        """A last line that is short and not ended, in a file that does not balance, was cut in transfer."""
        if self.file.has_final_line_end or not rejected or debit == credit:
            return
        short = self._query(
            f"select field_count from refused where line_number = {self.total_lines} "
            f"and field_count < {self.layout.field_count}"
        )
        if short:
            raise DataError(
                f"{self.name} was cut: its last line ({self.total_lines}) ends after {short[0][0]} of "
                f"{self.layout.field_count} fields and the file does not balance (debit {debit:,.2f}, credit "
                f"{credit:,.2f}): export or copy it again."
            )

    # Statistics, from the landed lines

    def _landed(self) -> str:
        return f"read_parquet({text_literal(str(self.lines_parquet))})"

    def _totals(self) -> tuple[Decimal, Decimal]:
        debit, credit = self._query(f"select sum(Debit), sum(Credit) from {self._landed()}")[0] or (0, 0)
        return Decimal(debit or 0), Decimal(credit or 0)

    def _months(self) -> list[MonthCount]:
        return [
            MonthCount(first, last, rows)
            for first, last, rows in self._query(
                "select min(EcritureDate), max(EcritureDate), count(*) "
                f"from {self._landed()} group by year(EcritureDate), month(EcritureDate)"
            )
        ]

    def _set_fiscal_year(self, fiscal_year: int) -> None:
        """The sample missed the end of the period: the constant column is written again."""
        target = self.work / "dated.parquet"
        self._query(
            f"copy (select * replace ({fiscal_year}::INTEGER as fiscal_year) from {self._landed()}) "
            f"to {text_literal(str(target))} (format parquet, compression zstd)"
        )
        self.lines_parquet = target

    def _entries(self) -> tuple[str, int, int, list[str]]:
        """Groups lines into entries; writes the unbalanced ones. Gives key, counts and warnings."""
        warnings: list[str] = []
        self._aggregate_entries("EcritureNum is null")
        blank_rows, rows, pairs, journals, is_spread = self._query(
            """select
                coalesce(sum(lines) filter (where entry_number is null), 0), sum(lines),
                count(*) filter (where entry_number is not null),
                count(distinct journal_code) filter (where entry_number is not null),
                coalesce(bool_or(first_date <> last_date) filter (where entry_number is not null), false)
            from entries"""
        )[0]
        is_constant = pairs == journals and is_spread
        entry_key = "journal_number"
        if is_constant or blank_rows * 2 > rows:
            entry_key = "journal_number_date_piece"
            what = "the same in every line of a journal" if is_constant else "blank in most lines"
            warnings.append(f"EcritureNum is {what}: entries are told by journal, date and PieceRef as well.")
            self._aggregate_entries("true")
        elif blank_rows:
            warnings.append(
                f"EcritureNum is blank in {blank_rows} rows: their entries are told by journal, date and PieceRef."
            )
        entries, unbalanced, largest = self._query(
            "select count(*), count_if(debit <> credit), max(abs(debit - credit)) from entries"
        )[0]
        if unbalanced:
            self._query(
                f"""copy (
                    select {text_literal(self.company_id)} as company_id, {text_literal(self.source_id)} as source_id,
                        {text_literal(self.name)} as file_name, journal_code, entry_number, first_date as entry_date,
                        first_line, debit, credit, (debit - credit)::DECIMAL(18,2) as difference
                    from entries where debit <> credit order by first_line
                ) to {text_literal(str(self.unbalanced_parquet))} (format parquet)"""
            )
            journal, number, line = self._query(
                "select journal_code, entry_number, first_line from entries where debit <> credit "
                "order by first_line limit 1"
            )[0]
            which = "1 entry does" if unbalanced == 1 else f"{unbalanced} entries do"
            warnings.append(
                f"{which} not balance; the first is {journal or ''} {number or ''} on line {line}; "
                f"the largest difference is {largest:,.2f}."
            )
            if entries > 1 and unbalanced * 2 > entries and entry_key == "journal_number":
                warnings.append(
                    "Most entries do not balance: EcritureNum may number lines instead of entries."
                )
        return entry_key, entries, unbalanced, warnings

    def _aggregate_entries(self, is_numberless: str) -> None:
        self._query(
            f"""create or replace temp table entries as
            select
                JournalCode as journal_code, EcritureNum as entry_number,
                case when {is_numberless} then EcritureDate end as key_date,
                case when {is_numberless} then PieceRef end as key_piece,
                min(EcritureDate) as first_date, max(EcritureDate) as last_date,
                min(line_number) as first_line, count(*) as lines,
                sum(Debit)::DECIMAL(18,2) as debit, sum(Credit)::DECIMAL(18,2) as credit
            from {self._landed()}
            group by all"""
        )

    # Landing

    def _land(
        self,
        accepted: int,
        rejected: int,
        debit: Decimal,
        credit: Decimal,
        period: Period,
        entry_key: str,
        entries: int,
        unbalanced: int,
        entry_warnings: list[str],
    ) -> LandedFec:
        notes = {note: f"count_if(reading_notes & {int(note)} <> 0)" for note in Note}
        first, last, drafts, blank_pieces, *counts = self._query(
            f"""select min(EcritureDate), max(EcritureDate),
                count_if(ValidDate is null and reading_notes & {int(Note.VALID_DATE_UNREADABLE)} = 0),
                count_if(PieceDate is null), {", ".join(notes.values())}
            from {self._landed()}"""
        )[0]
        noted = dict(zip(notes, counts, strict=True))
        debit_rejected = credit_rejected = Decimal(0)
        examples: tuple[RejectedRow, ...] = ()
        if rejected:
            debit_rejected, credit_rejected = self._query(
                "select coalesce(sum(debit), 0)::DECIMAL(38,2), coalesce(sum(credit), 0)::DECIMAL(38,2) from refused"
            )[0]
            examples = tuple(
                RejectedRow(*row)
                for row in self._query(
                    "select line_number, nullif(column_name, ''), reason, raw_text from refused "
                    f"order by line_number limit {EXAMPLES_KEPT}"
                )
            )
            self._query(
                f"""copy (
                    select {text_literal(self.company_id)} as company_id, 'fec' as source,
                        {text_literal(self.name)} as file_name, {text_literal(self.file.sha256)} as sha256,
                        line_number, nullif(column_name, '') as column_name, reason, raw_text,
                        debit::DECIMAL(18,2) as debit, credit::DECIMAL(18,2) as credit
                    from refused order by line_number
                ) to {text_literal(str(self.rejects_parquet))} (format parquet)"""
            )
        decimal_mark = self.formats.decimal_mark
        if not decimal_mark and noted[Note.DECIMAL_COMMA] + noted[Note.DECIMAL_POINT]:
            decimal_mark = "," if noted[Note.DECIMAL_COMMA] >= noted[Note.DECIMAL_POINT] else "."
        if entries and unbalanced and not self.file.has_final_line_end and debit != credit:
            entry_warnings.append(
                "The last line is not ended and the file does not balance: it may have been cut."
            )
        year_folder = self.folder / str(period.fiscal_year)
        landed = LandedFec(
            company_id=self.company_id,
            path=self.file.path,
            file_name=self.name,
            sha256=self.file.sha256,
            source_id=self.source_id,
            parquet_path=year_folder / f"{self.source_id}.parquet",
            rejects_path=self.quarantine / f"{self.source_id}.parquet" if rejected else None,
            unbalanced_path=year_folder / f"{self.source_id}.unbalanced.parquet" if unbalanced else None,
            encoding=self.file.encoding,
            separator=SEPARATOR_NAMES[self.layout.separator],
            line_end=self.file.line_end,
            amount_layout=self.layout.amount_layout,
            date_format=self.formats.date_format,
            decimal_mark=decimal_mark,
            rows_read=accepted + rejected,
            rows_accepted=accepted,
            rows_rejected=rejected,
            debit_total=debit,
            credit_total=credit,
            debit_rejected=debit_rejected,
            credit_rejected=credit_rejected,
            first_date=first,
            last_date=last,
            period_first=period.first,
            period_last=period.last,
            fiscal_year=period.fiscal_year,
            entries=entries,
            unbalanced_entries=unbalanced,
            draft_rows=drafts,
            rows_outside_period=period.rows_outside,
            blank_piece_dates=blank_pieces,
            entry_key=entry_key,
            extra_columns=self.layout.extra_columns,
            is_new=True,
            reject_examples=examples,
            warnings=(*self._warnings(noted, decimal_mark, period, rejected), *entry_warnings),
        )
        year_folder.mkdir(parents=True, exist_ok=True)
        os.replace(self.lines_parquet, landed.parquet_path)
        if landed.rejects_path is not None:
            self.quarantine.mkdir(parents=True, exist_ok=True)
            _replace(self.rejects_parquet, landed.rejects_path)
        if landed.unbalanced_path is not None:
            os.replace(self.unbalanced_parquet, landed.unbalanced_path)
        # The sidecar comes last: a landing counts from the moment it exists.
        sidecar = self.work / "sidecar.json"
        sidecar.write_text(_to_json(landed), encoding="utf-8")
        os.replace(sidecar, landed.parquet_path.with_suffix(".json"))
        return landed

    def _warnings(
        self, noted: dict[Note, int], decimal_mark: str, period: Period, rejected: int
    ) -> list[str]:
        said = []
        if rejected:
            said.append(f"{_rows(rejected)} refused: see the quarantine.")
        if self.layout.extra_columns:
            said.append(f"Columns beyond the law's are not used: {', '.join(self.layout.extra_columns)}.")
        other_mark = Note.DECIMAL_POINT if decimal_mark == "," else Note.DECIMAL_COMMA
        sentences = (
            (Note.PIECE_DATE_UNREADABLE, "PieceDate is no date in {n}: taken as blank."),
            (
                Note.PIECE_DATE_ABSURD,
                "PieceDate is absurd in {n} (long before or after the entry): taken as blank.",
            ),
            (Note.DATE_LET_UNREADABLE, "DateLet is no date in {n}: taken as blank."),
            (Note.VALID_DATE_UNREADABLE, "ValidDate is no date in {n}: taken as blank."),
            (Note.CURRENCY_AMOUNT_UNREADABLE, "Montantdevise is no amount in {n}: taken as blank."),
            (
                other_mark,
                "Amounts have the other decimal mark in {n}; each has one reading and is accepted.",
            ),
            (
                Note.OTHER_DATE_FORMAT,
                "EcritureDate has another format in {n}; each has one reading and is accepted.",
            ),
        )
        said += [
            text.format(n="1 row" if noted[note] == 1 else f"{noted[note]} rows")
            for note, text in sentences
            if noted[note]
        ]
        if period.rows_outside:
            outside = f"outside the period {period.start} to {period.end}"
            said.append(f"{_rows(period.rows_outside)} dated {outside}: kept, and counted at its edge.")
        return said


def _rows(count: int) -> str:
    return "1 row is" if count == 1 else f"{count} rows are"


def _file_name_warnings(file_name: str, siren: str | None, period: Period) -> list[str]:
    """What the file name claims against what is known: reported, never trusted."""
    match = re.match(r"(?P<siren>\d+)FEC(?P<closing>\d{8})", file_name, re.IGNORECASE)
    if match is None:
        return []
    said = []
    named = match["siren"]
    if len(named) != 9 or not siren_number.is_valid(named):
        said.append(f"The file name's SIREN {named} is not valid.")
    if siren and named != siren:
        said.append(f"The file name's SIREN {named} is not the company's ({siren}).")
    try:
        closing = date(int(match["closing"][:4]), int(match["closing"][4:6]), int(match["closing"][6:]))
    except ValueError:
        said.append(f"The file name's closing date {match['closing']} is no date.")
    else:
        if (closing.year, closing.month) != (period.last.year, period.last.month):
            said.append(f"The file name says closed on {closing}, the entries end on {period.last}.")
    return said


def _replace(source: Path, target: Path) -> None:
    """Moves a file atomically where both are on one file system, else by a copy beside the target."""
    try:
        os.replace(source, target)
    except OSError:
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        beside.write_bytes(source.read_bytes())
        os.replace(beside, target)


_PLACES = ("path", "file_name", "parquet_path", "rejects_path", "unbalanced_path", "is_new")


def _to_json(landed: LandedFec) -> str:
    """The sidecar: statistics without places, which follow from the file and the folders."""
    facts = {key: value for key, value in asdict(landed).items() if key not in _PLACES}
    facts["reader_version"] = READER_VERSION
    facts["has_unbalanced"] = landed.unbalanced_path is not None
    return json.dumps(facts, ensure_ascii=False, indent=1, default=str, sort_keys=True) + "\n"


def _find_landed(folder: Path, quarantine: Path, file: TextFile, company_id: str) -> LandedFec | None:
    """The landing of the same content by this reader, whole with its Parquet and refused rows; else None."""
    for sidecar in sorted(folder.glob(f"*/{file.sha256[:16]}.json")):
        try:
            facts = json.loads(sidecar.read_text(encoding="utf-8"))
        except ValueError:
            # A sidecar that a crash left half written does not count: the file is landed again.
            continue
        parquet = sidecar.with_suffix(".parquet")
        rejects = quarantine / f"{file.sha256[:16]}.parquet" if facts["rows_rejected"] else None
        unbalanced = sidecar.with_suffix(".unbalanced.parquet") if facts.pop("has_unbalanced") else None
        is_whole = all(path.exists() for path in (parquet, rejects, unbalanced) if path is not None)
        if facts.pop("reader_version") != READER_VERSION or facts["sha256"] != file.sha256 or not is_whole:
            continue
        for each in fields(LandedFec):
            if each.type == "Decimal":
                facts[each.name] = Decimal(facts[each.name])
            elif each.type == "date":
                facts[each.name] = date.fromisoformat(facts[each.name])
        facts["reject_examples"] = tuple(RejectedRow(**row) for row in facts["reject_examples"])
        facts["warnings"] = tuple(facts["warnings"])
        facts["extra_columns"] = tuple(facts["extra_columns"])
        facts |= {"path": file.path, "file_name": file.path.name, "is_new": False}
        facts |= {"parquet_path": parquet, "rejects_path": rejects, "unbalanced_path": unbalanced}
        return LandedFec(**facts)
    return None
