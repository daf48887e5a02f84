"""Answers of the company search land as legal units and establishments, whatever form they are kept in."""

from __future__ import annotations

import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.errors import DataError
from pipelines.sources.companies import ESTABLISHMENTS, UNITS, Wanted
from pipelines.sources.open_data import LandedFile
from pipelines.sources.sirene import land_sirene
from tests.real_data import REAL_DATA, needs_real_data
from tests.unit.clients.answers import FIXTURES, place, recorded_units, siren, siret, unit

A, B, C = siren(44306184), siren(55208131), siren(73282932)
WITHHELD = "[NON-DIFFUSIBLE]"


def land(tmp_path: Path, content: Any, wanted: Wanted | None = None) -> LandedFile:
    path = tmp_path / "answers"
    path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), "utf-8")
    return land_sirene(path, tmp_path / "raw", tmp_path / "quarantine", wanted)


def rows(landed: LandedFile, table: str = "units") -> list[dict[str, Any]]:
    relation = duckdb.sql(f"from read_parquet('{landed.tables[table]}')")
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def assert_counted(landed: LandedFile, read: int) -> None:
    told = landed.statistics
    assert told["rows_read"] == read
    assert told["rows_read"] == told["rows_accepted"] + told["rows_rejected"] + told["rows_out_of_scope"]


def test_a_result_lands_with_all_it_tells(tmp_path: Path) -> None:
    landed = land(tmp_path, [unit(A, "ATELIERS D'AVON", sigle="ADA", nom_complet="ATELIERS D'AVON (ADA)")])
    assert rows(landed) == [
        {
            "legal_unit_id": A,
            "legal_name": "ATELIERS D'AVON",
            "other_names": "ADA|L'AVONNAISE",
            "is_sole_trader": False,
            "legal_category": "5710",
            "creation_date": date(2023, 9, 1),
            "naf_code": "68.20B",
            "naf25_code": "68.20H",
            "sector_text": None,
            "headcount_band": "11",
            "size_category": "PME",
            "administrative_state": "A",
            "state_since": None,
            "is_diffusible": True,
            "head_establishment_id": siret(A),
            "postcode": "77300",
            "city": "FONTAINEBLEAU",
            "country_code": "FR",
            "updated_on": date(2025, 12, 6),
        }
    ]
    assert rows(landed, "establishments") == [
        {
            "establishment_id": siret(A),
            "legal_unit_id": A,
            "is_head_office": True,
            "trade_name": "L'AVONNAISE",
            "naf_code": "68.20B",
            "administrative_state": "A",
            "state_since": date(2023, 9, 1),
            "creation_date": date(2023, 9, 1),
            "postcode": "77300",
            "city": "FONTAINEBLEAU",
            "is_diffusible": True,
            "updated_on": date(2025, 12, 5),
        }
    ]
    assert_counted(landed, 1)


def test_the_tables_are_the_declared_ones(tmp_path: Path) -> None:
    for content in ([unit(A)], []):
        landed = land(tmp_path, content)
        for table, columns in (("units", UNITS), ("establishments", ESTABLISHMENTS)):
            described = duckdb.sql(f"describe from read_parquet('{landed.tables[table]}')").fetchall()
            assert {row[0]: row[1] for row in described} == dict(columns)


def test_matching_establishments_land_beside_the_head_office(tmp_path: Path) -> None:
    """They are told in less detail: the address in one line, the town at its end."""
    short = {
        name: value
        for name, value in place(A, 2, est_siege=False, etat_administratif="F").items()
        if name not in ("numero_voie", "type_voie", "libelle_voie", "date_mise_a_jour_insee")
    }
    same = {**short, "siret": siret(A), "est_siege": True}
    landed = land(tmp_path, [unit(A, matching_etablissements=[short, same])])
    found = rows(landed, "establishments")
    assert [one["establishment_id"] for one in found] == [siret(A, 1), siret(A, 2)]
    assert [one["city"] for one in found] == [found[0]["city"]] * 2
    assert [one["administrative_state"] for one in found] == ["A", "F"]
    assert found[0]["updated_on"] is not None, "the head office's own account counts"


