"""Late payment: when open documents will be paid. Pure: knows no orchestrator.

`Study` trains and judges; `score` gives today's open documents their probabilities, dates and reasons. Both read
the cut marts of `ml.marts.open_marts` after `prepare`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ml.curves import HORIZON_DAYS, Curves
from ml.lateness import canaries, evaluate, terms
from ml.lateness.bands import PARAMETERS as CLASSIFIER_PARAMETERS
from ml.lateness.hazard import PARAMETERS as HAZARD_PARAMETERS
from ml.lateness.model import CANDIDATES, COVER, LEVEL_GRID, Lateness
from ml.lateness.package import TASK, declared, from_package, to_package
from ml.lateness.periods import ENDS
from ml.lateness.scoring import frozen_on, invoice_scores, open_curves, stacked
from ml.lateness.states import States, open_book, prepare, training_states
from ml.lateness.train import (
    JUDGED_ROWS,
    ROLLING,
    Judged,
    TooShort,
    calibration,
    interval_levels,
    judge,
    open_books,
)
from ml.life import drift
from ml.life.promotion import Promotion, choose
from ml.life.registry import Package
from ml.marts import as_of_days, date_of, day_number, usual_term_days
from ml.tables import BACKTEST, RELIABILITY

__all__ = ["Scored", "Study", "declared", "prepare", "score", "told"]

#: Serves where nothing could be judged, and is what a challenger must beat first.
FIRST_CHAMPION = "customer_rate"
#: Training states of so many days before the cut-off tell what scoring should look like.
PROFILE_DAYS = 365
#: One value per origin for all customers, or ever growing: no spread to compare.
NO_PROFILE = ("portfolio_late_60d", "portfolio_delay_60d", "due_month", "days_since_first_invoice")


class Study:
    """States of the past, and what every candidate was worth on them; made when first asked for, once a run."""

    def __init__(self, con: duckdb.DuckDBPyConnection, seed: int) -> None:
        self._con, self._seed = con, seed
        self.as_of = {c: day_number(d) for c, d in as_of_days(con).items()}

    @cached_property
    def states(self) -> States:
        """Creations and month ends of the past."""
        return training_states(self._con)

    @cached_property
    def judged(self) -> tuple[Judged | TooShort, list[Lateness], Lateness]:
        """Predictions out of time, the models that made them, and the one learnt on everything visible now."""
        first = {
            c: day_number(d)
            for c, d in self._con.execute(
                "select company_id, min(entry_date) from document where document_type <> 'opening_item' group by 1"
            ).fetchall()
        }
        return judge(self._con, self.states, self.as_of, first, usual_term_days(self._con), self._seed)

    def train(self, incumbent: str | None) -> Package:
        """The champion on everything visible at the as-of day, with what it was chosen by.

        `incumbent`: the candidate that serves now; it stays unless another is better by rule.
        """
        judged, models, model = self.judged
        states = self.states
        champion = FIRST_CHAMPION
        verdicts: list[Promotion] = []
        found: list[dict[str, Any]] = []
        rows: list[dict[str, Any]] = []
        reliability = RELIABILITY.empty_table()
        if isinstance(judged, Judged):
            names = judged.names()
            start = incumbent if incumbent in names else FIRST_CHAMPION
            rows = evaluate.backtest(judged, models, "", names, self._seed)
            drafted = pa.Table.from_pylist(rows, schema=BACKTEST)
            champion, verdicts = choose(drafted, TASK, start, [n for n in names if n != start])
            own = evaluate.backtest(judged, models, champion, [champion], self._seed)
            rows = [r for r in rows if r["model"] != champion] + own
            reliability = pa.Table.from_pylist(
                evaluate.reliability_rows(judged, champion), schema=RELIABILITY
            )
            found = canaries.rows(self._con, states, judged, models, self._seed)
        if champion not in model.candidates():
            champion = FIRST_CHAMPION
        if isinstance(judged, Judged):
            platt = calibration(judged, champion, self.as_of)
            model = replace(
                model,
                platt={} if platt is None else {champion: platt},
                levels=interval_levels(judged, champion, self.as_of, model.levels),
            )
        counted = terms.assumed(self._con)
        stability = terms.rank_stability(self._con, model, champion, counted)
        card = self._card(model, champion, judged, verdicts, found) | {
            "assumed_due_dates": {
                "open_documents": counted,
                "least": terms.MIN_DOCUMENTS,
                "rank_stability": [
                    {key: row[key] for key in ("company_id", "target", "slice", "value", "n")}
                    for row in stability
                ],
            }
        }
        backtest = pa.Table.from_pylist(rows + stability, schema=BACKTEST)
        package = to_package(model, champion, card)
        return replace(package, tables={"backtest": backtest, "reliability": reliability})

    def past_books(self, champion: str) -> Iterator[tuple[States, Curves]]:
        """The whole open book at every judged origin, with the curves that the champion drew then."""
        judged, models, _ = self.judged
        if not isinstance(judged, Judged):
            return
        for book, model in open_books(self._con, judged, models):
            name = champion if champion in model.candidates() else FIRST_CHAMPION
            # What a judgment froze later was to be paid as the model thought then.
            drawn = open_curves(model, name, book, np.zeros(len(book), dtype=bool), 1.0)
            yield book, stacked([curves for _, curves in drawn])

    def _card(
        self,
        model: Lateness,
        champion: str,
        judged: Judged | TooShort,
        verdicts: list[Promotion],
        found: list[dict[str, Any]],
    ) -> dict[str, Any]:
        english, french = _grounds(champion, judged, verdicts)
        used = set(model.encoder.names)
        states = self.states
        recent = states.origin > states.per_company(self.as_of) - PROFILE_DAYS
        sample = states.take(recent & ~states.is_creation)
        values = model.encoder.values(sample)
        return {
            "purpose": (
                "Probability that an open customer document is paid after its due date, and when, for credit"
                " control. Not a probability of default; no decision about a person rests on it alone (GDPR art. 22)."
            ),
            "champion": {"name": champion, "en": english, "fr": french},
            "data": _data(self._con),
            "labels": {
                "thresholds_days": [0, 30, 90],
                "paid": "settled by payment, discount or exchange difference; the last time where a payment bounced",
                "visible_from": "due date + threshold",
                "open_documents": "censored, period by period",
                "cleared_without_cash": "no label",
                "written_off": "never paid",
                "opening_items": "scored, not learnt from",
            },
            "features": [f for f in declared() if f["name"] in used or f["group"] == "question"],
            "parameters": {
                "seed": self._seed,
                "periods_end_days": ENDS.tolist(),
                "hazard": dict(HAZARD_PARAMETERS),
                "classifier": dict(CLASSIFIER_PARAMETERS),
                "judged_rows": JUDGED_ROWS,
                "origins": ROLLING,
                "interval_share": COVER,
                "interval_levels": list(LEVEL_GRID),
            },
            "candidates": list(CANDIDATES),
            "promotion": [
                {"challenger": v.challenger, "code": v.code, "en": v.en, "fr": v.fr} for v in verdicts
            ],
            "windows": []
            if isinstance(judged, TooShort)
            else [
                {
                    "cut_off": {c: str(date_of(d)) for c, d in w.cut_off.items()},
                    "last": {c: str(date_of(d)) for c, d in w.last.items()},
                    "is_final": w.is_final,
                }
                for w in judged.windows
            ],
            "shortage": judged.values if isinstance(judged, TooShort) else None,
            "canaries": found,
            "profiles": drift.profiles(
                {n: v for n, v in values.items() if n in used and n not in NO_PROFILE}, sample.customer
            )
            if len(sample)
            else {},
        }


def _grounds(champion: str, judged: Judged | TooShort, verdicts: list[Promotion]) -> tuple[str, str]:
    if isinstance(judged, TooShort):
        return f"The customer rate serves. {judged.en}", f"Le taux client est retenu. {judged.fr}"
    own = next((v for v in verdicts if v.challenger == champion and v.is_promoted), None)
    if own is not None:
        return own.en, own.fr
    return (
        f"{champion} stays: no other candidate beats it by the rule.",
        f"{champion} reste : aucun autre candidat ne fait mieux selon la règle.",
    )


def _data(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Window and hash of the documents and movements that the model has seen, per company."""
    rows = con.execute("""
        with moved as (
            select company_id,
                md5(string_agg(invoice_id || moved_on || cleared, ',' order by invoice_id, moved_on)) as h
            from movement_total group by 1
        )
        select d.company_id, count(*), min(d.entry_date), max(d.entry_date), any_value(d.as_of),
            md5(string_agg(d.draw || d.due_date || d.amount, ',' order by d.draw)), any_value(m.h)
        from document as d left join moved as m using (company_id) group by 1 order by 1
    """).fetchall()
    return [
        {
            "company_id": c,
            "documents": n,
            "first_entry": str(lo),
            "last_entry": str(hi),
            "as_of": str(a),
            "documents_md5": documents,
            "movements_md5": moved,
        }
        for c, n, lo, hi, a, documents, moved in rows
    ]


