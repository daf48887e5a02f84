"""What the gate expects to find: tables, columns and the family of their types.

What belongs here: the shape of the tables a run reads (`inputs/`) and of what landing says of them (`quality/`).
What does not: rules on their values (`suites/`).

Families rather than exact types: an integer of any width will do, but money is a decimal with two places, never a
floating-point number, and a date is a date, not a text.
"""

from __future__ import annotations

TEXT, INTEGER, MONEY, DATE, FLAG = "text", "integer", "decimal(,2)", "date", "boolean"
RATE = "decimal(18,8)"

# What an absent column is read as, so that one missing column does not hide every other finding.
EMPTY_TYPES = {TEXT: "VARCHAR", INTEGER: "BIGINT", MONEY: "DECIMAL(18,2)", DATE: "DATE", FLAG: "BOOLEAN"}
EMPTY_TYPES[RATE] = "DECIMAL(18,8)"

_INTEGERS = {
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
}

COMPANIES: dict[str, str] = {
    "company_id": TEXT,
    "company_name": TEXT,
    "currency": TEXT,
    "as_of": DATE,
    "opening_journals": TEXT,
    "has_fec": FLAG,
}

INPUTS: dict[str, dict[str, str]] = {
    "fec_files": {
        "company_id": TEXT,
        "source_id": TEXT,
        "file_name": TEXT,
        "sha256": TEXT,
        "fiscal_year": INTEGER,
        "fiscal_year_start": DATE,
        "fiscal_year_end": DATE,
        "entry_key": TEXT,
    },
    "fec_lines": {
        "company_id": TEXT,
        "fiscal_year": INTEGER,
        "source_id": TEXT,
        "line_number": INTEGER,
        "JournalCode": TEXT,
        "JournalLib": TEXT,
        "EcritureNum": TEXT,
        "EcritureDate": DATE,
        "CompteNum": TEXT,
        "CompteLib": TEXT,
        "CompAuxNum": TEXT,
        "CompAuxLib": TEXT,
        "PieceRef": TEXT,
        "PieceDate": DATE,
        "EcritureLib": TEXT,
        "Debit": MONEY,
        "Credit": MONEY,
        "EcritureLet": TEXT,
        "DateLet": DATE,
        "ValidDate": DATE,
        "Montantdevise": MONEY,
        "Idevise": TEXT,
    },
    "subledgers": {
        "company_id": TEXT,
        "ledger_name": TEXT,
        "has_payments": FLAG,
        "has_allocations": FLAG,
        "has_open_amounts": FLAG,
        "has_paid_dates": FLAG,
        "has_issue_dates": FLAG,
    },
    "subledger_invoices": {
        "company_id": TEXT,
        "ledger_name": TEXT,
        "source_id": TEXT,
        "file_name": TEXT,
        "line_number": INTEGER,
        "known_on": DATE,
        "invoice_id": TEXT,
        "customer_id": TEXT,
        "customer_name": TEXT,
        "issue_date": DATE,
        "due_date": DATE,
        "amount": MONEY,
        "document_type": TEXT,
        "document_number": TEXT,
        "currency": TEXT,
        "exchange_rate": RATE,
        "company_amount": MONEY,
        "open_amount": MONEY,
        "paid_date": DATE,
        "is_disputed": FLAG,
        "reference": TEXT,
        "entry_date": DATE,
        "baseline_date": DATE,
        "terms_days": INTEGER,
        "vat_amount": MONEY,
        "matching_number": TEXT,
    },
    "subledger_payments": {
        "company_id": TEXT,
        "ledger_name": TEXT,
        "source_id": TEXT,
        "file_name": TEXT,
        "line_number": INTEGER,
        "payment_id": TEXT,
        "customer_id": TEXT,
        "payment_date": DATE,
        "amount": MONEY,
        "currency": TEXT,
        "exchange_rate": RATE,
        "company_amount": MONEY,
        "reference": TEXT,
        "invoice_id": TEXT,
        "matching_number": TEXT,
    },
    "subledger_allocations": {
        "company_id": TEXT,
        "ledger_name": TEXT,
        "invoice_id": TEXT,
        "payment_id": TEXT,
        "amount": MONEY,
        "allocation_date": DATE,
    },
    "subledger_exchange_rates": {
        "company_id": TEXT,
        "ledger_name": TEXT,
        "currency": TEXT,
        "rate_date": DATE,
        "exchange_rate": RATE,
    },
    "subledger_open_amounts": {
        "company_id": TEXT,
        "ledger_name": TEXT,
        "invoice_id": TEXT,
        "known_on": DATE,
        "open_amount": MONEY,
    },
    "event_sources": {"company_id": TEXT, "event": TEXT, "is_configured": FLAG},
    "events_disputes": {
        "company_id": TEXT,
        "dispute_id": TEXT,
        "invoice_id": TEXT,
        "customer_id": TEXT,
        "opened_on": DATE,
        "closed_on": DATE,
        "reason": TEXT,
        "amount": MONEY,
    },
    "events_promises": {
        "company_id": TEXT,
        "promise_id": TEXT,
        "invoice_id": TEXT,
        "customer_id": TEXT,
        "promised_on": DATE,
        "due_on": DATE,
        "amount": MONEY,
    },
    "events_reminders": {
        "company_id": TEXT,
        "reminder_id": TEXT,
        "invoice_id": TEXT,
        "customer_id": TEXT,
        "sent_on": DATE,
        "level": INTEGER,
        "channel": TEXT,
    },
    "events_orders": {
        "company_id": TEXT,
        "order_id": TEXT,
        "customer_id": TEXT,
        "ordered_on": DATE,
        "amount": MONEY,
    },
    "events_instalments": {
        "company_id": TEXT,
        "instalment_id": TEXT,
        "plan_id": TEXT,
        "invoice_id": TEXT,
        "customer_id": TEXT,
        "agreed_on": DATE,
        "due_on": DATE,
        "amount": MONEY,
    },
    "events_insured_limits": {
        "company_id": TEXT,
        "limit_id": TEXT,
        "customer_id": TEXT,
        "valid_from": DATE,
        "valid_to": DATE,
        "amount": MONEY,
        "insured_share": RATE,
    },
    "events_overrides": {
        "company_id": TEXT,
        "override_id": TEXT,
        "customer_id": TEXT,
        "decided_on": DATE,
        "action": TEXT,
        "reason": TEXT,
        "valid_to": DATE,
    },
    "customers": {
        "company_id": TEXT,
        "customer_id": TEXT,
        "valid_from": DATE,
        "name": TEXT,
        "siren": TEXT,
        "payment_terms": TEXT,
        "terms_net_days": INTEGER,
        "terms_is_end_of_month": FLAG,
        "terms_days_after": INTEGER,
        "terms_day_of_month": INTEGER,
        "credit_limit": MONEY,
    },
    # What public registers tell of customers: every version of a row, with the source that tells it and the day from
    # which it was known (null: from the beginning).
    "company_units": {
        "legal_unit_id": TEXT,
        "legal_name": TEXT,
        "is_sole_trader": FLAG,
        "creation_date": DATE,
        "administrative_state": TEXT,
        "state_since": DATE,
        "source": TEXT,
        "known_on": DATE,
    },
    "company_establishments": {
        "establishment_id": TEXT,
        "legal_unit_id": TEXT,
        "administrative_state": TEXT,
        "source": TEXT,
        "known_on": DATE,
    },
    "company_notices": {
        "notice_id": TEXT,
        "legal_unit_id": TEXT,
        "publication_date": DATE,
        "judgment_date": DATE,
        "judgment_kind": TEXT,
        "change_kind": TEXT,
        "notice_type": TEXT,
        "parent_notice_id": TEXT,
        "source": TEXT,
        "known_on": DATE,
    },
    "company_accounts": {
        "legal_unit_id": TEXT,
        "closing_date": DATE,
        "accounts_kind": TEXT,
        "confidentiality": TEXT,
        "filing_date": DATE,
        "recorded_on": DATE,
        "turnover": MONEY,
        "net_income": MONEY,
        "source": TEXT,
        "known_on": DATE,
    },
    "company_links": {
        "legal_unit_id": TEXT,
        "parent_id": TEXT,
        "link_kind": TEXT,
        "valid_from": DATE,
        "valid_to": DATE,
        "recorded_on": DATE,
        "source": TEXT,
        "known_on": DATE,
    },
}

