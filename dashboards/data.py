"""Every query of the reports: DuckDB over the Parquet of a run, into small frozen records.

What belongs here: reading, with the columns each table must have, and nothing computed that a mart
already says. What does not: sentences, formats, choices of what to show (`dashboards.facts`, the pages).

Money is `Decimal`, ratios and days are `float`, both `None` where the mart has no figure. Every query is
ordered by a whole key, so that the same tables give the same pages.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from dashboards import actions_data, cash_data, companies_data, events_data, model_data
from dashboards.context import EarlierRun, Locale, ReportError
from dashboards.persons import Persons

BUCKETS = ("not_due", "overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_91_120", "overdue_over_120")
"""Ageing buckets in order; `due_date_unknown` and `unallocated` stand beside them."""

_AGEING = (*BUCKETS, "due_date_unknown", "unallocated")

SCOPES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("sector", ("sector_code",)),
    ("country", ("country_code",)),
    ("size", ("size_category",)),
    ("attribute", ("attribute_name", "attribute_value")),
)
"""What `fct_dso_by_<scope>_monthly` splits a company by, and the columns that name its rows."""

_SCOPE_FIGURES = (
    *("receivables", "overdue", "unallocated", "billed_12m", "dso_12m", "dso_3m", "dso_countback"),
    *("days_late_12m", "days_late_3m", "share_paid_late_amount_12m"),
)

REQUIRED: dict[str, tuple[str, ...]] = {
    **events_data.REQUIRED,
    **companies_data.REQUIRED,
    **actions_data.REQUIRED,
    **cash_data.REQUIRED,
    **model_data.REQUIRED,
    **{
        f"marts/fct_dso_by_{scope}_monthly": ("company_id", *columns, "month_end", "billed", *_SCOPE_FIGURES)
        for scope, columns in SCOPES
    },
    "marts/fct_ageing_buckets_monthly": (
        *("company_id", "month_end", "bucket_from_days", "bucket_to_days", "bucket_label", "amount"),
    ),
    "marts/rpt_terms_sensitivity": (
        *("company_id", "scenario", "assumed_terms", "is_in_force", "dso_12m", "dso_3m", "dso_countback"),
        *("best_possible_dso_12m", "best_possible_dso_3m", "overdue", "overdue_share", "days_late_12m"),
        *("days_late_3m", "share_paid_late_amount_12m", "share_paid_late_amount_3m"),
    ),
    "marts/metric_dictionary": (
        *("metric_id", "table_name", "column_name", "unit", "source", "name_fr", "name_en", "formula_fr"),
        *("formula_en", "sql_text", "position"),
    ),
    "marts/dim_customers": (
        "company_id",
        "customer_id",
        "customer_name",
        "siren",
        "legal_status",
        "credit_limit",
        "legal_unit_id",
        "group_id",
        *("legal_name", "is_sole_trader", "is_consumer", "is_restricted", "is_person"),
    ),
    "marts/fct_invoices": (
        *(
            "company_id",
            "invoice_id",
            "customer_id",
            "document_type",
            "document_number",
            "entry_date",
            "issue_date",
        ),
        *("due_date", "due_date_source", "is_due_date_assumed", "amount", "open_amount", "currency"),
        "is_disputed",
        *("foreign_amount", "foreign_currency"),
    ),
    "marts/fct_payments": ("company_id", "payment_id", "customer_id", "kind", "payment_date", "amount"),
    "marts/fct_allocations": (
        "company_id",
        "invoice_id",
        "payment_id",
        "kind",
        "allocation_date",
        "amount",
        "method",
    ),
    "marts/fct_ageing_monthly": ("company_id", "customer_id", "month_end", "balance", *_AGEING),
    "marts/fct_dso_monthly": (
        *(
            "company_id",
            "month_end",
            "is_month_end",
            "receivables",
            "not_due",
            "overdue",
            "billed",
            "billed_3m",
        ),
        *("billed_12m", "dso_3m", "dso_12m", "best_possible_dso_3m", "best_possible_dso_12m"),
        *(
            "average_days_delinquent_3m",
            "average_days_delinquent_12m",
            "dso_countback",
            "countback_unexplained",
        ),
        *("true_dso", "collection_effectiveness_index", "percent_current", "days_to_pay_3m", "days_late_3m"),
        *("days_late_net_3m", "share_paid_late_amount_3m", "share_paid_late_count_3m", "days_to_pay_12m"),
        *("days_late_12m", "days_late_net_12m", "share_paid_late_amount_12m", "share_paid_late_count_12m"),
        *("share_fifo_3m", "share_fifo_12m", "share_billing_due_assumed_12m", "dso_restated_3m"),
    ),
    "marts/fct_customer_behaviour_monthly": (
        *("company_id", "customer_id", "month_end", "billed_12m", "days_late_12m", "days_late_3m"),
        *("oldest_overdue_days", "share_paid_late_12m", "paid_count_12m"),
        *("balance", "insured_limit", "uninsured_exposure"),
    ),
    "marts/fct_receivables_by_proceeding": (
        *(
            "company_id",
            "customer_id",
            "judgment_date",
            "publication_date",
            "kind",
            "open_amount_at_judgment",
        ),
        *("open_amount", "claim_deadline", "relief_deadline", "state"),
    ),
    "marts/fct_customer_defaults": (
        *("company_id", "customer_id", "default_date", "reason", "amount", "cured_on", "is_in_default"),
    ),
    "marts/reconciliation": (
        *(
            "company_id",
            "check",
            "month_end",
            "customer_id",
            "expected",
            "actual",
            "difference",
            "passed",
            "detail",
        ),
    ),
    "marts/restatements": (
        *(
            "company_id",
            "month_end",
            "is_fiscal_year_end",
            "open_documents",
            "set_apart",
            "set_apart_overdue",
        ),
        *("lettered_later", "lettered_later_count", "lettering_undated", "completed_later"),
    ),
    "marts/settlement": ("company_id", "method", "documents", "amount", "credits_beyond_cap"),
    "marts/ledger_differences": (
        *("company_id", "difference_id", "tie_date", "customer_id", "kind", "line_type", "document_number"),
        *("ledger_date", "subledger_date", "ledger_amount", "subledger_amount", "difference"),
    ),
    "marts/customer_spellings": (
        *("company_id", "normal_form", "customer_spelling", "customer_id", "is_merged"),
        *("first_fiscal_year", "last_fiscal_year", "line_count"),
    ),
    "marts/rpt_statutory_late_payments": (
        *(
            "company_id",
            "fiscal_year_start",
            "fiscal_year_end",
            "closing_date",
            "is_provisional",
            "table_number",
        ),
        *("bucket", "bucket_rank", "tax_basis", "invoice_count", "amount", "amount_including_vat"),
        *("share_of_amount", "share_of_count", "reference_amount", "reference_count", "contractual_count"),
        *("contractual_amount", "legal_count", "legal_amount", "vat_unknown_count", "vat_unknown_amount"),
    ),
    "marts/rpt_statutory_tie_out": (
        *("company_id", "fiscal_year_start", "closing_date", "item_rank", "item", "amount"),
    ),
    "marts/rpt_payment_terms_compliance": (
        *("company_id", "fiscal_year", "customer_id", "due_date_source", "agreed_terms", "ceiling_days"),
        *("longest_term_days", "days_beyond_net", "days_beyond_45_then_end_of_month"),
        *("days_beyond_end_of_month_then_45", "verdict", "invoice_count", "amount", "over_amount"),
    ),
    "marts/fct_late_payment_penalties": (
        *(
            "company_id",
            "customer_id",
            "invoice_id",
            "semester_start",
            "document_number",
            "due_date",
            "first_day",
        ),
        *("last_day", "days", "amount_days", "rate_pct", "rate_source", "minimum_rate_pct"),
        *("is_contract_rate_refused", "interest", "indemnity"),
    ),
    "marts/rpt_expected_credit_loss_history": (
        *(
            "company_id",
            "closing_date",
            "is_as_of",
            "line_number",
            "section",
            "bucket",
            "gross_amount",
            "items",
        ),
        *("closed_cohorts", "first_cohort_month", "last_cohort_month", "cohort_reached", "cohort_lost"),
        *("cohort_lost_excluding_vat", "cohort_open_amount", "loss_rate_if_open_lost", "rate_source"),
        *("is_floor_configured", "loss_rate", "is_rate_below_younger_bucket", "forward_looking_factor"),
        *("overlay_reason", "applied_loss_rate", "expected_loss_before_overlay", "overlay_amount"),
        *("expected_loss", "expected_loss_excluding_vat"),
    ),
    "marts/rpt_credit_risk_exposure": (
        *(
            "company_id",
            "closing_date",
            "line_number",
            "bucket",
            "matrix_gross_amount",
            "matrix_loss_allowance",
        ),
        *("individual_gross_amount", "individual_loss_allowance", "apart_gross_amount", "gross_amount"),
        *("loss_allowance", "matrix_loss_rate", "loss_rate"),
    ),
    "marts/rpt_loss_allowance_movements": (
        *("company_id", "opening_date", "closing_date", "opening_loss_allowance", "originated", "collected"),
        *(
            "written_off",
            "aged",
            "remeasured",
            "rounding",
            "closing_loss_allowance",
            "receivables_written_off",
        ),
        "impairment_loss",
    ),
    "marts/rpt_loss_cohorts": (
        *("company_id", "closing_date", "cohort_month", "state", "billed", "credited", "assigned", "settled"),
        *("lost", "lost_excluding_vat", "open_amount"),
    ),
    "marts/rpt_tax_provision": (
        *(
            "company_id",
            "closing_date",
            "invoice_id",
            "customer_id",
            "document_number",
            "issue_date",
            "due_date",
        ),
        *(
            "event",
            "event_date",
            "event_known_on",
            "event_source",
            "is_group",
            "is_insured",
            "open_amount",
            "vat_amount",
            "is_vat_known",
        ),
        *("base_amount", "rate", "rate_source", "proposed_provision"),
    ),
    "marts/rpt_tax_provision_summary": (
        *("company_id", "closing_date", "is_as_of", "receivables", "open_amount", "base_amount"),
        *("vat_unknown_amount", "proposed_provision", "ledger_provision", "ledger_charge", "ledger_reversal"),
        "difference",
    ),
    "ml/invoice_scores": (
        "company_id",
        "invoice_id",
        "p_late",
        "p_dispute",
        "reasons_dispute",
        "reasons",
        "model_version",
    ),
    "ml/customer_scores": (
        *("company_id", "customer_id", "expected_loss", "reasons", "recommended_action", "model_version"),
        *("override_action", "override_reason", "override_decided_by", "override_decided_on"),
        *("override_valid_to", "pd_12m", "rating", "pd_validation", "exposure", "overdue"),
        *("recommended_limit", "limit_reason"),
    ),
    "ml/models": ("company_id", "task", "model_name", "note_fr", "note_en"),
    "quality/sources": (
        *(
            "company_id",
            "source",
            "file_name",
            "sha256",
            "encoding",
            "separator",
            "rows_read",
            "rows_accepted",
        ),
        *("rows_rejected", "debit_total", "credit_total", "debit_rejected", "credit_rejected", "first_date"),
        *("last_date", "entries", "unbalanced_entries", "draft_rows", "status", "warnings"),
        *("rows_out_of_scope", "table_name", "snapshot_date", "rows_superseded"),
    ),
    "quality/rejected_rows": (
        *(
            "company_id",
            "source",
            "file_name",
            "line_number",
            "column_name",
            "reason",
            "raw_text",
            "debit",
            "credit",
        ),
    ),
    "quality/expectations": (
        *("company_id", "stage", "suite", "expectation", "table_name", "column_name", "severity", "passed"),
        *("observed", "expected", "unexpected_count", "sentence", "sentence_fr"),
    ),
    "quality/unbalanced_entries": (
        *(
            "company_id",
            "file_name",
            "journal_code",
            "entry_number",
            "entry_date",
            "first_line",
            "debit",
            "credit",
        ),
        "difference",
    ),
}
"""Tables the reports read, by `folder/table`, with the columns that must exist."""

ROW_LIMIT = 200
"""Longest list of single rows (rejects, exceptions) a page shows; the tables hold them all."""


@dataclass(frozen=True)
class DsoMonth:
    """One row of `fct_dso_monthly`: money in the company's currency, `_days`, shares 0 to 1."""

    month_end: date
    is_month_end: bool
    receivables: Decimal
    not_due: Decimal
    overdue: Decimal
    billed: Decimal
    billed_3m: Decimal | None
    billed_12m: Decimal | None
    dso_3m: float | None
    dso_12m: float | None
    best_possible_dso_3m: float | None
    average_days_delinquent_3m: float | None
    dso_countback: float | None
    countback_unexplained: float | None
    true_dso: float | None
    collection_effectiveness_index: float | None
    percent_current: float | None
    days_to_pay_3m: float | None
    days_late_3m: float | None
    days_late_net_3m: float | None
    share_paid_late_amount_3m: float | None
    share_paid_late_count_3m: float | None
    days_to_pay_12m: float | None
    days_late_12m: float | None
    share_paid_late_amount_12m: float | None
    share_fifo_3m: float | None
    share_fifo_12m: float | None
    share_billing_due_assumed_12m: float | None
    dso_restated_3m: float | None


