"""Notices are read in every published form; judgments get their kind from their wording and from what came before."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.demo import write_demo
from pipelines.errors import DataError
from pipelines.sources.bodacc import (
    Numbers,
    change_kind,
    judgment_date,
    judgment_kind,
    land_bodacc,
    sirens_of,
)
from pipelines.sources.companies import NOTICES, Wanted
from pipelines.sources.open_data import LandedFile
from tests.real_data import REAL_DATA, needs_real_data

FIXTURE = REAL_DATA / "fr_api_fixtures/src/e2e-mock/fixtures/bodacc.json"
RECEIVERSHIP = "Jugement d'ouverture d'une procédure de redressement judiciaire"
LIQUIDATION = "Jugement d'ouverture de liquidation judiciaire"
PRONOUNCED = "Jugement prononçant la liquidation judiciaire"
CLOSURE = "Jugement de clôture pour insuffisance d'actif"


def notice(
    number: int,
    published: str,
    nature: str | None = None,
    siren: str = "482309382",
    *,
    family: str = "collective",
    judged: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A record of the export."""
    judgment = {"type": "initial", "famille": "Jugement", "nature": nature, "date": judged or published}
    return {
        "id": f"A2024{number:04d}",
        "dateparution": published,
        "typeavis": "annonce",
        "familleavis": family,
        "tribunal": "Greffe du Tribunal de Commerce de Lyon",
        "registre": [f"{siren[:3]} {siren[3:6]} {siren[6:]}", siren],
        "listepersonnes": None,
        "jugement": json.dumps(judgment) if nature else None,
        "parutionavisprecedent": None,
        **more,
    }


def land(
    tmp_path: Path, content: str | bytes | list[dict[str, Any]], sirens: Sequence[str] | None = None
) -> LandedFile:
    path = tmp_path / "annonces"
    if isinstance(content, list):
        content = json.dumps(content, ensure_ascii=False)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    wanted = None if sirens is None else Wanted(frozenset(sirens))
    return land_bodacc(path, tmp_path / "raw", tmp_path / "quarantine", wanted)


def rows_of(landed: LandedFile) -> list[dict[str, Any]]:
    relation = duckdb.sql(f"from read_parquet('{landed.parquet}')")
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def kinds_of(landed: LandedFile) -> list[tuple[str, str]]:
    return [(row["notice_id"], row["judgment_kind"]) for row in rows_of(landed)]


def assert_every_notice_is_accounted_for(landed: LandedFile) -> None:
    told = landed.statistics
    assert told["rows_read"] == told["rows_accepted"] + told["rows_rejected"] + told["rows_out_of_scope"]
    assert told["rows_accepted"] == len({row["notice_id"] for row in rows_of(landed)})


