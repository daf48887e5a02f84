"""Ledgers with a known truth, made once for all the tests of the scores."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from ml import RiskResult, run


def _load_factory() -> ModuleType:
    """The factory beside this file, under one name whatever the import mode."""
    name = "tests_unit_ml_factory"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("factory.py"))
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def factory() -> ModuleType:
    return _load_factory()


@pytest.fixture(scope="session")
def drifting(factory: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """80 customers, half of whom pay ever later: their whole-life rate lags behind them."""
    folder = tmp_path_factory.mktemp("drifting")
    factory.write_marts(folder, factory.Ledger(drift_share=0.5))
    return folder


@pytest.fixture(scope="session")
def small(factory: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough to be judged and modelled, and no more: what a whole run does with it."""
    folder = tmp_path_factory.mktemp("small")
    factory.write_marts(folder, factory.Ledger(customers=40, months=24, invoices=1300, drift_share=0.5))
    return folder


@dataclass(frozen=True)
class Ran:
    """A run and where it wrote."""

    result: RiskResult
    out: Path
    models: Path


@pytest.fixture(scope="module")
def few_trees() -> Iterator[None]:
    """Boosted models of a sixth of their trees: for tests of what is done with models, not of how good they are."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("ml.lateness.hazard", "ml.lateness.bands"):
            patch.setattr(f"{module}.TREES", 25)
        yield


@pytest.fixture(scope="module")
def ran(small: Path, few_trees: None, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("ran")
    return Ran(run(small, folder / "ml", None, folder / "models"), folder / "ml", folder / "models")
