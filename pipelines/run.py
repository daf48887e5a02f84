"""`encours run`: the Dagster graph, executed in this process.

What belongs here: starting Dagster quietly, giving its failures their own sentence back, summing up a release. What
does not: the graph (`pipelines.definitions`), showing anything (`pipelines.cli`).
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines.config import Settings
from pipelines.dbt_manifest import prepared_manifest
from pipelines.errors import EncoursError
from pipelines.lake import Workspace, quoted, run_lock
from pipelines.progress import Progress

QUIET = {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "DAGSTER_DISABLE_TELEMETRY": "1",
    # Spinning threads make LightGBM four times slower on a shared machine.
    "OMP_WAIT_POLICY": "PASSIVE",
}


def quiet_environment() -> None:
    """Telemetry off, for this process and the ones it starts."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)


def execute(settings: Settings, progress: Progress, debug: bool = False, train: bool = False) -> Path:
    """Run everything and return the published release's folder.

    Raises:
        EncoursError: data, gate or configuration refused; the sentence is the one the failing step gave.
    """
    quiet_environment()
    workspace = Workspace(settings.workspace)
    with run_lock(workspace):
        with progress.step("Starting"), ThreadPoolExecutor(1) as aside:
            # dbt parses in a process of its own while this one loads Dagster.
            parsed = aside.submit(prepared_manifest, workspace)
            import dagster as dg

            from pipelines.definitions import build_definitions
            from pipelines.defs.schedules import JOB
            from pipelines.history import kept_open

            if not debug:
                silence()
            workspace.prepare_dagster_home()
            instance = dg.DagsterInstance.get()
            # Slow to import and needed next: it loads while dbt still parses.
            importlib.import_module("great_expectations")
            parsed.result()
            job = build_definitions(settings, progress).resolve_job_def(JOB)
        day = settings.as_of.isoformat() if settings.as_of else None
        config: dict[str, Any] = {"resources": {"encours": {"config": {"as_of": day, "train": train}}}}
        if not debug:
            config["loggers"] = {"console": {"config": {"log_level": "CRITICAL"}}}
        try:
            # dagster-dbt repeats dbt's log on stdout.
            with instance, kept_open(instance), contextlib.ExitStack() as quiet:
                if not debug:
                    sink = quiet.enter_context(open(os.devnull, "w", encoding="utf-8"))
                    quiet.enter_context(contextlib.redirect_stdout(sink))
                job.execute_in_process(
                    run_config=config, instance=instance, raise_on_error=True, tags={"encours/command": "run"}
                )
        except Exception as error:
            raise cause_of(error) from error
        return workspace.published.resolve()


def cause_of(error: BaseException) -> BaseException:
    """What a step raised, inside Dagster's wrapping: the refusal where there is one, else the first cause."""
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in seen:
        if isinstance(current, EncoursError):
            return current
        seen.append(current)
        current = current.__cause__ or current.__context__
    own = [one for one in seen if not type(one).__module__.startswith("dagster")]
    return own[0] if own else error


