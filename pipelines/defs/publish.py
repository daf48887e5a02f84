"""Publishing: the run's tables and pages become a release, and the link readers follow is switched.

What belongs here: the last asset and what it tells the manifest. What does not: how a release is written
(`pipelines.release`).
"""

from __future__ import annotations

from typing import Any

import dagster as dg

from pipelines import landing, privacy, release
from pipelines.defs.resources import OWNERS, RUN_FILE, RunContext
from pipelines.errors import UsageError
from pipelines.lake import read_json
from pipelines.privacy import retention


def publish_assets() -> list[dg.AssetsDefinition]:
    """`[published, release]`."""

    @dg.asset(
        key=["published", "release"],
        group_name="published",
        owners=OWNERS,
        kinds={"duckdb", "parquet"},
        deps=[
            dg.AssetKey(["reports", "site"]),
            dg.AssetKey(["reports", "exports"]),
            dg.AssetKey(["quality", "expectations"]),
        ],
        description="One folder: warehouse, Parquet, pages, workbooks, manifest; `published` is switched in one step.",
    )
    def published_release(encours: dg.ResourceParam[RunContext]) -> dg.MaterializeResult[Any]:
        workspace = encours.workspace
        run = workspace.current_run()
        told = read_json(run / RUN_FILE)
        risk = run / "ml" / "risk.json"
        with encours.step("Publishing") as step:
            if release.unused_run_id(workspace, told["run_id"]) != told["run_id"]:
                raise UsageError(
                    f"{told['run_id']} is published already; materialise the group 'reports' again first."
                )
            done = release.publish(
                workspace,
                run,
                told["run_id"],
                {
                    "as_of": told["as_of"],
                    "companies": told["companies"],
                    "config": told["config"],
                    "inputs": told["inputs"],
                    "models": read_json(risk) if risk.exists() else {},
                },
                encours.settings.privacy.releases,
                privacy.last_erased_sequence(workspace),
            )
            workspace.drop_other_runs()
            removed = retention.apply(encours.settings, workspace, landing.today())
            step.say(", ".join([done.run_id, *removed]))
        return dg.MaterializeResult(
            metadata={
                "run_id": done.run_id,
                "folder": dg.MetadataValue.path(str(done.folder)),
                "report": dg.MetadataValue.url((done.folder / "site" / "index.html").as_uri()),
                "tables": len(done.manifest["tables"]),
                "files": len(done.manifest["files"]),
            }
        )

    return [published_release]
