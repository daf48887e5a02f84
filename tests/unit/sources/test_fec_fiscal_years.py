"""Several ledger files of one company: which count, in which year, whatever their names and order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import DataError
from pipelines.sources.fec import LandedFec
from pipelines.sources.fiscal_years import FiscalYears, fiscal_years, missing_years, refuse_missing_years
from tests.real_data import REAL_DATA, needs_real_data
from tests.unit.sources.fec_files import line, read, sale, write


def month(m: int, year: int = 2024, amount: str = "100,00", **values: str) -> list[dict[str, str]]:
    """One sale on the tenth of a month, numbered by year and month."""
    return sale(
        f"{year}{m:02}", amount, EcritureDate=f"{year}{m:02}10", PieceDate=f"{year}{m:02}10", **values
    )


def year(number: int, first: int = 1, last: int = 12) -> list[dict[str, str]]:
    return [row for m in range(first, last + 1) for row in month(m, number)]


def opening(number: int) -> list[dict[str, str]]:
    values = {"JournalCode": "AN", "EcritureNum": "1", "EcritureDate": f"{number}0101", "PieceDate": ""}
    return [line(**values, Debit="50,00"), line(**values, CompteNum="101000", Credit="50,00")]


def land(folder: Path, **files: list[dict[str, str]]) -> list[LandedFec]:
    return [read(write(folder / f"{name}.txt", rows), folder) for name, rows in files.items()]


def lines_of(years: FiscalYears) -> list[tuple[str, Decimal]]:
    """Entry numbers and debits of all lines that count, however often."""
    paths = [str(file.parquet_path) for file in years.files]
    with duckdb.connect() as connection:
        return connection.execute(
            "select EcritureNum, sum(Debit) from read_parquet($1) group by all order by all", [paths]
        ).fetchall()


def spans(years: FiscalYears) -> list[tuple[int, date, date]]:
    return sorted({(f.fiscal_year, f.fiscal_year_start, f.fiscal_year_end) for f in years.files})


def names(files: Sequence[LandedFec], years: FiscalYears) -> dict[str, str]:
    return {file.file_name: status for file, (status, _) in zip(files, years.statuses, strict=True)}


def test_one_file_is_its_own_year(tmp_path: Path) -> None:
    files = land(tmp_path, a=year(2024))
    years = fiscal_years(files)
    assert spans(years) == [(2024, date(2024, 1, 1), date(2024, 12, 31))]
    assert years.files[0].parquet_path == files[0].parquet_path
    assert years.source_rows(files)[0]["status"] == "used"


def test_an_export_of_july_ends_in_july(tmp_path: Path) -> None:
    assert spans(fiscal_years(land(tmp_path, a=year(2024, 1, 7)))) == [
        (2024, date(2024, 1, 1), date(2024, 7, 31))
    ]


def test_the_same_content_twice_is_one_file(tmp_path: Path) -> None:
    files = land(tmp_path, a=year(2024), b=year(2024))
    years = fiscal_years(files)
    assert len(years.files) == 1
    assert sorted(status for status, _ in years.statuses) == ["duplicate", "used"]


def test_a_superset_of_entries_supersedes_and_its_lettering_is_kept(tmp_path: Path) -> None:
    early = year(2024, 1, 6)
    late = [row | {"EcritureLet": "AA", "ValidDate": "20250101"} for row in year(2024, 1, 9)]
    files = land(tmp_path, early=early, late=late)
    years = fiscal_years(files)
    assert names(files, years) == {"early.txt": "superseded", "late.txt": "used"}
    assert years.statuses[0] == ("superseded", files[1].source_id)
    assert [file.parquet_path for file in years.files] == [files[1].parquet_path]
    assert len(lines_of(years)) == 9


def test_disjoint_entries_of_one_period_unite(tmp_path: Path) -> None:
    sales = year(2024)
    bank = [row | {"JournalCode": "BQ"} for row in year(2024)]
    files = land(tmp_path, sales=sales, bank=bank)
    years = fiscal_years(files)
    assert set(names(files, years).values()) == {"used"}
    assert spans(years) == [(2024, date(2024, 1, 1), date(2024, 12, 31))]
    assert sum(debit for _, debit in lines_of(years)) == Decimal(2400)


def test_shared_entries_are_taken_once(tmp_path: Path) -> None:
    files = land(tmp_path, a=year(2024, 1, 8), b=year(2024, 5, 12))
    years = fiscal_years(files)
    assert set(names(files, years).values()) == {"used"}
    assert lines_of(years) == [(f"2024{m:02}", Decimal(100)) for m in range(1, 13)]
    assert any("taken once" in said for said in years.warnings[files[0].sha256])
    again = fiscal_years(files)
    assert [file.parquet_path for file in again.files] == [file.parquet_path for file in years.files]


def test_identical_lines_inside_one_entry_survive_the_union(tmp_path: Path) -> None:
    double = [*month(3), *month(3)]
    files = land(tmp_path, a=[*month(1), *double], b=[*double, *month(5)])
    years = fiscal_years(files)
    assert lines_of(years) == [("202401", Decimal(100)), ("202403", Decimal(200)), ("202405", Decimal(100))]


def test_the_same_entry_with_other_lines_is_a_conflict_naming_both(tmp_path: Path) -> None:
    changed = [*year(2024, 1, 5), *month(6, amount="101,00"), *year(2024, 7, 12)]
    files = land(tmp_path, first=year(2024), second=changed)
    with pytest.raises(DataError) as caught:
        fiscal_years(files)
    sentence = str(caught.value)
    assert "first.txt (line 12)" in sentence
    assert "second.txt (line 12)" in sentence
    assert "VE 202406" in sentence


def test_parts_of_one_year_unite(tmp_path: Path) -> None:
    files = land(
        tmp_path,
        q1=[*opening(2024), *year(2024, 1, 3)],
        q2=year(2024, 4, 6),
        q3=year(2024, 7, 9),
        q4=year(2024, 10, 12),
    )
    years = fiscal_years(files)
    assert spans(years) == [(2024, date(2024, 1, 1), date(2024, 12, 31))]
    assert len(years.files) == 4


def test_parts_whose_numbers_start_again_are_told_by_date_too(tmp_path: Path) -> None:
    first = [*sale("1", EcritureDate="20240110"), *sale("2", EcritureDate="20240120", PieceRef="FA2")]
    second = [*sale("1", EcritureDate="20240210"), *sale("2", EcritureDate="20240220", PieceRef="FA2")]
    years = fiscal_years(land(tmp_path, a=first, b=second))
    assert {file.entry_key for file in years.files} == {"journal_number_date_piece"}


def test_consecutive_years_stay_apart(tmp_path: Path) -> None:
    files = land(tmp_path, a=year(2023), b=[*opening(2024), *year(2024)])
    assert [span[0] for span in spans(fiscal_years(files))] == [2023, 2024]


def test_a_year_that_opens_on_its_first_day_is_new_even_where_two_short_ones_would_fit(
    tmp_path: Path,
) -> None:
    files = land(tmp_path, a=year(2023, 10, 12), b=[*opening(2024), *year(2024, 1, 6)])
    assert [span[0] for span in spans(fiscal_years(files))] == [2023, 2024]


def test_a_stray_date_beyond_closing_does_not_unite_two_years(tmp_path: Path) -> None:
    stray = sale("x", EcritureDate="20240105", JournalCode="OD")
    files = land(tmp_path, a=[*year(2023), *stray], b=[*opening(2024), *year(2024)])
    years = fiscal_years(files)
    assert spans(years) == [
        (2023, date(2023, 1, 1), date(2023, 12, 31)),
        (2024, date(2024, 1, 1), date(2024, 12, 31)),
    ]
    assert any("reach into the year" in said for said in years.warnings[files[0].sha256])


def test_the_file_without_the_opening_belongs_to_the_year_that_the_other_opens(tmp_path: Path) -> None:
    """Months after a short first year, one half of the next year's entries could pass for its continuation."""
    first_day = sale("1", "100,00", EcritureDate="20240101", PieceDate="20240101")
    files = land(tmp_path, a=year(2023, 9), b=[*opening(2024), *year(2024, 2, 5)], c=first_day)
    assert {file.file_name: file.fiscal_year_start for file in fiscal_years(files).files} == {
        "a.txt": date(2023, 9, 1),
        "b.txt": date(2024, 1, 1),
        "c.txt": date(2024, 1, 1),
    }


