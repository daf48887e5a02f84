"""The auditor's page: what was read and refused, what was checked, what does not tie, what is assumed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from dashboards.companies import identities_block
from dashboards.context import SiteContext
from dashboards.data import ROW_LIMIT, Expectation, Share, Source, TieOut
from dashboards.facts import LEDGERS, Facts
from dashboards.followup import event_sources_block
from dashboards.i18n import Fmt
from dashboards.messages import MESSAGES
from dashboards.model import Block, Cell, Column, Kind, Page, Table
from dashboards.processing import processing_block
from dashboards.theme import mark_of

LANDINGS_SHOWN = 5
"""Of a table landed day after day so many versions stand in the first list."""


def build(f: Fmt, facts: Facts, context: SiteContext) -> Page:
    """The auditor's page of one company in one language."""
    blocks = [
        sources_block(f, facts),
        event_sources_block(f, facts),
        identities_block(f, facts),
        _rejected_block(f, facts),
        _tie_block(f, facts),
        *differences_block(f, facts),
        restated_block(f, facts),
        _expectations_block(f, facts),
        *([_unbalanced_block(f, facts)] if facts.has_ledger or not facts.has_subledger else []),
        Block(
            heading=f.t("audit.due"),
            lead=f.t("audit.due.lead", share=f.percent(facts.share_assumed, 1)),
            table=shares_table(f, facts.data.due_sources, "due", f.t("audit.due.caption")),
            id="due-dates",
        ),
        Block(
            heading=f.t("audit.settlement"),
            lead=settlement_lead(f, facts),
            table=shares_table(f, facts.data.settlement, "method", f.t("audit.settlement.caption")),
            id="settlement",
        ),
        *([spellings_block(f, facts)] if facts.has_ledger or not facts.has_subledger else []),
        *(processing_block(f, one) for one in [context.processing.get(facts.company.company_id)] if one),
        _manifest_block(f, context),
    ]
    return Page(
        slug="audit",
        name=f.t("page.audit"),
        title=headline(f, facts),
        lead=f.t("audit.lead"),
        blocks=blocks,
    )


def headline(f: Fmt, facts: Facts) -> str:
    """Whether it ties, and how many checks failed."""
    expected, difference, failed = facts.tie
    errors = sum(1 for e in facts.data.expectations if not e.passed and e.severity == "error")
    warnings = sum(1 for e in facts.data.expectations if not e.passed and e.severity != "error")
    if expected is None or difference is None:
        tie = f.t("audit.headline.no_tie")
    elif failed == 0:
        tie = f.t("audit.headline.tie", amount=f.cents(expected))
    else:
        tie = f.n("audit.headline.exceptions", failed)
    if errors:
        return tie + f.n("audit.headline.errors", errors)
    return tie + (f.n("audit.headline.warnings", warnings) if warnings else f.t("audit.headline.clean"))


def sources_lead(f: Fmt, facts: Facts) -> str:
    """Rows read = accepted + refused + left out by the configuration, said or contradicted; external rows set aside."""
    books = facts.ledger_files
    left_out = sum(s.rows_out_of_scope for s in books)
    gap = facts.rows_read - facts.rows_accepted - facts.rows_rejected - left_out
    text = f.t(
        "audit.sources.gap" if gap else "audit.sources.left_out" if left_out else "audit.sources.sum",
        read=f.integer(facts.rows_read),
        accepted=f.integer(facts.rows_accepted),
        rejected=f.integer(facts.rows_rejected),
        left_out=f.integer(left_out),
        gap=f.integer(gap),
    )
    if superseded := sum(s.rows_superseded or 0 for s in books):
        text += " " + f.n("audit.sources.superseded", superseded)
    aside = sum(s.rows_out_of_scope for s in facts.data.sources if s.source not in LEDGERS)
    return f"{text} {f.n('audit.sources.aside', aside)}" if aside else text


