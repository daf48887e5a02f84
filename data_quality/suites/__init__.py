"""The rules of the gate, one module per source.

`RULES` is every rule, in the order of the report; `suites()` gives Great Expectations' own objects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_quality.rules import Policy, Rule, expectation_suite
from data_quality.suites import (
    accounts,
    bodacc,
    companies_house,
    customers,
    events,
    fec,
    gleif,
    sirene,
    subledger,
)

if TYPE_CHECKING:
    from great_expectations.core.expectation_suite import ExpectationSuite

RULES: tuple[Rule, ...] = (
    *fec.RULES,
    *subledger.RULES,
    *events.RULES,
    *customers.RULES,
    *sirene.RULES,
    *companies_house.RULES,
    *gleif.RULES,
    *bodacc.RULES,
    *accounts.RULES,
)


def rules_by_profile() -> dict[str, tuple[Rule, ...]]:
    """Profile name → the rules that judge it, both in the order of the report."""
    profiles = dict.fromkeys(rule.profile for rule in RULES)
    return {profile: tuple(rule for rule in RULES if rule.profile == profile) for profile in profiles}


def suites(policy: Policy | None = None) -> dict[str, ExpectationSuite]:
    """Profile name → its Great Expectations suite (imports Great Expectations)."""
    chosen = policy or Policy()
    return {
        profile: expectation_suite(profile, rules, chosen) for profile, rules in rules_by_profile().items()
    }
