"""The whole of a run: three models served, open documents and customers scored, cash foretold, everything judged.

Pure: reads marts as Parquet, writes Parquet and the models' folders; no clock, no network, and the same input
and models give the same bytes whatever the order of rows or the number of threads.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ml import actions, cash, default, disputes, lateness
from ml.cash import Claims
from ml.lateness import restated
from ml.lateness.scoring import claims
from ml.life import cards, drift, history, registry, serving
from ml.life.registry import Package
from ml.life.serving import Served
from ml.marts import as_of_days, open_marts
from ml.settings import RiskSettings
from ml.tables import BACKTEST, CUSTOMER_SCORES, INVOICE_SCORES, MODELS, RELIABILITY, SCORE_HISTORY

#: Settings that enter a training: a model made with others is not used.
TRAINING_SETTINGS: tuple[str, ...] = (
    "lgd_prior",
    "lgd_prior_strength",
    "pd_prior",
    "pd_prior_strength",
    "min_own_defaults",
)


@dataclass(frozen=True)
class RiskResult:
    """What a run made. `served`: task → the model's name, version, hash and what the run did about it.
    `sizes`: row counts. `tables`: table name → path."""

    served: dict[str, dict[str, Any]]
    sizes: dict[str, int]
    tables: dict[str, Path]


def run(
    marts_dir: Path,
    out_dir: Path,
    as_of: Mapping[str, dt.date] | None,
    models_dir: Path,
    settings: RiskSettings | None = None,
    earlier: Path | None = None,
    is_training_asked: bool = False,
    seed: int = 7,
    threads: int = 2,
) -> RiskResult:
    """Score the open documents and the customers of every company in `marts_dir`.

    Args:
        as_of: company → as-of day; None: the last month end of its behaviour table.
        earlier: Parquet of `ml.score_history` of the release before, where there is one.
        is_training_asked: train even where the serving models are in time.

    Raises:
        RiskError: a table or column is missing, or a serving model's file was altered.
    """
    con = open_marts(marts_dir, as_of, threads)
    try:
        return _run(con, out_dir, models_dir, settings or RiskSettings(), earlier, is_training_asked, seed)
    finally:
        con.close()


def _run(
    con: duckdb.DuckDBPyConnection,
    out_dir: Path,
    models_dir: Path,
    settings: RiskSettings,
    earlier: Path | None,
    is_training_asked: bool,
    seed: int,
) -> RiskResult:
    days = as_of_days(con)
    lateness.prepare(con)
    told = pq.read_table(earlier) if earlier is not None else SCORE_HISTORY.empty_table()
    chosen = {name: value for name, value in asdict(settings).items() if name in TRAINING_SETTINGS}

    def serve(task: str, features: Any, train: Any) -> Served:
        return serving.serve(
            con,
            models_dir,
            task,
            days,
            settings.retrain,
            features,
            chosen,
            train,
            told,
            seed,
            is_training_asked,
        )

    study = lateness.Study(con, seed)
    served = {
        "late_payment": serve(
            "late_payment",
            lateness.declared(),
            lambda: _train_late(con, study, registry.incumbent(models_dir, "late_payment", days), seed),
        ),
        "default": serve("default", default.declared(), lambda: _train_default(con, settings, seed)),
        "dispute": serve("dispute", disputes.declared(), lambda: disputes.train(con, seed).to_package()),
    }
    version = {task: one.stored.version for task, one in served.items()}

    late = lateness.score(con, served["late_payment"].package, version["late_payment"])
    defaults = default.DefaultModel.from_package(served["default"].package)
    customers = default.score(con, defaults, settings)
    disputed = disputes.score(con, disputes.Model.from_state(served["dispute"].package.state))
    company, document, curves = claims(late.drawn)
    proposed = actions.propose(con, late.invoices, curves, customers, settings)
    # Cash has no model of its own: what it was worth is kept with the model that drew its curves.
    kept = served["late_payment"].package.tables
    foretold = cash.run(
        con, Claims(company, document, lateness.told(curves)), kept["cash_calibration"], settings, seed
    )
    tables = {
        "invoice_scores": _invoices(con, late.invoices, disputed),
        "customer_scores": _customers(con, customers, proposed.customers, version["default"]),
        "prospect_scores": default.score_prospects(con, defaults),
        "collection": proposed.collection,
        "action_effects": proposed.effects,
        **foretold,
        "cash_backtest": kept["cash_backtest"],
        "backtest": _rows("backtest", BACKTEST, served, restated.rows(con, models_dir, told, seed)),
        "reliability": _rows("reliability", RELIABILITY, served, []),
        "models": _models(days, served),
        "model_cards": cards.published(models_dir, [(one.stored, one.plan) for one in served.values()]),
    }
    said = history.said(
        con,
        {task: one.stored for task, one in served.items()},
        invoice_scores=tables["invoice_scores"],
        customer_scores=tables["customer_scores"],
        cash_forecast=tables["cash_forecast"],
    )
    tables["score_history"] = history.carry(con, [told], said)
    tables["drift"] = drift.table(_drift(con, served, late, defaults, told, tables["backtest"], seed))
    paths = {name: out_dir / f"{name}.parquet" for name in tables}
    for name, table in tables.items():
        _write(table, paths[name])
    return RiskResult(
        served={
            task: {
                "model": one.stored.champion,
                "version": one.stored.version,
                "sha256": one.stored.sha256,
                "hashes": dict(one.stored.hashes),
                "action": one.plan.action,
                "code": one.plan.code,
                "en": one.plan.en,
                "fr": one.plan.fr,
            }
            for task, one in served.items()
        },
        sizes={name: table.num_rows for name, table in tables.items()},
        tables=paths,
    )


def _train_late(
    con: duckdb.DuckDBPyConnection, study: lateness.Study, incumbent: str | None, seed: int
) -> Package:
    """The model of late payment with its evaluation, and what its curves of the past were worth as cash."""
    package = study.train(incumbent)
    judged = cash.judgement(con, _past(study, package.champion), package.champion, seed)
    together = pa.concat_tables([package.tables["backtest"], judged["backtest"]])
    return replace(package, tables={**package.tables, **judged, "backtest": together})


def _train_default(con: duckdb.DuckDBPyConnection, settings: RiskSettings, seed: int) -> Package:
    found = default.train(con, settings, seed)
    made = found.model.to_package(found.card)
    return Package(
        task=made.task,
        champion=made.champion,
        state=made.state,
        trees=made.trees,
        card=made.card,
        tables={
            "backtest": pa.Table.from_pylist(found.backtest, schema=BACKTEST),
            "reliability": pa.Table.from_pylist(found.reliability, schema=RELIABILITY),
        },
    )


def _past(study: lateness.Study, champion: str) -> Iterator[Claims]:
    """The open books of past month ends with the curves of what was known then, for the backtest of cash."""
    for states, curves in study.past_books(champion):
        yield Claims(states.company, states.document, lateness.told(curves))


def _rows(name: str, schema: pa.Schema, served: Mapping[str, Served], more: list[dict[str, Any]]) -> pa.Table:
    """One table of evaluation of all tasks, and what this run adds, in the order of its columns."""
    parts = [one.package.tables[name].cast(schema) for one in served.values()]
    found = pa.concat_tables([*parts, pa.Table.from_pylist(more, schema=schema)])
    by = ["company_id", "task", "target", "model"]
    by += ["window", "cut_off", "slice", "metric", "baseline"] if name == "backtest" else ["group"]
    return found.sort_by([(column, "ascending") for column in by])


def _invoices(con: duckdb.DuckDBPyConnection, invoices: pa.Table, disputed: pa.Table) -> pa.Table:
    con.register("scored", invoices)
    con.register("disputed_scores", disputed)
    found = con.sql("""
        select s.*, d.p_dispute, d.reasons_dispute
        from scored as s left join disputed_scores as d using (company_id, invoice_id)
        order by s.company_id, s.invoice_id
    """).to_arrow_table()
    con.unregister("scored")
    con.unregister("disputed_scores")
    return found.select(INVOICE_SCORES.names).cast(INVOICE_SCORES)


def _customers(
    con: duckdb.DuckDBPyConnection, customers: pa.Table, proposals: pa.Table, version: str
) -> pa.Table:
    """What a customer's row says: its default scores and the proposals, joined."""
    con.register("scored", customers)
    con.register("proposed", proposals)
    con.register("version", pa.table({"model_version": [version]}))
    found = con.sql("""
        select s.*, p.* exclude (company_id, customer_id), s.reasons_default as reasons,
            s.pd_model as model_name, v.model_version, a.as_of
        from scored as s
        cross join version as v
        join as_of_day as a using (company_id)
        left join proposed as p using (company_id, customer_id)
        order by s.company_id, s.customer_id
    """).to_arrow_table()
    for name in ("scored", "proposed", "version"):
        con.unregister(name)
    return found.select(CUSTOMER_SCORES.names).cast(CUSTOMER_SCORES)