def sources_block(f: Fmt, facts: Facts) -> Block:
    """Every file and query read; of one that is landed day after day the last ones first, the others below."""
    shown: list[Source] = []
    earlier: list[Source] = []
    landed = Counter[tuple[str, str | None]]()
    for source in facts.data.sources:
        landed[(source.source, source.table_name)] += 1
        many = source.table_name is not None and landed[(source.source, source.table_name)] > LANDINGS_SHOWN
        (earlier if many else shown).append(source)
    return Block(
        heading=f.t("audit.sources"),
        lead=sources_lead(f, facts),
        table=sources_table(f, shown, f.t("audit.sources.caption")),
        more=(sources_table(f, earlier, f.t("audit.sources.earlier")),) if earlier else (),
        id="sources",
    )


def sources_table(f: Fmt, sources: Sequence[Source], caption: str) -> Table:
    """One line a file: rows and cents. A sub-ledger's amounts are as written, whatever their currency."""
    separators = {"\t": "tab", " ": "space"}
    rows: list[list[str | Cell]] = []
    for s in sources:
        separator = f"‹{separators.get(s.separator, s.separator)}›" if s.separator else ""
        form = " · ".join(part for part in (s.encoding, separator) if part)
        span = (
            f"{f.day_short(s.first_date)} – {f.day_short(s.last_date)}"
            if s.first_date and s.last_date
            else "–"
        )
        status = s.status or "used"
        gap = s.rows_read - s.rows_accepted - s.rows_rejected - s.rows_out_of_scope

        def amount(value: Decimal | None, of: Source = s) -> str:
            return f.cents(value) if of.table_name is None else f.number(value, 2)

        rows.append(
            [
                s.file_name,
                s.source if s.table_name is None else f"{s.source} · {s.table_name}",
                Cell(f.t(f"status.{status}"), "ok" if status == "used" else "plain")
                if status in ("used", "superseded", "duplicate")
                else status,
                form or "–",
                f.day_short(s.snapshot_date),
                span,
                f.integer(s.rows_read),
                f.integer(s.rows_accepted),
                f.integer(s.rows_superseded),
                Cell(f.integer(s.rows_out_of_scope + gap), "late" if gap else ""),
                Cell(f.integer(s.rows_rejected), "late" if s.rows_rejected else ""),
                amount(s.debit_total),
                amount(s.credit_total),
                amount(s.debit_rejected),
                amount(s.credit_rejected),
                f.integer(s.entries),
                f.integer(s.draft_rows),
                Cell(mark_of(s.sha256)),
                " ".join(s.warnings) or "–",
            ]
        )
    keys: tuple[tuple[str, Kind], ...] = (
        ("file", "text"),
        ("source", "text"),
        ("status", "centre"),
        ("form", "text"),
        ("snapshot", "number"),
        ("span", "number"),
        ("read", "number"),
        ("accepted", "number"),
        ("superseded", "number"),
        ("aside", "number"),
        ("rejected", "number"),
        ("debit", "number"),
        ("credit", "number"),
        ("debit_rejected", "number"),
        ("credit_rejected", "number"),
        ("entries", "number"),
        ("drafts", "number"),
        ("hash", "code"),
        ("warnings", "text"),
    )
    return Table(
        caption=caption,
        columns=[Column(f.t(f"audit.col.{key}"), kind) for key, kind in keys],
        rows=rows,
    )


