"""`encours check` on tables: what each file holds and how it was read, and every refusal beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.check import CheckReport, check_inputs, exit_code
from pipelines.config import load_settings
from pipelines.errors import UsageError
from pipelines.progress import Progress

CONFIG = """\
company: {name: A, siren: '732829320'}
ledgers:
  - kind: subledger
    name: erp
    invoices: {path: inv.csv, columns: {amount: Montant}, only: {Société: ['1']}}
    payments: pay.csv
events:
  disputes: dis.csv
customers: cust.csv
"""
FILES = {
    "inv.csv": (
        "invoice_id;customer_id;issue_date;due_date;Montant;Société\n"
        "F1;C1;13/01/2025;12/02/2025;1 200,50;1\nF2;C2;soon;12/02/2025;100,00;1\n"
        "F3;C2;14/01/2025;12/02/2025;-50,00;1\nF4;C2;15/01/2025;12/02/2025;9,00;2\n"
    ),
    "pay.csv": "payment_id,customer_id,payment_date,amount\nP1,C1,2025-02-10,1200.50\n",
    "dis.csv": "invoice_id,opened_on,reason\nF1,2025-02-01,price\n",
    "cust.csv": "customer_id,payment_terms\nC1,30\n",
}


def checked(folder: Path, **changed: str) -> CheckReport:
    (folder / "encours.yml").write_text(CONFIG, encoding="utf-8")
    for name, text in FILES.items():
        (folder / name).write_text(changed.get(name.removesuffix(".csv"), text), encoding="utf-8")
    return check_inputs(load_settings(folder / "encours.yml"), Progress())


def block(report: CheckReport, name: str) -> list[str]:
    """The lines about one file."""
    lines = list(report.lines())
    start = next(at for at, line in enumerate(lines) if line.startswith(name))
    end = next((at for at in range(start + 1, len(lines)) if not lines[at].startswith(" ")), len(lines))
    return [line.strip() for line in lines[start:end]]


def test_each_table_tells_its_rows_totals_days_and_how_it_was_read(tmp_path: Path) -> None:
    before = {**FILES}
    report = checked(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*before, "encours.yml"])
    assert exit_code(report.refusals) == 0
    invoices = block(report, "inv.csv")
    assert invoices[0] == "inv.csv  (invoices, erp)"
    assert invoices[1].split(maxsplit=1)[1] == "4 read, 2 accepted, 1 rejected, 1 out of scope"
    assert invoices[2].startswith("line 3: ") and "'soon'" in invoices[2]
    assert "totals  positive 1,200.50, negative -50.00: sum 1,150.50" in invoices
    assert "dates   2025-01-13 to 2025-01-14" in invoices
    assert any("%d/%m/%Y" in line for line in invoices) and any("','" in line for line in invoices)
    assert block(report, "dis.csv")[0] == "dis.csv  (disputes, events)"
    assert block(report, "cust.csv")[:2] == [
        "cust.csv  (customers)",
        "rows    1 read, 1 accepted, 0 rejected",
    ]
    assert not any("balanced" in line for line in report.lines())


def test_one_refusal_does_not_hide_the_others(tmp_path: Path) -> None:
    report = checked(
        tmp_path,
        inv=FILES["inv.csv"].replace("Montant", "Montants"),
        pay="payment_id,customer_id,payment_date,amount\nP1,C1,03/04/2025,1.50\n",
        cust="customer_id,payment_terms\nC1,30\nC1,60\n",
    )
    told = [str(one) for one in report.refusals]
    assert len(told) == 3
    assert "'Montant'" in told[0] and "Montants" in told[0] and "line 5, key ledgers[0].invoices" in told[0]
    assert "'03/04/2025'" in told[1] and "date_format" in told[1]
    assert "customer C1 stands on lines 2 and 3" in told[2]
    assert exit_code(report.refusals) == 1
    assert block(report, "dis.csv")


def test_a_table_that_is_not_there_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "encours.yml").write_text(CONFIG, encoding="utf-8")
    for name in ("inv.csv", "pay.csv", "cust.csv"):
        (tmp_path / name).write_text(FILES[name], encoding="utf-8")
    with pytest.raises(UsageError, match=r"line 8, key events\.disputes: no file found at dis\.csv"):
        check_inputs(load_settings(tmp_path / "encours.yml"), Progress())
