"""The demo company's books: every document and settlement as balanced entries, openings, lettering.

Belongs here: journals, accounts, references, labels, opening entries, lettering. Does not belong here: chance
about customers (see `behaviour`), file formats (see `files`).

Amounts are signed integer cents, debits positive. An *entry* is the set of lines sharing `Lines.entry`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.demo.behaviour import (
    APPLY_ADVANCE,
    APPLY_CREDIT,
    AS_OF,
    BOOKS_START,
    CREDIT_NOTE,
    DEPOSIT,
    INVOICE,
    NEVER,
    ON_ACCOUNT,
    PAY_BILL,
    PAY_DEBIT,
    PAY_SUSPENSE,
    PAY_TRANSFER,
    REFUND,
    REJECTION,
    SET_OFF,
    Documents,
    Health,
    Moves,
)
from pipelines.demo.calendar import FIRST_DAY, calendar, day, month_end, month_number, month_start, year_of
from pipelines.demo.population import Customers, Floats, Ints, Texts

FISCAL_YEARS = (2023, 2024, 2025)
SUPPLIERS = 36
FIRST_SUPPLIER = 1_000_000_000  # auxiliary numbers at or above this one are suppliers

JOURNALS = (
    ("AN", "A nouveaux"),
    ("VE", "Ventes"),
    ("AC", "Achats"),
    ("BQ", "Banque Crédit de l'Ouest"),
    ("CE", "Caisse d'épargne"),
    ("EF", "Effets à recevoir"),
    ("PA", "Paie"),
    ("OD", "Opérations diverses"),
)
AN, VE, AC, BQ, CE, EF, PA, OD = range(len(JOURNALS))

ACCOUNTS = {
    101000: "Capital social",
    106800: "Autres réserves",
    110000: "Report à nouveau (solde créditeur)",
    120000: "Résultat de l'exercice (bénéfice)",
    129000: "Résultat de l'exercice (perte)",
    164000: "Emprunts auprès des établissements de crédit",
    215400: "Matériel industriel",
    281540: "Amortissements du matériel industriel",
    310000: "Matières premières",
    401000: "Fournisseurs",
    411000: "Clients",
    413000: "Clients - Effets à recevoir",
    416000: "Clients douteux ou litigieux",
    418100: "Clients - Factures à établir",
    419100: "Clients - Avances et acomptes reçus",
    421000: "Personnel - Rémunérations dues",
    431000: "Sécurité sociale",
    442100: "Prélèvements à la source",
    444000: "État - Impôts sur les bénéfices",
    445510: "TVA à décaisser",
    445660: "TVA déductible sur autres biens et services",
    445670: "Crédit de TVA à reporter",
    445710: "TVA collectée",
    445870: "TVA sur factures à établir",
    471000: "Compte d'attente",
    491000: "Provisions pour dépréciation des comptes clients",
    511300: "Effets à l'encaissement",
    512100: "Crédit de l'Ouest",
    512200: "Caisse d'épargne",
    580000: "Virements internes",
    601000: "Achats de matières premières",
    606100: "Fournitures non stockables (eau, énergie)",
    611000: "Sous-traitance générale",
    613200: "Locations immobilières",
    622600: "Honoraires",
    624100: "Transports sur achats",
    627000: "Services bancaires",
    641100: "Salaires, appointements",
    645100: "Cotisations à l'Urssaf",
    654000: "Pertes sur créances irrécouvrables",
    658000: "Charges diverses de gestion courante",
    661100: "Intérêts des emprunts",
    665000: "Escomptes accordés",
    681120: "Dotations aux amortissements",
    681740: "Dotations aux dépréciations des créances",
    695000: "Impôts sur les bénéfices",
    701000: "Ventes de produits finis",
    706000: "Prestations de services",
    707000: "Ventes de marchandises",
    709000: "Rabais, remises et ristournes accordés",
    758000: "Produits divers de gestion courante",
    781740: "Reprises sur dépréciations des créances",
}
RECEIVABLES = (411000, 413000, 416000)
OPENING_LINES, OPENING_RESIDUALS, OPENING_BALANCE = range(3)


@dataclass
class Lines:
    """Ledger lines as columns. `component` joins the receivable lines that settle each other (-1: none).

    date, piece_date: days; account: six-digit number; aux: customer index, supplier or -1; amount: cents.
    letter, letter_date: lettering code ("" = none) and its day; code_year: filled by `letter`.
    """

    entry: Ints
    order: Ints
    journal: Ints
    date: Ints
    account: Ints
    aux: Ints
    ref: Texts
    piece_date: Ints
    label: Texts
    amount: Ints
    component: Ints
    letter: Texts
    letter_date: Ints

    def __len__(self) -> int:
        return len(self.entry)

    def take(self, index: NDArray[Any]) -> Lines:
        """The lines of an index or mask."""
        return Lines(**{f.name: getattr(self, f.name)[index] for f in fields(Lines)})


@dataclass
class Effects:
    """What each event does to a document's open amount on one account: the truth, document by document."""

    document: Ints
    account: Ints
    day: Ints
    amount: Ints

    @staticmethod
    def of(parts: list[tuple[Ints, Any, Ints, Ints]]) -> Effects:
        """Concatenate (document, account, day, amount) parts."""
        return Effects(
            *(
                np.concatenate([np.broadcast_to(np.asarray(p[k], dtype=np.int64), len(p[0])) for p in parts])
                for k in range(4)
            )
        )


@dataclass
class Books:
    """The whole company: its lines by fiscal year, and the effects that say what is open."""

    years: dict[int, Lines]
    effects: Effects
    document_refs: Texts
    doubtful_on: Ints
    written_off_on: Ints


