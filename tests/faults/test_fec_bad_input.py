"""Bad ledgers: each is refused with one sentence that names the file, the place and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import DataError, EncoursError, UsageError
from pipelines.sources.fec import read_fec
from tests.unit.sources.fec_files import COLUMNS, Layout, encode, line, read, rejected_rows, sale, write

GOOD = encode([row for i in range(30) for row in sale(str(i), EcritureLib="Société")])


def refusal(path: Path, kind: type[EncoursError] = DataError) -> str:
    """The sentence of a refusal; nothing may have been landed."""
    workspace = path.parent / "workspace"
    with pytest.raises(kind) as caught:
        read_fec(path, "732829320", workspace / "raw", workspace / "quarantine")
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert path.name in sentence
    assert not [p for p in workspace.rglob("*") if p.is_file()], "something was left behind"
    return sentence


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\r\n\r\n  \r\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (encode([]), "has a header but no row"),
        (encode([]) + b"\r\n \r\n", "has a header but no row"),
        (b"PK\x03\x04" + b"x" * 500, "spreadsheet (xlsx, ods), not a text file"),
        (b"%PDF-1.7\n" + b"x" * 500, "a PDF document"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 500, "an old Office document"),
        (b"\x1f\x8b" + b"x" * 500, "a gzip archive, not a text file: unpack it"),
        (b"JournalCode\tx\n\x00\x01\x02" * 50, "NUL bytes (first on line 2)"),
        (GOOD[:3000] + b"\x00" + GOOD[3000:], "NUL bytes"),
        (GOOD.replace(b"\t", b","), "not separated by tab, pipe or semicolon (found ',')"),
        (GOOD.replace(b"\t", b"~"), "(found '~')"),
        (GOOD.partition(b"\r\n")[2], "not the header of a FEC"),
        (b"hello world\r\n" * 20, "not the header of a FEC"),
        (
            GOOD.replace(b"JournalCode\tJournalLib", b'"JournalCode"\t"JournalLib"').replace(b"\t", b'"\t"'),
            "a FEC knows no quoting",
        ),
    ],
)
def test_a_file_that_is_no_fec_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "732829320FEC20241231.txt"
    path.write_bytes(content)
    assert said in refusal(path)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_named(tmp_path: Path, column: str) -> None:
    columns = tuple(name for name in COLUMNS if name != column)
    path = write(tmp_path / "f.txt", sale("1"), Layout(columns=columns))
    sentence = refusal(path)
    assert f"lacks the column {column}" in sentence


def test_a_column_twice_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "f.txt", sale("1"), Layout(columns=(*COLUMNS, "Debit")))
    assert "Debit occurs twice" in refusal(path)


def test_no_such_file_is_a_usage_error(tmp_path: Path) -> None:
    sentence = refusal(tmp_path / "absent.txt", UsageError)
    assert "no such file" in sentence


def test_an_undecodable_byte_is_located_by_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "f.txt"
    at = GOOD.index(b"Facture") if b"Facture" in GOOD else GOOD.index("Société".encode(), 2000)
    path.write_bytes(GOOD[:at] + b"\xff" + GOOD[at + 1 :])
    lines_before = GOOD[:at].count(b"\n")
    sentence = refusal(path)
    assert f"line {lines_before + 1}, column EcritureLib, character" in sentence
    assert "byte 0xFF is not UTF-8" in sentence


def test_a_byte_unknown_to_every_encoding_is_located(tmp_path: Path) -> None:
    path = tmp_path / "f.txt"
    path.write_bytes(encode(sale("1", CompAuxLib="XYZ")).replace(b"XYZ", b"X\x81\x8d"))
    sentence = refusal(path)
    assert "line 2, column CompAuxLib, character" in sentence
    assert "byte 0x81" in sentence


def test_dos_accents_are_refused_instead_of_misread(tmp_path: Path) -> None:
    path = write(
        tmp_path / "f.txt", sale("1", EcritureLib="Société générale réglée"), Layout(encoding="cp850")
    )
    assert "DOS code page" in refusal(path)


def test_a_file_cut_inside_its_last_row_is_refused(tmp_path: Path) -> None:
    whole = encode([row for i in range(30) for row in sale(str(i))])
    for cut in (40, 60, 90):
        path = tmp_path / f"cut{cut}.txt"
        path.write_bytes(whole[:-cut])
        sentence = refusal(path)
        assert "was cut" in sentence
        assert "does not balance" in sentence


def test_a_file_cut_inside_a_character_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.txt"
    at = GOOD.rindex("é".encode()) + 1
    path.write_bytes(GOOD[:at])
    assert "ends in the middle of a character" in refusal(path)


def test_a_file_cut_after_a_row_lists_the_entry_that_does_not_balance(tmp_path: Path) -> None:
    lines = encode([row for i in range(30) for row in sale(str(i))]).split(b"\r\n")
    path = tmp_path / "f.txt"
    path.write_bytes(b"\r\n".join(lines[:-2]))
    landed = read(path, tmp_path)
    assert landed.unbalanced_entries == 1
    assert any("may have been cut" in said for said in landed.warnings)


def test_dates_with_the_month_first_are_refused_as_a_whole(tmp_path: Path) -> None:
    rows = [row for i in range(1, 29) for row in sale(str(i), EcritureDate=f"03/{i:02}/2024")]
    sentence = refusal(write(tmp_path / "f.txt", rows))
    assert "month stands before day" in sentence


def test_amounts_whose_decimal_mark_nothing_tells_are_refused_as_a_whole(tmp_path: Path) -> None:
    rows = [row | {"Debit": row["Debit"].replace("0,00", "0"), "Credit": row["Credit"].replace("0,00", "0")}
            for i in range(1, 9) for row in sale(str(i), f"{i},250")]  # fmt: skip
    sentence = refusal(write(tmp_path / "f.txt", rows))
    assert "tells thousands from decimals" in sentence


def test_a_file_without_one_readable_row_is_refused_with_the_first_reason(tmp_path: Path) -> None:
    rows = [line(Debit="five", Credit="") for _ in range(5)]
    sentence = refusal(write(tmp_path / "f.txt", rows))
    assert "none of its 5 rows can be read; the first, line 2: Debit 'five' is no amount" in sentence


def test_text_for_an_amount_and_31_february_are_refused_rows(tmp_path: Path) -> None:
    rows = [row for i in range(30) for row in sale(str(i))]
    rows[3]["Credit"] = "n/a"
    rows[6]["EcritureDate"] = "20240231"
    landed = read(write(tmp_path / "f.txt", rows), tmp_path)
    assert [(r["line_number"], r["column_name"], r["reason"]) for r in rejected_rows(landed)] == [
        (5, "Credit", "Credit 'n/a' is no amount"),
        (8, "EcritureDate", "EcritureDate '20240231' is no date"),
    ]
    assert landed.rows_accepted + landed.rows_rejected == landed.rows_read == 60


def test_a_refused_file_leaves_an_earlier_landing_alone(tmp_path: Path) -> None:
    landed = read(write(tmp_path / "f.txt", sale("1")), tmp_path)
    (tmp_path / "f.txt").write_bytes(b"PK\x03\x04")
    with pytest.raises(DataError):
        read(tmp_path / "f.txt", tmp_path)
    assert landed.parquet_path.exists()
