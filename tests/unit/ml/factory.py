"""Marts-shaped Parquet with a known truth: what the scores are tested on.

Each customer has a usual delay that may drift, noise, and a share of invoices it credits; the truth
P(late > k | open at age a) is a normal tail, kept aside for the tests. The behaviour table is summed
from the facts by SQL, as the marts define it.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

START = dt.date(2022, 1, 1)


@dataclass(frozen=True)
class Ledger:
    """What to make. `drift_share`: customers whose delay grows by `drift_days` over the span; `spread_days`:
    how much usual delays differ; `noise_days`: how much one customer's delays vary."""

    customers: int = 80
    months: int = 30
    invoices: int = 3000
    seed: int = 1
    company_id: str = "732829320"
    drift_share: float = 0.3
    drift_days: float = 40.0
    spread_days: float = 12.0
    noise_days: float = 8.0
    mean_days: float = 0.0
    credited_share: float = 0.04
    weekly_runs: bool = False


@dataclass(frozen=True)
class Truth:
    """Per invoice id: due day, customer's mean delay at issue, noise."""

    mean: dict[str, float]
    noise: float


def month_end(months: int) -> dt.date:
    position = START.year * 12 + START.month - 1 + months - 1
    year, month = divmod(position, 12)
    return dt.date(year, month + 1, calendar.monthrange(year, month + 1)[1])


_TRUTHS: dict[Path, dict[str, Truth]] = {}
_TABLES = {
    "inv": "fct_invoices",
    "pay": "fct_payments",
    "alloc": "fct_allocations",
    "cust": "dim_customers",
    "behaviour": "fct_customer_behaviour_monthly",
    "defaults": "fct_customer_defaults",
    "proceedings": "fct_receivables_by_proceeding",
    "disputed": "fct_disputed_documents",
    "overrides": "fct_action_overrides",
    "reminders": "fct_reminders",
    "promises": "fct_promises",
    "insured": "fct_insured_limits",
    "terms": "rpt_terms_sensitivity",
}


def write_marts(folder: Path, *ledgers: Ledger) -> dict[str, Truth]:
    """Write the marts the scores read; the truth per company."""
    con = _open(folder)
    truths = {ledger.company_id: _fill(con, ledger) for ledger in ledgers}
    _derive(con)
    _save(con, folder)
    _TRUTHS[folder] = truths
    return truths


def truth_of(folder: Path) -> dict[str, Truth]:
    """The truth of marts written by `write_marts`."""
    return _TRUTHS[folder]


def write_rows(
    folder: Path,
    as_of: dt.date,
    invoices: list[tuple[object, ...]],
    payments: list[tuple[object, ...]] = [],  # noqa: B006
    allocations: list[tuple[object, ...]] = [],  # noqa: B006
    more: str = "",
    company: str = "732829320",
) -> None:
    """Marts of a few rows by hand.

    Invoices: (id, customer, type, entry date, due date, amount); payments: (id, customer, date, amount);
    allocations: (document, payment, credit note, kind, date, amount). `more` is SQL run before saving.
    """
    con = _open(folder)
    con.execute("insert into horizon values (?, ?)", [company, as_of])
    _load(
        con, "inv", [(company, i, c, k, e, e, d, "customer_terms", False, a) for i, c, k, e, d, a in invoices]
    )
    kinds = ["receipt" if float(str(p[3])) > 0 else "rejection" for p in payments]
    _load(con, "pay", [(company, p[0], p[1], k, p[2], p[3]) for p, k in zip(payments, kinds, strict=True)])
    _load(
        con,
        "alloc",
        [
            (company, f"L{n}", None, i, p, cr, k, d, a, "ledger", 1.0)
            for n, (i, p, cr, k, d, a) in enumerate(allocations)
        ],
    )
    con.execute(
        "insert into cust select distinct company_id, customer_id, null, false, null, 'FR', null from inv"
    )
    _derive(con)
    if more:
        con.execute(more)
    _save(con, folder)


