"""Fixtures of the quality gate's tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data_quality import profile_inputs
from tests.unit.data_quality.landed import Run, good_run


@pytest.fixture
def run() -> Run:
    """A good run, to spoil."""
    return good_run()


@pytest.fixture
def profiles_of(tmp_path: Path) -> Callable[[Run], dict[str, Any]]:
    """Write a run and profile it."""

    def profile(run: Run) -> dict[str, Any]:
        return dict(profile_inputs(*run.write(tmp_path)))

    return profile
