"""What the gate expects to find: tables, columns and the family of their types.

What belongs here: the shape of the tables a run reads (`inputs/`) and of what landing says of them (`quality/`).
What does not: rules on their values (`suites/`).

Families rather than exact types: an integer of any width will do, but money is a decimal with two places, never a
floating-point number, and a date is a date, not a text.
"""

from __future__ import annotations

TEXT, INTEGER, MONEY, DATE, FLAG = "text", "integer", "decimal(,2)", "date", "boolean"

# What an absent column is read as, so that one missing column does not hide every other finding.
EMPTY_TYPES = {TEXT: "VARCHAR", INTEGER: "BIGINT", MONEY: "DECIMAL(18,2)", DATE: "DATE", FLAG: "BOOLEAN"}

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
    "customers": {
        "company_id": TEXT,
        "customer_id": TEXT,
        "name": TEXT,
        "siren": TEXT,
        "payment_terms": TEXT,
        "terms_net_days": INTEGER,
        "terms_is_end_of_month": FLAG,
        "terms_days_after": INTEGER,
        "terms_day_of_month": INTEGER,
        "credit_limit": MONEY,
    },
    "sirene_legal_units": {
        "siren": TEXT,
        "legal_name": TEXT,
        "is_sole_trader": FLAG,
        "creation_date": DATE,
        "administrative_state": TEXT,
        "state_since": DATE,
    },
    "bodacc_notices": {
        "notice_id": TEXT,
        "siren": TEXT,
        "publication_date": DATE,
        "judgment_date": DATE,
        "judgment_kind": TEXT,
        "notice_type": TEXT,
        "parent_notice_id": TEXT,
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
        "debit_total": MONEY,
        "credit_total": MONEY,
        "debit_rejected": MONEY,
        "credit_rejected": MONEY,
        "status": TEXT,
        "superseded_by": TEXT,
        "warnings": TEXT,
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
    "fec_files": "fec",
    "fec_lines": "fec",
    "sources": "fec",
    "rejected_rows": "fec",
    "unbalanced_entries": "fec",
    "customers": "customers",
    "sirene_legal_units": "sirene",
    "bodacc_notices": "bodacc",
}


def family(duckdb_type: str) -> str:
    """The family of a DuckDB type; a type of no family is itself, in lower case."""
    if duckdb_type in _INTEGERS:
        return INTEGER
    if duckdb_type.startswith("DECIMAL(") and duckdb_type.endswith(",2)"):
        return MONEY
    return {"VARCHAR": TEXT, "DATE": DATE, "BOOLEAN": FLAG}.get(duckdb_type, duckdb_type.lower())
