"""Public data asked of its APIs is what the published files give, and an API that is down stops nothing."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import landing
from pipelines.config import load_settings
from pipelines.demo import write_demo
from pipelines.lake import Workspace, write_json
from pipelines.sources.filed_accounts import AMOUNTS
from pipelines.sources.filed_accounts import RATIOS as RATIO_FIELDS
from tests.unit.clients.answers import notice, place, unit
from tests.unit.clients.local_api import LocalApi, Waiting, serving, status

SOURCES = ("fec", "customers", "sirene", "identities", "bodacc", "accounts")
DAY = date(2026, 11, 22)
KEY = "s3cr3t-0f-the-user"
RATIOS = {*AMOUNTS.values(), *RATIO_FIELDS.values()}


@pytest.fixture
def api() -> Iterator[LocalApi]:
    with serving(LocalApi()) as served:
        yield served


def land(project: Path, monkeypatch: pytest.MonkeyPatch, day: date = DAY) -> dict[str, list[dict[str, Any]]]:
    """Land every source of a project on a day."""
    monkeypatch.setattr(landing, "today", lambda: day)
    settings = load_settings(project / "encours.yml")
    workspace = Workspace(settings.workspace)
    found = {}
    for source in SOURCES:
        found[source] = landing.land(source, settings, workspace, lambda _: None)
        write_json(workspace.landing_state / f"{source}.json", found[source])
    return found


def rows(
    project: Path, records: list[dict[str, Any]], table: str, columns: str = "*"
) -> list[tuple[Any, ...]]:
    """The rows of a table in all its versions."""
    places = [str(project / "var" / one["tables"][table]) for one in records if table in one["tables"]]
    return duckdb.execute(f"select distinct {columns} from read_parquet(?) order by all", [places]).fetchall()


def _rows_of(path: Path, delimiter: str = ",") -> list[dict[str, str | None]]:
    with path.open(encoding="utf-8", newline="") as text:
        return [
            {name: value or None for name, value in row.items()}
            for row in csv.DictReader(text, delimiter=delimiter)
        ]


def _place(row: dict[str, str | None]) -> dict[str, Any]:
    """A row of the stock as the company search tells the same establishment."""
    return place(
        str(row["siren"]),
        siret=row["siret"],
        activite_principale=row["activitePrincipaleEtablissement"],
        code_postal=row["codePostalEtablissement"],
        libelle_commune=row["libelleCommuneEtablissement"],
        date_creation=row["dateCreationEtablissement"],
        date_debut_activite=row["dateDebut"],
        est_siege=row["etablissementSiege"] == "true",
        etat_administratif=row["etatAdministratifEtablissement"],
        liste_enseignes=[row["enseigne1Etablissement"]] if row["enseigne1Etablissement"] else None,
        statut_diffusion_etablissement=row["statutDiffusionEtablissement"],
    )


def _unit(row: dict[str, str | None], places: list[dict[str, Any]]) -> dict[str, Any]:
    """A row of the stock as the company search tells the same legal unit."""
    first_name = row["prenomUsuelUniteLegale"] or row["prenom1UniteLegale"]
    person = f"{first_name} {row['nomUniteLegale']}"
    return unit(
        str(row["siren"]),
        row["denominationUniteLegale"] or person,
        nom_raison_sociale=row["denominationUniteLegale"],
        nature_juridique=row["categorieJuridiqueUniteLegale"],
        activite_principale=row["activitePrincipaleUniteLegale"],
        activite_principale_naf25=None,
        categorie_entreprise=row["categorieEntreprise"],
        tranche_effectif_salarie=row["trancheEffectifsUniteLegale"],
        date_creation=row["dateCreationUniteLegale"],
        etat_administratif=row["etatAdministratifUniteLegale"],
        statut_diffusion=row["statutDiffusionUniteLegale"],
        siege=next((one for one in places if one["est_siege"]), {}),
        matching_etablissements=places,
    )


def published(folder: Path) -> list[dict[str, Any]]:
    """What the demo's published files hold, as the APIs tell it."""
    places: dict[str | None, list[dict[str, Any]]] = {}
    for row in _rows_of(folder / "StockEtablissement_utf8.csv"):
        places.setdefault(row["siren"], []).append(_place(row))
    units = [
        _unit(row, places.get(row["siren"], [])) for row in _rows_of(folder / "StockUniteLegale_utf8.csv")
    ]
    every_field = dict.fromkeys(notice("A", "0" * 9, "2020-01-01"))
    notices = json.loads((folder / "annonces-commerciales.json").read_text("utf-8"))
    accounts = [
        {name: float(value) if value and name in RATIOS else value for name, value in row.items()}
        for row in _rows_of(folder / "ratios_inpi_bce.csv", ";")
    ]
    return [*units, *({**every_field, **one} for one in notices), *accounts]


