"""Events: disputes, promises, reminders… about documents and customers that exist, at dates that can be."""

from __future__ import annotations

from dataclasses import replace

from data_quality.rules import Rule
from data_quality.suites.common import column_rules, file_rules, landed_rule

_TABLE = "event_sources"

_ROWS = (
    Rule(
        name="events_documents_are_known",
        profile="events",
        value="unknown_documents",
        severity="warning",
        table=_TABLE,
        column="invoice_id",
        subject="event",
        count="unknown_documents",
        failed="{event}: {unknown_documents:count:row is|rows are} about a document that is not there, such as "
        "{unknown_document_example}, and {unknown_documents:plural:changes|change} nothing; write the invoice_id or "
        "number as the ledger does.",
        failed_fr="{event_fr} : {unknown_documents:count:ligne concerne|lignes concernent} une pièce "
        "absente, dont {unknown_document_example}, sans effet ; écrivez invoice_id ou le numéro comme en comptabilité.",
        passed="Every document that an event is about is there.",
        passed_fr="Chaque pièce visée par un événement est présente.",
    ),
    Rule(
        name="events_customers_are_known",
        profile="events",
        value="unknown_customers",
        severity="warning",
        table=_TABLE,
        column="customer_id",
        subject="event",
        count="unknown_customers",
        failed="{event}: {unknown_customers:count:row is|rows are} about a customer whom nothing else names, "
        "such as {unknown_customer_example}; write the customer_id as the ledger does.",
        failed_fr="{event_fr} : {unknown_customers:count:ligne concerne|lignes concernent} un client "
        "inconnu par ailleurs, dont {unknown_customer_example} ; écrivez customer_id comme en comptabilité.",
        passed="Every customer that an event is about is known.",
        passed_fr="Chaque client visé par un événement est connu.",
    ),
    Rule(
        name="events_are_past",
        profile="events",
        value="future_rows",
        severity="warning",
        table=_TABLE,
        column=None,
        subject="event",
        count="future_rows",
        failed="{event}: {future_rows:count:row is|rows are} dated after the as-of date {as_of:date}, such as "
        "{future_example}, and {future_rows:plural:is|are} not used for that day.",
        failed_fr="{event_fr} : {future_rows:count:ligne datée|lignes datées} après la date d'arrêté du "
        "{as_of:date}, dont {future_example}, non {future_rows:plural:utilisée|utilisées} à cette date.",
        passed="No event is dated after the as-of date.",
        passed_fr="Aucun événement n'est daté après la date d'arrêté.",
    ),
    Rule(
        name="events_end_after_they_begin",
        profile="events",
        value="reversed_rows",
        severity="warning",
        table=_TABLE,
        column=None,
        subject="event",
        count="reversed_rows",
        failed="{event}: {reversed_rows:count:row ends|rows end} before "
        "{reversed_rows:plural:it begins|they begin}, such as {reversed_example}; correct the dates.",
        failed_fr="{event_fr} : {reversed_rows:count:ligne se termine|lignes se terminent} avant de "
        "commencer, dont {reversed_example} ; corrigez les dates.",
        passed="No event ends before it begins.",
        passed_fr="Aucun événement ne se termine avant de commencer.",
    ),
    Rule(
        name="events_amounts_are_plausible",
        profile="events",
        value="odd_rows",
        severity="warning",
        table=_TABLE,
        column="amount",
        subject="event",
        count="odd_rows",
        failed="{event}: {odd_rows:count:row has an amount|rows have amounts} that cannot be, such as "
        "{odd_example}; amounts are above zero, an insured share lies between 0 and 1.",
        failed_fr="{event_fr} : {odd_rows:count:ligne au montant impossible|lignes aux montants "
        "impossibles}, dont {odd_example} ; un montant est positif, une quotité assurée est comprise entre 0 et 1.",
        passed="Every amount of an event can be.",
        passed_fr="Les montants des événements sont possibles.",
    ),
)

RULES: tuple[Rule, ...] = (
    *column_rules("events"),
    # Tables of a few rows, beside the books: one row refused of ten is told, and stops nothing.
    *(
        replace(rule, severity="warning") if rule.name == "events_rejected_rows_are_few" else rule
        for rule in file_rules("events", _TABLE)
    ),
    landed_rule("events", _TABLE),
    *_ROWS,
)
