"""The demo company's files in the formats that France publishes: FEC, customers, legal units, BODACC; and the truth.

Belongs here: layouts, encodings, spelling. Does not belong here: chance about payments, accounting.
"""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.demo.behaviour import (
    AS_OF,
    COLLAPSED,
    CREDIT_NOTE,
    FIRST_MONTH,
    INVOICE,
    MONTHS_BEFORE,
    NEVER,
    ON_ACCOUNT,
    PAYMENTS,
    THRESHOLDS,
    Documents,
    Health,
    Mechanism,
    Moves,
)
from pipelines.demo.calendar import FIRST_DAY, RUNS, TERMS, calendar, day, month_start
from pipelines.demo.company_life import CONFIG as COMPANIES
from pipelines.demo.company_life import Life, confidentiality_told, nic
from pipelines.demo.events import CONFIG as EVENTS
from pipelines.demo.ledger import ACCOUNTS, AN, FIRST_SUPPLIER, JOURNALS, SUPPLIERS, Books, Effects, Lines
from pipelines.demo.population import SECTORS, SIZES, Customers, luhn_siren, town

COMPANY_NAME, COMPANY_SIREN = "Ateliers Démo SAS", "732829320"
FEC_COLUMNS = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum",
    "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet",
    "ValidDate", "Montantdevise", "Idevise",
)  # fmt: skip
# The oldest year was exported by the former software, in the encoding of its day.
FEC_ENCODINGS = {2023: "iso-8859-15", 2024: "utf-8-sig", 2025: "utf-8"}
_CHUNK = 250_000
DEFAULT_CENTS = 50_000  # owed for more than 90 days

FEC_LEDGER = "  - {kind: fec, path: ledgers/*.txt}\n"
CONFIG = f"""# Demo company, written by `encours demo`. Everything in this folder is invented.
company: {{name: {COMPANY_NAME}, siren: '{COMPANY_SIREN}', currency: EUR, locale: fr}}
ledgers:
{FEC_LEDGER}customers: customers.csv
payment_terms: {{default: '30'}}
{EVENTS}external:
  sirene:
    - external/StockUniteLegale_utf8.csv
{COMPANIES}workspace: var
"""


def write_fec(directory: Path, year: int, lines: Lines, who: Customers) -> Path:
    """Write one year as a FEC: tab separated, CR LF, decimal comma, no quoting; entries by date."""
    order = np.lexsort((lines.order, lines.entry, lines.journal, lines.date, lines.journal != AN))
    lines = lines.take(order)
    path = directory / f"{COMPANY_SIREN}FEC{year}1231.txt"
    text = calendar().text
    codes = np.array([j[0] for j in JOURNALS], dtype=object)
    names = np.array([j[1] for j in JOURNALS], dtype=object)
    numbers = _entry_numbers(lines, codes)
    supplier = lines.aux >= FIRST_SUPPLIER
    index = np.where(lines.aux < 0, -1, np.where(supplier, len(who) + lines.aux - FIRST_SUPPLIER, lines.aux))
    aux_code = np.array([*who.code, *(f"FR{i + 1:03d}" for i in range(SUPPLIERS)), ""], dtype=object)
    aux_name = np.array(
        [*who.name, *(f"Fournisseur {i + 1:03d}" for i in range(SUPPLIERS)), ""], dtype=object
    )
    accounts, position = np.unique(lines.account, return_inverse=True)
    # What is booked in the last month is still a draft: no validation date.
    validated = np.where(lines.date < day(2025, 12, 1), month_start_after(lines.date) + 19, 0)
    amounts = lines.amount.tolist()
    columns: list[Any] = [
        codes[lines.journal],
        names[lines.journal],
        numbers,
        text[lines.date - FIRST_DAY],
        np.array([str(a) for a in accounts], dtype=object)[position],
        np.array([ACCOUNTS[int(a)] for a in accounts], dtype=object)[position],
        aux_code[index],
        aux_name[index],
        lines.ref,
        text[lines.piece_date - FIRST_DAY],
        lines.label,
        [f"{a // 100},{a % 100:02d}" if a > 0 else "0,00" for a in amounts],
        [f"{-a // 100},{-a % 100:02d}" if a < 0 else "0,00" for a in amounts],
        lines.letter,
        _day_or_blank(lines.letter_date),
        _day_or_blank(validated),
    ]
    encoding = FEC_ENCODINGS[year]
    with path.open("w", encoding=encoding, newline="") as out:
        out.write("\t".join(FEC_COLUMNS) + "\r\n")
        for start in range(0, len(lines), _CHUNK):
            part = [column[start : start + _CHUNK] for column in columns]
            out.write("\t\t\r\n".join(map("\t".join, zip(*part, strict=True))) + "\t\t\r\n")
    return path


