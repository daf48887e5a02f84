"""At what pace a customer pays: whether it has slowed down against its own habit, and how likely its documents are to
pass the 90 days that make a default.

A customer's habit is the median and spread of its latest delays, shrunk to what is usual: a logistic law of days
late, beside it the few documents that anybody forgets for weeks. What fell due in the last six months is looked at
under that law and under the same law moved by some weeks, from some month on: Bayes' rule then tells the odds that it
has slowed down (a change point, Barry and Hartigan 1993). Documents still open count for what is known: that they are
not paid yet. The same law tells the chance that a document passes 90 days: of those open, and of those of the year
before as if they came again.

Sums are of decimals: they do not depend on the order in which threads add them up.
"""

from __future__ import annotations

import duckdb

#: A habit is told from so many latest payments.
LATEST_PAYMENTS = 36
#: The scale of a usual customer's delays and the documents it is worth; no habit is surer than the least one.
USUAL_SPREAD, USUAL_DOCUMENTS = 4.4, 4
LEAST_SPREAD = 2.0
#: How far customers' habits lie apart, days: what one document tells of a habit is weighed against it.
HABITS_APART = 15.0
#: Variance of a logistic law of scale 1, and its quartiles' distance.
VARIANCE, QUARTILES = 3.29, 2.2
#: Slowing down is looked for in what fell due in so many months; the habit is that of payments before the last four.
MONTHS, HABIT_BEFORE_DAYS = 6, 120
#: Days by which a customer slows down, each as likely as the others; share of those that stay slow another month.
SLOWER_DAYS: tuple[int, ...] = (20, 40, 60)
STAYS = 0.8
#: Odds that a customer has slowed down before anything is seen of it.
PRIOR_ODDS = 0.02
#: Documents that are forgotten, and when they are paid then.
FORGOTTEN, FORGOTTEN_DAYS, FORGOTTEN_SPREAD = 0.05, 28, 18.0
#: A document so much late makes a default.
DEFAULT_DAYS = 90


def _open_after(days: str, middle: str, spread: str) -> str:
    """Chance of being paid later than `days`, of the law of `middle` and `spread`."""
    return _with_forgotten("1 / (1 + exp(greatest(-40, least(40, {z}))))", days, middle, spread)


def _paid_at(days: str, middle: str, spread: str) -> str:
    """Density of being paid after `days`, of the same law."""
    return _with_forgotten(
        "exp(-least(40, abs({z}))) / ({spread} * pow(1 + exp(-least(40, abs({z}))), 2))", days, middle, spread
    )


def _with_forgotten(logistic: str, days: str, middle: str, spread: str) -> str:
    """A formula of the logistic law, `z` being how many spreads beyond its middle, and of the documents forgotten."""
    parts = []
    for share, at, scale in (
        (1 - FORGOTTEN, middle, spread),
        (FORGOTTEN, f"{middle} + {FORGOTTEN_DAYS}", str(FORGOTTEN_SPREAD)),
    ):
        z = f"(({days} - ({at})) / ({scale}))"
        parts.append(f"{share} * ({logistic.format(z=z, spread=f'({scale})')})")
    return f"({' + '.join(parts)})"