# --- what a judgment does ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nature", "kind"),
    [
        (LIQUIDATION, "opening_liquidation"),
        ("Jugement d’ouverture de liquidation judiciaire", "opening_liquidation"),
        ("Jugement d'ouverture de liquidation judiciaire simplifiée", "opening_liquidation"),
        (RECEIVERSHIP, "opening_receivership"),
        ("Jugement d'ouverture d'une procédure de sauvegarde", "opening_safeguard"),
        ("Jugement d'ouverture d'une procédure de sauvegarde financière accélérée", "opening_safeguard"),
        ("Jugement d'ouverture d'une procédure de traitement de sortie de crise", "opening_receivership"),
        (PRONOUNCED, "opening_liquidation"),
        ("Jugement d'extension de liquidation judiciaire", "opening_liquidation"),
        ("Jugement de conversion en liquidation judiciaire", "conversion_liquidation"),
        (
            "Jugement de conversion en liquidation judiciaire de la procédure de redressement judiciaire",
            "conversion_liquidation",
        ),
        (
            "Jugement de conversion en redressement judiciaire de la procédure de sauvegarde",
            "conversion_receivership",
        ),
        (
            "Jugement prononçant la résolution du plan de redressement et la liquidation judiciaire",
            "conversion_liquidation",
        ),
        (
            "Jugement prononçant la résolution du plan de sauvegarde et le redressement judiciaire",
            "opening_receivership",
        ),
        ("Jugement prononçant la résolution du plan de redressement", "other"),
        ("Jugement de reprise de la procédure de liquidation judiciaire", "conversion_liquidation"),
        ("Jugement arrêtant le plan de redressement", "plan"),
        ("Jugement arrêtant le plan de sauvegarde", "plan"),
        ("Jugement de plan de redressement", "plan"),
        ("Jugement modifiant le plan de continuation", "plan"),
        ("Jugement arrêtant un plan de cession", "other"),
        (CLOSURE, "closure"),
        ("Jugement de clÃ´ture pour extinction du passif", "closure"),
        ("Jugement de clôture pour extinction du passif", "closure"),
        ("Jugement mettant fin à la procédure de redressement judiciaire", "closure"),
        ("Arrêt de la cour d'appel infirmant une décision soumise à publicité", "annulment"),
        ("Rétractation sur tierce opposition", "annulment"),
        ("Jugement de faillite personnelle", "other"),
        ("Jugement d'interdiction de gérer", "other"),
        ("Dépôt de l'état des créances", "other"),
        ("Jugement modifiant la date de cessation des paiements", "other"),
        (
            "Liste des créances nées après le jugement d'ouverture d'une procédure de liquidation judiciaire",
            "other",
        ),
        ("Ordonnance de nomination", "other"),
        (None, "other"),
    ],
)
def test_the_nature_of_a_judgment_says_what_it_does(nature: str | None, kind: str) -> None:
    assert judgment_kind(nature) == kind


@pytest.mark.parametrize(
    ("nature", "family", "text", "kind"),
    [
        ("Jugement d'ouverture", None, "Redressement judiciaire.", "opening_receivership"),
        ("Jugement d'ouverture", None, "Liquidation judiciaire.", "opening_liquidation"),
        ("Autre jugement d'ouverture", "Jugement d'ouverture", "Sauvegarde, Maître X", "opening_safeguard"),
        ("Autre jugement et ordonnance", None, "Ouvre la procédure de redressement", "opening_receivership"),
        ("Autre jugement prononçant", None, "prononce la liquidation judiciaire", "opening_liquidation"),
        ("Autre jugement et ordonnance", "Extrait de jugement", "remplace le mandataire", "other"),
        ("Autre jugement d'ouverture", "Jugement d'ouverture", None, "other"),
    ],
)  # fmt: skip
def test_where_the_nature_is_vague_the_text_decides(
    nature: str, family: str | None, text: str | None, kind: str
) -> None:
    assert judgment_kind(nature, family, text) == kind


def test_what_a_judgment_does_is_read_from_its_own_words(tmp_path: Path) -> None:
    """Whether it opens or converts depends on the judgments before it, in any export: the warehouse says."""
    landed = land(
        tmp_path,
        [
            notice(3, "2024-06-20", PRONOUNCED, judged="2024-06-11"),
            notice(1, "2024-01-15", RECEIVERSHIP, judged="2024-01-04"),
            notice(4, "2025-02-01", CLOSURE),
            notice(
                9, "2024-06-20", "Jugement de conversion en redressement judiciaire de la procédure de sauvegarde",
                siren="111111118",
            ),
        ],
    )  # fmt: skip
    assert kinds_of(landed) == [
        ("A20240001", "opening_receivership"),
        ("A20240003", "opening_liquidation"),
        ("A20240009", "conversion_receivership"),
        ("A20240004", "closure"),
    ]


