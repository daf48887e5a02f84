"""Releases: what a published run holds, how it replaces the one before, how it is checked afterwards.

What belongs here: run ids, assembling `releases/<run_id>/`, the manifest and its chain, switching `published`,
pruning, verification. What does not: computing any figure (dbt, `ml` and `dashboards` did), Dagster.

A release is written beside the others under a hidden name, hashed, made durable, renamed, and only then linked:
a crash at any step leaves the previous release published and whole.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from pipelines.errors import DataError, UsageError
from pipelines.lake import (
    Workspace,
    canonical_json,
    quoted,
    read_json,
    sha256_file,
    sha256_text,
    switch_link,
    sync_folder,
    write_json,
)

MANIFEST = "manifest.json"
WAREHOUSE = "warehouse.duckdb"
FUNCTIONS = Path(__file__).with_name("warehouse.sql")
"""What the warehouse offers beside its tables: `open_items_at(day)`, `receivables_at(day)`, `companies_at(day)`."""
SCHEMAS = ("marts", "ml", "quality")
KEPT = 10
CODE_PACKAGES = ("pipelines", "ml", "dashboards", "data_quality", "dbt_project")
TOLD_VERSIONS = ("dagster", "dbt-core", "dbt-duckdb", "duckdb", "great-expectations", "lightgbm", "pyarrow")


def code_version() -> str:
    """Hash of the project's own code and SQL: two runs with the same one run the same rules."""
    root = Path(__file__).resolve().parent.parent
    kinds = {".py", ".sql", ".yml", ".csv", ".html", ".js", ".css", ".j2", ".json"}
    skipped = {"__pycache__", "target", "logs"}
    lines = []
    for package in CODE_PACKAGES:
        for folder, folders, names in os.walk(root / package):
            folders[:] = sorted(name for name in folders if name not in skipped and not name.startswith("."))
            for name in sorted(names):
                path = Path(folder, name)
                if path.suffix in kinds and not name.startswith("."):
                    lines.append(f"{path.relative_to(root).as_posix()} {sha256_file(path)}")
    return sha256_text("\n".join(lines))[:16]


def base_id(as_of: date, identity: Mapping[str, Any]) -> str:
    """The part of a run's name that its content gives: the as-of date and a hash of inputs, configuration and code.

    Args:
        as_of: the latest as-of date of the run's companies.
        identity: everything the result depends on, as JSON values.
    """
    return f"{as_of.isoformat()}-{sha256_text(canonical_json(identity))[:10]}"


def unused_run_id(workspace: Workspace, base: str) -> str:
    """A name no run has borne yet: the same content run again is numbered."""
    number = 1
    while True:
        name = base if number == 1 else f"{base}-{number}"
        if not (workspace.releases / name).exists() and not (workspace.manifests / f"{name}.json").exists():
            return name
        number += 1


# --- assembling ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Release:
    """A published release."""

    run_id: str
    folder: Path
    manifest: Mapping[str, Any]


def publish(
    workspace: Workspace,
    run: Path,
    run_id: str,
    told: Mapping[str, Any],
    keep: int = KEPT,
    erased: int = 0,
) -> Release:
    """Assemble a finished run into a release and switch `published` to it.

    Args:
        run: the run's working folder: marts/, ml/, quality/ (Parquet), site/, quality_report/, exports/.
        told: what the run knows of itself: inputs, configuration, as-of dates, models, reconciliation.
        keep: how many releases are kept; see `prune`, as for `erased`.

    Raises:
        DataError: the run holds no mart, or the warehouse does not hold what the Parquet files hold.
    """
    discard_unfinished(workspace)
    folder = workspace.releases / f".{run_id}.unfinished"
    folder.mkdir(parents=True)
    tables_of_run = table_files(run)
    (folder / "marts").mkdir()
    for _, path in tables_of_run:
        # Copied, not linked: dbt writes over its exports in place when a model is materialised again.
        shutil.copyfile(path, folder / "marts" / path.name)
    if not any(schema == "marts" for schema, _ in tables_of_run):
        raise DataError(
            f"{run}: the run holds no mart, so there is nothing to publish; run the whole pipeline."
        )
    shutil.copytree(run / "site", folder / "site")
    shutil.copytree(run / "quality_report", folder / "quality", dirs_exist_ok=True)
    shutil.copytree(run / "exports", folder / "exports")

    tables = _build_warehouse(run, folder)
    previous = last_manifest(workspace)
    manifest = {
        "format": 1,
        "run_id": run_id,
        "sequence": (previous["manifest"]["sequence"] + 1) if previous else 1,
        "created_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "versions": versions(),
        **told,
        "tables": tables,
        "files": _hash_files(folder),
        "previous": {"run_id": previous["manifest"]["run_id"], "sha256": previous["sha256"]}
        if previous
        else None,
    }
    write_json(folder / MANIFEST, manifest)
    _sync_tree(folder)

    final = workspace.releases / run_id
    os.rename(folder, final)
    sync_folder(workspace.releases)
    write_json(workspace.manifests / f"{run_id}.json", manifest)
    switch_link(workspace.published, final)
    prune(workspace, keep, erased)
    return Release(run_id, final, manifest)