def _rejected_block(f: Fmt, facts: Facts) -> Block:
    heading = f.t("audit.rejected")
    if not facts.data.rejected:
        return Block(heading=heading, lead=f.t("audit.rejected.none"), id="rejected")
    reasons = Counter[str]()
    for _, reason, count in facts.data.rejected_by_reason:
        reasons[reason] += count
    total = sum(reasons.values())
    told = "\u202f; " if f.locale == "fr" else "; "
    listed = told.join(f"{reason} ({f.integer(n)})" for reason, n in reasons.most_common(6))
    lead = f.n("audit.rejected.lead", total, reasons=listed)
    if total > ROW_LIMIT:
        lead += " " + f.t("audit.limited", n=f.integer(ROW_LIMIT))
    return Block(
        heading=heading,
        lead=lead,
        id="rejected",
        table=Table(
            caption=f.t("audit.rejected.caption"),
            columns=[
                Column(f.t("audit.col.file")),
                Column(f.t("audit.col.line"), "number"),
                Column(f.t("audit.col.column")),
                Column(f.t("audit.col.reason")),
                Column(f.t("audit.col.debit"), "number"),
                Column(f.t("audit.col.credit"), "number"),
                Column(f.t("audit.col.raw"), "code"),
            ],
            rows=[
                [
                    r.file_name,
                    f.integer(r.line_number),
                    r.column_name or "–",
                    r.reason,
                    f.cents(r.debit),
                    f.cents(r.credit),
                    _clip(r.raw_text or "–"),
                ]
                for r in facts.data.rejected
            ],
        ),
    )


def _clip(text: str) -> str:
    return text if len(text) <= 240 else text[:239] + "…"


def check_name(f: Fmt, check: str) -> str:
    """A check's name in words; an unknown one as the table writes it."""
    key = f"check.{check}"
    return f.t(key) if key in MESSAGES else check.replace("_", " ")


def _tie_block(f: Fmt, facts: Facts) -> Block:
    rows = facts.data.tie_out
    if not rows:
        return Block(heading=f.t("audit.tie"), lead=f.t("audit.headline.no_tie"), id="tie-out")
    failed = sum(r.failed for r in rows)
    checks = sum(r.rows for r in rows)
    lead = (
        f.n("audit.tie.lead.ok", checks)
        if failed == 0
        else f.n("audit.tie.lead.failed", failed, checks=f.integer(checks))
    )

    def row(r: TieOut) -> list[str | Cell]:
        return [
            check_name(f, r.check),
            f.day_short(r.month_end),
            f.integer(r.rows),
            f.cents(r.expected),
            f.cents(r.actual),
            f.cents(r.difference),
            Cell(f.n("audit.tie.failed", r.failed), "late") if r.failed else Cell(f.t("word.ties"), "ok"),
        ]

    shown = sorted(rows, key=lambda r: (r.failed == 0, r.check))
    latest = [r for r in shown if r.failed or r.month_end in (None, facts.as_of)]
    months = [r for r in shown if r not in latest]
    columns = [
        Column(f.t("audit.col.check")),
        Column(f.t("audit.col.month_end"), "number"),
        Column(f.t("audit.col.compared"), "number"),
        Column(f.t("audit.col.expected"), "number"),
        Column(f.t("audit.col.actual"), "number"),
        Column(f.t("audit.col.difference"), "number"),
        Column(f.t("audit.col.result"), "centre"),
    ]
    exceptions = None
    if facts.data.tie_exceptions:
        exceptions = Table(
            caption=f.t("audit.tie.exceptions"),
            columns=[
                Column(f.t("audit.col.check")),
                Column(f.t("audit.col.month_end"), "number"),
                Column(f.t("audit.col.customer")),
                Column(f.t("audit.col.expected"), "number"),
                Column(f.t("audit.col.actual"), "number"),
                Column(f.t("audit.col.difference"), "number"),
                Column(f.t("audit.col.detail")),
            ],
            rows=[
                [
                    check_name(f, e.check),
                    f.day_short(e.month_end),
                    e.customer_id or "–",
                    f.cents(e.expected),
                    f.cents(e.actual),
                    f.cents(e.difference),
                    e.detail or "–",
                ]
                for e in facts.data.tie_exceptions
            ],
        )
    return Block(
        heading=f.t("audit.tie"),
        lead=lead,
        id="tie-out",
        table=Table(f.t("audit.tie.caption"), columns, [row(r) for r in latest]),
        more=tuple(
            table
            for table in (
                exceptions,
                Table(f.t("audit.tie.months"), columns, [row(r) for r in months]) if months else None,
            )
            if table is not None
        ),
    )


