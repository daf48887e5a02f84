"""GLEIF, who consolidates whom: two ends to every link, nobody their own parent, periods in order."""

from __future__ import annotations

from data_quality.rules import Rule
from data_quality.suites.common import column_rules, file_rules

_TABLE = "company_links"

_LINKS = (
    Rule(
        name="gleif_links_have_two_ends",
        profile="gleif",
        value="loose_links",
        severity="error",
        table=_TABLE,
        column="parent_id",
        subject="file_name",
        count="loose_links",
        failed="{file_name}: {loose_links:count:link lacks|links lack} the company or its parent, such as that "
        "of '{loose_links_example}'; download the file of relationships again.",
        failed_fr="{file_name} : {loose_links:count:lien sans|liens sans} société ou sans société mère, dont "
        "celui de « {loose_links_example} » ; téléchargez de nouveau le fichier des relations.",
        passed="Every link has a company and a parent.",
        passed_fr="Chaque lien a une société et une société mère.",
    ),
    Rule(
        name="gleif_nobody_is_their_own_parent",
        profile="gleif",
        value="loops",
        severity="warning",
        table=_TABLE,
        column="parent_id",
        subject="file_name",
        count="loops",
        failed="{file_name}: {loops:count:company is|companies are} told to be their own parent, such as "
        "{loops_example}; the link is not followed.",
        failed_fr="{file_name} : {loops:count:société donnée|sociétés données} comme leur propre mère, dont "
        "{loops_example} ; le lien n'est pas suivi.",
        passed="Nobody is told to be their own parent.",
        passed_fr="Aucune société n'est donnée comme sa propre mère.",
    ),
    Rule(
        name="gleif_periods_are_in_order",
        profile="gleif",
        value="odd_periods",
        severity="warning",
        table=_TABLE,
        column="valid_to",
        subject="file_name",
        count="odd_periods",
        failed="{file_name}: {odd_periods:count:link ends|links end} before {odd_periods:plural:it begins|they "
        "begin}, such as that of {odd_periods_example}; check it on search.gleif.org.",
        failed_fr="{file_name} : {odd_periods:count:lien qui finit|liens qui finissent} avant de commencer, dont "
        "celui de {odd_periods_example} ; vérifiez-le sur search.gleif.org.",
        passed="Every link begins before it ends.",
        passed_fr="Chaque lien commence avant de finir.",
    ),
)

RULES: tuple[Rule, ...] = (
    *column_rules("gleif"),
    *file_rules("gleif", _TABLE),
    *_LINKS,
)
