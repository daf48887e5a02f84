"""Thirty days of one ERP, exported in three ways: what stands each evening is what its books say.

Company `full` gets full exports, `changes` is asked by queries with a cursor, `open` lists its open items alone. An
export is missing on one day, late on another, made twice on a third; a query breaks down. Every day is landed and laid
out and compared with the books as plain Python keeps them (`tests.erp`); on the last the warehouse is built as well.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines import landing
from pipelines.errors import DataError
from pipelines.lake import Workspace, connected, read_json
from tests.builds import build, land
from tests.erp import COLUMNS, OPEN_COLUMNS, Erp, Moment, Table, as_csv, break_query, corrections

FIRST = dt.date(2025, 6, 1)
MISSED, LATE, LATE_UNTIL, TWICE, BROKEN, AGAIN = 7, 11, 13, 15, 18, 22
BUILT = 30
TABLES = ("invoices", "payments", "allocations", "disputes")


def _query(table: str) -> dict[str, Any]:
    """Rows changed since the last time; a row whose key is in `breaks` stops the database midway."""
    key = COLUMNS[table][0]
    columns = ", ".join(
        f"case when {key} in (select key from breaks) then abs(-9223372036854775807 - 1) else {name} end as {name}"
        if name == key
        else name
        for name in COLUMNS[table]
    )
    cancelled = "" if table == "disputes" else "is_cancelled, "
    return {
        "database": "sqlite:///erp.sqlite",
        "query": f"select {columns}, {cancelled}changed from {table} where changed > :cursor order by changed",
        "cursor": "changed",
    }


def _configuration() -> dict[str, Any]:
    def dated(table: str) -> dict[str, Any]:
        return {"path": f"full/{table}-*.csv", "snapshot_date": "%Y%m%d"}

    book = ("invoices", "payments", "allocations")
    items = {"path": "open/open-*.csv", "contains": "open_items", "snapshot_date": "%Y%m%d"}
    return {
        "companies": [
            {
                "name": "Full exports",
                "id": "full",
                "ledgers": [{"kind": "subledger", **{table: dated(table) for table in book}}],
                "events": {"disputes": dated("disputes")},
            },
            {
                "name": "Changes",
                "id": "changes",
                "ledgers": [{"kind": "subledger", **{table: _query(table) for table in book}}],
                "events": {"disputes": _query("disputes")},
            },
            {"name": "Open items", "id": "open", "ledgers": [{"kind": "subledger", "invoices": items}]},
        ]
    }


@dataclass
class Delivered:
    """What has reached the pipeline so far: exports by day, and what the queries have given."""

    full: dict[str, dict[Moment, Table]] = field(default_factory=lambda: {name: {} for name in TABLES})
    changes: dict[str, dict[Moment, Table]] = field(default_factory=lambda: {name: {} for name in TABLES})
    open: dict[Moment, Table] = field(default_factory=dict)
    contents: set[tuple[str, str]] = field(default_factory=set)


class Month:
    """The folder that the ERP exports into, the workspace, and the days as they pass."""

    def __init__(self, folder: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.erp = Erp(seed=4)
        self.delivered = Delivered()
        self.config = folder / "encours.yml"
        self.lake = Workspace(workspace)
        self.config.write_text(
            yaml.safe_dump({**_configuration(), "workspace": str(workspace)}), encoding="utf-8"
        )
        self.reads: Counter[str] = Counter()
        monkeypatch.setattr(landing, "today", lambda: self.erp.day)
        self._count_reads(monkeypatch)

    def _count_reads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from pipelines.sources import table_files

        read = table_files.read_table_file

        def counted(path: Path, *rest: Any) -> Any:
            self.reads[path.name] += 1
            return read(path, *rest)

        monkeypatch.setattr(table_files, "read_table_file", counted)

    # --- the ERP's side ------------------------------------------------------------------------------------------

    def export(self, number: int = 0) -> list[tuple[Path, str, Any]]:
        """Today's files: where each goes, its text, and how to remember it as delivered."""
        day = self.erp.day
        files: list[tuple[Path, str, Any]] = []
        for table in TABLES:
            rows = self.erp.export(table)
            files.append(
                (
                    self.folder / "full" / f"{table}-{day:%Y%m%d}.csv",
                    as_csv(COLUMNS[table], rows),
                    (self.delivered.full[table], (day, number), rows),
                )
            )
        items = self.erp.export_open_items()
        files.append(
            (
                self.folder / "open" / f"open-{day:%Y%m%d}.csv",
                as_csv(OPEN_COLUMNS, items),
                (self.delivered.open, (day, number), items),
            )
        )
        return files

    def deliver(self, files: list[tuple[Path, str, Any]]) -> None:
        for path, text, (exports, moment, rows) in files:
            path.parent.mkdir(exist_ok=True)
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
                self.delivered.contents.add((path.name.split("-")[0], text))
                exports[moment] = rows

    # --- the pipeline's side -------------------------------------------------------------------------------------

    def land(self) -> None:
        """What a daily run does before the warehouse."""
        land(self.config)
        for table in TABLES:
            self.delivered.changes[table][(self.erp.day, 0)] = self.erp.export_all(table)

    def rows(self, table: str, company: str, *columns: str) -> set[tuple[Any, ...]]:
        inputs = self.lake.current / "inputs" / f"{table}.parquet"
        return _ask(f"select {', '.join(columns)} from '{inputs}' where company_id = '{company}'")

    def corrected(self, table: str, company: str) -> list[tuple[str, ...]]:
        found = _ask(
            "select row_key, column_name, old_value, new_value, known_on, replaced_on "
            f"from '{self.lake.current}/quality/corrected_rows.parquet' "
            f"where company_id = '{company}' and table_name = '{table}'"
        )
        return sorted(tuple(str(value) for value in row) for row in found)


