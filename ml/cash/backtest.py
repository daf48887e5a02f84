"""The forecast judged on past days: what it had said, what naive forecasts had said, what came in.

Each past day is calibrated by the days before it alone, from weeks that were over by then, so its cover is out of
time. Gains are paired over customers: whole customers are drawn anew, since their payments come together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ml.cash.book import Claims, paid_by_week
from ml.cash.calibrate import Calibration, Past, fit
from ml.cash.forecast import MONEY, SCENARIOS, calibrated, forecast_origin, money
from ml.cash.naive import NAIVE, naive_by_week
from ml.cash.simulate import Quantiles
from ml.cash.weeks import SPANS, WEEKS, Weeks, span_of
from ml.evaluate import INTERVAL, customer_weights
from ml.marts import as_of_days, date_of, day_number
from ml.tables import BACKTEST

Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]

#: One row per company × past day × scenario × week: what was forecast then, and what came in.
CASH_BACKTEST = pa.schema(
    [
        ("company_id", pa.string()),
        ("cut_off", pa.date32()),
        ("scenario", pa.string()),
        ("week_start", pa.date32()),
        ("week", pa.int32()),
        ("p10", MONEY),
        ("p50", MONEY),
        ("p90", MONEY),
        ("expected", MONEY),
        ("actual", MONEY),
        ("naive", MONEY),
    ]
)
#: What a forecast is calibrated by (`ml.cash.calibrate.Calibration`). `span`: `level`, or the span of a width.
CASH_CALIBRATION = pa.schema(
    [
        ("company_id", pa.string()),
        ("scenario", pa.string()),
        ("span", pa.string()),
        ("factor", pa.float64()),
    ]
)
_LEVEL = "level"
#: The last past days, which no choice was made on.
FINAL_ORIGINS = 3
#: Weeks judged together: slice → weeks of the thirteen; `sum`: the thirteen as one figure.
_SLICES: tuple[str, ...] = ("all", *(f"weeks={name}" for name in SPANS), "sum")


@dataclass(frozen=True)
class Judged:
    """The forecast of a company on a past day, how it was calibrated, and what came in.

    What the forecast was made of is not kept: many past days fit in memory together. `raw`, `expected`: see
    `ml.cash.forecast.Origin`, `expected` with one row more for customers unknown then.

    `actual[scenario]`: cents by customer of the book (and one row for all others) and week, NaN in weeks not over;
    `naive[scenario][name]`: the same shape.
    """

    company: str
    day: int
    weeks: Weeks
    customers: Objects
    raw: Mapping[str, Quantiles]
    expected: Mapping[str, Floats]
    actual: Mapping[str, Floats]
    naive: Mapping[str, Mapping[str, Floats]]
    calibration: Mapping[str, Calibration]

    def past(self, scenario: str, known_until: int) -> Past:
        """The pair that a calibration learns from, as known on a day."""
        total = self.actual[scenario].sum(axis=0)
        return Past(self.raw[scenario], np.where(self.weeks.last <= known_until, total, np.nan))


def judge(con: duckdb.DuckDBPyConnection, past: Iterable[Claims], seed: int) -> dict[str, list[Judged]]:
    """Company → its past origins, the earliest first. `past`: documents open on past days with the curves that
    were known then, one item per day; a company without documents on a day has no origin there."""
    found: dict[str, list[Judged]] = {}
    for claims in past:
        for company in sorted(set(claims.company.tolist())):
            own = claims.of(company)
            day = int(own.curves.origin[0])
            origin = forecast_origin(con, own, company, day, seed)
            paid = paid_by_week(con, company, day, origin.book.customers, origin.weeks)
            earlier = found.setdefault(company, [])
            if earlier and earlier[-1].day >= day:
                raise ValueError(f"past days must come the earliest first: {date_of(day)} of {company}")
            earlier.append(
                Judged(
                    company,
                    day,
                    origin.weeks,
                    origin.book.customers,
                    origin.raw,
                    {name: _with_others(cash) for name, cash in origin.by_customer.items()},
                    {"open_items": paid[0], "expected_billing": paid[1], "total": paid[0] + paid[1]},
                    naive_by_week(con, origin.book, origin.weeks),
                    calibrations(earlier, day),
                )
            )
    return found


def judgement(
    con: duckdb.DuckDBPyConnection, past: Iterable[Claims], model: str, seed: int
) -> dict[str, pa.Table]:
    """What past forecasts were worth, as tables to be kept with the model that drew them.

    `backtest`: rows of `ml.tables.BACKTEST`; `cash_backtest`: CASH_BACKTEST; `cash_calibration`: what forecasts are
    calibrated by from now on. `past`: see `judge`; `model`: the name of what drew the curves.
    """
    judged = judge(con, past, seed)
    days = {company: day_number(date) for company, date in as_of_days(con).items()}
    rows = [
        {"company_id": company, "scenario": scenario, "span": span, "factor": factor}
        for company, own in sorted(judged.items())
        for scenario, told in calibrations(own, days[company]).items()
        for span, factor in ((_LEVEL, told.level), *told.width.items())
    ]
    scores = [row for _, own in sorted(judged.items()) for row in backtest_rows(own, model, seed)]
    history = [row for _, own in sorted(judged.items()) for row in history_rows(own)]
    return {
        "backtest": pa.Table.from_pylist(scores, schema=BACKTEST),
        "cash_backtest": pa.Table.from_pylist(history, schema=CASH_BACKTEST),
        "cash_calibration": pa.Table.from_pylist(rows, schema=CASH_CALIBRATION),
    }


def calibrations_of(table: pa.Table, company: str) -> dict[str, Calibration]:
    """By scenario, what CASH_CALIBRATION says of a company; nothing moves where it says nothing."""
    own = [row for row in table.to_pylist() if row["company_id"] == company]
    found = {}
    for scenario in SCENARIOS:
        factors = {row["span"]: row["factor"] for row in own if row["scenario"] == scenario}
        found[scenario] = Calibration(factors.pop(_LEVEL, 1.0), factors)
    return found


def calibrations(judged: Sequence[Judged], day: int) -> dict[str, Calibration]:
    """By scenario, what the weeks over on `day` teach."""
    return {scenario: fit([j.past(scenario, day) for j in judged]) for scenario in SCENARIOS}


def backtest_rows(judged: Sequence[Judged], model: str, seed: int) -> list[dict[str, Any]]:
    """Rows of ml.tables.BACKTEST for one company: WAPE beside the naive forecasts, and cover of P10 to P90."""
    windows: list[tuple[str, Sequence[Judged]]] = [("rolling", [j]) for j in judged]
    if len(judged) > 1:
        windows.append(("pooled", judged))
    if len(judged) > FINAL_ORIGINS:
        windows.append(("final", judged[-FINAL_ORIGINS:]))
    return [
        row
        for window, chosen in windows
        for scenario in SCENARIOS
        for row in _scenario_rows(chosen, scenario, window, model, seed)
    ]


def _scenario_rows(
    judged: Sequence[Judged], scenario: str, window: str, model: str, seed: int
) -> Iterable[dict[str, Any]]:
    names = sorted({c for j in judged for c in j.customers.tolist()})
    actual = _stacked(names, judged, [j.actual[scenario] for j in judged])
    served = _stacked(names, judged, [_served(j, scenario) for j in judged])
    said = {model: served} | {
        name: _stacked(names, judged, [j.naive[scenario][name] for j in judged]) for name in NAIVE[scenario]
    }
    inside = np.concatenate([_inside(j, scenario) for j in judged])
    is_known = ~np.isnan(actual).any(axis=0)
    span = np.array(span_of() * len(judged))
    drawn = None if window == "rolling" else _drawn(actual, said, seed)
    one = {name: table.sum(axis=0, keepdims=True) for name, table in {**said, _ACTUAL: actual}.items()}
    order = [*NAIVE[scenario], model]
    base = {
        "company_id": judged[0].company,
        "task": "cash",
        "target": scenario,
        "window": window,
        "cut_off": date_of(judged[-1].day),
        "positives": None,
    }
    for name in _SLICES:
        kept = is_known & ((span == name.removeprefix("weeks=")) | (name in ("all", "sum")))
        told, bootstrap = _part(one, kept, name), _part(drawn, kept, name) if drawn else None
        weeks = told[_ACTUAL].shape[1]
        if not weeks or told[_ACTUAL].sum() <= 0:
            continue
        for k, forecaster in enumerate(order):
            yield {
                **base,
                "slice": name,
                "model": forecaster,
                "metric": "wape",
                "is_champion": forecaster == model,
                "n": weeks,
                **_wape(told, bootstrap, forecaster, order[k - 1] if k else None),
            }
        if name != "sum":
            yield {
                **base,
                "slice": name,
                "model": model,
                "metric": "cover_80",
                "is_champion": True,
                "n": weeks,
                "value": round(float(inside[kept].mean()), 6),
                **dict.fromkeys(("baseline", "baseline_value", "gain", "gain_low", "gain_high")),
            }


#: What came in, among the forecasts of it.
_ACTUAL = ""


def _drawn(actual: Floats, said: Mapping[str, Floats], seed: int) -> dict[str, Floats]:
    """Cash by week of customers drawn anew, shape (replicates, origins × WEEKS), by forecaster and `_ACTUAL`."""
    found: dict[str, list[Floats]] = {name: [] for name in (*said, _ACTUAL)}
    for weights in customer_weights(np.arange(len(actual)).astype(object), seed):
        for name, table in {**said, _ACTUAL: actual}.items():
            found[name].append(weights @ table)
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _part(cash: Mapping[str, Floats], kept: npt.NDArray[np.bool_], name: str) -> dict[str, Floats]:
    """The weeks kept; for `sum`, the sum of each origin whose weeks are all over."""
    if name != "sum":
        return {who: table[:, kept] for who, table in cash.items()}
    whole = kept.reshape(-1, WEEKS).all(axis=1)
    return {who: table.reshape(len(table), -1, WEEKS)[:, whole].sum(axis=2) for who, table in cash.items()}


def _wape(
    told: Mapping[str, Floats], drawn: Mapping[str, Floats] | None, model: str, against: str | None
) -> dict[str, Any]:
    """Σ over weeks |forecast − actual| / Σ actual; its gain over `against`, with an interval where drawn."""

    def of(name: str, cash: Mapping[str, Floats]) -> Floats:
        missed = np.abs(cash[name] - cash[_ACTUAL]).sum(axis=1)
        out: Floats = missed / np.maximum(cash[_ACTUAL].sum(axis=1), 1.0)
        return out

    value = float(of(model, told)[0])
    row: dict[str, Any] = {"value": round(value, 6), "baseline": against}
    row |= dict.fromkeys(("baseline_value", "gain", "gain_low", "gain_high"))
    if against is None:
        return row
    other = float(of(against, told)[0])
    row |= {"baseline_value": round(other, 6), "gain": round(other - value, 6)}
    if drawn is not None:
        tail = (1 - INTERVAL) / 2 * 100
        low, high = np.percentile(of(against, drawn) - of(model, drawn), [tail, 100 - tail])
        row |= {"gain_low": round(float(low), 6), "gain_high": round(float(high), 6)}
    return row


def _stacked(names: Sequence[str], judged: Sequence[Judged], parts: Sequence[Floats]) -> Floats:
    """Customers (all origins', and one row for those unknown) by origin and week, side by side."""
    at = {name: k for k, name in enumerate(names)}
    out = np.zeros((len(names) + 1, WEEKS * len(judged)))
    for k, (j, part) in enumerate(zip(judged, parts, strict=True)):
        rows = [at[c] for c in j.customers.tolist()] + [len(names)]
        out[rows, k * WEEKS : (k + 1) * WEEKS] = part
        # A week that is not over is not over for anybody.
        out[:, k * WEEKS : (k + 1) * WEEKS][:, np.isnan(part).any(axis=0)] = np.nan
    return out


def _with_others(by_customer: Floats) -> Floats:
    return np.vstack([by_customer, np.zeros((1, WEEKS))])


def _served(judged: Judged, scenario: str) -> Floats:
    """Expected cents as published, by customer (and one row for those unknown) and week."""
    parts = SCENARIOS[:2] if scenario == "total" else (scenario,)
    out: Floats = np.sum([judged.calibration[p].level * judged.expected[p] for p in parts], axis=0)
    return out


def _inside(judged: Judged, scenario: str) -> Floats:
    """1 where the week's cash lay within the published P10 to P90."""
    q = judged.calibration[scenario].apply(judged.raw[scenario]).weekly
    total = judged.actual[scenario].sum(axis=0)
    out: Floats = ((total >= np.floor(q[:, 0])) & (total <= np.ceil(q[:, 2]))).astype(np.float64)
    return out


def history_rows(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """Rows of CASH_BACKTEST for one company; only weeks that are over."""
    rows = []
    for j in judged:
        for scenario, told in calibrated(j.raw, j.calibration).items():
            total = j.actual[scenario].sum(axis=0)
            naive = j.naive[scenario][NAIVE[scenario][-1]].sum(axis=0)
            for k in np.flatnonzero(~np.isnan(total)):
                rows.append(
                    {
                        "company_id": j.company,
                        "cut_off": date_of(j.day),
                        "scenario": scenario,
                        "week_start": date_of(int(j.weeks.start[k])),
                        "week": int(k) + 1,
                        **{f"p{q}": money(told.weekly[k, i]) for i, q in enumerate((10, 50, 90))},
                        "expected": money(told.expected[k]),
                        "actual": money(total[k]),
                        "naive": money(naive[k]),
                    }
                )
    return rows
