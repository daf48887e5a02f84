"""The ageing page (balance âgée): how old the receivables are, over time and customer by customer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from dashboards import charts
from dashboards.common import bucket_names, fifo_basis, months_axis, notices
from dashboards.data import BUCKETS, Bucket, CustomerAgeing
from dashboards.facts import Facts
from dashboards.followup import disputed_sentence
from dashboards.i18n import Fmt
from dashboards.model import Block, Cell, Chart, Column, Page, Table
from dashboards.overview import ageing_chart, proceeding_name
from dashboards.theme import AGEING_TOKENS

CUSTOMERS_SHOWN = 50
"""Customers written in the page; the others are one line, and in a script file for the search."""


def build(f: Fmt, facts: Facts) -> Page:
    """The ageing page of one company in one language."""
    if facts.is_nearly_empty:
        return Page(
            slug="ageing",
            name=f.t("page.ageing"),
            title=f.n("headline.empty", facts.data.receivable_lines, amount=f.cents(facts.now.receivables)),
            lead=f.t("lead.empty"),
            blocks=[Block(heading=f.t("ageing.customers"), table=customers_table(f, facts), id="customers")],
        )
    found = [stack_chart(f, facts), ageing_chart(f, facts, "ageing-now"), debtors_chart(f, facts)]
    blocks = [Block(charts=[chart for chart in found if chart is not None])]
    buckets = buckets_table(f, facts)
    if buckets is not None:
        blocks.append(
            Block(heading=f.t("ageing.buckets"), lead=f.t("ageing.buckets.lead"), table=buckets, id="buckets")
        )
    blocks.append(
        Block(
            heading=f.n("ageing.customers.count", len(facts.customers)),
            lead=f.t("ageing.customers.lead"),
            table=customers_table(f, facts),
            id="customers",
            is_searchable=len(facts.customers) > 10,
        )
    )
    proceedings = proceedings_table(f, facts)
    blocks.append(
        Block(
            heading=f.t("ageing.proceedings"),
            lead=f.t("ageing.proceedings.lead"),
            table=proceedings,
            id="law",
        )
        if proceedings
        else Block(heading=f.t("ageing.proceedings"), lead=f.t("ageing.proceedings.none"), id="law")
    )
    return Page(
        slug="ageing",
        name=f.t("page.ageing"),
        title=headline(f, facts),
        lead=lead(f, facts),
        notices=notices(f, facts),
        blocks=blocks,
    )


def headline(f: Fmt, facts: Facts) -> str:
    """What is overdue, since when, and who carries most of it."""
    now = facts.ageing
    if now.overdue <= 0:
        return f.t("ageing.headline.none", documents=f.money(now.documents))
    if now.overdue_over_120 > 0:
        text = f.t("ageing.headline", overdue=f.money(now.overdue), old=f.money(now.overdue_over_120))
    else:
        text = f.t("ageing.headline.recent", overdue=f.money(now.overdue))
    largest = max(facts.customers, key=lambda c: (c.overdue, c.customer_id), default=None)
    if largest is not None and largest.overdue > 0:
        share = float(largest.overdue / now.overdue)
        if share >= 0.1:
            return text + f.t("ageing.headline.who", name=largest.name, share=f.percent(share))
    return text + "."


def lead(f: Fmt, facts: Facts) -> str:
    """The balance as its parts."""
    now = facts.ageing
    text = f.t(
        "ageing.lead",
        balance=f.money(now.balance),
        documents=f.money(now.documents),
        unallocated=f.money(now.unallocated),
    )
    if now.due_date_unknown:
        text += " " + f.t("ageing.lead.unknown", amount=f.money(now.due_date_unknown))
    if disputed := disputed_sentence(f, facts):
        text += " " + disputed
    return text + " " + f.sentence(fifo_basis(f, facts)) + "."


def stack_chart(f: Fmt, facts: Facts) -> Chart | None:
    """Open amounts by bucket, month by month."""
    rows = [facts.ageing_at(r.month_end) for r in facts.history]
    if len(rows) < 2 or max(r.documents for r in rows) <= 0:
        return None
    names = bucket_names(f)
    keys = list(BUCKETS)
    if any(r.due_date_unknown for r in rows):
        names.append(f.t("bucket.unknown"))
        keys.append("due_date_unknown")
    scale = f.scale(max(r.documents for r in rows))
    layers = [
        (
            name,
            token,
            [float(getattr(r, key)) for r in rows],
            [f"{f.month(r.month_end)} · {name} : {f.units(getattr(r, key))}" for r in rows],
        )
        for name, key, token in zip(names, keys, AGEING_TOKENS, strict=False)
    ]
    totals = [f.scaled(r.documents, scale) for r in rows]
    axis = months_axis(f, [r.month_end for r in rows])
    now, old = facts.ageing, facts.ageing_base
    if old is not None:
        title = f.t(
            "ageing.stack.title",
            now=f.money(now.overdue_over_120),
            before=f.money(old.overdue_over_120),
            month=f.month(old.month_end),
        )
    else:
        title = f.t("ageing.stack.title.alone", now=f.money(now.overdue_over_120))
    return Chart(
        id="ageing-stack",
        title=title,
        subtitle=f.t("ageing.stack.subtitle", unit=f.scale_name(scale)),
        summary=title + ".",
        wide=charts.to_json(charts.ageing_stack(axis, layers, totals=totals, narrow=False)),
        narrow=charts.to_json(charts.ageing_stack(axis, layers, totals=totals, narrow=True)),
        basis=fifo_basis(f, facts),
        table=Table(
            caption=f.t("ageing.stack.caption"),
            columns=[
                Column(f.t("col.month")),
                *(Column(name, "number") for name in names),
                Column(f.t("bucket.unallocated"), "number"),
                Column(f.t("col.balance"), "number"),
            ],
            rows=[
                [
                    f.month_short(r.month_end),
                    *(f.units(getattr(r, key)) for key in keys),
                    f.units(-r.unallocated),
                    f.units(r.balance),
                ]
                for r in reversed(rows)
            ],
        ),
    )


def buckets_table(f: Fmt, facts: Facts) -> Table | None:
    """The ageing by the buckets of the configuration, now and at the base; none where they are the usual ones."""
    if {row.label for row in facts.data.buckets if row.from_days is not None} <= set(BUCKETS):
        return None
    days = [day for day in sorted({row.month_end for row in facts.data.buckets}) if day <= facts.as_of]
    rows: dict[str, dict[date, Decimal]] = {}
    names: dict[str, str] = {}
    in_order = sorted(
        facts.data.buckets,
        key=lambda row: (row.label != "not_due", row.from_days is None, row.from_days or 0, row.label),
    )
    for row in in_order:
        rows.setdefault(row.label, {})[row.month_end] = row.amount
        names[row.label] = bucket_name(f, row)
    return Table(
        caption=f.t("ageing.buckets.caption"),
        columns=[Column(f.t("col.bucket")), *(Column(f.day_short(day), "number") for day in days)],
        rows=[
            [names[label], *(f.cents(amounts[day]) if day in amounts else "–" for day in days)]
            for label, amounts in rows.items()
        ],
        foot=[
            [
                f.t("col.balance"),
                *(f.cents(sum((a.get(day, Decimal(0)) for a in rows.values()), Decimal(0))) for day in days),
            ]
        ],
    )


def bucket_name(f: Fmt, row: Bucket) -> str:
    """`1–45 j`, `> 45 j`, or what no limit divides."""
    if row.from_days is not None:
        if row.to_days is None:
            return f.t("bucket.over", days=row.from_days - 1)
        return f.t("bucket.between", first=row.from_days, last=row.to_days)
    return f.t(
        {"not_due": "bucket.not_due", "due_date_unknown": "bucket.unknown"}.get(
            row.label, "bucket.unallocated"
        )
    )


def debtors_chart(f: Fmt, facts: Facts) -> Chart | None:
    """The ten customers that owe the most overdue."""
    total = facts.ageing.overdue
    ranked = sorted((c for c in facts.customers if c.overdue > 0), key=lambda c: (-c.overdue, c.customer_id))
    top = ranked[:10]
    if not top or total <= 0:
        return None
    part = sum((c.overdue for c in top), Decimal(0))
    scale = f.scale(top[0].overdue)

    def row(c: CustomerAgeing) -> charts.Row:
        mark = f" · {f.t('name.default')}" if c.customer_id in facts.default_ids else ""
        return charts.Row(
            name=c.name,
            value=float(c.overdue),
            text=f.scaled(c.overdue, scale),
            delta=mark,
            tone="warn",
            hover=f.t(
                "ageing.debtors.hover",
                name=c.name,
                overdue=f.units(c.overdue),
                old=f.units(c.overdue_over_120),
            ),
        )

    rows = [row(c) for c in top]
    title = f.n("ageing.debtors.title", len(top), share=f.percent(float(part / total)), amount=f.money(total))
    return Chart(
        id="ageing-debtors",
        title=title,
        subtitle=f.t("ageing.debtors.subtitle", unit=f.scale_name(scale)),
        summary=title + ".",
        wide=charts.to_json(charts.rows_chart(rows, before_name="", narrow=False)),
        narrow=charts.to_json(charts.rows_chart(rows, before_name="", narrow=True)),
        basis=fifo_basis(f, facts),
        table=Table(
            caption=f.t("ageing.debtors.caption"),
            columns=[
                Column(f.t("col.customer")),
                Column(f.t("col.overdue"), "number"),
                Column(f.t("col.of_which_old"), "number"),
                Column(f.t("col.share"), "number"),
            ],
            rows=[
                [
                    c.name,
                    f.units(c.overdue),
                    f.units(c.overdue_over_120),
                    f.percent(float(c.overdue / total), 1),
                ]
                for c in top
            ],
            foot=[
                [
                    f.n("col.sum_customers", len(top)),
                    f.units(part),
                    f.units(sum((c.overdue_over_120 for c in top), Decimal(0))),
                    f.percent(float(part / total), 1),
                ]
            ],
        ),
    )


def _amounts(c: CustomerAgeing) -> list[Decimal]:
    return [c.balance, *c.buckets, c.due_date_unknown, -c.unallocated]


def customers_table(f: Fmt, facts: Facts) -> Table:
    """The aged balance: the largest customers, the rest in one line, the total that ties."""
    shown, rest = facts.customers[:CUSTOMERS_SHOWN], facts.customers[CUSTOMERS_SHOWN:]
    columns = [
        Column(f.t("col.customer")),
        Column(f.t("col.balance"), "number"),
        *(Column(name, "number") for name in bucket_names(f)),
        Column(f.t("bucket.unknown"), "number"),
        Column(f.t("bucket.unallocated"), "number"),
    ]

    def cells(amounts: list[Decimal]) -> list[str | Cell]:
        return [f.cents(a) if a else "–" for a in amounts]

    def total(rows: tuple[CustomerAgeing, ...]) -> list[Decimal]:
        return [sum(column, Decimal(0)) for column in zip(*map(_amounts, rows), strict=True)] or [
            Decimal(0)
        ] * 9

    foot: list[list[str | Cell]] = []
    if rest:
        foot.append([f.n("ageing.rest", len(rest)), *cells(total(rest))])
    foot.append([f.t("col.total"), *cells(total(facts.customers))])
    return Table(
        caption=f.t("ageing.customers.caption", day=f.day(facts.as_of)),
        columns=columns,
        rows=[[c.name, *cells(_amounts(c))] for c in shown],
        foot=foot,
        id="aged-balance",
    )


def customers_shard(facts: Facts) -> list[list[Any]]:
    """The whole list for the search: name, then amounts in cents in the order of the table's columns."""
    return [[c.name, *(int(a * 100) for a in _amounts(c))] for c in facts.customers]


