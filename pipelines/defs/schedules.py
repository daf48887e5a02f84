"""When the pipeline runs by itself: every morning, when a file arrives, once a month with a training.

What belongs here: the job, the schedule, the sensor. What does not: what the job does.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from pipelines.config import Settings, load_settings
from pipelines.errors import DataError, UsageError

JOB = "receivables"


def whole_run() -> dg.UnresolvedAssetJobDefinition:
    """Everything from the ledgers to the published release, in one process."""
    return dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all() | dg.AssetSelection.all_asset_checks(),
        description="The whole run: ledgers, sub-ledgers and events in, published release out.",
        executor_def=dg.in_process_executor,
    )


def daily(job: dg.UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    """Every day at six: queries are asked for what is new, due dates pass and notices appear whatever arrives."""
    return dg.ScheduleDefinition(
        name="every_morning",
        job=job,
        cron_schedule="0 6 * * *",
        execution_timezone="Europe/Paris",
        description="Every day at 6:00, Paris time.",
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )


def monthly_training(job: dg.UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    """A run that trains in any case. Without it a run trains by `risk.retrain`, when its as-of month is due."""
    return dg.ScheduleDefinition(
        name="monthly_training",
        job=job,
        cron_schedule="0 5 2 * *",
        execution_timezone="Europe/Paris",
        run_config={"resources": {"encours": {"config": {"train": True}}}},
        description="The second of each month at 5:00, Paris time: the whole run, its models trained anew.",
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )


def files_state(settings: Settings) -> str:
    """A digest of the input files' names, sizes and times: changes when one arrives, is replaced or goes.

    Queries are not asked: the schedule does that.

    Raises:
        UsageError: a company's FEC files are not there.
    """
    lines = []
    for company in settings.companies:
        paths = settings.ledger_files(company)
        for table in settings.tables(company):
            # A table whose files were put away after they were landed is nothing to stop at.
            with contextlib.suppress(UsageError):
                paths += settings.files(table)
        for path in paths:
            stat = os.stat(path)
            lines.append(f"{company.company_id} {path} {stat.st_size} {stat.st_mtime_ns}")
    for source in settings.external.values():
        for given in source.inputs:
            with contextlib.suppress(UsageError):
                for path in settings.files(given):
                    stat = os.stat(path)
                    lines.append(f"{source.name} {path} {stat.st_size} {stat.st_mtime_ns}")
    if settings.matches.is_file():
        from pipelines.identities.decisions import read_decisions

        try:
            # Its own lines are renewed by each run: only what was decided in it is an input.
            decided = sorted(read_decisions(settings.matches).items())
            lines += [repr((key, one.legal_unit_id, one.refused_id)) for key, one in decided]
        except DataError as error:
            lines.append(str(error))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def ledger_arrival(config: Path | None, job: dg.UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    """A run when input files change and have been left alone since the last look."""

    @dg.sensor(
        name="ledger_arrival",
        job=job,
        minimum_interval_seconds=60,
        description="Starts the whole run when a file of ledgers, sub-ledgers, events or customers arrives or changes.",
        default_status=dg.DefaultSensorStatus.STOPPED,
    )
    def sensor(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        if config is None:
            yield dg.SkipReason("No configuration: set ENCOURS_CONFIG to an encours.yml.")
            return
        try:
            state = files_state(load_settings(config))
        except (UsageError, FileNotFoundError) as error:
            yield dg.SkipReason(str(error))
            return
        # The cursor is "<state last run>|<state last seen>": a file still being copied changes between two looks.
        ran, _, seen = (context.cursor or "|").partition("|")
        context.update_cursor(f"{ran}|{state}")
        if state == ran:
            yield dg.SkipReason("No file changed.")
        elif state != seen:
            yield dg.SkipReason(
                "A file changed; waiting for one more look in case it is still being written."
            )
        else:
            context.update_cursor(f"{state}|{state}")
            yield dg.RunRequest(run_key=state)

    return sensor
