"""What is kept of public records tells nobody's home, family or managers, and stays evidence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.sources import minimised
from tests.real_data import REAL_DATA

NUMBER = {"numeroImmatriculation": {"numeroIdentification": "482 309 382", "nomGreffeImmat": "Lyon"}}
HOME = {"adresse": {"numeroVoie": "3", "nomVoie": "des Lilas", "ville": "Zurbach"}}
TRADER = {
    "typePersonne": "pp",
    "nom": "Quattrocchi",
    "prenom": "Zephirin",
    "nationalite": "I",
    **NUMBER,
    **HOME,
}
COMPANY = {
    "typePersonne": "pm", "denomination": "BRIQUES SARL", "administration": "Gerant : Quattrocchi", **NUMBER, **HOME,
}  # fmt: skip


def record(**more: Any) -> dict[str, Any]:
    """A notice as the export gives it."""
    return {
        "id": "A20240001", "dateparution": "2024-01-15", "familleavis": "collective", "tribunal": "Lyon",
        "commercant": "Quattrocchi Zephirin", "ville": "Zurbach", "cp": "69999", "registre": ["482309382"],
        "url_complete": "https://www.bodacc.fr/A20240001", "listeetablissements": json.dumps(HOME),
        "divers": "Epouse Quattrocchi", "jugement": json.dumps({"nature": "Jugement d'ouverture"}), **more,
    }  # fmt: skip


@pytest.mark.parametrize("as_text", [True, False])
@pytest.mark.parametrize("listed", [True, False])
def test_a_natural_person_is_left_by_number_alone(as_text: bool, listed: bool) -> None:
    people: Any = {"personne": [TRADER, COMPANY] if listed else TRADER}
    kept = minimised.notice(record(listepersonnes=json.dumps(people) if as_text else people))
    text = json.dumps(kept).casefold()
    assert not any(
        mark in text for mark in ("quattrocchi", "zephirin", "lilas", "zurbach", "69999", "epouse")
    )
    assert ("briques" in text) is listed
    assert (kept["id"], kept["tribunal"], kept["url_complete"]) == (
        "A20240001",
        "Lyon",
        "https://www.bodacc.fr/A20240001",
    )
    assert "482 309 382" in text and "jugement d'ouverture" in text
    assert minimised.notice(kept) == kept


def test_a_company_keeps_its_name_and_loses_its_managers() -> None:
    kept = minimised.notice(record(commercant="BRIQUES SARL", listepersonnes={"personne": COMPANY}))
    assert kept["commercant"] == "BRIQUES SARL"
    assert kept["listepersonnes"]["personne"] == {
        "typePersonne": "pm", "denomination": "BRIQUES SARL", **NUMBER,
    }  # fmt: skip


def test_a_list_that_cannot_be_read_is_not_kept() -> None:
    kept = minimised.notice(record(listepersonnes="{broken: Quattrocchi"))
    assert kept["listepersonnes"] is None and kept["commercant"] is None


FIXTURES = REAL_DATA / "fr_api_fixtures/src/e2e-mock/fixtures/recherche-entreprise"


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="no real answers here")
def test_real_answers_lose_managers_and_streets_and_nothing_that_is_read(tmp_path: Path) -> None:
    from pipelines.sources.companies import Wanted
    from pipelines.sources.company_search import land_company_search

    results = [
        result
        for path in sorted(FIXTURES.glob("search-[0-9]*.json"))
        for result in json.loads(path.read_text(encoding="utf-8"))["result"]["results"]
    ]
    # The saved answers were asked for without them.
    results = [
        {**result, "dirigeants": [{"nom": "Quattrocchi", "date_de_naissance": "1970-01"}]}
        for result in results
    ]
    kept = [minimised.unit(result) for result in results]
    text = json.dumps(kept)
    assert not any(
        mark in text for mark in ("dirigeants", "date_de_naissance", "libelle_voie", "adresse", "prenoms")
    )
    landed = []
    for name, given in (("whole", results), ("kept", kept)):
        path = tmp_path / f"{name}.jsonl"
        path.write_text("\n".join(json.dumps(one) for one in given), encoding="utf-8")
        found = land_company_search(path, tmp_path / name, tmp_path / name / "refused", Wanted())
        landed.append({table: place.read_bytes() for table, place in found.tables.items()})
    assert landed[0] == landed[1]
