"""Tables and sites, built once a session: a year of the demo plan costs seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import factory

from dashboards.data import Tables
from dashboards.facts import Facts


@pytest.fixture(scope="session")
def tables_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Folder with the tables of a plan, made on first use."""
    made: dict[str, Path] = {}

    def make(name: str) -> Path:
        if name not in made:
            made[name] = factory.make_tables(tmp_path_factory.mktemp(name), factory.PLANS[name])
        return made[name]

    return make


@pytest.fixture(scope="session")
def facts_of(tables_of: Callable[[str], Path]) -> Callable[[str], Facts]:
    """The findings of a plan, read on first use."""
    read: dict[str, Facts] = {}

    def get(name: str) -> Facts:
        if name not in read:
            tables = Tables(tables_of(name))
            try:
                read[name] = Facts.read(tables, factory.context_of(factory.PLANS[name]).companies[0])
            finally:
                tables.close()
        return read[name]

    return get
