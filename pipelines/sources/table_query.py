"""Tables in databases: the result of a query as one Parquet of texts.

What belongs here: connecting, the bound cursor, streaming, and what is told when a database refuses. What does not:
which cursor value comes next and where it is kept (`feeds`), typing (`table_parse`).

The result is streamed in chunks and written beside; a query that fails midway leaves nothing. Nothing is ever written
to the database: the transaction is read-only where the system knows such, and rolled back everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import DataError, UsageError
from pipelines.lake import connected, quoted, sha256_text
from pipelines.sources.canonical import TableInput
from pipelines.sources.table_files import (
    LINE,
    TextTable,
    TextWriter,
    header_like,
    identifier,
    names_of,
    text_of,
)

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, CursorResult, TextClause

_CHUNK_ROWS = 20_000
_CONNECT_SECONDS = 30
# Scheme → the driver we test with, and the extra that installs it.
_DRIVERS = {
    "postgres": ("postgresql+psycopg", "postgres"),
    "postgresql": ("postgresql+psycopg", "postgres"),
    "mysql": ("mysql+pymysql", "mysql"),
    "mariadb": ("mariadb+pymysql", "mysql"),
}


def read_query(given: TableInput, cursor: str | None, folder: Path) -> tuple[TextTable, str | None]:
    """Run a configured query and land its result.

    Args:
        given: database, query, and the column whose highest value is remembered.
        cursor: that value at the landing before, bound to `:cursor`; None at the first, when everything is read.
        folder: where the Parquet file goes, named by the content of the result whatever the order of its rows.

    Returns:
        the text table, and the highest value of the cursor's column: as it came in where no row is there, None
        without a cursor.

    Raises:
        UsageError: the database's address cannot be read, its driver is not installed, or the cursor's column is not
            in the result.
        DataError: the database cannot be reached or refuses; the sentence holds what it said, never its address.
    """
    from sqlalchemy.exc import SQLAlchemyError

    if given.database is None or given.query is None:
        raise UsageError(f"{given.spec.where}: a table from a database needs `database` and `query`.")
    url = _url(given, given.database)
    try:
        with _connection(given, url) as connection:
            return _landed(given, connection, cursor, folder)
    except (SQLAlchemyError, OSError, ValueError) as error:
        reason = getattr(error, "orig", None) or error
        # MySQL's drivers give a number and the sentence.
        said = _without_secrets(str(reason.args[-1] if reason.args else reason), url)
        raise DataError(
            f"{given.spec.where}: the query failed, and nothing of it is kept; the database says: {said}."
        ) from None


def _url(given: TableInput, database: str) -> URL:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(database)
    except (ArgumentError, ValueError):
        raise UsageError(
            f"{given.spec.where}: `database` is no address such as postgresql://user:password@host/name."
        ) from None
    driver, _ = _DRIVERS.get(url.drivername, (url.drivername, None))
    if url.drivername == "sqlite":
        if not url.database or not Path(url.database).is_file():
            raise UsageError(
                f"{given.spec.where}: there is no SQLite file at the place that `database` names."
            )
        # Opened so that it cannot be written, nor made.
        return url.set(
            database=f"file:{Path(url.database).resolve().as_posix()}", query={"mode": "ro", "uri": "true"}
        )
    return url.set(drivername=driver)


@contextmanager
def _connection(given: TableInput, url: URL) -> Iterator[Connection]:
    from sqlalchemy import create_engine, event
    from sqlalchemy.exc import NoSuchModuleError
    from sqlalchemy.pool import NullPool

    system = url.get_backend_name()
    arguments = {"connect_timeout": _CONNECT_SECONDS} if system in ("postgresql", "mysql", "mariadb") else {}
    try:
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=arguments)
    except NoSuchModuleError:
        raise UsageError(
            f"{given.spec.where}: databases of the kind '{url.drivername}' are not known."
        ) from None
    except ModuleNotFoundError as error:
        extra = {"postgresql": "postgres"}.get(system, "mysql" if system in ("mysql", "mariadb") else None)
        remedy = f"install `encours[{extra}]`" if extra else f"install the Python package {error.name}"
        raise UsageError(f"{given.spec.where}: the driver for {system} is not installed: {remedy}.") from None
    if system in ("mysql", "mariadb"):

        @event.listens_for(engine, "connect")
        def _read_only(connection: Any, _record: Any) -> None:
            with connection.cursor() as one:
                one.execute("set session transaction read only")

    options = {"postgresql_readonly": True} if system == "postgresql" else {}
    try:
        opened = engine.connect()
    except TypeError:
        raise UsageError(f"{given.spec.where}: an option of `database` is not one of its driver's.") from None
    with opened as connection:
        yield connection.execution_options(yield_per=_CHUNK_ROWS, **options)
        connection.rollback()


def _statement(query: str) -> TextClause:
    """The query with `:cursor` bound, of a type that the database tells; a colon elsewhere is text."""
    from sqlalchemy import bindparam, text
    from sqlalchemy.types import NullType

    statement = text(re.sub(r"(?<![:\w\\]):(?!cursor\b)(?=\w)", r"\\:", query.strip().rstrip(";")))
    if re.search(r"(?<![:\w\\]):cursor\b", query):
        return statement.bindparams(bindparam("cursor", type_=NullType()))
    return statement


def _landed(
    given: TableInput, connection: Connection, cursor: str | None, folder: Path
) -> tuple[TextTable, str | None]:
    statement = _statement(given.query or "")
    bound = {"cursor": _bound(given, connection, statement, cursor)} if statement._bindparams else {}
    result = connection.execute(statement, bound)
    names, faults = names_of(list(result.keys()))
    at = _cursor_position(given, list(result.keys()))
    highest: Any = None
    with TextWriter(folder, names) as writer:
        rows = 0
        for chunk in result.partitions(_CHUNK_ROWS):
            columns = list(zip(*chunk, strict=True))
            writer.values(range(rows + 1, rows + len(chunk) + 1), columns)
            rows += len(chunk)
            if at is not None:
                found = [value for value in columns[at] if value is not None]
                highest = max([*found, *([] if highest is None else [highest])], default=None)
        digest = _content_digest(writer.close(), names, writer.kinds)
        table = writer.finish(f"{digest[:16]}-query", given.key, digest, faults=faults)
    return table, cursor if highest is None else text_of(highest)


def _cursor_position(given: TableInput, names: list[str]) -> int | None:
    if given.cursor is None:
        return None
    alike = [at for at, name in enumerate(names) if header_like(name) == header_like(given.cursor)]
    if not alike:
        raise UsageError(
            f"{given.spec.where}: the cursor '{given.cursor}' is no column of the query's result; it has: "
            f"{', '.join(names)}."
        )
    return alike[0]


def _bound(given: TableInput, connection: Connection, statement: TextClause, cursor: str | None) -> Any:
    """What `:cursor` stands for: the value remembered, at first a value below any other of the column's type."""
    is_sqlite = connection.dialect.name == "sqlite"
    if cursor is not None:
        # SQLite alone compares by the type of the value, not of the column.
        return int(cursor) if is_sqlite and re.fullmatch(r"-?\d+", cursor) else cursor
    if is_sqlite:
        return float("-inf")
    result: CursorResult[Any] = connection.execute(statement, {"cursor": None})
    try:
        described = result.cursor.description if result.cursor else []
        at = _cursor_position(given, list(result.keys()))
        if result.first() is not None or at is None:
            return None  # the query itself says what no cursor means
        kind, driver = described[at][1], connection.dialect.loaded_dbapi
        if any(
            kind == getattr(driver, name)
            for name in ("DATETIME", "DATE", "TIMESTAMP")
            if hasattr(driver, name)
        ):
            return datetime(1000, 1, 1)  # noqa: DTZ001 - below any moment, in whatever zone
        return -(2**31) if kind == driver.NUMBER else ""
    finally:
        result.close()


def _content_digest(part: Path, names: list[str], kinds: Any) -> str:
    """A hash of the rows of a result, whatever their order."""
    row = ", ".join(f"coalesce(length({identifier(n)}) || ':' || {identifier(n)}, '-')" for n in names)
    with connected() as connection:
        sums = connection.execute(
            f"select count(*), sum(md5_number_lower(t)), sum(md5_number_upper(t)) "
            f"from (select concat({row}) as t from read_parquet({quoted(part)}, hive_partitioning => false)) "
        ).fetchall()[0]
    typed = sorted((name, sorted(found)) for name, found in kinds.items())
    return sha256_text(f"{LINE} {typed} {sums}")


def _without_secrets(said: str, url: URL) -> str:
    """The first line of what a database says, without any part of its address that is nobody's business."""
    line = next((line.strip() for line in said.splitlines() if line.strip()), "no reason given")
    secrets = [url.render_as_string(hide_password=False), url.password, url.username, url.host]
    secrets += [
        value for key, value in url.query.items() if key not in ("mode", "uri") and isinstance(value, str)
    ]
    for secret in sorted((one for one in secrets if one), key=len, reverse=True):
        line = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "…", line)
    return line.rstrip(". ")
