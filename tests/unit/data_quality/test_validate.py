"""Great Expectations decides: its verdict, and no computation beside it, makes a rule pass or fail."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from data_quality import JudgementError, Policy, PolicyError, expectations_table, judge
from data_quality.results import EXPECTATION_COLUMNS
from data_quality.suites import suites
from tests.unit.data_quality.landed import Run, good_run, merged

Profiles = Callable[[Run], dict[str, Any]]


@pytest.fixture
def profiles(run: Run, profiles_of: Profiles) -> dict[str, Any]:
    return profiles_of(run)


def just(profiles: dict[str, Any], *names: str) -> dict[str, Any]:
    """The same profiles, all but some emptied."""
    return {name: frame if name in names else frame.iloc[:0] for name, frame in profiles.items()}


def failed(results: list[Any]) -> list[str]:
    return [result.expectation for result in results if not result.passed]


def test_one_value_changed_flips_its_verdict_and_back(profiles: dict[str, Any]) -> None:
    """The batch is read anew each time: no verdict is kept from an earlier frame of the same name."""
    chosen = just(profiles, "fec_files")
    assert failed(judge(chosen)) == []
    before = chosen["fec_files"].copy()
    chosen["fec_files"].loc[1, "difference_cents"] = -1
    assert failed(judge(chosen)) == ["fec_file_balances"]
    chosen["fec_files"] = before
    assert failed(judge(chosen)) == []


def test_the_verdict_is_great_expectations_own(
    profiles: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A suite whose expectation is changed judges otherwise: nothing else looks at the value."""
    from data_quality import rules, validate

    genuine = rules.expectation_suite

    def stricter(name: str, chosen: Any, policy: Policy) -> Any:
        suite = genuine(name, chosen, policy)
        for expectation in suite.expectations:
            if expectation.meta["name"] == "fec_file_has_lines":
                expectation.min_value = 9
        return suite

    monkeypatch.setattr(validate, "expectation_suite", stricter)
    results = judge(just(profiles, "fec_files"))
    assert [(result.expectation, result.subject) for result in results if not result.passed] == [
        ("fec_file_has_lines", "732829320FEC20231231.txt")
    ]


def test_suites_are_great_expectations_objects_with_severity_and_sentences() -> None:
    from great_expectations.core.expectation_suite import ExpectationSuite

    built = suites()
    for suite in built.values():
        assert isinstance(suite, ExpectationSuite)
        for expectation in suite.expectations:
            assert set(expectation.meta) == {"name", "severity", "failed", "failed_fr", "passed", "passed_fr"}
            assert (
                expectation.severity
                == {"error": "critical", "warning": "warning"}[expectation.meta["severity"]]
            )


def test_each_failing_subject_is_a_row_and_a_rule_that_holds_is_one(profiles: dict[str, Any]) -> None:
    profiles["fec_files"]["draft_lines"] = 3
    rows = [
        result
        for result in judge(just(profiles, "fec_files"))
        if result.expectation == "fec_lines_are_validated"
    ]
    assert [row.subject for row in rows] == ["732829320FEC20231231.txt", "732829320FEC20241231.txt"]
    assert [row.unexpected_count for row in rows] == [3, 3]
    passed = [
        result for result in judge(just(profiles, "fec_files")) if result.expectation == "fec_file_balances"
    ]
    assert [(row.subject, row.observed, row.unexpected_count) for row in passed] == [("", "0.00\u00a0EUR", 0)]


def test_companies_are_judged_apart(profiles_of: Profiles) -> None:
    one, two = good_run("111111118"), good_run("222222226")
    two["fec_lines"][0]["CompteNum"] = None
    results = judge(just(profiles_of(merged(one, two)), "fec_files"))
    assert [(r.company_id, r.expectation) for r in results if not r.passed] == [
        ("222222226", "fec_accounts_are_given")
    ]
    assert [r.company_id for r in results] == sorted(r.company_id for r in results)
    assert {r.company_id for r in results} == {"111111118", "222222226"}


def test_a_value_missing_from_a_profile_is_an_error_not_a_pass(profiles: dict[str, Any]) -> None:
    """Great Expectations passes over nulls: a null count would make its rule hold in silence."""
    profiles["fec_files"].loc[0, "rows_unaccounted"] = None
    with pytest.raises(JudgementError, match="rows_unaccounted"):
        judge(profiles)


def test_a_missing_profile_or_column_is_an_error(profiles: dict[str, Any]) -> None:
    without = {name: frame for name, frame in profiles.items() if name != "sirene"}
    with pytest.raises(JudgementError, match="'sirene' is missing"):
        judge(without)
    profiles["fec_years"] = profiles["fec_years"].drop(columns="gap_days")
    with pytest.raises(JudgementError, match="gap_days"):
        judge(profiles)