def _day_or_blank(days: Any) -> Any:
    """``YYYYMMDD`` of each day, blank where it is 0."""
    return np.where(days > 0, calendar().text[np.maximum(days, FIRST_DAY) - FIRST_DAY], "")


def month_start_after(days: Any) -> Any:
    """First day of the month after each day."""
    months = np.asarray(days).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return month_start(months + 1)


def _entry_numbers(lines: Lines, codes: Any) -> Any:
    """EcritureNum: journal and serial, in the order of the file (lines of an entry are neighbours)."""
    new = np.r_[True, (lines.entry[1:] != lines.entry[:-1])]
    out = np.empty(len(lines), dtype=object)
    for journal, code in enumerate(codes):
        chosen = lines.journal == journal
        serial = np.cumsum(new & chosen)[chosen]
        labels = np.array([f"{code}{i:06d}" for i in range(int(serial.max(initial=0)) + 1)], dtype=object)
        out[chosen] = labels[serial]
    return out


def write_customers(path: Path, who: Customers) -> None:
    """Write customers.csv (UTF-8, comma, quotes where needed)."""
    # A credit limit of some two months of purchases, rounded.
    limit = np.maximum(np.rint(who.amount * who.volume / 100 * 2.5 / 1000).astype(np.int64), 1) * 1000
    with path.open("w", encoding="utf-8", newline="") as out:
        sheet = csv.writer(out)
        sheet.writerow(
            [
                "customer_id",
                "name",
                "siren",
                "vat_number",
                "country",
                "payment_terms",
                "credit_limit",
                "sector_code",
                "is_consumer",
                "is_group",
                "city",
                "postcode",
            ]
        )
        for i in range(len(who)):
            place = town(int(who.town[i]))
            french = who.country[i] == "FR"
            sheet.writerow(
                [
                    who.code[i],
                    who.name[i],
                    who.siren[i],
                    who.vat_number[i],
                    who.country[i],
                    TERMS[who.terms[i]].text if who.has_terms[i] else "",
                    "" if i % 9 == 4 else f"{limit[i]}.00",
                    "" if who.is_consumer[i] else SECTORS[who.sector[i]].naf,
                    "true" if who.is_consumer[i] else "false",
                    "true" if who.is_group[i] else "false",
                    place[0] if french else "",
                    place[1] if french else "",
                ]
            )


SIRENE_COLUMNS = (
    "siren", "statutDiffusionUniteLegale", "unitePurgeeUniteLegale", "dateCreationUniteLegale",
    "sigleUniteLegale", "sexeUniteLegale", "prenom1UniteLegale", "prenom2UniteLegale", "prenom3UniteLegale",
    "prenom4UniteLegale", "prenomUsuelUniteLegale", "pseudonymeUniteLegale", "identifiantAssociationUniteLegale",
    "trancheEffectifsUniteLegale", "anneeEffectifsUniteLegale", "dateDernierTraitementUniteLegale",
    "nombrePeriodesUniteLegale", "categorieEntreprise", "anneeCategorieEntreprise", "dateDebut",
    "etatAdministratifUniteLegale", "nomUniteLegale", "nomUsageUniteLegale", "denominationUniteLegale",
    "denominationUsuelle1UniteLegale", "denominationUsuelle2UniteLegale", "denominationUsuelle3UniteLegale",
    "categorieJuridiqueUniteLegale", "activitePrincipaleUniteLegale",
    "nomenclatureActivitePrincipaleUniteLegale", "nicSiegeUniteLegale", "economieSocialeSolidaireUniteLegale",
    "caractereEmployeurUniteLegale",
)  # fmt: skip
_HEADCOUNT = (("NN", "00", "01", "02"), ("03", "11", "12"), ("21", "22", "31"), ("41", "51", "52", "53"))


