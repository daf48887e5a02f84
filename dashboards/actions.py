"""What to do, as parts of the risk page: whom to ask first, proposals by customer, grades, limits, likely disputes.

What belongs here: those blocks and their workbook. What does not: queries (`dashboards.actions_data`), the words of an
action and its reason, which come with the proposal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from dashboards.actions_data import GRADES, LIKELY_DISPUTE, Effect, Proposal
from dashboards.common import LOWERS, RAISES, reasons_text, spoken
from dashboards.data import Tables
from dashboards.facts import Facts
from dashboards.followup import decision_of, with_decision
from dashboards.i18n import NBSP, Fmt
from dashboards.messages import MESSAGES
from dashboards.model import Block, Cell, Column, Table
from dashboards.workbook import Field, Grid, Sheet

ASKED_SHOWN = 25
PROPOSALS_SHOWN = 30
LIMITS_SHOWN = 20
LOSSES_SHOWN = 20


def blocks(f: Fmt, facts: Facts) -> list[Block]:
    """The blocks of the risk page; those about what is not scored are left out."""
    found = [
        asked_block(f, facts),
        proposals_block(f, facts),
        grades_block(f, facts),
        limits_block(f, facts),
        disputes_block(f, facts),
    ]
    return [block for block in found if block is not None]


def told(f: Fmt, words: dict[str, Any], key: str = "") -> str:
    """Words that came with a proposal, in the page's language; empty where it has none."""
    return spoken(f, str(words.get(f"{key}{f.locale}", "")))


def action_name(f: Fmt, facts: Facts, code: str) -> str:
    """An action's name: ours, else as a proposal writes it, else its code."""
    if f"effects.{code}" in MESSAGES:
        return f.t(f"effects.{code}")
    return next((told(f, p.words) for p in facts.actions.proposals if p.code == code), code)


def asked_block(f: Fmt, facts: Facts) -> Block:
    """The collectors' list and what it assumes."""
    asked, effects = facts.actions.asked, facts.actions.effects
    used = {row.action for row in asked}
    measured = [e for e in effects if e.measured is not None and e.action in used]
    if not asked:
        return Block(heading=f.t("asked"), lead=f.t("asked.none"), id="asked")
    lead = f.n(
        "asked.lead",
        len(asked),
        gained=f.money(sum((row.cash_gained for row in asked), Decimal(0))),
        usual=f.money(sum((row.expected_cash for row in asked), Decimal(0))),
        days=f.integer(asked[0].horizon_days),
    )
    basis = (
        f.t("asked.measured", names=f.names([action_name(f, facts, e.action) for e in measured]))
        if measured
        else f.t("asked.assumed")
    )
    shown, rest = asked[:ASKED_SHOWN], asked[ASKED_SHOWN:]
    words = {p.customer_id: p for p in facts.actions.proposals}
    foot: list[list[str | Cell]] = []
    if rest:
        foot.append([f.n("asked.rest", len(rest)), "", *_asked_sums(f, rest)])
    foot.append([f.t("col.total"), "", *_asked_sums(f, asked)])
    return Block(
        heading=f.t("asked"),
        lead=f"{lead} {basis}",
        id="asked",
        table=Table(
            caption=f.t("asked.caption"),
            columns=[
                Column(f.t("col.customer")),
                Column(f.t("col.proposed"), "action"),
                Column(f.t("col.documents"), "number"),
                Column(f.t("col.overdue"), "number"),
                Column(f.t("col.oldest"), "number"),
                Column(f.t("col.usual_cash"), "number"),
                Column(f.t("col.cash_gained"), "number"),
            ],
            rows=[
                [
                    row.name,
                    with_decision(f, facts, row.customer_id, told(f, words[row.customer_id].words))
                    if row.customer_id in words
                    else row.action,
                    f.integer(row.documents),
                    f.units(row.overdue),
                    f.integer(row.oldest_overdue_days),
                    f.units(row.expected_cash),
                    f.units(row.cash_gained),
                ]
                for row in shown
            ],
            foot=foot,
        ),
        more=[effects_table(f, facts)],
    )


def _asked_sums(f: Fmt, rows: Sequence[Any]) -> list[str | Cell]:
    return [
        f.integer(sum(row.documents for row in rows)),
        f.units(sum((row.overdue for row in rows), Decimal(0))),
        "",
        f.units(sum((row.expected_cash for row in rows), Decimal(0))),
        f.units(sum((row.cash_gained for row in rows), Decimal(0))),
    ]


