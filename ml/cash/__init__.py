"""Cash by week: the thirteen weeks after the as-of day, what past forecasts were worth, and other terms of payment.

`judgement` tells what past forecasts were worth, which is done when a model is trained; `run` makes today's: the
forecast calibrated by it, the open book from receivables to cash, other terms. Both need payment curves only
(`ml.curves`); which model drew them does not matter here.
"""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa

from ml.cash.backtest import CASH_BACKTEST, CASH_CALIBRATION, calibrations_of, judgement
from ml.cash.book import Claims
from ml.cash.forecast import (
    CASH_FORECAST,
    CASH_OPEN_BOOK,
    SCENARIOS,
    forecast_origin,
    forecast_rows,
    open_book_rows,
)
from ml.cash.terms import CASH_TERMS, CASH_TERMS_WEEKLY, terms_rows
from ml.cash.weeks import WEEKS, Weeks, weeks_after
from ml.marts import as_of_days, day_number
from ml.settings import RiskSettings

__all__ = [
    "CASH_BACKTEST",
    "CASH_CALIBRATION",
    "CASH_FORECAST",
    "CASH_OPEN_BOOK",
    "CASH_TERMS",
    "CASH_TERMS_WEEKLY",
    "SCENARIOS",
    "WEEKS",
    "Claims",
    "Weeks",
    "judgement",
    "run",
    "weeks_after",
]


def run(
    con: duckdb.DuckDBPyConnection,
    now: Claims,
    calibration: pa.Table,
    settings: RiskSettings,
    seed: int = 7,
) -> dict[str, pa.Table]:
    """The tables of today's cash, by name.

    `now`: documents open on each company's as-of day with their curves. `calibration`: CASH_CALIBRATION, what past
    forecasts taught (`judgement`).
    """
    forecast: list[dict[str, Any]] = []
    bridge: list[dict[str, Any]] = []
    terms: list[dict[str, Any]] = []
    terms_weekly: list[dict[str, Any]] = []
    for company, date in sorted(as_of_days(con).items()):
        origin = forecast_origin(con, now.of(company), company, day_number(date), seed)
        factors = calibrations_of(calibration, company)
        forecast += forecast_rows(origin, factors)
        bridge += open_book_rows(origin, factors)
        moved = terms_rows(origin, factors, settings.what_if_terms, settings.financing_rate)
        terms += moved[0]
        terms_weekly += moved[1]
    return {
        "cash_forecast": pa.Table.from_pylist(forecast, schema=CASH_FORECAST),
        "cash_open_book": pa.Table.from_pylist(bridge, schema=CASH_OPEN_BOOK),
        "cash_terms": pa.Table.from_pylist(terms, schema=CASH_TERMS),
        "cash_terms_weekly": pa.Table.from_pylist(terms_weekly, schema=CASH_TERMS_WEEKLY),
    }
