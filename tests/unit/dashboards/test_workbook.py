"""Workbooks: what Excel would read is what was given, to the cent and to the letter."""

from __future__ import annotations

import math
import re
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dashboards.context import ReportError
from dashboards.workbook import Field, Grid, Heading, Row, Sheet, Total, Typed, sheet_name, write_workbook

SPACE = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
COLUMNS = (Field("Client"), Field("Montant", "money"), Field("Part", "share"), Field("Échéance", "date"))


def written(folder: Path, rows: list[Row], columns: tuple[Field, ...] = COLUMNS) -> dict[str, str]:
    """Cell → its raw content in the file's XML: text by its shared string, numbers as their digits."""
    path = write_workbook(folder / "book.xlsx", "essai", [Sheet("Feuille", [Grid(columns, rows)])])
    with zipfile.ZipFile(path) as archive:
        strings = [
            "".join(part.text or "" for part in item.iter(f"{{{SPACE['x']}}}t"))
            for item in ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
        ]
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    assert not sheet.findall(".//x:f", SPACE), "a formula was written"
    assert not sheet.findall(".//x:hyperlink", SPACE), "a link was written"
    found = {}
    for cell in sheet.findall(".//x:c", SPACE):
        value = cell.find("x:v", SPACE)
        if value is not None:
            text = value.text or ""
            found[cell.attrib["r"]] = strings[int(text)] if cell.attrib.get("t") == "s" else text
    return found


def test_money_is_written_to_the_cent_and_not_as_a_binary_fraction(tmp_path: Path) -> None:
    amounts = [Decimal("9.95"), Decimal("1234567890123.45"), Decimal("-0.01"), Decimal("0.00"), Decimal(100)]
    cells = written(tmp_path, [("x", amount) for amount in amounts])
    assert [Decimal(cells[f"B{row}"]) for row in range(2, 7)] == amounts
    assert cells["B2"] == "9.95"


def test_an_amount_excel_would_round_is_written_as_text(tmp_path: Path) -> None:
    assert written(tmp_path, [("x", Decimal("12345678901234567.89"))])["B2"] == "12345678901234567.89"
    with zipfile.ZipFile(tmp_path / "book.xlsx") as archive:
        assert re.search(r'<c r="B2"[^>]*t="s"', archive.read("xl/worksheets/sheet1.xml").decode())


@pytest.mark.parametrize(
    "text",
    [
        "=cmd|' /C calc'!A0",
        "{=1+1}",
        "+33 1",
        "@SUM(A1)",
        "http://exemple.fr",
        "<script>alert(1)</script>",
        "0012",
    ],
)
def test_text_stays_text(tmp_path: Path, text: str) -> None:
    assert written(tmp_path, [(text, None)])["A2"] == text


def test_characters_that_xml_cannot_hold_are_left_out(tmp_path: Path) -> None:
    assert written(tmp_path, [("a\x00b\x1bc\ufffed\ud800e\nf", None)])["A2"] == "abcde\nf"


def test_dates_and_shares_are_numbers_with_a_format(tmp_path: Path) -> None:
    cells = written(
        tmp_path, [("x", None, 0.1234, date(2025, 12, 31)), ("y", None, 0.1 + 0.2, date(1900, 1, 1))]
    )
    assert (cells["C2"], cells["D2"]) == ("0.1234", "46022")
    assert (cells["C3"], cells["D3"]) == ("0.3", "1900-01-01")


def test_headings_totals_and_typed_cells(tmp_path: Path) -> None:
    rows: list[Row] = [
        Heading("(A) Tranches"),
        ("Nombre", Typed(3, "integer")),
        Total(("Total", Decimal("1.10"))),
    ]
    cells = written(tmp_path, rows)
    assert (cells["A2"], cells["B3"], cells["A4"], cells["B4"]) == ("(A) Tranches", "3", "Total", "1.10")


def test_sheet_names_are_made_legal_and_unique() -> None:
    names: list[str] = []
    for wanted in ("Exercice 01/01/2024 [1]", "é" * 40, "é" * 40, "", "History", "'a'", "Feuille", "FEUILLE"):
        names.append(sheet_name(wanted, names))
    assert names[0] == "Exercice 01-01-2024 -1-"
    assert len({name.casefold() for name in names}) == len(names)
    assert all(0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in names)
    assert names[2].endswith(" (2)") and names[5] == "a" and names[7] == "FEUILLE (2)"


def test_the_same_sheets_give_the_same_bytes(tmp_path: Path) -> None:
    sheets = [
        Sheet("a", [Grid(COLUMNS, [("x", Decimal("1.00"), 0.5, date(2025, 1, 1))], title="t", notes=["n"])])
    ]
    first = write_workbook(tmp_path / "1.xlsx", "t", sheets).read_bytes()
    assert write_workbook(tmp_path / "2.xlsx", "t", sheets).read_bytes() == first


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("x", Decimal(1), 0.1, date(2025, 1, 1), "more"), "5 cells under 4 columns"),
        (("x", date(2025, 1, 1)), "is a date in a column of money"),
        (("x", math.nan), "is not a number"),
        ((12, None), "is a number in a column of text"),
        (("x", True), "is a number in a column of money"),
    ],
)
def test_a_value_of_another_kind_is_refused_and_nothing_is_written(
    tmp_path: Path, row: Row, sentence: str
) -> None:
    with pytest.raises(ReportError, match=f"book.xlsx: .*{sentence}"):
        write_workbook(tmp_path / "book.xlsx", "t", [Sheet("a", [Grid(COLUMNS, [row])])])
    assert not (tmp_path / "book.xlsx").exists()


def test_a_workbook_needs_a_sheet(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="at least one sheet"):
        write_workbook(tmp_path / "book.xlsx", "t", [])