def effects_table(f: Fmt, facts: Facts) -> Table:
    """What each action is taken to achieve, and what one's own reminders say of it."""
    return Table(
        caption=f.t("effects.caption"),
        columns=[
            Column(f.t("col.action")),
            Column(f.t("col.assumed"), "number"),
            Column(f.t("col.measured"), "number"),
            Column(f.t("col.payments_after"), "number"),
            Column(f.t("col.payments_without"), "number"),
            Column(f.t("col.effect"), "number"),
        ],
        rows=[
            [
                action_name(f, facts, e.action),
                _times(f, e.assumed),
                _measured(f, e),
                f.integer(e.payments_after),
                f.integer(e.payments_without),
                _times(f, e.effect),
            ]
            for e in facts.actions.effects
        ],
    )


def _times(f: Fmt, ratio: float | None) -> str:
    return "–" if ratio is None else f"× {f.number(ratio, 2)}"


def _measured(f: Fmt, effect: Effect) -> str:
    if effect.measured is None:
        return "–"
    return f.t(
        "effects.interval",
        value=_times(f, effect.measured),
        low=f.number(effect.measured_low, 2),
        high=f.number(effect.measured_high, 2),
    )


def proposals_block(f: Fmt, facts: Facts) -> Block:
    """What is proposed for each customer, why, and what a person decided."""
    proposals = [p for p in facts.actions.proposals if p.code != "none"]
    if not proposals:
        return Block(heading=f.t("proposals"), lead=f.t("proposals.none"), id="proposals")
    return Block(
        heading=f.t("proposals"),
        lead=f.t("proposals.lead"),
        id="proposals",
        table=Table(
            caption=f.t("proposals.caption"),
            columns=[
                Column(f.t("col.customer")),
                Column(f.t("col.grade"), "centre"),
                Column(f.t("col.exposure"), "number"),
                Column(f.t("col.overdue"), "number"),
                Column(f.t("col.proposed"), "action"),
                Column(f.t("col.because")),
            ],
            rows=[
                [
                    p.name,
                    grade(f, p),
                    f.units(p.exposure),
                    f.units(p.overdue),
                    with_decision(f, facts, p.customer_id, told(f, p.words)),
                    told(f, p.words, "reason_") or "–",
                ]
                for p in proposals[:PROPOSALS_SHOWN]
            ],
            foot=_rest(f, proposals[PROPOSALS_SHOWN:], 2, lambda p: (p.exposure, p.overdue), 2),
        ),
    )


def _rest(
    f: Fmt,
    rest: Sequence[Proposal],
    figures_from: int,
    figures: Callable[[Proposal], Sequence[Decimal]],
    blanks: int,
) -> list[list[str | Cell]]:
    """The foot row that adds up the proposals a table does not show; none where it shows all."""
    if not rest:
        return []
    sums = [sum(column, Decimal(0)) for column in zip(*map(figures, rest), strict=True)]
    return [
        [
            f.n("asked.rest", len(rest)),
            *[""] * (figures_from - 1),
            *(f.units(one) for one in sums),
            *[""] * blanks,
        ]
    ]


def grade(f: Fmt, proposal: Proposal) -> str | Cell:
    """A grade as a mark; an en dash where there is none."""
    if proposal.rating is None:
        return "–"
    if proposal.rating == "default":
        return Cell(f.t("name.default"), "default")
    return Cell(proposal.rating, "late" if proposal.rating in GRADES[4:] else "plain")


