"""The whole run of a tiny company: published, repeatable, refused without harm, verifiable."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines import release
from pipelines.errors import DataError, UsageError
from pipelines.lake import Workspace, run_lock, sha256_file
from pipelines.run import summaries
from tests.projects import Project, worked_example

pytestmark = pytest.mark.slow


def test_the_summary_says_what_was_read_and_that_it_ties(project: Project) -> None:
    manifest = json.loads((project.published / "manifest.json").read_text(encoding="utf-8"))
    (summary,) = summaries(project.published, manifest)
    read = summary.ledger
    assert (read.read, read.accepted, read.rejected) == (105, 104, 1)
    assert (summary.ledger_balance, summary.difference) == (Decimal("4480.00"), Decimal("0.00"))
    assert summary.as_of.isoformat() == "2025-03-31"


def test_the_release_holds_what_readers_rely_on(project: Project) -> None:
    folder = project.published
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from duckdb_views() where not internal").fetchone() == (0,)
    for name in (
        "warehouse.duckdb",
        "manifest.json",
        "site/index.html",
        "quality/index.html",
        "marts/fct_invoices.parquet",
    ):
        assert (folder / name).is_file(), name
    assert project.workspace.published.is_symlink()
    assert not Path(project.workspace.published.readlink()).is_absolute()


def test_the_same_input_gives_the_same_bytes(project: Project) -> None:
    """A renamed ledger and a second run change no mart, no score, and no landed file."""
    before = project.published
    landed = {p: p.stat().st_mtime_ns for p in project.workspace.raw.rglob("*.parquet")}
    renamed = project.ledger.with_name("export.txt")
    project.ledger.rename(renamed)
    try:
        after = project.run()
    finally:
        renamed.rename(project.ledger)
    assert after != before
    assert after.name[:10] == before.name[:10]
    for table in sorted((before / "marts").glob("*.parquet")):
        if table.stem in ("sources", "rejected_rows", "unbalanced_entries", "expectations"):
            continue  # what is said of files names them
        first, second = [
            duckdb.sql(f"select * exclude (source_file) from '{folder / 'marts' / table.name}'").fetchall()
            if table.stem in ("fct_invoices", "fct_payments")
            else sha256_file(folder / "marts" / table.name)
            for folder in (before, after)
        ]
        assert first == second, table.name
    assert {p: p.stat().st_mtime_ns for p in project.workspace.raw.rglob("*.parquet")} == landed


def test_a_refused_gate_keeps_the_previous_release(project: Project) -> None:
    before = project.published
    good = project.ledger.read_bytes()
    spoilt = worked_example()
    spoilt.rows[0]["Debit"] = "1200,01"
    spoilt.write(project.ledger)
    try:
        with pytest.raises(DataError) as caught:
            project.run()
    finally:
        project.ledger.write_bytes(good)
    assert caught.value.exit_code == 1
    assert "nothing was published" in str(caught.value)
    assert project.published == before
    assert release.verify(project.workspace).run_id == before.name


def test_a_second_run_is_refused_and_names_the_first(project: Project) -> None:
    with run_lock(project.workspace, "encours run --config first.yml"):
        done = subprocess.run(
            [sys.executable, "-m", "pipelines.cli", "run", "--config", str(project.config)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert "encours run --config first.yml" in done.stderr
    assert "process" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_lock_left_by_a_dead_process_does_not_block(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from pipelines.lake import Workspace, run_lock\n"
        f"lock = run_lock(Workspace(Path({str(tmp_path)!r}))); lock.__enter__(); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert (tmp_path / "run.lock.json").exists()
    with run_lock(Workspace(tmp_path)):
        pass


@pytest.fixture
def copied(project: Project, tmp_path: Path) -> Workspace:
    """The published workspace, to do harm to."""
    root = tmp_path / "var"
    for part in ("releases", "manifests", "published"):
        source = project.workspace.root / part
        if source.is_symlink():
            (root / part).symlink_to(source.readlink())
        else:
            shutil.copytree(source, root / part, symlinks=True)
    return Workspace(root)


@pytest.mark.parametrize("name", ["marts/fct_invoices.parquet", "warehouse.duckdb", "site/index.html"])
def test_verify_detects_one_changed_byte(copied: Workspace, name: str) -> None:
    release.verify(copied)
    path = copied.published.resolve() / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"{name} was changed"):
        release.verify(copied)


def test_verify_detects_missing_added_and_rewritten_files(copied: Workspace) -> None:
    folder = copied.published.resolve()
    extra = folder / "site" / "extra.html"
    extra.write_text("x", encoding="utf-8")
    with pytest.raises(DataError, match=r"extra\.html is not in the manifest"):
        release.verify(copied)
    extra.unlink()
    manifest = folder / "manifest.json"
    kept = manifest.read_text(encoding="utf-8")
    manifest.write_text(kept.replace('"format": 1', '"format": 2'), encoding="utf-8")
    with pytest.raises(DataError, match=r"manifest\.json differs"):
        release.verify(copied)
    manifest.write_text(kept, encoding="utf-8")
    (folder / "marts" / "fct_payments.parquet").unlink()
    with pytest.raises(DataError, match=r"fct_payments\.parquet is missing"):
        release.verify(copied)


def test_verify_follows_the_chain_of_manifests(copied: Workspace) -> None:
    last = release.last_manifest(copied)
    assert last is not None
    first = last["manifest"]["previous"]
    if first is None:
        pytest.skip("only one run was published")
    path = copied.manifests / f"{first['run_id']}.json"
    path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")
    with pytest.raises(DataError, match="was changed"):
        release.verify(copied, last["manifest"]["run_id"])


def test_an_unknown_release_is_a_usage_error(copied: Workspace) -> None:
    with pytest.raises(UsageError, match="no such release"):
        release.verify(copied, "../manifests")
