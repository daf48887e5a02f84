"""Customers who pay by habit: the demo company's usual mechanism.

The health of a customer is a monthly chain: healthy; stressed for 1 to 12 months (delays lengthen by the month);
collapsed (pays nothing more). It means to pay after its usual delay, with a logistic error. All probabilities that the
truth states are functions of this chain and of that law, so that a model can be compared with the best possible one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.demo.behaviour import (
    COLLAPSED,
    DIRECT_DEBIT,
    EVENT_LAG_MONTHS,
    FIRST_MONTH,
    HEALTHY,
    MONTHS_BEFORE,
    MONTHS_OF_HEALTH,
    NEVER,
    PAYMENTS,
    STAGES,
    THRESHOLDS,
    Documents,
    Health,
    Moves,
    Parts,
    draw_fate,
)
from pipelines.demo.calendar import calendar, month_number, month_start
from pipelines.demo.population import RUN_WAITS, Bools, Customers, Floats, Ints

RECOVERY = 0.075  # monthly, from stress
COLLAPSE = 0.115  # monthly, from stress
FORGOTTEN_SHARE, FORGOTTEN_DELAY, FORGOTTEN_SCALE = 0.03, 26.0, 7.0
SHORT_SHARE = 0.004  # paid short and left open, e.g. a deduction the customer never explained
SECOND_PART = (15, 46)  # days from the first part of a payment to the rest, the last one not included
AGAIN_HEALTHY, AGAIN_STRESSED = (6, 35), (15, 70)  # the same from a rejection


def stress_delay(stage: NDArray[Any]) -> Floats:
    """Days that `stage` months of stress add to the intended delay (0 for a healthy customer)."""
    return np.where(stage > 0, 12.0 + 7.0 * np.minimum(stage, 6), 0.0)


def reject_probability(stage: NDArray[Any]) -> Floats:
    """Probability that a direct debit comes back."""
    return np.where(stage > 0, 0.30, 0.025)


def partial_probability(stage: NDArray[Any]) -> Floats:
    """Probability that a document is paid in two parts, the second at least fifteen days after the first."""
    return np.where(stage > 0, 0.22, 0.025)


def logistic_cdf(x: NDArray[Any]) -> Floats:
    """Standard logistic distribution function."""
    out: Floats = 1.0 / (1.0 + np.exp(-np.clip(x, -60.0, 60.0)))
    return out


def means_to_pay_after(days: Floats, noise: Floats) -> Floats:
    """Chance that a customer means to pay more than so many days after its usual delay, what it forgets included."""
    # The sum of two logistic terms, by a logistic of the same variance.
    spread = np.sqrt(noise**2 + FORGOTTEN_SCALE**2)
    usual = 1 - logistic_cdf(days / noise)
    forgotten = 1 - logistic_cdf((days - FORGOTTEN_DELAY) / spread)
    return (1 - FORGOTTEN_SHARE) * usual + FORGOTTEN_SHARE * forgotten


def transition(hazard: Floats, law: Floats) -> Floats:
    """One month of the chain: (n, STAGES + 2) probabilities forward, for customers of that monthly `hazard`."""
    out = np.zeros_like(law)
    stressed = law[:, 1 : STAGES + 1]
    out[:, HEALTHY] = law[:, HEALTHY] * (1 - hazard) + RECOVERY * stressed.sum(axis=1)
    out[:, 1] = law[:, HEALTHY] * hazard
    stay = stressed * (1 - RECOVERY - COLLAPSE)
    out[:, 2 : STAGES + 1] = stay[:, :-1]
    out[:, STAGES] += stay[:, -1]
    out[:, COLLAPSED] = law[:, COLLAPSED] + COLLAPSE * stressed.sum(axis=1)
    return out


@dataclass(frozen=True)
class Habitual:
    """What customers mean to do, from the state of their health in the month when the document falls due."""

    who: Customers
    docs: Documents
    paid_on: Ints
    stage: Ints

    def split(self, rng: np.random.Generator, due_amount: Ints) -> Parts:
        """Two parts more often under stress, in round sums where they are large; a few pay short."""
        n, run, stage = len(self.docs), self.who.run[self.docs.customer], self.stage
        automatic = run >= DIRECT_DEBIT
        u = rng.random(n)
        in_parts = (u < partial_probability(stage)) & ~automatic & (due_amount > 10_000)
        short = (u > 1 - SHORT_SHARE) & ~automatic & (due_amount > 5_000)
        fraction = rng.uniform(0.3, 0.7, n)
        first = np.rint(due_amount * fraction).astype(np.int64)
        first = np.where((stage > 0) & (due_amount > 40_000), first // 10_000 * 10_000, first)
        first = np.where(short, np.rint(due_amount * rng.uniform(0.9, 0.985, n)).astype(np.int64), first)
        second_on = calendar().run_on_or_after(
            run, np.minimum(self.paid_on + rng.integers(*SECOND_PART, n), NEVER - 60)
        )
        return Parts(np.where(in_parts | short, first, due_amount), in_parts, second_on)

    def comes_back(self, rng: np.random.Generator) -> Bools:
        """More often under stress."""
        out: Bools = rng.random(len(self.docs)) < reject_probability(self.stage)
        return out

    def again_on(self, rng: np.random.Generator) -> Ints:
        """Some weeks later, more of them under stress."""
        n = len(self.docs)
        extra = np.where(self.stage > 0, rng.integers(*AGAIN_STRESSED, n), rng.integers(*AGAIN_HEALTHY, n))
        return calendar().open_on_or_after(np.minimum(self.paid_on + 6 + extra, NEVER - 60))


@dataclass(frozen=True)
class Habits:
    """The mechanism, with its customers and their hidden health."""

    who: Customers
    health: Health

    @staticmethod
    def draw(rng: np.random.Generator, who: Customers) -> Habits:
        """Run the chain for every customer over `MONTHS_OF_HEALTH` months from July 2022."""
        n = len(who)
        stage = np.zeros((n, MONTHS_OF_HEALTH), dtype=np.int64)
        state = np.zeros(n, dtype=np.int64)
        for m in range(MONTHS_OF_HEALTH):
            u = rng.random(n)
            if m > 0:
                stressed = (state > 0) & (state <= STAGES)
                gone = stressed & (u < COLLAPSE)
                back = stressed & (u >= COLLAPSE) & (u < COLLAPSE + RECOVERY)
                worse = stressed & ~gone & ~back
                start = (state == HEALTHY) & (u < who.hazard)
                state = np.where(gone, COLLAPSED, np.where(back, HEALTHY, state))
                state = np.where(worse, np.minimum(state + 1, STAGES), np.where(start, 1, state))
            stage[:, m] = state
        fallen = stage[:, -1] == COLLAPSED
        month = np.where(fallen, np.argmax(stage == COLLAPSED, axis=1), 0) + FIRST_MONTH
        collapse = np.where(fallen, month_start(month) + rng.integers(0, 28, n), NEVER)
        return Habits(who, draw_fate(rng, who, stage, collapse))

    def intend(self, rng: np.random.Generator, docs: Documents) -> Habitual:
        """The usual delay, what stress adds to it, what is forgotten for weeks, disputes; then the next run."""
        n, c, who, cal = len(docs), docs.customer, self.who, calendar()
        stage = self._stage(c, docs.due)
        stage = np.where((docs.issue >= self.health.judgment[c]) | (stage == COLLAPSED), 0, stage)
        mean = self.intended_delay(docs)
        forgotten = rng.random(n) < FORGOTTEN_SHARE
        delay = mean + stress_delay(stage) + who.noise[c] * rng.logistic(0.0, 1.0, n)
        delay += np.where(forgotten, FORGOTTEN_DELAY + FORGOTTEN_SCALE * rng.logistic(0.0, 1.0, n), 0.0)
        delay += np.where(docs.is_disputed, rng.integers(20, 50, n), 0)
        ready = np.maximum(docs.due + np.rint(delay).astype(np.int64), docs.issue + 1)
        run = who.run[c]
        ready = np.where(run >= DIRECT_DEBIT, np.maximum(docs.due, docs.issue + 2), ready)
        paid_on = cal.run_on_or_after(run, np.clip(ready, docs.issue, NEVER - 120))
        return Habitual(who, docs, paid_on, stage)

    def intended_delay(self, docs: Documents) -> Floats:
        """Location of the intended delay in days for a healthy customer: its habit, the amount, the season."""
        c, who = docs.customer, self.who
        typical = who.amount[c] * (1 + who.vat_bp[c] / 10_000)
        amount = 1.6 * np.clip(np.log(np.maximum(docs.amount, 1) / typical), -1.5, 1.5)
        month = month_number(docs.due) % 12
        return who.delay[c] + amount + np.where(month == 7, 5.0, 0.0) + np.where(month == 11, 2.5, 0.0)

    def _stage(self, customer: Ints, days: Ints) -> Ints:
        """The hidden stage of customers in the months of days."""
        stage: Ints = self.health.stage[
            customer, np.clip(month_number(days) - FIRST_MONTH, 0, MONTHS_OF_HEALTH - 1)
        ]
        return stage

    def _law_when_due(self, docs: Documents, since: Ints) -> Floats:
        """(n, STAGES + 2): law of the stage in the month of the due date, given the stage in the month of `since`.

        Where the due date is of that month or an earlier one, the stage of its month is known.
        """
        c = docs.customer
        known = np.minimum(since, docs.due)
        lag = np.clip(month_number(docs.due) - FIRST_MONTH, 0, MONTHS_OF_HEALTH - 1)
        lag -= np.clip(month_number(known) - FIRST_MONTH, 0, MONTHS_OF_HEALTH - 1)
        law = np.zeros((len(docs), STAGES + 2))
        law[np.arange(len(docs)), self._stage(c, known)] = 1.0
        for step in range(int(lag.max(initial=0))):
            law = np.where((lag > step)[:, None], transition(self.who.hazard[c], law), law)
        after = docs.issue >= self.health.judgment[c]
        law[after] = 0.0
        law[after, HEALTHY] = 1.0
        return law

    def _later(self, docs: Documents, day: Ints, stage: int) -> tuple[Floats, Floats]:
        """P(first payment after the end of `day`), P(the second of two after it), of that stage when due."""
        c = docs.customer
        run, scale = self.who.run[c], self.who.noise[c]
        limit = calendar().run_on_or_before(run, day) - docs.due + 0.5
        mean = self.intended_delay(docs) + np.where(docs.is_disputed, 34.5, 0.0)
        x = limit - mean - stress_delay(np.full(len(docs), stage))
        late = means_to_pay_after(x, scale)
        second_wait = 30.0 + RUN_WAITS[run]
        late_second = 1 - logistic_cdf((x - second_wait) / np.sqrt(scale**2 + 25.0))
        return late, late_second

    def late_at_issue(self, docs: Documents) -> Floats:
        """See `Mechanism`."""
        out = np.empty((len(docs), len(THRESHOLDS)))
        law = self._law_when_due(docs, docs.issue)
        run = self.who.run[docs.customer]
        direct, automatic = run == DIRECT_DEBIT, run >= DIRECT_DEBIT
        collected = self.collected(docs)
        mean = self.intended_delay(docs) + np.where(docs.is_disputed, 34.5, 0.0)
        for k, days in enumerate(THRESHOLDS):
            total = law[:, COLLAPSED].copy()
            for stage in range(STAGES + 1):
                one = np.full(len(docs), stage)
                late, late_second = self._later(docs, docs.due + days, stage)
                q = partial_probability(one)
                late = (1 - q - SHORT_SHARE) * late + q * np.maximum(late, late_second) + SHORT_SHARE
                # Direct debits and bills are late when they come back, or when the due date is no working day.
                comes_back = np.where(direct, reject_probability(one), 0.0)
                low, high = AGAIN_STRESSED if stage else AGAIN_HEALTHY
                second = np.clip((collected - docs.due + 6 + high - days) / (high - low), 0.0, 1.0)
                late = np.where(
                    automatic, np.where(collected > docs.due + days, 1.0, comes_back * second), late
                )
                if stage:
                    # A stressed customer may collapse between the due date and the day it means to pay.
                    wait = np.clip(mean + stress_delay(one), 0.0, days) / 30.4
                    late = 1 - (1 - late) * (1 - COLLAPSE) ** wait
                total += law[:, stage] * late
            out[:, k] = np.clip(total, 0.0, 1.0)
        return _falling(out)

    def late_at(self, docs: Documents, moves: Moves, at: Ints, days: Ints) -> Floats:
        """See `Mechanism`. What was paid of a document by then is known too: its rest has a law of its own."""
        own = docs.take(at)
        c, n = own.customer, len(at)
        run = self.who.run[c]
        law = self._law_when_due(own, days)
        stage_now = self._stage(c, days)
        after_judgment = own.issue >= self.health.judgment[c]
        first, first_cents = first_payment(len(docs), moves)
        started = first[at] <= days
        direct = run == DIRECT_DEBIT
        is_short = started & ~direct & (first_cents[at] > 0.88 * own.amount)
        collected = self.collected(own)
        mean = self.intended_delay(own) + np.where(own.is_disputed, 34.5, 0.0)
        out = np.empty((n, len(THRESHOLDS)))
        for k, threshold in enumerate(THRESHOLDS):
            limit = np.maximum(own.due + threshold, days)
            joint, mass = law[:, COLLAPSED].copy(), law[:, COLLAPSED].copy()
            for stage in range(STAGES + 1):
                one = np.full(n, stage)
                q = partial_probability(one)
                open_now, _ = self._later(own, days, stage)
                late, late_second = self._later(own, limit, stage)
                both = np.maximum(late, np.minimum(open_now, late_second))
                late = (1 - q - SHORT_SHARE) * late + q * both + SHORT_SHARE * open_now
                # A direct debit that is not presented yet: as at issue.
                low, high = AGAIN_STRESSED if stage else AGAIN_HEALTHY
                second = np.clip((collected + 6 + high - limit) / (high - low), 0.0, 1.0)
                second = np.where(direct, reject_probability(one) * second, 0.0)
                is_waiting = run >= DIRECT_DEBIT
                late = np.where(is_waiting, np.where(collected > limit, 1.0, second), late)
                open_now = np.where(is_waiting, 1.0, open_now)
                if stage:
                    meant = own.due + np.maximum(mean + stress_delay(one), 0.0)
                    wait = np.clip(np.minimum(meant, limit) - np.maximum(own.due, days), 0.0, None) / 30.4
                    late = open_now - (open_now - late) * (1 - COLLAPSE) ** wait
                joint += law[:, stage] * late
                mass += law[:, stage] * open_now
            p = joint / np.maximum(mass, 1e-12)
            again = self._again_after(own, first[at], limit, days, self._stage(c, own.due) > 0)
            rest = self._rest_after(own, first[at], limit, days)
            p = np.where(started, np.where(is_short, 1.0, np.where(direct, again, rest)), p)
            still = np.where(stage_now > 0, COLLAPSE, 0.0) * (limit - days) / 30.4
            p = np.where(started & ~is_short, 1 - (1 - p) * (1 - np.clip(still, 0.0, 0.5)), p)
            gone = (self.health.collapse[c] <= days) & ~after_judgment
            out[:, k] = np.where(gone | (days >= own.due + threshold), 1.0, np.clip(p, 0.0, 1.0))
        return _falling(out)

    def collected(self, docs: Documents) -> Ints:
        """When a direct debit or a bill is presented."""
        return calendar().run_on_or_after(self.who.run[docs.customer], np.maximum(docs.due, docs.issue + 2))

    def _rest_after(self, docs: Documents, first: Ints, limit: Ints, now: Ints) -> Floats:
        """P(the second part comes after `limit` | after `now`), each of its days as likely as the others."""
        run, base = self.who.run[docs.customer], np.minimum(first, NEVER - 120)
        later = np.zeros((2, len(docs)))
        for wait in range(*SECOND_PART):
            paid = calendar().run_on_or_after(run, base + wait)
            later += paid > np.stack([limit, now])
        out: Floats = later[0] / np.maximum(later[1], 1)
        return out

    def _again_after(self, docs: Documents, first: Ints, limit: Ints, now: Ints, stressed: Bools) -> Floats:
        """P(a rejected debit is paid after `limit` | after `now`)."""
        base = np.minimum(first, NEVER - 120)
        later = np.zeros((2, len(docs)))
        for wait in range(AGAIN_HEALTHY[0], AGAIN_STRESSED[1]):
            is_possible = np.where(stressed, wait >= AGAIN_STRESSED[0], wait < AGAIN_HEALTHY[1])
            paid = calendar().open_on_or_after(base + 6 + wait)
            later += (paid > np.stack([limit, now])) & is_possible
        out: Floats = later[0] / np.maximum(later[1], 1)
        return out

    def default_within_a_year(self) -> Floats:
        """See `Mechanism`. The visible event comes about `EVENT_LAG_MONTHS` after the collapse: the chain runs less."""
        n = len(self.who)
        out = np.zeros((n, 36))
        for m in range(36):
            law = np.zeros((n, STAGES + 2))
            law[np.arange(n), self.health.stage[:, MONTHS_BEFORE + m]] = 1.0
            for _ in range(12 - EVENT_LAG_MONTHS):
                law = transition(self.who.hazard, law)
            out[:, m] = law[:, COLLAPSED]
        return out

    def overdue_at(self, docs: Documents, at: Ints, days: Ints) -> Floats:
        """See `Mechanism`."""
        own = docs.take(at)
        law = self._law_when_due(own, days)
        still, beyond = np.zeros(len(at)), np.zeros(len(at))
        for stage in range(STAGES + 1):
            q = partial_probability(np.full(len(at), stage))
            open_now, _ = self._later(own, days, stage)
            late, late_second = self._later(own, own.due + THRESHOLDS[-1], stage)
            still += law[:, stage] * np.where(own.issue > days, 1.0, open_now)
            beyond += law[:, stage] * ((1 - q) * late + q * np.maximum(late, late_second))
        still += np.where(own.issue > days, law[:, COLLAPSED], 0.0)
        automatic = self.who.run[own.customer] >= DIRECT_DEBIT
        chance = np.minimum(beyond / np.maximum(still, 1e-12), 1.0)
        out: Floats = np.where(automatic | (self._stage(own.customer, days) == COLLAPSED), 0.0, chance)
        return out

    def hidden(self) -> dict[str, Any]:
        """Location and scale of the intended delay, monthly chance of stress."""
        return {
            "delay_days": self.who.delay,
            "noise_days": self.who.noise,
            "monthly_stress_hazard": self.who.hazard,
        }


def _falling(chances: Floats) -> Floats:
    """The same, none above the one before it: the laws are near ones, but later is never likelier."""
    out: Floats = np.minimum.accumulate(chances, axis=1)
    return out


def first_payment(count: int, moves: Moves) -> tuple[Ints, Ints]:
    """The day of each document's first payment in money and its cents; NEVER and 0 where there is none."""
    first, cents = np.full(count, NEVER, dtype=np.int64), np.zeros(count, dtype=np.int64)
    paid = np.flatnonzero(np.isin(moves.what, PAYMENTS))
    paid = paid[np.lexsort((moves.day[paid], moves.document[paid]))]
    document, position = np.unique(moves.document[paid], return_index=True)
    first[document], cents[document] = moves.day[paid[position]], moves.amount[paid[position]]
    return first, cents


__all__ = ["Habits"]
