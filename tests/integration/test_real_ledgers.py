"""Real ledgers, each a company of one run: what is published equals what the accounts say."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml

from pipelines.config import load_settings
from pipelines.progress import Progress
from pipelines.run import execute
from tests.real_data import REAL_DATA, needs_real_data

pytestmark = [pytest.mark.slow, needs_real_data]

# Folder → (lines, balance of 411, sales on 70), as the data's own README gives them.
LEDGERS = {
    "fec_a_produce_2022": (5_422, Decimal("52517.24"), Decimal("1049934.32")),
    "fec_b_jeweller_2024": (11_617, Decimal("644165.53"), Decimal("2328036.00")),
    "fec_d_retail_no_customers_2023": (10_756, Decimal("128200.50"), Decimal("1212843.90")),
}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real")
    companies = []
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
