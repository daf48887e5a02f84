"""One dbt build over many small ledgers: landed by the real readers, without the orchestrator, scores and pages."""

from __future__ import annotations

import atexit
import datetime as dt
import os
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import duckdb
import yaml
from filelock import FileLock, Timeout

from pipelines import landing
from pipelines.config import load_settings
from pipelines.dbt_manifest import DBT, DBT_PROJECT, dbt_environment, prepared_manifest
from pipelines.lake import Workspace, switch_link, write_json
from pipelines.sources.canonical import EVENTS, SUBLEDGER


@dataclass(frozen=True)
class Books:
    """The companies that a module of tests adds to the one build of small ledgers; what each is, `lay_out` tells."""

    ledgers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    as_of: Mapping[str, dt.date] = field(default_factory=dict)
    own: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, str | Mapping[str, object]]] = field(default_factory=dict)

    def __or__(self, other: Books) -> Books:
        """Both; no two companies of one name."""
        mine, others = ({*one.ledgers, *one.tables} for one in (self, other))
        assert not mine & others, f"two modules of tests have a company named {mine & others}"
        return Books(
            {**self.ledgers, **other.ledgers},
            {**self.as_of, **other.as_of},
            {**self.own, **other.own},
            {**self.tables, **other.tables},
        )


def lay_out(
    workspace: Path,
    ledgers: Mapping[str, Mapping[str, str]],
    as_of: Mapping[str, dt.date] | None = None,
    own: Mapping[str, Mapping[str, object]] | None = None,
    tables: Mapping[str, Mapping[str, str | Mapping[str, object]]] | None = None,
    **company: object,
) -> Workspace:
    """Write each company's files (company → file name → text) and land them in a run of their own.

    Args:
        workspace: may hold earlier runs.
        ledgers: its FEC files; none, or no such company, where it has a sub-ledger alone.
        as_of: a day of its own for some companies.
        tables: company → table of a sub-ledger or of events → CSV text, or the keys of its configuration with the
            text under `csv`.
        own: further keys of some companies' configuration.
        company: further keys of every company's.
    """
    folder = Path(tempfile.mkdtemp(prefix="given", dir=workspace))
    companies = []
    for name in [*ledgers, *(one for one in tables or {} if one not in ledgers)]:
        files = ledgers.get(name, {})
        for file, text in files.items():
            path = folder / "ledgers" / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        given = {
            table: _table(folder, f"tables/{name}/{table}.csv", keys)
            for table, keys in (tables or {}).get(name, {}).items()
        }
        book = {table: keys for table, keys in given.items() if table in SUBLEDGER}
        events = {table: keys for table, keys in given.items() if table in EVENTS}
        kinds = [
            *([{"kind": "fec", "path": f"ledgers/{name}/*"}] if files else []),
            *([{"kind": "subledger", **book}] if book else []),
        ]
        keys = {"ledgers": kinds, **({"events": events} if events else {})}
        companies.append({"name": name, "id": name, **keys, **company, **(own or {}).get(name, {})})
    config = folder / "encours.yml"
    config.write_text(yaml.safe_dump({"companies": companies, "workspace": str(workspace)}), encoding="utf-8")
    lake = land(config)
    inputs = lake.current / "inputs" / "companies.parquet"
    if as_of:
        days = ", ".join(f"('{name}', date '{day}')" for name, day in as_of.items())
        with duckdb.connect() as connection:
            connection.execute(
                f"""create table companies as
                select c.* replace (coalesce(days.day, c.as_of) as as_of)
                from read_parquet('{inputs}') as c
                left join (values {days}) as days (name, day) on c.company_id = days.name"""
            )
            connection.execute(f"copy companies to '{inputs}' (format parquet)")
    return lake


def _table(folder: Path, place: str, given: str | Mapping[str, object]) -> dict[str, object]:
    """Write a table's text and return its configuration."""
    keys: dict[str, object] = {"csv": given} if isinstance(given, str) else dict(given)
    path = folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(str(keys.pop("csv")), encoding="utf-8", newline="")
    return {"path": place, **keys}


def land(config: Path) -> Workspace:
    """Land what a configuration names and lay out a run of it."""
    from pipelines.defs.ingest import lay_out_run

    settings = load_settings(config)
    lake = Workspace(settings.workspace)
    for source in landing.TOLD:
        records = landing.land(source, settings, lake, lambda _: None)
        write_json(lake.landing_state / f"{source}.json", records)
    lay_out_run(settings, lake)
    return lake


@cache
def _shared() -> Workspace:
    """A workspace of this process whose constant paths lead to the run that is built: dbt then parses once for all.

    It outlives the process: the next one parses no more, unless the dbt project has changed. Where another one holds
    it already, this process has one that goes with it.
    """
    folder = DBT_PROJECT.parent / ".pytest_cache" / "builds" / os.environ.get("PYTEST_XDIST_WORKER", "alone")
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder.with_suffix(".lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        folder = Path(tempfile.mkdtemp(prefix="encours-builds-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    else:
        atexit.register(lock.release)
    (folder / "runs").mkdir(exist_ok=True)
    return Workspace(folder)


def share_parse(workspace: Workspace) -> None:
    """Give a workspace this process's parse of the project: who only reads the manifest need not parse again."""
    folder = prepared_manifest(_shared()).parent
    shutil.copytree(folder, workspace.dbt_cache / folder.name)


def build(
    workspace: Workspace,
    threads: int = 1,
    with_tests: bool = True,
    select: Collection[str] = (),
    results: Path | None = None,
) -> Path:
    """Run dbt over what was laid out last, its data tests included; the folder of the exported tables.

    Args:
        select: models to build (dbt's own syntax); all without it.
        results: where dbt's run_results.json is written; nowhere without it.

    Raises:
        AssertionError: a model or one of dbt's own tests failed; dbt's words.
    """
    shared = _shared()
    switch_link(shared.current, workspace.current.resolve())
    manifest = prepared_manifest(shared)
    environment = {
        **os.environ,
        **dbt_environment(shared),
        "DBT_TARGET_PATH": str(manifest.parent),
        # What went wrong is told on stdout.
        "DBT_LOG_LEVEL_FILE": "none",
        # Nothing here reads the manifest of a build, and writing it takes seconds.
        "DBT_WRITE_JSON": "false" if results is None else "true",
        "DBT_LOG_PATH": str(workspace.root),
    }
    command = [str(DBT), "build", "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    # Not by the profile's variable: with another profile dbt would parse everything again.
    command += ["--threads", str(threads)]
    command += ["--exclude-resource-type", "unit_test", *([] if with_tests else ["test"])]
    command += [part for model in select for part in ("--select", model)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, "\n".join(done.stdout.splitlines()[-40:])
    if results is not None:
        shutil.copyfile(manifest.parent / "run_results.json", results)
    return workspace.current.resolve() / "marts"