def differences_block(f: Fmt, facts: Facts) -> list[Block]:
    """What the sub-ledger and the ledger do not have alike, where a company has both."""
    if not (facts.has_subledger and facts.has_ledger):
        return []
    found = facts.data.ledger_differences
    heading = f.t("audit.differences")
    if not found:
        return [Block(heading=heading, lead=f.t("audit.differences.none"), id="ledger-differences")]
    kinds = facts.data.ledger_difference_kinds
    count = sum(kind.count for kind in kinds)
    lead = f.n(
        "audit.differences.lead",
        count,
        day=f.day(found[0].tie_date),
        amount=f.cents(sum((kind.amount for kind in kinds), Decimal(0)), sign=True),
    )
    if count > len(found):
        lead += " " + f.t("audit.differences.limited", n=f.integer(ROW_LIMIT))
    by_kind = Table(
        caption=f.t("audit.differences.kinds"),
        columns=[
            Column(f.t("audit.col.kind")),
            Column(f.t("audit.col.number"), "number"),
            Column(f.t("audit.col.difference"), "number"),
        ],
        rows=[
            [f.t(f"audit.differences.{kind.name}"), f.integer(kind.count), f.cents(kind.amount)]
            for kind in kinds
        ],
    )
    listed = Table(
        caption=f.t("audit.differences.caption"),
        columns=[
            Column(f.t("audit.col.customer")),
            Column(f.t("audit.col.document")),
            Column(f.t("audit.col.kind")),
            Column(f.t("audit.col.ledger_date"), "number"),
            Column(f.t("audit.col.subledger_date"), "number"),
            Column(f.t("audit.col.ledger_amount"), "number"),
            Column(f.t("audit.col.subledger_amount"), "number"),
            Column(f.t("audit.col.difference"), "number"),
        ],
        rows=[
            [
                one.customer_id,
                one.document_number or "–",
                f.t(f"audit.differences.{one.kind}"),
                f.day_short(one.ledger_date),
                f.day_short(one.subledger_date),
                f.cents(one.ledger_amount),
                f.cents(one.subledger_amount),
                f.cents(one.difference),
            ]
            for one in found
        ],
    )
    return [Block(heading=heading, lead=lead, table=by_kind, more=(listed,), id="ledger-differences")]


def settlement_lead(f: Fmt, facts: Facts) -> str:
    """How much rests on an assumption, and where no sum of documents was looked for."""
    lead = f.t("audit.settlement.lead", share=f.percent(facts.share_fifo, 1))
    if facts.data.credits_beyond_cap:
        lead += " " + f.t("audit.settlement.cap", credits=f.integer(facts.data.credits_beyond_cap))
    return lead


def spellings_block(f: Fmt, facts: Facts) -> Block:
    """Customers whose number changed its spelling: read as one, or kept apart."""
    found = facts.data.spellings
    if not found:
        return Block(heading=f.t("audit.spellings"), lead=f.t("audit.spellings.none"), id="spellings")
    apart = sum(not one.is_merged for one in found)
    return Block(
        heading=f.t("audit.spellings"),
        lead=f.t("audit.spellings.lead", merged=f.integer(len(found) - apart), apart=f.integer(apart)),
        id="spellings",
        table=Table(
            caption=f.t("audit.spellings.caption"),
            columns=[
                Column(f.t("audit.col.spelling")),
                Column(f.t("audit.col.customer")),
                Column(f.t("audit.col.years"), "number"),
                Column(f.t("audit.spellings.lines"), "number"),
                Column(f.t("audit.col.reading")),
            ],
            rows=[
                [
                    one.customer_spelling,
                    one.customer_id,
                    f"{one.first_fiscal_year}–{one.last_fiscal_year}",
                    f.integer(one.line_count),
                    f.t("audit.spellings.merged" if one.is_merged else "audit.spellings.apart"),
                ]
                for one in found
            ],
        ),
    )


