"""The customers file: one line a customer, terms that can be read, SIRENs that exist."""

from __future__ import annotations

from data_quality.rules import Rule, Threshold
from data_quality.suites.common import column_rules, file_rules, landed_rule

_CUSTOMERS = (
    Rule(
        name="customers_ids_are_given",
        profile="customers",
        value="null_ids",
        severity="error",
        table="customers",
        column="customer_id",
        subject="file_name",
        count="null_ids",
        failed="{file_name}: {null_ids:count:customer has|customers have} no customer_id; give each the auxiliary "
        "account (CompAuxNum) that the ledger uses.",
        failed_fr="{file_name} : {null_ids:count:client|clients} sans customer_id ; indiquez le compte auxiliaire "
        "(CompAuxNum) de la comptabilité.",
        passed="Every customer has an id.",
        passed_fr="Chaque client a un identifiant.",
    ),
    Rule(
        name="customers_ids_are_unique",
        profile="customers",
        value="repeated_ids",
        severity="error",
        table="customers",
        column="customer_id",
        subject="file_name",
        count="repeated_ids",
        failed="{file_name}: {repeated_ids:count:row repeats|rows repeat} the customer_id of another, such as "
        "{repeated_id_example}; keep one row a customer, or its terms would depend on which is read.",
        failed_fr="{file_name} : {repeated_ids:count:ligne répète|lignes répètent} le customer_id d'une autre, "
        "dont "
        "{repeated_id_example} ; gardez une ligne par client, sinon ses conditions dépendraient de la ligne lue.",
        passed="Every customer has one row.",
        passed_fr="Chaque client a une seule ligne.",
    ),
    Rule(
        name="customers_belong_to_a_company",
        profile="customers",
        value="stranger_rows",
        severity="warning",
        table="customers",
        column="company_id",
        subject="file_name",
        count="stranger_rows",
        failed="{file_name}: {stranger_rows:count:row names|rows name} a company that is not configured, such as "
        "{stranger_example}, and {stranger_rows:plural:is|are} not used; correct company_id or add the company.",
        failed_fr="{file_name} : {stranger_rows:count:ligne désigne|lignes désignent} une société non "
        "configurée, dont "
        "{stranger_example}, et ne {stranger_rows:plural:sert|servent} pas ; corrigez company_id ou ajoutez la "
        "société.",
        passed="Every customer belongs to a configured company.",
        passed_fr="Chaque client relève d'une société configurée.",
    ),
    Rule(
        name="customers_sirens_are_valid",
        profile="customers",
        value="invalid_sirens",
        severity="warning",
        table="customers",
        column="siren",
        subject="file_name",
        count="invalid_sirens",
        failed="{file_name}: {invalid_sirens:count:customer has|customers have} a SIREN whose check digit is "
        "wrong, such "
        "as {invalid_siren_example}, and {invalid_sirens:plural:gets|get} no legal data; correct it (nine "
        "digits, as on "
        "the invoice).",
        failed_fr="{file_name} : {invalid_sirens:count:client a|clients ont} un SIREN dont la clé est fausse, dont "
        "{invalid_siren_example}, et ne {invalid_sirens:plural:reçoit|reçoivent} aucune donnée légale ; "
        "corrigez-le "
        "(neuf chiffres, comme sur la facture).",
        passed="Every SIREN given has a right check digit.",
        passed_fr="La clé de chaque SIREN est juste.",
    ),
    Rule(
        name="customers_sirens_are_given",
        profile="customers",
        value="without_siren_share",
        arguments={"min_value": 0, "max_value": Threshold("sirens_absent")},
        unit="share",
        severity="warning",
        table="customers",
        column="siren",
        subject="file_name",
        count="without_siren",
        failed="{file_name}: {without_siren:count:customer|customers} of {customers:n} ({without_siren_share:pct}) "
        "{without_siren:plural:has|have} no SIREN, so no proceedings can be found about "
        "{without_siren:plural:it|them}; add the SIREN of companies.",
        failed_fr="{file_name} : {without_siren:count:client|clients} sur {customers:n} "
        "({without_siren_share:pct}) sans "
        "SIREN : aucune procédure collective ne peut être trouvée à leur sujet ; ajoutez le SIREN des sociétés.",
        passed="At most {maximum:pct} of the customers have no SIREN.",
        passed_fr="Au plus {maximum:pct} des clients sont sans SIREN.",
    ),
    Rule(
        name="customers_terms_are_understood",
        profile="customers",
        value="unread_terms",
        severity="warning",
        table="customers",
        column="payment_terms",
        subject="file_name",
        count="unread_terms",
        failed="{file_name}: the payment terms of {unread_terms:count:customer|customers} cannot be read, such as "
        "'{unread_terms_example}' of customer {unread_terms_customer}, so the company's default applies; write 0, 30, "
        "30 EOM, EOM 45 or 60 EOM 10.",
        failed_fr="{file_name} : conditions de paiement illisibles pour {unread_terms:count:client|clients}, dont "
        "« {unread_terms_example} » du client {unread_terms_customer} ; celles de la société s'appliquent. Écrivez 0, "
        "30, 30 FDM, FDM 45 ou 60 FDM 10.",
        passed="Every payment term given can be read.",
        passed_fr="Toutes les conditions de paiement sont lisibles.",
    ),
    Rule(
        name="customers_credit_limits_are_not_negative",
        profile="customers",
        value="negative_limits",
        severity="warning",
        table="customers",
        column="credit_limit",
        subject="file_name",
        count="negative_limits",
        failed="{file_name}: {negative_limits:count:credit limit is|credit limits are} negative; write 0 for "
        "none, or "
        "leave the cell blank where there is no limit.",
        failed_fr="{file_name} : {negative_limits:count:limite de crédit négative|limites de crédit négatives} "
        "; écrivez 0 "
        "pour aucun crédit, ou laissez vide en l'absence de limite.",
        passed="No credit limit is negative.",
        passed_fr="Aucune limite de crédit n'est négative.",
    ),
    Rule(
        name="customers_cover_the_ledger",
        profile="customers",
        value="covered_share",
        arguments={"min_value": Threshold("customers_covered")},
        unit="share",
        severity="warning",
        table="customers",
        column="customer_id",
        subject="file_name",
        count="unlisted_customers",
        optional=True,
        failed="{file_name}: it names {covered_share:pct} of the ledger's {ledger_customers:n} customers; "
        "{unlisted_customers:n} are absent, such as {unlisted_example}, and get the company's default terms; "
        "check that "
        "customer_id is the ledger's auxiliary account (CompAuxNum).",
        failed_fr="{file_name} : {covered_share:pct} des {ledger_customers:n} clients de la comptabilité y "
        "figurent ; "
        "{unlisted_customers:n} en sont absents, dont {unlisted_example}, et reçoivent les conditions par "
        "défaut de la "
        "société ; vérifiez que customer_id est le compte auxiliaire (CompAuxNum).",
        passed="At least {minimum:pct} of the ledger's customers are in the customers file.",
        passed_fr="Au moins {minimum:pct} des clients de la comptabilité sont dans le fichier clients.",
    ),
)

RULES: tuple[Rule, ...] = (
    *column_rules("customers"),
    *file_rules("customers", "customers"),
    landed_rule("customers", "customers"),
    *_CUSTOMERS,
)