class _Journal:
    """Collects batches of lines; numbers entries so that no two batches share one."""

    def __init__(self) -> None:
        self.parts: list[Lines] = []
        self.next_entry = 0

    def entries(self, count: int) -> Ints:
        first = self.next_entry
        self.next_entry += count
        return first + np.arange(count, dtype=np.int64)

    def add(
        self,
        entry: Ints,
        order: int,
        journal: Any,
        date: Ints,
        account: Any,
        amount: Ints,
        ref: Any,
        label: Any,
        *,
        aux: Any = -1,
        piece_date: Ints | None = None,
        component: Any = -1,
    ) -> None:
        keep = np.asarray(amount) != 0
        count = len(entry)

        def ints(value: Any) -> Ints:
            kept: Ints = np.broadcast_to(np.asarray(value, dtype=np.int64), count)[keep]
            return kept

        def texts(value: Any) -> Texts:
            if isinstance(value, str):
                return np.full(int(keep.sum()), value, dtype=object)
            kept: Texts = np.asarray(value, dtype=object)[keep]
            return kept

        self.parts.append(
            Lines(
                entry=ints(entry),
                order=ints(order),
                journal=ints(journal),
                date=ints(date),
                account=ints(account),
                aux=ints(aux),
                ref=texts(ref),
                piece_date=ints(date if piece_date is None else piece_date),
                label=texts(label),
                amount=ints(amount),
                component=ints(component),
                letter=np.full(int(keep.sum()), "", dtype=object),
                letter_date=np.zeros(int(keep.sum()), dtype=np.int64),
            )
        )

    def lines(self) -> Lines:
        return _concat(self.parts)


def _concat(parts: list[Lines]) -> Lines:
    return Lines(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Lines)})


def document_numbers(docs: Documents) -> Texts:
    """The number printed on each document: F2024-00123, FA… for deposits, AV… for credit notes."""
    prefix = ("F", "FA", "AV", "")
    width = max(5, len(str(int(docs.number.max(initial=1)))))
    years = year_of(docs.entry)
    return np.array(
        [
            f"{prefix[k]}{y}-{n:0{width}d}" if k != ON_ACCOUNT else ""
            for k, y, n in zip(docs.kind.tolist(), years.tolist(), docs.number.tolist(), strict=True)
        ],
        dtype=object,
    )


def write_books(
    rng: np.random.Generator, who: Customers, health: Health, docs: Documents, moves: Moves
) -> Books:
    """Turn documents and moves into the ledgers of 2023, 2024 and 2025."""
    book = _Journal()
    refs = document_numbers(docs)
    group = _payment_groups(docs, moves)
    component = _components(len(docs), docs, moves, group)
    effects: list[tuple[Ints, Any, Ints, Ints]] = [(np.arange(len(docs)), 411000, docs.entry, docs.amount)]
    _sales(book, rng, who, docs, refs, component)
    _transfers(book, rng, who, docs, moves, group, refs, component, effects)
    _single_payments(book, rng, who, docs, moves, refs, component, effects)
    _bills(book, rng, who, docs, moves, refs, component, effects)
    doubtful_on, written_off_on = _losses(book, rng, who, health, docs, refs, component, effects)
    purchases = _purchases(book, rng, docs)
    _general(book, rng, docs)
    _vat(book)
    _sweep(book)
    found = Effects.of(effects)
    years = _fiscal_years(rng, who, book.lines(), purchases, docs, refs, component, found)
    return Books(years, found, refs, doubtful_on, written_off_on)


def _payment_groups(docs: Documents, moves: Moves) -> Ints:
    """Payment of each transfer: one per customer and day; -1 for every other move."""
    transfer = moves.what == PAY_TRANSFER
    key = docs.customer[moves.document] * 100_000 + moves.day
    group = np.full(len(moves), -1, dtype=np.int64)
    _, inverse = np.unique(key[transfer], return_inverse=True)
    group[transfer] = inverse
    return group


def _components(n: int, docs: Documents, moves: Moves, group: Ints) -> Ints:
    """Label of the connected component of each document, joined by shared payments and applied credits."""
    shared = group >= 0
    a = np.concatenate([moves.document[shared], moves.document[moves.other >= 0]])
    b = np.concatenate([n + group[shared], moves.other[moves.other >= 0]])
    label = np.arange(n + int(group.max(initial=-1)) + 1, dtype=np.int64)
    while True:
        low = np.minimum(label[a], label[b])
        before = label.copy()
        np.minimum.at(label, a, low)
        np.minimum.at(label, b, low)
        label = label[label]
        if np.array_equal(before, label):
            return label[:n]


