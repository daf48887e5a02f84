"""Judging: Great Expectations 1.24 over the profiles, its verdicts as rows of `quality.expectations`.

What belongs here: running the suites and turning each verdict into sentences. What does not: computing the profiles
(`profiles`), the rules (`suites/`), what follows from a failure (`gate`).

Great Expectations takes seconds to import, so it is imported on first use; its context lives in memory, is made once
in a process, and reaches no network.
"""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from data_quality.errors import JudgementError
from data_quality.gate import check_severities
from data_quality.results import ExpectationResult
from data_quality.rules import Policy, Rule, expectation_suite
from data_quality.suites import rules_by_profile
from data_quality.wording import Language, money, percent, plain, say, whole

if TYPE_CHECKING:
    import pandas as pd


def judge(
    profiles: Mapping[str, pd.DataFrame],
    policy: Policy | None = None,
    *,
    severities: Mapping[str, str] | None = None,
) -> list[ExpectationResult]:
    """Judge the profiles of a run.

    Args:
        profiles: what `profile_inputs` returns. An empty frame is a source that is not configured: nothing is said.
        policy: thresholds.
        severities: configured severities, by expectation name; the others are the rules' own.

    Returns:
        Rows of `quality.expectations`, by company, then in the order of the rules: one per expectation that holds, one
        per failing subject otherwise. A rule that applies to nothing of a company gives no row.

    Raises:
        JudgementError: a profile, a column or a value that a rule needs is missing, or Great Expectations failed.
        PolicyError: an expectation or a severity that is configured does not exist.
    """
    chosen = policy or Policy()
    configured = check_severities(severities or {})
    results: list[tuple[str, int, int, ExpectationResult]] = []
    rank = 0
    for profile, rules in rules_by_profile().items():
        if profile not in profiles:
            raise JudgementError(
                f"the profile '{profile}' is missing; compute all of them with profile_inputs."
            )
        frame = profiles[profile]
        if frame.empty:
            rank += len(rules)
            continue
        failing = _failing_rows(profile, rules, frame, chosen)
        rows = [_plain_row(row) for row in frame.to_dict("records")]
        for rule in rules:
            severity = configured.get(rule.name, rule.severity)
            for (company_id, table), judged in _judged(rule, rows).items():
                for verdict in _verdicts(rule, company_id, judged, failing[rule.name], chosen):
                    result = replace(verdict, table_name=table, severity=severity)
                    results.append((company_id, rank, len(results), result))
            rank += 1
    return [result for *_, result in sorted(results, key=lambda item: item[:3])]


# --- Great Expectations --------------------------------------------------------------------------------------------


@functools.cache
def _batches() -> Any:
    """The one context of this process (in memory, no analytics, no progress bars), as a source of batches."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("profiles").add_dataframe_asset("profile")
    return asset.add_batch_definition_whole_dataframe("whole")


def _failing_rows(
    profile: str, rules: Sequence[Rule], frame: pd.DataFrame, policy: Policy
) -> dict[str, set[int]]:
    """Rule name → the `row` numbers of the profile that Great Expectations finds unexpected.

    The whole suite is judged yes or no first; only what fails is asked again for its rows, which costs three times
    as much.
    """
    _require_values(profile, rules, frame)
    batch = _batches().get_batch({"dataframe": frame})
    failing: dict[str, set[int]] = {rule.name: set() for rule in rules}
    verdicts = _validate(batch, profile, rules, policy, {"result_format": "BOOLEAN_ONLY"})
    failed = [rule for rule in rules if not verdicts[rule.name].success]
    if not failed:
        return failing
    detail = {"result_format": "COMPLETE", "unexpected_index_column_names": ["row"]}
    for name, verdict in _validate(batch, profile, failed, policy, detail).items():
        rows = {int(index["row"]) for index in verdict.result.get("unexpected_index_list") or []}
        if not rows:
            raise JudgementError(f"Great Expectations fails '{name}' but names no row: {verdict.result}")
        failing[name] = rows
    return failing


def _validate(
    batch: Any, profile: str, rules: Sequence[Rule], policy: Policy, result_format: dict[str, Any]
) -> dict[str, Any]:
    """Rule name → Great Expectations' own result."""
    suite = expectation_suite(profile, rules, policy)
    verdicts = {}
    for verdict in batch.validate(suite, result_format=result_format).results:
        name = verdict.expectation_config.meta["name"]
        if _raised(verdict.exception_info):
            raise JudgementError(f"Great Expectations could not judge '{name}': {verdict.exception_info}")
        verdicts[name] = verdict
    unjudged = [rule.name for rule in rules if rule.name not in verdicts]
    if unjudged:
        raise JudgementError(f"Great Expectations gave no verdict on {', '.join(unjudged)}.")
    return verdicts


