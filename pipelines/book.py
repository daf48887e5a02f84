"""What the versions of a table add up to: one row per key, what was open of it day by day, what was corrected.

What belongs here: the state after each moment, made from the state before it. What does not: which moments there are
(`pipelines.register`), which tables are configured (`pipelines.feeds`).

A state is kept under a name that its moments give, each with all before it: a run reads the last state and the
versions that are new, never a year of exports. A version that arrives late, or is ignored or read otherwise later,
changes the names from its day on, and the states from there are made again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import DataError
from pipelines.lake import canonical_json, quoted, read_json, sha256_text, write_json
from pipelines.sources.canonical import DUCKDB_TYPES, Contains, Table

if TYPE_CHECKING:
    import duckdb

_VERSION = 3
_STATES_KEPT = 8
"""A version late by as many moments is taken up without beginning again."""
_NOT_CONTENT = ("updated_at", "snapshot_date", "open_amount")
"""Columns that say when, or what stands in a series of its own."""
_FILLED = ("paid_date", "matching_number", "closed_on")
"""Columns that are blank until the fact comes: filling one in corrects nothing."""


@dataclass(frozen=True)
class Parsed:
    """One version as typed rows: its content, and the Parquet file, whose name tells the content and the reading."""

    sha256: str
    file_name: str
    parquet: Path


@dataclass(frozen=True)
class Step:
    """Versions that speak together of one day.

    Attributes:
        of_rows: only the rows that bear this day themselves.
        number: tells steps of one day apart.
    """

    day: date
    number: int
    versions: tuple[Parsed, ...]
    of_rows: bool = False


@dataclass(frozen=True)
class Book:
    """Where a table stands after its last step.

    Attributes:
        state: key, every canonical column, source_id, line_number, known_on, is_gone; one row per key ever seen.
        open_amounts: files of invoice_id, known_on, step, open_amount.
        corrections: files of `quality.corrected_rows`, with source_id in place of file_name.
        rows: version (the first 16 digits of its content) → its rows that count.
        standing: rows that stand after the last step, and before it: of open items, those still open.
    """

    key: str
    state: Path
    open_amounts: tuple[Path, ...]
    corrections: tuple[Path, ...]
    rows: Mapping[str, int]
    standing: tuple[int, int]


def fold(
    table: Table, contains: Contains, steps: Sequence[Step], tells_open: bool, folder: Path, where: str
) -> Book | None:
    """Bring the state of a table up to its last step; None without any step.

    Args:
        steps: by day.
        tells_open: whether the rows say what is open of a document.
        folder: where states are kept.
        where: the place in the configuration, for messages.

    Raises:
        DataError: two versions of one moment say different things of one row, and neither is later.
    """
    import duckdb

    keys: list[str] = []
    for step in steps:
        told = [_VERSION, contains, tells_open, step.day.isoformat(), step.of_rows, keys[-1:]]
        versions = [[version.sha256, version.parquet.name] for version in step.versions]
        keys.append(sha256_text(canonical_json([*told, versions]))[:16])
    if not steps:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    done = next((at for at in reversed(range(len(keys))) if _file(folder, keys[at], "state").exists()), -1)
    state = _file(folder, keys[-1], "state")
    rows = folder / f"{keys[-1]}.rows.json"
    if done < len(keys) - 1 or not rows.exists():
        with duckdb.connect() as connection:
            connection.execute("set threads = 2")
            connection.execute(f"set temp_directory = {quoted(folder / 'spill')}")
            for at in range(done + 1, len(steps)):
                before = _file(folder, keys[at - 1], "state") if at else None
                _Fold(connection, table, contains, tells_open, folder, where).step(
                    steps[at], before, keys[at]
                )
            write_json(rows, _counted(connection, table, contains, folder, keys))
    _prune(folder, keys)
    counted = read_json(rows)
    return Book(
        keys[-1],
        state,
        tuple(path for key in keys if (path := _file(folder, key, "open")).exists()),
        tuple(path for key in keys if (path := _file(folder, key, "corrected")).exists()),
        counted["rows"],
        tuple(counted["standing"]),
    )


def _counted(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    contains: Contains,
    folder: Path,
    keys: Sequence[str],
) -> dict[str, Any]:
    """How many rows count, by version; and how many stand after the last step and before it."""
    states = [quoted(_file(folder, key, "state")) for key in keys[-2:]]
    rows = connection.execute(
        f"select source_id, count(*) from read_parquet({states[-1]}) where {counts(table)} group by all order by all"
    ).fetchall()
    is_standing = counts(table) + (" and open_amount <> 0" if contains is Contains.OPEN_ITEMS else "")
    standing = [
        (
            connection.execute(f"select count(*) from read_parquet({state}) where {is_standing}").fetchone()
            or (0,)
        )[0]
        for state in states
    ]
    return {"rows": dict(rows), "standing": [standing[-1], standing[0] if len(standing) > 1 else 0]}


def counts(table: Table) -> str:
    """Which rows of a state count: a condition."""
    return "not is_gone and is_cancelled is not true" if "is_cancelled" in table.columns else "not is_gone"


def _file(folder: Path, key: str, kind: str) -> Path:
    return folder / f"{key}.{kind}.parquet"


def _prune(folder: Path, keys: Sequence[str]) -> None:
    """Remove what no longer leads to the last state, and states long past."""
    for path in folder.glob("*.*.*"):
        key, kind, _ = path.name.split(".")
        if key not in (keys if kind in ("open", "corrected") else keys[-_STATES_KEPT:]):
            path.unlink()


class _Fold:
    """One step, in SQL: `incoming` are its rows, `before` the state so far, `k` the key in both."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: Table,
        contains: Contains,
        tells_open: bool,
        folder: Path,
        where: str,
    ) -> None:
        self.connection = connection
        self.table = table
        self.contains = contains
        self.tells_open = tells_open
        self.folder = folder
        self.where = where
        self.columns = {
            name: DUCKDB_TYPES[column.kind] for name, column in table.columns.items() if name != table.key
        }
        self.content = [name for name in self.columns if name not in _NOT_CONTENT]

    def step(self, step: Step, before: Path | None, key: str) -> None:
        """Write the state after a step, and what it tells of open amounts and corrections."""
        day = f"date '{step.day.isoformat()}'"
        self._read_before(before)
        self._read_incoming(step)
        # One file of changes may hold several versions of a row, told apart by updated_at.
        if len(step.versions) > 1 or self.contains is Contains.CHANGES:
            self._settle_ties(step)
        if self.contains is Contains.CHANGES and "updated_at" in self.columns:
            # An older version that arrives after a newer one.
            self.connection.execute(
                "delete from incoming using before "
                "where incoming.k = before.k and incoming.updated_at < before.updated_at"
            )
        if self.tells_open:
            self._write_open_amounts(key, day, step.number)
        if before is not None:
            self._write_corrections(key, day)
        # Last: where it stands, the step is done.
        self._write_state(key, day)

    def _read_before(self, before: Path | None) -> None:
        if before is not None:
            source = f"select * rename ({self.table.key} as k) from read_parquet({quoted(before)})"
        else:
            types = {"k": "VARCHAR", **self.columns, "source_id": "VARCHAR", "line_number": "BIGINT"}
            types |= {"known_on": "DATE", "is_gone": "BOOLEAN"}
            empty = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in types.items())
            source = f"select {empty} where false"
        self.connection.execute(f"create or replace temp table before as {source}")

    def _read_incoming(self, step: Step) -> None:
        day = f"date '{step.day.isoformat()}'"
        condition = "true"
        if "snapshot_date" in self.columns:
            condition = f"snapshot_date = {day}" if step.of_rows else "snapshot_date is null"
        listed = {name: name for name in self.columns}
        if self.contains is Contains.OPEN_ITEMS:
            # To be listed is to be open: wholly, unless the export says how much is left.
            listed["open_amount"] = "coalesce(open_amount, amount) as open_amount"
        # A version that keeps the reading it was landed with may be from before a column was known.
        typed = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in self.columns.items())
        empty = f"select {typed} where false union all by name"
        parts = [
            f"select {self.table.key} as k, {', '.join(listed.values())}, "
            f"{quoted(version.sha256[:16])} as source_id, line_number "
            f"from ({empty} select * from read_parquet({quoted(version.parquet)})) "
            f"where {condition}"
            for version in step.versions
        ]
        self.connection.execute(f"create or replace temp table incoming as {' union all '.join(parts)}")

    def _settle_ties(self, step: Step) -> None:
        """Of rows of one key that stand in several versions of one moment, keep the last updated."""
        updated = "updated_at" if "updated_at" in self.columns else "null"
        said = ", ".join(name for name in self.columns if name not in ("updated_at", "snapshot_date"))
        self.connection.execute(
            f"""create or replace temp table twice as
            select k, source_id, line_number, md5(cast(row({said}) as varchar)) as said,
                rank() over (partition by k order by {updated} desc nulls last) as place
            from incoming
            qualify count(*) over (partition by k) > 1"""
        )
        tie = self.connection.execute(
            """select k, min((source_id, line_number)), max((source_id, line_number)) from twice where place = 1
            group by k having count(distinct said) > 1 order by k limit 1"""
        ).fetchone()
        if tie is not None:
            raise self._tie(step, tie[0], *tie[1], *tie[2])
        self.connection.execute(
            """delete from incoming using (
                select *, row_number() over (partition by k order by place, source_id, line_number) as kept from twice
            ) as repeated
            where repeated.kept > 1 and incoming.k = repeated.k
                and incoming.source_id = repeated.source_id and incoming.line_number = repeated.line_number"""
        )

    def _tie(
        self, step: Step, key: str, first: str, first_line: int, second: str, second_line: int
    ) -> DataError:
        names = {version.sha256[:16]: version.file_name for version in step.versions}
        hashes = {version.sha256[:16]: version.sha256[:12] for version in step.versions}
        remedy = (
            f"take one of them out of the folder, or leave one out by ignore: [{hashes[second]}]"
            if first != second
            else "keep one"
        )
        return DataError(
            f"{self.where}: {names[first]}, line {first_line}, and {names[second]}, line {second_line}, say "
            f"different things of {self.table.key} {key} on {step.day.isoformat()}, and neither is later; {remedy}."
        )

    def _write_state(self, key: str, day: str) -> None:
        chosen = {
            name: f"case when incoming.k is not null then incoming.{name} else before.{name} end"
            for name in (*self.columns, "source_id", "line_number")
        }
        is_gone = "incoming.k is null" if self.contains is Contains.EVERYTHING else "false"
        if self.contains is Contains.OPEN_ITEMS:
            # Gone from the open items is settled: the document stays, nothing of it is open.
            chosen["open_amount"] = "case when incoming.k is not null then incoming.open_amount else 0 end"
        self._copy(
            key,
            "state",
            f"""select coalesce(incoming.k, before.k) as {self.table.key},
                {", ".join(f"{expression} as {name}" for name, expression in chosen.items())},
                case
                    when before.k is null then {day}
                    when incoming.k is not null and (before.is_gone or {self._differ(self.content)}) then {day}
                    else before.known_on
                end as known_on,
                {is_gone} as is_gone
            from incoming full outer join before on incoming.k = before.k
            order by 1""",
        )

    def _write_open_amounts(self, key: str, day: str, number: int) -> None:
        told = f"""select incoming.k as invoice_id, {day} as known_on, {number} as step, incoming.open_amount
            from incoming left join before on incoming.k = before.k
            where incoming.open_amount is not null
                and (before.k is null or before.is_gone or before.open_amount is distinct from incoming.open_amount)"""
        if self.contains is Contains.OPEN_ITEMS:
            told += f""" union all
            select k, {day}, {number}, 0 from before anti join incoming on incoming.k = before.k
            where open_amount <> 0"""
        self._copy(key, "open", f"select * from ({told}) order by invoice_id")

    def _write_corrections(self, key: str, day: str) -> None:
        values = ", ".join(
            f"{{name: '{name}', old_value: {self._shown('before', name)}, new_value: {self._shown('incoming', name)}, "
            f"is_other: {self._differ([name], only_corrections=True)}}}"
            for name in self.content
        )
        parts = [
            f"""select row_key, value.name as column_name, value.old_value, value.new_value, known_on,
                {day} as replaced_on, source_id
            from (
                select before.k as row_key, before.known_on, incoming.source_id, unnest([{values}]) as value
                from incoming inner join before on incoming.k = before.k
                where not before.is_gone and ({self._differ(self.content)})
            )
            where value.is_other"""
        ]
        if self.contains is Contains.EVERYTHING:
            parts += [
                f"select k, 'is_cancelled', 'false', 'true', known_on, {day}, null "
                "from before anti join incoming on incoming.k = before.k where not is_gone",
                f"select before.k, 'is_cancelled', 'true', 'false', before.known_on, {day}, incoming.source_id "
                "from before inner join incoming on incoming.k = before.k where before.is_gone",
            ]
        self._copy(key, "corrected", f"select * from ({' union all '.join(parts)}) order by all")

    def _differ(self, names: Sequence[str], only_corrections: bool = False) -> str:
        """Whether a later version changes one of these columns: a condition."""
        found = []
        for name in names:
            differs = f"incoming.{name} is distinct from before.{name}"
            if name == "is_cancelled":
                differs = "coalesce(incoming.is_cancelled, false) <> coalesce(before.is_cancelled, false)"
            if name in _FILLED and only_corrections:
                differs += f" and before.{name} is not null"
            found.append(f"({differs})")
        return " or ".join(found)

    def _shown(self, of: str, name: str) -> str:
        value = f"coalesce({of}.{name}, false)" if name == "is_cancelled" else f"{of}.{name}"
        return f"cast({value} as varchar)"

    def _copy(self, key: str, kind: str, query: str) -> None:
        path = _file(self.folder, key, kind)
        part = path.with_suffix(".part")
        self.connection.execute(f"copy ({query}) to {quoted(part)} (format parquet, compression zstd)")
        os.replace(part, path)
