"""`encours check`: read every input, write nothing, say of each file what a run would say.

What belongs here: the report. What does not: reading (`pipelines.landing` does, into a folder that is thrown away).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines import landing
from pipelines.config import Settings
from pipelines.errors import EncoursError
from pipelines.lake import Workspace, quoted, write_json
from pipelines.progress import Progress

WARNINGS_SHOWN = 5
REJECTS_SHOWN = 3


@dataclass(frozen=True)
class CheckReport:
    """What was read: records as `pipelines.landing` gives them, `rejected` (line, reason) among them; refusals met."""

    records: tuple[dict[str, Any], ...]
    refusals: tuple[EncoursError, ...]
    not_asked: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """The report, a block per file."""
        for one in self.records:
            yield f"{one['file_name']}  ({_source(one)}{_year(one)}{_status(one)})"
            aside = one.get("rows_out_of_scope")
            others = "out of scope" if one.get("table_name") else "about others"
            yield (
                f"  rows    {one['rows_read']:,} read, {one['rows_accepted']:,} accepted, "
                f"{one['rows_rejected']:,} rejected" + (f", {aside:,} {others}" if aside else "")
            )
            for line, reason in one.get("rejected", ()):
                yield f"          line {line}: {reason}" if line else f"          {reason}"
            if one["debit_total"] is not None:
                debit, credit = Decimal(one["debit_total"]), Decimal(one["credit_total"])
                yield f"  totals  {_totals(one, debit, credit)}"
            if one["first_date"] is not None:
                yield f"  dates   {one['first_date']} to {one['last_date']}"
            for sentence in one.get("notes") or ():
                yield f"  read    {sentence}"
            warnings = json.loads(one["warnings"])
            for sentence in warnings[:WARNINGS_SHOWN]:
                yield f"  note    {sentence}"
            if len(warnings) > WARNINGS_SHOWN:
                yield f"  note    and {len(warnings) - WARNINGS_SHOWN} more"
        for name in self.not_asked:
            yield f"{name}: its API is asked by a run, not by a check"
        for refusal in self.refusals:
            yield f"refused: {refusal}"


def _source(one: dict[str, Any]) -> str:
    """`fec`, or the table and whose it is."""
    if not one.get("table_name"):
        return str(one["source"])
    return f"{one['table_name']}, {one['ledger_name'] or one['source']}"


def _totals(one: dict[str, Any], debit: Decimal, credit: Decimal) -> str:
    """A ledger balances; what a sub-ledger's rows add up to is what they are worth, whatever their currencies."""
    if one.get("table_name"):
        return (
            f"positive {debit:,.2f}, negative {-credit if credit else credit:,.2f}: sum {debit - credit:,.2f}"
        )
    verdict = "balanced" if debit == credit else f"difference {debit - credit:,.2f}"
    return f"debit {debit:,.2f}, credit {credit:,.2f}: {verdict}"


def _year(one: dict[str, Any]) -> str:
    return f", fiscal year {one['fiscal_year']}" if one.get("fiscal_year") else ""


def _status(one: dict[str, Any]) -> str:
    return "" if one["status"] == "used" else f", {one['status']}"


def check_inputs(settings: Settings, progress: Progress) -> CheckReport:
    """Read every configured file into a folder that is removed again; one refusal does not hide the others.

    APIs are not asked: what they answer is data from then on, and a check keeps nothing.

    Raises:
        UsageError: a configured file is not there.
    """
    records: list[dict[str, Any]] = []
    refusals: list[EncoursError] = []
    for company in settings.companies:
        settings.find_files(company)
    not_asked = tuple(name for name, source in settings.external.items() if source.api)
    external = {name: source for name, source in settings.external.items() if not source.api}
    settings = replace(settings, external=external)
    with tempfile.TemporaryDirectory(prefix="encours-check-") as folder:
        workspace = Workspace(Path(folder))
        for source, (title, _) in landing.TOLD.items():
            with progress.step(title) as step:
                found, refused = landing.land_each(source, settings, workspace, step.say)
            write_json(workspace.landing_state / f"{source}.json", found)
            records += [{**one, "rejected": _rejected(workspace, one)} for one in found]
            refusals += refused
    return CheckReport(tuple(records), tuple(refusals), not_asked)


def _rejected(workspace: Workspace, one: dict[str, Any]) -> list[tuple[int | None, str]]:
    """The first refused rows of a file: their lines, and why."""
    if not one.get("rejects"):
        return []
    import duckdb

    with duckdb.connect() as connection:
        return connection.execute(
            f"select line_number, reason from read_parquet({quoted(workspace.root / one['rejects'])}) "
            f"order by line_number nulls first, reason limit {REJECTS_SHOWN}"
        ).fetchall()


def exit_code(refusals: Sequence[EncoursError]) -> int:
    """0 when nothing was refused, else the gravest: a wrong command (2) before refused data (1)."""
    return max((refusal.exit_code for refusal in refusals), default=0)
