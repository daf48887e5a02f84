"""What a rule of the gate is: one Great Expectations expectation over one profile, with what it says.

What belongs here: the shape of a rule and the thresholds of the policy. What does not: the rules (`suites/`).

Importing this module does not import Great Expectations (six seconds): the configuration can be checked against the
rules' names without it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

from data_quality.errors import PolicyError
from data_quality.results import Severity

if TYPE_CHECKING:
    from great_expectations.core.expectation_suite import ExpectationSuite

Unit = Literal["count", "share", "cents", "text", "days"]


@dataclass(frozen=True)
class Policy:
    """Thresholds of the gate. Shares are fractions 0–1 of what the rule counts.

    Attributes:
        rejected_share: share of a file's rows that may be refused before the file is.
        unbalanced_share: share of a file's entries that may be unbalanced before the file is refused.
        unidentified_share: share of a year's receivable lines that may name no customer without a warning.
        undated_share: share of a year's receivable lines that may lack a document date without a warning.
        customer_sales_share: share of a year's sales that must be booked against a customer, else a warning says
            that there is almost nothing to analyse.
        customer_months_share: share of a year's months that must move the customer accounts, else the same warning.
        customers_covered: share of the ledger's customers that the customers file must name, else a warning.
        sirens_absent: share of the customers file that may lack a SIREN without a warning.
        sirens_covered: share of the customers' SIRENs that the SIRENE extract must hold, else a warning.
        gap_days: days that may lie between two fiscal years before a year counts as missing.
        stale_days: days by which a sub-ledger's payments may end before its documents do.
    """

    rejected_share: float = 0.01
    unbalanced_share: float = 0.05
    unidentified_share: float = 0.05
    undated_share: float = 0.05
    customer_sales_share: float = 0.05
    customer_months_share: float = 0.25
    customers_covered: float = 0.8
    sirens_absent: float = 0.5
    sirens_covered: float = 0.9
    gap_days: int = 31
    stale_days: int = 45

    def __post_init__(self) -> None:
        for name in (item.name for item in fields(self)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise PolicyError(f"the threshold {name} is {value!r}; give a number.")
            if name.endswith("_days"):
                if not isinstance(value, int) or value < 0:
                    raise PolicyError(
                        f"the threshold {name} is {value!r}; give a whole number of days, 0 or more."
                    )
            elif not 0 <= value <= 1:
                raise PolicyError(
                    f"the threshold {name} is {value!r}; give a share between 0 and 1 (0.01 for 1%)."
                )

    @classmethod
    def from_mapping(cls, thresholds: Mapping[str, Any]) -> Policy:
        """A policy from configured thresholds; the others keep their defaults.

        Raises:
            PolicyError: a threshold does not exist (the nearest name is given) or has no possible value.
        """
        check_names(thresholds, (item.name for item in fields(cls)), "threshold")
        return cls(**thresholds)


@dataclass(frozen=True)
class Rule:
    """One expectation on one column of a profile.

    Attributes:
        name: public name: configuration, documents and tests refer to it.
        profile: the profile it judges.
        value: column of the profile that Great Expectations looks at.
        expectation: Great Expectations class.
        arguments: its arguments beside the column; a `Threshold` stands for the policy's value.
        unit: how the value reads.
        table: table the rule is about, or `None` where the profile's `table_name` says it row by row.
        column: the column it is about, or None.
        subject: column of the profile that names what fails (file, year); None where it is the company as a whole.
        count: column that counts the offending lines; None where the subject itself is the one offence.
        optional: the value may be null, meaning that the rule does not apply to that row.
        failed, failed_fr: sentence on a failing row: what, where, what to do.
        passed, passed_fr: sentence where every row of the company passes; `{subjects}` is how many were judged.
    """

    name: str
    profile: str
    value: str
    severity: Severity
    table: str | None
    column: str | None
    failed: str
    failed_fr: str
    passed: str
    passed_fr: str
    expectation: str = "ExpectColumnValuesToBeBetween"
    arguments: Mapping[str, Any] = field(default_factory=lambda: {"min_value": 0, "max_value": 0})
    unit: Unit = "count"
    subject: str | None = None
    count: str | None = None
    optional: bool = False

    @property
    def source(self) -> str:
        """The source judged: the first word of the profile's name."""
        return self.profile.split("_")[0]

    def resolved(self, policy: Policy) -> dict[str, Any]:
        """The expectation's arguments under a policy."""
        return {
            name: getattr(policy, value.name) if isinstance(value, Threshold) else value
            for name, value in self.arguments.items()
        }


@dataclass(frozen=True)
class Threshold:
    """Stands for a value of the policy in a rule's arguments."""

    name: str


def expectation_suite(name: str, rules: Iterable[Rule], policy: Policy) -> ExpectationSuite:
    """Great Expectations' own suite for rules over one profile.

    Each expectation carries in `meta` its public name, severity and sentence templates, so that the suite alone says
    what is judged and how much it weighs.
    """
    import great_expectations.expectations as gxe
    from great_expectations.core.expectation_suite import ExpectationSuite

    expectations = []
    for rule in rules:
        keys = {} if rule.expectation == "ExpectColumnPairValuesToBeEqual" else {"column": rule.value}
        expectations.append(
            getattr(gxe, rule.expectation)(
                **keys,
                **rule.resolved(policy),
                severity="critical" if rule.severity == "error" else "warning",
                meta={
                    "name": rule.name,
                    "severity": rule.severity,
                    "failed": rule.failed,
                    "failed_fr": rule.failed_fr,
                    "passed": rule.passed,
                    "passed_fr": rule.passed_fr,
                },
            )
        )
    return ExpectationSuite(name=name, expectations=expectations)


def check_names(given: Iterable[str], known: Iterable[str], what: str) -> None:
    """Refuse names that do not exist.

    Raises:
        PolicyError: with the nearest known name.
    """
    names = sorted(set(known))
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.0)
            raise PolicyError(f"no {what} is called '{name}'; the nearest is '{near[0]}'.")
