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
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.fr.siret import is_valid as is_siret

from pipelines.demo import write_demo
from pipelines.demo.files import SIRENE_COLUMNS
from pipelines.errors import DataError
from pipelines.identities.names import blocks
from pipelines.sources import sirene, stock_files
from pipelines.sources.companies import ESTABLISHMENTS, UNITS, Wanted
from pipelines.sources.open_data import LandedFile
from pipelines.sources.sirene import land_sirene, tables_of
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


def siren(number: int) -> str:
    """The SIREN of eight digits and their check digit."""
    digits = f"{number:08d}"
    return digits + luhn.calc_check_digit(digits)


def nic(siren: str, number: int) -> str:
    """The NIC whose last digit makes the SIRET's checksum hold."""
    digits = f"{number:04d}"
    return digits + luhn.calc_check_digit(siren + digits)


def establishment(siret: str, **fields: str) -> dict[str, str]:
    """A row of StockEtablissement: an open head office unless told otherwise."""
    row = {
        "siren": siret[:9],
        "nic": siret[9:],
        "siret": siret,
        "statutDiffusionEtablissement": "O",
        "dateCreationEtablissement": "2001-02-03",
        "dateDernierTraitementEtablissement": "2024-03-22T15:40:57",
        "etablissementSiege": "true",
        "numeroVoieEtablissement": "12",
        "indiceRepetitionEtablissement": "",
        "typeVoieEtablissement": "RUE",
        "libelleVoieEtablissement": "DES LILAS",
        "codePostalEtablissement": "01220",
        "libelleCommuneEtablissement": "DIVONNE-LES-BAINS",
        "dateDebut": "2010-01-01",
        "etatAdministratifEtablissement": "A",
        "enseigne1Etablissement": "AU LILAS",
        "activitePrincipaleEtablissement": "25.62B",
        "nomenclatureActivitePrincipaleEtablissement": "NAFRev2",
    }
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
    wanted = None if sirens is None else Wanted(frozenset(sirens))
    return land_sirene(path, tmp_path / "raw", tmp_path / "quarantine", wanted)


def rows_of(landed: LandedFile, table: str | None = None) -> list[dict[str, Any]]:
    relation = duckdb.sql(f"from read_parquet('{landed.tables[table] if table else landed.parquet}')")
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
        "222222226",
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
    landed = land(tmp_path, as_csv([unit("111111118"), trader]))
    first, second = rows_of(landed)
    assert first["legal_name"] == "UNITE 111111118" and first["naf_code"] == "25.62B"
    assert not first["is_sole_trader"] and first["is_diffusible"] and first["size_category"] == "PME"
    assert str(first["creation_date"]) == "2001-02-03" and first["headcount_band"] == "12"
    assert second["legal_name"] == "ANNIE FAURE" and second["is_sole_trader"]
    assert second["administrative_state"] == "C" and str(second["state_since"]) == "2024-03-31"
    assert second["size_category"] is None
    types = {
        row[0]: row[1] for row in duckdb.sql(f"describe from read_parquet('{landed.parquet}')").fetchall()
    }
    assert types == UNITS and list(types) == list(UNITS)
    assert_every_row_is_accounted_for(landed)


def test_only_wanted_sirens_are_kept_and_the_rest_is_counted(tmp_path: Path) -> None:
    rows = [unit(s) for s in ("111111118", "222222226", "333333334")]
    landed = land(tmp_path, as_csv(rows), ["222222226", "999999998"])
    assert [row["legal_unit_id"] for row in rows_of(landed)] == ["222222226"]
    assert landed.statistics["rows_out_of_scope"] == 2
    assert "2 rows are about legal units of no known customer" in landed.statistics["warnings"][0]
    assert_every_row_is_accounted_for(landed)


