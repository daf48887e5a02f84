"""One dbt build over many small ledgers: landed by the real readers, without the orchestrator, scores and pages."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

import duckdb
import yaml

from pipelines import landing
from pipelines.config import load_settings
from pipelines.dbt_manifest import DBT, DBT_PROJECT, dbt_environment, prepared_manifest
from pipelines.lake import Workspace, write_json


def lay_out(
    workspace: Path,
    ledgers: Mapping[str, Mapping[str, str]],
    as_of: Mapping[str, dt.date] | None = None,
    own: Mapping[str, Mapping[str, object]] | None = None,
    **company: object,
) -> Workspace:
    """Write each company's files (company → file name → text) and land them in a run of their own.

    Args:
        workspace: may hold earlier runs: dbt then reuses its parse.
        as_of: a day of its own for some companies.
        own: further keys of some companies' configuration.
        company: further keys of every company's.
    """
    folder = Path(tempfile.mkdtemp(prefix="given", dir=workspace))
    companies = []
    for name, files in ledgers.items():
        for file, text in files.items():
            path = folder / "ledgers" / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        path = {"kind": "fec", "path": f"ledgers/{name}/*"}
        companies.append(
            {"name": name, "id": name, "ledgers": [path], **company, **(own or {}).get(name, {})}
        )
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


def build(
    workspace: Workspace, threads: int = 2, with_tests: bool = True, select: Collection[str] = ()
) -> Path:
    """Run dbt over what was laid out last, its data tests included; the folder of the exported tables.

    Args:
        select: models to build (dbt's own syntax); all without it.

    Raises:
        AssertionError: a model or one of dbt's own tests failed; dbt's words.
    """
    manifest = prepared_manifest(workspace)
    environment = {
        **os.environ,
        **dbt_environment(workspace),
        "ENCOURS_THREADS": str(threads),
        "DBT_TARGET_PATH": str(manifest.parent),
        "DBT_LOG_PATH": str(workspace.root),
    }
    command = [str(DBT), "build", "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    command += ["--exclude-resource-type", "unit_test", *([] if with_tests else ["test"])]
    command += [part for model in select for part in ("--select", model)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, "\n".join(done.stdout.splitlines()[-40:])
    return workspace.current.resolve() / "marts"