def restated_block(f: Fmt, facts: Facts) -> Block:
    """What the closings and the last twelve month ends owe to lines and lettering that came after them."""
    heading = f.t("audit.restated")
    past = [r for r in facts.data.restatements if r.month_end < facts.as_of]
    if not past:
        return Block(heading=heading, lead=f.t("audit.restated.none"), id="restatements")
    told = next((r for r in past if r.is_fiscal_year_end), past[0])
    share = float(told.set_apart / told.open_documents) if told.open_documents > 0 else None
    lead = f.t(
        "audit.restated.lead",
        day=f.day(told.month_end),
        amount=f.cents(told.set_apart),
        share=f.percent(share, 1),
        later=f.cents(told.lettered_later),
    )
    if told.lettering_undated > 0:
        lead += " " + f.t("audit.restated.undated", amount=f.cents(told.lettering_undated))
    return Block(
        heading=heading,
        lead=lead,
        id="restatements",
        table=Table(
            caption=f.t("audit.restated.caption"),
            columns=[
                Column(f.t("audit.col.month_end"), "number"),
                Column(f.t("audit.col.closing"), "centre"),
                Column(f.t("audit.col.open_documents"), "number"),
                Column(f.t("audit.col.set_apart"), "number"),
                Column(f.t("audit.col.set_apart_overdue"), "number"),
                Column(f.t("audit.col.lettered_later"), "number"),
                Column(f.t("audit.col.number"), "number"),
                Column(f.t("audit.col.completed_later"), "number"),
            ],
            rows=[
                [
                    f.day_short(r.month_end),
                    Cell(f.t("audit.restated.closing")) if r.is_fiscal_year_end else "",
                    f.cents(r.open_documents),
                    f.cents(r.set_apart),
                    f.cents(r.set_apart_overdue),
                    f.cents(r.lettered_later),
                    f.integer(r.lettered_later_count),
                    f.cents(r.completed_later),
                ]
                for r in past
            ],
        ),
    )


def _expectations_block(f: Fmt, facts: Facts) -> Block:
    found = facts.data.expectations
    if not found:
        return Block(
            heading=f.t("audit.expectations"), lead=f.t("audit.expectations.none"), id="expectations"
        )
    failed = [e for e in found if not e.passed]
    passed = [e for e in found if e.passed]
    columns = [
        Column(f.t("audit.col.what")),
        Column(f.t("audit.col.severity"), "centre"),
        Column(f.t("audit.col.stage")),
        Column(f.t("audit.col.table")),
        Column(f.t("audit.col.observed")),
        Column(f.t("audit.col.expected")),
        Column(f.t("audit.col.unexpected"), "number"),
        Column(f.t("audit.col.result"), "centre"),
    ]

    def rows(of: list[Expectation]) -> list[list[str | Cell]]:
        return [
            [
                e.sentence_fr if f.locale == "fr" else e.sentence,
                Cell(f.t(f"severity.{e.severity}") if e.severity in ("error", "warning") else e.severity),
                f.t(f"stage.{e.stage}") if e.stage in ("gate", "warehouse") else e.stage,
                ".".join(part for part in (e.table_name, e.column_name) if part) or "–",
                e.observed if e.observed is not None else "–",
                e.expected if e.expected is not None else "–",
                f.integer(e.unexpected_count),
                Cell(f.t("word.passed"), "ok") if e.passed else Cell(f.t("word.failed"), "late"),
            ]
            for e in of
        ]

    errors = sum(1 for e in failed if e.severity == "error")
    lead = f.t(
        "audit.expectations.lead",
        passed=f.integer(len(passed)),
        total=f.integer(len(found)),
        errors=f.integer(errors),
        warnings=f.integer(len(failed) - errors),
    )
    return Block(
        heading=f.t("audit.expectations"),
        lead=lead,
        id="expectations",
        table=Table(f.t("audit.expectations.failed"), columns, rows(failed)) if failed else None,
        more=(Table(f.t("audit.expectations.passed"), columns, rows(passed)),) if passed else (),
    )


