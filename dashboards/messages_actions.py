"""What the pages say of actions, limits, grades and likely disputes. French, then English.

What belongs here: the messages of `dashboards.actions`. What does not: any other message (`dashboards.messages`); the
words of an action and its reason come with the proposal (`ml.actions`).
"""

from __future__ import annotations

ACTION_MESSAGES: dict[str, tuple[str, str]] = {
    "shell.workbook.actions": (
        "Excel : clients à relancer, actions proposées, limites",
        "Excel: whom to ask, proposed actions, limits",
    ),
    # --- whom to ask first
    "asked": ("Qui relancer d'abord", "Whom to ask first"),
    "asked.lead.one": (
        "Demander aujourd'hui à ce client ce qu'il doit devrait rapporter {gained} en {days} jours, en plus des "
        "{usual} attendus sans demander.",
        "Asking this customer today for what it owes should bring in {gained} within {days} days, on top of the "
        "{usual} expected without asking.",
    ),
    "asked.lead.other": (
        "Demander aujourd'hui à ces {n} clients ce qu'ils doivent devrait rapporter {gained} en {days} jours, en plus "
        "des {usual} attendus sans demander. Ils sont rangés par ce gain, non par leur dette : qui paie de toute "
        "façon, ou jamais, rapporte peu.",
        "Asking these {n} customers today for what they owe should bring in {gained} within {days} days, on top of "
        "the {usual} expected without asking. They stand by that gain, not by what they owe: who pays anyway, or "
        "never, brings little.",
    ),
    "asked.none": (
        "Rien d'échu à demander : ni litige, ni promesse en cours, ni procédure collective à part.",
        "Nothing past due to ask for, disputes, promises under way and collective proceedings apart.",
    ),
    "asked.assumed": (
        "Ce que rapporte une relance est une hypothèse (risk.effects dans encours.yml).",
        "What asking achieves is an assumption (risk.effects in encours.yml).",
    ),
    "asked.measured": (
        "Ce que rapporte une relance est mesuré sur vos propres relances pour : {names} (comparaison, non expérience) "
        "; hypothèse sinon.",
        "What asking achieves is measured on your own reminders for: {names} (a comparison, not an experiment); an "
        "assumption otherwise.",
    ),
    "asked.caption": (
        "Clients par trésorerie gagnée en demandant aujourd'hui",
        "Customers by the cash gained by asking today",
    ),
    "asked.rest.one": ("{n} autre client", "{n} other customer"),
    "asked.rest.other": ("{n} autres clients", "{n} other customers"),
    "effects.caption": ("Ce que rapporte une relance", "What asking achieves"),
    "effects.interval": ("{value} ({low} à {high})", "{value} ({low} to {high})"),
    "effects.remind": ("Relance", "Reminder"),
    "effects.call": ("Appel", "Call"),
    "effects.payment_plan": ("Échéancier", "Payment plan"),
    "effects.formal_notice": ("Mise en demeure", "Formal notice"),
    "effects.stop": ("Suspension des livraisons", "Deliveries stopped"),
    # --- what to do
    "proposals": ("Que faire, client par client", "What to do, customer by customer"),
    "proposals.lead": (
        "La première règle qui s'applique, avec les faits sur lesquels elle repose. Une aide à la décision : "
        "une personne décide, et sa décision est inscrite à côté de la proposition, jamais à sa place.",
        "The first rule that applies, with the facts it rests on. An aid to a decision: a person decides, and the "
        "decision is recorded beside the proposal, never in its place.",
    ),
    "proposals.caption": (
        "Clients pour lesquels une action est proposée, par encours",
        "Customers for whom an action is proposed, by exposure",
    ),
    "proposals.none": ("Aucune action proposée.", "No action is proposed."),
    # --- limits
    "limits": ("Limites de crédit conseillées", "Recommended credit limits"),
    "limits.lead": (
        "Le besoin du client (facturation au plus fort × délai usuel), borné par la perte acceptée "
        "(réglage risk.limit_loss_share) : encours au-delà de la limite conseillée, {amount} chez {n} clients.",
        "What the customer's business needs (highest billing × usual term), bounded by the loss accepted "
        "(setting risk.limit_loss_share): exposure beyond the recommended limit, {amount} with {n} customers.",
    ),
    "limits.caption": ("Encours au-delà de la limite conseillée", "Exposure beyond the recommended limit"),
    # --- grades
    "grades": ("Défaut à 12 mois et perte attendue", "Default within 12 months and expected loss"),
    "grades.lead": (
        "Perte attendue à 12 mois : {amount} (probabilité de défaut × perte en cas de défaut × encours hors TVA "
        "récupérable et part garantie), sur {exposure} d'encours notés. Prévu, observé et cas : mois de clients "
        "jugés hors période d'apprentissage, part suivie d'un défaut dans l'année.",
        "12-month expected loss: {amount} (probability of default × loss given default × exposure without "
        "recoverable VAT and what is insured), on {exposure} of rated exposure. Predicted, observed and cases: "
        "months of customers judged outside the months learnt from, the share followed by a default within the year.",
    ),
    "grades.bands": ("Notes selon la probabilité : {bands}.", "Grades by probability: {bands}."),
    "grades.none": (
        "Aucune probabilité de défaut : rien pour l'estimer.",
        "No probability of default: nothing to estimate it from.",
    ),
    "grades.validated": (
        "Validées sur vos propres défauts, hors période d'apprentissage.",
        "Validated on your own defaults, outside the months learnt from.",
    ),
    "grades.not_validated": (
        "Non validées sur vos défauts : ils sont encore trop peu nombreux pour les juger.",
        "Not validated on your defaults: there are still too few to judge them.",
    ),
    "grades.assumed": (
        "Non validées sur vos défauts : taux supposé (risk.pd_prior), faute de défauts pour apprendre.",
        "Not validated on your defaults: an assumed rate (risk.pd_prior), for want of defaults to learn from.",
    ),
    "grades.caption": (
        "Clients par note ; hors période d'apprentissage, défauts prévus et observés",
        "Customers by grade; outside the months learnt from, defaults predicted and observed",
    ),
    "losses.caption": (
        "Plus fortes pertes attendues, et ce qui élève ({raises}) ou abaisse ({lowers}) la probabilité de défaut",
        "Largest expected losses, and what raises ({raises}) or lowers ({lowers}) the probability of default",
    ),
    # --- likely disputes
    "likely": ("Litiges probables", "Likely disputes"),
    "likely.lead.one": (
        "De {n} pièce ouverte sans litige, {amount} devraient être contestés dans les 90 jours.",
        "Of {n} open document without a dispute, {amount} should be disputed within 90 days.",
    ),
    "likely.lead.other": (
        "De {n} pièces ouvertes sans litige, {amount} devraient être contestés dans les 90 jours.",
        "Of {n} open documents without a dispute, {amount} should be disputed within 90 days.",
    ),
    "likely.caption": (
        "Pièces qui ont au moins {share} de chances d'être contestées dans les 90 jours",
        "Documents with a chance of at least {share} to be disputed within 90 days",
    ),
    # --- columns
    "col.action": ("Action", "Action"),
    "col.rank": ("Rang", "Rank"),
    "col.documents": ("Pièces", "Documents"),
    "col.oldest": ("Plus ancien, jours", "Oldest, days"),
    "col.usual_cash": ("Attendu sans demander", "Expected without asking"),
    "col.cash_gained": ("Gagné en demandant", "Gained by asking"),
    "col.because": ("Parce que", "Because"),
    "col.grade": ("Note", "Grade"),
    "col.pd": ("Défaut à 12 mois", "Default in 12 months"),
    "col.limit_now": ("Limite en vigueur", "Limit in force"),
    "col.limit_recommended": ("Limite conseillée", "Recommended limit"),
    "col.over_limit": ("Au-delà", "Beyond it"),
    "col.assumed": ("Supposé", "Assumed"),
    "col.measured": ("Mesuré (90 %)", "Measured (90%)"),
    "col.payments_after": ("Paiements après", "Payments after"),
    "col.payments_without": ("Paiements sans", "Payments without"),
    "col.effect": ("Retenu", "Used"),
    "col.observed_range": ("Observé (90 %)", "Observed (90%)"),
    "col.cases": ("Cas", "Cases"),
    "col.reasons_default": ("Pourquoi cette probabilité", "Why this probability"),
    "col.p_dispute": ("Litige", "Dispute"),
    "col.decision": ("Décision", "Decision"),
}
"""Each message in French and English, `{names}` to be filled in."""