def proceedings_table(f: Fmt, facts: Facts) -> Table | None:
    """Receivables on customers in collective proceedings, with the deadlines to claim them."""
    if not facts.data.proceedings:
        return None
    rows: list[list[str | Cell]] = []
    for p in facts.data.proceedings:
        if p.claim_deadline is None:
            deadline: str | Cell = "–"
        elif p.claim_deadline < facts.as_of:
            deadline = Cell(f.t("ageing.deadline.past", day=f.day_short(p.claim_deadline)), "plain")
        else:
            deadline = Cell(f.day_short(p.claim_deadline), "late")
        rows.append(
            [
                p.name,
                proceeding_name(f, p.kind),
                f.day_short(p.judgment_date),
                f.day_short(p.publication_date),
                f.cents(p.open_amount_at_judgment),
                f.cents(p.open_amount),
                deadline,
                f.day_short(p.relief_deadline),
            ]
        )
    return Table(
        caption=f.t("ageing.proceedings.caption"),
        columns=[
            Column(f.t("col.customer")),
            Column(f.t("col.proceeding")),
            Column(f.t("col.judgment"), "number"),
            Column(f.t("col.publication"), "number"),
            Column(f.t("col.open_at_judgment"), "number"),
            Column(f.t("col.open"), "number"),
            Column(f.t("col.claim_deadline"), "number"),
            Column(f.t("col.relief_deadline"), "number"),
        ],
        rows=rows,
    )