@dataclass(frozen=True)
class Ageing:
    """Open amounts of one month end, by bucket: `balance` = buckets + unknown − unallocated."""

    month_end: date
    balance: Decimal
    not_due: Decimal
    overdue_1_30: Decimal
    overdue_31_60: Decimal
    overdue_61_90: Decimal
    overdue_91_120: Decimal
    overdue_over_120: Decimal
    due_date_unknown: Decimal
    unallocated: Decimal

    @property
    def buckets(self) -> tuple[Decimal, ...]:
        """Not due, then the five overdue buckets."""
        return tuple(getattr(self, name) for name in BUCKETS)

    @property
    def overdue(self) -> Decimal:
        return sum(self.buckets[1:], Decimal(0))

    @property
    def documents(self) -> Decimal:
        """Open documents before what is on account: the base of the share overdue."""
        return sum(self.buckets, Decimal(0)) + self.due_date_unknown

    @property
    def share_overdue(self) -> float | None:
        return float(self.overdue / self.documents) if self.documents > 0 else None


@dataclass(frozen=True)
class CustomerAgeing(Ageing):
    """The ageing of one customer at one month end, and how it paid."""

    customer_id: str
    name: str
    legal_status: str | None
    days_late_3m: float | None
    days_late_12m: float | None
    share_paid_late_12m: float | None
    oldest_overdue_days: int | None
    billed_12m: Decimal | None
    credit_limit: Decimal | None


