"""The gate before the warehouse and the record after it.

What belongs here: having `data_quality` profile and judge what was landed, showing each verdict as an asset check,
blocking the run on a failure of severity `error`, writing `quality.expectations`. What does not: the expectations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from pipelines.defs.resources import OWNERS, RunContext, markdown_table, table_metadata
from pipelines.errors import DataError
from pipelines.lake import union_tables, write_arrow

if TYPE_CHECKING:
    from data_quality import ExpectationResult

GATE_FILE = "gate.parquet"
WAREHOUSE_FILE = "warehouse.parquet"
ACCOUNTS = ("sources", "rejected_rows", "unbalanced_entries")
MAIN_TABLE = {
    "fec": "fec_lines",
    "subledger": "subledger_invoices",
    "events": "event_sources",
    "customers": "customers",
    "sirene": "company_units",
    "companies_house": "company_units",
    "gleif": "company_links",
    "bodacc": "company_notices",
    "accounts": "company_accounts",
}
"""Where an expectation about a whole source is shown."""


def judged_asset(name: str, table: str | None) -> dg.AssetKey:
    """The asset that an expectation is shown on."""
    table = table or MAIN_TABLE[name.split("_", 1)[0]]
    return dg.AssetKey(["quality" if table in ACCOUNTS else "inputs", table])


def refusal(sentences: Sequence[str]) -> str:
    """The sentence of a gate that refuses."""
    shown = "; ".join(sentence.rstrip(".") for sentence in sentences[:3])
    more = f"; and {len(sentences) - 3} more" if len(sentences) > 3 else ""
    return f"The quality gate refused the data, nothing was published: {shown}{more}."


def check_result(key: dg.AssetKey, name: str, results: Sequence[ExpectationResult]) -> dg.AssetCheckResult:
    """Every verdict on one expectation as one asset check; one that applied to nothing holds."""
    failed = [result for result in results if not result.passed]
    shown = [(result.company_id, result.subject, result.severity, result.sentence) for result in failed[:50]]
    metadata: dict[str, Any] = {"judged": len(results), "failed": len(failed)}
    if failed:
        metadata["failures"] = dg.MetadataValue.md(
            markdown_table(["company", "subject", "severity", "verdict"], shown)
        )
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=not failed,
        severity=(
            dg.AssetCheckSeverity.ERROR
            if any(result.severity == "error" for result in failed)
            else dg.AssetCheckSeverity.WARN
        ),
        metadata=metadata,
    )


def gate_checks() -> dg.AssetChecksDefinition:
    """The gate: blocking asset checks on the landed tables, so that nothing downstream starts on refused data."""
    from data_quality.suites import RULES

    checks = {rule.name: judged_asset(rule.name, rule.table) for rule in RULES}

    @dg.multi_asset_check(
        name="quality_gate",
        specs=[
            dg.AssetCheckSpec(
                name,
                asset=key,
                blocking=True,
                description="Judged by Great Expectations over what DuckDB measured.",
            )
            for name, key in checks.items()
        ],
    )
    def quality_gate(encours: dg.ResourceParam[RunContext]) -> Iterator[dg.AssetCheckResult]:
        import data_quality

        run = encours.workspace.current_run()
        severities = encours.settings.severities
        with encours.step("Judging the data") as step:
            profiles = data_quality.profile_inputs(run / "inputs", run / "quality")
            decision = data_quality.decide(data_quality.judge(profiles, severities=severities), severities)
            write_arrow(run / GATE_FILE, data_quality.expectations_table(decision.results))
            step.say(f"{len(decision.results)} verdicts, {len(decision.warnings)} warnings")
            for name, key in checks.items():
                yield check_result(key, name, [one for one in decision.results if one.expectation == name])
            if not decision.passed:
                raise DataError(refusal(decision.sentences))

    return quality_gate


def quality_assets() -> list[dg.AssetsDefinition]:
    """`[quality, expectations]`: the gate's verdicts and dbt's, in one table."""

    @dg.asset(
        key=["quality", "expectations"],
        group_name="quality",
        owners=OWNERS,
        kinds={"parquet", "dbt"},
        description="One row per expectation judged: the gate's (Great Expectations) and the warehouse's (dbt tests).",
        deps=[dg.AssetKey(["marts", "fct_dso_monthly"]), dg.AssetKey(["quality", "reconciliation"])],
    )
    def expectations(encours: dg.ResourceParam[RunContext]) -> dg.MaterializeResult[Any]:
        import data_quality

        run = encours.workspace.current_run()
        with encours.step("Recording the verdicts"):
            results = data_quality.dbt_results(
                run / "dbt" / "run_results.json", run / "dbt" / "manifest.json"
            )
            write_arrow(run / WAREHOUSE_FILE, data_quality.expectations_table(results))
            path = run / "quality" / "expectations.parquet"
            union_tables(path, [run / GATE_FILE, run / WAREHOUSE_FILE])
        return dg.MaterializeResult(metadata=table_metadata(path))

    return [expectations]
