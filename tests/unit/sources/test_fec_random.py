"""Random rows in a random layout: what is read back equals what was written, to the cent."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.sources.fec_files import COLUMNS, Layout, landed_rows, read, rejected_rows, write

DATE_FORMATS = ("%Y%m%d", "%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d", "%d-%m-%Y")
# Letters of the three encodings, digits, quotes and what stands beside them; no separator, no blank at the ends.
TEXT = st.text(alphabet="abcXYZ019éèàçœ€'\"-/.,", min_size=0, max_size=12)
FAULTS = ("amount", "date", "fields", "account")


def grouped(amount: Decimal, mark: str, blank: str) -> str:
    """The amount with its thousands grouped by a blank."""
    return f"{amount:,.2f}".replace(",", blank).replace(".", mark)


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[Layout, list[dict[str, str]], list[dict[str, Any]], list[int]]:
    """A layout, the rows as written, what each good row means, and the indices of the faulty ones."""
    separator = draw(st.sampled_from(["\t", "|", ";"]))
    layout = Layout(
        separator,
        draw(st.sampled_from(["\n", "\r\n", "\r\r\n", "\r"])),
        draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "iso-8859-15"])),
        trailing_separator=draw(st.booleans()),
        # A last line cut short would refuse the file.
        final_line_end=True,
        columns=tuple(draw(st.permutations(COLUMNS))) if draw(st.booleans()) else COLUMNS,
    )
    date_format = draw(st.sampled_from(DATE_FORMATS))
    mark = draw(st.sampled_from([",", "."]))
    blank = draw(st.sampled_from(["", " ", "\u00a0"]))
    pad = draw(st.sampled_from(["", " ", "   "]))
    written: list[dict[str, str]] = []
    meant: list[dict[str, Any]] = []
    faulty: list[int] = []
    for i in range(draw(st.integers(2, 25))):
        amount = Decimal(draw(st.integers(-(10**9), 10**9))).scaleb(-2)
        day = draw(st.dates(date(2024, 1, 1), date(2024, 12, 31)))
        is_debit = draw(st.booleans())
        values = {
            name: draw(TEXT)
            for name in ("JournalLib", "CompteLib", "CompAuxNum", "CompAuxLib", "PieceRef", "EcritureLib")
        }
        text = grouped(amount, mark, blank)
        row = dict.fromkeys(COLUMNS, "") | values
        row |= {
            "JournalCode": "OD",
            "EcritureNum": str(i),
            "EcritureDate": day.strftime(date_format),
            "CompteNum": draw(st.sampled_from(["411000", "706000", "4111", "00512"])),
            "Debit": text if is_debit else "",
            "Credit": "" if is_debit else text,
        }
        fault = draw(st.sampled_from([None] * 12 + list(FAULTS))) if i else None
        if fault == "amount":
            row["Debit"] = "12,3O"
        elif fault == "date":
            row["EcritureDate"] = date(2024, 2, 28).strftime(date_format).replace("28", "31")
        elif fault == "account":
            row["CompteNum"] = " "
        elif fault == "fields":
            row["EcritureLib"] = f"a{separator}b"
        if fault:
            faulty.append(i)
        else:
            meant.append(
                values
                | {"CompteNum": row["CompteNum"], "EcritureDate": day, "Debit": amount if is_debit else Decimal(0),
                   "Credit": Decimal(0) if is_debit else amount, "line_number": i + 2}
            )  # fmt: skip
        written.append({name: f"{pad}{value}{pad}" for name, value in row.items()})
    return layout, written, meant, faulty


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ledgers())
def test_every_row_and_cent_is_read_back_or_refused(
    ledger: tuple[Layout, list[dict[str, str]], list[dict[str, Any]], list[int]],
) -> None:
    layout, written, meant, faulty = ledger
    with tempfile.TemporaryDirectory() as folder:
        landed = read(write(Path(folder) / "f.txt", written, layout), Path(folder))
        assert landed.rows_read == len(written)
        assert landed.rows_accepted + landed.rows_rejected == landed.rows_read
        assert [row["line_number"] for row in rejected_rows(landed)] == [i + 2 for i in faulty]
        assert landed.debit_total == sum((row["Debit"] for row in meant), Decimal(0))
        assert landed.credit_total == sum((row["Credit"] for row in meant), Decimal(0))
        names = list(meant[0])
        got = [dict(zip(names, row, strict=True)) for row in landed_rows(landed, ", ".join(names))]
        assert got == [{name: value if value != "" else None for name, value in row.items()} for row in meant]
        assert Counter(row["CompteNum"] for row in got) == Counter(row["CompteNum"] for row in meant)
