"""The period of a ledger is told by where its rows are, not by its name nor by a stray date."""

from __future__ import annotations

from datetime import date

import pytest

from pipelines.sources.fec_period import MonthCount, end_of_month, period_of


def month(text: str, rows: int = 100) -> MonthCount:
    first = date.fromisoformat(f"{text}-01")
    return MonthCount(first, end_of_month(first), rows)


def months(first: str, count: int) -> list[MonthCount]:
    index = int(first[:4]) * 12 + int(first[5:]) - 1
    return [month(f"{at // 12}-{at % 12 + 1:02}") for at in range(index, index + count)]


@pytest.mark.parametrize(
    ("first", "count", "ends"),
    [("2024-01", 12, "2024-12-31"), ("2024-04", 12, "2025-03-31"), ("2024-01", 13, "2025-01-31"),
     ("2023-07", 18, "2024-12-31"), ("2023-09", 4, "2023-12-31"), ("2023-01", 24, "2024-12-31")],
)  # fmt: skip
def test_a_year_may_have_any_length_up_to_two(first: str, count: int, ends: str) -> None:
    period = period_of(months(first, count))
    assert (period.start, period.end) == (date.fromisoformat(f"{first}-01"), date.fromisoformat(ends))
    assert period.rows_outside == 0


@pytest.mark.parametrize("stray", ["2022-10", "2022-03", "2024-05", "2024-12", "2031-12"])
def test_a_row_dated_months_away_is_outside(stray: str) -> None:
    period = period_of([*months("2023-01", 12), month(stray, rows=2)])
    assert (period.start, period.end, period.rows_outside) == (date(2023, 1, 1), date(2023, 12, 31), 2)


def test_strays_on_both_sides_are_outside() -> None:
    period = period_of(
        [month("2022-09", 1), *months("2023-01", 12), month("2024-03", 1), month("2024-06", 1)]
    )
    assert (period.start, period.end, period.rows_outside) == (date(2023, 1, 1), date(2023, 12, 31), 3)


def test_a_thirteenth_month_with_few_rows_belongs_to_the_year() -> None:
    """A company founded in December closes its first year a year later: that month is no stray."""
    period = period_of([month("2022-12", 1), *months("2023-01", 12)])
    assert (period.start, period.rows_outside) == (date(2022, 12, 1), 0)


def test_a_season_and_its_closing_entries_belong_to_the_year() -> None:
    period = period_of([*months("2023-04", 6), month("2024-03", 20)])
    assert (period.end, period.rows_outside) == (date(2024, 3, 31), 0)
