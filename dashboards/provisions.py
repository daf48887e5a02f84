"""The provisions page and its workbook: lifetime expected credit losses (IFRS 9), and the tax schedule apart.

What belongs here: the layout of the matrix, of what stands apart, of the disclosures and of the schedule. What does
not: any figure (`dashboards.provisions_data` reads them).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from dashboards import charts
from dashboards.common import notices
from dashboards.data import Tables
from dashboards.facts import Facts
from dashboards.i18n import Fmt
from dashboards.model import Block, Cell, Change, Chart, Column, Page, Table, Tile
from dashboards.provisions_data import (
    DETAIL_LIMIT,
    SECTIONS,
    Exposure,
    LossLine,
    Movement,
    Provisions,
    TaxItem,
    tax_rows,
)
from dashboards.workbook import Field, Grid, Heading, Row, Sheet, Total

ZERO = Decimal(0)
Rows = list[list[str | Cell]]


def build(f: Fmt, facts: Facts) -> Page:
    """The provisions page of one company in one language."""
    found = facts.provisions
    drawn = [allowance_chart(f, found), rates_chart(f, found)]
    blocks = [
        Block(charts=[chart for chart in drawn if chart is not None]),
        Block(
            heading=f.t("provisions.matrix"),
            lead=cohorts_sentence(f, found) + " " + factor_sentence(f, found),
            table=matrix_table(f, found.lines),
            note=matrix_note(f, found),
            id="matrix",
        ),
        Block(
            heading=f.t("provisions.apart"),
            lead=f.t("provisions.apart.lead"),
            table=apart_table(f, found.lines),
            more=[tie_table(f, facts)],
            note=tie_sentence(f, facts),
            id="apart",
        ),
        Block(
            heading=f.t("provisions.exposure"),
            lead=f.t("provisions.exposure.lead"),
            table=exposure_table(f, found, found.closings[0]),
            more=[
                *(exposure_table(f, found, closing) for closing in found.closings[1:]),
                *([movements_table(f, found.movements)] if found.movements else []),
                cohorts_table(f, found),
            ],
            note="" if found.movements else f.t("provisions.movements.none"),
            id="exposure",
        ),
        tax_block(f, found),
    ]
    return Page(
        slug="provisions",
        name=f.t("page.provisions"),
        title=headline(f, found),
        lead=f.t("provisions.lead") + " " + horizon_sentence(f, found),
        notices=notices(f, facts),
        tiles=tiles(f, found),
        blocks=blocks,
        workbooks=("provisions",),
    )


def headline(f: Fmt, found: Provisions) -> str:
    """What should be lost over the lifetime, of how much, and what the overlay adds."""
    values = {
        "loss": f.cents(found.expected_loss),
        "gross": f.cents(found.gross),
        "share": f.percent(found.expected_loss / found.gross, 1) if found.gross > 0 else "–",
    }
    if found.overlay:
        return f.t("provisions.headline.overlay", **values, overlay=f.cents(found.overlay))
    return f.t("provisions.headline", **values)


def horizon_sentence(f: Fmt, found: Provisions) -> str:
    """The 12-month figure beside the lifetime one, never added to it."""
    if found.loss_12m is None:
        return f.t("provisions.horizon.alone")
    return f.t("provisions.horizon", amount=f.cents(found.loss_12m))


def line_name(f: Fmt, bucket: str) -> str:
    return f.t(f"provisions.line.{bucket}")


def factor_of(found: Provisions) -> LossLine:
    """A line of the matrix: it carries the factor, its reason and the cohorts."""
    return next(line for line in found.lines if line.section == "matrix")


def cohorts_sentence(f: Fmt, found: Provisions) -> str:
    """Which months the rates are measured on, and what is still open of them."""
    line = factor_of(found)
    if not line.closed_cohorts or line.first_cohort_month is None or line.last_cohort_month is None:
        return f.t("provisions.cohorts.none")
    text = f.t(
        "provisions.cohorts",
        n=f.integer(line.closed_cohorts),
        first=f.month(line.first_cohort_month),
        last=f.month(line.last_cohort_month),
        lost=f.cents(line.cohort_lost),
        lost_net=f.cents(line.cohort_lost_excluding_vat),
    )
    if line.cohort_open_amount:
        text += " " + f.t("provisions.cohorts.open", amount=f.cents(line.cohort_open_amount))
    return text


def factor_sentence(f: Fmt, found: Provisions) -> str:
    """The forward-looking factor, what it adds and the user's reason for it."""
    line = factor_of(found)
    factor = f.number(line.forward_looking_factor, 2)
    if line.forward_looking_factor == 1:
        return f.t("provisions.factor.none", factor=factor)
    return f.t(
        "provisions.factor",
        factor=factor,
        overlay=f.cents(found.overlay),
        reason=line.overlay_reason or f.t("provisions.factor.no_reason"),
    )


