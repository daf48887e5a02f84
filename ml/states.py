"""Month-end states of open documents, as of each date, by DuckDB over the marts' Parquet.

A state is (document, month end M) where the document is open at M. Whatever it carries was known
at M: open amounts are sums of allocations dated M or earlier, customer columns are the behaviour
row of month_end = M, rates and delays count only what had been settled or had fallen due by M.
`fct_invoices.open_amount`, `settled_on` and `status` speak of the as-of day and are not read here.

Rows dated after the as-of day are cut off at the border (`open_marts`), so they can change nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt

from ml.features import BASE_FEATURES, SIGNALS
from ml.labels import CASH_KINDS, THRESHOLD_DAYS, label_sql

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]

#: Training sees at most this many documents, drawn by the hash of their key: bounded time, always the same draw.
MAX_TRAINING_DOCUMENTS = 40_000
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
    ),
    "fct_payments": ("company_id", "payment_id", "customer_id", "payment_date", "amount"),
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
    "dim_customers": ("company_id", "customer_id", "sector_code", "is_sole_trader"),
    "fct_customer_defaults": (
        "company_id",
        "customer_id",
        "default_date",
        "reason",
        "amount",
        "cured_on",
        "is_in_default",
    ),
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


@dataclass(frozen=True)
class States:
    """Columns of n states, in the order of company, document, date.

    Dates are day numbers since 1970-01-01. `values[name]`: the numeric base features, NaN where
    unknown; `text[name]`: the categories, None where unknown. `count_n`, `count_s`: shape (n, 3),
    the customer's documents that entered each band and stayed open through it, as visible at the
    state's date. `late`: shape (n, 3), 1, 0 or NaN (unknown at the as-of day, or not for the
    customer to pay). `is_trainable`: false for opening items, which are survivors of another ledger.
    """

    company: Objects
    document: Objects
    customer: Objects
    origin: Ints
    due: Ints
    values: dict[str, Floats]
    text: dict[str, Objects]
    count_n: Floats
    count_s: Floats
    late: Floats
    is_trainable: Bools

    def __len__(self) -> int:
        return len(self.origin)

    def take(self, index: Ints) -> States:
        """The states of `index`, in its order."""
        return States(
            company=self.company[index],
            document=self.document[index],
            customer=self.customer[index],
            origin=self.origin[index],
            due=self.due[index],
            values={name: v[index] for name, v in self.values.items()},
            text={name: t[index] for name, t in self.text.items()},
            count_n=self.count_n[index],
            count_s=self.count_s[index],
            late=self.late[index],
            is_trainable=self.is_trainable[index],
        )

    def per_company(self, days: Mapping[str, int]) -> Ints:
        """A day count per company, spread over the states; a company without one raises KeyError."""
        return np.array([days[c] for c in self.company], dtype=np.int64)


def open_marts(
    marts_dir: Path, as_of: Mapping[str, dt.date] | None = None, threads: int = 2
) -> duckdb.DuckDBPyConnection:
    """An in-memory connection with the marts cut at each company's as-of day.

    `as_of=None` takes the last month end of the behaviour table. A missing table or column, or a
    company without an as-of day, raises `RiskError` with its name.
    """
    con = duckdb.connect(config={"threads": threads, "preserve_insertion_order": False})
    con.execute("set enable_progress_bar = false")
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
        "dim_customers": "true",
        "fct_customer_defaults": "t.default_date <= a.as_of",
        "fct_receivables_by_proceeding": "t.publication_date <= a.as_of and t.judgment_date <= a.as_of",
    }.items():
        con.execute(
            f"create view {table} as select t.* from source_{table} as t"
            f" join as_of_day as a using (company_id) where {condition}"
        )


def _prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Tables every state is made of: documents, movements, settlements, outcomes, histories."""
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
            coalesce(i.is_due_date_assumed, false) as is_due_date_assumed, i.amount, a.as_of,
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
    sums = ", ".join(
        f"coalesce(sum(m.{column}) filter (where m.moved_on <= d.due_date + {k}), 0) as {column}_{k}"
        for k in THRESHOLD_DAYS
        for column in ("cleared", "cash", "written_off")
    )
    labels = ", ".join(label_sql(k) for k in THRESHOLD_DAYS)
    con.execute(f"""
        create table outcome as
        with reached as (
            select d.company_id, d.invoice_id, d.customer_id, d.document_type, d.entry_date, d.due_date,
                d.amount, d.as_of, {sums}
            from document as d left join movement as m using (company_id, invoice_id)
            group by all
        )
        select company_id, invoice_id, customer_id, document_type, entry_date, due_date, {labels} from reached
    """)
    events = " union all ".join(
        f"select company_id, customer_id, due_date + {k} as known_on, {j} as band, late_{k} as stayed_open"
        f" from outcome where late_{k} is not null and document_type <> 'opening_item'"
        f" and entry_date <= due_date + {k}" + (f" and late_{THRESHOLD_DAYS[j - 1]} = 1" if j else "")
        for j, k in enumerate(THRESHOLD_DAYS)
    )
    con.execute(f"create table rate_event as {events}")
    con.execute("""
        create table rate_history as
        with daily as (
            select company_id, customer_id, known_on,
                count(*) filter (where band = 0) as n0, coalesce(sum(stayed_open) filter (where band = 0), 0) as s0,
                count(*) filter (where band = 1) as n1, coalesce(sum(stayed_open) filter (where band = 1), 0) as s1,
                count(*) filter (where band = 2) as n2, coalesce(sum(stayed_open) filter (where band = 2), 0) as s2
            from rate_event group by all
        )
        select company_id, customer_id, known_on,
            sum(n0) over w as n0, sum(s0) over w as s0, sum(n1) over w as n1, sum(s1) over w as s1,
            sum(n2) over w as n2, sum(s2) over w as s2
        from daily
        window w as (partition by company_id, customer_id order by known_on)
    """)
    con.execute("""
        create table delay_history as
        with recent as (
            select company_id, customer_id, settled_on,
                avg(days_late) over (w rows between 2 preceding and current row) as late_mean_3,
                avg(days_late) over (w rows between 9 preceding and current row) as late_mean_10,
                row_number() over (
                    partition by company_id, customer_id, settled_on order by invoice_id desc
                ) as position
            from settlement where is_cash
            window w as (partition by company_id, customer_id order by settled_on, invoice_id)
        )
        select company_id, customer_id, settled_on,
            round(late_mean_3, 4) as late_mean_3, round(late_mean_10, 4) as late_mean_10
        from recent where position = 1
    """)


