"""A small run as landing leaves it, good in every respect, for tests to spoil in one respect each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data_quality.declared import EMPTY_TYPES, INPUTS

Row = dict[str, Any]

TABLES: dict[str, dict[str, str]] = {
    "companies": {
        "company_id": "VARCHAR",
        "company_name": "VARCHAR",
        "siren": "VARCHAR",
        "currency": "VARCHAR",
        "as_of": "DATE",
        "opening_journals": "VARCHAR",
        "has_fec": "BOOLEAN",
    },
    "fec_files": {
        "company_id": "VARCHAR",
        "source_id": "VARCHAR",
        "file_name": "VARCHAR",
        "sha256": "VARCHAR",
        "fiscal_year": "INTEGER",
        "fiscal_year_start": "DATE",
        "fiscal_year_end": "DATE",
        "entry_key": "VARCHAR",
    },
    "fec_lines": {
        "company_id": "VARCHAR",
        "fiscal_year": "INTEGER",
        "source_id": "VARCHAR",
        "line_number": "BIGINT",
        "JournalCode": "VARCHAR",
        "JournalLib": "VARCHAR",
        "EcritureNum": "VARCHAR",
        "EcritureDate": "DATE",
        "CompteNum": "VARCHAR",
        "CompteLib": "VARCHAR",
        "CompAuxNum": "VARCHAR",
        "CompAuxLib": "VARCHAR",
        "PieceRef": "VARCHAR",
        "PieceDate": "DATE",
        "EcritureLib": "VARCHAR",
        "Debit": "DECIMAL(18,2)",
        "Credit": "DECIMAL(18,2)",
        "EcritureLet": "VARCHAR",
        "DateLet": "DATE",
        "ValidDate": "DATE",
        "Montantdevise": "DECIMAL(18,2)",
        "Idevise": "VARCHAR",
    },
    "customers": {
        "company_id": "VARCHAR",
        "customer_id": "VARCHAR",
        "valid_from": "DATE",
        "name": "VARCHAR",
        "siren": "VARCHAR",
        "payment_terms": "VARCHAR",
        "terms_net_days": "INTEGER",
        "terms_is_end_of_month": "BOOLEAN",
        "terms_days_after": "INTEGER",
        "terms_day_of_month": "INTEGER",
        "credit_limit": "DECIMAL(18,2)",
    },
    "company_units": {
        "legal_unit_id": "VARCHAR",
        "legal_name": "VARCHAR",
        "is_sole_trader": "BOOLEAN",
        "creation_date": "DATE",
        "administrative_state": "VARCHAR",
        "state_since": "DATE",
        "source": "VARCHAR",
        "known_on": "DATE",
    },
    "company_establishments": {
        "establishment_id": "VARCHAR",
        "legal_unit_id": "VARCHAR",
        "administrative_state": "VARCHAR",
        "source": "VARCHAR",
        "known_on": "DATE",
    },
    "company_notices": {
        "notice_id": "VARCHAR",
        "legal_unit_id": "VARCHAR",
        "publication_date": "DATE",
        "judgment_date": "DATE",
        "judgment_kind": "VARCHAR",
        "change_kind": "VARCHAR",
        "notice_type": "VARCHAR",
        "parent_notice_id": "VARCHAR",
        "source": "VARCHAR",
        "known_on": "DATE",
    },
    "company_accounts": {
        "legal_unit_id": "VARCHAR",
        "closing_date": "DATE",
        "accounts_kind": "VARCHAR",
        "confidentiality": "VARCHAR",
        "filing_date": "DATE",
        "recorded_on": "DATE",
        "turnover": "DECIMAL(18,2)",
        "net_income": "DECIMAL(18,2)",
        "source": "VARCHAR",
        "known_on": "DATE",
    },
    "company_links": {
        "legal_unit_id": "VARCHAR",
        "parent_id": "VARCHAR",
        "link_kind": "VARCHAR",
        "valid_from": "DATE",
        "valid_to": "DATE",
        "recorded_on": "DATE",
        "source": "VARCHAR",
        "known_on": "DATE",
    },
    "sources": {
        "company_id": "VARCHAR",
        "source": "VARCHAR",
        "file_name": "VARCHAR",
        "sha256": "VARCHAR",
        "source_id": "VARCHAR",
        "rows_read": "BIGINT",
        "rows_accepted": "BIGINT",
        "rows_rejected": "BIGINT",
        "rows_out_of_scope": "BIGINT",
        "first_date": "DATE",
        "debit_total": "DECIMAL(18,2)",
        "credit_total": "DECIMAL(18,2)",
        "debit_rejected": "DECIMAL(18,2)",
        "credit_rejected": "DECIMAL(18,2)",
        "status": "VARCHAR",
        "superseded_by": "VARCHAR",
        "warnings": "VARCHAR",
        "ledger_name": "VARCHAR",
        "table_name": "VARCHAR",
        "rows_superseded": "BIGINT",
    },
    "rejected_rows": {
        "company_id": "VARCHAR",
        "source": "VARCHAR",
        "file_name": "VARCHAR",
        "sha256": "VARCHAR",
        "line_number": "BIGINT",
        "column_name": "VARCHAR",
        "reason": "VARCHAR",
        "raw_text": "VARCHAR",
        "debit": "DECIMAL(18,2)",
        "credit": "DECIMAL(18,2)",
    },
    "unbalanced_entries": {
        "company_id": "VARCHAR",
        "source_id": "VARCHAR",
        "file_name": "VARCHAR",
        "journal_code": "VARCHAR",
        "entry_number": "VARCHAR",
        "entry_date": "DATE",
        "first_line": "BIGINT",
        "debit": "DECIMAL(18,2)",
        "credit": "DECIMAL(18,2)",
        "difference": "DECIMAL(18,2)",
    },
}
# Tables of sub-ledgers and events, as the gate declares them.
TABLES |= {
    name: {column: EMPTY_TYPES[kind] for column, kind in columns.items()}
    for name, columns in INPUTS.items()
    if name.startswith(("subledger", "event"))
}
ARROW = {
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "BOOLEAN": pa.bool_(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "DECIMAL(18,2)": pa.decimal128(18, 2),
    "DECIMAL(18,8)": pa.decimal128(18, 8),
}
LEDGER_TABLES = (
    "subledger_invoices",
    "subledger_payments",
    "subledger_allocations",
    "subledger_exchange_rates",
)
LANDING = ("sources", "rejected_rows", "unbalanced_entries")
SIRENS = {"DUPONT": "732829320", "MARTIN": "552100554"}


def sha(source_id: str) -> str:
    """A made-up content hash that starts with the source's id, as real ones do."""
    return source_id.ljust(64, "0")


