"""The product's own late-payment model under the protocol: learnt as of the eve of the split, every candidate it has.

Belongs here: how the model is asked. Does not belong here: how it is judged (`ml_protocol`).
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

import duckdb
import numpy as np

from ml.curves import Curves
from ml.lateness.model import Lateness, fit
from ml.lateness.states import States, prepare, scoring_states, training_states
from ml.marts import as_of_days, day_number, open_marts
from tests.benchmarks.ml_protocol import (
    EPOCH,
    NEVER,
    QUANTILES,
    THRESHOLDS,
    WEEKS,
    Book,
    CashForecast,
    Floats,
    Forecast,
    Ints,
)

SEED = 1


def cut(marts: Path, company: str, day: int) -> duckdb.DuckDBPyConnection:
    """The marts as of a day."""
    con = open_marts(marts, {company: EPOCH + dt.timedelta(days=day)})
    prepare(con)
    return con


def learn(marts: Path, book: Book, company: str) -> Lateness:
    """The model as of the eve of the split.

    Raises:
        SystemExit: there is nothing to learn from.
    """
    with cut(marts, company, book.split - 1) as con:
        days = {name: day_number(day) for name, day in as_of_days(con).items()}
        model = fit(con, training_states(con), days, SEED)
    if model is None:
        raise SystemExit(f"There is nothing to learn from before {book.split_date}.")
    return model


def at_creation(marts: Path, book: Book, company: str) -> States:
    """The tested invoices on the eve of their booking, in the book's order."""
    with cut(marts, company, int(book.paid[book.paid < NEVER].max())) as con:
        states = training_states(con, max_documents=10**9)
    states = states.take(states.is_creation)
    position = {invoice: row for row, invoice in enumerate(states.document.tolist())}
    return states.take(
        np.array([position[invoice] for invoice in book.invoice_id[book.test]], dtype=np.int64)
    )


def forecasts(marts: Path, book: Book, company: str) -> dict[str, tuple[Forecast, CashForecast]]:
    """Every candidate of the model: what it says of the tested invoices, and of the open book of a day."""
    model = learn(marts, book, company)
    tested = at_creation(marts, book, company)

    @cache
    def open_on(origin: int) -> tuple[States, dict[str, int]]:
        with cut(marts, company, origin) as con:
            states = scoring_states(con)
        return states, {invoice: row for row, invoice in enumerate(states.document.tolist())}

    def cash_of(name: str) -> CashForecast:
        def forecast(origin: int, at: Ints) -> Floats:
            states, position = open_on(origin)
            rows = np.array([position[invoice] for invoice in book.invoice_id[at]], dtype=np.int64)
            curves = model.curves(name, states.take(rows))
            first = np.full(len(rows), origin + 1)
            return np.column_stack(
                [curves.paid_between(first + 7 * w, first + 7 * w + 6) for w in range(WEEKS)]
            )

        return forecast

    return {
        f"product: {name}": (as_forecast(model.curves(name, tested)), cash_of(name))
        for name in model.candidates()
    }


def as_forecast(curves: Curves) -> Forecast:
    """Probabilities and quantiles of payment curves."""
    late = curves.late(THRESHOLDS)
    days = np.column_stack([curves.quantile(share) for share in QUANTILES]) - curves.due[:, None]
    return Forecast({k: late[:, j] for j, k in enumerate(THRESHOLDS)}, days)
