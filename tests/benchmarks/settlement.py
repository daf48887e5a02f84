"""`python -m tests.benchmarks.settlement`: what settlement finds when the ledger does not say it.

The lettering of ledgers that have it is hidden, everything else left as it was, and what the other methods then find
is compared with what the lettering had said. An invoice counts if its lettering alone had settled it whole; it is
matched if methods other than `fifo` settle it whole, and matched right if by the same credits, to the cent.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import yaml

from pipelines.demo import write_demo
from pipelines.lake import Workspace, quoted
from tests.benchmarks.bench import CONFIG, HERE
from tests.benchmarks.ledger import FILE_NAME, write_ledger
from tests.builds import build, land
from tests.real_data import REAL_DATA

REPORT = HERE / "SETTLEMENT.md"
FACTS = ("+fct_invoices", "+fct_payments", "+fct_allocations")


@dataclass(frozen=True)
class Found:
    """What one group of invoices of one ledger came to.

    Attributes:
        how: the methods that settled the invoice, `fifo` apart, `not settled`; `all but fifo` and `all` are sums.
        invoices, amount: how many, and what they come to.
        right: those settled by the very credits of their lettering, to the cent.
    """

    ledger: str
    how: str
    invoices: int
    right: int
    amount: Decimal
    amount_right: Decimal


@dataclass(frozen=True)
class Miss:
    """Why invoices of one ledger were left to `fifo`, or matched wrong."""

    ledger: str
    reason: str
    invoices: int
    amount: Decimal


def measure(
    ledgers: Mapping[str, Path], folder: Path, keys: Mapping[str, Mapping[str, object]] | None = None
) -> tuple[list[Found], list[Miss]]:
    """Settle each ledger twice, with its lettering and without, and compare.

    Args:
        ledgers: name → file or glob of FEC files; each is a company.
        folder: where the workspace goes.
        keys: further keys of some companies' configuration (customers, payment terms).
    """
    companies = [
        {
            "name": name,
            "id": name,
            "ledgers": [{"kind": "fec", "path": str(path)}],
            **(keys or {}).get(name, {}),
        }
        for name, path in ledgers.items()
    ]
    config = folder / "encours.yml"
    config.write_text(yaml.safe_dump({"companies": companies}), encoding="utf-8")
    lake = land(config)
    lettered = folder / "lettered"
    shutil.copytree(build(lake, with_tests=False, select=FACTS), lettered)
    hide_lettering(lake)
    hidden = build(lake, with_tests=False, select=FACTS)
    return compare(lettered, hidden)


def hide_lettering(lake: Workspace) -> None:
    """Take the codes out of the lines of the run laid out last; the landed files, which are linked, stay."""
    with duckdb.connect() as connection:
        for path in sorted((lake.current / "inputs" / "fec_lines").glob("*.parquet")):
            blanked = path.with_suffix(".blanked")
            connection.execute(
                f"copy (select * replace (cast(null as varchar) as EcritureLet) from {quoted(path)}) "
                f"to {quoted(blanked)} (format parquet)"
            )
            path.unlink()
            blanked.rename(path)


def compare(lettered: Path, hidden: Path) -> tuple[list[Found], list[Miss]]:
    """The published facts of both runs, line by line."""
    with duckdb.connect() as connection:
        for run, folder in (("lettered", lettered), ("hidden", hidden)):
            for table in ("fct_invoices", "fct_payments", "fct_allocations"):
                connection.execute(
                    f"create view {run}_{table} as select * from {quoted(folder / f'{table}.parquet')}"
                )
            # A line's id holds its lettering: the file and line it stands on do not.
            connection.execute(f"""
                create table {run}_lines as
                select company_id, invoice_id as id, source_file, source_line, line_type as part, amount
                from {run}_fct_invoices
                union all
                select company_id, payment_id, source_file, source_line, 'payment', -amount
                from {run}_fct_payments
            """)
            connection.execute(f"""
                create table {run}_settled as
                select a.company_id, i.source_file, i.source_line, i.part,
                    c.source_file as credit_file, c.source_line as credit_line, c.part as credit_part,
                    a.method, sum(a.amount) as amount
                from {run}_fct_allocations as a
                join {run}_lines as i on i.id = a.invoice_id
                join {run}_lines as c on c.id = coalesce(a.payment_id, a.credit_invoice_id)
                group by all
            """)
        connection.execute("""
            create table judged as
            with truth as (
                select i.company_id, i.source_file, i.source_line, i.line_type as part, i.amount
                from lettered_fct_invoices as i
                join lettered_settled as s on (s.company_id, s.source_file, s.source_line, s.part)
                    = (i.company_id, i.source_file, i.source_line, i.line_type)
                where i.document_type in ('invoice', 'deposit', 'opening_item') and i.amount > 0
                group by all
                having bool_and(s.method = 'ledger') and sum(s.amount) = i.amount
            ),
            was as (
                select t.*, s.credit_file, s.credit_line, s.credit_part, sum(s.amount) as settled
                from truth as t join lettered_settled as s using (company_id, source_file, source_line, part)
                group by all
            ),
            found as (
                select t.*, s.credit_file, s.credit_line, s.credit_part, sum(s.amount) as settled,
                    list(distinct s.method) as methods
                from truth as t join hidden_settled as s using (company_id, source_file, source_line, part)
                group by all
            ),
            compared as (
                select company_id, source_file, source_line, part,
                    bool_and(was.settled is not distinct from found.settled) as is_right,
                    coalesce(sum(found.settled), 0) as found_amount,
                    list_sort(list_distinct(flatten(list(found.methods)))) as methods
                from was full join found
                    using (company_id, source_file, source_line, part, credit_file, credit_line, credit_part)
                group by all
            ),
            credits as (
                select company_id, credit_file, credit_line, credit_part,
                    count(distinct (source_file, source_line, part)) as documents
                from lettered_settled where method = 'ledger' group by all
            ),
            shapes as (
                select was.company_id, was.source_file, was.source_line, was.part,
                    count(*) as credits, max(credits.documents) as documents,
                    bool_or(was.credit_part <> 'payment') as has_other_credit
                from was join credits using (company_id, credit_file, credit_line, credit_part)
                group by all
            )
            select truth.company_id, truth.amount, compared.is_right,
                case
                    when list_contains(methods, 'fifo') then 'fifo'
                    when found_amount <> truth.amount then 'not settled'
                    else array_to_string(methods, ' + ')
                end as how,
                case
                    when shapes.has_other_credit then 'credit notes, discounts or differences among what settled it'
                    when shapes.credits > 1 then 'paid in several parts'
                    when shapes.documents > 1 then 'paid together with other invoices'
                    else 'paid alone: other amounts equal to it, or another sum that fits'
                end as shape
            from truth
            join compared using (company_id, source_file, source_line, part)
            join shapes using (company_id, source_file, source_line, part)
        """)
        found = [
            Found(*row)
            for row in connection.execute("""
                select company_id, coalesce(case when all_together = 1 then 'all'
                    when grouping(how) = 1 then 'all but fifo' else how end, '') as label,
                    count(*), count(*) filter (where is_right), sum(amount),
                    coalesce(sum(amount) filter (where is_right), 0)
                from (
                    select *, 0 as all_together from judged where how not in ('fifo', 'not settled')
                ) group by grouping sets ((company_id, all_together, how), (company_id, all_together))
                union all
                select company_id, how, count(*), count(*) filter (where is_right), sum(amount),
                    coalesce(sum(amount) filter (where is_right), 0)
                from judged where how in ('fifo', 'not settled') group by all
                union all
                select company_id, 'all', count(*), count(*) filter (where is_right), sum(amount),
                    coalesce(sum(amount) filter (where is_right), 0)
                from judged group by company_id
                order by 1, 3 desc, 2
            """).fetchall()
        ]
        misses = [
            Miss(*row)
            for row in connection.execute("""
                select company_id,
                    case when how in ('fifo', 'not settled') then 'left to fifo' else 'matched wrong' end
                    || ': ' || shape as reason,
                    count(*), sum(amount)
                from judged where how in ('fifo', 'not settled') or not is_right
                group by all order by 1, 3 desc, 2
            """).fetchall()
        ]
    return found, misses


def settlement_seconds(folder: Path, lines: int, customers: int | None = None) -> tuple[int, float]:
    """Settle a made-up ledger without its lettering: its receivable items, and the time of the settlement models."""
    write_ledger(folder / "ledgers" / FILE_NAME, lines, customers=customers)
    config = folder / "encours.yml"
    config.write_text(CONFIG, encoding="utf-8")
    lake = land(config)
    hide_lettering(lake)
    told = folder / "run_results.json"
    marts = build(lake, with_tests=False, select=FACTS, results=told)
    results = json.loads(told.read_text(encoding="utf-8"))
    seconds = sum(
        one["execution_time"] for one in results["results"] if ".int_settlement__" in one["unique_id"]
    )
    with duckdb.connect() as connection:
        [[items]] = connection.execute(
            f"select count(*) from read_parquet([{quoted(marts / 'fct_invoices.parquet')}, "
            f"{quoted(marts / 'fct_payments.parquet')}], union_by_name = true)"
        ).fetchall()
    return items, seconds


def scale_report(folder: Path) -> str:
    """How settlement grows: twice the items, and all of them of one customer."""
    cases = (
        ("many customers", 118_000, None),
        ("many customers", 236_000, None),
        ("one customer", 236_000, 1),
    )
    timed = []
    for number, (name, lines, customers) in enumerate(cases):
        place = folder / f"scale{number}"
        place.mkdir()
        timed.append((name, *settlement_seconds(place, lines, customers)))
    floor = timed[0][2]
    rows = [f"| {name} | {items:,} | {seconds / floor:.2f} |" for name, items, seconds in timed]
    return "\n".join(
        [
            "",
            "## How it grows",
            "",
            "Time of the settlement models, nothing lettered and nothing named, against the first row of the same run.",
            "",
            "| ledger | invoices and payments | ÷ first |",
            "|---|---:|---:|",
            *rows,
            "",
        ]
    )


def report(found: Sequence[Found], misses: Sequence[Miss]) -> str:
    """The measurement as Markdown."""
    lines = [
        "# Settlement without lettering",
        "",
        "Written by `python -m tests.benchmarks.settlement`; `settlement.py` says how.",
        "The lettering of each ledger is hidden and what the other methods find is compared with what it had said. An",
        "invoice is right if the very same credits settle it, to the cent. `fifo` is an assumption and stands apart.",
        "",
        "| ledger | settled by | invoices | share | amount, share | right | amount right |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    totals = {one.ledger: one for one in found if one.how == "all"}
    for one in found:
        total = totals[one.ledger]
        lines.append(
            f"| {one.ledger} | {one.how} | {one.invoices:,} | {one.invoices / total.invoices:.1%} | "
            f"{one.amount / total.amount:.1%} | {one.right / one.invoices:.2%} | "
            f"{one.amount_right / one.amount:.2%} |"
        )
    lines += [
        "",
        "Why the others were missed:",
        "",
        "| ledger | reason | invoices | amount |",
        "|---|---|---:|---:|",
    ]
    lines += [f"| {one.ledger} | {one.reason} | {one.invoices:,} | {one.amount:,.2f} |" for one in misses]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure the demo company and the real ledgers that are there, and write the report."""
    with tempfile.TemporaryDirectory(prefix="encours-settlement-") as name:
        folder = Path(name)
        write_demo(folder / "demo")
        ledgers = {"demo": folder / "demo" / "ledgers" / "*.txt"}
        for real in ("fec_a_produce_2022", "fec_b_jeweller_2024"):
            ledgers.update((real, path) for path in (REAL_DATA / real).glob("*FEC*.txt"))
        text = report(*measure(ledgers, folder)) + scale_report(folder)
    REPORT.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