@dataclass
class Run:
    """The tables of a run as rows, written as Parquet on demand."""

    tables: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})
    types: dict[str, dict[str, str]] = field(
        default_factory=lambda: {name: dict(columns) for name, columns in TABLES.items()}
    )

    def __getitem__(self, table: str) -> list[Row]:
        return self.tables[table]

    def add(self, table: str, **values: Any) -> Row:
        """Add a row; columns that are not given are null."""
        row = {**dict.fromkeys(TABLES[table]), **values}
        self.tables[table].append(row)
        return row

    def entry(
        self,
        source_id: str,
        number: str,
        day: date,
        *lines: tuple[str, str, str],
        journal: str = "VE",
        customer: str | None = None,
        letter: str | None = None,
    ) -> list[Row]:
        """Add an entry: (account, debit, credit) a line; the customer goes on its 411 lines."""
        first = 1 + max(
            (row["line_number"] for row in self["fec_lines"] if row["source_id"] == source_id), default=1
        )
        rows = []
        for place, (account, debit, credit) in enumerate(lines):
            receivable = account.startswith(("411", "413", "416"))
            rows.append(
                self.add(
                    "fec_lines",
                    company_id=self["companies"][0]["company_id"],
                    fiscal_year=day.year,
                    source_id=source_id,
                    line_number=first + place,
                    JournalCode=journal,
                    EcritureNum=number,
                    EcritureDate=day,
                    CompteNum=account,
                    CompAuxNum=customer if receivable else None,
                    PieceRef=f"F{number}",
                    PieceDate=day,
                    Debit=Decimal(debit),
                    Credit=Decimal(credit),
                    EcritureLet=letter if receivable else None,
                    ValidDate=day,
                )
            )
        return rows

    def file(self, source_id: str, name: str, year: int) -> Row:
        """Add a ledger file that counts in the run."""
        return self.add(
            "fec_files",
            company_id=self["companies"][0]["company_id"],
            source_id=source_id,
            file_name=name,
            sha256=sha(source_id),
            fiscal_year=year,
            fiscal_year_start=date(year, 1, 1),
            fiscal_year_end=date(year, 12, 31),
            entry_key="journal_number",
        )

    def reject(self, source: str, source_id: str, line: int, column: str, debit: str | None = None) -> Row:
        """Add a refused row of a file."""
        return self.add(
            "rejected_rows",
            company_id=self["companies"][0]["company_id"],
            source=source,
            file_name="",
            sha256=sha(source_id),
            line_number=line,
            column_name=column,
            reason="not a date",
            raw_text="…",
            debit=None if debit is None else Decimal(debit),
        )

    def account(self) -> Run:
        """Write what landing would: a source per file, with its rows and cents, and the unbalanced entries."""
        self["sources"].clear()
        self["unbalanced_entries"].clear()
        for file in self["fec_files"]:
            lines = [row for row in self["fec_lines"] if row["source_id"] == file["source_id"]]
            refused = [row for row in self["rejected_rows"] if row["sha256"] == file["sha256"]]
            self.add(
                "sources",
                **{name: file[name] for name in ("company_id", "source_id", "file_name", "sha256")},
                source="fec",
                rows_read=len(lines) + len(refused),
                rows_accepted=len(lines),
                rows_rejected=len(refused),
                debit_total=sum((row["Debit"] or 0 for row in lines), Decimal(0)),
                credit_total=sum((row["Credit"] or 0 for row in lines), Decimal(0)),
                debit_rejected=sum((row["debit"] or 0 for row in refused), Decimal(0)),
                credit_rejected=sum((row["credit"] or 0 for row in refused), Decimal(0)),
                status="used",
                warnings="[]",
            )
            entries: dict[tuple[str, str], list[Row]] = {}
            for row in lines:
                entries.setdefault((row["JournalCode"], row["EcritureNum"]), []).append(row)
            for (journal, number), rows in entries.items():
                difference = sum((row["Debit"] or 0) - (row["Credit"] or 0) for row in rows)
                if difference:
                    self.add(
                        "unbalanced_entries",
                        company_id=file["company_id"],
                        source_id=file["source_id"],
                        journal_code=journal,
                        entry_number=number,
                        first_line=rows[0]["line_number"],
                        difference=difference,
                    )
        for source, name, tables in (
            ("subledger", "factures.csv", LEDGER_TABLES),
            ("events", "litiges.csv", ("events_disputes",)),
            ("customers", "clients.csv", ("customers",)),
            ("sirene", "StockUniteLegale.csv", ("company_units",)),
            ("companies_house", "BasicCompanyData.csv", ("company_units",)),
            ("gleif", "rr.csv", ("company_links",)),
            ("bodacc", "annonces.json", ("company_notices",)),
            ("accounts", "ratios.csv", ("company_accounts",)),
        ):
            rows_landed = sum(row.get("source") in (None, source) for table in tables for row in self[table])
            refused = [row for row in self["rejected_rows"] if row["source"] == source]
            self.add(
                "sources",
                company_id=self["companies"][0]["company_id"],
                source=source,
                file_name=name,
                sha256=sha(source),
                source_id=source,
                rows_read=rows_landed + len(refused),
                rows_accepted=rows_landed,
                rows_rejected=len(refused),
                status="used",
                warnings="[]",
                ledger_name="erp" if source == "subledger" else None,
                table_name={"subledger": "invoices", "events": "disputes"}.get(source),
            )
        return self

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write the Parquet files; return the folders of inputs and of landing's accounts."""
        inputs, quality = folder / "inputs", folder / "quality"
        (inputs / "fec_lines").mkdir(parents=True, exist_ok=True)
        quality.mkdir(exist_ok=True)
        for table, columns in self.types.items():
            if table == "fec_lines":
                path = inputs / "fec_lines" / "part.parquet"
            else:
                path = (quality if table in LANDING else inputs) / f"{table}.parquet"
            schema = pa.schema([(name, ARROW[kind]) for name, kind in columns.items()])
            pq.write_table(pa.Table.from_pylist(self.tables[table], schema=schema), path)
        return inputs, quality