def _require_values(profile: str, rules: Sequence[Rule], frame: pd.DataFrame) -> None:
    """Great Expectations passes over nulls, so a rule must never meet one that does not mean 'does not apply'."""
    for rule in rules:
        if rule.value not in frame.columns:
            raise JudgementError(
                f"the profile '{profile}' has no column '{rule.value}', which '{rule.name}' judges."
            )
        if not rule.optional and bool(frame[rule.value].isna().any()):
            raise JudgementError(
                f"the profile '{profile}' has no value in '{rule.value}' for some row, so '{rule.name}' "
                "cannot be judged."
            )


def _raised(info: Mapping[str, Any]) -> bool:
    """Whether an expectation raised; Great Expectations reports it flat or per metric."""
    if info.get("raised_exception"):
        return True
    return any(isinstance(value, Mapping) and value.get("raised_exception") for value in info.values())


# --- words ---------------------------------------------------------------------------------------------------------


def _plain_row(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A profile row with None where pandas has its own nulls."""
    import pandas as pd

    return {str(name): None if pd.isna(value) else value for name, value in row.items()}


def _judged(rule: Rule, rows: Iterable[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """(company, table) → the rows to which the rule applies."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        if row[rule.value] is not None:
            table = rule.table if rule.table is not None else str(row["table_name"])
            groups.setdefault((str(row["company_id"]), table), []).append(row)
    return groups


def _verdicts(
    rule: Rule, company_id: str, rows: Sequence[dict[str, Any]], failing: set[int], policy: Policy
) -> list[ExpectationResult]:
    """The rows of `quality.expectations` for one rule and company."""
    arguments = rule.resolved(policy)
    extra = {
        "minimum": arguments.get("min_value", 0),
        "maximum": arguments.get("max_value", 0),
        "subjects": len(rows),
    }
    bad = [row for row in rows if row["row"] in failing]
    if not bad:
        return [
            _result(
                rule,
                company_id,
                passed=True,
                subject="",
                observed=_observed(rule, rows),
                expected=_expected(rule, arguments),
                count=0,
                sentences=_sentences(rule.passed, rule.passed_fr, {**rows[0], **extra}),
            )
        ]
    return [
        _result(
            rule,
            company_id,
            passed=False,
            subject=plain(row[rule.subject]) if rule.subject else "",
            observed=_value(rule, row[rule.value], row),
            expected=_expected(rule, arguments),
            count=int(row[rule.count]) if rule.count else 1,
            sentences=_sentences(rule.failed, rule.failed_fr, {**row, **extra}),
        )
        for row in bad
    ]


def _result(
    rule: Rule,
    company_id: str,
    *,
    passed: bool,
    subject: str,
    observed: str,
    expected: str,
    count: int,
    sentences: tuple[str, str],
) -> ExpectationResult:
    return ExpectationResult(
        company_id=company_id,
        stage="gate",
        suite=rule.source,
        expectation=rule.name,
        subject=subject,
        table_name=rule.table or "",
        column_name=rule.column,
        severity=rule.severity,
        passed=passed,
        observed=observed,
        expected=expected,
        unexpected_count=count,
        sentence=sentences[0],
        sentence_fr=sentences[1],
    )


def _sentences(english: str, french: str, row: Mapping[str, Any]) -> tuple[str, str]:
    currency = str(row.get("currency") or "")

    def filled(template: str, language: Language) -> str:
        return say(template, row, language, currency)

    return filled(english, "en"), filled(french, "fr")


def _value(rule: Rule, value: Any, row: Mapping[str, Any]) -> str:
    """A judged value as text (English)."""
    match rule.unit:
        case "share":
            return percent(float(value), "en")
        case "cents":
            return money(int(value), "en", str(row.get("currency") or ""))
        case "text":
            return plain(value)
        case "days":
            return f"{whole(int(value), 'en')} days"
        case _:
            return whole(int(value), "en")


def _observed(rule: Rule, rows: Sequence[Mapping[str, Any]]) -> str:
    """What was found over every subject: one value, or the range of them."""
    values = [row[rule.value] for row in rows]
    if rule.unit == "text":
        return ", ".join(sorted({plain(value) for value in values}))
    low, high = min(values), max(values)
    if low == high:
        return _value(rule, low, rows[0])
    return f"{_value(rule, low, rows[0])} to {_value(rule, high, rows[0])}"


def _expected(rule: Rule, arguments: Mapping[str, Any]) -> str:
    """What passes, as text (English)."""
    if "value_set" in arguments:
        return ", ".join(arguments["value_set"])
    if "column_A" in arguments:
        return "the declared type"
    low, high = arguments.get("min_value"), arguments.get("max_value")
    if high is None:
        return f"at least {_value(rule, low, {})}"
    if low == high:
        return _value(rule, low, {})
    return f"at most {_value(rule, high, {})}"