@dataclass(frozen=True)
class OpenInvoice:
    """An open document with its score; `p_late` is null where the model does not score it."""

    invoice_id: str
    customer_id: str
    name: str
    document_number: str | None
    issue_date: date | None
    due_date: date | None
    open_amount: Decimal
    foreign_amount: Decimal | None
    foreign_currency: str | None
    p_late: float | None
    reasons: str | None
    model_version: str | None


@dataclass(frozen=True)
class Default:
    """A default event of a customer, cured or not."""

    customer_id: str
    name: str
    default_date: date
    reason: str
    amount: Decimal | None
    cured_on: date | None
    is_in_default: bool


@dataclass(frozen=True)
class Proceeding:
    """An opening judgment about a customer, with what was open then and is open now."""

    customer_id: str
    name: str
    judgment_date: date | None
    publication_date: date | None
    kind: str
    open_amount_at_judgment: Decimal
    open_amount: Decimal
    claim_deadline: date | None
    relief_deadline: date | None
    state: str | None


@dataclass(frozen=True)
class Source:
    """One input file: rows and money read, accepted, refused."""

    source: str
    file_name: str
    sha256: str
    encoding: str | None
    separator: str | None
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    rows_out_of_scope: int
    debit_total: Decimal | None
    credit_total: Decimal | None
    debit_rejected: Decimal | None
    credit_rejected: Decimal | None
    first_date: date | None
    last_date: date | None
    entries: int | None
    unbalanced_entries: int | None
    draft_rows: int | None
    status: str | None
    table_name: str | None
    snapshot_date: date | None
    rows_superseded: int | None
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class RejectedRow:
    source: str
    file_name: str
    line_number: int | None
    column_name: str | None
    reason: str
    raw_text: str | None
    debit: Decimal | None
    credit: Decimal | None