def test_bearers_of_a_wanted_name_are_kept_as_candidates(tmp_path: Path) -> None:
    """By the key of a name as a ledger spoils it, whichever of its names a unit bears."""
    rows = [
        unit("111111118", denominationUniteLegale="ÉTABLISSEMENTS MOUTON-RIVOM"),
        unit("222222226", denominationUniteLegale="AUTRE CHOSE", sigleUniteLegale="Mouton Rivom"),
        unit("333333334", denominationUniteLegale="DORAS MATÉRIAUX"),
        unit("005410220", denominationUniteLegale="", nomUniteLegale="RIVOM", prenom1UniteLegale="MOUTON"),
    ]
    path = tmp_path / "s.csv"
    path.write_text(as_csv(rows))
    keys = duckdb.sql(f"select unnest({blocks('n')}) from (select 'RIVOM MOUTON SARL' as n)").fetchall()
    wanted = Wanted(frozenset(), frozenset(str(key) for (key,) in keys if key))
    landed = land_sirene(path, tmp_path / "raw", tmp_path / "quarantine", wanted)
    assert [row["legal_unit_id"] for row in rows_of(landed)] == ["005410220", "111111118", "222222226"]
    assert landed.statistics["rows_out_of_scope"] == 1
    assert_every_row_is_accounted_for(landed)


def test_no_known_siren_keeps_nothing_and_no_filter_keeps_all(tmp_path: Path) -> None:
    text = as_csv([unit("111111118")])
    assert rows_of(land(tmp_path, text, [])) == []
    assert len(rows_of(land(tmp_path, text, None))) == 1


@pytest.mark.parametrize(
    "container",
    ["csv", "semicolon", "bom", "crlf", "zip", "gzip", "parquet", "numeric parquet", "zipped parquet"],
)
def test_every_container_gives_the_same_rows(tmp_path: Path, container: str) -> None:
    rows = [unit("001807254", denominationUniteLegale='A "B", C; D'), unit("222222226")]
    text = as_csv(rows)
    content: str | bytes = text
    if container == "semicolon":
        content = as_csv(rows, ";")
    elif container == "crlf":
        content = text.replace("\n", "\r\n")
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
    names = [(row["legal_unit_id"], row["legal_name"]) for row in rows_of(landed)]
    assert names == [("001807254", 'A "B", C; D'), ("222222226", "UNITE 222222226")]
    assert_every_row_is_accounted_for(landed)
    assert not list((tmp_path / "raw").glob(".unzipped*")), "no temporary file stays"


def test_broken_rows_are_rejected_with_line_and_reason(tmp_path: Path) -> None:
    good = as_csv([unit("111111118"), unit("222222226")])
    header, first, second = good.splitlines()
    bad_siren = first.replace("111111118", "12345678X", 1)
    fails = first.replace("111111118", "111111119", 1)
    lines = [
        header.encode(),
        first.encode(),
        bad_siren.encode(),
        b"333333334,too,short",
        second.encode() + b",one,more",
    ]
    lines.append(second.replace("UNITE 222222226", "CAF").encode().replace(b"CAF", b"CAF\xe9"))
    lines += [fails.encode(), fails.encode()]
    landed = land(tmp_path, b"\n".join(lines) + b"\n")
    assert [row["legal_unit_id"] for row in rows_of(landed)] == ["111111118"]
    told = {(line, reason) for line, _, reason, _ in rejects_of(landed)}
    assert told == {
        (3, "the SIREN is no nine-digit number"),
        (4, "the row has fewer fields than the header"),
        (5, "the row has more fields than the header"),
        (6, "a byte is not UTF-8"),
        (7, "the SIREN fails its checksum"),
        (8, "the SIREN fails its checksum"),
    }
    assert_every_row_is_accounted_for(landed)


def test_impossible_dates_are_left_blank_and_counted(tmp_path: Path) -> None:
    landed = land(tmp_path, as_csv([unit("111111118", dateCreationUniteLegale="2024-02-31")]))
    assert rows_of(landed)[0]["creation_date"] is None
    assert landed.statistics["warnings"] == ["1 rows hold a date that is none; it is left blank."]


