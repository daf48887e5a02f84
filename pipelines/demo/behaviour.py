"""What happens to the demo company's customers: their hidden health, the documents, how they are settled.

Belongs here: chance over time, as arrays of documents and of *moves* (who settles what, when, by how much).
Does not belong here: accounts, journals, labels, lettering (see `ledger`).

The health of a customer is a monthly chain: healthy; stressed for 1 to 12 months (delays lengthen by the month);
collapsed (pays nothing more). All probabilities that the truth states are exact functions of this chain and of
the logistic law of the intended delay, so that a model can be compared with the best possible one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.demo.calendar import (
    LAST_DAY,
    RUNS,
    TERMS,
    calendar,
    day,
    due_dates,
    month_end,
    month_number,
    month_start,
    year_of,
)
from pipelines.demo.population import RUN_WAITS, SEASONS, SECTORS, Bools, Customers, Floats, Ints

FIRST_MONTH = (2022 - 1970) * 12 + 6  # July 2022: what is open when 2023 begins
BOOKS_START = day(2023, 1, 1)
AS_OF = day(2025, 12, 31)
MONTHS_BEFORE = 6
MONTHS = 42  # of documents
MONTHS_OF_HEALTH = 56  # health goes on after the books, so that the truth knows the twelve months after

RECOVERY = 0.075  # monthly, from stress
COLLAPSE = 0.115  # monthly, from stress
STAGES = 12  # months of stress told apart; the last one lasts
HEALTHY, COLLAPSED = 0, STAGES + 1
# Months between the collapse and the default event that a creditor can see (judgment published, or 90 days due).
EVENT_LAG_MONTHS = 2
NEVER = LAST_DAY

INVOICE, DEPOSIT, CREDIT_NOTE, ON_ACCOUNT = range(4)
FORGOTTEN_SHARE, FORGOTTEN_DELAY, FORGOTTEN_SCALE = 0.03, 26.0, 7.0
SHORT_SHARE = 0.004  # paid short and left open, e.g. a deduction the customer never explained
DIRECT_DEBIT, BILL = RUNS.index("direct_debit"), RUNS.index("bill")

# What a move is: a leg of payment, or a settlement without cash.
(
    PAY_TRANSFER,
    PAY_DEBIT,
    REJECTION,
    PAY_BILL,
    PAY_SUSPENSE,
    REFUND,
    APPLY_CREDIT,
    APPLY_ADVANCE,
    SET_OFF,
) = range(9)


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
class Health:
    """Hidden state. `stage`: (customer, month) int, see the module. Days: NEVER where it does not happen.

    collapse: the day after which nothing is paid; judgment, publication: opening judgment and its notice;
    kind: 0 none, 1 liquidation, 2 receivership, 3 safeguard; conversion: judgment of conversion into liquidation;
    closure: closing for insufficient assets; last_sale: the last day on which the company still delivers.
    """

    stage: Ints
    collapse: Ints
    judgment: Ints
    publication: Ints
    kind: Ints
    conversion: Ints
    closure: Ints
    last_sale: Ints


def draw_health(rng: np.random.Generator, who: Customers) -> Health:
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
    u = rng.random(n)
    small = who.size == 0
    kind = np.where(u < np.where(small, 0.62, 0.32), 1, np.where(u < np.where(small, 0.78, 0.80), 2, 0))
    kind = np.where((kind == 2) & (rng.random(n) < 0.15), 3, kind)
    kind = np.where(fallen & (who.siren != "") & (who.country == "FR"), kind, 0)
    cal = calendar()

    def later(base: Ints, low: int, high: int, happens: Bools) -> Ints:
        days = np.minimum(base + rng.integers(low, high, n), NEVER - 40)
        return np.where(happens, cal.open_on_or_after(days), NEVER)

    judged = kind > 0
    judgment = later(collapse, 14, 60, judged)
    publication = later(judgment, 6, 15, judged)
    conversion = later(judgment, 90, 240, (kind >= 2) & (rng.random(n) < 0.6))
    opened = np.where(kind == 1, judgment, conversion)
    closure = later(opened, 210, 460, (opened < NEVER) & (rng.random(n) < 0.8))
    last_sale = np.where(judged, np.minimum(collapse + 40, judgment), collapse + 55)
    return Health(
        stage=stage,
        collapse=collapse,
        judgment=judgment,
        publication=publication,
        kind=kind,
        conversion=conversion,
        closure=closure,
        last_sale=np.where(fallen, np.minimum(last_sale, NEVER), NEVER),
    )


@dataclass
class Documents:
    """One element per receivable document. Amounts in cents, signed (credit notes and on-account negative).

    number: the index within its kind and year of entry, from 1; parent: the document it belongs to, or -1.
    scheduled: the day on which it would be wholly paid but for a collapse (invoices and deposits).
    """

    customer: Ints
    kind: Ints
    issue: Ints
    entry: Ints
    due: Ints
    net: Ints
    vat: Ints
    amount: Ints
    parent: Ints
    number: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    is_before_books: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    is_disputed: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    p_late: Floats = field(default_factory=lambda: np.zeros(0))
    p_late_30: Floats = field(default_factory=lambda: np.zeros(0))
    p_late_90: Floats = field(default_factory=lambda: np.zeros(0))

    def __len__(self) -> int:
        return len(self.customer)


@dataclass
class Moves:
    """One element per settlement of a document: `amount` is what the document's open amount loses, in cents.

    A rejection or a refund has the opposite sign. other: the credit note or deposit applied, else -1.
    """

    document: Ints
    day: Ints
    amount: Ints
    what: Ints
    other: Ints

    def __len__(self) -> int:
        return len(self.document)


def draw_documents(rng: np.random.Generator, who: Customers, health: Health, invoices: int) -> Documents:
    """Draw exactly `invoices` invoices over 2023 to 2025, and what six months before the books leave behind."""
    n = len(who)
    months = FIRST_MONTH + np.arange(MONTHS)
    seasons = np.array([SEASONS[s.season] for s in SECTORS])
    weight = who.volume[:, None] * seasons[who.sector][:, months % 12]
    weight *= (1.0 + 0.0035) ** np.arange(MONTHS)
    weight *= np.exp(rng.normal(0, 0.22, (n, MONTHS)))
    begin, end = month_start(months), month_start(months + 1)
    weight *= (who.start[:, None] < end) & (who.stop[:, None] >= end)
    weight *= begin <= health.last_sale[:, None]
    plan = (health.kind >= 2) & (health.conversion == NEVER)
    resumed = plan[:, None] & (begin >= health.judgment[:, None] + 20)
    before = (who.start[:, None] < end) & (who.stop[:, None] >= end)
    weight += 0.3 * who.volume[:, None] * (resumed & before)
    booked = weight[:, MONTHS_BEFORE:]
    share = booked / booked.sum()
    counts = np.zeros((n, MONTHS), dtype=np.int64)
    counts[:, MONTHS_BEFORE:] = rng.multinomial(invoices, share.ravel()).reshape(share.shape)
    counts[:, :MONTHS_BEFORE] = rng.poisson(weight[:, :MONTHS_BEFORE] / booked.sum() * invoices)

    flat = np.repeat(np.arange(n * MONTHS), counts.ravel())
    customer, month = flat // MONTHS, months[flat % MONTHS]
    issue = _days_of_month(rng, who, customer, month)
    issue = np.minimum(issue, np.maximum(health.last_sale[customer], month_start(month)))
    issue = np.where(issue < month_start(month), month_start(month), issue)
    issue = calendar().open_on_or_after(issue)

    count = len(customer)
    level = who.amount[customer]
    noise = np.exp(rng.normal(0, 1.0, count) * who.spread[customer])
    net = np.maximum(level * np.where(who.is_subscription[customer], 1.0, noise), 1500).astype(np.int64)
    rounded = rng.random(count) < 0.15
    net = np.where(rounded, np.maximum(net // 1000 * 1000, 2000), net)
    vat = (net * who.vat_bp[customer] + 5000) // 10000
    late_booking = rng.random(count) < 0.06
    entry = np.where(late_booking, issue + rng.integers(1, 6, count), issue)
    entry = np.minimum(entry, month_end(issue))
    order = np.lexsort((customer, entry))
    docs = Documents(
        customer=customer[order],
        kind=np.zeros(count, dtype=np.int64),
        issue=issue[order],
        entry=entry[order],
        due=due_dates(issue[order], who.terms[customer[order]]),
        net=net[order],
        vat=vat[order],
        amount=(net + vat)[order],
        parent=np.full(count, -1, dtype=np.int64),
    )
    docs.is_disputed = rng.random(count) < 0.010
    return docs


def _days_of_month(rng: np.random.Generator, who: Customers, customer: Ints, month: Ints) -> Ints:
    """A working day of each month, more often towards its end; some customers get one invoice run a month."""
    first = calendar().open_on_or_after(month_start(month))
    length = month_start(month + 1) - first
    u = rng.random(len(customer))
    at_end = who.bills_at_month_end[customer] & (rng.random(len(customer)) < 0.7)
    offset = np.where(at_end, length - 1, np.floor(length * u**0.8).astype(np.int64))
    days = calendar().open_on_or_after(first + offset)
    over = days >= month_start(month + 1)
    return np.where(over, calendar().run_on_or_before(np.zeros_like(days), month_start(month + 1) - 1), days)


def settle(
    rng: np.random.Generator, who: Customers, health: Health, docs: Documents
) -> tuple[Documents, Moves]:
    """Draw every settlement. Returns all documents (credit notes, deposits, on-account included) and the moves."""
    parts: list[Documents] = [docs]
    moves: list[Moves] = []
    n = len(docs)
    cal = calendar()
    c = docs.customer
    base = np.arange(n)

    # Deposits of project customers, booked before the invoice and applied on its day.
    wants = who.is_project[c] & (docs.net > 30_000) & (rng.random(n) < 0.35)
    wants &= (docs.issue - 45 > who.start[c]) & (docs.issue < health.collapse[c])
    chosen = np.flatnonzero(wants)
    deposit_day = cal.open_on_or_after(docs.issue[chosen] - rng.integers(25, 45, len(chosen)))
    deposit = np.maximum(docs.amount[chosen] * 3 // 10 // 1000 * 1000, 1000)
    first_deposit = n
    parts.append(_related(docs, chosen, DEPOSIT, deposit_day, deposit, who, with_vat=False))
    moves.append(
        _moves(
            first_deposit + np.arange(len(chosen)),
            cal.open_on_or_after(deposit_day + rng.integers(2, 12, len(chosen))),
            deposit,
            PAY_TRANSFER,
        )
    )
    advance = np.zeros(n, dtype=np.int64)
    advance[chosen] = deposit
    moves.append(
        _moves(chosen, docs.entry[chosen], deposit, APPLY_ADVANCE, first_deposit + np.arange(len(chosen)))
    )

    # When the customer means to pay: from the state of its health in the month when the document falls due.
    month = np.clip(month_number(docs.due) - FIRST_MONTH, 0, MONTHS_OF_HEALTH - 1)
    stage = health.stage[c, month]
    after_judgment = docs.issue >= health.judgment[c]
    stage = np.where(after_judgment | (stage == COLLAPSED), 0, stage)
    mean = intended_delay(who, docs)
    forgotten = rng.random(n) < FORGOTTEN_SHARE
    delay = mean + stress_delay(stage) + who.noise[c] * rng.logistic(0.0, 1.0, n)
    delay += np.where(forgotten, FORGOTTEN_DELAY + FORGOTTEN_SCALE * rng.logistic(0.0, 1.0, n), 0.0)
    delay += np.where(docs.is_disputed, rng.integers(20, 50, n), 0)
    ready = np.maximum(docs.due + np.rint(delay).astype(np.int64), docs.issue + 1)
    run = who.run[c]
    automatic = run >= DIRECT_DEBIT
    ready = np.where(automatic, np.maximum(docs.due, docs.issue + 2), ready)
    paid_on = cal.run_on_or_after(run, np.clip(ready, docs.issue, NEVER - 120))

    # Credit notes: before the payment they reduce it; after it they are refunded or stay open.
    credited = (rng.random(n) < np.where(docs.is_disputed, 0.6, 0.028)) & (docs.amount > advance)
    some = np.flatnonzero(credited)
    note_day = cal.open_on_or_after(docs.issue[some] + rng.integers(3, 38, len(some)))
    open_part = docs.amount[some] - advance[some]
    share = np.where(rng.random(len(some)) < 0.22, 1.0, rng.uniform(0.04, 0.6, len(some)))
    note = np.clip(np.rint(open_part * share).astype(np.int64), 1, open_part)
    first_note = n + len(chosen)
    parts.append(_related(docs, some, CREDIT_NOTE, note_day, -note, who, with_vat=True))
    before = note_day < paid_on[some]
    note_at = first_note + np.arange(len(some))
    moves.append(_moves(some[before], note_day[before], note[before], APPLY_CREDIT, note_at[before]))
    reduced = np.zeros(n, dtype=np.int64)
    reduced[some[before]] = note[before]
    refunded = ~before & (rng.random(len(some)) < 0.6)
    refund_day = cal.open_on_or_after(note_day + rng.integers(15, 60, len(some)))
    moves.append(_moves(note_at[refunded], refund_day[refunded], -note[refunded], REFUND))

    # Payment in one part, in two, or short.
    due_amount = docs.amount - advance - reduced
    u = rng.random(n)
    part_probability = partial_probability(stage)
    in_parts = (u < part_probability) & ~automatic & (due_amount > 10_000)
    short = (u > 1 - SHORT_SHARE) & ~automatic & (due_amount > 5_000)
    fraction = rng.uniform(0.3, 0.7, n)
    first_part = np.rint(due_amount * fraction).astype(np.int64)
    first_part = np.where((stage > 0) & (due_amount > 40_000), first_part // 10_000 * 10_000, first_part)
    first_part = np.where(
        short, np.rint(due_amount * rng.uniform(0.9, 0.985, n)).astype(np.int64), first_part
    )
    paid_first = np.where(in_parts | short, first_part, due_amount)
    second_on = cal.run_on_or_after(run, np.minimum(paid_on + rng.integers(15, 46, n), NEVER - 60))
    what = np.where(run == DIRECT_DEBIT, PAY_DEBIT, np.where(run == BILL, PAY_BILL, PAY_TRANSFER))
    what = np.where((rng.random(n) < 0.003) & ~automatic, PAY_SUSPENSE, what)
    what = np.where((rng.random(n) < 0.0008) & ~automatic & ~in_parts, SET_OFF, what)

    # Nothing leaves a collapsed customer for what it owed before the judgment.
    def stopped(days: Ints) -> Bools:
        return (days >= health.collapse[c]) & ~after_judgment

    pays = (due_amount > 0) & ~stopped(paid_on)
    at = np.flatnonzero(pays)
    moves.append(_moves(at, paid_on[at], paid_first[at], what[at]))
    again = np.flatnonzero(pays & in_parts & ~stopped(second_on))
    moves.append(_moves(again, second_on[again], (due_amount - paid_first)[again], PAY_TRANSFER))
    rejected = pays & (run == DIRECT_DEBIT) & (rng.random(n) < reject_probability(stage))
    back = np.flatnonzero(rejected)
    back_day = cal.open_on_or_after(paid_on[back] + rng.integers(3, 7, len(back)))
    moves.append(_moves(back, back_day, -due_amount[back], REJECTION))
    extra = np.where(stage > 0, rng.integers(15, 70, n), rng.integers(6, 35, n))
    represented = cal.open_on_or_after(np.minimum(paid_on + 6 + extra, NEVER - 60))
    repaid = np.flatnonzero(rejected & ~stopped(represented))
    moves.append(_moves(repaid, represented[repaid], due_amount[repaid], PAY_TRANSFER))

    # The same transfer twice, or a round sum in advance: money on account.
    twice = np.flatnonzero(pays & ~automatic & (rng.random(n) < 0.0022))
    account_day = cal.open_on_or_after(paid_on[twice] + rng.integers(3, 16, len(twice)))
    is_round = rng.random(len(twice)) < 0.4
    on_account = np.where(
        is_round, np.maximum(paid_first[twice] // 50_000 * 50_000, 20_000), paid_first[twice]
    )
    first_account = first_note + len(some)
    parts.append(_related(docs, twice, ON_ACCOUNT, account_day, -on_account, who, with_vat=False))
    given_back = rng.random(len(twice)) < 0.6
    back_on = cal.open_on_or_after(account_day + rng.integers(20, 70, len(twice)))
    account_at = first_account + np.arange(len(twice))
    moves.append(_moves(account_at[given_back], back_on[given_back], -on_account[given_back], REFUND))

    everything = _concat(parts)
    everything.number = _numbers(everything)
    everything.is_before_books = everything.entry < BOOKS_START
    everything.is_disputed = np.concatenate([docs.is_disputed, np.zeros(len(everything) - n, dtype=bool)])
    _probabilities(who, health, everything, base)
    return everything, _concat_moves(moves)


def intended_delay(who: Customers, docs: Documents) -> Floats:
    """Location of the intended delay in days for a healthy customer: its habit, the amount, the season."""
    c = docs.customer
    typical = who.amount[c] * (1 + who.vat_bp[c] / 10_000)
    amount = 1.6 * np.clip(np.log(np.maximum(docs.amount, 1) / typical), -1.5, 1.5)
    month = month_number(docs.due) % 12
    return who.delay[c] + amount + np.where(month == 7, 5.0, 0.0) + np.where(month == 11, 2.5, 0.0)


def _probabilities(who: Customers, health: Health, docs: Documents, at: Ints) -> None:
    """P(wholly paid more than 0, 30, 90 days after the due date) given the health on the issue day."""
    for name in ("p_late", "p_late_30", "p_late_90"):
        setattr(docs, name, np.full(len(docs), np.nan))
    c, issue, due = docs.customer[at], docs.issue[at], docs.due[at]
    run = who.run[c]
    cal = calendar()
    issued = np.clip(month_number(issue) - FIRST_MONTH, 0, MONTHS_OF_HEALTH - 1)
    lag = np.clip(month_number(due) - FIRST_MONTH, 0, MONTHS_OF_HEALTH - 1) - issued
    law = np.zeros((len(at), STAGES + 2))
    law[np.arange(len(at)), health.stage[c, issued]] = 1.0
    for step in range(int(lag.max(initial=0))):
        law = np.where((lag > step)[:, None], transition(who.hazard[c], law), law)
    after = issue >= health.judgment[c]
    law[after] = 0.0
    law[after, HEALTHY] = 1.0
    mean = intended_delay(who, docs)[at] + np.where(docs.is_disputed[at], 34.5, 0.0)
    scale = who.noise[c]
    direct, automatic = run == DIRECT_DEBIT, run >= DIRECT_DEBIT
    collected = cal.run_on_or_after(run, np.maximum(due, issue + 2))
    for days, out in ((0, docs.p_late), (30, docs.p_late_30), (90, docs.p_late_90)):
        limit = cal.run_on_or_before(run, due + days) - due + 0.5
        limit = np.where(automatic, 0.0, limit)
        total = law[:, COLLAPSED].copy()
        for stage in range(STAGES + 1):
            one = np.full(len(at), stage)
            x = limit - mean - stress_delay(one)
            late = 1 - logistic_cdf(x / scale)
            # The sum of two logistic terms, by a logistic of the same variance.
            spread = np.sqrt(scale**2 + FORGOTTEN_SCALE**2)
            late_forgotten = 1 - logistic_cdf((x - FORGOTTEN_DELAY) / spread)
            late = (1 - FORGOTTEN_SHARE) * late + FORGOTTEN_SHARE * late_forgotten
            second_wait = 30.0 + RUN_WAITS[run]
            late_second = 1 - logistic_cdf((x - second_wait) / np.sqrt(scale**2 + 25.0))
            q = partial_probability(one)
            late = (1 - q - SHORT_SHARE) * late + q * np.maximum(late, late_second) + SHORT_SHARE
            # Direct debits and bills are late when they come back, or when the due date is no working day.
            comes_back = np.where(direct, reject_probability(one), 0.0)
            low, high = (15, 70) if stage else (6, 35)
            second = np.clip((collected - due + 6 + high - days) / (high - low), 0.0, 1.0)
            late = np.where(automatic, np.where(collected > due + days, 1.0, comes_back * second), late)
            if stage:
                # A stressed customer may collapse between the due date and the day it means to pay.
                wait = np.clip(mean + stress_delay(one), 0.0, days) / 30.4
                late = 1 - (1 - late) * (1 - COLLAPSE) ** wait
            total += law[:, stage] * late
        out[at] = np.clip(total, 0.0, 1.0)


def default_probabilities(who: Customers, health: Health) -> Floats:
    """(customer, month of the books) P(visible default within 12 months of the month's end | hidden state).

    The visible event comes about `EVENT_LAG_MONTHS` after the collapse, so the chain runs that much less.
    """
    n = len(who)
    out = np.zeros((n, 36))
    for m in range(36):
        law = np.zeros((n, STAGES + 2))
        law[np.arange(n), health.stage[:, MONTHS_BEFORE + m]] = 1.0
        for _ in range(12 - EVENT_LAG_MONTHS):
            law = transition(who.hazard, law)
        out[:, m] = law[:, COLLAPSED]
    return out


def _related(
    docs: Documents, parent: Ints, kind: int, days: Ints, amount: Ints, who: Customers, *, with_vat: bool
) -> Documents:
    c = docs.customer[parent]
    bp = who.vat_bp[c] if with_vat else np.zeros(len(parent), dtype=np.int64)
    vat = np.sign(amount) * ((np.abs(amount) * bp + (10_000 + bp) // 2) // (10_000 + bp))
    return Documents(
        customer=c,
        kind=np.full(len(parent), kind, dtype=np.int64),
        issue=days,
        entry=days,
        due=due_dates(days, who.terms[c]) if kind == DEPOSIT else days,
        net=amount - vat,
        vat=vat,
        amount=amount,
        parent=parent,
    )


def _moves(document: Ints, days: Ints, amount: Ints, what: Any, other: Ints | None = None) -> Moves:
    count = len(document)
    return Moves(
        document=np.asarray(document, dtype=np.int64),
        day=np.asarray(days, dtype=np.int64),
        amount=np.asarray(amount, dtype=np.int64),
        what=np.broadcast_to(np.asarray(what, dtype=np.int64), count).copy(),
        other=np.full(count, -1, dtype=np.int64) if other is None else np.asarray(other, dtype=np.int64),
    )


def _concat(parts: list[Documents]) -> Documents:
    names = ("customer", "kind", "issue", "entry", "due", "net", "vat", "amount", "parent")
    return Documents(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})


def _concat_moves(parts: list[Moves]) -> Moves:
    return Moves(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Moves)})


def _numbers(docs: Documents) -> Ints:
    """Rank of each document within its kind and year of entry, by day: the serial of its number."""
    series = docs.kind * 10_000 + year_of(docs.entry)
    order = np.lexsort((np.arange(len(docs)), docs.entry, series))
    ranked = series[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    rank = np.arange(len(docs)) - np.repeat(starts, np.diff(np.r_[starts, len(docs)])) + 1
    out = np.empty(len(docs), dtype=np.int64)
    out[order] = rank
    return out


def terms_text(index: int) -> str:
    """The customer's terms as customers.csv writes them."""
    return TERMS[index].text