def test_an_annulment_names_the_notice_that_it_strikes(tmp_path: Path) -> None:
    before = {
        "nomPublication": "BODACC A",
        "numeroParution": "2024",
        "dateParution": "2024-01-15",
        "numeroAnnonce": "0001",
    }
    landed = land(
        tmp_path,
        [
            notice(1, "2024-01-15", RECEIVERSHIP),
            notice(
                2, "2024-03-15", RECEIVERSHIP, typeavis="annulation", parutionavisprecedent=json.dumps(before)
            ),
            notice(3, "2024-09-01", PRONOUNCED),
            notice(4, "2024-01-01", RECEIVERSHIP, siren="111111118"),
            notice(
                5,
                "2024-05-01",
                "Jugement mettant fin à la procédure de redressement judiciaire",
                siren="111111118",
            ),
            notice(6, "2024-08-01", PRONOUNCED, siren="111111118"),
        ],
    )
    found = dict(kinds_of(landed))
    assert found["A20240002"] == "annulment" and found["A20240003"] == "opening_liquidation"
    assert found["A20240006"] == "opening_liquidation"
    assert {row["notice_id"]: row["parent_notice_id"] for row in rows_of(landed)}["A20240002"] == "A20240001"


def test_corrections_keep_their_kind_and_name_what_they_correct(tmp_path: Path) -> None:
    before = {"nomPublication": "BODACC A", "numeroParution": "20240007", "numeroAnnonce": 512}
    landed = land(
        tmp_path,
        [notice(2, "2024-02-15", LIQUIDATION, typeavis="rectificatif", parutionavisprecedent=before)],
    )
    (row,) = rows_of(landed)
    assert (row["notice_type"], row["judgment_kind"], row["parent_notice_id"]) == (
        "rectificatif", "opening_liquidation", "A20240007512",
    )  # fmt: skip


def test_other_families_are_kept_as_other_and_removals_as_struck_off(tmp_path: Path) -> None:
    landed = land(
        tmp_path, [notice(1, "2024-02-15", family="dpc"), notice(2, "2024-02-16", family="radiation")]
    )
    assert [kind for _, kind in kinds_of(landed)] == ["other", "struck_off"]


# --- dates and numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-09-08", date(2026, 9, 8)),
        ("2026-09-08T00:00:00+00:00", date(2026, 9, 8)),
        ("08/09/2026", date(2026, 9, 8)),
        ("10 décembre 2009", date(2009, 12, 10)),
        ("1er août 2020", date(2020, 8, 1)),
        ("27 FÉVRIER 2008", date(2008, 2, 27)),
        ("31 février 2024", None),
        ("hier", None),
        ("", None),
        (None, None),
    ],
)
def test_dates_of_judgments_are_read_in_every_spelling(text: str | None, expected: date | None) -> None:
    assert judgment_date(text) == expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"registre": ["482 309 382", "482309382"]}, ("482309382",)),
        ({"registre": "880878145,880 878 145"}, ("880878145",)),
        ({"registre": "482 309 382"}, ("482309382",)),
        ({"registre": ["482 309 382"]}, ("482309382",)),
        ({"registre": ["pas un siren"]}, ()),
        ({"registre": None, "listepersonnes": None}, ()),
        ({"registre": ["48230938200011"]}, ()),
        (
            {"listepersonnes": json.dumps({"personne": [
                {"numeroImmatriculation": {"numeroIdentification": "880 878 145"}},
                {"numeroImmatriculation": {"numeroIdentification": "482309382"}},
            ]})},
            ("482309382", "880878145"),
        ),
        (
            {"registre": ["111111118"], "listepersonnes": {"personne": {
                "numeroImmatriculation": {"numeroIdentification": "880 878 145"}}}},
            ("880878145",),
        ),
        ({"registre": "880 878 145", "listepersonnes": "{broken"}, ("880878145",)),
    ],
)  # fmt: skip
def test_sirens_are_found_however_they_are_written(record: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert sirens_of(record).sirens == expected


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        (["1 807 254"], Numbers(("001807254",), repaired=("001807254",))),
        (["1807254", "001 807 254"], Numbers(("001807254",), repaired=("001807254",))),
        (["325175"], Numbers(("000325175",), repaired=("000325175",))),
        (["1807255"], Numbers((), failing=("1807255",))),
        (["482309383"], Numbers((), failing=("482309383",))),
        (["482309383", "482309382"], Numbers(("482309382",), failing=("482309383",))),
        (["000000000"], Numbers((), failing=("000000000",))),
        (["482 309 382 00011"], Numbers(())),
        (["12345"], Numbers(())),
    ],
)
def test_lost_zeros_are_given_back_only_where_the_checksum_then_holds(
    written: list[str], numbers: Numbers
) -> None:
    assert sirens_of({"registre": written}) == numbers


