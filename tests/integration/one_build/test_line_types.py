"""Every row of the decision table, from a minimal ledger to the published facts: one customer per case."""

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
Row = tuple[Any, ...]


def lines() -> Fec:
    """One company; each customer is a case, named for it."""
    fec = Fec()
    fec.invoice("2025-01-06", "LOSS", "F1", 1200, let="A")
    fec.entry("OD", "2025-06-30", ("654000", 1000), ("445710", 200), ("411000", -1200),
              customer="LOSS", ref="F1", label="Irrécouvrable", let="A")  # fmt: skip
    fec.invoice("2025-01-06", "OLDLOSS", "F2", 120)
    fec.entry("OD", "2025-06-30", ("671400", 120), ("411000", -120), customer="OLDLOSS", ref="F2")

    fec.invoice("2025-01-06", "BILL", "F3", 500, let="A")
    fec.entry("EF", "2025-01-15", ("413000", 500), ("411000", -500), customer="BILL", ref="LCR3",
              label="LCR F3 ech 31/03/2025", let={"411000": "A", "413000": "B"})  # fmt: skip
    fec.entry("EF", "2025-03-20", ("511300", 500), ("413000", -500), customer="BILL", ref="REM1",
              label="Remise LCR", let="B")  # fmt: skip
    fec.entry("BQ", "2025-03-31", ("512000", 500), ("511300", -500), ref="REM1")
    fec.invoice("2025-01-06", "DISCOUNTED", "F4", 600)
    fec.entry("EF", "2025-01-15", ("413000", 600), ("411000", -600), customer="DISCOUNTED", ref="F4",
              label="LCR éch. 30/04/2025")  # fmt: skip
    fec.entry("EF", "2025-02-01", ("511400", 600), ("413000", -600), customer="DISCOUNTED", ref="F4",
              label="Escompte LCR éch. 30/04/2025")  # fmt: skip
    fec.invoice("2025-01-06", "UNPAID", "F5", 700)
    fec.entry("EF", "2025-01-15", ("413000", 700), ("411000", -700), customer="UNPAID", ref="F5",
              label="LCR échéance au 15/03/2025")  # fmt: skip
    fec.entry("EF", "2025-03-18", ("411000", 700), ("413000", -700), customer="UNPAID", ref="F5",
              label="LCR impayée")  # fmt: skip

    # The code changes with the account: the payment on 416 reaches the invoice on 411 over the transfer.
    fec.invoice("2025-01-06", "DOUBT", "F6", 300, let="A").invoice("2025-01-05", "DOUBT", "F7", 300)
    fec.entry("OD", "2025-05-31", ("416000", 300), ("411000", -300), customer="DOUBT", ref="DTX",
              label="Client douteux", let={"411000": "A", "416000": "X"})  # fmt: skip
    fec.entry("BQ", "2025-08-01", ("512000", 120), ("416000", -120), customer="DOUBT", ref="VIR",
              label="Dividende", let="X")  # fmt: skip

    fec.invoice("2025-01-06", "DISCOUNT", "F8", 1200)
    fec.entry("OD", "2025-01-20", ("665000", 20), ("445710", 4), ("411000", -24), customer="DISCOUNT",
              ref="F8", label="Escompte F8")  # fmt: skip
    fec.receipt("2025-01-20", "DISCOUNT", 1176, label="VIR F8")
    fec.invoice("2025-01-06", "PART", "F9", 1200)
    fec.entry("BQ", "2025-01-20", ("512000", "1175.98"), ("665000", 20), ("445710", 4), ("658000", "0.02"),
              ("411000", -1200), customer="PART", ref="VIR", label="VIR F9")  # fmt: skip
    fec.invoice("2025-01-06", "FX", "F10", 1000)
    fec.entry("BQ", "2025-02-06", ("512000", 980), ("656000", 20), ("411000", -1000), customer="FX",
              ref="VIR", label="VIR F10")  # fmt: skip
    fec.invoice("2025-01-06", "FXALONE", "F11", 1000)
    fec.entry("OD", "2025-02-06", ("411000", 5), ("766000", -5), customer="FXALONE", ref="ECART")
    fec.invoice("2025-01-06", "ROUND", "F12", "100.03").receipt("2025-02-01", "ROUND", 100, label="VIR F12")
    fec.entry("OD", "2025-02-28", ("658000", "0.03"), ("411000", "-0.03"), customer="ROUND", ref="F12")
    fec.entry("VE", "2025-02-28", ("411000", 500), ("758000", -500), customer="BEYOND", ref="F13")

    fec.entry("VE", "2025-01-06", ("411000", 400), ("419100", -400), customer="ADVANCE", ref="AC1")
    fec.receipt("2025-01-10", "ADVANCE", 400, label="VIR AC1")
    fec.invoice("2025-03-03", "ADVANCE", "F14", 1200)
    fec.entry("OD", "2025-03-03", ("419100", 400), ("411000", -400), customer="ADVANCE", ref="F14",
              label="Imputation acompte F14")  # fmt: skip
    fec.invoice("2025-01-06", "FACTOR", "F15", 2400)
    fec.entry("OD", "2025-01-08", ("467200", 2400), ("411000", -2400), customer="FACTOR", ref="F15")
    fec.invoice("2025-01-06", "SETOFF", "F16", 250)
    fec.entry("OD", "2025-02-10", ("401000", 250), ("411000", -250), customer="SETOFF", ref="F16")
    fec.invoice("2025-01-06", "SUSPENSE", "F17", 90)
    fec.entry("OD", "2025-02-10", ("471000", 90), ("411000", -90), customer="SUSPENSE", ref="F17")
    fec.invoice("2025-01-06", "OTHER", "F18", 15)
    fec.entry("OD", "2025-02-10", ("627000", 15), ("411000", -15), customer="OTHER", ref="F18")

    # A guarantee withheld: a tranche of its own, due a year on; the invoice is billed once.
    fec.invoice("2025-01-06", "RETAINED", "F19", 1200)
    fec.entry("OD", "2025-01-06", ("411700", 60), ("411000", -60), customer="RETAINED", ref="F19")
    fec.receipt("2025-02-05", "RETAINED", 1140, label="VIR F19")
    fec.entry("VE", "2025-01-06", ("411000", 950), ("411700", 50), ("706000", "-833.33"), ("445710", "-166.67"),
              customer="WITHHELD", ref="F20")  # fmt: skip

    fec.invoice("2025-01-06", "TWICE", "F21", 500).receipt("2025-02-04", "TWICE", 500, label="PRLV F21")
    fec.receipt("2025-02-08", "TWICE", -500, label="REJET").receipt(
        "2025-03-04", "TWICE", 500, label="VIR F21"
    )
    fec.entry("VE", "2025-01-06", ("411000", 0), ("706000", 0), customer="NOTHING", ref="F22")
    fec.entry("OD", "2025-01-07", ("411000", 33), ("681700", 20), ("491000", -20), ("627000", -33),
              customer="PROVISION", ref="P1")  # fmt: skip
    return fec.invoice("2025-12-01", "LAST", "F99", 12)


