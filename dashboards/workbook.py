"""Excel workbooks: typed sheets from rows, the one place that calls XlsxWriter.

What belongs here: cell types and their formats, legal sheet names, text that stays text. What does not: any figure,
any sentence (the page modules give both). The same sheets give the same bytes: fixed dates, nothing read from the
machine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import xlsxwriter

from dashboards.context import ReportError

Kind = Literal["text", "money", "share", "ratio", "days", "integer", "date"]
Value = str | Decimal | float | int | date | None

CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 (a constant of the file, not a moment)
MAX_ROWS = 1_048_576
MAX_TEXT = 32_767
MAX_DIGITS = 15
_FORMATS: dict[Kind, dict[str, Any]] = {
    "text": {"num_format": "@"},
    "money": {"num_format": "#,##0.00"},
    "share": {"num_format": "0.00%"},
    "ratio": {"num_format": "0.0000"},
    "days": {"num_format": "0.0"},
    "integer": {"num_format": "#,##0"},
    "date": {"num_format": "dd/mm/yyyy", "align": "left"},
}
_WEIGHTS: dict[str, dict[str, Any]] = {
    "": {"valign": "top"},
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"},
    "title": {"bold": True, "font_size": 13},
    "heading": {"bold": True, "top": 1},
    "total": {"bold": True, "top": 1, "valign": "top"},
}
_WIDTHS: dict[Kind, int] = {
    "text": 28, "money": 16, "share": 10, "ratio": 10, "days": 10, "integer": 10, "date": 12,
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """A column: its heading, what its cells are (shares are fractions 0 to 1), its width in characters."""

    label: str
    kind: Kind = "text"
    width: int | None = None


@dataclass(frozen=True)
class Typed:
    """A cell that is not of its column's kind."""

    value: Value
    kind: Kind


@dataclass(frozen=True)
class Heading:
    """A row that is one bold text over the whole width: it opens a part of the table."""

    text: str


@dataclass(frozen=True)
class Total:
    """A row in bold under a line."""

    cells: Sequence[Value | Typed]


Row = Sequence[Value | Typed] | Heading | Total


@dataclass(frozen=True)
class Grid:
    """A table: headings, rows in the order given, sentences above and below."""

    columns: Sequence[Field]
    rows: Sequence[Row]
    title: str = ""
    lead: Sequence[str] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Sheet:
    """A sheet: tables one below the other. The name is made legal and unique when written."""

    name: str
    grids: Sequence[Grid]
    is_landscape: bool = field(default=True)


def write_workbook(path: Path, title: str, sheets: Sequence[Sheet]) -> Path:
    """Write an `.xlsx`.

    Money is written from its DECIMAL text, exact to the cent; an amount of more than 15 digits, which Excel would
    round, and a date before 1900-03-01, which Excel counts wrong, are written as text.

    Args:
        path: the file; its folder is created.
        title: in the document's properties.
        sheets: at least one; their rows in the order they are to be read.

    Returns:
        `path`.

    Raises:
        ReportError: no sheet, a row with more cells than columns, more rows than a sheet can hold, or a value that
            is none of its kind.
    """
    if not sheets:
        raise ReportError(f"{path.name}: a workbook needs at least one sheet")
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"title": clean(title), "created": CREATED})
    writer = _Writer(book)
    names: list[str] = []
    try:
        for sheet in sheets:
            names.append(sheet_name(sheet.name, names))
            writer.sheet(names[-1], sheet)
    except ReportError as error:
        raise ReportError(f"{path.name}: {error}") from error
    book.close()
    return path


def clean(text: str) -> str:
    """Text without the characters XML cannot hold (tab and line feed stay), at most as long as a cell."""
    return re.sub(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)[:MAX_TEXT]


def sheet_name(wanted: str, taken: Sequence[str]) -> str:
    """A name Excel accepts, unlike those taken: 31 characters, none of `[]:*?/\\`, no apostrophe at its ends."""
    legal = (
        re.sub(r"[\[\]:*?/\\]", "-", clean(wanted).replace("\n", " ").replace("\t", " ")).strip().strip("'")
    )
    legal = legal if legal and legal.lower() not in ("history", "historique") else f"{legal} 1".strip()
    used = {name.casefold() for name in taken}
    number, suffix = 1, ""
    while (name := _cut(legal, 31 - len(suffix)).strip().strip("'") + suffix).casefold() in used:
        number += 1
        suffix = f" ({number})"
    return name


