"""Profiles count exactly, at the level of the landed tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from stdnum.fr import siren

from data_quality import ProfileError, profile_inputs
from data_quality.profiles import REGISTERS
from tests.unit.data_quality.landed import Run, good_run, merged

Profiles = Callable[[Run], dict[str, Any]]
FIRST = "732829320FEC20231231.txt"


def only(frame: Any, **where: Any) -> dict[str, Any]:
    """The one row of a profile with these values."""
    for name, value in where.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return dict(frame.iloc[0])


def test_cents_and_lines_are_those_of_the_ledger(run: Run, profiles_of: Profiles) -> None:
    row = only(profiles_of(run)["fec_files"], file_name=FIRST)
    assert row["line_count"] == 8
    assert row["landed_debit_cents"] == row["landed_credit_cents"] == 300_000
    assert row["entries"] == 3


def test_large_amounts_keep_their_cents(run: Run, profiles_of: Profiles) -> None:
    """Doubles lose a cent beyond 2^53: balances of large ledgers must not."""
    run.entry(
        "aaaa",
        "8",
        date(2023, 5, 1),
        ("411000", "900719925474099.29", "0.00"),
        ("707000", "0.00", "900719925474099.28"),
        customer="DUPONT",
    )
    row = only(profiles_of(run.account())["fec_files"], file_name=FIRST)
    assert row["difference_cents"] == 1
    assert row["unbalanced_entries"] == 1


def test_an_entry_is_journal_and_number_within_one_file(run: Run, profiles_of: Profiles) -> None:
    """The same number in another journal or file is another entry: each must balance on its own."""
    for source_id, year in (("aaaa", 2023), ("bbbb", 2024)):
        run.entry(
            source_id, "77", date(year, 5, 1), ("411000", "10.00", "0.00"), customer="DUPONT", journal="X"
        )
        run.entry(source_id, "77", date(year, 5, 1), ("707000", "0.00", "10.00"), journal="Y")
    frame = profiles_of(run.account())["fec_files"]
    assert list(frame["unbalanced_entries"]) == [2, 2]
    assert list(frame["difference_cents"]) == [0, 0]


def test_where_numbers_repeat_entries_are_told_apart_by_date_and_reference(
    run: Run, profiles_of: Profiles
) -> None:
    run["fec_files"][0]["entry_key"] = "journal_number_date_piece"
    for row in run["fec_lines"]:
        if row["source_id"] == "aaaa":
            row["PieceRef"] = f"{row['JournalCode']}{row['EcritureNum']}"
            row["EcritureNum"], row["JournalCode"] = "1", "VE"
    profiles = profiles_of(run)
    row = only(profiles["fec_files"], file_name=FIRST)
    assert (row["entries"], row["unbalanced_entries"], row["entries_of_several_dates"]) == (3, 0, 0)
    # Receivable lines find their entry under that key too.
    assert only(profiles["fec_years"], fiscal_year=2023)["receivable_lines"] == 3


def test_identical_lines_count_each(run: Run, profiles_of: Profiles) -> None:
    for _ in range(2):
        run.entry("aaaa", "50", date(2023, 5, 1), ("411000", "10.00", "0.00"), ("707000", "0.00", "10.00"))
    row = only(profiles_of(run.account())["fec_files"], file_name=FIRST)
    assert (row["line_count"], row["landed_debit_cents"], row["unbalanced_entries"]) == (12, 302_000, 0)


def test_the_days_at_both_ends_are_in_the_fiscal_year(run: Run, profiles_of: Profiles) -> None:
    for position, day in enumerate(
        (date(2023, 1, 1), date(2023, 12, 31), date(2022, 12, 31), date(2024, 1, 1))
    ):
        run["fec_lines"][position]["EcritureDate"] = day
    row = only(profiles_of(run)["fec_files"], file_name=FIRST)
    assert (row["dates_outside"], row["dates_outside_first_line"]) == (2, 4)


@pytest.mark.parametrize(
    ("account", "auxiliary", "identified"),
    [
        ("411000", "DUPONT", True),
        ("411DUPONT", None, True),
        ("41100012", None, True),
        ("416DUPONT", None, True),
        ("411", None, False),
        ("411000", None, False),
        ("41100000", "   ", False),
        ("4117000", None, False),
        ("4161", None, False),
    ],
)
def test_a_receivable_line_names_a_customer_by_its_auxiliary_or_by_its_account(
    account: str, auxiliary: str | None, identified: bool, run: Run, profiles_of: Profiles
) -> None:
    run["fec_lines"][0].update(CompteNum=account, CompAuxNum=auxiliary)
    row = only(profiles_of(run)["fec_years"], fiscal_year=2023)
    assert row["receivable_lines"] == 3
    assert row["unidentified_lines"] == (0 if identified else 1)
    assert row["unidentified_cents"] == (0 if identified else 120_000)


def test_only_411_413_and_416_are_receivables(run: Run, profiles_of: Profiles) -> None:
    """418, 419 and 4191 belong to the balance sheet, not to open items (DOMAIN §1)."""
    for position, account in ((0, "418100"), (3, "419100"), (7, "413000")):
        run["fec_lines"][position]["CompteNum"] = account
    assert only(profiles_of(run)["fec_years"], fiscal_year=2023)["receivable_lines"] == 1


def test_openings_are_found_by_journal_by_account_89_or_by_their_shape(
    run: Run, profiles_of: Profiles
) -> None:
    opening = [row for row in run["fec_lines"] if row["JournalCode"] == "AN"]
    for row in opening:
        row["JournalCode"] = "OD"
    by_account = only(profiles_of(run)["fec_years"], fiscal_year=2024)
    assert (by_account["opening_lines"], by_account["opening_cents"]) == (1, 60_000)

    opening[1]["CompteNum"] = "101000"
    run.entry(
        "bbbb",
        "1",
        date(2024, 1, 1),
        ("211000", "50.00", "0.00"),
        ("310000", "0.00", "20.00"),
        ("401000", "0.00", "30.00"),
        journal="OD",
    )
    by_shape = only(profiles_of(run)["fec_years"], fiscal_year=2024)
    assert (by_shape["opening_lines"], by_shape["opening_cents"]) == (1, 60_000)

    opening[0]["EcritureDate"] = date(2024, 1, 2)
    assert only(profiles_of(run)["fec_years"], fiscal_year=2024)["opening_lines"] == 0


def test_a_year_without_openings_continues_the_one_before(run: Run, profiles_of: Profiles) -> None:
    """The third year's openings are compared with the balance of both years before it."""
    run.tables["fec_lines"] = [row for row in run["fec_lines"] if row["JournalCode"] != "AN"]
    run.file("cccc", "732829320FEC20251231.txt", 2025)
    run.entry(
        "cccc",
        "1",
        date(2025, 1, 1),
        ("411000", "1200.00", "0.00"),
        ("890000", "0.00", "1200.00"),
        journal="AN",
        customer="MARTIN",
    )
    frame = profiles_of(run.account())["fec_years"]
    third = only(frame, fiscal_year=2025)
    assert third["previous_closing_cents"] == 120_000
    assert third["opening_difference_cents"] == 0


