"""`encours check`: read every input, write nothing, say of each file what a run would say.

What belongs here: the report. What does not: reading (`pipelines.landing` does, into a folder that is thrown away).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines import landing
from pipelines.config import Settings
from pipelines.errors import EncoursError
from pipelines.lake import Workspace, write_json
from pipelines.progress import Progress

WARNINGS_SHOWN = 5


@dataclass(frozen=True)
class CheckReport:
    """What was read: records as `pipelines.landing` gives them, and the refusals met."""

    records: tuple[dict[str, Any], ...]
    refusals: tuple[EncoursError, ...]

    def lines(self) -> Iterator[str]:
        """The report, a block per file."""
        for one in self.records:
            yield f"{one['file_name']}  ({one['source']}{_year(one)}{_status(one)})"
            aside = one.get("rows_out_of_scope")
            yield (
                f"  rows    {one['rows_read']:,} read, {one['rows_accepted']:,} accepted, "
                f"{one['rows_rejected']:,} rejected" + (f", {aside:,} about others" if aside else "")
            )
            if one["debit_total"] is not None:
                debit, credit = Decimal(one["debit_total"]), Decimal(one["credit_total"])
                verdict = "balanced" if debit == credit else f"difference {debit - credit:,.2f}"
                yield f"  totals  debit {debit:,.2f}, credit {credit:,.2f}: {verdict}"
                yield f"  dates   {one['first_date']} to {one['last_date']}"
            warnings = json.loads(one["warnings"])
            for sentence in warnings[:WARNINGS_SHOWN]:
                yield f"  note    {sentence}"
            if len(warnings) > WARNINGS_SHOWN:
                yield f"  note    and {len(warnings) - WARNINGS_SHOWN} more"
        for refusal in self.refusals:
            yield f"refused: {refusal}"


def _year(one: dict[str, Any]) -> str:
    return f", fiscal year {one['fiscal_year']}" if one.get("fiscal_year") else ""


def _status(one: dict[str, Any]) -> str:
    return "" if one["status"] == "used" else f", {one['status']}"


def check_inputs(settings: Settings, progress: Progress) -> CheckReport:
    """Read every configured file into a folder that is removed again; one refusal does not hide the others.

    Raises:
        UsageError: a configured file is not there.
    """
    records: list[dict[str, Any]] = []
    refusals: list[EncoursError] = []
    for company in settings.companies:
        settings.ledger_files(company)
    with tempfile.TemporaryDirectory(prefix="encours-check-") as folder:
        workspace = Workspace(Path(folder))
        for source, (title, _) in landing.TOLD.items():
            with progress.step(title) as step:
                found, refused = landing.land_each(source, settings, workspace, step.say)
            write_json(workspace.landing_state / f"{source}.json", found)
            records += found
            refusals += refused
    return CheckReport(tuple(records), tuple(refusals))


def exit_code(refusals: Sequence[EncoursError]) -> int:
    """0 when nothing was refused, else the gravest: a wrong command (2) before refused data (1)."""
    return max((refusal.exit_code for refusal in refusals), default=0)
