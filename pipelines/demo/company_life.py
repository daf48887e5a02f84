"""What registers tell of the demo's customers beside proceedings: addresses, filed accounts, ordinary notices.

Belongs here: chance about accounts, managers, seats and sales, consistent with each customer's health; the two files
that tell of it. Does not belong here: proceedings, the layout of a notice (`files`).

A customer on its way down files late or not at all, shows weaker accounts, changes managers and seat more often.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from stdnum import luhn

from pipelines.demo.behaviour import AS_OF, NEVER, Health
from pipelines.demo.calendar import day
from pipelines.demo.population import Customers, luhn_siren, town

CONFIG = """    - external/StockEtablissement_utf8.csv
  bodacc: external/annonces-commerciales.json
  accounts: external/ratios_inpi_bce.csv
"""
YEARS = (2021, 2022, 2023, 2024)
_NO_ACCOUNTS = (1000, 7210)  # sole traders, public bodies
# Share of accounts that are confidential, and of those that are so in part, by size: the law allows it to the small.
_CONFIDENTIAL = ((0.72, 0.1), (0.3, 0.3), (0.0, 0.05), (0.0, 0.0))
_TURNOVER = (450_000, 4_800_000, 85_000_000, 900_000_000)
_NOTICE_OF_CONFIDENTIALITY = (
    "Les comptes annuels sont accompagnés d'une déclaration de confidentialité en application du premier ou "
    "deuxième alinéa de l'article L. 232-25."
)
_WORDED = {
    "managers": "Modification survenue sur l'administration.",
    "address": "Transfert du siège social.",
    "capital": "Modification survenue sur le capital.",
    "name": "Modification survenue sur la dénomination.",
}
# Yearly chance of a change, in health and in the last ten months before a collapse.
_CHANGES = {"managers": (0.06, 0.55), "address": (0.03, 0.3), "capital": (0.03, 0.04), "name": (0.008, 0.01)}


@dataclass(frozen=True)
class Happening:
    """A notice of ordinary life: customer, day of publication, family, and what the notice's layout needs more."""

    customer: int
    day: int
    family: str
    more: Mapping[str, Any]


@dataclass(frozen=True)
class Life:
    """What happened, and the rows of the set of filed accounts."""

    happenings: tuple[Happening, ...]
    accounts: tuple[Mapping[str, Any], ...]


def draw_life(rng: np.random.Generator, who: Customers, health: Health) -> Life:
    """Draw the ordinary life of every French customer that has a SIREN."""
    happenings: list[Happening] = []
    accounts: list[Mapping[str, Any]] = []
    for i in range(len(who)):
        # As many draws for every customer: one more customer changes nobody else's life.
        chances, figures = rng.random((len(YEARS), 10)), rng.normal(0, 1, (len(YEARS) + 1, 10))
        if not who.siren[i] or who.country[i] != "FR":
            continue
        end = min(int(health.collapse[i]), int(health.closure[i]), AS_OF + 1)
        created = int(who.creation[i])
        if created > day(2022, 1, 1):
            happenings.append(Happening(i, created + 12, "creation", {}))
        for at, year in enumerate(YEARS):
            closing = day(year, 12, 31)
            down = min(max(1 - (int(health.collapse[i]) - closing) / 730, 0), 1)
            if who.legal_form[i] not in _NO_ACCOUNTS and created < closing - 180:
                published = day(year + 1, 7, 4) + int(chances[at, 0] * 60) + int(120 * down * chances[at, 1])
                if published < end and chances[at, 2] > 0.06 + 0.6 * down:
                    hidden = _confidentiality(int(who.size[i]), float(chances[at, 3]))
                    told = {"closing": f"{year}-12-31", "confidential": hidden == "Confidentiel"}
                    happenings.append(Happening(i, published, "dpc", told))
                    accounts.append(_accounts(who, i, year, hidden, down, figures[-1], figures[at]))
            if who.legal_form[i] == _NO_ACCOUNTS[1]:
                continue
            for place, (kind, (healthy, failing)) in enumerate(_CHANGES.items()):
                when = day(year, 2, 1) + int(365 * chances[at, 8] + 29 * place) % 365
                is_failing = 0 <= int(health.collapse[i]) - when < 300
                if chances[at, 4 + place] < (failing if is_failing else healthy) and when < end:
                    happenings.append(Happening(i, when, "modification", {"descriptif": _WORDED[kind]}))
        if chances[0, 9] < 0.02 and int(who.stop[i]) < AS_OF and health.collapse[i] >= NEVER:
            happenings.append(
                Happening(i, int(who.stop[i]) + 30, "vente", {"buyer": luhn_siren(85_000_000 + i)})
            )
    return Life(tuple(happenings), tuple(accounts))


