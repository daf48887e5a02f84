"""Records of the public APIs for tests: short ones of their format, and the real ones where they are."""

from __future__ import annotations

import json
from typing import Any

from stdnum import luhn

from tests.real_data import REAL_DATA

Record = dict[str, Any]
FIXTURES = REAL_DATA / "fr_api_fixtures/src/e2e-mock/fixtures"


def siren(number: int) -> str:
    """The SIREN of eight digits and their check digit."""
    return f"{number:08d}" + luhn.calc_check_digit(f"{number:08d}")


def siret(owner: str, number: int = 1) -> str:
    """The SIRET of a company's establishment."""
    return f"{owner}{number:04d}" + luhn.calc_check_digit(f"{owner}{number:04d}")


def notice(notice_id: str, owner: str, published: str, nature: str | None = None, **more: Any) -> Record:
    """A notice as version 2.1 of the Explore API gives it: every field is there."""
    judgment = {"type": "initial", "famille": "Jugement", "nature": nature, "date": published}
    return {
        "id": notice_id,
        "publicationavis": "A",
        "dateparution": published,
        "typeavis": "annonce",
        "familleavis": "collective" if nature else "creation",
        "numerodepartement": "69",
        "tribunal": "Greffe du Tribunal de Commerce de Lyon",
        "registre": [owner, f"{owner[:3]} {owner[3:6]} {owner[6:]}"],
        "listepersonnes": None,
        "jugement": json.dumps(judgment, ensure_ascii=False) if nature else None,
        "depot": None,
        "modificationsgenerales": None,
        "acte": None,
        "radiationaurcs": None,
        "parutionavisprecedent": None,
        **more,
    }


def ratios(owner: str, closing: str, turnover: float | None = 1000000, **more: Any) -> Record:
    """A year's ratios as version 2.1 of the Explore API gives them."""
    return {
        "siren": owner,
        "date_cloture_exercice": closing,
        "chiffre_d_affaires": turnover,
        "marge_brute": turnover,
        "ebe": 20000,
        "ebit": 15000,
        "resultat_net": 12000,
        "taux_d_endettement": 85.681,
        "ratio_de_liquidite": 260.954,
        "ratio_de_vetuste": None,
        "autonomie_financiere": 37.761,
        "poids_bfr_exploitation_sur_ca": 36.249,
        "couverture_des_interets": 5.034,
        "caf_sur_ca": 16.661,
        "capacite_de_remboursement": 3.865,
        "marge_ebe": 50.253,
        "resultat_courant_avant_impots_sur_ca": 13.268,
        "poids_bfr_exploitation_sur_ca_jours": 130.495,
        "rotation_des_stocks_jours": 0.672,
        "credit_clients_jours": 42.6,
        "credit_fournisseurs_jours": 116.598,
        "type_bilan": "C",
        "confidentiality": "Public",
        **more,
    }


def place(owner: str, number: int = 1, **more: Any) -> Record:
    """An establishment of a company search's result, as the head office is told."""
    return {
        "siret": siret(owner, number),
        "activite_principale": "68.20B",
        "adresse": "65 RUE D'AVON 77300 FONTAINEBLEAU",
        "code_postal": "77300",
        "libelle_commune": "FONTAINEBLEAU",
        "numero_voie": "65",
        "type_voie": "RUE",
        "libelle_voie": "D'AVON",
        "date_creation": "2023-09-01",
        "date_debut_activite": "2023-09-01",
        "date_fermeture": None,
        "date_mise_a_jour_insee": "2025-12-05T17:05:39",
        "est_siege": True,
        "etat_administratif": "A",
        "liste_enseignes": ["L'AVONNAISE"],
        "nom_commercial": None,
        "statut_diffusion_etablissement": "O",
        **more,
    }


def unit(owner: str, name: str = "ATELIERS D'AVON", **more: Any) -> Record:
    """A result of the company search."""
    return {
        "siren": owner,
        "nom_complet": name,
        "nom_raison_sociale": name,
        "sigle": None,
        "siege": place(owner),
        "activite_principale": "68.20B",
        "activite_principale_naf25": "68.20H",
        "categorie_entreprise": "PME",
        "date_creation": "2023-09-01",
        "date_fermeture": None,
        "date_mise_a_jour": "2026-05-17T11:41:28",
        "date_mise_a_jour_insee": "2025-12-06T10:51:17",
        "date_mise_a_jour_rne": "2024-05-19T17:01:20",
        "dirigeants": [{"nom": "DURAND", "prenoms": "MARIE", "date_de_naissance": "1970-01"}],
        "etat_administratif": "A",
        "nature_juridique": "5710",
        "tranche_effectif_salarie": "11",
        "statut_diffusion": "O",
        "matching_etablissements": [],
        "complements": {"est_bio": False},
        "finances": None,
        **more,
    }


def recorded(name: str) -> list[Record]:
    """The recorded answer of version 1 of a data set, as version 2.1 gives the same records: with every field."""
    whole = json.loads((FIXTURES / name).read_text(encoding="utf-8"))
    empty = dict.fromkeys(
        notice("A", "0" * 9, "2020-01-01") if name == "bodacc.json" else ratios("0" * 9, "")
    )
    records = []
    for one in whole["records"]:
        fields = {**empty, **one["fields"]}
        if isinstance(fields.get("registre"), str):
            fields["registre"] = fields["registre"].split(",")
        records.append(fields)
    return records


def recorded_units() -> list[Record]:
    """Every real result of the company search, each company once."""
    found: dict[str, Record] = {}
    for path in sorted((FIXTURES / "recherche-entreprise").glob("*.json")):
        for one in json.loads(path.read_text(encoding="utf-8"))["result"]["results"]:
            found.setdefault(one["siren"], one)
    return list(found.values())
