"""The overview: what moved, by how much, who did it, and what is to be decided."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from dashboards import charts
from dashboards.common import (
    bucket_names,
    changes,
    document_name,
    fifo_basis,
    notices,
    period,
    score_basis,
    spoken,
    then,
)
from dashboards.data import BUCKETS, CustomerAgeing
from dashboards.facts import Contribution, Facts, month_before
from dashboards.followup import with_decision
from dashboards.i18n import Fmt
from dashboards.model import Block, Cell, Chart, Column, Page, Table, Tile
from dashboards.theme import AGEING_TOKENS

STEADY_DAYS = 0.5
"""A change of the DSO below this is called steady."""


def build(f: Fmt, facts: Facts) -> Page:
    """The overview of one company in one language."""
    if facts.is_nearly_empty:
        return _empty(f, facts)
    found = [movers_chart(f, facts), late_chart(f, facts), scatter_chart(f, facts, "overview-risk")]
    grid = [split_chart(f, facts), found[0], ageing_chart(f, facts), *found[1:]]
    shown = [chart for chart in grid if chart is not None]
    reasons = _missing(f, facts)
    blocks = [Block(charts=shown, note=" ".join(reasons))]
    decisions = decisions_table(f, facts)
    if decisions is not None:
        blocks.append(Block(heading=f.t("overview.decide"), table=decisions, id="decide"))
    return Page(
        slug="index",
        name=f.t("page.overview"),
        title=headline(f, facts),
        lead=lead(f, facts),
        notices=notices(f, facts),
        tiles=tiles(f, facts),
        blocks=blocks,
    )


def _empty(f: Fmt, facts: Facts) -> Page:
    table = open_documents(f, facts)
    return Page(
        slug="index",
        name=f.t("page.overview"),
        title=f.n("headline.empty", facts.data.receivable_lines, amount=f.cents(facts.now.receivables)),
        lead=f.t("lead.empty"),
        blocks=[Block(heading=f.t("overview.open_documents"), table=table)] if table.rows else [],
    )


def open_documents(f: Fmt, facts: Facts) -> Table:
    """The few open documents of a ledger with almost none."""
    return Table(
        caption=f.t("overview.open_documents"),
        columns=[
            Column(f.t("col.customer")),
            Column(f.t("col.document")),
            Column(f.t("col.issued"), "number"),
            Column(f.t("col.due"), "number"),
            Column(f.t("col.open"), "number"),
        ],
        rows=[
            [
                i.name,
                document_name(f, i),
                f.day_short(i.issue_date),
                f.day_short(i.due_date),
                f.cents(i.open_amount),
            ]
            for i in facts.data.open_invoices[:50]
        ],
    )


def _missing(f: Fmt, facts: Facts) -> list[str]:
    """Why a figure or drawing is not there."""
    found = []
    if facts.now.dso_3m is None:
        found.append(f.t("missing.dso"))
    elif facts.base is None:
        found.append(f.t("missing.comparison"))
    if not facts.due_later:
        found.append(f.t("missing.scores"))
    return found


def headline(f: Fmt, facts: Facts) -> str:
    """What moved, by how much, who did it."""
    now, change = facts.now, facts.dso_change
    if now.dso_3m is None:
        return f.t("headline.no_dso", amount=f.money(now.receivables))
    dso = f.days_long(now.dso_3m)
    if change is None:
        if now.average_days_delinquent_3m is None:
            return f.t("headline.level", dso=dso)
        return f.t("headline.level_delay", dso=dso, delay=f.number(now.average_days_delinquent_3m, 1))
    if abs(change) < STEADY_DAYS:
        return f.t("headline.steady", dso=dso, period=period(f, facts))
    values = {"change": f.days_long(abs(change)), "period": period(f, facts)}
    moved = f.t("headline.longer" if change > 0 else "headline.shorter", **values)
    drivers = facts.drivers
    if len(drivers) == 1:
        return moved + f.t("headline.by_one", name=drivers[0].name)
    if drivers:
        return moved + f.t("headline.by_some", n=f.t(f"count.{len(drivers)}"))
    delay = facts.delay_change
    if delay is not None and delay / change > 0.5:
        return moved + f.t("headline.by_delay", delay=f.number(abs(delay), 1))
    return moved + f.t("headline.by_many")


def lead(f: Fmt, facts: Facts) -> str:
    """What is overdue, what the figure would be without those who moved it, what a day is worth."""
    ageing = facts.ageing
    if ageing.overdue_over_120 > 0:
        parts = [f.t("lead.overdue", overdue=f.money(ageing.overdue), old=f.money(ageing.overdue_over_120))]
    elif ageing.overdue > 0:
        parts = [f.t("lead.overdue_recent", overdue=f.money(ageing.overdue))]
    else:
        parts = [f.t("lead.no_overdue")]
    without = facts.dso_without_drivers
    if without is not None and facts.drivers:
        names = f.names([d.name for d in facts.drivers])
        parts.append(f.t("lead.without", names=names, dso=f.days_long(without)))
    if facts.one_day is not None:
        parts.append(f.t("lead.one_day", amount=f.money(facts.one_day)))
    return " ".join(parts)


def tiles(f: Fmt, facts: Facts) -> list[Tile]:
    """Six indicators; every figure is the one that charts and tables show."""
    now, rows = facts.now, {row.month_end: row for row in facts.data.dso}
    last = [row.month_end for row in facts.history[-13:]]
    short = f.t("missing.window")

    def days(label: str, name: str, title: str) -> Tile:
        value: float | None = getattr(now, name)
        return Tile(
            label=label,
            figure=f.days(value),
            history=[getattr(rows[day], name) for day in last],
            changes=changes(
                f, facts, lambda day: getattr(rows[day], name), lambda v: f.days(v, sign=True), least=0.05
            ),
            reason="" if value is not None else short,
            title=title,
        )

    return [
        Tile(
            label=f.t("tile.receivables"),
            figure=f.money(now.receivables),
            history=[float(rows[day].receivables) for day in last],
            changes=changes(
                f,
                facts,
                lambda day: rows[day].receivables,
                lambda v: f.percent(v, 1, sign=True),
                is_relative=True,
                has_opinion=False,
            ),
            title=f.t("tile.receivables.title"),
        ),
        Tile(
            label=f.t("tile.share_overdue"),
            figure=f.percent(facts.ageing.share_overdue, 1),
            history=[facts.ageing_at(day).share_overdue for day in last],
            changes=changes(f, facts, lambda day: facts.ageing_at(day).share_overdue, f.points, least=0.0005),
            reason="" if facts.ageing.share_overdue is not None else f.t("missing.documents"),
            title=f.t("tile.share_overdue.title"),
        ),
        days(f.t("tile.dso"), "dso_3m", f.t("tile.dso.title")),
        days(f.t("tile.delay"), "average_days_delinquent_3m", f.t("tile.delay.title")),
        days(f.t("tile.countback"), "dso_countback", f.t("tile.countback.title")),
        Tile(
            label=f.t("tile.default"),
            figure=f.money(facts.default_exposure),
            history=[float(facts.data.default_history.get(day, Decimal(0))) for day in last],
            changes=changes(
                f,
                facts,
                lambda day: facts.data.default_history.get(day, Decimal(0)),
                lambda v: f.money(v, sign=True),
            ),
            title=f.t("tile.default.title"),
        ),
    ]


# --- charts -----------------------------------------------------------------------------------------------


def split_chart(f: Fmt, facts: Facts, chart_id: str = "overview-dso") -> Chart | None:
    """DSO of up to 24 months: best possible and delay."""
    rows = [
        r
        for r in facts.history
        if r.dso_3m is not None
        and r.best_possible_dso_3m is not None
        and r.average_days_delinquent_3m is not None
    ]
    if not rows or rows[-1].month_end != facts.as_of:
        return None
    bars = []
    for i, row in enumerate(rows):
        ends = i in (0, len(rows) - 1)
        bars.append(
            charts.SplitBar(
                axis=f.month_short(row.month_end),
                lower=row.best_possible_dso_3m or 0.0,
                upper=row.average_days_delinquent_3m or 0.0,
                total=f.number(row.dso_3m, 1 if ends else 0),
                hover=f.t(
                    "chart.split.hover",
                    month=f.month(row.month_end),
                    dso=f.days(row.dso_3m),
                    best=f.days(row.best_possible_dso_3m),
                    delay=f.days(row.average_days_delinquent_3m),
                ),
            )
        )
    now, change, delay = facts.now, facts.dso_change, facts.delay_change
    if change is None or delay is None:
        title = f.t(
            "chart.split.title.level",
            dso=f.days_long(now.dso_3m or 0),
            delay=f.number(now.average_days_delinquent_3m, 1),
        )
    elif abs(change) < STEADY_DAYS:
        title = f.t(
            "chart.split.title.steady",
            delay=f.days_long(now.average_days_delinquent_3m or 0),
            dso=f.number(now.dso_3m, 1),
        )
    elif change > 0 and delay > 0:
        title = f.t(
            "chart.split.title.more" if delay <= change else "chart.split.title.more_delay",
            change=f.days_long(change),
            delay=f.number(delay, 1),
            period=period(f, facts),
        )
    else:
        title = f.t(
            "chart.split.title.other",
            change=f.days(change, sign=True),
            delay=f.days(delay, sign=True),
            period=period(f, facts),
        )
    values = {
        "lower_name": f.t("name.best"),
        "upper_name": f.t("name.delay"),
        "lower_value": f.days(now.best_possible_dso_3m),
        "upper_value": f.days(now.average_days_delinquent_3m),
    }
    return Chart(
        id=chart_id,
        title=title,
        subtitle=f.t("chart.split.subtitle"),
        summary=f.t(
            "chart.split.summary",
            first=f.month(rows[0].month_end),
            before=f.days_long(rows[0].dso_3m or 0),
            last=f.month(rows[-1].month_end),
            after=f.days_long(rows[-1].dso_3m or 0),
            delay=f.days_long(rows[-1].average_days_delinquent_3m or 0),
        ),
        wide=charts.to_json(charts.split_bars(bars, **values, narrow=False)),
        narrow=charts.to_json(charts.split_bars(bars, **values, narrow=True)),
        basis=fifo_basis(f, facts),
        table=Table(
            caption=f.t("chart.split.caption"),
            columns=[
                Column(f.t("col.month")),
                Column(f.t("name.best"), "number"),
                Column(f.t("name.delay"), "number"),
                Column(f.t("col.dso"), "number"),
            ],
            rows=[
                [
                    f.month_short(r.month_end),
                    f.number(r.best_possible_dso_3m, 1),
                    f.number(r.average_days_delinquent_3m, 1),
                    f.number(r.dso_3m, 1),
                ]
                for r in rows
            ],
        ),
    )


def movers_chart(f: Fmt, facts: Facts) -> Chart | None:
    """Who moved the DSO (or, where it made the change, the delay): days by customer, the rest in one bar."""
    basis = "delay" if facts.is_delay else "dso"
    field = "average_days_delinquent_3m" if facts.is_delay else "dso_3m"
    moved = [c for c in facts.contributions if abs(c.change) >= 0.05]
    total = facts.delay_change if facts.is_delay else facts.dso_change
    if not moved or total is None:
        return None
    top = sorted(moved, key=lambda c: (-abs(c.change), c.customer_id))[:7]
    keys = {c.customer_id for c in top}
    top = [c for c in moved if c.customer_id in keys]
    rest = total - sum(c.change for c in top)

    def row(c: Contribution) -> charts.Row:
        return charts.Row(
            name=c.name,
            value=c.change,
            text=f.days(c.change, sign=True),
            tone="warn" if c.change > 0 else "accent",
            hover=f.t(
                "chart.movers.hover",
                name=c.name,
                now=f.days(c.now),
                before=f.days(c.then),
                change=f.days(c.change, sign=True),
            ),
        )

    rows = [row(c) for c in top]
    rows.append(charts.Row(f.t("name.others"), rest, f.days(rest, sign=True), "prev"))
    side = [c for c in top if (c.change > 0) == (total > 0)] or top
    side = sorted(side, key=lambda c: (-abs(c.change), c.customer_id))[:3]
    part = sum(c.change for c in side)
    key = "chart.movers.title.add" if part > 0 else "chart.movers.title.take"
    title = f.n(
        key,
        len(side),
        names=f.names([charts.shorten(c.name, 28) for c in side]),
        part=f.t(f"chart.movers.days.{basis}", days=f.days_long(abs(part))),
        total=f.days(total, sign=True),
    )
    table = Table(
        caption=f.t(f"chart.movers.caption.{basis}"),
        columns=[
            Column(f.t("col.customer")),
            Column(f.sentence(then(f, facts)), "number"),
            Column(f.t("col.now"), "number"),
            Column(f.t("col.change"), "number"),
        ],
        rows=[
            *(
                (c.name, f.number(c.then, 1), f.number(c.now, 1), f.number(c.change, 1, sign=True))
                for c in top
            ),
            (f.t("name.others"), "", "", f.number(rest, 1, sign=True)),
        ],
        foot=[
            [
                f.t("col.total"),
                f.number(getattr(facts.base, field) if facts.base else None, 1),
                f.number(getattr(facts.now, field), 1),
                f.number(total, 1, sign=True),
            ]
        ],
    )
    return Chart(
        id="overview-movers",
        title=title,
        subtitle=f.t(f"chart.movers.subtitle.{basis}", period=period(f, facts)),
        summary=title + ".",
        wide=charts.to_json(charts.rows_chart(rows, before_name="", narrow=False)),
        narrow=charts.to_json(charts.rows_chart(rows, before_name="", narrow=True)),
        basis=fifo_basis(f, facts),
        table=table,
    )


def ageing_chart(f: Fmt, facts: Facts, chart_id: str = "overview-ageing") -> Chart | None:
    """The ageing now, with what it was: each bucket a bar, the previous thin and grey below it."""
    now, before = facts.ageing, facts.ageing_base
    if now.documents <= 0:
        return None
    names = bucket_names(f)
    figures: list[tuple[str, Decimal, Decimal | None, str]] = [
        (names[i], now.buckets[i], before.buckets[i] if before else None, AGEING_TOKENS[i])
        for i in range(len(BUCKETS))
    ]
    if now.due_date_unknown or (before and before.due_date_unknown):
        figures.append(
            (
                f.t("bucket.unknown"),
                now.due_date_unknown,
                before.due_date_unknown if before else None,
                "unknown",
            )
        )
    scale = f.scale(max(now.buckets))
    if max(now.unallocated, before.unallocated if before else Decimal(0)) * 2 >= scale.divisor:
        figures.append(
            (f.t("bucket.unallocated"), -now.unallocated, -before.unallocated if before else None, "good")
        )
    rows = [
        charts.Row(
            name=name,
            value=float(value),
            text=f.scaled(value, scale) if value else "0",
            tone=token,
            before=float(was) if was is not None else None,
            delta=f.scaled(value - was, scale, sign=True) if was is not None and (value or was) else "",
            hover=f.t("chart.ageing.hover", name=name, amount=f.units(value)),
        )
        for name, value, was, token in figures
    ]
    share = f.percent(now.share_overdue, 0)
    before_share = before.share_overdue if before else None
    title = (
        f.t("chart.ageing.title", share=share, before=f.percent(before_share, 0), then=then(f, facts))
        if before_share is not None
        else f.t("chart.ageing.title.alone", share=share)
    )
    before_name = f.sentence(then(f, facts))
    columns = [
        Column(f.t("col.bucket")),
        Column(f.t("col.now"), "number"),
        Column(f.t("col.share"), "number"),
    ]
    if before:
        columns += [Column(before_name, "number"), Column(f.t("col.change"), "number")]
    table_rows: list[list[str | Cell]] = []
    for name, value, was, _ in figures:
        cells: list[str | Cell] = [
            name,
            f.units(value),
            f.percent(float(value / now.documents), 1),
        ]
        if before and was is not None:
            cells += [f.units(was), f.units(value - was, sign=True)]
        table_rows.append(cells)
    foot: list[str | Cell] = [f.t("col.balance"), f.units(now.balance), ""]
    if before:
        foot += [f.units(before.balance), f.units(now.balance - before.balance, sign=True)]
    return Chart(
        id=chart_id,
        title=title,
        subtitle=f.t(
            "chart.ageing.subtitle" if before else "chart.ageing.subtitle.alone",
            unit=f.scale_name(scale),
            day=f.day(facts.as_of),
        ),
        summary=f.t(
            "chart.ageing.summary",
            overdue=f.money(now.overdue),
            documents=f.money(now.documents),
            share=share,
            old=f.money(now.overdue_over_120),
        ),
        wide=charts.to_json(charts.rows_chart(rows, before_name=before_name, narrow=False)),
        narrow=charts.to_json(charts.rows_chart(rows, before_name=before_name, narrow=True)),
        basis=fifo_basis(f, facts),
        table=Table(caption=f.t("chart.ageing.caption"), columns=columns, rows=table_rows, foot=[foot]),
    )


def late_chart(f: Fmt, facts: Facts, chart_id: str = "overview-late") -> Chart | None:
    """What is not yet due, by week of due date: expected on time and expected late."""
    if not facts.due_later or facts.due_later_amount <= 0:
        return None
    scale = f.scale(max(w.amount for w in facts.weeks))
    pairs = []
    for i, week in enumerate(facts.weeks):
        axis = f.t("chart.late.later") if i == 7 else _day_label(f, week.start)
        pairs.append(
            charts.Pair(
                axis=axis,
                one=float(week.amount - week.late),
                two=float(week.late),
                hover_one=f.t("chart.late.hover.time", week=axis, amount=f.units(week.amount - week.late)),
                hover_two=f.t("chart.late.hover.late", week=axis, amount=f.units(week.late)),
                text=f.scaled(week.amount, scale) if week.amount else "",
            )
        )
    names = {"one_name": f.t("name.on_time"), "two_name": f.t("name.late")}
    total, late = facts.due_later_amount, facts.expected_late
    return Chart(
        id=chart_id,
        title=f.t("chart.late.title", total=f.money(total), late=f.money(late)),
        subtitle=f.t("chart.late.subtitle", unit=f.scale_name(scale)),
        summary=f.t(
            "chart.late.summary",
            total=f.money(total),
            late=f.money(late),
            share=f.percent(float(late / total), 0),
        ),
        wide=charts.to_json(charts.expected_bars(pairs, **names, narrow=False)),
        narrow=charts.to_json(charts.expected_bars(pairs, **names, narrow=True)),
        basis=score_basis(f, facts),
        table=Table(
            caption=f.t("chart.late.caption"),
            columns=[
                Column(f.t("col.week")),
                Column(f.t("col.not_yet_due"), "number"),
                Column(f.t("col.expected_late"), "number"),
                Column(f.t("col.share"), "number"),
            ],
            rows=[
                [
                    f.t("chart.late.from", day=f.day_short(w.start)) if i == 7 else f.day_short(w.start),
                    f.units(w.amount),
                    f.units(w.late),
                    f.percent(float(w.late / w.amount), 0) if w.amount else "–",
                ]
                for i, w in enumerate(facts.weeks)
            ],
            foot=[[f.t("col.total"), f.units(total), f.units(late), f.percent(float(late / total), 0)]],
        ),
    )


def _day_label(f: Fmt, day: date) -> str:
    return f"{f.number(day.day)}\u00a0{f.month_name(day)}"


def scatter_chart(f: Fmt, facts: Facts, chart_id: str) -> Chart | None:
    """Exposure of each customer over the share expected late; customers in default in a column apart."""
    risks = facts.risks
    if not risks and not facts.in_default:
        return None
    named = {p.customer_id for p in risks[:4]}
    points = [
        charts.Point(
            share=p.share,
            exposure=float(p.exposure),
            name=p.name,
            hover=f.t(
                "chart.risk.hover",
                name=p.name,
                exposure=f.units(p.exposure),
                share=f.percent(p.share, 0),
                late=f.units(p.late),
            ),
            is_named=p.customer_id in named,
        )
        for p in risks
    ] + [
        charts.Point(
            share=None,
            exposure=float(d.exposure),
            name=d.event.name,
            hover=f.t("chart.risk.hover.default", name=d.event.name, exposure=f.units(d.exposure)),
        )
        for d in facts.in_default
    ]
    total = facts.expected_late
    top = risks[:3]
    if total > 0 and top:
        part = sum((p.late for p in top), Decimal(0))
        title = f.n(
            "chart.risk.title", len(top), word=f.t(f"count.{len(top)}"), share=f.percent(float(part / total))
        )
        title = f.sentence(title)
    else:
        title = f.n("chart.risk.title.default", len(facts.in_default), amount=f.money(facts.default_exposure))
    exposures = [p.exposure for p in points if p.exposure > 0] or [1.0]
    powers = [10.0**k for k in range(12) if min(exposures) / 3 <= 10.0**k <= max(exposures) * 3]
    ticks = [(power, f.money_round(power)) for power in powers]
    shares = [(k / 4, f.percent(k / 4)) for k in range(5)]
    default_name = f.t("name.default")
    rows: list[list[str | Cell]] = [
        [d.event.name, f.units(d.exposure), Cell(default_name, "default"), "–", "–"]
        for d in facts.in_default[:10]
    ]
    rows += [
        [p.name, f.units(p.exposure), f.units(p.scored), f.percent(p.share, 0), f.units(p.late)]
        for p in risks[:15]
    ]
    return Chart(
        id=chart_id,
        title=title,
        subtitle=f.t("chart.risk.subtitle"),
        summary=f.n(
            "chart.risk.summary",
            len(facts.in_default),
            customers=f.integer(len(risks)),
            late=f.money(total),
            amount=f.money(facts.default_exposure),
        ),
        wide=charts.to_json(
            charts.exposure_scatter(
                points, ticks=ticks, shares=shares, default_name=default_name, narrow=False
            )
        ),
        narrow=charts.to_json(
            charts.exposure_scatter(
                points, ticks=ticks, shares=shares, default_name=default_name, narrow=True
            )
        ),
        basis=score_basis(f, facts),
        table=Table(
            caption=f.t("chart.risk.caption"),
            columns=[
                Column(f.t("col.customer")),
                Column(f.t("col.exposure"), "number"),
                Column(f.t("col.not_yet_due"), "number"),
                Column(f.t("col.share_late"), "number"),
                Column(f.t("col.expected_late"), "number"),
            ],
            rows=rows,
        ),
    )


# --- decisions --------------------------------------------------------------------------------------------


def event_text(f: Fmt, facts: Facts, customer_id: str, reason: str, day: date) -> str:
    """What put the customer in default, in words; proceedings named by their kind and publication."""
    if reason == "proceedings":
        notice = next((p for p in facts.data.proceedings if p.customer_id == customer_id), None)
        if notice is not None:
            return f.t(
                "event.proceeding",
                kind=proceeding_name(f, notice.kind),
                day=f.day(notice.publication_date or notice.judgment_date or day),
            )
    key = reason if reason in ("proceedings", "overdue_90", "write_off") else "other"
    return f.t(f"event.{key}", day=f.day(day))


_KINDS = {"safeguard", "receivership", "liquidation", "plan"}


def proceeding_name(f: Fmt, kind: str) -> str:
    """`redressement judiciaire`; an unknown kind as the table writes it."""
    key = kind.removeprefix("opening_").removeprefix("conversion_")
    return f.t(f"proceeding.{key}") if key in _KINDS else kind.replace("_", " ")


def proposed(f: Fmt, facts: Facts, customer_id: str) -> str:
    """The action that `ml.customer_scores` recommends, in the page's language; empty where it has none."""
    action = facts.data.actions.get(customer_id, {})
    return "" if action.get("code", "none") == "none" else spoken(f, action.get(f.locale, ""))