def _ask(query: str) -> set[tuple[Any, ...]]:
    with connected() as connection:
        rows = connection.execute(query).fetchall()
    assert len(rows) == len(set(rows)), "a row stands twice"
    return set(rows)


def _said(rows: Table, columns: tuple[str, ...]) -> set[tuple[Any, ...]]:
    return {tuple(row[name] for name in columns) for row in rows.values()}


def _input(table: str) -> str:
    return f"events_{table}" if table == "disputes" else f"subledger_{table}"


def _series(exports: dict[Moment, Table]) -> set[tuple[str, dt.date, Decimal]]:
    """What lists of open items tell: each document's open amount on the days on which it changed."""
    told: dict[tuple[str, dt.date], Decimal] = {}
    last: dict[str, Decimal] = {}
    for day, number in sorted(exports):
        now = {key: row["open_amount"] for key, row in exports[day, number].items()}
        for key in last.keys() | now.keys():
            amount = now.get(key, Decimal(0))
            if last.get(key) != amount:
                told[key, day] = last[key] = amount
    return {(key, day, amount) for (key, day), amount in told.items()}


def _same_as_the_books(month: Month) -> None:
    """Every company's tables of the run against what has been delivered of the books."""
    full, changes, items = month.delivered.full, month.delivered.changes, month.delivered.open
    for table, columns in COLUMNS.items():
        last = full[table][max(full[table])]
        assert month.rows(_input(table), "full", *columns) == _said(last, columns), (table, month.erp.day)
        assert month.corrected(table, "full") == corrections(full[table], withdrawals=True), table
        everything = changes[table][max(changes[table])]
        standing = {
            key: row
            for key, row in everything.items()
            if row["is_cancelled"] == "false" or table == "disputes"
        }
        assert month.rows(_input(table), "changes", *columns) == _said(standing, columns), (
            table,
            month.erp.day,
        )
        assert month.corrected(table, "changes") == corrections(changes[table], withdrawals=False), table
    ever: Table = {}
    for moment in sorted(items):
        gone = {key: {**row, "open_amount": Decimal(0)} for key, row in ever.items()}
        ever = gone | items[moment]
    columns = OPEN_COLUMNS
    assert month.rows("subledger_invoices", "open", *columns) == _said(ever, columns), month.erp.day
    series = ("invoice_id", "known_on", "open_amount")
    assert month.rows("subledger_open_amounts", "open", *series) == _series(items), month.erp.day
    as_of = dict(_ask(f"select company_id, as_of from '{month.lake.current}/inputs/companies.parquet'"))
    assert as_of["full"] == as_of["open"] == max(items)[0]
    assert as_of["changes"] == month.erp.day


