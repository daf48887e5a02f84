"""Small ledgers for tests: entries in, a FEC file out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

COLUMNS = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum",
    "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet",
    "ValidDate", "Montantdevise", "Idevise",
)  # fmt: skip


@dataclass
class Fec:
    """A ledger under construction. Dates are ISO texts, amounts texts or numbers; every entry must balance."""

    rows: list[dict[str, str]] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    def entry(
        self,
        journal: str,
        day: str,
        *lines: tuple[str, str | int | float],
        customer: str = "",
        ref: str = "",
        ref_date: str | None = None,
        label: str = "",
        let: str | Mapping[str, str] = "",
    ) -> Fec:
        """Add one entry.

        Args:
            lines: (account, amount): positive debits, negative credits. Receivable accounts (411, 413, 416) take
                the customer and the lettering code.
            let: the code, or one for each of some accounts.
        """
        assert sum(Decimal(str(amount)) for _, amount in lines) == 0, lines
        self.numbers[journal] = self.numbers.get(journal, 0) + 1
        codes = dict.fromkeys((account for account, _ in lines), let) if isinstance(let, str) else let
        for account, signed in lines:
            amount = Decimal(str(signed))
            owed = account[:3] in ("411", "413", "416")
            row = dict.fromkeys(COLUMNS, "")
            row |= {
                "JournalCode": journal,
                "JournalLib": journal,
                "EcritureNum": f"{journal}{self.numbers[journal]:05d}",
                "EcritureDate": day.replace("-", ""),
                "CompteNum": account,
                "CompteLib": f"Compte {account}",
                "CompAuxNum": customer if owed else "",
                "CompAuxLib": f"Client {customer}" if owed and customer else "",
                "PieceRef": ref,
                "PieceDate": (ref_date or day).replace("-", ""),
                "EcritureLib": label or ref or journal,
                "Debit": f"{max(amount, Decimal(0)):.2f}".replace(".", ","),
                "Credit": f"{max(-amount, Decimal(0)):.2f}".replace(".", ","),
                "EcritureLet": codes.get(account, "") if owed else "",
                "ValidDate": day.replace("-", ""),
            }
            self.rows.append(row)
        return self

    def invoice(self, day: str, customer: str, ref: str, amount: str | int | float, let: str = "") -> Fec:
        """A sale at 20 % VAT; a negative amount is a credit note."""
        total = Decimal(str(amount))
        net = (total / Decimal("1.2")).quantize(Decimal("0.01"))
        lines = (("411000", str(total)), ("706000", str(-net)), ("445710", str(net - total)))
        return self.entry("VE", day, *lines, customer=customer, ref=ref, label=f"Facture {ref}", let=let)

    def receipt(
        self,
        day: str,
        customer: str,
        amount: str | int | float,
        ref: str = "VIR",
        label: str = "",
        let: str = "",
    ) -> Fec:
        """Money in; a negative amount is money out."""
        total = Decimal(str(amount))
        lines = (("512000", str(total)), ("411000", str(-total)))
        return self.entry("BQ", day, *lines, customer=customer, ref=ref, label=label or "VIREMENT", let=let)

    def text(self, separator: str = "\t") -> str:
        """The file's text."""
        lines = [separator.join(COLUMNS)]
        lines += [separator.join(row[name] for name in COLUMNS) for row in self.rows]
        return "\r\n".join(lines) + "\r\n"

    def write(self, path: Path) -> Path:
        """Write it as UTF-8."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.text(), encoding="utf-8", newline="")
        return path
