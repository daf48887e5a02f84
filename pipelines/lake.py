"""The workspace: where everything the pipeline writes lies, one run at a time, nothing half-written.

What belongs here: the layout under the workspace, atomic writes, content hashes, the run lock. What does not: what
a release holds and when it is published (`pipelines.release`), how a source is read (`pipelines.sources`).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import UsageError

if TYPE_CHECKING:
    import duckdb

DAGSTER_YAML = """# Written by encours; edit at will, it is never overwritten.
telemetry:
  enabled: false
"""


@dataclass(frozen=True)
class Workspace:
    """Paths under one workspace folder (`var/` unless configured)."""

    root: Path

    @property
    def raw(self) -> Path:
        """Landed inputs as Parquet, by source and content hash. Kept for ever: they are the evidence."""
        return self.root / "raw"

    @property
    def quarantine(self) -> Path:
        """Refused rows, by source and content hash."""
        return self.root / "quarantine"

    @property
    def states(self) -> Path:
        """What the landed versions of a table add up to, step by step: made again from `raw` where it is missing."""
        return self.root / "states"

    @property
    def runs(self) -> Path:
        """Working folders. Only the last one is kept, for the UI to materialise parts of it again."""
        return self.root / "runs"

    @property
    def current(self) -> Path:
        """Link to the working folder of the run that is going, or of the last one.

        dbt is given this path and not the folder's own: a constant path lets it reuse its parse.
        """
        return self.runs / "current"

    @property
    def releases(self) -> Path:
        """Published releases, one folder each."""
        return self.root / "releases"

    @property
    def published(self) -> Path:
        """The link readers follow."""
        return self.root / "published"

    @property
    def manifests(self) -> Path:
        """Every run's manifest, never pruned."""
        return self.root / "manifests"

    @property
    def models(self) -> Path:
        """Model artefacts: LightGBM text and JSON cards."""
        return self.root / "models"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own storage."""
        return self.root / "dagster"

    @property
    def dbt_cache(self) -> Path:
        """dbt manifests, one folder per content of the dbt project."""
        return self.root / "dbt"

    @property
    def landing_state(self) -> Path:
        """What the last landing found, one JSON file per source."""
        return self.root / "landing"

    @property
    def privacy(self) -> Path:
        """Orders to erase a person's data; they name nobody."""
        return self.root / "privacy"

    def prepare_dagster_home(self) -> Path:
        """Create Dagster's folder with its telemetry off, and point `DAGSTER_HOME` to it."""
        self.dagster_home.mkdir(parents=True, exist_ok=True)
        settings = self.dagster_home / "dagster.yaml"
        if not settings.exists():
            write_text(settings, DAGSTER_YAML)
        os.environ["DAGSTER_HOME"] = str(self.dagster_home)
        return self.dagster_home

    def start_run(self, run_id: str) -> Path:
        """A fresh working folder, linked as current."""
        folder = self.runs / run_id
        if folder.exists():
            shutil.rmtree(folder)
        for part in ("inputs/fec_lines", "marts", "ml", "quality", "site", "quality_report", "exports"):
            (folder / part).mkdir(parents=True)
        switch_link(self.current, folder)
        return folder

    def current_run(self) -> Path:
        """The working folder of the run that is going.

        Raises:
            UsageError: nothing was landed yet.
        """
        if not self.current.is_dir():
            raise UsageError(
                f"{self.root}: nothing is landed yet; materialise the groups 'raw' and 'inputs' first."
            )
        return self.current.resolve()

    def drop_other_runs(self) -> None:
        """Remove every working folder but the current one."""
        keep = self.current.resolve().name if self.current.is_dir() else None
        for folder in self.runs.iterdir() if self.runs.is_dir() else ():
            if folder.is_dir() and not folder.is_symlink() and folder.name != keep:
                shutil.rmtree(folder, ignore_errors=True)


# --- files ---------------------------------------------------------------------------------------------------------


def sha256_file(path: Path) -> str:
    """Content hash of a file, read in blocks."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sha256_text(text: str) -> str:
    """Content hash of a text, UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def canonical_json(value: Any) -> str:
    """JSON whose bytes depend on the value alone."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def write_text(path: Path, text: str) -> None:
    """Write a file so that readers see the old text or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    sync_folder(path.parent)


