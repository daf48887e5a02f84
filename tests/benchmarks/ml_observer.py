"""The best that the payments of the demo company can tell about default: Bayes' rule by the generator's own laws.

The generator's chances know each customer's hidden health on the day; nobody who reads books does. This observer knows
all that is fixed (the laws, and every customer's own delay, noise and chance of stress, which a model has to learn) and
infers the health of each month end from what had been paid until then: a filter over the chain of
`pipelines.demo.habits`. It reads no register, promise or reminder; credit notes it knows in advance. What a model
misses beyond it is the model's; what it misses itself is the price of what is hidden.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.demo import Drawn
from pipelines.demo.behaviour import (
    APPLY_ADVANCE,
    APPLY_CREDIT,
    COLLAPSED,
    DIRECT_DEBIT,
    EVENT_LAG_MONTHS,
    FIRST_MONTH,
    HEALTHY,
    INVOICE,
    MONTHS_BEFORE,
    MONTHS_OF_HEALTH,
    NEVER,
    PAYMENTS,
    REJECTION,
    SET_OFF,
    STAGES,
    THRESHOLDS,
)
from pipelines.demo.calendar import calendar, month_number, month_start
from pipelines.demo.files import overdue_within_a_year
from pipelines.demo.habits import (
    COLLAPSE,
    Habits,
    first_payment,
    means_to_pay_after,
    partial_probability,
    reject_probability,
    stress_delay,
    transition,
)
from pipelines.demo.population import Bools, Floats, Ints

#: Month ends of the books.
MONTHS = 36
#: Stages by what they do: from the sixth month of stress on, delays lengthen no more.
KINDS = np.arange(7)
KIND_OF = np.minimum(np.arange(STAGES + 1), KINDS[-1])
#: Months after which a customer that collapsed owes what is 90 days late: one not in default did not collapse earlier.
UNSEEN_MONTHS = 4
#: What the laws hold to be impossible happens through roundings of days.
LEAST = 1e-6


@dataclass(frozen=True)
class _Seen:
    """Invoices to be paid in money, one element each, by habits that health changes; disputed ones tell nothing.

    month: of the due date, counted as `Health.stage` is. first: the day of the first payment, NEVER without one.
    collected: the day a direct debit or a bill is presented. told: (n, kinds) log chance of that payment by stage.
    """

    habits: Habits
    customer: Ints
    run: Ints
    due: Ints
    entry: Ints
    month: Ints
    mean: Floats
    noise: Floats
    first: Ints
    rejected: Ints
    collected: Ints
    told: Floats

    def paid_by(self, at: Ints, days: Ints) -> Floats:
        """(n, kinds): chance that each of the invoices `at` is paid by the end of its day."""
        limit = calendar().run_on_or_before(self.run[at], days)
        return _ready_by(limit - self.due[at], self.mean[at], self.noise[at])

    def unpaid_after(self, at: Ints, days: Ints) -> Floats:
        """(n, kinds): log chance that each is not paid by the end of its day."""
        automatic = np.where(self.collected[at] <= days, LEAST, 1.0)[:, None]
        by_hand = np.maximum(1 - self.paid_by(at, days), LEAST)
        out: Floats = np.log(np.where((self.run[at] >= DIRECT_DEBIT)[:, None], automatic, by_hand))
        return out


def _ready_by(days: Ints, mean: Floats, noise: Floats) -> Floats:
    """(n, kinds): chance that a customer means to pay by so many days after the due date."""
    x = (days + 0.5 - mean)[:, None] - stress_delay(KINDS)[None, :]
    return 1 - means_to_pay_after(x, noise[:, None])


def _seen(drawn: Drawn, habits: Habits) -> _Seen:
    docs, moves, cal = drawn.docs, drawn.moves, calendar()
    first, cents = first_payment(len(docs), moves)
    rejected = np.full(len(docs), NEVER)
    back = moves.what == REJECTION
    rejected[moves.document[back]] = moves.day[back]
    owed = docs.amount.copy()
    otherwise = np.isin(moves.what, (APPLY_CREDIT, APPLY_ADVANCE))
    np.subtract.at(owed, moves.document[otherwise], np.abs(moves.amount[otherwise]))
    owed[moves.document[moves.what == SET_OFF]] = 0
    of_interest = (docs.kind == INVOICE) & ~docs.is_disputed & (owed > 0)
    of_interest &= docs.issue < habits.health.judgment[docs.customer]
    at = np.flatnonzero(of_interest)
    own = docs.take(at)
    first, cents, owed = first[at], cents[at], owed[at]
    run, noise = habits.who.run[own.customer], habits.who.noise[own.customer]
    mean = habits.intended_delay(own)
    by_hand = run < DIRECT_DEBIT
    # Ready on one of the days that lead to that run, the day after the invoice at the soonest.
    day = np.minimum(first, NEVER - 60)
    before = cal.run_on_or_before(run, day - 1)
    since = np.where((before > own.issue)[:, None], _ready_by(before - own.due, mean, noise), 0.0)
    told = np.log(np.maximum(_ready_by(day - own.due, mean, noise) - since, LEAST))
    # In two parts, where it is large enough for that.
    splits, partial = by_hand & (owed > 10_000), partial_probability(KINDS)
    in_parts = splits & (cents < 0.75 * owed)
    told += np.where(in_parts[:, None], np.log(partial), np.where(splits[:, None], np.log(1 - partial), 0.0))
    return _Seen(
        habits=habits,
        customer=own.customer,
        run=run,
        due=own.due,
        entry=own.entry,
        month=np.clip(month_number(own.due) - FIRST_MONTH, 0, MONTHS_OF_HEALTH - 1),
        mean=mean,
        noise=noise,
        first=first,
        rejected=rejected[at],
        collected=habits.collected(own),
        told=np.where(by_hand[:, None], told, 0.0),
    )


def _evidence(seen: _Seen, month: int, end: int) -> tuple[Floats, Floats]:
    """What is known at the end of a day, by the month in which it falls due: logs.

    Returns:
        (customer, month, stage): chance of what is seen, by the stage then, collapsed included.
        (customer, month, stage): how many times likelier it is that what is unpaid is so, if the customer collapses in
        a month and was in that stage in the month before.
    """
    n = len(seen.habits.who)
    known = (seen.entry <= end) & (seen.month <= month)
    paid, unpaid = (
        np.flatnonzero(known & (seen.first <= end)),
        np.flatnonzero(known & (seen.first > end)),
    )
    told, reject = seen.told[paid], reject_probability(KINDS)
    debit = seen.run[paid] == DIRECT_DEBIT
    came_back = debit & (seen.rejected[paid] <= end)
    held = debit & ~came_back & (seen.first[paid] + 7 <= end)
    told = told + np.where(
        came_back[:, None], np.log(reject), np.where(held[:, None], np.log(1 - reject), 0.0)
    )
    still = seen.unpaid_after(unpaid, np.full(len(unpaid), end))
    out = np.zeros((n, month + 1, STAGES + 2))
    np.add.at(out, (seen.customer[paid], seen.month[paid]), told[:, [*KIND_OF, HEALTHY]])
    # A customer that collapsed pays nothing more for sure.
    gone = np.concatenate([still[:, KIND_OF], np.zeros((len(unpaid), 1))], axis=1)
    np.add.at(out, (seen.customer[unpaid], seen.month[unpaid]), gone)
    entering = np.zeros((n, month + 1, STAGES + 1))
    for back in range(1, UNSEEN_MONTHS + 2):
        collapse = seen.month[unpaid] + back
        within = collapse <= month
        at = unpaid[within]
        days = np.minimum(month_start(FIRST_MONTH + collapse[within]) + 14, end)
        gain = seen.unpaid_after(at, days) - still[within]
        for stage in range(1, STAGES + 1):
            then = KIND_OF[max(stage - (back - 1), 0)]
            np.add.at(entering[:, :, stage], (seen.customer[at], collapse[within]), gain[:, then])
    return out, entering


def health(drawn: Drawn) -> Floats:
    """(customer, month end, stage): what Bayes' rule says of health at each month end, by what was paid until then.

    Of a customer that is not in default on that day: whoever is, nobody asks about.

    Raises:
        TypeError: customers pay by another mechanism.
    """
    habits, moves = drawn.mechanism, drawn.moves
    if not isinstance(habits, Habits):
        raise TypeError("Only customers who pay by habit have a health to be told.")
    seen = _seen(drawn, habits)
    n, hazard = len(habits.who), habits.who.hazard
    paid = np.isin(moves.what, PAYMENTS)
    payer, paid_on = drawn.docs.customer[moves.document[paid]], moves.day[paid]
    paid_in = np.clip(month_number(paid_on) - FIRST_MONTH, 0, MONTHS_OF_HEALTH - 1)
    out = np.zeros((n, MONTHS, STAGES + 2))
    for number, end in enumerate(month_ends().tolist()):
        month = MONTHS_BEFORE + number
        evidence, entering = _evidence(seen, month, end)
        evidence -= evidence.max(axis=2, keepdims=True)
        weight = np.exp(np.clip(entering[:, :, 1:], -50, 50))
        alive = np.zeros(n, dtype=np.int64)
        np.maximum.at(alive, payer[paid_on <= end], paid_in[paid_on <= end])
        law = np.zeros((n, STAGES + 2))
        law[:, HEALTHY] = 1.0
        for m in range(month + 1):
            if m:
                before = law
                law = transition(hazard, before)
                fallen = (before[:, 1 : STAGES + 1] * weight[:, m]).sum(axis=1)
                law[:, COLLAPSED] = before[:, COLLAPSED] + COLLAPSE * fallen
            law[_not_collapsed_by(m, alive, month), COLLAPSED] = 0.0
            law *= np.exp(evidence[:, m])
            law /= law.sum(axis=1, keepdims=True)
        out[:, number] = law
    return out


def _not_collapsed_by(m: int, alive: Ints, month: int) -> Bools:
    """Who paid in a later month, or would be in default by now."""
    out: Bools = (alive > m) | (m <= month - UNSEEN_MONTHS)
    return out


def month_ends() -> Ints:
    """Day numbers of the month ends of the books."""
    out: Ints = month_start(FIRST_MONTH + MONTHS_BEFORE + np.arange(MONTHS) + 1) - 1
    return out


def _open_invoices(drawn: Drawn, end: int) -> Ints:
    """The invoices that are open at the end of a day."""
    docs, moves = drawn.docs, drawn.moves
    left, known = docs.amount.copy(), moves.day <= end
    np.subtract.at(left, moves.document[known], moves.amount[known])
    return np.flatnonzero((docs.kind == INVOICE) & (docs.entry <= end) & (left > 0))


@dataclass(frozen=True)
class _InOneStage(Habits):
    """Everybody's health as it would be in one stage."""

    stage: int

    def _stage(self, customer: Ints, days: Ints) -> Ints:
        shape = np.broadcast_shapes(np.shape(customer), np.shape(days))
        return np.full(shape, self.stage, dtype=np.int64)


