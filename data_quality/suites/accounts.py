"""Filed accounts: of whom and when, each once a version, nothing shown that is confidential."""

from __future__ import annotations

from data_quality.rules import Rule
from data_quality.suites.common import column_rules, file_rules

_TABLE = "company_accounts"

_ACCOUNTS = (
    Rule(
        name="accounts_keys_are_given",
        profile="accounts",
        value="null_keys",
        severity="error",
        table=_TABLE,
        column="legal_unit_id",
        subject="file_name",
        count="null_keys",
        failed="{file_name}: {null_keys:count:set of accounts lacks its|sets of accounts lack their} SIREN or "
        "closing date; export the set again.",
        failed_fr="{file_name} : {null_keys:count:jeu de comptes|jeux de comptes} sans SIREN ou sans date de "
        "clôture ; exportez de nouveau le jeu de données.",
        passed="Every set of accounts has its SIREN and closing date.",
        passed_fr="Chaque jeu de comptes a son SIREN et sa date de clôture.",
    ),
    Rule(
        name="accounts_are_unique",
        profile="accounts",
        value="repeated_rows",
        severity="error",
        table=_TABLE,
        column="closing_date",
        subject="file_name",
        count="repeated_rows",
        failed="{file_name}: {repeated_rows:count:row tells|rows tell} other figures of accounts already told, "
        "such as those of {repeated_rows_example}; give each export once.",
        failed_fr="{file_name} : {repeated_rows:count:ligne donne|lignes donnent} d'autres chiffres pour les "
        "mêmes comptes, dont ceux de {repeated_rows_example} ; fournissez chaque export une seule fois.",
        passed="Accounts of a company, closing date and kind appear once.",
        passed_fr="Les comptes d'une société, d'une clôture et d'un type figurent une seule fois.",
    ),
    Rule(
        name="accounts_confidentiality_is_known",
        profile="accounts",
        value="unknown_confidentiality",
        severity="error",
        table=_TABLE,
        column="confidentiality",
        subject="file_name",
        count="unknown_confidentiality",
        failed="{file_name}: {unknown_confidentiality:count:set of accounts is|sets of accounts are} neither "
        "public nor confidential ('{unknown_confidentiality_example}'); land the file again with this "
        "version of the program.",
        failed_fr="{file_name} : {unknown_confidentiality:count:jeu de comptes|jeux de comptes} ni publics ni "
        "confidentiels (« {unknown_confidentiality_example} ») ; rechargez le fichier avec cette "
        "version du programme.",
        passed="It is known of all accounts whether they are confidential.",
        passed_fr="La confidentialité de tous les comptes est connue.",
    ),
    Rule(
        name="accounts_confidential_figures_are_withheld",
        profile="accounts",
        value="disclosed",
        severity="error",
        table=_TABLE,
        column="turnover",
        subject="file_name",
        count="disclosed",
        failed="{file_name}: {disclosed:count:set of confidential accounts shows|sets of confidential accounts "
        "show} figures, such as those of {disclosed_example}; land the file again, and report the fault "
        "if it stays.",
        failed_fr="{file_name} : {disclosed:count:jeu de comptes confidentiels montre|jeux de comptes "
        "confidentiels montrent} des chiffres, dont ceux de {disclosed_example} ; rechargez le fichier "
        "et signalez l'anomalie si elle persiste.",
        passed="No figure of confidential accounts is shown.",
        passed_fr="Aucun chiffre de comptes confidentiels n'est montré.",
    ),
    Rule(
        name="accounts_are_past",
        profile="accounts",
        value="future_accounts",
        severity="warning",
        table=_TABLE,
        column="closing_date",
        subject="file_name",
        count="future_accounts",
        failed="{file_name}: {future_accounts:count:set of accounts closes|sets of accounts close} after the "
        "as-of date {as_of:date}, such as those of {future_accounts_example}, and "
        "{future_accounts:plural:is|are} not used for that day.",
        failed_fr="{file_name} : {future_accounts:count:jeu de comptes clos|jeux de comptes clos} après la date "
        "d'arrêté du {as_of:date}, dont ceux de {future_accounts_example} : non "
        "{future_accounts:plural:utilisé|utilisés} à cette date.",
        passed="No accounts close after the as-of date.",
        passed_fr="Aucun compte n'est clos après la date d'arrêté.",
    ),
)

RULES: tuple[Rule, ...] = (
    *column_rules("accounts"),
    *file_rules("accounts", _TABLE),
    *_ACCOUNTS,
)
