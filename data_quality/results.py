"""The rows of `quality.expectations`, whoever judged.

Grain: one expectation of one company; where it fails, one row per failing subject (file, fiscal year, column).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow

Severity = Literal["error", "warning"]
Stage = Literal["gate", "warehouse"]

# dbt tests look at every company at once.
ALL_COMPANIES = "*"


@dataclass(frozen=True)
class ExpectationResult:
    """One verdict.

    Attributes:
        company_id: the company, or `*` where the expectation spans all of them.
        stage: `gate` (incoming data) or `warehouse` (dbt).
        suite: source judged (`fec`, `customers`, `sirene`, `bodacc`, …) or `dbt`.
        expectation: public name of the expectation: what configuration overrides and documents refer to.
        subject: what failed: file name, fiscal year, column; empty where the row covers all subjects.
        table_name: the table judged, or the dbt model.
        column_name: the column it is about; null where it is about the table.
        severity: `error` blocks the publication, `warning` is shown.
        observed: what was found, as text.
        expected: what passes, as text.
        unexpected_count: how many lines, rows or entries offend (0 where passed).
        sentence: the verdict in one English sentence.
        sentence_fr: the same in French.
    """

    company_id: str
    stage: Stage
    suite: str
    expectation: str
    subject: str
    table_name: str
    column_name: str | None
    severity: Severity
    passed: bool
    observed: str
    expected: str
    unexpected_count: int
    sentence: str
    sentence_fr: str


# DuckDB types of quality.expectations, in order.
EXPECTATION_COLUMNS: dict[str, str] = {
    "company_id": "VARCHAR",
    "stage": "VARCHAR",
    "suite": "VARCHAR",
    "expectation": "VARCHAR",
    "subject": "VARCHAR",
    "table_name": "VARCHAR",
    "column_name": "VARCHAR",
    "severity": "VARCHAR",
    "passed": "BOOLEAN",
    "observed": "VARCHAR",
    "expected": "VARCHAR",
    "unexpected_count": "BIGINT",
    "sentence": "VARCHAR",
    "sentence_fr": "VARCHAR",
}


def expectations_table(results: Sequence[ExpectationResult]) -> pyarrow.Table:
    """The results as an Arrow table with the columns and types of `quality.expectations`, in the order given."""
    import pyarrow as pa

    kinds = {"VARCHAR": pa.string(), "BOOLEAN": pa.bool_(), "BIGINT": pa.int64()}
    schema = pa.schema([(name, kinds[kind]) for name, kind in EXPECTATION_COLUMNS.items()])
    return pa.Table.from_pylist([asdict(result) for result in results], schema=schema)
