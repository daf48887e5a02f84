"""A ledger with a known truth, studied once for all the tests of late payment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from ml.lateness import Study, prepare
from ml.lateness.model import Lateness
from ml.lateness.states import States
from ml.lateness.train import Judged
from ml.life.registry import Package
from ml.marts import open_marts


@dataclass(frozen=True)
class Studied:
    """The past of a ledger, judged, and the package that came of it."""

    con: duckdb.DuckDBPyConnection
    states: States
    judged: Judged
    models: list[Lateness]
    package: Package


@pytest.fixture(scope="session")
def studied(drifting: Path) -> Iterator[Studied]:
    con = open_marts(drifting)
    prepare(con)
    study = Study(con, 7)
    judged, models, _ = study.judged
    assert isinstance(judged, Judged)
    yield Studied(con, study.states, judged, models, study.train(None))
    con.close()