def tiles(f: Fmt, found: Provisions) -> list[Tile]:
    """Lifetime loss, overlay and loss without VAT; then what stands beside and is never added."""
    line = factor_of(found)
    losses = {c: sum((one.expected_loss for one in found.at(c)), ZERO) for c in found.closings}
    without_vat = sum((one.expected_loss_excluding_vat for one in found.lines), ZERO)
    one_by_one = [one for one in found.lines if one.section == "individual"]
    changes = []
    if len(found.closings) > 1:
        difference = found.expected_loss - losses[found.closings[1]]
        since = f.t("provisions.tile.since", day=f.day_short(found.closings[1]))
        changes.append(Change(f.money(difference, sign=True), since, difference > 0))
    factor = f.number(line.forward_looking_factor, 2)
    now = found.tax_now
    return [
        Tile(
            label=f.t("provisions.tile.loss"),
            figure=f.money(found.expected_loss),
            history=[float(losses[c]) for c in reversed(found.closings)],
            changes=changes,
            reason="" if changes else f.t("provisions.tile.lifetime"),
        ),
        Tile(
            f.t("provisions.tile.overlay"),
            f.money(found.overlay),
            (),
            (),
            f.t("provisions.tile.factor", factor=factor),
        ),
        Tile(
            f.t("provisions.tile.without_vat"),
            f.money(without_vat),
            (),
            (),
            f.t("provisions.tile.lifetime"),
        ),
        Tile(
            f.t("provisions.tile.one_by_one"),
            f.money(sum((one.expected_loss for one in one_by_one), ZERO)),
            (),
            (),
            f.t(
                "provisions.tile.of_gross",
                amount=f.money(sum((one.gross_amount for one in one_by_one), ZERO)),
            ),
        ),
        Tile(
            f.t("provisions.tile.12m"),
            f.money(found.loss_12m),
            (),
            (),
            f.t("provisions.tile.beside" if found.loss_12m is not None else "provisions.tile.no_pd"),
        ),
        Tile(
            f.t("provisions.tile.tax"),
            f.money(now.proposed_provision),
            (),
            (),
            f.t("provisions.tile.ledger", amount=f.money(now.ledger_provision)),
        ),
    ]


def amount(f: Fmt, value: Decimal | None) -> str:
    """To the cent; a dash where there is nothing, so that the eye finds what there is."""
    return f.cents(value) if value else "–"


def source_name(f: Fmt, line: LossLine) -> str:
    """Where the rate comes from; a floor says whose it is."""
    if line.rate_source == "floor" and not line.is_floor_configured:
        return f.t("provisions.source.floor.default")
    return f.t(f"provisions.source.{line.rate_source}")


def matrix_note(f: Fmt, found: Provisions) -> str:
    """How the rates are made, and any that falls with age."""
    said = [f.t("provisions.matrix.note")]
    falling = [line.bucket for line in found.lines if line.is_rate_below_younger_bucket]
    if falling:
        said.append(f.t("provisions.matrix.falling", names=f.names([line_name(f, name) for name in falling])))
    return " ".join(said)


