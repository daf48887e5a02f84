"""What refuses a run, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest

from data_quality import ExpectationResult, Policy, PolicyError, check_severities, decide, expectation_names


def verdict(
    expectation: str, passed: bool = False, severity: Any = "error", **others: Any
) -> ExpectationResult:
    values = {
        "company_id": "732829320",
        "stage": "gate",
        "suite": "fec",
        "subject": "a.txt",
        "table_name": "fec_lines",
        "column_name": None,
        "observed": "1",
        "expected": "0",
        "unexpected_count": 1,
        "sentence": f"a.txt: {expectation}.",
        "sentence_fr": f"a.txt : {expectation}.",
        **others,
    }
    return ExpectationResult(expectation=expectation, passed=passed, severity=severity, **values)


def test_an_error_refuses_and_a_warning_does_not() -> None:
    warned = decide(
        [verdict("fec_entries_balance", severity="warning"), verdict("fec_file_balances", passed=True)]
    )
    assert warned.passed and warned.sentences == ()
    assert warned.warning_sentences == ("a.txt: fec_entries_balance.",)
    refused = decide([verdict("fec_file_balances"), verdict("fec_entries_balance", severity="warning")])
    assert not refused.passed
    assert refused.sentences == ("a.txt: fec_file_balances.",)
    assert refused.sentences_fr == ("a.txt : fec_file_balances.",)


def test_configured_severities_apply_both_ways_and_are_what_is_recorded() -> None:
    results = [verdict("fec_file_balances"), verdict("fec_entries_balance", severity="warning")]
    decision = decide(results, {"fec_file_balances": "warning", "fec_entries_balance": "error"})
    assert [result.expectation for result in decision.blocking] == ["fec_entries_balance"]
    assert [result.severity for result in decision.results] == ["warning", "error"]
    assert [result.severity for result in results] == ["error", "warning"]


def test_a_severity_never_makes_a_passing_expectation_fail() -> None:
    assert decide([verdict("fec_entries_balance", passed=True)], {"fec_entries_balance": "error"}).passed


def test_no_verdict_refuses_nothing() -> None:
    assert decide([]).passed


def test_a_dbt_test_can_be_configured_when_it_is_among_the_results() -> None:
    result = verdict("assert_nothing_is_over_settled", stage="warehouse", suite="dbt")
    assert decide([result], {"assert_nothing_is_over_settled": "warning"}).passed
    with pytest.raises(PolicyError, match="assert_nothing_is_over_settled"):
        check_severities({"assert_nothing_is_over_settled": "warning"})


def test_the_same_sentence_is_said_once() -> None:
    """A register that several companies share fails for each of them with one sentence."""
    results = [verdict("sirene_states_are_known", company_id=company) for company in ("1", "2")]
    decision = decide(results)
    assert len(decision.blocking) == 2 and len(decision.sentences) == 1


@pytest.mark.parametrize(
    ("severities", "said"),
    [
        (
            {"fec_file_balance": "error"},
            "no expectation is called 'fec_file_balance'; the nearest is 'fec_file_balances'",
        ),
        (
            {"fec_file_balances": "fatal"},
            "the severity of 'fec_file_balances' is 'fatal'; write error or warning",
        ),
    ],
)
def test_unknown_names_and_severities_are_refused_with_what_to_write(
    severities: dict[str, str], said: str
) -> None:
    with pytest.raises(PolicyError, match=said):
        check_severities(severities)


def test_every_name_can_be_configured() -> None:
    assert check_severities(dict.fromkeys(expectation_names(), "warning"))


@pytest.mark.parametrize(
    "thresholds",
    [
        {"rejected_share": 1.5},
        {"rejected_share": -0.1},
        {"rejected_share": "1%"},
        {"rejected_share": True},
        {"gap_days": 1.5},
        {"gap_days": -1},
        {"rejected_shares": 0.1},
    ],
)
def test_impossible_thresholds_are_refused_by_name(thresholds: dict[str, Any]) -> None:
    with pytest.raises(PolicyError, match=next(iter(thresholds))):
        Policy.from_mapping(thresholds)


def test_thresholds_not_given_keep_their_defaults() -> None:
    assert Policy.from_mapping({"gap_days": 10}) == Policy(gap_days=10)
