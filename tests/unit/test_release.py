"""Publishing loses nothing: a crash at any step leaves the previous release whole, and the next run goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines import release
from pipelines.errors import DataError
from pipelines.lake import Workspace, read_json, run_lock, write_table

TOLD = {"as_of": {}, "companies": [], "config": {}, "inputs": [], "models": {}}
# The columns of the facts that the warehouse's functions read.
FACTS = {
    "fct_invoices": "invoice_id customer_id document_type document_number due_date_source currency "
    "entry_date issue_date due_date amount foreign_amount foreign_currency",
    "fct_payments": "payment_id customer_id kind document_number entry_date amount foreign_amount foreign_currency",
    "fct_allocations": "invoice_id payment_id credit_invoice_id allocation_date amount",
    "fct_legal_status": "customer_id legal_unit_id legal_status is_in_proceedings valid_from valid_to notice_id",
    "dim_legal_units": "legal_unit_id legal_name naf_code size_category administrative_state known_from known_to",
}


def finished_run(workspace: Workspace, run_id: str, amount: str = "10.00") -> Path:
    """A working folder as a run leaves it, with one table per schema."""
    run = workspace.start_run(run_id)
    columns = {"company_id": "VARCHAR", "amount": "DECIMAL(18,2)"}
    rows = [{"company_id": "732829320", "amount": amount}, {"company_id": "732829320", "amount": "0.05"}]
    for table in ("ml/invoice_scores", "quality/sources", "quality/reconciliation"):
        write_table(run / f"{table}.parquet", columns, rows)
    for table, names in FACTS.items():
        typed = {
            name: "DATE" if name.endswith(("date", "_from", "_to")) else columns.get(name, "VARCHAR")
            for name in names.split()
        }
        facts = {"company_id": "VARCHAR", **typed}
        given = [dict.fromkeys(facts) | row for row in rows] if table == "fct_invoices" else []
        write_table(run / "marts" / f"{table}.parquet", facts, given)
    write_table(run / "marts" / "reconciliation.parquet", columns, rows)
    (run / "site" / "index.html").write_text("<p>site</p>", encoding="utf-8")
    (run / "quality_report" / "index.html").write_text("<p>audit</p>", encoding="utf-8")
    (run / "exports" / "statutory-fr.xlsx").write_bytes(b"PK")
    return run


def publish(workspace: Workspace, run_id: str, amount: str = "10.00") -> release.Release:
    return release.publish(workspace, finished_run(workspace, run_id, amount), run_id, TOLD)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "var")


def test_a_release_records_rows_and_control_totals_of_every_table(workspace: Workspace) -> None:
    done = publish(workspace, "one")
    assert sorted(done.manifest["tables"]) == [
        "marts.dim_legal_units",
        "marts.fct_allocations",
        "marts.fct_invoices",
        "marts.fct_legal_status",
        "marts.fct_payments",
        "ml.invoice_scores",
        "quality.reconciliation",
        "quality.sources",
    ]
    assert done.manifest["tables"]["marts.fct_invoices"] == {"rows": 2, "totals": {"amount": "10.05"}}
    # Warehouse, manifest aside: the marts as Parquet, the site, the auditor's page, a workbook.
    assert release.verify(workspace) == release.Verified("one", 12, 8, 1)


def test_a_mart_written_again_later_does_not_reach_the_release(workspace: Workspace) -> None:
    """dbt writes over its exports in place: a release that shared their blocks would change after its publication."""
    publish(workspace, "one")
    export = workspace.runs / "one" / "marts" / "fct_invoices.parquet"
    with export.open("r+b") as handle:
        handle.write(b"XXXX")
    release.verify(workspace)


def test_manifests_are_chained_and_outlive_their_releases(workspace: Workspace) -> None:
    for number in range(13):
        publish(workspace, f"run{number:02d}", amount=f"{number}.00")
        if number == 1:
            release.pin_file(workspace, "run01").touch()
    kept = sorted(folder.name for folder in workspace.releases.iterdir() if folder.is_dir())
    assert kept == ["run01", *(f"run{number:02d}" for number in range(3, 13))]
    assert len(list(workspace.manifests.glob("*.json"))) == 13
    assert release.verify(workspace).chain == 13
    assert release.verify(workspace, "run05").chain == 6


@pytest.mark.parametrize(
    "step", ["_build_warehouse", "_hash_files", "_sync_tree", "switch_link", "prune", "write_json"]
)
def test_a_crash_while_publishing_leaves_the_previous_release(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    publish(workspace, "one")
    finished_run(workspace, "two", amount="20.00")

    def crash(*arguments: object, **named: object) -> None:
        raise KeyboardInterrupt(step)

    with monkeypatch.context() as patched:
        patched.setattr(release, step, crash)
        with pytest.raises(KeyboardInterrupt):
            release.publish(workspace, workspace.runs / "two", "two", TOLD)
    published = workspace.published.resolve().name
    assert published == ("two" if step == "prune" else "one")
    release.verify(workspace)
    assert publish(workspace, "three").folder.name == "three"
    assert release.verify(workspace).run_id == "three"
    assert not list(workspace.releases.glob(".*"))


def test_a_crash_between_release_and_manifest_leaves_no_release_without_manifest(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(workspace, "one")
    run = finished_run(workspace, "two")
    real: Callable[[Path, object], None] = release.write_json
    written: list[Path] = []

    def crash_on_second(path: Path, value: object) -> None:
        written.append(path)
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        real(path, value)

    with monkeypatch.context() as patched:
        patched.setattr(release, "write_json", crash_on_second)
        with pytest.raises(OSError, match="No space left"):
            release.publish(workspace, run, "two", TOLD)
    assert workspace.published.resolve().name == "one"
    publish(workspace, "three")
    assert sorted(folder.name for folder in workspace.releases.iterdir() if folder.is_dir()) == [
        "one",
        "three",
    ]
    assert release.verify(workspace).chain == 2


def test_a_control_total_that_no_longer_holds_is_found(workspace: Workspace) -> None:
    """The manifest and both its copies agree with the files, but not with what the tables hold."""
    done = publish(workspace, "one")
    for path in (done.folder / "manifest.json", workspace.manifests / "one.json"):
        manifest = read_json(path)
        manifest["tables"]["marts.fct_invoices"]["totals"]["amount"] = "10.06"
        path.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(DataError, match=r"control totals of marts\.fct_invoices differ"):
        release.verify(workspace)


def test_a_run_without_marts_is_not_published(workspace: Workspace) -> None:
    run = finished_run(workspace, "one")
    for path in (run / "marts").iterdir():
        path.unlink()
    with pytest.raises(DataError, match="holds no mart"):
        release.publish(workspace, run, "one", TOLD)
    assert not workspace.published.exists()


def test_readers_of_the_warehouse_see_tables_that_need_no_other_file(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = publish(workspace, "one").folder
    alone = tmp_path / "alone.duckdb"
    alone.write_bytes((folder / "warehouse.duckdb").read_bytes())
    with duckdb.connect(str(alone), read_only=True) as connection:
        total = connection.execute("select sum(amount) from marts.fct_invoices").fetchone()
        kinds = connection.execute("select distinct table_type from information_schema.tables").fetchall()
    assert total == (Decimal("10.05"),)
    assert kinds == [("BASE TABLE",)]


def test_the_same_content_run_again_is_numbered(workspace: Workspace) -> None:
    base = release.base_id(date(2025, 12, 31), {"inputs": ["a"]})
    assert base == release.base_id(date(2025, 12, 31), {"inputs": ["a"]})
    assert base != release.base_id(date(2025, 12, 31), {"inputs": ["b"]})
    names = []
    for _ in range(3):
        names.append(release.unused_run_id(workspace, base))
        publish(workspace, names[-1])
    assert names == [base, f"{base}-2", f"{base}-3"]


def test_only_the_current_working_folder_is_kept(workspace: Workspace) -> None:
    workspace.start_run("one")
    workspace.start_run("two")
    workspace.drop_other_runs()
    assert sorted(path.name for path in workspace.runs.iterdir()) == ["current", "two"]


def test_the_lock_can_be_taken_again_by_its_holder(workspace: Workspace) -> None:
    """The command holds it around Dagster, whose resource takes it too; it is let go once."""
    info = workspace.root / "run.lock.json"
    with run_lock(workspace, "outer"):
        with run_lock(workspace, "inner"):
            assert read_json(info)["command"] == "outer"
        assert info.exists()
    assert not info.exists()


def test_a_release_from_before_an_erasure_goes_though_it_is_pinned(workspace: Workspace) -> None:
    first = publish(workspace, "one")
    release.pin_file(workspace, "one").touch()
    run = finished_run(workspace, "two", amount="11.00")
    second = release.publish(workspace, run, "two", TOLD, keep=10, erased=first.manifest["sequence"])
    assert not first.folder.exists() and second.folder.is_dir()
    # Its manifest stays: the chain is whole, and what is left verifies.
    assert release.verify(workspace).chain == 2