def merged(*runs: Run) -> Run:
    """Several companies as one run; registers of legal data are those of the first."""
    whole = Run()
    for position, run in enumerate(runs):
        for table, rows in run.tables.items():
            if position == 0 or not table.startswith("company_"):
                whole[table].extend(rows)
    return whole


def good_run(company_id: str = "732829320") -> Run:
    """One company, 2023 and 2024: two customers, sales, a payment lettered, openings that continue the closing."""
    run = Run()
    run.add(
        "companies",
        company_id=company_id,
        company_name="Ateliers Démo",
        siren="732829320",
        currency="EUR",
        as_of=date(2024, 12, 31),
        opening_journals="AN,RAN",
        has_fec=True,
    )
    run.file("aaaa", "732829320FEC20231231.txt", 2023)
    run.file("bbbb", "732829320FEC20241231.txt", 2024)
    for source_id, year in (("aaaa", 2023), ("bbbb", 2024)):
        if year == 2024:
            run.entry(
                source_id,
                "1",
                date(2024, 1, 1),
                ("411000", "600.00", "0.00"),
                ("890000", "0.00", "600.00"),
                journal="AN",
                customer="MARTIN",
            )
        run.entry(
            source_id,
            "1",
            date(year, 2, 10),
            ("411000", "1200.00", "0.00"),
            ("707000", "0.00", "1000.00"),
            ("445710", "0.00", "200.00"),
            customer="DUPONT",
            letter="AA",
        )
        run.entry(
            source_id,
            "2",
            date(year, 3, 15),
            ("411000", "600.00", "0.00"),
            ("707000", "0.00", "500.00"),
            ("445710", "0.00", "100.00"),
            customer="MARTIN",
        )
        run.entry(
            source_id,
            "1",
            date(year, 4, 2),
            ("512000", "1200.00", "0.00"),
            ("411000", "0.00", "1200.00"),
            journal="BQ",
            customer="DUPONT",
            letter="AA",
        )
    for customer, siren in SIRENS.items():
        run.add(
            "customers",
            company_id=company_id,
            customer_id=customer,
            name=customer.title(),
            siren=siren,
            payment_terms="30 EOM",
            terms_net_days=30,
            terms_is_end_of_month=True,
            credit_limit=Decimal("5000.00"),
        )
        run.add(
            "company_units",
            source="sirene",
            legal_unit_id=siren,
            legal_name=customer,
            is_sole_trader=False,
            creation_date=date(2001, 5, 1),
            administrative_state="A",
            state_since=date(2001, 5, 1),
        )
    run.add(
        "company_units",
        source="companies_house",
        legal_unit_id="GB-01234567",
        legal_name="ALBION LTD",
        administrative_state="A",
    )
    run.add(
        "company_links",
        source="gleif",
        legal_unit_id=SIRENS["MARTIN"],
        parent_id="GB-01234567",
        link_kind="direct",
        valid_from=date(2020, 1, 1),
        valid_to=date(2022, 1, 1),
    )
    run.add(
        "company_accounts",
        source="accounts",
        legal_unit_id=SIRENS["MARTIN"],
        closing_date=date(2023, 12, 31),
        accounts_kind="complete",
        confidentiality="public",
        turnover=Decimal("250000.00"),
    )
    run.add(
        "company_notices",
        source="bodacc",
        notice_id="A202400010001",
        legal_unit_id=SIRENS["MARTIN"],
        publication_date=date(2024, 6, 12),
        judgment_date=date(2024, 6, 3),
        judgment_kind="opening_receivership",
        notice_type="annonce",
    )
    add_subledger(run, company_id)
    return run.account()


