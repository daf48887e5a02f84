"""When the pipeline runs by itself: every morning, or when a ledger arrives.

What belongs here: the job, the schedule, the sensor. What does not: what the job does.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from pipelines.config import Settings, load_settings
from pipelines.errors import UsageError

JOB = "receivables"


def whole_run() -> dg.UnresolvedAssetJobDefinition:
    """Everything from the ledgers to the published release, in one process."""
    return dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all() | dg.AssetSelection.all_asset_checks(),
        description="The whole run: ledgers in, published release out.",
        executor_def=dg.in_process_executor,
    )


def daily(job: dg.UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    """Every day at six: due dates pass and notices appear even when no ledger changes."""
    return dg.ScheduleDefinition(
        name="every_morning",
        job=job,
        cron_schedule="0 6 * * *",
        execution_timezone="Europe/Paris",
        description="Every day at 6:00, Paris time.",
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )


def ledgers_state(settings: Settings) -> str:
    """A digest of the ledger files' names, sizes and times: changes when one arrives, is replaced or goes."""
    lines = []
    for company in settings.companies:
        for path in settings.ledger_files(company):
            stat = os.stat(path)
            lines.append(f"{company.company_id} {path} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def ledger_arrival(config: Path | None, job: dg.UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    """A run when the files of a ledger's folder change and have been left alone since the last look."""

    @dg.sensor(
        name="ledger_arrival",
        job=job,
        minimum_interval_seconds=60,
        description="Starts the whole run when a ledger file arrives or changes.",
        default_status=dg.DefaultSensorStatus.STOPPED,
    )
    def sensor(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        if config is None:
            yield dg.SkipReason("No configuration: set ENCOURS_CONFIG to an encours.yml.")
            return
        try:
            state = ledgers_state(load_settings(config))
        except UsageError as error:
            yield dg.SkipReason(str(error))
            return
        # The cursor is "<state last run>|<state last seen>": a file still being copied changes between two looks.
        ran, _, seen = (context.cursor or "|").partition("|")
        context.update_cursor(f"{ran}|{state}")
        if state == ran:
            yield dg.SkipReason("No ledger changed.")
        elif state != seen:
            yield dg.SkipReason(
                "A ledger changed; waiting for one more look in case it is still being written."
            )
        else:
            context.update_cursor(f"{state}|{state}")
            yield dg.RunRequest(run_key=state)

    return sensor