def training_states(con: duckdb.DuckDBPyConnection, max_documents: int = MAX_TRAINING_DOCUMENTS) -> States:
    """States at every month end up to the as-of day, at ages still undecided for some threshold."""
    con.execute("""
        create or replace table origin as
        with span as (
            select d.company_id, min(d.entry_date) as first_date, any_value(d.as_of) as as_of
            from document as d group by 1
        ), monthly as (
            select company_id, as_of,
                unnest(generate_series(date_trunc('month', first_date), date_trunc('month', as_of),
                    interval 1 month)) as month_start
            from span
        )
        select company_id, cast(last_day(month_start) as date) as origin,
            cast(last_day(month_start) as date) as behaviour_date
        from monthly where last_day(month_start) <= as_of
    """)
    (documents,) = _one(con, "select count(*) from document")
    share = min(1.0, max_documents / max(documents, 1))
    keep = "true" if share == 1.0 else f"d.draw < '{int(share * 16**8):08x}'"
    return _states(con, f"{keep} and o.origin < d.due_date + {THRESHOLD_DAYS[-1]}")


def scoring_states(con: duckdb.DuckDBPyConnection) -> States:
    """States of the documents open at the as-of day; the behaviour row is the last one not after it."""
    con.execute("""
        create or replace table origin as
        select a.company_id, a.as_of as origin, max(b.month_end) as behaviour_date
        from as_of_day as a left join fct_customer_behaviour_monthly as b using (company_id)
        group by all
    """)
    return _states(con, "true")


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, ...]:
    rows: list[tuple[int, ...]] = con.execute(sql).fetchall()
    return rows[0]