def matrix_table(f: Fmt, lines: Sequence[LossLine]) -> Table:
    """The matrix: what is open, what became of what ever reached the bucket, the rate and the loss."""
    shown = [line for line in lines if line.section == "matrix"]

    def total(name: str) -> str:
        return f.cents(sum((getattr(line, name) for line in shown), ZERO))

    return Table(
        caption=f.t("provisions.matrix.caption"),
        columns=[
            Column(f.t("col.bucket")),
            *(
                Column(f.t(f"col.{name}"), "number")
                for name in ("gross", "reached", "lost", "loss_rate", "rate_if_open_lost")
            ),
            Column(f.t("col.rate_source")),
            *(
                Column(f.t(f"col.{name}"), "number")
                for name in ("applied_rate", "loss_before_overlay", "overlay", "expected_loss")
            ),
        ],
        rows=[
            [
                line_name(f, line.bucket),
                amount(f, line.gross_amount),
                amount(f, line.cohort_reached),
                amount(f, line.cohort_lost),
                f.percent(line.loss_rate, 2),
                f.percent(line.loss_rate_if_open_lost, 2),
                Cell(source_name(f, line), "plain" if line.rate_source == "floor" else ""),
                f.percent(line.applied_loss_rate, 2),
                amount(f, line.expected_loss_before_overlay),
                amount(f, line.overlay_amount),
                amount(f, line.expected_loss),
            ]
            for line in shown
        ],
        foot=[
            [
                f.t("col.total"),
                total("gross_amount"),
                *[""] * 6,
                total("expected_loss_before_overlay"),
                total("overlay_amount"),
                total("expected_loss"),
            ]
        ],
        id="provision-matrix",
    )


def apart_table(f: Fmt, lines: Sequence[LossLine]) -> Table:
    """What the matrix does not measure: each line with its amount and reason."""
    rows: Rows = []
    for section in SECTIONS[1:]:
        rows.append([f.t(f"provisions.section.{section}")])
        rows += [
            [
                line_name(f, line.bucket),
                amount(f, line.gross_amount),
                f.integer(line.items),
                f.percent(line.applied_loss_rate, 2),
                source_name(f, line),
                amount(f, line.expected_loss),
                f.t(f"provisions.reason.{line.bucket}"),
            ]
            for line in lines
            if line.section == section
        ]
    shown = [line for line in lines if line.section != "matrix"]
    return Table(
        caption=f.t("provisions.apart.caption"),
        columns=[
            Column(f.t("col.line")),
            Column(f.t("col.gross"), "number"),
            Column(f.t("col.items"), "number"),
            Column(f.t("col.applied_rate"), "number"),
            Column(f.t("col.rate_source")),
            Column(f.t("col.expected_loss"), "number"),
            Column(f.t("col.reason")),
        ],
        rows=rows,
        foot=[
            [
                f.t("col.total"),
                f.cents(sum((line.gross_amount for line in shown), ZERO)),
                f.integer(sum(line.items for line in shown)),
                "",
                "",
                f.cents(sum((line.expected_loss for line in shown), ZERO)),
                "",
            ]
        ],
        id="provision-apart",
    )


def tie_sentence(f: Fmt, facts: Facts) -> str:
    """The same as `tie_table` in a line."""
    found, ledger = facts.provisions, facts.tie[0]
    matrix = sum((line.gross_amount for line in found.lines if line.section == "matrix"), ZERO)
    return f.t(
        "provisions.tie",
        matrix=f.cents(matrix),
        apart=f.cents(found.gross - matrix),
        together=f.cents(found.gross),
        ledger=f.cents(ledger),
        difference=f.cents(None if ledger is None else found.gross - ledger),
    )


