"""Landing: every configured file becomes Parquet by content hash; then the tables one run reads are laid out.

What belongs here: which files a run uses, its as-of dates, its identity, the layout of `inputs/` and the accounts of
every row (`quality.sources`, `quality.rejected_rows`, `quality.unbalanced_entries`). What does not: formats
(`pipelines.sources`), the layout of the workspace (`pipelines.lake`).
"""

from __future__ import annotations

import calendar
import contextlib
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import dagster as dg

from pipelines import company_sources, feeds, landing, privacy, release
from pipelines.config import Settings
from pipelines.defs.resources import OWNERS, RETRY_ON_IO, RUN_FILE, RunContext, markdown_table, table_metadata
from pipelines.errors import DataError, UsageError
from pipelines.lake import Workspace, connected, link, quoted, read_json, write_json, write_table
from pipelines.sources import companies
from pipelines.sources.canonical import EVENTS, SUBLEDGER, TABLES

if TYPE_CHECKING:
    import duckdb

SOURCES = tuple(landing.TOLD)
FEEDS = ("subledger", "events")
"""The sources whose tables arrive again and again."""

COMPANIES = {
    "company_id": "VARCHAR", "company_name": "VARCHAR", "siren": "VARCHAR", "currency": "VARCHAR",
    "locale": "VARCHAR", "as_of": "DATE", "is_as_of_configured": "BOOLEAN", "terms_text": "VARCHAR",
    "terms_net_days": "INTEGER", "terms_is_end_of_month": "BOOLEAN", "terms_days_after": "INTEGER",
    "terms_day_of_month": "INTEGER", "terms_source": "VARCHAR", "opening_journals": "VARCHAR",
    "retention_release_days": "INTEGER", "has_fec": "BOOLEAN", "has_subledger": "BOOLEAN",
    "fiscal_year_end": "VARCHAR", "ledger_as_of": "DATE", "country_code": "VARCHAR", "department": "VARCHAR",
}  # fmt: skip
ACCOUNT_ROLES = {"company_id": "VARCHAR", "account_prefix": "VARCHAR", "role": "VARCHAR"}
LINE_TYPES = {
    "company_id": "VARCHAR", "counterpart_role": "VARCHAR", "side": "VARCHAR", "line_type": "VARCHAR",
}  # fmt: skip
STATUTORY_RULES = {"company_id": "VARCHAR", "tax_basis": "VARCHAR", "contract_rate_pct": "DECIMAL(9,4)"}
SECTOR_CEILINGS = {"company_id": "VARCHAR", "naf_prefix": "VARCHAR", "ceiling_days": "INTEGER"}
REFERENCE_RATES = {
    "company_id": "VARCHAR", "kind": "VARCHAR", "semester_start": "DATE", "rate_pct": "DECIMAL(9,4)",
}  # fmt: skip
AGEING_BUCKETS = {"company_id": "VARCHAR", "from_days": "INTEGER", "to_days": "INTEGER"}
CUSTOMER_ATTRIBUTES = {
    "company_id": "VARCHAR", "customer_id": "VARCHAR", "attribute_name": "VARCHAR", "attribute_value": "VARCHAR",
}  # fmt: skip
PROVISIONS = {
    "company_id": "VARCHAR", "bucket": "VARCHAR", "floor_rate": "DECIMAL(9,4)", "is_floor_configured": "BOOLEAN",
    "individual_rate": "DECIMAL(9,4)", "tax_rate": "DECIMAL(9,4)", "is_tax_rate_configured": "BOOLEAN",
    "forward_looking_factor": "DECIMAL(9,4)", "overlay_reason": "VARCHAR", "cohort_age_months": "INTEGER",
}  # fmt: skip
SUBLEDGERS = {
    "company_id": "VARCHAR", "ledger_name": "VARCHAR", "has_payments": "BOOLEAN", "has_allocations": "BOOLEAN",
    "has_open_amounts": "BOOLEAN", "has_paid_dates": "BOOLEAN", "has_issue_dates": "BOOLEAN",
}  # fmt: skip
EVENT_SOURCES = {"company_id": "VARCHAR", "event": "VARCHAR", "is_configured": "BOOLEAN"}
READINGS = {
    "account_roles": ACCOUNT_ROLES, "line_types": LINE_TYPES, "statutory_rules": STATUTORY_RULES,
    "sector_ceilings": SECTOR_CEILINGS, "reference_rates": REFERENCE_RATES,
    "ageing_buckets": AGEING_BUCKETS,
    "provisions": PROVISIONS,
}  # fmt: skip
FEC_FILES = {
    "company_id": "VARCHAR", "source_id": "VARCHAR", "file_name": "VARCHAR", "sha256": "VARCHAR",
    "fiscal_year": "INTEGER", "fiscal_year_start": "DATE", "fiscal_year_end": "DATE", "entry_key": "VARCHAR",
}  # fmt: skip
FEC_LINES = {
    "company_id": "VARCHAR", "fiscal_year": "INTEGER", "source_id": "VARCHAR", "line_number": "BIGINT",
    "JournalCode": "VARCHAR", "JournalLib": "VARCHAR", "EcritureNum": "VARCHAR", "EcritureDate": "DATE",
    "CompteNum": "VARCHAR", "CompteLib": "VARCHAR", "CompAuxNum": "VARCHAR", "CompAuxLib": "VARCHAR",
    "PieceRef": "VARCHAR", "PieceDate": "DATE", "EcritureLib": "VARCHAR", "Debit": "DECIMAL(18,2)",
    "Credit": "DECIMAL(18,2)", "EcritureLet": "VARCHAR", "DateLet": "DATE", "ValidDate": "DATE",
    "Montantdevise": "DECIMAL(18,2)", "Idevise": "VARCHAR",
}  # fmt: skip
CUSTOMERS = {
    "company_id": "VARCHAR", "customer_id": "VARCHAR", "name": "VARCHAR", "siren": "VARCHAR",
    "vat_number": "VARCHAR", "country": "VARCHAR", "payment_terms": "VARCHAR", "terms_net_days": "INTEGER",
    "terms_is_end_of_month": "BOOLEAN", "terms_days_after": "INTEGER", "terms_day_of_month": "INTEGER",
    "credit_limit": "DECIMAL(18,2)", "sector_code": "VARCHAR", "is_consumer": "BOOLEAN", "is_group": "BOOLEAN",
    "is_public": "BOOLEAN", "is_insured": "BOOLEAN", "attributes": "VARCHAR", "valid_from": "DATE",
    "ledger_customer_id": "VARCHAR", "parent_siren": "VARCHAR",
}  # fmt: skip
RESTRICTED_CUSTOMERS = {"customer_hash": "VARCHAR", "restricted_on": "DATE"}
COMPANY_TABLES = {
    f"company_{name}": (
        f"{told} One row per version that tells of it.",
        {**columns, "source": "VARCHAR", "known_on": "DATE"},
    )
    for name, (told, columns, _) in companies.TABLES.items()
}
"""What registers tell of customers: table of a run → (what a row is, its columns)."""
COMPANY_IDENTITIES = {
    "company_id": "VARCHAR", "party_key": "VARCHAR", "legal_unit_id": "VARCHAR", "establishment_id": "VARCHAR",
    "method": "VARCHAR", "score": "DECIMAL(5,4)", "matched_name": "VARCHAR",
    "status": "VARCHAR", "candidates": "INTEGER", "runner_up_score": "DECIMAL(5,4)",
}  # fmt: skip
INPUTS: dict[str, tuple[str, Mapping[str, str]]] = {
    "companies": (
        "One row per company: the day the run speaks of, its default terms, its own accounts.",
        COMPANIES,
    ),
    "account_roles": ("One row per account whose role beside a receivable line the user set.", ACCOUNT_ROLES),
    "line_types": ("One row per role and side whose reading the user set.", LINE_TYPES),
    "statutory_rules": (
        "One row per company: the tax basis of its statutory tables, the penalty rate of its contracts.",
        STATUTORY_RULES,
    ),
    "sector_ceilings": ("One row per legal ceiling of payment terms by sector.", SECTOR_CEILINGS),
    "reference_rates": (
        "One row per reference rate that the user confirmed for a semester.",
        REFERENCE_RATES,
    ),
    "ageing_buckets": ("One row per company and overdue bucket of its ageing.", AGEING_BUCKETS),
    "customer_attributes": (
        "One row per customer and column of customers.csv that metrics are split by.",
        CUSTOMER_ATTRIBUTES,
    ),
    "provisions": (
        "One row per company and line of the provision for expected losses: its rates, the factor on the matrix.",
        PROVISIONS,
    ),
    "subledgers": (
        "One row per sub-ledger: the tables and columns it has beside its invoices.",
        SUBLEDGERS,
    ),
    **feeds.SUBLEDGER_INPUTS,
    "subledger_open_amounts": (
        "One row per document and day on which what is open of it was told anew: 0 once it is gone.",
        feeds.OPEN_AMOUNTS,
    ),
    "event_sources": ("One row per company and table of events: whether it is configured.", EVENT_SOURCES),
    **feeds.EVENT_INPUTS,
    "fec_files": ("One row per ledger file that counts in this run.", FEC_FILES),
    "fec_lines": ("One row per accepted ledger line.", FEC_LINES),
    "customers": (
        "One row per customer and day from which its terms hold, parsed into four numbers.",
        CUSTOMERS,
    ),
    "restricted_customers": (
        "One row per person whose data were erased but for what the law keeps: a hash of company and customer.",
        RESTRICTED_CUSTOMERS,
    ),
    "company_identities": (
        "One row per company and customer as the books name it: the legal unit that it is, and how that is known.",
        COMPANY_IDENTITIES,
    ),
    **COMPANY_TABLES,
}

