"""The section `risk` of encours.yml: every assumption of `ml.settings.RiskSettings`, and the file of actions' rules.

What belongs here: the section's keys, which are the settings' own fields, and the refusals that span them. What does
not: what a setting means (`ml.settings`), what a rule may say (`ml.actions.rules`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import create_model

from ml.settings import RiskSettings
from pipelines.config_section import Location, Section, suggest
from pipelines.errors import UsageError
from pipelines.terms import TermsError, parse_terms

_TYPES = get_type_hints(RiskSettings, include_extras=True)

_KEYS: dict[str, Any] = {
    one.name: (_TYPES[one.name] | None, None) for one in fields(RiskSettings) if one.name != "action_rules"
}
_Keys: Any = create_model("_Keys", __base__=Section, actions=(str | None, None), **_KEYS)


class RiskSection(_Keys):
    """One key per field of `RiskSettings`; `actions` is the path of the rules, whose text is its `action_rules`."""


def risk_settings(
    section: RiskSection, below: Callable[[str], Path], refuse: Callable[[Location, str], UsageError]
) -> RiskSettings:
    """The settings of a section (`RiskSection`), defaults applied; a table changes the defaults it names.

    Args:
        below: a path of the configuration, from the folder of its file.
        refuse: makes the refusal of a key.

    Raises:
        UsageError: the rules cannot be read, an effect is of no action that they propose, or terms are none.
    """
    from ml.actions.rules import WORDING, RuleError, load_rules

    default = RiskSettings()
    given: dict[str, Any] = {
        name: {**getattr(default, name), **value} if isinstance(value, dict) else value
        for name, value in section.model_dump(exclude={"actions"}, exclude_none=True).items()
    }
    known = set(WORDING)
    if section.actions is not None:
        path = below(section.actions)
        try:
            given["action_rules"] = path.read_text(encoding="utf-8-sig")
            known |= {rule.action for rule in load_rules(given["action_rules"], path.name)}
        except RuleError as error:
            raise refuse(("risk", "actions"), str(error)) from error
        except UnicodeDecodeError as error:
            raise refuse(("risk", "actions"), f"{path.name} is not UTF-8 text; save it as UTF-8.") from error
        except OSError as error:
            raise refuse(
                ("risk", "actions"), f"{section.actions} cannot be read ({error.strerror}); correct the path."
            ) from error
    for action in section.effects or {}:
        if action not in known:
            raise refuse(
                ("risk", "effects", action), f"'{action}' is no action; {suggest(action, sorted(known))}"
            )
    if "what_if_terms" in given:
        try:
            given["what_if_terms"] = tuple(
                dict.fromkeys(parse_terms(text).text for text in given["what_if_terms"])
            )
        except TermsError as error:
            raise refuse(("risk", "what_if_terms"), str(error)) from error
        if not given["what_if_terms"]:
            raise refuse(("risk", "what_if_terms"), "no terms to compare; write some, or leave the key out.")
    return replace(default, **given)
