"""Events from file to marts: what they cover, what leaks nothing, what an absent source leaves unsaid.

Each company is one case of one build. Customer A owes F1 to F4, B owes G1; terms 30 days, one fiscal year.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.builds import Books
from tests.ledgers import Fec

pytestmark = pytest.mark.slow

D = Decimal
MIDDLE, LAST = dt.date(2025, 6, 30), dt.date(2025, 12, 31)
HEADERS = {
    "disputes": "dispute_id,invoice_id,customer_id,opened_on,closed_on,reason,amount",
    "promises": "promise_id,invoice_id,customer_id,promised_on,due_on,amount",
    "reminders": "reminder_id,invoice_id,customer_id,sent_on,level,channel",
    "orders": "order_id,customer_id,ordered_on,amount",
    "instalments": "instalment_id,plan_id,invoice_id,customer_id,agreed_on,due_on,amount",
    "insured_limits": "limit_id,customer_id,valid_from,valid_to,amount,insured_share,insurer",
    "overrides": "override_id,customer_id,decided_on,action,reason,decided_by,valid_to",
}
EARLY = {
    "disputes": ["d1,F1,,2025-02-01,2025-03-15,Prix,", "d2,,B,2025-05-10,,<script>alert(1)</script>,40"],
    "promises": ["p1,F2,A,2025-03-10,2025-03-31,", "p2,,B,2025-04-01,2025-04-15,50"],
    "reminders": ["r1,F1,A,2025-02-20,1,email", "r2,,A,2025-03-20,2,"],
    "orders": ["o1,A,2025-01-05,1200", "o2,A,2025-05-05,600", "o3,NEW,2025-05-05,1"],
    "instalments": ["i1,plan,F3,,2025-05-01,2025-06-01,100", "i2,plan,F3,,2025-05-01,2025-07-01,200"],
    "insured_limits": ["l1,A,2025-01-01,,500,0.9,X"],
    "overrides": ["v1,A,2025-06-01,=wait,Plan <b>signed</b>,Me,"],
}
LATER = {
    "disputes": ["d3,F3,,2025-07-01,,Qualité,", "d4,,A,2025-08-01,2025-09-30,,"],
    "promises": ["p3,F3,,2025-07-02,2025-07-20,"],
    "reminders": ["r3,F3,,2025-07-15,3,"],
    "orders": ["o4,A,2025-07-01,90000"],
    "instalments": ["i3,other,F4,,2025-07-01,2025-08-01,10"],
    "insured_limits": ["l2,A,2025-07-01,,0,,X"],
    "overrides": ["v2,A,2025-07-01,call,r,,"],
}
# Names that nobody bears, a number that two customers bear, a document of another customer.
LOST = {
    "disputes": ["x1,NOWHERE,,2025-02-01,,,", "x2,SHARED,,2025-02-01,,,", "x3,F1,B,2025-02-01,,,"],
    "promises": ["x4,,NOBODY,2025-03-10,2025-03-31,"],
    "orders": ["x5,NOBODY,2025-01-05,7"],
}


def ledger() -> str:
    fec = Fec()
    fec.invoice("2025-01-10", "A", "F1", 600).invoice("2025-02-03", "A", "F2", 1200)
    fec.invoice("2025-04-01", "A", "F3", 300).invoice("2025-06-02", "A", "F4", 90)
    fec.invoice("2025-01-15", "B", "G1", 720)
    fec.invoice("2025-01-16", "A", "SHARED", 12).invoice("2025-01-16", "B", "SHARED", 24)
    fec.receipt("2025-03-31", "A", 1200, label="VIR F2").receipt("2025-06-20", "A", 150, label="VIR F3")
    fec.receipt("2025-04-16", "B", 50, label="ACOMPTE")
    fec.receipt("2025-10-06", "A", 600, label="VIR F1").entry(
        "OD", "2025-12-31", ("658000", 1), ("401000", -1)
    )
    return fec.text()


def given(*sets: dict[str, list[str]]) -> dict[str, str]:
    rows: dict[str, list[str]] = {}
    for one in sets:
        for table, lines in one.items():
            rows[table] = [*rows.get(table, []), *lines]
    return {table: "\n".join([HEADERS[table], *lines]) + "\n" for table, lines in rows.items()}


SUBLEDGER = {
    "invoices": "invoice_id,document_number,customer_id,issue_date,due_date,amount,is_disputed\n"
    "7,F1,A,2024-03-01,2024-03-31,900,false\n8,F2,A,2024-03-01,2024-03-31,800,true\n"
    "9,F3,A,2024-12-02,2026-01-31,10,false\n10,F4,A,2025-10-01,2026-01-31,10,false\n"
    "11,F5,A,2025-12-31,2026-01-31,10,false\n",
    "payments": "payment_id,customer_id,payment_date,amount,reference\n1,A,2025-12-30,1,X\n",
}


def small_books(_folder: Path) -> Books:
    names = ("NONE", "THEN", "POISONED", "NOW", "LOST")
    return Books(
        {name: {"732829320FEC20251231.txt": ledger()} for name in names},
        as_of={"THEN": MIDDLE, "POISONED": MIDDLE},
        tables={
            "THEN": given(EARLY),
            "POISONED": given(EARLY, LATER),
            "NOW": given(EARLY, LATER),
            "LOST": given(EARLY, LOST),
            "BOOK": {**SUBLEDGER, "disputes": "invoice_id,opened_on,closed_on\n7,2024-06-01,2024-12-31\n"},
        },
        own={name: {"payment_terms": {"default": "30"}} for name in (*names, "BOOK")},
    )


@pytest.fixture(scope="module")
def marts(run: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for path in (run / "marts").glob("*.parquet"):
        connection.execute(f"create view {path.stem} as from '{path}'")
    return connection


def rows(marts: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return marts.execute(sql).fetchall()


SIGNALS = (
    "disputed_open_amount, disputes_opened_12m, promises_broken_12m, promises_kept_12m, last_reminder_level, "
    "days_since_last_reminder, orders_3m, orders_12m, orders_trend, instalment_arrears, insured_limit, "
    "uninsured_exposure"
)


def test_the_signals_of_a_month_are_those_of_its_events(marts: duckdb.DuckDBPyConnection) -> None:
    found = {
        day: tuple(values)
        for day, *values in rows(
            marts,
            f"select month_end, {SIGNALS} from fct_customer_behaviour_monthly "
            "where company_id = 'THEN' and customer_id = 'A' order by 1",
        )
    }
    # January: 612.00 owed, 450.00 of it insured; promises, reminders and disputes have not begun.
    assert found[dt.date(2025, 1, 31)] == (
        *(None,) * 6, D(1200), D(1200), D(4), None, D(500), D(162),
    )  # fmt: skip
    # February: F1 in dispute since the first. Orders go on counting.
    assert found[dt.date(2025, 2, 28)][:6] == (D(600), 1, None, None, 1, 8)
    # March: the dispute is over, F2 came on its day.
    assert found[dt.date(2025, 3, 31)][:6] == (D(0), 1, 0, 1, 2, 11)
    # June: 150.00 of F3 came, the first instalment is paid, the second not yet due; both orders within the year.
    assert found[MIDDLE] == (D(0), 1, 0, 1, 2, 102, D(600), D(1800), D("1.3333"), D(0), D(500), D(402))


def test_a_customers_dispute_covers_its_documents_and_its_promise_is_kept_by_its_receipts(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    assert rows(
        marts,
        "select subject, customer_id, documents, open_amount, disputed_amount, is_open, days_open "
        "from fct_disputes where company_id = 'THEN' and dispute_id = 'd2'",
    ) == [("customer", "B", 2, D(694), D(40), True, 51)]
    assert rows(
        marts,
        "select document_number from fct_invoices where company_id = 'THEN' and is_disputed order by 1",
    ) == [("G1",), ("SHARED",)]
    assert rows(
        marts,
        "select promise_id, status, expected_amount, received_amount, kept_on from fct_promises "
        "where company_id = 'THEN' order by 1",
    ) == [
        ("p1", "kept", D(1200), D(1200), dt.date(2025, 3, 31)),
        ("p2", "broken", D(50), D(0), None),  # the money came a day late
    ]
    assert rows(
        marts,
        "select instalment_id, status, paid_amount, paid_on, days_late from fct_instalments "
        "where company_id = 'THEN' order by 1",
    ) == [
        ("i1", "paid", D(100), dt.date(2025, 6, 20), 19),
        ("i2", "pending", D(50), None, None),
    ]


def test_later_events_change_nothing_of_a_day(marts: duckdb.DuckDBPyConnection) -> None:
    """Every mart of a run on that day; every earlier month of a run on a later day."""
    compared = 0
    for (name,) in rows(marts, "select view_name from duckdb_views() where not internal"):
        columns = [row[0] for row in rows(marts, f"describe {name}")]
        if "company_id" not in columns or name in ("event_sources", "sources"):
            continue
        # Ids and files carry the company's name.
        kept = [
            f'"{c}"' for c in columns
            if c not in ("company_id", "line_id", "source_file") and not c.endswith(("invoice_id", "payment_id"))
            and c not in ("allocation_id", "difference_id", "siren")
        ]  # fmt: skip
        query = f"select {', '.join(kept)} from {name} where company_id = "
        differing = rows(
            marts,
            f"select count(*) from (({query} 'THEN' except all {query} 'POISONED') union all "
            f"({query} 'POISONED' except all {query} 'THEN'))",
        )
        assert differing == [(0,)], name
        compared += 1
    assert compared > 30
    behaviour = f"select customer_id, month_end, is_in_default, {SIGNALS} from fct_customer_behaviour_monthly"
    then = rows(marts, f"{behaviour} where company_id = 'THEN' order by 1, 2")
    now = rows(marts, f"{behaviour} where company_id = 'NOW' and month_end <= date '{MIDDLE}' order by 1, 2")
    assert then == now and len(then) > 10
    late = rows(
        marts,
        "select insured_limit, disputed_open_amount from fct_customer_behaviour_monthly "
        "where company_id = 'NOW' and customer_id = 'A' and month_end = date '2025-08-31'",
    )
    assert late == [(D(0), D(852))]  # 612.00 + 150.00 + 90.00: all of A's, in dispute since 1 August


def test_an_absent_source_leaves_nulls_and_says_so(marts: duckdb.DuckDBPyConnection) -> None:
    told = rows(
        marts, f"select distinct {SIGNALS} from fct_customer_behaviour_monthly where company_id = 'NONE'"
    )
    assert told == [(None,) * 12]
    assert rows(
        marts, "select count(*), bool_or(is_configured) from event_sources where company_id = 'NONE'"
    ) == [(7, False)]
    assert rows(marts, "select count(*) from fct_invoices where company_id = 'NONE' and is_disputed") == [
        (0,)
    ]


def test_what_nobody_knows_is_counted_and_covers_nothing(marts: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        marts,
        "select event, unknown_documents, ambiguous_documents, unknown_customers from event_sources "
        "where company_id = 'LOST' and unknown_documents + ambiguous_documents + unknown_customers > 0 order by 1",
    ) == [("disputes", 2, 1, 0), ("orders", 0, 0, 2), ("promises", 0, 0, 1)]
    assert rows(
        marts,
        "select count(*) from fct_disputed_documents where company_id = 'LOST' and dispute_id like 'x%'",
    ) == [(0,)]
    assert rows(marts, "select status from fct_promises where company_id = 'LOST' and promise_id = 'x4'") == [
        ("not_tied",)
    ]
    (given_rows, told) = rows(
        marts,
        "select sum(rows_given), sum(about_documents + about_customers + unknown_documents "
        "+ ambiguous_documents + unknown_customers + rows_after_as_of) from event_sources",
    )[0]
    assert given_rows == told


def test_an_undated_flag_speaks_of_the_as_of_day_alone(marts: duckdb.DuckDBPyConnection) -> None:
    """F1 was in dispute until 30 December 2024, by an event; F2 is flagged, at the end of 2025."""
    assert rows(
        marts, "select document_number from fct_invoices where company_id = 'BOOK' and is_disputed"
    ) == [("F2",)]
    assert rows(
        marts,
        "select fiscal_year, invoice_count, amount_including_vat from rpt_statutory_late_payments "
        "where company_id = 'BOOK' and table_number = 'I' and bucket = 'disputed' order by 1",
    ) == [(2024, 0, D(0)), (2025, 1, D(800))]
    # 91 days past due on 1 July 2024: F2 alone, above the threshold, a default that no flag of 2025 undoes.
    assert rows(
        marts, "select default_date, reason, amount from fct_customer_defaults where company_id = 'BOOK'"
    ) == [(dt.date(2024, 6, 30), "overdue_90", D(800))]