def discard_unfinished(workspace: Workspace) -> None:
    """Remove what a crashed publication left behind: hidden folders, and releases that have no manifest kept."""
    for folder in workspace.releases.iterdir() if workspace.releases.is_dir() else ():
        if folder.is_dir() and not (workspace.manifests / f"{folder.name}.json").exists():
            shutil.rmtree(folder)


def versions() -> dict[str, str]:
    """Versions of the engine and of what computes the figures."""
    told = {name: metadata.version(name) for name in TOLD_VERSIONS}
    told["python"] = ".".join(str(part) for part in sys.version_info[:3])
    told["encours"] = metadata.version("encours")
    told["code"] = code_version()
    return told


def table_files(run: Path) -> list[tuple[str, Path]]:
    """(schema, file) of every table of a run, in a fixed order.

    dbt exports all it publishes to marts/; what belongs to the schema quality is linked there and counts once.
    """
    elsewhere = {path.name for path in (run / "quality").glob("*.parquet")}
    return [
        (schema, path)
        for schema in SCHEMAS
        for path in sorted((run / schema).glob("*.parquet"))
        if schema != "marts" or path.name not in elsewhere
    ]


def _build_warehouse(run: Path, folder: Path) -> dict[str, Any]:
    """Write the warehouse (tables, never views, and functions over them); rows and control totals of each table."""
    import duckdb

    tables: dict[str, Any] = {}
    with duckdb.connect(str(folder / WAREHOUSE)) as connection:
        connection.execute("set threads = 2")
        for schema in SCHEMAS:
            connection.execute(f"create schema {schema}")
        for schema, path in table_files(run):
            name = f'{schema}."{path.stem}"'
            connection.execute(f"create table {name} as select * from read_parquet({quoted(path)})")
            tables[f"{schema}.{path.stem}"] = _table_totals(connection, name)
        connection.execute(FUNCTIONS.read_text(encoding="utf-8"))
        connection.execute("checkpoint")
    return tables


def _table_totals(connection: Any, relation: str) -> dict[str, Any]:
    """Rows of a table and the sum of each of its DECIMAL columns, as text."""
    described = connection.execute(f"describe select * from {relation}").fetchall()
    amounts = [row[0] for row in described if str(row[1]).startswith("DECIMAL")]
    sums = ", ".join(f'cast(coalesce(sum("{name}"), 0) as varchar)' for name in amounts)
    row = connection.execute(f"select count(*){', ' + sums if sums else ''} from {relation}").fetchone()
    return {"rows": row[0], "totals": dict(zip(amounts, row[1:], strict=True))}


def _hash_files(folder: Path) -> dict[str, Any]:
    """Size and SHA-256 of every file of a release but its manifest."""
    return {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": sha256_file(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / MANIFEST
    }


