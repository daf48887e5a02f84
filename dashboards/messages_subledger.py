"""What the pages say otherwise where a sub-ledger tells the facts: French, then English.

What belongs here: messages of `dashboards.messages` whose words name the ledger or its accounts, for companies whose
documents and payments come from a sub-ledger. What does not: any other message.
"""

from __future__ import annotations

SUBLEDGER_MESSAGES: dict[str, tuple[str, str]] = {
    "footer.tie": (
        "Rapproché de la comptabilité auxiliaire : {amount}, écart {difference}",
        "Ties to the sub-ledger: {amount}, difference {difference}",
    ),
    "footer.tie_failed.one": (
        "Un écart avec la comptabilité auxiliaire ({amount}), détaillé à la page Audit",
        "One difference from the sub-ledger ({amount}), itemised on the audit page",
    ),
    "footer.tie_failed.other": (
        "{n} écarts avec la comptabilité auxiliaire ({amount}), détaillés à la page Audit",
        "{n} differences from the sub-ledger ({amount}), itemised on the audit page",
    ),
    "footer.no_tie": (
        "Rapprochement à la comptabilité auxiliaire absent",
        "No tie-out to the sub-ledger",
    ),
    "footer.rows.one": ("{n} ligne comptable lue", "{n} row read"),
    "footer.rows.other": ("{n} lignes comptables lues", "{n} rows read"),
    "notice.assumed": (
        "{share} du montant facturé sur douze mois porte une échéance supposée : les pièces n'en donnent pas. "
        "Tous les retards ci-dessous sont calculés sur les conditions par défaut, non sur celles des factures.",
        "{share} of the amount billed over twelve months has an assumed due date: the documents give none. "
        "Every lateness figure below rests on default terms, not on those of the invoices.",
    ),
    "missing.dso": (
        "Pas de DSO à trois mois : les pièces ne couvrent pas trois mois entiers de facturation.",
        "No three-month DSO: the documents do not cover three whole months of billing.",
    ),
    "missing.comparison": (
        "Pas de comparaison : il n'y a pas de DSO trois mois plus tôt.",
        "No comparison: there is no DSO three months earlier.",
    ),
    "headline.empty.one": (
        "Cette comptabilité auxiliaire ne porte presque aucune créance : {n} écriture, pour un solde de {amount}.",
        "This sub-ledger holds almost no receivables: {n} row, for a balance of {amount}.",
    ),
    "headline.empty.other": (
        "Cette comptabilité auxiliaire ne porte presque aucune créance : {n} écritures, pour un solde de {amount}.",
        "This sub-ledger holds almost no receivables: {n} rows, for a balance of {amount}.",
    ),
    "lead.empty": (
        "Trop peu de pièces : il n'y a ni DSO, ni balance âgée, ni risque à mesurer, et aucun client n'est inventé.",
        "Too few documents: there is no DSO, ageing or risk to measure, and no customer is invented.",
    ),
    "tile.receivables.title": (
        "Factures ouvertes moins règlements non affectés : le solde de la comptabilité auxiliaire",
        "Open documents less unallocated payments: the balance of the sub-ledger",
    ),
    "dso.months.caption": (
        "Jours sauf montants et parts ; un tiret : la fenêtre commence avant la première pièce, ou rien "
        "n'est à mesurer",
        "Days, except amounts and shares; a dash: the window starts before the first document, or there is "
        "nothing to measure",
    ),
    "ageing.customers.lead": (
        "Encours décroissant. Le total est le solde de la comptabilité auxiliaire.",
        "Largest balance first. The total is the balance of the sub-ledger.",
    ),
    "risk.model.none": (
        "Aucun résultat hors période : l'historique est trop court pour mesurer un modèle. Les probabilités sont "
        "celles de la référence, le taux de retard par client.",
        "No out-of-time result: the history is too short to measure a model. Probabilities are those of the "
        "reference, the customer's late rate.",
    ),
    "check.published_tie_out": (
        "Postes publiés et lignes de la comptabilité auxiliaire, dernier jour",
        "Published items and rows of the sub-ledger, last day",
    ),
    "check.total_tie_out": (
        "Postes ouverts et lignes de la comptabilité auxiliaire",
        "Open items and rows of the sub-ledger",
    ),
    "check.customer_tie_out": (
        "Postes ouverts et comptabilité auxiliaire, client par client",
        "Open items and sub-ledger, customer by customer",
    ),
    "audit.headline.tie": (
        "Les postes ouverts sont égaux au solde de la comptabilité auxiliaire, {amount}, au centime",
        "Open items equal the balance of the sub-ledger, {amount}, to the cent",
    ),
    "audit.headline.exceptions.one": (
        "{n} écart avec la comptabilité auxiliaire est détaillé ci-dessous",
        "{n} difference from the sub-ledger is itemised below",
    ),
    "audit.headline.exceptions.other": (
        "{n} écarts avec la comptabilité auxiliaire sont détaillés ci-dessous",
        "{n} differences from the sub-ledger are itemised below",
    ),
    "audit.headline.no_tie": (
        "Aucun rapprochement à la comptabilité auxiliaire n'est disponible",
        "No tie-out to the sub-ledger is available",
    ),
    "audit.tie": ("Rapprochement à la comptabilité auxiliaire", "Tie-out to the sub-ledger"),
    "audit.due.caption": (
        "Origine des échéances, sur toutes les pièces",
        "Where due dates come from, over all documents",
    ),
    "audit.restated.none": (
        "Les pièces ne couvrent aucune fin de mois antérieure à l'arrêté : rien n'a pu être révisé.",
        "The documents cover no month end before the as-of date: nothing can have been restated.",
    ),
    "audit.restated.undated": (
        "Pour {amount} de règlements rapprochés, rien ne dit quand ils l'ont été.",
        "For {amount} of matched settlements nothing says when they were matched.",
    ),
    "audit.settlement.caption": (
        "Règlements affectés, par méthode, sur tous les règlements",
        "Payments applied, by method, over all payments",
    ),
    "method.ledger": ("comptabilité auxiliaire", "recorded in the sub-ledger"),
    "statutory.headline.alone": (
        "Au {day}, {invoices} échues restent impayées pour {amount} {basis}, sans chiffre d'affaires connu",
        "On {day}, {invoices} past due were unpaid for {amount} {basis}, without known turnover",
    ),
    "statutory.note.vat.one": (
        "La TVA d'une facture en retard n'est pas connue : elle est comptée TTC ({amount}).",
        "The VAT of one late invoice is not known: it is counted with VAT ({amount}).",
    ),
    "statutory.note.vat.other": (
        "La TVA de {n} factures en retard n'est pas connue : elles sont comptées TTC ({amount}).",
        "The VAT of {n} late invoices is not known: they are counted with VAT ({amount}).",
    ),
    "statutory.note.disputed": (
        "(B) : factures en litige à la clôture ; elles sortent de (A). Une facture non comptabilisée n'est pas "
        "connue ici.",
        "(B): invoices in dispute at the closing; they leave (A). An invoice that is not booked is not known here.",
    ),
    "statutory.gloss.turnover": (
        "classe 70, ou ce qui est facturé sans grand livre",
        "turnover: class 70 of the ledger, or what was billed where there is none",
    ),
    "statutory.penalties.lead": (
        "{total} seraient exigibles de {customers} sur toute la période : {interest} d'intérêts et {indemnity} "
        "d'indemnités de recouvrement.",
        "{total} could be claimed from {customers} over the whole period: {interest} of interest and {indemnity} of "
        "recovery indemnities.",
    ),
    "provisions.tie": (
        "Matrice {matrix} + hors matrice {apart} = {together} ; comptabilité auxiliaire {ledger}, écart {difference}.",
        "Matrix {matrix} + outside it {apart} = {together}; sub-ledger {ledger}, difference {difference}.",
    ),
    "provisions.tie.caption": (
        "La matrice et ce qui en est à part font l'encours de la comptabilité auxiliaire",
        "The matrix and what stands apart make up the receivables of the sub-ledger",
    ),
    "provisions.tie.ledger": ("Comptabilité auxiliaire", "Sub-ledger"),
}