def test_numbers_that_fail_their_checksum_are_told_with_their_notice(tmp_path: Path) -> None:
    bad = notice(1, "2024-02-15", LIQUIDATION, siren="482309383")
    both = {**notice(2, "2024-02-15", LIQUIDATION), "registre": ["482309383", "482309382", "1807254"]}
    landed = land(tmp_path, [bad, both])
    assert [row["legal_unit_id"] for row in rows_of(landed)] == ["001807254", "482309382"]
    assert landed.rejects is not None
    told = duckdb.sql(f"select column_name, reason from read_parquet('{landed.rejects}')").fetchall()
    assert told == [("registre", "its SIREN 482309383 fails its checksum, and it names no other")]
    assert landed.statistics["warnings"] == [
        "1 notices had lost the leading zeros of a SIREN; given back, the checksum holds.",
        "2 numbers fail the checksum of a SIREN and were left out "
        "(notice A20240001: '482309383'; notice A20240002: '482309383').",
    ]
    assert_every_notice_is_accounted_for(landed)


# --- what changed -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "description", "kind"),
    [
        ("collective", None, None),
        ("radiation", None, None),
        ("conciliation", None, None),
        ("vente", None, "sale"),
        ("dpc", None, "accounts_filed"),
        ("creation", None, "creation"),
        ("immatriculation", None, "creation"),
        ("divers", None, "other"),
        ("modification", None, "other"),
        ("modification", "Modification survenue sur l'administration.", "managers"),
        ("modification", "Modification survenue sur le capital.", "capital"),
        ("modification", "Modification survenue sur la dénomination.", "name"),
        ("modification", "Transfert du siège social.", "address"),
        ("modification", "Modification survenue sur l'adresse du siège et de l'établissement.", "address"),
        ("modification", "Modification survenue sur le capital, transfert du siège social.", "address"),
        ("modification", "Modification survenue sur le capital et l'administration.", "managers"),
        ("modification", "Nomination d'un liquidateur, dissolution de la société.", "managers"),
        ("modification", "établissement principal donné en location-gérance.", "other"),
        ("modification", "Modification survenue sur l'activité de l'établissement principal.", "other"),
    ],
)
def test_the_family_and_the_description_say_what_changed(
    family: str, description: str | None, kind: str | None
) -> None:
    told = {"descriptif": description}
    assert change_kind({"modificationsgenerales": json.dumps(told)}, family) == kind
    assert change_kind({"modificationsgenerales": told}, family) == kind
    assert change_kind({"modificationsgenerales": description}, family) == kind


@pytest.mark.parametrize(
    ("deposit", "closing", "confidential"),
    [
        (
            {
                "dateCloture": "2021-12-31",
                "typeDepot": "Comptes annuels et rapports",
                "descriptif": "Les comptes annuels sont accompagnés d'une déclaration de confidentialité.",
            },
            date(2021, 12, 31),
            True,
        ),
        ({"dateCloture": "31 décembre 2021", "typeDepot": "Comptes annuels"}, date(2021, 12, 31), False),
        ({"typeDepot": "Comptes consolidés"}, None, False),
        (None, None, None),
    ],
)
def test_filed_accounts_tell_their_year_and_whether_they_are_confidential(
    tmp_path: Path, deposit: dict[str, str] | None, closing: date | None, confidential: bool | None
) -> None:
    record = notice(1, "2022-05-08", family="dpc", depot=json.dumps(deposit) if deposit else None)
    (row,) = rows_of(land(tmp_path, [record]))
    assert (row["accounts_closing_date"], row["is_confidential"]) == (closing, confidential)
    assert (row["change_kind"], row["judgment_kind"]) == ("accounts_filed", "other")