def own_reading() -> Fec:
    """A company that reads two accounts its own way."""
    fec = Fec().invoice("2025-01-06", "X", "F1", 100).invoice("2025-01-07", "X", "F2", 50)
    fec.entry("OD", "2025-02-01", ("678800", 100), ("411000", -100), customer="X", ref="F1")
    fec.entry("OD", "2025-02-02", ("471000", 50), ("411000", -50), customer="X", ref="F2")
    return fec.invoice("2025-12-01", "X", "F3", 10)


def three_years() -> dict[str, Fec]:
    """F1 lettered in part each year, its rest carried; the customer's number is spelled 0012, then 12."""
    first = Fec().invoice("2023-11-02", "0012", "F1", 1000, let="A")
    first.receipt("2023-12-20", "0012", 300, label="ACOMPTE", let="A")
    # An older invoice of the same customer that none of these payments was for.
    first.invoice("2023-10-01", "0012", "F0", 400)
    second = Fec()
    for ref, day, amount, let in (("F1", "2023-11-02", 700, "B"), ("F0", "2023-10-01", 400, "")):
        second.entry("AN", "2024-01-01", ("411000", amount), ("890000", -amount), customer="0012", ref=ref,
                     ref_date=day, let=let)  # fmt: skip
    second.receipt("2024-02-10", "0012", 450, let="B")
    third = Fec()
    for ref, day, amount, let in (("F1", "2023-11-02", 250, "C"), ("F0", "2023-10-01", 400, "")):
        third.entry("AN", "2025-01-01", ("411000", amount), ("890000", -amount), customer="12", ref=ref,
                    ref_date=day, let=let)  # fmt: skip
    third.receipt("2025-03-05", "12", 250, let="C")
    return {"2023.txt": first, "2024.txt": second, "2025.txt": third}


def small_books(_folder: Path) -> Books:
    ledgers = {
        "lines": {"2025.txt": lines().text()},
        "own": {"2025.txt": own_reading().text()},
        "years": {name: fec.text() for name, fec in three_years().items()},
    }
    own = {
        "lines": {"factor_accounts": ["4672"]},
        "own": {"accounts": {"6788": "write_off"}, "line_types": {"suspense": {"credit": "set_off"}}},
    }
    return Books(ledgers, own=own)