LANDING: dict[str, dict[str, str]] = {
    "sources": {
        "company_id": TEXT,
        "source": TEXT,
        "file_name": TEXT,
        "sha256": TEXT,
        "source_id": TEXT,
        "rows_read": INTEGER,
        "rows_accepted": INTEGER,
        "rows_rejected": INTEGER,
        # Rows of a national file that are about nobody's customers: counted, neither accepted nor refused.
        "rows_out_of_scope": INTEGER,
        "first_date": DATE,
        "debit_total": MONEY,
        "credit_total": MONEY,
        "debit_rejected": MONEY,
        "credit_rejected": MONEY,
        "status": TEXT,
        "superseded_by": TEXT,
        "warnings": TEXT,
        # Of a table that arrives again and again: which one, and its rows that a later version replaced or withdrew.
        "ledger_name": TEXT,
        "table_name": TEXT,
        "rows_superseded": INTEGER,
    },
    "rejected_rows": {
        "company_id": TEXT,
        "source": TEXT,
        "file_name": TEXT,
        "sha256": TEXT,
        "line_number": INTEGER,
        "column_name": TEXT,
        "reason": TEXT,
        "debit": MONEY,
        "credit": MONEY,
    },
    "unbalanced_entries": {
        "company_id": TEXT,
        "source_id": TEXT,
        "journal_code": TEXT,
        "entry_number": TEXT,
        "first_line": INTEGER,
    },
}

# Which source answers for a table.
SOURCE_OF_TABLE = {
    **{
        name: "events" if name.startswith("event") else "subledger"
        for name in INPUTS
        if name.startswith(("event", "subledger"))
    },
    "fec_files": "fec",
    "fec_lines": "fec",
    "sources": "fec",
    "rejected_rows": "fec",
    "unbalanced_entries": "fec",
    "customers": "customers",
    "company_units": "sirene",
    "company_establishments": "sirene",
    "company_notices": "bodacc",
    "company_accounts": "accounts",
    "company_links": "gleif",
}


def family(duckdb_type: str) -> str:
    """The family of a DuckDB type; a type of no family is itself, in lower case."""
    if duckdb_type in _INTEGERS:
        return INTEGER
    if duckdb_type.startswith("DECIMAL(") and duckdb_type.endswith(",2)"):
        return MONEY
    return {"VARCHAR": TEXT, "DATE": DATE, "BOOLEAN": FLAG}.get(duckdb_type, duckdb_type.lower())
