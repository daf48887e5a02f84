"""SIRENE, the register of French legal units: one row a SIREN and version, known states, nobody from the future."""

from __future__ import annotations

from data_quality.rules import Rule, Threshold
from data_quality.suites.common import column_rules, file_rules, landed_rule

_TABLE = "company_units"

_UNITS = (
    Rule(
        name="sirene_sirens_are_given",
        profile="sirene",
        value="null_sirens",
        severity="error",
        table=_TABLE,
        column="legal_unit_id",
        subject="file_name",
        count="null_sirens",
        failed="{file_name}: {null_sirens:count:legal unit has|legal units have} no SIREN; download the stock "
        "file again.",
        failed_fr="{file_name} : {null_sirens:count:unité légale|unités légales} sans SIREN ; téléchargez de "
        "nouveau le "
        "fichier stock.",
        passed="Every legal unit has its SIREN.",
        passed_fr="Chaque unité légale a son SIREN.",
    ),
    Rule(
        name="sirene_sirens_are_unique",
        profile="sirene",
        value="repeated_sirens",
        severity="error",
        table=_TABLE,
        column="legal_unit_id",
        subject="file_name",
        count="repeated_sirens",
        failed="{file_name}: {repeated_sirens:count:legal unit appears|legal units appear} more than once, so a "
        "state "
        "could not be told; give one stock file, not its history.",
        failed_fr="{file_name} : {repeated_sirens:count:unité légale répétée|unités légales répétées} : son "
        "état serait "
        "indécidable ; fournissez un seul fichier stock, sans l'historique.",
        passed="Every legal unit appears once.",
        passed_fr="Chaque unité légale figure une seule fois.",
    ),
    Rule(
        name="sirene_sirens_are_valid",
        profile="sirene",
        value="invalid_sirens",
        severity="warning",
        table=_TABLE,
        column="legal_unit_id",
        subject="file_name",
        count="invalid_sirens",
        failed="{file_name}: {invalid_sirens:count:SIREN has|SIRENs have} a wrong check digit, such as "
        "{invalid_siren_example}; check that leading zeros were kept.",
        failed_fr="{file_name} : {invalid_sirens:count:SIREN dont la clé est fausse|SIREN dont la clé est "
        "fausse}, dont "
        "{invalid_siren_example} ; vérifiez que les zéros de tête sont conservés.",
        passed="Every SIREN has a right check digit.",
        passed_fr="La clé de chaque SIREN est juste.",
    ),
    Rule(
        name="sirene_states_are_known",
        profile="sirene",
        value="unknown_states",
        severity="error",
        table=_TABLE,
        column="administrative_state",
        subject="file_name",
        count="unknown_states",
        failed="{file_name}: {unknown_states:count:legal unit is|legal units are} neither active (A) nor ceased "
        "(C): "
        "'{unknown_state_example}'; give the stock file of legal units (StockUniteLegale).",
        failed_fr="{file_name} : {unknown_states:count:unité légale n'est|unités légales ne sont} ni active (A) "
        "ni cessée "
        "(C) : « {unknown_state_example} » ; fournissez le stock des unités légales (StockUniteLegale).",
        passed="Every legal unit is active or ceased.",
        passed_fr="Chaque unité légale est active ou cessée.",
    ),
    Rule(
        name="sirene_dates_are_past",
        profile="sirene",
        value="future_units",
        severity="warning",
        table=_TABLE,
        column="state_since",
        subject="file_name",
        count="future_units",
        failed="{file_name}: {future_units:count:legal unit was|legal units were} created or changed state "
        "after the "
        "as-of date {as_of:date}, such as {future_unit_example}; what came later is not used for that day.",
        failed_fr="{file_name} : {future_units:count:unité légale créée ou modifiée|unités légales créées ou "
        "modifiées} "
        "après la date d'arrêté du {as_of:date}, dont {future_unit_example} ; ce qui est postérieur n'est pas "
        "utilisé à "
        "cette date.",
        passed="No legal unit was created or changed state after the as-of date.",
        passed_fr="Aucune unité légale n'a été créée ni modifiée après la date d'arrêté.",
    ),
    Rule(
        name="sirene_covers_the_customers",
        profile="sirene",
        value="covered_share",
        arguments={"min_value": Threshold("sirens_covered")},
        unit="share",
        severity="warning",
        table=_TABLE,
        column="legal_unit_id",
        subject="file_name",
        count="absent_sirens",
        optional=True,
        failed="{file_name}: it holds {covered_share:pct} of the customers' {wanted_sirens:n} SIRENs; "
        "{absent_sirens:n} "
        "are absent, such as {absent_siren_example}, and their legal status is unknown; use a whole and recent "
        "stock file.",
        failed_fr="{file_name} : {covered_share:pct} des {wanted_sirens:n} SIREN des clients y figurent ; "
        "{absent_sirens:n} en sont absents, dont {absent_siren_example} : leur situation légale est inconnue ; "
        "utilisez "
        "un fichier stock complet et récent.",
        passed="At least {minimum:pct} of the customers' SIRENs are in the extract.",
        passed_fr="Au moins {minimum:pct} des SIREN des clients figurent dans l'extrait.",
    ),
)

RULES: tuple[Rule, ...] = (
    *column_rules("sirene"),
    *file_rules("sirene", _TABLE),
    landed_rule("sirene", _TABLE),
    *_UNITS,
)
