"""Customers who pay when they have the money: the demo company's other mechanism.

Each customer's liquidity goes up and down a ladder, week by week: around a cushion of its own, with its sector (whose
shocks hit all of it together), with the season, and lower during a credit squeeze, which comes and goes for everybody.
It looks at what is due at its payment runs and pays a document if its liquidity reaches what that document needs,
which is more the larger it is, and less the longer it is past due; else part of it, or nothing until a later run. Who
stays at the bottom fails: defaults come in clusters. There is no usual delay and no law of delays: they are what such
a customer's weeks make them.

Habits beside it: some pay at the last run before the due date and others at the first after it; some leave small
invoices to the end of every second month; some close in August; a document is overlooked now and then.

The ladder is a Markov chain of few states, so that the truth is exact: what is open at a day is the mass of the chain
that no run has stopped at. Only the wait for a contested invoice is taken at its mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr  # type: ignore[import-untyped]

from pipelines.demo.behaviour import (
    BILL,
    COLLAPSED,
    DIRECT_DEBIT,
    EVENT_LAG_MONTHS,
    FIRST_MONTH,
    MONTHS_BEFORE,
    MONTHS_OF_HEALTH,
    NEVER,
    STAGES,
    THRESHOLDS,
    Documents,
    Health,
    Moves,
    Parts,
    draw_fate,
)
from pipelines.demo.calendar import calendar, day, month_number, month_start
from pipelines.demo.population import SECTORS, Bools, Customers, Floats, Ints

FIRST_MONDAY = day(2022, 6, 27)
WEEKS = 275
LEVELS, MIDDLE = 21, 10
STEPS = np.tile(np.arange(LEVELS, dtype=np.float64), 2)  # of the chain's states: at ease, then squeezed
PERSISTENCE, SHOCK = 0.9, 1.35  # of the weekly step: a cushion's deviation has a spread of about three levels
SECTOR_SHARE = 0.4  # of the variance of a shock, common to the sector
SQUEEZE_DEPTH = 2.0
SQUEEZE_BEGINS, SQUEEZE_ENDS = 1 / 60, 1 / 26  # weekly
NEED = 10.0  # liquidity that a document of the usual amount needs
AMOUNT_NEED = 1.2  # more for one e times as large
PART_NEED = 3.0  # less for a part of it
PRESSURE = 0.12  # less for each day past due: whoever is asked pays at last
OVERLOOKED = 0.06
CONTESTED_WAIT = (20, 50)
RUIN, RUIN_CHANCE = 3.0, 0.2  # liquidity at which a week may be the last one
SMALL = 0.55  # of the usual amount
DEBIT_AGAIN = 10  # days after which a rejected debit is asked for anew

# What the season adds to liquidity, January first.
SEASON = {
    "flat": (0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 0),
    "building": (-2, -2, -1, 0, 0, 1, 1, 0, 0, 1, 1, 0),
    "summer": (-2, -2, -1, 0, 0, 0, 1, 2, 1, 0, -1, -1),
    "winter": (2, 1, 0, 0, -1, -1, -1, -1, -1, 0, 1, 1),
    "industry": (0, 0, 1, 0, 0, 1, 0, -2, 0, 0, 0, 0),
    "office": (1, 0, 0, 0, 0, 1, 0, -2, 0, 0, 0, 1),
}


def kernel() -> Floats:
    """(2 × LEVELS, 2 × LEVELS) weekly probabilities of (squeeze?, level): first the squeeze, then the level."""
    levels = np.arange(LEVELS)
    edges = np.r_[-np.inf, levels[:-1] + 0.5, np.inf]
    moves = []
    for depth in (0.0, SQUEEZE_DEPTH):
        mean = MIDDLE - depth + PERSISTENCE * (levels - MIDDLE + depth)
        moves.append(np.diff(ndtr((edges[None, :] - mean[:, None]) / SHOCK), axis=1))
    turn = ((1 - SQUEEZE_BEGINS, SQUEEZE_BEGINS), (SQUEEZE_ENDS, 1 - SQUEEZE_ENDS))
    return np.block([[turn[a][b] * moves[b] for b in range(2)] for a in range(2)])


def week_of(days: Ints) -> Ints:
    """The week of each day, within those that were drawn."""
    weeks: Ints = np.clip((days - FIRST_MONDAY) // 7, 0, WEEKS - 1)
    return weeks


@dataclass(frozen=True)
class Traits:
    """Drawn once per customer. cushion: usual liquidity above the middle of the ladder; the others: see the module."""

    cushion: Floats
    is_eager: Bools
    batches_small: Bools
    closes_in_august: Bools
    pays_in_parts: Bools

    @staticmethod
    def draw(rng: np.random.Generator, who: Customers) -> Traits:
        """Most have enough, a third hardly; fragile sectors, young and small companies less."""
        n = len(who)
        risk = np.array([s.risk for s in SECTORS])[who.sector]
        cushion = np.where(rng.random(n) < 0.36, rng.normal(0.8, 1.5, n), rng.normal(5.0, 1.8, n))
        cushion += 0.5 * (1.0 - risk) + np.array((-0.5, 0.0, 0.5, 1.0))[who.size]
        manual = who.run < DIRECT_DEBIT
        return Traits(
            cushion=np.where(risk == 0, np.maximum(cushion, 2.0), cushion),
            is_eager=rng.random(n) < 0.6,
            batches_small=(rng.random(n) < 0.12) & manual,
            closes_in_august=(rng.random(n) < 0.25) & manual,
            pays_in_parts=(rng.random(n) < 0.3) & manual,
        )


@dataclass(frozen=True)
class Planned:
    """What customers do about invoices, one element each. part_on: when a part is paid first, else NEVER."""

    paid_on: Ints
    whole_on: Ints
    is_rejected: Bools

    def split(self, rng: np.random.Generator, due_amount: Ints) -> Parts:
        """A third to two thirds, where there is not enough for all of it."""
        in_parts = (self.paid_on < self.whole_on) & ~self.is_rejected & (due_amount > 1_000)
        first = np.rint(due_amount * rng.uniform(0.3, 0.7, len(due_amount))).astype(np.int64)
        return Parts(np.where(in_parts, first, due_amount), in_parts, self.whole_on)

    def comes_back(self, rng: np.random.Generator) -> Bools:
        """There was not enough on the day of the debit."""
        return self.is_rejected

    def again_on(self, rng: np.random.Generator) -> Ints:
        """When there is."""
        return self.whole_on


@dataclass(frozen=True)
class Cash:
    """The mechanism with its customers. level: (customer, week); is_squeezed: (week,), 0 or 1."""

    who: Customers
    traits: Traits
    level: Ints
    is_squeezed: Ints
    health: Health

    @staticmethod
    def draw(rng: np.random.Generator, who: Customers) -> Cash:
        """Run the ladder of every customer for `WEEKS` weeks."""
        n = len(who)
        traits = Traits.draw(rng, who)
        law = kernel()
        squeezed = np.zeros(WEEKS, dtype=np.int64)
        chance = rng.random(WEEKS)
        for w in range(1, WEEKS):
            ends = chance[w] < SQUEEZE_ENDS
            squeezed[w] = (not ends) if squeezed[w - 1] else chance[w] < SQUEEZE_BEGINS
        steps = np.stack([law[:LEVELS, :LEVELS], law[LEVELS:, LEVELS:]])
        cumulated = np.cumsum(steps / steps.sum(axis=2, keepdims=True), axis=2)[:, :, :-1]
        common = rng.normal(0, 1, (WEEKS, len(SECTORS)))
        own = rng.normal(0, 1, (WEEKS, n))
        shock = ndtr(np.sqrt(SECTOR_SHARE) * common[:, who.sector] + np.sqrt(1 - SECTOR_SHARE) * own)
        level = np.empty((n, WEEKS), dtype=np.int64)
        level[:, 0] = np.clip(np.rint(MIDDLE + 3.0 * rng.normal(0, 1, n)), 0, LEVELS - 1)
        for w in range(1, WEEKS):
            level[:, w] = (shock[w][:, None] > cumulated[squeezed[w], level[:, w - 1]]).sum(axis=1)
        liquidity = _base(who, traits) + level
        ruined = (liquidity <= RUIN) & (rng.random((n, WEEKS)) < RUIN_CHANCE) & _may_fail(who)[:, None]
        ruined[:, 0] = False
        fallen = ruined.any(axis=1)
        collapse = np.where(fallen, FIRST_MONDAY + 7 * np.argmax(ruined, axis=1), NEVER)
        ends = month_start(FIRST_MONTH + np.arange(MONTHS_OF_HEALTH) + 1) - 1
        short = liquidity[:, week_of(ends)] < NEED
        stage = np.zeros((n, MONTHS_OF_HEALTH), dtype=np.int64)
        for m in range(MONTHS_OF_HEALTH):
            before = stage[:, m - 1] if m else np.zeros(n, dtype=np.int64)
            stage[:, m] = np.where(short[:, m], np.minimum(before + 1, STAGES), 0)
        stage[collapse[:, None] <= ends[None, :]] = COLLAPSED
        collapse = np.where(collapse <= ends[-1], collapse, NEVER)
        return Cash(who, traits, level, squeezed, draw_fate(rng, who, stage, collapse))

    # --- when a document is looked at ---------------------------------------------------------------------------

    def need(self, docs: Documents) -> Floats:
        """The liquidity that each document needs."""
        c = docs.customer
        typical = self.who.amount[c] * (1 + self.who.vat_bp[c] / 10_000)
        larger = np.clip(np.log(np.maximum(docs.amount, 1) / typical), -1.5, 1.5)
        out: Floats = NEED + AMOUNT_NEED * larger
        return np.where(self._is_certain(docs), -np.inf, out)

    def _is_certain(self, docs: Documents) -> Bools:
        """Paid whatever comes: bills, and what is delivered under the eyes of a court."""
        c = docs.customer
        out: Bools = (self.who.run[c] == BILL) | (docs.issue >= self.health.judgment[c])
        return out

    def first_look(self, docs: Documents, wait: Ints) -> Ints:
        """The day on which each document can be paid first; contested ones after their wait."""
        c, cal, traits = docs.customer, calendar(), self.traits
        run = self.who.run[c]
        eager = np.maximum(cal.run_on_or_before(run, docs.due), docs.issue + 1)
        ready = np.where(traits.is_eager[c], eager, np.maximum(docs.due, docs.issue + 1))
        ready = np.where(run >= DIRECT_DEBIT, np.maximum(docs.due, docs.issue + 2), ready)
        ready += np.where(docs.is_disputed, wait, 0)
        typical = self.who.amount[c] * (1 + self.who.vat_bp[c] / 10_000)
        waits = traits.batches_small[c] & (docs.amount < SMALL * typical)
        second_month = month_number(ready) // 2 * 2 + 2
        return self._run(c, np.where(waits, month_start(second_month) - 1, ready))

    def _run(self, customer: Ints, days: Ints) -> Ints:
        """The customer's first run on or after each day, none of them while it is closed."""
        cal, run = calendar(), self.who.run[customer]
        found = cal.run_on_or_after(run, np.clip(days, FIRST_MONDAY, NEVER - 60))
        month = month_number(found)
        closed = self.traits.closes_in_august[customer] & (month % 12 == 7)
        reopens = month_start(month) + 24
        closed &= found < reopens
        return np.where(closed, cal.run_on_or_after(run, np.maximum(found, reopens)), found)

    def _look(self, customer: Ints, first: Ints, monday: Ints) -> Ints:
        """The day on which a document is looked at in the week from `monday`; one outside it: not in that week."""
        direct = self.who.run[customer] == DIRECT_DEBIT
        later = np.where(direct & (monday > first), first + DEBIT_AGAIN, first)
        return self._run(customer, np.maximum(later, monday))

    def intend(self, rng: np.random.Generator, docs: Documents) -> Planned:
        """Look at every document week after week until it is paid."""
        n, c = len(docs), docs.customer
        first = self.first_look(docs, rng.integers(*CONTESTED_WAIT, n))
        need, certain = self.need(docs), self._is_certain(docs)
        direct = self.who.run[c] == DIRECT_DEBIT
        have = _base(self.who, self.traits) + self.level
        splits = self.traits.pays_in_parts[c] & (docs.amount > 50_000)
        whole, part = np.full(n, NEVER - 120), np.full(n, NEVER - 120)
        at, days = np.arange(n), first
        while len(at):
            liquidity = have[c[at], week_of(days)] + _pressure(docs.due[at], days)
            seen = (rng.random(len(at)) >= OVERLOOKED) | certain[at] | (direct[at] & (days == first[at]))
            paid = seen & (liquidity >= need[at])
            whole[at[paid]] = days[paid]
            some = seen & splits[at] & (liquidity >= need[at] - PART_NEED)
            part[at[some]] = np.minimum(part[at[some]], days[some])
            monday = FIRST_MONDAY + 7 * (week_of(days) + 1)
            left = ~paid & (monday < FIRST_MONDAY + 7 * (WEEKS - 1))
            at, monday = at[left], monday[left]
            days = self._look(c[at], first[at], monday)
        rejected = direct & (whole > first)
        return Planned(np.where(rejected, first, np.minimum(part, whole)), whole, rejected)

    # --- what the truth says ------------------------------------------------------------------------------------

    def late_at_issue(self, docs: Documents) -> Floats:
        """See `Mechanism`."""
        return self._late(docs, docs.issue)

    def late_at(self, docs: Documents, moves: Moves, at: Ints, days: Ints) -> Floats:
        """See `Mechanism`. Nothing but liquidity decides on the future of a document that is open."""
        return self._late(docs.take(at), days)

    def _late(self, docs: Documents, since: Ints) -> Floats:
        """Chances of lateness of documents open at the end of `since`: the ladder's mass that no run has stopped."""
        c = docs.customer
        wait = np.full(len(docs), sum(CONTESTED_WAIT) // 2)
        first, need = self.first_look(docs, wait), self.need(docs)
        certain = self._is_certain(docs)
        base, move = _base(self.who, self.traits), kernel()
        may_fail = _may_fail(self.who)[c] & (docs.issue < self.health.judgment[c])
        limits = np.maximum(docs.due[:, None] + np.array(THRESHOLDS), since[:, None])
        out = np.ones((len(docs), len(THRESHOLDS)))

        at, week = np.arange(len(docs)), week_of(since)
        law = self._known(c, week)
        lost = np.zeros(len(docs))
        has_begun = True  # a week that has begun by `since` has had its step
        while len(at):
            monday, usual = FIRST_MONDAY + 7 * week, base[c[at], np.minimum(week, WEEKS - 1)]
            if not has_begun:
                law = law @ move
                lost += _ruin(law, usual, may_fail[at])
            look = self._look(c[at], first[at], monday)
            looks = np.flatnonzero((look < monday + 7) & (look > since[at]))
            seen = at[looks]
            is_sure = certain[seen] | ((self.who.run[c[seen]] == DIRECT_DEBIT) & (look[looks] == first[seen]))
            before = law.sum(axis=1) + lost
            pressed = usual[looks] + _pressure(docs.due[seen], look[looks])
            enough = pressed[:, None] + STEPS >= need[seen, None]
            law[looks] *= np.where(enough, np.where(is_sure, 0.0, OVERLOOKED)[:, None], 1.0)
            after = law.sum(axis=1) + lost
            for k in range(len(THRESHOLDS)):
                limit = limits[at, k]
                ends = (limit >= monday) & (limit < monday + 7)
                out[at[ends], k] = np.where(look <= limit, after, before)[ends]
            left = limits[at, -1] >= monday + 7
            at, week, law, lost, has_begun = at[left], week[left] + 1, law[left], lost[left], False
        gone = (self.health.collapse[c] <= since) & (docs.issue < self.health.judgment[c])
        over = gone[:, None] | (since[:, None] >= docs.due[:, None] + np.array(THRESHOLDS))
        # Rounded, since the last digits of a product of matrices are the library's own.
        chances: Floats = np.where(over, 1.0, np.clip(out, 0.0, 1.0))
        return chances.round(9)

    def default_within_a_year(self) -> Floats:
        """See `Mechanism`. The visible event comes about `EVENT_LAG_MONTHS` after the collapse: fewer weeks count."""
        months = np.arange(36)
        ends = month_start(FIRST_MONTH + MONTHS_BEFORE + months + 1) - 1
        customer, week = np.repeat(np.arange(len(self.who)), 36), np.tile(week_of(ends), len(self.who))
        move, base, may_fail = kernel(), _base(self.who, self.traits), _may_fail(self.who)[customer]
        law, lost = self._known(customer, week), np.zeros(len(customer))
        for _ in range(round((12 - EVENT_LAG_MONTHS) * 30.4 / 7)):
            week = week + 1
            law = law @ move
            lost += _ruin(law, base[customer, np.minimum(week, WEEKS - 1)], may_fail)
        return lost.round(9).reshape(len(self.who), 36)

    def overdue_at(self, docs: Documents, at: Ints, days: Ints) -> Floats:
        """See `Mechanism`. Week by week backwards from the 90th day: the chance in every state, read where each is."""
        documents, row = np.unique(at, return_inverse=True)
        own = docs.take(documents)
        c, limit = own.customer, own.due + THRESHOLDS[-1]
        first = self.first_look(own, np.full(len(own), sum(CONTESTED_WAIT) // 2))
        need, certain = self.need(own), self._is_certain(own)
        base, move = _base(self.who, self.traits), kernel()
        may_fail = _may_fail(self.who)[c]
        asked = week_of(days)
        begin = np.full(len(own), WEEKS)
        np.minimum.at(begin, row, asked)
        out = np.zeros(len(at))
        order = np.argsort(asked, kind="stable")
        starts = np.searchsorted(asked[order], np.arange(WEEKS + 1))
        position = np.full(len(own), -1)
        active = np.zeros(0, dtype=np.int64)
        chance = np.zeros((0, 2 * LEVELS))
        last = week_of(limit)
        for week in range(int(last.max(initial=0)), -1, -1):
            # Enter those that end in this week; leave those that nobody asks about any earlier.
            new = np.flatnonzero(last == week)
            keep = begin[active] <= week
            active = np.concatenate([active[keep], new])
            chance = np.concatenate([chance[keep], np.ones((len(new), 2 * LEVELS))])
            if not len(active):
                continue
            position[:] = -1
            position[active] = np.arange(len(active))
            monday = FIRST_MONDAY + 7 * week
            usual = base[c[active], week]
            look = self._look(c[active], first[active], np.full(len(active), monday))
            looks = np.flatnonzero((look < monday + 7) & (look <= limit[active]))
            seen = active[looks]
            is_sure = certain[seen] | ((self.who.run[c[seen]] == DIRECT_DEBIT) & (look[looks] == first[seen]))
            pressed = usual[looks] + _pressure(own.due[seen], look[looks])
            enough = pressed[:, None] + STEPS >= need[seen, None]
            before = chance.copy()
            chance[looks] *= np.where(enough, np.where(is_sure, 0.0, OVERLOOKED)[:, None], 1.0)
            here = order[starts[week] : starts[week + 1]]
            place = position[row[here]]
            here, place = here[place >= 0], place[place >= 0]
            state = self.is_squeezed[week] * LEVELS + self.level[c[row[here]], week]
            is_looked_at = look[place] > days[here]
            out[here] = np.where(is_looked_at, chance[place, state], before[place, state])
            ruin = np.flatnonzero(may_fail[active] & (usual <= RUIN))
            chance[ruin] *= np.where(usual[ruin, None] + STEPS <= RUIN, 1 - RUIN_CHANCE, 1.0)
            chance = chance @ move.T
        gone = self.health.collapse[docs.customer[at]] <= days
        return np.where(gone, 0.0, np.clip(out, 0.0, 1.0)).round(9)

    def _known(self, customer: Ints, week: Ints) -> Floats:
        """(n, 2 × LEVELS): all the mass where each customer is in its week."""
        law = np.zeros((len(customer), 2 * LEVELS))
        law[np.arange(len(law)), self.is_squeezed[week] * LEVELS + self.level[customer, week]] = 1.0
        return law

    def hidden(self) -> dict[str, Any]:
        """The cushion and the habits; of the usual mechanism's parameters there are none."""
        nothing = [None] * len(self.who)
        return {
            "delay_days": nothing,
            "noise_days": nothing,
            "monthly_stress_hazard": nothing,
            "cushion": self.traits.cushion,
            "is_eager": self.traits.is_eager,
            "batches_small": self.traits.batches_small,
            "closes_in_august": self.traits.closes_in_august,
            "pays_in_parts": self.traits.pays_in_parts,
        }


def _base(who: Customers, traits: Traits) -> Floats:
    """(customer, week): what is added to the level on the ladder."""
    seasons = np.array([SEASON[s.season] for s in SECTORS], dtype=np.float64)
    months = month_number(FIRST_MONDAY + 7 * np.arange(WEEKS)) % 12
    out: Floats = traits.cushion[:, None] + seasons[who.sector][:, months]
    return out


def _ruin(law: Floats, usual: Floats, may_fail: Bools) -> Floats:
    """Take what a week ruins out of the law, in place; how much it is of each row."""
    lost = np.zeros(len(law))
    at = np.flatnonzero(may_fail & (usual <= RUIN))
    fallen = law[at] * (usual[at, None] + STEPS <= RUIN) * RUIN_CHANCE
    law[at] -= fallen
    lost[at] = fallen.sum(axis=1)
    return lost


def _pressure(due: Ints, days: Ints) -> Floats:
    """What being past due adds to the liquidity that a document meets."""
    out: Floats = PRESSURE * np.maximum(days - due, 0)
    return out


def _may_fail(who: Customers) -> Bools:
    """Public bodies do not."""
    return np.array([s.risk > 0 for s in SECTORS])[who.sector]


__all__ = ["Cash"]