def write_json(path: Path, value: Any) -> None:
    """Write a value as readable JSON, atomically."""
    write_text(path, json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, default=str) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def last_landing(workspace: Workspace, source: str) -> list[dict[str, Any]]:
    """The records of a source's last landing; none before the first."""
    state = workspace.landing_state / f"{source}.json"
    return list(read_json(state)) if state.exists() else []


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    import duckdb

    # Files are replaced at their place: nothing of them is remembered.
    return duckdb.connect(config={"threads": 2, "enable_external_file_cache": False})


def connected() -> duckdb.DuckDBPyConnection:
    """A connection to the process's one engine in memory, for small work: an engine of its own takes 30 ms to open.

    Only for reading files and for temporary tables: whatever else is created or set there, everybody sees.
    """
    return _engine().cursor()


def write_table(path: Path, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as Parquet with exactly these columns and DuckDB types; no rows gives an empty table.

    Args:
        columns: name → DuckDB type, in order.
        rows: each with every column as a key (a missing one raises with its name).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    schema = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    with connected() as connection:
        connection.execute(f"create temp table t ({schema})")
        if rows:
            marks = ", ".join("?" for _ in columns)
            connection.executemany(
                f"insert into t values ({marks})", [[row[name] for name in columns] for row in rows]
            )
        connection.execute(f"copy t to {quoted(temporary)} (format parquet, compression zstd)")
    os.replace(temporary, path)


def write_arrow(path: Path, table: Any) -> None:
    """Write an Arrow table as Parquet, atomically."""
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    pq.write_table(table, temporary, compression="zstd")
    os.replace(temporary, path)


def union_tables(path: Path, parts: Sequence[Path], order_by: str = "all") -> None:
    """Write the rows of several Parquet files of one schema as one file, sorted so that the bytes repeat."""
    temporary = path.with_name(f".{path.name}.tmp")
    listed = ", ".join(quoted(part) for part in parts)
    with connected() as connection:
        connection.execute(
            f"copy (select * from read_parquet([{listed}], union_by_name => true) order by {order_by}) "
            f"to {quoted(temporary)} (format parquet, compression zstd)"
        )
    os.replace(temporary, path)


def quoted(value: str | os.PathLike[str]) -> str:
    """A path or text as an SQL literal."""
    return "'" + os.fspath(value).replace("'", "''") + "'"


def link(source: Path, target: Path) -> None:
    """Make a file appear in a second place without copying it (hard link; copied across file systems)."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        target.unlink()
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def switch_link(name: Path, target: Path) -> None:
    """Point a symbolic link to another folder in one step: readers follow the old or the new one."""
    name.parent.mkdir(parents=True, exist_ok=True)
    temporary = name.with_name(f".{name.name}.new")
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    temporary.symlink_to(os.path.relpath(target, name.parent), target_is_directory=True)
    os.replace(temporary, name)
    sync_folder(name.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename inside a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- one run at a time ---------------------------------------------------------------------------------------------


def _held_by(info: Path) -> str:
    """Who holds the lock, in words."""
    try:
        holder = read_json(info)
        return f"process {holder['pid']} (`{holder['command']}`, started {holder['started']})"
    except (OSError, ValueError, KeyError):
        return "another process"


@contextlib.contextmanager
def run_lock(workspace: Workspace, command: str | None = None) -> Iterator[None]:
    """Hold the workspace for one run. A lock left by a dead process does not block: the system releases it.

    Within one process the lock can be taken again (the command line holds it around Dagster, whose resource takes
    it too).

    Raises:
        UsageError: another run is going; the sentence names its process, command and start.
    """
    from filelock import FileLock, Timeout

    workspace.root.mkdir(parents=True, exist_ok=True)
    info = workspace.root / "run.lock.json"
    lock = FileLock(workspace.root / "run.lock", timeout=0, is_singleton=True)
    try:
        lock.acquire()
    except Timeout as error:
        raise UsageError(
            f"{workspace.root}: a run is going in this workspace, held by {_held_by(info)}; "
            "wait for its end, or give this one another workspace."
        ) from error
    try:
        if lock.lock_counter == 1:
            shown = command or " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
            started = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            write_json(info, {"pid": os.getpid(), "command": shown, "started": started})
        yield
    finally:
        if lock.lock_counter == 1:
            with contextlib.suppress(FileNotFoundError):
                info.unlink()
        lock.release()
