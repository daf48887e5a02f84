"""What earlier runs said, kept until it can be judged, and what then happened.

Each run hands on a table of `ml.tables.SCORE_HISTORY`: one as-of day a month of what was published then, with the
hashes of the model that said it. `judge` joins the cohorts whose outcomes are all known by now to them, as far as
the marts cut at the as-of day tell, and gives the rows of `ml.tables.DRIFT`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ml.labels import NEVER, TARGETS, THRESHOLD_DAYS, Bools, Floats, Ints, delays, late_labels
from ml.life import drift
from ml.life.registry import Stored
from ml.marts import usual_term_days
from ml.tables import SCORE_HISTORY

Objects = npt.NDArray[np.object_]

#: Cohorts are kept until the longest horizon (a default within a year) is judged, and a year beyond.
KEPT_DAYS = 800
#: Of a larger book, this many documents and customers a company: drawn by a hash, the same every time.
KEPT_SUBJECTS = 20_000
#: Days within which a default counts.
DEFAULT_HORIZON = 365
#: Days within which a dispute counts (`ml.disputes`).
DISPUTE_HORIZON = 90
#: The scenario of the cash that is judged: all that comes in.
CASH_TARGET = "total"
#: Cohorts judged together: the latest that have matured.
COHORTS = 6
_KEY = "company_id, task, target"


def said(con: duckdb.DuckDBPyConnection, stored: Mapping[str, Stored], **scores: pa.Table) -> pa.Table:
    """What this run says, in the schema of `SCORE_HISTORY`; of a large book `KEPT_SUBJECTS`, the same every time.

    Args:
        stored: task → the model that served it.
        scores: `invoice_scores`, `customer_scores` and `cash_forecast` as published; those that are there.
    """
    parts = []
    for name, table in scores.items():
        con.register("said_scores", table)
        con.execute(f"create or replace temp table said_{name} as {_kept(name)}")
    con.unregister("said_scores")
    if "invoice_scores" in scores:
        parts += [
            f"""
            select s.company_id, 'late_payment' as task, '{target}' as target, s.as_of, s.invoice_id as subject,
                s.customer_id, s.{_column(k)} as predicted
            from said_invoice_scores as s join document as d using (company_id, invoice_id)
            where s.{_column(k)} is not null and datediff('day', d.due_date, s.as_of) < {k}
            """
            for target, k in zip(TARGETS, THRESHOLD_DAYS, strict=True)
        ]
        days = {
            q: f"cast(datediff('day', d.due_date, s.expected_payment_date_p{q}) as double)"
            for q in (10, 50, 90)
        }
        parts.append(f"""
            select s.company_id, 'late_payment' as task, 'days' as target, s.as_of, s.invoice_id as subject,
                s.customer_id, {days[50]} as predicted, {days[10]} as low, {days[90]} as high
            from said_invoice_scores as s join document as d using (company_id, invoice_id)
            where s.expected_payment_date_p10 is not null and s.as_of < d.due_date + {THRESHOLD_DAYS[-1]}
        """)
    if "invoice_scores" in scores and "p_dispute" in scores["invoice_scores"].column_names:
        parts.append("""
            select company_id, 'dispute' as task, 'dispute_90' as target, as_of, invoice_id as subject, customer_id,
                p_dispute as predicted
            from said_invoice_scores where p_dispute is not null
        """)
    if "customer_scores" in scores:
        parts.append("""
            select company_id, 'default' as task, 'default_12m' as target, as_of, customer_id as subject, customer_id,
                pd_12m as predicted
            from said_customer_scores where pd_12m is not null
        """)
    if "cash_forecast" in scores:
        parts.append(f"""
            select company_id, 'cash' as task, scenario as target, as_of, cast(week_start as varchar) as subject,
                p50 as predicted_amount, p10 as low_amount, p90 as high_amount
            from said_cash_forecast where scenario = '{CASH_TARGET}'
        """)
    models = pa.Table.from_pylist(
        [
            {
                "task": task,
                "model_version": one.version,
                "data_hash": one.hashes["data"],
                "features_hash": one.hashes["features"],
            }
            for task, one in sorted(stored.items())
        ],
        schema=pa.schema(
            [
                ("task", pa.string()),
                ("model_version", pa.string()),
                ("data_hash", pa.string()),
                ("features_hash", pa.string()),
            ]
        ),
    )
    con.register("said_by", models)
    try:
        if not parts:
            return SCORE_HISTORY.empty_table()
        return _conform(
            con, f"select * from ({' union all by name '.join(parts)}) left join said_by using (task)"
        )
    finally:
        con.unregister("said_by")
        for name in scores:
            con.execute(f"drop table said_{name}")


def _kept(name: str) -> str:
    """SQL of the rows that are handed on: of each company those of the lowest hashes."""
    key = {"invoice_scores": "invoice_id", "customer_scores": "customer_id"}.get(name)
    if key is None:
        return "select * from said_scores"
    return (
        f"select * from said_scores semi join (select company_id, {key} from said_scores qualify row_number() over"
        f" (partition by company_id order by md5({key}), {key}) <= {KEPT_SUBJECTS}) using (company_id, {key})"
    )


def _column(threshold: int) -> str:
    return "p_late" if threshold == 0 else f"p_late_{threshold}"


def carry(con: duckdb.DuckDBPyConnection, earlier: Iterable[pa.Table], own: pa.Table) -> pa.Table:
    """What earlier runs left and this run's own scores: the first as-of day of each month, none later than now.

    `earlier`: tables of `SCORE_HISTORY`, in any order, with rows in common or not. A cohort older than `KEPT_DAYS`
    is left out.
    """
    tables = [own, *earlier]
    names = [f"history_{i}" for i in range(len(tables))]
    for name, table in zip(names, tables, strict=True):
        con.register(name, table)
    union = " union all by name ".join(f"select *, {i} as source from {name}" for i, name in enumerate(names))
    try:
        return _conform(
            con,
            f"""
            select h.* from ({union}) as h join as_of_day as a using (company_id)
            where h.as_of <= a.as_of and (h.as_of < a.as_of or h.source = 0)
                and datediff('day', h.as_of, a.as_of) <= {KEPT_DAYS}
            qualify h.as_of = min(h.as_of) over (partition by {_KEY}, date_trunc('month', h.as_of))
                and row_number() over (
                    partition by {_KEY}, h.as_of, h.subject order by h.model_version, h.predicted, h.predicted_amount
                ) = 1
            """,
        )
    finally:
        for name in names:
            con.unregister(name)


def _conform(con: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    """The query's rows with exactly the columns of `SCORE_HISTORY`, in the order of their keys."""
    con.register("history_form", SCORE_HISTORY.empty_table())
    try:
        found: pa.Table = con.sql(
            f"select {', '.join(SCORE_HISTORY.names)} from (select * from history_form union all by name {query})"
            f" order by {_KEY}, as_of, subject"
        ).to_arrow_table()
    finally:
        con.unregister("history_form")
    return found.cast(SCORE_HISTORY)


