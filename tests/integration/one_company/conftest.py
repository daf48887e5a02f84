"""One whole run of a tiny company that its modules share: a sole trader among its customers, and a refused line."""

from __future__ import annotations

import csv
import json

import pytest

from pipelines.demo.files import SIRENE_COLUMNS
from tests.ledgers import Fec
from tests.projects import CONFIG, FIRM, NAME, NUMBER, SIREN, Project


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Her name in the ledger, its labels, a refused line, the customers' file, a dispute, the register, a notice."""
    folder = tmp_path_factory.mktemp("person")
    fec = Fec()
    for month in (1, 2, 3):
        fec.invoice(f"2025-0{month}-10", NUMBER, f"F{month}-Quattrocchi", 1200)
        fec.invoice(f"2025-0{month}-11", "BRIQUES", f"B{month}", 600)
    # So many lines that one refused is no reason to refuse the file.
    for day in range(1, 29):
        fec.invoice(f"2025-02-{day:02d}", "BRIQUES", f"X{day}", 10)
    fec.receipt("2025-03-20", NUMBER, 1200, label="VIR Quattrocchi Zéphirine")
    for row in fec.rows:
        if row["CompAuxNum"] == NUMBER:
            row["CompAuxLib"] = NAME
    project = Project(folder)
    fec.write(project.ledger)
    with project.ledger.open("a", encoding="utf-8", newline="") as ledger:
        ledger.write(
            "\t".join(["VE", "Ventes", "V9", "20259931", "411000", "", NUMBER, NAME, "X", "", NAME]) + "\r\n"
        )
    project.config.write_text(
        CONFIG
        + "customers: customers.csv\nevents: {disputes: disputes.csv}\n"
        + "external: {sirene: stock.csv, bodacc: notices.json}\nprivacy: {contact: dpo@exemple.fr}\n",
        encoding="utf-8",
    )
    (folder / "customers.csv").write_text(
        f"customer_id,name,siren\n{NUMBER},{NAME},{SIREN}\nBRIQUES,Briques SARL,{FIRM}\n", encoding="utf-8"
    )
    (folder / "disputes.csv").write_text(
        f"dispute_id,customer_id,opened_on,reason\nd1,{NUMBER},2025-03-01,Madame Quattrocchi a crié\n"
        "d2,BRIQUES,2025-03-02,Casse\n",
        encoding="utf-8",
    )
    units = []
    for siren, category, names in (
        (SIREN, "1000", {"nomUniteLegale": "QUATTROCCHI", "prenom1UniteLegale": "ZEPHIRINE"}),
        (FIRM, "5499", {"denominationUniteLegale": "BRIQUES SARL"}),
    ):
        units.append(
            {
                **dict.fromkeys(SIRENE_COLUMNS, ""), "siren": siren, "statutDiffusionUniteLegale": "O",
                "dateCreationUniteLegale": "2001-02-03", "dateDebut": "2010-01-01",
                "etatAdministratifUniteLegale": "A", "categorieJuridiqueUniteLegale": category,
                "activitePrincipaleUniteLegale": "25.62B", **names,
            }
        )  # fmt: skip
    with (folder / "stock.csv").open("w", encoding="utf-8", newline="") as stock:
        sheet = csv.DictWriter(stock, SIRENE_COLUMNS)
        sheet.writeheader()
        sheet.writerows(units)
    person = {
        "typePersonne": "pp",
        "nom": "QUATTROCCHI",
        "prenom": "Zéphirine",
        "adresse": {"ville": "Zurbach"},
    }
    notice = {
        "id": "A20250001", "dateparution": "2025-03-15", "familleavis": "collective", "typeavis": "annonce",
        "registre": [SIREN], "commercant": "QUATTROCCHI", "ville": "Zurbach", "tribunal": "Lyon",
        "numerodepartement": "69", "listepersonnes": json.dumps({"personne": person}), "parutionavisprecedent": None,
        "jugement": json.dumps(
            {"type": "initial", "famille": "Jugement d'ouverture", "date": "2025-03-10",
             "nature": "Jugement d'ouverture de redressement judiciaire"}
        ),
        "depot": None, "modificationsgenerales": None,
    }  # fmt: skip
    (folder / "notices.json").write_text(json.dumps([notice]), encoding="utf-8")
    project.run()
    return project