def test_a_sale_speaks_of_the_buyer_and_of_the_seller(tmp_path: Path) -> None:
    def people(siren: str) -> str:
        return json.dumps({"personne": {"numeroImmatriculation": {"numeroIdentification": siren}}})

    record = notice(1, "2024-02-15", family="vente", listepersonnes=people("880 878 145"))
    record["listeprecedentproprietaire"] = people("482 309 382")
    found = rows_of(land(tmp_path, [record]))
    assert [(row["legal_unit_id"], row["change_kind"]) for row in found] == [
        ("482309382", "sale"),
        ("880878145", "sale"),
    ]


@pytest.mark.parametrize(
    ("given", "code"), [("75", "75"), ("2a", "2A"), (974, "974"), (1, "01"), (None, None)]
)
def test_the_department_of_the_court_is_its_code(tmp_path: Path, given: Any, code: str | None) -> None:
    (row,) = rows_of(land(tmp_path, [notice(1, "2024-02-15", RECEIVERSHIP, numerodepartement=given)]))
    assert row["court_department"] == code


def test_a_notice_about_two_companies_gives_a_row_for_each_known_one(tmp_path: Path) -> None:
    people = {
        "personne": [
            {"numeroImmatriculation": {"numeroIdentification": s}} for s in ("880 878 145", "482 309 382")
        ]
    }
    record = notice(1, "2024-02-15", LIQUIDATION, listepersonnes=json.dumps(people))
    both = land(tmp_path, [record])
    assert [row["legal_unit_id"] for row in rows_of(both)] == ["482309382", "880878145"]
    assert both.statistics["rows_accepted"] == 1
    assert [row["legal_unit_id"] for row in rows_of(land(tmp_path, [record], ["880878145"]))] == ["880878145"]


# --- forms of the file ------------------------------------------------------------------------------------------------

RECORDS = [
    notice(1, "2024-01-15", RECEIVERSHIP, judged="4 janvier 2024"),
    notice(2, "2024-06-20", PRONOUNCED),
    notice(3, "2024-07-01", family="dpc"),
]


def in_form(form: str) -> str | bytes:
    if form == "list":
        return json.dumps(RECORDS)
    if form == "pretty list":
        return json.dumps(RECORDS, indent=2, ensure_ascii=False)
    if form == "lines":
        return "\n".join(json.dumps(r) for r in RECORDS) + "\n"
    if form == "v1 lines":
        return "\n".join(json.dumps({"recordid": "x", "fields": r}) for r in RECORDS) + "\n"
    if form == "v1":
        # The first API leaves empty fields out.
        inner = [{"fields": {k: v for k, v in r.items() if v is not None}, "recordid": "x"} for r in RECORDS]
        return json.dumps({"nhits": 3, "records": inner}, indent=1)
    if form == "v2":
        return json.dumps({"total_count": 3, "results": RECORDS})
    if form == "zip":
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as out:
            out.writestr("annonces-commerciales.json", json.dumps(RECORDS))
        return archive.getvalue()
    out_text = io.StringIO()
    sheet = csv.DictWriter(out_text, list(RECORDS[0]), delimiter=";")
    sheet.writeheader()
    for r in RECORDS:
        sheet.writerow({k: ",".join(v) if isinstance(v, list) else v for k, v in r.items()})
    return "\ufeff" + out_text.getvalue()