@pytest.mark.parametrize("state", ["P", "N"])
def test_of_who_opposes_diffusion_no_name_and_no_address_lands(tmp_path: Path, state: str) -> None:
    """Not even where the answer gives them."""
    landed = land(
        tmp_path,
        [
            unit(
                A,
                statut_diffusion=state,
                sigle="SECRET",
                siege=place(A, statut_diffusion_etablissement=state),
            ),
            unit(B, matching_etablissements=[place(B, 2, statut_diffusion_etablissement=state)]),
            unit(C, statut_diffusion=state),
        ],
    )
    hidden, shown, other = rows(landed)
    for one in (hidden, other):
        assert not one["is_diffusible"]
        assert {one[name] for name in ("legal_name", "other_names", "postcode", "city")} == {None}
    assert hidden["naf_code"] == "68.20B" and hidden["administrative_state"] == "A"
    assert shown["legal_name"] == "ATELIERS D'AVON"
    places = {one["establishment_id"]: one for one in rows(landed, "establishments")}
    for hidden_place in (siret(A), siret(B, 2), siret(C)):
        told = places[hidden_place]
        assert {told[name] for name in ("trade_name", "postcode", "city")} == {None}
    assert places[siret(B)]["city"] is not None
    assert landed.statistics["warnings"] == [
        "2 legal units oppose diffusion: their names and addresses are withheld."
    ]


def test_what_is_marked_as_withheld_is_null(tmp_path: Path) -> None:
    hidden = place(A, **dict.fromkeys(("adresse", "code_postal", "libelle_voie", "nom_commercial"), WITHHELD))
    landed = land(
        tmp_path, [unit(A, WITHHELD, sigle="[ND]", siege={**hidden, "liste_enseignes": [WITHHELD]})]
    )
    assert WITHHELD not in json.dumps([rows(landed), rows(landed, "establishments")], default=str)
    assert rows(landed)[0]["legal_name"] is None and rows(landed)[0]["other_names"] is None


def test_a_sole_trader_bears_the_persons_name_alone(tmp_path: Path) -> None:
    landed = land(
        tmp_path,
        [unit(A, "JEAN DUPONT (AU BON PAIN) (A.B.P.)", nom_raison_sociale=None, nature_juridique="1000")],
    )
    (found,) = rows(landed)
    assert (found["legal_name"], found["is_sole_trader"]) == ("JEAN DUPONT", True)
    assert found["other_names"] == "L'AVONNAISE"


def test_a_ceased_company_tells_since_when(tmp_path: Path) -> None:
    landed = land(tmp_path, [unit(A, etat_administratif="C", date_fermeture="2024-02-29")])
    (found,) = rows(landed)
    assert (found["administrative_state"], found["state_since"]) == ("C", date(2024, 2, 29))


def test_a_code_of_an_older_nomenclature_is_none_of_revision_2(tmp_path: Path) -> None:
    landed = land(tmp_path, [unit(A, activite_principale="85.1A", activite_principale_naf25=None)])
    assert rows(landed)[0]["naf_code"] is None and rows(landed)[0]["naf25_code"] is None


def test_names_are_names_whatever_they_look_like(tmp_path: Path) -> None:
    names = ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", 'L\'ÉTÉ "&" CIE']
    landed = land(tmp_path, [unit(one, name) for one, name in zip(sorted((A, B, C)), names, strict=True)])
    assert [one["legal_name"] for one in rows(landed)] == names


def test_a_company_without_a_head_office_has_none(tmp_path: Path) -> None:
    landed = land(tmp_path, [unit(A, siege={}), unit(B, siege=None, matching_etablissements=None)])
    assert [one["head_establishment_id"] for one in rows(landed)] == [None, None]
    assert rows(landed, "establishments") == []


