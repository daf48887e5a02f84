"""The words of the models page. French, then English.

What belongs here: the messages of `dashboards.model_card`. What does not: any other message (`dashboards.messages`).
"""

from __future__ import annotations

MODEL_MESSAGES: dict[str, tuple[str, str]] = {
    "page.models": ("Modèles", "Models"),
    "models.title": (
        "Retard : {model}, {metric} {value} hors période contre {baseline_value} pour la référence ({baseline})",
        "Late payment: {model}, {metric} {value} out of time against {baseline_value} for the reference ({baseline})",
    ),
    "models.title.alone": (
        "Retard : {model}, {metric} {value} hors période",
        "Late payment: {model}, {metric} {value} out of time",
    ),
    "models.title.none": (
        "Pas assez de mois passés pour mesurer un modèle hors période",
        "Too few past months to measure a model out of time",
    ),
    "models.lead": (
        "Sur quoi reposent les scores, ce qu'ils valaient sur des mois qu'ils n'avaient pas vus, et s'ils valent "
        "encore. Une aide à la décision : une personne décide, et aucun refus ne repose sur un score seul "
        "(art. 22 du RGPD).",
        "What the scores rest on, what they were worth on months they had not seen, and whether they still are. An aid "
        "to a decision that a person takes: no refusal rests on a score alone (art. 22 GDPR).",
    ),
    # --- what serves
    "models.served": ("Ce qui sert", "What serves"),
    "models.served.caption": ("Modèle en service par tâche", "Serving model by task"),
    "models.served.none": ("Aucun modèle n'est publié.", "No model is published."),
    "models.col.task": ("Tâche", "Task"),
    "models.col.version": ("Version", "Version"),
    "models.col.seen_until": ("Données jusqu'au", "Data up to"),
    "models.pinned": ("Épinglé : aucun entraînement ne le remplace.", "Pinned: no training replaces it."),
    "models.task.late_payment": ("Retard de paiement", "Late payment"),
    "models.task.default": ("Défaut à 12 mois", "Default within 12 months"),
    "models.task.cash": ("Encaissements par semaine", "Cash by week"),
    "models.task.dispute": ("Litige à 90 jours", "Dispute within 90 days"),
    "models.card": ("Fiche JSON : {task}", "JSON card: {task}"),
    # --- out of time
    "models.proof": ("Ce qu'ils valaient hors période", "What they were worth out of time"),
    "models.proof.lead": (
        "Chaque arrêté est jugé avec ce qui était connu ce jour-là ; l'écart est positif quand le modèle fait mieux, "
        "son intervalle à 90 % vient de tirages au sort de clients entiers.",
        "Each cut-off is judged with what was known on that day; the gain is positive where the model is better, and "
        "its 90% interval comes from drawing whole customers.",
    ),
    "models.proof.none": (
        "Aucun résultat hors période : l'historique est trop court. Les scores sont ceux de la référence.",
        "No out-of-time result: the history is too short. The scores are those of the reference.",
    ),
    "models.headline.caption": (
        "Mesures du modèle en service, à côté de sa référence",
        "Figures of the serving model, beside its reference",
    ),
    "models.col.gain": ("Écart", "Gain"),
    "models.col.interval": ("Intervalle à 90 %", "90% interval"),
    "models.col.window": ("Mois", "Months"),
    "models.window.final": ("derniers, intacts", "last, untouched"),
    "models.window.pooled": ("tous les arrêtés", "all cut-offs"),
    "models.window.rolling": ("un arrêté", "one cut-off"),
    "models.candidates.caption": (
        "Tous les candidats, tous arrêtés confondus",
        "Every candidate, all cut-offs together",
    ),
    "models.serves": ("en service", "serving"),
    "models.rolling.ours": ("En service", "Serving"),
    "models.rolling.title": (
        "Arrêté par arrêté : {model} fait mieux que la référence {wins} fois sur {n}",
        "Cut-off by cut-off: {model} is better than the reference {wins} times out of {n}",
    ),
    "models.rolling.subtitle": (
        "{metric} à chaque arrêté, plus bas est meilleur ; la référence ({baseline}) en tirets",
        "{metric} at each cut-off, lower is better; the reference ({baseline}) dashed",
    ),
    "models.rolling.caption": ("{metric} par arrêté", "{metric} by cut-off"),
    "models.col.cut_off": ("Arrêté", "Cut-off"),
    "models.slices.caption": (
        "Par segment, débuts de relation compris",
        "By slice, new customers included",
    ),
    "models.col.slice": ("Segment", "Slice"),
    "models.slice": ("{name} : {value}", "{name}: {value}"),
    "models.slice.paid_before": ("payées auparavant", "paid before"),
    "models.slice.amount": ("montant", "amount"),
    "models.slice.age": ("âge en jours", "age in days"),
    "models.slice.due_date": ("échéance", "due date"),
    "models.slice.customer": ("client", "customer"),
    "models.slice.overdue": ("impayés échus", "something overdue"),
    "models.slice.company_data": ("données d'entreprise", "company data"),
    "models.slice.scored": ("jugée", "scored"),
    "models.slice.country": ("pays", "country"),
    "models.slice.dispute": ("litige", "dispute"),
    "models.slice.weeks": ("semaines", "weeks"),
    "models.slice.sum": ("somme des semaines", "sum of the weeks"),
    "models.value.at_creation": ("à la création", "at creation"),
    "models.value.at_month_end": ("en fin de mois", "at a month end"),
    "models.value.not_due": ("à échoir", "not due"),
    "models.value.yes": ("oui", "yes"),
    "models.value.no": ("non", "no"),
    "models.value.new": ("nouveau", "new"),
    "models.value.large": ("grand", "large"),
    "models.value.small": ("petit", "small"),
    "models.value.assumed": ("présumée", "assumed"),
    "models.value.known": ("connue", "known"),
    "models.reliability.default.title": (
        "Mois de clients suivis d'un défaut : {observed} observés, {predicted} prévus",
        "Months of customers followed by a default: {observed} observed, {predicted} predicted",
    ),
    "models.reliability.default.subtitle": (
        "Par note, part en défaut à 12 mois observée (vertical) selon la probabilité prévue ; traits : intervalle "
        "à 90 % ; notes d'au moins {n} cas",
        "By grade, share in default within 12 months observed (vertical) by predicted probability; bars: 90% interval; "
        "grades of at least {n} cases",
    ),
    "models.reliability.default.caption": (
        "Défauts prévus et observés par note",
        "Defaults predicted and observed by grade",
    ),
    "models.col.grade": ("Note", "Grade"),
    # --- what scores lean on
    "models.terms": ("Si les échéances présumées étaient autres", "If assumed due dates were others"),
    "models.terms.lead.one": (
        "{n} pièce ouverte n'a qu'une échéance présumée. Corrélation de Spearman entre le rang de ces pièces et leur "
        "rang sous d'autres délais : 1 = le même ordre. Le passé est raconté à nouveau sous ces délais ; le modèle, "
        "et ce que le dernier arrêté dit de chaque client, restent.",
        "{n} open document has an assumed due date. Spearman's correlation between the ranks of these documents and "
        "their ranks under other terms: 1 = the same order. The past is told again under these terms; the model, and "
        "what the last month end says of each customer, stay.",
    ),
    "models.terms.lead.other": (
        "{n} pièces ouvertes n'ont qu'une échéance présumée. Corrélation de Spearman entre le rang de ces pièces et "
        "leur rang sous d'autres délais : 1 = le même ordre. Le passé est raconté à nouveau sous ces délais ; le "
        "modèle, et ce que le dernier arrêté dit de chaque client, restent.",
        "{n} open documents have an assumed due date. Spearman's correlation between the ranks of these documents and "
        "their ranks under other terms: 1 = the same order. The past is told again under these terms; the model, and "
        "what the last month end says of each customer, stay.",
    ),
    "models.terms.none": (
        "Aucune pièce ouverte n'avait d'échéance présumée à l'entraînement : aucun rang n'en dépend.",
        "No open document had an assumed due date at the training: no rank depends on any.",
    ),
    "models.terms.few.one": (
        "{n} seule pièce ouverte avait une échéance présumée à l'entraînement : il en faut {least} pour comparer des "
        "rangs.",
        "{n} open document alone had an assumed due date at the training: comparing ranks takes {least}.",
    ),
    "models.terms.few.other": (
        "{n} pièces ouvertes seulement avaient une échéance présumée à l'entraînement : il en faut {least} pour "
        "comparer des rangs.",
        "Only {n} open documents had an assumed due date at the training: comparing ranks takes {least}.",
    ),
    "models.terms.caption": (
        "Stabilité des rangs selon les délais présumés",
        "Rank stability by assumed terms",
    ),
    "models.terms.late": ("Rang du risque de retard", "Rank by chance of being late"),
    "models.terms.days": ("Rang du jour de paiement attendu", "Rank by expected day of payment"),
    "models.restated": ("Ce que les écritures tardives changent", "What later entries change"),
    "models.restated.lead": (
        "Un arrêté passé est retraité quand une écriture ou un lettrage postérieurs soldent une pièce d'alors. "
        "L'entraînement voit l'arrêté retraité ; le lecteur d'alors ne le voyait pas. Le même modèle, sur les mêmes "
        "pièces, ouvertes dans les deux : AUC de ce qu'il a publié ce jour-là, et de ce qu'il dirait du même jour tel "
        "qu'on le voit aujourd'hui. Les créances gelées par une procédure n'y sont pas.",
        "A past month end is restated when a later entry or lettering settles a document of that time. Training sees "
        "the restated month end; a reader of that day did not. The same model, on the same documents, open in both: "
        "AUC of what it published on that day, and of what it would say of the same day as it is seen today. Claims "
        "frozen by proceedings are left out.",
    ),
    "models.restated.none": (
        "Non mesuré : aucune version antérieure publiée dont les issues soient connues et dont le modèle serve encore "
        "à comparer. Les mesures hors période reposent sur des arrêtés retraités.",
        "Not measured: no earlier release whose outcomes are known and whose model can still be compared. Figures out "
        "of time rest on restated month ends.",
    ),
    "models.restated.caption": (
        "AUC des scores publiés et des scores de l'arrêté retraité",
        "AUC of published scores and of those of the restated month end",
    ),
    "models.restated.day": ("Publié au", "Published as of"),
    "models.restated.then": ("AUC publiée", "AUC, published"),
    "models.restated.now": ("AUC retraitée", "AUC, restated"),
    "models.restated.difference": ("Différence", "Difference"),
    # --- drift
    "models.drift": ("S'ils valent encore", "Whether they still are"),
    "models.drift.lead": (
        "Les variables d'aujourd'hui à côté de celles de l'entraînement, et les scores publiés auparavant à côté de ce "
        "qui est arrivé. On recalibre d'abord, on réentraîne ensuite.",
        "Today's features beside those of training, and scores published before beside what happened. First the "
        "model is recalibrated, then trained anew.",
    ),
    "models.drift.quiet.one": (
        "{n} mesure, aucune n'appelle d'action.",
        "{n} measure, none calls for action.",
    ),
    "models.drift.quiet.other": (
        "{n} mesures, aucune n'appelle d'action.",
        "{n} measures, none calls for action.",
    ),
    "models.drift.none": (
        "Rien à mesurer encore : aucun score publié auparavant n'a d'issue connue.",
        "Nothing to measure yet: no score published before has a known outcome.",
    ),
    "models.drift.acts.one": ("{n} mesure appelle une action.", "{n} measure calls for action."),
    "models.drift.acts.other": ("{n} mesures appellent une action.", "{n} measures call for action."),
    "models.drift.caption": ("Dérive et canaris", "Drift and canaries"),
    "models.psi.caption": (
        "Variables : stabilité depuis l'entraînement, les plus mobiles d'abord",
        "Features: stability since training, the most moved first",
    ),
    "models.col.statistic": ("Mesure", "Measure"),
    "models.col.subject": ("Objet", "Subject"),
    "models.col.threshold": ("Seuil", "Threshold"),
    "models.col.feature": ("Variable", "Feature"),
    "models.statistic.psi": ("indice de stabilité (PSI)", "stability index (PSI)"),
    "models.statistic.observed_expected": ("observé / prévu", "observed / expected"),
    "models.statistic.ece": ("erreur de calage (ECE)", "calibration error (ECE)"),
    "models.statistic.coverage": ("part dans l'intervalle à 80 %", "share inside the 80% interval"),
    "models.statistic.wape": ("erreur absolue pondérée (WAPE)", "weighted absolute error (WAPE)"),
    "models.canary.later_rows": (
        "lignes postérieures : valeurs changées",
        "later rows: values changed",
    ),
    "models.canary.permuted_labels": ("issues permutées : AUC", "permuted outcomes: AUC"),
    "models.statistic.canary": ("canari de fuite", "leak canary"),
    "models.state.ok": ("stable", "stable"),
    "models.state.warn": ("à surveiller", "watch"),
    "models.state.act": ("à traiter", "act"),
    "models.state.unknown": ("pas encore connu", "not known yet"),
    # --- what they are made of
    "models.made": ("De quoi ils sont faits", "What they are made of"),
    "models.made.lead": (
        "Variables et issues sont celles de la date : rien de ce qui fut connu plus tard n'entre dans un arrêté.",
        "Features and outcomes are as of their day: nothing known later enters a cut-off.",
    ),
    "models.label.late_payment": (
        "En retard de plus de k jours : non réglée en trésorerie à l'échéance + k (k = 0, 30, 90). Une perte compte "
        "comme retard ; ce qu'un avoir ou un transfert solde n'a pas d'issue ; ce qui reste ouvert est censuré.",
        "More than k days late: not settled in cash by the due date + k (k = 0, 30, 90). A write-off counts as late; "
        "what a credit note or a transfer clears has no outcome; what stays open is censored.",
    ),
    "models.label.default": (
        "Premier défaut dans les 365 jours d'une fin de mois : procédure collective publiée, plus de 90 jours de "
        "retard au-dessus du seuil, ou perte. Les clients déjà en défaut sont exclus.",
        "First default within 365 days of a month end: published proceedings, over 90 days past due above the "
        "threshold, or a write-off. Customers already in default are left out.",
    ),
    "models.label.cash": (
        "Encaissements des clients par semaine, du lundi au dimanche, rejets déduits.",
        "Cash received from customers by week, Monday to Sunday, rejected payments taken off.",
    ),
    "models.label.dispute": (
        "Litige ouvert dans les 90 jours d'une fin de mois, là où des litiges sont enregistrés.",
        "A dispute opened within 90 days of a month end, where disputes are recorded.",
    ),
    "models.made.caption": ("Issue prédite et empreintes", "Outcome predicted, and hashes"),
    "models.col.outcome": ("Issue prédite", "Outcome predicted"),
    "models.col.data_hash": ("Données", "Data"),
    "models.col.features_hash": ("Variables", "Features"),
    "models.col.settings_hash": ("Réglages", "Settings"),
    "models.features.caption": ("Variables : {task} ({n})", "Features: {task} ({n})"),
    "models.col.family": ("Famille", "Family"),
    "models.col.direction": ("Sens imposé", "Imposed direction"),
    "models.col.known_by": ("D'où, et connu quand", "Whence, and known when"),
    "models.col.weight": ("Poids moyen", "Mean weight"),
    "models.direction.up": ("↑ risque", "↑ risk"),
    "models.direction.down": ("↓ risque", "↓ risk"),
    "models.direction.free": ("libre", "free"),
    "models.family.invoice": ("pièce", "document"),
    "models.family.calendar": ("calendrier", "calendar"),
    "models.family.history": ("historique", "history"),
    "models.family.runs": ("jours de paiement", "days of payment"),
    "models.family.open_book": ("encours", "open book"),
    "models.family.activity": ("activité", "activity"),
    "models.family.events": ("événements", "events"),
    "models.family.collection": ("recouvrement", "collection"),
    "models.family.disputes": ("litiges", "disputes"),
    "models.family.insurance": ("garantie", "insurance"),
    "models.family.customer": ("client", "customer"),
    "models.family.company": ("entreprise", "company"),
    "models.family.accounts": ("comptes déposés", "filed accounts"),
    "models.family.portfolio": ("portefeuille", "portfolio"),
    "models.family.question": ("question posée", "question asked"),
    "models.source.invoice": ("la pièce, au jour du score", "the document, on the day of the score"),
    "models.source.calendar": ("dates de la pièce", "the document's dates"),
    "models.source.history": (
        "paiements et pièces datés au plus tard de ce jour",
        "payments and documents dated up to that day",
    ),
    "models.source.runs": ("paiements datés au plus tard de ce jour", "payments dated up to that day"),
    "models.source.open_book": ("pièces ouvertes ce jour-là", "documents open on that day"),
    "models.source.activity": (
        "pièces, paiements et commandes datés au plus tard de ce jour",
        "documents, payments and orders dated up to that day",
    ),
    "models.source.events": (
        "rejets, défauts et avis publiés au plus tard ce jour-là",
        "rejections, defaults and notices published up to that day",
    ),
    "models.source.collection": (
        "promesses, relances et échéanciers datés au plus tard de ce jour",
        "promises, reminders and instalments dated up to that day",
    ),
    "models.source.disputes": ("litiges ouverts au plus tard ce jour-là", "disputes opened up to that day"),
    "models.source.insurance": ("garanties en vigueur ce jour-là", "limits in force on that day"),
    "models.source.customer": (
        "fichier des clients, en vigueur ce jour-là",
        "the customers' file as of that day",
    ),
    "models.source.company": (
        "versions des registres et avis publiés au plus tard ce jour-là",
        "register versions and notices published up to that day",
    ),
    "models.source.accounts": ("comptes déposés au plus tard ce jour-là", "accounts filed up to that day"),
    "models.source.portfolio": (
        "toutes les pièces de la société échues avant ce jour",
        "all of the company's documents due before that day",
    ),
    "models.source.question": ("le retard considéré", "the delay asked about"),
    # --- history, licences
    "models.history": ("Qui a servi, et pourquoi", "What served, and why"),
    "models.history.caption": (
        "Versions en service, la dernière d'abord",
        "Serving versions, the last first",
    ),
    "models.col.day": ("Jour", "Day"),
    "models.col.change": ("Changement", "Change"),
    "models.col.why": ("Motif", "Why"),
    "models.change.first": ("premier", "first"),
    "models.change.promoted": ("promu", "promoted"),
    "models.change.refitted": ("réentraîné", "trained anew"),
    "models.change.recalibrated": ("recalibré", "recalibrated"),
    "models.change.kept": ("gardé", "kept"),
    "models.change.rolled_back": ("retour arrière", "rolled back"),
    "models.change.pinned": ("épinglé", "pinned"),
    "models.change.unpinned": ("libéré", "unpinned"),
    "models.limits": ("Ce qu'ils ne font pas", "What they do not do"),
    "models.words": ("Ce que les mots veulent dire", "What the words mean"),
    "models.words.caption": ("Vocabulaire", "Vocabulary"),
    "models.col.word": ("Mot", "Word"),
    "models.col.meaning": ("Sens", "Meaning"),
    "models.words.out_of_time": ("Hors période", "Out of time"),
    "models.words.out_of_time.told": (
        "Jugé sur des mois postérieurs à tout ce que le modèle a vu, avec ce qui était connu alors.",
        "Judged on months later than anything the model has seen, with what was known then.",
    ),
    "models.words.reference": ("Référence", "Reference"),
    "models.words.reference.told": (
        "Le calcul le plus simple qui réponde à la même question, par exemple le taux de retard de chaque client. Un "
        "modèle ne sert que s'il fait mieux.",
        "The simplest sum that answers the same question, as each customer's own late rate. A model serves only where "
        "it does better.",
    ),
    "models.words.auc": ("AUC", "AUC"),
    "models.words.auc.told": (
        "Chance qu'un cas réalisé (retard, défaut) ait reçu un score plus haut qu'un cas non réalisé : 0,5 au "
        "hasard, 1 sans faute.",
        "Chance that a case that came true (late, default) had a higher score than one that did not: 0.5 by luck, 1 "
        "without a mistake.",
    ),
    "models.words.log_loss": ("Perte logarithmique, Brier", "Log-loss, Brier"),
    "models.words.log_loss.told": (
        "Erreur moyenne des probabilités elles-mêmes, plus sévère pour qui affirme à tort ; plus bas est meilleur.",
        "Mean error of the probabilities themselves, harder on what is wrongly affirmed; lower is better.",
    ),
    "models.words.calibration": (
        "Calibration, écart de calibration (ECE)",
        "Calibration, calibration gap (ECE)",
    ),
    "models.words.calibration.told": (
        "De cas notés à 30 %, 30 % se réalisent-ils ? L'écart moyen entre le prévu et l'observé.",
        "Of cases given 30%, do 30% come true? The mean gap between predicted and observed.",
    ),
    "models.words.pinball": ("Perte quantile (pinball)", "Quantile loss (pinball)"),
    "models.words.pinball.told": (
        "Erreur, en jours, des dates de paiement annoncées avec leur fourchette ; plus bas est meilleur.",
        "Error, in days, of the payment dates foretold with their range; lower is better.",
    ),
    "models.words.wape": ("WAPE", "WAPE"),
    "models.words.wape.told": (
        "Somme des écarts de chaque semaine, rapportée aux encaissements.",
        "Sum of each week's error, over the cash received.",
    ),
    "models.words.hazard": ("Modèle de durée", "Hazard model"),
    "models.words.hazard.told": (
        "Donne, pour chaque période après l'émission, la chance d'être payé alors si on ne l'est pas encore.",
        "Gives, for each period after issue, the chance to be paid in it if not paid yet.",
    ),
    "models.words.classifier": ("Classifieur", "Classifier"),
    "models.words.classifier.told": (
        "Donne directement la chance de dépasser l'échéance, puis 30 et 90 jours.",
        "Gives directly the chance of passing the due date, then 30 and 90 days.",
    ),
    "models.words.psi": ("Stabilité (PSI)", "Stability (PSI)"),
    "models.words.psi.told": (
        "À quel point la répartition d'une variable a changé depuis l'entraînement ; au-delà du seuil, on regarde "
        "pourquoi. L'ancienneté et la saison suffisent à faire bouger une variable.",
        "How far the spread of a feature has moved since training; beyond the threshold one looks why. Age and season "
        "are enough to move a feature.",
    ),
    "models.words.canary": ("Canari", "Canary"),
    "models.words.canary.told": (
        "Piège à fuite d'information : des lignes postérieures ne doivent rien changer, et des issues mélangées "
        "doivent rendre le modèle aveugle.",
        "A trap for leaks: later rows must change nothing, and shuffled outcomes must leave the model blind.",
    ),
    "models.limits.caption": ("Usages exclus et licences", "Excluded uses and licences"),
    "models.col.item": ("Sujet", "Subject"),
    "models.col.told": ("Ce qui vaut", "What holds"),
    "models.limits.decision": ("Décision", "Decision"),
    "models.limits.decision.told": (
        "Aucune décision automatique : un score propose, une personne décide, et sa décision est enregistrée à côté.",
        "No automatic decision: a score proposes, a person decides, and the decision is recorded beside it.",
    ),
    "models.limits.persons": ("Personnes", "Persons"),
    "models.limits.persons.told": (
        "Qui s'est opposé au profilage n'a pas de score. Ni salariés, ni consommateurs ne sont évalués pour autre "
        "chose que le recouvrement.",
        "Who objected to profiling has no score. Neither employees nor consumers are assessed for anything but "
        "collection.",
    ),
    "models.limits.provisions": ("Provisions", "Provisions"),
    "models.limits.provisions.told": (
        "La perte attendue à 12 mois n'est pas la provision : la matrice IFRS 9 est à sa page, jamais additionnée.",
        "The 12-month expected loss is not the provision: the IFRS 9 matrix stands on its page, never added.",
    ),
    "models.limits.licences": ("Licences", "Licences"),
    "models.limits.licences.told": (
        "LightGBM (MIT), scikit-learn, SciPy et NumPy (BSD-3), DuckDB (MIT), Arrow (Apache-2.0).",
        "LightGBM (MIT), scikit-learn, SciPy and NumPy (BSD-3), DuckDB (MIT), Arrow (Apache-2.0).",
    ),
    # --- names
    "model.hazard": ("Modèle de durée", "Hazard model"),
    "model.classifier": ("Classifieur", "Classifier"),
    "model.ensemble": ("Modèle de durée et classifieur", "Hazard model and classifier"),
    "model.logistic": ("Régression logistique", "Logistic regression"),
    "model.customer_median": ("Médiane du client", "Customer median"),
    "model.due_date": ("Échéance", "Due date"),
    "model.logistic_behaviour": ("Logistique, comportement", "Logistic, behaviour"),
    "model.logistic_company": ("Logistique, avec l'entreprise", "Logistic, with company data"),
    "model.trees_behaviour": ("LightGBM, comportement", "LightGBM, behaviour"),
    "model.trees_company": ("LightGBM, avec l'entreprise", "LightGBM, with company data"),
    "model.ensemble_behaviour": (
        "Moyenne pondérée des deux, comportement",
        "Weighted mean of both, behaviour",
    ),
    "model.ensemble_company": (
        "Moyenne pondérée des deux, avec l'entreprise",
        "Weighted mean of both, with company data",
    ),
    "model.empirical_bayes": ("Taux lissé du client", "Smoothed customer rate"),
    "model.prior": ("Taux de la société", "Company rate"),
    "model.last_quarter": ("Dernier trimestre", "Last quarter"),
    "model.company_rate": ("Taux de la société", "Company rate"),
    "model.sector_rate": ("Taux du secteur", "Sector rate"),
    "model.overdue_rate": ("Taux selon le retard", "Rate by overdue"),
    "metric.mae": ("erreur moyenne en jours", "mean error in days"),
    "metric.pinball": ("perte des quantiles (pinball)", "quantile loss (pinball)"),
    "metric.cover_80": ("part dans l'intervalle à 80 %", "share inside the 80% interval"),
    "metric.width_80": ("largeur de l'intervalle à 80 %, en jours", "width of the 80% interval, in days"),
    "metric.within_3_days": ("part à 3 jours près", "share within 3 days"),
    "metric.brier_by_amount": ("score de Brier, pondéré du montant", "Brier score, weighted by amount"),
    "metric.log_loss_by_amount": ("perte logarithmique, pondérée du montant", "log-loss, weighted by amount"),
    "metric.lift_10": ("lift des 10 % les plus risqués", "lift of the riskiest 10%"),
    "metric.observed_expected": ("observé / prévu", "observed / expected"),
    "metric.wape": ("erreur absolue pondérée (WAPE)", "weighted absolute error (WAPE)"),
    "target.days": ("date de paiement", "payment date"),
    "target.default_12m": ("défaut à 12 mois", "default within 12 months"),
    "target.dispute_90": ("litige à 90 jours", "dispute within 90 days"),
    "target.open_items": ("pièces ouvertes", "open documents"),
    "target.expected_billing": ("facturation à venir", "expected billing"),
    "target.total": ("total", "total"),
}
