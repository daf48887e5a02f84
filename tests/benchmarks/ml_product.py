"""The product's own late-payment model under the protocol: learnt as of the eve of the split, every candidate it has.

Belongs here: how the model is asked. Does not belong here: how it is judged (`ml_protocol`).
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from ml.cash.book import weekly_shares
from ml.cash.habits import payment_days
from ml.cash.weeks import WEEKS as CASH_WEEKS
from ml.cash.weeks import Weeks
from ml.curves import HORIZON_DAYS, Curves
from ml.lateness.model import Lateness, fit
from ml.lateness.states import States, open_book, prepare, training_states
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


def forecasts(marts: Path, book: Book, company: str) -> dict[str, tuple[Forecast, CashForecast]]:
    """Every candidate of the model: what it says of the tested invoices, and of the open book of a day.

    The marts are opened as of the last payment, so that all tested invoices are there; a state of a day carries
    nothing later than that day, which the leak canaries of `ml` hold it to.
    """
    model = learn(marts, book, company)
    last = int(max(book.paid[book.paid < NEVER].max(), book.issue.max()))
    con = cut(marts, company, last)
    found = training_states(con, max_documents=10**9)
    tested = _ordered(found.take(found.is_creation), book.invoice_id[book.test])

    @cache
    def open_on(origin: int) -> States:
        return open_book(con, {company: origin})

    @cache
    def habits_on(origin: int) -> tuple[Floats, dict[Any, int]]:
        customers = np.unique(open_on(origin).customer.astype(str)).astype(object)
        days = payment_days(con, company, origin, customers, origin + 1, HORIZON_DAYS)
        return days, {name: k for k, name in enumerate(customers.tolist())}

    def cash_of(name: str) -> CashForecast:
        def forecast(origin: int, at: Ints) -> Floats:
            states = _ordered(open_on(origin), book.invoice_id[at])
            likely, code_of = habits_on(origin)
            code = np.array([code_of[customer] for customer in states.customer.tolist()], dtype=np.int64)
            first = origin + 1 + 7 * np.arange(CASH_WEEKS)
            weeks = Weeks(first, first, first + 6)
            everyone = np.arange(len(states), dtype=np.int64)
            return weekly_shares(model.curves(name, states), everyone, weeks, likely, code)[:, :WEEKS]

        return forecast

    return {
        f"product: {name}": (as_forecast(model, model.curves(name, tested)), cash_of(name))
        for name in model.candidates()
    }


def _ordered(states: States, invoices: npt.NDArray[Any]) -> States:
    """The states of these invoices, one each, in their order."""
    position = {invoice: row for row, invoice in enumerate(states.document.tolist())}
    return states.take(np.array([position[invoice] for invoice in invoices.tolist()], dtype=np.int64))


def as_forecast(model: Lateness, curves: Curves) -> Forecast:
    """Probabilities and quantiles of payment curves, the outer two as the published interval has them; what lies
    beyond their horizon is taken to lie at its end."""
    late = curves.late(THRESHOLDS)
    end = (curves.origin + HORIZON_DAYS)[:, None]
    low, high = model.interval(curves)
    days = np.column_stack([low, *(curves.quantile(share) for share in QUANTILES[1:-1]), high])
    days = np.where(np.isnan(days), end, days) - curves.due[:, None]
    return Forecast({k: late[:, j] for j, k in enumerate(THRESHOLDS)}, days)
