"""Tables as ERPs and spreadsheets write them: taken apart, each row with its physical line."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.errors import DataError, UsageError
from pipelines.sources.canonical import Kind
from pipelines.sources.table_files import restore
from tests.unit.sources.tables import land, read, rows, spec, texts, workbook

HEADER = "customer_id;amount;reference\n"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-15", "cp1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_separators_encodings_and_line_ends(
    tmp_path: Path, separator: str, encoding: str, line_end: str
) -> None:
    lines = [
        ["customer_id", "amount", "reference"],
        ["Éts Bœuf", "12", f'"a""b{separator} c"'],
        ["B", "3", ""],
    ]
    content = line_end.join(separator.join(line) for line in lines).encode(encoding)
    table = read(tmp_path, content)
    assert texts(table) == [(2, "Éts Bœuf", "12", f'a"b{separator} c'), (3, "B", "3", "")]
    assert table.separator == separator
    assert table.rows == 2


def test_line_numbers_are_those_of_the_file_whatever_stands_between(tmp_path: Path) -> None:
    content = HEADER + 'A;1;x\n\n"B";2;"over\nthree\nlines"\n;;\nC;3\nD;4;y\n"E\n2";5;z\n'
    table = read(tmp_path, content)
    assert [(line, customer) for line, customer, *_ in texts(table)] == [
        (2, "A"),
        (4, "B"),
        (9, "D"),
        (10, "E\n2"),
    ]
    assert table.rows == 5
    assert table.ragged is not None
    assert pq.read_table(table.ragged).to_pylist() == [
        {"line_number": 8, "reason": "the row has 2 values for 3 columns", "raw_text": "C;3"}
    ]


def test_line_numbers_hold_across_blocks(tmp_path: Path) -> None:
    """Arrow reads blocks of four megabytes, and numbers only the rows that it refuses."""
    lines = []
    for number in range(2, 200_000):
        lines.append(
            f"too;few{number}" if number % 1000 == 7 else f"C{number};{number};some words of reference"
        )
    table = read(tmp_path, HEADER + "\n".join(lines))
    assert all(customer == f"C{line}" for line, customer, *_ in texts(table))
    assert table.ragged is not None
    ragged = pq.read_table(table.ragged).to_pylist()
    assert [f"too;few{row['line_number']}" for row in ragged] == [row["raw_text"] for row in ragged]
    assert table.rows == len(lines)
    assert len(ragged) == 200


def test_separator_line_trailing_separators_and_blank_header(tmp_path: Path) -> None:
    table = read(tmp_path, "sep=|\r\n\r\ncustomer_id|amount||\r\nA|1||\r\nB|2|\r\nC|3||x\r\n")
    assert table.columns == ("customer_id", "amount")
    assert texts(table) == [(4, "A", "1")]
    assert table.ragged is not None
    assert [row["line_number"] for row in pq.read_table(table.ragged).to_pylist()] == [5, 6]


def test_every_row_ends_with_a_separator_and_the_header_does_not(tmp_path: Path) -> None:
    table = read(tmp_path, "customer_id;amount\nA;1;\nB;2;\n")
    assert texts(table) == [(2, "A", "1"), (3, "B", "2")]


def test_a_column_without_header_is_there_where_it_is_filled(tmp_path: Path) -> None:
    table = read(tmp_path, "customer_id;;amount;;Id\nA;x;1;;i\n")
    assert table.columns == ("customer_id", "column_2", "amount", "Id")


def test_quotes_inside_words_are_characters(tmp_path: Path) -> None:
    table = read(tmp_path, HEADER + 'A;1;12" tube\nB;2;3" and 4"\nC;3; "quoted"\n')
    assert [row[3] for row in texts(table)] == ['12" tube', '3" and 4"', ' "quoted"']


def test_separator_is_that_under_which_headers_are_known(tmp_path: Path) -> None:
    table = read(tmp_path, "Code client;Montant, TTC, en euros, arrondi;Date facture\nA;1,5;01/02/2024\n")
    assert table.separator == ";"
    assert len(table.columns) == 3


def test_declared_encoding_and_separator_are_believed(tmp_path: Path) -> None:
    content = "customer_id:amount\nÉts:1\n".encode("cp850")
    with pytest.raises(DataError, match="is not UTF-8, ISO-8859-15 or CP1252"):
        read(tmp_path, content)
    assert texts(read(tmp_path, content, encoding="cp850", separator=":")) == [(2, "Éts", "1")]


def test_declared_encoding_that_does_not_hold(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"invoices\.csv is no utf-8 text but iso-8859-15"):
        read(tmp_path, "customer_id;amount\nÉts;1\n".encode("cp1252"), encoding="utf-8")
    with pytest.raises(UsageError, match="encoding 'klingon' is unknown"):
        read(tmp_path, HEADER + "A;1;x\n", encoding="klingon")


def test_header_row_declared(tmp_path: Path) -> None:
    table = read(tmp_path, f"Balance âgée\n;;\n\n{HEADER}A;1;x\n", header_row=4)
    assert texts(table) == [(5, "A", "1", "x")]


def test_two_headers_alike_are_two_columns_and_refused_where_mapped(tmp_path: Path) -> None:
    content = "customer_id;amount;issue_date;Date;DATE\nA;1;2024-01-31;x;y\n"
    assert read(tmp_path, content).columns[3:] == ("Date", "DATE (2)")
    assert rows(land(tmp_path, content))[0]["issue_date"] == date(2024, 1, 31)
    with pytest.raises(DataError, match="column 'Date': the column 'DATE' occurs twice"):
        land(tmp_path, content, columns={"due_date": "date"})


def test_the_same_content_is_landed_once_and_restored(tmp_path: Path) -> None:
    first = read(tmp_path, HEADER + "A;1;x\nB;2\n")
    again = read(tmp_path, HEADER + "A;1;x\nB;2\n", name="renamed.csv")
    assert again.parquet == first.parquet
    assert again.file_name == "renamed.csv"
    assert restore(first.parquet, "invoices.csv") == first
    assert read(tmp_path, HEADER + "A;1;x\nB;2\n", separator=",").parquet != first.parquet


# --- workbooks -----------------------------------------------------------------------------------------------------


def test_a_workbook_gives_its_types(tmp_path: Path) -> None:
    cells = {
        "A1": "customer_id", "B1": "issue_date", "C1": "amount", "D1": "due_date", "E1": "is_disputed",
        "F1": "reference",
        "A2": 1001, "B2": date(2024, 1, 15), "C2": 55.940000000000005, "D2": datetime.fromisoformat("2024-02-15 10:30"),
        "E2": True, "F2": "=cmd|x",
        "A3": 1002, "B3": date(2024, 12, 1), "C3": -3, "D3": date(2024, 3, 1), "E3": False, "F3": "<script>",
    }  # fmt: skip
    content = workbook(tmp_path / "b.xlsx", {**cells, "F2": "'=cmd|x"})
    table = read(tmp_path, content, "invoices.xlsx")
    assert dict(table.native) == {
        "customer_id": Kind.RATE,
        "issue_date": Kind.DATE,
        "amount": Kind.RATE,
        "due_date": Kind.TIMESTAMP,
        "is_disputed": Kind.FLAG,
    }
    first, second = rows(land(tmp_path, content, "invoices.xlsx"))
    assert (first["customer_id"], first["issue_date"], first["due_date"]) == (
        "1001",
        date(2024, 1, 15),
        date(2024, 2, 15),
    )
    assert (first["amount"], first["is_disputed"], first["reference"]) == (Decimal("55.94"), True, "=cmd|x")
    assert (second["line_number"], second["document_type"], second["reference"]) == (
        3,
        "credit_note",
        "<script>",
    )


def test_days_kept_as_serial_numbers_or_as_whole_numbers(tmp_path: Path) -> None:
    cells = {"A1": "customer_id", "B1": "issue_date", "C1": "due_date", "D1": "amount"}
    cells |= {"A2": "A", "B2": 45306, "C2": 20240215, "D2": 1}
    (row,) = rows(land(tmp_path, workbook(tmp_path / "b.xlsx", cells), "invoices.xlsx"))
    assert (row["issue_date"], row["due_date"]) == (date(2024, 1, 15), date(2024, 2, 15))


def test_a_sheet_is_named_where_there_are_several(tmp_path: Path) -> None:
    cells = {"A1": "customer_id", "B1": "amount", "A2": "A", "B2": 1}
    content = workbook(tmp_path / "b.xlsx", cells, "Factures", "Vide")
    assert len(texts(read(tmp_path, content, "b.xlsx"))) == 1
    content = workbook(tmp_path / "b.xlsx", cells | {"A1": date(2024, 1, 1)}, "Factures", "Clients")
    with pytest.raises(
        DataError, match=r"several sheets .Factures, Clients.: declare which one as `sheet: Factures`"
    ):
        read(tmp_path, content, "b.xlsx")
    assert read(tmp_path, content, "b.xlsx", sheet="Clients", header_row=1).rows == 0
    with pytest.raises(DataError, match="has no sheet 'Feuil9'"):
        read(tmp_path, content, "b.xlsx", sheet="Feuil9")


def test_a_formula_with_a_stored_value_is_that_value(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for at, name in enumerate(("customer_id", "issue_date", "amount")):
            sheet.write(0, at, name)
        sheet.write_row(1, 0, ["A", "2024-01-31"])
        sheet.write_formula("C2", "=1+1.5", None, 2.5)
    (row,) = rows(land(tmp_path, path.read_bytes(), "b.xlsx"))
    assert row["amount"] == Decimal("2.50")


# --- Parquet -------------------------------------------------------------------------------------------------------


def test_parquet_gives_its_types(tmp_path: Path) -> None:
    path = tmp_path / "b.parquet"
    table = pa.table(
        {
            "customer_id": pa.array([7, 8]),
            "issue_date": pa.array([date(2024, 1, 15), None]),
            "due_date": pa.array([datetime.fromisoformat("2024-02-15 23:30")] * 2),
            "amount": pa.array([Decimal("1.50"), Decimal("-2.00")]),
            "updated_at": pa.array(
                [datetime.fromisoformat("2024-03-01 12:00")] * 2, pa.timestamp("us", tz="Europe/Paris")
            ),
            "vat_amount": pa.array([0.1 + 0.2, None]),
            "is_disputed": pa.array([True, False]),
        }
    )
    pq.write_table(table, path)
    text = read(tmp_path, path.read_bytes(), "b.parquet")
    assert text.native["amount"] == text.native["vat_amount"] == Kind.RATE
    first, second = rows(land(tmp_path, path.read_bytes(), "b.parquet"))
    assert (first["line_number"], first["customer_id"], first["amount"]) == (1, "7", Decimal("1.50"))
    assert (first["issue_date"], first["due_date"]) == (date(2024, 1, 15), date(2024, 2, 15))
    assert (first["vat_amount"], first["is_disputed"]) == (Decimal("0.30"), True)
    assert first["updated_at"] == datetime.fromisoformat("2024-03-01 12:00")
    assert second["issue_date"] is None


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    from pipelines.sources.table_files import read_table_file

    with pytest.raises(UsageError, match=r"none\.csv: there is no such file"):
        read_table_file(tmp_path / "none.csv", spec(), tmp_path)
