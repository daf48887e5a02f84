"""What must hold of every ledger, tried on hundreds of random customers: each book of them is a company of one build.

A failure names the book; `ENCOURS_BOOKS=<seed>` tries other ones, and the same seed gives the same books.
"""

from __future__ import annotations

import datetime as dt
import os
import random
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from pipelines.release import FUNCTIONS
from tests.builds import build, lay_out
from tests.ledgers import Fec
from tests.random_books import Book, books, end_of

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("ENCOURS_BOOKS", "20251231"))
COMPANIES = 14
D = Decimal
Row = dict[str, Any]


@dataclass
class Tried:
    """A book, the day its run speaks of, and days at which its state is looked at."""

    name: str
    book: Book
    as_of: dt.date
    days: list[dt.date]


def tried_books() -> dict[str, Tried]:
    found: list[Book] = []

    @seed(SEED)
    @settings(
        max_examples=COMPANIES * 8,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(books())
    def collect(book: Book) -> None:
        # A search begins with almost empty examples and tries variations of each: one of a kind is enough.
        if not found or (book.written >= 15 and book.written != found[-1].written):
            found.append(book)

    collect()
    rng = random.Random(SEED)
    tried = {}
    for number, book in enumerate(found[:COMPANIES]):
        span = (book.last - book.first).days
        # Every other run speaks of a day inside the ledger, the others of its end.
        as_of = book.first + dt.timedelta(rng.randrange(31, span)) if number % 2 else book.last
        days = sorted({book.first + dt.timedelta(rng.randrange(span + 1)) for _ in range(12)} | {as_of})
        name = f"book{number:02d}"
        tried[name] = Tried(name, book, as_of, [day for day in days if day <= as_of])
    return tried


def whole(one: Tried) -> dict[str, str]:
    """One file a year, as supplied."""
    return {f"{year.last:%Y}.txt": year.fec.text() for year in one.book.years}


def cut_and_split(one: Tried, rng: random.Random) -> dict[str, str]:
    """The ledger cut at the day, each year in two files of other names, their lines shuffled."""
    files = {}
    for fec in one.book.until(one.as_of):
        keys = sorted({(row["JournalCode"], row["EcritureNum"]) for row in fec.rows})
        first = set(rng.sample(keys, len(keys) // 2))
        parts: tuple[list[dict[str, str]], ...] = ([], [])
        for row in fec.rows:
            parts[(row["JournalCode"], row["EcritureNum"]) in first].append(row)
        for rows in parts:
            rng.shuffle(rows)
            if rows:
                files[f"{rng.randrange(10**9):09d}.txt"] = Fec(rows).text()
    return files


@dataclass
class Builds:
    """The same ledgers as supplied, and cut at their day, split, shuffled and renamed.

    Attributes:
        then: month ends that some of the companies, run to their end, have a second run for: name → day.
    """

    tried: dict[str, Tried]
    then: dict[str, dt.date]
    supplied: Path
    cut: Path


@pytest.fixture(scope="module")
def builds(workspace: Path) -> Builds:
    tried = tried_books()
    as_of = {name: one.as_of for name, one in tried.items()}
    rng = random.Random(SEED)
    then = {name: end_of(one.days[len(one.days) // 2], 1) for name, one in list(tried.items())[2:12:2]}
    ledgers = {name: whole(one) for name, one in tried.items()}
    ledgers |= {f"{name}-then": ledgers[name] for name in then}
    supplied = build(lay_out(workspace, ledgers, as_of | {f"{name}-then": day for name, day in then.items()}))
    parts = {name: cut_and_split(one, rng) for name, one in tried.items()}
    cut = build(lay_out(workspace, parts, as_of), threads=2, with_tests=False)
    return Builds(tried, then, supplied, cut)


@cache
def warehouse(folder: Path) -> duckdb.DuckDBPyConnection:
    """The exported tables in memory, with the functions of the published warehouse."""
    connection = duckdb.connect()
    connection.execute("create schema marts")
    for path in folder.glob("*.parquet"):
        connection.execute(f"create table marts.\"{path.stem}\" as select * from read_parquet('{path}')")
    connection.execute(FUNCTIONS.read_text(encoding="utf-8"))
    connection.execute("set search_path = 'main,marts'")
    return connection


def rows(folder: Path, sql: str) -> list[Row]:
    """Rows of a query over the marts."""
    cursor = warehouse(folder).execute(sql)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def by_customer(found: list[Row]) -> dict[tuple[str, str], dict[dt.date, Decimal]]:
    """Changes of an amount by company and customer, then by day."""
    changes: dict[tuple[str, str], dict[dt.date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in found:
        changes[row["company_id"], row["customer_id"]][row["day"]] += row["amount"]
    return changes


def upto(changes: Mapping[dt.date, Decimal], day: dt.date) -> Decimal:
    return sum((amount for when, amount in changes.items() if when <= day), D(0))


BILLED = """
    select company_id, customer_id, entry_date as day, amount from fct_invoices
    where document_type in ('invoice', 'deposit')
"""
CREDITED = """
    select company_id, customer_id, entry_date as day, amount from fct_invoices where document_type = 'credit_note'
"""
BALANCE = """
    select company_id, customer_id, entry_date as day, amount from fct_invoices
    union all
    select company_id, customer_id, entry_date, -amount from fct_payments
"""
OPEN = """
    select company_id, customer_id, entry_date as day, amount from fct_invoices
    union all
    select company_id, customer_id, allocation_date, -amount from fct_allocations
    union all
    select a.company_id, i.customer_id, a.allocation_date, a.amount
    from fct_allocations as a inner join fct_invoices as i
    on a.company_id = i.company_id and a.credit_invoice_id = i.invoice_id
    union all
    select company_id, customer_id, entry_date, -amount from fct_payments
    union all
    select a.company_id, p.customer_id, a.allocation_date, a.amount
    from fct_allocations as a inner join fct_payments as p
    on a.company_id = p.company_id and a.payment_id = p.payment_id
"""


def test_open_items_equal_the_accounts_per_customer_on_any_day(builds: Builds) -> None:
    """Σ open − Σ unallocated = 411 + 413 + 416, recomputed from the rows of the files."""
    booked, left = by_customer(rows(builds.supplied, BALANCE)), by_customer(rows(builds.supplied, OPEN))
    wrong = []
    for name, one in builds.tried.items():
        for day in one.days:
            expected = one.book.balances(day)
            for customer in {*expected, *(key[1] for key in booked if key[0] == name)}:
                ledger = expected.get(customer, D(0))
                found = [upto(changes[name, customer], day) for changes in (booked, left)]
                if found != [ledger, ledger]:
                    wrong.append((name, customer, day, ledger, *found))
    assert not wrong, wrong[:10]


def test_billed_less_credited_less_settled_is_open_on_any_day(builds: Builds) -> None:
    """What each entry meant when it was written: its invoices, its credit notes, and all that settled them."""
    billed, credited = (
        by_customer(rows(builds.supplied, BILLED)),
        by_customer(rows(builds.supplied, CREDITED)),
    )
    left = by_customer(rows(builds.supplied, OPEN))
    wrong = []
    for name, one in builds.tried.items():
        meant: dict[str, dict[str, dict[dt.date, Decimal]]] = defaultdict(
            lambda: defaultdict(lambda: defaultdict(Decimal))
        )
        for fact in one.book.facts:
            meant[fact.customer][fact.role][fact.day] += fact.amount
        for customer, roles in meant.items():
            key = (name, customer)
            for day in one.days:
                told = {role: upto(changes, day) for role, changes in roles.items()}
                expected = (told.get("billed", D(0)), told.get("credited", D(0)), sum(told.values(), D(0)))
                found = (upto(billed[key], day), upto(credited[key], day), upto(left[key], day))
                if found != expected:
                    wrong.append((*key, day, told, found))
    assert not wrong, wrong[:10]


def test_nothing_is_settled_before_both_sides_exist(builds: Builds) -> None:
    early = rows(
        builds.supplied,
        """
        select a.* from fct_allocations as a
        left join fct_invoices as i on a.company_id = i.company_id and a.invoice_id = i.invoice_id
        left join fct_invoices as c on a.company_id = c.company_id and a.credit_invoice_id = c.invoice_id
        left join fct_payments as p on a.company_id = p.company_id and a.payment_id = p.payment_id
        where i.invoice_id is null
            or (a.credit_invoice_id is not null and c.invoice_id is null)
            or (a.payment_id is not null and p.payment_id is null)
            or a.allocation_date < greatest(i.entry_date, c.entry_date, p.entry_date)
        """,
    )
    assert not early, early[:5]


def test_nothing_is_over_settled_on_any_day(builds: Builds) -> None:
    """Document by document and payment by payment, what is open stays between zero and its amount."""
    items = rows(
        builds.supplied,
        """
        select company_id, invoice_id as id, amount, open_amount as left_over from fct_invoices
        union all select company_id, payment_id, amount, unallocated_amount from fct_payments
        """,
    )
    moves: dict[tuple[str, str], dict[dt.date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows(builds.supplied, "select * from fct_allocations"):
        company, day = row["company_id"], row["allocation_date"]
        moves[company, row["invoice_id"]][day] -= row["amount"]
        if row["payment_id"]:
            moves[company, row["payment_id"]][day] -= row["amount"]
        if row["credit_invoice_id"]:
            moves[company, row["credit_invoice_id"]][day] += row["amount"]
    wrong = []
    for item in items:
        left = item["amount"]
        for day, change in sorted(moves[item["company_id"], item["id"]].items()):
            left += change
            if not (0 <= left <= item["amount"] or item["amount"] <= left <= 0):
                wrong.append((item, day, left))
        if left != item["left_over"]:
            wrong.append((item, "at the end", left))
    assert not wrong, wrong[:5]


def test_month_ends_equal_the_accounts(builds: Builds) -> None:
    found = rows(
        builds.supplied, "select company_id, customer_id, month_end, balance from fct_ageing_monthly"
    )
    published: dict[tuple[str, dt.date], dict[str, Decimal]] = defaultdict(dict)
    for row in found:
        if row["balance"]:
            published[row["company_id"], row["month_end"]][row["customer_id"]] = row["balance"]
    totals = rows(builds.supplied, "select company_id, month_end, receivables from fct_dso_monthly")
    wrong = []
    for row in totals:
        name, day = row["company_id"], row["month_end"]
        expected = builds.tried[name.removesuffix("-then")].book.balances(day)
        if published[name, day] != expected or row["receivables"] != sum(expected.values(), D(0)):
            wrong.append((name, day, expected, published[name, day]))
    assert not wrong, wrong[:5]


def test_the_warehouse_tells_what_is_open_on_any_day(builds: Builds) -> None:
    """`open_items_at` equals the accounts on any day; `receivables_at` equals the ageing at every month end."""
    for name, one in builds.tried.items():
        for day in one.days[::3]:
            found = rows(
                builds.supplied,
                f"""select customer_id, sum(open_amount) as balance from open_items_at(date '{day}')
                where company_id = '{name}' group by 1 having sum(open_amount) <> 0""",
            )
            assert {row["customer_id"]: row["balance"] for row in found} == one.book.balances(day), (
                name,
                day,
            )
    columns = "company_id, customer_id, balance, not_due, overdue_1_30, overdue_31_60, overdue_61_90, "
    columns += "overdue_91_120, overdue_over_120, due_date_unknown, unallocated"
    for row in rows(builds.supplied, "select distinct month_end from fct_dso_monthly order by 1")[::4]:
        day = row["month_end"]
        published = f"select {columns} from fct_ageing_monthly where month_end = date '{day}'"
        told = f"""
            select {columns} from receivables_at(date '{day}')
            semi join (select company_id from fct_dso_monthly where month_end = date '{day}') using (company_id)
        """
        for a, b in ((published, told), (told, published)):
            assert not rows(builds.supplied, f"({a}) except all ({b})"), day


def test_what_later_lines_set_apart_is_what_the_run_cut_there_does_not_show(builds: Builds) -> None:
    """`set_apart` needs no second run; here the second run is made, and the two agree to the cent."""
    moved = D(0)
    for name, day in builds.then.items():
        [now] = rows(
            builds.supplied, f"from restatements where company_id = '{name}' and month_end = date '{day}'"
        )
        [then] = rows(
            builds.supplied,
            f"from restatements where company_id = '{name}-then' and month_end = date '{day}'",
        )
        assert then["open_documents"] == now["open_documents"] - now["set_apart"], (name, day)
        moved += now["set_apart"]
    assert moved > 0, "none of these ledgers was restated: nothing was proven"


# Where a row was written.
LEFT_OUT = {"source_file", "source_line", "event_source"}


def differences(one: Path, other: Path, names: Collection[str]) -> list[str]:
    """Tables, and the companies of these in them, whose rows differ."""
    found = []
    assert {path.name for path in one.glob("*.parquet")} == {path.name for path in other.glob("*.parquet")}
    with duckdb.connect() as connection:
        for path in sorted(one.glob("*.parquet")):
            columns = [
                row[0]
                for row in connection.execute(f"describe from read_parquet('{path}')").fetchall()
                if row[0] not in LEFT_OUT
            ]
            listed = ", ".join(f'"{name}"' for name in columns)
            # What belongs to no company (the dictionary of metrics) is compared as a whole.
            company = "company_id" if "company_id" in columns else "'every company'"
            sides = [f"select {listed} from read_parquet('{folder / path.name}')" for folder in (one, other)]
            for a, b in (sides, sides[::-1]):
                rows = connection.execute(
                    f"select {company}, count(*) from ({a} except all {b}) group by 1 order by 1"
                ).fetchall()
                found += [
                    f"{path.stem}: {company}: {count} rows"
                    for company, count in rows
                    if company in names or company == "every company"
                ]
    return found


def test_a_day_is_the_ledger_cut_there_whatever_its_files(builds: Builds) -> None:
    """`--as-of D` equals the run on the ledger cut at D, split over more files, shuffled and renamed: all marts.

    On one thread as on two.
    """
    found = differences(builds.supplied, builds.cut, builds.tried)
    assert not found, "\n".join(found)
