"""The queries of the cash page and its workbook: the forecast by week, what it is made of, what it was worth, terms.

What belongs here: reading `cash_forecast`, `cash_open_book`, `cash_backtest` and `cash_terms*` into small frozen
records. What does not: sentences and layouts (`dashboards.cash`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dashboards.data import Tables

SCENARIOS = ("open_items", "expected_billing", "total")
"""What is billed already, what should be billed again, both."""
SPANS = ("1-4", "5-13")
"""Weeks that are judged together."""

REQUIRED: dict[str, tuple[str, ...]] = {
    "ml/cash_forecast": (
        *("company_id", "scenario", "week_start", "week", "first_day", "last_day", "p10", "p50", "p90", "expected"),
        *("contractual", "past_due", "cumulative_p10", "cumulative_p50", "cumulative_p90"),
    ),
    "ml/cash_open_book": ("company_id", "line", "amount"),
    "ml/cash_backtest": (
        *("company_id", "cut_off", "scenario", "week_start", "week", "p10", "p50", "p90", "expected", "actual"),
        "naive",
    ),
    "ml/cash_terms": (
        *("company_id", "customer_id", "terms", "is_over_ceiling", "billed_per_day", "term_days", "term_days_then"),
        *("dso_days_change", "financing_change", "financing_cost_change", "cash_change"),
    ),
    "ml/cash_terms_weekly": ("company_id", "customer_id", "terms", "week", "cash_change"),
}  # fmt: skip


@dataclass(frozen=True)
class CashWeek:
    """A week of one scenario; `first_day` is later than the Monday in a first week already begun."""

    scenario: str
    week_start: date
    week: int
    first_day: date
    last_day: date
    p10: Decimal
    p50: Decimal
    p90: Decimal
    expected: Decimal
    contractual: Decimal | None
    past_due: Decimal | None
    cumulative_p10: Decimal
    cumulative_p50: Decimal
    cumulative_p90: Decimal


@dataclass(frozen=True)
class PastForecast:
    """All weeks of a past forecast that are over: what was expected of them and what came in."""

    cut_off: date
    weeks: int
    expected: Decimal
    actual: Decimal


@dataclass(frozen=True)
class Accuracy:
    """Σ |expected − actual| / Σ actual over the weeks of a span, of the forecast and of the naive one; `cover`: the
    share of weeks whose cash lay between P10 and P90."""

    scenario: str
    span: str
    weeks: int
    error: float | None
    naive_error: float | None
    cover: float


@dataclass(frozen=True)
class Terms:
    """A customer (None: all of them) moved to other terms, against today's."""

    customer_id: str | None
    name: str
    terms: str
    is_over_ceiling: bool
    billed_per_day: Decimal
    term_days: float
    term_days_then: float
    dso_days_change: float
    financing_change: Decimal
    financing_cost_change: Decimal
    cash_change: Decimal


@dataclass(frozen=True)
class Cash:
    """Everything of the cash page of one company. `weekly`: (customer, terms) → change of each week."""

    weeks: tuple[CashWeek, ...]
    open_book: dict[str, Decimal]
    past: tuple[PastForecast, ...]
    accuracy: tuple[Accuracy, ...]
    terms: tuple[Terms, ...]
    weekly: dict[tuple[str | None, str], tuple[Decimal, ...]]

    def of(self, scenario: str) -> list[CashWeek]:
        """The weeks of a scenario, in order."""
        return [week for week in self.weeks if week.scenario == scenario]

    def expected(self, scenario: str, weeks: int | None = None) -> Decimal:
        """The mean of the first weeks (all of them by default) of a scenario."""
        return sum((w.expected for w in self.of(scenario)[:weeks]), Decimal(0))

    def worth(self, scenario: str, span: str) -> Accuracy | None:
        """How good past forecasts were; None where no past week is over."""
        return next((a for a in self.accuracy if (a.scenario, a.span) == (scenario, span)), None)

    @property
    def scopes(self) -> Sequence[tuple[str | None, str]]:
        """All customers, then those shown one by one, by name."""
        return list(dict.fromkeys((t.customer_id, t.name) for t in self.terms))


def read_cash(tables: Tables, company_id: str) -> Cash:
    """Read a company's cash tables."""
    weekly: dict[tuple[str | None, str], tuple[Decimal, ...]] = {}
    for row in tables.dicts(
        "select customer_id, terms, list(cash_change order by week) as changes from cash_terms_weekly "
        "where company_id = ? group by 1, 2 order by 1 nulls first, 2",
        company_id,
    ):
        weekly[row["customer_id"], row["terms"]] = tuple(row["changes"])
    return Cash(
        weeks=tables.records(
            CashWeek,
            "select scenario, week_start, week, first_day, last_day, p10, p50, p90, expected, contractual, past_due, "
            "cumulative_p10, cumulative_p50, cumulative_p90 from cash_forecast where company_id = ? "
            "order by scenario, week",
            company_id,
        ),
        open_book={
            row["line"]: row["amount"]
            for row in tables.dicts(
                "select line, amount from cash_open_book where company_id = ?", company_id
            )
        },
        past=tables.records(
            PastForecast,
            "select cut_off, count(*) as weeks, sum(expected) as expected, sum(actual) as actual from cash_backtest "
            "where company_id = ? and scenario = 'total' group by 1 order by 1",
            company_id,
        ),
        accuracy=tables.records(
            Accuracy,
            "select scenario, case when week <= 4 then '1-4' else '5-13' end as span, count(*) as weeks, "
            "cast(sum(abs(expected - actual)) as double) / nullif(cast(sum(actual) as double), 0) as error, "
            "cast(sum(abs(naive - actual)) as double) / nullif(cast(sum(actual) as double), 0) as naive_error, "
            "avg(cast(actual between p10 and p90 as integer)) as cover "
            "from cash_backtest where company_id = ? group by 1, 2 order by 1, 2",
            company_id,
        ),
        terms=tables.records(
            Terms,
            "select t.customer_id, coalesce(c.customer_name, t.customer_id, '') as name, t.terms, t.is_over_ceiling, "
            "t.billed_per_day, t.term_days, t.term_days_then, t.dso_days_change, t.financing_change, "
            "t.financing_cost_change, t.cash_change from cash_terms t left join dim_customers c "
            "on c.company_id = t.company_id and c.customer_id = t.customer_id where t.company_id = ? "
            "order by t.customer_id is not null, name, t.customer_id, t.term_days_then, t.terms",
            company_id,
        ),
        weekly=weekly,
    )


def past_rows(tables: Tables, company_id: str) -> list[dict[str, Any]]:
    """Every week of every past forecast, for the workbook."""
    return tables.dicts(
        "select cut_off, scenario, week_start, p10, p50, p90, expected, actual, naive from cash_backtest "
        "where company_id = ? order by cut_off, scenario, week",
        company_id,
    )
