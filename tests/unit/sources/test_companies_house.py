"""The British register: its list of companies as published, and insolvency cases as the steps they are made of."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.errors import DataError
from pipelines.identities.names import blocks
from pipelines.sources.companies import NOTICES, UNITS, Wanted
from pipelines.sources.companies_house import land_companies_house
from pipelines.sources.open_data import LandedFile

# As published: some headers begin with a blank.
HEADER = (
    "CompanyName", " CompanyNumber", "RegAddress.CareOf", "RegAddress.PostTown", "RegAddress.PostCode",
    "CompanyCategory", "CompanyStatus", "DissolutionDate", "IncorporationDate", "SICCode.SicText_1",
    "SICCode.SicText_2", "PreviousName_1.CONDATE", " PreviousName_1.CompanyName",
)  # fmt: skip


def company(number: str = "01234567", **fields: str) -> dict[str, str]:
    row = dict.fromkeys(HEADER, "")
    row.update(
        {
            "CompanyName": "ALBION FIXINGS LTD",
            " CompanyNumber": number,
            "RegAddress.PostTown": "LEEDS",
            "RegAddress.PostCode": "LS1 4AP",
            "CompanyCategory": "Private Limited Company",
            "CompanyStatus": "Active",
            "IncorporationDate": "31/12/2004",
            "SICCode.SicText_1": "25940 - Manufacture of fasteners",
        }
    )
    row.update(fields)
    return row


def as_csv(rows: list[dict[str, str]]) -> str:
    out = io.StringIO()
    sheet = csv.DictWriter(out, HEADER, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    out.write(",".join(HEADER) + "\r\n")
    sheet.writerows(rows)
    return out.getvalue()


def land(tmp_path: Path, content: str | bytes, wanted: Wanted | None = None) -> LandedFile:
    path = tmp_path / "given"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return land_companies_house(path, tmp_path / "raw", tmp_path / "quarantine", wanted)


def rows_of(landed: LandedFile) -> list[dict[str, Any]]:
    relation = duckdb.sql(f"from read_parquet('{landed.parquet}')")
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def assert_every_row_is_accounted_for(landed: LandedFile) -> None:
    told = landed.statistics
    assert told["rows_read"] == told["rows_accepted"] + told["rows_rejected"] + told["rows_out_of_scope"]


def types_of(landed: LandedFile) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in duckdb.sql(f"describe from '{landed.parquet}'").fetchall()]


@pytest.mark.parametrize("container", ["csv", "zip", "gzip"])
def test_a_company_is_read_from_the_list_as_published(tmp_path: Path, container: str) -> None:
    row = company(**{" PreviousName_1.CompanyName": "OLD NAME LTD", "SICCode.SicText_2": "46740 - Wholesale"})
    content: bytes = as_csv([row]).encode()
    if container == "gzip":
        content = gzip.compress(content)
    elif container == "zip":
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as out:
            out.writestr("BasicCompanyDataAsOneFile-2026-11-01.csv", content)
        content = archive.getvalue()
    landed = land(tmp_path, content)
    (found,) = rows_of(landed)
    assert types_of(landed) == list(UNITS.items()) and list(landed.tables) == ["units"]
    assert found["legal_unit_id"] == "GB-01234567" and found["legal_name"] == "ALBION FIXINGS LTD"
    assert found["creation_date"] == date(2004, 12, 31) and found["administrative_state"] == "A"
    assert found["sector_text"] == "25940 - Manufacture of fasteners; 46740 - Wholesale"
    assert (found["postcode"], found["city"], found["country_code"]) == ("LS1 4AP", "LEEDS", "GB")
    assert found["other_names"] == "OLD NAME LTD" and found["is_sole_trader"] is False
    assert_every_row_is_accounted_for(landed)


@pytest.mark.parametrize(
    ("status", "dissolved", "state"),
    [
        ("Active", "", "A"),
        ("Active - Proposal to Strike off", "", "A"),
        ("Liquidation", "", "A"),
        ("Voluntary Arrangement", "", "A"),
        ("Dissolved", "31/03/2024", "C"),
        ("Converted/Closed", "", "C"),
    ],
)
def test_a_company_lives_until_it_is_dissolved(
    tmp_path: Path, status: str, dissolved: str, state: str
) -> None:
    landed = land(tmp_path, as_csv([company(CompanyStatus=status, DissolutionDate=dissolved)]))
    (found,) = rows_of(landed)
    assert found["administrative_state"] == state
    assert found["state_since"] == (date(2024, 3, 31) if dissolved else None)
    told = any("their insolvency cases tell it" in one for one in landed.statistics["warnings"])
    assert told is (status in ("Liquidation", "Voluntary Arrangement"))


def test_wanted_companies_and_bearers_of_a_wanted_name_are_kept(tmp_path: Path) -> None:
    rows = [
        company(),
        company("SC123456", CompanyName="CALEDONIA STEEL LTD"),
        company("NI654321", CompanyName="X"),
    ]
    keys = duckdb.sql(f"select unnest({blocks('n')}) from (select 'Caledonia Steel' as n)").fetchall()
    wanted = Wanted(frozenset({"GB-01234567"}), frozenset(str(key) for (key,) in keys if key))
    landed = land(tmp_path, as_csv(rows), wanted)
    assert [row["legal_unit_id"] for row in rows_of(landed)] == ["GB-01234567", "GB-SC123456"]
    assert landed.statistics["rows_out_of_scope"] == 1
    assert_every_row_is_accounted_for(landed)


def test_numbers_that_lost_their_zeros_are_mended_and_others_refused(tmp_path: Path) -> None:
    landed = land(tmp_path, as_csv([company("1234567"), company("SC1234"), company("")]))
    assert [row["legal_unit_id"] for row in rows_of(landed)] == ["GB-01234567"]
    assert "1 rows had lost the leading zeros" in landed.statistics["warnings"][0]
    assert landed.rejects is not None
    told = duckdb.sql(f"select line_number, column_name from '{landed.rejects}' order by 1").fetchall()
    assert told == [(3, "CompanyNumber"), (4, "CompanyNumber")]
    assert_every_row_is_accounted_for(landed)


# --- insolvency cases -------------------------------------------------------------------------------------------------


def answer(case: str, number: str = "01234567", **days: str) -> dict[str, Any]:
    """An answer of the public data API with one case."""
    dates = [{"type": step.replace("_", "-"), "date": day} for step, day in days.items()]
    practitioner = {"name": "J. Doe", "role": "practitioner", "appointed_on": "2024-02-01", "address": {}}
    one = {"number": "1", "type": case, "dates": dates, "practitioners": [practitioner]}
    return {"company_number": number, "etag": "x", "cases": [one], "status": ["liquidation"]}


def as_lines(answers: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(one) + "\n" for one in answers)


@pytest.mark.parametrize(
    ("case", "step", "kind"),
    [
        ("creditors-voluntary-liquidation", "wound-up-on", "opening_liquidation"),
        ("compulsory-liquidation", "ordered-to-wind-up-on", "opening_liquidation"),
        ("compulsory-liquidation", "petitioned-on", "other"),
        ("compulsory-liquidation", "concluded-winding-up-on", "closure"),
        ("compulsory-liquidation", "due-to-be-dissolved-on", "other"),
        ("compulsory-liquidation", "dissolved-on", "struck_off"),
        ("in-administration", "administration-started-on", "opening_receivership"),
        ("in-administration", "administration-ended-on", "closure"),
        ("administrative-receiver", "instrumented-on", "opening_receivership"),
        ("receiver-manager", "instrumented-on", "other"),
        ("corporate-voluntary-arrangement", "voluntary-arrangement-started-on", "plan"),
        ("corporate-voluntary-arrangement", "voluntary-arrangement-ended-on", "closure"),
        ("moratorium", "moratorium-started-on", "opening_safeguard"),
        ("moratorium", "moratorium-ended-on", "closure"),
        ("members-voluntary-liquidation", "wound-up-on", "other"),
        ("members-voluntary-liquidation", "concluded-winding-up-on", "other"),
        ("foreign-insolvency", "case-end-on", "other"),
    ],
)
def test_a_step_of_a_case_is_a_judgment_of_its_kind(tmp_path: Path, case: str, step: str, kind: str) -> None:
    landed = land(tmp_path, as_lines([answer(case, **{step: "2024-02-01"})]))
    (found,) = rows_of(landed)
    assert found["judgment_kind"] == kind and found["judgment_nature"] == f"{case}: {step}"
    assert found["publication_date"] == found["judgment_date"] == date(2024, 2, 1)
    assert found["legal_unit_id"] == "GB-01234567" and found["change_kind"] is None
    assert types_of(landed) == list(NOTICES.items())
    assert_every_row_is_accounted_for(landed)


def test_a_winding_up_that_was_ordered_opens_once(tmp_path: Path) -> None:
    days = {
        "ordered-to-wind-up-on": "2024-03-04",
        "wound-up-on": "2024-01-10",
        "concluded-winding-up-on": "2025-05-06",
    }
    landed = land(tmp_path, as_lines([answer("compulsory-liquidation", **days)]))
    told = {str(row["publication_date"]): row["judgment_kind"] for row in rows_of(landed)}
    assert told == {"2024-01-10": "other", "2024-03-04": "opening_liquidation", "2025-05-06": "closure"}
    assert (landed.statistics["first_date"], landed.statistics["last_date"]) == ("2024-01-10", "2025-05-06")


def test_answers_of_others_are_left_out_and_bad_ones_refused_with_their_line(tmp_path: Path) -> None:
    case = ("in-administration", "2024-02-01")
    bad = {"company_number": "01234567", "cases": [{"type": case[0], "dates": [{"type": "x", "date": "?"}]}]}
    answers = [
        answer(case[0], number, **{"administration-started-on": case[1]})
        for number in ("1234567", "SC123456", "1")
    ]
    answers += [{"company_number": "NOPE", "cases": []}, bad, answers[0]]
    landed = land(tmp_path, as_lines(answers), Wanted(frozenset({"GB-01234567", "GB-00000001"})))
    assert [row["legal_unit_id"] for row in rows_of(landed)] == ["GB-00000001", "GB-01234567"]
    assert landed.rejects is not None
    told = duckdb.sql(f"select line_number, reason from '{landed.rejects}' order by 1").fetchall()
    assert [line for line, _ in told] == [4, 5] and "'NOPE'" in told[0][1]
    assert landed.statistics["rows_out_of_scope"] == 2
    assert_every_row_is_accounted_for(landed)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "the file is empty"),
        ("CompanyName,CompanyStatus\r\nA,B\r\n", "column CompanyNumber is missing"),
        (as_csv([company()] * 3)[:-70], "was cut short"),
        (json.dumps([{"a": 1}]), "none of its lines is an answer"),
        (as_lines([answer("moratorium")])[:-30], "breaks off or is malformed"),
    ],
)
def test_another_file_is_refused_in_one_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence) as caught:
        land(tmp_path, content)
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "raw").glob("*")) if (tmp_path / "raw").exists() else True


def test_order_of_rows_does_not_change_the_landed_bytes(tmp_path: Path) -> None:
    rows = [company(f"{n:08d}") for n in range(1, 50)]
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    one, two = land(tmp_path / "a", as_csv(rows)), land(tmp_path / "b", as_csv(rows[::-1]))
    assert one.parquet.read_bytes() == two.parquet.read_bytes()
