"""The cash page and its workbook: thirteen weeks, what the receivables become, past forecasts, other terms.

What belongs here: the layout of these, and the choices of the what-if, drawn anew by the page itself. What does not:
any figure (`dashboards.cash_data` reads them).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from dashboards import charts
from dashboards.cash_data import SCENARIOS, SPANS, Cash, CashWeek, Terms, past_rows
from dashboards.common import money_axis, notices, terms_name
from dashboards.data import Tables
from dashboards.facts import Facts
from dashboards.i18n import Fmt
from dashboards.model import Block, Cell, Chart, Choice, Column, Page, Table, Tile
from dashboards.workbook import Field, Grid, Sheet

ZERO = Decimal(0)
BOOK_LINES = ("within", "later", "frozen", "credits", "undated")
"""What becomes of the receivables, in reading order."""
WHAT_IF = "cash-terms"


def build(f: Fmt, facts: Facts) -> Page:
    """The cash page of one company in one language."""
    cash = facts.cash
    if facts.is_nearly_empty or not cash.expected("total"):
        return Page(
            slug="cash",
            name=f.t("page.cash"),
            title=f.t("cash.headline.none"),
            lead=f.t("lead.empty") if facts.is_nearly_empty else f.t("cash.lead"),
        )
    last = cash.of("total")[-1]
    return Page(
        slug="cash",
        name=f.t("page.cash"),
        title=f.t(
            "cash.headline",
            total=f.money(cash.expected("total")),
            low=f.money(last.cumulative_p10),
            high=f.money(last.cumulative_p90),
        ),
        lead=f.t("cash.lead"),
        notices=notices(f, facts),
        tiles=tiles(f, cash),
        blocks=[
            Block(charts=[weeks_chart(f, cash), sum_chart(f, cash)], note=f.t("cash.weeks.note")),
            Block(
                heading=f.t("cash.book"),
                lead=f.t("cash.book.lead"),
                table=book_table(f, cash),
                id="cash-book",
            ),
            terms_block(f, cash),
            proof_block(f, cash),
        ],
        workbooks=("cash",),
        data={"choices": {WHAT_IF: options(f, cash)}} if cash.terms else {},
    )


def tiles(f: Fmt, cash: Cash) -> list[Tile]:
    """What is expected and of what, what is past due, and how far past forecasts were off."""
    weeks = cash.of("total")
    owed = cash.of("open_items")
    month, quarter = weeks[3], weeks[-1]
    worth = cash.worth("total", SPANS[0])

    def tile(name: str, figure: str, reason: str) -> Tile:
        return Tile(f.t(f"cash.tile.{name}"), figure, (), (), reason)

    def between(week: CashWeek) -> str:
        return f.t("cash.tile.range", low=f.money(week.cumulative_p10), high=f.money(week.cumulative_p90))

    contractual = sum((w.contractual or ZERO for w in owed), ZERO)
    return [
        tile("total", f.money(cash.expected("total")), between(quarter)),
        tile("month", f.money(cash.expected("total", 4)), between(month)),
        tile(
            "open",
            f.money(cash.expected("open_items")),
            f.t("cash.tile.contractual", amount=f.money(contractual)),
        ),
        tile("billing", f.money(cash.expected("expected_billing")), f.t("cash.tile.estimate")),
        tile("past_due", f.money(owed[0].past_due), f.t("cash.tile.late")),
        tile(
            "error",
            f.percent(worth.error) if worth else "–",
            f.t("cash.tile.naive", naive=f.percent(worth.naive_error))
            if worth
            else f.t("cash.tile.unproven"),
        ),
    ]


def weeks_chart(f: Fmt, cash: Cash) -> Chart:
    """Expected cash by week, open documents and coming billing, with the range of their sum."""
    rows = list(zip(*(cash.of(s) for s in SCENARIOS), strict=True))
    scale = f.scale(max(total.p90 for *_, total in rows))
    ticks = money_axis(f, scale, charts.ticks_for(0, float(max(total.p90 for *_, total in rows))))
    names = (f.t("cash.scenario.open_items"), f.t("cash.scenario.expected_billing"))

    def hover(week: CashWeek, name: str) -> str:
        return f.t(
            "cash.weeks.hover", day=f.day_short(week.first_day), name=name, amount=f.units(week.expected)
        )

    bars = [
        charts.CashBar(
            axis=f.day_short(total.week_start)[:5],
            open_items=float(owed.expected),
            billing=float(billed.expected),
            low=float(total.p10),
            high=float(total.p90),
            hovers=(
                hover(owed, names[0]),
                hover(billed, names[1]),
                f.t(
                    "cash.weeks.hover.range",
                    day=f.day_short(total.first_day),
                    low=f.units(total.p10),
                    high=f.units(total.p90),
                ),
            ),
        )
        for owed, billed, total in rows
    ]
    best = max(cash.of("total"), key=lambda w: w.expected)
    title = f.t("cash.weeks.title", amount=f.money(best.expected), day=f.day_month(best.first_day))
    return Chart(
        id="cash-weeks",
        title=title,
        subtitle=f.t("cash.weeks.subtitle", unit=f.scale_name(scale)),
        summary=title + ".",
        wide=charts.to_json(charts.cash_bars(bars, names=names, ticks=ticks, narrow=False)),
        narrow=charts.to_json(charts.cash_bars(bars, names=names, ticks=ticks, narrow=True)),
        table=Table(
            caption=f.t("cash.weeks.caption"),
            columns=[
                Column(f.t("cash.col.first_day")),
                Column(f.t("cash.col.last_day")),
                *(
                    Column(name, "number")
                    for name in (
                        *(f.t("cash.col.open"), f.t("cash.col.billing"), f.t("cash.col.expected")),
                        *("P10", "P50", "P90", f.t("cash.col.contractual")),
                    )
                ),
            ],
            rows=[
                [
                    f.day_short(total.first_day),
                    f.day_short(total.last_day),
                    *(f.units(week.expected) for week in (owed, billed, total)),
                    *(f.units(value) for value in (total.p10, total.p50, total.p90, owed.contractual)),
                ]
                for owed, billed, total in rows
            ],
            foot=[
                [
                    f.t("col.total"),
                    "",
                    *(f.units(cash.expected(s)) for s in SCENARIOS),
                    *("", "", ""),
                    f.units(sum((owed.contractual or ZERO for owed, *_ in rows), ZERO)),
                ]
            ],
        ),
    )


def sum_chart(f: Fmt, cash: Cash) -> Chart:
    """The same added up: the range of the total, its median, open documents, and what is due by contract."""
    total, owed = cash.of("total"), cash.of("open_items")

    def added(values: Sequence[Decimal | None]) -> list[Decimal]:
        sums, so_far = [], ZERO
        for value in values:
            so_far += value or ZERO
            sums.append(so_far)
        return sums

    due, expected = added([w.contractual for w in owed]), added([w.expected for w in owed])
    top = max(total[-1].cumulative_p90, due[-1])
    scale = f.scale(top)
    ticks = money_axis(f, scale, charts.ticks_for(0, float(top)))
    axis = [f.day_short(w.week_start)[:5] for w in total]
    series = [
        charts.Line(
            name=name,
            values=[float(v) for v in values],
            last=f.money(values[-1], scale),
            tone=tone,
            dash=dash,
            hovers=[
                f.t("cash.weeks.hover", day=f.day_short(w.first_day), name=name, amount=f.units(v))
                for w, v in zip(total, values, strict=True)
            ],
        )
        for name, values, tone, dash in (
            (f.t("cash.name.median"), [w.cumulative_p50 for w in total], "accent", "solid"),
            (f.t("cash.scenario.open_items"), expected, "good", "dash"),
            (f.t("cash.name.contractual"), due, "ink", "dot"),
        )
    ]
    bounds = ([float(w.cumulative_p10) for w in total], [float(w.cumulative_p90) for w in total])
    title = f.t("cash.sum.title", due=f.money(due[-1]), expected=f.money(expected[-1]))
    return Chart(
        id="cash-sum",
        title=title,
        subtitle=f.t("cash.sum.subtitle", unit=f.scale_name(scale)),
        summary=title + ".",
        wide=charts.to_json(charts.band(axis, *bounds, series, ticks=ticks, narrow=False)),
        narrow=charts.to_json(charts.band(axis, *bounds, series, ticks=ticks, narrow=True)),
        table=Table(
            caption=f.t("cash.sum.caption"),
            columns=[
                Column(f.t("cash.col.last_day")),
                *(
                    Column(name, "number")
                    for name in ("P10", "P50", "P90", f.t("cash.col.open"), f.t("cash.col.contractual"))
                ),
            ],
            rows=[
                [
                    f.day_short(w.last_day),
                    *(f.units(v) for v in (w.cumulative_p10, w.cumulative_p50, w.cumulative_p90)),
                    f.units(expected[k]),
                    f.units(due[k]),
                ]
                for k, w in enumerate(total)
            ],
        ),
    )


def book_table(f: Fmt, cash: Cash) -> Table:
    """The receivables by what becomes of them."""
    total = sum(cash.open_book.values(), ZERO)
    return Table(
        caption=f.t("cash.book.caption"),
        columns=[
            Column(f.t("col.line")),
            Column(f.t("audit.col.amount"), "number"),
            Column("%", "number"),
        ],
        rows=[
            [
                f.t(f"cash.book.{line}"),
                f.cents(cash.open_book[line]),
                f.percent(cash.open_book[line] / total, 1) if total > 0 else "–",
            ]
            for line in BOOK_LINES
        ],
        foot=[[f.t("cash.book.total"), f.cents(total), ""]],
        id="cash-open-book",
    )


# --- other terms ------------------------------------------------------------------------------------------


def terms_block(f: Fmt, cash: Cash) -> Block:
    """The what-if: all customers on each of the terms, one customer on them, and a chart of the one chosen."""
    if not cash.terms:
        return Block(heading=f.t("cash.terms"), lead=f.t("cash.terms.none"), id="cash-what-if")
    everybody = [t for t in cash.terms if t.customer_id is None]
    others = [t for t in cash.terms if t.customer_id is not None]
    return Block(
        heading=f.t("cash.terms"),
        lead=f.t("cash.terms.lead"),
        choices=[
            Choice(
                f.t("cash.terms.customer"),
                WHAT_IF,
                [(str(k), scope_name(f, name, customer)) for k, (customer, name) in enumerate(cash.scopes)],
            ),
            Choice(f.t("cash.terms.terms"), WHAT_IF, [(t.terms, terms_name(f, t.terms)) for t in everybody]),
        ],
        charts=[terms_chart(f, cash, everybody[0])],
        table=terms_table(f, everybody, f.t("cash.terms.caption"), "cash-terms-all"),
        more=[
            terms_table(
                f,
                others,
                f.t("cash.terms.customers.caption", n=f.integer(len(cash.scopes) - 1)),
                "cash-terms-each",
            )
        ],
        note=f.t("cash.terms.note"),
        id="cash-what-if",
    )


def scope_name(f: Fmt, name: str, customer: str | None) -> str:
    return name if customer is not None else f.t("cash.terms.all")


def terms_title(f: Fmt, one: Terms) -> str:
    """What the move would do, in a sentence."""
    return f.t(
        "cash.terms.title",
        name=scope_name(f, one.name, one.customer_id),
        terms=terms_name(f, one.terms),
        cash=f.money(one.cash_change, sign=True),
        need=f.money(one.financing_change, sign=True),
    )


def terms_hovers(f: Fmt, cash: Cash, one: Terms) -> list[str]:
    return [
        f.t("cash.terms.hover", day=f.day_short(week.first_day), amount=f.units(value, sign=True))
        for week, value in zip(cash.of("total"), cash.weekly[one.customer_id, one.terms], strict=True)
    ]


def terms_chart(f: Fmt, cash: Cash, one: Terms) -> Chart:
    """The change of each week under the terms chosen; the page's script puts another choice in its place."""
    values = cash.weekly[one.customer_id, one.terms]
    weeks = cash.of("total")
    axis = [f.day_short(w.week_start)[:5] for w in weeks]
    drawn = [
        charts.signed_bars(axis, [float(v) for v in values], terms_hovers(f, cash, one), narrow=narrow)
        for narrow in (False, True)
    ]
    title = terms_title(f, one)
    return Chart(
        id=WHAT_IF,
        title=title,
        subtitle=f.t("cash.terms.subtitle", unit=f.symbol),
        summary=title + ".",
        wide=charts.to_json(drawn[0]),
        narrow=charts.to_json(drawn[1]),
        table=Table(
            caption=f.t("cash.terms.chart.caption"),
            columns=[Column(f.t("cash.col.first_day")), Column(f.t("cash.col.change"), "number")],
            rows=[
                [f.day_short(w.first_day), f.units(v, sign=True)] for w, v in zip(weeks, values, strict=True)
            ],
        ),
    )