def test_the_first_year_has_nothing_to_bring_forward(run: Run, profiles_of: Profiles) -> None:
    first = only(profiles_of(run)["fec_years"], fiscal_year=2023)
    for column in ("opening_lines", "opening_difference_cents", "gap_days", "overlap_days"):
        assert first[column] is None or str(first[column]) == "<NA>"


@pytest.mark.parametrize(
    ("first_day", "gap"), [(date(2024, 1, 1), 0), (date(2024, 2, 1), 31), (date(2025, 1, 1), 366)]
)
def test_the_gap_between_two_years_is_counted_in_days(
    first_day: date, gap: int, run: Run, profiles_of: Profiles
) -> None:
    run["fec_files"][1]["fiscal_year_start"] = first_day
    assert only(profiles_of(run)["fec_years"], fiscal_year=2024)["gap_days"] == gap


def test_a_ledger_that_ends_early_leaves_no_year_out(run: Run, profiles_of: Profiles) -> None:
    """No line after March, openings in January: nothing says that a year is missing."""
    run["fec_files"][0]["fiscal_year_end"] = date(2023, 3, 31)
    assert only(profiles_of(run)["fec_years"], fiscal_year=2024)["gap_days"] == 0


def test_two_files_of_one_year_are_one_year(run: Run, profiles_of: Profiles) -> None:
    run.file("cccc", "ventes.txt", 2024)
    run.entry(
        "cccc", "1", date(2024, 7, 1), ("411000", "5.00", "0.00"), ("707000", "0.00", "5.00"), journal="V2"
    )
    frame = profiles_of(run.account())["fec_years"]
    assert len(frame) == 2
    assert only(frame, fiscal_year=2024)["file_names"] == "732829320FEC20241231.txt, ventes.txt"


