"""dbt's artifacts as rows of quality.expectations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from data_quality import ArtifactError, ExpectationResult, dbt_results


def node(name: str, **values: Any) -> dict[str, Any]:
    """A generic test of the manifest, as dbt 1.11 writes it."""
    return {
        "name": name,
        "resource_type": "test",
        "description": "",
        "column_name": None,
        "attached_node": "model.encours.fct_invoices",
        "test_metadata": None,
        "depends_on": {"nodes": ["model.encours.fct_invoices"]},
        "config": {"severity": "ERROR", "meta": {}},
        **values,
    }


NODES = {
    "test.encours.unique_key_fct_invoices.1": node(
        "unique_key_fct_invoices",
        test_metadata={"name": "unique_key", "kwargs": {"columns": ["company_id", "invoice_id"]}},
    ),
    "test.encours.accepted_values_fct_invoices_status.2": node(
        "accepted_values_fct_invoices_status",
        column_name="status",
        test_metadata={
            "name": "accepted_values",
            "kwargs": {"values": ["open", "paid"], "column_name": "status"},
        },
    ),
    "test.encours.relationships_fct_allocations_invoice_id.3": node(
        "relationships_fct_allocations_invoice_id",
        attached_node="model.encours.fct_allocations",
        column_name="invoice_id",
        test_metadata={
            "name": "relationships",
            "kwargs": {"to": "ref('fct_invoices')", "field": "invoice_id", "column_name": "invoice_id"},
        },
    ),
    "test.encours.not_null_fct_invoices_amount.4": node(
        "not_null_fct_invoices_amount",
        column_name="amount",
        test_metadata={"name": "not_null", "kwargs": {"column_name": "amount"}},
        config={"severity": "WARN", "meta": {}},
    ),
    "test.encours.assert_receivables_tie_to_the_ledger": node(
        "assert_receivables_tie_to_the_ledger",
        attached_node=None,
        depends_on={"nodes": ["model.encours.reconciliation"]},
    ),
    "model.encours.fct_invoices": {"name": "fct_invoices", "resource_type": "model", "config": {}},
}
UNIT_TESTS = {
    "unit_test.encours.fct_dso_monthly.worked_example": {
        "name": "worked_example",
        "resource_type": "unit_test",
        "model": "fct_dso_monthly",
        "description": "",
        "config": {"meta": {}},
    }
}


def outcome(
    unique_id: str, status: str, failures: int | None = None, message: str | None = None
) -> dict[str, Any]:
    return {"unique_id": unique_id, "status": status, "failures": failures, "message": message}


def read(
    folder: Path, *outcomes: dict[str, Any], nodes: dict[str, Any] | None = None
) -> dict[str, ExpectationResult]:
    results, manifest = folder / "run_results.json", folder / "manifest.json"
    results.write_text(json.dumps({"metadata": {}, "results": list(outcomes)}), encoding="utf-8")
    manifest.write_text(json.dumps({"nodes": nodes or NODES, "unit_tests": UNIT_TESTS}), encoding="utf-8")
    return {row.expectation: row for row in dbt_results(results, manifest)}


def test_a_passing_test_says_what_it_demands(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        *(outcome(unique_id, "pass", 0) for unique_id in [*NODES, *UNIT_TESTS] if "test." in unique_id),
    )
    assert {name: row.sentence for name, row in rows.items()} == {
        "unique_key_fct_invoices": "fct_invoices: one row per company_id, invoice_id.",
        "accepted_values_fct_invoices_status": "fct_invoices.status is one of open, paid.",
        "relationships_fct_allocations_invoice_id": "fct_allocations.invoice_id exists in fct_invoices.invoice_id.",
        "not_null_fct_invoices_amount": "fct_invoices.amount is always given.",
        "assert_receivables_tie_to_the_ledger": "Receivables tie to the ledger.",
        "worked_example": "fct_dso_monthly: worked example.",
    }
    assert all(row.passed and row.unexpected_count == 0 for row in rows.values())


def test_built_models_give_no_row_and_failed_ones_do(tmp_path: Path) -> None:
    assert read(tmp_path, outcome("model.encours.fct_invoices", "success")) == {}
    row = read(tmp_path, outcome("model.encours.fct_invoices", "error", message="Binder Error:\n  no column"))
    failed = row["fct_invoices"]
    assert (failed.passed, failed.severity, failed.table_name, failed.expected) == (
        False,
        "error",
        "fct_invoices",
        "built",
    )
    assert failed.sentence == "fct_invoices is built: dbt stopped on an error (Binder Error: no column)."


def test_a_failing_test_counts_its_rows_and_keeps_its_severity(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        outcome("test.encours.unique_key_fct_invoices.1", "fail", 1),
        outcome("test.encours.not_null_fct_invoices_amount.4", "warn", 1200),
    )
    error, warning = rows["unique_key_fct_invoices"], rows["not_null_fct_invoices_amount"]
    assert (error.severity, error.unexpected_count, error.passed) == ("error", 1, False)
    assert "1 row does not obey; look at the dbt test unique_key_fct_invoices." in error.sentence
    assert (warning.severity, warning.unexpected_count, warning.passed) == ("warning", 1200, False)
    assert "1,200 rows do not obey" in warning.sentence
    assert "1\u202f200 lignes ne le respectent pas" in warning.sentence_fr
    assert {row.stage for row in rows.values()} == {"warehouse"}
    assert {row.company_id for row in rows.values()} == {"*"}


@pytest.mark.parametrize("status", ["skipped", "error", "fail", "runtime error", "something new"])
def test_whatever_did_not_pass_is_not_a_pass(status: str, tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        outcome("test.encours.assert_receivables_tie_to_the_ledger", status),
        outcome(
            "unit_test.encours.fct_dso_monthly.worked_example", status, message="actual differs from expected"
        ),
    )
    assert [row.passed for row in rows.values()] == [False, False]
    assert all(row.unexpected_count == 1 for row in rows.values())


def test_a_singular_test_is_about_the_model_it_reads(tmp_path: Path) -> None:
    row = read(tmp_path, outcome("test.encours.assert_receivables_tie_to_the_ledger", "pass", 0))
    assert row["assert_receivables_tie_to_the_ledger"].table_name == "reconciliation"


def test_a_sentence_written_beside_the_test_is_used(tmp_path: Path) -> None:
    meta = {"sentence": "Open items equal the accounts.", "sentence_fr": "Le poste client égale les comptes."}
    own = node("assert_x", config={"severity": "error", "meta": meta})
    row = read(tmp_path, outcome("test.encours.assert_x", "pass"), nodes={"test.encours.assert_x": own})[
        "assert_x"
    ]
    assert row.sentence == "Open items equal the accounts."
    assert row.sentence_fr == "Le poste client égale les comptes."


def test_artifacts_that_do_not_fit_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"test\.encours\.unknown.*same dbt run"):
        read(tmp_path, outcome("test.encours.unknown", "pass"))
    with pytest.raises(ArtifactError, match=r"nowhere\.json: the file is missing"):
        dbt_results(tmp_path / "nowhere.json", tmp_path / "manifest.json")
    (tmp_path / "half.json").write_text('{"results": [', encoding="utf-8")
    with pytest.raises(ArtifactError, match=r"half\.json: this is not readable JSON"):
        dbt_results(tmp_path / "half.json", tmp_path / "manifest.json")
    (tmp_path / "list.json").write_text("[]", encoding="utf-8")
    with pytest.raises(ArtifactError, match=r"list\.json: this is not dbt's"):
        dbt_results(tmp_path / "list.json", tmp_path / "manifest.json")


def test_rows_do_not_depend_on_the_order_in_which_dbt_ran(tmp_path: Path) -> None:
    ids = [unique_id for unique_id in NODES if unique_id.startswith("test")]
    forward = list(read(tmp_path, *(outcome(unique_id, "pass") for unique_id in ids)))
    assert forward == list(read(tmp_path, *(outcome(unique_id, "pass") for unique_id in reversed(ids))))
