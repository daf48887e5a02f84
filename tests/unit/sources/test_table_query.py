"""Tables by SQL: SQLite always, PostgreSQL and MariaDB where an address is in the environment.

ENCOURS_TEST_POSTGRES=postgresql://user:password@host/name and ENCOURS_TEST_MYSQL=mysql://… name empty databases that
may be written.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from pipelines.errors import DataError, EncoursError, UsageError
from pipelines.sources.canonical import Contains, Kind, TableInput
from pipelines.sources.table_files import TextTable
from pipelines.sources.table_parse import land_table
from pipelines.sources.table_query import read_query
from tests.unit.sources.tables import WHERE, rows, spec, texts

PASSWORD = "s3cret-word"
SERVERS = {"postgres": "ENCOURS_TEST_POSTGRES", "mysql": "ENCOURS_TEST_MYSQL"}
TYPES = {
    "sqlite": "id integer, cust text, day text, amount numeric, changed text",
    "postgres": "id bigint, cust text, day date, amount numeric(12,2), changed timestamptz",
    "mysql": "id bigint, cust varchar(20), day date, amount decimal(12,2), changed datetime(6)",
}
COLUMNS = {"invoice_id": "id", "customer_id": "cust", "issue_date": "day", "updated_at": "changed"}
ALL = "select id, cust, day, amount, changed from encours_invoices"


@pytest.fixture(params=["sqlite", "postgres", "mysql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with 500 documents."""
    kind = request.param
    address = f"sqlite:///{tmp_path}/erp.db"
    if kind != "sqlite" and not (address := os.environ.get(SERVERS[kind], "")):
        pytest.skip(f"no server: {SERVERS[kind]} is not set")
    engine = sa.create_engine(
        address.replace("postgresql://", "postgresql+psycopg://").replace("mysql://", "mysql+pymysql://")
    )
    with engine.begin() as connection:
        connection.execute(sa.text("drop table if exists encours_invoices"))
        connection.execute(sa.text(f"create table encours_invoices ({TYPES[kind]})"))
        connection.execute(
            sa.text("insert into encours_invoices values (:id, :cust, :day, :amount, :changed)"),
            [
                {
                    "id": at,
                    "cust": f"C{at % 7}",
                    "day": f"2024-{at % 12 + 1:02d}-{at % 28 + 1:02d}",
                    "amount": f"{at}.25",
                    "changed": f"2024-06-{at % 30 + 1:02d} 10:30:00",
                }
                for at in range(1, 501)
            ],
        )
    engine.dispose()
    return address


def given(database: str, query: str = ALL, cursor: str | None = None, **more: Any) -> TableInput:
    contains = Contains.CHANGES if cursor else Contains.EVERYTHING
    one = spec(columns=COLUMNS, contains=contains, **more)
    return TableInput(one, "ledgers[0].invoices", 7, database=database, query=query, cursor=cursor)


def refusal(folder: Path, one: TableInput) -> str:
    """The sentence of a refusal, after which nothing is left."""
    with pytest.raises(EncoursError) as raised:
        read_query(one, None, folder / "text")
    sentence = str(raised.value)
    assert sentence.startswith(f"{WHERE}: ")
    assert sentence.endswith(".")
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None or raised.value.__suppress_context__
    assert not (folder / "text").exists() or list((folder / "text").iterdir()) == []
    return sentence


def identities(table: TextTable) -> list[int]:
    return sorted(int(row[1]) for row in texts(table))