def test_every_form_lands_the_same(tmp_path: Path) -> None:
    results = [unit(A, matching_etablissements=[place(A, 2)]), unit(B)]
    answer = {"results": results, "total_results": 2, "page": 1, "per_page": 25, "total_pages": 1}
    lines = "\n".join(json.dumps(one) for one in results)
    forms = [
        lines,
        lines + "\n\n",
        "\ufeff" + lines,
        lines.replace("\n", "\r\n"),
        results,
        json.dumps(results, indent=2),
        answer,
        json.dumps(answer, indent=2),
        {"searchTerms": "avon", "result": answer},
        json.dumps(answer) + "\n" + json.dumps({**answer, "results": []}),
    ]
    landed = [land(tmp_path, form) for form in forms]
    for one in landed:
        assert_counted(one, 2)
        assert (rows(one), rows(one, "establishments")) == (
            rows(landed[0]),
            rows(landed[0], "establishments"),
        )


def test_all_that_was_asked_for_is_kept(tmp_path: Path) -> None:
    """A candidate may share no spelling with the name that found it."""
    landed = land(tmp_path, [unit(A), unit(B)], Wanted(frozenset({C}), frozenset({"x"})))
    assert [one["legal_unit_id"] for one in rows(landed)] == sorted((A, B))


def test_of_repeated_results_the_last_of_the_register_counts_in_any_order(tmp_path: Path) -> None:
    results = [
        unit(A, "OLD", date_mise_a_jour_insee="2024-01-01T00:00:00", matching_etablissements=[place(A, 3)]),
        unit(A, "NEW", date_mise_a_jour_insee="2025-01-01T00:00:00", siege=place(A, 2)),
        unit(A, "NEW TOO", date_mise_a_jour_insee="2025-01-01T00:00:00"),
        unit(B),
    ]
    seen = set()
    for seed in range(6):
        random.Random(seed).shuffle(results)
        landed = land(tmp_path, results)
        assert_counted(landed, 4)
        assert landed.statistics["rows_out_of_scope"] == 2
        seen.add(json.dumps([rows(landed), rows(landed, "establishments")], default=str))
    assert len(seen) == 1
    assert "NEW" in seen.pop()


def test_a_siren_that_fails_its_checksum_is_refused_with_its_line(tmp_path: Path) -> None:
    wrong = f"{A[:8]}{(int(A[8]) + 1) % 10}"
    landed = land(tmp_path, "\n".join(json.dumps(unit(one)) for one in (A, wrong, "12345", "000000000")))
    assert_counted(landed, 4)
    assert landed.rejects is not None
    refused = duckdb.sql(
        f"select line_number, column_name, reason from read_parquet('{landed.rejects}')"
    ).fetchall()
    assert refused == [(line, "siren", "the SIREN fails its checksum") for line in (2, 3, 4)]


def test_an_establishment_of_another_company_is_left_out_and_told(tmp_path: Path) -> None:
    wrong = siret(A, 2)[:13] + str((int(siret(A, 2)[13]) + 1) % 10)
    landed = land(tmp_path, [unit(A, matching_etablissements=[place(B, 2), {**place(A, 2), "siret": wrong}])])
    assert [one["establishment_id"] for one in rows(landed, "establishments")] == [siret(A)]
    assert landed.statistics["warnings"] == [
        "2 establishments have no SIRET of their company whose checksum holds; they are left out."
    ]


def test_a_date_that_is_none_is_blank_and_told(tmp_path: Path) -> None:
    landed = land(tmp_path, [unit(A, date_creation="2023-02-30")])
    assert rows(landed)[0]["creation_date"] is None
    assert landed.statistics["warnings"] == ["1 dates are none; they are left blank."]


@pytest.mark.parametrize("field", ["nom_complet", "etat_administratif", "siege", "statut_diffusion"])
def test_a_field_that_is_missing_is_named_with_its_line(tmp_path: Path, field: str) -> None:
    lost = {name: value for name, value in unit(B).items() if name != field}
    with pytest.raises(
        DataError, match=rf"answers, line 2: the field {field} is missing; give answers of the"
    ):
        land(tmp_path, f"{json.dumps(unit(A))}\n{json.dumps(lost)}")
    assert not list((tmp_path / "raw").glob("*.parquet")), "nothing of it is landed"