@pytest.fixture
def projects(tmp_path: Path, api: LocalApi, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The demo company twice: with the published files, and with APIs that know the same."""
    monkeypatch.setenv("ODS_KEY", KEY)
    monkeypatch.setattr("pipelines.clients.http.Clock", lambda: Waiting().clock)
    by_file, by_api = tmp_path / "file", tmp_path / "api"
    how = f"{{api: {{url: '{api.url}', key: '${{ODS_KEY}}', requests_per_second: 1000}}, max_age_days: 3}}"
    for folder in (by_file, by_api):
        write_demo(folder, seed=3, customers=25, invoices=60)
    config = by_api / "encours.yml"
    head = config.read_text("utf-8").partition("external:")[0]
    config.write_text(
        f"{head}external:\n  sirene: {how}\n  bodacc: {how}\n  accounts: {how}\nworkspace: var\n", "utf-8"
    )
    api.records = published(by_file / "external")
    return by_file, by_api


def identities(project: Path, found: dict[str, list[dict[str, Any]]]) -> list[tuple[Any, ...]]:
    (record,) = found["identities"]
    return duckdb.execute(
        "select party_key, legal_unit_id, method, status from read_parquet(?) order by all",
        [str(project / "var" / record["identities"])],
    ).fetchall()


def test_the_apis_give_what_the_files_give(
    projects: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    by_file, by_api = projects
    files, answers = land(by_file, monkeypatch), land(by_api, monkeypatch)
    assert identities(by_file, files) == identities(by_api, answers)
    ids = {one[1] for one in identities(by_file, files) if one[3] == "accepted"}
    for table, told in (
        (
            "units",
            "legal_unit_id, legal_name, is_sole_trader, legal_category, creation_date, naf_code, headcount_band, "
            "size_category, administrative_state, is_diffusible, head_establishment_id, country_code",
        ),
        (
            "establishments",
            "legal_unit_id, establishment_id, is_head_office, trade_name, naf_code, administrative_state, "
            "state_since, creation_date, postcode, city, is_diffusible",
        ),
    ):
        of_files = [one for one in rows(by_file, files["sirene"], table, told) if one[0] in ids]
        assert len(of_files) > 15
        assert of_files == [one for one in rows(by_api, answers["sirene"], table, told) if one[0] in ids]
    assert rows(by_file, files["accounts"], "accounts") == rows(by_api, answers["accounts"], "accounts") != []
    assert rows(by_file, files["bodacc"], "notices") == rows(by_api, answers["bodacc"], "notices") != []
    assert not any(json.loads(one["warnings"]) for one in answers["bodacc"])


def test_an_api_that_is_down_is_told_with_the_age_of_what_serves(
    projects: tuple[Path, Path], api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, project = projects
    before = land(project, monkeypatch)
    api.always = status(503)
    after = land(project, monkeypatch, DAY + timedelta(days=12))
    for source, table in (("sirene", "units"), ("bodacc", "notices"), ("accounts", "accounts")):
        assert rows(project, after[source], table) == rows(project, before[source], table)
        problem, age = json.loads(after[source][-1]["warnings"])[-2:]
        assert "answers HTTP 503" in problem
        assert age == f"{source}: the last answer is of 12 days ago (2026-11-22); the run uses it."
    assert identities(project, after) == identities(project, before)


def test_an_api_that_never_answered_leaves_the_run_without_it(
    projects: tuple[Path, Path], api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, project = projects
    api.always = status(500)
    found = land(project, monkeypatch)
    for source in ("sirene", "bodacc", "accounts"):
        (record,) = found[source]
        assert record["rows_accepted"] == 0
        assert "nothing was ever received" in record["warnings"]


def test_later_notices_come_with_their_day(
    projects: tuple[Path, Path], api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, project = projects
    first = land(project, monkeypatch)
    owner = next(one[1] for one in identities(project, first) if one[3] == "accepted")
    opening = "Jugement d'ouverture d'une procédure de sauvegarde"
    api.records.append(notice("A2026999999", owner, "2026-11-27", opening))
    later = land(project, monkeypatch, DAY + timedelta(days=7))
    assert [one["known_on"] for one in later["bodacc"]] == [None, "2026-11-29"]
    assert rows(project, later["bodacc"][:1], "notices") == rows(project, first["bodacc"], "notices")
    assert rows(project, later["bodacc"][1:], "notices", "notice_id") == [("A2026999999",)]


def test_no_file_of_the_workspace_holds_the_key(
    projects: tuple[Path, Path], api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, project = projects
    land(project, monkeypatch)
    assert any(asked.headers.get("Authorization") == f"Apikey {KEY}" for asked in api.asked)
    written = [path for path in project.rglob("*") if path.is_file()]
    assert len(written) > 20
    assert not [path for path in written if KEY.encode() in path.read_bytes()]
