"""Tables of a sub-ledger for tests: written, read and landed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import xlsxwriter

from pipelines.sources.canonical import Condition, TableSpec
from pipelines.sources.open_data import LandedFile
from pipelines.sources.table_files import TextTable, read_table_file
from pipelines.sources.table_parse import land_table

WHERE = "encours.yml, line 7, key ledgers[0].invoices"


def spec(table: str = "invoices", **given: Any) -> TableSpec:
    return TableSpec(table, WHERE, **given)


def only(header: str, *values: str) -> tuple[Condition, ...]:
    return (Condition((header,), values),)


def read(
    folder: Path, content: str | bytes, name: str = "invoices.csv", table: str = "invoices", **given: Any
) -> TextTable:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table_file(path, spec(table, **given), folder / "text")


def land(
    folder: Path, content: str | bytes, name: str = "invoices.csv", table: str = "invoices", **given: Any
) -> LandedFile:
    text = read(folder, content, name, table, **given)
    landed = land_table(text, spec(table, **given), folder / "raw", folder / "quarantine")
    account(landed)
    return landed


def account(landed: LandedFile) -> None:
    """Every row and cent is somewhere."""
    said = landed.statistics
    assert said["rows_accepted"] == len(rows(landed))
    assert said["rows_rejected"] == len(rejects(landed))
    assert said["rows_read"] == said["rows_accepted"] + said["rows_rejected"] + said["rows_out_of_scope"]


def rows(landed: LandedFile) -> list[dict[str, Any]]:
    return pq.read_table(landed.parquet).to_pylist()


def rejects(landed: LandedFile) -> list[dict[str, Any]]:
    return [] if landed.rejects is None else pq.read_table(landed.rejects).to_pylist()


def texts(table: TextTable) -> list[tuple[Any, ...]]:
    """Line number and texts of every row."""
    names = ", ".join('"' + name.replace('"', '""') + '"' for name in table.columns)
    query = f"select line_number, {names} from read_parquet('{table.parquet}') order by 1"
    return duckdb.sql(query).fetchall()


def workbook(path: Path, cells: dict[str, Any], *sheets: str, **options: Any) -> bytes:
    """A workbook with these cells on its first sheet; a date is written as one, `=…` as a formula."""
    with xlsxwriter.Workbook(path, options) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for number, name in enumerate(sheets or ("Feuil1",)):
            sheet = book.add_worksheet(name)
            for cell, value in cells.items():
                if hasattr(value, "year"):
                    sheet.write_datetime(cell, value, day)
                elif isinstance(value, tuple):
                    sheet.merge_range(cell, *value)
                elif isinstance(value, str) and value.startswith("="):
                    sheet.write_formula(cell, value, None, "")
                else:
                    sheet.write(cell, value if number == 0 else None)
    return path.read_bytes()
