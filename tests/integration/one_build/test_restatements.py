"""How much of a past day rests on lettering done later: the run of today, the run cut there, and the run cut there
without the codes whose DateLet lies after it (or is blank: nobody knows when they were set).

Run with `-s` to see the sizes: ageing in cents, DSO and lateness in days.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.demo import write_demo
from tests.builds import Books
from tests.real_data import REAL_DATA

pytestmark = pytest.mark.slow

D = Decimal
BUCKETS = (
    "not_due", "overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_91_120", "overdue_over_120",
    "due_date_unknown", "unallocated",
)  # fmt: skip
MEASURES = ("dso_3m", "best_possible_dso_3m", "average_days_delinquent_3m", "days_to_pay_3m", "days_late_3m")


@dataclass
class Sample:
    """A ledger and the day it is looked at."""

    day: dt.date
    files: dict[str, str]


def text_of(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("iso-8859-15")


def without_later_codes(text: str, day: dt.date) -> str:
    """The lines dated up to the day; codes whose DateLet is later or blank are blanked."""
    header, *lines = text.splitlines()
    at = {name: number for number, name in enumerate(header.split("\t"))}
    kept = [header]
    for line in lines:
        row = line.split("\t")
        if row[at["EcritureDate"]] <= f"{day:%Y%m%d}":
            if not "" < row[at["DateLet"]] <= f"{day:%Y%m%d}":
                row[at["EcritureLet"]] = row[at["DateLet"]] = ""
            kept.append("\t".join(row))
    return "\r\n".join(kept) + "\r\n"


def samples(folder: Path) -> dict[str, Sample]:
    demo = write_demo(folder / "demo", customers=120, invoices=5000)
    found = {"demo": Sample(dt.date(2024, 12, 31), {path.name: text_of(path) for path in demo.ledgers})}
    for name, day in (
        ("fec_a_produce_2022", dt.date(2022, 5, 31)),
        ("fec_b_jeweller_2024", dt.date(2024, 9, 30)),
    ):
        for path in sorted((REAL_DATA / name).glob("*FEC*.txt")):
            found[name] = Sample(day, {path.name: text_of(path)})
    return found


@dataclass
class Told:
    """The published tables and the samples in them, each three times."""

    connection: duckdb.DuckDBPyConnection
    samples: dict[str, Sample]

    def row(self, table: str, company: str, day: dt.date, columns: tuple[str, ...]) -> dict[str, Any]:
        listed = ", ".join(f"sum({name}) as {name}" for name in columns)
        cursor = self.connection.execute(
            f"select {listed} from {table} where company_id = ? and month_end = ?", [company, day]
        )
        return dict(zip(columns, cursor.fetchone() or (), strict=True))

    def documents(self, company: str, day: dt.date) -> dict[str, Decimal]:
        """Open amount at a day by document: its entry, reference, customer and amount tell it."""
        return dict(
            self.connection.execute(
                """select concat_ws('|', i.journal_code, i.entry_number, i.document_number, i.customer_id, i.amount),
                sum(o.open_amount) from open_items_at($1) as o
                inner join fct_invoices as i on o.invoice_id = i.invoice_id where o.company_id = $2 group by 1""",
                [day, company],
            ).fetchall()
        )


def small_books(folder: Path) -> Books:
    found = samples(folder / "restated")
    ledgers, as_of = {}, {}
    for name, one in found.items():
        ledgers[f"{name}-now"] = ledgers[f"{name}-cut"] = one.files
        ledgers[f"{name}-blind"] = {
            file: text
            for file, given in one.files.items()
            if len((text := without_later_codes(given, one.day)).splitlines()) > 1
        }
        as_of |= {f"{name}-cut": one.day, f"{name}-blind": one.day}
    return Books(ledgers, as_of)


@pytest.fixture(scope="module")
def told(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    from pipelines.release import FUNCTIONS

    found = samples(tmp_path_factory.mktemp("restated"))
    connection = duckdb.connect()
    connection.execute("create schema marts")
    for path in (run / "marts").glob("*.parquet"):
        connection.execute(f"create table marts.{path.stem} as select * from read_parquet('{path}')")
    connection.execute(FUNCTIONS.read_text(encoding="utf-8"))
    connection.execute("set search_path = 'main,marts'")
    return Told(connection, found)


def test_the_size_of_what_later_lettering_moves(told: Told) -> None:
    for name, one in told.samples.items():
        ageing, dso = {}, {}
        for variant in ("now", "cut", "blind"):
            ageing[variant] = told.row("fct_ageing_monthly", f"{name}-{variant}", one.day, BUCKETS)
            dso[variant] = told.row(
                "fct_dso_monthly", f"{name}-{variant}", one.day, ("receivables", *MEASURES)
            )
        [measured] = told.connection.execute(
            "select set_apart, lettered_later, lettering_undated from restatements "
            "where company_id = ? and month_end = ?",
            [f"{name}-now", one.day],
        ).fetchall()
        for variant in ("cut", "blind"):
            assert dso[variant]["receivables"] == dso["now"]["receivables"], "a balance never moves"
            cents = {key: int((ageing[variant][key] - ageing["now"][key]) * 100) for key in BUCKETS}
            days = {
                key: "none" if None in (dso[variant][key], dso["now"][key])
                else f"{dso[variant][key] - dso['now'][key]:+}"
                for key in MEASURES
            }  # fmt: skip
            print(f"{name} at {one.day}, {variant} less now, in cents: {cents}")
            print(f"{name} at {one.day}, {variant} less now, in days: {days}")
            # On account at the day, whichever way it is read: what the measure says, and nothing else.
            assert -cents["unallocated"] == int(measured[0] * 100)
            assert sum(cents[key] for key in BUCKETS[:-1]) == cents["unallocated"]
        print(f"{name} at {one.day}: receivables {dso['now']['receivables']}, set apart {measured[0]}, "
              f"lettered later {measured[1]}, undated {measured[2]}")  # fmt: skip


def test_documents_moved_by_later_codes_stay_within_the_measure(told: Told) -> None:
    """Between the cut run with and without later codes, no more moves than what rests on them, on either side."""
    for name, one in told.samples.items():
        cut, blind = (told.documents(f"{name}-{variant}", one.day) for variant in ("cut", "blind"))
        moved = sum((abs(cut.get(key, D(0)) - blind.get(key, D(0))) for key in {*cut, *blind}), start=D(0))
        [(bound,)] = told.connection.execute(
            "select lettered_later + lettering_undated from restatements where company_id = ? and month_end = ?",
            [f"{name}-now", one.day],
        ).fetchall()
        print(f"{name} at {one.day}: {moved} of open documents move without later codes, bound {2 * bound}")
        assert moved <= 2 * bound, name