QUALITY_SOURCES = {
    "company_id": "VARCHAR", "source": "VARCHAR", "file_name": "VARCHAR", "sha256": "VARCHAR",
    "source_id": "VARCHAR", "encoding": "VARCHAR", "separator": "VARCHAR", "amount_layout": "VARCHAR",
    "date_format": "VARCHAR", "decimal_mark": "VARCHAR", "rows_read": "BIGINT", "rows_accepted": "BIGINT",
    "rows_rejected": "BIGINT",
    "rows_out_of_scope": "BIGINT", "debit_total": "DECIMAL(18,2)", "credit_total": "DECIMAL(18,2)",
    "debit_rejected": "DECIMAL(18,2)", "credit_rejected": "DECIMAL(18,2)", "first_date": "DATE",
    "last_date": "DATE", "fiscal_year": "INTEGER", "entries": "BIGINT", "unbalanced_entries": "BIGINT",
    "draft_rows": "BIGINT", "status": "VARCHAR", "superseded_by": "VARCHAR", "warnings": "VARCHAR",
    "ledger_name": "VARCHAR", "table_name": "VARCHAR", "snapshot_date": "DATE", "rows_superseded": "BIGINT",
}  # fmt: skip
REJECTED_ROWS = {
    "company_id": "VARCHAR", "source": "VARCHAR", "file_name": "VARCHAR", "sha256": "VARCHAR",
    "line_number": "BIGINT", "column_name": "VARCHAR", "reason": "VARCHAR", "raw_text": "VARCHAR",
    "debit": "DECIMAL(18,2)", "credit": "DECIMAL(18,2)",
}  # fmt: skip
UNBALANCED_ENTRIES = {
    "company_id": "VARCHAR", "source_id": "VARCHAR", "file_name": "VARCHAR", "journal_code": "VARCHAR",
    "entry_number": "VARCHAR", "entry_date": "DATE", "first_line": "BIGINT", "debit": "DECIMAL(18,2)",
    "credit": "DECIMAL(18,2)", "difference": "DECIMAL(18,2)",
}  # fmt: skip
ACCOUNTS: dict[str, tuple[str, Mapping[str, str]]] = {
    "sources": ("One row per input file: how it was read, its rows and its cents.", QUALITY_SOURCES),
    "rejected_rows": ("One row per refused row: file, line, column, reason and raw text.", REJECTED_ROWS),
    "unbalanced_entries": ("One row per ledger entry whose debits and credits differ.", UNBALANCED_ENTRIES),
    "corrected_rows": (
        "One row per value that a later version of a row replaced, in a sub-ledger or the events.",
        feeds.CORRECTED_ROWS,
    ),
}


