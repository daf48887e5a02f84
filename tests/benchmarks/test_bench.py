"""The benchmark measures what it says: never how fast, only that floor and landing do the same work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import jobs
from tests.benchmarks.bench import ROOT, measure, steps, table
from tests.benchmarks.ledger import FILE_NAME, write_ledger


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bench") / FILE_NAME
    write_ledger(path, 3000, threads=1)
    return path


def test_the_ledger_has_about_the_lines_asked_for_and_balances(ledger: Path) -> None:
    rows = [line.split("\t") for line in ledger.read_text(encoding="utf-8").splitlines()[1:]]
    assert abs(len(rows) - 3000) < 60
    assert {len(row) for row in rows} == {18}
    balances: dict[str, int] = {}
    for row in rows:
        cents = int(row[11].replace(",", "")) - int(row[12].replace(",", ""))
        balances[row[0] + row[2]] = balances.get(row[0] + row[2], 0) + cents
    assert set(balances.values()) == {0}


def test_the_same_size_gives_the_same_bytes(ledger: Path, tmp_path: Path) -> None:
    write_ledger(tmp_path / FILE_NAME, 3000, threads=2)
    assert (tmp_path / FILE_NAME).read_bytes() == ledger.read_bytes()


def test_floor_and_landing_read_the_same_rows_and_cents(ledger: Path, tmp_path: Path) -> None:
    floor = jobs.floor(ledger, tmp_path / "floor")
    landing = jobs.landing(ledger, tmp_path / "landing")
    for figure in ("rows", "debit_cents", "credit_cents"):
        assert floor[figure] == landing[figure] > 0


def test_an_export_of_invoices_lands_the_rows_and_cents_of_its_floor(tmp_path: Path) -> None:
    export = tmp_path / "invoices.csv"
    jobs.invoices(export, 2_000)
    floor = jobs.invoices_floor(export, tmp_path / "floor")
    landing = jobs.invoices_landing(export, tmp_path / "landing")
    for figure in ("rows", "debit_cents", "credit_cents"):
        assert floor[figure] == landing[figure] > 0


def test_memory_counts_the_process_and_its_children() -> None:
    """The child holds 64 MB; the process that starts it holds next to nothing."""
    child = "b = bytearray(64_000_000); import time; time.sleep(0.6)"
    parent = (
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True); print('ok')"
    )
    one = measure([sys.executable, "-c", parent])
    assert one.output == "ok\n"
    assert 64 < one.peak_mb < 400


def test_a_failing_process_stops_the_benchmark_with_its_output() -> None:
    with pytest.raises(SystemExit, match="no such thing"):
        measure([sys.executable, "-c", "raise SystemExit('no such thing')"])


def test_the_steps_of_a_run_are_read_from_what_it_prints() -> None:
    printed = (
        "  done   Reading ledgers                12.2 s  10,756 lines in 1 file, 0 rejected\n"
        "  ✓ Judging the data   3.0 s  47 verdicts\n"
        "  failed Publishing  1.0 s\n"
    )
    assert steps(printed) == {"Reading ledgers": 12.2, "Judging the data": 3.0}


def test_the_table_states_ratios_and_says_when_the_machine_was_busy() -> None:
    run = {
        "seconds": 20.0,
        "cpu_seconds": 20.0,
        "peak_mb": 900.0,
        "over_floor": 10.0,
        "steps": {"Reading": 4.0},
    }
    results: dict[str, Any] = {
        "machine": {"cpus": 2, "architecture": "x", "python": "3", "duckdb": "2", "load_before": 0.1},
        "conditions": {"threads": 2, "memory_limit": "4GB", "repeat": 3},
        "ledger": {"lines": 1_000_000, "megabytes": 120.0},
        "floor": {"seconds": 2.0, "cpu_seconds": 3.0, "peak_mb": 300.0},
        "landing": {
            "seconds": 4.0,
            "cpu_seconds": 6.3,
            "peak_mb": 400.0,
            "over_floor": 2.0,
            "over_floor_cpu": 2.1,
        },
        "subledger": {
            "invoices": 5_000,
            "megabytes": 1.0,
            "floor": {"seconds": 1.0, "cpu_seconds": 1.5, "peak_mb": 100.0},
            "landing": {
                "seconds": 7.0,
                "cpu_seconds": 8.0,
                "peak_mb": 200.0,
                "over_floor": 7.0,
                "over_floor_cpu": 5.3,
            },
        },
        "whole_run": run,
        "tiny": {"lines": 12, "first": run, "again": run},
    }
    quiet = table(results)
    assert (
        "| 4.0 | 2.00 | 6.3 | 400 |" in quiet
        and "| 20.0 | 10.00 | 20.0 | 900 |" in quiet
        and "| 7.0 | 7.00 | 8.0 | 200 |" in quiet
        and "busy" not in quiet
    )
    results["machine"]["load_before"] = 3.0
    assert "The machine was busy (load 3.0" in table(results)


def test_it_starts_as_make_bench_starts_it() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0 and "--landing-only" in ran.stdout
