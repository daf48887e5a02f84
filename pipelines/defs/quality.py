"""The gate before the warehouse and the record after it.

What belongs here: having `data_quality` profile and judge what was landed, blocking the run on a failed expectation of
severity `error`, and writing `quality.expectations`. What does not: the expectations themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import dagster as dg

from pipelines.defs.resources import OWNERS, RunContext, markdown_table, table_metadata
from pipelines.errors import DataError
from pipelines.lake import union_tables, write_arrow

GATE_FILE = "gate.parquet"
WAREHOUSE_FILE = "warehouse.parquet"
INPUT_TABLES = ("companies", "fec_files", "fec_lines", "customers", "sirene_legal_units", "bodacc_notices")
ACCOUNTS = ("sources", "rejected_rows", "unbalanced_entries")
JUDGED = {
    **{table: dg.AssetKey(["inputs", table]) for table in INPUT_TABLES},
    **{table: dg.AssetKey(["quality", table]) for table in ACCOUNTS},
}
CHECK = "expectations_hold"


def refusal(rows: Sequence[dict[str, Any]]) -> str | None:
    """The sentence of a gate that refuses, or None: an expectation of severity error failed."""
    failed = [row["sentence"].rstrip(".") for row in rows if not row["passed"] and row["severity"] == "error"]
    if not failed:
        return None
    more = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
    return f"The quality gate refused the data, nothing was published: {'; '.join(failed[:3])}{more}."


def check_result(table: str, rows: Sequence[dict[str, Any]]) -> dg.AssetCheckResult:
    """What was judged of one table, as one asset check: blocking when a failure has severity error."""
    failed = [row for row in rows if not row["passed"]]
    errors = [row for row in failed if row["severity"] == "error"]
    shown = [(row["severity"], row["suite"], row["expectation"], row["sentence"]) for row in failed[:50]]
    return dg.AssetCheckResult(
        asset_key=JUDGED[table],
        check_name=CHECK,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if errors else dg.AssetCheckSeverity.WARN,
        metadata={
            "judged": len(rows),
            "failed": len(failed),
            "failures": dg.MetadataValue.md(
                markdown_table(["severity", "suite", "expectation", "sentence"], shown)
            ),
        },
    )


def gate_checks() -> dg.AssetChecksDefinition:
    """The gate: one blocking check per landed table, so that nothing downstream starts on refused data."""

    @dg.multi_asset_check(
        name="quality_gate",
        specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=key,
                blocking=True,
                description="Great Expectations' suites over what DuckDB measured of this table.",
            )
            for key in JUDGED.values()
        ],
    )
    def quality_gate(encours: dg.ResourceParam[RunContext]) -> Iterator[dg.AssetCheckResult]:
        import data_quality

        run = encours.workspace.current_run()
        with encours.step("Judging the data") as step:
            profiles = data_quality.profile_inputs(run / "inputs", run / "quality")
            results = data_quality.judge(profiles, severities=dict(encours.settings.severities))
            rows = [asdict(result) for result in results]
            write_arrow(run / GATE_FILE, data_quality.expectations_table(results))
            failed = sum(not row["passed"] for row in rows)
            step.say(f"{len(rows)} expectations, {failed} failed")
            for table in JUDGED:
                yield check_result(table, [row for row in rows if row["table_name"] == table])
            sentence = refusal(rows)
            if sentence is not None:
                raise DataError(sentence)

    return quality_gate


def quality_assets() -> list[dg.AssetsDefinition]:
    """`[quality, expectations]`: the gate's verdicts and dbt's, in one table."""

    @dg.asset(
        key=["quality", "expectations"],
        group_name="quality",
        owners=OWNERS,
        kinds={"parquet", "great-expectations", "dbt"},
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
