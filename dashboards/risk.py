"""The risk page: what should be paid late, what to do, who is in default, and which model says so."""

from __future__ import annotations

from decimal import Decimal

from dashboards import actions
from dashboards.common import (
    document_name,
    metric_name,
    model_name,
    notices,
    reasons_text,
    score_basis,
    spoken,
)
from dashboards.companies import events_block, groups_block, warnings_block
from dashboards.data import OpenInvoice
from dashboards.facts import Facts, expected_late
from dashboards.followup import followup_block
from dashboards.i18n import Fmt
from dashboards.model import Block, Cell, Column, Page, Table
from dashboards.overview import event_text, late_chart, scatter_chart

INVOICES_SHOWN = 30
CUSTOMERS_SHOWN = 30


def build(f: Fmt, facts: Facts) -> Page:
    """The risk page of one company in one language."""
    if facts.is_nearly_empty:
        return Page(
            slug="risk",
            name=f.t("page.risk"),
            title=f.n("headline.empty", facts.data.receivable_lines, amount=f.cents(facts.now.receivables)),
            lead=f.t("lead.empty"),
        )
    exposed = [late_chart(f, facts, "risk-late"), scatter_chart(f, facts, "risk-exposure")]
    blocks = [
        Block(
            charts=[chart for chart in exposed if chart is not None],
            note="" if facts.due_later else f.t("missing.scores"),
        ),
        *actions.blocks(f, facts),
        warnings_block(f, facts),
        _defaults_block(f, facts),
        *(block for block in (events_block(f, facts), groups_block(f, facts)) if block is not None),
        followup_block(f, facts),
    ]
    if facts.risks:
        blocks.append(
            Block(
                heading=f.t("risk.customers"),
                lead=f.t("risk.customers.lead") + " " + f.sentence(score_basis(f, facts)) + ".",
                table=customers_table(f, facts),
                id="risk-customers",
            )
        )
        blocks.append(
            Block(
                heading=f.t("risk.invoices"),
                lead=f.t("risk.invoices.lead"),
                table=invoices_table(f, facts),
                id="risk-invoices",
            )
        )
    blocks.append(
        Block(
            heading=f.t("risk.model"),
            lead=served_sentence(f, facts),
            note=f.t("risk.model.more"),
            id="model",
        )
    )
    return Page(
        slug="risk",
        name=f.t("page.risk"),
        title=headline(f, facts),
        lead=f.t("risk.lead"),
        notices=notices(f, facts),
        blocks=blocks,
        workbooks=("actions",),
    )


def headline(f: Fmt, facts: Facts) -> str:
    """What should be late of what is not yet due, and who is in default."""
    default = (
        f.n("risk.headline.default", len(facts.in_default), amount=f.money(facts.default_exposure))
        if facts.in_default
        else f.t("risk.headline.no_default")
    )
    if not facts.due_later:
        return f.sentence(default) + "."
    return (
        f.t("risk.headline", late=f.money(facts.expected_late), total=f.money(facts.due_later_amount))
        + default
        + "."
    )


def _defaults_block(f: Fmt, facts: Facts) -> Block:
    if not facts.in_default:
        return Block(heading=f.t("risk.defaults"), lead=f.t("risk.defaults.none"), id="defaults")
    return Block(
        heading=f.n("risk.defaults.count", len(facts.in_default), amount=f.money(facts.default_exposure)),
        lead=f.t("risk.defaults.lead"),
        id="defaults",
        table=Table(
            caption=f.t("risk.defaults.caption"),
            columns=[
                Column(f.t("col.customer")),
                Column(f.t("col.state"), "centre"),
                Column(f.t("col.exposure"), "number"),
                Column(f.t("col.overdue"), "number"),
                Column(f.t("col.since"), "number"),
                Column(f.t("col.event")),
            ],
            rows=[
                [
                    d.event.name,
                    Cell(f.t("name.default"), "default"),
                    f.cents(d.exposure),
                    f.cents(d.overdue),
                    f.day_short(d.event.default_date),
                    event_text(f, facts, d.event.customer_id, d.event.reason, d.event.default_date),
                ]
                for d in facts.in_default
            ],
            foot=[
                [
                    f.t("col.total"),
                    "",
                    f.cents(facts.default_exposure),
                    f.cents(sum((d.overdue for d in facts.in_default), Decimal(0))),
                    "",
                    "",
                ]
            ],
        ),
    )


