"""What successive versions of the customers tell: the terms and limits of each customer, from which day on.

What belongs here: landing the versions of a customers' file or query, and the rows they come to. What does not:
reading one version (`sources.customers`), the register of versions (`pipelines.register`).

A file whose rows bear `valid_from` tells its own history, and its last version is all there is to know. Otherwise the
first version holds from the beginning, and terms or a limit that a later one changes hold from the day it speaks of.
Whatever else is written of a customer is its name, number or kind: there the last version counts for all days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipelines.config import Settings
from pipelines.errors import DataError
from pipelines.lake import Workspace, canonical_json, quoted, sha256_file, sha256_text
from pipelines.register import QUERY, Item, Register
from pipelines.sources.canonical import Contains, TableInput
from pipelines.sources.customers import SCHEMA, land_customer_rows, land_customers
from pipelines.sources.open_data import LandedFile

CHANGING = (
    "payment_terms", "terms_net_days", "terms_is_end_of_month", "terms_days_after", "terms_day_of_month",
    "credit_limit",
)  # fmt: skip
"""Columns whose value holds from a day on."""


@dataclass(frozen=True)
class Customers:
    """The customers of a company, or of all.

    Attributes:
        files: the versions that they are made of.
        parquet: `SCHEMA`, one row per customer and day from which its terms and limit hold.
    """

    files: tuple[LandedFile, ...]
    parquet: Path


def land_customer_versions(
    given: TableInput, owner: str, settings: Settings, workspace: Workspace, today: date
) -> Customers:
    """Land the customers as they are now, and what has become of their terms and limits.

    Args:
        owner: the company's id, or a name for customers that serve every company: the place of their register.
        today: becomes the day of what is landed now for the first time.

    Raises:
        DataError: a file cannot be read, or two of them hold the same customer.
        UsageError: a file is not there, or the database cannot be used.
    """
    raw, quarantine = workspace.raw / "customers", workspace.quarantine / "customers"
    register = Register(workspace.raw / "register" / "customers" / owner)
    found: dict[str, LandedFile] = {}
    items: list[Item] = []
    cursor = None
    if given.query is not None:
        from pipelines.sources.table_query import read_query

        query = sha256_text(given.query)
        known = register.cursor
        since = known["value"] if known and known["query_sha256"] == query else None
        text, value = read_query(given, since, raw / "texts")
        if text.rows or given.spec.contains is Contains.EVERYTHING:
            found[text.sha256] = land_customer_rows(text, raw, quarantine, given.spec)
            items.append(Item(QUERY, text.sha256))
        if given.cursor and value is not None and value != since:
            cursor = {"value": value, "query_sha256": query}
    else:
        for path in settings.files(given):
            sha256 = sha256_file(path)
            found[sha256] = land_customers(path, raw, quarantine, given.spec)
            items.append(Item(_place(settings, path), sha256, _day(given, path)))
    _refuse_twins(given, found)
    contains = given.spec.contains
    texts = {
        sha256: {
            "file_name": one.statistics["file_name"],
            "parquet": one.parquet.relative_to(workspace.root).as_posix(),
            "rejects": one.rejects and one.rejects.relative_to(workspace.root).as_posix(),
            "statistics": one.statistics,
        }
        for sha256, one in found.items()
        if sha256 not in register.texts
    }
    register.record(today, register.came(items, contains), register.gone(items, contains), texts, cursor)
    customers = Customers(
        files=_counted(contains, workspace, register, found),
        parquet=_history(given, workspace, register, found),
    )
    register.save()
    return customers


def _place(settings: Settings, path: Path) -> str:
    return path.relative_to(settings.root).as_posix() if path.is_relative_to(settings.root) else str(path)


def _day(given: TableInput, path: Path) -> str | None:
    """The day that a file's name tells, where a format is declared."""
    if given.snapshot_format is None:
        return None
    from pipelines.feeds import day_in_name

    return day_in_name(given, path.name)


def _counted(
    contains: Contains, workspace: Workspace, register: Register, found: Mapping[str, LandedFile]
) -> tuple[LandedFile, ...]:
    """The versions that the customers are made of: those that are there, or all where each tells changes."""
    if contains is not Contains.CHANGES:
        return tuple(found.values())
    return tuple(
        found.get(sha256)
        or LandedFile(
            workspace.root / entry["parquet"],
            entry["rejects"] and workspace.root / entry["rejects"],
            entry["statistics"],
        )
        for sha256, entry in register.texts.items()
    )