def options(f: Fmt, cash: Cash) -> dict[str, object]:
    """Every choice of the what-if, ready to be drawn: `position of the customer|terms` → title, bars, cells."""
    at = {customer: k for k, (customer, _) in enumerate(cash.scopes)}
    found: dict[str, object] = {}
    for one in cash.terms:
        values = cash.weekly[one.customer_id, one.terms]
        numbers = [float(v) for v in values]
        found[f"{at[one.customer_id]}|{one.terms}"] = {
            "title": terms_title(f, one),
            "values": numbers,
            "hovers": [charts.label(h) for h in terms_hovers(f, cash, one)],
            "range": charts.signed_range(numbers),
            "cells": [f.units(v, sign=True) for v in values],
        }
    return found


def terms_table(f: Fmt, rows: Sequence[Terms], caption: str, id: str) -> Table:
    """One row per customer and terms: days, DSO, cash, financing."""
    one_by_one = any(t.customer_id is not None for t in rows)
    names = (*("term_days", "term_days_then", "dso_change", "cash_change", "financing", "cost"),)
    return Table(
        caption=caption,
        columns=[
            *([Column(f.t("cash.terms.customer"))] if one_by_one else []),
            Column(f.t("cash.col.terms")),
            *(Column(f.t(f"cash.col.{name}"), "number") for name in names),
            Column(f.t("cash.col.ceiling")),
        ],
        rows=[
            [
                *([t.name] if one_by_one else []),
                terms_name(f, t.terms),
                f.number(t.term_days, 1),
                f.number(t.term_days_then, 1),
                f.days(t.dso_days_change, 1, sign=True),
                f.units(t.cash_change, sign=True),
                f.units(t.financing_change, sign=True),
                f.units(t.financing_cost_change, sign=True),
                Cell(f.t("cash.terms.over"), "late") if t.is_over_ceiling else f.t("cash.terms.within"),
            ]
            for t in rows
        ],
        id=id,
    )