def customers_table(f: Fmt, facts: Facts) -> Table:
    """Customers by expected late amount, with the reasons; those in default are not among them."""
    strongest: dict[str, OpenInvoice] = {}
    for invoice in facts.due_later:
        best = strongest.get(invoice.customer_id)
        if best is None or expected_late(invoice) > expected_late(best):
            strongest[invoice.customer_id] = invoice
    shown, rest = facts.risks[:CUSTOMERS_SHOWN], facts.risks[CUSTOMERS_SHOWN:]
    foot: list[list[str | Cell]] = []
    if rest:
        foot.append(
            [
                f.n("ageing.rest", len(rest)),
                f.units(sum((p.exposure for p in rest), Decimal(0))),
                f.units(sum((p.scored for p in rest), Decimal(0))),
                "",
                f.units(sum((p.late for p in rest), Decimal(0))),
                "",
            ]
        )
    foot.append(
        [
            f.t("col.total"),
            f.units(sum((p.exposure for p in facts.risks), Decimal(0))),
            f.units(facts.due_later_amount),
            f.percent(float(facts.expected_late / facts.due_later_amount), 0)
            if facts.due_later_amount
            else "–",
            f.units(facts.expected_late),
            "",
        ]
    )
    return Table(
        caption=f.t("risk.customers.caption"),
        columns=[
            Column(f.t("col.customer")),
            Column(f.t("col.exposure"), "number"),
            Column(f.t("col.not_yet_due"), "number"),
            Column(f.t("col.share_late"), "number"),
            Column(f.t("col.expected_late"), "number"),
            Column(f.t("col.reasons")),
        ],
        rows=[
            [
                p.name,
                f.units(p.exposure),
                f.units(p.scored),
                Cell(f.percent(p.share, 0), share=p.share),
                f.units(p.late),
                reasons_text(f, strongest[p.customer_id].reasons),
            ]
            for p in shown
        ],
        foot=foot,
    )


def invoices_table(f: Fmt, facts: Facts) -> Table:
    """The not-yet-due documents with the largest amount expected late."""
    ranked = sorted(facts.due_later, key=lambda i: (-expected_late(i), i.invoice_id))[:INVOICES_SHOWN]
    return Table(
        caption=f.t("risk.invoices.caption"),
        columns=[
            Column(f.t("col.document")),
            Column(f.t("col.customer")),
            Column(f.t("col.due"), "number"),
            Column(f.t("col.open"), "number"),
            Column(f.t("col.p_late"), "number"),
            Column(f.t("col.reasons")),
        ],
        rows=[
            [
                document_name(f, i),
                i.name,
                f.day_short(i.due_date),
                f.cents(i.open_amount),
                Cell(f.percent(i.p_late, 0), share=i.p_late),
                reasons_text(f, i.reasons),
            ]
            for i in ranked
        ],
    )


# --- the proof --------------------------------------------------------------------------------------------


def served_sentence(f: Fmt, facts: Facts) -> str:
    """Which model is served, why, and by how much it is better than the reference."""
    served = facts.served
    note = facts.data.model_note[0 if f.locale == "fr" else 1]
    if served is None or served.baseline_value is None:
        return spoken(f, note) or f.t("risk.model.none")
    text = f.t(
        "risk.model.served",
        model=model_name(f, served.model),
        metric=metric_name(f, served.metric),
        value=f.number(served.value, 3),
        baseline=model_name(f, served.baseline),
        baseline_value=f.number(served.baseline_value, 3),
        gain=f.number(served.value - served.baseline_value, 3, sign=True),
    )
    if served.gain_low is not None and served.gain_high is not None:
        text += " " + f.t(
            "risk.model.interval",
            low=f.number(served.gain_low, 3, sign=True),
            high=f.number(served.gain_high, 3, sign=True),
        )
    return f"{text} {spoken(f, note)}".rstrip()