@dataclass(frozen=True)
class Scored:
    """`invoices`: `ml.lateness.scoring.TOLD`; `drawn`: the states in parts with their curves; `values[company]`:
    the features scored and `customers[company]` whose they are, for drift."""

    invoices: pa.Table
    drawn: list[tuple[States, Curves]]
    values: dict[str, dict[str, npt.NDArray[Any]]]
    customers: dict[str, npt.NDArray[np.object_]]


def score(con: duckdb.DuckDBPyConnection, package: Package, version: str) -> Scored:
    """Today's open documents by a stored model."""
    model, champion = from_package(package)
    states = open_book(con, {c: day_number(d) for c, d in as_of_days(con).items()})
    frozen = frozen_on(con, states)
    is_frozen = np.array([day is not None for day in frozen], dtype=bool)
    drawn = open_curves(model, champion, states, is_frozen, float(package.state.get("pace", 1.0)))
    values, customers = {}, {}
    for company in sorted(set(states.company.tolist())):
        part = states.take(states.company == company)
        seen = model.encoder.values(part)
        values[company] = {n: seen[n] for n in model.encoder.names if n in seen}
        customers[company] = part.customer
    return Scored(invoice_scores(model, champion, drawn, frozen, version), drawn, values, customers)


def told(curves: Curves) -> Curves:
    """The curves; where nothing tells one, the document is taken to be paid on its due date, or tomorrow."""
    unknown = np.isnan(curves.survival).any(axis=1)
    if not unknown.any():
        return curves
    survival = curves.survival.copy()
    day = np.arange(HORIZON_DAYS + 1)
    paid_on = np.maximum(curves.due - curves.origin, 1)
    survival[unknown] = (day < paid_on[unknown][:, None]).astype(np.float64)
    return Curves(curves.origin, curves.due, survival)