def decisions_table(f: Fmt, facts: Facts) -> Table | None:
    """Who needs a decision: defaults first, then sudden delays, limits passed, largest expected late."""
    rows: list[list[str | Cell]] = []
    late = {p.customer_id: p for p in facts.risks}
    states = {c.customer_id: c for c in facts.customers}
    for d in facts.in_default[:4]:
        if d.exposure <= 0:
            continue
        notice = next((p for p in facts.data.proceedings if p.customer_id == d.event.customer_id), None)
        if notice is not None and notice.claim_deadline is not None and notice.claim_deadline >= facts.as_of:
            action = f.t("action.claim", day=f.day(notice.claim_deadline))
        elif (
            notice is not None
            and notice.relief_deadline is not None
            and notice.relief_deadline >= facts.as_of
        ):
            action = f.t("action.relief", day=f.day(notice.relief_deadline))
        else:
            action = f.t("action.default")
        action = proposed(f, facts, d.event.customer_id) or action
        rows.append(
            [
                d.event.name,
                Cell(f.t("name.default"), "default"),
                f.units(d.exposure),
                "–",
                event_text(f, facts, d.event.customer_id, d.event.reason, d.event.default_date),
                with_decision(f, facts, d.event.customer_id, action),
            ]
        )
    done = set(facts.default_ids)

    def add(customer: CustomerAgeing, what: str, action: str) -> None:
        risk = late.get(customer.customer_id)
        done.add(customer.customer_id)
        rows.append(
            [
                customer.name,
                Cell(f.percent(risk.share, 0), "late" if risk.share >= 0.5 else "plain") if risk else "–",
                f.units(customer.balance),
                f.units(risk.late) if risk else "–",
                what,
                with_decision(
                    f, facts, customer.customer_id, proposed(f, facts, customer.customer_id) or action
                ),
            ]
        )

    earlier = {c.customer_id: c for c in facts.data.customers.get(month_before(facts.as_of, 3), ())}
    slower = []
    for c in facts.customers:
        past = earlier.get(c.customer_id)
        if past is None or c.days_late_3m is None or past.days_late_3m is None:
            continue
        if c.days_late_3m - past.days_late_3m >= 10 and c.balance > 0:
            slower.append((float(c.balance) * (c.days_late_3m - past.days_late_3m), c, past))
    for _, c, past in sorted(slower, key=lambda item: (-item[0], item[1].customer_id)):
        if len(rows) >= 7:
            break
        if c.customer_id not in done:
            what = f.t(
                "change.delay",
                before=f.number(past.days_late_3m, 0),
                after=f.days_long(c.days_late_3m or 0, 0),
            )
            add(c, what, f.t("action.call"))
    above = [
        c
        for c in facts.customers
        if c.credit_limit is not None and c.credit_limit > 0 and c.balance > c.credit_limit
    ]
    for c in sorted(above, key=lambda c: (-(c.balance - (c.credit_limit or Decimal(0))), c.customer_id))[:2]:
        if c.customer_id not in done:
            add(
                c,
                f.t("change.limit", limit=f.units(c.credit_limit)),
                f.t("action.limit", limit=f.units(c.credit_limit)),
            )
    for p in facts.risks[:4]:
        if len(rows) >= 9:
            break
        if p.customer_id not in done and p.share >= 0.3 and p.customer_id in states:
            add(
                states[p.customer_id],
                f.t("change.expected", late=f.money(p.late), total=f.money(p.scored)),
                f.t("action.remind"),
            )
    if not rows:
        return None
    return Table(
        caption=f.t("overview.decide.caption"),
        columns=[
            Column(f.t("col.customer")),
            Column(f.t("col.share_late"), "centre"),
            Column(f.t("col.exposure"), "number"),
            Column(f.t("col.expected_late"), "number"),
            Column(f.t("col.what_changed")),
            Column(f.t("col.proposed"), "action"),
        ],
        rows=rows,
    )