def grades_block(f: Fmt, facts: Facts) -> Block:
    """Customers, exposure and expected loss by grade, and what the grades were worth out of time."""
    rated = [p for p in facts.actions.proposals if p.rating in GRADES]
    if not rated:
        return Block(heading=f.t("grades"), lead=f.t("grades.none"), id="grades")
    proof = {g.group: g for g in facts.models.groups if g.task == "default"}
    rows: list[list[str | Cell]] = []
    for letter in GRADES:
        those = [p for p in rated if p.rating == letter]
        found = proof.get(letter)
        known = [p.pd_12m for p in those if p.pd_12m is not None]
        rows.append(
            [
                letter,
                f.integer(len(those)),
                f.percent(sum(known) / len(known), 1) if known else "–",
                f.units(sum((p.exposure for p in those), Decimal(0))),
                f.units(sum((p.expected_loss or Decimal(0) for p in those), Decimal(0))),
                f.percent(found.predicted, 1) if found else "–",
                f.t(
                    "effects.interval",
                    value=f.percent(found.observed, 1),
                    low=f.percent(found.observed_low, 1),
                    high=f.percent(found.observed_high, 1),
                )
                if found
                else "–",
                f.integer(found.n) if found else "–",
            ]
        )
    loss = sum((p.expected_loss or Decimal(0) for p in rated), Decimal(0))
    exposure = sum((p.exposure for p in rated), Decimal(0))
    codes = {p.validation for p in rated if p.validation}
    standing = [f.t(f"grades.{code}") for code in ("validated", "not_validated", "assumed") if code in codes]
    standing += [f.t("grades.bands", bands=", ".join(bands(f, facts)))] if bands(f, facts) else []
    return Block(
        heading=f.t("grades"),
        lead=" ".join([*standing, f.t("grades.lead", amount=f.money(loss), exposure=f.money(exposure))]),
        id="grades",
        table=Table(
            caption=f.t("grades.caption"),
            columns=[
                Column(f.t("col.grade")),
                Column(f.t("col.customers"), "number"),
                Column(f.t("col.pd"), "number"),
                Column(f.t("col.exposure"), "number"),
                Column(f.t("col.expected_loss"), "number"),
                Column(f.t("col.predicted"), "number"),
                Column(f.t("col.observed_range"), "number"),
                Column(f.t("col.cases"), "number"),
            ],
            rows=rows,
            foot=[
                [
                    f.t("col.total"),
                    f.integer(len(rated)),
                    "",
                    f.units(exposure),
                    f.units(loss),
                    *("", "", ""),
                ]
            ],
        ),
        more=[losses_table(f, rated)],
    )


def bands(f: Fmt, facts: Facts) -> list[str]:
    """The probability each grade ends below, as the model's card says: `A < 1 %`, the last one without an end."""
    card = next((c.card for c in facts.models.cards if c.task == "default"), {})
    return [
        f"{one['grade']}{NBSP}<{NBSP}{f.percent(one['below'])}" if one["below"] < 1 else one["grade"]
        for one in card.get("ratings", [])
    ]


def losses_table(f: Fmt, rated: Sequence[Proposal]) -> Table:
    """Who makes most of the expected loss, and what makes their probability of default."""
    largest = sorted(rated, key=lambda p: (-(p.expected_loss or Decimal(0)), p.customer_id))
    return Table(
        caption=f.t("losses.caption", raises=RAISES, lowers=LOWERS),
        columns=[
            Column(f.t("col.customer")),
            Column(f.t("col.grade"), "centre"),
            Column(f.t("col.pd"), "number"),
            Column(f.t("col.exposure"), "number"),
            Column(f.t("col.expected_loss"), "number"),
            Column(f.t("col.reasons")),
        ],
        rows=[
            [
                p.name,
                grade(f, p),
                f.percent(p.pd_12m, 1),
                f.units(p.exposure),
                f.units(p.expected_loss),
                reasons_text(f, p.reasons),
            ]
            for p in largest[:LOSSES_SHOWN]
        ],
        foot=_rest(f, largest[LOSSES_SHOWN:], 3, lambda p: (p.exposure, p.expected_loss or Decimal(0)), 1),
    )


def limits_block(f: Fmt, facts: Facts) -> Block | None:
    """Who owes more than its recommended limit."""
    over = sorted(
        (p for p in facts.actions.proposals if p.recommended_limit is not None and p.over_limit > 0),
        key=lambda p: (-p.over_limit, p.customer_id),
    )
    if not over:
        return None
    return Block(
        heading=f.t("limits"),
        lead=f.t(
            "limits.lead",
            amount=f.money(sum((p.over_limit for p in over), Decimal(0))),
            n=f.integer(len(over)),
        ),
        id="limits",
        table=Table(
            caption=f.t("limits.caption"),
            columns=[
                Column(f.t("col.customer")),
                Column(f.t("col.exposure"), "number"),
                Column(f.t("col.limit_now"), "number"),
                Column(f.t("col.limit_recommended"), "number"),
                Column(f.t("col.over_limit"), "number"),
                Column(f.t("col.because")),
            ],
            rows=[
                [
                    p.name,
                    f.units(p.exposure),
                    f.units(p.credit_limit),
                    f.units(p.recommended_limit),
                    f.units(p.over_limit),
                    told(f, p.limit_words),
                ]
                for p in over[:LIMITS_SHOWN]
            ],
            foot=[
                [row[0], row[1], "", "", *row[2:]]
                for row in _rest(f, over[LIMITS_SHOWN:], 1, lambda p: (p.exposure, p.over_limit), 1)
            ],
        ),
    )


