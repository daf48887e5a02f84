"""The risk page: what should be paid late, who is in default, and how good the model is."""

from __future__ import annotations

import json
from decimal import Decimal

from dashboards import charts
from dashboards.common import document_name, metric_name, model_name, notices, score_basis
from dashboards.companies import events_block, groups_block, warnings_block
from dashboards.data import TARGETS, Backtest, OpenInvoice
from dashboards.facts import Facts, expected_late
from dashboards.followup import followup_block
from dashboards.i18n import Fmt
from dashboards.model import Block, Cell, Chart, Column, Page, Table
from dashboards.overview import event_text, late_chart, scatter_chart

INVOICES_SHOWN = 30
CUSTOMERS_SHOWN = 30
REASONS_SHOWN = 2

HIGHER_IS_BETTER = ("auc", "average_precision")


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
    proof = [backtest_chart(f, facts), calibration_chart(f, facts)]
    blocks = [
        Block(
            charts=[chart for chart in exposed if chart is not None],
            note="" if facts.due_later else f.t("missing.scores"),
        ),
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
            charts=[chart for chart in proof if chart is not None],
            more=tuple(t for t in (backtest_table(f, facts),) if t is not None),
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


def reasons_text(f: Fmt, reasons: str | None, most: int = REASONS_SHOWN) -> str:
    """The reasons of a score in the page's language: a JSON list of {fr, en} or of sentences, or a text."""
    if not reasons:
        return "–"
    try:
        found = json.loads(reasons)
    except json.JSONDecodeError:
        return reasons
    if not isinstance(found, list):
        return str(found)
    words = [
        str(reason.get(f.locale) or reason.get("text") or "") if isinstance(reason, dict) else str(reason)
        for reason in found
    ]
    words = [word for word in words if word][:most]
    separator = "\u202f; " if f.locale == "fr" else "; "
    return separator.join(words) if words else "–"


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
                reasons_text(
                    f, facts.data.customer_reasons.get(p.customer_id) or strongest[p.customer_id].reasons
                ),
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
    if served is None or served.value is None or served.baseline_value is None:
        return note or f.t("risk.model.none")
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
    return f"{text} {note}".rstrip()


def backtest_chart(f: Fmt, facts: Facts) -> Chart | None:
    """The headline metric for each lateness predicted: what is served, the reference thin and grey below."""
    served = facts.served
    if served is None or served.value is None or served.baseline_value is None:
        return None
    found = {
        r.target: r
        for r in facts.data.backtest
        if (r.model, r.metric, r.cutoff) == (served.model, served.metric, served.cutoff)
        and r.value is not None
    }
    shown = [found[target] for target in reversed(TARGETS) if target in found]
    rows = [
        charts.Row(
            name=f.sentence(target_name(f, r.target)),
            value=r.value or 0.0,
            text=f.number(r.value, 3),
            tone="accent",
            before=r.baseline_value,
            delta=f.number(r.value - r.baseline_value, 3, sign=True)
            if r.value is not None and r.baseline_value is not None
            else "",
        )
        for r in shown
    ]
    metric = metric_name(f, served.metric)
    title = f.t(
        "risk.target.title",
        model=model_name(f, served.model),
        metric=metric,
        value=f.number(served.value, 3),
        baseline=f.number(served.baseline_value, 3),
    )
    reference = f.t("name.reference")
    return Chart(
        id="risk-backtest",
        title=title,
        subtitle=f.t("risk.target.subtitle", metric=metric, baseline=model_name(f, served.baseline)),
        summary=title + ".",
        wide=charts.to_json(charts.rows_chart(rows, before_name=reference, narrow=False, longest=34)),
        narrow=charts.to_json(charts.rows_chart(rows, before_name=reference, narrow=True)),
        table=Table(
            caption=f.t("risk.target.caption"),
            columns=[
                Column(f.t("col.target")),
                Column(model_name(f, served.model), "number"),
                Column(reference, "number"),
                Column(f.t("col.sample"), "number"),
            ],
            rows=[
                [
                    f.sentence(target_name(f, r.target)),
                    f.number(r.value, 3),
                    f.number(r.baseline_value, 3),
                    f.integer(r.sample),
                ]
                for r in shown
            ],
        ),
    )


def _is_better(r: Backtest) -> bool:
    assert r.value is not None and r.baseline_value is not None
    return r.value > r.baseline_value if r.metric in HIGHER_IS_BETTER else r.value < r.baseline_value


def calibration_chart(f: Fmt, facts: Facts) -> Chart | None:
    """Predicted against observed share late, by group of like scores."""
    groups = facts.calibration
    if len(groups) < 3:
        return None
    ticks = [(k / 4, f.percent(k / 4)) for k in range(5)]
    pairs = [
        (
            g.predicted,
            g.observed,
            g.count,
            f.t(
                "risk.calibration.hover",
                predicted=f.percent(g.predicted, 1),
                observed=f.percent(g.observed, 1),
                n=f.integer(g.count),
            ),
        )
        for g in groups
    ]
    gap = sum(abs(g.predicted - g.observed) * g.count for g in groups) / max(sum(g.count for g in groups), 1)
    title = f.t("risk.calibration.title", gap=f.points(gap).lstrip("+"))
    diagonal = f.t("risk.calibration.diagonal")
    return Chart(
        id="risk-calibration",
        title=title,
        subtitle=f.t("risk.calibration.subtitle"),
        summary=title + ".",
        wide=charts.to_json(charts.calibration(pairs, ticks=ticks, diagonal=diagonal, narrow=False)),
        narrow=charts.to_json(charts.calibration(pairs, ticks=ticks, diagonal=diagonal, narrow=True)),
        table=Table(
            caption=f.t("risk.calibration.caption"),
            columns=[
                Column(f.t("col.group")),
                Column(f.t("col.predicted"), "number"),
                Column(f.t("col.observed"), "number"),
                Column(f.t("col.sample"), "number"),
            ],
            rows=[
                [str(k), f.percent(g.predicted, 1), f.percent(g.observed, 1), f.integer(g.count)]
                for k, g in enumerate(groups, start=1)
            ],
        ),
    )


def backtest_table(f: Fmt, facts: Facts) -> Table | None:
    """Every metric at the latest cut-off, model beside reference."""
    rows = [r for r in facts.data.backtest if not r.metric.startswith("calibration")]
    latest = max((r.cutoff for r in rows if r.cutoff), default=None)
    rows = [r for r in rows if r.cutoff == latest] if latest else rows
    order = (None, *reversed(TARGETS))
    rows.sort(key=lambda r: (r.model, order.index(r.target), r.metric))
    if not rows:
        return None
    return Table(
        caption=f.t("risk.model.caption", day=f.day(latest)) if latest else f.t("risk.model.caption.undated"),
        columns=[
            Column(f.t("col.model")),
            Column(f.t("col.target")),
            Column(f.t("col.metric")),
            Column(f.t("col.value"), "number"),
            Column(f.t("name.reference"), "number"),
            Column(f.t("col.better"), "centre"),
        ],
        rows=[
            [
                model_name(f, r.model),
                target_name(f, r.target),
                metric_name(f, r.metric),
                f.number(r.value, 3),
                f.number(r.baseline_value, 3),
                _mark(f, r),
            ]
            for r in rows
        ],
    )


def _mark(f: Fmt, r: Backtest) -> Cell:
    if r.value is None or r.baseline_value is None or r.value == r.baseline_value:
        return Cell("–")
    return Cell(f.t("word.yes"), "ok") if _is_better(r) else Cell(f.t("word.no"), "plain")


def target_name(f: Fmt, target: str | None) -> str:
    """What is predicted, in words; an unknown target as the table writes it."""
    if target is None:
        return "–"
    return f.t(f"target.{target}") if target in TARGETS else target
