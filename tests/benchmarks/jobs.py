"""What is timed, each in a process of its own: `python -m tests.benchmarks.jobs ledger|floor|landing|invoices|… …`.

Imports and starting Python are not timed, so that both jobs are compared on the reading and writing alone. Each
prints one line of JSON: seconds, CPU seconds, rows, cents of debit and credit.
"""

from __future__ import annotations

import json
import sys
import time
from decimal import Decimal
from pathlib import Path

THREADS = 2
MEMORY_LIMIT = "4GB"
COMPANY = "732829320"

# The file's columns and types as whoever wrote the fastest possible reader would declare them.
_TYPES = {
    **dict.fromkeys(("JournalCode", "JournalLib", "EcritureNum"), "VARCHAR"),
    "EcritureDate": "DATE",
    **dict.fromkeys(("CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib", "PieceRef"), "VARCHAR"),
    "PieceDate": "DATE",
    "EcritureLib": "VARCHAR",
    **dict.fromkeys(("Debit", "Credit"), "DECIMAL(18,2)"),
    "EcritureLet": "VARCHAR",
    **dict.fromkeys(("DateLet", "ValidDate"), "DATE"),
    "Montantdevise": "DECIMAL(18,2)",
    "Idevise": "VARCHAR",
}


def floor(file: Path, folder: Path) -> dict[str, float | int]:
    """One typed `read_csv` into Parquet: nothing detected, nothing verified, nothing accounted for."""
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "floor.parquet"
    config = {"threads": THREADS, "memory_limit": MEMORY_LIMIT, "preserve_insertion_order": False}
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in _TYPES.items())
    start, cpu = time.perf_counter(), time.process_time()
    with duckdb.connect(config=config) as connection:
        connection.execute(
            f"copy (select * from read_csv('{file}', delim = '\t', header = true, quote = '', escape = '', "
            f"auto_detect = false, columns = {{{types}}}, dateformat = '%Y%m%d', decimal_separator = ',')) "
            f"to '{target}' (format parquet, compression zstd)"
        )
        seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
        rows, debit, credit = connection.execute(
            f"select count(*), sum(Debit), sum(Credit) from '{target}'"
        ).fetchall()[0]
    return _told(seconds, cpu_seconds, rows, debit, credit)


def landing(file: Path, folder: Path) -> dict[str, float | int]:
    """What the pipeline does with the same file: see `pipelines.sources.fec`."""
    from pipelines.sources.fec import read_fec

    start, cpu = time.perf_counter(), time.process_time()
    landed = read_fec(
        file, COMPANY, folder / "raw", folder / "quarantine", threads=THREADS, memory_limit=MEMORY_LIMIT
    )
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
    row = landed.source_row()
    debit, credit = Decimal(str(row["debit_total"])), Decimal(str(row["credit_total"]))
    return _told(seconds, cpu_seconds, row["rows_accepted"], debit, credit)


def invoices(file: Path, rows: int) -> dict[str, float | int]:
    """Write an ERP's export of invoices: quoted names, day first, decimal comma, one credit note in twenty."""
    import duckdb

    file.parent.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    with duckdb.connect(config={"threads": THREADS}) as connection:
        connection.execute(
            f"""copy (
                select 'F' || lpad(i::varchar, 9, '0') as invoice_id, 'C' || (i * 7919 % 20000) as customer_id,
                    'Société "' || (i * 7919 % 20000) || '", SARL' as customer_name,
                    strftime(date '2022-01-01' + (i % 1000)::integer, '%d/%m/%Y') as issue_date,
                    strftime(date '2022-01-31' + (i % 1000)::integer, '%d/%m/%Y') as due_date,
                    replace((case when i % 20 = 0 then -1 else 1 end * (i % 400000 + 101) / 100.0)
                        ::decimal(18, 2)::varchar, '.', ',') as amount
                from range({rows}) as numbers (i)
            ) to '{file}' (header, delimiter ';')"""
        )
    return {"seconds": time.perf_counter() - start, "rows": rows}


def invoices_floor(file: Path, folder: Path) -> dict[str, float | int]:
    """One typed `read_csv` of that export into Parquet."""
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "floor.parquet"
    texts = ", ".join(f"'{name}': 'VARCHAR'" for name in ("invoice_id", "customer_id", "customer_name"))
    start, cpu = time.perf_counter(), time.process_time()
    with duckdb.connect(config={"threads": THREADS, "memory_limit": MEMORY_LIMIT}) as connection:
        connection.execute(
            f"copy (select * from read_csv('{file}', delim = ';', header = true, auto_detect = false, "
            f"columns = {{{texts}, 'issue_date': 'DATE', 'due_date': 'DATE', 'amount': 'DECIMAL(18,2)'}}, "
            f"dateformat = '%d/%m/%Y', decimal_separator = ',')) to '{target}' (format parquet, compression zstd)"
        )
        seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
        rows, debit, credit = connection.execute(
            f"select count(*), sum(greatest(amount, 0)), sum(greatest(-amount, 0)) from '{target}'"
        ).fetchall()[0]
    return _told(seconds, cpu_seconds, rows, debit, credit)


def invoices_landing(file: Path, folder: Path) -> dict[str, float | int]:
    """What the pipeline does with it: see `pipelines.sources.table_files` and `table_parse`."""
    from pipelines.sources.canonical import TableSpec
    from pipelines.sources.table_files import read_table_file
    from pipelines.sources.table_parse import land_table

    spec = TableSpec(table="invoices", where="bench")
    start, cpu = time.perf_counter(), time.process_time()
    text = read_table_file(file, spec, folder / "texts")
    told = land_table(text, spec, folder / "raw", folder / "quarantine").statistics
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
    debit, credit = Decimal(str(told["debit_total"])), Decimal(str(told["credit_total"]))
    return _told(seconds, cpu_seconds, told["rows_accepted"], debit, credit)


def _told(
    seconds: float, cpu_seconds: float, rows: int, debit: Decimal, credit: Decimal
) -> dict[str, float | int]:
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "rows": rows,
        "debit_cents": int(debit * 100),
        "credit_cents": int(credit * 100),
    }


def ledger(file: Path, lines: int) -> dict[str, float | int]:
    """Write the ledger that the others read."""
    from tests.benchmarks.ledger import write_ledger

    start = time.perf_counter()
    rows = write_ledger(file, lines, THREADS)
    return {"seconds": time.perf_counter() - start, "rows": rows}


if __name__ == "__main__":
    job, path, last = sys.argv[1:]
    if job in ("ledger", "invoices"):
        told = {"ledger": ledger, "invoices": invoices}[job](Path(path), int(last))
    else:
        jobs = (floor, landing, invoices_floor, invoices_landing)
        told = {one.__name__: one for one in jobs}[job](Path(path), Path(last))
    print(json.dumps(told))
