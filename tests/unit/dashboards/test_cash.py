"""The cash page: its figures agree, its choices are all there, and it says when there is nothing to say."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import factory

from dashboards import cash
from dashboards.data import Tables
from dashboards.facts import Facts
from dashboards.i18n import Fmt

Get = Callable[[str], Facts]
EN, FR = Fmt("en"), Fmt("fr")


def text(cell: object) -> str:
    return cell if isinstance(cell, str) else str(getattr(cell, "text", ""))


def test_title_tiles_and_table_say_the_same_total(facts_of: Get) -> None:
    facts = facts_of("demo")
    total = facts.cash.expected("total")
    assert total == facts.cash.expected("open_items") + facts.cash.expected("expected_billing") > 0
    page = cash.build(EN, facts)
    assert EN.money(total) in page.title and page.tiles[0].figure == EN.money(total)
    (weeks, sums) = page.blocks[0].charts
    assert len(weeks.table.rows) == len(sums.table.rows) == 13
    assert text(weeks.table.foot[0][4]) == EN.units(total)
    assert cash.build(FR, facts).title.startswith(FR.money(total))


def test_the_first_week_begins_after_the_as_of_day(facts_of: Get) -> None:
    facts = facts_of("demo")
    (weeks, _) = cash.build(EN, facts).blocks[0].charts
    # 31 December 2025 is a Wednesday: the first week is Thursday to Sunday.
    assert [text(c) for c in weeks.table.rows[0][:2]] == ["01/01/2026", "04/01/2026"]
    assert [text(c) for c in weeks.table.rows[1][:2]] == ["05/01/2026", "11/01/2026"]


def test_the_receivables_are_told_to_the_cent(facts_of: Get) -> None:
    facts = facts_of("demo")
    table = cash.book_table(EN, facts.cash)
    assert text(table.foot[0][1]) == EN.cents(sum(facts.cash.open_book.values()))
    assert len(table.rows) == len(cash.BOOK_LINES)


def test_every_choice_of_the_what_if_is_ready(facts_of: Get) -> None:
    facts = facts_of("hostile")
    page = cash.build(EN, facts)
    block = next(b for b in page.blocks if b.id == "cash-what-if")
    customers, terms = (choice.options for choice in block.choices)
    (ready,) = page.data.values()
    assert isinstance(ready, dict)
    drawn = ready[cash.WHAT_IF]
    assert set(drawn) == {f"{c}|{t}" for c, _ in customers for t, _ in terms}
    assert all(len(option["values"]) == len(option["cells"]) == 13 for option in drawn.values())
    # The chart that stands there without a script is the first choice.
    assert block.charts[0].title == drawn[f"{customers[0][0]}|{terms[0][0]}"]["title"]
    assert customers[0][1] == "All customers" and len(customers) == 4
    shown = {text(row[0]) for row in block.more[0].rows}
    assert shown == {name for _, name in customers[1:]}


def test_past_forecasts_stand_beside_naive_ones(facts_of: Get) -> None:
    """The factory's first weeks brought twice what was expected; the naive forecast says three times as much."""
    facts = facts_of("demo")
    worth = facts.cash.worth("total", "5-13")
    assert worth is not None
    assert (worth.weeks, worth.error, worth.naive_error, worth.cover) == (18, 0.0, 2.0, 1.0)
    early = facts.cash.worth("total", "1-4")
    assert early is not None and early.error is not None and 0 < early.error < 1 and early.cover == 0.75
    page = cash.build(EN, facts)
    proof = next(b for b in page.blocks if b.id == "cash-proof")
    assert proof.table is not None and len(proof.table.rows) == 6 and len(proof.charts) == 1
    assert page.tiles[-1].figure == EN.percent(early.error)


def test_without_past_or_billing_the_page_says_so(facts_of: Get) -> None:
    short = cash.build(EN, facts_of("short"))
    proof = next(b for b in short.blocks if b.id == "cash-proof")
    assert proof.table is None and "too short" in proof.lead and short.tiles[-1].figure == "–"
    facts = copy(facts_of("demo"))
    facts.cash = replace(facts.cash, terms=())
    page = cash.build(EN, facts)
    block = next(b for b in page.blocks if b.id == "cash-what-if")
    assert not block.choices and block.lead.startswith("No recurring billing") and not page.data
    till = cash.build(EN, facts_of("till"))
    assert till.title.startswith("No cash to forecast") and not till.blocks


def test_the_workbook_holds_every_week_and_choice(facts_of: Get, tables_of: Callable[[str], Path]) -> None:
    facts = facts_of("demo")
    tables = Tables(tables_of("demo"))
    weeks, book, past, terms = cash.sheets(EN, facts, tables)
    tables.close()
    assert len(weeks.grids[0].rows) == 39 and len(terms.grids[0].rows) == len(facts.cash.terms)
    amounts = [row[1] for row in book.grids[0].rows if not hasattr(row, "text")]  # type: ignore[index]
    assert sum(a for a in amounts if isinstance(a, Decimal)) == sum(facts.cash.open_book.values())
    assert len(past.grids[0].rows) == sum(a.weeks for a in facts.cash.accuracy)
    assert factory.PLANS["demo"].has_model
