"""The DSO page: three measures side by side, what lies behind them, every month in a table."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from dashboards import charts
from dashboards.common import fifo_basis, months_axis, notices, terms_name
from dashboards.data import DsoMonth, ScopeMonth
from dashboards.facts import Facts
from dashboards.i18n import Fmt
from dashboards.model import Block, Chart, Column, Page, Table
from dashboards.overview import STEADY_DAYS, split_chart

COLLECTION_GAP = 0.02
"""Billing and collections that differ by less than this share are called equal."""


def build(f: Fmt, facts: Facts) -> Page:
    """The DSO page of one company in one language."""
    if facts.is_nearly_empty:
        return Page(
            slug="dso",
            name=f.t("page.dso"),
            title=f.n("headline.empty", facts.data.receivable_lines, amount=f.cents(facts.now.receivables)),
            lead=f.t("lead.empty"),
        )
    found = [
        measures_chart(f, facts),
        split_chart(f, facts, "dso-split"),
        flows_chart(f, facts),
        delay_chart(f, facts),
        collection_chart(f, facts),
    ]
    shown = [chart for chart in found if chart is not None]
    missing = f.t("missing.dso") if facts.now.dso_3m is None else ""
    scopes = scope_tables(f, facts)
    return Page(
        slug="dso",
        name=f.t("page.dso"),
        title=headline(f, facts),
        lead=lead(f, facts),
        notices=notices(f, facts),
        blocks=[
            *terms_block(f, facts),
            Block(charts=shown, note=missing),
            *(
                [Block(heading=f.t("dso.scopes"), lead=f.t("dso.scopes.lead"), more=scopes, id="scopes")]
                if scopes
                else []
            ),
            Block(
                heading=f.t("dso.months"),
                lead=fifo_basis(f, facts),
                table=months_table(f, facts),
                id="months",
            ),
        ],
    )


def headline(f: Fmt, facts: Facts) -> str:
    """The two measures and what their gap says of billing."""
    now = facts.now
    if now.dso_3m is None:
        if now.dso_countback is None:
            return f.t("headline.no_dso", amount=f.money(now.receivables))
        return f.t("dso.headline.countback", countback=f.days_long(now.dso_countback))
    if now.dso_countback is None:
        return f.t("headline.level", dso=f.days_long(now.dso_3m))
    values = {"dso": f.days_long(now.dso_3m), "countback": f.number(now.dso_countback, 1)}
    gap = now.dso_3m - now.dso_countback
    if abs(gap) < STEADY_DAYS:
        return f.t("dso.headline.same", **values)
    return f.t("dso.headline.apart", **values)


def lead(f: Fmt, facts: Facts) -> str:
    """Days to pay and late over three months, and what a day is worth."""
    now = facts.now
    parts = []
    if (
        now.dso_3m is not None
        and now.dso_countback is not None
        and abs(now.dso_3m - now.dso_countback) >= STEADY_DAYS
    ):
        parts.append(f.t("dso.lead.regular"))
    if now.days_to_pay_3m is not None and now.days_late_3m is not None:
        told = "dso.lead.paid.assumed" if facts.is_mostly_assumed else "dso.lead.paid"
        parts.append(f.t(told, to_pay=f.days_long(now.days_to_pay_3m), late=f.number(now.days_late_3m, 1)))
        parts.append(f.sentence(fifo_basis(f, facts)) + ".")
    if facts.one_day is not None:
        parts.append(f.t("lead.one_day", amount=f.money(facts.one_day)))
    if now.dso_restated_3m is not None:
        parts.append(f.t("dso.lead.restated", dso=f.days_long(now.dso_restated_3m)))
    return " ".join(parts)


def terms_block(f: Fmt, facts: Facts) -> list[Block]:
    """Where most due dates are assumed, before any lateness: what other assumptions would make of it."""
    rows = facts.data.assumed_terms
    if not facts.is_mostly_assumed or not rows:
        return []
    # Twelve months where the ledger covers them, else three.
    is_year = rows[0].dso_12m is not None
    window = f.t("dso.terms.12m" if is_year else "dso.terms.3m")
    return [
        Block(
            heading=f.t("dso.terms"),
            lead=f.t("dso.terms.lead"),
            table=Table(
                caption=f.t("dso.terms.caption", window=window),
                columns=[
                    Column(f.t("dso.terms.col.terms")),
                    Column(f.t("col.dso"), "number"),
                    Column(f.t("col.short.countback"), "number"),
                    Column(f.t("col.short.best"), "number"),
                    Column(f.t("col.overdue"), "number"),
                    Column(f.t("dso.terms.col.share"), "number"),
                    Column(f.t("col.short.days_late"), "number"),
                    Column(f.t("col.short.share_paid_late"), "number"),
                ],
                rows=[
                    [
                        f.t("dso.terms.in_force", terms=terms_name(f, row.terms))
                        if row.is_in_force
                        else terms_name(f, row.terms),
                        f.number(row.dso_12m if is_year else row.dso_3m, 1),
                        f.number(row.dso_countback, 1),
                        f.number(row.best_possible_dso_12m if is_year else row.best_possible_dso_3m, 1),
                        f.units(row.overdue),
                        f.percent(row.overdue_share, 1),
                        f.number(row.days_late_12m if is_year else row.days_late_3m, 1),
                        f.percent(
                            row.share_paid_late_amount_12m if is_year else row.share_paid_late_amount_3m, 0
                        ),
                    ]
                    for row in rows
                ],
            ),
            id="terms",
        )
    ]


SCOPE_ROWS = 15
"""Parts of the company shown for each way of dividing it; the tables hold them all."""


def scope_tables(f: Fmt, facts: Facts) -> list[Table]:
    """The as-of figures by sector, country, size and each configured column, where these divide anything."""
    tables = []
    divided: dict[tuple[str, str], list[ScopeMonth]] = {}
    for row in facts.data.scopes:
        divided.setdefault((row.scope, row.name), []).append(row)
    for (scope, name), rows in divided.items():
        if len(rows) < 2:
            continue
        heading = name if scope == "attribute" else f.t(f"dso.scope.{scope}")
        caption = heading
        if len(rows) > SCOPE_ROWS:
            caption = f.t("dso.scopes.some", scope=heading, n=SCOPE_ROWS, all=len(rows))
        tables.append(
            Table(
                caption=caption,
                columns=[
                    Column(heading),
                    Column(f.t("col.short.receivables"), "number"),
                    Column(f.t("col.short.overdue"), "number"),
                    Column(f.t("dso.terms.col.share"), "number"),
                    Column(f.t("col.short.dso_12m"), "number"),
                    Column(f.t("col.short.dso"), "number"),
                    Column(f.t("col.short.countback"), "number"),
                    Column(f.t("col.short.days_late"), "number"),
                    Column(f.t("col.short.share_paid_late"), "number"),
                ],
                rows=[
                    [
                        f.t("dso.scope.unknown") if row.value == "unknown" else row.value,
                        f.units(row.receivables),
                        f.units(row.overdue),
                        f.percent(
                            float(row.overdue / (row.receivables + row.unallocated))
                            if row.receivables + row.unallocated > 0
                            else None,
                            1,
                        ),
                        f.number(row.dso_12m, 1),
                        f.number(row.dso_3m, 1),
                        f.number(row.dso_countback, 1),
                        f.number(row.days_late_12m if row.days_late_12m is not None else row.days_late_3m, 1),
                        f.percent(row.share_paid_late_amount_12m, 0),
                    ]
                    for row in rows[:SCOPE_ROWS]
                ],
            )
        )
    return tables


def _axis_range(series: Sequence[Sequence[float | None]], floor: float = 0.0) -> list[float]:
    values = [v for s in series for v in s if v is not None]
    return charts.ticks_for(min([floor, *values]), max([*values, floor + 1]))


def measures_chart(f: Fmt, facts: Facts) -> Chart | None:
    """DSO by balance, by count-back and true, by month."""
    rows = facts.history
    named: list[tuple[str, str, str, float, str, list[float | None]]] = [
        ("name.balance", "accent", "solid", 2.4, "dso_3m", [r.dso_3m for r in rows]),
        ("name.countback", "ink", "dot", 2.0, "dso_countback", [r.dso_countback for r in rows]),
        ("name.true", "good", "dash", 1.8, "true_dso", [r.true_dso for r in rows]),
    ]
    named = [n for n in named if any(v is not None for v in n[5])]
    if not named or len(rows) < 2:
        return None
    axis = months_axis(f, [r.month_end for r in rows])
    ticks = [(t, f.number(t)) for t in _axis_range([n[5] for n in named])]
    series = [
        charts.Line(
            name=f.t(key),
            values=values,
            last=f.days(next((v for v in reversed(values) if v is not None), None)),
            tone=token,
            dash=dash,
            width=width,
            hovers=[
                f"{f.month(r.month_end)} · {f.t(key)} : {f.days(v)}"
                for r, v in zip(rows, values, strict=True)
            ],
        )
        for key, token, dash, width, _, values in named
    ]
    now = facts.now
    figures = [
        f.t(f"dso.figure.{field}", value=f.number(getattr(now, field), 1))
        for _, _, _, _, field, _ in named
        if getattr(now, field) is not None
    ]
    title = f.t("dso.measures.title", figures=f.names(figures)) if figures else f.t("dso.measures.title.none")
    return Chart(
        id="dso-measures",
        title=title,
        subtitle=f.t("dso.measures.subtitle"),
        summary=title + ".",
        wide=charts.to_json(charts.lines(axis, series, ticks=ticks, narrow=False)),
        narrow=charts.to_json(charts.lines(axis, series, ticks=ticks, narrow=True)),
        table=Table(
            caption=f.t("dso.measures.caption"),
            columns=[
                Column(f.t("col.month")),
                Column(f.t("name.balance"), "number"),
                Column(f.t("name.countback"), "number"),
                Column(f.t("col.unexplained"), "number"),
                Column(f.t("name.true"), "number"),
            ],
            rows=[
                [
                    f.month_short(r.month_end),
                    f.number(r.dso_3m, 1),
                    f.number(r.dso_countback, 1),
                    f.number(r.countback_unexplained, 2) if r.countback_unexplained else "–",
                    f.number(r.true_dso, 1),
                ]
                for r in rows
            ],
        ),
    )


def flows_chart(f: Fmt, facts: Facts) -> Chart | None:
    """Billing and collections by month."""
    rows = facts.history
    collected = [facts.data.collected.get(r.month_end, Decimal(0)) for r in rows]
    top = max([*(r.billed for r in rows), *collected, Decimal(0)])
    if top <= 0:
        return None
    scale = f.scale(top)
    low = min([Decimal(0), *(r.billed for r in rows), *collected])
    steps = charts.ticks_for(float(low), float(top))
    ticks = [(t, f.scaled(t, scale)) for t in steps]
    pairs = [
        charts.Pair(
            axis=f.month_short(r.month_end),
            one=float(r.billed),
            two=float(c),
            hover_one=f.t("dso.flows.hover.billed", month=f.month(r.month_end), amount=f.units(r.billed)),
            hover_two=f.t("dso.flows.hover.collected", month=f.month(r.month_end), amount=f.units(c)),
        )
        for r, c in zip(rows, collected, strict=True)
    ]
    last = min(12, len(rows))
    billed_sum = sum((r.billed for r in rows[-last:]), Decimal(0))
    collected_sum = sum(collected[-last:], Decimal(0))
    title = f.n("dso.flows.title", last, billed=f.money(billed_sum), collected=f.money(collected_sum))
    names = {"one_name": f.t("name.billed"), "two_name": f.t("name.collected")}
    return Chart(
        id="dso-flows",
        title=title,
        subtitle=f.t("dso.flows.subtitle", unit=f.scale_name(scale)),
        summary=title + ".",
        wide=charts.to_json(charts.pairs_chart(pairs, **names, ticks=ticks, narrow=False)),
        narrow=charts.to_json(charts.pairs_chart(pairs, **names, ticks=ticks, narrow=True)),
        table=Table(
            caption=f.t("dso.flows.caption"),
            columns=[
                Column(f.t("col.month")),
                Column(f.t("name.billed"), "number"),
                Column(f.t("name.collected"), "number"),
            ],
            rows=[
                [f.month_short(r.month_end), f.units(r.billed), f.units(c)]
                for r, c in zip(rows, collected, strict=True)
            ],
            foot=[[f.n("col.sum_months", last), f.units(billed_sum), f.units(collected_sum)]],
        ),
    )


def delay_chart(f: Fmt, facts: Facts) -> Chart | None:
    """Days to pay and days late of what was paid, over three months."""
    rows = facts.history
    pay, late = [r.days_to_pay_3m for r in rows], [r.days_late_3m for r in rows]
    if len(rows) < 2 or not any(v is not None for v in pay):
        return None
    axis = months_axis(f, [r.month_end for r in rows])
    ticks = [(t, f.number(t)) for t in _axis_range([pay, late])]
    now = facts.now
    series = [
        charts.Line(
            name=f.t(key),
            values=values,
            last=f.days(next((v for v in reversed(values) if v is not None), None)),
            tone=token,
            width=2.2,
            hovers=[
                f"{f.month(r.month_end)} · {f.t(key)} : {f.days(v)}"
                for r, v in zip(rows, values, strict=True)
            ],
        )
        for key, token, values in (("name.to_pay", "accent", pay), ("name.days_late", "warn", late))
    ]
    title = (
        f.t("dso.delay.title", to_pay=f.days_long(now.days_to_pay_3m), late=f.number(now.days_late_3m, 1))
        if now.days_to_pay_3m is not None and now.days_late_3m is not None
        else f.t("dso.delay.title.none")
    )
    return Chart(
        id="dso-delay",
        title=title,
        subtitle=f.t("dso.delay.subtitle"),
        summary=title + ".",
        wide=charts.to_json(charts.lines(axis, series, ticks=ticks, narrow=False)),
        narrow=charts.to_json(charts.lines(axis, series, ticks=ticks, narrow=True)),
        basis=fifo_basis(f, facts),
        table=Table(
            caption=f.t("dso.delay.caption"),
            columns=[
                Column(f.t("col.month")),
                Column(f.t("name.to_pay"), "number"),
                Column(f.t("name.days_late"), "number"),
                Column(f.t("col.share_paid_late"), "number"),
                Column(f.t("col.fifo"), "number"),
            ],
            rows=[
                [
                    f.month_short(r.month_end),
                    f.number(r.days_to_pay_3m, 1),
                    f.number(r.days_late_3m, 1),
                    f.percent(r.share_paid_late_amount_3m, 0),
                    f.percent(r.share_fifo_3m, 0),
                ]
                for r in rows
            ],
        ),
    )


def collection_chart(f: Fmt, facts: Facts) -> Chart | None:
    """Collection effectiveness index by month, in per cent."""
    rows = facts.history
    values = [r.collection_effectiveness_index for r in rows]
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return None
    axis = months_axis(f, [r.month_end for r in rows])
    floor = min(*known, 100.0)
    steps = charts.ticks_for(min(floor, 90.0) if floor > 0 else floor, max(100.0, *known))
    ticks = [(t, f.percent(t / 100)) for t in steps]
    now = facts.now.collection_effectiveness_index
    average = sum(known[-12:]) / len(known[-12:])
    title = (
        f.n(
            "dso.cei.title",
            len(known[-12:]),
            now=f.percent(now / 100, 0),
            average=f.percent(average / 100, 0),
        )
        if now is not None
        else f.t("dso.cei.title.none")
    )
    series = [
        charts.Line(
            name=f.t("name.cei"),
            values=values,
            last=f.percent(known[-1] / 100, 0),
            tone="accent",
            has_dots=True,
            hovers=[
                f"{f.month(r.month_end)} · {f.t('name.cei')} : {f.percent(v / 100 if v is not None else None, 1)}"
                for r, v in zip(rows, values, strict=True)
            ],
        )
    ]
    return Chart(
        id="dso-cei",
        title=title,
        subtitle=f.t("dso.cei.subtitle"),
        summary=title + ".",
        wide=charts.to_json(charts.lines(axis, series, ticks=ticks, narrow=False, low=steps[0])),
        narrow=charts.to_json(charts.lines(axis, series, ticks=ticks, narrow=True, low=steps[0])),
        table=Table(
            caption=f.t("dso.cei.caption"),
            columns=[Column(f.t("col.month")), Column(f.t("name.cei"), "number")],
            rows=[
                [f.month_short(r.month_end), f.percent(v / 100 if v is not None else None, 1)]
                for r, v in zip(rows, values, strict=True)
            ],
        ),
    )


def months_table(f: Fmt, facts: Facts) -> Table:
    """Every month of the history, every measure."""

    def row(r: DsoMonth) -> list[str]:
        return [
            f.month_short(r.month_end) if r.is_month_end else f.day_short(r.month_end),
            f.units(r.receivables),
            f.units(r.overdue),
            f.percent(r.percent_current, 1),
            f.units(r.billed),
            f.number(r.dso_3m, 1),
            f.number(r.best_possible_dso_3m, 1),
            f.number(r.average_days_delinquent_3m, 1),
            f.number(r.dso_12m, 1),
            f.number(r.dso_countback, 1),
            f.number(r.true_dso, 1),
            f.percent(
                r.collection_effectiveness_index / 100
                if r.collection_effectiveness_index is not None
                else None
            ),
            f.number(r.days_to_pay_3m, 1),
            f.number(r.days_late_3m, 1),
            f.number(r.days_late_net_3m, 1),
            f.percent(r.share_paid_late_amount_3m, 0),
            f.percent(r.share_paid_late_count_3m, 0),
            f.percent(r.share_fifo_3m, 0),
        ]

    keys = (
        *(
            "receivables",
            "overdue",
            "percent_current",
            "billed",
            "dso",
            "best",
            "delay",
            "dso_12m",
            "countback",
        ),
        *(
            "true",
            "cei",
            "to_pay",
            "days_late",
            "days_late_net",
            "share_paid_late",
            "share_paid_late_count",
            "fifo",
        ),
    )
    return Table(
        caption=f.t("dso.months.caption"),
        columns=[Column(f.t("col.month")), *(Column(f.t(f"col.short.{key}"), "number") for key in keys)],
        rows=[row(r) for r in reversed(facts.history)],
    )