def tie_table(f: Fmt, facts: Facts) -> Table:
    """Matrix and what stands apart add up to the receivables of the ledger."""
    lines = facts.provisions.lines
    sums = {s: sum((line.gross_amount for line in lines if line.section == s), ZERO) for s in SECTIONS}
    ledger = facts.tie[0]
    rows: Rows = [[f.t(f"provisions.section.{name}"), f.cents(gross)] for name, gross in sums.items()]
    rows.append([f.t("provisions.tie.sum"), f.cents(facts.provisions.gross)])
    rows.append([f.t("provisions.tie.ledger"), f.cents(ledger)])
    if ledger is not None:
        difference = facts.provisions.gross - ledger
        rows.append(
            [f.t("provisions.tie.difference"), Cell(f.cents(difference), "late" if difference else "ok")]
        )
    return Table(
        caption=f.t("provisions.tie.caption"),
        columns=[Column(f.t("col.line")), Column(f.t("col.gross"), "number")],
        rows=rows,
        id="provision-tie",
    )


def exposure_table(f: Fmt, found: Provisions, closing: date) -> Table:
    """Gross carrying amount and loss allowance by days past due at one closing (IFRS 7 35M and 35N)."""
    shown = [row for row in found.exposures if row.closing_date == closing]
    names = _EXPOSURE

    def total(name: str) -> Decimal:
        return sum((getattr(row, name) for row in shown), ZERO)

    def rate(loss: Decimal, gross: Decimal) -> str:
        return f.percent(loss / gross, 2) if gross > 0 else "–"

    return Table(
        caption=f.t("provisions.exposure.caption", day=f.day(closing)),
        columns=[
            Column(f.t("col.bucket")),
            *(Column(f.t(f"col.{name}"), "number") for name in names),
            Column(f.t("col.loss_rate"), "number"),
        ],
        rows=[
            [
                line_name(f, row.bucket),
                *(amount(f, getattr(row, name)) for name in names),
                f.percent(row.loss_rate, 2),
            ]
            for row in shown
        ],
        foot=[
            [
                f.t("col.total"),
                *(f.cents(total(name)) for name in names),
                rate(total("loss_allowance"), total("gross_amount")),
            ]
        ],
    )


_EXPOSURE = (
    "matrix_gross_amount", "matrix_loss_allowance", "individual_gross_amount", "individual_loss_allowance",
    "apart_gross_amount", "gross_amount", "loss_allowance",
)  # fmt: skip
_MOVEMENTS = (
    "opening_loss_allowance", "originated", "collected", "written_off", "aged", "remeasured", "rounding",
    "closing_loss_allowance", "receivables_written_off", "impairment_loss",
)  # fmt: skip


def movements_table(f: Fmt, movements: Sequence[Movement]) -> Table:
    """The allowance from each closing to the next, a column a closing (IFRS 7 35H)."""
    return Table(
        caption=f.t("provisions.movements.caption"),
        columns=[
            Column(""),
            *(
                Column(
                    f.t("provisions.movements.to", start=f.day_short(m.opening_date), end=f.day_short(m.closing_date)),
                    "number",
                )
                for m in movements
            ),
        ],
        rows=[
            [f.t(f"provisions.movement.{name}"), *(amount(f, getattr(m, name)) for m in movements)]
            for name in _MOVEMENTS
        ],
    )  # fmt: skip


def cohorts_table(f: Fmt, found: Provisions) -> Table:
    """What became of each month of billing."""
    names = ("billed", "credited", "assigned", "settled", "lost", "lost_excluding_vat", "open_amount")
    return Table(
        caption=f.t("provisions.cohorts.caption"),
        columns=[
            Column(f.t("col.month")),
            Column(f.t("col.state"), "centre"),
            *(Column(f.t(f"col.cohort.{name}"), "number") for name in names),
        ],
        rows=[
            [
                f.month_short(c.cohort_month),
                Cell(f.t(f"provisions.state.{c.state}"), "plain"),
                *(amount(f, getattr(c, name)) for name in names),
            ]
            for c in found.cohorts
        ],
    )


# --- charts ----------------------------------------------------------------------------------------------


