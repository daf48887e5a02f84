"""Scores: `ml.run` over the marts, its tables as assets, its claims as asset checks.

What belongs here: calling `ml` and recording what it served and why. What does not: features, models, metrics.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines import privacy
from pipelines.defs.resources import OWNERS, RUN_FILE, RunContext, table_metadata
from pipelines.lake import quoted, read_json, write_json

TABLES = {
    "invoice_scores": "One row per open invoice: probability of being paid late, with its reasons.",
    "customer_scores": "One row per customer: exposure, rating or default, with its reasons.",
    "backtest": "One row per model, cut-off and metric, beside its baseline's value.",
    "models": "One row per company: which model serves it, why, and by how much it is the better one.",
}
READ = (
    "dim_customers", "fct_invoices", "fct_payments", "fct_allocations", "fct_customer_behaviour_monthly",
    "fct_customer_defaults", "fct_receivables_by_proceeding", "fct_disputed_documents", "fct_action_overrides",
    "fct_reminders", "fct_promises", "fct_insured_limits",
)  # fmt: skip


def risk_assets() -> list[dg.AssetsDefinition]:
    """`[ml, invoice_scores]`, `[ml, customer_scores]`, `[ml, backtest]`, `[ml, models]`, computed together."""

    @dg.multi_asset(
        name="risk",
        specs=[
            dg.AssetSpec(
                ["ml", name],
                group_name="ml",
                description=description,
                owners=OWNERS,
                kinds={"python", "lightgbm"},
                deps=[dg.AssetKey(["marts", table]) for table in READ],
            )
            for name, description in TABLES.items()
        ],
        check_specs=[
            dg.AssetCheckSpec(
                "every_open_invoice_is_scored_once",
                asset=["ml", "invoice_scores"],
                description="No open invoice is scored twice and every probability lies between 0 and 1.",
            ),
            dg.AssetCheckSpec(
                "served_model_beats_its_baseline",
                asset=["ml", "backtest"],
                description="On held-out months the served model is at least as good as the empirical rate, or is it.",
            ),
        ],
    )
    def risk(encours: dg.ResourceParam[RunContext]) -> Iterator[Any]:
        import ml

        run = encours.workspace.current_run()
        told = read_json(run / RUN_FILE)
        as_of = {company: date.fromisoformat(day) for company, day in told["as_of"].items()}
        with encours.step("Scoring risk") as step:
            result = ml.run(run / "marts", run / "ml", as_of, encours.workspace.models)
            # Without the places it wrote to: what a run tells of itself does not depend on where it ran.
            summary = {k: v for k, v in json_values(result).items() if k not in ("artifact_dir", "tables")}
            write_json(run / "ml" / "risk.json", summary)
            privacy.leave_out_scores(run)
            step.say(str(summary.get("champion", "")))
        for name in TABLES:
            metadata = table_metadata(run / "ml" / f"{name}.parquet")
            yield dg.MaterializeResult(
                asset_key=["ml", name], metadata={**metadata, "risk": dg.MetadataValue.json(summary)}
            )
        yield scored_once(run / "ml" / "invoice_scores.parquet")
        yield served_model(summary)

    return [risk]


def scored_once(path: Path) -> dg.AssetCheckResult:
    """No invoice scored twice, no probability outside 0…1."""
    import duckdb

    with duckdb.connect() as connection:
        rows, keys, outside = connection.execute(
            "select count(*), count(distinct (company_id, invoice_id)), "
            "count(*) filter (where not (p_late between 0 and 1)) "
            f"from read_parquet({quoted(path)})"
        ).fetchone() or (0, 0, 0)
    return dg.AssetCheckResult(
        asset_key=["ml", "invoice_scores"],
        check_name="every_open_invoice_is_scored_once",
        passed=rows == keys and outside == 0,
        metadata={"rows": rows, "distinct_invoices": keys, "probabilities_outside_0_1": outside},
    )


def served_model(summary: dict[str, Any]) -> dg.AssetCheckResult:
    """The served model is the empirical rate itself, or was the better of both on the held-out months."""
    gain = summary["metrics"].get("late", {}).get("log_loss", {}).get("gain")
    is_baseline = summary["champion"] == "customer_rate"
    return dg.AssetCheckResult(
        asset_key=["ml", "backtest"],
        check_name="served_model_beats_its_baseline",
        passed=is_baseline or (gain is not None and gain > 0),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"champion": summary["champion"], "why": summary["note_en"], "log_loss_gain": str(gain)},
    )


def json_values(value: Any) -> Any:
    """A dataclass as plain JSON values; dates and decimals become text."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    return json.loads(json.dumps(value, default=str))
