"""What is timed, each in a process of its own: `python -m tests.benchmarks.jobs ledger|floor|landing …`.

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
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "rows": rows,
        "debit_cents": int(debit * 100),
        "credit_cents": int(credit * 100),
    }


def landing(file: Path, folder: Path) -> dict[str, float | int]:
    """What the pipeline does with the same file: see `pipelines.sources.fec`."""
    from pipelines.sources.fec import read_fec

    start, cpu = time.perf_counter(), time.process_time()
    landed = read_fec(
        file, COMPANY, folder / "raw", folder / "quarantine", threads=THREADS, memory_limit=MEMORY_LIMIT
    )
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
    row = landed.source_row()
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "rows": row["rows_accepted"],
        "debit_cents": int(Decimal(str(row["debit_total"])) * 100),
        "credit_cents": int(Decimal(str(row["credit_total"])) * 100),
    }


def ledger(file: Path, lines: int) -> dict[str, float | int]:
    """Write the ledger that the others read."""
    from tests.benchmarks.ledger import write_ledger

    start = time.perf_counter()
    rows = write_ledger(file, lines, THREADS)
    return {"seconds": time.perf_counter() - start, "rows": rows}


if __name__ == "__main__":
    job, path, last = sys.argv[1:]
    if job == "ledger":
        told = ledger(Path(path), int(last))
    else:
        told = {"floor": floor, "landing": landing}[job](Path(path), Path(last))
    print(json.dumps(told))
