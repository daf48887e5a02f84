"""The tables a run leaves about its models: what they were worth, what they said, whether they still fit, their cards.

A run that does not train publishes the evaluation that its models were chosen by: it lies in their packages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy.typing as npt
import pyarrow as pa

from ml.life import cards, drift, history
from ml.life.serving import Served
from ml.tables import BACKTEST, DRIFT, RELIABILITY, SCORE_HISTORY

#: (company, task) → feature → its values in what this run scored.
Inputs = Mapping[tuple[str, str], Mapping[str, npt.NDArray[Any]]]


def tables(
    con: duckdb.DuckDBPyConnection,
    models_dir: Path,
    served: Sequence[Served],
    scores: Mapping[str, pa.Table],
    cash_backtest: pa.Table | None = None,
    earlier: pa.Table | None = None,
    inputs: Inputs | None = None,
    seed: int = 7,
) -> dict[str, pa.Table]:
    """`backtest`, `reliability`, `score_history`, `drift` and `model_cards`, in the schemas of `ml.tables`.

    Args:
        con: the marts cut at the as-of days (`ml.marts.open_marts`).
        served: what serves each task; `backtest`, `reliability` and `canaries` (`ml.tables.DRIFT`) of their
            packages are taken in.
        scores: `invoice_scores`, `customer_scores` and `cash_forecast` as published; those that are there.
        cash_backtest: the judgement of the cash, which has no model of its own.
        earlier: the `score_history` of the release before.
        inputs: for the stability of features; a company and task without any has no such row.
    """
    before = SCORE_HISTORY.empty_table() if earlier is None else earlier
    by_task = {one.stored.task: one for one in served}
    said = history.said(con, {task: one.stored for task, one in by_task.items()}, **scores)
    backtest = _together(served, "backtest", BACKTEST, cash_backtest)
    rows = [*history.judge(con, before, backtest, seed), *_together(served, "canaries", DRIFT).to_pylist()]
    for (company, task), values in (inputs or {}).items():
        rows += drift.of_card(company, by_task[task].package.card, values)
    return {
        "backtest": backtest,
        "reliability": _together(served, "reliability", RELIABILITY),
        "score_history": history.carry(con, [before], said),
        "drift": drift.table(rows),
        "model_cards": cards.published(models_dir, [(one.stored, one.plan) for one in served]),
    }


def _together(
    served: Sequence[Served], name: str, schema: pa.Schema, more: pa.Table | None = None
) -> pa.Table:
    """A table of every package that has it, and one more, in the order of all their columns."""
    parts = [one.package.tables[name] for one in served if name in one.package.tables]
    parts += [] if more is None else [more]
    joined = pa.concat_tables(
        [part.select(schema.names).cast(schema) for part in parts] or [schema.empty_table()]
    )
    return joined.sort_by([(column, "ascending") for column in schema.names])