# --- what happened ---------------------------------------------------------------------------------------------


def judge(
    con: duckdb.DuckDBPyConnection, history: pa.Table, backtest: pa.Table, seed: int
) -> list[drift.Row]:
    """The drift of every task that `history` holds, on its latest matured cohorts.

    Args:
        con: the marts cut at the as-of day (`ml.marts.open_marts`).
        backtest: `ml.tables.BACKTEST`: the error of the cash that was announced when its model was chosen.
    """
    con.register("history", history)
    try:
        rows = []
        for target, k in zip(TARGETS, THRESHOLD_DAYS, strict=True):
            for company, cases in _late(con, target, k).items():
                y, p, who = cases
                rows += drift.probability_rows(company, "late_payment", target, y, p, who, seed)
        for company, days in _days(con).items():
            rows.append(drift.coverage_row(company, "late_payment", "days", *days))
        for company, cases in _defaults(con).items():
            y, p, who = cases
            rows += drift.probability_rows(company, "default", "default_12m", y, p, who, seed)
        for company, cases in _disputes(con).items():
            y, p, who = cases
            rows += drift.probability_rows(company, "dispute", "dispute_90", y, p, who, seed)
        return rows + _cash(con, backtest)
    finally:
        con.unregister("history")


def said_by(history: pa.Table, task: str, version: str) -> pa.Table:
    """What one version of a task's model said."""
    own = pc.and_(pc.equal(history["task"], task), pc.equal(history["model_version"], version))
    return history.filter(own)


