"""The gate: which failures refuse a run, under the configured severities.

What belongs here: the decision and its sentences. What does not: exit codes and what happens to the release.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from data_quality.errors import PolicyError
from data_quality.results import ExpectationResult, Severity
from data_quality.rules import check_names
from data_quality.suites import RULES


@dataclass(frozen=True)
class Decision:
    """What the gate says of a run.

    Attributes:
        results: every verdict, with the severity that applied: the rows to record.
        blocking: failed verdicts of severity `error`, in order.
        warnings: failed verdicts of severity `warning`, in order.
    """

    results: tuple[ExpectationResult, ...]
    blocking: tuple[ExpectationResult, ...]
    warnings: tuple[ExpectationResult, ...]

    @property
    def passed(self) -> bool:
        """Whether the run may go on."""
        return not self.blocking

    @property
    def sentences(self) -> tuple[str, ...]:
        """One English sentence per blocking failure, each said once, errors only."""
        return tuple(dict.fromkeys(result.sentence for result in self.blocking))

    @property
    def sentences_fr(self) -> tuple[str, ...]:
        """The same in French."""
        return tuple(dict.fromkeys(result.sentence_fr for result in self.blocking))

    @property
    def warning_sentences(self) -> tuple[str, ...]:
        """One English sentence per warning, each said once."""
        return tuple(dict.fromkeys(result.sentence for result in self.warnings))

    @property
    def warning_sentences_fr(self) -> tuple[str, ...]:
        """The same in French."""
        return tuple(dict.fromkeys(result.sentence_fr for result in self.warnings))


def expectation_names() -> tuple[str, ...]:
    """Names of the gate's expectations, in order; cheap (Great Expectations is not imported)."""
    return tuple(rule.name for rule in RULES)


def check_severities(severities: Mapping[str, str]) -> dict[str, Severity]:
    """Check configured severities before anything runs.

    Args:
        severities: expectation name → `error` or `warning`.

    Raises:
        PolicyError: an expectation or a severity does not exist; the sentence gives the nearest name.
    """
    return _checked(severities, expectation_names())


def _checked(severities: Mapping[str, str], names: Iterable[str]) -> dict[str, Severity]:
    check_names(severities, names, "expectation")
    checked: dict[str, Severity] = {}
    for name, severity in severities.items():
        if severity not in ("error", "warning"):
            raise PolicyError(f"the severity of '{name}' is '{severity}'; write error or warning.")
        checked[name] = "error" if severity == "error" else "warning"
    return checked


def decide(results: Sequence[ExpectationResult], severities: Mapping[str, str] | None = None) -> Decision:
    """Decide whether a run may go on: failures of severity `error` refuse it.

    Args:
        results: verdicts of `judge` or of `dbt_results`, or both.
        severities: configured severities, by expectation name; a name must be the gate's or stand among the results.

    Raises:
        PolicyError: an expectation or a severity does not exist.
    """
    names = (*expectation_names(), *(result.expectation for result in results))
    chosen = _checked(severities or {}, names)
    applied = tuple(
        replace(result, severity=chosen[result.expectation]) if result.expectation in chosen else result
        for result in results
    )
    failed = [result for result in applied if not result.passed]
    return Decision(
        results=applied,
        blocking=tuple(result for result in failed if result.severity == "error"),
        warnings=tuple(result for result in failed if result.severity == "warning"),
    )
