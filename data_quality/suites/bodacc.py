"""BODACC, the official bulletin of legal notices: each notice once a version, dated, of a kind that is known."""

from __future__ import annotations

from data_quality.rules import Rule
from data_quality.suites.common import column_rules, file_rules, landed_rule

_TABLE = "company_notices"

_NOTICES = (
    Rule(
        name="bodacc_keys_are_given",
        profile="bodacc",
        value="null_keys",
        severity="error",
        table=_TABLE,
        column="notice_id",
        subject="file_name",
        count="null_keys",
        failed="{file_name}: {null_keys:count:notice lacks its|notices lack their} id or SIREN; export the set "
        "again.",
        failed_fr="{file_name} : {null_keys:count:annonce|annonces} sans identifiant ou sans SIREN ; exportez "
        "de nouveau "
        "le jeu de données.",
        passed="Every notice has its id and SIREN.",
        passed_fr="Chaque annonce a son identifiant et son SIREN.",
    ),
    Rule(
        name="bodacc_notices_are_unique",
        profile="bodacc",
        value="repeated_notices",
        severity="error",
        table=_TABLE,
        column="notice_id",
        subject="file_name",
        count="repeated_notices",
        failed="{file_name}: {repeated_notices:count:notice appears|notices appear} more than once for a "
        "company, such as "
        "{repeated_example}; give each export once.",
        failed_fr="{file_name} : {repeated_notices:count:annonce répétée|annonces répétées} pour une société, dont "
        "{repeated_example} ; fournissez chaque export une seule fois.",
        passed="Every notice appears once for a company.",
        passed_fr="Chaque annonce figure une seule fois par société.",
    ),
    Rule(
        name="bodacc_publication_dates_are_given",
        profile="bodacc",
        value="undated_notices",
        severity="error",
        table=_TABLE,
        column="publication_date",
        subject="file_name",
        count="undated_notices",
        failed="{file_name}: {undated_notices:count:notice has|notices have} no publication date, such as "
        "{undated_example}, so claim deadlines cannot be counted; export the set again with dateparution.",
        failed_fr="{file_name} : {undated_notices:count:annonce|annonces} sans date de parution, dont "
        "{undated_example} : "
        "les délais de déclaration ne peuvent être calculés ; exportez de nouveau avec dateparution.",
        passed="Every notice has its publication date.",
        passed_fr="Chaque annonce a sa date de parution.",
    ),
    Rule(
        name="bodacc_notices_are_past",
        profile="bodacc",
        value="future_notices",
        severity="warning",
        table=_TABLE,
        column="publication_date",
        subject="file_name",
        count="future_notices",
        failed="{file_name}: {future_notices:count:notice was|notices were} published after the as-of date "
        "{as_of:date}, "
        "such as {future_example}, and {future_notices:plural:is|are} not used for that day.",
        failed_fr="{file_name} : {future_notices:count:annonce parue|annonces parues} après la date d'arrêté du "
        "{as_of:date}, dont {future_example} : non {future_notices:plural:utilisée|utilisées} à cette date.",
        passed="No notice was published after the as-of date.",
        passed_fr="Aucune annonce n'est parue après la date d'arrêté.",
    ),
    Rule(
        name="bodacc_judgments_precede_publication",
        profile="bodacc",
        value="late_judgments",
        severity="warning",
        table=_TABLE,
        column="judgment_date",
        subject="file_name",
        count="late_judgments",
        failed="{file_name}: {late_judgments:count:judgment is|judgments are} dated after publication, such as "
        "notice "
        "{late_judgment_example}; check the notice on bodacc.fr before relying on its deadline.",
        failed_fr="{file_name} : {late_judgments:count:jugement daté|jugements datés} après la parution, dont "
        "l'annonce "
        "{late_judgment_example} ; vérifiez l'annonce sur bodacc.fr avant de vous fier au délai.",
        passed="No judgment is dated after its publication.",
        passed_fr="Aucun jugement n'est daté après sa parution.",
    ),
    Rule(
        name="bodacc_kinds_are_known",
        profile="bodacc",
        value="unknown_kinds",
        severity="error",
        table=_TABLE,
        column="judgment_kind",
        subject="file_name",
        count="unknown_kinds",
        failed="{file_name}: {unknown_kinds:count:notice is|notices are} of no known kind "
        "('{unknown_kind_example}'); "
        "land the file again with this version of the program.",
        failed_fr="{file_name} : {unknown_kinds:count:annonce|annonces} de nature inconnue (« "
        "{unknown_kind_example} ») ; "
        "rechargez le fichier avec cette version du programme.",
        passed="Every notice is of a known kind.",
        passed_fr="La nature de chaque annonce est connue.",
    ),
    Rule(
        name="bodacc_openings_are_dated",
        profile="bodacc",
        value="undated_openings",
        severity="warning",
        table=_TABLE,
        column="judgment_date",
        subject="file_name",
        count="undated_openings",
        failed="{file_name}: {undated_openings:count:opening judgment has|opening judgments have} no date, such "
        "as notice "
        "{undated_opening_example}; what was owed that day cannot be stated: read the date in the notice.",
        failed_fr="{file_name} : {undated_openings:count:jugement d'ouverture|jugements d'ouverture} sans date, "
        "dont "
        "l'annonce {undated_opening_example} ; la créance à cette date ne peut être arrêtée : lisez la date dans "
        "l'annonce.",
        passed="Every opening judgment has its date.",
        passed_fr="Chaque jugement d'ouverture a sa date.",
    ),
    Rule(
        name="bodacc_concerns_customers",
        profile="bodacc",
        value="matched_notices",
        arguments={"min_value": 1},
        severity="warning",
        table=_TABLE,
        column="legal_unit_id",
        subject="file_name",
        optional=True,
        failed="{file_name}: none of its {notices:count:notice|notices} concerns one of the {wanted_sirens:n} "
        "SIRENs of "
        "the customers; check the period and the SIRENs of the export, if proceedings were expected.",
        failed_fr="{file_name} : aucune des {notices:count:annonce|annonces} ne concerne l'un des "
        "{wanted_sirens:n} SIREN "
        "des clients ; vérifiez la période et les SIREN de l'export si des procédures étaient attendues.",
        passed="Notices concern customers of the company.",
        passed_fr="Des annonces concernent des clients de la société.",
    ),
)

RULES: tuple[Rule, ...] = (
    *column_rules("bodacc"),
    *file_rules("bodacc", _TABLE),
    landed_rule("bodacc", _TABLE),
    *_NOTICES,
)