def _sales(
    book: _Journal, rng: np.random.Generator, who: Customers, docs: Documents, refs: Texts, component: Ints
) -> None:
    revenue_of = np.array([701000, 706000, 707000])[rng.integers(0, 3, len(who))]
    at = np.flatnonzero(docs.kind != ON_ACCOUNT)
    kind, customer = docs.kind[at], docs.customer[at]
    title = ("Facture", "Facture d'acompte", "Avoir")
    parent = refs[np.maximum(docs.parent[at], 0)]
    names = who.name[customer]
    label = np.array(
        [
            f"{title[k]} {r} sur {p} {name}" if k == CREDIT_NOTE else f"{title[k]} {r} {name}"
            for k, r, p, name in zip(kind.tolist(), refs[at], parent, names, strict=True)
        ],
        dtype=object,
    )
    entry, date, issue = book.entries(len(at)), docs.entry[at], docs.issue[at]
    revenue = np.where(kind == DEPOSIT, 419100, np.where(kind == CREDIT_NOTE, 709000, revenue_of[customer]))
    common: dict[str, Any] = {"ref": refs[at], "label": label, "piece_date": issue}
    book.add(entry, 0, VE, date, 411000, docs.amount[at], aux=customer, component=component[at], **common)
    # Some invoices book two identical lines of revenue: two of the same article.
    twice = (kind == INVOICE) & (docs.net[at] % 2 == 0) & (rng.random(len(at)) < 0.03)
    line = np.where(twice, docs.net[at] // 2, docs.net[at])
    book.add(entry, 1, VE, date, revenue, -line, aux=np.where(kind == DEPOSIT, customer, -1), **common)
    book.add(entry, 1, VE, date, revenue, np.where(twice, -line, 0), **common)
    book.add(entry, 2, VE, date, 445710, -docs.vat[at], **common)


def _bank_refs(journal: Ints, days: Ints) -> Texts:
    """Reference of each bank entry: journal, month and a serial."""
    codes = np.array([j[0] for j in JOURNALS], dtype=object)[journal]
    text = calendar().text[days - FIRST_DAY]
    return np.array(
        [f"{c}{t[2:6]}-{i + 1:06d}" for i, (c, t) in enumerate(zip(codes, text, strict=True))], dtype=object
    )


def _transfers(
    book: _Journal,
    rng: np.random.Generator,
    who: Customers,
    docs: Documents,
    moves: Moves,
    group: Ints,
    refs: Texts,
    component: Ints,
    effects: list[tuple[Ints, Any, Ints, Ints]],
) -> None:
    """Transfers, one bank entry per customer and day, with its rounding differences and discounts."""
    at = np.flatnonzero(group >= 0)
    at = at[np.lexsort((moves.document[at], group[at]))]
    doc, amount = moves.document[at], moves.amount[at]
    starts = np.flatnonzero(np.r_[True, group[at][1:] != group[at][:-1]]) if len(at) else np.zeros(0, int)
    ends = np.r_[starts[1:], len(at)].astype(np.int64) if len(at) else np.zeros(0, int)
    count, size = len(starts), ends - starts
    total = np.add.reduceat(amount, starts) if len(at) else np.zeros(0, int)
    customer, date = docs.customer[doc[starts]], moves.day[at][starts]
    effects.append((doc, 411000, moves.day[at], -amount))

    bank = np.where(who.bank[customer] == 1, CE, BQ)
    piece = _bank_refs(bank, date)
    label = _payment_labels(rng, who, customer, refs[doc], starts, ends)
    difference = np.where((rng.random(count) < 0.012) & (size == 1), rng.integers(-99, 100, count), 0)
    difference = np.where(np.abs(difference) < total // 2, difference, 0)
    discount = np.where(who.is_discount[customer], total // 50, 0)
    entry = book.entries(count)
    aux, part = customer, component[doc[starts]]
    cash = np.where(bank == CE, 512200, 512100)
    common: dict[str, Any] = {"ref": piece, "label": label}
    book.add(entry, 0, bank, date, cash, total - difference - discount, **common)
    book.add(entry, 1, bank, date, np.where(difference > 0, 658000, 758000), difference, **common)
    book.add(entry, 2, bank, date, 665000, discount, **common)
    split = who.is_split[customer] & (size > 1) & (size < 30)
    whole = ~split
    book.add(
        entry[whole],
        3,
        bank[whole],
        date[whole],
        411000,
        -total[whole],
        piece[whole],
        label[whole],
        aux=aux[whole],
        component=part[whole],
    )
    owner = np.repeat(np.arange(count), size)
    lines = split[owner]
    g = owner[lines]
    book.add(
        entry[g],
        3,
        bank[g],
        date[g],
        411000,
        -amount[lines],
        refs[doc[lines]],
        label[g],
        aux=aux[g],
        component=component[doc[lines]],
    )


def _payment_labels(
    rng: np.random.Generator, who: Customers, customer: Ints, refs: Texts, starts: Ints, ends: Ints
) -> Texts:
    """What the bank statement says: the payer, and the documents it names, if it names any."""
    style = who.reference[customer]
    silent = rng.random(len(customer)) < 0.45
    out = np.empty(len(customer), dtype=object)
    rows = zip(
        customer.tolist(), style.tolist(), silent.tolist(), starts.tolist(), ends.tolist(), strict=True
    )
    for i, (c, s, quiet, a, b) in enumerate(rows):
        name = who.name[c]
        if s == 1 or (s == 2 and quiet):
            out[i] = f"VIR SEPA {name}" if i % 3 else f"REGLEMENT {name}"
        elif b - a > 12:
            out[i] = f"VIR SEPA {name} RELEVE {b - a} FACTURES"
        else:
            named = " ".join(refs[a:b])
            out[i] = f"VIR SEPA {name} {named.replace('-', '') if s == 3 else named}"
    return out


def _single_payments(
    book: _Journal,
    rng: np.random.Generator,
    who: Customers,
    docs: Documents,
    moves: Moves,
    refs: Texts,
    component: Ints,
    effects: list[tuple[Ints, Any, Ints, Ints]],
) -> None:
    """Direct debits, rejections, refunds, money on account, suspense, advances applied, set-offs, credits."""

    def of(what: int) -> tuple[Ints, Ints, Ints, Ints, Texts]:
        at = np.flatnonzero(moves.what == what)
        doc = moves.document[at]
        return doc, moves.day[at], moves.amount[at], docs.customer[doc], refs[doc]

    def texts(form: str, names: Texts, aux: Ints) -> Texts:
        return np.array([form.format(r, n) for r, n in zip(names, who.name[aux], strict=True)], dtype=object)

    for what, form in ((PAY_DEBIT, "PRLV SEPA {0} {1}"), (REJECTION, "REJET PRLV {0} {1}")):
        doc, date, amount, aux, ref = of(what)
        entry, journal = book.entries(len(doc)), np.full(len(doc), BQ)
        label, piece = texts(form, ref, aux), _bank_refs(journal, date)
        book.add(entry, 0, BQ, date, 512100, amount, piece, label)
        book.add(entry, 1, BQ, date, 411000, -amount, ref, label, aux=aux, component=component[doc])
        effects.append((doc, 411000, date, -amount))

    doc, date, amount, aux, ref = of(REFUND)
    entry, piece = book.entries(len(doc)), _bank_refs(np.full(len(doc), BQ), date)
    label = texts("REMBOURSEMENT {0} {1}", ref, aux)
    book.add(entry, 0, BQ, date, 411000, -amount, piece, label, aux=aux, component=component[doc])
    book.add(entry, 1, BQ, date, 512100, amount, piece, label)
    effects.append((doc, 411000, date, -amount))

    doc = np.flatnonzero(docs.kind == ON_ACCOUNT)
    date, aux, amount = docs.entry[doc], docs.customer[doc], docs.amount[doc]
    entry, piece = book.entries(len(doc)), _bank_refs(np.full(len(doc), BQ), date)
    refs[doc] = piece
    label = texts("VIR SEPA {1} ACOMPTE SUR COMPTE", piece, aux)
    book.add(entry, 0, BQ, date, 512100, -amount, piece, label)
    book.add(entry, 1, BQ, date, 411000, amount, piece, label, aux=aux, component=component[doc])

    doc, date, amount, aux, ref = of(PAY_SUSPENSE)
    entry, piece = book.entries(len(doc)), _bank_refs(np.full(len(doc), BQ), date)
    label = np.full(len(doc), "VIR RECU EMETTEUR INCONNU", dtype=object)
    book.add(entry, 0, BQ, date, 512100, amount, piece, label)
    book.add(entry, 1, BQ, date, 471000, -amount, piece, label)
    entry, label = book.entries(len(doc)), texts("Identification virement {0} {1}", ref, aux)
    book.add(entry, 0, OD, date, 471000, amount, piece, label)
    book.add(entry, 1, OD, date, 411000, -amount, ref, label, aux=aux, component=component[doc])
    effects.append((doc, 411000, date, -amount))

    doc, date, amount, aux, ref = of(APPLY_ADVANCE)
    entry, label = book.entries(len(doc)), texts("Imputation acompte sur {0} {1}", ref, aux)
    book.add(entry, 0, OD, date, 419100, amount, ref, label, aux=aux)
    book.add(entry, 1, OD, date, 411000, -amount, ref, label, aux=aux, component=component[doc])
    effects.append((doc, 411000, date, -amount))

    doc, date, amount, aux, ref = of(SET_OFF)
    entry, label = book.entries(len(doc)), texts("Compensation {0} {1}", ref, aux)
    book.add(entry, 0, OD, date, 401000, amount, ref, label, aux=FIRST_SUPPLIER)
    book.add(entry, 1, OD, date, 411000, -amount, ref, label, aux=aux, component=component[doc])
    effects.append((doc, 411000, date, -amount))

    at = np.flatnonzero(moves.what == APPLY_CREDIT)
    effects.append((moves.document[at], 411000, moves.day[at], -moves.amount[at]))
    effects.append((moves.other[at], 411000, moves.day[at], moves.amount[at]))


def _bills(
    book: _Journal,
    rng: np.random.Generator,
    who: Customers,
    docs: Documents,
    moves: Moves,
    refs: Texts,
    component: Ints,
    effects: list[tuple[Ints, Any, Ints, Ints]],
) -> None:
    """Bills: 411 to 413 on acceptance, 413 to 5113 when remitted, 5113 to the bank at maturity."""
    at = np.flatnonzero(moves.what == PAY_BILL)
    doc, date, amount = moves.document[at], moves.day[at], moves.amount[at]
    aux, ref = docs.customer[doc], refs[doc]
    cal = calendar()
    quick = date - docs.entry[doc] < 20
    accepted = cal.open_on_or_after(docs.entry[doc] + rng.integers(4, 12, len(doc)))
    remitted = cal.open_on_or_after(date - 7)
    bill = np.array([f"LCR-{i + 1:05d}" for i in range(len(doc))], dtype=object)
    when = cal.french[date - FIRST_DAY]
    label = np.array(
        [f"LCR {r} ech {w} {n}" for r, w, n in zip(ref, when, who.name[aux], strict=True)], dtype=object
    )
    long = ~quick
    entry = book.entries(int(long.sum()))
    book.add(
        entry,
        0,
        EF,
        accepted[long],
        413000,
        amount[long],
        bill[long],
        label[long],
        aux=aux[long],
        component=component[doc[long]],
    )
    book.add(
        entry,
        1,
        EF,
        accepted[long],
        411000,
        -amount[long],
        ref[long],
        label[long],
        aux=aux[long],
        component=component[doc[long]],
    )
    effects.append((doc[long], 411000, accepted[long], -amount[long]))
    effects.append((doc[long], 413000, accepted[long], amount[long]))
    entry = book.entries(int(long.sum()))
    book.add(entry, 0, EF, remitted[long], 511300, amount[long], bill[long], label[long])
    book.add(
        entry,
        1,
        EF,
        remitted[long],
        413000,
        -amount[long],
        bill[long],
        label[long],
        aux=aux[long],
        component=component[doc[long]],
    )
    effects.append((doc[long], 413000, remitted[long], -amount[long]))
    entry = book.entries(int(long.sum()))
    book.add(entry, 0, BQ, date[long], 512100, amount[long], bill[long], label[long])
    book.add(entry, 1, BQ, date[long], 511300, -amount[long], bill[long], label[long])
    entry = book.entries(int(quick.sum()))
    book.add(entry, 0, BQ, date[quick], 512100, amount[quick], ref[quick], label[quick])
    book.add(
        entry,
        1,
        BQ,
        date[quick],
        411000,
        -amount[quick],
        ref[quick],
        label[quick],
        aux=aux[quick],
        component=component[doc[quick]],
    )
    effects.append((doc[quick], 411000, date[quick], -amount[quick]))


def _losses(
    book: _Journal,
    rng: np.random.Generator,
    who: Customers,
    health: Health,
    docs: Documents,
    refs: Texts,
    component: Ints,
    effects: list[tuple[Ints, Any, Ints, Ints]],
) -> tuple[Ints, Ints]:
    """Doubtful transfers, provisions and write-offs of collapsed customers; write-offs of old small balances.

    Returns per document the day of its transfer to 416 and of its write-off (NEVER where none).
    """
    known = Effects.of(effects)
    open_amount = np.zeros(len(docs), dtype=np.int64)
    np.add.at(open_amount, known.document, known.amount)
    last = np.zeros(len(docs), dtype=np.int64)
    np.maximum.at(last, known.document, known.day)
    doubtful_on = np.full(len(docs), NEVER, dtype=np.int64)
    written_off_on = np.full(len(docs), NEVER, dtype=np.int64)
    c = docs.customer
    owed = (open_amount > 0) & (docs.kind <= DEPOSIT)
    frozen = owed & (health.collapse[c] <= AS_OF) & (docs.issue < health.judgment[c])

    n = len(who)
    known_on = np.where(health.publication < NEVER, health.publication, health.collapse + 150)
    transfer_on = month_end(np.minimum(known_on, NEVER - 40))
    is_transferred = rng.random(n) < 0.8
    by_document = rng.random(n) < 0.6
    given_up = np.where(health.closure < NEVER, health.closure + 20, NEVER)
    given_up = np.where(health.kind == 0, health.collapse + rng.integers(280, 400, n), given_up)
    off_on = month_end(np.minimum(given_up, NEVER - 40))

    moved = frozen & is_transferred[c] & (last <= transfer_on[c])
    d = np.flatnonzero(moved)
    doubtful_on[d] = transfer_on[c[d]]
    aux, date, amount = c[d], transfer_on[c[d]], open_amount[d]
    effects.append((d, 411000, date, -amount))
    effects.append((d, 416000, date, amount))
    entries = dict(zip(np.unique(aux).tolist(), book.entries(len(np.unique(aux))).tolist(), strict=True))
    entry = np.array([entries[a] for a in aux.tolist()], dtype=np.int64)
    detailed = by_document[aux]
    label = np.array(
        [f"Créance douteuse {refs[x]} {who.name[a]}" for x, a in zip(d, aux, strict=True)], dtype=object
    )
    for order, account, sign in ((0, 416000, 1), (1, 411000, -1)):
        book.add(
            entry[detailed],
            order,
            OD,
            date[detailed],
            account,
            sign * amount[detailed],
            refs[d[detailed]],
            label[detailed],
            aux=aux[detailed],
            piece_date=docs.issue[d[detailed]],
            component=component[d[detailed]],
        )
    # One line for all: the documents become one component, from the transfer on.
    rest = ~detailed
    customers, first = np.unique(aux[rest], return_index=True)
    total = np.zeros(len(customers), dtype=np.int64)
    np.add.at(total, np.searchsorted(customers, aux[rest]), amount[rest])
    for customer in customers.tolist():
        joined = d[rest & (aux == customer)]
        component[np.isin(component, component[joined])] = component[joined[0]]
    e, at, part = entry[rest][first], date[rest][first], component[d[rest][first]]
    text = np.array([f"Transfert en douteux {who.name[x]}" for x in customers], dtype=object)
    piece = np.array([f"DTX-{who.code[x]}" for x in customers], dtype=object)
    book.add(e, 0, OD, at, 416000, total, piece, text, aux=customers, component=part)
    book.add(e, 1, OD, at, 411000, -total, piece, text, aux=customers, component=part)

    # Provision of half the amount excluding tax at the end of the year of the transfer.
    net = amount * 10_000 // (10_000 + who.vat_bp[aux]) // 2
    year_end = day_of_year_end(date)
    keys, inverse = np.unique(year_end, return_inverse=True)
    provision = np.zeros(len(keys), dtype=np.int64)
    np.add.at(provision, inverse, net)
    e = book.entries(len(keys))
    piece = np.full(len(keys), "PROV-CLIENTS", dtype=object)
    book.add(e, 0, OD, keys, 681740, provision, piece, "Dépréciation créances douteuses")
    book.add(e, 1, OD, keys, 491000, -provision, piece, "Dépréciation créances douteuses")

    # Write-offs: proceedings closed or nobody left to ask; old small balances.
    lost = frozen & (off_on[c] > np.maximum(last, np.where(moved, transfer_on[c], 0)))
    paid_share = 1 - open_amount / np.maximum(docs.amount, 1)
    small = owed & ~frozen & (paid_share > 0.88) & (paid_share < 1) & (rng.random(len(docs)) < 0.6)
    small &= health.collapse[c] > AS_OF
    w = np.flatnonzero(lost | small)
    small_on = month_end(last[w] + rng.integers(120, 240, len(w)))
    date = np.where(lost[w], off_on[c[w]], small_on)
    written_off_on[w] = date
    aux, amount = c[w], open_amount[w]
    booked_on = np.where(moved[w], 416000, 411000)
    vat = (amount * docs.vat[w] + docs.amount[w] // 2) // np.maximum(docs.amount[w], 1)
    entry = book.entries(len(w))
    label = np.array(
        [f"Créance irrécouvrable {refs[x]} {who.name[a]}" for x, a in zip(w, aux, strict=True)], dtype=object
    )
    common: dict[str, Any] = {"ref": refs[w], "label": label}
    book.add(entry, 0, OD, date, 654000, amount - vat, **common)
    book.add(entry, 1, OD, date, 445710, vat, **common)
    book.add(entry, 2, OD, date, booked_on, -amount, aux=aux, component=component[w], **common)
    effects.append((w, booked_on, date, -amount))
    reversed_ = np.where(moved[w], amount * 10_000 // (10_000 + who.vat_bp[aux]) // 2, 0)
    entry = book.entries(len(w))
    book.add(entry, 0, OD, date, 491000, reversed_, **common)
    book.add(entry, 1, OD, date, 781740, -reversed_, **common)
    return doubtful_on, written_off_on


def day_of_year_end(days: Ints) -> Ints:
    """31 December of the year of each day."""
    return month_start((year_of(days) - 1970 + 1) * 12) - 1


@dataclass
class Purchases:
    """Supplier invoices: entry and payment days, supplier, amount including tax in cents, reference."""

    entry: Ints
    paid: Ints
    supplier: Ints
    amount: Ints
    ref: Texts


def _monthly_sales(docs: Documents) -> Floats:
    """Billing excluding tax of each month from November 2022 to December 2025, in cents."""
    first = (2022 - 1970) * 12 + 10
    month = month_number(docs.entry) - first
    inside = (month >= 0) & (month < 38) & (docs.kind != ON_ACCOUNT) & (docs.kind != DEPOSIT)
    out = np.zeros(38)
    np.add.at(out, month[inside], docs.net[inside])
    return out


def _purchases(book: _Journal, rng: np.random.Generator, docs: Documents) -> Purchases:
    """Supplier invoices of 50 % of the average billing, paid after 30 to 45 days."""
    sales = _monthly_sales(docs)
    level = float(sales.mean())
    per_month = int(np.clip(len(docs) // 900, 6, 3000))
    count = 38 * per_month
    month = np.repeat(np.arange(38) + (2022 - 1970) * 12 + 10, per_month)
    cal = calendar()
    days = cal.open_on_or_after(month_start(month) + rng.integers(0, 27, count))
    days = np.minimum(days, month_start(month + 1) - 1)
    share = rng.gamma(1.2, 1.0, count)
    share /= np.repeat(np.add.reduceat(share, np.arange(0, count, per_month)), per_month)
    drift = np.repeat(0.8 + 0.2 * sales / max(level, 1.0), per_month)
    net = np.maximum(np.rint(0.50 * level * share * drift), 1000).astype(np.int64)
    vat = (net * 2000 + 5000) // 10_000
    charge = np.array([601000, 606100, 611000, 613200, 622600, 624100])[
        rng.choice(6, count, p=[0.55, 0.08, 0.15, 0.07, 0.07, 0.08])
    ]
    supplier = FIRST_SUPPLIER + rng.integers(0, SUPPLIERS, count)
    ref = np.array([f"FRS{v:07d}" for v in rng.integers(1, 9_999_999, count)], dtype=object)
    label = np.array([f"Facture fournisseur {r}" for r in ref], dtype=object)
    entry = book.entries(count)
    book.add(entry, 0, AC, days, charge, net, ref, label)
    book.add(entry, 1, AC, days, 445660, vat, ref, label)
    book.add(entry, 2, AC, days, 401000, -(net + vat), ref, label, aux=supplier)
    paid = cal.open_on_or_after(days + rng.integers(30, 46, count))
    label = np.array([f"VIR FOURNISSEUR {r}" for r in ref], dtype=object)
    entry = book.entries(count)
    book.add(entry, 0, BQ, paid, 401000, net + vat, ref, label, aux=supplier)
    book.add(entry, 1, BQ, paid, 512100, -(net + vat), ref, label)
    return Purchases(days, paid, supplier, net + vat, ref)


def _general(book: _Journal, rng: np.random.Generator, docs: Documents) -> None:
    """Payroll, social charges, bank fees, loan, depreciation, corporate tax, invoices to be issued."""
    level = int(_monthly_sales(docs).mean())
    months = (2022 - 1970) * 12 + 11 + np.arange(37)  # from December 2022
    cal = calendar()
    last = month_start(months + 1) - 1
    gross = (level * 0.27 * rng.uniform(0.97, 1.05, 37)).astype(np.int64)
    charges, own, tax = gross * 42 // 100, gross * 22 // 100, gross * 4 // 100
    piece = np.array([f"PAIE-{t[:6]}" for t in cal.text[last - FIRST_DAY]], dtype=object)
    entry = book.entries(37)
    book.add(entry, 0, PA, last, 641100, gross, piece, "Salaires bruts")
    book.add(entry, 1, PA, last, 431000, -own, piece, "Cotisations salariales")
    book.add(entry, 2, PA, last, 442100, -tax, piece, "Prélèvement à la source")
    book.add(entry, 3, PA, last, 421000, -(gross - own - tax), piece, "Salaires nets")
    entry = book.entries(37)
    book.add(entry, 0, PA, last, 645100, charges, piece, "Cotisations patronales")
    book.add(entry, 1, PA, last, 431000, -charges, piece, "Cotisations patronales")
    salary_day = cal.run_on_or_before(np.zeros_like(last), last)
    social_day = cal.open_on_or_after(last + 15)
    for what, date, account, amount in (
        ("VIR SALAIRES", salary_day, 421000, gross - own - tax),
        ("PRLV URSSAF", social_day, 431000, charges + own),
        ("PRLV DGFIP PAS", social_day, 442100, tax),
    ):
        entry = book.entries(37)
        book.add(entry, 0, BQ, date, account, amount, piece, what)
        book.add(entry, 1, BQ, date, 512100, -amount, piece, what)
    books = months[1:]
    first, last = cal.open_on_or_after(month_start(books) + 4), month_start(books + 1) - 1
    fees = rng.integers(4_000, 18_000, 36)
    for journal, account, what, charge, amount in (
        (BQ, 512100, "Frais bancaires", 627000, fees),
        (CE, 512200, "Frais bancaires", 627000, fees // 2),
        (BQ, 512100, "Echéance emprunt intérêts", 661100, np.full(36, level // 400)),
        (BQ, 512100, "Echéance emprunt capital", 164000, np.full(36, level // 90)),
    ):
        entry = book.entries(36)
        piece = _bank_refs(np.full(36, journal), first)
        book.add(entry, 0, journal, first, charge, amount, piece, what)
        book.add(entry, 1, journal, first, account, -amount, piece, what)
    ends = np.array([day(y, 12, 31) for y in FISCAL_YEARS])
    for what, debit, credit, amount in (
        ("Dotation aux amortissements", 681120, 281540, np.full(3, level // 2)),
        ("Impôt sur les sociétés", 695000, 444000, np.full(3, level // 6)),
    ):
        entry = book.entries(3)
        book.add(entry, 0, OD, ends, debit, amount, "CLOTURE", what)
        book.add(entry, 1, OD, ends, credit, -amount, "CLOTURE", what)
    pay = cal.open_on_or_after(ends[:2] + 135)
    entry = book.entries(2)
    book.add(entry, 0, BQ, pay, 444000, np.full(2, level // 6), "IS-SOLDE", "PRLV DGFIP SOLDE IS")
    book.add(entry, 1, BQ, pay, 512100, -np.full(2, level // 6), "IS-SOLDE", "PRLV DGFIP SOLDE IS")
    # Invoices to be issued at closing, reversed on 2 January.
    accrued = (level * rng.uniform(0.03, 0.06, 3)).astype(np.int64)
    accrued_vat = accrued // 5
    for dates, sign, what in (
        (ends, 1, "Factures à établir"),
        (ends[:2] + 2, -1, "Extourne factures à établir"),
    ):
        k = len(dates)
        entry = book.entries(k)
        book.add(entry, 0, OD, dates, 418100, sign * (accrued + accrued_vat)[:k], "FAE", what)
        book.add(entry, 1, OD, dates, 706000, -sign * accrued[:k], "FAE", what)
        book.add(entry, 2, OD, dates, 445870, -sign * accrued_vat[:k], "FAE", what)


def _vat(book: _Journal) -> None:
    """Monthly VAT return: collected less deductible, paid on the 24th of the following month."""
    lines = book.lines()
    first = (2022 - 1970) * 12 + 11  # December 2022: its tax is due when the books open
    sums = {}
    for account in (445710, 445660):
        chosen = lines.account == account
        month = month_number(lines.date[chosen]) - first
        inside = (month >= 0) & (month < 37)
        total = np.zeros(37, dtype=np.int64)
        np.add.at(total, month[inside], lines.amount[chosen][inside])
        sums[account] = total
    last = month_start(first + np.arange(37) + 1) - 1
    due = -sums[445710] - sums[445660]
    piece = np.array([f"CA3-{t[:6]}" for t in calendar().text[last - FIRST_DAY]], dtype=object)
    entry = book.entries(37)
    book.add(entry, 0, OD, last, 445710, -sums[445710], piece, "Déclaration de TVA")
    book.add(entry, 1, OD, last, 445660, -sums[445660], piece, "Déclaration de TVA")
    book.add(entry, 2, OD, last, np.where(due >= 0, 445510, 445670), -due, piece, "Déclaration de TVA")
    pay = calendar().open_on_or_after(last + 24)
    entry = book.entries(37)
    book.add(entry, 0, BQ, pay, np.where(due >= 0, 445510, 445670), due, piece, "TELEREGLEMENT TVA")
    book.add(entry, 1, BQ, pay, 512100, -due, piece, "TELEREGLEMENT TVA")


def _sweep(book: _Journal) -> None:
    """Each month the second bank hands what it received to the first, through internal transfers (580)."""
    lines = book.lines()
    first = (2023 - 1970) * 12
    chosen = lines.account == 512200
    month = month_number(lines.date[chosen]) - first
    inside = (month >= 0) & (month < 36)
    received = np.zeros(36, dtype=np.int64)
    np.add.at(received, month[inside], lines.amount[chosen][inside])
    amount = np.maximum(received, 0) // 100_000 * 100_000
    last = month_start(first + np.arange(36) + 1) - 1
    date = calendar().run_on_or_before(np.zeros_like(last), last)
    for journal, account, sign in ((CE, 512200, -1), (BQ, 512100, 1)):
        entry, piece = book.entries(36), _bank_refs(np.full(36, journal), date)
        book.add(entry, 0, journal, date, account, sign * amount, piece, "VIREMENT INTERNE")
        book.add(entry, 1, journal, date, 580000, -sign * amount, piece, "VIREMENT INTERNE")


def _fiscal_years(
    rng: np.random.Generator,
    who: Customers,
    lines: Lines,
    purchases: Purchases,
    docs: Documents,
    refs: Texts,
    component: Ints,
    effects: Effects,
) -> dict[int, Lines]:
    """Cut the lines by year, open each year from the one before, and letter its receivables."""
    lines = lines.take(lines.date <= AS_OF)
    receivable = np.isin(lines.account, RECEIVABLES)
    # The documents' components may have been joined after their lines were written.
    lines.component = np.where(lines.component >= 0, component[np.maximum(lines.component, 0)], -1)
    past = lines.take((lines.date < BOOKS_START) & receivable)
    years: dict[int, Lines] = {}
    previous: Lines | None = None
    for year in FISCAL_YEARS:
        start, end = day(year, 1, 1), day(year, 12, 31)
        opening = _Journal()
        opening.next_entry = -1
        parts = [
            _receivable_opening(
                rng, who, year, past if previous is None else previous, docs, refs, component, effects
            )
        ]
        if previous is None:
            parts.append(_first_balance_sheet(who, parts[0], lines, purchases, start))
        else:
            parts.append(_balance_sheet(previous, purchases, start))
        opened = _concat(parts)
        movements = lines.take((lines.date >= start) & (lines.date <= end))
        whole = _concat([opened, movements])
        _letter(rng, who, whole, year)
        years[year] = whole
        previous = whole
    return years


def _opening_line(
    start: int,
    account: Ints,
    aux: Ints,
    amount: Ints,
    ref: Texts,
    piece_date: Ints,
    label: Texts,
    component: Ints,
) -> Lines:
    opening = _Journal()
    count = len(amount)
    opening.add(
        np.full(count, -1),
        0,
        AN,
        np.full(count, start),
        account,
        amount,
        ref,
        label,
        aux=aux,
        piece_date=piece_date,
        component=component,
    )
    return opening.lines()


def _receivable_opening(
    rng: np.random.Generator,
    who: Customers,
    year: int,
    before: Lines,
    docs: Documents,
    refs: Texts,
    component: Ints,
    effects: Effects,
) -> Lines:
    """Opening lines of 411, 413 and 416: open lines, residuals by document, or a bare balance, by customer.

    Customers never lettered have nothing but a balance to carry; when the books begin, only every fourth of them.
    """
    start = day(year, 1, 1)
    style = who.opening.copy()
    if year == FISCAL_YEARS[0]:
        bare = style == OPENING_BALANCE
        style = np.where(bare & (np.arange(len(style)) % 4 != 0), OPENING_RESIDUALS, style)
    live = before.take(np.isin(before.account, RECEIVABLES))
    if year == FISCAL_YEARS[0]:
        keep = ~_balanced(live)[0]
    else:
        keep = np.array([not (code and code.isupper()) for code in live.letter], dtype=bool)
    carried = live.take(keep & (style[live.aux] == OPENING_LINES))
    parts = [
        _opening_line(
            start,
            carried.account,
            carried.aux,
            carried.amount,
            carried.ref,
            carried.piece_date,
            carried.label,
            carried.component,
        )
    ]
    # Residuals by document and account.
    known = (effects.day < start) & (style[docs.customer[effects.document]] == OPENING_RESIDUALS)
    key = effects.document[known] * 10 + effects.account[known] // 1000 % 10
    keys, inverse = np.unique(key, return_inverse=True)
    total = np.zeros(len(keys), dtype=np.int64)
    np.add.at(total, inverse, effects.amount[known])
    keys, total = keys[total != 0], total[total != 0]
    d, account = keys // 10, 411000 + (keys % 10 - 1) * 1000
    label = np.array(
        [f"{r} {n}" for r, n in zip(refs[d], who.name[docs.customer[d]], strict=True)], dtype=object
    )
    parts.append(
        _opening_line(start, account, docs.customer[d], total, refs[d], docs.issue[d], label, component[d])
    )
    # Bare balances.
    rest = live.take(style[live.aux] == OPENING_BALANCE)
    key = rest.aux * 10 + rest.account // 1000 % 10
    keys, inverse = np.unique(key, return_inverse=True)
    total = np.zeros(len(keys), dtype=np.int64)
    np.add.at(total, inverse, rest.amount)
    aux, account = keys // 10, 411000 + (keys % 10 - 1) * 1000
    label = np.array([f"Solde à nouveau {n}" for n in who.name[aux]], dtype=object)
    count = len(keys)
    parts.append(
        _opening_line(
            start,
            account,
            aux,
            total,
            np.full(count, "AN", dtype=object),
            np.full(count, start),
            label,
            np.full(count, -1),
        )
    )
    return _concat(parts)


def _first_balance_sheet(
    who: Customers, receivables: Lines, lines: Lines, purchases: Purchases, start: int
) -> Lines:
    """The other accounts on the day the books begin; reserves take what balances them."""
    unpaid = (purchases.entry < start) & (purchases.paid >= start)
    past = lines.take(
        (lines.date < start)
        & np.isin(lines.account, (419100, 421000, 431000, 442100, 445510, 445670, 511300))
    )
    accounts, aux, amounts = _balances(past)
    level = max(int(-lines.amount[np.isin(lines.account, (701000, 706000, 707000))].sum()) // 36, 100_000)
    fixed = {
        101000: -20_000_000 if level > 20_000_000 else -3_000_000,
        164000: -level,
        215400: 3 * level,
        281540: -level,
        310000: level,
        512100: 2 * level,
        512200: level // 4,
    }
    parts = [
        _plain_opening(start, accounts, aux, amounts),
        _plain_opening(start, np.array(list(fixed)), np.full(len(fixed), -1), np.array(list(fixed.values()))),
        _opening_line(
            start,
            np.full(int(unpaid.sum()), 401000),
            purchases.supplier[unpaid],
            -purchases.amount[unpaid],
            purchases.ref[unpaid],
            purchases.entry[unpaid],
            np.array([f"Facture fournisseur {r}" for r in purchases.ref[unpaid]], dtype=object),
            np.full(int(unpaid.sum()), -1),
        ),
    ]
    total = int(receivables.amount.sum()) + sum(int(p.amount.sum()) for p in parts)
    parts.append(_plain_opening(start, np.array([106800]), np.array([-1]), np.array([-total])))
    return _concat(parts)


def _balance_sheet(previous: Lines, purchases: Purchases, start: int) -> Lines:
    """Closing balances of classes 1 to 5 but receivables, suppliers by invoice, and the year's result."""
    year_lines = previous
    sheet = year_lines.take(
        (year_lines.account < 600_000) & ~np.isin(year_lines.account, (*RECEIVABLES, 401000))
    )
    accounts, aux, amounts = _balances(sheet)
    # Last year's result goes to retained earnings.
    accounts = np.where(np.isin(accounts, (120000, 129000)), 110000, accounts)
    result = int(year_lines.amount[year_lines.account >= 600_000].sum())
    unpaid = (purchases.entry < start) & (purchases.paid >= start)
    suppliers = _opening_line(
        start,
        np.full(int(unpaid.sum()), 401000),
        purchases.supplier[unpaid],
        -purchases.amount[unpaid],
        purchases.ref[unpaid],
        purchases.entry[unpaid],
        np.array([f"Facture fournisseur {r}" for r in purchases.ref[unpaid]], dtype=object),
        np.full(int(unpaid.sum()), -1),
    )
    set_off = int(year_lines.amount[year_lines.account == 401000].sum()) - int(suppliers.amount.sum())
    return _concat(
        [
            _plain_opening(start, accounts, aux, amounts),
            suppliers,
            _plain_opening(start, np.array([401000]), np.array([FIRST_SUPPLIER]), np.array([set_off])),
            _plain_opening(
                start, np.array([120000 if result <= 0 else 129000]), np.array([-1]), np.array([result])
            ),
        ]
    )


def _balances(lines: Lines) -> tuple[Ints, Ints, Ints]:
    """Sum by account and auxiliary: accounts, auxiliaries, amounts (zero sums left out)."""
    key = lines.account * (FIRST_SUPPLIER * 2) + lines.aux + 1
    keys, inverse = np.unique(key, return_inverse=True)
    total = np.zeros(len(keys), dtype=np.int64)
    np.add.at(total, inverse, lines.amount)
    keys, total = keys[total != 0], total[total != 0]
    return keys // (FIRST_SUPPLIER * 2), keys % (FIRST_SUPPLIER * 2) - 1, total


def _plain_opening(start: int, accounts: Ints, aux: Ints, amounts: Ints) -> Lines:
    count = len(accounts)
    return _opening_line(
        start,
        accounts,
        aux,
        amounts,
        np.full(count, "AN", dtype=object),
        np.full(count, start),
        np.full(count, "Solde à nouveau", dtype=object),
        np.full(count, -1),
    )


def _groups(lines: Lines) -> tuple[Ints, Ints]:
    """Lettering group of each line (customer, account, component): dense numbers, and how many."""
    key = (lines.aux * 10 + lines.account // 1000 % 10) * (int(lines.component.max(initial=0)) + 2)
    key = key + lines.component + 1
    _, inverse = np.unique(key, return_inverse=True)
    return inverse.astype(np.int64), np.bincount(inverse)


def _balanced(lines: Lines) -> tuple[NDArray[np.bool_], Ints]:
    """Whether each line's group sums to zero, and the group numbers."""
    group, counts = _groups(lines)
    total = np.zeros(len(counts), dtype=np.int64)
    np.add.at(total, group, lines.amount)
    return total[group] == 0, group


def _letter(rng: np.random.Generator, who: Customers, lines: Lines, year: int) -> None:
    """Letter the settled groups of a year: upper case when balanced, lower case when partly settled.

    Codes restart per customer and account. Some customers are never lettered, some groups are forgotten, and
    what the accountant would match after the as-of day is not lettered yet.
    """
    at = np.flatnonzero(np.isin(lines.account, RECEIVABLES) & (lines.component >= 0))
    if not len(at):
        return
    part = lines.take(at)
    balanced, group = _balanced(part)
    count = int(group.max()) + 1
    last = np.zeros(count, dtype=np.int64)
    np.maximum.at(last, group, part.date)
    size = np.bincount(group, minlength=count)
    is_balanced = np.zeros(count, dtype=bool)
    is_balanced[group] = balanced
    debit, credit = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    np.logical_or.at(debit, group, part.amount > 0)
    np.logical_or.at(credit, group, part.amount < 0)
    owner, account = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    owner[group], account[group] = part.aux, part.account
    matched_on = last + rng.integers(2, 45, count)
    limit = min(day(year + 1, 3, 31), AS_OF)
    lettered = who.is_lettered[owner] & (size > 1) & debit & credit
    lettered &= np.where(is_balanced, rng.random(count) >= 0.07, rng.random(count) < 0.3)
    lettered &= (matched_on <= limit) | (year < FISCAL_YEARS[-1])
    matched_on = np.minimum(matched_on, limit)
    chosen = np.flatnonzero(lettered)
    chosen = chosen[np.lexsort((chosen, last[chosen], account[chosen], owner[chosen]))]
    series = owner[chosen] * 1_000_000 + account[chosen]
    starts = np.flatnonzero(np.r_[True, series[1:] != series[:-1]]) if len(chosen) else np.zeros(0, int)
    rank = np.arange(len(chosen)) - np.repeat(starts, np.diff(np.r_[starts, len(chosen)]))
    code = np.full(count, "", dtype=object)
    code[chosen] = [
        lettering_code(r) if b else lettering_code(r).lower()
        for r, b in zip(rank.tolist(), is_balanced[chosen].tolist(), strict=True)
    ]
    lines.letter[at] = code[group]
    lines.letter_date[at] = np.where(lettered[group], matched_on[group], 0)


def lettering_code(rank: int) -> str:
    """AA, AB, …, ZZ, then AAA: the code of the group of that rank."""
    width, span = 2, 26 * 26
    while rank >= span:
        rank -= span
        width, span = width + 1, span * 26
    out = ""
    for _ in range(width):
        rank, digit = divmod(rank, 26)
        out = chr(65 + digit) + out
    return out


__all__ = ["ACCOUNTS", "FISCAL_YEARS", "INVOICE", "JOURNALS", "Books", "Effects", "Lines", "write_books"]
