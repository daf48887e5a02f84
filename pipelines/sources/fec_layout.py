"""Layout of a FEC: its columns, its separator, its formats, told from the content.

What belongs here: names and positions of columns (art. A47 A-1 LPF), and a first opinion on formats from a
sample. What does not: parsing values (`fec_parse`), which verifies that opinion on every row.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from pipelines.errors import DataError
from pipelines.sources.text_stream import TextFile, decode_bytes

SEPARATORS = ("\t", "|", ";")
SEPARATOR_NAMES = {"\t": "tab", "|": "pipe", ";": "semicolon"}

COLUMNS = (
    "JournalCode",
    "JournalLib",
    "EcritureNum",
    "EcritureDate",
    "CompteNum",
    "CompteLib",
    "CompAuxNum",
    "CompAuxLib",
    "PieceRef",
    "PieceDate",
    "EcritureLib",
    "Debit",
    "Credit",
    "EcritureLet",
    "DateLet",
    "ValidDate",
    "Montantdevise",
    "Idevise",
)
SIGNED_AMOUNT = ("Montant", "Sens")
DATE_COLUMNS = ("EcritureDate", "PieceDate", "DateLet", "ValidDate")
# A date before is no date of a ledger; a PieceDate further ahead of its entry is absurd (a stand-in, a slip):
EARLIEST_YEAR = 1950
LATEST_YEAR = 2100
PIECE_DATE_MAX_DAYS_AHEAD = 731

# Spellings of headers that software writes, beside case, accents, blanks and underscores.
_ALIASES = {"iddevise": "Idevise", "montantendevise": "Montantdevise", "devise": "Idevise"}
_CANONICAL = {name.casefold(): name for name in (*COLUMNS, *SIGNED_AMOUNT)} | _ALIASES
_LINE_ENDS = re.compile(r"\r\r\n|\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class FecLayout:
    """Where each column stands.

    Attributes:
        separator: tab, pipe or semicolon.
        header_line: physical line of the header, the first is 1.
        position: field index from 0 of each canonical column (`Montant` and `Sens` instead of Debit and Credit).
        field_count: named fields of the header; a row has as many.
        blank_names: blank fields that the header ends with: a separator at the end of the line.
        extra_columns: names of columns that the law does not list, as written.
    """

    separator: str
    header_line: int
    position: dict[str, int]
    field_count: int
    blank_names: int
    extra_columns: tuple[str, ...]

    @property
    def amount_layout(self) -> str:
        return "montant_sens" if "Montant" in self.position else "debit_credit"


@dataclass(frozen=True, slots=True)
class FecFormats:
    """How most values are written, as far as the sample tells; other spellings are parsed one by one.

    Attributes:
        date_format: strptime format of most dates, e.g. `%Y%m%d`.
        decimal_mark: `,` or `.`, or blank where the sample shows no decimals.
        latest_date: the latest EcritureDate of the sample, if any is readable.
        trailing_fields: blank fields after the named ones that most lines end with, the header among them.
    """

    date_format: str
    decimal_mark: str
    latest_date: date | None
    trailing_fields: int = 0


# shape → strptime format; the eight digits of DDMMYYYY are never a date as YYYYMMDD (month 19 or 20).
DATE_SHAPES: tuple[tuple[str, str], ...] = (
    (r"\d{8}", "%Y%m%d"),
    (r"\d{8}", "%d%m%Y"),
    (r"\d{2}/\d{2}/\d{4}", "%d/%m/%Y"),
    (r"\d{4}-\d{2}-\d{2}", "%Y-%m-%d"),
    (r"\d{2}-\d{2}-\d{4}", "%d-%m-%Y"),
    (r"\d{2}\.\d{2}\.\d{4}", "%d.%m.%Y"),
    (r"\d{4}/\d{2}/\d{2}", "%Y/%m/%d"),
    (r"\d{4}\.\d{2}\.\d{2}", "%Y.%m.%d"),
)


def canonical(header: str) -> str:
    """The law's name of a header in any case, with or without accents, blanks, dashes and underscores; else as is."""
    plain = unicodedata.normalize("NFKD", header)
    plain = re.sub(r"[\W_]", "", "".join(c for c in plain if not unicodedata.combining(c))).casefold()
    return _CANONICAL.get(plain, header.strip())


