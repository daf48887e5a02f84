"""Scores of past days by today's marts, beside those that were published then.

A past day is restated when later entries letter, name or equal documents that existed by then: training sees it so,
whoever read the release of that day did not. The same model scores the same documents both ways; what differs is
what the restating told it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from ml.evaluate import compare
from ml.labels import TARGETS, THRESHOLD_DAYS, Floats
from ml.lateness.bands import BANDS
from ml.lateness.package import TASK, declared, from_package
from ml.lateness.scoring import open_curves
from ml.lateness.states import open_book
from ml.life import registry
from ml.life.drift import MIN_MATURED
from ml.life.history import Settled, settled
from ml.marts import date_of

#: Past days of a company that are looked at: the latest whose outcomes are known.
DAYS = 3
AS_PUBLISHED = "as_published"


def rows(
    con: duckdb.DuckDBPyConnection, models_dir: Path, history: pa.Table, seed: int
) -> list[dict[str, Any]]:
    """Rows of `ml.tables.BACKTEST`, window `published`: the AUC of the restated scores, beside that of the published
    ones (`baseline`) over the same documents; `gain` is the difference, with an interval over customers.

    Args:
        con: the marts cut at the as-of day, after `ml.lateness.prepare`.
        history: what earlier releases said (`ml.tables.SCORE_HISTORY`).

    A day has none whose model is gone from `models_dir` or was made with other features: another model's scores would
    differ by more than the restating. Claims that proceedings freeze are left out: no model scores them.
    """
    con.register("history", history)
    try:
        found = {target: settled(con, target, k) for target, k in zip(TARGETS, THRESHOLD_DAYS, strict=True)}
    finally:
        con.unregister("history")
    frozen_from = {
        (company, customer): day
        for company, customer, day in con.execute("""
            select company_id, customer_id, min(datediff('day', date '1970-01-01', publication_date))
            from fct_receivables_by_proceeding group by all
        """).fetchall()
    }
    told = []
    for company in sorted({c for by_company in found.values() for c in by_company}):
        of = {target: by_company[company] for target, by_company in found.items() if company in by_company}
        days = sorted({int(day) for one in of.values() for day in np.unique(one.origin)})
        for day in days[-DAYS:]:
            told += _day(con, models_dir, company, day, of, frozen_from, seed)
    return told


def _day(
    con: duckdb.DuckDBPyConnection,
    models_dir: Path,
    company: str,
    day: int,
    of: dict[str, Settled],
    frozen_from: dict[tuple[str, str], int],
    seed: int,
) -> list[dict[str, Any]]:
    versions = {str(v) for one in of.values() for v in np.unique(one.version[one.origin == day].astype(str))}
    try:
        (version,) = versions
        package = registry.load(models_dir, TASK, version, features=declared())
    except ValueError:  # several versions, or `RiskError`: none that can be asked again
        return []
    model, champion = from_package(package)
    book = open_book(con, {company: day})
    book = book.take(
        np.isin(book.document.astype(str), np.concatenate([o.document for o in of.values()]).astype(str))
    )
    drawn = open_curves(
        model, champion, book, np.zeros(len(book), dtype=bool), float(package.state.get("pace", 1.0))
    )
    # To four decimals, as published.
    late = np.round(np.concatenate([np.empty((0, BANDS)), *(c.late(THRESHOLD_DAYS) for _, c in drawn)]), 4)
    position = {document: k for k, document in enumerate(book.document.tolist())}
    told = []
    for j, (target, k) in enumerate(zip(TARGETS, THRESHOLD_DAYS, strict=True)):
        if target not in of:
            continue
        one = of[target]
        at = np.array([position.get(d, -1) for d in one.document.tolist()], dtype=np.int64)
        y: Floats = one.labels(k)
        frozen = [frozen_from.get((company, c), day + 1) <= day for c in one.customer.tolist()]
        kept = (one.origin == day) & (at >= 0) & ~np.isnan(y) & ~np.array(frozen, dtype=bool)
        if kept.sum() < MIN_MATURED or len(np.unique(y[kept])) < 2:
            continue
        both = compare(y[kept], late[at[kept], j], one.predicted[kept], one.customer[kept], seed)
        auc = next(c for c in both if c.metric == "auc")
        told.append(
            {
                "company_id": company,
                "task": TASK,
                "target": target,
                "model": champion,
                "window": "published",
                "cut_off": date_of(day),
                "slice": "all",
                "metric": "auc",
                "value": round(auc.value, 6),
                "baseline": AS_PUBLISHED,
                "baseline_value": round(auc.baseline_value, 6),
                "gain": round(auc.gain, 6),
                "gain_low": round(auc.gain_low, 6),
                "gain_high": round(auc.gain_high, 6),
                "n": auc.n,
                "positives": auc.positives,
                "is_champion": True,
            }
        )
    return told