# --- what past forecasts were worth ------------------------------------------------------------------------


def proof_block(f: Fmt, cash: Cash) -> Block:
    """Past forecasts beside what came in, and their error beside the naive one."""
    if not cash.accuracy:
        return Block(heading=f.t("cash.proof"), lead=f.t("cash.proof.none"), id="cash-proof")
    chart = proof_chart(f, cash)
    return Block(
        heading=f.t("cash.proof"),
        lead=f.t("cash.proof.lead"),
        charts=[chart] if chart else [],
        table=worth_table(f, cash),
        id="cash-proof",
    )


def proof_chart(f: Fmt, cash: Cash) -> Chart | None:
    """Forecast and cash over the thirteen weeks after each month end; only those that are over."""
    rows = [p for p in cash.past if p.weeks == len(cash.of("total"))]
    if not rows:
        return None
    top = max(max(p.expected, p.actual) for p in rows)
    scale = f.scale(top)
    ticks = money_axis(f, scale, charts.ticks_for(0, float(top)))
    names = {"one_name": f.t("cash.name.actual"), "two_name": f.t("cash.name.forecast")}

    def hover(month: str, name: str, amount: Decimal) -> str:
        return f.t("cash.proof.hover", month=month, name=name, amount=f.units(amount))

    pairs = [
        charts.Pair(
            axis=f.month_short(p.cut_off),
            one=float(p.actual),
            two=float(p.expected),
            hover_one=hover(f.month(p.cut_off), names["one_name"], p.actual),
            hover_two=hover(f.month(p.cut_off), names["two_name"], p.expected),
        )
        for p in rows
    ]
    title = f.t(
        "cash.proof.title",
        n=f.integer(len(rows)),
        expected=f.money(sum((p.expected for p in rows), ZERO) / len(rows)),
        actual=f.money(sum((p.actual for p in rows), ZERO) / len(rows)),
    )
    return Chart(
        id="cash-proof-chart",
        title=title,
        subtitle=f.t("cash.proof.subtitle", unit=f.scale_name(scale)),
        summary=title + ".",
        wide=charts.to_json(charts.pairs_chart(pairs, **names, ticks=ticks, narrow=False)),
        narrow=charts.to_json(charts.pairs_chart(pairs, **names, ticks=ticks, narrow=True)),
        table=Table(
            caption=f.t("cash.proof.caption"),
            columns=[
                Column(f.t("cash.col.cut_off")),
                Column(f.t("cash.col.expected"), "number"),
                Column(f.t("cash.col.actual"), "number"),
            ],
            rows=[[f.day_short(p.cut_off), f.units(p.expected), f.units(p.actual)] for p in rows],
        ),
    )


