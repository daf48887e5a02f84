"""Random small ledgers for property tests: legal FEC entries whose meaning is known without reading them back.

A book is one company: a fiscal calendar, openings, and a short random history of each of its customers. What each
entry means (billed, credited, settled) is recorded as it is written, so that published figures are checked against
the intention and not against another reading of the same lines.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from hypothesis import strategies as st

from tests.ledgers import Fec

D = Decimal
DAY = dt.timedelta(days=1)

# First day and months of each fiscal year: calendar years, April to March, 13 and 18 months, a short first year.
CALENDARS = (
    (dt.date(2024, 1, 1), (12,)),
    (dt.date(2023, 1, 1), (12, 12)),
    (dt.date(2023, 1, 1), (12, 12, 12)),
    (dt.date(2023, 4, 1), (12, 12)),
    (dt.date(2024, 1, 1), (13, 12)),
    (dt.date(2023, 7, 1), (18, 12)),
    (dt.date(2023, 9, 1), (4, 12)),
)
# Few amounts and few codes: equal ones must meet.
AMOUNTS = tuple(D(text) for text in ("120.00", "240.00", "60.00", "99.99", "0.01", "1200.00", "36.00"))
CODES = ("", "", "", "A", "A", "B", "a")
KINDS = (
    *["invoice"] * 8, *["payment"] * 7, "credit_note", "credit_note", "partial", "over", "round_sum", "refund",
    "rejection", "discount", "write_off", "doubtful", "bill", "suspense", "set_off", "deposit", "exchange",
    "till_sale", "zero", "two_customers", "other",
)  # fmt: skip
OPENINGS = ("lines", "residual", "balance", "astray", "none")


class Event(NamedTuple):
    """One thing that happens to a customer, as numbers that the book interprets."""

    kind: str
    day: int
    amount: Decimal
    code: str
    target: int
    naming: str
    is_odd: bool


class Fact(NamedTuple):
    """What a receivable line means. Amounts are signed as in the ledger: debits positive."""

    customer: str
    day: dt.date
    role: str
    amount: Decimal


@dataclass
class Year:
    """A fiscal year and its ledger."""

    first: dt.date
    last: dt.date
    fec: Fec = field(default_factory=Fec)
    has_openings: bool = False


@dataclass
class Book:
    """A company's ledger, and what it means."""

    years: list[Year]
    facts: list[Fact] = field(default_factory=list)
    # Receivable lines so far by customer: (account, reference, date, amount).
    lines: dict[str, list[tuple[str, str, dt.date, Decimal]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    documents: dict[str, list[tuple[str, Decimal]]] = field(default_factory=lambda: defaultdict(list))
    receipts: dict[str, list[tuple[str, Decimal]]] = field(default_factory=lambda: defaultdict(list))
    written: int = 0

    @property
    def first(self) -> dt.date:
        return self.years[0].first

    @property
    def last(self) -> dt.date:
        return self.years[-1].last

    def year_of(self, day: dt.date) -> Year:
        return next(year for year in self.years if year.first <= day <= year.last)

    def balances(self, day: dt.date) -> dict[str, Decimal]:
        """Balance of 411 + 413 + 416 by customer, summed from the rows as written since the year that reopened them."""
        reached = [year for year in self.years if year.first <= day]
        opened = max(
            (at for at, year in enumerate(reached) if year.has_openings or at == 0),
        )
        found: dict[str, Decimal] = defaultdict(D)
        for year in reached[opened:]:
            for row in year.fec.rows:
                if row["CompteNum"][:3] in ("411", "413", "416") and row["EcritureDate"] <= f"{day:%Y%m%d}":
                    customer = row["CompAuxNum"] or row["CompteNum"].rstrip("0")[3:] or "UNIDENTIFIED"
                    found[customer] += sum(
                        sign * D(row[side].replace(",", ".")) for side, sign in (("Debit", 1), ("Credit", -1))
                    )
        return {customer: amount for customer, amount in found.items() if amount}

    def until(self, day: dt.date) -> list[Fec]:
        """The ledgers cut at a day; years that begin later are not there."""
        cut = []
        for year in self.years:
            rows = [row for row in year.fec.rows if row["EcritureDate"] <= f"{day:%Y%m%d}"]
            if rows:
                cut.append(Fec(rows))
        return cut

    # --- writing entries ---------------------------------------------------------------------------------------

    def write(
        self,
        journal: str,
        day: dt.date,
        customer: str,
        event: Event,
        lines: list[tuple[str, Decimal, str]],
        ref: str,
        label: str = "",
    ) -> None:
        """One entry. Lines are (account, amount, role of a receivable line)."""
        fec = self.year_of(day).fec
        before = len(fec.rows)
        fec.entry(
            journal, day.isoformat(), *[(account, str(amount)) for account, amount, _ in lines],
            customer="" if customer == "UNIDENTIFIED" else customer, ref=ref, label=label or ref, let=event.code,
        )  # fmt: skip
        for row, (account, amount, role) in zip(fec.rows[before:], lines, strict=True):
            if account[:3] in ("411", "413", "416"):
                self.note(customer, day, role, amount, account, ref)
                if customer.startswith("DUP"):
                    # The customer is told by the account alone.
                    row["CompAuxNum"], row["CompteNum"] = "", account[:3] + customer
                if event.is_odd and event.target == 1:
                    row["Montantdevise"], row["Idevise"] = f"{abs(amount) * 2:.2f}".replace(".", ","), "USD"
            if event.is_odd and event.target == 0:
                # A negative debit is a credit.
                row["Debit"], row["Credit"] = (
                    f"{'-' if D(row[side].replace(',', '.')) else ''}{row[side]}"
                    for side in ("Credit", "Debit")
                )

    def note(
        self, customer: str, day: dt.date, role: str, amount: Decimal, account: str = "411000", ref: str = ""
    ) -> None:
        self.facts.append(Fact(customer, day, role, amount))
        self.lines[customer].append((account, ref, day, amount))

    def happen(self, customer: str, other: str, event: Event) -> None:
        """Write what an event means for a customer."""
        day = self.first + event.day * DAY
        if day > self.last:
            return
        self.written += 1
        number = self.written
        documents, receipts = self.documents[customer], self.receipts[customer]
        target, full = documents[-1 - event.target % len(documents)] if documents else ("", event.amount)
        name = {
            "none": "VIREMENT",
            "one": f"VIR {target}",
            "spaced": f"REGLT {target.replace('-', ' ')}",
        }.get(event.naming, f"FACT {' '.join(ref for ref, _ in documents[-2:])}")
        amount, account = event.amount, "411000"
        net = (amount / D("1.2")).quantize(D("0.01"))
        part = (full / 3).quantize(D("0.01"))
        kind = event.kind
        lines: list[tuple[str, Decimal, str]]
        if kind in ("invoice", "deposit"):
            ref = f"F-{number:05d}" if event.naming != "spaced" else f"{number:05d}"
            sale = "419100" if kind == "deposit" else "706000"
            lines = [(account, amount, "billed"), (sale, -net, ""), ("445710", net - amount, "")]
            self.write("VE", day, customer, event, lines, ref, f"Facture {ref}")
            documents.append((ref, amount))
        elif kind == "credit_note":
            lines = [(account, -amount, "credited"), ("706000", net, ""), ("445710", amount - net, "")]
            self.write("VE", day, customer, event, lines, f"AV{number:05d}", f"Avoir sur {target}")
        elif kind in ("payment", "partial", "over", "round_sum", "suspense"):
            sums = {"partial": part, "over": full + amount, "round_sum": D(500), "suspense": amount}
            paid = sums.get(kind, full)
            bank = "471000" if kind == "suspense" else "512000"
            self.write(
                "BQ",
                day,
                customer,
                event,
                [(bank, paid, ""), (account, -paid, "settled")],
                f"B{number}",
                name,
            )
            receipts.append((f"B{number}", paid))
        elif kind in ("refund", "rejection"):
            ref, back = receipts[-1] if receipts and kind == "rejection" else (f"R{number}", amount)
            lines = [(account, back, "settled"), ("512000", -back, "")]
            self.write(
                "BQ", day, customer, event, lines, ref, "REJET" if kind == "rejection" else "REMBOURSEMENT"
            )
        elif kind == "discount":
            gross = max(full, D("1.00"))
            cash = gross - D("0.60")
            lines = [("512000", cash, ""), ("665000", D("0.50"), ""), ("445710", D("0.10"), "")]
            self.write("BQ", day, customer, event, [*lines, (account, -gross, "settled")], f"B{number}", name)
        elif kind == "write_off":
            lines = [("654000", net, ""), ("445710", amount - net, ""), (account, -amount, "settled")]
            self.write("OD", day, customer, event, lines, target or f"L{number}", "Perte")
        elif kind in ("doubtful", "bill"):
            to = "416000" if kind == "doubtful" else "413000"
            lines = [(to, full, "moved"), (account, -full, "moved")]
            self.write(
                "OD", day, customer, event, lines, target or f"T{number}", "Virement de compte a compte"
            )
        elif kind == "set_off":
            lines = [("401000", amount, ""), (account, -amount, "settled")]
            self.write("OD", day, customer, event, lines, f"C{number}", "Compensation")
        elif kind == "exchange":
            lines = [("656000", D("0.30"), ""), (account, D("-0.30"), "settled")]
            self.write("OD", day, customer, event, lines, f"X{number}", "Ecart de change")
        elif kind == "till_sale":
            lines = [
                (account, amount, "billed"), ("706000", -net, ""), ("445710", net - amount, ""),
                ("530000", amount, ""), (account, -amount, "settled"),
            ]  # fmt: skip
            self.write("CA", day, customer, event, lines, f"T{number}")
        elif kind == "zero":
            lines = [(account, D("0.00"), "billed"), ("706000", D("0.00"), "")]
            self.write("VE", day, customer, event, lines, f"Z{number}", "Facture gratuite")
        elif kind == "two_customers":
            lines = [
                ("512000", amount + part, ""),
                (account, -amount, "settled"),
                (account, -part, "settled"),
            ]
            self.write("BQ", day, customer, event, lines, f"B{number}", name)
            if customer != "UNIDENTIFIED" and not other.startswith("DUP") and not customer.startswith("DUP"):
                self.year_of(day).fec.rows[-1]["CompAuxNum"] = other
                self.lines[other].append(self.lines[customer].pop())
                self.facts.append(self.facts.pop()._replace(customer=other))
        else:
            lines = [("101000", amount, ""), (account, -amount, "settled")]
            self.write("OD", day, customer, event, lines, f"O{number}", "Divers")

    def open_year(self, year: Year, mode: str, is_first: bool, is_plain_journal: bool) -> None:
        """Write what a year brings forward."""
        brought: list[tuple[str, str, str, dt.date, Decimal]] = []
        for customer in sorted(self.lines):
            shapes = "balance" if customer == "UNIDENTIFIED" or customer.startswith("DUP") else mode
            balance = sum((amount for *_, amount in self.lines[customer]), D(0))
            if shapes == "lines":
                brought += [(customer, *line) for line in self.lines[customer] if line[3]]
            elif shapes in ("residual", "astray"):
                brought += residuals(customer, self.lines[customer])
                if shapes == "astray":
                    brought.append((customer, "411000", "ECART", year.first, D("0.01")))
            elif balance:
                brought.append((customer, "411000", "RAN", year.first, balance))
        if is_first:
            brought = [
                ("C0", "411000", "F-90001", year.first - 40 * DAY, D("240.00")),
                ("C0", "411000", "VIR", year.first - 3 * DAY, D("-60.00")),
                ("C1", "411000", "RAN", year.first, D("120.00")),
            ]
        if not brought:
            return
        year.has_openings = True
        journal, account = ("OD", "101000") if is_plain_journal else ("AN", "890000")
        lines = [(line[1], str(line[4])) for line in brought]
        total = sum((line[4] for line in brought), D(0))
        rest = [(account, str(-total))]
        if is_plain_journal:
            # A balance sheet of five accounts and three classes on the first day, in an ordinary journal.
            rest = [(account, str(-total - 6)), ("164000", 1), ("215000", 2), ("401000", 1), ("512000", 2)]
        year.fec.entry(journal, year.first.isoformat(), *lines, *rest, ref="A NOUVEAU")
        for row, (customer, owed, ref, day, amount) in zip(
            year.fec.rows[-len(lines) - len(rest) :], brought, strict=False
        ):
            row |= {"PieceRef": ref, "PieceDate": f"{day:%Y%m%d}", "EcritureLib": ref}
            if customer.startswith("DUP"):
                row["CompteNum"] = owed[:3] + customer
            elif customer != "UNIDENTIFIED":
                row["CompAuxNum"] = customer
            if is_first:
                self.note(customer, year.first, "opened", amount, owed, ref)
                if amount > 0:
                    self.documents[customer].append((ref, amount))
        if not is_first and mode == "astray":
            for customer in {line[0] for line in brought if line[2] == "ECART"}:
                self.note(customer, year.first, "opened", D("0.01"), "411000", "ECART")


def residuals(
    customer: str, lines: list[tuple[str, str, dt.date, Decimal]]
) -> list[tuple[str, str, str, dt.date, Decimal]]:
    """What remains of lines when credits take the oldest debits, account by account: each with its reference."""
    left: list[tuple[str, str, str, dt.date, Decimal]] = []
    for account in sorted({line[0] for line in lines}):
        balance = sum((line[3] for line in lines if line[0] == account), D(0))
        for _, ref, day, amount in reversed([line for line in lines if line[0] == account]):
            taken = min(amount, balance) if balance > 0 and amount > 0 else D(0)
            taken = max(amount, balance) if balance < 0 and amount < 0 else taken
            if taken:
                left.append((customer, account, ref, day, taken))
                balance -= taken
        if balance:
            left.append((customer, account, "SOLDE", lines[0][2], balance))
    return left


def end_of(first: dt.date, months: int) -> dt.date:
    """Last day of a year of so many months."""
    index = first.year * 12 + first.month - 1 + months - 1
    return dt.date(index // 12, index % 12 + 1, calendar.monthrange(index // 12, index % 12 + 1)[1])


EVENTS = st.builds(
    Event,
    kind=st.sampled_from(KINDS),
    day=st.integers(0, 1095),
    amount=st.sampled_from(AMOUNTS),
    code=st.sampled_from(CODES),
    target=st.integers(0, 2),
    naming=st.sampled_from(("none", "none", "one", "spaced", "two")),
    is_odd=st.sampled_from((False, False, False, True)),
)
CUSTOMERS = ("C0", "C1", "C2", "C3", "C4", "C5", "DUPONT", "UNIDENTIFIED")


@st.composite
def books(draw: st.DrawFn) -> Book:
    """A company: a calendar, how each year opens, and up to a dozen events of each of eight customers."""
    first, months = draw(st.sampled_from(CALENDARS))
    span = sum(months) * 31
    years = []
    for length in months:
        years.append(Year(first, end_of(first, length)))
        first = years[-1].last + DAY
    book = Book(years)
    happening = sorted(
        (
            (event._replace(day=event.day % span), number)
            for number in range(len(CUSTOMERS))
            for event in draw(st.lists(EVENTS, min_size=0, max_size=14))
        ),
        key=lambda pair: pair[0].day,
    )
    for at, year in enumerate(years):
        mode, is_plain = draw(st.sampled_from(OPENINGS)), draw(st.booleans())
        # A short year without openings after it is one year with the next.
        if at and mode == "none" and months[at - 1] < 12:
            mode = "lines"
        if mode != "none":
            book.open_year(year, mode, is_first=at == 0, is_plain_journal=is_plain)
        # A line on the first and on the last day tells the year's bounds.
        for day in (year.first, year.last):
            year.fec.entry("PA", day.isoformat(), ("641000", 10), ("421000", -10), ref="PAIE")
        for event, number in happening:
            if year.first <= book.first + event.day * DAY <= year.last:
                book.happen(CUSTOMERS[number], CUSTOMERS[(number + 1) % 5], event)
    return book