def _same_in_the_warehouse(month: Month) -> None:
    """Open amounts and settlement dates of every document."""
    marts = build(month.lake, with_tests=False, select=["+fct_invoices"])
    found = _ask(
        "select company_id, document_number, amount, due_date, open_amount, settled_on "
        f"from '{marts}/fct_invoices.parquet' where document_type = 'invoice'"
    )
    erp = month.erp
    books = {
        (row["invoice_id"], row["amount"], row["due_date"], erp.open_amount(key), erp.settled_on(key))
        for key, row in erp.alive("invoices").items()
    }
    for company in ("full", "changes"):
        assert {row[1:] for row in found if row[0] == company} == books, company
    items = month.delivered.open
    last_seen: dict[str, Moment] = {}
    rows: Table = {}
    for moment in sorted(items):
        last_seen |= dict.fromkeys(items[moment], moment)
        rows |= items[moment]
    expected = set()
    for key, row in rows.items():
        gone = [moment[0] for moment in sorted(items) if moment > last_seen[key]]
        settled = gone[0] if gone else None
        open_amount = Decimal(0) if gone else row["open_amount"]
        expected.add((key, row["amount"], row["due_date"], open_amount, settled))
    assert {row[1:] for row in found if row[0] == "open"} == expected


@pytest.mark.slow
def test_thirty_days(tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    month = Month(tmp_path, workspace, monkeypatch)
    late: list[tuple[Path, str, Any]] = []
    for number in range(1, 31):
        month.erp.live()
        month.erp.save(tmp_path / "erp.sqlite")
        files = month.export()
        if number == LATE:
            late = files
        elif number != MISSED:
            month.deliver(files)
        if number == LATE_UNTIL:
            month.deliver(late)
        if number == BROKEN:
            _a_query_breaks_down(month)
            continue
        month.land()
        _same_as_the_books(month)
        if number == TWICE:
            _nothing_is_landed_twice(month)
        if number == AGAIN:
            key = month.erp.unpaid()[0]["invoice_id"]
            month.erp.change("invoices", key, due_date=month.erp.day + dt.timedelta(days=90))
            month.erp.save(tmp_path / "erp.sqlite")
            month.deliver(month.export(number=1))
            land(month.config)
            for table in TABLES:
                month.delivered.changes[table][month.erp.day, 1] = month.erp.export_all(table)
            _same_as_the_books(month)
        if number == BUILT:
            _same_in_the_warehouse(month)
    # Each content was read once, however many runs saw its file, and under how many names.
    assert sum(month.reads.values()) == len(month.delivered.contents)
    # Each change was fetched once: every day's result holds what had changed since, and nothing else.
    fetched = [read_json(path) for path in (month.lake.raw / "register").rglob("changes/**/*.json")]
    rows = sum(text["statistics"]["rows_read"] for one in fetched for text in one["texts"].values())
    assert rows >= sum(len(table) for table in month.erp.tables.values())
    assert rows <= month.erp.updated


def _a_query_breaks_down(month: Month) -> None:
    """Payments fail midway: invoices stay landed, what was laid out stands; the next run lands only the rest."""
    before = month.lake.current.resolve()
    state = (month.lake.landing_state / "subledger.json").read_bytes()
    arrivals = {table: _arrivals(month, table) for table in TABLES}
    break_query(month.folder / "erp.sqlite", max(month.erp.tables["payments"]))
    with pytest.raises(DataError) as refusal:
        land(month.config)
    assert "payments" in str(refusal.value)
    assert "integer overflow" in str(refusal.value)
    assert month.lake.current.resolve() == before
    assert (month.lake.landing_state / "subledger.json").read_bytes() == state
    assert _arrivals(month, "invoices") == arrivals["invoices"] + 1
    assert _arrivals(month, "payments") == arrivals["payments"]
    month.delivered.changes["invoices"][month.erp.day, 0] = month.erp.export_all("invoices")
    month.delivered.changes["allocations"][month.erp.day, 0] = month.erp.export_all("allocations")
    break_query(month.folder / "erp.sqlite", None)


def _arrivals(month: Month, table: str) -> int:
    source = "events" if table == "disputes" else "subledger"
    return len(list((month.lake.raw / "register" / source / "changes").rglob(f"{table}/*.json")))


def _written(month: Month) -> dict[Path, int]:
    """What stands landed, and since when; the result of a query has to be fetched to be known as empty."""
    files = month.lake.raw.rglob("*.parquet")
    return {path: path.stat().st_mtime_ns for path in files if not path.stem.endswith("-query")}


def _nothing_is_landed_twice(month: Month) -> None:
    registered = sorted(path for path in (month.lake.raw / "register").rglob("*.json"))
    parquet = _written(month)
    run = month.lake.current.resolve().name
    month.land()
    assert sorted(path for path in (month.lake.raw / "register").rglob("*.json")) == registered
    assert _written(month) == parquet
    # The same inputs are the same run.
    assert month.lake.current.resolve().name == run
    _same_as_the_books(month)