def test_withheld_names_are_null_not_nd(tmp_path: Path) -> None:
    hidden = unit("111111118", statutDiffusionUniteLegale="P", denominationUniteLegale="[ND]")
    # A file of before the opposition still shows them: they stay withheld.
    shown = unit("222222226", statutDiffusionUniteLegale="N", sigleUniteLegale="ABC")
    landed = land(tmp_path, as_csv([hidden, shown]))
    for row in rows_of(landed):
        assert row["legal_name"] is None and row["other_names"] is None and not row["is_diffusible"]
    assert landed.statistics["warnings"] == [
        "2 legal units are not, or not wholly, open to diffusion: their names and addresses are withheld."
    ]


def test_both_nafs_are_read_each_of_its_revision(tmp_path: Path) -> None:
    new, old = unit("111111118"), unit("222222226")
    new.update(
        nomenclatureActivitePrincipaleUniteLegale="NAFRev2", activitePrincipaleNAF25UniteLegale="25.53Y"
    )
    old.update(nomenclatureActivitePrincipaleUniteLegale="NAP", activitePrincipaleUniteLegale="22.02")
    old.update(activitePrincipaleNAF25UniteLegale="")
    first, second = rows_of(land(tmp_path, as_csv([new, old])))
    assert (first["naf_code"], first["naf25_code"]) == ("25.62B", "25.53Y")
    assert (second["naf_code"], second["naf25_code"]) == (None, None)


def test_other_names_are_listed_once_and_the_head_office_is_named(tmp_path: Path) -> None:
    row = unit("111111118", denominationUniteLegale="LILAS", sigleUniteLegale="LIL", nicSiegeUniteLegale="23")
    row.update(denominationUsuelle1UniteLegale="LILAS", denominationUsuelle2UniteLegale="AU LILAS")
    row["dateDernierTraitementUniteLegale"] = "2024-03-22T15:40:57"
    (found,) = rows_of(land(tmp_path, as_csv([row])))
    assert found["other_names"] == "AU LILAS|LIL" and found["head_establishment_id"] == "11111111800023"
    assert str(found["updated_on"]) == "2024-03-22" and found["country_code"] == "FR"


def test_lost_zeros_are_given_back_only_where_the_checksum_then_holds(tmp_path: Path) -> None:
    rows = [unit("1807254"), unit("005410220"), unit("1807255")]
    landed = land(tmp_path, as_csv(rows), ["001807254", "005410220"])
    assert [row["legal_unit_id"] for row in rows_of(landed)] == ["001807254", "005410220"]
    told = "1 rows had lost the leading zeros of their number; given back, the checksum holds."
    assert told in landed.statistics["warnings"]
    (reject,) = rejects_of(landed)
    assert reject[0] == 4 and "fails its checksum with zeros before it" in reject[2]
    assert_every_row_is_accounted_for(landed)


def test_establishments_are_read_with_their_address(tmp_path: Path) -> None:
    head, other = "11111111800019", "11111111800027"
    rows = [
        establishment(head, indiceRepetitionEtablissement="B"),
        establishment(other, etablissementSiege="false", etatAdministratifEtablissement="F"),
        establishment("222222226" + nic("222222226", 1)),
    ]
    landed = land(tmp_path, as_csv(rows), ["111111118"])
    first, second = rows_of(landed, "establishments")
    assert list(first) == list(ESTABLISHMENTS)
    assert first["establishment_id"] == head and first["legal_unit_id"] == "111111118"
    assert first["postcode"] == "01220"
    assert (
        first["is_head_office"] and first["trade_name"] == "AU LILAS" and first["administrative_state"] == "A"
    )
    assert not second["is_head_office"] and second["administrative_state"] == "F"
    assert landed.statistics["warnings"] == [
        "1 rows are about establishments of no known customer; they were left out."
    ]
    assert_every_row_is_accounted_for(landed)


def test_a_withheld_address_is_null(tmp_path: Path) -> None:
    row = establishment("11111111800019", statutDiffusionEtablissement="P", codePostalEtablissement="[ND]")
    (found,) = rows_of(land(tmp_path, as_csv([row])))
    assert {found[name] for name in ("postcode", "city", "trade_name")} == {None}
    assert not found["is_diffusible"]


