"""Dagster's history while one run writes it: its SQLite files are opened once.

Dagster opens, checkpoints and closes a file for each of some thousand events and compiles its statements anew each
time; of a small ledger's run that was a third. What belongs here: that. What does not: what is recorded, or where.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import dagster as dg
import sqlalchemy as sql
from dagster._core.storage.event_log import SqliteEventLogStorage


@contextlib.contextmanager
def kept_open(instance: dg.DagsterInstance) -> Iterator[None]:
    """Keep the files of the event log open inside; no effect where Dagster stores it elsewhere than in SQLite."""
    storage = instance.event_log_storage
    if not isinstance(storage, SqliteEventLogStorage):
        yield
        return
    open_anew = storage._connect
    engines: dict[str, sql.Engine] = {}
    lock = threading.Lock()

    @contextlib.contextmanager
    def connect(shard: str) -> Iterator[sql.Connection]:
        with lock:
            if shard not in engines:
                with open_anew(shard):
                    pass  # creates the file and its tables
                engines[shard] = sql.create_engine(
                    storage.conn_string_for_shard(shard),
                    poolclass=sql.StaticPool,
                    connect_args={"timeout": 30, "check_same_thread": False},
                )
                with engines[shard].connect() as connection:
                    # A power cut may cost the last events, never the file; a crash of the process costs nothing.
                    connection.exec_driver_sql("pragma synchronous = normal")
            with engines[shard].begin() as connection:
                yield connection

    vars(storage)["_connect"] = connect
    try:
        yield
    finally:
        del vars(storage)["_connect"]
        for engine in engines.values():
            engine.dispose()
