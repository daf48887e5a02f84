"""Cash by week: the thirteen weeks after the as-of day, what past forecasts were worth, and other terms of payment.

`run` makes everything a company is shown: today's forecast calibrated on past ones, their backtest, the open book
from receivables to cash. It needs payment curves only (`ml.curves`); which model drew them does not matter here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from ml.cash.backtest import CASH_BACKTEST, backtest_rows, calibrations, history_rows, judge
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
from ml.tables import BACKTEST

__all__ = [
    "CASH_BACKTEST",
    "CASH_FORECAST",
    "CASH_OPEN_BOOK",
    "CASH_TERMS",
    "CASH_TERMS_WEEKLY",
    "SCENARIOS",
    "WEEKS",
    "Cash",
    "Claims",
    "Weeks",
    "run",
    "weeks_after",
]


@dataclass(frozen=True)
class Cash:
    """`tables`: name → table, as published; `backtest`: rows of `ml.tables.BACKTEST`."""

    tables: Mapping[str, pa.Table]
    backtest: pa.Table


def run(
    con: duckdb.DuckDBPyConnection,
    now: Claims,
    past: Iterable[Claims],
    model: str,
    settings: RiskSettings,
    seed: int = 7,
) -> Cash:
    """Every table of cash.

    `now`: documents open on each company's as-of day with their curves. `past`: the same on past month ends, one
    item a day, the earliest first, each with curves of what was known then. `model`: the name of what drew them.
    """
    judged = judge(con, past, seed)
    forecast: list[dict[str, Any]] = []
    bridge: list[dict[str, Any]] = []
    scores: list[dict[str, Any]] = []
    history: list[dict[str, Any]] = []
    terms: list[dict[str, Any]] = []
    terms_weekly: list[dict[str, Any]] = []
    for company, date in sorted(as_of_days(con).items()):
        day = day_number(date)
        earlier = judged.get(company, [])
        origin = forecast_origin(con, now.of(company), company, day, seed)
        calibration = calibrations(earlier, day)
        forecast += forecast_rows(origin, calibration)
        bridge += open_book_rows(origin, calibration)
        moved = terms_rows(origin, calibration, settings.what_if_terms, settings.financing_rate)
        terms += moved[0]
        terms_weekly += moved[1]
        if earlier:
            scores += backtest_rows(earlier, model, seed)
            history += history_rows(earlier)
    return Cash(
        {
            "cash_forecast": pa.Table.from_pylist(forecast, schema=CASH_FORECAST),
            "cash_open_book": pa.Table.from_pylist(bridge, schema=CASH_OPEN_BOOK),
            "cash_backtest": pa.Table.from_pylist(history, schema=CASH_BACKTEST),
            "cash_terms": pa.Table.from_pylist(terms, schema=CASH_TERMS),
            "cash_terms_weekly": pa.Table.from_pylist(terms_weekly, schema=CASH_TERMS_WEEKLY),
        },
        pa.Table.from_pylist(scores, schema=BACKTEST),
    )