def add_subledger(run: Run, company_id: str) -> None:
    """A sub-ledger: an invoice paid in part, by a payment and a credit note; one in dollars; a dispute about it."""
    place = {"company_id": company_id, "ledger_name": "erp"}
    run.add(
        "subledgers",
        **place,
        has_payments=True,
        has_allocations=True,
        has_open_amounts=True,
        has_paid_dates=False,
        has_issue_dates=True,
    )
    for invoice, customer, day, amount, left, currency in (
        ("S1", "DUPONT", date(2024, 11, 10), "1200.00", "200.00", "EUR"),
        ("S2", "MARTIN", date(2024, 12, 1), "500.00", None, "USD"),
        ("S3", "DUPONT", date(2024, 11, 20), "-100.00", "0.00", None),
    ):
        run.add(
            "subledger_invoices",
            **place,
            invoice_id=invoice,
            customer_id=customer,
            issue_date=day,
            due_date=date(2024, 12, 31),
            amount=Decimal(amount),
            open_amount=None if left is None else Decimal(left),
            currency=currency,
            document_number=f"N-{invoice}",
        )
    run.add(
        "subledger_payments",
        **place,
        payment_id="P1",
        customer_id="DUPONT",
        payment_date=date(2024, 12, 5),
        amount=Decimal("900.00"),
        invoice_id="N-S1",
    )
    for settles, amount in (("P1", "900.00"), ("S3", "100.00")):
        run.add("subledger_allocations", **place, invoice_id="S1", payment_id=settles, amount=Decimal(amount))
    run.add(
        "subledger_exchange_rates",
        **place,
        currency="USD",
        rate_date=date(2024, 1, 1),
        exchange_rate=Decimal("0.90000000"),
    )
    for event in ("disputes", "promises"):
        run.add("event_sources", company_id=company_id, event=event, is_configured=event == "disputes")
    run.add(
        "events_disputes",
        company_id=company_id,
        dispute_id="D1",
        invoice_id="N-S2",
        customer_id="MARTIN",
        opened_on=date(2024, 12, 10),
        closed_on=date(2024, 12, 20),
    )
