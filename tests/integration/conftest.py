"""What the integration tests share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One workspace for all builds of a test process: dbt parses its project once in it."""
    return tmp_path_factory.mktemp("workspace")