def test_a_field_that_is_missing_of_an_establishment_is_named(tmp_path: Path) -> None:
    lost = {name: value for name, value in place(A, 2).items() if name != "code_postal"}
    with pytest.raises(DataError, match="the field code_postal of an establishment is missing"):
        land(tmp_path, [unit(A, matching_etablissements=[lost])])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"results": [{"siren": "', "line 1: the JSON breaks off or is malformed"),
        (json.dumps(unit(A)) + '\n{"siren": "', "line 2: the JSON breaks off or is malformed"),
        ('{"results":\n [{"siren":\n "', "line 3: the JSON breaks off or is malformed"),
        ('{"erreur": "Veuillez indiquer un paramètre"}', "neither the field results nor siren is there"),
        ("[1, 2]", "a result is no JSON object"),
        ('{"results": [null]}', "a result is no JSON object"),
    ],
)
def test_what_is_no_answer_is_told(tmp_path: Path, content: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        land(tmp_path, content)


def test_bytes_that_are_no_utf8_are_told(tmp_path: Path) -> None:
    path = tmp_path / "answers"
    path.write_bytes(b'{"siren": "\xff"}')
    with pytest.raises(DataError, match="byte 11 is not UTF-8"):
        land_sirene(path, tmp_path / "raw", tmp_path / "quarantine")


def test_a_file_that_was_landed_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = land(tmp_path, [unit(A)])
    monkeypatch.setattr("pipelines.sources.company_search._results", None)
    again = land(tmp_path, [unit(A)], Wanted(frozenset({B})))
    assert again.tables == first.tables and again.statistics == first.statistics


@needs_real_data
def test_every_real_answer_lands_whole(tmp_path: Path) -> None:
    recorded = [
        path for path in REAL_DATA.glob("fr_api_fixtures/**/*search-*.json") if "_test" not in path.parts
    ]
    assert len(recorded) >= 35
    units = 0
    for path in recorded:
        expected = json.loads(path.read_text("utf-8"))["result"]["results"]
        landed = land_sirene(path, tmp_path / "raw", tmp_path / "quarantine")
        assert_counted(landed, len(expected))
        # 123456789 is the invented number of the recordings.
        assert landed.statistics["rows_rejected"] == sum(one["siren"] == "123456789" for one in expected)
        known = {one["siren"]: one for one in expected}
        for one in rows(landed):
            real = known[one["legal_unit_id"]]
            assert one["legal_category"] == real["nature_juridique"]
            assert one["is_sole_trader"] == real["complements"]["est_entrepreneur_individuel"]
            assert one["is_diffusible"] == (real["statut_diffusion"] == "O")
            assert (one["legal_name"] is not None) == one["is_diffusible"]
            units += 1
        assert {one["legal_unit_id"] for one in rows(landed, "establishments")} <= set(known)
    assert units > 90


@needs_real_data
def test_the_recordings_of_the_website_itself_are_another_layout(tmp_path: Path) -> None:
    path = next(REAL_DATA.glob("fr_api_fixtures/src/clients/_test/**/search-883010316.json"))
    with pytest.raises(DataError, match="the field nom_complet is missing"):
        land_sirene(path, tmp_path / "raw", tmp_path / "quarantine")


@needs_real_data
def test_the_real_company_that_opposes_diffusion(tmp_path: Path) -> None:
    landed = land_sirene(
        FIXTURES / "recherche-entreprise/search-300025764.json", tmp_path / "raw", tmp_path / "quarantine"
    )
    (one,) = rows(landed)
    assert one["legal_unit_id"] == "300025764" and one["is_sole_trader"] and not one["is_diffusible"]
    told = json.dumps([one, rows(landed, "establishments")], default=str)
    assert "NON-DIFFUSIBLE" not in told and "RENNES" not in told


@needs_real_data
def test_real_names_have_no_additions(tmp_path: Path) -> None:
    landed = land(tmp_path, recorded_units())
    assert not [one["legal_name"] for one in rows(landed) if (one["legal_name"] or "").endswith(")")]