@pytest.mark.parametrize("form", ["list", "pretty list", "lines", "v1 lines", "v1", "v2", "csv", "zip"])
def test_every_form_of_the_export_gives_the_same_notices(tmp_path: Path, form: str) -> None:
    landed = land(tmp_path, in_form(form))
    kept = [
        {
            k: v
            for k, v in row.items()
            if k in ("notice_id", "legal_unit_id", "judgment_date", "judgment_kind", "court")
        }
        for row in rows_of(landed)
    ]
    court = "Greffe du Tribunal de Commerce de Lyon"
    assert kept == [
        {"notice_id": i, "legal_unit_id": "482309382", "judgment_date": d, "judgment_kind": k, "court": court}
        for i, d, k in (
            ("A20240001", date(2024, 1, 4), "opening_receivership"),
            ("A20240002", date(2024, 6, 20), "opening_liquidation"),
            ("A20240003", None, "other"),
        )
    ]
    assert (landed.statistics["first_date"], landed.statistics["last_date"]) == ("2024-01-15", "2024-07-01")
    assert_every_notice_is_accounted_for(landed)


def test_one_record_alone_is_a_line(tmp_path: Path) -> None:
    assert len(rows_of(land(tmp_path, json.dumps(RECORDS[0])))) == 1


def test_raw_is_the_record_in_canonical_json(tmp_path: Path) -> None:
    (row,) = rows_of(land(tmp_path, [RECORDS[0]]))
    assert row["raw"] == json.dumps(
        json.loads(row["raw"]), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    assert json.loads(row["raw"]).items() <= RECORDS[0].items()


def test_only_notices_about_customers_are_kept_and_the_rest_is_counted(tmp_path: Path) -> None:
    nobody = {**notice(8, "2024-01-15", RECEIVERSHIP), "registre": ["inconnu"]}
    records = [
        notice(1, "2024-01-15", RECEIVERSHIP),
        notice(2, "2024-01-15", LIQUIDATION, siren="111111118"),
        nobody,
    ]
    landed = land(tmp_path, [*records, records[0]], ["482309382"])
    assert kinds_of(landed) == [("A20240001", "opening_receivership")]
    assert landed.statistics["rows_out_of_scope"] == 3
    assert len(landed.statistics["warnings"]) == 3
    assert_every_notice_is_accounted_for(landed)


def test_bad_notices_are_rejected_with_their_reason(tmp_path: Path) -> None:
    bad = [
        notice(1, "2024-13-45", RECEIVERSHIP),
        {**notice(2, "2024-01-15", RECEIVERSHIP), "id": None},
        {**notice(3, "2024-01-15"), "jugement": "{broken"},
        {**notice(4, "2024-01-15"), "typeavis": "poème"},
    ]
    landed = land(tmp_path, [notice(9, "2024-01-15", RECEIVERSHIP), *bad])
    assert landed.rejects is not None
    told = duckdb.sql(
        f"select column_name, reason from read_parquet('{landed.rejects}') order by 1"
    ).fetchall()
    assert [column for column, _ in told] == ["dateparution", "id", "jugement", "typeavis"]
    assert_every_notice_is_accounted_for(landed)


def test_a_torn_row_of_a_csv_is_rejected_with_its_line(tmp_path: Path) -> None:
    text = str(in_form("csv")) + "A9;2024-01-01\r\n"
    landed = land(tmp_path, text)
    assert landed.rejects is not None
    told = duckdb.sql(f"select line_number, reason from read_parquet('{landed.rejects}')").fetchall()
    assert told == [(5, f"the row has 2 fields, the header {len(RECORDS[0])}")]


def test_the_same_file_lands_once(tmp_path: Path) -> None:
    first = land(tmp_path, RECORDS)
    written = first.parquet.stat().st_mtime_ns
    assert land(tmp_path, RECORDS).parquet.stat().st_mtime_ns == written


def test_order_of_records_does_not_change_the_landed_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    one, two = land(tmp_path / "a", RECORDS), land(tmp_path / "b", RECORDS[::-1])
    assert one.parquet.read_bytes() == two.parquet.read_bytes()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "the file is empty"),
        ("  \n", "the file is empty"),
        ("[]", "holds no notice"),
        ('[{"a": 1}]', "column registre or listepersonnes is missing"),
        ('[{"registre": ["1"], "id": "x", "dateparution": "2024-01-01"}]', "column familleavis is missing"),
        ("siren,nom\n1,2\n", "neither JSON nor CSV with `;`"),
        ("id;dateparution;familleavis;registre\n", "column jugement is missing"),
        (json.dumps(RECORDS)[:-40], "breaks off or is malformed"),
        (json.dumps({"records": []})[:-3], "breaks off or is malformed"),
        (b"id;dateparution;familleavis;registre;jugement\n\xe9;1;2;3;4\n", "is not UTF-8"),
        (b"PAR1xxxx", "Parquet file"),
        (b"\x1f\x8bxxxx", "gzip archive"),
    ],
)
def test_another_file_is_refused_in_one_sentence(tmp_path: Path, content: str | bytes, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence) as caught:
        land(tmp_path, content)
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "raw").glob("*.parquet")) if (tmp_path / "raw").exists() else True


