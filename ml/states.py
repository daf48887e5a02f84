"""Month-end states of open documents, as of each date, by DuckDB over the marts' Parquet.

A state is (document, month end M) where the document is open at M. Whatever it carries was known
at M: open amounts are sums of allocations dated M or earlier, customer columns are the behaviour
row of month_end = M, rates and delays count only what had been settled or had fallen due by M.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

from ml.features import BASE_FEATURES, SIGNALS
from ml.labels import THRESHOLD_DAYS
from ml.marts import date_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]

#: Training sees at most this many documents, drawn by the hash of their key: bounded time, always the same draw.
MAX_TRAINING_DOCUMENTS = 40_000


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
