"""What the pages say of companies: early warnings, registers, identities, groups. French, then English.

What belongs here: the messages of `dashboards.companies`. What does not: any other message (`dashboards.messages`).
"""

from __future__ import annotations

COMPANY_MESSAGES: dict[str, tuple[str, str]] = {
    "warnings": ("Signaux d'alerte", "Early warnings"),
    "warnings.none": (
        "Aucun signal d'alerte sur les trois derniers mois pour un client qui doit quelque chose.",
        "No early warning over the last three months on a customer that owes anything.",
    ),
    "warnings.count.one": (
        "{n} signal sur les trois derniers mois, chez un client qui doit encore.",
        "{n} sign over the last three months, on a customer that still owes.",
    ),
    "warnings.count.other": (
        "{n} signaux sur les trois derniers mois, chez des clients qui doivent encore.",
        "{n} signs over the last three months, on customers that still owe.",
    ),
    "warnings.new.one": (
        "{n} est nouveau depuis la publication arrêtée au {day}.",
        "{n} is new since the release of {day}.",
    ),
    "warnings.new.other": (
        "{n} sont nouveaux depuis la publication arrêtée au {day}.",
        "{n} are new since the release of {day}.",
    ),
    "warnings.first": (
        "Première publication : la suivante dira lesquels sont nouveaux.",
        "First release: the next one will tell which are new.",
    ),
    "warnings.lead": (
        "Les nouveaux d'abord, puis par force du signal multipliée par l'encours. Un client en défaut n'y figure plus.",
        "New ones first, then by strength times what is owed. A customer in default is no longer among them.",
    ),
    "warnings.caption.one": ("{shown} signal affiché sur {n}", "{shown} of {n} sign shown"),
    "warnings.caption.other": ("{shown} signaux affichés sur {n}", "{shown} of {n} signs shown"),
    "warnings.times": ("{text} ({times} fois, la dernière)", "{text} ({times} times, the last one)"),
    "warnings.mark": ("Nouveau\u202f:", "New:"),
    "warning.growing_delays": (
        "retards en hausse : {days} jours de plus sur trois mois que sur l'année",
        "growing delays: {days} days more over three months than over the year",
    ),
    "warning.falling_billing": (
        "facturation en baisse de {share} sur trois mois par rapport à l'année",
        "billing down {share} over three months against the year",
    ),
    "warning.falling_orders": (
        "commandes en baisse de {share} sur trois mois par rapport à l'année",
        "orders down {share} over three months against the year",
    ),
    "warning.first_partial_payment": (
        "premier règlement partiel : {share} de la facture reste dû",
        "first partial payment: {share} of the invoice left open",
    ),
    "warning.first_dispute": ("premier litige", "first dispute"),
    "warning.broken_promise": ("promesse de règlement non tenue", "promise to pay broken"),
    "warning.payment_rejected": ("règlement rejeté par la banque", "payment rejected by the bank"),
    "warning.unfiled_accounts": (
        "comptes annuels non déposés dans le délai, alors que ceux d'avant l'étaient",
        "annual accounts not filed in time, when earlier ones were",
    ),
    "warning.negative_equity": (
        "capitaux propres négatifs dans les derniers comptes : {share} du bilan",
        "negative equity in the latest accounts: {share} of the balance sheet",
    ),
    "warning.group_proceedings": (
        "procédure collective d'une société du même groupe",
        "proceedings of a company of the same group",
    ),
    "warning.address_changed": ("transfert du siège", "registered office moved"),
    "warning.managers_changed": ("changement de dirigeants", "change of managers"),
    "warnings.evidence": (
        "Ce que ces signaux ont valu dans vos propres livres : ceux d'il y a plus d'un an, suivis ou non d'un défaut "
        "dans l'année",
        "What these signs were worth in your own books: those more than a year old, followed or not by a default "
        "within the year",
    ),
    "sign.growing_delays": ("retards en hausse", "growing delays"),
    "sign.falling_billing": ("facturation en baisse", "falling billing"),
    "sign.falling_orders": ("commandes en baisse", "falling orders"),
    "sign.first_partial_payment": ("premier règlement partiel", "first partial payment"),
    "sign.first_dispute": ("premier litige", "first dispute"),
    "sign.broken_promise": ("promesse non tenue", "broken promise"),
    "sign.payment_rejected": ("règlement rejeté", "payment rejected"),
    "sign.unfiled_accounts": ("comptes non déposés", "accounts not filed"),
    "sign.negative_equity": ("capitaux propres négatifs", "negative equity"),
    "sign.group_proceedings": ("procédure dans le groupe", "proceedings in the group"),
    "sign.address_changed": ("transfert du siège", "registered office moved"),
    "sign.managers_changed": ("changement de dirigeants", "change of managers"),
    "sign.any_month": ("un mois quelconque où le client devait", "any month in which a customer owed"),
    "col.signs": ("Observations", "Observations"),
    "col.followed": ("Suivies d'un défaut", "Followed by default"),
    "col.default_rate": ("Taux", "Rate"),
    "register_events": ("Ce que disent les registres", "What the registers tell"),
    "register_events.lead": (
        "Publié dans les trois derniers mois au sujet de vos clients, avec ce qu'ils devaient ce jour-là et ce qu'ils "
        "doivent encore.",
        "Published over the last three months about your customers, with what they owed on that day and still owe.",
    ),
    "register_events.caption": ("Événements publiés jusqu'au {day}", "Events published up to {day}"),
    "register_event.opening_safeguard": ("ouverture d'une sauvegarde", "safeguard opened"),
    "register_event.opening_receivership": ("ouverture d'un redressement", "receivership opened"),
    "register_event.opening_liquidation": ("ouverture d'une liquidation", "liquidation opened"),
    "register_event.conversion_receivership": (
        "conversion en redressement judiciaire",
        "conversion into receivership",
    ),
    "register_event.conversion_liquidation": (
        "conversion en liquidation judiciaire",
        "conversion into liquidation",
    ),
    "register_event.plan": ("plan arrêté par le tribunal", "plan adopted by the court"),
    "register_event.closure": ("clôture de la procédure", "proceedings closed"),
    "register_event.annulment": ("jugement annulé", "judgment annulled"),
    "register_event.struck_off": ("radiation du registre", "struck off the register"),
    "register_event.ceased": ("cessation d'activité", "ceased"),
    "register_event.sale": ("vente ou cession du fonds", "business sold or transferred"),
    "register_event.address": ("transfert du siège", "registered office moved"),
    "register_event.managers": ("changement de dirigeants", "change of managers"),
    "register_event.capital": ("modification du capital", "capital changed"),
    "register_event.name": ("changement de dénomination", "name changed"),
    "groups": ("Groupes", "Groups"),
    "groups.lead": (
        "Des clients que dirige une même société, et ce qu'ils doivent ensemble.",
        "Customers headed by one company, and what they owe together.",
    ),
    "groups.caption": ("Encours par groupe", "Receivables by group"),
    "identities": ("Qui est qui", "Who is who"),
    "identities.known.one": (
        "{n} client sur {all} est rattaché à une société ({share} de l'encours).",
        "{n} of {all} customers is tied to a company ({share} of receivables).",
    ),
    "identities.known.other": (
        "{n} clients sur {all} sont rattachés à une société ({share} de l'encours).",
        "{n} of {all} customers are tied to a company ({share} of receivables).",
    ),
    "identities.doubtful.one": (
        "{n} rapprochement est douteux et attend une décision dans le fichier des rapprochements.",
        "{n} match is doubtful and waits for a decision in the matches file.",
    ),
    "identities.doubtful.other": (
        "{n} rapprochements sont douteux et attendent une décision dans le fichier des rapprochements.",
        "{n} matches are doubtful and wait for a decision in the matches file.",
    ),
    "identities.accounts": (
        "Derniers comptes de ces sociétés : {names}.",
        "Latest accounts of these companies: {names}.",
    ),
    "identities.accounts.public.one": ("{n} public", "{n} public"),
    "identities.accounts.public.other": ("{n} publics", "{n} public"),
    "identities.accounts.partial.one": ("{n} en partie confidentiel", "{n} partly confidential"),
    "identities.accounts.partial.other": ("{n} en partie confidentiels", "{n} partly confidential"),
    "identities.accounts.confidential.one": ("{n} confidentiel", "{n} confidential"),
    "identities.accounts.confidential.other": ("{n} confidentiels", "{n} confidential"),
    "identities.accounts.unknown.one": ("{n} déposé sans détail", "{n} filed without detail"),
    "identities.accounts.unknown.other": ("{n} déposés sans détail", "{n} filed without detail"),
    "identities.accounts.none.one": ("{n} sans dépôt connu", "{n} with no known filing"),
    "identities.accounts.none.other": ("{n} sans dépôt connu", "{n} with no known filing"),
    "identities.caption": (
        "Clients selon la façon dont leur société est connue",
        "Customers by the way in which their company is known",
    ),
    "identity.decision": ("décidé par l'utilisateur", "decided by the user"),
    "identity.declared": ("SIREN du fichier des clients", "SIREN of the customers' file"),
    "identity.siret": ("SIRET du fichier des clients", "SIRET of the customers' file"),
    "identity.vat_number": ("numéro de TVA", "VAT number"),
    "identity.ledger_id": ("numéro lu dans les livres", "number read in the books"),
    "identity.name": ("nom et lieu", "name and place"),
    "identity.doubtful": ("douteux", "doubtful"),
    "identity.refused": ("refusé par l'utilisateur", "refused by the user"),
    "identity.unmatched": ("sans société connue", "no company known"),
    "col.sign": ("Signal", "Sign"),
    "col.seen_on": ("Vu le", "Seen on"),
    "col.strength": ("Force", "Strength"),
    "col.source_row": ("Ligne source", "Source row"),
    "col.event_date": ("Date", "Date"),
    "col.owed_then": ("Dû ce jour-là", "Owed that day"),
    "col.group_head": ("Tête de groupe", "Head of the group"),
    "col.identity": ("Société connue par", "Company known by"),
}