def test_the_demo_company_s_notices_tell_the_whole_life_of_proceedings(tmp_path: Path) -> None:
    files = write_demo(tmp_path / "demo")
    with files.customers.open(encoding="utf-8", newline="") as handle:
        sirens = [row["siren"] for row in csv.DictReader(handle)]
    wanted = Wanted(frozenset(filter(None, sirens)))
    landed = land_bodacc(files.bodacc, tmp_path / "raw", tmp_path / "quarantine", wanted)
    told = landed.statistics
    assert told["rows_rejected"] == 0 and told["rows_out_of_scope"] == 0 and told["rows_read"] > 100
    kinds = {kind for _, kind in kinds_of(landed)}
    assert kinds >= {
        "opening_liquidation", "opening_receivership", "conversion_liquidation", "plan", "closure", "annulment",
        "struck_off", "other",
    }  # fmt: skip
    rows = rows_of(landed)
    ids = {row["notice_id"] for row in rows}
    assert len(ids) == len(rows)
    assert all(row["parent_notice_id"] in ids for row in rows if row["notice_type"] != "annonce")
    assert all(row["judgment_date"] for row in rows if row["family"] == "collective")
    # The published openings are those of the truth.
    truth = duckdb.sql(
        f"select count(*) from read_parquet('{files.truth}/customers.parquet') "
        "where publication_date <= date '2025-12-31'"
    ).fetchall()[0][0]
    openings = {
        row["legal_unit_id"]
        for row in rows
        if row["judgment_kind"].startswith("opening") and row["notice_type"] == "annonce"
    }
    assert len(openings) == truth + 1, "and one that was annulled"


@needs_real_data
def test_a_recorded_answer_of_the_public_interface_is_read(tmp_path: Path) -> None:
    landed = land_bodacc(FIXTURE, tmp_path / "raw", tmp_path / "quarantine")
    rows = rows_of(landed)
    assert [(row["notice_id"], row["legal_unit_id"], row["judgment_kind"]) for row in rows] == [
        ("C202101554392", "880878145", "other"),
        ("C202200902528", "880878145", "other"),
        ("B20220227446", "880878145", "struck_off"),
    ]
    assert [str(row["publication_date"]) for row in rows] == ["2021-08-11", "2022-05-08", "2022-11-23"]
    assert [row["change_kind"] for row in rows] == ["accounts_filed", "accounts_filed", None]
    assert [(str(row["accounts_closing_date"]), row["is_confidential"]) for row in rows] == [
        ("2020-12-31", True), ("2021-12-31", True), ("None", None),
    ]  # fmt: skip
    assert {row["court_department"] for row in rows} == {"75"}
    types = {row[0]: row[1] for row in duckdb.sql(f"describe from '{landed.parquet}'").fetchall()}
    assert types == NOTICES and list(types) == list(NOTICES)