def test_a_query_gives_typed_rows(tmp_path: Path, database: str) -> None:
    one = given(database)
    table, cursor = read_query(one, None, tmp_path / "text")
    assert cursor is None
    assert table.rows == 500
    assert table.native["amount"] == Kind.RATE
    landed = land_table(table, one.spec, tmp_path / "raw", tmp_path / "quarantine")
    first = min(rows(landed), key=lambda row: int(row["invoice_id"]))
    assert (first["customer_id"], first["issue_date"], first["amount"]) == (
        "C1",
        date(2024, 2, 2),
        Decimal("1.25"),
    )
    assert first["updated_at"] == datetime.fromisoformat("2024-06-02 10:30")
    assert landed.statistics["debit_total"] == Decimal(500 * 501 // 2 + 125)


def test_the_order_of_a_result_makes_no_other_version(tmp_path: Path, database: str) -> None:
    one, _ = read_query(given(database, f"{ALL} order by id"), None, tmp_path / "text")
    other, _ = read_query(given(database, f"{ALL} order by id desc;"), None, tmp_path / "text")
    assert (one.sha256, one.parquet) == (other.sha256, other.parquet)
    third, _ = read_query(given(database, f"{ALL} where id <> 7"), None, tmp_path / "text")
    assert third.sha256 != one.sha256


@pytest.mark.parametrize(
    ("column", "highest"), [("changed", "2024-06-30 10:30"), ("id", "500"), ("day", "2024-12")]
)
def test_a_cursor_begins_below_everything_and_goes_on_from_the_highest(
    tmp_path: Path, database: str, column: str, highest: str
) -> None:
    one = given(database, f"{ALL} where {column} > :cursor", column)
    table, cursor = read_query(one, None, tmp_path / "text")
    assert table.rows == 500
    assert cursor is not None
    assert cursor.startswith(highest)
    table, again = read_query(one, cursor, tmp_path / "text")
    assert (table.rows, again) == (0, cursor)
    one = given(database, f"{ALL} where {column} >= :cursor and ':x' <> '10:30'", column)
    table, again = read_query(one, cursor, tmp_path / "text")
    assert table.rows >= 1
    assert again == cursor


def test_a_cursor_of_text(tmp_path: Path, database: str) -> None:
    table, cursor = read_query(
        given(database, f"{ALL} where cust > :cursor", "cust"), None, tmp_path / "text"
    )
    assert (table.rows, cursor) == (500, "C6")


def test_numbers_are_compared_as_numbers(tmp_path: Path, database: str) -> None:
    table, cursor = read_query(given(database, f"{ALL} where id > :cursor", "id"), "99", tmp_path / "text")
    assert identities(table) == list(range(100, 501))
    assert cursor == "500"


def test_a_cursor_that_is_no_column(tmp_path: Path, database: str) -> None:
    assert "the cursor 'written' is no column of the query's result; it has: id, cust" in refusal(
        tmp_path, given(database, f"{ALL} where id > :cursor", "written")
    )


def test_a_query_that_is_wrong(tmp_path: Path, database: str) -> None:
    sentence = refusal(tmp_path, given(database, "select nothing_such from encours_invoices"))
    assert "the query failed, and nothing of it is kept; the database says: " in sentence
    assert "nothing_such" in sentence


def test_nothing_is_written_to_a_database(tmp_path: Path, database: str) -> None:
    refusal(tmp_path, given(database, "delete from encours_invoices"))
    assert read_query(given(database), None, tmp_path / "text")[0].rows == 500


def test_a_query_that_fails_midway_leaves_nothing(tmp_path: Path) -> None:
    """A JSON text that is none, behind enough rows that chunks were written before."""
    address = f"sqlite:///{tmp_path}/erp.db"
    query = (
        "with recursive n(id) as (select 1 union all select id + 1 from n where id < 70000) "
        "select id, 'A' as cust, '2024-01-31' as day, 1 as amount, "
        "json_extract(case when id = 65000 then '{' else '{}' end, '$.a') as changed from n"
    )
    sa.create_engine(address).connect().close()
    (tmp_path / "erp.db").touch()
    assert "the database says: malformed JSON" in refusal(tmp_path, given(address, query))
    table, _ = read_query(given(address, query.replace("'{' else", "'{}' else")), None, tmp_path / "text")
    assert table.rows == 70000
    assert pq.read_metadata(table.parquet).num_row_groups == 4
    assert [line for line, *_ in texts(table)] == list(range(1, 70001))


def test_a_value_of_other_types_is_a_text(tmp_path: Path) -> None:
    (tmp_path / "erp.db").touch()
    query = "select 1 as a, 'x' as b, null as c, 1.5 as d, x'41' as e union all select 'y', 2, null, 2, null"
    table, _ = read_query(given(f"sqlite:///{tmp_path}/erp.db", query), None, tmp_path / "text")
    assert sorted(row[1:] for row in texts(table)) == [
        ("1", "x", None, "1.5", "A"),
        ("y", "2", None, "2", None),
    ]
    assert dict(table.native) == {"d": Kind.RATE}


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("no address at all", "`database` is no address such as postgresql://user:password@host/name"),
        (f"cobol://me:{PASSWORD}@host/db", "databases of the kind 'cobol' are not known"),
        (
            f"oracle://me:{PASSWORD}@host/db",
            "the driver for oracle is not installed: install the Python package",
        ),
        (f"sqlite:///{PASSWORD}/none.db", "there is no SQLite file at the place that `database` names"),
    ],
)
def test_an_address_that_leads_nowhere(tmp_path: Path, address: str, told: str) -> None:
    one = given(address)
    sentence = refusal(tmp_path, one)
    assert told in sentence
    assert PASSWORD not in sentence
    assert PASSWORD not in repr(one)


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_server_that_is_not_there_keeps_the_password_to_itself(tmp_path: Path, scheme: str) -> None:
    pytest.importorskip(
        {"postgresql": "psycopg", "mysql": "pymysql"}[scheme], reason="the driver is an extra"
    )
    sentence = refusal(tmp_path, given(f"{scheme}://clerk:{PASSWORD}@127.0.0.1:1/books"))
    assert "the database says: " in sentence
    for secret in (PASSWORD, "clerk", "127.0.0.1"):
        assert secret not in sentence


def test_an_option_that_a_driver_does_not_know(tmp_path: Path) -> None:
    pytest.importorskip("pymysql", reason="the driver is an extra")
    sentence = refusal(tmp_path, given(f"mysql://clerk:{PASSWORD}@127.0.0.1:1/books?colour={PASSWORD}"))
    assert sentence == f"{WHERE}: an option of `database` is not one of its driver's."


@pytest.mark.parametrize(("scheme", "extra"), [("postgresql", "postgres"), ("mariadb", "mysql")])
def test_a_driver_that_is_missing_names_its_extra(tmp_path: Path, scheme: str, extra: str) -> None:
    code = (
        "import sys; sys.modules['psycopg'] = sys.modules['pymysql'] = None\n"
        "from pathlib import Path\n"
        "from pipelines.sources.canonical import TableInput, TableSpec\n"
        "from pipelines.sources.table_query import read_query\n"
        f"address = '{scheme}://u:{PASSWORD}@h/d'\n"
        "one = TableInput(TableSpec('invoices', 'here'), 'key', 1, database=address, query='q')\n"
        "try: read_query(one, None, Path(sys.argv[1]))\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout
    assert f"install `encours[{extra}]`" in said
    assert said.startswith("UsageError")
    assert PASSWORD not in said


def test_errors_have_their_kind(tmp_path: Path) -> None:
    (tmp_path / "erp.db").touch()
    with pytest.raises(DataError):
        read_query(given(f"sqlite:///{tmp_path}/erp.db", "select"), None, tmp_path)
    with pytest.raises(UsageError):
        read_query(given("sqlite:///none.db"), None, tmp_path)