@pytest.fixture(scope="module")
def marts(run: Path) -> Path:
    return run / "marts"


def rows(marts: Path, table: str, columns: str, where: str) -> list[Row]:
    with duckdb.connect() as connection:
        ours = "company_id in ('lines', 'own', 'years')"
        sql = f"select {columns} from '{marts}/{table}.parquet' where {ours} and {where} order by all"
        return connection.execute(sql).fetchall()


def document(marts: Path, customer: str, columns: str, company: str = "lines") -> Row:
    where = f"company_id = '{company}' and customer_id = '{customer}' and document_type = 'invoice'"
    [row] = rows(marts, "fct_invoices", columns, where)
    return row


def allocations(marts: Path, customer: str) -> list[Row]:
    return rows(
        marts, "fct_allocations", "kind, amount", f"company_id = 'lines' and customer_id = '{customer}'"
    )


@pytest.mark.parametrize(
    ("customer", "status", "open_amount", "settled"),
    [
        ("LOSS", "written_off", D(0), [("write_off", D(1200))]),
        ("OLDLOSS", "written_off", D(0), [("write_off", D(120))]),
        ("BILL", "paid", D(0), [("payment", D(500))]),
        ("DISCOUNTED", "paid", D(0), [("payment", D(600))]),
        ("UNPAID", "open", D(700), []),
        ("DISCOUNT", "paid", D(0), [("discount", D(24)), ("payment", D(1176))]),
        ("PART", "paid", D(0), [("discount", D(24)), ("other", D("0.02")), ("payment", D("1175.98"))]),
        ("FX", "paid", D(0), [("exchange", D(20)), ("payment", D(980))]),
        ("FXALONE", "open", D(1000), []),
        ("ROUND", "paid", D(0), [("other", D("0.03")), ("payment", D(100))]),
        ("BEYOND", "open", D(500), []),
        ("FACTOR", "credited", D(0), [("assignment", D(2400))]),
        ("SETOFF", "credited", D(0), [("other", D(250))]),
        ("SUSPENSE", "paid", D(0), [("payment", D(90))]),
        ("OTHER", "credited", D(0), [("other", D(15))]),
        ("RETAINED", "paid", D(0), [("payment", D(1140)), ("transfer", D(60))]),
    ],
)
def test_each_line_type_settles_as_the_table_says(
    marts: Path, customer: str, status: str, open_amount: Decimal, settled: list[Row]
) -> None:
    assert document(marts, customer, "status, open_amount") == (status, open_amount)
    assert allocations(marts, customer) == settled


def test_a_loss_carries_its_vat(marts: Path) -> None:
    found = rows(marts, "fct_invoices", "line_type, amount, vat_amount", "customer_id = 'LOSS'")
    assert found == [("invoice", D(1200), D(200)), ("write_off", D(-1200), D(-200))]


def test_a_bill_is_due_and_paid_at_its_maturity_but_leaves_the_account_when_remitted(marts: Path) -> None:
    columns = "due_date, due_date_source, settled_on, days_to_pay, days_late"
    assert document(marts, "BILL", columns) == (dt.date(2025, 3, 31), "document", dt.date(2025, 3, 20), 84, 0)
    [paid] = rows(marts, "fct_payments", "entry_date, payment_date, is_discounted", "customer_id = 'BILL'")
    assert paid == (dt.date(2025, 3, 20), dt.date(2025, 3, 31), False)
    [discounted] = rows(
        marts, "fct_payments", "entry_date, payment_date, is_discounted", "customer_id = 'DISCOUNTED'"
    )
    assert discounted == (dt.date(2025, 2, 1), dt.date(2025, 4, 30), True)
    [balance] = rows(
        marts,
        "fct_ageing_monthly",
        "sum(balance)",
        "customer_id = 'DISCOUNTED' and month_end >= '2025-02-28'",
    )
    assert balance == (None,), "nothing is owed once the bill is discounted"


def test_a_bill_that_came_back_leaves_its_invoice_at_its_own_dates(marts: Path) -> None:
    assert document(marts, "UNPAID", "due_date, due_date_source") == (dt.date(2025, 2, 5), "legal_default")


def test_a_payment_on_416_reaches_the_invoice_over_the_transfer(marts: Path) -> None:
    columns = "document_number, open_amount, doubtful_since, due_date"
    found = rows(marts, "fct_invoices", columns, "customer_id = 'DOUBT'")
    assert found == [
        ("F6", D(180), dt.date(2025, 5, 31), dt.date(2025, 2, 5)),
        ("F7", D(300), None, dt.date(2025, 2, 4)),
    ], "F7 is older, of the same amount, and not what the ledger moved"
    assert rows(marts, "fct_allocations", "method, amount", "customer_id = 'DOUBT'") == [("ledger", D(120))]


