"""States of documents: what was known of a document and its customer on a day, by DuckDB over the cut marts.

A state is (document, origin). The origins are every month end on which the document was open, and the
day before it was booked (scored at its creation, from payments dated strictly before). Whatever a state
carries was known at the end of its origin: settlements and balances are running totals by day, joined as
of; customer columns of events, registers and defaults are the behaviour row of the last month end not
after the origin. A later row can change no earlier state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from ml.labels import NEVER
from ml.lateness import delivery
from ml.lateness.features import CATEGORICAL, SQL_FEATURES, about_runs, summed_up
from ml.lateness.rates import Counts
from ml.lateness.readiness import Habits, habits, month_end_before
from ml.marts import date_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]

#: Training sees at most this many documents, drawn by the hash of their key: bounded time, always the same draw.
MAX_TRAINING_DOCUMENTS = 40_000
#: The customer's latest delays that a state remembers, newest first.
RECENT = 24
#: Days after the due date at which the customer's and segment's outcomes are counted.
COUNTED_DAYS: tuple[int, ...] = (0, 30, 90)
#: What makes two documents of a customer alike: the weekday on which they fall due, the part of the month
#: (five days each), how large they are (within a factor of two).
ALIKE: tuple[str, ...] = (
    "isodow({0}.due_date)",
    "least(5, (day({0}.due_date) - 1) // 5)",
    "cast(floor(log2(greatest(1, cast({0}.amount as double)))) as bigint)",
)

_DAY = "datediff('day', date '1970-01-01', {})"


@dataclass(frozen=True)
class States:
    """Columns of n states, in the order of company, document, origin. Days are day numbers since 1970-01-01.

    `is_creation`: the origin is the day before the booking. `is_trainable`: false for opening items, which
    are survivors of another ledger. `open_amount`: cents open at the origin. `values[name]`: the numeric
    features, NaN where unknown; `text[name]`: the categories, None where unknown. `recent`: shape
    (n, RECENT), the customer's latest delays in days, newest first, NaN where it has fewer; `recent_as_sent`: the same
    had they been sent as the document is, None where nothing tells how (`ml.lateness.delivery`). `run_weekday`
    (n, 7), `run_day` (n, 31): the customer's days of payment counted by weekday (Monday first) and by day
    of the month. `count_n`, `count_s` (n, 3): its documents that fell due, then passed 30, then 90 days, and
    those of them still open at that day; `segment_n`, `segment_s`: the same of its segment. `alike_n`,
    `alike_s` (n, len(ALIKE)): of its documents alike, those that fell due and those still open then. `habit`: the
    state's row in `habits`, its customer's days of payment and readiness at the last month end. `first_closed`,
    `reopened`, `last_closed`: days on which the document was settled, open again, settled at last, NEVER
    where not; `is_cash`, `is_lost`: settled mostly in cash, written off mostly.
    """

    company: Objects
    document: Objects
    customer: Objects
    origin: Ints
    entry: Ints
    due: Ints
    is_creation: Bools
    is_trainable: Bools
    open_amount: Ints
    values: dict[str, Floats]
    text: dict[str, Objects]
    recent: Floats
    recent_as_sent: Floats | None
    run_weekday: Floats
    run_day: Floats
    count_n: Floats
    count_s: Floats
    segment_n: Floats
    segment_s: Floats
    alike_n: Floats
    alike_s: Floats
    habit: Ints
    habits: Habits
    first_closed: Ints
    reopened: Ints
    last_closed: Ints
    is_cash: Bools
    is_lost: Bools

    def __len__(self) -> int:
        return len(self.origin)

    def take(self, index: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> States:
        """The states of `index`, in its order."""
        parts: dict[str, Any] = {}
        for name in (field.name for field in fields(self)):
            held = getattr(self, name)
            if isinstance(held, dict):
                parts[name] = {key: column[index] for key, column in held.items()}
            else:
                parts[name] = held if held is None or isinstance(held, Habits) else held[index]
        return States(**parts)

    @property
    def age(self) -> Ints:
        """Days from the due date to the origin; negative where not yet due."""
        return self.origin - self.due

    @property
    def delays(self) -> Floats:
        """The customer's latest delays, shape (n, RECENT), had they been sent as the document is, where known."""
        return self.recent if self.recent_as_sent is None else self.recent_as_sent

    @cached_property
    def moved(self) -> Ints:
        """Whole days by which the document is likely to be paid later for the way it is sent; 0 where unknown."""
        return np.nan_to_num(np.rint(self.values["delivery_days"])).astype(np.int64)

    @cached_property
    def history(self) -> dict[str, Floats]:
        """What the customer's latest delays tell, summed up: asked for by every model."""
        return summed_up(self.recent)

    @cached_property
    def runs(self) -> dict[str, Floats]:
        """What the customer's days of payment about the due date tell."""
        return about_runs(self)

    def per_company(self, days: Mapping[str, int], missing: int | None = None) -> Ints:
        """A day number per company, spread over the states; one without a day gets `missing`, or raises KeyError."""
        names, code = np.unique(self.company.astype(str), return_inverse=True)
        held = [days[name] if missing is None else days.get(name, missing) for name in names]
        return np.array(held, dtype=np.int64)[code]


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Running totals by customer and day that states are joined with. `con`: see `ml.marts.open_marts`."""
    con.execute("""
        create or replace table paid as
        select c.company_id, c.customer_id, c.invoice_id, c.moved_on as paid_on,
            datediff('day', d.due_date, c.moved_on) as days_late
        from crossing as c join document as d using (company_id, invoice_id)
        where c.is_closed and c.is_cash and d.document_type <> 'opening_item'
    """)
    # What each document looked like on its due date and 30 and 90 days later.
    asked = ", ".join(f"({j}, {k})" for j, k in enumerate(COUNTED_DAYS))
    con.execute(f"""
        create or replace table outcome_event as
        with asked as (
            select d.company_id, d.customer_id, d.invoice_id, d.amount, d.entry_date, k.band,
                cast(d.due_date + k.days as date) as known_on
            from document as d, (values {asked}) as k (band, days)
            where d.document_type <> 'opening_item'
                and d.due_date + k.days <= d.as_of and d.entry_date <= d.due_date + k.days
        ), seen as (
            select a.company_id, a.customer_id, a.invoice_id, a.band, a.known_on,
                coalesce(t.cleared, 0) < a.amount as is_open,
                2 * coalesce(t.cash, 0) >= coalesce(t.cleared, 0) as is_cash,
                2 * coalesce(t.written_off, 0) > coalesce(t.cleared, 0) as is_lost
            from asked as a
            asof left join movement_total as t
                on t.company_id = a.company_id and t.invoice_id = a.invoice_id and a.known_on >= t.moved_on
        )
        select company_id, customer_id, invoice_id, known_on, band, cast(is_open or is_lost as integer) as stayed_open
        from seen
        where (is_open or is_lost or is_cash)
        qualify band = 0 or coalesce(lag(is_open or is_lost) over (
            partition by company_id, invoice_id order by band), true)
    """)
    con.execute(f"""
        create or replace table paid_history as
        with running as (
            select company_id, customer_id, paid_on,
                count(*) over life as paid_count,
                sum(days_late) over life as late_sum,
                sum(days_late * pow(2.0, (paid_on - date '2000-01-01') / 60.0)) over life as weighted_late,
                sum(pow(2.0, (paid_on - date '2000-01-01') / 60.0)) over life as weight,
                array_agg(days_late) over (life rows between {RECENT - 1} preceding and current row) as recent,
                row_number() over (partition by company_id, customer_id, paid_on
                    order by days_late desc, invoice_id desc) as position
            from paid
            window life as (partition by company_id, customer_id order by paid_on, days_late, invoice_id)
        )
        select company_id, customer_id, paid_on, paid_count,
            round(late_sum / paid_count, 4) as late_mean, round(weighted_late / weight, 4) as late_decayed,
            recent
        from running where position = 1
    """)
    delivery.prepare(con, RECENT)
    weekdays = ", ".join(
        f"count(*) filter (where isodow(paid_on) = {k + 1}) over w as w{k}" for k in range(7)
    )
    days = ", ".join(f"count(*) filter (where day(paid_on) = {k + 1}) over w as d{k}" for k in range(31))
    con.execute(f"""
        create or replace table run_history as
        with run as (select distinct company_id, customer_id, paid_on from paid)
        select company_id, customer_id, paid_on, {weekdays}, {days}
        from run window w as (partition by company_id, customer_id order by paid_on)
    """)
    con.execute("""
        create or replace table book_event as
        with event as (
            select company_id, customer_id, entry_date as day, 1 as opened, 0 as fell_due, 0 as due_sum,
                cast(amount as decimal(18, 2)) as amount
            from document
            union all
            select company_id, customer_id, moved_on, case when is_closed then -1 else 1 end, 0, 0, 0 from crossing
            union all
            select o.company_id, o.customer_id, o.day, 0, 1, datediff('day', date '1970-01-01', o.due_date), 0
            from (
                select d.*, cast(greatest(d.due_date + 1, d.entry_date) as date) as day from document as d
            ) as o
            asof left join movement_total as t
                on t.company_id = o.company_id and t.invoice_id = o.invoice_id and o.day - 1 >= t.moved_on
            where o.day <= o.as_of and coalesce(t.cleared, 0) < o.amount
            union all
            select c.company_id, c.customer_id, c.moved_on, 0, case when c.is_closed then -1 else 1 end,
                datediff('day', date '1970-01-01', d.due_date) * case when c.is_closed then -1 else 1 end, 0
            from crossing as c join document as d using (company_id, invoice_id)
            where c.moved_on > d.due_date and c.moved_on >= d.entry_date
            union all
            select d.company_id, d.customer_id, m.moved_on, 0, 0, 0, -m.cleared
            from movement as m join document as d using (company_id, invoice_id)
        ), daily as (
            select company_id, customer_id, day, sum(opened) as opened, sum(fell_due) as fell_due,
                sum(due_sum) as due_sum, sum(amount) as amount
            from event group by all
        )
        select company_id, customer_id, day, sum(opened) over w as open_count, sum(fell_due) over w as overdue_count,
            sum(due_sum) over w as overdue_due_sum, sum(amount) over w as open_amount
        from daily window w as (partition by company_id, customer_id order by day)
    """)
    con.execute("""
        create or replace table billed_history as
        with daily as (
            select company_id, customer_id, entry_date as day, count(*) as invoices, sum(amount) as billed
            from document where document_type <> 'opening_item' group by all
        )
        select company_id, customer_id, day, sum(invoices) over w as invoices,
            cast(sum(billed) over w as double) as billed, min(day) over w as first_day
        from daily window w as (partition by company_id, customer_id order by day)
    """)
    counts = ", ".join(
        f"count(*) filter (where band = {j}) as n{j}, coalesce(sum(stayed_open) filter (where band = {j}), 0) as s{j}"
        for j in range(3)
    )
    running = ", ".join(f"sum({c}{j}) over w as {c}{j}" for j in range(3) for c in "ns")
    con.execute(f"""
        create or replace table outcome_history as
        with daily as (select company_id, customer_id, known_on, {counts} from outcome_event group by all)
        select company_id, customer_id, known_on, {running}
        from daily window w as (partition by company_id, customer_id order by known_on)
    """)
    values = ", ".join(f"({i}, {value.format('d')})" for i, value in enumerate(ALIKE))
    con.execute(f"""
        create or replace table alike_event as
        select e.company_id, e.customer_id, k.kind, k.value, e.known_on, e.stayed_open
        from outcome_event as e
        join document as d using (company_id, invoice_id)
        cross join lateral (values {values}) as k (kind, value)
        where e.band = 0
    """)
    con.execute("""
        create or replace table alike_history as
        with daily as (
            select company_id, customer_id, kind, value, known_on, count(*) as n, sum(stayed_open) as s
            from alike_event group by all
        )
        select company_id, customer_id, kind, value, known_on, sum(n) over w as n, sum(s) over w as s
        from daily window w as (partition by company_id, customer_id, kind, value order by known_on)
    """)
    # A group of several customers is a segment of its own; the others share sector and country.
    con.execute("""
        create or replace table customer_segment as
        select company_id, customer_id,
            case when group_id is not null and count(*) over (partition by company_id, group_id) > 1
                then 'group ' || group_id
                else coalesce(substr(sector_code, 1, 2), '-') || ' ' || coalesce(country_code, '-') end as segment
        from dim_customers
    """)
    con.execute(f"""
        create or replace table segment_history as
        with daily as (
            select e.company_id, coalesce(s.segment, '- -') as segment, e.known_on, {counts}
            from outcome_event as e left join customer_segment as s using (company_id, customer_id)
            group by all
        )
        select company_id, segment, known_on, {running}
        from daily window w as (partition by company_id, segment order by known_on)
    """)
    con.execute("""
        create or replace table portfolio_history as
        with daily as (
            select company_id, known_on, count(*) as n, sum(stayed_open) as s
            from outcome_event where band = 0 group by all
        )
        select company_id, known_on, sum(n) over w as n, sum(s) over w as s
        from daily window w as (partition by company_id order by known_on)
    """)
    con.execute("""
        create or replace table portfolio_delay as
        with daily as (
            select company_id, paid_on, count(*) as n, sum(greatest(-30, least(days_late, 90))) as s
            from paid group by all
        )
        select company_id, paid_on, sum(n) over w as n, sum(s) over w as s
        from daily window w as (partition by company_id order by paid_on)
    """)


def training_states(con: duckdb.DuckDBPyConnection, max_documents: int = MAX_TRAINING_DOCUMENTS) -> States:
    """Creations and month ends up to the as-of day, of documents drawn by the hash of their key."""
    con.execute("""
        create or replace table origin as
        with span as (
            select company_id, date_trunc('month', min(entry_date)) as first_month, any_value(as_of) as as_of
            from document group by company_id
        ), monthly as (
            select company_id, as_of, unnest(generate_series(first_month, as_of, interval 1 month)) as month_start
            from span
        )
        select company_id, cast(last_day(month_start) as date) as origin
        from monthly where last_day(month_start) <= as_of
    """)
    found = con.execute("select count(*) from document").fetchall()[0][0]
    share = min(1.0, max_documents / max(found, 1))
    keep = "true" if share == 1.0 else f"d.draw < '{int(share * 16**8):08x}'"
    return _states(con, keep, with_creation=True)


def open_book(con: duckdb.DuckDBPyConnection, days: Mapping[str, int]) -> States:
    """States of every document open on a day per company."""
    con.execute("create or replace table origin (company_id varchar, origin date)")
    con.executemany("insert into origin values (?, ?)", [(c, date_of(d)) for c, d in sorted(days.items())])
    return _states(con, "true", with_creation=False)


def _states(con: duckdb.DuckDBPyConnection, condition: str, *, with_creation: bool) -> States:
    creation = f"""
        union all
        select d.company_id, d.invoice_id, cast(d.entry_date - 1 as date) as origin, true as is_creation
        from document as d where d.document_type <> 'opening_item' and {condition}
    """
    con.execute(f"""
        create or replace table spell as
        with chosen as (
            select d.company_id, d.invoice_id, o.origin, false as is_creation
            from document as d
            join origin as o
                on o.company_id = d.company_id and o.origin >= d.entry_date
                and (d.closed_on is null or o.origin < d.closed_on)
            where {condition}
            {creation if with_creation else ""}
        )
        select c.*, d.customer_id, d.document_type, d.entry_date, d.issue_date, d.due_date,
            d.is_due_date_assumed, d.amount, d.delivery_method
        from chosen as c join document as d using (company_id, invoice_id)
    """)
    con.execute("""
        create or replace table known as
        with disputed as (
            select distinct s.company_id, s.invoice_id, s.origin
            from spell as s
            join fct_disputed_documents as d
                on d.company_id = s.company_id and d.invoice_id = s.invoice_id
                and d.disputed_from <= s.origin and (d.disputed_until is null or d.disputed_until > s.origin)
        )
        select s.*, d.invoice_id is not null as is_disputed,
            cast(s.amount - coalesce(c.cleared, 0) as decimal(18, 2)) as open_at_origin
        from spell as s
        left join disputed as d
            on d.company_id = s.company_id and d.invoice_id = s.invoice_id and d.origin = s.origin
        asof left join movement_total as c
            on c.company_id = s.company_id and c.invoice_id = s.invoice_id and s.origin >= c.moved_on
        where s.is_creation or s.amount - coalesce(c.cleared, 0) > 0
    """)
    # What depends on customer and day only is looked up once for all documents of that customer and day.
    con.execute(f"""
        create or replace table customer_day as
        with pair as (select distinct company_id, customer_id, origin from known)
        select p.company_id, p.customer_id, p.origin,
            h.paid_count, h.late_mean, h.late_decayed, h.recent, t.methods,
            datediff('day', h.paid_on, p.origin) as days_since_payment,
            {", ".join(f"r.w{k}" for k in range(7))}, {", ".join(f"r.d{k}" for k in range(31))},
            {", ".join(f"o.{c}{j}" for j in range(3) for c in "ns")},
            {", ".join(f"g.{c}{j} as segment_{c}{j}" for j in range(3) for c in "ns")},
            b.open_count, b.overdue_count, b.open_amount,
            datediff('day', date '1970-01-01', p.origin) - b.overdue_due_sum / nullif(b.overdue_count, 0)
                as overdue_mean_days,
            a.invoices as invoices_life, a.billed as billed_life, a.first_day,
            a.invoices - coalesce(y.invoices, 0) as invoices_12m, a.billed - coalesce(y.billed, 0) as billed_12m,
            a.billed - coalesce(q.billed, 0) as billed_3m
        from (
            select p.*, coalesce(s.segment, '- -') as segment
            from pair as p left join customer_segment as s using (company_id, customer_id)
        ) as p
        asof left join segment_history as g
            on g.company_id = p.company_id and g.segment = p.segment and p.origin >= g.known_on
        asof left join paid_history as h
            on h.company_id = p.company_id and h.customer_id = p.customer_id and p.origin >= h.paid_on
        asof left join delivery_history as t
            on t.company_id = p.company_id and t.customer_id = p.customer_id and p.origin >= t.paid_on
        asof left join run_history as r
            on r.company_id = p.company_id and r.customer_id = p.customer_id and p.origin >= r.paid_on
        asof left join outcome_history as o
            on o.company_id = p.company_id and o.customer_id = p.customer_id and p.origin >= o.known_on
        asof left join book_event as b
            on b.company_id = p.company_id and b.customer_id = p.customer_id and p.origin >= b.day
        asof left join billed_history as a
            on a.company_id = p.company_id and a.customer_id = p.customer_id and p.origin >= a.day
        asof left join billed_history as y
            on y.company_id = p.company_id and y.customer_id = p.customer_id and p.origin - 365 >= y.day
        asof left join billed_history as q
            on q.company_id = p.company_id and q.customer_id = p.customer_id and p.origin - 91 >= q.day
    """)
    con.execute("""
        create or replace table company_day as
        with pair as (select distinct company_id, origin from known)
        select p.company_id, p.origin,
            round((n.s - coalesce(f.s, 0)) / nullif(n.n - coalesce(f.n, 0), 0), 4) as portfolio_late_60d,
            round((e.s - coalesce(g.s, 0)) / nullif(e.n - coalesce(g.n, 0), 0), 4) as portfolio_delay_60d
        from pair as p
        asof left join portfolio_history as n on n.company_id = p.company_id and p.origin >= n.known_on
        asof left join portfolio_history as f on f.company_id = p.company_id and p.origin - 60 >= f.known_on
        asof left join portfolio_delay as e on e.company_id = p.company_id and p.origin >= e.paid_on
        asof left join portfolio_delay as g on g.company_id = p.company_id and p.origin - 60 >= g.paid_on
    """)
    counted = ("n", "s", "segment_n", "segment_s")
    alike = range(len(ALIKE))
    alike_joins = "".join(
        f"""
        asof left join alike_history as l{i}
            on l{i}.company_id = k.company_id and l{i}.customer_id = k.customer_id
            and l{i}.kind = {i} and l{i}.value = {value.format("k")} and k.origin >= l{i}.known_on"""
        for i, value in enumerate(ALIKE)
    )
    fetched = con.sql(f"""
        select k.company_id, k.invoice_id, k.customer_id,
            {_DAY.format("k.origin")} as origin, {_DAY.format("k.entry_date")} as entry,
            {_DAY.format("k.due_date")} as due,
            k.is_creation, k.document_type <> 'opening_item' as is_trainable,
            cast(100 * k.open_at_origin as bigint) as open_amount,
            c.recent, c.methods, v.method,
            {", ".join(f"coalesce(c.w{i}, 0) as w{i}" for i in range(7))},
            {", ".join(f"coalesce(c.d{i}, 0) as d{i}" for i in range(31))},
            {", ".join(f"coalesce(c.{x}{j}, 0) as {x}{j}" for j in range(3) for x in counted)},
            {", ".join(f"coalesce(l{i}.{x}, 0) as alike_{x}{i}" for i in alike for x in "ns")},
            coalesce({_DAY.format("f.first_closed_on")}, {NEVER}) as first_closed,
            coalesce({_DAY.format("f.reopened_on")}, {NEVER}) as reopened,
            coalesce({_DAY.format("f.last_closed_on")}, {NEVER}) as last_closed,
            coalesce(f.is_cash, false) as is_cash, coalesce(f.is_lost, false) as is_lost,
            datediff('day', k.due_date, k.origin) as age_days,
            datediff('day', k.issue_date, k.due_date) as term_days,
            cast(k.amount as double) as amount,
            cast(k.amount as double) / nullif(c.billed_life / c.invoices_life, 0) as amount_ratio,
            1 - cast(k.open_at_origin as double) / cast(k.amount as double) as paid_share,
            cast(k.is_due_date_assumed as integer) as is_due_date_assumed,
            isodow(k.due_date) as due_weekday, day(k.due_date) as due_day,
            datediff('day', k.due_date, last_day(k.due_date)) as due_days_to_month_end,
            isodow(k.issue_date) as issue_weekday, day(k.issue_date) as issue_day, month(k.due_date) as due_month,
            c.paid_count, c.late_mean, c.late_decayed, c.days_since_payment,
            coalesce(c.open_count, 0) as open_documents, coalesce(cast(c.open_amount as double), 0) as open_balance,
            coalesce(c.overdue_count, 0) as overdue_documents,
            c.overdue_count / nullif(cast(c.open_count as double), 0) as overdue_share,
            c.overdue_mean_days,
            c.billed_12m, c.invoices_12m, 4 * c.billed_3m / nullif(c.billed_12m, 0) as billing_trend,
            datediff('day', c.first_day, k.origin) as days_since_first_invoice,
            m.portfolio_late_60d, m.portfolio_delay_60d,
            b.credit_notes_12m, coalesce(b.oldest_overdue_days, 0) as oldest_overdue_days,
            cast(b.unallocated as double) / nullif(cast(b.balance as double) + cast(b.unallocated as double), 0)
                as unallocated_share,
            cast(b.has_rejection_12m as integer) as has_rejection_12m,
            case when b.legal_status_known is null or b.legal_status_known = 'unknown' then null
                when b.legal_status_known in ('safeguard', 'receivership', 'liquidation') then 1 else 0
                end as is_in_proceedings,
            cast(b.is_in_default as integer) as is_in_default,
            cast(p.is_sole_trader as integer) as is_sole_trader,
            substr(p.sector_code, 1, 2) as sector,
            case when b.disputed_open_amount is not null then cast(k.is_disputed as integer) end as is_in_dispute,
            least(1, cast(b.disputed_open_amount as double)
                / nullif(cast(b.balance as double) + cast(b.unallocated as double), 0)) as disputed_share,
            b.disputes_opened_12m, b.promises_broken_12m,
            b.promises_kept_12m / nullif(cast(b.promises_kept_12m + b.promises_broken_12m as double), 0)
                as promises_kept_share,
            b.last_reminder_level, b.days_since_last_reminder, b.instalment_arrears, b.orders_trend,
            cast(b.uninsured_exposure as double) / nullif(greatest(cast(b.balance as double), 0), 0)
                as uninsured_share,
            cast(b.is_group_in_proceedings as integer) as is_group_in_proceedings, b.company_age_months
        from known as k
        join customer_day as c using (company_id, customer_id, origin)
        join company_day as m using (company_id, origin)
        left join fate as f using (company_id, invoice_id)
        left join delivery_method as v on v.company_id = k.company_id and v.delivery_method = k.delivery_method
        asof left join fct_customer_behaviour_monthly as b
            on b.company_id = k.company_id and b.customer_id = k.customer_id and k.origin >= b.month_end{alike_joins}
        left join dim_customers as p on p.company_id = k.company_id and p.customer_id = k.customer_id
        order by k.company_id, k.invoice_id, k.origin, k.is_creation
    """).to_arrow_table()
    column = {name: fetched.column(name) for name in fetched.column_names}

    def numbers(name: str) -> Floats:
        return np.asarray(column[name].cast("double").to_numpy(zero_copy_only=False), dtype=np.float64)

    def words(name: str) -> Objects:
        out = np.empty(len(column[name]), dtype=object)
        out[:] = column[name].to_pylist()
        return out

    def whole(name: str) -> Ints:
        return np.asarray(column[name].to_numpy(), dtype=np.int64)

    def flags(name: str) -> Bools:
        return np.asarray(column[name].to_numpy(zero_copy_only=False), dtype=bool)

    company, customer, origin, due = words("company_id"), words("customer_id"), whole("origin"), whole("due")
    habit, known_habits = habits(con, company, customer, origin, due)
    values = {f.name: numbers(f.name) for f in SQL_FEATURES if f.name not in CATEGORICAL}
    recent = _newest_first(column["recent"])
    sent, beside = delivery.delivery_days(
        con, company, month_end_before(origin), numbers("method"), _newest_first(column["methods"])
    )
    return States(
        company=company,
        document=words("invoice_id"),
        customer=customer,
        origin=origin,
        entry=whole("entry"),
        due=due,
        is_creation=flags("is_creation"),
        is_trainable=flags("is_trainable"),
        open_amount=whole("open_amount"),
        values=values | sent,
        text={name: words(name) for name in CATEGORICAL},
        recent=recent,
        recent_as_sent=None if beside is None else recent + beside,
        run_weekday=np.column_stack([numbers(f"w{k}") for k in range(7)]),
        run_day=np.column_stack([numbers(f"d{k}") for k in range(31)]),
        count_n=np.column_stack([numbers(f"n{j}") for j in range(3)]),
        count_s=np.column_stack([numbers(f"s{j}") for j in range(3)]),
        segment_n=np.column_stack([numbers(f"segment_n{j}") for j in range(3)]),
        segment_s=np.column_stack([numbers(f"segment_s{j}") for j in range(3)]),
        alike_n=np.column_stack([numbers(f"alike_n{i}") for i in alike]),
        alike_s=np.column_stack([numbers(f"alike_s{i}") for i in alike]),
        habit=habit,
        habits=known_habits,
        first_closed=whole("first_closed"),
        reopened=whole("reopened"),
        last_closed=whole("last_closed"),
        is_cash=flags("is_cash"),
        is_lost=flags("is_lost"),
    )


def counts_at(con: duckdb.DuckDBPyConnection, cut_off: Mapping[str, int]) -> Counts:
    """Outcomes of each customer visible at its company's cut-off, in the order of their keys."""
    con.execute("create or replace temp table cut_day (company_id varchar, day date)")
    con.executemany(
        "insert into cut_day values (?, ?)", [(c, date_of(d)) for c, d in sorted(cut_off.items())]
    )
    found = con.sql(f"""
        select e.company_id, e.customer_id, coalesce(s.segment, '- -') as segment,
            {", ".join(f"count(*) filter (where band = {j}) as n{j}" for j in range(3))},
            {", ".join(f"coalesce(sum(stayed_open) filter (where band = {j}), 0) as s{j}" for j in range(3))}
        from outcome_event as e join cut_day as c on c.company_id = e.company_id and e.known_on <= c.day
        left join customer_segment as s on s.company_id = e.company_id and s.customer_id = e.customer_id
        group by all order by e.company_id, e.customer_id
    """).fetchnumpy()
    table = np.stack(
        [
            np.column_stack([np.asarray(found[f"{c}{j}"], dtype=np.float64) for c in "ns"])
            for j in range(len(COUNTED_DAYS))
        ],
        axis=1,
    )
    alike = con.sql("""
        with customer as (
            select company_id, customer_id, row_number() over (order by company_id, customer_id) - 1 as position
            from (
                select distinct e.company_id, e.customer_id
                from outcome_event as e join cut_day as c on c.company_id = e.company_id and e.known_on <= c.day
            )
        )
        select p.position, e.kind, count(*) as n, sum(e.stayed_open) as s
        from alike_event as e join cut_day as c on c.company_id = e.company_id and e.known_on <= c.day
        join customer as p on p.company_id = e.company_id and p.customer_id = e.customer_id
        group by p.position, e.kind, e.value order by p.position, e.kind, e.value
    """).fetchnumpy()
    return Counts(
        np.asarray(found["company_id"]),
        np.asarray(found["segment"]),
        table,
        np.column_stack([np.asarray(alike[name], dtype=np.int64) for name in ("position", "kind")]),
        np.column_stack([np.asarray(alike[name], dtype=np.float64) for name in ("n", "s")]),
    )


def _newest_first(lists: object) -> Floats:
    """A column of lists, oldest first, as a matrix of their last RECENT values, newest first."""
    combined = lists.combine_chunks()  # type: ignore[attr-defined]
    lengths = np.nan_to_num(
        np.asarray(combined.value_lengths().to_numpy(zero_copy_only=False), dtype=np.float64)
    )
    lengths = lengths.astype(np.int64)
    flat = np.asarray(combined.flatten().to_numpy(zero_copy_only=False), dtype=np.float64)
    ends = np.cumsum(lengths)
    out = np.full((len(lengths), RECENT), np.nan)
    for k in range(RECENT):
        has = lengths > k
        out[has, k] = flat[ends[has] - 1 - k]
    return out