@pytest.mark.parametrize(
    ("siret", "reason"),
    [
        ("35600000000048", None),
        ("35600000009075", None),  # La Poste: digits add up to 35
        ("35600000009076", "the SIRET fails its checksum"),
        ("11111111800018", "the SIRET fails its checksum"),
        ("11111111900017", "the SIRET fails its checksum"),  # the SIRET holds, its SIREN does not
        ("1111111180001X", "the SIRET is no fourteen-digit number"),
    ],
)
def test_sirets_are_checked_as_python_stdnum_checks_them(
    tmp_path: Path, siret: str, reason: str | None
) -> None:
    landed = land(tmp_path, as_csv([establishment(siret)]))
    assert [told[2] for told in rejects_of(landed)] == ([reason] if reason else [])
    assert is_siret(siret) is (reason is None)


@given(st.text("0123456789", min_size=1, max_size=10))
def test_the_checksum_in_sql_is_that_of_python_stdnum(digits: str) -> None:
    held = duckdb.sql(f"select {stock_files.luhn(repr(digits), len(digits))}").fetchall()[0][0]
    assert held == (luhn.is_valid(digits) and int(digits) > 0)


OLD_HEADER = (
    "SIREN;NIC;L4_NORMALISEE;CODPOS;LIBCOM;SIEGE;ENSEIGNE;APET700;DCRET;NOMEN_LONG;SIGLE;NOM;PRENOM;NICSIEGE;NJ;"
    "APEN700;TEFEN;CATEGORIE;DCREN;DATEMAJ"
)
OLD_ROWS = (
    "001807254;00022;12 RUE DES LILAS;01220;DIVONNE;1;AU LILAS;2562B;20070401;LILAS FRÈRES;LF;;;00022;5710;2562B;12;"
    "PME;19580101;2014-11-18T00:00:00",
    "001807254;00030;3 QUAI NEUF;69002;LYON;0;;4673A;20120901;LILAS FRÈRES;LF;;;00022;5710;2562B;12;PME;19580101;"
    "2014-11-18T00:00:00",
)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_the_layout_of_before_2018_gives_units_and_establishments(tmp_path: Path, encoding: str) -> None:
    rows = [OLD_ROWS[0].replace(";00022;12", ";" + nic("001807254", 2) + ";12")]
    rows.append(OLD_ROWS[1].replace(";00030;3 Q", ";" + nic("001807254", 3) + ";3 Q"))
    landed = land(tmp_path, "\n".join([OLD_HEADER, *rows, ""]).encode(encoding))
    (found,) = rows_of(landed, "units")
    assert found["legal_unit_id"] == "001807254" and found["legal_name"] == "LILAS FRÈRES"
    assert (found["postcode"], found["city"], found["other_names"]) == ("01220", "DIVONNE", "LF")
    assert (found["naf_code"], str(found["creation_date"])) == ("25.62B", "1958-01-01")
    head, other = rows_of(landed, "establishments")
    assert head["is_head_office"] and not other["is_head_office"]
    assert (other["naf_code"], other["city"]) == ("46.73A", "LYON")
    assert landed.statistics["rows_read"] == 2 == landed.statistics["rows_accepted"]


# --- files that were cut short ----------------------------------------------------------------------------------------


def whole_stock() -> str:
    return as_csv([unit(siren(n)) for n in range(1, 3000)])


