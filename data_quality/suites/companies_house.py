"""Companies House, the register of the United Kingdom: numbers of its form, known states, each company once."""

from __future__ import annotations

from data_quality.rules import Rule
from data_quality.suites.common import file_rules

_TABLE = "company_units"

_COMPANIES = (
    Rule(
        name="companies_house_numbers_are_well_formed",
        profile="companies_house",
        value="odd_numbers",
        severity="error",
        table=_TABLE,
        column="legal_unit_id",
        subject="file_name",
        count="odd_numbers",
        failed="{file_name}: {odd_numbers:count:company has|companies have} no number of eight characters, "
        "such as '{odd_numbers_example}'; download the file again.",
        failed_fr="{file_name} : {odd_numbers:count:société sans|sociétés sans} numéro de huit caractères, dont « "
        "{odd_numbers_example} » ; téléchargez de nouveau le fichier.",
        passed="Every company has its number of eight characters.",
        passed_fr="Chaque société a son numéro de huit caractères.",
    ),
    Rule(
        name="companies_house_states_are_known",
        profile="companies_house",
        value="unknown_states",
        severity="error",
        table=_TABLE,
        column="administrative_state",
        subject="file_name",
        count="unknown_states",
        failed="{file_name}: {unknown_states:count:company is|companies are} neither living nor dissolved "
        "('{unknown_states_example}'); land the file again with this version of the program.",
        failed_fr="{file_name} : {unknown_states:count:société ni vivante|sociétés ni vivantes} ni dissoute (« "
        "{unknown_states_example} ») ; rechargez le fichier avec cette version du programme.",
        passed="Every company is living or dissolved.",
        passed_fr="Chaque société est vivante ou dissoute.",
    ),
    Rule(
        name="companies_house_companies_are_unique",
        profile="companies_house",
        value="repeated_rows",
        severity="error",
        table=_TABLE,
        column="legal_unit_id",
        subject="file_name",
        count="repeated_rows",
        failed="{file_name}: {repeated_rows:count:row tells|rows tell} two things of one company, such as "
        "{repeated_rows_example}, so a state could not be told; give each file once.",
        failed_fr="{file_name} : {repeated_rows:count:ligne contredit|lignes contredisent} une autre de la même "
        "société, dont {repeated_rows_example} : son état serait indécidable ; fournissez chaque "
        "fichier une seule fois.",
        passed="Every company appears once.",
        passed_fr="Chaque société figure une seule fois.",
    ),
)

RULES: tuple[Rule, ...] = (
    *file_rules("companies_house", _TABLE),
    *_COMPANIES,
)
