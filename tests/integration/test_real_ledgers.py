"""Real ledgers and sub-ledgers, each a company of one run: what is published equals what the files themselves say."""

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
# Folder → (lines, balance of 411, sales on 70), as the data's own README gives them.
LEDGERS = {
    "fec_a_produce_2022": (5_422, Decimal("52517.24"), Decimal("1049934.32")),
    "fec_b_jeweller_2024": (11_617, Decimal("644165.53"), Decimal("2328036.00")),
    "fec_d_retail_no_customers_2023": (10_756, Decimal("128200.50"), Decimal("1212843.90")),
}

IBM = REAL_DATA / "ar_ibm_late_payment" / "WA_Fn-UseC_-Accounts-Receivable.csv"
HIGHRADIUS = REAL_DATA / "ar_highradius"
XERO = REAL_DATA / "erp_xero_seeds" / "integration_tests" / "seeds"

SUBLEDGERS: list[dict[str, Any]] = [
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
                        "delivery_method": "PaperlessBill",
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


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real")
    companies = list(SUBLEDGERS)
    for name in LEDGERS:
        [ledger] = (REAL_DATA / name).glob("*FEC*.txt")
        companies.append({"name": name, "id": name, "ledgers": [{"kind": "fec", "path": str(ledger)}]})
    (folder / "encours.yml").write_text(yaml.safe_dump({"companies": companies}), encoding="utf-8")
    return execute(load_settings(folder / "encours.yml"), Progress())


@pytest.mark.parametrize("name", LEDGERS)
def test_open_items_equal_the_balance_to_the_cent(release: Path, name: str) -> None:
    lines, balance, _ = LEDGERS[name]
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as warehouse:
        [(documents,)] = warehouse.execute(
            "select coalesce(sum(open_amount), 0) from marts.fct_invoices where company_id = ?", [name]
        ).fetchall()
        [(on_account,)] = warehouse.execute(
            "select coalesce(sum(unallocated_amount), 0) from marts.fct_payments where company_id = ?", [name]
        ).fetchall()
        assert documents - on_account == balance
        read = warehouse.execute(
            "select rows_read, rows_accepted, rows_rejected from quality.sources where company_id = ?", [name]
        ).fetchall()
        assert read == [(lines, lines, 0)]
        failed = warehouse.execute(
            "select * from quality.reconciliation where company_id = ? and not passed", [name]
        ).fetchall()
        assert failed == []


@pytest.mark.parametrize("name", LEDGERS)
def test_the_statutory_tables_measure_against_the_sales_of_the_accounts(release: Path, name: str) -> None:
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as warehouse:
        [(turnover, total)] = warehouse.execute(
            "select reference_amount, amount_including_vat from marts.rpt_statutory_late_payments "
            "where company_id = ? and table_number = 'I' and bucket = 'total'",
            [name],
        ).fetchall()
        assert turnover == LEDGERS[name][2]
        [(past_due, difference)] = warehouse.execute(
            "select max(amount) filter (where item = 'ageing_past_due'), "
            "max(amount) filter (where item = 'difference') from marts.rpt_statutory_tie_out where company_id = ?",
            [name],
        ).fetchall()
        assert (past_due, difference) == (total, 0)


def test_till_sales_invent_no_customer(release: Path) -> None:
    name = "fec_d_retail_no_customers_2023"
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as warehouse:
        customers = warehouse.execute(
            "select customer_id from marts.dim_customers where company_id = ?", [name]
        ).fetchall()
        assert customers == [("UNIDENTIFIED",)]
        [(documents,)] = warehouse.execute(
            "select count(*) from marts.fct_invoices where company_id = ?", [name]
        ).fetchall()
        assert documents == 4, "the four lines on 411, and no other"
    page = (release / "site" / name / "index.html").read_text(encoding="utf-8")
    assert "presque aucune créance" in page


def test_an_opening_journal_in_detail_keeps_its_own_dates(release: Path) -> None:
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as warehouse:
        [(openings, oldest)] = warehouse.execute(
            "select count(*), min(issue_date) from marts.fct_invoices "
            "where company_id = 'fec_b_jeweller_2024' and document_type = 'opening_item'"
        ).fetchall()
    assert openings == 1_784
    assert oldest.isoformat() == "2011-12-22"


# --- sub-ledgers -----------------------------------------------------------------------------------------------


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
def published(release: Path) -> Published:
    return Published(release)


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
        "select source_invoice_id, amount, open_amount, days_to_pay, days_late, is_disputed, due_date_source, "
        "delivery_method from marts.fct_invoices where company_id = 'ibm'"
    )
    assert {row[0]: row[1:] for row in found} == {
        row["invoiceNumber"]: (
            D(row["InvoiceAmount"]).quantize(D("0.01")),
            D("0.00"),
            int(row["DaysToSettle"]),
            (day(row["SettledDate"]) - day(row["DueDate"])).days,
            row["Disputed"] == "Yes",
            "document",
            row["PaperlessBill"].lower(),
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
