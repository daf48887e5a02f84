"""Sub-ledgers: payments and allocations that name documents, amounts that can be valued, dates that can be."""

from __future__ import annotations

from data_quality.rules import Rule, Threshold
from data_quality.suites.common import column_rules, file_rules, landed_rule

_INVOICES, _PAYMENTS, _ALLOCATIONS = "subledger_invoices", "subledger_payments", "subledger_allocations"

_ROWS = (
    Rule(
        name="subledger_amounts_can_be_valued",
        profile="subledger",
        value="unvalued_documents",
        severity="error",
        table=_INVOICES,
        column="currency",
        subject="ledger_name",
        count="unvalued_documents",
        failed="{ledger_name}: {unvalued_documents:count:document is|documents are} in another currency "
        "({unvalued_currencies}) without a rate, such as {unvalued_example}, so {unvalued_documents:plural:its|their} "
        "amounts cannot be added; map exchange_rate or company_amount, or give a table of exchange_rates.",
        failed_fr="{ledger_name} : {unvalued_documents:count:pièce|pièces} en devise "
        "({unvalued_currencies}) sans cours, dont {unvalued_example} : "
        "{unvalued_documents:plural:son montant ne peut être additionné|leurs montants ne peuvent être additionnés} ; "
        "renseignez exchange_rate ou company_amount, ou fournissez une table exchange_rates.",
        passed="Every document in another currency has a rate.",
        passed_fr="Chaque pièce en devise a un cours.",
    ),
    Rule(
        name="subledger_payments_name_known_documents",
        profile="subledger",
        value="stray_payments",
        severity="warning",
        table=_PAYMENTS,
        column="invoice_id",
        subject="ledger_name",
        count="stray_payments",
        failed="{ledger_name}: {stray_payments:count:payment names|payments name} a document that is not "
        "there, such as {stray_payment_example} ({stray_payments_cents:money} in all), and "
        "{stray_payments:plural:stays|stay} on account; export the invoices from an earlier day on.",
        failed_fr="{ledger_name} : {stray_payments:count:règlement désigne|règlements désignent} une pièce "
        "absente, dont {stray_payment_example} ({stray_payments_cents:money} au total), et "
        "{stray_payments:plural:reste|restent} en compte ; exportez les factures depuis une date antérieure.",
        passed="Every document that a payment names is there.",
        passed_fr="Chaque pièce désignée par un règlement est présente.",
    ),
    Rule(
        name="subledger_allocations_name_known_rows",
        profile="subledger",
        value="loose_allocations",
        severity="warning",
        table=_ALLOCATIONS,
        column="invoice_id",
        subject="ledger_name",
        count="loose_allocations",
        failed="{ledger_name}: {loose_allocations:count:allocation names|allocations name} a document or "
        "payment that is not there, such as {loose_example}, and {loose_allocations:plural:is|are} not used; export "
        "all tables for the same period.",
        failed_fr="{ledger_name} : {loose_allocations:count:imputation désigne|imputations désignent} une "
        "pièce ou un règlement absent, dont {loose_example}, et ne {loose_allocations:plural:sert|servent} pas ; "
        "exportez toutes les tables sur la même période.",
        passed="Every allocation names a document and a payment that are there.",
        passed_fr="Chaque imputation désigne une pièce et un règlement présents.",
    ),
    Rule(
        name="subledger_documents_are_paid_once",
        profile="subledger",
        value="overpaid_documents",
        severity="warning",
        table=_INVOICES,
        column="invoice_id",
        subject="ledger_name",
        count="overpaid_documents",
        failed="{ledger_name}: {overpaid_documents:count:document is|documents are} paid more than "
        "{overpaid_documents:plural:its|their} amount, such as {overpaid_example}; {overpaid_cents:money} too much "
        "stays on account: look for a payment recorded twice.",
        failed_fr="{ledger_name} : {overpaid_documents:count:pièce réglée|pièces réglées} au-delà de "
        "{overpaid_documents:plural:son montant|leur montant}, dont {overpaid_example} ; le trop-perçu de "
        "{overpaid_cents:money} reste en compte : cherchez un règlement saisi deux fois.",
        passed="No document is paid more than its amount.",
        passed_fr="Aucune pièce n'est réglée au-delà de son montant.",
    ),
    Rule(
        name="subledger_payments_are_spent_once",
        profile="subledger",
        value="overspent_payments",
        severity="warning",
        table=_PAYMENTS,
        column="payment_id",
        subject="ledger_name",
        count="overspent_payments",
        failed="{ledger_name}: {overspent_payments:count:payment is|payments are} allocated beyond "
        "{overspent_payments:plural:its|their} amount, such as {overspent_example}, by {overspent_cents:money} in all; "
        "look for an allocation recorded twice.",
        failed_fr="{ledger_name} : {overspent_payments:count:règlement imputé|règlements imputés} au-delà "
        "de {overspent_payments:plural:son montant|leur montant}, dont {overspent_example}, pour "
        "{overspent_cents:money} au total ; cherchez une imputation saisie deux fois.",
        passed="No payment is allocated beyond its amount.",
        passed_fr="Aucun règlement n'est imputé au-delà de son montant.",
    ),
    Rule(
        name="subledger_open_amounts_agree",
        profile="subledger",
        value="disagreeing_documents",
        severity="warning",
        table=_INVOICES,
        column="open_amount",
        subject="ledger_name",
        count="disagreeing_documents",
        optional=True,
        failed="{ledger_name}: what is open of {disagreeing_documents:count:document|documents} is not its "
        "amount less what is allocated, such as {disagreeing_example} ({disagreeing_cents:money} in all); export all "
        "tables at the same moment.",
        failed_fr="{ledger_name} : le restant dû de {disagreeing_documents:count:pièce|pièces} n'est pas "
        "son montant moins les imputations, dont {disagreeing_example} ({disagreeing_cents:money} au total) ; "
        "exportez toutes les tables au même moment.",
        passed="What is open of every document is its amount less what is allocated.",
        passed_fr="Le restant dû de chaque pièce est son montant moins les imputations.",
    ),
    Rule(
        name="subledger_customers_are_listed",
        profile="subledger",
        value="unlisted_customers",
        severity="warning",
        table=_INVOICES,
        column="customer_id",
        subject="ledger_name",
        count="unlisted_customers",
        optional=True,
        failed="{ledger_name}: {unlisted_customers:n} of its {ledger_customers:count:customer|customers} "
        "{unlisted_customers:plural:is|are} not in the customers file, such as {unlisted_example}, and "
        "{unlisted_customers:plural:gets|get} the company's default terms; add "
        "{unlisted_customers:plural:it|them} there.",
        failed_fr="{ledger_name} : {unlisted_customers:n} de ses "
        "{ledger_customers:count:client|clients} {unlisted_customers:plural:est absent|sont absents} du fichier "
        "clients, dont {unlisted_example} : conditions par défaut de la société ; ajoutez-"
        "{unlisted_customers:plural:le|les}.",
        passed="Every customer of the sub-ledger is in the customers file.",
        passed_fr="Chaque client de l'auxiliaire figure dans le fichier clients.",
    ),
    Rule(
        name="subledger_dates_are_plausible",
        profile="subledger",
        value="far_rows",
        severity="warning",
        table=_INVOICES,
        column="issue_date",
        subject="ledger_name",
        count="far_rows",
        failed="{ledger_name}: {far_rows:count:document or payment is|documents or payments are} dated far "
        "ahead, such as {far_example} (up to {far_date:date}); correct the date where it was entered.",
        failed_fr="{ledger_name} : {far_rows:count:pièce ou règlement daté|pièces ou règlements datés} loin "
        "dans l'avenir, dont {far_example} (jusqu'au {far_date:date}) ; corrigez la date à la saisie.",
        passed="No document or payment is dated far ahead.",
        passed_fr="Aucune pièce ni aucun règlement n'est daté loin dans l'avenir.",
    ),
    Rule(
        name="subledger_tables_are_of_one_time",
        profile="subledger",
        value="days_behind",
        arguments={"min_value": 0, "max_value": Threshold("stale_days")},
        unit="days",
        severity="warning",
        table=_PAYMENTS,
        column="payment_date",
        subject="ledger_name",
        optional=True,
        failed="{ledger_name}: payments end on {last_payment:date}, {days_behind:count:day|days} before the "
        "last document ({last_document:date}), so paid documents may show as late; export the payments again.",
        failed_fr="{ledger_name} : les règlements s'arrêtent au {last_payment:date}, "
        "{days_behind:count:jour|jours} avant la dernière pièce ({last_document:date}) : des pièces réglées peuvent "
        "paraître en retard ; exportez de nouveau les règlements.",
        passed="Payments go on to within {maximum:n} days of the last document.",
        passed_fr="Les règlements vont jusqu'à {maximum:n} jours au plus de la dernière pièce.",
    ),
)

RULES: tuple[Rule, ...] = (
    *column_rules("subledger"),
    *file_rules("subledger", _INVOICES),
    landed_rule("subledger", _INVOICES),
    *_ROWS,
)