def silence() -> None:
    """Keep the engines' own logs off the terminal; Dagster's event log keeps them."""
    warnings.filterwarnings("ignore")
    logging.captureWarnings(True)
    for name in ("dagster", "great_expectations", "py.warnings", "dbt", "alembic", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


# --- what a release says of itself ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class RowsRead:
    """Rows of one kind of source, in so many files or results of queries: read is the sum of the next three."""

    read: int
    accepted: int
    rejected: int
    out_of_scope: int
    files: int


@dataclass(frozen=True)
class CompanySummary:
    """The end of a run, for one company. Amounts in its currency; days for DSO; None where no figure exists.

    Attributes:
        ledger, subledger: what was read of its statutory ledgers and of its sub-ledgers.
        itemised: documents and payments by which sub-ledger and ledger differ, and the sum of these differences; None
            where it does not have both.
    """

    company_id: str
    name: str
    currency: str
    as_of: date
    ledger: RowsRead
    subledger: RowsRead
    receivables: Decimal
    open_documents: Decimal
    overdue: Decimal
    dso_12m: float | None
    dso_countback: float | None
    ledger_balance: Decimal | None
    difference: Decimal | None
    customers_owing: int
    itemised: tuple[int, Decimal] | None

    @property
    def overdue_share(self) -> str:
        """`, 12.3 % of open documents`: the share the pages print too. Payments on account are in neither part."""
        if self.open_documents <= 0:
            return ""
        return f", {self.overdue / self.open_documents * 100:.1f} % of open documents"


def as_money(amount: Decimal, currency: str) -> str:
    """1234.5 → `1,234.50 EUR`."""
    return f"{amount:,.2f} {currency}"


def as_days(days: float | None) -> str:
    """55.66 → `55.7 days`; nothing to divide by → `not computable`."""
    return "not computable" if days is None else f"{days:.1f} days"


def summaries(release: Path, manifest: Mapping[str, Any]) -> list[CompanySummary]:
    """What was read, the tie-out, DSO and overdue of each company of a release, from its own tables."""
    import duckdb

    found = []
    with duckdb.connect() as connection:

        def table(schema: str, name: str) -> str:
            if schema == "marts":
                return f"read_parquet({quoted(release / 'marts' / (name + '.parquet'))})"
            return f"warehouse.{schema}.{name}"

        connection.execute(f"attach {quoted(release / 'warehouse.duckdb')} as warehouse (read_only)")
        for company in manifest["companies"]:
            key = company["company_id"]
            as_of = date.fromisoformat(manifest["as_of"][key])
            read = {
                source: RowsRead(*counts)
                for source, *counts in connection.execute(
                    "select source, sum(rows_read)::bigint, sum(rows_accepted)::bigint, sum(rows_rejected)::bigint, "
                    "sum(coalesce(rows_out_of_scope, 0))::bigint, "
                    f"count(*) from {table('quality', 'sources')} where company_id = ? and status = 'used' group by 1",
                    [key],
                ).fetchall()
            }
            nothing = RowsRead(0, 0, 0, 0, 0)
            ledger, subledger = read.get("fec", nothing), read.get("subledger", nothing)
            itemised = connection.execute(
                "select count(*), coalesce(sum(difference), 0)::decimal(18, 2) "
                f"from {table('quality', 'ledger_differences')} where company_id = ?",
                [key],
            ).fetchone()
            dso = connection.execute(
                "select receivables, overdue, dso_12m, dso_countback, receivables + unallocated "
                f"from {table('marts', 'fct_dso_monthly')} where company_id = ? and month_end = ?",
                [key, as_of],
            ).fetchone() or (Decimal(0), Decimal(0), None, None, Decimal(0))
            tie = connection.execute(
                "select sum(expected), sum(abs(difference)) "
                f"from {table('quality', 'reconciliation')} "
                'where company_id = ? and customer_id is null and month_end = ? and "check" = ?',
                [key, as_of, TIE_OUT],
            ).fetchone() or (None, None)
            owing = connection.execute(
                "select count(distinct customer_id) "
                f"from {table('marts', 'fct_invoices')} where company_id = ? and open_amount > 0",
                [key],
            ).fetchone() or (0,)
            found.append(
                CompanySummary(
                    company_id=key,
                    name=company["name"],
                    currency=company["currency"],
                    as_of=as_of,
                    ledger=ledger,
                    subledger=subledger,
                    receivables=dso[0],
                    open_documents=dso[4],
                    overdue=dso[1],
                    dso_12m=None if dso[2] is None else float(dso[2]),
                    dso_countback=None if dso[3] is None else float(dso[3]),
                    ledger_balance=tie[0],
                    difference=tie[1],
                    customers_owing=int(owing[0]),
                    itemised=itemised if ledger.files and subledger.files else None,
                )
            )
    return found


TIE_OUT = "published_tie_out"
"""The reconciliation whose total the summary prints."""