@pytest.mark.parametrize("kind", ["csv", "zip", "gzip", "parquet"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_stock_cut_short_is_refused_and_nothing_of_it_lands(
    tmp_path: Path, kind: str, share: float
) -> None:
    text = whole_stock().encode()
    content = text
    if kind == "gzip":
        content = gzip.compress(text)
    elif kind == "zip":
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
            out.writestr("StockUniteLegale_utf8.csv", text)
        content = archive.getvalue()
    elif kind == "parquet":
        plain, parquet = tmp_path / "plain.csv", tmp_path / "plain.parquet"
        plain.write_bytes(text)
        duckdb.sql(f"copy (from read_csv('{plain}', all_varchar = true)) to '{parquet}' (format parquet)")
        content = parquet.read_bytes()
    cut = content[: int(len(content) * share)]
    if kind == "csv" and cut.endswith(b"\n"):
        cut = cut[:-1]
    with pytest.raises(DataError, match=r"cut short|damaged|breaks off") as caught:
        land(tmp_path, cut)
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "raw").glob("*"))


@pytest.mark.parametrize("place", [0.3, 0.5, 0.8])
def test_a_gzip_that_was_damaged_is_refused_by_its_checksum(tmp_path: Path, place: float) -> None:
    """A byte that was changed in the middle decompresses to other rows, or to fewer, without a word."""
    content = bytearray(gzip.compress(whole_stock().encode()))
    content[int(len(content) * place)] ^= 0x10
    with pytest.raises(DataError, match="cut short or is damaged"):
        land(tmp_path, bytes(content))
    assert not list((tmp_path / "raw").glob("*"))


def test_a_small_file_without_a_last_line_end_is_read_and_told(tmp_path: Path) -> None:
    landed = land(tmp_path, as_csv([unit("111111118"), unit("222222226")]).rstrip("\n"))
    assert landed.statistics["rows_accepted"] == 2
    assert "may have been cut there" in landed.statistics["warnings"][0]


def test_a_large_file_without_a_last_line_end_was_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock_files, "_WRITTEN_BY_HAND", 1000)
    with pytest.raises(DataError, match="its last line has no line end"):
        land(tmp_path, whole_stock().rstrip("\n"))


def test_a_national_stock_whose_numbers_end_too_early_was_cut_between_two_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sirene, "_NATIONAL_ROWS", 2000)
    text = whole_stock()
    with pytest.raises(DataError, match="the numbers go on to 99"):
        land(tmp_path, text)
    rest = as_csv([unit(siren(99_999_000))]).splitlines()[1]
    assert land(tmp_path, text + rest + "\n").statistics["rows_accepted"] == 3000


def test_a_file_of_bad_rows_is_refused_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock_files, "MOST_REJECTS", 50)
    with pytest.raises(DataError, match="more than 50 rows are refused"):
        land(tmp_path, as_csv([unit(f"{n:09d}"[:8] + "X") for n in range(60)]))


def test_a_repeated_siren_keeps_its_latest_state(tmp_path: Path) -> None:
    ceased = unit("111111118", etatAdministratifUniteLegale="C", dateDebut="2020-01-01")
    for rows in ([unit("111111118"), ceased], [ceased, unit("111111118")]):
        landed = land(tmp_path, as_csv(rows))
        assert [row["administrative_state"] for row in rows_of(landed)] == ["C"]
        assert_every_row_is_accounted_for(landed)


def test_the_same_file_lands_once_and_another_choice_of_customers_lands_again(tmp_path: Path) -> None:
    text = as_csv([unit("111111118"), unit("222222226")])
    first = land(tmp_path, text, ["111111118"])
    written = first.parquet.stat().st_mtime_ns
    again = land(tmp_path, text, ["111111118"], name="renamed.csv")
    assert again.parquet == first.parquet and again.parquet.stat().st_mtime_ns == written
    assert again.statistics["file_name"] == "renamed.csv"
    assert land(tmp_path, text, ["222222226"]).parquet != first.parquet


def test_order_of_rows_does_not_change_the_landed_bytes(tmp_path: Path) -> None:
    rows = [unit(siren(n)) for n in range(1, 400)]
    one = land(tmp_path / "a", as_csv(rows)) if (tmp_path / "a").mkdir() is None else None
    (tmp_path / "b").mkdir()
    two = land(tmp_path / "b", as_csv(rows[::-1]))
    assert one is not None and one.parquet.read_bytes() == two.parquet.read_bytes()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "the file is empty"),
        ("siren,siret,etat\n1,2,3\n", "column etatAdministratifEtablissement is missing"),
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
    row = unit("111111118")
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


