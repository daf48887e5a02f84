"""What people note around the receivables, as parts of pages: disputes, promises, reminders, insured limits, decisions.

What belongs here: the block of the risk page, the sentence about sources that are absent, the sources on the auditor's
page. What does not: queries (`dashboards.events_data`).
"""

from __future__ import annotations

from dashboards.events_data import Decision, EventSource
from dashboards.facts import Facts
from dashboards.i18n import Fmt
from dashboards.model import Block, Cell, Column, Table


def followup_block(f: Fmt, facts: Facts) -> Block:
    """Sentences on each source that is told, the lists behind them, and which sources are absent."""
    tables = [
        table
        for table in (
            disputes_table(f, facts),
            promises_table(f, facts),
            uninsured_table(f, facts),
            decisions_in_force(f, facts),
        )
        if table is not None
    ]
    return Block(
        heading=f.t("followup"),
        lead=" ".join([*told(f, facts), *absent(f, facts)]),
        table=tables[0] if tables else None,
        more=tables[1:],
        id="followup",
    )


def told(f: Fmt, facts: Facts) -> list[str]:
    """One sentence for each source that is there."""
    events = facts.data.events
    found = []
    if events.tells("disputes"):
        found.append(
            f.n("followup.disputes", events.disputed_documents, amount=f.money(events.disputed_open))
        )
    if events.tells("promises"):
        judged = events.promises_kept + events.promises_broken
        if judged:
            found.append(
                f.n(
                    "followup.promises",
                    judged,
                    kept=f.integer(events.promises_kept),
                    share=f.percent(events.promises_kept / judged),
                )
            )
        found.append(
            f.n("followup.pending", events.promises_pending, amount=f.money(events.promised_pending))
        )
    if events.tells("reminders"):
        found.append(f.n("followup.reminders", events.reminders, third=f.integer(events.reminders_third)))
    if events.tells("instalments"):
        found.append(
            f.n("followup.instalments", events.late_instalments, amount=f.money(events.instalment_arrears))
        )
    if events.tells("insured_limits") and events.insured_balance > 0:
        found.append(
            f.t(
                "followup.insured",
                limit=f.money(events.insured_limit),
                amount=f.money(events.uninsured_exposure),
                share=f.percent(float(events.uninsured_exposure / events.insured_balance)),
            )
        )
    return found


def absent(f: Fmt, facts: Facts) -> list[str]:
    """Which sources are not there, and what is therefore not told."""
    missing = facts.data.events.absent
    if not missing:
        return []
    found = [f.t("followup.absent", names=f.names([f.t(f"event.source.{event}") for event in missing]))]
    if "disputes" in missing:
        found.append(f.t("followup.absent.disputes"))
    return found


def disputed_sentence(f: Fmt, facts: Facts) -> str:
    """What of the open documents is in dispute; empty where no source tells, or none is."""
    events = facts.data.events
    if not events.disputed_documents:
        return ""
    return f.n("followup.disputes", events.disputed_documents, amount=f.money(events.disputed_open))


def disputes_table(f: Fmt, facts: Facts) -> Table | None:
    """Open disputes, largest first."""
    events = facts.data.events
    if not events.disputes:
        return None
    return Table(
        caption=f.n("followup.disputes.caption", events.open_disputes, shown=f.integer(len(events.disputes))),
        columns=[
            Column(f.t("col.customer")),
            Column(f.t("col.document")),
            Column(f.t("col.opened"), "number"),
            Column(f.t("col.days_open"), "number"),
            Column(f.t("col.disputed"), "number"),
            Column(f.t("col.reason")),
        ],
        rows=[
            [
                d.name,
                d.document_reference or f.n("followup.documents", d.documents),
                f.day_short(d.opened_on),
                f.integer(d.days_open),
                f.cents(d.disputed_amount),
                d.reason or "–",
            ]
            for d in events.disputes
        ],
    )


