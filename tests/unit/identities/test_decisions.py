"""The matches file as people and spreadsheets leave it, and how it is renewed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import DataError
from pipelines.identities.decisions import COLUMNS, read_decisions, write_matches

SIREN, OTHER = "732829320", "005880596"
HEADER = ";".join(COLUMNS)


def read(folder: Path, text: str | bytes) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    path = folder / "company_matches.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return {key: (one.legal_unit_id, one.refused_id) for key, one in read_decisions(path).items()}


def row(decision: str, customer: str = "C1", proposed: str = SIREN) -> str:
    return f"1;{customer};Garage Martin;69003 Lyon;{proposed};GARAGE MARTIN;69003 LYON;0.8800;{decision}"


def test_without_a_file_nothing_is_decided(tmp_path: Path) -> None:
    assert read_decisions(tmp_path / "none.csv") == {}


@pytest.mark.parametrize(
    ("decision", "meaning"),
    [
        ("yes", (SIREN, None)), ("Oui", (SIREN, None)), (" YES ", (SIREN, None)), ("no", (None, SIREN)),
        ("NON", (None, SIREN)), (OTHER, (OTHER, None)), ("5880596", (OTHER, None)), ("732 829 320", (SIREN, None)),
        ("732829320,0", (SIREN, None)), ("73282932000074", (SIREN, None)), ("GB-01234567", ("GB-01234567", None)),
        ("LEI-969500HMVSZ0TCV65D58", ("LEI-969500HMVSZ0TCV65D58", None)),
    ],
)  # fmt: skip
def test_a_decision_is_yes_no_or_a_number(
    tmp_path: Path, decision: str, meaning: tuple[str | None, str | None]
) -> None:
    assert read(tmp_path, f"{HEADER}\n{row(decision)}\n") == {("1", "C1"): meaning}


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        ("maybe", ["line 2", "column decision", "'maybe'", "yes, no, or a SIREN"]),
        ("732829321", ["line 2", "'732829321'", "check digit"]),
        ("123", ["line 2", "'123'"]),
        ("=cmd|' /C calc'!A0", ["line 2", "column decision"]),
    ],
)
def test_a_bad_decision_is_one_sentence(tmp_path: Path, decision: str, words: list[str]) -> None:
    with pytest.raises(DataError) as error:
        read(tmp_path, f"{HEADER}\n{row(decision)}\n")
    assert "company_matches.csv" in str(error.value)
    assert "\n" not in str(error.value)
    for word in words:
        assert word in str(error.value)


def test_yes_to_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 2, column decision: there is nothing to say yes to"):
        read(tmp_path, f"{HEADER}\n{row('yes', proposed='')}\n")


def test_two_decisions_on_one_customer_are_refused_unless_they_agree(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="lines 2 and 3: two decisions on customer C1"):
        read(tmp_path, f"{HEADER}\n{row('yes')}\n{row('no')}\n")
    assert read(tmp_path, f"{HEADER}\n{row('yes')}\n{row(SIREN)}\n") == {("1", "C1"): (SIREN, None)}


def test_a_column_taken_out_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 1: the column decision is missing"):
        read(tmp_path, "company_id;customer;proposed_id\n1;C1;732829320\n")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_spreadsheets_save_it_their_way(tmp_path: Path, separator: str, encoding: str, line_end: str) -> None:
    lines = [
        ["Company_ID", "Customer", "Name", "Proposed_ID", "Decision", ""],
        ["000000001", "0012", '"Éts; Le, Bœuf"', "5880596.0", "oui", ""],
        ["", "", "", "", "", ""],
        ["1", "c 13", "'=cmd", "73282932000074", "non", ""],
    ]
    text = line_end.join(separator.join(line) for line in lines) + line_end
    assert read(tmp_path, text.encode(encoding)) == {("1", "12"): (OTHER, None), ("1", "C13"): (None, SIREN)}


def test_what_is_written_is_read_again_and_no_cell_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "company_matches.csv"
    given = dict(
        zip(COLUMNS, ("1", "=C1", "=cmd|' /C calc'!A0", "@x", SIREN, "+A", "-B", "0.88", "no"), strict=True)
    )
    assert write_matches(path, [given]) is None
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    cells = data.decode("utf-8-sig").splitlines()[1].split(";")
    assert not any(cell[0] in "=+-@" for cell in cells)
    ((key, decision),) = read_decisions(path).items()
    assert key == ("1", "=C1")
    assert decision.row == given
    assert write_matches(path, [decision.row]) is None
    assert path.read_bytes() == data


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    problem = write_matches(tmp_path / "file" / "company_matches.csv", [])
    assert problem is not None
    assert "the run goes on" in problem
    assert "\n" not in problem
