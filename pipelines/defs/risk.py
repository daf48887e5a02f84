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

from pipelines import models, privacy
from pipelines.defs.resources import OWNERS, RUN_FILE, RunContext, table_metadata
from pipelines.lake import connected, quoted, read_json, write_json

TABLES = {
    "invoice_scores": "One row per open invoice: probabilities of being late and of dispute, dates, reasons.",
    "customer_scores": "One row per customer: default, exposure, expected loss, action, limit, reasons.",
    "prospect_scores": "One row per customer of the customers file that has no document yet.",
    "collection": "Whom to ask for payment first: customers by the cash that asking today brings in.",
    "action_effects": "What each action achieves: as assumed, as measured on own reminders, as used.",
    "cash_forecast": "One row per week and scenario: P10, P50, P90 beside what is contractual.",
    "cash_open_book": "From receivables to the cash expected of them, line by line.",
    "cash_backtest": "Past forecasts of cash beside what came in.",
    "cash_terms": "What other terms of payment would change.",
    "cash_terms_weekly": "Cash by week under other terms of payment.",
    "backtest": "One row per model, cut-off, slice and metric, beside its baseline's value.",
    "reliability": "What was predicted for cases of like scores, and what happened.",
    "models": "One row per company and task: which model serves it, and why.",
    "model_cards": "One row per task: the card of the model that serves, and its history.",
    "score_history": "What this run and earlier ones said of what was not known yet.",
    "drift": "Whether the served models still fit: features, outcomes of past scores, leak canaries.",
}
READ = (
    "dim_customers", "fct_invoices", "fct_payments", "fct_allocations", "fct_customer_behaviour_monthly",
    "fct_customer_defaults", "fct_receivables_by_proceeding", "fct_disputed_documents", "fct_action_overrides",
    "fct_reminders", "fct_promises", "fct_insured_limits", "rpt_terms_sensitivity",
)  # fmt: skip


def risk_assets() -> list[dg.AssetsDefinition]:
    """One asset per table of `TABLES`, key `[ml, table]`, computed together."""

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
            )
        ],
    )
    def risk(encours: dg.ResourceParam[RunContext]) -> Iterator[Any]:
        import ml

        run = encours.workspace.current_run()
        told = read_json(run / RUN_FILE)
        as_of = {company: date.fromisoformat(day) for company, day in told["as_of"].items()}
        with encours.step("Scoring risk") as step:
            earlier = models.earlier_scores(
                encours.workspace, max(as_of.values()), run / "earlier_scores.parquet"
            )
            with models.told():
                result = ml.run(
                    run / "marts",
                    run / "ml",
                    as_of,
                    encours.workspace.models,
                    encours.settings.risk,
                    earlier,
                    encours.train,
                )
            # Without the places it wrote to: what a run tells of itself does not depend on where it ran.
            summary = {k: v for k, v in json_values(result).items() if k != "tables"}
            write_json(run / "ml" / "risk.json", summary)
            privacy.leave_out_scores(run)
            step.say(", ".join(str(one["model"]) for one in summary["served"].values()))
        for name in TABLES:
            metadata = table_metadata(run / "ml" / f"{name}.parquet")
            yield dg.MaterializeResult(
                asset_key=["ml", name], metadata={**metadata, "risk": dg.MetadataValue.json(summary)}
            )
        yield scored_once(run / "ml" / "invoice_scores.parquet")

    return [risk]


def scored_once(path: Path) -> dg.AssetCheckResult:
    """No invoice scored twice, no probability outside 0…1."""
    with connected() as connection:
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


def json_values(value: Any) -> Any:
    """A dataclass as plain JSON values; dates and decimals become text."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    return json.loads(json.dumps(value, default=str))