def _sync_tree(folder: Path) -> None:
    """Have the disk hold every file before the release gets its name."""
    for current, _, names in os.walk(folder):
        for name in names:
            handle = os.open(os.path.join(current, name), os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_folder(Path(current))


# --- the chain and its pruning -------------------------------------------------------------------------------------


def last_manifest(workspace: Workspace) -> dict[str, Any] | None:
    """The manifest with the highest sequence number and its file's hash, or None before the first run."""
    last: dict[str, Any] | None = None
    for path in workspace.manifests.glob("*.json") if workspace.manifests.is_dir() else ():
        manifest = read_json(path)
        if last is None or manifest["sequence"] > last["manifest"]["sequence"]:
            last = {"manifest": manifest, "path": path}
    return {**last, "sha256": sha256_file(last["path"])} if last else None


def earlier_release(workspace: Workspace, base: str) -> Path | None:
    """The last release before a run that speaks of no later day and is of other content; None without any.

    Args:
        base: the run's `base_id`: the same content drawn again is not compared with itself.
    """
    found: tuple[int, Path] | None = None
    for folder in workspace.releases.iterdir() if workspace.releases.is_dir() else ():
        if folder.is_dir() and folder.name[:10] <= base[:10] and not folder.name.startswith((".", base)):
            sequence = read_json(folder / MANIFEST)["sequence"]
            found = max(found or (sequence, folder), (sequence, folder))
    return found[1] if found else None


def pin_file(workspace: Workspace, run_id: str) -> Path:
    """The mark that keeps a release from being pruned (outside of it: a release never changes)."""
    return workspace.releases / f"{run_id}.pinned"


def prune(workspace: Workspace, keep: int = KEPT, erased: int = 0) -> list[str]:
    """Remove the oldest releases beyond `keep`; pinned ones and the published one stay, manifests always.

    Args:
        erased: releases up to this sequence number hold what a person had erased: they go, pinned or not.
    """
    published = workspace.published.resolve().name
    order = []
    for folder in workspace.releases.iterdir():
        if folder.is_dir() and not folder.name.startswith("."):
            order.append((read_json(folder / MANIFEST)["sequence"], folder))
    removed = []
    unpinned = [f for _, f in sorted(order, reverse=True) if not pin_file(workspace, f.name).exists()]
    gone = {folder for sequence, folder in order if sequence <= erased} | set(unpinned[keep:])
    for folder in sorted(gone):
        if folder.name != published:
            shutil.rmtree(folder)
            pin_file(workspace, folder.name).unlink(missing_ok=True)
            removed.append(folder.name)
    return removed


# --- verification --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verified:
    """What `encours verify` re-checked."""

    run_id: str
    files: int
    tables: int
    chain: int


def published_release(workspace: Workspace, run_id: str | None = None) -> Path:
    """The folder of a release, the published one by default.

    Raises:
        UsageError: there is no such release.
    """
    if run_id is None:
        if not workspace.published.is_dir():
            raise UsageError(f"{workspace.root}: nothing is published yet; run `encours run` first.")
        return workspace.published.resolve()
    folder = workspace.releases / run_id
    if not folder.is_dir() or folder.parent != workspace.releases:
        known = sorted(f.name for f in workspace.releases.glob("[!.]*") if f.is_dir())
        raise UsageError(f"{run_id}: no such release; known: {', '.join(known) or 'none'}.")
    return folder


def verify(workspace: Workspace, run_id: str | None = None) -> Verified:
    """Re-hash every file of a release, re-compute every control total, and follow the manifests' chain.

    Raises:
        DataError: something differs; the sentence names what.
        UsageError: there is no such release.
    """
    import duckdb

    folder = published_release(workspace, run_id)
    name = folder.name
    kept = workspace.manifests / f"{name}.json"
    if not (folder / MANIFEST).is_file():
        raise DataError(f"{name}: {MANIFEST} is missing; restore the release or publish again.")
    if not kept.is_file() or sha256_file(kept) != sha256_file(folder / MANIFEST):
        raise DataError(
            f"{name}: {MANIFEST} differs from the copy in {workspace.manifests}; do not rely on it."
        )
    manifest = read_json(folder / MANIFEST)
    expected = manifest["files"]
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {MANIFEST}
    for path in sorted(expected):
        if path not in found:
            raise DataError(f"{name}: {path} is missing; restore it or publish again.")
        if sha256_file(folder / path) != expected[path]["sha256"]:
            raise DataError(f"{name}: {path} was changed since it was published; do not rely on it.")
    extra = sorted(found - set(expected))
    if extra:
        raise DataError(f"{name}: {extra[0]} is not in the manifest; remove it, a release never changes.")

    with duckdb.connect(str(folder / WAREHOUSE), read_only=True) as connection:
        for table, totals in manifest["tables"].items():
            schema, _, table_name = table.partition(".")
            relations = [f'{schema}."{table_name}"']
            if schema == "marts":
                relations.append(f"read_parquet({quoted(folder / 'marts' / (table_name + '.parquet'))})")
            for relation in relations:
                if _table_totals(connection, relation) != totals:
                    raise DataError(f"{name}: rows or control totals of {table} differ from the manifest.")
    return Verified(name, len(expected), len(manifest["tables"]), _follow_chain(workspace, manifest))


def _follow_chain(workspace: Workspace, manifest: Mapping[str, Any]) -> int:
    """Count the manifests back to the first run, each checked against the hash that its successor recorded."""
    length = 1
    while manifest["previous"]:
        before = manifest["previous"]
        path = workspace.manifests / f"{before['run_id']}.json"
        if not path.is_file():
            raise DataError(f"{manifest['run_id']}: the manifest of the run before, {path.name}, is missing.")
        if sha256_file(path) != before["sha256"]:
            raise DataError(
                f"{manifest['run_id']}: the manifest of the run before, {path.name}, was changed."
            )
        manifest = read_json(path)
        length += 1
    return length