def _confidentiality(size: int, chance: float) -> str:
    whole, part = _CONFIDENTIAL[size]
    return (
        "Confidentiel"
        if chance < whole
        else "Partiellement confidentiel"
        if chance < whole + part
        else "Public"
    )


def confidentiality_told(more: Mapping[str, Any]) -> dict[str, str]:
    """The description of a filing with a declaration of confidentiality."""
    return {"descriptif": _NOTICE_OF_CONFIDENTIALITY} if more["confidential"] else {}


def _accounts(
    who: Customers, i: int, year: int, hidden: str, down: float, own: Any, chance: Any
) -> dict[str, Any]:
    """A row of the set, as it is published: zeros where the income statement is withheld, blanks where all is."""
    base = _TURNOVER[int(who.size[i])] * float(np.exp(0.5 * own[0]))
    turnover = round(base * (1 + 0.03 * (year - 2021)) * (1 - 0.25 * down) * float(np.exp(0.05 * chance[0])))
    margin = 8.5 + 3.5 * float(own[1]) + 1.5 * float(chance[1]) - 13 * down
    ebitda = round(turnover * margin / 100)
    ebit = ebitda - round(turnover * 0.025)
    whole = {
        "chiffre_d_affaires": turnover,
        "marge_brute": round(turnover * min(max(0.45 + 0.12 * float(own[2]), 0.12), 0.9)),
        "ebe": ebitda,
        "ebit": ebit,
        "resultat_net": round(ebit * (0.74 if ebit > 0 else 1.05)),
    }
    of_turnover = {
        "couverture_des_interets": round(max(6 + 5 * float(own[3]) + 30 * down, 0.2), 3),
        "marge_ebe": round(margin, 3),
        "credit_clients_jours": round(max(48 + 14 * float(own[4]) + 4 * float(chance[4]), 1.5), 3),
        "credit_fournisseurs_jours": round(
            max(54 + 13 * float(own[5]) + 4 * float(chance[5]) + 48 * down, 2.5), 3
        ),
    }
    of_balance = {
        "autonomie_financiere": round(36 + 11 * float(own[6]) + 3 * float(chance[6]) - 34 * down, 3),
        "taux_d_endettement": round(max(70 + 38 * float(own[7]), 0) + 140 * down, 3),
        "ratio_de_liquidite": round(max(185 + 45 * float(own[8]) + 8 * float(chance[8]) - 95 * down, 22), 3),
    }
    figures: dict[str, Any] = {}
    if hidden == "Public":
        figures = {**whole, **of_turnover, **of_balance}
    elif hidden == "Partiellement confidentiel":
        figures = {**dict.fromkeys(whole, 0), "resultat_net": whole["resultat_net"], **of_balance}
    return {
        "siren": who.siren[i],
        "date_cloture_exercice": f"{year}-12-31",
        **figures,
        "type_bilan": "S" if who.size[i] == 0 else "C",
        "confidentiality": hidden,
    }


ACCOUNTS_COLUMNS = (
    "siren", "date_cloture_exercice", "chiffre_d_affaires", "marge_brute", "ebe", "ebit", "resultat_net",
    "taux_d_endettement", "ratio_de_liquidite", "ratio_de_vetuste", "autonomie_financiere",
    "poids_bfr_exploitation_sur_ca", "couverture_des_interets", "caf_sur_ca", "capacite_de_remboursement",
    "marge_ebe", "resultat_courant_avant_impots_sur_ca", "poids_bfr_exploitation_sur_ca_jours",
    "rotation_des_stocks_jours", "credit_clients_jours", "credit_fournisseurs_jours", "type_bilan",
    "confidentiality",
)  # fmt: skip


