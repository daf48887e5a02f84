"""Scores of open documents: probabilities, dates, reasons; one row per document with a due date.

Every probability is exact to four decimals in the output and every date follows from the curve that the
probabilities lie on. A claim frozen by an opening judgment will not be paid at its term: late is certain, no
date is expected, and it brings no cash.
"""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ml.actions.facts import ENDED_PROCEEDINGS
from ml.curves import HORIZON_DAYS, Curves
from ml.labels import THRESHOLD_DAYS
from ml.lateness.model import Lateness, chunks
from ml.lateness.reasons import reasons
from ml.lateness.states import States
from ml.life.recalibrate import paced
from ml.marts import date_of
from ml.reasons import REASONS_PER_SCORE, dated_fact, to_json
from ml.tables import INVOICE_SCORES

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: What this module tells of a document: `ml.tables.INVOICE_SCORES` without what other models add.
TOLD = pa.schema([field for field in INVOICE_SCORES if not field.name.endswith("dispute")])


def frozen_on(con: duckdb.DuckDBPyConnection, states: States) -> npt.NDArray[np.object_]:
    """The day of the opening judgment that freezes each document, as ISO text; None where none does."""
    ended = ", ".join(f"'{s}'" for s in ENDED_PROCEEDINGS)
    rows = con.execute(f"""
        with binding as (
            select company_id, customer_id, judgment_date
            from fct_receivables_by_proceeding
            where state is null or state not in ({ended})
            qualify row_number() over (
                partition by company_id, customer_id
                order by claim_deadline is null, judgment_date desc, publication_date desc, kind
            ) = 1
        )
        select d.company_id, d.invoice_id, b.judgment_date
        from document as d join binding as b using (company_id, customer_id)
        where d.open_amount > 0 and d.issue_date <= b.judgment_date
    """).fetchall()
    found = {(c, i): day.isoformat() for c, i, day in rows}
    out = np.empty(len(states), dtype=object)
    out[:] = [found.get(key) for key in zip(states.company, states.document, strict=True)]
    return out


def open_curves(
    model: Lateness, champion: str, states: States, frozen: Bools, pace: float
) -> list[tuple[States, Curves]]:
    """The states in parts, with the curves that are served: frozen claims stay open for good."""
    out = []
    at = 0
    for part in chunks(states):
        curves = paced(model.curves(champion, part), pace)
        survival = curves.survival.copy()
        survival[frozen[at : at + len(part)]] = 1.0
        out.append((part, Curves(curves.origin, curves.due, survival)))
        at += len(part)
    return out


def invoice_scores(
    model: Lateness,
    champion: str,
    drawn: list[tuple[States, Curves]],
    frozen: npt.NDArray[np.object_],
    version: str,
) -> pa.Table:
    """The rows of `TOLD` in the order of the states."""
    tables = []
    at = 0
    for states, curves in drawn:
        judgment = frozen[at : at + len(states)]
        at += len(states)
        tables.append(_scores(model, champion, states, curves, judgment, version))
    return pa.concat_tables(tables) if tables else TOLD.empty_table()


def _scores(
    model: Lateness,
    champion: str,
    states: States,
    curves: Curves,
    judgment: npt.NDArray[np.object_],
    version: str,
) -> pa.Table:
    n = len(states)
    p = np.round(curves.late(THRESHOLD_DAYS), 4)
    low, high = model.interval(curves)
    days = np.column_stack([low, curves.quantile(0.5), high])
    late = np.round(curves.days_late(), 1)
    is_frozen = np.array([day is not None for day in judgment], dtype=bool)
    p[is_frozen], days[is_frozen], late[is_frozen] = 1.0, np.nan, np.nan
    told = reasons(model, champion, states)
    for i in np.flatnonzero(is_frozen).tolist():
        told[i] = [dated_fact("claim_frozen", "events", str(judgment[i])), *told[i]][:REASONS_PER_SCORE]
    return pa.Table.from_pydict(
        {
            "company_id": states.company.tolist(),
            "invoice_id": states.document.tolist(),
            "customer_id": states.customer.tolist(),
            **{name: optional(p[:, j]) for j, name in enumerate(("p_late", "p_late_30", "p_late_90"))},
            **{
                f"expected_payment_date_p{q}": [None if np.isnan(x) else date_of(int(x)) for x in days[:, k]]
                for k, q in enumerate((10, 50, 90))
            },
            "expected_late_days": optional(late),
            "reasons": [to_json(r) for r in told],
            "model_name": [champion] * n,
            "model_version": [version] * n,
            "as_of": [date_of(int(d)) for d in states.origin],
        },
        schema=TOLD,
    )


def optional(values: Floats) -> list[float | None]:
    """NaN as None."""
    return [None if np.isnan(v) else float(v) for v in values]


def claims(drawn: list[tuple[States, Curves]]) -> tuple[Any, Any, Curves]:
    """Company and document of every state, and one stack of their curves."""
    company = np.concatenate([s.company for s, _ in drawn]) if drawn else np.empty(0, dtype=object)
    document = np.concatenate([s.document for s, _ in drawn]) if drawn else np.empty(0, dtype=object)
    return company, document, stacked([c for _, c in drawn])


def stacked(parts: list[Curves]) -> Curves:
    """Curves one after another."""
    if not parts:
        empty = np.empty(0, dtype=np.int64)
        return Curves(empty, empty, np.empty((0, HORIZON_DAYS + 1)))
    return Curves(
        np.concatenate([p.origin for p in parts]),
        np.concatenate([p.due for p in parts]),
        np.concatenate([p.survival for p in parts]),
    )