def read_layout(file_name: str, head: str) -> FecLayout:
    """Finds the header, the separator and the columns.

    Args:
        file_name: for the sentences of errors.
        head: the first lines of the file, decoded.

    Raises:
        DataError: no header, unknown separator, quoted fields, a column missing or twice.
    """
    lines = _LINE_ENDS.split(head)
    number, line = next(((i, text) for i, text in enumerate(lines, 1) if text.strip(" \t|;\ufeff")), (1, ""))
    line = line.removeprefix("\ufeff")

    def known(separator: str) -> int:
        return sum(canonical(name) in _CANONICAL.values() for name in line.split(separator))

    separator = max(SEPARATORS, key=known)
    if any(re.fullmatch(r"""\s*(["']).*\1\s*""", name) for name in line.split(separator)):
        raise DataError(
            f"{file_name}, line {number}: the names of columns stand between quotes ({line.strip()[:40]}…); "
            "a FEC knows no quoting: export it again without."
        )
    if known(separator) < 3:
        raise _no_header(file_name, number, line)
    names = [canonical(name) for name in line.split(separator)]
    while names and not names[-1]:
        names.pop()
    twice = [name for name, n in Counter(name for name in names if name).items() if n > 1]
    if twice:
        raise DataError(
            f"{file_name}, line {number}: the column {twice[0]} occurs twice in the header: export again with one."
        )
    has_signed_amount = set(SIGNED_AMOUNT) <= set(names)
    wanted = [c for c in COLUMNS if c not in ("Debit", "Credit")]
    if has_signed_amount and not {"Debit", "Credit"} <= set(names):
        wanted += SIGNED_AMOUNT
    else:
        wanted += ["Debit", "Credit"]
    missing = sorted(set(wanted) - set(names), key=(COLUMNS + SIGNED_AMOUNT).index)
    if missing:
        columns = "column" if len(missing) == 1 else "columns"
        hint = " (or Montant and Sens)" if {"Debit", "Credit"} & set(missing) else ""
        raise DataError(
            f"{file_name}, line {number}: the header lacks the {columns} {', '.join(missing)}{hint} "
            "that a FEC must have (art. A47 A-1 LPF): export it again with all 18."
        )
    position = {name: names.index(name) for name in wanted}
    extra = tuple(name for name in names if name and name not in position)
    blank_names = line.count(separator) + 1 - len(names)
    return FecLayout(separator, number, position, len(names), blank_names, extra)


def _no_header(file_name: str, number: int, line: str) -> DataError:
    shown = line.strip()[:60]
    plain = line.casefold()
    if "journalcode" in plain or "ecriturenum" in plain or "journal_code" in plain:
        between = re.search(r"journal_?code\W*?([^\w\"'])", plain)
        found = f" (found '{between[1]}')" if between else ""
        return DataError(
            f"{file_name}, line {number}: the fields are not separated by tab, pipe or semicolon{found}: "
            "export the FEC again with tabs."
        )
    return DataError(
        f"{file_name}, line {number}: this is not the header of a FEC, which begins JournalCode, JournalLib, "
        f"EcritureNum (found '{shown}'): export it again with its header, separated by tab, pipe or semicolon."
    )


def sample_rows(file: TextFile, layout: FecLayout, size: int = 1 << 17) -> list[list[str]]:
    """Rows of the start, middle and end of a file, split into fields; for detection only."""
    rows: list[list[str]] = []
    spots = (0, file.size // 2, max(0, file.size - size))
    with file.path.open("rb") as handle:
        for i, spot in enumerate(spots):
            if i and spot < (spots[i - 1] + size):
                continue
            handle.seek(spot & ~1)
            lines = _LINE_ENDS.split(decode_bytes(handle.read(size), file.encoding))
            lines = lines[layout.header_line :] if i == 0 else lines[1:]
            if file.size > size and i < len(spots) - 1:
                lines = lines[:-1]
            rows += [line.split(layout.separator) for line in lines if line.strip()]
    return [row for row in rows if len(row) >= layout.field_count]


def read_formats(rows: list[list[str]], layout: FecLayout) -> FecFormats:
    """How most values of the sample are written."""
    dates: Counter[str] = Counter()
    values = Counter(row[layout.position["EcritureDate"]].strip() for row in rows)
    for value, times in values.items():
        for shape, text in DATE_SHAPES:
            if re.fullmatch(shape, value) and _read_date(value, text) is not None:
                dates[text] += times
    date_format = dates.most_common(1)[0][0] if dates else "%Y%m%d"
    marks: Counter[str] = Counter()
    for name in ("Debit", "Credit", "Montant"):
        if name in layout.position:
            for row in rows:
                if match := re.search(r"([.,])\d{1,2}\s*[-+]?\s*$", row[layout.position[name]]):
                    marks[match[1]] += 1
    read = [day for value in values if (day := _read_date(value, date_format)) is not None]
    # One row longer than the others is shifted by a separator inside a field, even where it happens to end in blanks.
    lengths = Counter(
        len(row) - layout.field_count for row in rows if not "".join(row[layout.field_count :]).strip()
    )
    lengths[layout.blank_names] += 1
    trailing = max(lengths, key=lambda extra: (lengths[extra], extra))
    mark = marks.most_common(1)[0][0] if marks else ""
    return FecFormats(date_format, mark, max(read, default=None), trailing)


def _read_date(value: str, date_format: str) -> date | None:
    try:
        return datetime.strptime(value, date_format).date()  # noqa: DTZ007 - a calendar date
    except ValueError:
        return None