def write_sql(folder: Path, script: str) -> None:
    """Marts of whatever SQL puts into `inv`, `pay`, `alloc`, `cust` and `horizon`; the rest is derived."""
    con = _open(folder)
    con.execute(script)
    _derive(con)
    _save(con, folder)


def _open(folder: Path) -> duckdb.DuckDBPyConnection:
    folder.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(config={"threads": 2})
    con.execute("set enable_progress_bar = false")
    con.execute("""
        create table inv (company_id varchar, invoice_id varchar, customer_id varchar, document_type varchar,
            entry_date date, issue_date date, due_date date, due_date_source varchar,
            is_due_date_assumed boolean, amount decimal(18,2));
        create table pay (company_id varchar, payment_id varchar, customer_id varchar, kind varchar,
            payment_date date, amount decimal(18,2));
        create table alloc (company_id varchar, allocation_id varchar, customer_id varchar, invoice_id varchar,
            payment_id varchar, credit_invoice_id varchar, kind varchar, allocation_date date,
            amount decimal(18,2), method varchar, confidence double);
        create table cust (company_id varchar, customer_id varchar, sector_code varchar, is_sole_trader boolean,
            credit_limit decimal(18,2), country_code varchar, group_id varchar);
        create table horizon (company_id varchar, as_of date);
    """)
    return con


def _save(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    for table, name in _TABLES.items():
        con.execute(f"copy (from {table}) to '{folder / name}.parquet' (format parquet)")
    con.close()


def altered(source: Path, target: Path, **select: str) -> Path:
    """A copy of marts with some tables replaced by a query over `t`, the table itself."""
    target.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(config={"threads": 2})
    for name in _TABLES.values():
        query = select.get(name, "select * from t")
        con.execute(f"create or replace view t as select * from read_parquet('{source / name}.parquet')")
        con.execute(f"copy ({query}) to '{target / name}.parquet' (format parquet)")
    con.close()
    return target


def with_sql(source: Path, target: Path, script: str) -> Path:
    """A copy of marts, changed by a script over the tables of `_TABLES`."""
    target.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(config={"threads": 2})
    for table, name in _TABLES.items():
        con.execute(f"create table {table} as select * from read_parquet('{source / name}.parquet')")
    con.execute(script)
    _save(con, target)
    return target


def _fill(con: duckdb.DuckDBPyConnection, ledger: Ledger) -> Truth:
    rng = np.random.Generator(np.random.PCG64(ledger.seed))
    end = month_end(ledger.months)
    span = (end - START).days
    usual = rng.normal(ledger.mean_days, ledger.spread_days, ledger.customers)
    drifts = rng.random(ledger.customers) < ledger.drift_share
    weight = rng.gamma(1.2, 1.0, ledger.customers)
    term = rng.choice([30, 45, 60], ledger.customers)
    sector = rng.choice(["4120A", "4711D", "6201Z"], ledger.customers)
    sole = rng.random(ledger.customers) < 0.2
    owner = rng.choice(ledger.customers, ledger.invoices, p=weight / weight.sum())
    issue = np.sort(rng.integers(0, span - 1, ledger.invoices))
    amounts = np.round(np.exp(rng.normal(6.5, 0.9, ledger.invoices)), 2)
    noise = rng.normal(0, ledger.noise_days, ledger.invoices)
    credited = rng.random(ledger.invoices) < ledger.credited_share
    split = rng.random(ledger.invoices) < 0.06
    company = ledger.company_id
    con.execute("insert into horizon values (?, ?)", [company, end])
    con.executemany(
        "insert into cust values (?, ?, ?, ?, null, 'FR', null)",
        [(company, f"C{c:04d}", str(sector[c]), bool(sole[c])) for c in range(ledger.customers)],
    )
    inv: list[tuple[object, ...]] = []
    pay: list[tuple[object, ...]] = []
    alloc: list[tuple[object, ...]] = []
    means: dict[str, float] = {}
    for i in range(ledger.invoices):
        c = int(owner[i])
        customer, key = f"C{c:04d}", f"F{i:06d}"
        at = START + dt.timedelta(days=int(issue[i]))
        due = at + dt.timedelta(days=int(term[c]))
        mean = float(usual[c]) + (ledger.drift_days * int(issue[i]) / span if drifts[c] else 0.0)
        means[key] = mean
        delay = int(np.floor(max(mean + float(noise[i]), -float(term[c]) + 2)))
        paid = due + dt.timedelta(days=delay)
        if ledger.weekly_runs:
            paid += dt.timedelta(days=(3 - paid.weekday()) % 7)
        amount = round(float(amounts[i]), 2)
        inv.append((company, key, customer, "invoice", at, at, due, "customer_terms", False, amount))
        if credited[i]:
            when = at + dt.timedelta(days=10)
            if when <= end:
                inv.append(
                    (
                        company,
                        "A" + key,
                        customer,
                        "credit_note",
                        when,
                        when,
                        when,
                        "document",
                        False,
                        -amount,
                    )
                )
                alloc.append(
                    (company, "K" + key, customer, key, None, "A" + key, "credit_note", when, amount)
                )
            continue
        parts = [(paid, amount)]
        if split[i]:
            half = round(amount / 2, 2)
            parts = [(paid - dt.timedelta(days=5), half), (paid, round(amount - half, 2))]
        for n, (when, cash) in enumerate(parts):
            when = max(when, at)
            if when <= end:
                pay.append((company, f"P{key}-{n}", customer, "receipt", when, cash))
                alloc.append(
                    (company, f"L{key}-{n}", customer, key, f"P{key}-{n}", None, "payment", when, cash)
                )
    _load(con, "inv", inv)
    _load(con, "pay", pay)
    _load(con, "alloc", [(*a, "ledger", 1.0) for a in alloc])
    return Truth(means, ledger.noise_days)


def _load(con: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[object, ...]]) -> None:
    import pyarrow as pa

    names = [r[0] for r in con.execute(f"describe {table}").fetchall()]
    if not rows:
        return
    held = pa.table({n: [r[i] for r in rows] for i, n in enumerate(names)})
    con.register("incoming", held)
    con.execute(f"insert into {table} select * from incoming")
    con.unregister("incoming")


