"""`python -m tests.benchmarks`: the benchmarks, as `make bench` runs them."""

from __future__ import annotations

from tests.benchmarks.bench import main

main()
