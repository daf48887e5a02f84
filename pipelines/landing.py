"""Landing: every configured file as Parquet under `raw/`, by content hash, with its accounts beside it.

What belongs here: which file goes to which reader, and the record of what each gave. What does not: reading a format
(`pipelines.sources`), choosing the tables of one run (`pipelines.defs.ingest`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipelines.config import Settings
from pipelines.lake import Workspace

Say = Callable[[str], None]

TOLD = {
    "fec": (
        "Reading ledgers",
        "The statutory ledger exports (FEC), landed by company, fiscal year and content hash.",
    ),
    "customers": ("Reading customers", "The customers' file, its payment terms parsed."),
    "sirene": ("Reading SIRENE", "INSEE's register of legal units, the known customers' rows."),
    "bodacc": ("Reading BODACC", "The official gazette's commercial notices, the known customers' rows."),
}
"""Source → (title shown while it lands, description). In the order they are read."""


def land(source: str, settings: Settings, workspace: Workspace, say: Say) -> list[dict[str, Any]]:
    """Land every configured file of one source and return one record per file."""
    return []