def test_exchange_and_rounding_beyond_the_tolerance(marts: Path) -> None:
    found = rows(marts, "fct_invoices", "line_type, amount", "customer_id = 'FXALONE'")
    assert found == [("exchange", D(5)), ("invoice", D(1000))]
    assert document(marts, "BEYOND", "line_type, amount") == ("invoice", D(500))


def test_a_deposit_is_billed_and_its_advance_is_set_against_the_invoice(marts: Path) -> None:
    columns = "document_type, line_type, amount, open_amount, status"
    assert rows(marts, "fct_invoices", columns, "customer_id = 'ADVANCE'") == [
        ("deposit", "deposit", D(400), D(0), "paid"),
        ("invoice", "invoice", D(1200), D(800), "partially_paid"),
        ("other", "advance_applied", D(-400), D(0), "credited"),
    ]


def test_a_payment_through_suspense_is_flagged(marts: Path) -> None:
    assert rows(marts, "fct_payments", "is_suspense, amount", "customer_id = 'SUSPENSE'") == [(True, D(90))]


def test_a_retention_is_a_tranche_of_its_own_due_a_year_on(marts: Path) -> None:
    columns = "document_type, amount, open_amount, due_date, is_retention"
    assert rows(marts, "fct_invoices", columns, "customer_id = 'RETAINED' and amount > 0") == [
        ("invoice", D(1200), D(0), dt.date(2025, 2, 5), False),
        ("other", D(60), D(60), dt.date(2026, 1, 6), True),
    ]
    assert rows(marts, "fct_invoices", f"{columns}, vat_amount", "customer_id = 'WITHHELD'") == [
        ("invoice", D(50), D(50), dt.date(2026, 1, 6), True, D("8.33")),
        ("invoice", D(950), D(950), dt.date(2025, 2, 5), False, D("158.34")),
    ]


def test_a_payment_that_came_back_is_never_billed_and_the_next_one_pays(marts: Path) -> None:
    columns = "status, settled_on, days_to_pay"
    assert document(marts, "TWICE", columns) == ("paid", dt.date(2025, 3, 4), 57)
    kinds = rows(marts, "fct_payments", "payment_date, kind", "customer_id = 'TWICE'")
    assert [kind for _, kind in kinds] == ["receipt", "rejection", "receipt"]


def test_an_amount_of_zero_is_kept_and_owes_nothing(marts: Path) -> None:
    assert rows(marts, "fct_invoices", "amount, open_amount, status", "customer_id = 'NOTHING'") == [
        (D(0), D(0), "paid")
    ]


def test_a_provision_says_nothing_of_the_line_beside_it(marts: Path) -> None:
    assert rows(marts, "fct_invoices", "line_type, amount", "customer_id = 'PROVISION'") == [("other", D(33))]


def test_the_configuration_reads_accounts_and_roles_its_own_way(marts: Path) -> None:
    columns = "line_type, amount"
    where = "company_id = 'own' and amount < 0"
    assert rows(marts, "fct_invoices", columns, where) == [("set_off", D(-50)), ("write_off", D(-100))]
    assert rows(marts, "fct_payments", "payment_id", "company_id = 'own'") == []


def test_lettering_is_followed_over_three_years_and_two_spellings(marts: Path) -> None:
    columns = "customer_id, document_number, open_amount, settled_on"
    assert rows(marts, "fct_invoices", columns, "company_id = 'years'") == [
        ("12", "F0", D(400), None),
        ("12", "F1", D(0), dt.date(2025, 3, 5)),
    ]
    methods = rows(marts, "fct_allocations", "allocation_date, amount, method", "company_id = 'years'")
    assert methods == [
        (dt.date(2023, 12, 20), D(300), "ledger"),
        (dt.date(2024, 2, 10), D(450), "ledger"),
        (dt.date(2025, 3, 5), D(250), "ledger"),
    ]


def test_only_sales_are_billed(marts: Path) -> None:
    [(billed,)] = rows(marts, "fct_dso_monthly", "sum(billed)", "company_id = 'lines'")
    invoices = 1200 + 120 + 500 + 600 + 700 + 300 + 300 + 1200 + 1200 + 1000 + 1000 + D("100.03") + 500
    invoices += 400 + 1200 + 2400 + 250 + 90 + 15 + 1200 + 1000 + 500 + 12
    assert billed == invoices