def allowance_chart(f: Fmt, found: Provisions) -> Chart | None:
    """The expected loss line by line, the closing before thin and grey below."""
    shown = [line for line in found.lines if line.rate_source != "not_assessed" and line.gross_amount]
    if not shown or found.expected_loss <= 0:
        return None
    before = {line.bucket: line for line in found.at(found.closings[1])} if len(found.closings) > 1 else {}
    scale = f.scale(max(line.expected_loss for line in shown))
    largest = max(shown, key=lambda line: line.expected_loss)
    rows = [
        charts.Row(
            name=line_name(f, line.bucket),
            value=float(line.expected_loss),
            text=f.scaled(line.expected_loss, scale),
            tone="warn" if line.section == "individual" else "accent",
            before=float(before[line.bucket].expected_loss) if before else None,
        )
        for line in shown
    ]
    title = f.t(
        "provisions.allowance.title",
        share=f.percent(largest.expected_loss / found.expected_loss, 0),
        line=line_name(f, largest.bucket),
        gross=f.percent(largest.gross_amount / found.gross, 0) if found.gross > 0 else "–",
    )
    before_name = f.day(found.closings[1]) if before else ""
    return Chart(
        id="provisions-allowance",
        title=title,
        subtitle=f.t("provisions.allowance.subtitle", unit=f.scale_name(scale)),
        summary=title + ".",
        wide=charts.to_json(charts.rows_chart(rows, before_name=before_name, narrow=False, longest=34)),
        narrow=charts.to_json(charts.rows_chart(rows, before_name=before_name, narrow=True)),
        table=Table(
            caption=f.t("provisions.allowance.caption"),
            columns=[
                Column(f.t("col.line")),
                Column(f.t("col.gross"), "number"),
                Column(f.t("col.expected_loss"), "number"),
                *([Column(before_name, "number")] if before else []),
            ],
            rows=[
                [
                    line_name(f, line.bucket),
                    f.cents(line.gross_amount),
                    f.cents(line.expected_loss),
                    *([f.cents(before[line.bucket].expected_loss)] if before else []),
                ]
                for line in shown
            ],
        ),
    )


def rates_chart(f: Fmt, found: Provisions) -> Chart | None:
    """The applied rates by age, those of the closing before thin and grey below."""
    shown = [line for line in found.lines if line.section == "matrix" and line.bucket != "due_date_unknown"]
    if not any(line.applied_loss_rate for line in shown):
        return None
    before = {line.bucket: line for line in found.at(found.closings[1])} if len(found.closings) > 1 else {}
    rows = [
        charts.Row(
            name=line_name(f, line.bucket),
            value=float(line.applied_loss_rate or 0),
            text=f.percent(line.applied_loss_rate, 2),
            tone="accent",
            before=float(before[line.bucket].applied_loss_rate or 0) if before else None,
        )
        for line in shown
    ]
    oldest = shown[-1]
    is_observed = oldest.rate_source == "observed"
    title = f.t(
        "provisions.rates.title" if is_observed else "provisions.rates.title.floor",
        rate=f.percent(oldest.loss_rate, 1),
    )
    before_name = f.day(found.closings[1]) if before else ""
    return Chart(
        id="provisions-rates",
        title=title,
        subtitle=f.t("provisions.rates.subtitle"),
        summary=title + ".",
        wide=charts.to_json(charts.rows_chart(rows, before_name=before_name, narrow=False, longest=34)),
        narrow=charts.to_json(charts.rows_chart(rows, before_name=before_name, narrow=True)),
        table=Table(
            caption=f.t("provisions.rates.caption"),
            columns=[
                Column(f.t("col.bucket")),
                Column(f.t("col.applied_rate"), "number"),
                Column(f.t("col.rate_source")),
                *([Column(before_name, "number")] if before else []),
            ],
            rows=[
                [
                    line_name(f, line.bucket),
                    f.percent(line.applied_loss_rate, 2),
                    source_name(f, line),
                    *([f.percent(before[line.bucket].applied_loss_rate, 2)] if before else []),
                ]
                for line in shown
            ],
        ),
    )