def cases(con: duckdb.DuckDBPyConnection, history: pa.Table, task: str) -> tuple[Floats, Floats]:
    """Outcomes and probabilities of the latest matured cohorts of `late_payment` or `default`, all companies and
    targets together, each of shape (n,): what a recalibration learns from."""
    con.register("history", history)
    try:
        found = (
            [_late(con, target, k) for target, k in zip(TARGETS, THRESHOLD_DAYS, strict=True)]
            if task == "late_payment"
            else [_defaults(con)]
        )
    finally:
        con.unregister("history")
    parts = [columns for by_company in found for columns in by_company.values()]
    y, p = (np.concatenate([np.empty(0), *(part[i] for part in parts)]) for i in (0, 1))
    return y, p


def _matured(task: str, target: str, needed: str) -> str:
    """SQL of the latest cohorts of a task whose outcomes are all known: `needed` is a number of days after as-of."""
    return f"""
        select h.*, a.as_of as today from history as h join as_of_day as a using (company_id)
        join usual_term as u using (company_id)
        where h.task = '{task}' and h.target = '{target}' and h.as_of + ({needed}) <= a.as_of
        qualify dense_rank() over (partition by h.company_id order by h.as_of desc) <= {COHORTS}
    """


def _with_terms(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    terms = usual_term_days(con)
    every = con.execute("select company_id from as_of_day").fetchall()
    table = pa.table(
        {
            "company_id": pa.array([c for (c,) in every], pa.string()),
            "term_days": pa.array([terms.get(c, 0) for (c,) in every], pa.int32()),
        }
    )
    con.register("usual_term", table)
    try:
        return con.execute(query).fetchall()
    finally:
        con.unregister("usual_term")


def _by_company(rows: Sequence[tuple[Any, ...]], numbers: int) -> dict[str, list[Any]]:
    """Rows (company, numbers…, text…) as arrays per company."""
    found: dict[str, list[Any]] = {}
    for company in sorted({r[0] for r in rows}):
        own = [r[1:] for r in rows if r[0] == company]
        columns = list(zip(*own, strict=True))
        found[company] = [
            np.array([np.nan if v is None else v for v in c], dtype=np.float64)
            if i < numbers
            else np.array(c, dtype=object)
            for i, c in enumerate(columns)
        ]
    return found


@dataclass(frozen=True)
class Settled:
    """What a company's matured cohorts said of n documents, and what is known of these today.

    `due`, `closed`, `origin`, `today`: day numbers (`closed`: NEVER where open); `is_cash`, `is_lost`: how they were
    settled; `predicted`, `low`, `high`: as said on `origin`; `document`, `customer`, `version`: texts.
    """

    due: Ints
    closed: Ints
    is_cash: Bools
    is_lost: Bools
    today: Ints
    origin: Ints
    predicted: Floats
    low: Floats
    high: Floats
    document: Objects
    customer: Objects
    version: Objects

    def labels(self, k: int) -> Floats:
        """See `ml.labels.late_labels`."""
        return late_labels(self.due, self.closed, self.is_cash, self.is_lost, self.today, k)


def settled(con: duckdb.DuckDBPyConnection, target: str, k: int) -> dict[str, Settled]:
    """Company → what the table `history` holds of a target of late payment whose threshold `k` has passed since."""
    day = "datediff('day', date '1970-01-01', {})".format
    found = _by_company(
        _with_terms(
            con,
            f"""
            with said as ({_matured("late_payment", target, f"u.term_days + {k}")})
            select s.company_id, {day("d.due_date")}, coalesce({day("f.last_closed_on")}, {NEVER}),
                coalesce(f.is_cash, false), coalesce(f.is_lost, false), {day("s.today")}, {day("s.as_of")},
                s.predicted, s.low, s.high, s.subject, s.customer_id, s.model_version
            from said as s
            join document as d on d.company_id = s.company_id and d.invoice_id = s.subject
            left join fate as f on f.company_id = s.company_id and f.invoice_id = s.subject
            order by s.company_id, s.as_of, s.subject
            """,
        ),
        9,
    )
    kinds = (np.int64, np.int64, np.bool_, np.bool_, np.int64, np.int64)
    return {
        company: Settled(*(c.astype(kind) for c, kind in zip(columns, kinds, strict=False)), *columns[6:])
        for company, columns in found.items()
    }


def _late(con: duckdb.DuckDBPyConnection, target: str, k: int) -> dict[str, list[Any]]:
    """Outcome, probability and customer of every document whose threshold has passed since."""
    found = {}
    for company, of in settled(con, target, k).items():
        y = of.labels(k)
        known = ~np.isnan(y)
        if known.any():
            found[company] = [y[known], of.predicted[known], of.customer[known]]
    return found


def _days(con: duckdb.DuckDBPyConnection) -> dict[str, list[Any]]:
    """Actual days after the due date, and the interval that was given; to the last threshold, as in the backtest."""
    cap = THRESHOLD_DAYS[-1]
    found = {}
    for company, of in settled(con, "days", cap).items():
        actual = delays(of.due, of.closed, of.is_cash, of.is_lost, of.today, cap)
        known = ~np.isnan(actual)
        if known.any():
            end = np.where(np.isnan(of.high), cap, np.minimum(of.high, cap))
            found[company] = [actual[known], np.minimum(of.low, cap)[known], end[known]]
    return found


def _defaults(con: duckdb.DuckDBPyConnection) -> dict[str, list[Any]]:
    """Whether the customer defaulted within the horizon, the probability that was given, and the customer."""
    event = ("fct_customer_defaults", "e.customer_id = s.customer_id", "e.default_date")
    return _happened(con, "default", "default_12m", DEFAULT_HORIZON, *event)


def _disputes(con: duckdb.DuckDBPyConnection) -> dict[str, list[Any]]:
    """Whether a dispute was opened on the document within the horizon, the probability given, and the customer."""
    event = ("fct_disputed_documents", "e.invoice_id = s.subject", "e.disputed_from")
    return _happened(con, "dispute", "dispute_90", DISPUTE_HORIZON, *event)


def _happened(
    con: duckdb.DuckDBPyConnection, task: str, target: str, horizon: int, events: str, own: str, day: str
) -> dict[str, list[Any]]:
    """Whether an event `e` of table `events`, `own` as SQL, came within so many days of what was said, `s`."""
    return _by_company(
        _with_terms(
            con,
            f"""
            with said as ({_matured(task, target, str(horizon))})
            select s.company_id, cast(exists (
                    select 1 from {events} as e
                    where e.company_id = s.company_id and {own}
                        and {day} > s.as_of and {day} <= s.as_of + {horizon}
                ) as integer), s.predicted, s.customer_id
            from said as s order by s.company_id, s.as_of, s.subject
            """,
        ),
        2,
    )


def _cash(con: duckdb.DuckDBPyConnection, backtest: pa.Table) -> list[drift.Row]:
    """Coverage and error of the weeks that are over: all that customers paid, rejected payments taken off."""
    rows = con.execute(f"""
        with week as (
            select h.*, cast(h.subject as date) as monday from history as h where h.task = 'cash'
        ), over as (
            select w.* from week as w join as_of_day as a using (company_id)
            where w.monday + 6 <= a.as_of
            qualify dense_rank() over (partition by w.company_id order by w.as_of desc) <= {COHORTS}
        )
        select w.company_id, cast(coalesce(sum(p.amount), 0) as double), cast(any_value(w.low_amount) as double),
            cast(any_value(w.high_amount) as double), cast(any_value(w.predicted_amount) as double)
        from over as w
        left join fct_payments as p on p.company_id = w.company_id and p.kind <> 'refund'
            and p.payment_date between greatest(w.monday, w.as_of + 1) and w.monday + 6
        group by w.company_id, w.target, w.as_of, w.monday
        order by w.company_id, w.as_of, w.monday
    """).fetchall()
    announced = {
        r["company_id"]: r["value"]
        for r in backtest.to_pylist()
        if (r["task"], r["target"], r["metric"], r["window"], r["slice"])
        == ("cash", CASH_TARGET, "wape", "pooled", "all")
        and r["is_champion"]
    }
    found = []
    for company, (paid, low, high, middle) in _by_company(rows, 4).items():
        found.append(drift.coverage_row(company, "cash", CASH_TARGET, paid, low, high))
        found.append(drift.wape_row(company, "cash", CASH_TARGET, paid, middle, announced.get(company)))
    return found
