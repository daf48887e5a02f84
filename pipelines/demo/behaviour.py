"""What happens to the demo company's customers: their fate, the documents, how they are settled.

Belongs here: chance over time, as arrays of documents and of *moves* (who settles what, when, by how much), whatever
makes customers pay late. Does not belong here: why they do and what becomes of them (a `Mechanism`: `habits`, `cash`);
accounts, journals, labels, lettering (see `ledger`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Protocol

import numpy as np

from pipelines.demo.calendar import (
    LAST_DAY,
    RUNS,
    TERMS,
    calendar,
    day,
    due_dates,
    month_end,
    month_start,
    year_of,
)
from pipelines.demo.population import SEASONS, SECTORS, Bools, Customers, Floats, Ints

FIRST_MONTH = (2022 - 1970) * 12 + 6  # July 2022: what is open when 2023 begins
BOOKS_START = day(2023, 1, 1)
AS_OF = day(2025, 12, 31)
MONTHS_BEFORE = 6
MONTHS = 42  # of documents
MONTHS_OF_HEALTH = 56  # health goes on after the books, so that the truth knows the twelve months after

STAGES = 12  # months of distress told apart; the last one lasts
HEALTHY, COLLAPSED = 0, STAGES + 1
# Months between the collapse and the default event that a creditor can see (judgment published, or 90 days due).
EVENT_LAG_MONTHS = 2
NEVER = LAST_DAY

INVOICE, DEPOSIT, CREDIT_NOTE, ON_ACCOUNT = range(4)
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
PAYMENTS = (PAY_TRANSFER, PAY_DEBIT, PAY_BILL, PAY_SUSPENSE)
#: Days after the due date of which the truth states chances.
THRESHOLDS = (0, 30, 90)


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


def draw_fate(rng: np.random.Generator, who: Customers, stage: Ints, collapse: Ints) -> Health:
    """What follows a collapse: proceedings or none, notices, conversion, closure, the end of deliveries."""
    n = len(who)
    fallen = collapse < NEVER
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

    def take(self, index: Ints) -> Documents:
        """The documents of an index, one that stands twice in it twice."""
        given = {f.name: getattr(self, f.name) for f in fields(Documents)}
        return Documents(**{name: column[index] for name, column in given.items() if len(column)})


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


@dataclass(frozen=True)
class Parts:
    """How each document is paid. first: cents of the first payment; `in_parts`: the rest follows on `second_on`."""

    first: Ints
    in_parts: Bools
    second_on: Ints


class Intentions(Protocol):
    """What customers mean to do about invoices, one element each, were it not for a collapse."""

    @property
    def paid_on(self) -> Ints:
        """The day of the first payment, which is the only one of most."""
        ...

    def split(self, rng: np.random.Generator, due_amount: Ints) -> Parts:
        """One part or two, of what is due after credit notes and advances."""
        ...

    def comes_back(self, rng: np.random.Generator) -> Bools:
        """Which direct debits are rejected (of other invoices it says nothing)."""
        ...

    def again_on(self, rng: np.random.Generator) -> Ints:
        """When a rejected one is paid after all."""
        ...


class Mechanism(Protocol):
    """Why customers pay when they do and what becomes of them; probabilities are exact or nearly so, given its state.

    Chances of lateness: (n, 3), of being wholly paid more than 0, 30 and 90 days after the due date.
    """

    @property
    def health(self) -> Health:
        """What becomes of the customers."""
        ...

    def intend(self, rng: np.random.Generator, docs: Documents) -> Intentions:
        """Draw what customers mean to do about these invoices."""
        ...

    def late_at_issue(self, docs: Documents) -> Floats:
        """Chances of lateness of these invoices, given the hidden state on the day of issue."""
        ...

    def late_at(self, docs: Documents, moves: Moves, at: Ints, days: Ints) -> Floats:
        """The same of the documents `at`, each open at the end of its day of `days`, given the state of that day."""
        ...

    def default_within_a_year(self) -> Floats:
        """(customer, month of the books): chance of a visible default within 12 months of the month's end."""
        ...

    def overdue_at(self, docs: Documents, at: Ints, days: Ints) -> Floats:
        """Chance that each of the documents `at`, issued later than its day of `days` or open then, is 90 days late.

        Late by a customer that lives on: what a collapse leaves unpaid is not counted.
        """
        ...

    def hidden(self) -> dict[str, Any]:
        """Columns of what is hidden of each customer."""
        ...


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
    rng: np.random.Generator, who: Customers, mechanism: Mechanism, docs: Documents
) -> tuple[Documents, Moves]:
    """Draw every settlement. Returns all documents (credit notes, deposits, on-account included) and the moves."""
    health = mechanism.health
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

    intentions = mechanism.intend(rng, docs)
    paid_on, run = intentions.paid_on, who.run[c]
    after_judgment = docs.issue >= health.judgment[c]
    automatic = run >= DIRECT_DEBIT

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
    parts_of = intentions.split(rng, due_amount)
    in_parts, paid_first, second_on = parts_of.in_parts, parts_of.first, parts_of.second_on
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
    rejected = pays & (run == DIRECT_DEBIT) & intentions.comes_back(rng)
    back = np.flatnonzero(rejected)
    back_day = cal.open_on_or_after(paid_on[back] + rng.integers(3, 7, len(back)))
    moves.append(_moves(back, back_day, -due_amount[back], REJECTION))
    represented = intentions.again_on(rng)
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
    late = np.full((len(everything), 3), np.nan)
    late[base] = mechanism.late_at_issue(docs)
    everything.p_late, everything.p_late_30, everything.p_late_90 = late.T.copy()
    return everything, _concat_moves(moves)


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