def _states(con: duckdb.DuckDBPyConnection, condition: str) -> States:
    con.execute(f"""
        create or replace table spell as
        select d.company_id, d.invoice_id, d.customer_id, d.document_type, d.issue_date, d.due_date,
            d.is_due_date_assumed, d.amount, o.origin, o.behaviour_date
        from document as d
        join origin as o
            on o.company_id = d.company_id
            and o.origin >= d.entry_date
            and (d.closed_on is null or o.origin < d.closed_on)
        where {condition}
    """)
    con.execute("""
        create or replace table known as
        with portfolio as (
            select o.company_id, o.origin,
                round(cast(sum(e.stayed_open) as double) / nullif(count(*), 0), 4) as portfolio_late_60d
            from origin as o
            join rate_event as e
                on e.company_id = o.company_id and e.band = 0
                and e.known_on > o.origin - 60 and e.known_on <= o.origin
            group by all
        ), disputed as (
            select distinct s.company_id, s.invoice_id, s.origin
            from spell as s
            join fct_disputed_documents as d
                on d.company_id = s.company_id and d.invoice_id = s.invoice_id
                and d.disputed_from <= s.origin and (d.disputed_until is null or d.disputed_until > s.origin)
        )
        select s.*, p.portfolio_late_60d, d.invoice_id is not null as is_disputed,
            cast(s.amount - coalesce(c.cleared, 0) as decimal(18, 2)) as open_at_origin
        from spell as s
        left join portfolio as p using (company_id, origin)
        left join disputed as d
            on d.company_id = s.company_id and d.invoice_id = s.invoice_id and d.origin = s.origin
        asof left join movement_total as c
            on c.company_id = s.company_id and c.invoice_id = s.invoice_id and s.origin >= c.moved_on
        where s.amount - coalesce(c.cleared, 0) > 0
    """)
    fetched = con.sql(f"""
        select k.company_id, k.invoice_id, k.customer_id,
            datediff('day', date '1970-01-01', k.origin) as origin,
            datediff('day', date '1970-01-01', k.due_date) as due,
            k.document_type <> 'opening_item' as is_trainable,
            {", ".join(f"coalesce(r.{c}{j}, 0) as {c}{j}" for j in range(3) for c in "ns")},
            {", ".join(f"l.late_{k}" for k in THRESHOLD_DAYS)},
            datediff('day', k.due_date, k.origin) as age_days,
            datediff('day', k.issue_date, k.due_date) as term_days,
            cast(k.amount as double) as amount,
            cast(k.amount as double) / nullif(cast(b.billed_12m as double) / nullif(b.invoices_12m, 0), 0)
                as amount_ratio,
            1 - cast(k.open_at_origin as double) / cast(k.amount as double) as paid_share,
            cast(k.is_due_date_assumed as integer) as is_due_date_assumed,
            isodow(k.due_date) as due_weekday,
            day(k.due_date) as due_day,
            datediff('day', k.due_date, last_day(k.due_date)) as due_days_to_month_end,
            h.late_mean_3, h.late_mean_10,
            b.days_late_3m, b.days_late_12m, b.last_days_late, b.share_paid_late_12m,
            b.max_days_late_12m, b.std_days_late_12m, b.paid_count_12m, b.days_to_pay_12m,
            cast(b.overdue as double) / nullif(greatest(cast(b.balance as double), cast(b.overdue as double)), 0)
                as overdue_share,
            b.overdue_documents, coalesce(b.oldest_overdue_days, 0) as oldest_overdue_days,
            b.balance, b.open_documents,
            cast(b.unallocated as double) / nullif(cast(b.balance as double) + cast(b.unallocated as double), 0)
                as unallocated_share,
            b.billed_12m,
            4 * cast(b.billed_3m as double) / nullif(cast(b.billed_12m as double), 0) as billing_trend,
            b.invoices_12m, b.months_since_first_invoice, b.months_since_last_payment, b.credit_notes_12m,
            cast(b.has_rejection_12m as integer) as has_rejection_12m,
            case when b.legal_status_known is null or b.legal_status_known = 'unknown' then null
                when b.legal_status_known in ('safeguard', 'receivership', 'liquidation') then 1 else 0
                end as is_in_proceedings,
            cast(b.is_in_default as integer) as is_in_default,
            cast(c.is_sole_trader as integer) as is_sole_trader,
            substr(c.sector_code, 1, 2) as sector,
            k.portfolio_late_60d,
            case when b.disputed_open_amount is not null then cast(k.is_disputed as integer) end as is_in_dispute,
            least(1, cast(b.disputed_open_amount as double)
                / nullif(cast(b.balance as double) + cast(b.unallocated as double), 0)) as disputed_share,
            b.disputes_opened_12m, b.promises_broken_12m,
            b.promises_kept_12m / nullif(cast(b.promises_kept_12m + b.promises_broken_12m as double), 0)
                as promises_kept_share,
            b.last_reminder_level, b.days_since_last_reminder, b.instalment_arrears, b.orders_trend,
            cast(b.uninsured_exposure as double) / nullif(greatest(cast(b.balance as double), 0), 0)
                as uninsured_share
        from known as k
        join outcome as l using (company_id, invoice_id)
        left join fct_customer_behaviour_monthly as b
            on b.company_id = k.company_id and b.customer_id = k.customer_id and b.month_end = k.behaviour_date
        left join dim_customers as c on c.company_id = k.company_id and c.customer_id = k.customer_id
        asof left join rate_history as r
            on r.company_id = k.company_id and r.customer_id = k.customer_id and k.origin >= r.known_on
        asof left join delay_history as h
            on h.company_id = k.company_id and h.customer_id = k.customer_id and k.origin >= h.settled_on
        order by k.company_id, k.invoice_id, k.origin
    """).to_arrow_table()
    column = {name: fetched.column(name) for name in fetched.column_names}

    def numbers(name: str) -> Floats:
        return np.asarray(column[name].cast("double").to_numpy(zero_copy_only=False), dtype=np.float64)

    def words(name: str) -> Objects:
        out = np.empty(len(column[name]), dtype=object)
        out[:] = column[name].to_pylist()
        return out

    def days(name: str) -> Ints:
        return np.asarray(column[name].to_numpy(), dtype=np.int64)

    return States(
        company=words("company_id"),
        document=words("invoice_id"),
        customer=words("customer_id"),
        origin=days("origin"),
        due=days("due"),
        values={f.name: numbers(f.name) for f in BASE_FEATURES + SIGNALS if f.unit != "category"},
        text={f.name: words(f.name) for f in BASE_FEATURES if f.unit == "category"},
        count_n=np.column_stack([numbers(f"n{j}") for j in range(3)]),
        count_s=np.column_stack([numbers(f"s{j}") for j in range(3)]),
        late=np.column_stack([numbers(f"late_{k}") for k in THRESHOLD_DAYS]),
        is_trainable=np.asarray(column["is_trainable"].to_numpy(zero_copy_only=False), dtype=bool),
    )


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


def customer_counts(con: duckdb.DuckDBPyConnection, cut_off: Mapping[str, int]) -> dict[str, Floats]:
    """Per company, the counts of each customer visible at the cut-off: shape (customers, 3, 2), (entered, stayed)."""
    counts: dict[str, Floats] = {}
    for company, day in sorted(cut_off.items()):
        rows = con.execute(
            """
            select customer_id, band, count(*), sum(stayed_open) from rate_event
            where company_id = ? and known_on <= ? group by 1, 2 order by 1, 2
            """,
            [company, date_of(day)],
        ).fetchall()
        position = {c: i for i, c in enumerate(sorted({r[0] for r in rows}))}
        table = np.zeros((len(position), len(THRESHOLD_DAYS), 2))
        for customer, band, n, s in rows:
            table[position[customer], band] = (n, s)
        counts[company] = table
    return counts