def promises_table(f: Fmt, facts: Facts) -> Table | None:
    """Promises still to be kept, then those broken lately."""
    promises = facts.data.events.promises
    if not promises:
        return None
    return Table(
        caption=f.t("followup.promises.caption"),
        columns=[
            Column(f.t("col.customer")),
            Column(f.t("col.document")),
            Column(f.t("col.state"), "centre"),
            Column(f.t("col.promised_on"), "number"),
            Column(f.t("col.promised_for"), "number"),
            Column(f.t("col.promised"), "number"),
            Column(f.t("col.received"), "number"),
        ],
        rows=[
            [
                p.name,
                p.document_reference or f.t("followup.whole"),
                Cell(f.t(f"promise.{p.status}"), "late" if p.status == "broken" else "plain"),
                f.day_short(p.promised_on),
                f.day_short(p.due_on),
                f.cents(p.expected_amount),
                f.cents(p.received_amount),
            ]
            for p in promises
        ],
    )


def uninsured_table(f: Fmt, facts: Facts) -> Table | None:
    """The largest balances beyond their insured limits."""
    uninsured = facts.data.events.uninsured
    if not uninsured:
        return None
    return Table(
        caption=f.t("followup.uninsured.caption"),
        columns=[
            Column(f.t("col.customer")),
            Column(f.t("col.exposure"), "number"),
            Column(f.t("col.insured_limit"), "number"),
            Column(f.t("col.uninsured"), "number"),
        ],
        rows=[
            [u.name, f.cents(u.balance), f.cents(u.insured_limit), f.cents(u.uninsured_exposure)]
            for u in uninsured
        ],
    )


def decisions_in_force(f: Fmt, facts: Facts) -> Table | None:
    """Decisions in place of the action proposed, beside it."""
    decisions = facts.data.events.decisions
    if not decisions:
        return None
    return Table(
        caption=f.t("followup.decisions.caption"),
        columns=[
            Column(f.t("col.customer")),
            Column(f.t("col.proposed"), "action"),
            Column(f.t("col.decided"), "action"),
            Column(f.t("col.reason")),
            Column(f.t("col.decided_by")),
            Column(f.t("col.decided_on"), "number"),
            Column(f.t("col.until"), "number"),
        ],
        rows=[
            [
                d.name,
                facts.data.actions.get(d.customer_id, {}).get(f.locale, "–"),
                d.action,
                d.reason or "–",
                d.decided_by or "–",
                f.day_short(d.decided_on),
                f.day_short(d.valid_to),
            ]
            for d in decisions
        ],
    )


def decision_of(facts: Facts, customer_id: str) -> Decision | None:
    """The decision in force about a customer."""
    return next((d for d in facts.data.events.decisions if d.customer_id == customer_id), None)


def with_decision(f: Fmt, facts: Facts, customer_id: str, action: str) -> str:
    """The action proposed and, beside it, the decision in force."""
    decision = decision_of(facts, customer_id)
    if decision is None:
        return action
    return f.t(
        "followup.decided", action=action, decision=decision.action, day=f.day_short(decision.decided_on)
    )


def event_sources_block(f: Fmt, facts: Facts) -> Block:
    """Each table of events: its rows, what they are about, what could not be tied to anything known."""
    events = facts.data.events
    lost = sum(source.not_tied for source in events.sources)
    lead = " ".join([*absent(f, facts), *([f.n("audit.events.lost", lost)] if lost else [])])
    return Block(
        heading=f.t("audit.events"),
        lead=lead or f.t("audit.events.lead"),
        id="events",
        table=Table(
            caption=f.t("audit.events.caption"),
            columns=[
                Column(f.t("col.events")),
                Column(f.t("col.rows_read"), "number"),
                Column(f.t("col.about_documents"), "number"),
                Column(f.t("col.about_customers"), "number"),
                Column(f.t("col.unknown"), "number"),
                Column(f.t("col.after_as_of"), "number"),
                Column(f.t("col.period"), "number"),
            ],
            rows=[_source_row(f, s) for s in events.sources],
        ),
    )


def _source_row(f: Fmt, source: EventSource) -> list[str | Cell]:
    name = f.sentence(f.t(f"event.source.{source.event}"))
    if not source.is_configured:
        return [name, f.t("audit.events.none")]
    return [
        name,
        f.integer(source.rows_given),
        f.integer(source.about_documents),
        f.integer(source.about_customers),
        Cell(f.integer(source.not_tied), "late" if source.not_tied else "ok"),
        f.integer(source.rows_after_as_of),
        f"{f.day_short(source.first_date)} – {f.day_short(source.last_date)}" if source.first_date else "–",
    ]
