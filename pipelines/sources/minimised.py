"""What is kept of a public record: what the pipeline uses and what makes it evidence, nobody's home nor family.

What belongs here: which fields of an answer of the company search and of a BODACC notice are kept, in snapshots and in
the column `raw`. What does not: reading them (`company_search`, `bodacc`), how long they are kept
(`pipelines.privacy`).

A notice stays evidence by its number, its day, its court and its address on bodacc.fr: there it is read whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Record = dict[str, Any]

_UNIT = {
    *("siren", "nom_complet", "nom_raison_sociale", "sigle", "etat_administratif", "nature_juridique"),
    *(
        "activite_principale",
        "activite_principale_naf25",
        "date_creation",
        "date_fermeture",
        "statut_diffusion",
    ),
    *("tranche_effectif_salarie", "categorie_entreprise", "date_mise_a_jour", "date_mise_a_jour_insee"),
    *("siege", "matching_etablissements"),
}
_ESTABLISHMENT = {
    *(
        "siret",
        "est_siege",
        "etat_administratif",
        "code_postal",
        "libelle_commune",
        "libelle_commune_etranger",
    ),
    *("statut_diffusion_etablissement", "liste_enseignes", "nom_commercial", "activite_principale"),
    *("date_debut_activite", "date_creation", "date_mise_a_jour_insee"),
}
_OPPOSED = ("P", "N")
_NAMES = ("nom_complet", "nom_raison_sociale", "sigle")
_NOTICE = {
    *("id", "publicationavis", "publicationavis_facette", "parution", "dateparution", "numeroannonce"),
    *("typeavis", "typeavis_lib", "familleavis", "familleavis_lib", "numerodepartement"),
    *("departement_nom_officiel", "tribunal", "registre", "jugement", "depot", "modificationsgenerales"),
    *("parutionavisprecedent", "url_complete", "commercant", "ville", "cp"),
}
_PEOPLE = ("listepersonnes", "listeprecedentproprietaire", "listeprecedentexploitant")
_COMPANY = ("typePersonne", "numeroImmatriculation", "denomination", "formeJuridique")
_PERSON = ("typePersonne", "numeroImmatriculation")
_ABOUT_PERSONS = ("commercant", "ville", "cp")


def unit(record: Mapping[str, Any]) -> Record:
    """A result of the company search without managers, elected persons, streets; names only of who is published."""
    kept = {name: value for name, value in record.items() if name in _UNIT}
    if kept.get("statut_diffusion") in _OPPOSED:
        kept |= {name: None for name in _NAMES if name in kept}
    if kept.get("siege"):
        kept["siege"] = _establishment(kept["siege"], kept.get("statut_diffusion"))
    if kept.get("matching_etablissements"):
        kept["matching_etablissements"] = [
            _establishment(one, kept.get("statut_diffusion")) for one in kept["matching_etablissements"]
        ]
    return kept


def _establishment(given: Any, status: Any) -> Any:
    if not isinstance(given, dict):
        return given
    kept = {name: value for name, value in given.items() if name in _ESTABLISHMENT}
    if status in _OPPOSED or kept.get("statut_diffusion_etablissement") in _OPPOSED:
        told = (
            "code_postal",
            "libelle_commune",
            "libelle_commune_etranger",
            "liste_enseignes",
            "nom_commercial",
        )
        kept |= {name: None for name in told if name in kept}
    return kept


def notice(record: Mapping[str, Any]) -> Record:
    """A notice without names and addresses of natural persons, nor managers; inner objects as they are given."""
    kept = {name: value for name, value in record.items() if name in _NOTICE}
    has_person = False
    for name in _PEOPLE:
        if name in record:
            kept[name], named = _people(record[name])
            has_person = has_person or named
    if has_person:
        kept |= {name: None for name in _ABOUT_PERSONS if name in kept}
    return kept


def _people(value: Any) -> tuple[Any, bool]:
    """The persons of a notice, each by its number and, of a company, its name; and whether one is a natural person."""
    if isinstance(value, str):
        try:
            inner = json.loads(value)
        except ValueError:
            # Not what the format says: of whom it tells is not known.
            return None, True
        people, named = _people(inner)
        return json.dumps(people, ensure_ascii=False, separators=(",", ":")), named
    if isinstance(value, list):
        found = [_people(one) for one in value]
        return [people for people, _ in found], any(named for _, named in found)
    if not isinstance(value, dict):
        return None, False
    if "personne" in value:
        people, named = _people(value["personne"])
        return {"personne": people}, named
    is_company = value.get("typePersonne") == "pm" or (
        "typePersonne" not in value and "denomination" in value
    )
    return {
        name: value[name] for name in (_COMPANY if is_company else _PERSON) if name in value
    }, not is_company


__all__ = ["notice", "unit"]
