"""What counts of a table that arrives again and again: its versions, and the state they add up to.

What belongs here: the tables of sub-ledgers and events as one run reads them. What does not: reading a file or a query
(`pipelines.sources`), the layout of a run (`pipelines.defs.ingest`).
"""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.sources.canonical import DUCKDB_TYPES, EVENTS, SUBLEDGER, Table

PLACE = {"source_id": "VARCHAR", "file_name": "VARCHAR", "line_number": "BIGINT", "known_on": "DATE"}
"""Where a row of a run comes from: the version it stands in, and the day that version speaks of."""
OPEN_AMOUNTS = {
    "company_id": "VARCHAR", "ledger_name": "VARCHAR", "invoice_id": "VARCHAR", "known_on": "DATE",
    "open_amount": "DECIMAL(18,2)",
}  # fmt: skip
CORRECTED_ROWS = {
    "company_id": "VARCHAR", "ledger_name": "VARCHAR", "table_name": "VARCHAR", "row_key": "VARCHAR",
    "column_name": "VARCHAR", "old_value": "VARCHAR", "new_value": "VARCHAR", "known_on": "DATE",
    "replaced_on": "DATE", "file_name": "VARCHAR",
}  # fmt: skip
_OF_A_VERSION = ("updated_at", "is_cancelled", "snapshot_date", "rate_id")


def run_columns(table: Table) -> dict[str, str]:
    """The canonical columns of a table that a run reads, with their types: without what only tells versions apart."""
    return {
        name: DUCKDB_TYPES[column.kind] for name, column in table.columns.items() if name not in _OF_A_VERSION
    }


SUBLEDGER_INPUTS = {
    f"subledger_{name}": (
        table.description,
        {"company_id": "VARCHAR", "ledger_name": "VARCHAR", **PLACE, **run_columns(table)},
    )
    for name, table in SUBLEDGER.items()
}
EVENT_INPUTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    f"events_{name}": (table.description, {"company_id": "VARCHAR", **PLACE, **run_columns(table)})
    for name, table in EVENTS.items()
}
"""Table of a run → (what a row is, its columns and DuckDB types)."""
