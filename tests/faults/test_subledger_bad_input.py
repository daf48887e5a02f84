"""Bad input of a sub-ledger: one sentence that names the file, the line, the column and the remedy; nothing landed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import DataError, EncoursError
from pipelines.sources.canonical import Contains
from tests.unit.sources.tables import WHERE, land, rejects, rows, workbook

HEADER = "invoice_id;customer_id;issue_date;amount\n"
GOOD = "1;A;31/01/2025;10,50\n"
CELLS = {
    "A1": "customer_id", "B1": "issue_date", "C1": "amount",
    "A2": "A", "B2": date(2025, 1, 31), "C2": 10.5, "A3": "B", "B3": date(2025, 2, 1), "C3": 3,
}  # fmt: skip


def refusal(folder: Path, content: str | bytes, name: str = "invoices.csv", **given: Any) -> str:
    with pytest.raises(DataError) as raised:
        land(folder, content, name, **given)
    sentence = str(raised.value)
    assert name in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    for place in ("raw", "quarantine"):
        assert not (folder / place).exists() or list((folder / place).iterdir()) == []
    return sentence


def excel(folder: Path, changes: dict[str, Any], **given: Any) -> str:
    return refusal(folder, workbook(folder / "made.xlsx", {**CELLS, **changes}), "invoices.xlsx", **given)


def test_dates_with_two_readings_are_refused_until_declared(tmp_path: Path) -> None:
    content = HEADER + "1;A;04/04/2025;1\n2;A;03/04/2025;1\n"
    assert refusal(tmp_path, content) == (
        "invoices.csv, line 3, column 'issue_date': '03/04/2025' has two readings, 2025-04-03 (%d/%m/%Y) and "
        "2025-03-04 (%m/%d/%Y), and no date of the file tells which: declare `date_format: '%d/%m/%Y'` or "
        "`date_format: '%m/%d/%Y'`."
    )
    assert rows(land(tmp_path, content, date_format="%d/%m/%Y"))[1]["issue_date"] == date(2025, 4, 3)
    assert rows(land(tmp_path, content, date_format="%m/%d/%Y"))[1]["issue_date"] == date(2025, 3, 4)


@pytest.mark.parametrize("day", ["01-02-24", "01/02/24", "01-02-2024"])
def test_other_dates_with_two_readings(tmp_path: Path, day: str) -> None:
    assert "has two readings" in refusal(tmp_path, f"{HEADER}1;A;{day};1\n")


def test_a_time_does_not_tell_which_date_is_meant(tmp_path: Path) -> None:
    assert "'03/04/2025' has two readings" in refusal(tmp_path, HEADER + "1;A;03/04/2025 10:30:00;1\n")


def test_dates_of_two_formats_in_one_column(tmp_path: Path) -> None:
    """What a spreadsheet makes of a foreign export: the days it understood are turned, the others are left."""
    content = HEADER + "1;A;13/04/2025;1\n2;A;04/12/2025;1\n3;A;04/13/2025;1\n4;A;14/04/2025;1\n"
    assert refusal(tmp_path, content) == (
        "invoices.csv, column 'issue_date': '13/04/2025' on line 2 and '04/13/2025' on line 4 are not written in one "
        "date format: export them alike, or declare the one that holds, as `date_format: '%d/%m/%Y'` (the others are "
        "then refused)."
    )


def test_two_columns_that_prove_opposite_orders(tmp_path: Path) -> None:
    content = "customer_id;issue_date;due_date;amount\nA;13/04/2025;04/30/2025;1\n"
    sentence = refusal(tmp_path, content)
    assert "column 'due_date' are written as %m/%d/%Y, those of 'issue_date' as %d/%m/%Y" in sentence or (
        "column 'issue_date' are written as %d/%m/%Y, those of 'due_date' as %m/%d/%Y" in sentence
    )


def test_a_column_of_dates_that_holds_none(tmp_path: Path) -> None:
    assert "line 2, column 'issue_date': 'soon' is no date in a known format: declare it" in refusal(
        tmp_path, HEADER + "1;A;soon;1\n2;A;later;1\n"
    )


def test_a_declared_date_format_that_fits_nothing(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, HEADER + GOOD, date_format="%Y-%m-%d")
    assert "'31/01/2025' is no date written as '%Y-%m-%d', and no other value of the column is" in sentence
    assert WHERE in sentence


def test_mixed_decimal_marks_are_refused_naming_two_lines(tmp_path: Path) -> None:
    content = HEADER + GOOD + "2;A;31/01/2025;12.00\n3;A;31/01/2025;1\n"
    assert refusal(tmp_path, content) == (
        "invoices.csv: '10,50' on line 2 and '12.00' on line 3 have different decimal marks: export them alike, or "
        "declare the one that holds as `decimal: ','` or `decimal: '.'` (the others are then refused)."
    )
    landed = land(tmp_path, content, decimal=",")
    assert [row["reason"] for row in rejects(landed)] == ["amount '12.00' is no amount"]


def test_an_amount_with_two_readings_is_refused_until_declared(tmp_path: Path) -> None:
    content = HEADER + "1;A;31/01/2025;1,234\n"
    assert refusal(tmp_path, content) == (
        "invoices.csv, line 2, column 'amount': '1,234' has two readings, thousands or decimals, and no amount of the "
        "file tells which: declare `decimal: ','` or `decimal: '.'`."
    )
    assert str(rows(land(tmp_path, content, decimal="."))[0]["amount"]) == "1234.00"


def test_a_key_twice_with_other_content_names_both_lines(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, HEADER + GOOD + "2;A;31/01/2025;1\n1;A;31/01/2025;11\n")
    assert sentence == (
        "invoices.csv: invoice_id '1' stands on lines 2 and 4 with different values: keep one, or map a column that "
        "names each row."
    )


def test_two_rates_of_one_day(tmp_path: Path) -> None:
    content = "currency;rate_date;exchange_rate\nUSD;2025-01-31;1,08\nUSD;2025-01-31;1,09\n"
    assert "rate_id 'USD 2025-01-31' stands on lines 2 and 3" in refusal(
        tmp_path, content, table="exchange_rates"
    )


def test_a_renamed_column_names_the_nearest(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, HEADER + GOOD, columns={"issue_date": "issued_date"})
    assert sentence == (
        "invoices.csv has no column 'issued_date', which `columns` names for issue_date (encours.yml, line 7, key "
        "ledgers[0].invoices) (nearest: 'issue_date'): correct the mapping, or export the file as before; its columns "
        "are: invoice_id, customer_id, issue_date, amount."
    )


def test_a_required_column_that_nothing_is_mapped_to(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, "Qui;issue_date;amount\nA;31/01/2025;1\n")
    assert "no column is known to hold customer_id of invoices" in sentence
    assert "its columns are: Qui, issue_date, amount" in sentence
    sentence = refusal(tmp_path, "customer_id;amount\nA;1\n")
    assert "no column is known to hold issue_date or due_date of invoices" in sentence


@pytest.mark.parametrize("content", ["", "\n\n  \n", "\ufeff"])
def test_an_empty_file(tmp_path: Path, content: str) -> None:
    assert refusal(tmp_path, content) == "invoices.csv is empty: export it again."


def test_a_header_without_rows_is_no_day_without_documents(tmp_path: Path) -> None:
    assert refusal(tmp_path, HEADER) == "invoices.csv has a header and no row: export it again."
    assert rows(land(tmp_path, HEADER, contains=Contains.CHANGES)) == []


def test_a_title_above_the_header(tmp_path: Path) -> None:
    assert refusal(tmp_path, "Balance âgée au 31/01/2025;;;\n\n" + HEADER + GOOD) == (
        "invoices.csv, line 1: 'Balance âgée au 31/01/2025' stands where the header is expected, which seems to be on "
        "line 3: declare `header_row: 3`."
    )


def test_a_title_above_the_header_of_a_workbook(tmp_path: Path) -> None:
    cells = {"A1": "Factures clients", "B1": None, "C1": None}
    cells |= {f"{cell[0]}{int(cell[1]) + 3}": value for cell, value in CELLS.items()}
    content = workbook(tmp_path / "made.xlsx", cells)
    assert refusal(tmp_path, content, "invoices.xlsx") == (
        "invoices.xlsx, sheet Feuil1, row 1: 'Factures clients' stands where the header is expected, which seems to be "
        "on row 4: declare `header_row: 4`."
    )
    assert [row["line_number"] for row in rows(land(tmp_path, content, "invoices.xlsx", header_row=4))] == [
        5,
        6,
    ]


def test_a_declared_header_row_without_a_header(tmp_path: Path) -> None:
    assert "row 9: there is no header there" in excel(tmp_path, {}, header_row=9)
    assert "has no header on line 9" in refusal(tmp_path, HEADER + GOOD, header_row=9)


def test_merged_cells_among_the_rows_of_a_mapped_column(tmp_path: Path) -> None:
    assert excel(tmp_path, {"A2:A3": ("A",)} | {"A2": None, "A3": None}) == (
        "invoices.xlsx, column 'customer_id': the cells A2:A3 of sheet Feuil1 are merged: unmerge them and "
        "fill each one."
    )
    landed = land(tmp_path, workbook(tmp_path / "made.xlsx", {**CELLS, "E2:E3": ("note",)}), "invoices.xlsx")
    assert len(rows(landed)) == 2


def test_merged_cells_in_the_header(tmp_path: Path) -> None:
    sentence = excel(tmp_path, {"B1:C1": ("issue_date",), "B1": None, "C1": None})
    assert (
        "the cells B1:C1 of sheet Feuil1 are merged" in sentence
        or "no column is known to hold amount" in sentence
    )


def test_a_formula_without_a_stored_value_names_its_cell(tmp_path: Path) -> None:
    assert excel(tmp_path, {"C3": "=C2*2"}) == (
        "invoices.xlsx, column 'amount': the cell C3 of sheet Feuil1 holds a formula without a stored value: open the "
        "workbook in Excel and save it, or paste the values."
    )
    landed = land(
        tmp_path, workbook(tmp_path / "made.xlsx", {**CELLS, "E1": "x", "E3": "=C2*2"}), "invoices.xlsx"
    )
    assert len(rows(landed)) == 2


def test_an_error_in_a_cell_names_it(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "made.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for row, values in enumerate([["customer_id", "issue_date", "amount"], ["A", "2025-01-31", 1]]):
            sheet.write_row(row, 0, values)
        sheet.write_formula("C3", "=1/0", None, "#DIV/0!")
    assert "the cell C3 of sheet Sheet1 holds an error: correct it" in refusal(
        tmp_path, path.read_bytes(), "b.xlsx"
    )


def test_a_day_as_text_among_days_as_days(tmp_path: Path) -> None:
    assert "are not written in one date format" in excel(tmp_path, {"B3": "13/02/2025"})


def test_a_quote_that_is_never_closed(tmp_path: Path) -> None:
    content = 'customer_id;issue_date;amount;reference\nA;31/01/2025;1;x\nB;31/01/2025;1;"Le Bistrot\nC;31/01/2025;1;\n'
    assert refusal(tmp_path, content) == (
        "invoices.csv, line 3: a quote is opened and never closed: double the quotes inside a quoted value, or remove "
        "them."
    )


def test_two_open_quotes_that_swallow_the_rows_between_them(tmp_path: Path) -> None:
    rows_of = [f"{name};31/01/2025;1;{'' if name in 'BE' else name}" for name in "ABCDEF"]
    rows_of[1] += '"Le Bistrot'
    rows_of[4] += '"Chez Max'
    content = "customer_id;issue_date;amount;reference\n" + "\n".join(rows_of)
    assert "line 3: a quote is opened and never closed" in refusal(tmp_path, content)


def test_most_rows_do_not_fit_under_the_header(tmp_path: Path) -> None:
    content = "customer_id,issue_date,amount\n" + "A,31/01/2025,1,50\n" * 11_000
    assert "the row has 4 values for 3 columns, as in most rows" in refusal(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04 no workbook", "is no workbook that can be read"),
        (b"PAR1 no table", "is a damaged Parquet file"),
        (b"%PDF-1.7", "is a PDF document"),
        (b"customer_id;amount\nA;\x00\n", "holds NUL bytes"),
        ("customer_id;amount\nÉÉÉÉ;1\n".encode() + b"\xff\xfe;2\n", "byte 0xFF is not UTF-8"),
    ],
)
def test_files_that_are_no_tables(tmp_path: Path, content: bytes, told: str) -> None:
    assert told in refusal(tmp_path, content)


def test_rows_at_fault_are_quarantined_with_all_that_is_known(tmp_path: Path) -> None:
    """Among good rows a bad one is set aside; its amount counts where it can be read."""
    content = (
        HEADER + GOOD + "2;;31/01/2025;7,00\n3;A;31/02/2025;-8,00\n4;A;31/01/2025;9,999\n5;A;31/01/2025\n"
    )
    landed = land(tmp_path, content)
    assert [
        (row["line_number"], row["column_name"], row["reason"], row["raw_text"], row["debit"], row["credit"])
        for row in rejects(landed)
    ] == [
        (3, "customer_id", "customer_id is blank", "2;;31/01/2025;7,00", 7, None),
        (4, "issue_date", "issue_date '31/02/2025' is no date", "3;A;31/02/2025;-8,00", None, 8),
        (5, "amount", "amount '9,999' is not in whole cents", "4;A;31/01/2025;9,999", None, None),
        (6, None, "the row has 3 values for 4 columns", "5;A;31/01/2025", None, None),
    ]
    assert (landed.statistics["debit_rejected"], landed.statistics["credit_rejected"]) == (7, 8)


def test_every_refusal_is_one_of_ours(tmp_path: Path) -> None:
    """Nothing that a library says reaches the user as it is."""
    for at in range(0, 2000, 37):
        content = bytes((at * 7919 + place * 104729) % 256 for place in range(200))
        with pytest.raises(EncoursError):
            land(tmp_path, content)