def _unbalanced_block(f: Fmt, facts: Facts) -> Block:
    heading = f.t("audit.unbalanced")
    if not facts.data.unbalanced:
        return Block(heading=heading, lead=f.t("audit.unbalanced.none"), id="unbalanced")
    return Block(
        heading=heading,
        lead=f.n("audit.unbalanced.lead", len(facts.data.unbalanced)),
        id="unbalanced",
        table=Table(
            caption=f.t("audit.unbalanced.caption"),
            columns=[
                Column(f.t("audit.col.file")),
                Column(f.t("audit.col.journal")),
                Column(f.t("audit.col.entry")),
                Column(f.t("audit.col.date"), "number"),
                Column(f.t("audit.col.line"), "number"),
                Column(f.t("audit.col.debit"), "number"),
                Column(f.t("audit.col.credit"), "number"),
                Column(f.t("audit.col.difference"), "number"),
            ],
            rows=[
                [
                    u.file_name,
                    u.journal_code or "–",
                    u.entry_number or "–",
                    f.day_short(u.entry_date),
                    f.integer(u.first_line),
                    f.cents(u.debit),
                    f.cents(u.credit),
                    f.cents(u.difference),
                ]
                for u in facts.data.unbalanced
            ],
        ),
    )


_KNOWN = {
    "due": ("document", "customer_terms", "company_terms", "legal_default", "unknown"),
    "method": ("ledger", "reference", "exact_amount", "amount_subset", "fifo"),
}


def shares_table(f: Fmt, shares: tuple[Share, ...], kind: str, caption: str) -> Table:
    """An amount split by name, with its shares."""
    total = sum((s.amount for s in shares), Decimal(0))

    def part(amount: Decimal) -> float | None:
        return float(amount / total) if total > 0 else None

    return Table(
        caption=caption,
        columns=[
            Column(f.t(f"audit.col.{kind}")),
            Column(f.t("audit.col.amount"), "number"),
            Column(f.t("audit.col.share"), "number"),
            Column(f.t("audit.col.number"), "number"),
        ],
        rows=[
            [
                f.t(f"{kind}.{s.name}") if s.name in _KNOWN[kind] else s.name,
                f.cents(s.amount),
                Cell(f.percent(part(s.amount), 1), share=max(part(s.amount) or 0.0, 0.0)),
                f.integer(s.count),
            ]
            for s in shares
        ],
        foot=[
            [
                f.t("col.total"),
                f.cents(total),
                f.percent(1, 1) if total > 0 else "–",
                f.integer(sum(s.count for s in shares)),
            ]
        ],
    )


def _manifest_block(f: Fmt, context: SiteContext) -> Block:
    facts = [
        (f.t("audit.manifest.run"), context.run_id),
        (f.t("audit.manifest.release"), context.release_hash),
    ]
    if context.previous_hash:
        facts.append((f.t("audit.manifest.previous"), context.previous_hash))
    facts += list(context.versions)
    table = None
    if context.hashes:
        table = Table(
            caption=f.t("audit.manifest.caption"),
            columns=[
                Column(f.t("audit.col.file")),
                Column(f.t("audit.col.rows"), "number"),
                Column(f.t("audit.col.hash"), "code"),
            ],
            rows=[
                [h.name, f.integer(h.rows), h.sha256]
                for h in sorted(context.hashes, key=lambda h: (h.name, h.sha256))
            ],
        )
    return Block(
        heading=f.t("audit.manifest"),
        lead=f.t("audit.manifest.lead"),
        table=table,
        facts=tuple(facts),
        id="manifest",
    )