@dataclass(frozen=True)
class Expectation:
    stage: str
    suite: str
    expectation: str
    table_name: str | None
    column_name: str | None
    severity: str
    passed: bool
    observed: str | None
    expected: str | None
    unexpected_count: int | None
    sentence: str
    sentence_fr: str


@dataclass(frozen=True)
class TieOut:
    """One check of the reconciliation at one month end, its rows added up."""

    check: str
    month_end: date | None
    rows: int
    failed: int
    expected: Decimal | None
    actual: Decimal | None
    difference: Decimal | None


@dataclass(frozen=True)
class LedgerDifference:
    """A document or payment by which the sub-ledger's balance differs from the ledger's."""

    tie_date: date
    customer_id: str
    kind: str
    line_type: str
    document_number: str | None
    ledger_date: date | None
    subledger_date: date | None
    ledger_amount: Decimal
    subledger_amount: Decimal
    difference: Decimal


@dataclass(frozen=True)
class Spelling:
    """A customer's number written in a way that only case, blanks or leading zeros tell from another."""

    customer_spelling: str
    customer_id: str
    is_merged: bool
    first_fiscal_year: int
    last_fiscal_year: int
    line_count: int


@dataclass(frozen=True)
class Restatement:
    """What a month end as published today owes to lines and lettering dated after it."""

    month_end: date
    is_fiscal_year_end: bool
    open_documents: Decimal
    set_apart: Decimal
    set_apart_overdue: Decimal
    lettered_later: Decimal
    lettered_later_count: int
    lettering_undated: Decimal
    completed_later: Decimal


@dataclass(frozen=True)
class TieException:
    check: str
    month_end: date | None
    customer_id: str | None
    expected: Decimal | None
    actual: Decimal | None
    difference: Decimal | None
    detail: str | None


@dataclass(frozen=True)
class Unbalanced:
    file_name: str
    journal_code: str | None
    entry_number: str | None
    entry_date: date | None
    first_line: int | None
    debit: Decimal
    credit: Decimal
    difference: Decimal


@dataclass(frozen=True)
class Share:
    """An amount and a number under one name (a settlement method, a source of due dates)."""

    name: str
    amount: Decimal
    count: int


@dataclass(frozen=True)
class ScopeMonth:
    """The metrics of a part of the company (a sector, a country, a size, a value of a column) on the as-of day."""

    scope: str
    name: str
    value: str
    receivables: Decimal
    overdue: Decimal
    unallocated: Decimal
    billed_12m: Decimal | None
    dso_12m: float | None
    dso_3m: float | None
    dso_countback: float | None
    days_late_12m: float | None
    days_late_3m: float | None
    share_paid_late_amount_12m: float | None


@dataclass(frozen=True)
class Bucket:
    """A bucket of the configuration at a month end; days are null where no due date divides."""

    month_end: date
    from_days: int | None
    to_days: int | None
    label: str
    amount: Decimal


@dataclass(frozen=True)
class AssumedTerms:
    """The as-of figures where documents without terms are given these."""

    terms: str
    is_in_force: bool
    dso_12m: float | None
    dso_3m: float | None
    dso_countback: float | None
    best_possible_dso_12m: float | None
    best_possible_dso_3m: float | None
    overdue: Decimal
    overdue_share: float | None
    days_late_12m: float | None
    days_late_3m: float | None
    share_paid_late_amount_12m: float | None
    share_paid_late_amount_3m: float | None


@dataclass(frozen=True)
class Definition:
    """A metric: its name and formula in both languages, where it stands and what computes it."""

    metric_id: str
    table_name: str
    column_name: str
    unit: str
    source: str
    name_fr: str
    name_en: str
    formula_fr: str
    formula_en: str
    sql_text: str


