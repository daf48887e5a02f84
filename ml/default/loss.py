"""What a default would cost: exposure, what of it comes back anyway, the share lost of the rest.

Expected loss over twelve months = PD × LGD × (exposure − recoverable VAT − insured). The share lost given
default is learnt from one's own write-offs, shrunk to the prior of the settings by the defaults it is worth.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from ml.settings import RiskSettings

#: A default not cured for this long is over: what is still open of it is lost.
RESOLVED_AFTER_DAYS = 730


@dataclass(frozen=True)
class Lgd:
    """Loss given default of one company: `value` = (defaults × own + strength × prior) / (defaults + strength)."""

    value: float
    own: float | None
    defaults: int
    prior: float
    strength: float


def fit_lgd(con: duckdb.DuckDBPyConnection, settings: RiskSettings) -> dict[str, Lgd]:
    """Per company, from the defaults that are over at the as-of day: cured, or older than two years.

    The loss of a default is what of the documents open on its day was written off since (or, two years on, is
    still open), over what they were open for. A recent one that is not cured yet tells nothing.
    """
    rows = con.execute(f"""
        with over_default as (
            select d.company_id, d.customer_id, d.default_date, a.as_of,
                coalesce(d.cured_on <= a.as_of, false) as is_cured
            from fct_customer_defaults as d join as_of_day as a using (company_id)
            where d.cured_on <= a.as_of or d.default_date <= a.as_of - {RESOLVED_AFTER_DAYS}
        ), held as (
            select o.company_id, o.customer_id, o.default_date, o.is_cured, d.invoice_id,
                any_value(d.amount) - coalesce(sum(m.cleared) filter (where m.moved_on < o.default_date), 0)
                    as open_then,
                coalesce(sum(m.written_off) filter (where m.moved_on >= o.default_date), 0) as written_off,
                greatest(any_value(d.open_amount), 0) as open_now
            from over_default as o
            join document as d
                on d.company_id = o.company_id and d.customer_id = o.customer_id and d.entry_date <= o.default_date
            left join movement as m on m.company_id = d.company_id and m.invoice_id = d.invoice_id
            group by o.company_id, o.customer_id, o.default_date, o.is_cured, d.invoice_id
        ), share as (
            select company_id, customer_id, default_date,
                cast(sum(least(written_off + case when is_cured then 0 else open_now end, open_then)) as double)
                    / cast(sum(open_then) as double) as lost
            from held where open_then > 0 group by all
        )
        select a.company_id, count(s.lost), avg(s.lost)
        from as_of_day as a left join share as s using (company_id) group by 1 order by 1
    """).fetchall()
    prior, strength = settings.lgd_prior, settings.lgd_prior_strength
    found = {}
    for company, n, own in rows:
        value = (n * (own or 0.0) + strength * prior) / (n + strength) if n + strength else prior
        found[company] = Lgd(round(value, 4), None if own is None else round(own, 4), n, prior, strength)
    return found


def exposures(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """One row per customer with documents, payments or history: what a default on the as-of day would put at risk.

    company_id, customer_id, exposure (documents less payments on account, at least zero), recoverable_vat (the
    VAT inside it, where the entries tell), insured_amount (its insured share, net of that VAT), default_date and
    default_reason (null unless in default on the day). Money is DECIMAL(18, 2).
    """
    return con.sql("""
        with cleared as (
            select company_id, invoice_id, sum(cleared) as cleared from movement group by all
        ), part as (
            select i.company_id, i.customer_id, i.amount - coalesce(t.cleared, 0) as open_amount,
                i.amount, coalesce(i.vat_amount, 0) as vat_amount
            from fct_invoices as i left join cleared as t using (company_id, invoice_id)
        ), book as (
            select company_id, customer_id, sum(open_amount) as open_amount,
                sum(cast(open_amount as double) * cast(vat_amount as double) / nullif(cast(amount as double), 0))
                    as vat
            from part where open_amount <> 0 group by all
        ), used as (
            select company_id, payment_id, sum(amount) as amount from fct_allocations
            where payment_id is not null group by all
        ), on_account as (
            select p.company_id, p.customer_id, sum(p.amount - coalesce(u.amount, 0)) as unallocated
            from fct_payments as p left join used as u using (company_id, payment_id) group by all
        ), known as (
            select company_id, customer_id,
                arg_max(balance, month_end) as balance, arg_max(uninsured_exposure, month_end) as uninsured
            from fct_customer_behaviour_monthly group by all
        ), balanced as (
            select company_id, customer_id,
                greatest(coalesce(b.open_amount, 0) - coalesce(o.unallocated, 0), 0) as exposure,
                coalesce(b.open_amount, 0) as open_amount, coalesce(b.vat, 0) as vat,
                case when k.balance > 0
                    then 1 - least(greatest(cast(k.uninsured as double) / cast(k.balance as double), 0), 1) end
                    as insured_share
            from known as k
            full join book as b using (company_id, customer_id)
            full join on_account as o using (company_id, customer_id)
        ), taxed as (
            select *, case when open_amount > 0 then
                cast(round(least(greatest(vat, 0) / cast(open_amount as double), 1) * cast(exposure as double), 2)
                    as decimal(18, 2)) else cast(0 as decimal(18, 2)) end as recoverable_vat
            from balanced
        ), defaulted as (
            select company_id, customer_id, min(d.default_date) as default_date,
                arg_min(d.reason, (d.default_date, d.reason)) as default_reason
            from fct_customer_defaults as d join as_of_day as a using (company_id)
            where d.cured_on is null or d.cured_on > a.as_of group by all
        )
        select company_id, customer_id, cast(exposure as decimal(18, 2)) as exposure, recoverable_vat,
            cast(round(coalesce(insured_share, 0) * cast(exposure - recoverable_vat as double), 2)
                as decimal(18, 2)) as insured_amount,
            default_date, default_reason
        from taxed left join defaulted using (company_id, customer_id)
        order by company_id, customer_id
    """).to_arrow_table()
