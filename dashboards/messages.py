"""The sentences of the reports, as data: key → (French, English).

Written with plain spaces and quotes; `dashboards.i18n.typography` sets them by each language's rules. A key
that ends in `.one` / `.other` is chosen by number. Both texts of a key must use the same `{names}` (a test
compares them), except that `.one` need not write `{n}`.
"""

from __future__ import annotations

from dashboards.messages_actions import ACTION_MESSAGES
from dashboards.messages_cash import CASH_MESSAGES
from dashboards.messages_companies import COMPANY_MESSAGES
from dashboards.messages_models import MODEL_MESSAGES
from dashboards.messages_processing import PROCESSING_MESSAGES

MESSAGES: dict[str, tuple[str, str]] = {
    # --- shell
    "page.overview": ("Synthèse", "Overview"),
    "page.dso": ("DSO", "DSO"),
    "page.ageing": ("Balance âgée", "Ageing"),
    "page.risk": ("Risque", "Risk"),
    "page.statutory": ("Obligations légales", "Statutory"),
    "page.provisions": ("Provisions", "Provisions"),
    "page.audit": ("Audit", "Audit"),
    "shell.skip": ("Aller au contenu", "Skip to content"),
    "shell.pages": ("Pages", "Pages"),
    "shell.language": ("English", "Français"),
    "shell.language.label": ("Read this page in English", "Lire cette page en français"),
    "shell.as_of": (
        "au {day} · montants TTC en {currency}",
        "as of {day} · amounts in {currency}, tax included",
    ),
    "shell.tiles": ("Indicateurs", "Indicators"),
    "shell.charts": ("Graphiques", "Charts"),
    "shell.table": ("Voir le tableau", "Show the table"),
    "shell.notice": ("À savoir avant de lire les retards", "Before reading the lateness figures"),
    "shell.footer": ("Preuves", "Evidence"),
    "shell.workbook.statutory": (
        "Excel : tableaux de l'art. D. 441-6 et délais convenus",
        "Excel: tables of art. D. 441-6 and agreed terms",
    ),
    "shell.workbook.penalties": (
        "Excel : pénalités, facture par facture",
        "Excel: penalties, invoice by invoice",
    ),
    "shell.companies": ("Sociétés", "Companies"),
    "shell.companies.title": ("{n} sociétés dans cette publication", "{n} companies in this release"),
    "shell.companies.all": ("Toutes les sociétés", "All companies"),
    "shell.companies.receivables": ("Encours clients", "Receivables"),
    "shell.search": ("Chercher un client", "Find a customer"),
    "shell.search.all": ("Toute la liste : {n} clients", "The whole list: {n} customers"),
    "shell.sort": ("Trier par {column}", "Sort by {column}"),
    "shell.found": ("{n} clients trouvés", "{n} customers found"),
    "shell.found_limited": ("{n} clients trouvés, {shown} affichés", "{n} customers found, {shown} shown"),
    # --- footer
    "footer.tie": (
        "Rapproché du grand livre : 411 + 413 + 416 = {amount}, écart {difference}",
        "Ties to the ledger: 411 + 413 + 416 = {amount}, difference {difference}",
    ),
    "footer.tie_failed.one": (
        "Un écart avec le grand livre (411 + 413 + 416 = {amount}), détaillé à la page Audit",
        "One difference from the ledger (411 + 413 + 416 = {amount}), itemised on the audit page",
    ),
    "footer.tie_failed.other": (
        "{n} écarts avec le grand livre (411 + 413 + 416 = {amount}), détaillés à la page Audit",
        "{n} differences from the ledger (411 + 413 + 416 = {amount}), itemised on the audit page",
    ),
    "footer.no_tie": ("Rapprochement au grand livre absent", "No tie-out to the ledger"),
    "footer.rows.one": ("{n} ligne de grand livre lue", "{n} ledger row read"),
    "footer.rows.other": ("{n} lignes de grand livre lues", "{n} ledger rows read"),
    "footer.rejected.one": ("{n} rejetée", "{n} rejected"),
    "footer.rejected.other": ("{n} rejetées", "{n} rejected"),
    "footer.assumed": (
        "Échéances supposées : {share} du montant facturé",
        "Due dates assumed: {share} of the amount billed",
    ),
    "footer.fifo": ("Réglé par ancienneté (fifo) : {share}", "Settled oldest first (fifo): {share}"),
    "footer.model": (
        "{model} : {metric} hors période {value}, référence {baseline}",
        "{model}: out-of-time {metric} {value}, reference {baseline}",
    ),
    "footer.model_alone": (
        "{model} : {metric} hors période {value}",
        "{model}: out-of-time {metric} {value}",
    ),
    "footer.no_model": (
        "Modèle : aucun résultat hors période (historique trop court)",
        "Model: no out-of-time result (history too short)",
    ),
    "footer.hash": ("Empreinte {hash}", "Release hash {hash}"),
    # --- periods
    "period.year": ("en un an", "in a year"),
    "period.since": ("depuis fin {month}", "since the end of {month}"),
    "then.year": ("il y a un an", "a year ago"),
    "then.since": ("fin {month}", "at the end of {month}"),
    "change.month": ("sur un mois", "on the month"),
    "change.year": ("sur un an", "on the year"),
    "change.since": ("depuis {month}", "since {month}"),
    "count.1": ("un client", "one customer"),
    "count.2": ("deux clients", "two customers"),
    "count.3": ("trois clients", "three customers"),
    # --- notices and missing figures
    "notice.assumed": (
        "{share} du montant facturé sur douze mois porte une échéance supposée : le grand livre n'en "
        "donne pas. "
        "Tous les retards ci-dessous sont calculés sur les conditions par défaut, non sur celles des "
        "factures.",
        "{share} of the amount billed over twelve months has an assumed due date: the ledger gives none. "
        "Every lateness figure below rests on default terms, not on those of the invoices.",
    ),
    "notice.partial_month": (
        "Le mois n'est pas fini : les chiffres s'arrêtent au {day}.",
        "The month is not over: the figures stop on {day}.",
    ),
    "missing.dso": (
        "Pas de DSO à trois mois : le grand livre ne couvre pas trois mois entiers de facturation.",
        "No three-month DSO: the ledger does not cover three whole months of billing.",
    ),
    "missing.window": ("moins de trois mois de facturation", "less than three months of billing"),
    "missing.documents": ("aucune facture ouverte", "no open invoice"),
    "missing.comparison": (
        "Pas de comparaison : le grand livre n'a pas de DSO trois mois plus tôt.",
        "No comparison: the ledger has no DSO three months earlier.",
    ),
    "missing.scores": (
        "Pas de retard attendu : aucune facture à échoir n'est notée.",
        "No expected lateness: no invoice that is not yet due has a score.",
    ),
    "basis.fifo": (
        "{share} des règlements affectés par ancienneté (fifo)",
        "{share} of payments applied oldest first (fifo)",
    ),
    "basis.model": ("Probabilités : {model}", "Probabilities: {model}"),
    "basis.model.reference": (
        "Probabilités : {model} (la référence)",
        "Probabilities: {model} (the reference)",
    ),
    "basis.fifo_none": ("aucun règlement lu", "no payment read"),
    # --- headlines
    "headline.empty.one": (
        "Ce grand livre ne porte presque aucune créance client : {n} écriture, pour un solde de {amount}.",
        "This ledger holds almost no receivables: {n} line, for a balance of {amount}.",
    ),
    "headline.empty.other": (
        "Ce grand livre ne porte presque aucune créance client : {n} écritures, pour un solde de {amount}.",
        "This ledger holds almost no receivables: {n} lines, for a balance of {amount}.",
    ),
    "lead.empty": (
        "Les ventes y sont réglées au comptant ou hors des comptes 411, 413 et 416 : il n'y a ni "
        "DSO, ni balance "
        "âgée, ni risque à mesurer, et aucun client n'est inventé.",
        "Sales are paid on the spot or outside accounts 411, 413 and 416: there is no DSO, ageing or risk to "
        "measure, and no customer is invented.",
    ),
    "headline.no_dso": ("L'encours clients est de {amount}.", "Receivables stand at {amount}."),
    "headline.level": ("Le DSO est de {dso}.", "DSO is {dso}."),
    "headline.level_delay": (
        "Le DSO est de {dso}, dont {delay} de retard.",
        "DSO is {dso}, {delay} of them delay.",
    ),
    "headline.steady": ("Le DSO est stable {period}, à {dso}.", "DSO is steady {period}, at {dso}."),
    "headline.longer": ("Le DSO s'allonge de {change} {period}", "DSO lengthens by {change} {period}"),
    "headline.shorter": ("Le DSO se raccourcit de {change} {period}", "DSO shortens by {change} {period}"),
    "headline.by_one": (" ; {name} en fait plus de la moitié.", "; {name} makes more than half of it."),
    "headline.by_some": (" ; {n} en font plus de la moitié.", "; {n} make more than half of it."),
    "headline.by_delay": (
        " ; le retard de paiement en fait {delay}.",
        "; late payment makes {delay} of it.",
    ),
    "headline.by_many": (
        " ; le mouvement est réparti, aucun trio de clients n'en fait la moitié.",
        "; the move is spread out, no three customers make half of it.",
    ),
    "lead.overdue": (
        "{overdue} sont échus, dont {old} depuis plus de 120 jours.",
        "{overdue} is overdue, {old} of it for more than 120 days.",
    ),
    "lead.overdue_recent": (
        "{overdue} sont échus, rien depuis plus de 120 jours.",
        "{overdue} is overdue, none of it for more than 120 days.",
    ),
    "lead.no_overdue": ("Rien n'est échu.", "Nothing is overdue."),
    "lead.without": (
        "Sans {names}, le DSO serait de {dso}.",
        "Without {names}, DSO would be {dso}.",
    ),
    "lead.one_day": ("Un jour de DSO vaut {amount}.", "One day of DSO is worth {amount}."),
    # --- tiles
    "tile.receivables": ("Encours clients", "Receivables"),
    "tile.receivables.title": (
        "Factures ouvertes moins règlements non affectés : le solde des comptes 411, 413 et 416",
        "Open documents less unallocated payments: the balance of accounts 411, 413 and 416",
    ),
    "tile.share_overdue": ("Part échue", "Share overdue"),
    "tile.share_overdue.title": (
        "Montant échu sur le montant des factures ouvertes",
        "Overdue amount over the amount of open documents",
    ),
    "tile.dso": ("DSO, 3 mois", "DSO, 3 months"),
    "tile.dso.title": (
        "Encours / facturation de trois mois × jours de la période",
        "Receivables / three months of billing × days of the period",
    ),
    "tile.delay": ("dont retard (ADD)", "of which delay (ADD)"),
    "tile.delay.title": (
        "DSO moins DSO du meilleur possible, celui des seules factures à échoir",
        "DSO less best possible DSO, that of documents not yet due",
    ),
    "tile.countback": ("DSO par épuisement", "Count-back DSO"),
    "tile.countback.title": (
        "Jours de facturation, mois après mois en remontant, qu'il faut pour épuiser l'encours",
        "Days of billing, going back month by month, that use up receivables",
    ),
    "tile.default": ("Encours en défaut", "In default"),
    "tile.default.title": (
        "Encours des clients en défaut : procédure collective, plus de 90 jours de retard, ou perte",
        "Receivables on customers in default: proceedings, over 90 days past due, or a write-off",
    ),
    # --- names
    "name.best": ("Meilleur possible", "Best possible"),
    "name.delay": ("Retard", "Delay"),
    "name.others": ("Autres clients", "Other customers"),
    "name.default": ("défaut", "default"),
    "name.on_time": ("à l'heure", "on time"),
    "name.late": ("en retard", "late"),
    "name.balance": ("Par le solde", "Balance"),
    "name.countback": ("Par épuisement", "Count-back"),
    "name.true": ("DSO vrai", "True DSO"),
    "name.billed": ("Facturé", "Billed"),
    "name.collected": ("Encaissé", "Collected"),
    "name.to_pay": ("Jours pour payer", "Days to pay"),
    "name.days_late": ("Jours de retard", "Days late"),
    "name.cei": ("Efficacité", "Effectiveness"),
    "name.reference": ("Référence", "Reference"),
    # --- buckets
    "bucket.not_due": ("Non échu", "Not due"),
    "bucket.1_30": ("1–30 j", "1–30 d"),
    "bucket.31_60": ("31–60 j", "31–60 d"),
    "bucket.61_90": ("61–90 j", "61–90 d"),
    "bucket.91_120": ("91–120 j", "91–120 d"),
    "bucket.over_120": ("> 120 j", "> 120 d"),
    "bucket.unknown": ("Échéance inconnue", "Due date unknown"),
    "bucket.unallocated": ("Non affecté", "Unallocated"),
    # --- columns
    "col.month": ("Mois", "Month"),
    "col.dso": ("DSO", "DSO"),
    "col.customer": ("Client", "Customer"),
    "col.now": ("Maintenant", "Now"),
    "col.change": ("Écart", "Change"),
    "col.total": ("Total", "Total"),
    "col.bucket": ("Tranche", "Bucket"),
    "col.share": ("Part", "Share"),
    "col.balance": ("Encours", "Balance"),
    "col.week": ("Semaine du", "Week from"),
    "col.not_yet_due": ("À échoir", "Not yet due"),
    "col.expected_late": ("Retard attendu", "Expected late"),
    "col.share_late": ("Part en retard attendue", "Share expected late"),
    "col.exposure": ("Encours", "Exposure"),
    "col.what_changed": ("Ce qui a changé", "What changed"),
    "col.proposed": ("Proposé", "Proposed"),
    "col.document": ("Pièce", "Document"),
    "col.issued": ("Émise le", "Issued"),
    "col.due": ("Échéance", "Due"),
    "col.open": ("Reste dû", "Open"),
    "col.overdue": ("Échu", "Overdue"),
    "col.of_which_old": ("dont > 120 j", "of which > 120 d"),
    "col.unexplained": ("Reste inexpliqué", "Unexplained rest"),
    "col.share_paid_late": ("Part payée en retard", "Share paid late"),
    "col.fifo": ("Réglé par fifo", "Settled by fifo"),
    "col.sum_months.one": ("Dernier mois", "Last month"),
    "col.sum_months.other": ("{n} derniers mois", "Last {n} months"),
    "col.sum_customers.one": ("Ce client", "This customer"),
    "col.sum_customers.other": ("Ces {n} clients", "These {n} customers"),
    "col.proceeding": ("Procédure", "Proceedings"),
    "col.judgment": ("Jugement", "Judgment"),
    "col.publication": ("Publication", "Publication"),
    "col.open_at_judgment": ("Dû au jugement", "Open at judgment"),
    "col.claim_deadline": ("Déclarer avant le", "Claim by"),
    "col.relief_deadline": ("Relevé de forclusion avant le", "Relief by"),
    "col.state": ("État", "State"),
    "col.since": ("Depuis", "Since"),
    "col.event": ("Événement", "Event"),
    "col.reasons": ("Pourquoi", "Why"),
    "col.p_late": ("Probabilité de retard", "Chance of late payment"),
    "col.cutoff": ("Arrêté au", "Cut-off"),
    "col.sample": ("Cas", "Cases"),
    "col.group": ("Groupe", "Group"),
    "col.predicted": ("Prévu", "Predicted"),
    "col.observed": ("Observé", "Observed"),
    "col.model": ("Modèle", "Model"),
    "col.target": ("Ce qui est prévu", "Target"),
    "col.metric": ("Mesure", "Metric"),
    "col.value": ("Valeur", "Value"),
    "col.better": ("Meilleur", "Better"),
    "col.short.receivables": ("Encours", "Receivables"),
    "col.short.overdue": ("Échu", "Overdue"),
    "col.short.percent_current": ("Non échu / encours", "Percent current"),
    "col.short.billed": ("Facturé", "Billed"),
    "col.short.dso": ("DSO 3 m", "DSO 3 m"),
    "col.short.best": ("Meilleur possible", "Best possible"),
    "col.short.delay": ("Retard (ADD)", "Delay (ADD)"),
    "col.short.dso_12m": ("DSO 12 m", "DSO 12 m"),
    "col.short.countback": ("Épuisement", "Count-back"),
    "col.short.true": ("DSO vrai", "True DSO"),
    "col.short.cei": ("Efficacité", "CEI"),
    "col.short.to_pay": ("Jours pour payer", "Days to pay"),
    "col.short.days_late": ("Jours de retard", "Days late"),
    "col.short.days_late_net": ("Retard net", "Net days late"),
    "col.short.share_paid_late": ("Payé en retard, montant", "Paid late, amount"),
    "col.short.share_paid_late_count": ("Payé en retard, nombre", "Paid late, number"),
    "col.short.fifo": ("Réglé par fifo", "Settled by fifo"),
    # --- charts of the overview
    "chart.split.title.level": (
        "Sur {dso} de DSO, {delay} sont du retard",
        "Of {dso} of DSO, {delay} are delay",
    ),
    "chart.split.title.steady": (
        "Le retard compte pour {delay} sur {dso}",
        "Delay makes {delay} out of {dso}",
    ),
    "chart.split.title.more": (
        "Sur {change} de plus {period}, {delay} sont du retard de paiement",
        "Of {change} more {period}, {delay} are late payment",
    ),
    "chart.split.title.more_delay": (
        "{delay} de retard de plus {period} : le DSO s'allonge de {change}",
        "{delay} more of delay {period}: DSO lengthens by {change}",
    ),
    "chart.split.title.other": (
        "DSO {change} {period}, retard {delay}",
        "DSO {change} {period}, delay {delay}",
    ),
    "chart.split.subtitle": (
        "DSO à trois mois, en jours : meilleur possible en bas, retard (ADD) en haut",
        "Three-month DSO in days: best possible below, delay (ADD) above",
    ),
    "chart.split.summary": (
        "Le DSO va de {before} en {first} à {after} en {last}, dont {delay} de retard.",
        "DSO goes from {before} in {first} to {after} in {last}, {delay} of them delay.",
    ),
    "chart.split.hover": (
        "{month} : DSO {dso} = {best} + {delay} de retard",
        "{month}: DSO {dso} = {best} + {delay} of delay",
    ),
    "chart.split.caption": ("DSO à trois mois, en jours", "Three-month DSO in days"),
    "chart.movers.days.delay": ("{days} de retard", "{days} of delay"),
    "chart.movers.days.dso": ("{days} de DSO", "{days} of DSO"),
    "chart.movers.title.add.one": (
        "{names} ajoute {part}, sur {total} en tout",
        "{names} adds {part}, of {total} in all",
    ),
    "chart.movers.title.add.other": (
        "{names} ajoutent {part}, sur {total} en tout",
        "{names} add {part}, of {total} in all",
    ),
    "chart.movers.title.take.one": (
        "{names} retire {part}, sur {total} en tout",
        "{names} takes off {part}, of {total} in all",
    ),
    "chart.movers.title.take.other": (
        "{names} retirent {part}, sur {total} en tout",
        "{names} take off {part}, of {total} in all",
    ),
    "chart.movers.subtitle.delay": (
        "Jours de retard (ADD) que chaque client ajoute ou retire {period} ; la somme est l'écart total",
        "Days of delay (ADD) each customer adds or takes off {period}; they sum to the whole change",
    ),
    "chart.movers.subtitle.dso": (
        "Jours de DSO que chaque client ajoute ou retire {period}, échus ou non ; la somme est l'écart total",
        "Days of DSO each customer adds or takes off {period}, overdue or not; they sum to the whole change",
    ),
    "chart.movers.hover": (
        "{name} : {change} (de {before} à {now})",
        "{name}: {change} (from {before} to {now})",
    ),
    "chart.movers.caption.delay": ("Jours de retard par client", "Days of delay by customer"),
    "chart.movers.caption.dso": ("Jours de DSO par client", "Days of DSO by customer"),
    "chart.ageing.title": (
        "{share} des factures ouvertes sont échues, contre {before} {then}",
        "{share} of open documents are overdue, against {before} {then}",
    ),
    "chart.ageing.title.alone": (
        "{share} des factures ouvertes sont échues",
        "{share} of open documents are overdue",
    ),
    "chart.ageing.subtitle": (
        "{unit} au {day}, par retard ; à droite, l'écart",
        "{unit} at {day}, by days past due; the change on the right",
    ),
    "chart.ageing.subtitle.alone": ("{unit} au {day}, par retard", "{unit} at {day}, by days past due"),
    "chart.ageing.summary": (
        "{overdue} sont échus sur {documents} de factures ouvertes, soit {share}, dont {old} depuis "
        "plus de 120 jours.",
        "{overdue} is overdue of {documents} of open documents, or {share}, {old} of it for more "
        "than 120 days.",
    ),
    "chart.ageing.hover": ("{name} : {amount}", "{name}: {amount}"),
    "chart.ageing.caption": ("Balance âgée, par tranche de retard", "Ageing, by days past due"),
    "chart.late.title": (
        "Sur {total} à échoir, {late} devraient être payés en retard",
        "Of {total} not yet due, {late} should be paid late",
    ),
    "chart.late.subtitle": (
        "{unit} par semaine d'échéance, attendus (hachuré) : à l'heure en bas, en retard en haut ; "
        "hors clients en défaut",
        "{unit} by week of due date, expected (hatched): on time below, late above; customers in "
        "default left out",
    ),
    "chart.late.summary": (
        "{total} ne sont pas encore échus ; {late} devraient être payés en retard, soit {share}.",
        "{total} is not yet due; {late} should be paid late, or {share}.",
    ),
    "chart.late.caption": (
        "Montants à échoir, par semaine d'échéance",
        "Amounts not yet due, by week of due date",
    ),
    "chart.late.later": ("après", "later"),
    "chart.late.from": ("à partir du {day}", "from {day}"),
    "chart.late.hover.time": ("{week} : {amount} à l'heure", "{week}: {amount} on time"),
    "chart.late.hover.late": ("{week} : {amount} en retard", "{week}: {amount} late"),
    "chart.risk.title.one": (
        "{word} porte {share} du retard attendu",
        "{word} carries {share} of the expected lateness",
    ),
    "chart.risk.title.other": (
        "{word} portent {share} du retard attendu",
        "{word} carry {share} of the expected lateness",
    ),
    "chart.risk.title.default.one": (
        "{n} client est en défaut, pour {amount}",
        "{n} customer is in default, for {amount}",
    ),
    "chart.risk.title.default.other": (
        "{n} clients sont en défaut, pour {amount}",
        "{n} customers are in default, for {amount}",
    ),
    "chart.risk.subtitle": (
        "Un point par client : encours (échelle logarithmique) selon la part de ses montants à "
        "échoir attendue en "
        "retard ; clients en défaut à part, sans probabilité",
        "One point a customer: exposure (log scale) by the share of its not-yet-due amounts expected "
        "late; customers "
        "in default apart, without a probability",
    ),
    "chart.risk.summary.one": (
        "{customers} clients ont {late} de retard attendu ; {n} client est en défaut, pour {amount}.",
        "{customers} customers have {late} expected late; {n} customer is in default, for {amount}.",
    ),
    "chart.risk.summary.other": (
        "{customers} clients ont {late} de retard attendu ; {n} clients sont en défaut, pour {amount}.",
        "{customers} customers have {late} expected late; {n} customers are in default, for {amount}.",
    ),
    "chart.risk.hover": (
        "{name} : encours {exposure}, {share} attendus en retard ({late})",
        "{name}: exposure {exposure}, {share} expected late ({late})",
    ),
    "chart.risk.hover.default": (
        "{name} : en défaut, encours {exposure}",
        "{name}: in default, exposure {exposure}",
    ),
    "chart.risk.caption": ("Clients les plus exposés", "Most exposed customers"),
    # --- decisions
    "overview.decide": ("À décider", "To decide"),
    "overview.decide.caption": ("Clients qui demandent une décision", "Customers that need a decision"),
    "overview.open_documents": ("Pièces ouvertes", "Open documents"),
    "event.proceeding": ("{kind}, publiée le {day}", "{kind}, published on {day}"),
    "event.proceedings": ("procédure collective depuis le {day}", "collective proceedings since {day}"),
    "event.overdue_90": ("plus de 90 jours de retard depuis le {day}", "over 90 days past due since {day}"),
    "event.write_off": ("perte comptabilisée le {day}", "written off on {day}"),
    "event.other": ("en défaut depuis le {day}", "in default since {day}"),
    "proceeding.safeguard": ("procédure de sauvegarde", "safeguard"),
    "proceeding.receivership": ("procédure de redressement judiciaire", "receivership"),
    "proceeding.liquidation": ("procédure de liquidation judiciaire", "liquidation"),
    "proceeding.plan": ("procédure sous plan", "plan"),
    "action.claim": ("Déclarer la créance avant le {day}", "File the claim before {day}"),
    "action.relief": (
        "Délai de déclaration passé ; demander le relevé de forclusion avant le {day}",
        "Claim period over; ask for relief before {day}",
    ),
    "action.default": (
        "Livrer contre paiement ; mettre en demeure",
        "Deliver against payment; send a formal notice",
    ),
    "action.call": ("Appeler ; proposer un échéancier", "Call; offer instalments"),
    "action.limit": ("Ramener l'encours à {limit}", "Bring the exposure back to {limit}"),
    "action.remind": ("Relancer avant l'échéance", "Remind before the due date"),
    "change.delay": (
        "retard moyen passé de {before} à {after} en trois mois",
        "average delay from {before} to {after} in three months",
    ),
    "change.limit": ("encours au-dessus de la limite de {limit}", "exposure above the limit of {limit}"),
    "change.expected": (
        "{late} attendus en retard sur {total} à échoir",
        "{late} expected late of {total} not yet due",
    ),
    # --- DSO page
    "dso.headline.countback": ("Le DSO par épuisement est de {countback}.", "Count-back DSO is {countback}."),
    "dso.headline.same": (
        "Le DSO est de {dso} ; l'épuisement dit de même : {countback}.",
        "DSO is {dso}; the count-back says the same: {countback}.",
    ),
    "dso.headline.apart": (
        "Le DSO est de {dso} ; compté sur la facturation de chaque mois (épuisement), il est de {countback}.",
        "DSO is {dso}; counted back on each month's billing, it is {countback}.",
    ),
    "dso.lead.regular": (
        "À facturation régulière, les deux seraient égaux.",
        "With regular billing the two would be equal.",
    ),
    "dso.lead.paid": (
        "Les règlements des trois derniers mois sont venus {to_pay} après la facture, {late} après "
        "l'échéance.",
        "Payments of the last three months came {to_pay} after the invoice, {late} after the due date.",
    ),
    "dso.lead.paid.assumed": (
        "Les règlements des trois derniers mois sont venus {to_pay} après la facture ; l'échéance étant le plus "
        "souvent supposée, {late} après elle.",
        "Payments of the last three months came {to_pay} after the invoice; the due date being mostly assumed, {late} "
        "after it.",
    ),
    "dso.figure.dso_3m": ("{value} par le solde", "{value} by balance"),
    "dso.figure.dso_countback": ("{value} par épuisement", "{value} by count-back"),
    "dso.figure.true_dso": ("{value} pour le DSO vrai", "{value} for true DSO"),
    "dso.measures.title": ("En jours : {figures}", "In days: {figures}"),
    "dso.measures.title.none": ("Pas de DSO au dernier mois", "No DSO in the last month"),
    "dso.measures.subtitle": (
        "DSO en jours, trois mesures ; par le solde : fenêtre de trois mois",
        "DSO in days, three measures; balance: three-month window",
    ),
    "dso.measures.caption": ("DSO en jours, par mois", "DSO in days, by month"),
    "dso.flows.title.one": (
        "{billed} facturés et {collected} encaissés le dernier mois",
        "{billed} billed and {collected} collected in the last month",
    ),
    "dso.flows.title.other": (
        "{billed} facturés et {collected} encaissés en {n} mois",
        "{billed} billed and {collected} collected in {n} months",
    ),
    "dso.flows.subtitle": (
        "{unit} par mois : facturé (barre), encaissé (trait) ; TTC, avoirs et rejets déduits",
        "{unit} by month: billed (bar), collected (mark); tax included, credit notes and rejections deducted",
    ),
    "dso.flows.caption": ("Facturé et encaissé, par mois", "Billed and collected, by month"),
    "dso.flows.hover.billed": ("{month} : {amount} facturés", "{month}: {amount} billed"),
    "dso.flows.hover.collected": ("{month} : {amount} encaissés", "{month}: {amount} collected"),
    "dso.delay.title": (
        "Les clients paient {to_pay} après la facture, dont {late} de retard",
        "Customers pay {to_pay} after the invoice, {late} of them late",
    ),
    "dso.delay.title.none": (
        "Aucun règlement sur les trois derniers mois",
        "No payment in the last three months",
    ),
    "dso.delay.subtitle": (
        "Jours, moyenne pondérée par les montants réglés sur trois mois ; un paiement en avance compte 0",
        "Days, average weighted by the amounts paid over three months; an early payment counts 0",
    ),
    "dso.delay.caption": (
        "Jours pour payer et jours de retard, sur trois mois",
        "Days to pay and days late, over three months",
    ),
    "dso.cei.title.one": (
        "Efficacité du recouvrement : {now} ce mois, moyenne {average}",
        "Collection effectiveness: {now} this month, average {average}",
    ),
    "dso.cei.title.other": (
        "Efficacité du recouvrement : {now} ce mois, {average} en moyenne sur {n} mois",
        "Collection effectiveness: {now} this month, {average} on average over {n} months",
    ),
    "dso.cei.title.none": (
        "Efficacité du recouvrement : pas de chiffre ce mois",
        "Collection effectiveness: no figure this month",
    ),
    "dso.cei.subtitle": (
        "Part de ce qui pouvait être encaissé dans le mois qui l'a été ; 100 % = plus rien d'échu",
        "Share of what could be collected in the month that was; 100% = nothing left overdue",
    ),
    "dso.cei.caption": (
        "Indice d'efficacité du recouvrement, par mois",
        "Collection effectiveness index, by month",
    ),
    "dso.months": ("Mois par mois", "Month by month"),
    "dso.months.caption": (
        "Jours sauf montants et parts ; un tiret : la fenêtre commence avant le grand livre, ou rien "
        "n'est à mesurer",
        "Days, except amounts and shares; a dash: the window starts before the ledger, or there is "
        "nothing to measure",
    ),
    # --- metric dictionary
    "page.dictionary": ("Dictionnaire", "Dictionary"),
    "dictionary.title.one": (
        "Dictionnaire des indicateurs : {n} indicateur, sa formule, sa source et le SQL qui le donne",
        "Metric dictionary: {n} metric, its formula, its source and the SQL that gives it",
    ),
    "dictionary.title.other": (
        "Dictionnaire des indicateurs : {n} indicateurs, chacun avec sa formule, sa source et le SQL qui le donne",
        "Metric dictionary: {n} metrics, each with its formula, its source and the SQL that gives it",
    ),
    "dictionary.lead": (
        "Une fenêtre de n mois va du lendemain de la fin du mois M−n à M ; elle est vide si elle commence avant le "
        "premier mois du grand livre. Un rapport est vide si son dénominateur est nul ou négatif.",
        "A window of n months runs from the day after the end of month M−n to M; it is empty where it starts before "
        "the ledger's first month. A ratio is empty where its denominator is zero or less.",
    ),
    "dictionary.fct_dso_monthly": (
        "Encours, DSO et délais, par mois",
        "Receivables, DSO and delays, by month",
    ),
    "dictionary.scopes": (
        "Les mêmes colonnes existent par client, secteur, pays, taille et colonne choisie de customers.csv : tables "
        "fct_dso_by_customer_monthly, fct_dso_by_sector_monthly, fct_dso_by_country_monthly, fct_dso_by_size_monthly "
        "et fct_dso_by_attribute_monthly.",
        "The same columns exist by customer, sector, country, size and chosen column of customers.csv: tables "
        "fct_dso_by_customer_monthly, fct_dso_by_sector_monthly, fct_dso_by_country_monthly, fct_dso_by_size_monthly "
        "and fct_dso_by_attribute_monthly.",
    ),
    "dictionary.fct_ageing_monthly": ("Balance âgée, par client et mois", "Ageing, by customer and month"),
    "dictionary.fct_roll_rates_monthly": (
        "Glissement d'une tranche à la suivante, par mois",
        "From one bucket to the next, by month",
    ),
    "dictionary.fct_late_payment_penalties": (
        "Pénalités de retard, par facture et semestre",
        "Late-payment penalties, by invoice and semester",
    ),
    "dictionary.rpt_statutory_late_payments": (
        "Délais de paiement : tableaux légaux, par exercice",
        "Payment delays: the law's tables, by fiscal year",
    ),
    "dictionary.rpt_expected_credit_loss": (
        "Pertes attendues, par tranche",
        "Expected credit losses, by bucket",
    ),
    "dictionary.rpt_tax_provision": ("Provisions fiscales, par créance", "Tax provisions, by receivable"),
    "dictionary.fct_customer_behaviour_monthly": (
        "Événements, par client et mois",
        "Events, by customer and month",
    ),
    "dictionary.caption": ("Table {table}", "Table {table}"),
    "dictionary.col.name": ("Indicateur", "Metric"),
    "dictionary.col.formula": ("Formule", "Formula"),
    "dictionary.col.unit": ("Unité", "Unit"),
    "dictionary.col.source": ("Source", "Source"),
    "dictionary.col.column": ("Colonne", "Column"),
    "dictionary.col.sql": ("SQL", "SQL"),
    "dictionary.unit.currency": ("monnaie", "currency"),
    "dictionary.unit.days": ("jours", "days"),
    "dictionary.unit.share": ("part de 0 à 1", "share, 0 to 1"),
    "dictionary.unit.percent": ("%", "%"),
    "dictionary.unit.times": ("fois par an", "times a year"),
    "dictionary.unit.index": ("indice de 0 à 1", "index, 0 to 1"),
    "dictionary.unit.count": ("nombre", "number"),
    # --- assumed terms and scopes
    "dso.lead.restated": (
        "Avec les créances cédées et les effets escomptés non échus, le DSO serait de {dso}.",
        "With assigned receivables and discounted bills not yet due, DSO would be {dso}.",
    ),
    "dso.terms": ("Ce que changent les conditions supposées", "What the assumed terms change"),
    "dso.terms.lead": (
        "Le DSO ne dépend pas des conditions supposées ; les retards et la part échue en dépendent. Les mêmes "
        "factures, sous d'autres conditions :",
        "DSO does not depend on the assumed terms; lateness and the overdue share do. The same invoices, under other "
        "terms:",
    ),
    "dso.terms.caption": (
        "Jours et parts sous chaque hypothèse ; DSO, retard et part payée en retard {window}",
        "Days and shares under each assumption; DSO, days late and share paid late {window}",
    ),
    "dso.terms.12m": ("sur douze mois", "over twelve months"),
    "dso.terms.3m": ("sur trois mois", "over three months"),
    "dso.terms.col.terms": ("Conditions supposées", "Assumed terms"),
    "dso.terms.col.share": ("Part échue", "Share overdue"),
    "dso.terms.in_force": ("{terms} (retenues)", "{terms} (in force)"),
    "dso.terms.days": ("{days} jours", "{days} days"),
    "dso.terms.eom": ("{days} jours fin de mois", "{days} days end of month"),
    "dso.terms.eom_then": ("fin de mois puis {days} jours", "end of month, then {days} days"),
    "dso.terms.cash": ("au comptant", "on delivery"),
    "dso.scopes": ("Par secteur, pays et taille", "By sector, country and size"),
    "dso.scopes.lead": (
        "Chaque ligne ne compte que les factures et les règlements de ses clients ; encours et facturation "
        "s'additionnent au total de la société.",
        "Each row counts the invoices and payments of its customers alone; receivables and billing add up to the "
        "company's.",
    ),
    "dso.scopes.some": (
        "{scope} : les {n} premiers encours sur {all}",
        "{scope}: the {n} largest receivables of {all}",
    ),
    "dso.scope.sector": ("Secteur", "Sector"),
    "dso.scope.country": ("Pays", "Country"),
    "dso.scope.size": ("Taille", "Size"),
    "dso.scope.unknown": ("inconnu", "unknown"),
    # --- buckets of the configuration
    "ageing.buckets": ("Par vos tranches", "By your buckets"),
    "ageing.buckets.lead": (
        "Le même encours, divisé par les tranches de la configuration.",
        "The same balance, divided by the buckets of the configuration.",
    ),
    "ageing.buckets.caption": ("Encours par tranche de jours de retard", "Balance by days past due"),
    "bucket.between": ("{first}–{last} j", "{first}–{last} d"),
    "bucket.over": ("> {days} j", "> {days} d"),
    # --- ageing page
    "ageing.headline": (
        "{overdue} sont échus, dont {old} depuis plus de 120 jours",
        "{overdue} is overdue, {old} of it for more than 120 days",
    ),
    "ageing.headline.recent": (
        "{overdue} sont échus, rien depuis plus de 120 jours",
        "{overdue} is overdue, none of it for more than 120 days",
    ),
    "ageing.headline.who": (" ; {name} en porte {share}.", "; {name} owes {share} of it."),
    "ageing.headline.none": (
        "Rien n'est échu sur {documents} de factures ouvertes.",
        "Nothing is overdue of {documents} of open documents.",
    ),
    "ageing.lead": (
        "Encours {balance} = {documents} de factures ouvertes − {unallocated} non affectés "
        "(règlements sur compte et avoirs).",
        "Balance {balance} = {documents} of open documents − {unallocated} unallocated (payments on "
        "account and credit notes).",
    ),
    "ageing.lead.unknown": (
        "{amount} sont sans échéance connue (à-nouveaux sans détail).",
        "{amount} has no known due date (openings without detail).",
    ),
    "ageing.stack.title": (
        "{now} ont plus de 120 jours de retard, contre {before} fin {month}",
        "{now} is more than 120 days past due, against {before} at the end of {month}",
    ),
    "ageing.stack.title.alone": (
        "{now} ont plus de 120 jours de retard",
        "{now} is more than 120 days past due",
    ),
    "ageing.stack.subtitle": (
        "Factures ouvertes en {unit}, par retard, à chaque fin de mois",
        "Open documents in {unit}, by days past due, at each month end",
    ),
    "ageing.stack.caption": ("Balance âgée à chaque fin de mois", "Ageing at each month end"),
    "ageing.debtors.title.one": (
        "Un seul client porte {share} des {amount} échus",
        "One customer owes {share} of the {amount} overdue",
    ),
    "ageing.debtors.title.other": (
        "{n} clients portent {share} des {amount} échus",
        "{n} customers owe {share} of the {amount} overdue",
    ),
    "ageing.debtors.subtitle": (
        "Montant échu par client, en {unit}",
        "Overdue amount by customer, in {unit}",
    ),
    "ageing.debtors.hover": (
        "{name} : {overdue} échus, dont {old} à plus de 120 jours",
        "{name}: {overdue} overdue, {old} of it over 120 days",
    ),
    "ageing.debtors.caption": ("Clients qui doivent le plus d'échu", "Customers that owe the most overdue"),
    "ageing.customers": ("Clients", "Customers"),
    "ageing.customers.count.one": ("Balance âgée de {n} client", "Aged balance of {n} customer"),
    "ageing.customers.count.other": ("Balance âgée de {n} clients", "Aged balance of {n} customers"),
    "ageing.customers.lead": (
        "Encours décroissant. Le total est le solde des comptes 411, 413 et 416.",
        "Largest balance first. The total is the balance of accounts 411, 413 and 416.",
    ),
    "ageing.customers.caption": ("Balance âgée par client au {day}", "Aged balance by customer at {day}"),
    "ageing.rest.one": ("{n} autre client", "{n} other customer"),
    "ageing.rest.other": ("{n} autres clients", "{n} other customers"),
    "ageing.proceedings": ("Procédures collectives", "Collective proceedings"),
    "ageing.proceedings.lead": (
        "La créance se déclare dans les deux mois de la publication au BODACC, quatre quand la mer sépare le "
        "créancier du tribunal ; passé ce délai, le relevé de forclusion se demande dans les six mois de la "
        "publication. Les délais qui courent viennent d'abord, le plus proche en tête.",
        "A claim is filed within two months of the BODACC publication, four across the sea from the court; after "
        "that, relief is asked for within six months of the publication. Running deadlines come first, the soonest "
        "at the top.",
    ),
    "ageing.proceedings.none": (
        "Aucun jugement d'ouverture connu sur les clients de ce grand livre.",
        "No opening judgment known about the customers of this ledger.",
    ),
    "ageing.proceedings.caption": (
        "Créances sur clients en procédure",
        "Receivables on customers in proceedings",
    ),
    "ageing.deadline.past": ("{day}, passé", "{day}, past"),
    # --- risk page
    "risk.headline": (
        "{late} sur {total} à échoir devraient être payés en retard ; ",
        "{late} of {total} not yet due should be paid late; ",
    ),
    "risk.headline.default.one": (
        "{n} client est en défaut, pour {amount}",
        "{n} customer is in default, for {amount}",
    ),
    "risk.headline.default.other": (
        "{n} clients sont en défaut, pour {amount}",
        "{n} customers are in default, for {amount}",
    ),
    "risk.headline.no_default": ("aucun client n'est en défaut", "no customer is in default"),
    "risk.lead": (
        "Retard attendu = probabilité de payer après l'échéance × reste dû, sur ce qui n'est pas "
        "encore échu. "
        "Un client en défaut est montré à part : il n'a pas de probabilité.",
        "Expected late = chance of paying after the due date × open amount, on what is not yet due. "
        "A customer in default is shown apart: it has no probability.",
    ),
    "event.source.disputes": ("litiges", "disputes"),
    "event.source.promises": ("promesses de règlement", "promises to pay"),
    "event.source.reminders": ("relances", "reminders"),
    "event.source.orders": ("commandes", "orders"),
    "event.source.instalments": ("échéanciers", "instalment plans"),
    "event.source.insured_limits": ("garanties d'assurance-crédit", "insured limits"),
    "event.source.overrides": ("décisions", "decisions"),
    "promise.pending": ("attendue", "pending"),
    "promise.broken": ("non tenue", "broken"),
    "followup": ("Litiges, promesses, relances, garanties", "Disputes, promises, reminders, insured limits"),
    "followup.disputes.one": (
        "{n} pièce ouverte est en litige, pour {amount}.",
        "{n} open document is in dispute, for {amount}.",
    ),
    "followup.disputes.other": (
        "{n} pièces ouvertes sont en litige, pour {amount}.",
        "{n} open documents are in dispute, for {amount}.",
    ),
    "followup.promises.one": (
        "Sur {n} promesse échue en douze mois, {kept} tenue ({share}).",
        "Of {n} promise that fell due in twelve months, {kept} was kept ({share}).",
    ),
    "followup.promises.other": (
        "Sur {n} promesses jugées en douze mois, {kept} tenues ({share}).",
        "Of {n} promises judged in twelve months, {kept} were kept ({share}).",
    ),
    "followup.pending.one": (
        "{n} promesse est attendue, pour {amount}.",
        "{n} promise is pending, for {amount}.",
    ),
    "followup.pending.other": (
        "{n} promesses sont attendues, pour {amount}.",
        "{n} promises are pending, for {amount}.",
    ),
    "followup.reminders.one": (
        "{n} relance envoyée en douze mois, dont {third} de niveau 3 ou plus.",
        "{n} reminder sent in twelve months, {third} of level 3 or above.",
    ),
    "followup.reminders.other": (
        "{n} relances envoyées en douze mois, dont {third} de niveau 3 ou plus.",
        "{n} reminders sent in twelve months, {third} of level 3 or above.",
    ),
    "followup.instalments.one": (
        "{n} échéance d'étalement est impayée, pour {amount}.",
        "{n} instalment is past due, for {amount}.",
    ),
    "followup.instalments.other": (
        "{n} échéances d'étalement sont impayées, pour {amount}.",
        "{n} instalments are past due, for {amount}.",
    ),
    "followup.insured": (
        "Garanties en cours : {limit} ; hors garantie : {amount} de l'encours ({share}).",
        "Insured limits in force: {limit}; beyond them: {amount} of the receivables ({share}).",
    ),
    "followup.absent": (
        "Aucune source pour : {names}. Rien n'en est dit ici, et les scores n'en tiennent pas compte.",
        "No source for: {names}. Nothing is told of them here, and the scores do not count them.",
    ),
    "followup.absent.disputes": (
        "Faute de litiges connus, toute pièce compte comme non contestée (défaut, art. D. 441-6, provisions).",
        "No dispute being known, every document counts as undisputed (default, art. D. 441-6, provisions).",
    ),
    "followup.whole": ("tout le compte", "whole account"),
    "followup.documents.one": ("{n} pièce", "{n} document"),
    "followup.documents.other": ("{n} pièces", "{n} documents"),
    "followup.disputes.caption.one": (
        "Litiges ouverts, montant décroissant ({shown} sur {n})",
        "Open disputes, largest first ({shown} of {n})",
    ),
    "followup.disputes.caption.other": (
        "Litiges ouverts, montant décroissant ({shown} sur {n})",
        "Open disputes, largest first ({shown} of {n})",
    ),
    "followup.promises.caption": (
        "Promesses attendues, puis non tenues des 90 derniers jours, montant décroissant",
        "Promises pending, then broken in the last 90 days, largest first",
    ),
    "followup.uninsured.caption": (
        "Plus grands encours au-delà de la garantie",
        "Largest balances beyond the insured limit",
    ),
    "followup.decisions.caption": (
        "Décisions en vigueur, à côté de l'action proposée",
        "Decisions in force, beside the action proposed",
    ),
    "followup.decided": (
        "{action} · décidé le {day} : {decision}",
        "{action} · decided on {day}: {decision}",
    ),
    "col.opened": ("Ouvert le", "Opened"),
    "col.days_open": ("Jours", "Days"),
    "col.disputed": ("Contesté", "Disputed"),
    "col.promised_on": ("Donnée le", "Given"),
    "col.promised_for": ("Pour le", "Due"),
    "col.promised": ("Promis", "Promised"),
    "col.received": ("Reçu", "Received"),
    "col.insured_limit": ("Garantie", "Insured limit"),
    "col.uninsured": ("Non couvert", "Not covered"),
    "col.decided": ("Décidé", "Decided"),
    "col.decided_by": ("Par", "By"),
    "col.decided_on": ("Le", "On"),
    "col.until": ("Jusqu'au", "Until"),
    "col.events": ("Événements", "Events"),
    "col.rows_read": ("Lignes", "Rows"),
    "col.about_documents": ("Sur une pièce", "About a document"),
    "col.about_customers": ("Sur un client", "About a customer"),
    "col.unknown": ("Non rattachées", "Not tied"),
    "col.after_as_of": ("Après la date", "After the day"),
    "col.period": ("Période", "Period"),
    "audit.events": ("Événements", "Events"),
    "audit.events.caption": (
        "Sources d'événements et ce à quoi leurs lignes se rattachent",
        "Sources of events and what their rows are about",
    ),
    "audit.events.lead": (
        "Chaque ligne se rattache à une pièce ou à un client connus.",
        "Every row is about a known document or customer.",
    ),
    "audit.events.lost.one": (
        "{n} ligne nomme une pièce ou un client inconnus : elle ne compte nulle part.",
        "{n} row names a document or a customer nobody knows: it counts nowhere.",
    ),
    "audit.events.lost.other": (
        "{n} lignes nomment des pièces ou des clients inconnus : elles ne comptent nulle part.",
        "{n} rows name documents or customers nobody knows: they count nowhere.",
    ),
    "audit.events.none": ("aucune source configurée", "no source configured"),
    "risk.defaults": ("Clients en défaut", "Customers in default"),
    "risk.defaults.count.one": (
        "{n} client en défaut, pour {amount}",
        "{n} customer in default, for {amount}",
    ),
    "risk.defaults.count.other": (
        "{n} clients en défaut, pour {amount}",
        "{n} customers in default, for {amount}",
    ),
    "risk.defaults.none": (
        "Aucun client n'est en défaut à cette date.",
        "No customer is in default at this date.",
    ),
    "risk.defaults.lead": (
        "En défaut : procédure collective publiée, plus de 90 jours de retard au-dessus du seuil, ou perte.",
        "In default: published proceedings, over 90 days past due above the threshold, or a write-off.",
    ),
    "risk.defaults.caption": (
        "Clients en défaut, encours décroissant",
        "Customers in default, largest exposure first",
    ),
    "risk.customers": ("Clients par retard attendu", "Customers by expected late amount"),
    "risk.customers.lead": (
        "Hors clients en défaut. Pourquoi : de la pièce qui pèse le plus ; ↑ élève, ↓ abaisse la probabilité.",
        "Customers in default left out. Why: of the document that weighs most; ↑ raises, ↓ lowers the probability.",
    ),
    "risk.customers.caption": ("Clients par retard attendu", "Customers by expected late amount"),
    "risk.invoices": ("Factures à relancer avant l'échéance", "Invoices to remind before they are due"),
    "risk.invoices.lead": (
        "Les factures à échoir dont le retard attendu est le plus grand.",
        "The not-yet-due invoices with the largest expected late amount.",
    ),
    "risk.invoices.caption": (
        "Factures à échoir, retard attendu décroissant",
        "Invoices not yet due, largest expected late amount first",
    ),
    "risk.model": ("Ce que vaut le modèle", "How good the model is"),
    "risk.model.none": (
        "Aucun résultat hors période : le grand livre est trop court pour mesurer un modèle. Les "
        "probabilités sont "
        "celles de la référence, le taux de retard par client.",
        "No out-of-time result: the ledger is too short to measure a model. Probabilities are those "
        "of the reference, "
        "the customer's late rate.",
    ),
    "risk.model.served": (
        "Est servi : {model}, {metric} hors période {value} contre {baseline_value} pour la "
        "référence ({baseline}), "
        "écart {gain}.",
        "Served: {model}, out-of-time {metric} {value} against {baseline_value} for the reference "
        "({baseline}), "
        "difference {gain}.",
    ),
    "risk.model.interval": (
        "Intervalle à 90 % de l'écart : {low} à {high}.",
        "90% interval of the difference: {low} to {high}.",
    ),
    "risk.model.more": (
        "Ce qu'il valait mois par mois, segment par segment, et s'il vaut encore : page Modèles.",
        "What it was worth by month and by slice, and whether it still is: page Models.",
    ),
    "risk.calibration.title": (
        "Entre prévu et observé, l'écart moyen est de {gap}",
        "Between predicted and observed, the average gap is {gap}",
    ),
    "risk.calibration.subtitle": (
        "Part en retard observée (vertical) selon la part prévue, par groupe de probabilités "
        "voisines, hors période",
        "Observed share late (vertical) by predicted share, in groups of like probabilities, out of time",
    ),
    "risk.calibration.hover": (
        "prévu {predicted}, observé {observed} ({n} cas)",
        "predicted {predicted}, observed {observed} ({n} cases)",
    ),
    "risk.calibration.diagonal": ("prévu = observé", "predicted = observed"),
    "risk.calibration.caption": ("Prévu et observé, par groupe", "Predicted and observed, by group"),
    "metric.auc": ("AUC", "AUC"),
    "metric.average_precision": ("précision moyenne", "average precision"),
    "metric.brier": ("score de Brier", "Brier score"),
    "metric.log_loss": ("perte logarithmique", "log-loss"),
    "metric.ece": ("erreur de calage (ECE)", "calibration error (ECE)"),
    "model.lightgbm": ("LightGBM", "LightGBM"),
    "model.customer_rate": ("Taux par client", "Customer rate"),
    "model.portfolio_rate": ("Taux moyen de la société", "Company average rate"),
    "target.late": ("retard", "late"),
    "target.late_30": ("retard de plus de 30 jours", "more than 30 days late"),
    "target.late_90": ("retard de plus de 90 jours", "more than 90 days late"),
    "risk.target.title": (
        "{model} : {metric} {value} hors période, {baseline} pour la référence",
        "{model}: out-of-time {metric} {value}, {baseline} for the reference",
    ),
    "risk.target.subtitle": (
        "{metric} par retard prévu, sur les mois de contrôle ; référence : {baseline}",
        "{metric} by lateness predicted, on the held-out months; reference: {baseline}",
    ),
    "risk.target.caption": ("Mesure par retard prévu", "Metric by lateness predicted"),
    # --- auditor's page
    "check.published_tie_out": (
        "Postes publiés et comptes 411 + 413 + 416, dernier jour",
        "Published items and accounts 411 + 413 + 416, last day",
    ),
    "check.total_tie_out": (
        "Postes ouverts et comptes 411 + 413 + 416",
        "Open items and accounts 411 + 413 + 416",
    ),
    "check.customer_tie_out": (
        "Postes ouverts et comptes, client par client",
        "Open items and accounts, customer by customer",
    ),
    "check.opening_difference": (
        "À-nouveaux et clôture de l'exercice précédent (porté par un poste)",
        "Opening and previous closing (carried as an item)",
    ),
    "audit.headline.tie": (
        "Les postes ouverts sont égaux au solde du grand livre, {amount}, au centime",
        "Open items equal the ledger balance, {amount}, to the cent",
    ),
    "audit.headline.exceptions.one": (
        "{n} écart avec le grand livre est détaillé ci-dessous",
        "{n} difference from the ledger is itemised below",
    ),
    "audit.headline.exceptions.other": (
        "{n} écarts avec le grand livre sont détaillés ci-dessous",
        "{n} differences from the ledger are itemised below",
    ),
    "audit.headline.no_tie": (
        "Aucun rapprochement au grand livre n'est disponible",
        "No tie-out to the ledger is available",
    ),
    "audit.headline.clean": (" ; tous les contrôles passent.", "; every check passes."),
    "audit.headline.errors.one": (" ; {n} contrôle bloquant échoue.", "; {n} blocking check fails."),
    "audit.headline.errors.other": (" ; {n} contrôles bloquants échouent.", "; {n} blocking checks fail."),
    "audit.headline.warnings.one": (
        " ; {n} contrôle avertit, aucun ne bloque.",
        "; {n} check warns, none blocks.",
    ),
    "audit.headline.warnings.other": (
        " ; {n} contrôles avertissent, aucun ne bloque.",
        "; {n} checks warn, none blocks.",
    ),
    "audit.lead": (
        "Chaque ligne et chaque centime lus sont comptés : acceptés, rejetés avec leur motif, ou "
        "écartés avec leur "
        "fichier. Les rapprochements sont faits par client et par fin de mois.",
        "Every row and every cent read is accounted for: accepted, rejected with its reason, or set "
        "aside with its "
        "file. The tie-out is made per customer and month end.",
    ),
    "audit.sources": ("Sources", "Sources"),
    "audit.sources.sum": (
        "Comptabilité : {read} lignes lues = {accepted} acceptées + {rejected} rejetées.",
        "Books: {read} rows read = {accepted} accepted + {rejected} rejected.",
    ),
    "audit.sources.left_out": (
        "Comptabilité : {read} lignes lues = {accepted} acceptées + {rejected} rejetées + {left_out} hors périmètre "
        "selon la configuration.",
        "Books: {read} rows read = {accepted} accepted + {rejected} rejected + {left_out} left out by the "
        "configuration.",
    ),
    "audit.sources.gap": (
        "Comptabilité : {read} lignes lues, mais {accepted} acceptées, {rejected} rejetées et {left_out} hors "
        "périmètre : {gap} ne sont pas expliquées.",
        "Books: {read} rows read, but {accepted} accepted, {rejected} rejected and {left_out} left out: {gap} are not "
        "explained.",
    ),
    "audit.sources.superseded.one": (
        "{n} ligne acceptée ne compte plus : une version postérieure la remplace.",
        "{n} accepted row counts no longer: a later version replaces it.",
    ),
    "audit.sources.superseded.other": (
        "{n} lignes acceptées ne comptent plus : des versions postérieures les remplacent.",
        "{n} accepted rows count no longer: later versions replace them.",
    ),
    "audit.sources.earlier": ("Versions antérieures", "Earlier versions"),
    "audit.col.snapshot": ("Situation au", "Speaks of"),
    "audit.col.superseded": ("Remplacées", "Superseded"),
    "audit.sources.aside.one": (
        "{n} ligne de données externes ne concerne aucun client et est écartée.",
        "{n} row of external data is about no customer and is set aside.",
    ),
    "audit.sources.aside.other": (
        "{n} lignes de données externes ne concernent aucun client et sont écartées.",
        "{n} rows of external data are about no customer and are set aside.",
    ),
    "audit.sources.caption": (
        "Fichiers lus : lignes, montants, empreintes",
        "Files read: rows, amounts, hashes",
    ),
    "audit.rejected": ("Lignes rejetées", "Rejected rows"),
    "audit.rejected.none": ("Aucune ligne n'a été rejetée.", "No row was rejected."),
    "audit.rejected.lead.one": ("{n} ligne : {reasons}.", "{n} row: {reasons}."),
    "audit.rejected.lead.other": ("{n} lignes : {reasons}.", "{n} rows: {reasons}."),
    "audit.rejected.caption": ("Lignes rejetées, telles que lues", "Rejected rows, as read"),
    "audit.limited": (
        "Les {n} premières sont écrites ici, toutes sont dans quality.rejected_rows.",
        "The first {n} are written here, all are in quality.rejected_rows.",
    ),
    "audit.tie": ("Rapprochement au grand livre", "Tie-out to the ledger"),
    "audit.tie.lead.ok.one": ("{n} comparaison, sans écart.", "{n} comparison, no difference."),
    "audit.tie.lead.ok.other": ("{n} comparaisons, aucun écart.", "{n} comparisons, no difference."),
    "audit.tie.lead.failed.one": (
        "{n} écart sur {checks} comparaisons.",
        "{n} difference in {checks} comparisons.",
    ),
    "audit.tie.lead.failed.other": (
        "{n} écarts sur {checks} comparaisons.",
        "{n} differences in {checks} comparisons.",
    ),
    "audit.tie.failed.one": ("{n} écart", "{n} difference"),
    "audit.tie.failed.other": ("{n} écarts", "{n} differences"),
    "audit.tie.caption": (
        "À la date d'arrêté, et tout mois en écart",
        "At the as-of date, and every month that differs",
    ),
    "audit.tie.months": ("Autres fins de mois, sans écart", "Other month ends, without difference"),
    "audit.tie.exceptions": ("Écarts, un par un", "Differences, one by one"),
    "audit.expectations": ("Contrôles", "Checks"),
    "audit.expectations.none": ("Aucun contrôle n'est enregistré.", "No check is recorded."),
    "audit.expectations.lead": (
        "Contrôles réussis : {passed} sur {total} ; échecs bloquants : {errors} ; avertissements : "
        "{warnings}.",
        "Checks passed: {passed} of {total}; blocking failures: {errors}; warnings: {warnings}.",
    ),
    "audit.expectations.failed": ("Contrôles qui échouent", "Checks that fail"),
    "audit.expectations.passed": ("Contrôles qui passent", "Checks that pass"),
    "audit.unbalanced": ("Écritures déséquilibrées", "Unbalanced entries"),
    "audit.unbalanced.none": ("Toutes les écritures sont équilibrées.", "Every entry balances."),
    "audit.unbalanced.lead.one": (
        "{n} écriture ne s'équilibre pas ; elle est gardée et signalée.",
        "{n} entry does not balance; it is kept and reported.",
    ),
    "audit.unbalanced.lead.other": (
        "{n} écritures ne s'équilibrent pas ; elles sont gardées et signalées.",
        "{n} entries do not balance; they are kept and reported.",
    ),
    "audit.unbalanced.caption": ("Débit et crédit par écriture", "Debit and credit by entry"),
    "audit.due": ("Échéances", "Due dates"),
    "audit.due.lead": (
        "{share} du montant facturé sur douze mois porte une échéance supposée (conditions de la "
        "société ou délai légal).",
        "{share} of the amount billed over twelve months has an assumed due date (company terms or "
        "legal default).",
    ),
    "audit.due.caption": (
        "Origine des échéances, sur tout le grand livre",
        "Where due dates come from, over the whole ledger",
    ),
    "audit.differences": ("Comptabilité auxiliaire et grand livre", "Sub-ledger and ledger"),
    "audit.differences.none": (
        "La comptabilité auxiliaire et le grand livre ont le même solde, pièce par pièce.",
        "Sub-ledger and ledger have the same balance, document by document.",
    ),
    "audit.differences.lead.one": (
        "Au {day}, {n} écart sépare la comptabilité auxiliaire du grand livre : {amount} au total.",
        "On {day}, {n} difference lies between the sub-ledger and the ledger: {amount} in all.",
    ),
    "audit.differences.lead.other": (
        "Au {day}, {n} écarts séparent la comptabilité auxiliaire du grand livre : {amount} au total.",
        "On {day}, {n} differences lie between the sub-ledger and the ledger: {amount} in all.",
    ),
    "audit.differences.kinds": (
        "Écarts par nature ; comptabilité auxiliaire moins grand livre",
        "Differences by kind; sub-ledger less ledger",
    ),
    "audit.differences.caption": (
        "Écarts par pièce et règlement, les plus grands d'abord",
        "Differences by document and payment, largest first",
    ),
    "audit.differences.limited": (
        "Les {n} plus grands sont écrits ici, tous sont dans quality.ledger_differences.",
        "The {n} largest are written here, all stand in quality.ledger_differences.",
    ),
    "audit.differences.cut_off": ("décalage de date", "cut-off"),
    "audit.differences.amount": ("montant", "amount"),
    "audit.differences.opening_balance": ("à-nouveaux sans détail", "openings without detail"),
    "audit.differences.other_customer": ("autre client", "other customer"),
    "audit.differences.missing_in_ledger": ("absent du grand livre", "missing in the ledger"),
    "audit.differences.missing_in_subledger": (
        "absent de la comptabilité auxiliaire",
        "missing in the sub-ledger",
    ),
    "audit.col.kind": ("Nature", "Kind"),
    "audit.col.document": ("Pièce", "Document"),
    "audit.col.ledger_date": ("Date au grand livre", "Ledger date"),
    "audit.col.subledger_date": ("Date auxiliaire", "Sub-ledger date"),
    "audit.col.ledger_amount": ("Grand livre", "Ledger"),
    "audit.col.subledger_amount": ("Auxiliaire", "Sub-ledger"),
    "audit.restated": ("Historique révisé", "Restated history"),
    "audit.restated.none": (
        "Le grand livre ne couvre aucune fin de mois antérieure à l'arrêté : rien n'a pu être révisé.",
        "The ledger covers no month end before the as-of date: nothing can have been restated.",
    ),
    "audit.restated.lead": (
        "Les soldes passés ne bougent jamais ; la répartition entre factures ouvertes et sommes non affectées, si. "
        "Au {day}, {amount} de pièces ouvertes ({share}) côtoient des sommes reçues du même client que seules des "
        "écritures postérieures en séparent : le même calcul arrêté ce jour-là montrerait autant de moins des deux "
        "côtés. {later} de règlements antérieurs reposent sur un lettrage fait après cette date.",
        "Past balances never move; the split between open documents and money on account does. At {day}, {amount} of "
        "open documents ({share}) stand beside money from the same customer that only later lines keep apart: the "
        "same run cut at that day would show that much less of both. {later} of earlier settlements rest on "
        "lettering done after that day.",
    ),
    "audit.restated.undated": (
        "Pour {amount} de règlements lettrés, le grand livre ne dit pas quand le lettrage a été fait.",
        "For {amount} of lettered settlements the ledger does not say when the lettering was done.",
    ),
    "audit.restated.caption": (
        "Clôtures et douze dernières fins de mois ; part échue : si ces sommes avaient réglé les plus anciennes",
        "Closings and last twelve month ends; the part past due assumes that this money paid the oldest first",
    ),
    "audit.restated.closing": ("clôture", "closing"),
    "audit.col.closing": ("Clôture", "Closing"),
    "audit.col.open_documents": ("Pièces ouvertes", "Open documents"),
    "audit.col.set_apart": ("dont tenues à part", "of which kept apart"),
    "audit.col.set_apart_overdue": ("dont échues", "of which past due"),
    "audit.col.lettered_later": ("Lettré après", "Lettered later"),
    "audit.col.completed_later": ("Groupe complété après", "Group completed later"),
    "audit.settlement": ("Méthodes de règlement", "Settlement methods"),
    "audit.settlement.lead": (
        "{share} des règlements de douze mois sont affectés par ancienneté (fifo), faute de "
        "lettrage, de référence ou de montant exact.",
        "{share} of twelve months' payments are applied oldest first (fifo), for want of lettering, "
        "reference or exact amount.",
    ),
    "audit.settlement.cap": (
        "Pour {credits} de ces sommes, plus de douze pièces étaient ouvertes : seule une suite continue de pièces a "
        "été cherchée.",
        "For {credits} of these credits more than twelve documents stood open: only unbroken runs of documents were "
        "looked for.",
    ),
    "audit.spellings": ("Numéros de client et leurs graphies", "Customer numbers and their spellings"),
    "audit.spellings.none": (
        "Aucun numéro de client ne change de graphie (casse, espaces, zéros de tête).",
        "No customer number changes its spelling (case, blanks, leading zeros).",
    ),
    "audit.spellings.lead": (
        "Graphies lues comme un même client parce que l'une remplace l'autre d'un exercice à l'autre : {merged}. "
        "Graphies laissées à part parce qu'elles coexistent : {apart}. Si ce sont les mêmes clients, ne gardez "
        "qu'une graphie dans le grand livre.",
        "Spellings read as one customer because one replaces the other from a year to the next: {merged}. Kept apart "
        "because they stand side by side: {apart}. Where those are one customer, keep one spelling in the ledger.",
    ),
    "audit.spellings.caption": (
        "Ce qui ne diffère que par la casse, les espaces ou les zéros de tête",
        "What differs only by case, blanks or leading zeros",
    ),
    "audit.spellings.merged": ("un même client", "one customer"),
    "audit.spellings.apart": ("laissés à part", "kept apart"),
    "audit.col.spelling": ("Graphie", "Spelling"),
    "audit.col.years": ("Exercices", "Fiscal years"),
    "audit.col.reading": ("Lecture", "Reading"),
    "audit.spellings.lines": ("Lignes", "Lines"),
    "audit.settlement.caption": (
        "Règlements affectés, par méthode, sur tout le grand livre",
        "Payments applied, by method, over the whole ledger",
    ),
    "audit.manifest": ("Manifeste", "Manifest"),
    "audit.manifest.lead": (
        "Empreintes SHA-256 de ce qui est publié ; « encours verify » les recalcule.",
        "SHA-256 hashes of what is published; “encours verify” computes them again.",
    ),
    "audit.manifest.run": ("Exécution", "Run"),
    "audit.manifest.release": ("Empreinte de la publication", "Release hash"),
    "audit.manifest.previous": ("Manifeste précédent", "Previous manifest"),
    "audit.manifest.caption": ("Fichiers et tables du manifeste", "Files and tables of the manifest"),
    "audit.col.file": ("Fichier", "File"),
    "audit.col.source": ("Source", "Source"),
    "audit.col.status": ("État", "State"),
    "audit.col.form": ("Forme", "Form"),
    "audit.col.span": ("Période", "Period"),
    "audit.col.read": ("Lues", "Read"),
    "audit.col.accepted": ("Acceptées", "Accepted"),
    "audit.col.rejected": ("Rejetées", "Rejected"),
    "audit.col.aside": ("Écartées", "Set aside"),
    "audit.col.debit": ("Débit", "Debit"),
    "audit.col.credit": ("Crédit", "Credit"),
    "audit.col.debit_rejected": ("Débit rejeté", "Debit rejected"),
    "audit.col.credit_rejected": ("Crédit rejeté", "Credit rejected"),
    "audit.col.entries": ("Écritures", "Entries"),
    "audit.col.drafts": ("Brouillons", "Drafts"),
    "audit.col.hash": ("SHA-256", "SHA-256"),
    "audit.col.warnings": ("Avertissements", "Warnings"),
    "audit.col.line": ("Ligne", "Line"),
    "audit.col.column": ("Colonne", "Column"),
    "audit.col.reason": ("Motif", "Reason"),
    "audit.col.raw": ("Texte lu", "Text read"),
    "audit.col.check": ("Contrôle", "Check"),
    "audit.col.month_end": ("Fin de mois", "Month end"),
    "audit.col.compared": ("Comparés", "Compared"),
    "audit.col.expected": ("Attendu", "Expected"),
    "audit.col.actual": ("Obtenu", "Actual"),
    "audit.col.difference": ("Écart", "Difference"),
    "audit.col.result": ("Résultat", "Result"),
    "audit.col.customer": ("Client", "Customer"),
    "audit.col.detail": ("Détail", "Detail"),
    "audit.col.what": ("Contrôle", "Check"),
    "audit.col.severity": ("Gravité", "Severity"),
    "audit.col.stage": ("Étape", "Stage"),
    "audit.col.table": ("Table", "Table"),
    "audit.col.observed": ("Observé", "Observed"),
    "audit.col.unexpected": ("Cas", "Cases"),
    "audit.col.journal": ("Journal", "Journal"),
    "audit.col.entry": ("Écriture", "Entry"),
    "audit.col.date": ("Date", "Date"),
    "audit.col.due": ("Origine", "Source"),
    "audit.col.method": ("Méthode", "Method"),
    "audit.col.amount": ("Montant", "Amount"),
    "audit.col.share": ("Part", "Share"),
    "audit.col.number": ("Nombre", "Number"),
    "audit.col.rows": ("Lignes", "Rows"),
    "status.used": ("lu", "used"),
    "status.superseded": ("remplacé", "superseded"),
    "status.duplicate": ("doublon", "duplicate"),
    "severity.error": ("bloquant", "blocking"),
    "severity.warning": ("avertissement", "warning"),
    "stage.gate": ("entrée", "gate"),
    "stage.warehouse": ("entrepôt", "warehouse"),
    "word.yes": ("oui", "yes"),
    "word.no": ("non", "no"),
    "word.ties": ("égal", "ties"),
    "word.passed": ("passe", "passes"),
    "word.failed": ("échoue", "fails"),
    "due.document": ("sur la pièce", "on the document"),
    "due.customer_terms": ("conditions du client", "customer's terms"),
    "due.company_terms": ("conditions de la société (supposée)", "company's terms (assumed)"),
    "due.legal_default": ("délai légal de 30 jours (supposée)", "legal default of 30 days (assumed)"),
    "due.unknown": ("inconnue", "unknown"),
    "method.ledger": ("lettrage du grand livre", "lettering in the ledger"),
    "method.reference": ("référence citée", "reference named"),
    "method.exact_amount": ("montant exact", "exact amount"),
    "method.amount_subset": ("somme de factures", "sum of documents"),
    "method.fifo": ("ancienneté (fifo)", "oldest first (fifo)"),
    # --- statutory
    "statutory.headline": (
        "Au {day}, {invoices} échues restent impayées pour {amount} {basis}, soit {share} du chiffre d'affaires",
        "On {day}, {invoices} past due were unpaid for {amount} {basis}: {share} of turnover",
    ),
    "statutory.headline.alone": (
        "Au {day}, {invoices} échues restent impayées pour {amount} {basis}, sans chiffre d'affaires au grand livre",
        "On {day}, {invoices} past due were unpaid for {amount} {basis}, without turnover in the ledger",
    ),
    "statutory.headline.none": (
        "Au {day}, aucune facture échue n'était impayée",
        "On {day}, no invoice was past due and unpaid",
    ),
    "statutory.lead": (
        "Ce que la loi demande sur les délais de paiement, moitié clients : les tableaux du rapport de gestion "
        "(code de commerce, art. L. 441-14 et D. 441-6), {basis} ; les délais convenus face au plafond "
        "(art. L. 441-10 I) ; les pénalités exigibles (art. L. 441-10 II).",
        "What the law asks about payment terms, customers' half: the tables of the management report (code de "
        "commerce, art. L. 441-14 and D. 441-6), {basis}; agreed terms against the ceiling (art. L. 441-10 "
        "I); penalties that may be claimed (art. L. 441-10 II).",
    ),
    "statutory.basis.excluding_vat": ("HT", "excl. VAT"),
    "statutory.basis.including_vat": ("TTC", "incl. VAT"),
    "statutory.basis.excluding_vat.long": ("hors taxes", "excluding VAT"),
    "statutory.basis.including_vat.long": ("toutes taxes comprises", "VAT included"),
    "statutory.year": ("exercice du {start} au {end}", "fiscal year from {start} to {end}"),
    "statutory.year.open": (
        "exercice ouvert le {start} – provisoire, arrêté au {day}",
        "fiscal year begun on {start} – provisional, drawn up on {day}",
    ),
    "statutory.invoices.one": ("{n} facture", "{n} invoice"),
    "statutory.invoices.other": ("{n} factures", "{n} invoices"),
    "statutory.customers.one": ("{n} client", "{n} customer"),
    "statutory.customers.other": ("{n} clients", "{n} customers"),
    "statutory.reference_terms": (
        "Délais contractuels : {contractual}, {contractual_amount} ; délais légaux : {legal}, {legal_amount}",
        "Contractual terms: {contractual}, {contractual_amount}; legal terms: {legal}, {legal_amount}",
    ),
    "statutory.unpaid": ("Impayés à la clôture", "Unpaid at the closing"),
    "statutory.late": ("Retards de l'exercice", "Late during the fiscal year"),
    "statutory.earlier": ("Exercices précédents", "Earlier fiscal years"),
    "statutory.sheet": ("{start} - {end}", "{start} - {end}"),
    "statutory.sheet.basis": ("Montants {basis}, en {currency}", "Amounts {basis}, in {currency}"),
    "statutory.sheet.customers": ("Pénalités par client", "Penalties by customer"),
    "statutory.sheet.invoices": ("Pénalités par facture", "Penalties by invoice"),
    "statutory.note.unpaid": (
        "Ce qui reste dû à la clôture ; « 0 jour » : pas encore échu, ou échu ce jour-là.",
        "What is still owed at the closing; “0 jour”: not yet due, or due that very day.",
    ),
    "statutory.note.late": (
        "Ce second tableau peut remplacer le premier. Il porte le montant des factures, réglées depuis ou non, qui "
        "ont eu du retard un jour de l'exercice ; « 0 jour » : émises dans l'exercice, jamais en retard.",
        "This second table may stand instead of the first. It holds the amounts of the invoices, paid since or not, "
        "that were late on a day of the year; “0 jour”: issued in the year, never late.",
    ),
    "statutory.note.undated.one": (
        "Hors tableau : une créance sans échéance connue ({amount}).",
        "Outside the table: one receivable without a known due date ({amount}).",
    ),
    "statutory.note.undated.other": (
        "Hors tableau : {n} créances sans échéance connue ({amount}).",
        "Outside the table: {n} receivables without a known due date ({amount}).",
    ),
    "statutory.note.vat.one": (
        "Le grand livre ne dit pas la TVA d'une facture en retard, comptée TTC ({amount}).",
        "The ledger does not tell the VAT of one late invoice, counted with VAT ({amount}).",
    ),
    "statutory.note.vat.other": (
        "Le grand livre ne dit pas la TVA de {n} factures en retard, comptées TTC ({amount}).",
        "The ledger does not tell the VAT of {n} late invoices, counted with VAT ({amount}).",
    ),
    "statutory.note.disputed": (
        "(B) : le grand livre ne contient que des factures comptabilisées et ne signale pas les litiges ; ceux qui "
        "sont déclarés sortent de (A).",
        "(B): a ledger holds booked invoices only and does not flag disputes; those that are declared leave (A).",
    ),
    "statutory.gloss": ("Sens des intitulés français", "What the French headings mean"),
    "statutory.gloss.zero": ("pas en retard", "not late (indicative); then 1 to 30 days late, and so on"),
    "statutory.gloss.a": ("tranches de retard", "buckets of lateness: number of invoices, amount, share"),
    "statutory.gloss.b": ("exclues", "invoices left out of (A) as disputed or not booked"),
    "statutory.gloss.c": ("délais de référence", "reference terms used: contractual, or the legal default"),
    "statutory.gloss.turnover": ("classe 70", "turnover: class 70 of the ledger, less 709"),
    "statutory.gloss.basis": ("hors taxes ou TTC", "excluding or including VAT"),
    "statutory.tie": ("Rapprochement", "Tie-out"),
    "statutory.tie.lead": (
        "De l'échu de la balance âgée à la clôture au total du premier tableau : rien d'autre ne les sépare.",
        "From the ageing's past due at the closing to the total of the first table: nothing else lies between.",
    ),
    "statutory.tie.caption": ("De la balance âgée au tableau I", "From the ageing to table I"),
    "statutory.tie.ageing_past_due": ("Échu de la balance âgée, TTC", "Past due in the ageing, VAT included"),
    "statutory.tie.other_movements": (
        "Mouvements qui ne sont pas des factures",
        "Movements that are no invoices",
    ),
    "statutory.tie.disputed": ("Créances litigieuses", "Disputed"),
    "statutory.tie.vat": ("TVA", "VAT"),
    "statutory.tie.table_i_total": ("Total du tableau I", "Total of table I"),
    "statutory.tie.difference": ("Écart", "Difference"),
    "statutory.terms": ("Délais convenus", "Agreed terms"),
    "statutory.terms.none": ("Aucune facture à juger.", "No invoice to judge."),
    "statutory.terms.over.one": (
        "Exercice {year} : un client a des délais au-delà de tout plafond légal.",
        "Fiscal year {year}: one customer has terms beyond every legal ceiling.",
    ),
    "statutory.terms.over.other": (
        "Exercice {year} : {n} clients ont des délais au-delà de tout plafond légal.",
        "Fiscal year {year}: {n} customers have terms beyond every legal ceiling.",
    ),
    "statutory.terms.within": (
        "Exercice {year} : aucun délai connu ne dépasse tout plafond légal.",
        "Fiscal year {year}: no known terms lie beyond every legal ceiling.",
    ),
    "statutory.terms.unjudged": (
        "{amount} de facturation ({share}) ne sont pas jugés : leur délai est supposé.",
        "{amount} of billing ({share}) is not judged: its terms are assumed.",
    ),
    "statutory.terms.caption": (
        "Délais face au plafond, exercice {year}",
        "Terms against the ceiling, fiscal year {year}",
    ),
    "statutory.terms.customers": (
        "Clients dont le délai dépasse 60 jours, ou le plafond de leur secteur",
        "Customers whose terms exceed 60 days, or their sector's ceiling",
    ),
    "statutory.terms.note": (
        "Plafond : 60 jours de la facture ou, s'ils sont convenus, 45 jours fin de mois, que l'on ajoute 45 jours "
        "puis aille à la fin du mois, ou l'inverse : la loi admet les deux. Les plafonds de secteur (art. L. 441-11) "
        "viennent de la configuration ; les factures récapitulatives (45 jours) ne se voient pas au grand livre.",
        "Ceiling: 60 days from the invoice or, where agreed, 45 days end of month, whether 45 days come before the "
        "end of the month or after it: the law accepts both. Sector ceilings (art. L. 441-11) come from the "
        "configuration; summary invoices (45 days) do not show in a ledger.",
    ),
    "verdict.compliant": ("conforme", "compliant"),
    "verdict.compliant_only_if_end_of_month_agreed": (
        "conforme si 45 jours fin de mois convenus",
        "compliant only if 45 days end of month agreed",
    ),
    "verdict.compliant_only_if_45_then_end_of_month": (
        "conforme si 45 jours, puis fin de mois",
        "compliant only as 45 days, then end of month",
    ),
    "verdict.compliant_only_if_end_of_month_then_45": (
        "conforme si fin de mois, puis 45 jours",
        "compliant only as end of month, then 45 days",
    ),
    "verdict.compliant_only_if_both_ways": (
        "conforme si les deux décomptes sont admis",
        "compliant only if both ways of counting are used",
    ),
    "verdict.over": ("au-delà", "over"),
    "verdict.not_judged": ("non jugé : délai supposé", "not judged: terms assumed"),
    "statutory.penalties": ("Pénalités et indemnités", "Penalties and indemnities"),
    "statutory.penalties.none": ("Aucune facture en retard.", "No invoice was late."),
    "statutory.penalties.lead": (
        "{total} seraient exigibles de {customers} sur la période du grand livre : {interest} d'intérêts et "
        "{indemnity} d'indemnités de recouvrement.",
        "{total} could be claimed from {customers} over the ledger's period: {interest} of interest and {indemnity} "
        "of recovery indemnities.",
    ),
    "statutory.penalties.rule": (
        "Intérêts du lendemain de l'échéance au jour du paiement inclus, sur le TTC dû au début du jour × taux / "
        "365, arrondis par facture et semestre ; 40 € par facture non payée à l'échéance (art. D. 441-5). Ni "
        "échéance inconnue ni consommateur ; arrêt la veille du jugement d'ouverture (art. L. 622-28). Prescription "
        ": cinq ans (art. L. 110-4).",
        "Interest from the day after the due date to the payment date inclusive, on the amount with VAT owed at the "
        "start of the day × rate / 365, rounded by invoice and semester; €40 per invoice not paid by its due date "
        "(art. D. 441-5). Neither unknown due dates nor consumers; stops the day before the opening judgment (art. "
        "L. 622-28). Time-barred after five years (art. L. 110-4).",
    ),
    "statutory.penalties.unpriced": (
        "Sans taux confirmé, rien n'est deviné : {semesters} (penalties: ecb_rates dans encours.yml).",
        "Without a confirmed rate nothing is guessed: {semesters} (penalties: ecb_rates in encours.yml).",
    ),
    "statutory.penalties.refused": (
        "Le taux du contrat est inférieur à trois fois le taux légal : celui de la loi s'applique ({semesters}).",
        "The contract's rate lies under three times the legal rate: the law's applies instead ({semesters}).",
    ),
    "statutory.penalties.caption": ("Pénalités par client au {day}", "Penalties by customer on {day}"),
    "statutory.semesters": ("Taux et semestres", "Rates and semesters"),
    "statutory.semesters.lead": (
        "Taux : celui des opérations principales de refinancement de la BCE au premier jour du semestre, plus 10 "
        "points (8 pour les acheteurs publics), ou celui du contrat ; minimum d'un contrat : trois fois le taux de "
        "l'intérêt légal. Sources : BCE, taux directeurs ; arrêtés fixant le taux de l'intérêt légal ; lignes "
        "confirmées par la configuration.",
        "Rate: the ECB's main refinancing rate on the first day of the semester plus 10 points (8 for public "
        "buyers), or the contract's; least a contract may say: three times the legal interest rate. Sources: ECB key "
        "interest rates; the orders that set the legal interest rate; rows confirmed in the configuration.",
    ),
    "statutory.semesters.caption": ("Pénalités par semestre", "Penalties by semester"),
    "statutory.semester.1": ("1er semestre {year}", "first half of {year}"),
    "statutory.semester.2": ("2e semestre {year}", "second half of {year}"),
    "rate.ecb_plus_10": ("BCE + 10 points", "ECB + 10 points"),
    "rate.ecb_plus_8": ("BCE + 8 points (public)", "ECB + 8 points (public)"),
    "rate.contract": ("contrat", "contract"),
    "workbook.left_out.one": (
        "Les {limit} premières lignes ; la dernière est dans {table}.",
        "The first {limit} rows; the last one is in {table}.",
    ),
    "workbook.left_out.other": (
        "Les {limit} premières lignes ; les {n} autres sont dans {table}.",
        "The first {limit} rows; the other {n} are in {table}.",
    ),
    "col.french": ("Français", "French"),
    "col.meaning": ("Sens", "Meaning"),
    "col.verdict": ("Jugement", "Verdict"),
    "col.customers": ("Clients", "Customers"),
    "col.invoices": ("Factures", "Invoices"),
    "col.amount_vat": ("Montant TTC", "Amount incl. VAT"),
    "col.terms": ("Délai convenu", "Agreed terms"),
    "col.ceiling": ("Plafond, jours", "Ceiling, days"),
    "col.longest": ("Plus long, jours", "Longest, days"),
    "col.beyond_net": ("Au-delà du plafond net", "Beyond the net ceiling"),
    "col.beyond_45_eom": ("Au-delà de 45 j puis fin de mois", "Beyond 45 d, then month end"),
    "col.beyond_eom_45": ("Au-delà de fin de mois puis 45 j", "Beyond month end, then 45 d"),
    "col.of_which_over": ("dont au-delà", "of which over"),
    "col.late_invoices": ("Factures en retard", "Late invoices"),
    "col.still_open": ("dont impayées", "of which unpaid"),
    "col.interest": ("Intérêts", "Interest"),
    "col.indemnity": ("Indemnités", "Indemnities"),
    "col.semester": ("Semestre", "Semester"),
    "col.rate_source": ("Origine du taux", "Source of the rate"),
    "col.rate": ("Taux", "Rate"),
    "col.minimum_rate": ("Minimum d'un contrat", "Contract's minimum"),
    "col.fiscal_year": ("Exercice", "Fiscal year"),
    "col.customer_id": ("Numéro", "Number"),
    "col.due_date": ("Échéance", "Due date"),
    "col.first_day": ("Premier jour", "First day"),
    "col.last_day": ("Dernier jour", "Last day"),
    "col.days": ("Jours", "Days"),
    "col.amount_days": ("Montant × jours", "Amount × days"),
    # --- provisions
    "shell.workbook.provisions": (
        "Excel : pertes attendues IFRS 9 et provisions fiscales",
        "Excel: IFRS 9 expected losses and tax provisions",
    ),
    "provisions.headline": (
        "Sur {gross} de créances, {loss} de perte attendue sur leur durée de vie ({share}), sans majoration "
        "prospective",
        "Of {gross} of receivables, {loss} expected to be lost over their lifetime ({share}), without overlay",
    ),
    "provisions.headline.overlay": (
        "Sur {gross} de créances, {loss} de perte attendue sur leur durée de vie ({share}), dont {overlay} de "
        "majoration prospective",
        "Of {gross} of receivables, {loss} expected to be lost over their lifetime ({share}), {overlay} of it overlay",
    ),
    "provisions.lead": (
        "Pertes de crédit attendues par la matrice de provisions d'IFRS 9 (5.5.15), sur les cohortes de la société ; "
        "toutes à durée de vie. Le tableau fiscal (art. 39\u20111\u20115° du CGI) est à part : les deux ne se mêlent "
        "jamais.",
        "Expected credit losses by the provision matrix of IFRS 9 (5.5.15), on the company's own cohorts; all over "
        "the lifetime. The French tax schedule (art. 39\u20111\u20115° CGI) stands apart: the two are never mixed.",
    ),
    "provisions.horizon": (
        "À côté, sans s'y ajouter : la perte attendue à 12 mois est de {amount}.",
        "Beside it, never added: the 12-month expected loss is {amount}.",
    ),
    "provisions.horizon.alone": (
        "La perte attendue à 12 mois n'est pas chiffrée pour cette société : aucune probabilité de défaut ne l'est.",
        "No 12-month expected loss is given for this company: it has no probability of default.",
    ),
    "provisions.matrix": ("Matrice de provisions", "Provision matrix"),
    "provisions.matrix.caption": (
        "Pertes attendues par tranche de retard, durée de vie",
        "Expected losses by days past due, lifetime",
    ),
    "provisions.matrix.note": (
        "Taux d'une tranche = ce que les mois clos ont finalement perdu, rapporté à ce qui en a atteint la tranche ; "
        "une perte a traversé toutes les tranches. Sans perte observée, un plancher, dit comme tel (par défaut ceux "
        "de l'exemple 12 d'IFRS 9). La colonne « si tout l'ouvert était perdu » dit jusqu'où le taux pourrait aller. "
        "Les montants prennent le taux exact, affiché ici à deux décimales.",
        "Rate of a bucket = what the closed months finally lost, over what of them ever reached the bucket; what is "
        "lost went through all of them. Where no loss was observed, a floor, said to be one (by default those of "
        "IFRS 9, example 12). “If all open were lost” says how far the rate could go. Amounts use the exact rate, "
        "shown here to two decimals.",
    ),
    "provisions.matrix.falling": (
        "Le taux baisse avec l'âge pour : {names}.",
        "The rate falls with age for: {names}.",
    ),
    "provisions.cohorts.none": (
        "Aucun mois de facturation n'est encore clos : les taux sont des planchers.",
        "No month of billing has closed yet: the rates are floors.",
    ),
    "provisions.cohorts": (
        "Taux mesurés sur les mois de facturation clos, de {first} à {last} (nombre : {n}) ; perdu : {lost}, soit "
        "{lost_net} hors TVA récupérable.",
        "Rates measured on the closed months of billing, from {first} to {last} (number: {n}); lost: {lost}, "
        "{lost_net} excluding recoverable VAT.",
    ),
    "provisions.cohorts.open": (
        "De ceux clos par leur âge, {amount} restent ouverts : ni payés, ni perdus.",
        "Of those closed by age, {amount} is still open: neither paid nor lost.",
    ),
    "provisions.cohorts.caption": (
        "Ce qu'est devenu chaque mois de facturation : facturé = avoirs + cédé + réglé + perdu + ouvert",
        "What became of each month of billing: billed = credited + assigned + settled + lost + open",
    ),
    "provisions.state.settled": ("clos, soldé", "closed, settled"),
    "provisions.state.aged": ("clos par l'âge", "closed by age"),
    "provisions.state.running": ("en cours", "running"),
    "provisions.horizon.lifetime": ("durée de vie", "lifetime"),
    "provisions.factor": (
        "Le facteur prospectif de {factor} sur ces taux majore la perte de {overlay} ; motif : {reason}.",
        "The forward-looking factor of {factor} on these rates adds {overlay} to the loss; reason: {reason}.",
    ),
    "provisions.factor.none": (
        "Facteur prospectif de {factor} : aucune majoration.",
        "Forward-looking factor of {factor}: no overlay.",
    ),
    "provisions.factor.no_reason": ("aucun n'est donné", "none is given"),
    "provisions.factor.reason": ("Motif de la majoration : {reason}", "Reason of the overlay: {reason}"),
    "provisions.tile.loss": ("Perte attendue", "Expected loss"),
    "provisions.tile.overlay": ("dont majoration", "of which overlay"),
    "provisions.tile.without_vat": ("Hors TVA récupérable", "Excl. recoverable VAT"),
    "provisions.tile.one_by_one": ("dont cas par cas", "of which one by one"),
    "provisions.tile.12m": ("Perte à 12 mois", "12-month loss"),
    "provisions.tile.tax": ("Provision fiscale", "Tax provision"),
    "provisions.tile.since": ("durée de vie, depuis le {day}", "lifetime, since {day}"),
    "provisions.tile.lifetime": ("durée de vie", "lifetime"),
    "provisions.tile.factor": ("facteur {factor}", "factor {factor}"),
    "provisions.tile.of_gross": ("sur {amount} de créances", "of {amount} of receivables"),
    "provisions.tile.beside": ("à côté, jamais ajoutée", "beside, never added"),
    "provisions.tile.no_pd": ("aucune probabilité de défaut", "no probability of default"),
    "provisions.tile.ledger": ("proposée ; {amount} au 491", "proposed; {amount} on 491"),
    "provisions.source.observed": ("observé", "observed"),
    "provisions.source.floor": ("plancher configuré", "configured floor"),
    "provisions.source.floor.default": ("plancher par défaut", "default floor"),
    "provisions.source.configured": ("configuré", "configured"),
    "provisions.source.default": ("par défaut", "default"),
    "provisions.source.not_assessed": ("non déprécié", "not assessed"),
    "provisions.section.matrix": ("Matrice", "Matrix"),
    "provisions.section.individual": ("Apprécié au cas par cas", "Assessed one by one"),
    "provisions.section.apart": ("À part, sans dépréciation", "Apart, without allowance"),
    "provisions.section.credit": ("Ce qui diminue l'encours", "What lowers the balance"),
    "provisions.line.not_due": ("Non échu", "Not due"),
    "provisions.line.overdue_1_30": ("1 à 30 jours de retard", "1 to 30 days past due"),
    "provisions.line.overdue_31_60": ("31 à 60 jours", "31 to 60 days"),
    "provisions.line.overdue_61_90": ("61 à 90 jours", "61 to 90 days"),
    "provisions.line.overdue_91_120": ("91 à 120 jours", "91 to 120 days"),
    "provisions.line.overdue_over_120": ("Plus de 120 jours", "More than 120 days"),
    "provisions.line.due_date_unknown": ("Échéance inconnue", "Due date unknown"),
    "provisions.line.in_proceedings": ("En procédure collective", "In collective proceedings"),
    "provisions.line.doubtful": ("Douteux (416)", "Doubtful (416)"),
    "provisions.line.disputed": ("En litige", "Disputed"),
    "provisions.line.insured": ("Assuré", "Insured"),
    "provisions.line.group": ("Groupe", "Group"),
    "provisions.line.retention": ("Retenues de garantie (4117)", "Retentions (4117)"),
    "provisions.line.assigned": ("Cédé au factor", "Assigned to a factor"),
    "provisions.line.credit_note": ("Avoirs à imputer", "Open credit notes"),
    "provisions.line.unallocated": ("Règlements non affectés", "Unallocated payments"),
    "provisions.reason.not_due": ("pas encore échu", "not yet due"),
    "provisions.reason.overdue_1_30": ("mesuré par l'âge", "measured by age"),
    "provisions.reason.overdue_31_60": ("mesuré par l'âge", "measured by age"),
    "provisions.reason.overdue_61_90": ("mesuré par l'âge", "measured by age"),
    "provisions.reason.overdue_91_120": ("mesuré par l'âge", "measured by age"),
    "provisions.reason.overdue_over_120": ("mesuré par l'âge", "measured by age"),
    "provisions.reason.due_date_unknown": (
        "aucune échéance connue : l'âge ne peut être dit, hors des cohortes",
        "no due date is known: the age cannot be told, outside the cohorts",
    ),
    "provisions.reason.in_proceedings": (
        "client en sauvegarde, redressement ou liquidation : taux propre, pas celui de l'âge",
        "customer in safeguard, receivership or liquidation: a rate of its own, not that of its age",
    ),
    "provisions.reason.doubtful": (
        "viré au 416 : taux propre, pas celui de l'âge",
        "transferred to 416: a rate of its own, not that of its age",
    ),
    "provisions.reason.disputed": (
        "l'enjeu est la créance, non la solvabilité du client",
        "what is at stake is the claim, not the customer's credit",
    ),
    "provisions.reason.insured": (
        "client couvert par l'assurance-crédit : l'assureur porte la perte",
        "customer covered by credit insurance: the insurer bears the loss",
    ),
    "provisions.reason.group": (
        "société du groupe : son risque n'est pas celui des clients",
        "company of the group: its risk is not that of the customers",
    ),
    "provisions.reason.retention": (
        "dues à leur libération, non par l'âge",
        "due at their release, not by age",
    ),
    "provisions.reason.assigned": (
        "au-delà de ce que portaient les pièces, ou repris du factor",
        "beyond what the documents held, or taken back from the factor",
    ),
    "provisions.reason.credit_note": (
        "pas encore imputés sur une pièce",
        "not yet applied to a document",
    ),
    "provisions.reason.unallocated": (
        "règlements et autres crédits pas encore imputés sur une pièce",
        "payments and other credits not yet applied to a document",
    ),
    "provisions.apart": ("Hors de la matrice", "Outside the matrix"),
    "provisions.apart.lead": (
        "Chaque pièce figure sur une seule ligne, pour la première raison qui vaut. Les taux au cas par cas ne sont "
        "pas majorés ; ils viennent de la configuration, sinon de ce qui a été observé, sinon d'un plancher.",
        "Each item stands on one line, for the first reason that applies. Rates set one by one bear no overlay; they "
        "come from the configuration, else from what was observed, else from a floor.",
    ),
    "provisions.apart.caption": (
        "Ce que la matrice ne mesure pas, et pourquoi",
        "What the matrix does not measure, and why",
    ),
    "provisions.tie": (
        "Matrice {matrix} + hors matrice {apart} = {together} ; grand livre (411 + 413 + 416) {ledger}, écart "
        "{difference}.",
        "Matrix {matrix} + outside it {apart} = {together}; ledger (411 + 413 + 416) {ledger}, difference "
        "{difference}.",
    ),
    "provisions.tie.caption": (
        "La matrice et ce qui en est à part font l'encours du grand livre",
        "The matrix and what stands apart make up the receivables of the ledger",
    ),
    "provisions.tie.sum": ("Ensemble", "Together"),
    "provisions.tie.ledger": ("Grand livre : 411 + 413 + 416", "Ledger: 411 + 413 + 416"),
    "provisions.tie.difference": ("Écart", "Difference"),
    "provisions.exposure": (
        "Annexe IFRS 7 : exposition et dépréciation",
        "IFRS 7 disclosure: exposure and allowance",
    ),
    "provisions.exposure.lead": (
        "Valeur brute et dépréciation à durée de vie par tranche de retard (IFRS 7, 35M et 35N), à chaque clôture "
        "avec ce qui était daté jusque-là, et passage d'une clôture à l'autre (35H).",
        "Gross carrying amount and lifetime allowance by days past due (IFRS 7, 35M and 35N), at each closing with "
        "what was dated by then, and the way from one closing to the next (35H).",
    ),
    "provisions.exposure.caption": (
        "Exposition au risque de crédit au {day}, durée de vie",
        "Credit risk exposure on {day}, lifetime",
    ),
    "provisions.movements.caption": (
        "Passage de la dépréciation d'une clôture à l'autre",
        "The loss allowance from one closing to the next",
    ),
    "provisions.movements.to": ("{start} au {end}", "{start} to {end}"),
    "provisions.movements.none": (
        "Une seule clôture est chargée : il n'y a pas encore de passage de l'une à l'autre.",
        "Only one closing is loaded: there is no way from one to the next yet.",
    ),
    "provisions.movement.opening_loss_allowance": ("Dépréciation à l'ouverture", "Opening allowance"),
    "provisions.movement.originated": ("Créances nouvelles", "New receivables"),
    "provisions.movement.collected": (
        "Encaissé, avoirs et autres règlements",
        "Collected, credited, otherwise settled",
    ),
    "provisions.movement.written_off": ("Utilisée par les passages en perte", "Used by write-offs"),
    "provisions.movement.aged": ("Changement de tranche ou de ligne", "Change of bucket or line"),
    "provisions.movement.remeasured": ("Changement des taux et du facteur", "Change of rates and factor"),
    "provisions.movement.rounding": ("Arrondis", "Rounding"),
    "provisions.movement.closing_loss_allowance": ("Dépréciation à la clôture", "Closing allowance"),
    "provisions.movement.receivables_written_off": (
        "Pour mémoire : créances passées en perte, TTC",
        "Memo: receivables written off, VAT included",
    ),
    "provisions.movement.impairment_loss": (
        "Charge de la période : variation + passages en perte",
        "Charge of the period: change + write-offs",
    ),
    "provisions.allowance.title": (
        "{share} de la perte attendue vient de la ligne « {line} », {gross} de l'encours",
        "{share} of the expected loss comes from “{line}”, {gross} of the balance",
    ),
    "provisions.allowance.subtitle": (
        "Perte attendue sur la durée de vie par ligne, {unit} ; gris : clôture précédente",
        "Expected loss over the lifetime by line, {unit}; grey: the closing before",
    ),
    "provisions.allowance.caption": ("Perte attendue par ligne", "Expected loss by line"),
    "provisions.rates.title": (
        "De ce qui a dépassé 120 jours de retard, {rate} ont été perdus",
        "Of what went beyond 120 days past due, {rate} was lost",
    ),
    "provisions.rates.title.floor": (
        "Aucune perte observée : le plancher au-delà de 120 jours est de {rate}",
        "No loss observed: the floor beyond 120 days is {rate}",
    ),
    "provisions.rates.subtitle": (
        "Taux de perte appliqué par tranche, facteur compris ; gris : clôture précédente",
        "Loss rate applied by bucket, factor included; grey: the closing before",
    ),
    "provisions.rates.caption": ("Taux de perte par tranche", "Loss rate by bucket"),
    "provisions.tax": ("Provisions fiscales, à part", "Tax provisions, apart"),
    "provisions.tax.lead.one": (
        "Une créance pour laquelle un événement existait : {base} hors TVA, {proposed} de provision proposée.",
        "One receivable for which an event existed: {base} excluding VAT, {proposed} of provision proposed.",
    ),
    "provisions.tax.lead.other": (
        "{n} créances pour lesquelles un événement existait : {base} hors TVA, {proposed} de provision proposée.",
        "{n} receivables for which an event existed: {base} excluding VAT, {proposed} of provision proposed.",
    ),
    "provisions.tax.none": (
        "Aucune créance pour laquelle un événement existait à la date d'arrêté : rien n'est proposé.",
        "No receivable for which an event existed on the as-of day: nothing is proposed.",
    ),
    "provisions.tax.note": (
        "Créance par créance, hors TVA, pour un événement intervenu et connu à la clôture : jugement d'ouverture "
        "prononcé et publié, ou virement au 416 (art. 39\u20111\u20115° du CGI). Le taux est une proposition, à "
        "justifier pièce par pièce. Les comptes 491, 68 et 78 sont ceux du grand livre : un contrôle qui ne change "
        "aucune pièce.",
        "Receivable by receivable, excluding VAT, for an event that happened and was known on the closing: opening "
        "judgment pronounced and published, or transfer to 416 (art. 39\u20111\u20115° CGI). The rate is a proposal, "
        "to be justified document by document. Accounts 491, 68 and 78 are the ledger's own: a check that changes "
        "no item.",
    ),
    "provisions.tax.vat_unknown": (
        "La TVA de {amount} n'est pas dite par l'écriture (à-nouveaux) : rien n'en a été retiré, à corriger.",
        "The entry does not tell the VAT of {amount} (opening items): nothing was taken out, to be corrected.",
    ),
    "provisions.tax.vat_unknown.cell": ("{amount} (TVA inconnue)", "{amount} (VAT unknown)"),
    "provisions.tax.vat.unknown": ("inconnue", "unknown"),
    "provisions.tax.rest": (
        "{n} autres créances, plus petites, sont dans le classeur.",
        "{n} more receivables, smaller ones, are in the workbook.",
    ),
    "provisions.tax.caption": (
        "Créances proposées à la provision fiscale",
        "Receivables proposed for a tax provision",
    ),
    "provisions.tax.summary.caption": (
        "Proposition de chaque clôture, à côté de ce que porte le grand livre",
        "Proposal of each closing, beside what the ledger holds",
    ),
    "provisions.event.opening_judgment": ("jugement du {day}", "judgment of {day}"),
    "provisions.event.doubtful_transfer": ("viré au 416 le {day}", "to 416 on {day}"),
    "provisions.event.published": (", publié le {day}", ", published {day}"),
    "provisions.event.group": (", société du groupe", ", company of the group"),
    "provisions.event.insured": (", client assuré", ", insured customer"),
    "provisions.sheet.matrix": ("Pertes attendues", "Expected losses"),
    "provisions.sheet.exposure": ("IFRS 7", "IFRS 7"),
    "provisions.sheet.cohorts": ("Cohortes", "Cohorts"),
    "provisions.sheet.tax": ("Provisions fiscales", "Tax provisions"),
    "col.line": ("Ligne", "Line"),
    "col.gross": ("Montant brut TTC", "Gross, incl. VAT"),
    "col.items": ("Pièces", "Items"),
    "col.reached": ("A atteint la tranche", "Ever reached"),
    "col.lost": ("Perdu", "Lost"),
    "col.loss_rate": ("Taux de perte", "Loss rate"),
    "col.rate_if_open_lost": ("Si tout l'ouvert était perdu", "If all open were lost"),
    "col.factor": ("Facteur", "Factor"),
    "col.applied_rate": ("Taux appliqué", "Applied rate"),
    "col.loss_before_overlay": ("Avant majoration", "Before overlay"),
    "col.overlay": ("Majoration", "Overlay"),
    "col.expected_loss_excluding_vat": ("Perte hors TVA récupérable", "Loss excl. recoverable VAT"),
    "col.horizon": ("Horizon", "Horizon"),
    "col.expected_loss": ("Perte attendue", "Expected loss"),
    "col.reason": ("Motif", "Reason"),
    "col.matrix_gross_amount": ("Matrice, brut", "Matrix, gross"),
    "col.matrix_loss_allowance": ("Matrice, dépréciation", "Matrix, allowance"),
    "col.individual_gross_amount": ("Cas par cas, brut", "One by one, gross"),
    "col.individual_loss_allowance": ("Cas par cas, dépréciation", "One by one, allowance"),
    "col.apart_gross_amount": ("À part, brut", "Apart, gross"),
    "col.gross_amount": ("Total brut", "Total gross"),
    "col.loss_allowance": ("Total dépréciation", "Total allowance"),
    "col.cohort.billed": ("Facturé", "Billed"),
    "col.cohort.credited": ("Avoirs", "Credited"),
    "col.cohort.assigned": ("Cédé", "Assigned"),
    "col.cohort.settled": ("Réglé", "Settled"),
    "col.cohort.lost": ("Perdu TTC", "Lost, incl. VAT"),
    "col.cohort.lost_excluding_vat": ("Perdu hors TVA", "Lost, excl. VAT"),
    "col.cohort.open_amount": ("Ouvert", "Open"),
    "col.closing": ("Clôture", "Closing"),
    "col.receivables": ("Créances", "Receivables"),
    "col.source": ("Pièce de l'événement", "Evidence"),
    "col.tax.base_amount": ("Base hors TVA", "Base excl. VAT"),
    "col.tax.vat": ("TVA", "VAT"),
    "col.tax.proposed_provision": ("Provision proposée", "Proposed provision"),
    "col.tax.ledger_provision": ("Solde du 491", "Balance of 491"),
    "col.tax.difference": ("Écart", "Difference"),
    "col.tax.ledger_charge": ("Dotation (68)", "Charged (68)"),
    "col.tax.ledger_reversal": ("Reprise (78)", "Reversed (78)"),
    **ACTION_MESSAGES,
    **CASH_MESSAGES,
    **COMPANY_MESSAGES,
    **MODEL_MESSAGES,
    **PROCESSING_MESSAGES,
}