def test_sales_through_customers_are_those_of_entries_with_a_receivable(
    run: Run, profiles_of: Profiles
) -> None:
    run.entry("aaaa", "9", date(2023, 6, 1), ("530000", "500.00", "0.00"), ("707000", "0.00", "500.00"))
    row = only(profiles_of(run.account())["fec_years"], fiscal_year=2023)
    assert (row["sales_cents"], row["customer_sales_cents"]) == (200_000, 150_000)
    assert row["customer_sales_share"] == 0.75


def test_a_refused_line_with_two_faults_is_one_row(run: Run, profiles_of: Profiles) -> None:
    run.reject("fec", "aaaa", 42, "Debit", debit="12.00")
    run.reject("fec", "aaaa", 42, "EcritureDate", debit="12.00")
    run.account()
    source = next(row for row in run["sources"] if row["file_name"] == FIRST)
    source.update(rows_read=9, rows_rejected=1, debit_rejected=Decimal("12.00"))
    row = only(profiles_of(run)["fec_files"], file_name=FIRST)
    assert (row["listed_rows"], row["rejects_unlisted"], row["rejected_cents_unlisted"]) == (1, 0, 0)


def test_a_superseded_file_is_judged_on_its_rows_but_not_on_its_lines(
    run: Run, profiles_of: Profiles
) -> None:
    old = dict(run["sources"][0], file_name="old.txt", sha256="9" * 64, source_id="9999", status="superseded")
    run["sources"].append({**old, "superseded_by": "aaaa"})
    row = only(profiles_of(run)["fec_files"], file_name="old.txt")
    assert row["kept_file"] == FIRST
    assert row["rows_unaccounted"] == 0
    for column in ("line_count", "difference_cents", "null_accounts", "rejected_share", "rows_not_landed"):
        assert row[column] is None or str(row[column]) in ("<NA>", "nan")


def test_one_companys_figures_never_enter_anothers(profiles_of: Profiles) -> None:
    """Two companies that landed the very same file (same hash, same name)."""
    one, two = good_run("111111118"), good_run("222222226")
    one["fec_lines"][0]["CompAuxNum"] = None
    two["fec_lines"][0]["Debit"] += 1
    two.account()
    profiles = profiles_of(merged(one, two))
    files = profiles["fec_files"]
    assert list(files["company_id"]) == ["111111118"] * 2 + ["222222226"] * 2
    assert list(files["difference_cents"]) == [0, 0, 100, 0]
    assert list(profiles["fec_years"]["unidentified_lines"]) == [1, 0, 0, 0]
    assert list(profiles["fec_files"]["line_count"]) == [8, 10, 8, 10]


def test_terms_that_changed_since_an_earlier_file_are_no_rows_too_many(
    run: Run, profiles_of: Profiles
) -> None:
    changed = {**run["customers"][0], "valid_from": date(2024, 3, 1), "terms_net_days": 45}
    run["customers"].append(changed)
    assert profiles_of(run)["customers"].iloc[0]["rows_not_landed"] == 0
    # A lost customer is not made up for by a changed one; a file that tells its days tells all its rows.
    run["customers"].pop(1)
    assert profiles_of(run)["customers"].iloc[0]["rows_not_landed"] == 1
    for row in run["sources"]:
        if row["source"] == "customers":
            row["first_date"] = date(2024, 3, 1)
    assert profiles_of(run)["customers"].iloc[0]["rows_not_landed"] == 0


def test_a_customers_file_without_company_serves_every_company(profiles_of: Profiles) -> None:
    one, two = good_run("111111118"), good_run("222222226")
    two["customers"].clear()
    two.tables["sources"] = [row for row in two["sources"] if row["source"] == "fec"]
    for row in one["customers"]:
        row["company_id"] = None
    for row in one["sources"]:
        if row["source"] != "fec":
            row["company_id"] = None
    profiles = profiles_of(merged(one, two))
    assert list(profiles["customers"]["customers"]) == [2, 2]
    assert list(profiles["customers"]["file_name"]) == ["clients.csv"] * 2
    assert list(profiles["sirene"]["covered_share"]) == [1.0, 1.0]


def test_the_same_customer_id_in_two_companies_is_no_repetition(profiles_of: Profiles) -> None:
    profiles = profiles_of(merged(good_run("111111118"), good_run("222222226")))
    assert list(profiles["customers"]["repeated_ids"]) == [0, 0]
    assert list(profiles["customers"]["stranger_rows"]) == [0, 0]


