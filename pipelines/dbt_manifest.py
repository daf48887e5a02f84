"""dbt's manifest: parsed once per content of the dbt project, reused by every run of a workspace.

What belongs here: where the project and its executable are, the variables it reads, preparing the manifest. What does
not: running models (`pipelines.defs.transform`). Nothing here imports Dagster: a run parses while Dagster loads.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from pipelines.errors import EncoursError
from pipelines.lake import Workspace, sha256_file, sha256_text

DBT_PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
DBT = Path(sys.executable).parent / "dbt"
PARSED_KINDS = {".sql", ".yml", ".csv", ".md"}


def dbt_environment(workspace: Workspace) -> dict[str, str]:
    """Variables the dbt project reads. Paths go through the constant link `runs/current`: dbt then reuses its parse."""
    return {
        "ENCOURS_INPUTS": str(workspace.current / "inputs"),
        "ENCOURS_BUILD": str(workspace.current / "build.duckdb"),
        "ENCOURS_EXPORT": str(workspace.current / "marts"),
        "ENCOURS_THREADS": os.environ.get("ENCOURS_THREADS", "2"),
        # Every statement twice, as JSON, is what dbt's log holds by default.
        "DBT_LOG_LEVEL_FILE": "info",
        "DBT_USE_FAST_TEST_EDGES": "true",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def project_hash() -> str:
    """Hash of everything dbt parses, and of dbt itself."""
    lines = [f"{name} {metadata.version(name)}" for name in ("dbt-core", "dbt-duckdb")]
    for folder, folders, names in os.walk(DBT_PROJECT):
        folders[:] = sorted(name for name in folders if name not in {"target", "logs", "__pycache__"})
        for name in sorted(names):
            path = Path(folder, name)
            if path.suffix in PARSED_KINDS and not name.startswith("."):
                lines.append(f"{path.relative_to(DBT_PROJECT).as_posix()} {sha256_file(path)}")
    return sha256_text("\n".join(lines))[:16]


def prepared_manifest(workspace: Workspace) -> Path:
    """dbt's manifest for the project as it stands; parsed only when the project changed.

    Raises:
        EncoursError: dbt cannot parse the project.
    """
    folder = workspace.dbt_cache / project_hash()
    manifest = folder / "manifest.json"
    if manifest.exists():
        return manifest
    unfinished = workspace.dbt_cache / f".{folder.name}.{os.getpid()}"
    unfinished.mkdir(parents=True, exist_ok=True)
    command = [str(DBT), "parse", "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    command += ["--target-path", str(unfinished), "--log-path", str(unfinished)]
    environment = {**os.environ, **dbt_environment(workspace)}
    done = subprocess.run(
        command, env=environment, cwd=DBT_PROJECT, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        tail = " ".join(done.stdout.strip().splitlines()[-4:])
        raise EncoursError(f"dbt cannot parse the project in {DBT_PROJECT}: {tail}")
    for old in workspace.dbt_cache.iterdir():
        if not old.name.startswith(".") and old != folder:
            shutil.rmtree(old, ignore_errors=True)
    try:
        os.replace(unfinished, folder)
    except OSError:
        if not manifest.exists():
            raise
        # Another process prepared the same content meanwhile.
        shutil.rmtree(unfinished, ignore_errors=True)
    return manifest