def write_sirene(rng: np.random.Generator, path: Path, who: Customers, health: Health) -> None:
    """Write an extract of the stock of legal units as published: the customers and some units that are not."""
    iso = calendar().iso
    epoch = np.datetime64("1970-01-01", "D")
    known = np.flatnonzero(who.siren != "")
    known = known[rng.random(len(known)) >= 0.02]
    rows = []
    for i in known.tolist():
        sole = who.legal_form[i] == 1000
        hidden = i % 41 == 17
        ceased = health.closure[i] <= AS_OF or (health.kind[i] == 0 and health.collapse[i] + 200 <= AS_OF)
        since = min(int(health.closure[i]), int(health.collapse[i]) + 200) if ceased else int(who.creation[i])
        words = str(who.name[i]).split()
        size = SIZES[who.size[i]]
        row = dict.fromkeys(SIRENE_COLUMNS, "")
        row.update(
            siren=who.siren[i],
            statutDiffusionUniteLegale="P" if hidden else "O",
            dateCreationUniteLegale=str(epoch + int(who.creation[i])),
            trancheEffectifsUniteLegale=_HEADCOUNT[who.size[i]][i % len(_HEADCOUNT[who.size[i]])],
            anneeEffectifsUniteLegale="2023",
            dateDernierTraitementUniteLegale=f"2025-1{i % 3}-{i % 27 + 1:02d}T07:{i % 60:02d}:11.000",
            nombrePeriodesUniteLegale=str(1 + i % 5),
            categorieEntreprise="PME" if size == "TPE" else size,
            anneeCategorieEntreprise="2023",
            dateDebut=iso[since - FIRST_DAY] if since >= FIRST_DAY else str(epoch + since),
            etatAdministratifUniteLegale="C" if ceased else "A",
            categorieJuridiqueUniteLegale=str(who.legal_form[i]),
            activitePrincipaleUniteLegale=SECTORS[who.sector[i]].naf,
            nomenclatureActivitePrincipaleUniteLegale="NAFRev2",
            nicSiegeUniteLegale=nic(str(who.siren[i]), 1 + i % 8),
            economieSocialeSolidaireUniteLegale="N",
            caractereEmployeurUniteLegale="O" if who.size[i] else "N",
        )
        if sole:
            row.update(
                sexeUniteLegale="FM"[i % 2],
                prenom1UniteLegale="[ND]" if hidden else words[0].upper(),
                prenomUsuelUniteLegale="[ND]" if hidden else words[0].upper(),
                nomUniteLegale="[ND]" if hidden else words[1].upper(),
            )
        else:
            row["denominationUniteLegale"] = "[ND]" if hidden else str(who.name[i]).upper()
        rows.append(row)
    for number in rng.choice(999_999, size=40, replace=False).tolist():
        row = dict.fromkeys(SIRENE_COLUMNS, "")
        siren = luhn_siren(86_000_000 + number)
        row.update(
            siren=siren,
            statutDiffusionUniteLegale="O",
            dateCreationUniteLegale="2008-03-03",
            trancheEffectifsUniteLegale="NN",
            nombrePeriodesUniteLegale="1",
            categorieEntreprise="PME",
            anneeCategorieEntreprise="2023",
            dateDebut="2008-03-03",
            etatAdministratifUniteLegale="A",
            denominationUniteLegale=f"UNITE SANS LIEN {number}",
            categorieJuridiqueUniteLegale="5710",
            activitePrincipaleUniteLegale="70.22Z",
            nomenclatureActivitePrincipaleUniteLegale="NAFRev2",
            nicSiegeUniteLegale=nic(siren, 1),
            economieSocialeSolidaireUniteLegale="N",
            caractereEmployeurUniteLegale="N",
        )
        rows.append(row)
    rows.sort(key=lambda row: str(row["siren"]))
    with path.open("w", encoding="utf-8", newline="") as out:
        sheet = csv.DictWriter(out, SIRENE_COLUMNS, lineterminator="\n")
        sheet.writeheader()
        sheet.writerows(rows)


