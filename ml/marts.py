"""The marts as the scores read them: cut at each company's as-of day, so that nothing known later can enter.

Opens an in-memory DuckDB over the marts' Parquet and prepares what every score is made of: documents,
movements, settlements. `fct_invoices.open_amount`, `settled_on` and `status` speak of the end of the ledger
and are not read: what was open on a day is a sum of allocations dated that day or earlier.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import duckdb

from ml.labels import CASH_KINDS

#: Documents that are for the customer to pay.
SCORED_DOCUMENTS: tuple[str, ...] = ("invoice", "deposit", "opening_item")

REQUIRED_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "fct_invoices": (
        "company_id",
        "invoice_id",
        "customer_id",
        "document_type",
        "entry_date",
        "issue_date",
        "due_date",
        "due_date_source",
        "is_due_date_assumed",
        "amount",
        "document_number",
        "vat_amount",
        "is_retention",
        "delivery_method",
    ),
    "fct_payments": ("company_id", "payment_id", "customer_id", "kind", "payment_date", "amount"),
    "fct_allocations": (
        "company_id",
        "invoice_id",
        "payment_id",
        "credit_invoice_id",
        "kind",
        "allocation_date",
        "amount",
    ),
    "fct_customer_behaviour_monthly": (
        "company_id",
        "customer_id",
        "month_end",
        "balance",
        "open_documents",
        "overdue",
        "overdue_documents",
        "oldest_overdue_days",
        "unallocated",
        "billed_3m",
        "billed_12m",
        "invoices_12m",
        "days_to_pay_12m",
        "days_late_12m",
        "days_late_3m",
        "last_days_late",
        "share_paid_late_12m",
        "paid_count_12m",
        "max_days_late_12m",
        "std_days_late_12m",
        "months_since_first_invoice",
        "months_since_last_payment",
        "credit_notes_12m",
        "legal_status_known",
        "is_in_default",
        "has_rejection_12m",
        "disputed_open_amount",
        "disputes_opened_12m",
        "promises_broken_12m",
        "promises_kept_12m",
        "last_reminder_level",
        "days_since_last_reminder",
        "orders_trend",
        "instalment_arrears",
        "uninsured_exposure",
        "company_age_months",
        "naf_code_known",
        "size_category_known",
        "headcount_band_known",
        "accounts_closing_date",
        "accounts_age_months",
        "accounts_confidentiality",
        "accounts_turnover",
        "accounts_net_margin",
        "accounts_equity_ratio_pct",
        "accounts_liquidity_ratio_pct",
        "accounts_debt_ratio_pct",
        "accounts_interest_burden_pct",
        "accounts_ebitda_margin_pct",
        "accounts_supplier_days",
        "accounts_equity_change_pct",
        "accounts_supplier_days_change",
        "accounts_filed_after_days",
        "address_changes_12m",
        "manager_changes_12m",
        "is_group_in_proceedings",
    ),
    "fct_action_overrides": (
        "company_id",
        "customer_id",
        "decided_on",
        "valid_to",
        "action",
        "reason",
        "decided_by",
    ),
    "fct_disputed_documents": ("company_id", "invoice_id", "disputed_from", "disputed_until"),
    "dim_customers": (
        "company_id",
        "customer_id",
        "sector_code",
        "country_code",
        "group_id",
        "is_sole_trader",
        "credit_limit",
        "creation_date",
        "legal_status",
        "size_category",
    ),
    "fct_reminders": ("company_id", "customer_id", "subject", "document_reference", "sent_on", "level"),
    "fct_promises": ("company_id", "customer_id", "promised_on", "due_on", "expected_amount"),
    "fct_insured_limits": (
        "company_id",
        "customer_id",
        "valid_from",
        "valid_to",
        "limit_amount",
        "insured_share",
    ),
    "fct_customer_defaults": (
        "company_id",
        "customer_id",
        "default_date",
        "reason",
        "amount",
        "cured_on",
        "is_in_default",
    ),
    "rpt_terms_sensitivity": ("company_id", "assumed_terms", "is_in_force"),
    "fct_receivables_by_proceeding": (
        "company_id",
        "customer_id",
        "judgment_date",
        "publication_date",
        "kind",
        "open_amount_at_judgment",
        "open_amount",
        "claim_deadline",
        "relief_deadline",
        "state",
    ),
}

_EPOCH = dt.date(1970, 1, 1)


class RiskError(ValueError):
    """The scores cannot be made from what was given; one readable sentence."""


def day_number(date: dt.date) -> int:
    """Days since 1970-01-01."""
    return (date - _EPOCH).days


def date_of(day: int) -> dt.date:
    """The date of a day number."""
    return _EPOCH + dt.timedelta(days=int(day))


def months_before(day: int, months: int) -> int:
    """The month end `months` months before the month of `day`, as a day number."""
    date = date_of(day)
    position = date.year * 12 + date.month - 1 - months
    year, month = divmod(position, 12)
    return day_number(dt.date(year, month + 1, calendar.monthrange(year, month + 1)[1]))


def open_marts(
    marts_dir: Path, as_of: Mapping[str, dt.date] | None = None, threads: int = 2
) -> duckdb.DuckDBPyConnection:
    """An in-memory connection with the marts cut at each company's as-of day.

    `as_of=None` takes the last month end of the behaviour table. A missing table or column, or a
    company without an as-of day, raises `RiskError` with its name.
    """
    con = duckdb.connect(config={"threads": threads, "preserve_insertion_order": False})
    con.execute("set enable_progress_bar = false")
    con.execute("create table marts_folder as select ? as path", [str(marts_dir)])
    for table, columns in REQUIRED_COLUMNS.items():
        path = marts_dir / f"{table}.parquet"
        if not path.is_file():
            raise RiskError(
                f"The scores need {table}, and {path} does not exist: run the transformation first."
            )
        con.execute(f"create view source_{table} as select * from read_parquet({_quoted(str(path))})")
        present = {row[0] for row in con.execute(f"describe source_{table}").fetchall()}
        missing = [c for c in columns if c not in present]
        if missing:
            raise RiskError(f"The scores need column {', '.join(missing)} of {table}, which {path} lacks.")
    con.execute("create table as_of_day (company_id varchar, as_of date)")
    if as_of is None:
        con.execute(
            "insert into as_of_day"
            " select company_id, max(month_end) from source_fct_customer_behaviour_monthly group by 1"
        )
    elif as_of:
        con.executemany("insert into as_of_day values (?, ?)", sorted(as_of.items()))
    undated = con.execute(
        "select distinct company_id from source_fct_invoices anti join as_of_day using (company_id) order by 1"
    ).fetchall()
    if undated:
        raise RiskError(f"No as-of day is given for company {undated[0][0]}.")
    _cut(con)
    _prepare(con)
    return con


def recut(con: duckdb.DuckDBPyConnection, as_of: Mapping[str, dt.date]) -> duckdb.DuckDBPyConnection:
    """The same marts cut at earlier days; a company that `as_of` does not name keeps its own."""
    (folder,) = con.execute("select path from marts_folder").fetchall()[0]
    return open_marts(Path(folder), {**as_of_days(con), **as_of})


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _cut(con: duckdb.DuckDBPyConnection) -> None:
    """Views that hold nothing dated after the as-of day."""
    for table, condition in {
        "fct_invoices": "t.entry_date <= a.as_of",
        "fct_payments": "t.payment_date <= a.as_of",
        "fct_allocations": "t.allocation_date <= a.as_of",
        "fct_customer_behaviour_monthly": "t.month_end <= a.as_of",
        "fct_disputed_documents": "t.disputed_from <= a.as_of",
        "fct_action_overrides": "t.decided_on <= a.as_of and coalesce(t.valid_to >= a.as_of, true)",
        "fct_reminders": "t.sent_on <= a.as_of",
        "fct_promises": "t.promised_on <= a.as_of",
        "fct_insured_limits": "t.valid_from <= a.as_of and coalesce(t.valid_to >= a.as_of, true)",
        "dim_customers": "true",
        "rpt_terms_sensitivity": "true",
        "fct_customer_defaults": "t.default_date <= a.as_of",
        "fct_receivables_by_proceeding": "t.publication_date <= a.as_of and t.judgment_date <= a.as_of",
    }.items():
        con.execute(
            f"create view {table} as select t.* from source_{table} as t"
            f" join as_of_day as a using (company_id) where {condition}"
        )


def _prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Tables that scores are made of: documents, movements, settlements."""
    kinds = ", ".join(_quoted(k) for k in SCORED_DOCUMENTS)
    cash = ", ".join(_quoted(k) for k in CASH_KINDS)
    con.execute(f"""
        create table movement as
        with leg as (
            select company_id, invoice_id, allocation_date as moved_on, amount as cleared, kind
            from fct_allocations where invoice_id is not null
            union all
            select company_id, credit_invoice_id, allocation_date, -amount, kind
            from fct_allocations where credit_invoice_id is not null
        )
        select company_id, invoice_id, moved_on,
            sum(cleared) as cleared,
            coalesce(sum(cleared) filter (where kind in ({cash})), 0) as cash,
            coalesce(sum(cleared) filter (where kind = 'write_off'), 0) as written_off
        from leg group by all
    """)
    con.execute(f"""
        create table document as
        with total as (
            select company_id, invoice_id, sum(cleared) as cleared, max(moved_on) as last_moved_on
            from movement group by all
        )
        select i.company_id, i.invoice_id, i.customer_id, i.document_type, i.entry_date,
            coalesce(i.issue_date, i.entry_date) as issue_date, i.due_date,
            coalesce(i.is_due_date_assumed, false) as is_due_date_assumed,
            coalesce(i.is_retention, false) as is_retention, i.delivery_method, i.amount, a.as_of,
            i.amount - coalesce(t.cleared, 0) as open_amount,
            case when coalesce(t.cleared, 0) >= i.amount then t.last_moved_on end as closed_on,
            md5(i.company_id || '/' || i.invoice_id) as draw
        from fct_invoices as i
        join as_of_day as a using (company_id)
        left join total as t using (company_id, invoice_id)
        where i.document_type in ({kinds}) and i.amount > 0
            and i.due_date is not null and i.due_date_source <> 'unknown'
    """)
    con.execute("""
        create table movement_total as
        select m.company_id, m.invoice_id, m.moved_on,
            sum(m.cleared) over w as cleared, sum(m.cash) over w as cash,
            sum(m.written_off) over w as written_off
        from movement as m
        window w as (partition by m.company_id, m.invoice_id order by m.moved_on)
    """)
    con.execute("""
        create table settlement as
        select d.company_id, d.customer_id, d.invoice_id, min(r.moved_on) as settled_on,
            datediff('day', d.due_date, min(r.moved_on)) as days_late,
            arg_min(2 * r.cash >= r.cleared, r.moved_on) as is_cash,
            arg_min(2 * r.written_off > r.cleared, r.moved_on) as is_written_off
        from movement_total as r
        join document as d using (company_id, invoice_id)
        where r.cleared >= d.amount
        group by d.company_id, d.customer_id, d.invoice_id, d.due_date
    """)
    # Every day on which a document was settled, or open again, as it looked on that day; and what came of it.
    con.execute("""
        create table crossing as
        with total as (
            select d.company_id, d.customer_id, d.invoice_id, t.moved_on, t.cleared >= d.amount as is_closed,
                2 * t.cash >= t.cleared as is_cash, 2 * t.written_off > t.cleared as is_lost,
                coalesce(lag(t.cleared >= d.amount) over w, false) as was_closed
            from movement_total as t join document as d using (company_id, invoice_id)
            window w as (partition by d.company_id, d.invoice_id order by t.moved_on)
        )
        select company_id, customer_id, invoice_id, moved_on, is_closed, is_cash, is_lost
        from total where is_closed <> was_closed
    """)
    con.execute("""
        create table fate as
        select company_id, invoice_id,
            min(moved_on) filter (where is_closed) as first_closed_on,
            min(moved_on) filter (where not is_closed) as reopened_on,
            case when arg_max(is_closed, moved_on) then max(moved_on) end as last_closed_on,
            arg_max(is_cash, moved_on) as is_cash, arg_max(is_lost, moved_on) as is_lost
        from crossing group by all
    """)


def usual_term_days(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Per company, the 95th percentile of due date − entry date, between 0 and 92 days."""
    rows = con.execute("""
        select company_id,
            least(92, greatest(0, cast(quantile_disc(datediff('day', entry_date, due_date), 0.95) as integer)))
        from document group by 1 order by 1
    """).fetchall()
    return {company: int(days) for company, days in rows}


def as_of_days(con: duckdb.DuckDBPyConnection) -> dict[str, dt.date]:
    """The as-of day of each company."""
    return dict(con.execute("select company_id, as_of from as_of_day order by 1").fetchall())