def write_accounts(path: Path, life: Life) -> None:
    """Write the filed accounts as the open-data export gives them: CSV with `;`."""
    with path.open("w", encoding="utf-8", newline="") as out:
        sheet = csv.DictWriter(out, ACCOUNTS_COLUMNS, delimiter=";", lineterminator="\r\n", restval="")
        sheet.writeheader()
        sheet.writerows(sorted(life.accounts, key=lambda row: (row["siren"], row["date_cloture_exercice"])))


ESTABLISHMENT_COLUMNS = (
    "siren", "nic", "siret", "statutDiffusionEtablissement", "dateCreationEtablissement",
    "trancheEffectifsEtablissement", "anneeEffectifsEtablissement",
    "activitePrincipaleRegistreMetiersEtablissement", "dateDernierTraitementEtablissement",
    "etablissementSiege", "nombrePeriodesEtablissement", "complementAdresseEtablissement",
    "numeroVoieEtablissement", "indiceRepetitionEtablissement", "typeVoieEtablissement",
    "libelleVoieEtablissement", "codePostalEtablissement", "libelleCommuneEtablissement", "dateDebut",
    "etatAdministratifEtablissement", "enseigne1Etablissement", "denominationUsuelleEtablissement",
    "activitePrincipaleEtablissement", "nomenclatureActivitePrincipaleEtablissement",
    "caractereEmployeurEtablissement",
)  # fmt: skip
_STREETS = (
    ("RUE", "DES LILAS"),
    ("AV", "JEAN JAURES"),
    ("ZA", "DES PRES"),
    ("QUAI", "DU PORT"),
    ("BD", "VOLTAIRE"),
)


def nic(siren: str, number: int) -> str:
    """The internal number of an establishment: four digits, and the one by which the SIRET's checksum holds."""
    digits = f"{number:04d}"
    return digits + str(luhn.calc_check_digit(siren + digits))


def write_establishments(path: Path, units: Path, who: Customers) -> None:
    """Write the stock of establishments of the units in the stock of legal units: head offices, some with a branch."""
    customer = {str(number): i for i, number in enumerate(who.siren) if number}
    rows = []
    with units.open(encoding="utf-8", newline="") as handle:
        for unit in csv.DictReader(handle):
            siren = unit["siren"]
            i = customer.get(siren, int(siren[3:8]))
            for place in range(2 if i % 6 == 2 else 1):
                number = unit["nicSiegeUniteLegale"] if not place else nic(siren, 90 + i % 5)
                hidden = unit["statutDiffusionUniteLegale"] != "O"
                home = int(who.town[i]) if siren in customer else i % 12
                city, postcode, *_ = town(home if not place else (home + 3) % 12)
                kind, street = _STREETS[(i + place) % len(_STREETS)]
                row = dict.fromkeys(ESTABLISHMENT_COLUMNS, "")
                row.update(
                    siren=siren,
                    nic=number,
                    siret=siren + number,
                    statutDiffusionEtablissement=unit["statutDiffusionUniteLegale"],
                    dateCreationEtablissement=unit["dateCreationUniteLegale"],
                    dateDernierTraitementEtablissement=unit["dateDernierTraitementUniteLegale"],
                    etablissementSiege="false" if place else "true",
                    nombrePeriodesEtablissement="1",
                    numeroVoieEtablissement="[ND]" if hidden else str(1 + i % 97),
                    typeVoieEtablissement="[ND]" if hidden else kind,
                    libelleVoieEtablissement="[ND]" if hidden else street,
                    codePostalEtablissement="[ND]" if hidden else postcode,
                    libelleCommuneEtablissement=city.upper(),
                    dateDebut=unit["dateDebut"],
                    etatAdministratifEtablissement="F"
                    if unit["etatAdministratifUniteLegale"] == "C"
                    else "A",
                    activitePrincipaleEtablissement=unit["activitePrincipaleUniteLegale"],
                    nomenclatureActivitePrincipaleEtablissement="NAFRev2",
                    caractereEmployeurEtablissement=unit["caractereEmployeurUniteLegale"],
                )
                rows.append(row)
    rows.sort(key=lambda row: row["siret"])
    with path.open("w", encoding="utf-8", newline="") as out:
        sheet = csv.DictWriter(out, ESTABLISHMENT_COLUMNS, lineterminator="\n")
        sheet.writeheader()
        sheet.writerows(rows)


__all__ = [
    "CONFIG",
    "Life",
    "confidentiality_told",
    "draw_life",
    "nic",
    "write_accounts",
    "write_establishments",
]