def test_sources_that_are_not_configured_have_empty_profiles(run: Run, profiles_of: Profiles) -> None:
    for table in ("customers", *(name for name in run.tables if name.startswith("company_"))):
        run[table].clear()
    run.tables["sources"] = [row for row in run["sources"] if row["source"] == "fec"]
    profiles = profiles_of(run)
    for name in (
        "customers",
        "customers_files",
        *(f"{name}{part}" for name in REGISTERS for part in ("", "_files")),
    ):
        assert profiles[name].empty
    assert len(profiles["fec_files"]) == 2


def test_the_check_digit_of_a_siren_is_that_of_the_register(run: Run, profiles_of: Profiles) -> None:
    """Against python-stdnum, on a thousand numbers and on texts that are none."""
    numbers = [f"{n:09d}" for n in range(552_100_000, 552_101_000)]
    texts = ["", "55210055", "5521005544", "55210055A", "٥٥٢١٠٠٥٥٤", "552 100 554"]
    run["customers"].clear()
    for position, text in enumerate(numbers + texts):
        run.add("customers", customer_id=str(position), siren=text)
    expected = sum(not siren.is_valid(number) for number in numbers) + len(texts)
    assert profiles_of(run)["customers"]["invalid_sirens"][0] == expected


def test_a_missing_column_is_reported_and_hides_nothing_else(run: Run, profiles_of: Profiles) -> None:
    del run.types["fec_lines"]["ValidDate"]
    run.types["fec_lines"]["Debit"] = "DOUBLE"
    for row in run["fec_lines"]:
        row["Debit"] = float(row["Debit"])
    run["fec_lines"][0]["CompteNum"] = None
    profiles = profiles_of(run)
    columns = profiles["fec_columns"]
    wrong = columns[columns["declared_type"] != columns["actual_type"]]
    assert dict(zip(wrong["full_name"], wrong["actual_type"], strict=True)) == {
        "fec_lines.Debit": "double",
        "fec_lines.ValidDate": "missing",
    }
    row = only(profiles["fec_files"], file_name=FIRST)
    assert (row["null_accounts"], row["draft_lines"]) == (1, 8)


def test_a_missing_table_is_reported_column_by_column(run: Run, tmp_path: Path) -> None:
    inputs, quality = run.write(tmp_path)
    (quality / "unbalanced_entries.parquet").unlink()
    (inputs / "company_notices.parquet").unlink()
    profiles = profile_inputs(inputs, quality)
    missing = profiles["fec_columns"].query("actual_type == 'missing'")
    assert set(missing["table_name"]) == {"unbalanced_entries"}
    assert set(profiles["bodacc_columns"]["actual_type"]) == {"missing"}


def test_without_companies_there_is_nobody_to_judge(run: Run, tmp_path: Path) -> None:
    inputs, quality = run.write(tmp_path)
    (inputs / "companies.parquet").unlink()
    with pytest.raises(ProfileError, match=r"companies\.parquet.*companies is missing"):
        profile_inputs(inputs, quality)


def test_a_folder_with_a_quote_in_its_name_is_read(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "l'été; drop table fec_lines --"
    assert len(profile_inputs(*run.write(folder))["fec_files"]) == 2


def test_profiles_do_not_depend_on_the_order_of_lines_nor_on_threads(run: Run, tmp_path: Path) -> None:
    run["fec_lines"][0]["Debit"] += 1
    run.account()
    first = profile_inputs(*run.write(tmp_path / "a"), threads=1)
    for rows in run.tables.values():
        rows.reverse()
    second = profile_inputs(*run.write(tmp_path / "b"), threads=2)
    for name, frame in first.items():
        assert frame.astype(str).equals(second[name].astype(str)), name


def test_refused_rows_are_judged_over_a_table_that_arrives_in_many_files(
    run: Run, profiles_of: Profiles
) -> None:
    """One row refused of a day's two says nothing of a table of thousands; a ledger file is judged by itself."""
    account = next(row for row in run["sources"] if row["source"] == "subledger")
    account.update(rows_read=998, rows_accepted=998)
    run["sources"].append(
        {
            **account,
            "sha256": "day",
            "file_name": "day.csv",
            "rows_read": 2,
            "rows_accepted": 1,
            "rows_rejected": 1,
        }
    )
    frame = profiles_of(run)["subledger_files"]
    assert only(frame, file_name="day.csv")["rejected_share"] == 0.001
    assert only(frame, file_name="factures.csv")["rejected_share"] == 0
    ledger = next(row for row in run["sources"] if row["source"] == "fec")
    ledger.update(rows_read=ledger["rows_read"] + 2, rows_rejected=2)
    frame = profiles_of(run)["fec_files"]
    assert only(frame, file_name=ledger["file_name"])["rejected_share"] == 2 / ledger["rows_read"]
