"""The FEC reader on every variant that occurs: what is read equals what was written, to the cent."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.errors import UsageError
from pipelines.sources.fec import inspect_fec
from pipelines.sources.fec_parse import Note
from tests.unit.sources.fec_files import COLUMNS, Layout, landed_rows, line, read, rejected_rows, sale, write

ROWS = [*sale("1", "1200,00", CompAuxLib="Éts Le Bœuf"), *sale("2", "0,05", EcritureLib='dite "la 2"; 3 | 4')]


@pytest.mark.parametrize("separator", ["\t", "|", ";"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r\r\n", "\r"])
@pytest.mark.parametrize("final_line_end", [True, False])
@pytest.mark.parametrize("trailing_separator", [True, False])
def test_separators_and_line_ends(
    tmp_path: Path, separator: str, line_end: str, final_line_end: bool, trailing_separator: bool
) -> None:
    rows = [*sale("1"), *sale("2", "12,50", EcritureLib='a "quote" is a character')]
    layout = Layout(separator, line_end, final_line_end=final_line_end, trailing_separator=trailing_separator)
    landed = read(write(tmp_path / "f.txt", rows, layout), tmp_path)
    assert (landed.rows_read, landed.rows_accepted, landed.rows_rejected) == (4, 4, 0)
    assert landed.separator == {"\t": "tab", "|": "pipe", ";": "semicolon"}[separator]
    assert landed.line_end == {"\n": "LF", "\r\n": "CRLF", "\r\r\n": "CRCRLF", "\r": "CR"}[line_end]
    assert landed.debit_total == landed.credit_total == Decimal("1212.50")
    got = landed_rows(landed, "line_number, EcritureLib, Debit, Idevise")
    assert got[2] == (4, 'a "quote" is a character', Decimal("12.50"), None)


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("iso-8859-15", "iso-8859-15"),
    ],
)
def test_encodings_are_told_from_the_content(tmp_path: Path, encoding: str, told: str) -> None:
    landed = read(write(tmp_path / "f.txt", ROWS, Layout(encoding=encoding)), tmp_path)
    assert landed.encoding == told
    assert landed_rows(landed, "CompAuxLib")[0] == ("Éts Le Bœuf",)
    assert landed_rows(landed, "EcritureLib")[2] == ('dite "la 2"; 3 | 4',)


def test_cp1252_is_told_by_its_typographic_bytes(tmp_path: Path) -> None:
    rows = sale("1", CompAuxLib="L’Œuvre – 20 €")
    landed = read(write(tmp_path / "f.txt", rows, Layout(encoding="cp1252")), tmp_path)
    assert landed.encoding == "cp1252"
    assert landed_rows(landed, "CompAuxLib")[0] == ("L’Œuvre – 20 €",)


@pytest.mark.parametrize(
    ("headers", "canonical"),
    [
        ({"Debit": "Débit", "Credit": "Crédit"}, ()),
        ({name: name.upper() for name in COLUMNS}, ()),
        ({name: name.lower() for name in COLUMNS}, ()),
        ({"Montantdevise": "MontantDevise", "Idevise": "IdDevise"}, ()),
        ({"EcritureNum": " Ecriture_Num ", "CompteNum": "Compte Num"}, ()),
    ],
)
def test_headers_in_any_case_and_with_accents(
    tmp_path: Path, headers: dict[str, str], canonical: tuple[str, ...]
) -> None:
    columns = tuple(headers.get(name, name) for name in COLUMNS)
    rows = [{headers.get(name, name): value for name, value in row.items()} for row in sale("1")]
    landed = read(write(tmp_path / "f.txt", rows, Layout(columns=columns)), tmp_path)
    assert landed.debit_total == Decimal("1200.00")


@pytest.mark.parametrize(
    ("debit", "credit"), [("D", "C"), ("d", "c"), ("+1", "-1"), ("1", "-1"), ("Débit", "Crédit")]
)
def test_amount_and_sense_instead_of_debit_and_credit(tmp_path: Path, debit: str, credit: str) -> None:
    columns = (*COLUMNS[:11], "Montant", "Sens", *COLUMNS[13:])
    rows = [line(Montant="1200,00", Sens=debit), line(Montant="1200,00", Sens=credit, CompteNum="706000")]
    landed = read(write(tmp_path / "f.txt", rows, Layout(columns=columns)), tmp_path)
    assert landed.amount_layout == "montant_sens"
    assert landed_rows(landed, "Debit, Credit") == [(Decimal(1200), 0), (0, Decimal(1200))]


def test_a_row_shifted_by_a_separator_in_a_field_is_refused_though_it_ends_in_blanks(tmp_path: Path) -> None:
    # Shifted by one, the wording's second half reads as the debit, and the debit as the credit.
    shifted = line(CompteNum="411000", EcritureLib="Facture\t0", Debit="120,00")
    landed = read(write(tmp_path / "f.txt", [*sale(), shifted, *sale()]), tmp_path)
    assert (landed.rows_read, landed.rows_rejected) == (2 * len(sale()) + 1, 1)
    [refused] = rejected_rows(landed)
    assert refused["reason"] == "the row has 19 fields instead of 18"


def test_columns_beyond_the_laws_are_listed_and_left_out(tmp_path: Path) -> None:
    extra = ("DateRglt", "ModeRglt", "NatOp", "IdClient")
    rows = [row | {"IdClient": "X9", "DateRglt": "20240301"} for row in sale("1")]
    landed = read(write(tmp_path / "f.txt", rows, Layout(columns=COLUMNS + extra)), tmp_path)
    assert landed.extra_columns == extra
    assert any("DateRglt, ModeRglt, NatOp, IdClient" in said for said in landed.warnings)
    assert landed.rows_accepted == 2


def test_columns_in_another_order_are_read_by_their_names(tmp_path: Path) -> None:
    landed = read(write(tmp_path / "f.txt", sale("1"), Layout(columns=tuple(reversed(COLUMNS)))), tmp_path)
    assert landed_rows(landed, "CompteNum, Debit, Credit") == [
        ("411000", Decimal(1200), 0),
        ("706000", 0, Decimal(1200)),
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234,56", "1234.56"),
        ("1234.56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234,56", "1234.56"),
        ("1\u202f234\u202f567,80", "1234567.80"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.234.567,89", "1234567.89"),
        ("1,234,567.89", "1234567.89"),
        ("0000001234,56", "1234.56"),
        ("000000000000000000000000012,50", "12.50"),
        ("+1234,56", "1234.56"),
        ("-1234,56", "-1234.56"),
        ("1234,56-", "-1234.56"),
        ("1234,56+", "1234.56"),
        ("- 1 234,56", "-1234.56"),
        ("\u22121234,56", "-1234.56"),
        ("1234", "1234.00"),
        ("1234,", "1234.00"),
        (",50", "0.50"),
        ("1234,5", "1234.50"),
        ("1234,5000", "1234.50"),
        ("1234,560", "1234.56"),
        ("0,000", "0.00"),
        ("  1234,56  ", "1234.56"),
        ("9999999999999,99", "9999999999999.99"),
    ],
)
def test_amounts_in_every_spelling_that_has_one_reading(tmp_path: Path, text: str, value: str) -> None:
    rows = [*sale("1", "10,00"), line(Debit=text, Credit="")]
    landed = read(write(tmp_path / "f.txt", rows), tmp_path)
    assert rejected_rows(landed) == []
    assert landed_rows(landed, "Debit")[2] == (Decimal(value),)


@pytest.mark.parametrize(
    "text",
    ["abc", "12a", "1e3", "1,2E+05", "12 34,5", "1.23.456", "--5", "-5-", "(5,00)", "5,00 €", "-", ".", "1,2,3", "5%",
     "NaN", "1,005", "0,001", "12,345678", "99999999999999,00", "٣"],
)  # fmt: skip
def test_a_text_that_is_no_amount_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    rows = [row for i in range(6) for row in sale(str(i), "10,00")] + [line(Debit=text, Credit="")]
    landed = read(write(tmp_path / "f.txt", rows), tmp_path)
    (refused,) = rejected_rows(landed)
    assert (refused["line_number"], refused["column_name"]) == (14, "Debit")
    assert text in refused["reason"]
    assert refused["debit"] is None
    assert landed.rows_read == landed.rows_accepted + landed.rows_rejected == 13


def test_grouped_thousands_without_decimals_are_read_where_the_file_proves_them(tmp_path: Path) -> None:
    rows = [
        *sale("1", "1.234,56"),
        *sale("2", "1.234.567,00"),
        line(Debit="5.000", Credit=""),
        line(Debit="", Credit="5.000"),
    ]
    landed = read(write(tmp_path / "f.txt", rows), tmp_path)
    assert landed.rows_rejected == 0
    assert landed_rows(landed, "Debit")[4] == (Decimal("5000.00"),)


def test_three_decimals_are_read_where_the_file_proves_them(tmp_path: Path) -> None:
    rows = [*sale("1", "1234,500"), *sale("2", "0,000"), *sale("3", "12,500")]
    landed = read(write(tmp_path / "f.txt", rows), tmp_path)
    assert landed.rows_rejected == 0
    assert landed.debit_total == Decimal("1247.00")


def test_one_amount_with_two_readings_is_refused_alone(tmp_path: Path) -> None:
    rows = [row for i in range(20) for row in sale(str(i), "12,50")] + [line(Debit="1,234", Credit="")]
    landed = read(write(tmp_path / "f.txt", rows), tmp_path)
    (refused,) = rejected_rows(landed)
    assert "two readings" in refused["reason"]


def test_a_minority_of_the_other_decimal_mark_is_read_and_told(tmp_path: Path) -> None:
    rows = [row for i in range(20) for row in sale(str(i), "12,50")] + sale("99", "3.25")
    landed = read(write(tmp_path / "f.txt", rows), tmp_path)
    assert landed.debit_total == Decimal("253.25")
    assert landed.decimal_mark == ","
    assert any("other decimal mark in 2 rows" in said for said in landed.warnings)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{y}{m}{d}", "%Y%m%d"),
        ("{d}/{m}/{y}", "%d/%m/%Y"),
        ("{y}-{m}-{d}", "%Y-%m-%d"),
        ("{d}-{m}-{y}", "%d-%m-%Y"),
        ("{d}.{m}.{y}", "%d.%m.%Y"),
        ("{y}/{m}/{d}", "%Y/%m/%d"),
        ("{y}.{m}.{d}", "%Y.%m.%d"),
        ("{d}{m}{y}", "%d%m%Y"),
    ],
)
def test_dates_in_every_format(tmp_path: Path, text: str, told: str) -> None:
    days = [date(2024, 1, 2), date(2024, 12, 31), date(2024, 2, 29), date(2024, 10, 10)]
    written = [text.format(y=f"{d.year:04}", m=f"{d.month:02}", d=f"{d.day:02}") for d in days]
    rows = [
        row
        for i, d in enumerate(written)
        for row in sale(str(i), EcritureDate=d, PieceDate=d, ValidDate=d, DateLet=d)
    ]
    landed = read(write(tmp_path / "f.txt", rows), tmp_path)
    assert landed.date_format == told
    assert landed_rows(landed, "EcritureDate, PieceDate, DateLet, ValidDate")[::2] == [
        (d, d, d, d) for d in days
    ]
    assert not any("format" in said for said in landed.warnings)


def test_a_few_dates_in_another_format_are_read_and_told(tmp_path: Path) -> None:
    rows = [row for i in range(10) for row in sale(str(i))] + sale("99", EcritureDate="2024-02-01 00:00:00")
    landed = read(write(tmp_path / "f.txt", rows), tmp_path)
    assert landed.last_date == date(2024, 2, 1)
    assert any("another format in 2 rows" in said for said in landed.warnings)


@pytest.mark.parametrize(
    "text", ["20240231", "20241301", "31/02/2024", "2024", "tomorrow", "", "00010101", "2024010"]
)
def test_an_impossible_entry_date_is_refused(tmp_path: Path, text: str) -> None:
    rows = [row for i in range(10) for row in sale(str(i))] + [
        line(EcritureDate=text, Debit="7,00", Credit="")
    ]
    landed = read(write(tmp_path / "f.txt", rows), tmp_path)
    (refused,) = rejected_rows(landed)
    assert (refused["column_name"], refused["line_number"]) == ("EcritureDate", 22)
    assert refused["debit"] == Decimal("7.00")
    assert landed.debit_rejected == Decimal("7.00")


@pytest.mark.parametrize(
    ("column", "text", "note"),
    [
        ("PieceDate", "{current_date}", Note.PIECE_DATE_UNREADABLE),
        ("PieceDate", "20240231", Note.PIECE_DATE_UNREADABLE),
        ("PieceDate", "19000101", Note.PIECE_DATE_ABSURD),
        ("PieceDate", "20990101", Note.PIECE_DATE_ABSURD),
        ("DateLet", "{current_date}", Note.DATE_LET_UNREADABLE),
        ("ValidDate", "00000000", Note.VALID_DATE_UNREADABLE),
        ("Montantdevise", "USD", Note.CURRENCY_AMOUNT_UNREADABLE),
    ],
)
def test_what_is_not_essential_becomes_blank_and_is_counted(
    tmp_path: Path, column: str, text: str, note: Note
) -> None:
    rows = sale("1")
    rows[0][column] = text
    landed = read(write(tmp_path / "f.txt", rows), tmp_path)
    assert landed.rows_rejected == 0
    assert landed_rows(landed, f"{column}, reading_notes")[0] == (None, int(note))
    assert any(said.startswith(column) and "1 row" in said for said in landed.warnings)


def test_padded_text_is_trimmed_and_blank_is_null(tmp_path: Path) -> None:
    rows = [
        {name: f"  {value}\u00a0 " for name, value in row.items()} for row in sale("1", CompAuxLib="A  B")
    ]
    landed = read(write(tmp_path / "f.txt", rows), tmp_path)
    got = landed_rows(landed, "JournalCode, CompAuxLib, EcritureLet, Debit, EcritureDate")
    assert got[0] == ("VE", "A  B", None, Decimal("1200.00"), date(2024, 1, 15))


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-15", "utf-16"])
@pytest.mark.parametrize("pad", ["\u00a0", " \u00a0 ", "\u00a0 "])
def test_no_break_blanks_around_values_are_trimmed_and_inner_ones_kept(
    tmp_path: Path, encoding: str, pad: str
) -> None:
    rows = [
        {name: f"{pad}{value}{pad}" for name, value in row.items()}
        for row in sale("1", CompAuxLib="n°\u00a07 à")
    ]
    landed = read(write(tmp_path / "f.txt", rows, Layout(encoding=encoding)), tmp_path)
    assert landed_rows(landed, "JournalCode, CompAuxLib, EcritureLet, Debit")[0] == (
        "VE", "n°\u00a07 à", None, Decimal("1200.00"),
    )  # fmt: skip


def test_a_half_written_sidecar_does_not_count(tmp_path: Path) -> None:
    path = write(tmp_path / "f.txt", sale("1"))
    first = read(path, tmp_path)
    first.parquet_path.with_suffix(".json").write_text('{"rows_read": 2')
    assert read(path, tmp_path).is_new


@pytest.mark.parametrize("company_id", ["", "..", "a/b", "../x"])
def test_a_company_id_that_leaves_the_workspace_is_refused(tmp_path: Path, company_id: str) -> None:
    with pytest.raises(UsageError, match="names a folder"):
        read(write(tmp_path / "f.txt", sale("1")), tmp_path, company_id)


def test_drafts_are_counted_and_kept(tmp_path: Path) -> None:
    landed = read(write(tmp_path / "f.txt", [*sale("1", ValidDate=""), *sale("2")]), tmp_path)
    assert (landed.draft_rows, landed.rows_accepted) == (2, 4)


def test_identical_lines_are_all_kept(tmp_path: Path) -> None:
    landed = read(write(tmp_path / "f.txt", sale("1") * 3), tmp_path)
    assert landed.rows_accepted == 6
    assert landed.debit_total == Decimal("3600.00")


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("", "", "neither Debit nor Credit"),
        ("5,00", "5,00", "both Debit and Credit"),
    ],
)
def test_a_row_with_both_or_no_amount_is_refused(
    tmp_path: Path, first: str, second: str, reason: str
) -> None:
    rows = [*sale("1"), line(Debit=first, Credit=second)]
    landed = read(write(tmp_path / "f.txt", rows), tmp_path)
    (refused,) = rejected_rows(landed)
    assert reason in refused["reason"]
    assert landed.debit_rejected == Decimal(first.replace(",", ".") or 0)


@pytest.mark.parametrize(
    ("debit", "credit"), [("0,00", "0,00"), ("", "5,00"), ("5,00", ""), ("0,00", "-5,00"), ("", "0")]
)
def test_blank_beside_an_amount_is_zero(tmp_path: Path, debit: str, credit: str) -> None:
    landed = read(write(tmp_path / "f.txt", [*sale("1"), line(Debit=debit, Credit=credit)]), tmp_path)
    assert landed.rows_rejected == 0
    assert landed_rows(landed, "Debit")[2] == (Decimal(debit.replace(",", ".") or 0),)


@pytest.mark.parametrize("fields", [5, 17, 19, 40])
def test_a_row_with_too_few_or_too_many_fields_is_refused_with_its_text(tmp_path: Path, fields: int) -> None:
    path = write(tmp_path / "f.txt", [row for i in range(3) for row in sale(str(i))])
    odd = "\t".join(f"x{i}" for i in range(fields))
    path.write_bytes(
        path.read_bytes() + f"{odd}\r\n".encode() + "\t".join(sale("9")[0].values()).encode() + b"\r\n"
    )
    landed = read(path, tmp_path)
    (refused,) = rejected_rows(landed)
    assert refused["line_number"] == 8
    assert refused["raw_text"] == odd
    assert f"{fields} fields instead of 18" in refused["reason"]
    assert (landed.rows_read, landed.rows_accepted) == (8, 7)


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "f.txt", sale("1"))
    path.write_bytes(path.read_bytes() + b"\r\n \r\n" + b"\t" * 17 + b"\r\n\x1a")
    landed = read(path, tmp_path)
    assert (landed.rows_read, landed.rows_rejected) == (2, 0)


def test_an_unbalanced_entry_is_listed_and_kept(tmp_path: Path) -> None:
    rows = [*sale("1"), line(EcritureNum="7", Debit="10,00", Credit="")]
    landed = read(write(tmp_path / "f.txt", rows), tmp_path)
    assert (landed.rows_accepted, landed.entries, landed.unbalanced_entries) == (3, 2, 1)
    assert landed.unbalanced_path is not None
    assert any("VE 7 on line 4" in said and "10.00" in said for said in landed.warnings)


def test_constant_entry_numbers_fall_back_on_date_and_reference(tmp_path: Path) -> None:
    rows = [*sale("1", PieceRef="FA1"), *sale("1", EcritureDate="20240116", PieceRef="FA2")]
    landed = read(write(tmp_path / "f.txt", rows), tmp_path)
    assert (landed.entry_key, landed.entries) == ("journal_number_date_piece", 2)
    assert any("EcritureNum is the same" in said for said in landed.warnings)


def test_blank_entry_numbers_fall_back_on_date_and_reference(tmp_path: Path) -> None:
    rows = [*sale("", PieceRef="FA1"), *sale("", PieceRef="FA2")]
    landed = read(write(tmp_path / "f.txt", rows), tmp_path)
    assert (landed.entry_key, landed.entries) == ("journal_number_date_piece", 2)
    assert any("EcritureNum is blank" in said for said in landed.warnings)


def test_the_same_content_under_another_name_is_landed_once(tmp_path: Path) -> None:
    first = read(write(tmp_path / "732829320FEC20240131.txt", sale("1")), tmp_path)
    stamp = first.parquet_path.stat().st_mtime_ns
    again = read(write(tmp_path / "732829320FEC20231231.txt", sale("1")), tmp_path)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.parquet_path == first.parquet_path
    assert again.parquet_path.stat().st_mtime_ns == stamp
    assert again.source_row()["rows_read"] == 2
    assert any("closed on 2023-12-31" in said for said in again.warnings)
    assert not any("closed on" in said for said in first.warnings)
    assert sorted(path.name for path in (tmp_path / "raw").rglob("*") if path.is_file()) == [
        f"{first.source_id}.json",
        f"{first.source_id}.parquet",
    ]


def test_a_file_name_that_contradicts_is_a_warning(tmp_path: Path) -> None:
    landed = read(write(tmp_path / "123456789FEC20241331.txt", sale("1")), tmp_path)
    said = " ".join(landed.warnings)
    assert "SIREN 123456789 is not valid" in said
    assert "not the company's (732829320)" in said
    assert "20241331 is no date" in said


def test_dates_outside_the_period_warn_and_stay(tmp_path: Path) -> None:
    rows = [row for m in range(1, 13) for row in sale(str(m), EcritureDate=f"2024{m:02}10")]
    rows += sale("99", EcritureDate="20400101")
    landed = read(write(tmp_path / "f.txt", rows), tmp_path)
    assert (landed.fiscal_year, landed.rows_outside_period, landed.rows_accepted) == (2024, 2, 26)
    assert (landed.period.start, landed.period.end) == (date(2024, 1, 1), date(2024, 12, 31))
    assert {row[0] for row in landed_rows(landed, "fiscal_year")} == {2024}


def test_the_source_row_holds_what_the_quality_table_shows(tmp_path: Path) -> None:
    row = read(write(tmp_path / "f.txt", [*sale("1"), line(Debit="x")]), tmp_path).source_row(
        "superseded", "abc"
    )
    assert (row["rows_read"], row["rows_accepted"], row["rows_rejected"]) == (3, 2, 1)
    assert (row["status"], row["superseded_by"]) == ("superseded", "abc")
    assert isinstance(json.loads(row["warnings"]), list)


def test_inspecting_reads_everything_and_leaves_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "f.txt", [*sale("1"), line(Debit="x")])
    before = sorted(tmp_path.rglob("*"))
    seen = inspect_fec(path, "732829320")
    assert (seen.rows_read, seen.rows_rejected, seen.reject_examples[0].line_number) == (3, 1, 4)
    assert not seen.parquet_path.exists()
    assert sorted(tmp_path.rglob("*")) == before


def test_many_lines_keep_their_physical_line_numbers_over_several_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row for i in range(2000) for row in sale(str(i), f"{i},25", EcritureLib=f"n°{i}")]
    rows[2500]["Debit"] = "oops"
    for chunk in (997, 4096):
        monkeypatch.setattr("pipelines.sources.text_stream.CHUNK_BYTES", chunk)
        monkeypatch.setattr("pipelines.sources.text_stream.line_batches.__defaults__", ("\n", chunk))
        landed = read(write(tmp_path / f"{chunk}.txt", rows + sale(f"x{chunk}")), tmp_path)
        assert [r["line_number"] for r in rejected_rows(landed)] == [2502]
        got = landed_rows(landed, "line_number, EcritureLib")
        assert got[0] == (2, "n°0")
        assert got[2600] == (2603, "n°1300")
