"""The demo company's receivables as its ERP exports them: documents, payments, and what settles what.

Belongs here: the sub-ledger of the same books as the FEC, to the cent on every day. Does not belong here: chance about
payments, accounting.

What an ERP holds and a FEC does not: due dates, and which part of which payment settles which document. What settles
a document without money (an advance applied, a set-off, a loss) is a document of its own, as the FEC books it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.demo.behaviour import (
    APPLY_ADVANCE,
    APPLY_CREDIT,
    AS_OF,
    ON_ACCOUNT,
    PAY_BILL,
    PAY_TRANSFER,
    SET_OFF,
    Documents,
    Moves,
)
from pipelines.demo.calendar import Days
from pipelines.demo.events import PLAIN, Row
from pipelines.demo.ledger import Books
from pipelines.demo.population import Customers

HEADERS = {
    "invoices": (
        "invoice_id", "customer_id", "customer_name", "document_type", "issue_date", "entry_date", "due_date",
        "amount", "vat_amount", "reference",
    ),
    "payments": ("payment_id", "customer_id", "payment_date", "amount"),
    "allocations": ("allocation_id", "invoice_id", "payment_id", "amount", "allocation_date"),
}  # fmt: skip
CONFIG = """\
  - kind: subledger
    name: erp
    invoices: erp/invoices.csv
    payments: erp/payments.csv
    allocations: erp/allocations.csv
"""
_TYPES = ("invoice", "deposit", "credit_note")
_LOSS = SET_OFF + 1
_WORDS = {APPLY_ADVANCE: "Acompte imputé", SET_OFF: "Compensation", _LOSS: "Perte sur créance"}


@dataclass(frozen=True)
class Settlements:
    """One element per settlement of a document, on the day the books have it: what is open loses `amount` cents.

    what: as in `Moves`, or a loss; other: the document applied, else -1; payment: names its payment, else "".
    """

    document: Days
    day: Days
    amount: Days
    what: Days
    other: Days
    payment: NDArray[np.object_]


def settlements_of(docs: Documents, moves: Moves, books: Books) -> Settlements:
    """The moves of the documents on the days of the books, and what the books settle beside them."""
    span = int(max(books.effects.day.max(initial=0), moves.day.max(initial=0), docs.entry.max(initial=0))) + 1
    applied = (moves.other >= 0) & (moves.what == APPLY_CREDIT)
    # What the books did to each document each day, less its own entry and less the moves: nothing, but for bills,
    # which are paid on another day than planned, and for losses.
    keys = np.concatenate(
        [
            books.effects.document * span + books.effects.day,
            np.arange(len(docs)) * span + docs.entry,
            moves.document * span + moves.day,
            moves.other[applied] * span + moves.day[applied],
        ]
    )
    amounts = np.concatenate([books.effects.amount, -docs.amount, moves.amount, -moves.amount[applied]])
    unique, inverse = np.unique(keys, return_inverse=True)
    left = np.zeros(len(unique), dtype=np.int64)
    np.add.at(left, inverse, amounts)
    rest, rest_day, cents = unique[left != 0] // span, unique[left != 0] % span, left[left != 0]

    day = moves.day.copy()
    is_loss = cents < 0
    for bill in np.flatnonzero(moves.what == PAY_BILL).tolist():
        same = (rest == moves.document[bill]) & (cents == -moves.amount[bill]) & is_loss
        planned = (rest == moves.document[bill]) & (rest_day == day[bill]) & (cents == moves.amount[bill])
        if same.any() and planned.any():
            at = int(np.flatnonzero(same)[0])
            day[bill], is_loss[at] = rest_day[at], False
    lost = np.flatnonzero(is_loss)

    names = np.array([f"REG-{number:06d}" for number in range(1, len(moves) + 1)], dtype=object)
    transfer = moves.what == PAY_TRANSFER
    # One transfer pays what a customer pays that day.
    groups, group = np.unique(docs.customer[moves.document] * span + day, return_inverse=True)
    names[transfer] = np.array([f"VIR-{number:06d}" for number in range(1, len(groups) + 1)], dtype=object)[
        group[transfer]
    ]
    names[np.isin(moves.what, (APPLY_CREDIT, APPLY_ADVANCE, SET_OFF))] = ""
    return Settlements(
        document=np.concatenate([moves.document, rest[lost]]),
        day=np.concatenate([day, rest_day[lost]]),
        amount=np.concatenate([moves.amount, -cents[lost]]),
        what=np.concatenate([moves.what, np.full(len(lost), _LOSS)]),
        other=np.concatenate([moves.other, np.full(len(lost), -1)]),
        payment=np.concatenate([names, np.full(len(lost), "", dtype=object)]),
    )


def export_rows(
    who: Customers, docs: Documents, moves: Moves, books: Books, as_of: int = AS_OF
) -> dict[str, list[Row]]:
    """The rows of an export made on the evening of a day: table → rows under `HEADERS`."""
    settled = settlements_of(docs, moves, books)
    ids = books.document_refs.copy()
    on_account = docs.kind == ON_ACCOUNT
    ids[on_account] = [f"ACC-{number:06d}" for number in range(1, int(on_account.sum()) + 1)]
    money, day = PLAIN.money, PLAIN.day
    invoices: list[Row] = []
    payments: list[Row] = []
    allocations: list[Row] = []
    for at in np.flatnonzero(docs.entry <= as_of).tolist():
        customer = int(docs.customer[at])
        code, cents = who.code[customer], int(docs.amount[at])
        if on_account[at]:
            payments.append((ids[at], code, day(int(docs.entry[at])), money(-cents)))
            continue
        kind = _TYPES[int(docs.kind[at])]
        dates = (day(int(docs.issue[at])), day(int(docs.entry[at])), day(int(docs.due[at])))
        vat = money(int(docs.vat[at]))
        invoices.append((ids[at], code, who.name[customer], kind, *dates, money(cents), vat, ""))
    sums: dict[str, tuple[int, int, int]] = {}
    for at in np.flatnonzero(settled.day <= as_of).tolist():
        document, what, cents = int(settled.document[at]), int(settled.what[at]), int(settled.amount[at])
        customer, moment = int(docs.customer[document]), int(settled.day[at])
        counter = str(settled.payment[at])
        if counter:
            sums[counter] = (customer, moment, sums.get(counter, (0, 0, 0))[2] + cents)
        elif what == APPLY_CREDIT:
            counter = str(ids[int(settled.other[at])])
        else:
            counter = f"OD-{at + 1:06d}"
            on = day(moment)
            code, name = who.code[customer], who.name[customer]
            invoices.append((counter, code, name, "other", on, on, on, money(-cents), "", _WORDS[what]))
        # Money given back that was never of a document settles none.
        if not on_account[document]:
            allocations.append((f"LET-{at + 1:06d}", ids[document], counter, money(cents), day(moment)))
    payments += [
        (name, who.code[customer], day(moment), money(cents))
        for name, (customer, moment, cents) in sorted(sums.items())
        if cents
    ]
    return {"invoices": invoices, "payments": payments, "allocations": allocations}


def write_subledger(
    folder: Path, who: Customers, docs: Documents, moves: Moves, books: Books, as_of: int = AS_OF
) -> None:
    """Write the export of a day into a folder: invoices.csv, payments.csv and allocations.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in export_rows(who, docs, moves, books, as_of).items():
        PLAIN.write(folder / f"{table}.csv", HEADERS[table], rows)
