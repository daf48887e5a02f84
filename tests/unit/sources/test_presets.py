"""Each preset on the column names of its system: an invented export, read to typed rows."""

from __future__ import annotations

import sqlite3
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.config import load_settings
from pipelines.config_tables import load_preset, preset_names
from pipelines.errors import DataError
from pipelines.sources.open_data import LandedFile
from pipelines.sources.table_files import read_table_file
from pipelines.sources.table_parse import land_table
from tests.real_data import REAL_DATA, needs_real_data


def landed(folder: Path, preset: str, table: str, text: str, keys: str = "") -> LandedFile:
    """An export read through a preset, as a configuration names it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{table}.csv").write_text(text, encoding="utf-8")
    other = "" if table == "invoices" else "    invoices: none.csv\n"
    (folder / "encours.yml").write_text(
        f"company: {{name: A, siren: '732829320'}}\nledgers:\n  - kind: subledger\n    preset: {preset}\n"
        f"{other}    {table}: {{path: {table}.csv{keys}}}\n",
        encoding="utf-8",
    )
    spec = load_settings(folder / "encours.yml").companies[0].subledgers[0].tables[table].spec
    read = read_table_file(folder / f"{table}.csv", spec, folder / "texts")
    return land_table(read, spec, folder / "raw", folder / "quarantine")


def rows(one: LandedFile, *columns: str) -> list[tuple[Any, ...]]:
    names = ", ".join(columns)
    return duckdb.sql(f"select {names} from read_parquet('{one.parquet}') order by line_number").fetchall()


def counts(one: LandedFile) -> tuple[int, int, int, int]:
    facts = one.statistics
    return tuple(facts[f"rows_{what}"] for what in ("read", "accepted", "rejected", "out_of_scope"))  # type: ignore[return-value]


DOCUMENT = ("invoice_id", "customer_id", "document_type", "amount", "open_amount", "issue_date", "due_date")


def test_odoo_by_technical_names(tmp_path: Path) -> None:
    one = landed(
        tmp_path,
        "odoo",
        "invoices",
        "id,partner_id,invoice_partner_display_name,move_type,state,name,invoice_date,invoice_date_due,date,"
        "currency_id,amount_total_in_currency_signed,amount_total_signed,amount_residual,write_date,payment_state\n"
        "7,31,Dupont,out_invoice,posted,FAC/2025/1,2025-01-13,2025-02-12,2025-01-14,USD,120.00,110.50,20.00,"
        "2025-01-15 10:11:12,partial\n"
        "8,31,Dupont,out_refund,posted,RFAC/2025/1,2025-01-20,2025-01-20,2025-01-20,USD,-50.00,-46.00,50.00,"
        "2025-01-21 10:11:12,not_paid\n"
        "9,31,Dupont,out_invoice,draft,/,,2025-01-20,2025-01-20,USD,10.00,9.00,10.00,2025-01-21 10:11:12,not_paid\n"
        "10,32,Achats,in_invoice,posted,BILL/1,2025-01-20,2025-01-20,2025-01-20,EUR,10.00,9.00,10.00,"
        "2025-01-21 10:11:12,paid\n",
    )
    assert counts(one) == (4, 2, 0, 2)
    assert rows(one, *DOCUMENT) == [
        ("7", "31", "invoice", Decimal("120.00"), Decimal("20.00"), date(2025, 1, 13), date(2025, 2, 12)),
        (
            "8",
            "31",
            "credit_note",
            Decimal("-50.00"),
            Decimal("-50.00"),
            date(2025, 1, 20),
            date(2025, 1, 20),
        ),
    ]
    columns = ("customer_name", "document_number", "currency", "company_amount", "entry_date")
    assert rows(one, *columns, "updated_at::varchar") == [
        ("Dupont", "FAC/2025/1", "USD", Decimal("110.50"), date(2025, 1, 14), "2025-01-15 10:11:12"),
        ("Dupont", "RFAC/2025/1", "USD", Decimal("-46.00"), date(2025, 1, 20), "2025-01-21 10:11:12"),
    ]  # fmt: skip


def test_odoo_by_french_labels(tmp_path: Path) -> None:
    one = landed(
        tmp_path,
        "odoo",
        "invoices",
        "Numéro,Nom d'affichage du partenaire de la facture,Date de facturation,Date d'échéance,Type,Statut,"
        "Total,Montant dû,Devise\n"
        "FAC/1,Dupont,2025-01-13,2025-02-12,Facture client,Comptabilisé,120.00,20.00,EUR\n"
        "RFAC/1,Dupont,2025-01-20,2025-01-20,Avoir client,Comptabilisé,50.00,50.00,EUR\n"
        "FAC/2,Dupont,2025-01-20,2025-01-20,Facture client,Brouillon,50.00,50.00,EUR\n",
    )
    assert counts(one) == (3, 2, 0, 1)
    assert rows(one, *DOCUMENT) == [
        ("FAC/1", "Dupont", "invoice", Decimal("120.00"), Decimal("20.00"), date(2025, 1, 13), date(2025, 2, 12)),
        ("RFAC/1", "Dupont", "credit_note", Decimal("-50.00"), Decimal("-50.00"), date(2025, 1, 20),
         date(2025, 1, 20)),
    ]  # fmt: skip


def test_odoo_without_the_type_is_refused_since_credit_notes_bear_no_sign(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="move_type"):
        landed(
            tmp_path, "odoo", "invoices", "name,partner_id,invoice_date,amount_total\nF1,31,2025-01-13,1.00\n"
        )


def test_odoo_payments_and_allocations(tmp_path: Path) -> None:
    one = landed(
        tmp_path / "p",
        "odoo",
        "payments",
        "id,partner_id,date,amount,currency_id,payment_type,partner_type,state,memo\n"
        "1,31,2025-02-10,100.00,EUR,inbound,customer,paid,FAC/2025/1\n"
        "2,31,2025-02-11,40.00,EUR,outbound,customer,posted,refund\n"
        "3,32,2025-02-11,40.00,EUR,outbound,supplier,posted,BILL/1\n"
        "4,31,2025-02-11,40.00,EUR,inbound,customer,draft,\n",
    )
    assert counts(one) == (4, 2, 0, 2)
    assert rows(one, "payment_id", "amount", "payment_date", "reference") == [
        ("1", Decimal("100.00"), date(2025, 2, 10), "FAC/2025/1"),
        ("2", Decimal("-40.00"), date(2025, 2, 11), "refund"),
    ]
    matched = landed(
        tmp_path / "a",
        "odoo",
        "allocations",
        "id,debit_move_id/move_id/id,credit_move_id/payment_id/id,debit_amount_currency,max_date\n"
        "5,__export__.account_move_7,__export__.account_payment_1,100.00,2025-02-10\n",
    )
    assert rows(matched, "invoice_id", "payment_id", "amount", "allocation_date") == [
        ("__export__.account_move_7", "__export__.account_payment_1", Decimal("100.00"), date(2025, 2, 10))
    ]


def test_dolibarr_by_table_and_by_label(tmp_path: Path) -> None:
    one = landed(
        tmp_path / "t",
        "dolibarr",
        "invoices",
        "rowid,ref,type,fk_soc,datef,date_lim_reglement,total_ttc,total_tva,fk_statut,paye,tms\n"
        "1,FA2501-0001,0,31,2025-01-13,2025-02-12,120.00000000,20.00000000,2,1,2025-02-12 08:00:00\n"
        "2,AV2501-0001,2,31,2025-01-14,2025-01-14,-60.00000000,-10.00000000,1,0,2025-02-12 08:00:00\n"
        "3,AC2501-0001,3,31,2025-01-15,2025-01-15,24.00000000,4.00000000,1,0,2025-02-12 08:00:00\n"
        "4,(PROV4),0,31,2025-01-15,2025-01-15,24.00000000,4.00000000,0,0,2025-02-12 08:00:00\n"
        "5,FA2501-0002,0,31,2025-01-15,2025-01-15,24.00000000,4.00000000,3,0,2025-02-12 08:00:00\n",
    )
    assert counts(one) == (5, 3, 0, 2)
    assert rows(
        one, "invoice_id", "document_number", "document_type", "amount", "due_date", "vat_amount"
    ) == [
        ("1", "FA2501-0001", "invoice", Decimal("120.00"), date(2025, 2, 12), Decimal("20.00")),
        ("2", "AV2501-0001", "credit_note", Decimal("-60.00"), date(2025, 1, 14), Decimal("-10.00")),
        ("3", "AC2501-0001", "deposit", Decimal("24.00"), date(2025, 1, 15), Decimal("4.00")),
    ]
    labels = landed(
        tmp_path / "l",
        "dolibarr",
        "invoices",
        "Id facture;Réf. facture;Nom tiers;Id tiers;Date facturation;Date limite règlement;Total TTC;Statut facture\n"
        "1;FA1;Dupont;31;13/01/2025;12/02/2025;120,00;1\n2;FA2;Dupont;31;14/01/2025;13/02/2025;60,00;0\n",
    )
    assert counts(labels) == (2, 1, 0, 1)
    assert rows(labels, "invoice_id", "customer_id", "document_number", "amount", "due_date") == [
        ("1", "31", "FA1", Decimal("120.00"), date(2025, 2, 12))
    ]
    kinds = landed(
        tmp_path / "k",
        "dolibarr",
        "invoices",
        "Id facture;Type de facture;Id tiers;Date facturation;Total TTC\n"
        "1;Facture standard;31;13/01/2025;120,00\n2;Facture avoir;31;14/01/2025;-60,00\n",
    )
    assert rows(kinds, "document_type", "amount") == [
        ("invoice", Decimal("120.00")),
        ("credit_note", Decimal("-60.00")),
    ]
    allocated = landed(
        tmp_path / "a",
        "dolibarr",
        "allocations",
        "rowid,fk_paiement,fk_facture,amount\n1,9,1,120.00000000\n",
    )
    assert rows(allocated, "payment_id", "invoice_id", "amount") == [("9", "1", Decimal("120.00"))]


def test_erpnext(tmp_path: Path) -> None:
    one = landed(
        tmp_path / "i",
        "erpnext",
        "invoices",
        "name,customer,customer_name,posting_date,due_date,grand_total,base_grand_total,outstanding_amount,currency,"
        "conversion_rate,is_return,docstatus,status\n"
        "SINV-1,C1,Dupont,2025-01-13,2025-02-12,100.00,92.50,0.00,USD,0.925,0,1,Paid\n"
        "SINV-2,C1,Dupont,2025-01-14,2025-02-13,-40.00,-37.00,-37.00,USD,0.925,1,1,Return\n"
        "SINV-3,C1,Dupont,2025-01-14,2025-02-13,10.00,9.25,10.00,USD,0.925,0,0,Draft\n"
        "SINV-4,C1,Dupont,2025-01-14,2025-02-13,10.00,9.25,10.00,USD,0.925,0,2,Cancelled\n",
    )
    assert counts(one) == (4, 2, 0, 2)
    assert rows(one, "invoice_id", "document_type", "amount", "company_amount", "exchange_rate") == [
        ("SINV-1", "invoice", Decimal("100.00"), Decimal("92.50"), Decimal("0.92500000")),
        ("SINV-2", "credit_note", Decimal("-40.00"), Decimal("-37.00"), Decimal("0.92500000")),
    ]
    labels = landed(
        tmp_path / "l",
        "erpnext",
        "invoices",
        "ID,Customer,Date,Payment Due Date,Grand Total,Outstanding Amount,Is Return (Credit Note),Status\n"
        "SINV-1,C1,2025-01-13,2025-02-12,100.00,0.00,0,Paid\nSINV-9,C1,2025-01-13,2025-02-12,1.00,0.00,0,Draft\n",
    )
    assert rows(labels, "invoice_id", "amount", "due_date") == [
        ("SINV-1", Decimal("100.00"), date(2025, 2, 12))
    ]
    paid = landed(
        tmp_path / "p",
        "erpnext",
        "payments",
        "name,payment_type,party_type,party,posting_date,paid_amount,reference_no,docstatus\n"
        "PE-1,Receive,Customer,C1,2025-02-10,100.00,CHQ 1,1\nPE-2,Pay,Customer,C1,2025-02-11,40.00,,1\n"
        "PE-3,Pay,Supplier,S1,2025-02-11,40.00,,1\nPE-4,Receive,Customer,C1,2025-02-11,40.00,,2\n",
    )
    assert counts(paid) == (4, 2, 0, 2)
    assert rows(paid, "payment_id", "amount") == [("PE-1", Decimal("100.00")), ("PE-2", Decimal("-40.00"))]
    allocated = landed(
        tmp_path / "a",
        "erpnext",
        "allocations",
        "name,parent,reference_doctype,reference_name,allocated_amount,docstatus\n"
        "x1,PE-1,Sales Invoice,SINV-1,100.00,1\nx2,PE-1,Sales Order,SO-1,5.00,1\n",
    )
    assert counts(allocated) == (2, 1, 0, 1)
    assert rows(allocated, "invoice_id", "payment_id", "amount") == [("SINV-1", "PE-1", Decimal("100.00"))]


def test_sage_documents_and_entries(tmp_path: Path) -> None:
    one = landed(
        tmp_path / "d",
        "sage",
        "invoices",
        "DO_Domaine;DO_Type;DO_Piece;DO_Tiers;DO_Provenance;DO_Date;DR_Date;DO_TotalTTC\n"
        "0;7;FA00001;DUPONT;0;13/01/2025;12/02/2025;1 200,00\n0;6;FV00001;DUPONT;2;14/01/2025;14/01/2025;100,00\n"
        "0;1;BC00001;DUPONT;0;14/01/2025;14/01/2025;100,00\n",
    )
    assert counts(one) == (3, 2, 0, 1)
    assert rows(one, "invoice_id", "customer_id", "document_type", "amount", "due_date") == [
        ("FA00001", "DUPONT", "invoice", Decimal("1200.00"), date(2025, 2, 12)),
        ("FV00001", "DUPONT", "credit_note", Decimal("-100.00"), date(2025, 1, 14)),
    ]
    entries = (
        "N° interne;Code journal;Date;N° facture;N° compte tiers;Libellé écriture;Date échéance;Sens;Montant;Lettrage\n"
        "1;VTE;13/01/2025;FA1;DUPONT;Facture FA1;12/02/2025;Débit;1 200,00;A\n"
        "2;BQ;12/02/2025;;DUPONT;Virement FA1;;Crédit;1 200,00;A\n"
        "3;VTE;14/01/2025;AV1;DUPONT;Avoir;;Crédit;50,00;\n"
        "4;BQ;15/02/2025;;DUPONT;Rejet;;Débit;30,00;\n"
        "5;AN;01/01/2025;FA0;DUPONT;A nouveau;;Débit;30,00;\n"
    )
    documents = landed(tmp_path / "e", "sage", "invoices", entries)
    assert counts(documents) == (5, 2, 0, 3)
    assert rows(documents, "invoice_id", "document_number", "document_type", "amount", "matching_number") == [
        ("1", "FA1", "invoice", Decimal("1200.00"), "A"),
        ("3", "AV1", "credit_note", Decimal("-50.00"), None),
    ]
    paid = landed(tmp_path / "p", "sage", "payments", entries)
    assert counts(paid) == (5, 2, 0, 3)
    assert rows(paid, "payment_id", "amount", "payment_date", "matching_number") == [
        ("2", Decimal("1200.00"), date(2025, 2, 12), "A"),
        ("4", Decimal("-30.00"), date(2025, 2, 15), None),
    ]
    allocated = landed(
        tmp_path / "a",
        "sage",
        "allocations",
        "RG_No,DR_No,DO_Domaine,DO_Type,DO_Piece,RC_Montant\n11,21,0,7,FA00001,500.00\n12,22,1,17,FF1,9.00\n",
    )
    assert rows(allocated, "allocation_id", "invoice_id", "payment_id", "amount") == [
        ("11-21", "FA00001", "11", Decimal("500.00"))
    ]


SAP = (
    "MANDT,BUKRS,KUNNR,BELNR,GJAHR,BUZEI,BLART,BLDAT,BUDAT,ZFBDT,ZBD1T,SHKZG,DMBTR,WRBTR,WAERS,AUGBL,AUGDT,XBLNR\n"
    "100,1000,0000031,0090000001,2025,001,RV,20250113,20250114,20250113,30,S,110.50,120.00,USD,,00000000,90001\n"
    "100,1000,0000031,0090000002,2025,001,RV,20250120,20250120,20250120,0,H,46.00,50.00,USD,,00000000,90002\n"
    "100,1000,0000031,0090000003,2025,001,DR,20250121,20250121,20250121,30,S,60.00,60.00,EUR,1400000001,20250220,90003\n"
    "100,1000,0000031,0090000003,2025,002,DR,20250121,20250121,20250221,30,S,40.00,40.00,EUR,,00000000,90003\n"
    "100,1000,0000031,1400000001,2025,001,DZ,20250220,20250220,20250220,0,H,60.00,60.00,EUR,1400000001,20250220,\n"
    "100,1000,0000031,1400000002,2025,001,DZ,20250221,20250221,20250221,0,S,10.00,10.00,EUR,,00000000,\n"
)


def test_sap_parts_one_file_and_every_row_goes_to_exactly_one(tmp_path: Path) -> None:
    documents = landed(tmp_path / "i", "sap", "invoices", SAP)
    paid = landed(tmp_path / "p", "sap", "payments", SAP)
    assert counts(documents) == (6, 4, 0, 2)
    assert counts(paid) == (6, 2, 0, 4)
    lines = {row[0] for one in (documents, paid) for row in rows(one, "line_number")}
    assert lines == set(range(2, 8))
    assert rows(
        documents, "invoice_id", "document_type", "amount", "company_amount", "baseline_date", "terms_days"
    ) == [
        ("1000-0090000001-2025-001", "invoice", Decimal("120.00"), Decimal("110.50"), date(2025, 1, 13), 30),
        (
            "1000-0090000002-2025-001",
            "credit_note",
            Decimal("-50.00"),
            Decimal("-46.00"),
            date(2025, 1, 20),
            0,
        ),
        ("1000-0090000003-2025-001", "invoice", Decimal("60.00"), Decimal("60.00"), date(2025, 1, 21), 30),
        ("1000-0090000003-2025-002", "invoice", Decimal("40.00"), Decimal("40.00"), date(2025, 2, 21), 30),
    ]
    assert rows(documents, "matching_number", "paid_date", "entry_date", "customer_id") == [
        (None, None, date(2025, 1, 14), "0000031"),
        (None, None, date(2025, 1, 20), "0000031"),
        ("1400000001", date(2025, 2, 20), date(2025, 1, 21), "0000031"),
        (None, None, date(2025, 1, 21), "0000031"),
    ]
    assert rows(paid, "payment_id", "amount", "payment_date", "matching_number") == [
        ("1000-1400000001-2025-001", Decimal("60.00"), date(2025, 2, 20), "1400000001"),
        ("1000-1400000002-2025-001", Decimal("-10.00"), date(2025, 2, 21), None),
    ]
    with pytest.raises(DataError, match="SHKZG"):
        landed(tmp_path / "x", "sap", "invoices", SAP.replace("SHKZG", "DRCRK"))


def test_quickbooks_entities_and_report(tmp_path: Path) -> None:
    one = landed(
        tmp_path / "e",
        "quickbooks",
        "invoices",
        "Id,DocNumber,TxnDate,DueDate,CustomerRef.value,CustomerRef.name,TotalAmt,Balance,CurrencyRef.value,ExchangeRate\n"
        "130,1037,2025-01-13,2025-02-12,24,Sonnenschein,362.07,62.07,USD,0.92\n",
    )
    assert rows(one, *DOCUMENT) == [
        ("130", "24", "invoice", Decimal("362.07"), Decimal("62.07"), date(2025, 1, 13), date(2025, 2, 12))
    ]
    assert rows(one, "customer_name", "document_number", "currency", "exchange_rate") == [
        ("Sonnenschein", "1037", "USD", Decimal("0.92000000"))
    ]
    connector = landed(
        tmp_path / "c",
        "quickbooks",
        "invoices",
        "id,doc_number,transaction_date,due_date,customer_id,total_amount,balance,currency_id,_fivetran_deleted\n"
        "130,1037,2025-01-13,2025-02-12,24,362.07,62.07,USD,false\n131,1038,2025-01-13,2025-02-12,24,1.07,1.07,USD,true\n",
    )
    assert counts(connector) == (2, 1, 0, 1)
    report = (
        "Date,Transaction type,Num,Name,Memo/Description,Due date,Amount,Open balance\n"
        "13/01/2025,Invoice,1037,Sonnenschein,,12/02/2025,362.07,62.07\n"
        "14/01/2025,Credit Memo,1038,Sonnenschein,,14/01/2025,-50.00,0.00\n"
        "20/02/2025,Payment,CHQ 7,Sonnenschein,on 1037,,-250.00,0.00\n"
    )
    documents = landed(tmp_path / "r", "quickbooks", "invoices", report)
    assert counts(documents) == (3, 2, 0, 1)
    assert rows(documents, "invoice_id", "document_type", "amount", "open_amount") == [
        ("Invoice-1037", "invoice", Decimal("362.07"), Decimal("62.07")),
        ("Credit Memo-1038", "credit_note", Decimal("-50.00"), Decimal("0.00")),
    ]
    paid = landed(tmp_path / "p", "quickbooks", "payments", report)
    assert counts(paid) == (3, 1, 0, 2)
    assert rows(paid, "customer_id", "amount", "payment_date") == [
        ("Sonnenschein", Decimal("250.00"), date(2025, 2, 20))
    ]
    entity = landed(
        tmp_path / "q",
        "quickbooks",
        "payments",
        "Id,TxnDate,CustomerRef.value,TotalAmt\n9,2025-02-20,24,250.00\n",
    )
    assert rows(entity, "payment_id", "amount") == [("9", Decimal("250.00"))]
    lines = landed(
        tmp_path / "l",
        "quickbooks",
        "allocations",
        "index,payment_id,amount,credit_memo_id,invoice_id\n0,9,250.00,,130\n1,9,50.00,7,\n",
    )
    assert counts(lines) == (2, 1, 0, 1)
    assert rows(lines, "allocation_id", "invoice_id", "payment_id", "amount") == [
        ("9-0", "130", "9", Decimal("250.00"))
    ]


def test_xero_by_its_api_and_its_export(tmp_path: Path) -> None:
    one = landed(
        tmp_path / "a",
        "xero",
        "invoices",
        "InvoiceID,Type,Status,InvoiceNumber,Contact.ContactID,Contact.Name,Date,DueDate,Total,TotalTax,AmountDue,"
        "CurrencyCode,CurrencyRate,FullyPaidOnDate,UpdatedDateUTC\n"
        "a1,ACCREC,PAID,INV-1,c1,Dupont,2025-01-13,2025-02-12,120.00,20.00,0.00,USD,1.250000,2025-02-10,"
        "2025-02-10T10:00:00\n"
        "a2,ACCREC,DRAFT,INV-2,c1,Dupont,2025-01-13,2025-02-12,10.00,0.00,10.00,USD,1.250000,,2025-02-10T10:00:00\n"
        "a3,ACCPAY,PAID,B-1,c2,Achats,2025-01-13,2025-02-12,10.00,0.00,0.00,USD,1.250000,,2025-02-10T10:00:00\n",
    )
    assert counts(one) == (3, 1, 0, 2)
    assert rows(one, *DOCUMENT, "paid_date", "exchange_rate", "customer_name") == [
        ("a1", "c1", "invoice", Decimal("120.00"), Decimal("0.00"), date(2025, 1, 13), date(2025, 2, 12),
         date(2025, 2, 10), Decimal("0.80000000"), "Dupont")
    ]  # fmt: skip
    exported = landed(
        tmp_path / "e",
        "xero",
        "invoices",
        "ContactName,InvoiceNumber,Reference,InvoiceDate,DueDate,Total,TaxTotal,InvoiceAmountPaid,InvoiceAmountDue,"
        "Currency,Type,Status\n"
        "Dupont,INV-1,PO 9,13/01/2025,12/02/2025,120.00,20.00,100.00,20.00,EUR,Sales invoice,Awaiting Payment\n"
        "Achats,B-1,,13/01/2025,12/02/2025,9.00,0.00,9.00,0.00,EUR,Purchase invoice,Paid\n",
    )
    assert counts(exported) == (2, 1, 0, 1)
    assert rows(exported, *DOCUMENT) == [
        (
            "INV-1",
            "Dupont",
            "invoice",
            Decimal("120.00"),
            Decimal("20.00"),
            date(2025, 1, 13),
            date(2025, 2, 12),
        )
    ]


@needs_real_data
def test_xero_on_a_real_organisation(tmp_path: Path) -> None:
    path = REAL_DATA / "erp_xero_seeds" / "integration_tests" / "seeds" / "xero_invoice_data.csv"
    one = landed(tmp_path, "xero", "invoices", path.read_text(encoding="utf-8"))
    # 117 invoices to customers, of which one was deleted; 484 of suppliers.
    assert counts(one) == (601, 116, 0, 485)
    (found,) = duckdb.sql(
        "select count(*), count(paid_date), count(*) filter (open_amount > 0), sum(amount), sum(open_amount), "
        f"list_sort(list(distinct currency)) from read_parquet('{one.parquet}')"
    ).fetchall()
    assert found == (116, 103, 13, Decimal("400541.59"), Decimal("42841.00"), ["GBP", "USD"])
    rates = duckdb.sql(
        "select currency, min(exchange_rate) > 1.2 and max(exchange_rate) < 1.9 "
        f"from read_parquet('{one.parquet}') group by 1 order by 1"
    ).fetchall()
    assert rates == [("GBP", True), ("USD", True)]


# --- queries -------------------------------------------------------------------------------------------------------

DATABASES = {
    "odoo": """
        create table res_currency (id integer, name text);
        create table res_currency_rate (currency_id integer, name text, rate real);
        create table res_partner (id integer, name text);
        create table account_account (id integer, account_type text);
        create table account_journal (id integer, type text);
        create table account_move (id integer, partner_id integer, move_type text, name text, invoice_date text,
            invoice_date_due text, date text, currency_id integer, amount_total real, amount_total_signed real,
            amount_residual real, amount_tax real, payment_reference text, state text, write_date text, ref text,
            journal_id integer);
        create table account_move_line (id integer, move_id integer, account_id integer, partner_id integer,
            amount_currency real, balance real, name text, currency_id integer, write_date text);
        create table account_partial_reconcile (id integer, debit_move_id integer, credit_move_id integer,
            debit_amount_currency real, max_date text, write_date text);
        insert into res_currency values (1, 'EUR'); insert into res_currency_rate values (1, '2025-01-01', 1.0);
        insert into res_partner values (31, 'Dupont'); insert into account_account values (5, 'asset_receivable');
        insert into account_journal values (1, 'sale'), (2, 'bank');
        insert into account_move values
            (7, 31, 'out_invoice', 'F1', '2025-01-13', '2025-02-12', '2025-01-13', 1, 120, 120, 20, 20, null,
             'posted', '2025-01-13 10:00:00', null, 1),
            (8, 31, 'entry', 'B1', null, null, '2025-02-10', 1, 100, 100, 0, 0, null, 'posted',
             '2025-02-10 10:00:00', 'F1', 2);
        insert into account_move_line values (70, 7, 5, 31, 120, 120, null, 1, '2025-01-13 10:00:00'),
            (80, 8, 5, 31, -100, -100, null, 1, '2025-02-10 10:00:00');
        insert into account_partial_reconcile values (9, 70, 80, 100, '2025-02-10', '2025-02-10 10:00:00');
    """,
    "dolibarr": """
        create table llx_societe (rowid integer, nom text);
        create table llx_facture (rowid integer, fk_soc integer, type integer, ref text, datef text,
            date_lim_reglement text, total_ttc real, total_tva real, ref_client text, fk_statut integer, tms text);
        create table llx_paiement (rowid integer, datep text, amount real, num_paiement text, tms text);
        create table llx_paiement_facture (rowid integer, fk_paiement integer, fk_facture integer, amount real);
        create table llx_societe_remise_except (rowid integer, fk_facture integer, fk_facture_source integer,
            amount_ttc real, datec text);
        insert into llx_societe values (31, 'Dupont');
        insert into llx_facture values
            (7, 31, 0, 'F1', '2025-01-13', '2025-02-12', 120, 20, null, 1, '2025-01-13 10:00:00');
        insert into llx_paiement values (8, '2025-02-10', 100, 'CHQ', '2025-02-10 10:00:00');
        insert into llx_paiement_facture values (9, 8, 7, 100);
        insert into llx_societe_remise_except values (1, null, 7, 5, '2025-02-10');
    """,
    "erpnext": """
        create table `tabSales Invoice` (name text, customer text, customer_name text, is_return integer,
            posting_date text, due_date text, grand_total real, base_grand_total real, outstanding_amount real,
            currency text, conversion_rate real, total_taxes_and_charges real, po_no text, docstatus integer,
            modified text);
        create table `tabPayment Entry` (name text, party text, party_name text, party_type text, payment_type text,
            posting_date text, paid_amount real, base_paid_amount real, paid_from_account_currency text,
            source_exchange_rate real, remarks text, docstatus integer, modified text);
        create table `tabPayment Entry Reference` (name text, reference_name text, parent text,
            allocated_amount real, reference_doctype text, docstatus integer, modified text);
        insert into `tabSales Invoice` values ('7', '31', 'Dupont', 0, '2025-01-13', '2025-02-12', 120, 120, 20,
            'EUR', 1, 20, null, 1, '2025-01-13 10:00:00');
        insert into `tabPayment Entry` values ('8', '31', 'Dupont', 'Customer', 'Receive', '2025-02-10', 100, 100,
            'EUR', 1, 'F1', 1, '2025-02-10 10:00:00');
        insert into `tabPayment Entry Reference` values ('9', '7', '8', 100, 'Sales Invoice', 1,
            '2025-02-10 10:00:00');
    """,
    "sage": """
        create table F_COMPTET (CT_Num text, CT_Intitule text, CT_Type integer);
        create table F_DOCENTETE (DO_Domaine integer, DO_Type integer, DO_Piece text, DO_Tiers text,
            DO_Provenance integer, DO_Date text, DO_TotalTTC real, DO_Ref text);
        create table F_DOCREGL (DO_Domaine integer, DO_Type integer, DO_Piece text, DR_Date text);
        create table F_CREGLEMENT (RG_No integer, CT_NumPayeur text, RG_Date text, RG_Montant real, RG_Libelle text);
        create table F_REGLECH (RG_No integer, DR_No integer, DO_Domaine integer, DO_Type integer, DO_Piece text,
            RC_Montant real);
        insert into F_COMPTET values ('31', 'Dupont', 0);
        insert into F_DOCENTETE values (0, 7, '7', '31', 0, '2025-01-13', 120, null);
        insert into F_DOCREGL values (0, 7, '7', '2025-02-12');
        insert into F_CREGLEMENT values (8, '31', '2025-02-10', 100, 'F1');
        insert into F_REGLECH values (8, 1, 0, 7, '7', 100);
    """,
}


def test_every_preset_with_queries_is_tried() -> None:
    with_queries = {
        name for name in preset_names() if any(one.keys.query for one in load_preset(name).tables.values())
    }
    assert with_queries == set(DATABASES)


@pytest.mark.parametrize("preset", sorted(DATABASES))
def test_the_queries_of_a_preset_give_its_columns(tmp_path: Path, preset: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.create_function(
        "concat", -1, lambda *parts: "".join(str(one) for one in parts if one is not None)
    )
    connection.executescript(DATABASES[preset])
    found = {}
    for table, one in load_preset(preset).tables.items():
        cursor = connection.execute(one.keys.query or "")
        names = [column[0] for column in cursor.description]
        lines = [",".join("" if value is None else str(value) for value in row) for row in cursor]
        text = "\n".join([",".join(names), *lines]) + "\n"
        found[table] = landed(tmp_path / table, preset, table, text)
        assert counts(found[table])[1:] == (1, 0, 0), table
    ((invoice, customer, amount, due),) = rows(
        found["invoices"], "invoice_id", "customer_id", "amount", "due_date"
    )
    assert (invoice, customer, amount, due) == ("7", "31", Decimal("120.00"), date(2025, 2, 12))
    ((payment, paid, day),) = rows(found["payments"], "payment_id", "amount", "payment_date")
    assert (paid, day) == (Decimal("100.00"), date(2025, 2, 10))
    assert rows(found["allocations"], "invoice_id", "payment_id", "amount") == [
        (invoice, payment, Decimal("100.00"))
    ]
