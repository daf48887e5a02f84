"""Real files that this project did not write, for tests that skip where they are absent."""

from __future__ import annotations

from pathlib import Path

import pytest

REAL_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

needs_real_data = pytest.mark.skipif(
    not REAL_DATA.is_dir(), reason=f"the real sample files are not at {REAL_DATA}"
)