_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
_OPENING = {
    1: "Jugement d'ouverture de liquidation judiciaire",
    2: "Jugement d'ouverture d'une procédure de redressement judiciaire",
    3: "Jugement d'ouverture d'une procédure de sauvegarde",
}


def write_bodacc(rng: np.random.Generator, path: Path, who: Customers, health: Health, life: Life) -> None:
    """Write the notices as the open-data export gives them: a JSON list, inner objects as JSON strings."""
    notices: list[dict[str, Any]] = []

    def add(
        i: int, days: int, family: str, judgment: dict[str, str] | None, **more: Any
    ) -> dict[str, Any] | None:
        if days > AS_OF or days >= NEVER:
            return None
        notice = _notice(who, i, days, family, judgment, len(notices) + 1, more)
        notices.append(notice)
        return notice

    spelled = rng.random(len(who)) < 0.2
    for i in range(len(who)):
        if not who.siren[i] or who.country[i] != "FR":
            continue
        if health.kind[i] > 0:
            kind = int(health.kind[i])
            opening = add(
                i,
                int(health.publication[i]),
                "collective",
                _judgment(
                    "Jugement d'ouverture", _OPENING[kind], int(health.judgment[i]), bool(spelled[i]), kind
                ),
            )
            if opening is not None and i % 5 == 0:
                add(
                    i,
                    int(health.publication[i]) + 24,
                    "collective",
                    _judgment("Jugement d'ouverture", _OPENING[kind], int(health.judgment[i]), False, kind),
                    typeavis="rectificatif",
                    parent=opening,
                )
            converted = int(health.conversion[i])
            if converted < NEVER:
                name = (
                    "Jugement prononçant la liquidation judiciaire"
                    if i % 2
                    else "Jugement de conversion en liquidation judiciaire de la procédure de redressement judiciaire"
                )
                add(
                    i,
                    converted + 9,
                    "collective",
                    _judgment("Jugement prononçant", name, converted, False, 1),
                )
            elif kind >= 2:
                plan = int(health.judgment[i]) + 300
                name = "Jugement arrêtant le plan de " + ("redressement" if kind == 2 else "sauvegarde")
                add(i, plan + 12, "collective", _judgment("Jugement arrêtant le plan", name, plan, False, 0))
            closed = int(health.closure[i])
            if closed < NEVER:
                name = "Jugement de clôture pour insuffisance d'actif"
                add(i, closed + 8, "collective", _judgment("Jugement de clôture", name, closed, False, 0))
                add(i, closed + 15, "radiation", None)
    for one in life.happenings:
        add(one.customer, one.day, one.family, None, **one.more)
    annulled = next(
        (
            i
            for i in range(5, len(who))
            if who.siren[i] and health.kind[i] == 0 and health.collapse[i] > AS_OF
        ),
        None,
    )
    if annulled is not None:
        # An opening against a solvent customer, annulled on appeal five weeks later.
        text = _judgment("Jugement d'ouverture", _OPENING[2], day(2024, 9, 11), False, 2)
        opening = add(annulled, day(2024, 9, 20), "collective", text)
        add(annulled, day(2024, 10, 25), "collective", text, typeavis="annulation", parent=opening)
    notices.sort(key=lambda notice: (notice["dateparution"], notice["id"]))
    path.write_text(json.dumps(notices, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _judgment(family: str, nature: str, days: int, in_words: bool, kind: int) -> dict[str, str]:
    date = np.datetime64(days, "D").item()
    text = f"{date.day} {_MONTHS[date.month - 1]} {date.year}" if in_words else date.isoformat()
    role = {0: "", 1: "liquidateur", 2: "mandataire judiciaire", 3: "mandataire judiciaire"}[kind]
    out = {"type": "initial", "famille": family, "nature": nature, "date": text}
    if role:
        out["complementJugement"] = (
            f"{nature}, désignant {role} Maître Démo. Les créances sont à déclarer, dans les deux mois de la "
            "présente publication, auprès du " + role + "."
        )
    return out


def _notice(
    who: Customers,
    i: int,
    days: int,
    family: str,
    judgment: dict[str, str] | None,
    serial: int,
    more: dict[str, Any],
) -> dict[str, Any]:
    siren = str(who.siren[i])
    spaced = f"{siren[:3]} {siren[3:6]} {siren[6:]}"
    place, postcode, department, number = town(int(who.town[i]))
    letter = {"collective": "A", "dpc": "C"}.get(family, "B")
    date = np.datetime64(days, "D").item()
    issue = f"{date.year}{int(date.strftime('%j')) * 5 // 7:04d}"
    kind = more.get("typeavis", "annonce")
    parent = more.get("parent")
    sole = who.legal_form[i] == 1000
    words = str(who.name[i]).split()
    person: dict[str, Any] = {
        "typePersonne": "pp" if sole else "pm",
        "numeroImmatriculation": {"numeroIdentification": spaced, "codeRCS": "RCS", "nomGreffeImmat": place},
        "adresseSiegeSocial": {"codePostal": postcode, "ville": place},
    }
    person.update({"nom": words[1], "prenom": words[0]} if sole else {"denomination": str(who.name[i])})
    labels = {
        "collective": "Procédures collectives",
        "dpc": "Dépôts des comptes",
        "radiation": "Radiations",
        "modification": "Modifications diverses",
        "creation": "Créations d'établissements",
        "vente": "Ventes et cessions",
    }
    # Of a sale the person is the buyer, whom nobody here knows; the customer is who sold.
    buyer = more.get("buyer")
    owner = {"personne": person} if buyer else None
    if buyer:
        number_of = {"numeroIdentification": buyer, "codeRCS": "RCS", "nomGreffeImmat": place}
        person = {"typePersonne": "pm", "numeroImmatriculation": number_of, "denomination": "ACQUEREUR SAS"}
    return {
        "id": f"{letter}{issue}{serial}",
        "publicationavis": letter,
        "publicationavis_facette": f"Bodacc {letter}",
        "parution": issue,
        "dateparution": date.isoformat(),
        "numeroannonce": serial,
        "typeavis": kind,
        "typeavis_lib": {"annonce": "Avis initial", "rectificatif": "Avis rectificatif"}.get(
            kind, "Avis d'annulation"
        ),
        "familleavis": family,
        "familleavis_lib": labels[family],
        "numerodepartement": number,
        "departement_nom_officiel": department,
        "tribunal": f"Greffe du Tribunal de Commerce de {place}",
        "commercant": str(who.name[i]),
        "ville": place,
        "registre": [buyer] if buyer else [spaced, siren] if i % 2 else [siren, spaced],
        "cp": postcode,
        "pdf_parution_subfolder": 0,
        "ispdf_unitaire": "oui",
        "listepersonnes": _inner({"personne": person}),
        "listeetablissements": None,
        "jugement": None
        if judgment is None
        else _inner({**judgment, "type": "initial" if parent is None else kind}),
        "acte": None,
        "modificationsgenerales": _inner({"descriptif": more["descriptif"]})
        if family == "modification"
        else None,
        "radiationaurcs": _inner({"radiationPM": {"dateRadiation": date.isoformat()}})
        if family == "radiation"
        else None,
        "depot": _inner(
            {
                "dateCloture": more["closing"],
                "typeDepot": "Comptes annuels et rapports",
                **confidentiality_told(more),
            }
        )
        if "closing" in more
        else None,
        "listeprecedentexploitant": None,
        "listeprecedentproprietaire": _inner(owner) if owner else None,
        "divers": None,
        "parutionavisprecedent": None
        if parent is None
        else _inner(
            {
                "nomPublication": "BODACC A",
                "numeroParution": parent["parution"],
                "dateParution": parent["dateparution"],
                "numeroAnnonce": parent["numeroannonce"],
            }
        ),
        "url_complete": None,
    }


def _inner(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def write_truth(
    directory: Path, who: Customers, mechanism: Mechanism, docs: Documents, moves: Moves, books: Books
) -> list[Path]:
    """Write what the generator knows and no ledger tells. Tests alone read it.

    documents.parquet: one receivable document: its true due date and payment day, what the ledger leaves open on
    the as-of day, the probabilities of being paid late given the hidden state on its issue day.
    document_months.parquet: one invoice open at one month end of the books: the same probabilities given the hidden
    state of that day, 1 where it is that late already.
    settlements.parquet: one settlement of a document (amount in EUR, signed as what the document loses).
    customers.parquet: one customer's hidden habits and fate. customer_months.parquet: one customer and month end:
    hidden stage; the probability of a default by collapse within twelve months; that of letting, without one, a
    document above the threshold of default become more than 90 days late (nearly: documents taken as independent).
    """
    directory.mkdir(parents=True, exist_ok=True)
    health = mechanism.health
    effects = books.effects
    known = effects.day <= AS_OF
    count = len(docs)
    open_cents = np.zeros(count, dtype=np.int64)
    np.add.at(open_cents, effects.document[known], effects.amount[known])
    cash = np.isin(moves.what, PAYMENTS)
    last_cash = np.full(count, -1, dtype=np.int64)
    np.maximum.at(last_cash, moves.document[cash], moves.day[cash])
    final = np.zeros(count, dtype=np.int64)
    np.add.at(final, effects.document, effects.amount)
    paid = np.zeros(count, dtype=np.int64)
    np.add.at(paid, moves.document[cash], moves.amount[cash])
    # Paid in cash and closed, whether before or after the as-of day; never for what a collapse left unpaid.
    closes = (final == 0) & (paid > 0) & (books.written_off_on >= NEVER) & (docs.kind != CREDIT_NOTE)
    closes &= docs.kind != ON_ACCOUNT
    paid_on = np.where(closes, last_cash, -1)
    kinds = np.array(["invoice", "deposit", "credit_note", "on_account"], dtype=object)
    stage = _stage_at(health, docs.customer, docs.issue)
    paths = [
        _parquet(
            directory / "documents.parquet",
            {
                "document_number": books.document_refs.tolist(),
                "customer_id": who.code[docs.customer].tolist(),
                "kind": kinds[docs.kind].tolist(),
                "is_before_books": docs.is_before_books,
                "issue_date": _date(docs.issue),
                "entry_date": _date(docs.entry),
                "due_date": _date(docs.due),
                "amount": _money(docs.amount),
                "open_amount": _money(np.where(docs.entry <= AS_OF, open_cents, 0)),
                "paid_on": _date(paid_on, paid_on >= 0),
                "doubtful_on": _date(books.doubtful_on, books.doubtful_on <= AS_OF),
                "written_off_on": _date(books.written_off_on, books.written_off_on <= AS_OF),
                "is_disputed": docs.is_disputed,
                "stage_at_issue": stage.astype(np.int8),
                **{
                    name: pa.array(getattr(docs, name), from_pandas=True)
                    for name in ("p_late", "p_late_30", "p_late_90")
                },
            },
        )
    ]
    names = (
        "transfer", "direct_debit", "rejection", "bill", "suspense", "refund", "credit_note", "advance", "set_off",
    )  # fmt: skip
    other = np.where(moves.other >= 0, moves.other, 0)
    paths.append(
        _parquet(
            directory / "settlements.parquet",
            {
                "document_number": books.document_refs[moves.document].tolist(),
                "customer_id": who.code[docs.customer[moves.document]].tolist(),
                "settled_on": _date(moves.day),
                "amount": _money(moves.amount),
                "kind": np.array(names, dtype=object)[moves.what].tolist(),
                "other_document_number": [
                    r if o >= 0 else None
                    for r, o in zip(books.document_refs[other], moves.other, strict=True)
                ],
                "is_in_ledger": moves.day <= AS_OF,
            },
        )
    )
    default_on, reason = default_events(who, health, docs, effects)
    paths.append(
        _parquet(
            directory / "customers.parquet",
            {
                "customer_id": who.code.tolist(),
                "size": [SIZES[s] for s in who.size],
                "sector_code": [SECTORS[s].naf for s in who.sector],
                "true_terms": [TERMS[t].text for t in who.terms],
                "has_terms": who.has_terms,
                "payment_run": [RUNS[r] for r in who.run],
                **mechanism.hidden(),
                "collapse_date": _date(health.collapse, health.collapse < NEVER),
                "judgment_date": _date(health.judgment, health.judgment < NEVER),
                "publication_date": _date(health.publication, health.publication < NEVER),
                "conversion_date": _date(health.conversion, health.conversion < NEVER),
                "default_date": _date(default_on, default_on < NEVER),
                "default_reason": reason,
            },
        )
    )
    months = 36
    ends = month_start(FIRST_MONTH + MONTHS_BEFORE + np.arange(months) + 1) - 1
    open_at = [_open_invoices(docs, effects, end) for end in ends.tolist()]
    pd = mechanism.default_within_a_year()
    stages = health.stage[:, MONTHS_BEFORE : MONTHS_BEFORE + months]
    follows = (default_on[:, None] > ends[None, :]) & (default_on[:, None] <= ends[None, :] + 365)
    # Once a customer has collapsed, what follows is settled: chance is over.
    pd = np.where(stages == COLLAPSED, follows.astype(np.float64), pd)
    paths.append(
        _parquet(
            directory / "customer_months.parquet",
            {
                "customer_id": np.repeat(who.code, months).tolist(),
                "month_end": _date(np.tile(ends, len(who))),
                "stage": stages.ravel().astype(np.int8),
                "is_in_default": (default_on[:, None] <= ends[None, :]).ravel(),
                "p_default_12m": pd.ravel(),
                "defaults_within_12m": follows.ravel(),
                "p_overdue_12m": overdue_within_a_year(mechanism, docs, open_at, ends, len(who)).ravel(),
            },
        )
    )
    paths.append(
        _document_months(directory / "document_months.parquet", mechanism, docs, moves, books, open_at, ends)
    )
    return paths


def _open_invoices(docs: Documents, effects: Effects, end: int) -> Any:
    """The invoices that are open at the end of a day."""
    known = effects.day <= end
    cents = np.zeros(len(docs), dtype=np.int64)
    np.add.at(cents, effects.document[known], effects.amount[known])
    return np.flatnonzero((docs.kind == INVOICE) & (docs.entry <= end) & (cents > 0))


def _document_months(
    path: Path,
    mechanism: Mechanism,
    docs: Documents,
    moves: Moves,
    books: Books,
    open_at: list[Any],
    ends: Any,
) -> Path:
    """The chances of every invoice that is open at a month end."""
    at, days = np.concatenate(open_at), np.repeat(ends, [len(found) for found in open_at])
    late = mechanism.late_at(docs, moves, at, days)
    chances = {f"p_late{f'_{k}' if k else ''}": late[:, j] for j, k in enumerate(THRESHOLDS)}
    numbers = books.document_refs[at].tolist()
    return _parquet(path, {"document_number": numbers, "month_end": _date(days), **chances})


def overdue_within_a_year(
    mechanism: Mechanism, docs: Documents, open_at: list[Any], ends: Any, customers: int
) -> Any:
    """(customer, month): chance that an invoice above the threshold of default becomes more than 90 days late.

    Of the invoices open at the month end, and of those to come: what a customer will buy nobody knows then, so they
    are those of the year before once more, a year later. The threshold is the larger of 500 EUR and 1 % of the
    customer's usual billing of a year (DOMAIN §4); what is disputed is no default.
    """
    billed = (docs.kind == INVOICE) & ~docs.is_before_books
    usual = np.bincount(docs.customer[billed], weights=docs.amount[billed], minlength=customers) / 3
    large = (docs.kind == INVOICE) & (docs.amount >= np.maximum(DEFAULT_CENTS, 0.01 * usual)[docs.customer])
    year = 365
    again = replace(
        docs,
        issue=docs.issue + year,
        entry=docs.entry + year,
        due=docs.due + year,
        is_disputed=np.zeros(len(docs), dtype=bool),
    )
    late_on = docs.due + THRESHOLDS[-1] + 1
    none = np.zeros((customers, len(ends)))
    for these, is_later in ((docs, False), (again, True)):
        found = []
        for end, is_open in zip(ends.tolist(), open_at, strict=True):
            if is_later:
                counts = (docs.issue > end - year) & (docs.issue <= end) & (late_on <= end)
            else:
                counts = np.zeros(len(docs), dtype=bool)
                counts[is_open] = True
                counts &= ~docs.is_disputed & (late_on > end) & (late_on <= end + year)
            found.append(np.flatnonzero(counts & large))
        at, months = np.concatenate(found), np.repeat(np.arange(len(ends)), [len(one) for one in found])
        chance = mechanism.overdue_at(these, at, ends[months])
        np.add.at(none, (docs.customer[at], months), np.log1p(-np.minimum(chance, 1 - 1e-12)))
    return (1 - np.exp(none)).round(9)


def default_events(
    who: Customers, health: Health, docs: Documents, effects: Any
) -> tuple[Any, list[str | None]]:
    """Day and reason of each collapsed customer's default: the notice, or what it owes being 90 days due.

    The second is the first day on which documents left unpaid, each more than 90 days past due, exceed 500 EUR
    (the share of billing is left to the warehouse). Open documents of customers that did not collapse do not count:
    those are disputes and oversights.
    """
    final = np.zeros(len(docs), dtype=np.int64)
    cash = np.zeros(len(docs), dtype=np.int64)
    np.add.at(final, effects.document, effects.amount)
    late = effects.amount < 0
    np.add.at(cash, effects.document[late], effects.amount[late])
    c = docs.customer
    fallen = health.collapse < NEVER
    unpaid = (
        (docs.kind <= 1)
        & fallen[c]
        & (docs.due + 91 >= health.collapse[c])
        & (docs.issue < health.judgment[c])
    )
    last = np.zeros(len(docs), dtype=np.int64)
    np.maximum.at(last, effects.document, effects.day)
    unpaid &= (final > 0) | (last > docs.due + 90)
    default_on = health.publication.copy()
    d = np.flatnonzero(unpaid)
    d = d[np.lexsort((docs.due[d], c[d]))]
    owed = docs.amount[d]
    running = np.cumsum(owed)
    first = np.searchsorted(c[d], c[d], side="left")
    running = running - np.where(first > 0, running[first - 1], 0)
    event = np.full(len(who), NEVER, dtype=np.int64)
    enough = running > DEFAULT_CENTS
    np.minimum.at(event, c[d][enough], docs.due[d][enough] + 91)
    reason = [
        None if min(p, e) >= NEVER else ("proceedings" if p <= e else "overdue_90")
        for p, e in zip(default_on.tolist(), event.tolist(), strict=True)
    ]
    return np.minimum(default_on, event), reason


def _stage_at(health: Health, customer: Any, days: Any) -> Any:
    months = np.asarray(days).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) - FIRST_MONTH
    return health.stage[customer, np.clip(months, 0, health.stage.shape[1] - 1)]


def _date(days: Any, valid: Any = None) -> pa.Array:
    mask = None if valid is None else ~np.asarray(valid)
    return pa.array(np.asarray(days).astype(np.int32), mask=mask).cast(pa.date32())


def _money(cents: Any) -> pa.Array:
    """Cents as DECIMAL(18,2), exactly."""
    return pa.array([Decimal(c).scaleb(-2) for c in np.asarray(cents).tolist()], pa.decimal128(18, 2))


def _parquet(path: Path, columns: dict[str, Any]) -> Path:
    pq.write_table(pa.table(columns), path, compression="zstd")
    return path
