"""`encours map`: what is proposed for a file, what is left to the user, what is written."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.config import load_settings
from pipelines.config_edit import add_section
from pipelines.errors import EncoursError, UsageError
from pipelines.mapping import Proposal, as_table, propose, remarks, rows_shown, section, table_keys
from tests.real_data import REAL_DATA, needs_real_data

FRENCH = (
    "N° facture;Code client;Raison sociale;Date de la facture;Date d'échéance;Montant TTC;Reste à payer;Commentaire\n"
    "F-001;C1;Dupont;13/01/2025;12/02/2025;1 200,50;0,00;\n"
    "F-002;C2;Martin;14/01/2025;13/02/2025;600,00;600,00;à relancer\n"
    "A-001;C1;Dupont;20/01/2025;20/01/2025;-100,00;-100,00;\n"
)


def proposal(folder: Path, text: str, **options: object) -> Proposal:
    path = folder / "export.csv"
    path.write_text(text, encoding="utf-8")
    return propose(path, folder / "read", **options)  # type: ignore[arg-type]


def mapped(given: Proposal) -> dict[str, str]:
    return {one.column: one.header for one in given.guesses}


def test_a_french_export_is_told_from_headers_and_values(tmp_path: Path) -> None:
    found = proposal(tmp_path, FRENCH)
    assert found.table == "invoices"
    assert mapped(found) == {
        "invoice_id": "N° facture",
        "customer_id": "Code client",
        "customer_name": "Raison sociale",
        "issue_date": "Date de la facture",
        "due_date": "Date d'échéance",
        "amount": "Montant TTC",
        "open_amount": "Reste à payer",
    }
    assert found.unused == ("Commentaire",)
    assert found.is_complete
    rows = rows_shown(found)
    assert [row["amount"] for row in rows] == [Decimal("1200.50"), Decimal("600.00"), Decimal("-100.00")]
    assert [str(row["due_date"]) for row in rows] == ["2025-02-12", "2025-02-13", "2025-01-20"]
    header, lines = as_table(found)
    assert header == ["column", "from", "how sure", "line 2", "line 3", "line 4"]
    assert ["amount", "Montant TTC", "sure", "1200.50", "600.00", "-100.00"] in lines
    assert table_keys(found, tmp_path) == {
        "path": "export.csv",
        "columns": mapped(found),
        "date_format": "%d/%m/%Y",
        "decimal": ",",
    }


def test_two_headers_that_fit_alike_are_said_and_not_chosen(tmp_path: Path) -> None:
    text = "invoice_id,customer_id,invoice date,document date,amount\n1,C1,2025-01-13,2025-01-14,10.50\n"
    found = proposal(tmp_path, text)
    assert "issue_date" not in mapped(found)
    assert found.ambiguous == {"issue_date": ("invoice date", "document date")}
    assert found.missing == ("issue_date or due_date",)
    assert not found.is_complete
    told = " ".join(remarks(found))
    assert "'invoice date' or 'document date'" in told and "--column issue_date=" in told
    decided = proposal(tmp_path, text, columns={"issue_date": "Invoice Date"})
    assert mapped(decided)["issue_date"] == "invoice date"
    assert decided.is_complete


def test_dates_with_two_readings_are_refused_until_declared(tmp_path: Path) -> None:
    text = "invoice_id,customer_id,issue_date,amount\n1,C1,03/04/2025,10.50\n2,C1,05/06/2025,11.50\n"
    found = proposal(tmp_path, text)
    assert not found.is_complete
    assert "date_format" in " ".join(remarks(found))
    declared = proposal(tmp_path, text, date_format="%d/%m/%Y")
    assert declared.is_complete
    assert table_keys(declared, tmp_path)["date_format"] == "%d/%m/%Y"
    assert [str(row["issue_date"]) for row in rows_shown(declared)] == ["2025-04-03", "2025-06-05"]


def test_values_decide_whether_a_header_can_be_a_column(tmp_path: Path) -> None:
    # `doc_id` names each row, `invoice_id` does not; a `due date` that holds words is none.
    text = "doc_id,invoice_id,customer,due date,issue_date,amount\n" + "".join(
        f"{at},INV,C{at},soon,2025-01-{at:02},1{at}.00\n" for at in range(1, 6)
    )
    found = proposal(tmp_path, text, table="invoices")
    assert mapped(found)["invoice_id"] == "doc_id"
    assert "due_date" not in mapped(found)
    assert {"invoice_id", "due date"} <= set(found.unused)


def test_the_table_is_told_from_the_headers_or_asked_for(tmp_path: Path) -> None:
    disputes = proposal(tmp_path, "invoice_id,opened_on,reason\nF1,2025-01-13,price\n")
    assert disputes.table == "disputes"
    assert section(disputes, tmp_path) == {"events": {"disputes": {"path": "export.csv"}}}
    with pytest.raises(UsageError, match="--table invoices"):
        proposal(tmp_path, "a,b\n1,2\n")
    with pytest.raises(UsageError, match="'invoice' is unknown; did you mean 'invoices'"):
        proposal(tmp_path, FRENCH, table="invoice")
    with pytest.raises(UsageError, match="did you mean 'due_date'"):
        proposal(tmp_path, FRENCH, columns={"due_dat": "x"})
    with pytest.raises(UsageError, match="--date-format: 'DD/MM/YYYY' does not tell a day; write %d/%m/%Y"):
        proposal(tmp_path, FRENCH, date_format="DD/MM/YYYY")
    with pytest.raises(UsageError, match="--decimal: "):
        proposal(tmp_path, FRENCH, decimal=";")
    with pytest.raises(UsageError, match="did you mean 'Montant TTC'"):
        proposal(tmp_path, FRENCH, columns={"amount": "Montan TTC"})


def test_a_preset_comes_first_and_is_not_repeated(tmp_path: Path) -> None:
    text = (
        "id,partner_id,move_type,state,name,invoice_date,invoice_date_due,amount_total,amount_residual,Chantier\n"
        "1,C1,out_invoice,posted,F1,2025-01-13,2025-02-12,100.00,0.00,A\n"
        "2,C1,out_refund,posted,A1,2025-01-14,2025-01-14,30.00,30.00,A\n"
        "3,S1,in_invoice,posted,B1,2025-01-14,2025-01-14,50.00,0.00,A\n"
    )
    plain = proposal(tmp_path, text)
    assert plain.alike == "odoo" and "--preset odoo" in " ".join(remarks(plain))
    found = proposal(tmp_path, text, preset="odoo")
    assert [row["amount"] for row in rows_shown(found)] == [Decimal("100.00"), Decimal("-30.00")]
    assert "2 accepted" in " ".join(remarks(found)) and "1 out of scope" in " ".join(remarks(found))
    given = section(found, tmp_path)["ledgers"][0]
    assert given["preset"] == "odoo"
    assert "columns" not in given["invoices"]


def test_a_key_of_several_columns_and_what_a_preset_needs(tmp_path: Path) -> None:
    text = (
        "BUKRS,KUNNR,BELNR,GJAHR,BUZEI,BLART,BLDAT,BUDAT,SHKZG,DMBTR,WRBTR,WAERS\n"
        "1000,31,90001,2025,001,RV,20250113,20250113,S,120.00,120.00,EUR\n"
    )
    assert proposal(tmp_path, text, table="invoices").alike == "sap"
    found = proposal(tmp_path, text, table="invoices", preset="sap")
    assert mapped(found)["invoice_id"] == "BUKRS + BELNR + GJAHR + BUZEI"
    # The document's code is none of our types: it is for the preset's conditions.
    assert "document_type" not in mapped(found)
    assert [row["invoice_id"] for row in rows_shown(found)] == ["1000-90001-2025-001"]
    assert not {"BUKRS", "BELNR"} & set(found.unused)
    lacking = proposal(tmp_path, text.replace("SHKZG", "DRCRK"), table="invoices", preset="sap")
    assert not lacking.is_complete and "SHKZG" in " ".join(remarks(lacking))


def test_codes_that_are_no_document_types_are_not_taken_for_them(tmp_path: Path) -> None:
    head = "invoice_id,customer_id,issue_date,amount,document type\n"
    assert "document_type" in mapped(proposal(tmp_path, head + "1,C,2025-01-13,1.50,Credit memo\n"))
    assert "document_type" not in mapped(proposal(tmp_path, head + "1,C,2025-01-13,1.50,RV\n"))


def test_rows_that_would_be_refused_are_told_and_a_file_without_others_is_not_written(tmp_path: Path) -> None:
    head = "invoice_id,customer_id,issue_date,amount\n"
    found = proposal(tmp_path, head + "1,,2025-01-13,1.50\n")
    assert not found.is_complete
    assert any(one.startswith("line 2: ") for one in remarks(found))


def test_customers_are_mapped_too(tmp_path: Path) -> None:
    found = proposal(
        tmp_path,
        "Code client;Raison sociale;Conditions de paiement;Plafond\nC1;Dupont;30;1000\nC2;Martin;45 FDM;\n",
    )
    assert found.table == "customers" and found.is_complete
    assert [row["payment_terms"] for row in rows_shown(found)] == ["30", "45 FDM"]
    assert section(found, tmp_path)["customers"]["columns"]["credit_limit"] == "Plafond"


def test_a_hostile_value_is_just_shown(tmp_path: Path) -> None:
    text = 'invoice_id,customer_id,issue_date,amount\n[red]1[/red],"=cmd|x\x1b[31m",2025-01-13,10.50\n'
    (tmp_path / "export.csv").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["map", str(tmp_path / "export.csv")])
    assert result.exit_code == 0, result.output
    assert "[red]1[/red]" in result.output and "=cmd|x" in result.output and "\x1b[31m" not in result.output


@needs_real_data
@pytest.mark.parametrize(
    ("folder", "name", "rows", "columns"),
    [
        (
            "ar_ibm_late_payment",
            "WA_Fn-UseC_-Accounts-Receivable.csv",
            2466,
            {"invoice_id": "invoiceNumber", "customer_id": "customerID", "paid_date": "SettledDate"},
        ),
        ("ar_highradius", "shared.csv", 20962, {"customer_id": "cust_number", "paid_date": "clear_date"}),
    ],
)
def test_real_exports_are_told(
    tmp_path: Path, folder: str, name: str, rows: int, columns: dict[str, str]
) -> None:
    found = propose(REAL_DATA / folder / name, tmp_path)
    assert found.table == "invoices" and found.landed is not None
    assert columns.items() <= mapped(found).items()
    assert found.landed.statistics["rows_accepted"] == rows


# --- writing -------------------------------------------------------------------------------------------------------

HEAD = "# ours\ncompany: {name: A, siren: '732829320'}   # the company\n"
FEC = "ledgers:   # all\n  - {kind: fec, path: ledgers/*.txt}   # each year\n\n# the end\nworkspace: var\n"
SUB = "ledgers:\n- kind: subledger   # the ERP\n  invoices: inv.csv\n\n  # later: payments\n\nworkspace: var"
NEW = {
    "ledgers": [{"kind": "subledger", "invoices": {"path": "a.csv", "columns": {"amount": "Montant TTC"}}}]
}
PAYMENTS = {"ledgers": [{"kind": "subledger", "payments": {"path": "p.csv"}}]}
EVENT = {"events": {"disputes": {"path": "d.csv"}}}


def edited(folder: Path, text: str, given: dict[str, object]) -> str:
    path = folder / "encours.yml"
    path.write_bytes(text.encode("utf-8"))
    backup = add_section(path, given)
    assert backup.read_bytes() == text.encode("utf-8")
    after = path.read_bytes().decode("utf-8")
    # Every line before is there, in its order.
    lines = iter(after.splitlines())
    assert all(any(line == other for other in lines) for line in text.splitlines())
    return after


def test_a_sub_ledger_is_added_beside_the_ledger_and_comments_stay(tmp_path: Path) -> None:
    after = edited(tmp_path, HEAD + FEC, NEW)
    assert "# each year\n  - kind: subledger\n    invoices:\n      path: a.csv\n" in after
    (one,) = load_settings(tmp_path / "encours.yml").companies[0].subledgers
    assert one.tables["invoices"].spec.columns == {"amount": "Montant TTC"}


def test_a_table_is_added_to_the_sub_ledger_that_is_there(tmp_path: Path) -> None:
    after = edited(tmp_path, HEAD + SUB, PAYMENTS)
    assert "  invoices: inv.csv\n  payments:\n    path: p.csv\n\n  # later" in after
    assert list(load_settings(tmp_path / "encours.yml").companies[0].subledgers[0].tables) == [
        "invoices",
        "payments",
    ]


def test_events_are_added_once_and_then_under_their_key(tmp_path: Path) -> None:
    after = edited(tmp_path, HEAD + FEC, EVENT)
    assert after.endswith("workspace: var\nevents:\n  disputes:\n    path: d.csv\n")
    again = edited(tmp_path, after, {"events": {"orders": {"path": "o.csv"}}})
    assert again.endswith("    path: d.csv\n  orders:\n    path: o.csv\n")


def test_line_ends_and_a_byte_order_mark_stay(tmp_path: Path) -> None:
    path = tmp_path / "encours.yml"
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD + FEC).replace("\n", "\r\n").encode())
    add_section(path, EVENT)
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf# ours\r\n")
    assert raw.count(b"\n") == raw.count(b"\r\n") and raw.endswith(b"    path: d.csv\r\n")


@pytest.mark.parametrize(
    ("text", "given", "said"),
    [
        (HEAD + SUB, NEW, "line 5: invoices is mapped there already"),
        (HEAD + FEC, PAYMENTS, "no sub-ledger to add payments to"),
        (HEAD + "ledgers: [{kind: fec, path: a.txt}]\n", NEW, "line 3, key ledgers: it is written between brackets"),
        (HEAD + "ledgers:\n  - {kind: subledger, invoices: a.csv}\n", PAYMENTS, "between brackets"),
        (HEAD + SUB + "\nevents: {orders: o.csv}\n", EVENT, "key events: it is written between brackets"),
        (HEAD + FEC + "customers: c.csv\n", {"customers": {"path": "d.csv"}}, "customers is mapped there already"),
        ("companies:\n  - {name: A, siren: '732829320', ledgers: [{path: a}]}\n", EVENT, "several companies"),
        (
            HEAD + SUB.replace("- kind", "- kind: subledger\n  name: b\n  invoices: b.csv\n- kind"),
            PAYMENTS,
            "several sub-ledgers",
        ),
        (HEAD + FEC, {"events": {"disputes": {"path": ""}}}, "would not be accepted"),
    ],
)  # fmt: skip
def test_what_has_no_place_is_refused_and_nothing_changes(
    tmp_path: Path, text: str, given: dict[str, object], said: str
) -> None:
    path = tmp_path / "encours.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EncoursError) as caught:
        add_section(path, given)
    assert said in str(caught.value), str(caught.value)
    assert path.read_text(encoding="utf-8") == text
    assert [one.name for one in tmp_path.iterdir()] == ["encours.yml"]


def test_the_command_writes_only_when_told(tmp_path: Path) -> None:
    (tmp_path / "encours.yml").write_text(HEAD + FEC, encoding="utf-8")
    export = tmp_path / "erp" / "export.csv"
    export.parent.mkdir()
    export.write_text(FRENCH, encoding="utf-8")
    command = ["map", str(export), "--config", str(tmp_path / "encours.yml")]
    shown = CliRunner().invoke(app, command)
    assert shown.exit_code == 0, shown.output
    assert "path: erp/export.csv" in shown.output and "3 read, 3 accepted" in shown.output
    assert (tmp_path / "encours.yml").read_text(encoding="utf-8") == HEAD + FEC
    assert CliRunner().invoke(app, [*command, "--write"]).exit_code == 0
    (one,) = load_settings(tmp_path / "encours.yml").companies[0].subledgers
    assert one.tables["invoices"].pattern == "erp/export.csv"
    assert one.tables["invoices"].spec.decimal == ","
    assert (tmp_path / "encours.yml.bak").read_text(encoding="utf-8") == HEAD + FEC