def prepare(con: duckdb.DuckDBPyConnection, default_amount: float, default_share: float) -> None:
    """The table `pace`: a row per company, customer and month end of the behaviour mart.

    slowing_chance: that the customer pays slower than it used to. open_beyond_90, beyond_90: chance that a document
    worth a default (`default_amount`, or `default_share` of a year's billing) passes 90 days, of those open, and of
    those of a year. expected_beyond_90: what is expected to pass them of what is open, in amounts that make a default.
    """
    con.execute(f"""
        create or replace table habit_history as
        with listed as (
            select company_id, customer_id, settled_on, array_agg(days_late) over (
                    partition by company_id, customer_id order by settled_on, days_late, invoice_id
                    rows between {LATEST_PAYMENTS - 1} preceding and current row
                ) as latest,
                row_number() over (
                    partition by company_id, customer_id, settled_on order by days_late desc, invoice_id desc
                ) as position
            from settlement where is_cash
        )
        select company_id, customer_id, settled_on, len(latest) as n, list_aggregate(latest, 'median') as middle,
            list_aggregate(latest, 'quantile_cont', 0.75) - list_aggregate(latest, 'quantile_cont', 0.25) as between
        from listed where position = 1
    """)
    con.execute(f"""
        create or replace table pace_month as
        with month as (
            select company_id, customer_id, month_end, greatest({default_amount},
                    {default_share} * coalesce(cast(billed_12m as double), 0)) as default_amount
            from fct_customer_behaviour_monthly
        ), told as (
            select m.*, h.n, h.middle, {_spread("h.n", "h.between")} as spread,
                p.n as past_n, p.middle as past_middle, {_spread("p.n", "p.between")} as past_spread
            from month as m
            asof left join habit_history as h
                on h.company_id = m.company_id and h.customer_id = m.customer_id and m.month_end >= h.settled_on
            asof left join habit_history as p
                on p.company_id = m.company_id and p.customer_id = m.customer_id
                and m.month_end - {HABIT_BEFORE_DAYS} >= p.settled_on
        ), usual as (
            select company_id, month_end, median(middle) as middle from told group by all
        )
        select t.company_id, t.customer_id, t.month_end, t.default_amount,
            {_shrunk("t.n", "t.middle", "t.spread", "u.middle")} as middle,
            {_unsure("t.n", "t.spread")} as spread,
            {_shrunk("t.past_n", "t.past_middle", "t.past_spread", "u.middle")} as past_middle,
            {_unsure("t.past_n", "t.past_spread")} as past_spread
        from told as t join usual as u using (company_id, month_end)
    """)
    evidence = {
        (since, days): f"coalesce(sum(slower_{days}) filter (where age < {(since + 1) * 30.5}), 0)"
        for since in range(MONTHS)
        for days in SLOWER_DAYS
    }
    whole = sum(STAYS**since for since in range(MONTHS)) * len(SLOWER_DAYS)
    weighed = [
        f"{STAYS**since / whole:.6f} * exp(greatest(-40, least(20, cast({total} as double))))"
        for (since, _), total in evidence.items()
    ]
    told = ", ".join(
        f"cast(ln(greatest(1e-9, {_told('m.past_middle + ' + str(days))}))"
        f" - ln(greatest(1e-9, {_told('m.past_middle')})) as decimal(18, 6)) as slower_{days}"
        for days in SLOWER_DAYS
    )
    con.execute(f"""
        create or replace table pace_slowing as
        with due as (
            select m.company_id, m.customer_id, m.month_end, m.past_middle, m.past_spread,
                datediff('day', d.due_date, m.month_end) as age,
                case when s.settled_on <= m.month_end then s.days_late end as paid
            from pace_month as m
            join document as d
                on d.company_id = m.company_id and d.customer_id = m.customer_id and d.entry_date <= m.month_end
                and d.due_date <= m.month_end and d.due_date > m.month_end - {int(MONTHS * 30.5)}
            left join settlement as s on s.company_id = d.company_id and s.invoice_id = d.invoice_id
            where m.past_middle is not null and (s.invoice_id is null or s.is_cash or s.settled_on > m.month_end)
        ), looked_at as (
            select company_id, customer_id, month_end, age, {told} from due as m
        )
        select company_id, customer_id, month_end, {PRIOR_ODDS} * ({" + ".join(weighed)}) as odds
        from looked_at group by all
    """)
    con.execute(f"""
        create or replace table pace_beyond as
        with looked_at as (
            select m.company_id, m.customer_id, m.month_end, cast(d.amount as double) / m.default_amount as weight,
                datediff('day', d.due_date, m.month_end) as age,
                d.entry_date > m.month_end - 365 and d.document_type <> 'opening_item' as is_of_the_year,
                (s.invoice_id is null or s.settled_on > m.month_end) as is_open,
                {_open_after(str(DEFAULT_DAYS), "m.middle", "m.spread")} as chance, m.middle, m.spread
            from pace_month as m
            join document as d
                on d.company_id = m.company_id and d.customer_id = m.customer_id and d.entry_date <= m.month_end
            left join settlement as s on s.company_id = d.company_id and s.invoice_id = d.invoice_id
            where m.middle is not null
                and (d.entry_date > m.month_end - 365 or s.invoice_id is null or s.settled_on > m.month_end)
        ), judged as (
            select *, is_open and age <= {DEFAULT_DAYS} as is_running,
                least(0.999, case when age <= 0 then chance
                    else chance / greatest(1e-6, {_open_after("age", "middle", "spread")}) end) as chance_now
            from looked_at
        ), summed as (
            select company_id, customer_id, month_end,
                coalesce(sum(cast(-ln(1 - chance_now) as decimal(18, 6))) filter (
                    where is_running and weight >= 1), 0) as now,
                coalesce(sum(cast(-ln(1 - least(0.999, chance)) as decimal(18, 6))) filter (
                    where is_of_the_year and weight >= 1), 0) as again,
                coalesce(sum(cast(least(10, weight) * chance_now as decimal(18, 6))) filter (
                    where is_running), 0) as expected
            from judged group by all
        )
        select company_id, customer_id, month_end, round(1 - exp(-cast(now as double)), 6) as open_beyond_90,
            round(1 - exp(-cast(now + again as double)), 6) as beyond_90, cast(expected as double) as expected_beyond_90
        from summed
    """)
    con.execute("""
        create or replace table pace as
        select m.company_id, m.customer_id, m.month_end, round(s.odds / (1 + s.odds), 6) as slowing_chance,
            b.open_beyond_90, b.beyond_90, b.expected_beyond_90
        from pace_month as m
        left join pace_slowing as s using (company_id, customer_id, month_end)
        left join pace_beyond as b using (company_id, customer_id, month_end)
    """)


def _told(middle: str) -> str:
    """How likely is what is known of a document under the habit moved to `middle`: paid then, or not paid yet."""
    return (
        f"case when m.paid is null then {_open_after('m.age', middle, 'm.past_spread')}"
        f" else {_paid_at('m.paid', middle, 'm.past_spread')} end"
    )


def _shrunk(n: str, middle: str, spread: str, usual: str) -> str:
    """Mean of a normal law given n documents and how far habits lie apart; the usual one where there is none."""
    usual_weight = f"({VARIANCE} * pow({spread}, 2) / {HABITS_APART**2})"
    return f"(coalesce({n} * {middle}, 0) + {usual_weight} * {usual}) / (coalesce({n}, 0) + {usual_weight})"


def _unsure(n: str, spread: str) -> str:
    """The spread of the next document, the habit itself being known from n only."""
    own = f"({VARIANCE} * pow({spread}, 2))"
    return f"sqrt(pow({spread}, 2) + 1 / (coalesce({n}, 0) / {own} + {1 / HABITS_APART**2:.8f}) / {VARIANCE})"


def _spread(n: str, between: str) -> str:
    """Scale of the logistic law whose quartiles are so far apart, mixed with the usual one."""
    return (
        f"greatest({LEAST_SPREAD}, sqrt((case when {n} >= 3 then {n} * pow({between} / {QUARTILES}, 2) else 0 end"
        f" + {USUAL_DOCUMENTS} * {USUAL_SPREAD**2})"
        f" / (case when {n} >= 3 then {n} else 0 end + {USUAL_DOCUMENTS})))"
    )