def test_a_period_that_is_not_a_calendar_year(tmp_path: Path) -> None:
    files = land(tmp_path, a=[*year(2023, 9, 12), *year(2024, 1, 8)])
    assert spans(fiscal_years(files)) == [(2024, date(2023, 9, 1), date(2024, 8, 31))]


def test_order_and_names_of_files_change_nothing(tmp_path: Path) -> None:
    rows = {"a": year(2024, 1, 8), "b": year(2024, 5, 12), "c": year(2024, 2, 3), "d": year(2023)}
    seen = set()
    for order in permutations(rows):
        folder = tmp_path / "".join(order)
        folder.mkdir()
        files = land(folder, **{f"{i}-file": rows[name] for i, name in enumerate(order)})
        years = fiscal_years(files)
        kept = tuple((f.source_id, f.fiscal_year, f.parquet_path.name, f.entry_key) for f in years.files)
        seen.add((kept, tuple(sorted(zip((f.sha256 for f in files), years.statuses, strict=True)))))
        if len(seen) > 1:
            break
    assert len(seen) == 1


def test_a_year_missing_between_two_is_named(tmp_path: Path) -> None:
    files = land(tmp_path, a=year(2021), b=[*opening(2023), *year(2023)])
    years = fiscal_years(files)
    (gap,) = missing_years(years.files)
    assert gap.is_whole_year
    with pytest.raises(DataError) as caught:
        refuse_missing_years(years.files)
    assert "between a.txt (ends 2021-12-31) and b.txt (starts 2023-01-01)" in str(caught.value)


def test_a_year_that_ends_early_is_only_told(tmp_path: Path) -> None:
    years = fiscal_years(land(tmp_path, a=year(2023, 1, 7), b=[*opening(2024), *year(2024)]))
    (gap,) = missing_years(years.files)
    assert not gap.is_whole_year
    refuse_missing_years(years.files)


def test_companies_do_not_mix(tmp_path: Path) -> None:
    path = write(tmp_path / "f.txt", year(2024))
    files = [read(path, tmp_path, "A"), read(path, tmp_path, "B")]
    years = fiscal_years(files)
    assert [file.company_id for file in years.files] == ["A", "B"]
    assert {status for status, _ in years.statuses} == {"used"}


@needs_real_data
def test_two_real_years_of_one_company_leave_no_gap(tmp_path: Path) -> None:
    folder = REAL_DATA / "fec_g_tiny_variants"
    files = [read(folder / name, tmp_path) for name in ("tryton_FEC.csv", "tryton_FEC-previous.csv")]
    years = fiscal_years(files)
    assert [file.fiscal_year for file in years.files] == [2017, 2018]
    refuse_missing_years(years.files)
