"""The customers' file as spreadsheets and accounting software write it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipelines.errors import DataError
from pipelines.sources.customers import land_customers, read_amount
from pipelines.sources.open_data import LandedFile

SIREN = "732829320"


def land(folder: Path, content: str | bytes, name: str = "customers.csv") -> LandedFile:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return land_customers(path, folder / "raw", folder / "quarantine")


def rows(landed: LandedFile) -> list[dict[str, Any]]:
    return pq.read_table(landed.parquet).to_pylist()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-15", "cp1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_separators_encodings_and_line_ends(
    tmp_path: Path, separator: str, encoding: str, line_end: str
) -> None:
    lines = [
        ["customer_id", "name", "siren", "payment_terms", "credit_limit"],
        [" C1 ", f'"Éts ""Le Bœuf""{separator} Paris"', SIREN, "45 jours fin de mois", "10 000"],
    ]
    landed = land(tmp_path, line_end.join(separator.join(line) for line in lines).encode(encoding))
    (row,) = rows(landed)
    assert row["customer_id"] == "C1"
    assert row["name"] == f'Éts "Le Bœuf"{separator} Paris'
    assert row["siren"] == SIREN
    assert (row["terms_net_days"], row["terms_is_end_of_month"], row["terms_days_after"]) == (45, True, 0)
    assert row["credit_limit"] == Decimal("10000.00")
    assert landed.statistics["rows_read"] == landed.statistics["rows_accepted"] == 1
    assert landed.statistics["warnings"] == []


def test_french_headers(tmp_path: Path) -> None:
    header = (
        "Code client;Raison sociale;SIRET;N° TVA intracommunautaire;Pays;Conditions de règlement;Plafond;NAF;"
        "Particulier;Assuré;Ville"
    )
    landed = land(
        tmp_path,
        f"{header}\nc-7;Dupont;{SIREN}00074;FR44{SIREN};France;FDM 45;1 500,50 €;43.21A;non;oui;Lyon\n",
    )
    (row,) = rows(landed)
    assert row["customer_id"] == "c-7"
    assert (row["siren"], row["vat_number"], row["country"]) == (SIREN, f"FR44{SIREN}", "FR")
    assert (row["terms_net_days"], row["terms_is_end_of_month"], row["terms_days_after"]) == (0, True, 45)
    assert (row["credit_limit"], row["sector_code"], row["is_consumer"]) == (
        Decimal("1500.50"),
        "43.21A",
        False,
    )
    assert (row["is_insured"], row["is_group"]) == (True, None)
    assert (row["siret"], row["siren_source"], row["city"]) == (f"{SIREN}00074", "siret", "Lyon")
    assert row["attributes"] is None


def test_only_the_id_is_needed(tmp_path: Path) -> None:
    (first, second) = rows(land(tmp_path, "customer_id\n00012\nc1\n"))
    assert (first["customer_id"], second["customer_id"]) == ("00012", "c1")
    assert first["name"] is None
    assert first["attributes"] is None


def test_code_beside_client_is_the_id_and_the_name(tmp_path: Path) -> None:
    (row,) = rows(land(tmp_path, "Code;Client\nC1;Dupont SA\n"))
    assert (row["customer_id"], row["name"]) == ("C1", "Dupont SA")


def test_what_spreadsheets_add_is_removed(tmp_path: Path) -> None:
    content = 'sep=;\r\nCode;Nom;Siren;;\r\n="00123";\'0456;732829320.0;;\r\n;;;;\r\n\r\n'
    landed = land(tmp_path, content)
    (row,) = rows(landed)
    assert (row["customer_id"], row["name"], row["siren"]) == ("00123", "0456", SIREN)
    assert landed.statistics["rows_read"] == 1


def test_a_wrong_term_keeps_the_customer_and_is_told(tmp_path: Path) -> None:
    landed = land(tmp_path, "customer_id,payment_terms\nC1,whenever\nC2,30\n")
    first, second = rows(landed)
    assert (first["payment_terms"], first["terms_net_days"], first["terms_is_end_of_month"]) == (
        "whenever",
        None,
        None,
    )
    assert second["terms_net_days"] == 30
    (said,) = landed.statistics["warnings"]
    assert "line 2, customer C1: 'whenever' is not a payment term" in said
    assert "`60 EOM 10`" in said
    assert landed.statistics["rows_rejected"] == 0


@pytest.mark.parametrize("text", ["732829321", "12", "7,32829E+08", "SIREN", "00000000"])
def test_an_invalid_siren_keeps_the_customer_and_is_told(tmp_path: Path, text: str) -> None:
    landed = land(tmp_path, f"customer_id;siren\nC1;{text}\n")
    (row,) = rows(landed)
    assert row["siren"] is None
    assert "not a valid SIREN" in landed.statistics["warnings"][0]


def test_a_french_vat_number_gives_the_siren(tmp_path: Path) -> None:
    (row,) = rows(land(tmp_path, f"customer_id,vat_number\nC1,FR 44 {SIREN}\n"))
    assert row["siren"] == SIREN


def test_a_customer_twice_is_named_with_both_lines(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="customer C1 stands on lines 2 and 4"):
        land(tmp_path, "customer_id\nC1\nC2\nC1 \n")


def test_ids_differ_by_case(tmp_path: Path) -> None:
    assert len(rows(land(tmp_path, "customer_id\nc1\nC1\n"))) == 2


def test_rows_without_id_or_with_too_many_values_are_refused_rows(tmp_path: Path) -> None:
    landed = land(tmp_path, 'customer_id,name\n,nobody\nC2,"two\nlines"\nC3,a,b\nC4,x\n')
    assert [row["customer_id"] for row in rows(landed)] == ["C2", "C4"]
    assert landed.rejects is not None
    refused = pq.read_table(landed.rejects).to_pylist()
    assert [(row["line_number"], row["column_name"]) for row in refused] == [(2, "customer_id"), (5, None)]
    assert landed.statistics["rows_read"] == 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("name,city\nx,y\n", "ids"),
        ("foo\n1\n", "no column holds the customers' ids"),
        ("customer_id,customer_id\n1,2\n", "several columns"),
        ("customer_id,name\n", "holds no customer"),
        ('customer_id,name\n1,"open\n2,x\n', "a quote is opened and never closed"),
        (b"PK\x03\x04xxxx", "workbook"),
        ("customer_id,name\n1,é\n".encode() + b"2,\xff\n", "line 3"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(DataError) as caught:
        land(tmp_path, content)
    assert said in str(caught.value)
    assert "customers.csv" in str(caught.value)


def test_the_same_content_is_landed_once(tmp_path: Path) -> None:
    first = land(tmp_path, "customer_id\nC1\n")
    stamp = first.parquet.stat().st_mtime_ns
    again = land(tmp_path, "customer_id\nC1\n", "clients.csv")
    assert again.parquet.stat().st_mtime_ns == stamp
    assert again.statistics["file_name"] == "clients.csv"


@pytest.mark.parametrize(
    ("text", "value"),
    [("1000", "1000.00"), ("1 000,5", "1000.50"), ("1,000.50", "1000.50"), ("1.000,50", "1000.50"), ("-5", "-5.00"),
     ("10 000 EUR", "10000.00"), ("€ 5", "5.00"), ("1'000", "1000.00"), ("1.234.567", "1234567.00")],
)  # fmt: skip
def test_amounts_of_spreadsheets(text: str, value: str) -> None:
    assert read_amount(text) == Decimal(value)


@pytest.mark.parametrize("text", ["1.234", "1,234", "12 34", "abc", "1e5", "1.23.456"])
def test_amounts_without_one_reading_are_none(text: str) -> None:
    assert read_amount(text) is None


@pytest.mark.parametrize(
    ("header", "values", "expected"),
    [
        ("siren", SIREN, (SIREN, "declared", None)),
        ("siren", f"{SIREN}00074", (SIREN, "siret", f"{SIREN}00074")),
        ("siret", f"{SIREN}00074", (SIREN, "siret", f"{SIREN}00074")),
        ("siret", SIREN, (SIREN, "declared", None)),
        ("siret", "732 829 320 00074", (SIREN, "siret", f"{SIREN}00074")),
        ("siret", "588059600001,0", ("005880596", "siret", "00588059600001")),
        ("n_tva", f"FR44{SIREN}", (SIREN, "vat_number", None)),
        ("siren;siret", f"{SIREN};{SIREN}00074", (SIREN, "declared", f"{SIREN}00074")),
        ("siren;siret", f"{SIREN};55203253400646", (SIREN, "declared", None)),
        ("siret;tva", f"{SIREN}00074;FR83404833048", (SIREN, "siret", f"{SIREN}00074")),
        ("siret", "73282932000075", (None, None, None)),
        ("tva", "DE136695976", (None, None, None)),
        ("tva", "GB980780684", (None, None, None)),
    ],
)
def test_what_the_legal_unit_is_known_by(
    tmp_path: Path, header: str, values: str, expected: tuple[str | None, str | None, str | None]
) -> None:
    (row,) = rows(land(tmp_path, f"customer_id;{header}\nC1;{values}\n"))
    assert (row["siren"], row["siren_source"], row["siret"]) == expected


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("DE136695976", "DE"),
        ("GB980780684", "GB"),
        ("EL094259216", "GR"),
        (f"FR44{SIREN}", "FR"),
        ("12345", None),
    ],
)
def test_a_vat_number_tells_the_country(tmp_path: Path, number: str, country: str | None) -> None:
    (row,) = rows(land(tmp_path, f"customer_id;tva\nC1;{number}\n"))
    assert row["country"] == country


def test_numbers_that_contradict_each_other_are_told(tmp_path: Path) -> None:
    landed = land(
        tmp_path,
        f"customer_id;siren;siret;tva;parent_siren\nC1;{SIREN};55203253400646;FR83404833048;{SIREN}\n",
    )
    (row,) = rows(landed)
    assert (row["siren"], row["siret"], row["parent_siren"]) == (SIREN, None, None)
    told = landed.statistics["warnings"]
    assert any("line 2, customer C1: SIRET 55203253400646 is not of SIREN 732829320" in one for one in told)
    assert any("the VAT number is of SIREN 404833048" in one for one in told)


@pytest.mark.parametrize(
    ("header", "values", "place"),
    [
        ("cp;ville", "69003;Lyon", ("69003", "Lyon")),
        ("code_postal;city", "1000;Bourg-en-Bresse", ("01000", "Bourg-en-Bresse")),
        ("cp_ville", "69003 Lyon", ("69003", "Lyon")),
        ("zip;town", "F-69003;  Lyon   Cedex 03 ", ("69003", "Lyon Cedex 03")),
        ("cp;ville", "69;Lyon", (None, "Lyon")),
        ("ort01;pstlz", "Paris;75008.0", ("75008", "Paris")),
    ],
)
def test_postcode_and_town(
    tmp_path: Path, header: str, values: str, place: tuple[str | None, str | None]
) -> None:
    (row,) = rows(land(tmp_path, f"customer_id;{header};pays\nC1;{values};FR\n"))
    assert (row["postcode"], row["city"]) == place


def test_a_foreign_postcode_stays_as_it_is(tmp_path: Path) -> None:
    (row,) = rows(land(tmp_path, "customer_id;postcode;country\nC1;SW1A 1AA;GB\n"))
    assert row["postcode"] == "SW1A 1AA"
