"""What every asset is handed: the settings, the workspace, the progress display, and the run lock while it lasts.

What belongs here: the resource and the few helpers that all stages share. What does not: any stage's own work.
"""

from __future__ import annotations

import contextlib
import importlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.config import Settings, load_settings
from pipelines.errors import UsageError
from pipelines.lake import Workspace, connected, quoted, run_lock
from pipelines.progress import Progress, Step

OWNERS = ["team:finance-data"]
RETRY_ON_IO = dg.RetryPolicy(max_retries=2, delay=1, backoff=dg.Backoff.EXPONENTIAL)
PREVIEW_ROWS = 5
RUN_FILE = "run.json"
"""In the working folder: what the run knows of itself (as-of dates, inputs, companies, run id)."""


@dataclass(frozen=True)
class RunContext:
    """One run's settings, workspace and display.

    Attributes:
        train: the models are to be trained anew, whatever the calendar says.
    """

    settings: Settings
    workspace: Workspace
    progress: Progress
    train: bool = False

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Show a step. Only a failed read or write may be retried: anything else would fail again."""
        try:
            with self.progress.step(title) as step:
                yield step
        except Exception as error:
            if _may_pass(error):
                raise
            raise dg.Failure(description=str(error), allow_retries=False) from error


@contextlib.contextmanager
def loading_ahead(*modules: str) -> Iterator[None]:
    """Import what the next steps need while this one waits for another process."""

    def load() -> None:
        for name in modules:
            importlib.import_module(name)

    thread = threading.Thread(target=load, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _may_pass(error: Exception) -> bool:
    """Whether a second try can succeed: reading or writing failed, of the system or of the engine."""
    import duckdb

    return isinstance(error, OSError | duckdb.IOException)


def run_resource(config: Path | None, progress: Progress) -> dg.ResourceDefinition:
    """The resource `encours`: reads the configuration afresh for each run and holds the workspace's lock."""

    @dg.resource(
        description="Settings from encours.yml, the workspace, and its lock.",
        config_schema={
            "config": dg.Field(str, default_value=str(config or ""), description="Path of encours.yml."),
            "as_of": dg.Field(
                dg.Noneable(str),
                default_value=None,
                is_required=False,
                description="YYYY-MM-DD: cut the ledger there.",
            ),
            "train": dg.Field(
                bool, default_value=False, is_required=False, description="Train the models anew in any case."
            ),
        },
    )
    def encours(init: dg.InitResourceContext) -> Iterator[RunContext]:
        if not init.resource_config["config"]:
            raise UsageError(
                "No configuration: write encours.yml (`encours init DIR`) or set ENCOURS_CONFIG to it."
            )
        settings = load_settings(init.resource_config["config"])
        if init.resource_config["as_of"]:
            settings = replace(settings, as_of=date.fromisoformat(init.resource_config["as_of"]))
        workspace = Workspace(settings.workspace)
        with run_lock(workspace):
            yield RunContext(settings, workspace, progress, init.resource_config["train"])

    return encours


def table_metadata(path: Path) -> dict[str, Any]:
    """Rows, control totals and a preview of a Parquet file, or a folder of them, for Dagster's catalogue."""
    with connected() as connection:
        relation = f"read_parquet({quoted(path / '*.parquet' if path.is_dir() else path)})"
        described = connection.execute(f"describe select * from {relation}").fetchall()
        amounts = [row[0] for row in described if str(row[1]).startswith("DECIMAL")]
        sums = "".join(f', cast(coalesce(sum("{name}"), 0) as varchar)' for name in amounts)
        counted = connection.execute(f"select count(*){sums} from {relation}").fetchone() or (0,)
        rows = connection.execute(f"select * from {relation} limit {PREVIEW_ROWS}").fetchall()
    metadata: dict[str, Any] = {
        "dagster/row_count": counted[0],
        "preview": dg.MetadataValue.md(markdown_table([row[0] for row in described], rows)),
    }
    if amounts:
        totals = dict(zip(amounts, counted[1:], strict=True))
        metadata["control_totals"] = dg.MetadataValue.json(totals)
    return metadata


def markdown_table(names: list[str], rows: list[tuple[Any, ...]]) -> str:
    """Rows as a Markdown table, cells shortened and made harmless."""

    def cell(value: Any) -> str:
        text = "" if value is None else str(value)
        text = text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
        return text if len(text) <= 40 else text[:39] + "…"

    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)