def disputes_block(f: Fmt, facts: Facts) -> Block | None:
    """What should be disputed; None where no dispute is foreseen."""
    actions = facts.actions
    if not actions.disputes_scored:
        return None
    return Block(
        heading=f.t("likely"),
        lead=f.n("likely.lead", actions.disputes_scored, amount=f.money(actions.disputes_expected)),
        id="likely-disputes",
        table=Table(
            caption=f.t("likely.caption", share=f.percent(LIKELY_DISPUTE)),
            columns=[
                Column(f.t("col.document")),
                Column(f.t("col.customer")),
                Column(f.t("col.due"), "number"),
                Column(f.t("col.open"), "number"),
                Column(f.t("col.p_dispute"), "number"),
                Column(f.t("col.because")),
            ],
            rows=[
                [
                    d.document_number,
                    d.name,
                    f.day_short(d.due_date),
                    f.cents(d.open_amount),
                    Cell(f.percent(d.p_dispute), share=d.p_dispute),
                    reasons_text(f, d.reasons),
                ]
                for d in actions.disputes
            ],
        )
        if actions.disputes
        else None,
    )


def sheets(f: Fmt, facts: Facts, tables: Tables) -> list[Sheet]:
    """The whole list of whom to ask, every customer's proposal and limit, what asking achieves."""
    actions = facts.actions
    words = {p.customer_id: p for p in actions.proposals}
    asked = Grid(
        columns=[
            Field(f.t("col.rank"), "integer"),
            Field(f.t("col.customer_id"), "text", 14),
            Field(f.t("col.customer")),
            Field(f.t("col.proposed"), "text", 36),
            Field(f.t("col.documents"), "integer"),
            Field(f.t("col.overdue"), "money"),
            Field(f.t("col.oldest"), "integer"),
            Field(f.t("col.usual_cash"), "money"),
            Field(f.t("col.cash_gained"), "money"),
            Field(f.t("col.decision"), "text", 36),
        ],
        rows=[
            [
                *(row.rank, row.customer_id, row.name),
                told(f, words[row.customer_id].words) if row.customer_id in words else row.action,
                *(row.documents, row.overdue, row.oldest_overdue_days, row.expected_cash, row.cash_gained),
                _decided(facts, row.customer_id),
            ]
            for row in actions.asked
        ],
    )
    proposals = Grid(
        columns=[
            Field(f.t("col.customer_id"), "text", 14),
            Field(f.t("col.customer")),
            Field(f.t("col.grade"), "text", 8),
            Field(f.t("col.pd"), "share"),
            Field(f.t("col.exposure"), "money"),
            Field(f.t("col.overdue"), "money"),
            Field(f.t("col.expected_loss"), "money"),
            Field(f.t("col.proposed"), "text", 36),
            Field(f.t("col.because"), "text", 60),
            Field(f.t("col.decision"), "text", 36),
            Field(f.t("col.limit_now"), "money"),
            Field(f.t("col.limit_recommended"), "money"),
            Field(f.t("col.because"), "text", 60),
            Field(f.t("col.reasons_default"), "text", 60),
        ],
        rows=[
            [
                *(p.customer_id, p.name, p.rating, p.pd_12m, p.exposure, p.overdue, p.expected_loss),
                *(told(f, p.words), told(f, p.words, "reason_"), _decided(facts, p.customer_id)),
                *(p.credit_limit, p.recommended_limit, told(f, p.limit_words), reasons_text(f, p.reasons)),
            ]
            for p in actions.proposals
        ],
        lead=[f.t("proposals.lead")],
    )
    effects = Grid(
        columns=[
            Field(f.t("col.action")),
            Field(f.t("col.assumed"), "ratio"),
            Field(f.t("col.measured"), "text", 24),
            Field(f.t("col.payments_after"), "integer"),
            Field(f.t("col.payments_without"), "integer"),
            Field(f.t("col.effect"), "ratio"),
        ],
        rows=[
            [
                *(action_name(f, facts, e.action), e.assumed, _measured(f, e)),
                *(e.payments_after, e.payments_without, e.effect),
            ]
            for e in actions.effects
        ],
    )
    return [
        Sheet(f.t("asked"), [asked]),
        Sheet(f.t("proposals"), [proposals]),
        Sheet(f.t("effects.caption"), [effects]),
    ]


def _decided(facts: Facts, customer_id: str) -> str | None:
    decision = decision_of(facts, customer_id)
    return decision.action if decision else None
