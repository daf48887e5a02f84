"""The rule table of actions: read from YAML, checked, and turned into one SQL expression.

The table that comes with the project is `rules.yml`, beside this file; a user's own replaces it whole.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml.actions.facts import FACTS
from ml.marts import RiskError

OWN_RULES = Path(__file__).with_name("rules.yml")

#: What may be proposed: code → (English, French). Words may hold any fact, as `{claim_deadline}`.
WORDING: Mapping[str, tuple[str, str]] = {
    "declare_claim": ("Declare the claim by {claim_deadline}", "Déclarer la créance avant le {claim_deadline}"),
    "request_relief": (
        "Claim deadline passed: if it was not declared, ask for relief from foreclosure by {relief_deadline}",
        "Délai de déclaration passé : sans déclaration, demander le relevé de forclusion avant le"
        " {relief_deadline}",
    ),
    "follow_proceedings": ("Follow the proceedings", "Suivre la procédure"),
    "formal_notice": ("In default: send formal notice", "En défaut : mettre en demeure"),
    "settle_dispute": ("Settle the dispute first", "Régler d’abord le litige"),
    "wait": ("Wait: what was asked or promised is under way", "Attendre : relance ou promesse en cours"),
    "stop": ("Stop deliveries until paid", "Suspendre les livraisons jusqu’au règlement"),
    "payment_plan": ("Agree a payment plan", "Convenir d’un échéancier"),
    "call": ("Call", "Appeler"),
    "remind": ("Send a reminder", "Relancer"),
    "deposit": ("Ask for a deposit on new orders", "Demander un acompte sur les nouvelles commandes"),
    "insure_or_factor": ("Insure or factor part of it", "Assurer ou céder une partie de l’encours"),
    "shorter_terms": ("Shorten payment terms", "Raccourcir les délais de paiement"),
    "lower_limit": (
        "Lower the credit limit to {recommended_limit}",
        "Abaisser la limite de crédit à {recommended_limit}",
    ),
    "watch": (
        "Watch: part of what falls due is likely to be late",
        "Surveiller : une partie de l’encours risque un retard",
    ),
    "better_terms": (
        "Among the best payers: better terms can be offered",
        "Parmi les meilleurs payeurs : de meilleures conditions peuvent être proposées",
    ),
    "none": ("Nothing to do", "Rien à faire"),
}  # fmt: skip

#: How a condition is written; the second part may be any of these.
_CONDITION = re.compile(
    r"(?P<no>not\s+)?(?P<fact>[a-z_0-9]+)"
    r"(\s+(?P<known>known|unknown)"
    r"|\s*(?P<operator>!=|<=|>=|=|<|>)\s*(?P<value>[^\s,]+)"
    r"|\s+in\s+(?P<values>[^\s,]+(\s+[^\s,]+)*?))?"
    r"(?P<unknown>\s+or\s+unknown)?"
)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_WORD = re.compile(r"[\w.-]{1,40}")
_FIELD = re.compile(r"\{([^{}]*)\}")
_ORDER = ("<", "<=", ">", ">=")


class RuleError(RiskError):
    """A rule table that cannot be used; one sentence that names the rule."""


@dataclass(frozen=True)
class Rule:
    """One row: what to do, when (SQL over `customer_facts`), which facts tell why, and the words in both languages."""

    action: str
    condition: str
    told: tuple[str, ...]
    en: str
    fr: str


def load_rules(text: str | None = None, name: str = "rules.yml") -> tuple[Rule, ...]:
    """The rules of a YAML text, in order; None: those that come with the project.

    Raises:
        RuleError: the text is no rule table; `name` and the rule's position are in the sentence.
    """
    import yaml

    given = OWN_RULES.read_text(encoding="utf-8") if text is None else text
    try:
        rows = yaml.safe_load(given)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise RuleError(f"{name}{line}: not valid YAML; check indentation, colons and quotes.") from error
    if not isinstance(rows, list) or not rows:
        raise RuleError(f"{name}: expected a list of rules, each '- action: …' with its 'when: […]'.")
    return tuple(_rule(row, f"{name}, rule {position}") for position, row in enumerate(rows, start=1))


def _rule(row: Any, where: str) -> Rule:
    if not isinstance(row, dict):
        raise RuleError(f"{where}: expected 'action: …' and 'when: […]', found {_shown(row)}.")
    for key in row:
        if key not in ("action", "when", "tell", "en", "fr"):
            raise RuleError(
                f"{where}: unknown key '{key}'; {_near(str(key), ('action', 'when', 'tell', 'en', 'fr'))}"
            )
    action = row.get("action")
    if not isinstance(action, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", action):
        raise RuleError(f"{where}: {_shown(action)} is no action; write its code, as remind or call.")
    where += f" ({action})"
    english, french = WORDING.get(action, (None, None))
    english, french = row.get("en", english), row.get("fr", french)
    if english is None or french is None:
        raise RuleError(
            f"{where}: an action of your own needs its words: en: … and fr: …; or {_near(action, WORDING)}"
        )
    for words in (english, french):
        if not isinstance(words, str) or not words.strip():
            raise RuleError(f"{where}: the words of the action are blank; write them or leave the key out.")
        for field in _FIELD.findall(words):
            if field not in FACTS:
                raise RuleError(f"{where}: '{{{field}}}' is no fact; {_near(field, FACTS)}")
        if "{" in _FIELD.sub("", words) or "}" in _FIELD.sub("", words):
            raise RuleError(f"{where}: a brace stands alone in '{words}'; write {{fact}} or no brace.")
    when = row.get("when", [])
    if not isinstance(when, list) or not all(isinstance(one, str) for one in when):
        raise RuleError(f"{where}: 'when' is a list of conditions, as [overdue > 0, rating in D E].")
    parsed = [_condition(one, where) for one in when]
    told = row.get("tell") or [fact for fact, _ in parsed]
    if not isinstance(told, list):
        raise RuleError(f"{where}: 'tell' is a list of facts, as [overdue, oldest_overdue_days].")
    for fact in told:
        if fact not in FACTS:
            raise RuleError(f"{where}: {_shown(fact)} is no fact; {_near(str(fact), FACTS)}")
    return Rule(
        action=action,
        condition=" and ".join(sql for _, sql in parsed) or "true",
        told=tuple(dict.fromkeys(told)),
        en=english,
        fr=french,
    )


def _condition(text: str, where: str) -> tuple[str, str]:
    """The fact a condition names, and its SQL."""
    found = _CONDITION.fullmatch(text.strip())
    if found is None:
        raise RuleError(
            f"{where}: '{text}' is no condition; write one as 'overdue > 0', 'rating in D E' or 'is_in_default'."
        )
    fact = found["fact"]
    if fact not in FACTS:
        raise RuleError(f"{where}: '{fact}' is no fact; {_near(fact, FACTS)}")
    unit = FACTS[fact].unit
    if found["known"]:
        sql = f"{fact} is {'not ' if found['known'] == 'known' else ''}null"
    elif found["operator"]:
        if found["operator"] in _ORDER and unit in ("category", "flag"):
            raise RuleError(
                f"{where}: {fact} has no order, '{found['operator']}' says nothing of it; write = or in."
            )
        sql = f"{fact} {found['operator'].replace('!=', '<>')} {_literal(found['value'], unit, fact, where)}"
    elif found["values"]:
        values = [_literal(one, unit, fact, where) for one in found["values"].split()]
        sql = f"{fact} in ({', '.join(values)})"
    elif unit == "flag":
        sql = fact
    else:
        raise RuleError(
            f"{where}: {fact} alone says nothing; compare it, as '{fact} > 0', or write '{fact} known'."
        )
    sql = f"not ({sql})" if found["no"] else sql
    sql = f"coalesce({sql}, {'true' if found['unknown'] else 'false'})"
    return fact, sql


def _literal(text: str, unit: str, fact: str, where: str) -> str:
    """A value as SQL, in the unit of the fact it is compared with."""
    if unit == "category":
        if _WORD.fullmatch(text):
            return f"'{text}'"
    elif unit == "flag":
        if text in ("true", "false"):
            return text
    elif unit == "date":
        try:
            if _DATE.fullmatch(text):
                return f"date '{dt.date.fromisoformat(text)}'"
        except ValueError:
            pass
    elif _NUMBER.fullmatch(text):
        return text
    expected = {"category": "a word", "flag": "true or false", "date": "a date as 2025-03-31"}.get(
        unit, "a number"
    )
    raise RuleError(f"{where}: '{text}' cannot be compared with {fact}; write {expected}.")


def first_match(rules: Sequence[Rule]) -> str:
    """SQL: the position of the first rule that holds, from 0; -1 where none does."""
    cases = " ".join(f"when {rule.condition} then {position}" for position, rule in enumerate(rules))
    return f"case {cases} else -1 end"


def _shown(value: Any) -> str:
    return "nothing" if value is None else f"'{value}'"


def _near(word: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else "known are " + ", ".join(known) + "."