def test_an_archive_of_an_unknown_compression_is_refused_with_what_to_do(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("stock.csv", whole_stock())
    content = bytearray(archive.getvalue())
    # The method stands in the member's own header and in the directory: 95 is XZ.
    directory = content.index(b"PK\x01\x02")
    content[8] = content[directory + 10] = 95
    with pytest.raises(DataError, match=r"cannot be unpacked here .*; unpack it and name the file"):
        land(tmp_path, bytes(content))
    assert not list((tmp_path / "raw").glob("*"))


def test_the_demo_company_s_extract_is_read_without_rejects(tmp_path: Path) -> None:
    files = write_demo(tmp_path / "demo", customers=60, invoices=500)
    with files.customers.open(encoding="utf-8", newline="") as handle:
        sirens = [row["siren"] for row in csv.DictReader(handle)]
    landed = land_sirene(
        files.sirene, tmp_path / "raw", tmp_path / "quarantine", Wanted(frozenset(filter(None, sirens)))
    )
    assert landed.statistics["rows_out_of_scope"] == 40 and landed.statistics["rows_rejected"] == 0
    assert 40 < landed.statistics["rows_accepted"] <= 60
    assert_every_row_is_accounted_for(landed)


@needs_real_data
@pytest.mark.parametrize("name", ["StockUniteLegale_utf8.csv", "StockUniteLegale_utf8.zip"])
def test_the_real_stock_sample_is_read_whole(tmp_path: Path, name: str) -> None:
    landed = land_sirene(SAMPLES / name, tmp_path / "raw", tmp_path / "quarantine")
    assert landed.statistics["rows_accepted"] == 39 and landed.statistics["rows_rejected"] == 0
    rows = {row["legal_unit_id"]: row for row in rows_of(landed)}
    assert rows["000325175"]["legal_name"] == "THIERRY JANOYER" and rows["000325175"]["is_sole_trader"]
    assert rows["005420021"]["legal_name"] == "ETABLISSEMENTS LUCIEN BIQUEZ"
    assert rows["001807254"]["administrative_state"] == "C"


@needs_real_data
@pytest.mark.parametrize(
    ("name", "tables", "rows"),
    [
        ("StockEtablissement_utf8_geo.csv.gz", ("establishments",), 40),
        ("sample_etablissements_OK.csv", ("establishments",), 3),
        ("import_last_monthly_stock_test.csv", ("units", "establishments"), 4),
    ],
)
def test_real_files_of_establishments_and_of_the_old_layout_are_read(
    tmp_path: Path, name: str, tables: tuple[str, ...], rows: int
) -> None:
    landed = land_sirene(SAMPLES / name, tmp_path / "raw", tmp_path / "quarantine")
    assert tuple(landed.tables) == tables == tables_of(SAMPLES / name, tmp_path)
    assert (landed.statistics["rows_accepted"], landed.statistics["rows_rejected"]) == (rows, 0)
    if "units" in tables:
        (doras,) = [row for row in rows_of(landed, "units") if row["legal_unit_id"] == "015851793"]
        assert doras["legal_name"] == "DORAS" and doras["naf_code"] == "46.73A"


@needs_real_data
def test_the_early_warning_project_s_anonymised_units_are_refused_by_their_checksum(tmp_path: Path) -> None:
    """Its identifiers are made up: every row is told, with its line."""
    path = REAL_DATA / "fr_signaux_faibles/lib/parsing/sirene_ul/testData/sireneULTestData.csv"
    landed = land_sirene(path, tmp_path / "raw", tmp_path / "quarantine")
    told = [(line, reason) for line, _, reason, _ in rejects_of(landed)]
    assert told == [(line, "the SIREN fails its checksum") for line in (2, 3, 4, 5)]
    assert_every_row_is_accounted_for(landed)