@dataclass(frozen=True)
class CompanyData:
    """All that the pages of one company are made of."""

    dso: tuple[DsoMonth, ...]
    ageing: tuple[Ageing, ...]
    customers: dict[date, tuple[CustomerAgeing, ...]]
    billed_window: dict[date, dict[str, Decimal]]
    collected: dict[date, Decimal]
    open_invoices: tuple[OpenInvoice, ...]
    defaults: tuple[Default, ...]
    default_history: dict[date, Decimal]
    proceedings: tuple[Proceeding, ...]
    actions: dict[str, dict[str, str]]
    model_note: tuple[str, str, str]
    sources: tuple[Source, ...]
    rejected: tuple[RejectedRow, ...]
    rejected_by_reason: tuple[tuple[str, str, int], ...]
    expectations: tuple[Expectation, ...]
    tie_out: tuple[TieOut, ...]
    tie_exceptions: tuple[TieException, ...]
    restatements: tuple[Restatement, ...]
    spellings: tuple[Spelling, ...]
    ledger_differences: tuple[LedgerDifference, ...]
    ledger_difference_kinds: tuple[Share, ...]
    credits_beyond_cap: int
    unbalanced: tuple[Unbalanced, ...]
    settlement: tuple[Share, ...]
    due_sources: tuple[Share, ...]
    scopes: tuple[ScopeMonth, ...]
    buckets: tuple[Bucket, ...]
    assumed_terms: tuple[AssumedTerms, ...]
    dictionary: tuple[Definition, ...]
    receivable_lines: int
    billed_documents: int
    events: events_data.Events
    companies: companies_data.Companies


Record = TypeVar("Record")


class Tables:
    """The tables of one run, as views in a private in-memory DuckDB.

    Args:
        tables_dir: a folder with `marts/`, `ml/` and `quality/`, each holding `<table>.parquet`.
        earlier: the release whose early warnings are no longer new.
        shows_persons: persons are named; else their numbers stand for them (`dashboards.persons`).

    Raises:
        ReportError: a table or a column is missing; all that is missing is named at once.
    """

    def __init__(
        self, tables_dir: Path, earlier: EarlierRun | None = None, shows_persons: bool = False
    ) -> None:
        self.compared_with = earlier.as_of if earlier else None
        self._con = duckdb.connect(":memory:", config={"threads": 2})
        missing: list[str] = []
        found: dict[str, tuple[Path, list[str]]] = {}
        for name, needed in REQUIRED.items():
            path = tables_dir / f"{name}.parquet"
            if not path.is_file():
                missing.append(f"{name}.parquet")
                continue
            described = self._con.execute("describe select * from read_parquet(?)", [str(path)]).fetchall()
            found[name.split("/")[1]] = path, [row[0] for row in described]
            missing += [f"{name}.{column}" for column in needed if column not in found[name.split("/")[1]][1]]
        if missing:
            self._con.close()
            raise ReportError(f"the reports need what {tables_dir} does not hold: {', '.join(missing)}")

        if earlier:
            found["previous_warnings"] = earlier.warnings, found["fct_early_warnings"][1]
        self._persons = Persons(self._con, found["dim_customers"][0], shows_persons)
        for table, (path, columns) in found.items():
            self._con.execute(f"create view {table} as {self._persons.relation(table, path, columns)}")

    @property
    def has_persons(self) -> bool:
        """Whether some customers' names are withheld: what is read then depends on the language."""
        return self._persons.any

    def speak(self, locale: Locale) -> None:
        """Name persons in a language, from now on."""
        self._persons.speak(locale)

    def close(self) -> None:
        self._con.close()

    def dicts(self, sql: str, *params: Any) -> list[dict[str, Any]]:
        cursor = self._con.execute(sql, list(params))
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def records(self, record: type[Record], sql: str, *params: Any) -> tuple[Record, ...]:
        return tuple(record(**row) for row in self.dicts(sql, *params))


