"""How often a customer's name leads to its company, by what was done to the name; how long the search takes.

    python -m tests.benchmarks.identities [--units N] [--customers N] [--seed N]

An invented register holds the customers among their namesakes, ceased predecessors and branches of their groups
(`tests.registers`); each name is spoilt in every way, searched for with and without its place, and again in a register
from which its company is gone. The names of recorded company searches are tried likewise where those are at hand.
Nothing here is a test: `tests/unit/identities/test_accuracy.py` holds the bars.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb

from pipelines.identities import names
from pipelines.lake import quoted
from tests.identity_accuracy import demo_units, measure, real_units, table, write_units
from tests.real_data import REAL_DATA
from tests.registers import Unit, stock


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--units", type=int, default=300_000)
    parser.add_argument("--customers", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2024)
    given = parser.parse_args(arguments)
    demo = demo_units(given.seed, given.customers * 2)[: given.customers]
    units = stock(given.seed, given.units, demo)
    living = [one for one in units if not one.ceased_on and one not in set(demo)]
    others = random.Random(given.seed).sample(living, given.customers)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        register = write_units(folder / "register.parquet", units)
        began = time.perf_counter()
        with duckdb.connect() as connection:
            connection.execute("set threads = 2")
            keys = names.blocks("legal_name")
            connection.execute(
                f"create table keys as select {keys} as keys from read_parquet({quoted(register)})"
            )
        seconds = time.perf_counter() - began
        say(f"keys of {len(units):,} names: {seconds:.1f} s, {seconds / len(units) * 1e6:.1f} µs a name")
        gone = {one.legal_unit_id for one in (*demo, *others)}
        without = write_units(
            folder / "without.parquet", [one for one in units if one.legal_unit_id not in gone]
        )
        for told, known in (("the demo company's customers", demo), ("companies of the register", others)):
            for with_place in (True, False):
                shown(
                    folder,
                    f"{told}, place {'known' if with_place else 'unknown'}",
                    known,
                    register,
                    with_place,
                )
                shown(
                    folder, f"{told}, gone from the register, place {'known' if with_place else 'unknown'}", known,
                    without, with_place, False,
                )  # fmt: skip
        if REAL_DATA.is_dir():
            real = real_units()
            place = write_units(folder / "real.parquet", real)
            for with_place in (True, False):
                shown(
                    folder,
                    f"recorded companies, place {'known' if with_place else 'unknown'}",
                    real,
                    place,
                    with_place,
                )


def shown(
    folder: Path,
    title: str,
    known: Sequence[Unit],
    register: Path,
    with_place: bool,
    is_in_register: bool = True,
) -> None:
    """Measure one case and print its table."""
    began = time.perf_counter()
    found = measure(folder, known, register, 77, with_place, is_in_register=is_in_register)
    say(f"\n{title} ({time.perf_counter() - began:.0f} s)\n{table(found)}")


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
