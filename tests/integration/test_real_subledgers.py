"""Real sub-ledgers, each a company of one run: counts, late shares and totals are those of the files themselves."""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from pipelines.config import load_settings
from pipelines.progress import Progress
from pipelines.run import execute
from tests.real_data import REAL_DATA, needs_real_data

pytestmark = [pytest.mark.slow, needs_real_data]

D = Decimal
IBM = REAL_DATA / "ar_ibm_late_payment" / "WA_Fn-UseC_-Accounts-Receivable.csv"
HIGHRADIUS = REAL_DATA / "ar_highradius"
XERO = REAL_DATA / "erp_xero_seeds" / "integration_tests" / "seeds"

COMPANIES = [
    {
        "name": "ibm",
        "id": "ibm",
        "currency": "USD",
        "ledgers": [
            {
                "kind": "subledger",
                "invoices": {
                    "path": str(IBM),
                    "columns": {
                        "invoice_id": "invoiceNumber",
                        "customer_id": "customerID",
                        "issue_date": "InvoiceDate",
                        "due_date": "DueDate",
                        "amount": "InvoiceAmount",
                        "paid_date": "SettledDate",
                        "is_disputed": "Disputed",
                    },
                },
            }
        ],
    },
    {
        "name": "highradius",
        "id": "highradius",
        "currency": "USD",
        "ledgers": [
            {
                "kind": "subledger",
                "invoices": {
                    "path": str(HIGHRADIUS / "shared.csv"),
                    "columns": {"customer_id": "cust_number", "paid_date": "clear_date"},
                },
            }
        ],
        "customers": {
            "path": str(HIGHRADIUS / "terms.csv"),
            "columns": {"customer_id": "cust_number", "payment_terms": "usual_term_days"},
        },
    },
    {
        "name": "xero",
        "id": "xero",
        "currency": "CAD",
        "ledgers": [{"kind": "subledger", "preset": "xero", "invoices": str(XERO / "xero_invoice_data.csv")}],
        "customers": {
            "path": str(XERO / "xero_contact_data.csv"),
            "columns": {"customer_id": "contact_id", "name": "name"},
        },
    },
]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Published:
    """The warehouse of the one run."""

    def __init__(self, release: Path) -> None:
        self.release = release
        self.connection = duckdb.connect(str(release / "warehouse.duckdb"), read_only=True)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, list(values)).fetchall()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    folder = tmp_path_factory.mktemp("real")
    (folder / "encours.yml").write_text(yaml.safe_dump({"companies": COMPANIES}), encoding="utf-8")
    return Published(execute(load_settings(folder / "encours.yml"), Progress()))


def test_every_row_is_accounted_for_and_every_balance_ties(published: Published) -> None:
    read = published.rows(
        "select company_id, rows_read, rows_accepted, rows_rejected, rows_out_of_scope from quality.sources "
        "where source = 'subledger' order by all"
    )
    # 484 purchase invoices and one deleted sale lie outside the receivables.
    assert read == [
        ("highradius", 20_962, 20_962, 0, 0),
        ("ibm", 2_466, 2_466, 0, 0),
        ("xero", 601, 116, 0, 485),
    ]
    assert published.rows("select * from quality.reconciliation where not passed") == []
    for company in ("highradius", "ibm", "xero"):
        assert (published.release / "site" / company / "index.html").is_file()


def test_the_ibm_invoices_keep_their_lateness_and_disputes(published: Published) -> None:
    """2,466 invoices of 100 customers, 35.6 % late, 22.7 % disputed, each day late as the file has it."""
    given = rows_of(IBM)
    found = published.rows(
        "select source_invoice_id, amount, open_amount, days_to_pay, days_late, is_disputed, due_date_source "
        "from marts.fct_invoices where company_id = 'ibm'"
    )
    assert {row[0]: row[1:] for row in found} == {
        row["invoiceNumber"]: (
            D(row["InvoiceAmount"]).quantize(D("0.01")),
            D("0.00"),
            int(row["DaysToSettle"]),
            (day(row["SettledDate"]) - day(row["DueDate"])).days,
            row["Disputed"] == "Yes",
            "document",
        )
        for row in given
    }
    late = sum(row[4] > 0 for row in found)
    assert (len(found), round(late / len(found), 3)) == (2_466, 0.356)
    assert round(sum(row[5] for row in found) / len(found), 3) == 0.227
    assert late == sum(int(row["DaysLate"]) > 0 for row in given)
    assert published.rows("select count(*) from marts.dim_customers where company_id = 'ibm'") == [(100,)]


def day(text: str) -> dt.date:
    month, of_month, year = text.split("/")
    return dt.date(int(year), int(month), int(of_month))


def test_the_highradius_invoices_keep_their_lateness(published: Published) -> None:
    """20,962 closed invoices of 742 customers; issued the customer's usual terms before they fell due."""
    given = rows_of(HIGHRADIUS / "shared.csv")
    terms = {row["cust_number"]: int(row["usual_term_days"]) for row in rows_of(HIGHRADIUS / "terms.csv")}
    # Terms of less than no day are none: the company's 30 days apply.
    terms = {customer: days if days >= 0 else 30 for customer, days in terms.items()}
    found = published.rows(
        "select customer_id, issue_date, due_date, settled_on, days_late, amount from marts.fct_invoices "
        "where company_id = 'highradius'"
    )
    expected = []
    for row in given:
        due, cleared = dt.date.fromisoformat(row["due_date"]), dt.date.fromisoformat(row["clear_date"])
        issued = min(due - dt.timedelta(days=terms[row["cust_number"]]), cleared)
        amount = D(row["amount"]).quantize(D("0.01"))
        expected.append((row["cust_number"], issued, due, cleared, int(row["days_late"]), amount))
    assert sorted(found) == sorted(expected)
    late = sum(row[4] > 0 for row in found)
    assert (len({row[0] for row in found}), late) == (742, sum(int(row["days_late"]) > 0 for row in given))
    assert published.rows("select sum(amount) from marts.fct_payments where company_id = 'highradius'") == [
        (sum(row[5] for row in expected),)
    ]


def test_the_xero_invoices_are_worth_what_their_own_journal_says(published: Published) -> None:
    """Three currencies: each sale's value in the organisation's own currency is the one its ledger booked."""
    booked: dict[str, Decimal] = defaultdict(D)
    journals = {row["journal_id"]: row for row in rows_of(XERO / "xero_journal_data.csv")}
    for line in rows_of(XERO / "xero_journal_line_data.csv"):
        journal = journals[line["journal_id"]]
        if line["account_name"] == "Accounts Receivable" and journal["source_type"] == "ACCREC":
            booked[journal["source_id"]] += D(line["net_amount"])
    found = published.rows(
        "select source_invoice_id, amount, open_amount, foreign_currency from marts.fct_invoices "
        "where company_id = 'xero'"
    )
    assert {row[0]: row[1] for row in found} == booked
    assert sum(row[1] for row in found) == D("566973.74")
    assert {row[3] for row in found} == {"USD", "GBP"}
    open_by_file = {
        row["invoice_id"]
        for row in rows_of(XERO / "xero_invoice_data.csv")
        if row["type"] == "ACCREC" and D(row["amount_due"]) > 0
    }
    assert {row[0] for row in found if row[2]} == open_by_file and len(open_by_file) == 13
    names = {row["contact_id"]: row["name"] for row in rows_of(XERO / "xero_contact_data.csv")}
    for customer, name in published.rows(
        "select customer_id, customer_name from marts.dim_customers where company_id = 'xero'"
    ):
        assert name == names[customer]