def window_start(end: date, months: int) -> date:
    """First day of the window of `months` that ends at `end` (DOMAIN §3): the day after a month end."""
    index = end.year * 12 + end.month - 1 - months + 1
    return date(index // 12, index % 12 + 1, 1)


def window_days(end: date, months: int) -> int:
    """Days of the window of `months` ending at `end`, both ends counted."""
    return (end - window_start(end, months)).days + 1


_FLOATS = (
    *("dso_3m", "dso_12m", "best_possible_dso_3m", "average_days_delinquent_3m", "dso_countback"),
    *("countback_unexplained", "true_dso", "collection_effectiveness_index", "percent_current"),
    *("days_to_pay_3m", "days_late_3m", "days_late_net_3m", "share_paid_late_amount_3m"),
    *("share_paid_late_count_3m", "days_to_pay_12m", "days_late_12m", "share_paid_late_amount_12m"),
    *("share_fifo_3m", "share_fifo_12m", "share_billing_due_assumed_12m", "dso_restated_3m"),
)


def _money(column: str) -> str:
    return f"cast({column} as decimal(38, 2)) as {column.split('.')[-1]}"


def read_dso(tables: Tables, company_id: str) -> tuple[DsoMonth, ...]:
    """Every row of `fct_dso_monthly` of a company, oldest first."""
    money = ", ".join(
        _money(c) for c in ("receivables", "not_due", "overdue", "billed", "billed_3m", "billed_12m")
    )
    floats = ", ".join(f"cast({name} as double) as {name}" for name in _FLOATS)
    return tables.records(
        DsoMonth,
        f"select month_end, is_month_end, {money}, {floats} from fct_dso_monthly "
        "where company_id = ? order by month_end",
        company_id,
    )


def read_company(tables: Tables, company_id: str, as_of: date, compared: Iterable[date]) -> CompanyData:
    """Everything of one company.

    Args:
        tables: the run's tables.
        company_id: key of the company.
        as_of: the day drawn up for; a `month_end` of `fct_dso_monthly`.
        compared: earlier month ends for which the customers' states are wanted.
    """
    days = sorted({as_of, *compared})
    sums = ", ".join(f"cast(sum({c}) as decimal(38, 2)) as {c}" for c in ("balance", *_AGEING))
    ageing = tables.records(
        Ageing,
        f"select month_end, {sums} from fct_ageing_monthly where company_id = ? group by month_end order by month_end",
        company_id,
    )
    amounts = ", ".join(_money(f"a.{c}") for c in ("balance", *_AGEING))
    customers: dict[date, tuple[CustomerAgeing, ...]] = {}
    billed: dict[date, dict[str, Decimal]] = {}
    for day in days:
        customers[day] = tables.records(
            CustomerAgeing,
            f"""
            select a.month_end, {amounts}, a.customer_id, coalesce(c.customer_name, a.customer_id) as name,
                c.legal_status, cast(b.days_late_3m as double) as days_late_3m,
                cast(b.days_late_12m as double) as days_late_12m,
                cast(b.share_paid_late_12m as double) as share_paid_late_12m,
                cast(b.oldest_overdue_days as integer) as oldest_overdue_days, {_money("b.billed_12m")},
                {_money("c.credit_limit")}
            from fct_ageing_monthly a
            left join dim_customers c on c.company_id = a.company_id and c.customer_id = a.customer_id
            left join fct_customer_behaviour_monthly b
                on b.company_id = a.company_id and b.customer_id = a.customer_id and b.month_end = a.month_end
            where a.company_id = ? and a.month_end = ?
            order by a.balance desc, a.customer_id
            """,
            company_id,
            day,
        )
        billed[day] = {
            row["customer_id"]: row["billed"]
            for row in tables.dicts(
                "select customer_id, cast(sum(amount) as decimal(38, 2)) as billed from fct_invoices "
                "where company_id = ? and document_type in ('invoice', 'credit_note', 'deposit') "
                "and entry_date between ? and ? group by customer_id order by customer_id",
                company_id,
                window_start(day, 3),
                day,
            )
        }
    collected = {
        row["month_end"]: row["amount"]
        for row in tables.dicts(
            "select least(last_day(payment_date), cast(? as date)) as month_end, "
            "cast(sum(amount) as decimal(38, 2)) as amount from fct_payments "
            "where company_id = ? and payment_date <= ? group by 1 order by 1",
            as_of,
            company_id,
            as_of,
        )
    }
    open_invoices = tables.records(
        OpenInvoice,
        f"""
        select i.invoice_id, i.customer_id, coalesce(c.customer_name, i.customer_id) as name, i.document_number,
            i.issue_date, i.due_date, {_money("i.open_amount")},
            {_money("i.foreign_amount")}, nullif(i.foreign_currency, i.currency) as foreign_currency,
            cast(s.p_late as double) as p_late,
            cast(s.reasons as varchar) as reasons, cast(s.model_version as varchar) as model_version
        from fct_invoices i
        left join dim_customers c on c.company_id = i.company_id and c.customer_id = i.customer_id
        left join invoice_scores s on s.company_id = i.company_id and s.invoice_id = i.invoice_id
        where i.company_id = ? and i.open_amount > 0
        order by i.due_date nulls last, i.invoice_id
        """,
        company_id,
    )
    defaults = tables.records(
        Default,
        f"""
        select d.customer_id, coalesce(c.customer_name, d.customer_id) as name, d.default_date, d.reason,
            {_money("d.amount")}, d.cured_on, d.is_in_default
        from fct_customer_defaults d
        left join dim_customers c on c.company_id = d.company_id and c.customer_id = d.customer_id
        where d.company_id = ? and d.default_date <= ?
        order by d.default_date desc, d.customer_id, d.reason
        """,
        company_id,
        as_of,
    )
    default_history = {
        row["month_end"]: row["amount"]
        for row in tables.dicts(
            """
            select a.month_end, cast(coalesce(sum(a.balance) filter (where exists (
                select 1 from fct_customer_defaults d where d.company_id = a.company_id
                and d.customer_id = a.customer_id and d.default_date <= a.month_end
                and (d.cured_on is null or d.cured_on > a.month_end))), 0) as decimal(38, 2)) as amount
            from fct_ageing_monthly a where a.company_id = ? group by a.month_end order by a.month_end
            """,
            company_id,
        )
    }
    proceedings = tables.records(
        Proceeding,
        f"""
        select p.customer_id, coalesce(c.customer_name, p.customer_id) as name, p.judgment_date,
            p.publication_date, p.kind, {_money("p.open_amount_at_judgment")}, {_money("p.open_amount")},
            p.claim_deadline, p.relief_deadline, p.state
        from fct_receivables_by_proceeding p
        left join dim_customers c on c.company_id = p.company_id and c.customer_id = p.customer_id
        where p.company_id = ?
        order by case when p.claim_deadline >= ? then 0 else 1 end, case when p.claim_deadline >= ? then
            p.claim_deadline end, p.judgment_date desc nulls last, p.customer_id, p.kind
        """,
        company_id,
        as_of,
        as_of,
    )
    return CompanyData(
        dso=read_dso(tables, company_id),
        ageing=ageing,
        customers=customers,
        billed_window=billed,
        collected=collected,
        open_invoices=open_invoices,
        defaults=defaults,
        default_history=default_history,
        proceedings=proceedings,
        actions=_actions(tables, company_id),
        model_note=_model_note(tables, company_id),
        sources=_sources(tables, company_id),
        rejected=tables.records(
            RejectedRow,
            "select source, file_name, line_number, column_name, reason, raw_text, "
            "cast(debit as decimal(38, 2)) as debit, cast(credit as decimal(38, 2)) as credit "
            "from rejected_rows where company_id = ? or company_id is null "
            f"order by source, file_name, line_number, column_name, reason limit {ROW_LIMIT}",
            company_id,
        ),
        rejected_by_reason=tuple(
            (row["file_name"], row["reason"], row["rows"])
            for row in tables.dicts(
                "select file_name, reason, count(*) as rows from rejected_rows "
                "where company_id = ? or company_id is null group by all order by rows desc, file_name, reason",
                company_id,
            )
        ),
        expectations=tables.records(
            Expectation,
            "select stage, suite, expectation, table_name, column_name, severity, passed, "
            "cast(observed as varchar) as observed, cast(expected as varchar) as expected, unexpected_count, "
            "sentence, coalesce(sentence_fr, sentence) as sentence_fr from expectations "
            "where company_id = ? or company_id is null "
            "order by passed, severity, stage, suite, table_name nulls first, column_name nulls first, expectation, "
            "sentence",
            company_id,
        ),
        tie_out=tables.records(
            TieOut,
            'select "check", month_end, count(*) as rows, count(*) filter (where not passed) as failed, '
            "cast(sum(expected) as decimal(38, 2)) as expected, cast(sum(actual) as decimal(38, 2)) as actual, "
            "cast(sum(difference) as decimal(38, 2)) as difference from reconciliation "
            'where company_id = ? group by "check", month_end order by "check", month_end nulls last',
            company_id,
        ),
        tie_exceptions=tables.records(
            TieException,
            'select "check", month_end, customer_id, cast(expected as decimal(38, 2)) as expected, '
            "cast(actual as decimal(38, 2)) as actual, cast(difference as decimal(38, 2)) as difference, detail "
            "from reconciliation where company_id = ? and not passed "
            'order by month_end desc nulls last, abs(difference) desc nulls last, "check", customer_id nulls first '
            f"limit {ROW_LIMIT}",
            company_id,
        ),
        restatements=tables.records(
            Restatement,
            "select month_end, is_fiscal_year_end, open_documents, set_apart, set_apart_overdue, lettered_later, "
            "lettered_later_count, lettering_undated, completed_later from restatements where company_id = ? "
            "qualify is_fiscal_year_end or row_number() over (order by month_end desc) <= 13 order by month_end desc",
            company_id,
        ),
        unbalanced=tables.records(
            Unbalanced,
            "select file_name, journal_code, cast(entry_number as varchar) as entry_number, entry_date, first_line, "
            "cast(debit as decimal(38, 2)) as debit, cast(credit as decimal(38, 2)) as credit, "
            "cast(difference as decimal(38, 2)) as difference from unbalanced_entries where company_id = ? "
            f"order by file_name, first_line, journal_code, entry_number limit {ROW_LIMIT}",
            company_id,
        ),
        ledger_differences=tables.records(
            LedgerDifference,
            "select tie_date, customer_id, kind, line_type, document_number, ledger_date, subledger_date, "
            "ledger_amount, subledger_amount, difference from ledger_differences where company_id = ? "
            f"order by abs(difference) desc, customer_id, difference_id limit {ROW_LIMIT}",
            company_id,
        ),
        ledger_difference_kinds=tables.records(
            Share,
            "select kind as name, cast(sum(difference) as decimal(38, 2)) as amount, count(*) as count "
            "from ledger_differences where company_id = ? group by kind order by kind",
            company_id,
        ),
        spellings=tables.records(
            Spelling,
            "select customer_spelling, customer_id, is_merged, first_fiscal_year, last_fiscal_year, line_count "
            "from customer_spellings where company_id = ? "
            f"order by is_merged, normal_form, first_fiscal_year, customer_spelling limit {ROW_LIMIT}",
            company_id,
        ),
        credits_beyond_cap=sum(
            row["credits_beyond_cap"] or 0
            for row in tables.dicts(
                "select credits_beyond_cap from settlement where company_id = ?", company_id
            )
        ),
        settlement=tables.records(
            Share,
            "select method as name, cast(sum(abs(amount)) as decimal(38, 2)) as amount, count(*) as count "
            "from fct_allocations where company_id = ? and kind = 'payment' group by method order by 2 desc, 1",
            company_id,
        ),
        due_sources=tables.records(
            Share,
            "select coalesce(due_date_source, 'unknown') as name, cast(sum(amount) as decimal(38, 2)) as amount, "
            "count(*) as count from fct_invoices where company_id = ? "
            "and document_type in ('invoice', 'credit_note', 'deposit') group by 1 order by 2 desc, 1",
            company_id,
        ),
        scopes=_scopes(tables, company_id, as_of),
        buckets=tables.records(
            Bucket,
            "select month_end, bucket_from_days as from_days, bucket_to_days as to_days, bucket_label as label, "
            "cast(sum(amount) as decimal(38, 2)) as amount from fct_ageing_buckets_monthly "
            f"where company_id = ? and month_end in ({', '.join('?' * len(days))}) "
            "group by all order by month_end, label",
            company_id,
            *days,
        ),
        assumed_terms=tables.records(
            AssumedTerms,
            f"select assumed_terms as terms, is_in_force, {_money('overdue')}, "
            + ", ".join(f"cast({name} as double) as {name}" for name in _TERMS_FIGURES)
            + " from rpt_terms_sensitivity where company_id = ? order by is_in_force desc, scenario",
            company_id,
        ),
        dictionary=tables.records(
            Definition,
            "select metric_id, table_name, column_name, unit, source, name_fr, name_en, formula_fr, formula_en, "
            "sql_text from metric_dictionary order by position, metric_id",
        ),
        receivable_lines=_count(tables, "fct_invoices", company_id)
        + _count(tables, "fct_payments", company_id),
        billed_documents=_count(
            tables, "fct_invoices", company_id, "and document_type in ('invoice', 'credit_note', 'deposit')"
        ),
        events=events_data.read_events(
            tables, company_id, as_of, window_start(as_of, 12) - timedelta(days=1)
        ),
        companies=companies_data.read_companies(tables, company_id, as_of),
    )


_TERMS_FIGURES = (
    *("dso_12m", "dso_3m", "dso_countback", "best_possible_dso_12m", "best_possible_dso_3m", "overdue_share"),
    *("days_late_12m", "days_late_3m", "share_paid_late_amount_12m", "share_paid_late_amount_3m"),
)


def _scopes(tables: Tables, company_id: str, as_of: date) -> tuple[ScopeMonth, ...]:
    """Every part of the company with something billed or owed, largest receivables first within its scope."""
    money = ("receivables", "overdue", "unallocated", "billed_12m")
    figures = ", ".join(
        _money(name) if name in money else f"cast({name} as double) as {name}" for name in _SCOPE_FIGURES
    )
    found: list[ScopeMonth] = []
    for scope, columns in SCOPES:
        name = columns[0] if len(columns) > 1 else f"'{scope}'"
        found += tables.records(
            ScopeMonth,
            f"select '{scope}' as scope, {name} as name, {columns[-1]} as value, {figures} "
            f"from fct_dso_by_{scope}_monthly where company_id = ? and month_end = ? "
            "and (receivables <> 0 or overdue <> 0 or unallocated <> 0 or coalesce(billed_12m, billed) <> 0) "
            "order by name, receivables desc, value",
            company_id,
            as_of,
        )
    return tuple(found)


def _count(tables: Tables, table: str, company_id: str, also: str = "") -> int:
    rows = tables.dicts(f"select count(*) as n from {table} where company_id = ? {also}", company_id)
    return int(rows[0]["n"])


def _model_note(tables: Tables, company_id: str) -> tuple[str, str, str]:
    """What serves the company and why: French, English, the model's name; empty where `ml.models` has no row."""
    rows = tables.dicts(
        "select note_fr, note_en, model_name from models where company_id = ? and task = 'late_payment' "
        "order by model_name limit 1",
        company_id,
    )
    return (rows[0]["note_fr"], rows[0]["note_en"], rows[0]["model_name"]) if rows else ("", "", "")


def _actions(tables: Tables, company_id: str) -> dict[str, dict[str, str]]:
    """Proposed action per customer: code and words in both languages."""
    rows = tables.dicts(
        "select customer_id, recommended_action from customer_scores "
        "where company_id = ? and recommended_action is not null order by customer_id",
        company_id,
    )
    return {
        row["customer_id"]: {key: str(value) for key, value in json.loads(row["recommended_action"]).items()}
        for row in rows
    }


def _sources(tables: Tables, company_id: str) -> tuple[Source, ...]:
    rows = tables.dicts(
        "select source, file_name, sha256, encoding, separator, rows_read, rows_accepted, rows_rejected, "
        "coalesce(rows_out_of_scope, 0) as rows_out_of_scope, "
        "cast(debit_total as decimal(38, 2)) as debit_total, "
        "cast(credit_total as decimal(38, 2)) as credit_total, "
        "cast(debit_rejected as decimal(38, 2)) as debit_rejected, "
        "cast(credit_rejected as decimal(38, 2)) as credit_rejected, first_date, last_date, entries, "
        "unbalanced_entries, draft_rows, status, table_name, snapshot_date, rows_superseded, "
        "cast(warnings as varchar) as warnings from sources where company_id = ? or company_id is null "
        "order by source, table_name nulls first, snapshot_date desc nulls last, file_name, sha256",
        company_id,
    )
    return tuple(Source(**{**row, "warnings": _sentences(row["warnings"])}) for row in rows)


def _sentences(text: str | None) -> tuple[str, ...]:
    """The warnings of a source: a JSON list of sentences."""
    if not text:
        return ()
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise ReportError(f"quality/sources.warnings is no JSON list: {text!r}") from error
    return tuple(str(sentence) for sentence in found)