# --- the tax schedule ------------------------------------------------------------------------------------


def tax_block(f: Fmt, found: Provisions) -> Block:
    """The French tax schedule: receivable by receivable, beside what the ledger holds."""
    now = found.tax_now
    lead = (
        f.n(
            "provisions.tax.lead",
            now.receivables,
            proposed=f.cents(now.proposed_provision),
            base=f.cents(now.base_amount),
        )
        if now.receivables
        else f.t("provisions.tax.none")
    )
    said = [f.t("provisions.tax.note")]
    if now.vat_unknown_amount:
        said.append(f.t("provisions.tax.vat_unknown", amount=f.cents(now.vat_unknown_amount)))
    if now.receivables > len(found.tax):
        said.append(f.t("provisions.tax.rest", n=f.integer(now.receivables - len(found.tax))))
    return Block(
        heading=f.t("provisions.tax"),
        lead=lead,
        table=tax_summary_table(f, found),
        more=[tax_table(f, found.tax)] if found.tax else [],
        note=" ".join(said),
        id="tax",
    )


_TAX_SUMMARY = (
    "base_amount", "proposed_provision", "ledger_provision", "difference", "ledger_charge", "ledger_reversal",
)  # fmt: skip


def tax_summary_table(f: Fmt, found: Provisions) -> Table:
    """The schedule of each closing beside 491, 68 and 78."""
    return Table(
        caption=f.t("provisions.tax.summary.caption"),
        columns=[
            Column(f.t("col.closing")),
            Column(f.t("col.receivables"), "number"),
            *(Column(f.t(f"col.tax.{name}"), "number") for name in _TAX_SUMMARY),
        ],
        rows=[
            [
                f.day_short(s.closing_date),
                f.integer(s.receivables),
                *(f.cents(getattr(s, name)) for name in _TAX_SUMMARY),
            ]
            for s in found.tax_summaries
        ],
    )


def event_name(f: Fmt, item: TaxItem) -> str:
    """The event, its day, the day it was published where that is another, and what else bears on the loss."""
    text = f.t(f"provisions.event.{item.event}", day=f.day_short(item.event_date))
    if item.event_known_on != item.event_date:
        text += f.t("provisions.event.published", day=f.day_short(item.event_known_on))
    if item.is_group:
        text += f.t("provisions.event.group")
    if item.is_insured:
        text += f.t("provisions.event.insured")
    return text


def tax_table(f: Fmt, items: Sequence[TaxItem]) -> Table:
    """Receivables of the as-of day's schedule, the largest proposal first."""
    return Table(
        caption=f.t("provisions.tax.caption"),
        columns=[
            Column(f.t("col.document")),
            Column(f.t("col.customer")),
            Column(f.t("col.event")),
            Column(f.t("col.source")),
            Column(f.t("col.open"), "number"),
            Column(f.t("col.tax.base_amount"), "number"),
            Column(f.t("col.rate"), "number"),
            Column(f.t("col.tax.proposed_provision"), "number"),
        ],
        rows=[
            [
                item.document_number or "–",
                item.name,
                event_name(f, item),
                item.event_source,
                f.cents(item.open_amount),
                f.cents(item.base_amount)
                if item.is_vat_known
                else Cell(f.t("provisions.tax.vat_unknown.cell", amount=f.cents(item.base_amount)), "plain"),
                f.percent(item.rate, 0),
                f.cents(item.proposed_provision),
            ]
            for item in items
        ],
        id="tax-schedule",
    )


# --- the workbook ----------------------------------------------------------------------------------------


