"""The collectors' list: whom to ask today, by the cash it brings in.

What is past due and neither disputed nor frozen is paid within the horizon with probability 1 − S by the usual course
(`ml.curves`), and 1 − S^r if asked today, r being the effect of the action on the rate of payment
(`ml.actions.effects`). The gain is open amount × (S − S^r): little for who pays anyway, little for who never pays.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from ml.curves import Curves
from ml.settings import RiskSettings

MONEY = pa.decimal128(18, 2)
COLLECTION = pa.schema(
    [
        ("company_id", pa.string()),
        ("rank", pa.int64()),
        ("customer_id", pa.string()),
        ("action", pa.string()),
        ("documents", pa.int64()),
        ("overdue", MONEY),
        ("oldest_overdue_days", pa.int64()),
        ("expected_cash", MONEY),
        ("cash_if_asked", MONEY),
        ("cash_gained", MONEY),
        ("effect", pa.float64()),
        ("horizon_days", pa.int64()),
        ("as_of", pa.date32()),
    ]
)


def make_collection(
    con: duckdb.DuckDBPyConnection,
    invoices: pa.Table,
    curves: Curves,
    proposals: pa.Table,
    effects: pa.Table,
    settings: RiskSettings,
) -> pa.Table:
    """The customers whose proposed action presses for payment, in `COLLECTION`, by `cash_gained`.

    `invoices`: company_id and invoice_id of the rows of `curves`, in their order. Amounts are within
    `settings.collection_days`; what a customer paid on account is taken off in proportion. A document whose curve
    is unknown counts in `overdue` and nowhere else.

    Raises:
        ValueError: the rows of `invoices` and `curves` are not the same documents.
    """
    day = curves.origin + settings.collection_days
    still_open = np.round(curves.still_open(day), 6)
    con.register(
        "given",
        pa.table(
            {
                "company_id": invoices.column("company_id"),
                "invoice_id": invoices.column("invoice_id"),
                "due": curves.due,
                "still_open": pa.array(still_open, from_pandas=True),
            }
        ),
    )
    ((others,),) = con.execute("""
        select count(*) from given left join document as d using (company_id, invoice_id)
        where given.due is distinct from datediff('day', date '1970-01-01', d.due_date)
    """).fetchall()
    if others:
        raise ValueError(f"{others} rows of the curves are not those of the documents beside them.")
    con.register("given_proposals", proposals.select(["company_id", "customer_id", "action"]))
    con.register("given_effects", effects.select(["company_id", "action", "effect"]))
    table = con.sql(
        """
        with asked as (
            select d.company_id, d.customer_id, p.action, e.effect, d.open_amount, d.due_date, f.as_of, g.still_open,
                least(1, f.exposure / nullif(f.open_documents_amount, 0)) as owed_share
            from given_proposals as p
            join given_effects as e using (company_id, action)
            join customer_facts as f using (company_id, customer_id)
            join document as d using (company_id, customer_id)
            left join given as g using (company_id, invoice_id)
            where d.open_amount > 0 and d.due_date < d.as_of and not exists (
                from fct_disputed_documents as x
                where x.company_id = d.company_id and x.invoice_id = d.invoice_id
                    and coalesce(x.disputed_until > d.as_of, true)
            )
        ),
        priced as (
            select *,
                cast(round(1 - still_open, 6) as decimal(9, 6)) * open_amount as usual,
                cast(round(1 - pow(still_open, effect), 6) as decimal(9, 6)) * open_amount as faster
            from asked
        ),
        summed as (
            select company_id, customer_id, any_value(action) as action, count(*) as documents,
                cast(sum(open_amount) as decimal(18,2)) as overdue,
                max(datediff('day', due_date, as_of)) as oldest_overdue_days,
                cast(round(any_value(owed_share) * cast(coalesce(sum(usual), 0) as double), 2) as decimal(18,2))
                    as expected_cash,
                cast(round(any_value(owed_share) * cast(coalesce(sum(faster), 0) as double), 2) as decimal(18,2))
                    as cash_if_asked,
                any_value(effect) as effect, any_value(as_of) as as_of
            from priced group by company_id, customer_id
        )
        select company_id,
            row_number() over (
                partition by company_id
                order by cash_if_asked - expected_cash desc, overdue desc, oldest_overdue_days desc, customer_id
            ) as rank,
            customer_id, action, documents, overdue, oldest_overdue_days, expected_cash, cash_if_asked,
            cast(cash_if_asked - expected_cash as decimal(18,2)) as cash_gained, effect,
            cast($horizon as bigint) as horizon_days, as_of
        from summed order by company_id, rank
        """,
        params={"horizon": settings.collection_days},
    ).to_arrow_table()
    for name in ("given", "given_proposals", "given_effects"):
        con.unregister(name)
    return table.cast(COLLECTION)