def _supposed(drawn: Drawn, stage: int) -> _InOneStage:
    """The mechanism as it would be with everybody in that stage, and nobody's collapse known."""
    health = drawn.mechanism.health
    return _InOneStage(drawn.who, replace(health, collapse=np.full_like(health.collapse, NEVER)), stage)


def late(drawn: Drawn, numbers: npt.NDArray[Any]) -> tuple[list[pa.Table], list[pa.Table]]:
    """Chances of lateness by days, as the truth states them, to one who sees the payments.

    Args:
        numbers: of the documents, in their order.

    Returns:
        document_number, p: of each invoice when it is issued, by what was known a month end before.
        document_number, month_end, p: of each invoice open at a month end.
    """
    law, docs, ends = health(drawn), drawn.docs, month_ends()
    open_at = [_open_invoices(drawn, end) for end in ends.tolist()]
    at, months = np.concatenate(open_at), np.repeat(np.arange(MONTHS), [len(one) for one in open_at])
    month = month_number(docs.issue) - FIRST_MONTH - MONTHS_BEFORE
    new = np.flatnonzero((docs.kind == INVOICE) & (month > 0) & (month < MONTHS))
    issued = docs.take(new)
    before = transition(drawn.who.hazard[issued.customer], law[issued.customer, month[new] - 1])
    at_issue = np.repeat(before[:, [COLLAPSED]], len(THRESHOLDS), axis=1)
    owner = docs.customer[at]
    at_end = np.repeat(law[owner, months][:, [COLLAPSED]], len(THRESHOLDS), axis=1)
    for stage in range(STAGES + 1):
        supposed = _supposed(drawn, stage)
        at_issue += before[:, [stage]] * supposed.late_at_issue(issued)
        at_end += law[owner, months, stage][:, None] * supposed.late_at(docs, drawn.moves, at, ends[months])
    # Sums of shares go a hair above one.
    at_issue, at_end = np.minimum(at_issue, 1.0), np.minimum(at_end, 1.0)
    created, opened = pa.array(numbers[new].tolist()), pa.array(numbers[at].tolist())
    days = pa.array(ends[months].astype("datetime64[D]"))
    return (
        [pa.table({"document_number": created, "p": p}) for p in at_issue.T.copy()],
        [pa.table({"document_number": opened, "month_end": days, "p": p}) for p in at_end.T.copy()],
    )


def chances(drawn: Drawn) -> pa.Table:
    """customer_id, month_end, p: the chance of default within twelve months, to one who sees the payments.

    Who collapsed will be in default; who did not may collapse, or owe enough for more than 90 days and live on.
    """
    law, who = health(drawn), drawn.who
    ends, p = month_ends(), law[:, :, COLLAPSED].copy()
    open_at = [_open_invoices(drawn, end) for end in ends.tolist()]
    for stage in range(STAGES + 1):
        overdue = overdue_within_a_year(_supposed(drawn, stage), drawn.docs, open_at, ends, len(who))
        later = np.zeros((len(who), STAGES + 2))
        later[:, stage] = 1.0
        for _ in range(12 - EVENT_LAG_MONTHS):
            later = transition(who.hazard, later)
        p += law[:, :, stage] * (1 - (1 - later[:, COLLAPSED])[:, None] * (1 - overdue))
    return pa.table(
        {
            "customer_id": pa.array(np.repeat(who.code, MONTHS).tolist(), pa.string()),
            "month_end": pa.array(np.tile(ends, len(who)).astype("datetime64[D]")),
            "p": p.ravel(),
        }
    )
