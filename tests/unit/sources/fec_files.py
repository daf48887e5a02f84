"""FEC files of any layout for tests: rows in, bytes out, and the landed rows back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.sources.fec import LandedFec, read_fec

COLUMNS = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum",
    "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet",
    "ValidDate", "Montantdevise", "Idevise",
)  # fmt: skip
COMPANY = "732829320"


@dataclass(frozen=True)
class Layout:
    """How a file is written."""

    separator: str = "\t"
    line_end: str = "\r\n"
    encoding: str = "utf-8"
    columns: tuple[str, ...] = COLUMNS
    trailing_separator: bool = False
    final_line_end: bool = True


def line(**values: str) -> dict[str, str]:
    """One ledger line, blank but for the values given and what no line can lack."""
    return {
        **dict.fromkeys(COLUMNS, ""),
        "JournalCode": "VE",
        "JournalLib": "Ventes",
        "EcritureNum": "1",
        "EcritureDate": "20240115",
        "CompteNum": "411000",
        "CompteLib": "Clients",
        "PieceRef": "FA1",
        "PieceDate": "20240115",
        "EcritureLib": "Facture",
        "Debit": "0,00",
        "Credit": "0,00",
        "ValidDate": "20240131",
    } | values


def sale(number: str = "1", amount: str = "1200,00", **values: str) -> list[dict[str, str]]:
    """A balanced entry of two lines."""
    common = {"EcritureNum": number, **values}
    return [
        line(**common | {"CompAuxNum": "C1", "Debit": amount}),
        line(**common | {"CompteNum": "706000", "CompteLib": "Prestations", "Credit": amount}),
    ]


def encode(rows: Iterable[Mapping[str, str]], layout: Layout = Layout()) -> bytes:
    """The bytes of a file."""
    tail = layout.separator if layout.trailing_separator else ""
    lines = [layout.separator.join(layout.columns) + tail]
    lines += [layout.separator.join(row.get(name, "") for name in layout.columns) + tail for row in rows]
    text = layout.line_end.join(lines) + (layout.line_end if layout.final_line_end else "")
    return text.encode(layout.encoding)


def write(path: Path, rows: Iterable[Mapping[str, str]], layout: Layout = Layout()) -> Path:
    path.write_bytes(encode(rows, layout))
    return path


def read(path: Path, workspace: Path, company_id: str = COMPANY) -> LandedFec:
    return read_fec(path, company_id, workspace / "raw", workspace / "quarantine")


def landed_rows(landed: LandedFec, columns: str = "*") -> list[tuple[Any, ...]]:
    """The landed lines in the order of the file."""
    with duckdb.connect() as connection:
        return connection.execute(
            f"select {columns} from read_parquet('{landed.parquet_path}') order by line_number"
        ).fetchall()


def rejected_rows(landed: LandedFec) -> list[dict[str, Any]]:
    """The refused rows in the order of the file."""
    if landed.rejects_path is None:
        return []
    with duckdb.connect() as connection:
        result = connection.execute(
            f"select * from read_parquet('{landed.rejects_path}') order by line_number"
        )
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
