"""The benchmarks: ratios against a floor measured in the same run, never seconds against a constant.

    python -m tests.benchmarks [--lines N] [--repeat N] [--landing-only]

The floor is one typed DuckDB `read_csv` of the same file into Parquet: the least that reading it can cost with the
same engine. Landing detects, verifies and accounts for every row beside; a whole run does everything. An ERP's export
of invoices has a floor of its own. Floor and landing alternate, so that another process on the machine weighs on both.
Results go to `results.json` and `RESULTS.md` beside this file; nothing here is a test, and no test is timed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from tests.benchmarks.jobs import MEMORY_LIMIT, THREADS
from tests.benchmarks.ledger import FILE_NAME, SIREN

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = ROOT / "bench"
SAMPLE_SECONDS = 0.05

CONFIG = f"""company: {{name: Bench SAS, siren: '{SIREN}', currency: EUR, locale: fr}}
ledgers:
  - {{kind: fec, path: ledgers/*.txt}}
payment_terms: {{default: '30'}}
"""

QUIET = {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "OMP_WAIT_POLICY": "PASSIVE",
}


@dataclass(frozen=True)
class Measured:
    """One process and its children.

    Attributes:
        seconds: from start to end.
        cpu_seconds: user and system time of the process and of every child that it waited for.
        peak_mb: the largest sum of resident memory over the process and its descendants, sampled; at least the
            high-water mark that Linux keeps of any one of them (what `wait4` reports counts what the parent held
            when it forked, so it is not used).
        output: what it printed.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float
    output: str


def measure(command: Sequence[str], cwd: Path = ROOT) -> Measured:
    """Run a command and measure it.

    Raises:
        SystemExit: it failed; its output is shown.
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **QUIET},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: list[str] = []
    assert process.stdout is not None
    reader = threading.Thread(target=lambda: lines.extend(process.stdout or ()), daemon=True)
    reader.start()
    peak = 0
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        peak = max(peak, *memory_kb(process.pid))
        time.sleep(SAMPLE_SECONDS)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    reader.join()
    output = "".join(lines)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed with {process.returncode}:\n{output[-4000:]}")
    return Measured(
        seconds=seconds,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_mb=peak / 1024,
        output=output,
    )


def memory_kb(root: int) -> tuple[int, int]:
    """Memory of a process and its descendants in KiB, from Linux's /proc: their sum now, the highest of one so far."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    family = {root}
    grown = True
    while grown:
        children = {pid for pid, parent in parents.items() if parent in family and pid not in family}
        family |= children
        grown = bool(children)
    total, highest = 0, 0
    for pid in family:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue  # it has just ended
        figures = dict(re.findall(r"^(VmRSS|VmHWM):\s+(\d+) kB", status, re.MULTILINE))
        total += int(figures.get("VmRSS", 0))
        highest = max(highest, int(figures.get("VmHWM", 0)))
    return total, highest


# --- what is measured ------------------------------------------------------------------------------------------------


def alternate(file: Path, folder: Path, repeat: int, of: str = "") -> dict[str, list[dict[str, Any]]]:
    """Floor and landing (`of` a ledger, or `invoices_`) in turn, each time from nothing."""
    found: dict[str, list[dict[str, Any]]] = {"floor": [], "landing": []}
    for turn in range(repeat):
        for job, runs in found.items():
            target = folder / job
            shutil.rmtree(target, ignore_errors=True)
            one = measure([sys.executable, "-m", "tests.benchmarks.jobs", of + job, str(file), str(target)])
            told = json.loads(one.output.splitlines()[-1])
            runs.append({**told, "process_cpu_seconds": one.cpu_seconds, "peak_mb": one.peak_mb})
            print(
                f"  {job:8} {turn + 1}/{repeat}  {told['seconds']:.2f} s, {one.peak_mb:,.0f} MB", flush=True
            )
    same = {(run["rows"], run["debit_cents"], run["credit_cents"]) for runs in found.values() for run in runs}
    if len(same) != 1:
        raise SystemExit(
            f"floor and landing disagree on rows or cents: {sorted(same)}; the ratio would mean nothing."
        )
    return found


def compared(pairs: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Floor and landing, the medians of their runs, and how many times the floor landing costs."""
    found: dict[str, dict[str, Any]] = {
        job: {**{key: median(runs, key) for key in ("seconds", "cpu_seconds", "peak_mb")}, "runs": runs}
        for job, runs in pairs.items()
    }
    floor, landing = found["floor"], found["landing"]
    landing["over_floor"] = landing["seconds"] / floor["seconds"]
    landing["over_floor_cpu"] = landing["cpu_seconds"] / floor["cpu_seconds"]
    return found


def whole_run(folder: Path) -> Measured:
    """`encours run` on the folder, from an empty workspace unless one is there."""
    return measure(
        [sys.executable, "-m", "pipelines.cli", "run", "--config", str(folder / "encours.yml")], cwd=ROOT
    )


def steps(output: str) -> dict[str, float]:
    """Step → seconds, from what `encours run` prints."""
    found = re.findall(r"^\s*(?:done|✓)\s+(.+?)\s{2,}(\d+\.\d) s\b", output, re.MULTILINE)
    return {title: float(seconds) for title, seconds in found}


def prepared(folder: Path, lines: int) -> int:
    """A project folder with a ledger of this size and no workspace; returns its lines."""
    shutil.rmtree(folder, ignore_errors=True)
    file = folder / "ledgers" / FILE_NAME
    one = measure([sys.executable, "-m", "tests.benchmarks.jobs", "ledger", str(file), str(lines)])
    (folder / "encours.yml").write_text(CONFIG, encoding="utf-8")
    return int(json.loads(one.output.splitlines()[-1])["rows"])


def median(runs: Sequence[Mapping[str, Any]], key: str) -> float:
    """The median of one figure over repeated runs."""
    return statistics.median(float(run[key]) for run in runs)


def run_benchmarks(lines: int, repeat: int, landing_only: bool) -> dict[str, Any]:
    """Everything, as the JSON that is written."""
    load = os.getloadavg()[0]
    large, tiny = WORK / "large", WORK / "tiny"
    print(f"Writing a ledger of about {lines:,} lines", flush=True)
    written = prepared(large, lines)
    file = large / "ledgers" / FILE_NAME
    pairs = compared(alternate(file, WORK / "jobs", repeat))
    floor_seconds = pairs["floor"]["seconds"]
    print(f"Writing a sub-ledger of {lines:,} invoices", flush=True)
    export = WORK / "invoices.csv"
    measure([sys.executable, "-m", "tests.benchmarks.jobs", "invoices", str(export), str(lines)])
    invoices = compared(alternate(export, WORK / "jobs", repeat, "invoices_"))
    results: dict[str, Any] = {
        "machine": {
            "cpus": os.cpu_count(),
            "architecture": platform.machine(),
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in ("duckdb", "dbt-core", "dagster")},
            "load_before": round(load, 2),
        },
        "conditions": {"threads": THREADS, "memory_limit": MEMORY_LIMIT, "repeat": repeat},
        "ledger": {"lines": written, "megabytes": round(file.stat().st_size / 1e6, 1)},
        **pairs,
        "subledger": {"invoices": lines, "megabytes": round(export.stat().st_size / 1e6, 1), **invoices},
    }
    if landing_only:
        return results
    print("Running the whole pipeline on it", flush=True)
    whole = whole_run(large)
    results["whole_run"] = told(whole, floor_seconds)
    print(f"  {whole.seconds:.1f} s, {whole.peak_mb:,.0f} MB", flush=True)
    print("Running it on a tiny ledger: first from nothing, then again", flush=True)
    tiny_lines = prepared(tiny, 10)
    first, again = whole_run(tiny), whole_run(tiny)
    results["tiny"] = {
        "lines": tiny_lines,
        "first": told(first, floor_seconds),
        "again": told(again, floor_seconds),
    }
    # What a run costs whatever the ledger's size, taken away: what the ledger's lines cost.
    results["whole_run"]["over_floor_beyond_fixed"] = (whole.seconds - first.seconds) / floor_seconds
    print(f"  {first.seconds:.1f} s, then {again.seconds:.1f} s", flush=True)
    return results


def told(one: Measured, floor_seconds: float) -> dict[str, Any]:
    """A whole run as JSON."""
    figures = {name: value for name, value in asdict(one).items() if name != "output"}
    return {**figures, "over_floor": one.seconds / floor_seconds, "steps": steps(one.output)}


# --- what is written -------------------------------------------------------------------------------------------------


def table(results: Mapping[str, Any]) -> str:
    """The results as Markdown."""
    machine, ledger, conditions = results["machine"], results["ledger"], results["conditions"]
    floor, landing = results["floor"], results["landing"]
    rows = [
        ("Floor: one typed `read_csv` → Parquet", floor, 1.0),
        ("Landing: detected, verified, every row and cent accounted for", landing, landing["over_floor"]),
    ]
    sub = results["subledger"]
    size = f"{sub['invoices']:,} invoices of a sub-ledger ({sub['megabytes']:,} MB)"
    sub_rows = [
        (f"{size}: one typed `read_csv` → Parquet", sub["floor"], 1.0),
        (
            "Landing them: formats told from all values, keys, rows and cents",
            sub["landing"],
            sub["landing"]["over_floor"],
        ),
    ]
    if "whole_run" in results:
        whole, tiny = results["whole_run"], results["tiny"]
        first = f"`encours run` on {tiny['lines']} lines, first run of a workspace (fixed cost)"
        rows += [
            ("`encours run`: ledger to published release", whole, whole["over_floor"]),
            (first, tiny["first"], tiny["first"]["over_floor"]),
            ("… and again", tiny["again"], tiny["again"]["over_floor"]),
        ]
    body = "\n".join(
        f"| {name} | {one['seconds']:.1f} | {ratio:.2f} | {one['cpu_seconds']:.1f} | {one['peak_mb']:,.0f} |"
        for name, one, ratio in rows
    )
    sub_body = "\n".join(
        f"| {name} | {one['seconds']:.1f} | {ratio:.2f} | {one['cpu_seconds']:.1f} | {one['peak_mb']:,.0f} |"
        for name, one, ratio in sub_rows
    )
    loaded = machine["load_before"] > 0.5 * (machine["cpus"] or 1)
    note = (
        f"\nThe machine was busy (load {machine['load_before']} before the first measure): landing and floor, which "
        "alternate, compare better than the rest.\n"
        if loaded
        else ""
    )
    detail = ""
    if "whole_run" in results and results["whole_run"]["steps"]:
        parts = "; ".join(
            f"{title.lower()} {value:.1f} s" for title, value in results["whole_run"]["steps"].items()
        )
        detail = f"\nWhere the whole run's time goes: {parts}.\n"
    told = (
        f"A ledger of {ledger['lines']:,} lines ({ledger['megabytes']:,} MB), {conditions['threads']} threads, "
        f"DuckDB's memory limit {conditions['memory_limit']}; median of {conditions['repeat']} for floor and landing, "
        f"one run for the others.\n{machine['cpus']} CPUs ({machine['architecture']}), Python {machine['python']}, "
        f"DuckDB {machine['duckdb']}."
    )
    cpu = results["landing"]["over_floor_cpu"]
    return f"""# Benchmarks

Written by `make bench`; `bench.py` says how.
{told}

| | seconds | ÷ floor | CPU seconds | peak memory, MB |
|---|---:|---:|---:|---:|
{body}

In CPU time, which other work on the machine disturbs less, landing is {cpu:.2f} × the floor.

| | seconds | ÷ its floor | CPU seconds | peak memory, MB |
|---|---:|---:|---:|---:|
{sub_body}
{detail}{note}
Memory is the largest sum over the process and its children. Seconds depend on the machine: compare the ratios.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print the table and write both files."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Ratios against a floor.")
    parser.add_argument("--lines", type=int, default=1_000_000, help="ledger lines (default: a million)")
    parser.add_argument("--repeat", type=int, default=3, help="times that floor and landing are measured")
    parser.add_argument("--landing-only", action="store_true", help="leave out the whole runs")
    parser.add_argument("--out", type=Path, default=HERE, help="folder for results.json and RESULTS.md")
    options = parser.parse_args(arguments)
    try:
        results = run_benchmarks(options.lines, options.repeat, options.landing_only)
    finally:
        shutil.rmtree(WORK, ignore_errors=True)
    options.out.mkdir(parents=True, exist_ok=True)
    text = table(results)
    (options.out / "results.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    (options.out / "RESULTS.md").write_text(text, encoding="utf-8")
    print(f"\n{text}")


if __name__ == "__main__":
    main()
