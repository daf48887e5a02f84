"""What later entries changed of past scores: a true as-of run of the demo company, then the full one beside it.

    python -m tests.benchmarks.ml_restated [AS_OF]

The release of AS_OF is made by `encours run --as-of` from the ledger cut on that day, the second from the whole
ledger; the second publishes the AUC of what the first had said beside that of the restated day, same model, same
documents (`ml.lateness.restated`). Printed; nothing here is a test.
"""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

from pipelines.demo import write_demo
from tests.benchmarks.bench import ROOT, WORK

#: Ninety days and the longest terms before the demo's last day: every outcome is known by then.
AS_OF = dt.date(2025, 6, 30)


def measure(folder: Path, as_of: dt.date) -> list[str]:
    """One line per lateness asked about."""
    shutil.rmtree(folder, ignore_errors=True)
    write_demo(folder)
    command = [sys.executable, "-m", "pipelines.cli", "run", "--config", str(folder / "encours.yml")]
    for day in (["--as-of", as_of.isoformat()], []):
        subprocess.run([*command, *day], cwd=ROOT, check=True)
    rows = pq.read_table(folder / "var" / "published" / "marts" / "backtest.parquet").to_pylist()
    return [
        f"{row['target']:8} {row['model']}: published on {row['cut_off']} AUC {row['baseline_value']:.4f},"
        f" restated {row['value']:.4f}, difference {row['gain']:+.4f}"
        f" [{row['gain_low']:+.4f}, {row['gain_high']:+.4f}], {row['n']:,} documents"
        for row in rows
        if row["window"] == "published"
    ]


def main() -> None:
    """Make both releases, print what differs."""
    as_of = dt.date.fromisoformat(sys.argv[1]) if len(sys.argv) > 1 else AS_OF
    for line in measure(WORK / "ml" / "restated", as_of):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