def _models(days: Mapping[str, dt.date], served: Mapping[str, Served]) -> pa.Table:
    """Company × task: what serves it and why, in both languages."""
    rows = []
    for company, day in sorted(days.items()):
        for task, one in served.items():
            why = one.package.card.get("champion", {})
            rows.append(
                {
                    "company_id": company,
                    "task": task,
                    "model_name": one.stored.champion,
                    "model_version": one.stored.version,
                    "data_hash": one.stored.hashes["data"],
                    "features_hash": one.stored.hashes["features"],
                    "note_en": str(why.get("en", one.plan.en)),
                    "note_fr": str(why.get("fr", one.plan.fr)),
                    "as_of": day,
                }
            )
    return pa.Table.from_pylist(rows, schema=MODELS)


def _drift(
    con: duckdb.DuckDBPyConnection,
    served: Mapping[str, Served],
    late: lateness.Scored,
    defaults: default.DefaultModel,
    told: pa.Table,
    backtest: pa.Table,
    seed: int,
) -> list[drift.Row]:
    rows = history.judge(con, told, backtest, seed)
    for company, values in late.values.items():
        rows += drift.of_card(company, served["late_payment"].package.card, values, late.customers[company])
    for company, seen in default.drift_values(con, defaults).items():
        rows += drift.of_card(company, served["default"].package.card, seen)
    for one in served.values():
        rows += [drift.canary_row(**canary) for canary in one.package.card.get("canaries", [])]
    return rows


def _write(table: pa.Table, path: Path) -> None:
    """One Parquet file, the same bytes for the same rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd", write_statistics=True, store_schema=False)


__all__ = ["RiskResult", "run"]