# --- from landed files to the tables of one run --------------------------------------------------------------------


def last_day_of_month(day: date) -> date:
    """31 for January, 28 or 29 for February…"""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def resolve_as_of(
    settings: Settings,
    ledgers: Sequence[Mapping[str, Any]],
    books: Mapping[str, tuple[date, date]] = MappingProxyType({}),
) -> dict[str, date]:
    """The day each company's figures speak of: the configured one, else the last day its books tell of.

    Args:
        ledgers: the FEC files as landed; a FEC is a closed period, so it speaks of the end of its last month.
        books: company → first and last day of its sub-ledgers, which come before a FEC.

    Raises:
        UsageError: the configured day lies before the first entry.
        DataError: a company has neither a ledger line nor a dated row of a sub-ledger.
    """
    found = {}
    for company in settings.companies:
        ledger = ledger_period(company.company_id, ledgers)
        days = books.get(company.company_id) or ledger
        if days is None:
            raise DataError(
                f"{company.name}: no row of its sub-ledger bears a date, so there is no day to reckon at; "
                "look at the rejected rows with `encours check`."
            )
        first = min(days[0], ledger[0]) if ledger else days[0]
        if settings.as_of and settings.as_of < first:
            raise UsageError(
                f"as_of {settings.as_of.isoformat()} lies before the first entry of {company.name} "
                f"({first.isoformat()}); choose a later day, or leave as_of out."
            )
        found[company.company_id] = settings.as_of or days[1]
    return found


def ledger_period(company_id: str, ledgers: Sequence[Mapping[str, Any]]) -> tuple[date, date] | None:
    """First entry and end of the last entry's month in a company's FEC files that count; None without any."""
    own = [one for one in ledgers if one["company_id"] == company_id and one["status"] == "used"]
    if not own:
        return None
    # A stray date beyond its file's period counts at the edge of the period, and moves no day of reckoning.
    first = min(max(*_dates(one, "first_date", "fiscal_year_start")) for one in own)
    last = max(min(*_dates(one, "last_date", "fiscal_year_end")) for one in own)
    return first, last_day_of_month(last)


def _dates(record: Mapping[str, Any], *names: str) -> list[date]:
    return [date.fromisoformat(record[name]) for name in names]


