"""Whatever the dialect a table is written in, the same typed rows come out; whatever the damage, no row is lost."""

from __future__ import annotations

import csv
import io
import tempfile
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from pipelines.errors import DataError, EncoursError
from tests.unit.sources.tables import account, land, rejects, rows

# Each example lands a file: shrinking one would take minutes.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
NAMES = ("invoice_id", "customer_id", "issue_date", "due_date", "amount", "open_amount", "reference")
Row = tuple[str, str, date, date | None, Decimal, Decimal | None, str | None]

days = st.dates(date(1990, 1, 1), date(2060, 12, 31))
cents = st.integers(-(10**11), 10**11).map(lambda number: Decimal(number) / 100)
# What begins with `=` or `'` is what spreadsheets write around a value; a blank at an edge is none of it.
words = (
    st.text(st.sampled_from("abcÉéœç€0123456789 -_/.,;|\t\"'\n&<>"), min_size=1, max_size=14)
    .map(lambda text: " ".join(text.replace("\t", " ").split(" ")).strip(" \n"))
    .filter(lambda text: text and text[0] not in "='\"" and "\n" not in text)
)


@dataclass(frozen=True)
class Dialect:
    separator: str
    encoding: str
    line_end: str
    quoting: int
    date_format: str
    mark: str
    thousands: str
    minus: str
    ends_with_separator: bool
    blank_lines: bool

    def day(self, day: date | None) -> str:
        if day is None:
            return ""
        if self.date_format == "1/2/2013":
            return f"{day.day}/{day.month}/{day.year}"
        return day.strftime(self.date_format)

    def amount(self, amount: Decimal | None) -> str:
        if amount is None:
            return ""
        text = f"{abs(amount):,.2f}".replace(",", "§").replace(".", self.mark).replace("§", self.thousands)
        return self.minus.format(text) if amount < 0 else text


dialects = st.builds(
    Dialect,
    separator=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "iso-8859-15"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    date_format=st.sampled_from(
        [
            "%Y-%m-%d",
            "%d/%m/%Y",
            "%m/%d/%Y",
            "%d.%m.%Y",
            "%Y%m%d",
            "%d-%m-%Y",
            "%d %b %Y",
            "%d/%m/%Y 00:00:00",
            "1/2/2013",
        ]
    ),
    mark=st.sampled_from([",", "."]),
    thousands=st.sampled_from(["", " ", "\u00a0", ",", ".", "'"]),
    minus=st.sampled_from(["-{}", "{}-", "({})", "- {}"]),
    ends_with_separator=st.booleans(),
    blank_lines=st.booleans(),
)
tables = st.lists(
    st.tuples(words, words, days, st.none() | days, cents, st.none() | cents, st.none() | words),
    min_size=1,
    max_size=12,
    unique_by=lambda row: row[0],
)


def written(table: list[Row], dialect: Dialect) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(
        stream, delimiter=dialect.separator, quoting=dialect.quoting, lineterminator=dialect.line_end
    )
    extra = [""] if dialect.ends_with_separator else []
    writer.writerow([*NAMES, *extra])
    for invoice, customer, issued, due, amount, left, reference in table:
        if dialect.blank_lines:
            stream.write(dialect.line_end)
        texts = [invoice, customer, dialect.day(issued), dialect.day(due)]
        texts += [dialect.amount(amount), dialect.amount(left), reference or ""]
        writer.writerow([*texts, *extra])
    return stream.getvalue().encode(dialect.encoding)


def _is_utf_8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@settings(
    max_examples=40,
    deadline=None,
    phases=PHASES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(tables, dialects)
def test_a_table_reads_the_same_in_every_dialect(table: list[Row], dialect: Dialect) -> None:
    assume(dialect.mark != dialect.thousands)
    if dialect.encoding == "iso-8859-15":
        assume("’" not in repr(table))
    content = written(table, dialect)
    if dialect.encoding == "iso-8859-15":
        # Bytes that happen to be valid UTF-8, such as those of "Éœ", say nothing of another encoding.
        assume(content.isascii() or not _is_utf_8(content))
    with tempfile.TemporaryDirectory() as folder:
        try:
            landed = land(Path(folder), content)
        except DataError as error:
            # Few rows may prove nothing: then both readings are said, and a declaration settles it.
            assert "two readings" in str(error)
            form = {"1/2/2013": "%d/%m/%Y"}.get(dialect.date_format, dialect.date_format)
            landed = land(Path(folder), content, date_format=form, decimal=dialect.mark)
        assert rejects(landed) == []
        assert [
            (
                row["invoice_id"], row["customer_id"], row["issue_date"], row["due_date"], row["amount"],
                row["open_amount"] if row["amount"] >= 0 else None, row["reference"],
            )
            for row in rows(landed)
        ] == [(*row[:5], row[5] if row[4] >= 0 else None, row[6]) for row in table]  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good table after some cuts, insertions, repetitions and overwritten bytes."""
    table = [
        (f"F{at}", "Éts Bœuf; Paris", date(2024, 1, 13), None, Decimal(at), None, 'a "b"\nc')
        for at in range(1, 15)
    ]
    dialect = draw(dialects)
    content = bytearray(written(table, dialect))
    for _ in range(draw(st.integers(1, 3))):
        at, length = draw(st.integers(0, len(content))), draw(st.integers(0, 80))
        match draw(st.sampled_from(["cut", "insert", "overwrite", "repeat", "truncate"])):
            case "cut":
                del content[at : at + length]
            case "insert":
                content[at:at] = draw(st.binary(max_size=12))
            case "overwrite":
                content[at : at + 4] = draw(st.binary(max_size=4))
            case "repeat":
                content[at:at] = content[at : at + length]
            case _ if at > 200:
                del content[at:]
            case _:
                pass
    return bytes(content)


@settings(max_examples=40, deadline=None, phases=PHASES, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_damage_is_refused_in_one_sentence_or_accounted_for(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            landed = land(Path(folder), content)
        except EncoursError as error:
            sentence = str(error)
            assert "invoices.csv" in sentence
            assert "\n" not in sentence
            assert sentence.endswith(".")
            return
        account(landed)
        accepted, refused = rows(landed), rejects(landed)
        lines = [row["line_number"] for row in (*accepted, *refused)]
        assert len(set(lines)) == len(lines)
        debit = sum((row["amount"] for row in accepted if row["amount"] > 0), Decimal(0))
        assert landed.statistics["debit_total"] == debit
        assert all(row["reason"] for row in refused)