def sheets(f: Fmt, facts: Facts, tables: Tables) -> list[Sheet]:
    """Matrix with what stands apart, disclosures, cohorts and the tax schedule of every closing."""
    found = facts.provisions
    return [
        Sheet(f.t("provisions.sheet.matrix"), [loss_grid(f, found, closing) for closing in found.closings]),
        Sheet(
            f.t("provisions.sheet.exposure"),
            [
                *(exposure_grid(f, found.exposures, closing) for closing in found.closings),
                *([movements_grid(f, found.movements)] if found.movements else []),
            ],
        ),
        Sheet(f.t("provisions.sheet.cohorts"), [cohorts_grid(f, found)]),
        Sheet(f.t("provisions.sheet.tax"), [tax_summary_grid(f, found), tax_grid(f, facts, tables)]),
    ]


def loss_grid(f: Fmt, found: Provisions, closing: date) -> Grid:
    """Every line of the provision at one closing."""
    lines = found.at(closing)
    rows: list[Row] = []
    for section in SECTIONS:
        rows.append(Heading(f.t(f"provisions.section.{section}")))
        rows += [
            [
                line_name(f, line.bucket),
                line.gross_amount,
                line.items,
                line.cohort_reached,
                line.cohort_lost,
                line.cohort_lost_excluding_vat,
                line.loss_rate,
                line.loss_rate_if_open_lost,
                source_name(f, line),
                line.forward_looking_factor,
                line.applied_loss_rate,
                line.expected_loss_before_overlay,
                line.overlay_amount,
                line.expected_loss,
                line.expected_loss_excluding_vat,
                f.t("provisions.horizon.lifetime"),
                f.t(f"provisions.reason.{line.bucket}"),
            ]
            for line in lines
            if line.section == section
        ]
    sums = {
        name: sum((getattr(line, name) for line in lines), ZERO)
        for name in (
            "gross_amount", "expected_loss_before_overlay", "overlay_amount", "expected_loss",
            "expected_loss_excluding_vat",
        )
    }  # fmt: skip
    gross, *losses = sums.values()
    rows.append(Total([f.t("col.total"), gross, sum(line.items for line in lines), *[None] * 8, *losses]))
    reason = lines[0].overlay_reason
    return Grid(
        title=f.t("provisions.matrix.caption") + " – " + f.day(closing),
        lead=[
            f.t("provisions.lead"),
            *([f.t("provisions.factor.reason", reason=reason)] if reason else []),
        ],
        columns=[
            Field(f.t("col.line"), width=34),
            Field(f.t("col.gross"), "money"),
            Field(f.t("col.items"), "integer"),
            Field(f.t("col.reached"), "money"),
            Field(f.t("col.lost"), "money"),
            Field(f.t("col.cohort.lost_excluding_vat"), "money"),
            Field(f.t("col.loss_rate"), "share"),
            Field(f.t("col.rate_if_open_lost"), "share"),
            Field(f.t("col.rate_source")),
            Field(f.t("col.factor"), "ratio"),
            Field(f.t("col.applied_rate"), "share"),
            Field(f.t("col.loss_before_overlay"), "money"),
            Field(f.t("col.overlay"), "money"),
            Field(f.t("col.expected_loss"), "money"),
            Field(f.t("col.expected_loss_excluding_vat"), "money"),
            Field(f.t("col.horizon"), width=16),
            Field(f.t("col.reason"), width=60),
        ],
        rows=rows,
    )


def exposure_grid(f: Fmt, exposures: Sequence[Exposure], closing: date) -> Grid:
    """The IFRS 7 table of one closing."""
    shown = [row for row in exposures if row.closing_date == closing]
    return Grid(
        title=f.t("provisions.exposure.caption", day=f.day(closing)),
        columns=[
            Field(f.t("col.bucket"), width=34),
            *(Field(f.t(f"col.{name}"), "money") for name in _EXPOSURE),
            Field(f.t("col.loss_rate"), "share"),
        ],
        rows=[
            *(
                [line_name(f, row.bucket), *(getattr(row, name) for name in _EXPOSURE), row.loss_rate]
                for row in shown
            ),
            Total(
                [
                    f.t("col.total"),
                    *(sum((getattr(row, name) for row in shown), ZERO) for name in _EXPOSURE),
                ]
            ),
        ],
    )