def test_an_expectation_that_raises_is_an_error_not_a_pass(profiles: dict[str, Any]) -> None:
    profiles["fec_files"]["rows_unaccounted"] = "many"
    with pytest.raises(JudgementError, match="fec_rows_are_accounted"):
        judge(just(profiles, "fec_files"))


def test_a_rule_that_applies_to_nothing_gives_no_row(run: Run, profiles_of: Profiles) -> None:
    """One year alone: openings and gaps are not said to be right, they are not said at all."""
    run["fec_files"].pop()
    run.tables["fec_lines"] = [row for row in run["fec_lines"] if row["source_id"] == "aaaa"]
    names = {result.expectation for result in judge(just(profiles_of(run.account()), "fec_years"))}
    assert "fec_openings_continue_closings" not in names and "fec_no_year_is_missing" not in names
    assert "fec_has_receivables" in names


def test_a_source_that_is_not_configured_gives_no_row(run: Run, profiles_of: Profiles) -> None:
    run["company_units"].clear()
    run.tables["sources"] = [row for row in run["sources"] if row["source"] != "sirene"]
    profiles = profiles_of(run)
    results = judge(just(profiles, "sirene", "sirene_files"))
    assert results == []


def test_thresholds_are_the_policys(run: Run, profiles_of: Profiles) -> None:
    run["fec_lines"][0]["CompAuxNum"] = None
    profiles = just(profiles_of(run), "fec_years")
    assert failed(judge(profiles)) == ["fec_receivables_name_a_customer"]
    assert failed(judge(profiles, Policy(unidentified_share=0.34))) == []
    assert failed(judge(profiles, Policy(unidentified_share=0.33))) == ["fec_receivables_name_a_customer"]


def test_severities_can_be_configured_and_wrong_names_are_refused(profiles: dict[str, Any]) -> None:
    results = judge(just(profiles, "fec_files"), severities={"fec_entries_balance": "error"})
    severity = {result.expectation: result.severity for result in results}
    assert (severity["fec_entries_balance"], severity["fec_lines_are_validated"]) == ("error", "warning")
    with pytest.raises(PolicyError, match="nearest is 'fec_entries_balance'"):
        judge(profiles, severities={"fec_entry_balance": "error"})


HOSTILE = [
    "<script>alert(1)</script>.txt",
    "{company_name} {0.__class__}.txt",
    "=cmd|' /C calc'!A0.txt",
    "a\nb\r\n\x1b[31m\x00.txt",
    "\u202egnp.exe\u2066.txt",
    "'; drop table companies; --.txt",
    "x" * 300 + ".txt",
    "%s %(name)s \\n.txt",
    "🧾 été «grand livre».txt",
]


def test_hostile_names_stay_text_of_one_line(profiles_of: Profiles) -> None:
    runs = []
    for position, name in enumerate(HOSTILE):
        run = good_run(str(position))
        for table in ("fec_files", "sources"):
            for row in run[table]:
                if row["source_id"] == "aaaa":
                    row["file_name"] = name
        run["fec_lines"][0]["Debit"] += 1
        run["fec_lines"][0]["JournalCode"] = name
        runs.append(run.account())
    results = [result for result in judge(just(profiles_of(merged(*runs)), "fec_files")) if not result.passed]
    for position, name in enumerate(HOSTILE):
        own = [result for result in results if result.company_id == str(position)]
        assert {"fec_file_balances", "fec_entries_balance"} <= {result.expectation for result in own}
        for result in own:
            for text in (result.sentence, result.sentence_fr, result.subject):
                assert text.replace("\u202f", " ").replace("\u00a0", " ").isprintable()
                assert len(text) < 900
            if len(name) < 50 and name.isprintable():
                assert name in result.sentence


def test_the_table_has_the_declared_columns_even_when_empty(profiles: dict[str, Any]) -> None:
    table = expectations_table(judge(just(profiles, "fec_company")))
    assert table.num_rows == 2
    assert expectations_table([]).schema == table.schema
    assert table.column_names == list(EXPECTATION_COLUMNS)
    assert {str(kind) for kind in table.schema.types} == {"string", "bool", "int64"}


def test_importing_the_package_imports_neither_engine() -> None:
    """`encours --help` and configuration checks must not wait six seconds for Great Expectations."""
    code = (
        "import sys, data_quality; data_quality.check_severities({'fec_file_balances': 'warning'});"
        "print([name for name in ('great_expectations', 'duckdb', 'pandas', 'pyarrow') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "[]"