def worth_table(f: Fmt, cash: Cash) -> Table:
    """Error and cover of each part and horizon, beside the error without a model."""
    return Table(
        caption=f.t("cash.worth.caption"),
        columns=[
            Column(f.t("cash.col.scenario")),
            Column(f.t("cash.worth.error"), "number"),
            Column(f.t("cash.col.naive"), "number"),
            Column(f.t("cash.worth.cover"), "number"),
            Column(f.t("cash.worth.weeks"), "number"),
        ],
        rows=[
            [
                f.t("cash.worth.span", name=f.t(f"cash.scenario.{scenario}"), span=span),
                f.percent(worth.error, 1),
                f.percent(worth.naive_error, 1),
                f.percent(worth.cover, 0),
                f.integer(worth.weeks),
            ]
            for scenario in SCENARIOS
            for span in SPANS
            if (worth := cash.worth(scenario, span)) is not None
        ],
        id="cash-worth",
    )


# --- the workbook -----------------------------------------------------------------------------------------


def sheets(f: Fmt, facts: Facts, tables: Tables) -> list[Sheet]:
    """The weeks of each part, the receivables by destiny, every past forecast, every choice of terms."""
    cash = facts.cash
    part = Field(f.t("cash.col.scenario"), "text", 22)
    forecast = Grid(
        columns=[
            part,
            Field(f.t("cash.col.first_day"), "date"),
            Field(f.t("cash.col.last_day"), "date"),
            Field(f.t("cash.col.expected"), "money"),
            *(Field(name, "money") for name in ("P10", "P50", "P90")),
            Field(f.t("cash.col.contractual"), "money"),
            Field(f.t("cash.col.past_due"), "money"),
            *(Field(f"{f.t('cash.sum.caption')} {name}", "money") for name in ("P10", "P50", "P90")),
        ],
        rows=[
            [
                f.t(f"cash.scenario.{w.scenario}"),
                *(w.first_day, w.last_day, w.expected, w.p10, w.p50, w.p90, w.contractual, w.past_due),
                *(w.cumulative_p10, w.cumulative_p50, w.cumulative_p90),
            ]
            for scenario in SCENARIOS
            for w in cash.of(scenario)
        ],
    )
    book = Grid(
        columns=[Field(f.t("col.line"), "text", 56), Field(f.t("audit.col.amount"), "money")],
        rows=[[f.t(f"cash.book.{line}"), cash.open_book.get(line)] for line in BOOK_LINES],
        title=f.t("cash.book"),
    )
    past = Grid(
        columns=[
            Field(f.t("cash.col.cut_off"), "date"),
            part,
            Field(f.t("col.week"), "date"),
            Field(f.t("cash.col.expected"), "money"),
            *(Field(name, "money") for name in ("P10", "P50", "P90")),
            Field(f.t("cash.col.actual"), "money"),
            Field(f.t("cash.col.naive"), "money"),
        ],
        rows=[
            [
                row["cut_off"],
                f.t(f"cash.scenario.{row['scenario']}"),
                *(row[name] for name in ("week_start", "expected", "p10", "p50", "p90", "actual", "naive")),
            ]
            for row in past_rows(tables, facts.company.company_id)
        ],
    )
    terms = Grid(
        columns=[
            Field(f.t("cash.terms.customer")),
            Field(f.t("cash.col.terms"), "text", 24),
            *(
                Field(f.t(f"cash.col.{name}"), "days")
                for name in ("term_days", "term_days_then", "dso_change")
            ),
            *(Field(f.t(f"cash.col.{name}"), "money") for name in ("cash_change", "financing", "cost")),
        ],
        rows=[
            [
                scope_name(f, t.name, t.customer_id),
                *(terms_name(f, t.terms), t.term_days, t.term_days_then, t.dso_days_change),
                *(t.cash_change, t.financing_change, t.financing_cost_change),
            ]
            for t in cash.terms
        ],
    )
    return [
        Sheet(f.t("cash.weeks.caption"), [forecast]),
        Sheet(f.t("cash.book.caption"), [book]),
        Sheet(f.t("cash.proof.caption"), [past]),
        Sheet(f.t("cash.terms.terms"), [terms]),
    ]