def movements_grid(f: Fmt, movements: Sequence[Movement]) -> Grid:
    """The allowance from each closing to the next."""
    return Grid(
        title=f.t("provisions.movements.caption"),
        columns=[
            Field("", width=34),
            *(
                Field(
                    f.t(
                        "provisions.movements.to",
                        start=f.day_short(m.opening_date),
                        end=f.day_short(m.closing_date),
                    ),
                    "money",
                )
                for m in movements
            ),
        ],
        rows=[
            [f.t(f"provisions.movement.{name}"), *(getattr(m, name) for m in movements)]
            for name in _MOVEMENTS
        ],
    )


def cohorts_grid(f: Fmt, found: Provisions) -> Grid:
    """Every month of billing on the as-of day."""
    names = ("billed", "credited", "assigned", "settled", "lost", "lost_excluding_vat", "open_amount")
    return Grid(
        title=f.t("provisions.cohorts.caption"),
        columns=[
            Field(f.t("col.month"), "date"),
            Field(f.t("col.state"), width=16),
            *(Field(f.t(f"col.cohort.{name}"), "money") for name in names),
        ],
        rows=[
            [c.cohort_month, f.t(f"provisions.state.{c.state}"), *(getattr(c, name) for name in names)]
            for c in found.cohorts
        ],
    )


def tax_summary_grid(f: Fmt, found: Provisions) -> Grid:
    """The schedule of each closing beside the ledger's accounts."""
    return Grid(
        title=f.t("provisions.tax.summary.caption"),
        lead=[f.t("provisions.tax.note")],
        columns=[
            Field(f.t("col.closing"), "date", width=14),
            Field(f.t("col.receivables"), "integer"),
            *(Field(f.t(f"col.tax.{name}"), "money") for name in _TAX_SUMMARY),
        ],
        rows=[
            [s.closing_date, s.receivables, *(getattr(s, name) for name in _TAX_SUMMARY)]
            for s in found.tax_summaries
        ],
    )


def tax_grid(f: Fmt, facts: Facts, tables: Tables) -> Grid:
    """Receivable by receivable, every closing."""
    items = [TaxItem(**row) for row in tax_rows(tables, facts.company.company_id)]
    left_out = sum(s.receivables for s in facts.provisions.tax_summaries) - len(items)
    return Grid(
        title=f.t("provisions.tax.caption"),
        columns=[
            Field(f.t("col.closing"), "date", width=14),
            Field(f.t("col.customer_id"), width=14),
            Field(f.t("col.customer"), width=34),
            Field(f.t("col.document"), width=18),
            Field(f.t("col.issued"), "date"),
            Field(f.t("col.due"), "date"),
            Field(f.t("col.event"), width=40),
            Field(f.t("col.source"), width=40),
            Field(f.t("col.open"), "money"),
            Field(f.t("col.tax.vat"), "money"),
            Field(f.t("col.tax.base_amount"), "money"),
            Field(f.t("col.rate"), "share"),
            Field(f.t("col.rate_source"), width=14),
            Field(f.t("col.tax.proposed_provision"), "money"),
        ],
        rows=[
            [
                item.closing_date,
                item.customer_id,
                item.name,
                item.document_number,
                item.issue_date,
                item.due_date,
                event_name(f, item),
                item.event_source,
                item.open_amount,
                item.vat_amount if item.is_vat_known else f.t("provisions.tax.vat.unknown"),
                item.base_amount,
                item.rate,
                f.t(f"provisions.source.{item.rate_source}"),
                item.proposed_provision,
            ]
            for item in items
        ],
        notes=[
            f.n("workbook.left_out", left_out, limit=f.integer(DETAIL_LIMIT), table="marts.rpt_tax_provision")
        ]
        if left_out > 0
        else [],
    )
