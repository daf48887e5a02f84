"""Entry point of Dagster (`dg dev`, `dagster dev -m pipelines.definitions`) and of larger deployments.

What belongs here: putting the stages together. What does not: any stage.

The definitions load in a clean clone without any configuration: the graph shows, and materialising it says what is
missing.
"""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg

from pipelines.config import CONFIG_NAME, CONFIG_VARIABLE, Settings, load_settings
from pipelines.dbt_manifest import prepared_manifest
from pipelines.lake import Workspace
from pipelines.progress import Progress


def build_definitions(
    config: Settings | str | os.PathLike[str] | None = None, progress: Progress | None = None
) -> dg.Definitions:
    """The whole graph for one configuration.

    Args:
        config: settings, the path of an `encours.yml`, or None to show the graph alone.
        progress: where the steps are shown; nowhere by default.
    """
    from pipelines.defs.ingest import feed_checks, ingest_assets
    from pipelines.defs.models import model_checks
    from pipelines.defs.publish import publish_assets
    from pipelines.defs.quality import gate_checks, quality_assets
    from pipelines.defs.reports import report_assets
    from pipelines.defs.resources import run_resource
    from pipelines.defs.risk import risk_assets
    from pipelines.defs.schedules import daily, ledger_arrival, monthly_training, whole_run
    from pipelines.defs.transform import dbt_resource, transform_assets

    settings = config if isinstance(config, Settings) or config is None else load_settings(config)
    source = settings.source if settings else None
    workspace = Workspace(settings.workspace if settings else Path("var").resolve())
    job = whole_run()
    return dg.Definitions(
        assets=[
            *ingest_assets(settings),
            transform_assets(prepared_manifest(workspace)),
            *quality_assets(),
            *risk_assets(),
            *report_assets(),
            *publish_assets(),
        ],
        asset_checks=[gate_checks(), *feed_checks(), model_checks()],
        jobs=[job],
        schedules=[daily(job), monthly_training(job)],
        sensors=[ledger_arrival(source, job)],
        resources={"encours": run_resource(source, progress or Progress()), "dbt_cli": dbt_resource()},
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """The graph for `ENCOURS_CONFIG`, else for `encours.yml` in the current folder, else without configuration."""
    chosen = os.environ.get(CONFIG_VARIABLE) or (CONFIG_NAME if Path(CONFIG_NAME).is_file() else None)
    return build_definitions(chosen)