def _derive(con: duckdb.DuckDBPyConnection) -> None:
    """The behaviour table, from the facts alone; empty defaults and proceedings."""
    con.execute("""
        alter table inv add column document_number varchar;
        update inv set document_number = invoice_id;
        alter table inv add column vat_amount decimal(18,2);
        alter table inv add column is_retention boolean default false;
        alter table inv add column delivery_method varchar;
        create table terms as
        select distinct h.company_id, t.assumed_terms, t.assumed_terms is null as is_in_force
        from horizon as h, (values ('30'), ('45 EOM'), ('60'), (null)) as t (assumed_terms);
        alter table cust add column creation_date date;
        alter table cust add column legal_status varchar;
        alter table cust add column size_category varchar;
        create table month_ends as
        select h.company_id, cast(last_day(m) as date) as month_end
        from horizon as h, unnest(generate_series(date '2022-01-01', h.as_of, interval 1 month)) as u(m);
        create table moved as
        select company_id, invoice_id, allocation_date, amount from alloc
        union all
        select company_id, credit_invoice_id, allocation_date, -amount from alloc where credit_invoice_id is not null;
        create table open_item as
        select m.month_end, i.company_id, i.customer_id, i.invoice_id, i.due_date,
            any_value(i.amount) - coalesce(sum(a.amount), 0) as open_amount
        from inv as i
        join month_ends as m on m.company_id = i.company_id and m.month_end >= i.entry_date
        left join moved as a on a.company_id = i.company_id and a.allocation_date <= m.month_end
            and a.invoice_id = i.invoice_id
        group by m.month_end, i.company_id, i.customer_id, i.invoice_id, i.due_date
        having any_value(i.amount) - coalesce(sum(a.amount), 0) <> 0;
        create table paid as
        select a.company_id, a.customer_id, a.allocation_date as paid_on, a.amount,
            datediff('day', i.due_date, a.allocation_date) as days_late,
            datediff('day', i.issue_date, a.allocation_date) as days_to_pay, a.allocation_id
        from alloc as a join inv as i using (company_id, invoice_id) where a.kind = 'payment';
        create table pair as
        select m.company_id, i.customer_id, m.month_end, min(i.entry_date) as first_date
        from month_ends as m join inv as i on i.company_id = m.company_id and i.entry_date <= m.month_end
        group by all;
        create table o as select company_id, customer_id, month_end, sum(open_amount) as balance,
            count(*) as open_documents,
            coalesce(sum(open_amount) filter (where due_date < month_end), 0) as overdue,
            count(*) filter (where due_date < month_end) as overdue_documents,
            max(datediff('day', due_date, month_end)) filter (where due_date < month_end) as oldest_overdue_days
            from open_item group by all;
        create table b as select p.company_id, p.customer_id, p.month_end,
            coalesce(sum(amount) filter (where entry_date > last_day(month_end - interval 3 month)), 0) as billed_3m,
            coalesce(sum(amount), 0) as billed_12m, count(*) filter (where document_type = 'invoice') as invoices_12m,
            count(*) filter (where document_type = 'credit_note') as credit_notes_12m
            from pair as p join inv as i on i.company_id = p.company_id and i.customer_id = p.customer_id
            and i.entry_date <= p.month_end and i.entry_date > last_day(p.month_end - interval 12 month) group by all;
        create table c as select p.company_id, p.customer_id, p.month_end,
            sum(cast(amount * greatest(days_late, 0) as double)) / sum(cast(amount as double)) as days_late_12m,
            sum(cast(amount * days_to_pay as double)) / sum(cast(amount as double)) as days_to_pay_12m,
            sum(cast(amount * greatest(days_late, 0) as double))
                filter (where paid_on > last_day(month_end - interval 3 month))
                / nullif(sum(cast(amount as double)) filter (where paid_on > last_day(month_end - interval 3 month)), 0)
                as days_late_3m,
            arg_max(days_late, (paid_on, allocation_id)) as last_days_late,
            avg(cast(days_late > 0 as integer)) as share_paid_late_12m,
            count(*) filter (where days_late > 0) as paid_late_count_12m, count(*) as paid_count_12m,
            max(days_late) as max_days_late_12m, round(stddev_samp(days_late), 4) as std_days_late_12m,
            max(paid_on) as last_paid_on
            from pair as p join paid as q on q.company_id = p.company_id and q.customer_id = p.customer_id
            and q.paid_on <= p.month_end and q.paid_on > last_day(p.month_end - interval 12 month) group by all;
        create table behaviour as
        select p.company_id, p.customer_id, p.month_end, coalesce(o.balance, 0) as balance,
            coalesce(o.open_documents, 0) as open_documents, coalesce(o.overdue, 0) as overdue,
            coalesce(o.overdue_documents, 0) as overdue_documents, o.oldest_overdue_days,
            cast(0 as decimal(18,2)) as unallocated, coalesce(b.billed_3m, 0) as billed_3m,
            coalesce(b.billed_12m, 0) as billed_12m, coalesce(b.invoices_12m, 0) as invoices_12m,
            round(c.days_to_pay_12m, 4) as days_to_pay_12m, round(c.days_late_12m, 4) as days_late_12m,
            round(c.days_late_3m, 4) as days_late_3m, c.last_days_late,
            round(c.share_paid_late_12m, 4) as share_paid_late_12m, c.paid_late_count_12m, c.paid_count_12m,
            c.max_days_late_12m, c.std_days_late_12m,
            datediff('month', p.first_date, p.month_end) as months_since_first_invoice,
            datediff('month', c.last_paid_on, p.month_end) as months_since_last_payment,
            coalesce(b.credit_notes_12m, 0) as credit_notes_12m,
            'unknown' as legal_status_known, false as is_in_default, false as has_rejection_12m,
            cast(null as decimal(18,2)) as disputed_open_amount, cast(null as bigint) as disputes_opened_12m,
            cast(null as bigint) as promises_broken_12m, cast(null as bigint) as promises_kept_12m,
            cast(null as integer) as last_reminder_level, cast(null as integer) as days_since_last_reminder,
            cast(null as decimal(28,4)) as orders_trend, cast(null as decimal(18,2)) as instalment_arrears,
            cast(null as decimal(18,2)) as uninsured_exposure,
            cast(null as integer) as company_age_months, cast(null as varchar) as naf_code_known,
            cast(null as varchar) as size_category_known, cast(null as varchar) as headcount_band_known,
            cast(null as date) as accounts_closing_date, cast(null as integer) as accounts_age_months,
            cast(null as varchar) as accounts_confidentiality,
            cast(null as decimal(18,2)) as accounts_turnover, cast(null as decimal(28,4)) as accounts_net_margin,
            cast(null as decimal(18,3)) as accounts_equity_ratio_pct,
            cast(null as decimal(18,3)) as accounts_liquidity_ratio_pct,
            cast(null as decimal(18,3)) as accounts_debt_ratio_pct,
            cast(null as decimal(18,3)) as accounts_interest_burden_pct,
            cast(null as decimal(18,3)) as accounts_ebitda_margin_pct,
            cast(null as decimal(18,3)) as accounts_supplier_days,
            cast(null as decimal(18,3)) as accounts_equity_change_pct,
            cast(null as decimal(18,3)) as accounts_supplier_days_change,
            cast(null as integer) as accounts_filed_after_days,
            cast(null as bigint) as address_changes_12m, cast(null as bigint) as manager_changes_12m,
            cast(null as boolean) as is_group_in_proceedings
        from pair as p
        left join o using (company_id, customer_id, month_end)
        left join b using (company_id, customer_id, month_end)
        left join c using (company_id, customer_id, month_end)
        order by all;
        create table defaults (company_id varchar, customer_id varchar, default_date date, reason varchar,
            amount decimal(18,2), cured_on date, is_in_default boolean);
        create table proceedings (company_id varchar, customer_id varchar, judgment_date date,
            publication_date date, kind varchar, open_amount_at_judgment decimal(18,2),
            open_amount decimal(18,2), claim_deadline date, relief_deadline date, state varchar);
        create table disputed (company_id varchar, dispute_id varchar, invoice_id varchar, disputed_from date,
            disputed_until date);
        create table overrides (company_id varchar, customer_id varchar, decided_on date, valid_to date,
            action varchar, reason varchar, decided_by varchar);
        create table reminders (company_id varchar, customer_id varchar, subject varchar,
            document_reference varchar, sent_on date, level integer);
        create table promises (company_id varchar, customer_id varchar, promised_on date, due_on date,
            expected_amount decimal(18,2));
        create table insured (company_id varchar, customer_id varchar, valid_from date, valid_to date,
            limit_amount decimal(18,2), insured_share decimal(28,4));
    """)


def true_late(truth: Truth, invoice_id: str, age_days: int, threshold_days: int) -> float:
    """P(delay > threshold | delay > age) of the generator: delays are whole days, rounded down."""
    from scipy.stats import norm

    def beyond(day: int) -> float:
        return float(norm.sf((day + 1 - truth.mean[invoice_id]) / truth.noise))

    if age_days >= threshold_days:
        return 1.0
    return beyond(threshold_days) / max(beyond(age_days), 1e-12)