def _cut(text: str, length: int) -> str:
    """At most `length` UTF-16 units, which is how Excel counts."""
    return text.encode("utf-16-le")[: 2 * length].decode("utf-16-le", errors="ignore")


class _Writer:
    """Formats of one workbook, made once each, and the cells written with them."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.formats: dict[tuple[str, str], Any] = {}

    def style(self, kind: Kind, weight: str = "") -> Any:
        key = (kind, weight)
        if key not in self.formats:
            self.formats[key] = self.book.add_format({**_FORMATS[kind], **_WEIGHTS[weight]})
        return self.formats[key]

    def sheet(self, name: str, sheet: Sheet) -> None:
        page = self.book.add_worksheet(name)
        widths: dict[int, int] = {}
        at = 0
        for grid in sheet.grids:
            height = len(grid.rows) + len(grid.lead) + len(grid.notes) + 4
            if at + height > MAX_ROWS:
                raise ReportError(f"sheet {name}: {at + height} rows, Excel holds {MAX_ROWS}")
            for column, one in enumerate(grid.columns):
                width = one.width or max(_WIDTHS[one.kind], min(len(one.label), 18) + 2)
                widths[column] = max(width, widths.get(column, 0))
            if len(sheet.grids) == 1 and not grid.title and not grid.lead:
                page.freeze_panes(1, 1)
            at = self.grid(page, at, grid) + 1
        for column, width in widths.items():
            page.set_column(column, column, width)
        if sheet.is_landscape:
            page.set_landscape()
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)

    def grid(self, page: Any, at: int, grid: Grid) -> int:
        """Write a table from row `at` on; returns the row after it."""
        if grid.title:
            page.write_string(at, 0, clean(grid.title), self.style("text", "title"))
            at += 1
        for sentence in grid.lead:
            page.write_string(at, 0, clean(sentence))
            at += 1
        for column, one in enumerate(grid.columns):
            page.write_string(at, column, clean(one.label), self.style("text", "head"))
        at += 1
        for row in grid.rows:
            if isinstance(row, Heading):
                for column in range(len(grid.columns)):
                    page.write_blank(at, column, None, self.style("text", "heading"))
                page.write_string(at, 0, clean(row.text), self.style("text", "heading"))
            else:
                cells, weight = (row.cells, "total") if isinstance(row, Total) else (row, "")
                if len(cells) > len(grid.columns):
                    raise ReportError(f"a row of {len(cells)} cells under {len(grid.columns)} columns")
                for column, (one, cell) in enumerate(zip(grid.columns, cells, strict=False)):
                    value, kind = (cell.value, cell.kind) if isinstance(cell, Typed) else (cell, one.kind)
                    self.cell(page, at, column, value, kind, weight)
            at += 1
        for sentence in grid.notes:
            page.write_string(at, 0, clean(sentence))
            at += 1
        return at

    def cell(self, page: Any, row: int, column: int, value: Value, kind: Kind, weight: str) -> None:
        style = self.style(kind, weight)
        if value is None:
            if weight:
                page.write_blank(row, column, None, style)
        elif isinstance(value, str):
            page.write_string(row, column, clean(value), self.style("text", weight))
        elif isinstance(value, date):
            if kind != "date":
                raise ReportError(f"{value!r} is a date in a column of {kind}")
            if value < date(1900, 3, 1):
                page.write_string(row, column, value.isoformat(), self.style("text", weight))
            else:
                page.write_datetime(row, column, value, style)
        elif kind in ("text", "date") or isinstance(value, bool):
            raise ReportError(f"{value!r} is a number in a column of {kind}")
        else:
            number = _exact(value)
            if len(number.normalize().as_tuple().digits) > MAX_DIGITS:
                page.write_string(row, column, f"{number:f}", self.style("text", weight))
            else:
                # XlsxWriter formats a Decimal by its own digits: no binary fraction in between.
                page.write_number(row, column, number, style)


def _exact(value: Decimal | float | int) -> Decimal:
    """A finite number as DECIMAL: a float by the 15 digits that Excel shows of it."""
    number = Decimal(f"{value:.15g}") if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise ReportError(f"{value!r} is not a number a cell can hold")
    return number