def _history(
    given: TableInput, workspace: Workspace, register: Register, found: dict[str, LandedFile]
) -> Path:
    """Write the rows that the versions come to; the place is named by them."""
    import duckdb

    contains = given.spec.contains
    moments = register.moments(contains, given.ignored)
    steps: list[tuple[date, list[Path]]] = [
        (
            moment.day,
            [
                found[one].parquet if one in found else workspace.root / register.texts[one]["parquet"]
                for one in moment.sha256s
            ],
        )
        for moment in moments
    ]
    # The day of the first version is not told: where there is one alone, it makes no difference.
    told = [
        ["" if day == steps[0][0] else day.isoformat(), [path.name for path in paths]] for day, paths in steps
    ]
    key = canonical_json([contains, told])
    target = workspace.states / "customers" / f"{sha256_text(key)[:16]}.parquet"
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    with duckdb.connect() as connection:
        connection.execute(f"create table versions as {_versions(steps)}")
        # Of versions of one day the last one counts: a slip mended at once leaves no trace.
        connection.execute(
            "delete from versions where step < (select max(step) from versions as later "
            "where later.customer_id = versions.customer_id and later.known_on = versions.known_on)"
        )
        here = "step = max(step) over (partition by customer_id)"
        if contains is not Contains.CHANGES:
            here += " and step = (select max(step) from versions)"
        connection.execute(f"create view latest as select * from versions qualify {here}")
        (days,) = connection.execute("select count(valid_from) from latest").fetchone() or (0,)
        columns = ", ".join(f'"{name}"' for name in SCHEMA.names)
        rows = f"select {columns} from latest" if days else _known_days()
        connection.execute(
            f"copy ({rows} order by customer_id, valid_from nulls first) to {quoted(part)} "
            "(format parquet, compression zstd)"
        )
    part.replace(target)
    return target


def _versions(steps: Sequence[tuple[date, list[Path]]]) -> str:
    columns = ", ".join(f'"{name}"' for name in SCHEMA.names)
    empty = ", ".join(f'cast(null as {_duckdb_type(name)}) as "{name}"' for name in SCHEMA.names)
    parts = [f"select 0 as step, cast(null as date) as known_on, {empty} where false"]
    for at, (day, paths) in enumerate(steps):
        parts += [
            f"select {at}, date {quoted(day.isoformat())}, {columns} from read_parquet({quoted(path)})"
            for path in paths
        ]
    return " union all ".join(parts)


def _duckdb_type(name: str) -> str:
    kinds = {"string": "VARCHAR", "int32": "INTEGER", "bool": "BOOLEAN", "date32[day]": "DATE"}
    return kinds.get(str(SCHEMA.field(name).type), "DECIMAL(18,2)")


def _refuse_twins(given: TableInput, found: Mapping[str, LandedFile]) -> None:
    """Refuse a customer that two of the files which are there together hold."""
    import duckdb

    if len(found) < 2:
        return
    rows = " union all ".join(
        f"select customer_id, valid_from, {quoted(one.statistics['file_name'])} as file "
        f"from read_parquet({quoted(one.parquet)})"
        for one in found.values()
    )
    with duckdb.connect() as connection:
        twin = connection.execute(
            f"select customer_id, min(file), max(file) from ({rows}) group by customer_id, valid_from "
            "having count(*) > 1 order by 1 limit 1"
        ).fetchone()
    if twin is not None:
        raise DataError(
            f"{given.spec.where}: customer {twin[0]} stands in {twin[1]} and in {twin[2]}; keep one."
        )


def _known_days() -> str:
    """The first version of each customer from the beginning, then each change from its day."""
    state = "row(" + ", ".join(CHANGING) + ")"
    columns = ", ".join(
        "case when seen = 1 then null else told.known_on end as valid_from"
        if name == "valid_from"
        else f"told.{name}"
        if name in CHANGING
        else f"latest.{name}"
        for name in SCHEMA.names
    )
    return f"""
        with told as (
            select
                *,
                row_number() over by_customer as seen,
                {state} is not distinct from lag({state}) over by_customer as is_same
            from versions
            window by_customer as (partition by customer_id order by step)
        )
        select {columns} from told inner join latest using (customer_id) where seen = 1 or not is_same
    """
