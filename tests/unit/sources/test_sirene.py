"""The stock of legal units is read in every published container, kept for the known SIRENs, and counted row by row."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.demo import write_demo
from pipelines.demo.files import SIRENE_COLUMNS
from pipelines.errors import DataError
from pipelines.sources.open_data import LandedFile
from pipelines.sources.sirene import land_sirene
from tests.real_data import REAL_DATA, needs_real_data

SAMPLES = REAL_DATA / "fr_sirene_samples"


def unit(siren: str, **fields: str) -> dict[str, str]:
    """A row as published: an active company unless told otherwise."""
    row = dict.fromkeys(SIRENE_COLUMNS, "")
    row.update(
        siren=siren,
        statutDiffusionUniteLegale="O",
        dateCreationUniteLegale="2001-02-03",
        dateDebut="2010-01-01",
        etatAdministratifUniteLegale="A",
        categorieJuridiqueUniteLegale="5710",
        activitePrincipaleUniteLegale="25.62B",
        trancheEffectifsUniteLegale="12",
        categorieEntreprise="PME",
        denominationUniteLegale=f"UNITE {siren}",
    )
    row.update(fields)
    return row


def as_csv(rows: list[dict[str, str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    sheet = csv.DictWriter(out, list(rows[0]), lineterminator="\n", delimiter=delimiter)
    sheet.writeheader()
    sheet.writerows(rows)
    return out.getvalue()


def land(
    tmp_path: Path, content: str | bytes, sirens: list[str] | None = None, name: str = "s.csv"
) -> LandedFile:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return land_sirene(path, tmp_path / "raw", tmp_path / "quarantine", sirens)


def rows_of(landed: LandedFile) -> list[dict[str, Any]]:
    relation = duckdb.sql(f"from read_parquet('{landed.parquet}')")
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def rejects_of(landed: LandedFile) -> list[tuple[Any, ...]]:
    if landed.rejects is None:
        return []
    return duckdb.sql(
        f"select line_number, column_name, reason, raw_text from read_parquet('{landed.rejects}') order by all"
    ).fetchall()


def assert_every_row_is_accounted_for(landed: LandedFile) -> None:
    told = landed.statistics
    assert told["rows_read"] == told["rows_accepted"] + told["rows_rejected"] + told["rows_out_of_scope"]
    assert told["rows_accepted"] == len(rows_of(landed))
    assert told["rows_rejected"] == len(rejects_of(landed))


def test_a_company_and_a_sole_trader_are_read_with_their_types(tmp_path: Path) -> None:
    trader = unit(
        "222222222",
        denominationUniteLegale="",
        nomUniteLegale="NOËL",
        nomUsageUniteLegale="FAURE",
        prenom1UniteLegale="ANNE",
        prenomUsuelUniteLegale="ANNIE",
        categorieJuridiqueUniteLegale="1000",
        categorieEntreprise="",
        etatAdministratifUniteLegale="C",
        dateDebut="2024-03-31",
    )
    landed = land(tmp_path, as_csv([unit("111111111"), trader]))
    first, second = rows_of(landed)
    assert first["legal_name"] == "UNITE 111111111" and first["naf_code"] == "25.62B"
    assert not first["is_sole_trader"] and first["is_diffusible"] and first["size_category"] == "PME"
    assert str(first["creation_date"]) == "2001-02-03" and first["headcount_band"] == "12"
    assert second["legal_name"] == "ANNIE FAURE" and second["is_sole_trader"]
    assert second["administrative_state"] == "C" and str(second["state_since"]) == "2024-03-31"
    assert second["size_category"] is None
    types = {
        row[0]: row[1] for row in duckdb.sql(f"describe from read_parquet('{landed.parquet}')").fetchall()
    }
    assert types == {
        "siren": "VARCHAR", "legal_name": "VARCHAR", "is_sole_trader": "BOOLEAN", "legal_category": "VARCHAR",
        "creation_date": "DATE", "naf_code": "VARCHAR", "headcount_band": "VARCHAR", "size_category": "VARCHAR",
        "administrative_state": "VARCHAR", "state_since": "DATE", "is_diffusible": "BOOLEAN",
    }  # fmt: skip
    assert_every_row_is_accounted_for(landed)


def test_only_known_sirens_are_kept_however_they_are_written(tmp_path: Path) -> None:
    rows = [unit(s) for s in ("111111111", "222222222", "333333333")]
    landed = land(tmp_path, as_csv(rows), ["222 222 222", "999999999", "", "none"])
    assert [row["siren"] for row in rows_of(landed)] == ["222222222"]
    assert landed.statistics["rows_out_of_scope"] == 2
    assert "2 rows are about legal units that are no known customer" in landed.statistics["warnings"][0]
    assert_every_row_is_accounted_for(landed)


def test_no_known_siren_keeps_nothing_and_no_filter_keeps_all(tmp_path: Path) -> None:
    text = as_csv([unit("111111111")])
    assert rows_of(land(tmp_path, text, [])) == []
    assert len(rows_of(land(tmp_path, text, None))) == 1


@pytest.mark.parametrize(
    "container", ["csv", "semicolon", "bom", "zip", "gzip", "parquet", "numeric parquet", "zipped parquet"]
)
def test_every_container_gives_the_same_rows(tmp_path: Path, container: str) -> None:
    rows = [unit("001807254", denominationUniteLegale='A "B", C; D'), unit("222222222")]
    text = as_csv(rows)
    content: str | bytes = text
    if container == "semicolon":
        content = as_csv(rows, ";")
    elif container == "bom":
        content = "\ufeff" + text
    elif container == "gzip":
        content = gzip.compress(text.encode())
    elif "zip" in container or "parquet" in container:
        plain, parquet = tmp_path / "plain.csv", tmp_path / "plain.parquet"
        plain.write_text(text)
        siren = "cast(siren as bigint) as siren" if "numeric" in container else "siren as siren"
        duckdb.sql(
            f"copy (select * replace ({siren}) from read_csv('{plain}', all_varchar = true)) "
            f"to '{parquet}' (format parquet)"
        )
        inside = parquet if "parquet" in container else plain
        content = inside.read_bytes()
        if "zip" in container:
            archive = io.BytesIO()
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
                out.writestr("StockUniteLegale_utf8" + inside.suffix, content)
                out.writestr("__MACOSX/._x.csv", "noise")
            content = archive.getvalue()
    landed = land(tmp_path, content, name="given.bin")
    names = [(row["siren"], row["legal_name"]) for row in rows_of(landed)]
    assert names == [("001807254", 'A "B", C; D'), ("222222222", "UNITE 222222222")]
    assert_every_row_is_accounted_for(landed)
    assert not list((tmp_path / "raw").glob(".unzipped*")), "no temporary file stays"


def test_broken_rows_are_rejected_with_line_and_reason(tmp_path: Path) -> None:
    good = as_csv([unit("111111111"), unit("222222222")])
    header, first, second = good.splitlines()
    bad_siren = first.replace("111111111", "12345678X", 1)
    lines = [
        header.encode(),
        first.encode(),
        bad_siren.encode(),
        b"333333333,too,short",
        second.encode() + b",one,more",
    ]
    lines.append(second.replace("UNITE 222222222", "CAF").encode().replace(b"CAF", b"CAF\xe9"))
    landed = land(tmp_path, b"\n".join(lines) + b"\n")
    assert [row["siren"] for row in rows_of(landed)] == ["111111111"]
    told = {(line, reason) for line, _, reason, _ in rejects_of(landed)}
    assert told == {
        (3, "the SIREN is no nine-digit number"),
        (4, "the row has fewer fields than the header"),
        (5, "the row has more fields than the header"),
        (6, "a byte is not UTF-8"),
    }
    assert_every_row_is_accounted_for(landed)


def test_impossible_dates_are_left_blank_and_counted(tmp_path: Path) -> None:
    landed = land(tmp_path, as_csv([unit("111111111", dateCreationUniteLegale="2024-02-31")]))
    assert rows_of(landed)[0]["creation_date"] is None
    assert landed.statistics["warnings"] == ["1 rows hold a date that is none; it is left blank."]


def test_withheld_names_are_null_not_nd(tmp_path: Path) -> None:
    hidden = unit("111111111", statutDiffusionUniteLegale="P", denominationUniteLegale="[ND]")
    (row,) = rows_of(land(tmp_path, as_csv([hidden])))
    assert row["legal_name"] is None and not row["is_diffusible"]


def test_a_repeated_siren_keeps_its_latest_state(tmp_path: Path) -> None:
    ceased = unit("111111111", etatAdministratifUniteLegale="C", dateDebut="2020-01-01")
    for rows in ([unit("111111111"), ceased], [ceased, unit("111111111")]):
        landed = land(tmp_path, as_csv(rows))
        assert [row["administrative_state"] for row in rows_of(landed)] == ["C"]
        assert_every_row_is_accounted_for(landed)


def test_the_same_file_lands_once_and_another_choice_of_customers_lands_again(tmp_path: Path) -> None:
    text = as_csv([unit("111111111"), unit("222222222")])
    first = land(tmp_path, text, ["111111111"])
    written = first.parquet.stat().st_mtime_ns
    again = land(tmp_path, text, ["111 111 111"], name="renamed.csv")
    assert again.parquet == first.parquet and again.parquet.stat().st_mtime_ns == written
    assert again.statistics["file_name"] == "renamed.csv"
    assert land(tmp_path, text, ["222222222"]).parquet != first.parquet


def test_order_of_rows_does_not_change_the_landed_bytes(tmp_path: Path) -> None:
    rows = [unit(f"{n:09d}") for n in range(1, 400)]
    one = land(tmp_path / "a", as_csv(rows)) if (tmp_path / "a").mkdir() is None else None
    (tmp_path / "b").mkdir()
    two = land(tmp_path / "b", as_csv(rows[::-1]))
    assert one is not None and one.parquet.read_bytes() == two.parquet.read_bytes()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "the file is empty"),
        ("siren,siret,etat\n1,2,3\n", "file of establishments"),
        ("a;b;c\n1;2;3\n", "column siren is missing"),
        ("\x00\x01\x02\n", "column siren is missing"),
        (b"\xff\xfe\x00s\n", "no UTF-8 text"),
        (b"PK\x03\x04broken", "the archive is damaged"),
    ],
)
def test_another_file_is_refused_in_one_sentence(tmp_path: Path, content: str | bytes, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence) as caught:
        land(tmp_path, content)
    assert "\n" not in str(caught.value) and str(tmp_path / "s.csv") in str(caught.value)
    assert not list((tmp_path / "raw").glob("*.parquet")) if (tmp_path / "raw").exists() else True


@pytest.mark.parametrize("column", ["etatAdministratifUniteLegale", "categorieJuridiqueUniteLegale"])
def test_a_missing_column_is_named(tmp_path: Path, column: str) -> None:
    row = unit("111111111")
    del row[column]
    with pytest.raises(DataError, match=f"column {column} is missing"):
        land(tmp_path, as_csv([row]))


def test_an_archive_of_several_files_is_refused(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("a.csv", "x")
        out.writestr("b.csv", "y")
    with pytest.raises(DataError, match="2 data files where one is expected"):
        land(tmp_path, archive.getvalue())


def test_the_demo_company_s_extract_is_read_without_rejects(tmp_path: Path) -> None:
    files = write_demo(tmp_path / "demo", customers=60, invoices=500)
    with files.customers.open(encoding="utf-8", newline="") as handle:
        sirens = [row["siren"] for row in csv.DictReader(handle)]
    landed = land_sirene(files.sirene, tmp_path / "raw", tmp_path / "quarantine", sirens)
    assert landed.statistics["rows_out_of_scope"] == 40 and landed.statistics["rows_rejected"] == 0
    assert 40 < landed.statistics["rows_accepted"] <= 60
    assert_every_row_is_accounted_for(landed)


@needs_real_data
@pytest.mark.parametrize("name", ["StockUniteLegale_utf8.csv", "StockUniteLegale_utf8.zip"])
def test_the_real_stock_sample_is_read_whole(tmp_path: Path, name: str) -> None:
    landed = land_sirene(SAMPLES / name, tmp_path / "raw", tmp_path / "quarantine")
    assert landed.statistics["rows_accepted"] == 39 and landed.statistics["rows_rejected"] == 0
    rows = {row["siren"]: row for row in rows_of(landed)}
    assert rows["000325175"]["legal_name"] == "THIERRY JANOYER" and rows["000325175"]["is_sole_trader"]
    assert rows["005420021"]["legal_name"] == "ETABLISSEMENTS LUCIEN BIQUEZ"
    assert rows["001807254"]["administrative_state"] == "C"


@needs_real_data
def test_real_files_of_establishments_and_of_the_old_layout_are_refused(tmp_path: Path) -> None:
    for name in (
        "sample_etablissements_OK.csv",
        "import_last_monthly_stock_test.csv",
        "StockEtablissement_utf8_geo.csv.gz",
    ):
        with pytest.raises(DataError, match=r"establishments|column siren is missing"):
            land_sirene(SAMPLES / name, tmp_path / "raw", tmp_path / "quarantine")


@needs_real_data
def test_the_early_warning_project_s_anonymised_units_are_read(tmp_path: Path) -> None:
    path = REAL_DATA / "fr_signaux_faibles/lib/parsing/sirene_ul/testData/sireneULTestData.csv"
    landed = land_sirene(path, tmp_path / "raw", tmp_path / "quarantine")
    assert landed.statistics["rows_accepted"] == 4
    assert "1 rows hold a date that is none; it is left blank." in landed.statistics["warnings"]
