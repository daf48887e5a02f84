"""What the pages say of cash: the thirteen weeks, what past forecasts were worth, other terms. French, then English.

What belongs here: the messages of `dashboards.cash`. What does not: any other message (`dashboards.messages`).
"""

from __future__ import annotations

CASH_MESSAGES: dict[str, tuple[str, str]] = {
    "page.cash": ("Trésorerie", "Cash"),
    "shell.workbook.cash": (
        "Excel : trésorerie par semaine, prévisions passées, délais",
        "Excel: cash by week, past forecasts, terms",
    ),
    "cash.headline": (
        "{total} devraient être encaissés en 13 semaines, entre {low} et {high}",
        "{total} should come in over 13 weeks, between {low} and {high}",
    ),
    "cash.headline.none": (
        "Aucun encaissement à prévoir : aucun document ouvert avec échéance, aucune facturation récente",
        "No cash to forecast: no open document with a due date, no recent billing",
    ),
    "cash.lead": (
        "Semaines du lundi au dimanche, la première à partir du lendemain de l'arrêté. Documents ouverts selon leurs "
        "courbes de paiement, facturation récurrente à part ; quatre semaines sur cinq devraient tomber entre P10 et "
        "P90.",
        "Weeks from Monday to Sunday, the first from the day after the as-of day. Open documents by their payment "
        "curves, recurring billing apart; four weeks in five should fall between P10 and P90.",
    ),
    "cash.scenario.open_items": ("Documents ouverts", "Open documents"),
    "cash.scenario.expected_billing": ("Facturation à venir", "Billing to come"),
    "cash.scenario.total": ("Total", "Total"),
    "cash.name.median": ("Total, médiane", "Total, median"),
    # --- tiles
    "cash.tile.total": ("Attendu en 13 semaines", "Expected over 13 weeks"),
    "cash.tile.month": ("Attendu en 4 semaines", "Expected over 4 weeks"),
    "cash.tile.open": ("Dont documents ouverts", "Of which open documents"),
    "cash.tile.billing": ("Dont facturation à venir", "Of which billing to come"),
    "cash.tile.past_due": ("Déjà échu", "Past due already"),
    "cash.tile.error": ("Écart passé", "Past error"),
    "cash.tile.range": ("P10 à P90 : {low} à {high}", "P10 to P90: {low} to {high}"),
    "cash.tile.contractual": ("exigible : {amount}", "due by contract: {amount}"),
    "cash.tile.estimate": ("rythme de l'année passée", "at the past year's pace"),
    "cash.tile.late": ("à encaisser au plus tôt", "to be collected first"),
    "cash.tile.naive": (
        "par semaine, 1 à 4 ; sans modèle : {naive}",
        "by week, 1 to 4; without a model: {naive}",
    ),
    "cash.tile.unproven": ("aucune semaine passée à juger", "no past week to judge"),
    # --- the weeks
    "cash.weeks.title": (
        "La semaine la plus forte : {amount} à partir du {day}",
        "The strongest week: {amount} from {day}",
    ),
    "cash.weeks.subtitle": (
        "Encaissements attendus par semaine, {unit} ; trait : P10 à P90 du total",
        "Expected cash by week, {unit}; line: P10 to P90 of the total",
    ),
    "cash.weeks.caption": ("Encaissements par semaine", "Cash by week"),
    "cash.weeks.hover": (
        "semaine du {day} · {name} : {amount}",
        "week from {day} · {name}: {amount}",
    ),
    "cash.weeks.hover.range": ("semaine du {day} : {low} à {high}", "week from {day}: {low} to {high}"),
    "cash.sum.title": (
        "Au contrat {due} des documents ouverts ; attendu d'eux {expected}",
        "By contract {due} of open documents; expected of them {expected}",
    ),
    "cash.sum.subtitle": (
        "Encaissements cumulés, {unit} ; bande : P10 à P90 du total",
        "Cumulative cash, {unit}; band: P10 to P90 of the total",
    ),
    "cash.sum.caption": ("Encaissements cumulés", "Cumulative cash"),
    "cash.name.contractual": ("À l'échéance", "By due date"),
    "cash.col.first_day": ("Du", "From"),
    "cash.col.last_day": ("Au", "To"),
    "cash.col.open": ("Documents ouverts", "Open documents"),
    "cash.col.billing": ("Facturation à venir", "Billing to come"),
    "cash.col.expected": ("Attendu", "Expected"),
    "cash.col.contractual": ("À l'échéance", "By due date"),
    "cash.col.past_due": ("Dont échu", "Of which past due"),
    "cash.col.scenario": ("Part", "Part"),
    "cash.col.actual": ("Encaissé", "Came in"),
    "cash.col.naive": ("Sans modèle", "Without a model"),
    "cash.col.cut_off": ("Prévu au", "Forecast on"),
    "cash.weeks.note": (
        "P10 : une fois sur dix, il rentre moins ; P90 : une fois sur dix, il rentre plus. Les quantiles ne "
        "s'additionnent pas d'une semaine à l'autre ; l'attendu, lui, s'additionne, et n'est donc pas la médiane. À "
        "l'échéance, tout ce qui est déjà échu compte dans la première semaine.",
        "P10: one time in ten, less comes in; P90: one time in ten, more does. Quantiles do not add up from week to "
        "week; the expected amount does, and so is not the median. By due date, all that is past due already counts "
        "in the first week.",
    ),
    # --- from receivables to cash
    "cash.book": ("De l'encours à la trésorerie", "From receivables to cash"),
    "cash.book.lead": (
        "Ce que devient chaque euro de l'encours à l'arrêté.",
        "What becomes of each euro of the receivables on the as-of day.",
    ),
    "cash.book.caption": ("L'encours par destin", "Receivables by what becomes of them"),
    "cash.book.within": ("Attendu dans les 13 semaines", "Expected within the 13 weeks"),
    "cash.book.later": ("Attendu plus tard", "Expected later"),
    "cash.book.frozen": (
        "Gelé par une procédure collective (art. L. 622-7)",
        "Frozen by collective proceedings (art. L. 622-7)",
    ),
    "cash.book.credits": (
        "Avoirs et règlements non imputés sans document à éteindre",
        "Credit notes and payments on account with nothing to set them against",
    ),
    "cash.book.undated": ("Sans date de paiement connue", "Of unknown date of payment"),
    "cash.book.total": ("Encours clients", "Receivables"),
    # --- what past forecasts were worth
    "cash.proof": ("Ce que valaient les prévisions passées", "What past forecasts were worth"),
    "cash.proof.lead": (
        "La même prévision refaite à chaque fin de mois passée, avec ce qui était connu alors, puis comparée à ce qui "
        "est rentré. Écart : somme des écarts hebdomadaires rapportée aux encaissements. Sans modèle : l'échéance "
        "décalée de la médiane du client (documents ouverts), le trimestre précédent (le reste).",
        "The same forecast made at each past month end with what was known then, and compared with what came in. "
        "Error: weekly errors added up, over the cash. Without a model: the due date moved by the customer's median "
        "delay (open documents), the quarter before (the rest).",
    ),
    "cash.proof.none": (
        "L'historique est trop court pour refaire une prévision passée et la juger.",
        "The history is too short to make a past forecast and to judge it.",
    ),
    "cash.proof.title": (
        "En moyenne de {n} fins de mois, {expected} prévus et {actual} encaissés en 13 semaines",
        "On average of {n} month ends, {expected} forecast and {actual} received over 13 weeks",
    ),
    "cash.proof.subtitle": (
        "Les 13 semaines qui suivent chaque fin de mois, {unit}",
        "The 13 weeks after each month end, {unit}",
    ),
    "cash.proof.caption": ("Prévu et encaissé en 13 semaines", "Forecast and received over 13 weeks"),
    "cash.proof.hover": ("{month} · {name} : {amount}", "{month} · {name}: {amount}"),
    "cash.name.actual": ("encaissé", "came in"),
    "cash.name.forecast": ("prévu", "forecast"),
    "cash.worth.caption": ("Écart et couverture par horizon", "Error and cover by horizon"),
    "cash.worth.span": ("{name}, semaines {span}", "{name}, weeks {span}"),
    "cash.worth.weeks": ("Semaines jugées", "Weeks judged"),
    "cash.worth.error": ("Écart", "Error"),
    "cash.worth.cover": ("Entre P10 et P90 (80 % voulu)", "Between P10 and P90 (80% wanted)"),
    # --- other terms
    "cash.terms": ("Et avec d'autres délais ?", "And with other terms?"),
    "cash.terms.lead": (
        "Pour les factures émises à partir du lendemain de l'arrêté ; celles déjà émises gardent leur échéance. "
        "Hypothèse : chaque client garde ses habitudes, le même retard après l'échéance et les mêmes jours de "
        "paiement.",
        "For invoices issued from the day after the as-of day; those issued already keep their due dates. Assumption: "
        "each customer keeps its habits, the same delay after the due date and the same payment days.",
    ),
    "cash.terms.none": (
        "Aucune facturation récurrente : il n'y a rien à déplacer.",
        "No recurring billing: there is nothing to move.",
    ),
    "cash.terms.all": ("Tous les clients", "All customers"),
    "cash.terms.customer": ("Client", "Customer"),
    "cash.terms.terms": ("Délai", "Terms"),
    "cash.terms.title": (
        "{name}, {terms} : {cash} en 13 semaines, {need} de besoin de financement à terme",
        "{name}, {terms}: {cash} over 13 weeks, {need} of financing need in the long run",
    ),
    "cash.terms.subtitle": (
        "Encaissements de la semaine par rapport aux délais actuels, {unit}",
        "Cash of the week compared with today's terms, {unit}",
    ),
    "cash.terms.chart.caption": (
        "Écart par semaine avec les délais actuels",
        "Difference by week from today's terms",
    ),
    "cash.terms.hover": ("semaine du {day} : {amount}", "week from {day}: {amount}"),
    "cash.terms.caption": ("Tous les clients à un autre délai", "All customers on other terms"),
    "cash.terms.customers.caption": (
        "Un client à un autre délai : les {n} plus facturés",
        "One customer on other terms: the {n} billed most",
    ),
    "cash.terms.note": (
        "DSO et besoin de financement à terme, une fois toute la facturation au nouveau délai : facturation par jour × "
        "jours gagnés. Plafond légal : 60 jours, ou 45 jours fin de mois (art. L. 441-10 I).",
        "DSO and financing need in the long run, once all billing is on the new terms: billing per day × days gained. "
        "Legal ceiling: 60 days, or 45 days end of month (art. L. 441-10 I).",
    ),
    "cash.terms.within": ("respecté", "kept"),
    "cash.terms.over": ("dépassé", "exceeded"),
    "cash.col.terms": ("Délai", "Terms"),
    "cash.col.term_days": ("Jours aujourd'hui", "Days today"),
    "cash.col.term_days_then": ("Jours ensuite", "Days then"),
    "cash.col.dso_change": ("DSO", "DSO"),
    "cash.col.cash_change": ("Trésorerie à 13 semaines", "Cash over 13 weeks"),
    "cash.col.financing": ("Besoin de financement", "Financing need"),
    "cash.col.cost": ("Coût par an", "Cost per year"),
    "cash.col.ceiling": ("Plafond légal", "Legal ceiling"),
    "cash.col.change": ("Écart", "Difference"),
}