def company_rows(
    settings: Settings, as_of: Mapping[str, date], ledgers: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The rows of `inputs/companies.parquet`. Without configured terms the legal default applies: 30 days."""
    from pipelines.terms import parse_terms

    rows = []
    for company in settings.companies:
        ledger = ledger_period(company.company_id, ledgers)
        terms = parse_terms(company.terms_text or "30")
        rows.append(
            {
                "company_id": company.company_id,
                "company_name": company.name,
                "siren": company.siren,
                "currency": company.currency,
                "locale": company.locale,
                "as_of": as_of[company.company_id],
                "is_as_of_configured": settings.as_of is not None,
                "terms_text": company.terms_text or "30",
                "terms_net_days": terms.net_days,
                "terms_is_end_of_month": terms.is_end_of_month,
                "terms_days_after": terms.days_after,
                "terms_day_of_month": terms.day_of_month,
                "terms_source": "company_terms" if company.terms_text else "legal_default",
                "opening_journals": ",".join(company.opening_journals),
                "retention_release_days": company.retention_release_days,
                "has_fec": ledger is not None,
                "has_subledger": bool(company.subledgers),
                "fiscal_year_end": company.fiscal_year_end or "12-31",
                "ledger_as_of": ledger[1] if ledger else None,
                "country_code": company.country_code,
                "department": company.department,
            }
        )
    return rows


def reading_rows(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """The rows of the tables in `READINGS`: how the user reads the ledger and the law, and ages."""
    return {
        "account_roles": [
            {"company_id": company.company_id, "account_prefix": account, "role": role}
            for company in settings.companies
            for account, role in company.account_roles
        ],
        "line_types": [
            dict(zip(LINE_TYPES, (company.company_id, *reading), strict=True))
            for company in settings.companies
            for reading in company.line_types
        ],
        "statutory_rules": [
            {
                "company_id": company.company_id,
                "tax_basis": company.tax_basis,
                "contract_rate_pct": company.penalty_rate_pct,
            }
            for company in settings.companies
        ],
        "sector_ceilings": [
            dict(zip(SECTOR_CEILINGS, (company.company_id, *ceiling), strict=True))
            for company in settings.companies
            for ceiling in company.sector_ceilings
        ],
        "reference_rates": [
            dict(zip(REFERENCE_RATES, (company.company_id, *rate), strict=True))
            for company in settings.companies
            for rate in company.reference_rates
        ],
        "ageing_buckets": [
            {"company_id": company.company_id, "from_days": before + 1, "to_days": last}
            for company in settings.companies
            for before, last in zip(
                (0, *company.ageing_buckets), (*company.ageing_buckets, None), strict=True
            )
        ],
        "provisions": [
            {
                "company_id": company.company_id,
                **asdict(line),
                "forward_looking_factor": company.forward_looking_factor,
                "overlay_reason": company.overlay_reason,
                "cohort_age_months": company.cohort_age_months,
            }
            for company in settings.companies
            for line in company.provision_lines
        ],
    }


def attribute_parts(
    settings: Settings,
    workspace: Workspace,
    customers: Sequence[Mapping[str, Any]],
    as_of: Mapping[str, date] | None = None,
) -> list[tuple[Path | str, Mapping[str, str]]]:
    """What `copy_union` makes `inputs/customer_attributes.parquet` of: a part per company and configured scope.

    Of a customer with several rows the one in force on the company's day counts; without days, the last one.
    """
    from pipelines.sources.customers import column_named, value_of

    parts: list[tuple[Path | str, Mapping[str, str]]] = []
    for company in settings.companies:
        day = (as_of or {}).get(company.company_id, date.max)
        # Several files together tell one history.
        for one in {(one["company_id"], one["history"]): one for one in customers}.values():
            if one["company_id"] not in (None, company.company_id):
                continue
            in_force = (
                f"(select * from read_parquet({quoted(workspace.root / one['history'])}) "
                f"where coalesce(valid_from <= date {quoted(day.isoformat())}, true) "
                "qualify row_number() over (partition by customer_id order by valid_from desc nulls last) = 1)"
            )
            for scope in company.scopes:
                column = column_named(scope.pattern, one["columns"])
                assert column is not None, "refused at landing"
                given = {
                    "company_id": quoted(company.company_id),
                    "attribute_name": quoted(scope.pattern),
                    "attribute_value": value_of(column),
                }
                parts.append((in_force, given))
    return parts


def copy_union(
    target: Path,
    columns: Mapping[str, str],
    parts: Sequence[tuple[Path | str, Mapping[str, str]]],
    connection: duckdb.DuckDBPyConnection | None = None,
) -> None:
    """Write the rows of Parquet files as one table of exactly these columns; no file gives an empty table.

    Args:
        parts: each file, or SQL relation, and SQL expressions for the columns it does not hold itself.
        connection: one that serves several tables; the process's own without.
    """
    empty = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in columns.items())
    selects = [f"select {empty} where false"]
    for path, given in parts:
        chosen = ", ".join(
            f'cast({given.get(name, quoted_name(name))} as {kind}) as "{name}"'
            for name, kind in columns.items()
        )
        relation = f"read_parquet({quoted(path)})" if isinstance(path, Path) else path
        selects.append(f"select {chosen} from {relation}")
    with contextlib.nullcontext(connection) if connection else connected() as engine:
        engine.execute(
            f"copy ({' union all '.join(selects)}) to {quoted(target)} (format parquet, compression zstd)"
        )


def quoted_name(name: str) -> str:
    """A column's name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def landed(workspace: Workspace, source: str) -> list[dict[str, Any]]:
    """What the last landing of a source found.

    Raises:
        UsageError: it was never landed.
    """
    state = workspace.landing_state / f"{source}.json"
    if not state.exists():
        raise UsageError(f"{source} is not landed yet; materialise the group 'raw' first.")
    return list(read_json(state))


def lay_out_run(settings: Settings, workspace: Workspace) -> Path:
    """Start a working folder and write everything the warehouse reads into it.

    Returns:
        the working folder; `run.json` in it holds the as-of dates, the inputs and the run's identity.
    """
    state = {source: landed(workspace, source) for source in SOURCES}
    kept_ids = company_sources.identified(workspace)
    without_candidates(workspace, state, kept_ids)
    books = books_of(workspace, [*state["subledger"], *state["events"]])
    subledgers = [book for book in books if book["table_name"] in SUBLEDGER]
    periods, warnings = book_periods(workspace, subledgers)
    for one in state["subledger"]:
        if (told := warnings.get(one["company_id"])) and one["table_name"] == "invoices":
            one["warnings"] = json.dumps([*json.loads(one["warnings"]), told], ensure_ascii=False)
    as_of = resolve_as_of(settings, state["fec"], periods)
    # A source that gave no file yet stands in the accounts, not among the inputs.
    inputs = [input_record(one) for source in SOURCES for one in state[source] if one["sha256"]]
    creditors = company_rows(settings, as_of, state["fec"])
    readings = reading_rows(settings)
    restricted = privacy.restricted_customers(workspace)
    # Several files together tell one history; two companies may have the same.
    histories = {(one["company_id"] or "", one["history"]) for one in state["customers"]}
    identity = {
        "as_of": {key: day.isoformat() for key, day in as_of.items()},
        # The file's name is left out: the same file under another name is the same input.
        "inputs": sorted(
            [str(one["company_id"]), one["source"], one["sha256"], one["status"]]
            for one in inputs
            # The matches file is renewed by each run: what the user decided in it stands under `identities`.
            if one["source"] != "identities"
        ),
        "companies": [{key: str(value) for key, value in row.items()} for row in creditors],
        "readings": {
            name: [[str(value) for value in row.values()] for row in rows] for name, rows in readings.items()
        },
        "scopes": [
            [company.company_id, one.pattern] for company in settings.companies for one in company.scopes
        ],
        # Each names all the versions of its table, in the order in which they count.
        "books": sorted(
            [book["company_id"], book["ledger_name"] or "", book["table_name"], book["key"]] for book in books
        ),
        # Each is named by the versions of the customers and the days on which they came.
        "customers": sorted(map(list, histories)),
        # Named by the parties, the registers' candidates and the user's decisions.
        "identities": [one["identities"] for one in state["identities"]],
        # Each version of a register holds from a day on.
        "company_versions": sorted(
            [source, one["sha256"], str(one["known_on"])]
            for source in company_sources.SOURCES
            for one in state[source]
        ),
        "severities": dict(settings.severities),
        "restricted": [[str(value) for value in row.values()] for row in restricted],
        "code": release.code_version(),
    }
    base = release.base_id(max(as_of.values()), identity)
    run_id = release.unused_run_id(workspace, base)
    run = workspace.start_run(run_id)

    write_table(run / "inputs" / "companies.parquet", COMPANIES, creditors)
    for name, columns in READINGS.items():
        write_table(run / "inputs" / f"{name}.parquet", columns, readings[name])
    copy_union(
        run / "inputs" / "customer_attributes.parquet",
        CUSTOMER_ATTRIBUTES,
        attribute_parts(settings, workspace, state["customers"], as_of),
    )
    used = [one for one in state["fec"] if one["status"] == "used"]
    write_table(run / "inputs" / "fec_files.parquet", FEC_FILES, used)
    lines = run / "inputs" / "fec_lines"
    if not used:
        write_table(lines / "none.parquet", FEC_LINES, [])
    for one in used:
        link(
            workspace.root / one["parquet"],
            lines / f"{one['company_id']}_{one['source_id']}.parquet",
        )
    copy_union(
        run / "inputs" / "customers.parquet",
        CUSTOMERS,
        [
            (workspace.root / history, {"company_id": quoted(company) if company else "null"})
            for company, history in sorted(histories)
        ],
    )
    privacy.withhold_numbers(
        workspace, run / "inputs" / "customers.parquet", [one.company_id for one in settings.companies]
    )
    write_table(run / "inputs" / "restricted_customers.parquet", RESTRICTED_CUSTOMERS, restricted)
    lay_out_companies(workspace, run, state, kept_ids)
    lay_out_feeds(settings, workspace, run, books, as_of)
    write_accounts(
        workspace,
        run,
        per_company(
            settings,
            [
                one
                for source in SOURCES
                for one in state[source]
                # Without a matches file there is nothing to account for.
                if one["sha256"] or source != "identities"
            ],
        ),
    )
    write_json(
        run / RUN_FILE,
        {
            "run_id": run_id,
            "base_id": base,
            "as_of": identity["as_of"],
            "companies": [
                {
                    "company_id": c.company_id,
                    "name": c.name,
                    "siren": c.siren,
                    "currency": c.currency,
                    "locale": c.locale,
                }
                for c in settings.companies
            ],
            "config": {"file": settings.source.name, "sha256": settings.sha256},
            "inputs": inputs,
        },
    )
    return run


# --- sub-ledgers and events ----------------------------------------------------------------------------------------

STRAY_DAYS = 366
BOOK_DATES = {"invoices": ("issue_date", "entry_date", "paid_date"), "payments": ("payment_date",)}
"""The columns whose last day a sub-ledger is reckoned at."""


def books_of(workspace: Workspace, records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the versions of each landed table add up to, with its company, ledger and name: one per table."""
    named = {one["book"]: one for one in records}
    told = ("company_id", "ledger_name", "table_name")
    return [
        {**read_json(workspace.root / place), **{name: one[name] for name in told}}
        for place, one in named.items()
    ]


def counted_rows(workspace: Workspace, book: Mapping[str, Any]) -> str:
    """The rows of a table that count, as an SQL relation."""
    from pipelines.book import counts

    state = quoted(workspace.root / book["state"])
    return f"(select * from read_parquet({state}) where {counts(TABLES[book['table_name']])})"


def book_periods(
    workspace: Workspace, books: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, tuple[date, date]], dict[str, str]]:
    """First and last day that each company's sub-ledgers tell of, and a warning where days were left aside.

    A day that lies more than a year after all before it counts only where most rows lie there: a slip of the pen in
    one date would else move the day of reckoning.
    """
    counted: dict[str, Counter[date]] = {}
    with connected() as connection:
        for book in books:
            days = counted.setdefault(book["company_id"], Counter())
            days.update(date.fromisoformat(day) for day in book["days"])
            for column in BOOK_DATES.get(book["table_name"], ()):
                days.update(
                    dict(
                        connection.execute(
                            f"select {column}, count(*) from {counted_rows(workspace, book)} "
                            f"where {column} is not null group by all"
                        ).fetchall()
                    )
                )
    periods: dict[str, tuple[date, date]] = {}
    warnings: dict[str, str] = {}
    for company_id, rows in counted.items():
        days_told = sorted(rows)
        while gap := _last_gap(days_told, rows):
            warnings.setdefault(
                company_id,
                f"{days_told[-1].isoformat()} lies more than {STRAY_DAYS} days after the days before it and does not "
                f"count: the books are reckoned at {days_told[gap - 1].isoformat()} at the latest.",
            )
            days_told = days_told[:gap]
        if days_told:
            periods[company_id] = (days_told[0], days_told[-1])
    return periods, warnings


def _last_gap(days: Sequence[date], rows: Mapping[date, int]) -> int:
    """Where the last gap is whose far side holds fewer rows than its near side; 0 without one."""
    for at in range(len(days) - 1, 0, -1):
        if (days[at] - days[at - 1]).days > STRAY_DAYS:
            beyond = sum(rows[day] for day in days[at:])
            return at if beyond <= sum(rows[day] for day in days[:at]) else 0
    return 0


def lay_out_feeds(
    settings: Settings,
    workspace: Workspace,
    run: Path,
    books: Sequence[Mapping[str, Any]],
    as_of: Mapping[str, date],
) -> None:
    """Write the tables of sub-ledgers and events, what is open day by day, what was corrected."""

    def of(name: str) -> list[Mapping[str, Any]]:
        return [book for book in books if book["table_name"] == name]

    def given(book: Mapping[str, Any]) -> dict[str, str]:
        names = ", ".join(f"{quoted(key)}: {quoted(name)}" for key, name in book["file_names"].items())
        day = quoted(as_of[book["company_id"]].isoformat())
        return {
            "company_id": quoted(book["company_id"]),
            "ledger_name": quoted(book["ledger_name"] or ""),
            "table_name": quoted(book["table_name"]),
            "file_name": f"(map {{{names}}})[source_id]",
            # An export that does not tell its day was landed after the last day it speaks of.
            "known_on": "known_on" if settings.as_of else f"least(known_on, date {day})",
        }

    told: list[tuple[Path | str, Mapping[str, str]]] = []
    for book in of("invoices"):
        if book["open_amounts"]:
            day = given(book)["known_on"]
            told.append(
                (
                    f"""(select invoice_id, {day} as known_on, open_amount
                    from read_parquet([{files(workspace, book["open_amounts"])}])
                    where invoice_id in (select invoice_id from {counted_rows(workspace, book)} as counted)
                    qualify row_number() over (
                        partition by invoice_id, {day} order by read_parquet.known_on desc, step desc
                    ) = 1)""",
                    {**given(book), "known_on": "known_on"},
                )
            )
    corrected: list[tuple[Path | str, Mapping[str, str]]] = [
        (f"read_parquet([{files(workspace, book['corrections'])}])", {**given(book), "known_on": "known_on"})
        for book in books
        if book["corrections"]
    ]
    with connected() as connection:
        for name, (_, columns) in {**feeds.SUBLEDGER_INPUTS, **feeds.EVENT_INPUTS}.items():
            parts = [(counted_rows(workspace, book), given(book)) for book in of(name.split("_", 1)[1])]
            copy_union(run / "inputs" / f"{name}.parquet", columns, parts, connection)
        open_amounts = run / "inputs" / "subledger_open_amounts.parquet"
        copy_union(open_amounts, feeds.OPEN_AMOUNTS, told, connection)
        copy_union(run / "quality" / "corrected_rows.parquet", feeds.CORRECTED_ROWS, corrected, connection)
    write_table(run / "inputs" / "subledgers.parquet", SUBLEDGERS, subledger_rows(settings, of("invoices")))
    write_table(
        run / "inputs" / "event_sources.parquet",
        EVENT_SOURCES,
        [
            {"company_id": company.company_id, "event": event, "is_configured": event in company.events}
            for company in settings.companies
            for event in EVENTS
        ],
    )


def without_candidates(
    workspace: Workspace, state: Mapping[str, Sequence[dict[str, Any]]], kept_ids: Collection[str]
) -> None:
    """Count among others those units whose names were looked at and that are nobody's company."""
    with connected() as connection:
        connection.execute("create temp table kept as select unnest(?) as id", [sorted(kept_ids)])
        for name, source in company_sources.SOURCES.items():
            for one in state[name] if source.identifies else ():
                for place in one["tables"].values():
                    rows, others = connection.execute(
                        f"select count(*), count(*) filter (legal_unit_id not in (select id from kept)) "
                        f"from read_parquet({quoted(workspace.root / place)})"
                    ).fetchone() or (0, 0)
                    # A file that gives two tables counts the rows of one of them.
                    if rows == one["rows_accepted"]:
                        one["rows_accepted"] -= others
                        one["rows_out_of_scope"] += others
                        break


def lay_out_companies(
    workspace: Workspace,
    run: Path,
    state: Mapping[str, Sequence[Mapping[str, Any]]],
    kept_ids: Collection[str],
) -> None:
    """Write what registers tell of the customers, every version of it, and which customer is which company."""
    with connected() as connection:
        connection.execute("create temp table kept as select unnest(?) as id", [sorted(kept_ids)])
        for name, (_, columns) in COMPANY_TABLES.items():
            parts: list[tuple[Path | str, Mapping[str, str]]] = []
            for source in company_sources.SOURCES:
                # A version whose file serves every company is laid out once.
                for one in state[source]:
                    place = one["tables"].get(name.removeprefix("company_"))
                    if place:
                        day = quoted(one["known_on"]) if one["known_on"] else "null"
                        given = {"source": quoted(source), "known_on": f"cast({day} as date)"}
                        rows = (
                            f"(select * from read_parquet({quoted(workspace.root / place)}) "
                            "where legal_unit_id in (select id from kept))"
                        )
                        parts.append((rows, given))
            copy_union(run / "inputs" / f"{name}.parquet", columns, parts, connection)
        copy_union(
            run / "inputs" / "company_identities.parquet",
            COMPANY_IDENTITIES,
            [(workspace.root / one["identities"], {}) for one in state["identities"]],
            connection,
        )


def files(workspace: Workspace, places: Sequence[str]) -> str:
    """Places in the workspace as SQL literals."""
    return ", ".join(quoted(workspace.root / place) for place in places)


def subledger_rows(settings: Settings, invoices: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of `inputs/subledgers.parquet`."""
    by_ledger = {(book["company_id"], book["ledger_name"]): book for book in invoices}
    rows = []
    for company in settings.companies:
        for ledger in company.subledgers:
            book = by_ledger.get((company.company_id, ledger.name), {"columns": [], "tells_open": False})
            rows.append(
                {
                    "company_id": company.company_id,
                    "ledger_name": ledger.name,
                    "has_payments": "payments" in ledger.tables,
                    "has_allocations": "allocations" in ledger.tables,
                    "has_open_amounts": book["tells_open"],
                    "has_paid_dates": "paid_date" in book["columns"],
                    "has_issue_dates": "issue_date" in book["columns"],
                }
            )
    return rows


def per_company(settings: Settings, files: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Landed files with a company each: a file that serves every company is accounted for in each."""
    return [
        {**one, "company_id": company_id}
        for one in files
        for company_id in (
            [one["company_id"]] if one["company_id"] else [c.company_id for c in settings.companies]
        )
    ]


def input_record(one: Mapping[str, Any]) -> dict[str, Any]:
    """A landed file as the manifest tells it."""
    kept = (
        "company_id",
        "source",
        "file_name",
        "sha256",
        "status",
        "rows_read",
        "rows_accepted",
        "rows_rejected",
        "ledger_name",
        "table_name",
        "snapshot_date",
    )
    totals = ("debit_total", "credit_total", "first_date", "last_date", "fiscal_year")
    return {name: one.get(name) for name in (*kept, *totals)}


def write_accounts(workspace: Workspace, run: Path, files: Sequence[Mapping[str, Any]]) -> None:
    """Write `quality.sources`, `quality.rejected_rows` and `quality.unbalanced_entries` of a run."""
    rows = [{name: one.get(name) for name in QUALITY_SOURCES} for one in files]
    write_table(run / "quality" / "sources.parquet", QUALITY_SOURCES, rows)
    for table, columns, key in (
        ("rejected_rows", REJECTED_ROWS, "rejects"),
        ("unbalanced_entries", UNBALANCED_ENTRIES, "unbalanced"),
    ):
        parts = [(workspace.root / one[key], account_columns(one, columns)) for one in files if one.get(key)]
        copy_union(run / "quality" / f"{table}.parquet", columns, parts)


def account_columns(one: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, str]:
    """What a file's own rejects do not repeat: which company, source and file they come from."""
    known = ("company_id", "source", "file_name", "sha256", "source_id")
    return {name: quoted(one[name]) if one.get(name) else "null" for name in known if name in columns}


# --- the assets ----------------------------------------------------------------------------------------------------


def ingest_assets(settings: Settings | None = None) -> list[dg.AssetsDefinition]:
    """Group `raw`: what each source landed. Groups `inputs` and `quality`: what one run reads, and its accounts."""
    return [*(landing_asset(source, settings) for source in SOURCES), inputs_asset()]


def landing_asset(source: str, settings: Settings | None = None) -> dg.AssetsDefinition:
    """`[raw, <source>]`: the configured files of one source as Parquet, by content hash."""
    title, description = landing.TOLD[source]
    ages = [days for days in max_ages(settings, source) if days is not None]

    @dg.asset(
        key=["raw", source],
        group_name="raw",
        description=description,
        owners=OWNERS,
        kinds={"parquet", "duckdb"},
        deps=[dg.AssetKey(["raw", before]) for before in landing.NEEDS.get(source, ())],
        # Judged by Dagster's daemon: whether it is landed at all. Whether anything new came: `feed_checks`.
        freshness_policy=dg.FreshnessPolicy.time_window(timedelta(days=max(1, min(ages)))) if ages else None,
        retry_policy=RETRY_ON_IO,
    )
    def land(encours: dg.ResourceParam[RunContext]) -> dg.MaterializeResult[Any]:
        with encours.step(title) as step:
            files = landing.land(source, encours.settings, encours.workspace, step.say)
            write_json(encours.workspace.landing_state / f"{source}.json", files)
        shown = ("company_id", "file_name", "status", "rows_read", "rows_accepted", "rows_rejected")
        rows = [tuple(one[name] for name in shown) for one in files]
        return dg.MaterializeResult(
            metadata={
                "files": len(files),
                "dagster/row_count": sum(
                    one["rows_accepted"] - one.get("rows_superseded", 0)
                    for one in files
                    if one["status"] == "used"
                ),
                "rows_rejected": sum(one["rows_rejected"] for one in files),
                "preview": dg.MetadataValue.md(markdown_table(list(shown), rows)),
            }
        )

    return land


def max_ages(settings: Settings | None, source: str) -> list[int | None]:
    """The `max_age_days` of a source's tables."""
    if settings is None:
        return []
    if source in FEEDS:
        return [feed.given.max_age_days for feed in feeds.feeds_of(settings, source)]
    return [settings.external[source].max_age_days] if source in settings.external else []


def feed_checks() -> list[dg.AssetChecksDefinition]:
    """`is_fresh` on each source that arrives again and again: that it brought something new of late.

    Dagster's freshness policies look at when an asset was materialised, and a run that finds nothing new
    materialises it too.
    """
    return [feed_check(source) for source in (*FEEDS, *company_sources.SOURCES)]


def feed_check(source: str) -> dg.AssetChecksDefinition:
    """A warning where the last new version of a table is older than its `max_age_days`."""

    @dg.asset_check(
        asset=["raw", source],
        name="is_fresh",
        description="The last new version of each table is no older than its max_age_days.",
    )
    def is_fresh(encours: dg.ResourceParam[RunContext]) -> dg.AssetCheckResult:
        judge = feeds.ages if source in FEEDS else company_sources.ages
        rows = judge(encours.settings, encours.workspace, source, landing.today())
        stale = [row for row in rows if row[-1]]
        if stale:
            with encours.step(f"Judging the age of {source}") as step:
                step.say("; ".join(f"{table}: nothing new since {day}" for _, _, table, day, *_ in stale))
        shown = ["company", "ledger", "table", "last new version", "days ago", "max_age_days", "is stale"]
        return dg.AssetCheckResult(
            passed=not stale,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"tables": dg.MetadataValue.md(markdown_table(shown, rows))},
        )

    return is_fresh


def inputs_asset() -> dg.AssetsDefinition:
    """`[inputs, …]` and the accounts of every row, laid out together."""

    @dg.multi_asset(
        name="lay_out",
        specs=[
            dg.AssetSpec(
                [stage, name],
                group_name=stage,
                description=description,
                owners=OWNERS,
                kinds={"parquet", "duckdb"},
                deps=[dg.AssetKey(["raw", source]) for source in SOURCES],
            )
            for stage, tables in (("inputs", INPUTS), ("quality", ACCOUNTS))
            for name, (description, _) in tables.items()
        ],
        retry_policy=RETRY_ON_IO,
    )
    def lay_out(encours: dg.ResourceParam[RunContext]) -> Iterator[dg.MaterializeResult[Any]]:
        with encours.step("Laying out the run") as step:
            run = lay_out_run(encours.settings, encours.workspace)
            step.say(run.name)
        for stage, tables in (("inputs", INPUTS), ("quality", ACCOUNTS)):
            for name in tables:
                path = run / stage / name
                found = path if path.is_dir() else path.with_suffix(".parquet")
                yield dg.MaterializeResult(asset_key=[stage, name], metadata=table_metadata(found))

    return lay_out
