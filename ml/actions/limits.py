"""The credit limit to recommend: what the customer's business needs, held down by what may be lost on it.

Need: the highest billing per day of the last 12 months (by quarters) times the usual term and some grace days.
Budget: the limit L at which PD × LGD × (what no insurer bears of L) is the share of a year's billing that one
accepts to lose on a customer. With C = that share × yearly billing / (PD × LGD), an insured share s of at most I:

    limit = min(need, C / (1 − s), C + s × I)

(the first bound holds while L is below I, the second above). In default or in proceedings: nothing. Without a PD
the need alone, and said so. Rounded down to two significant digits: 12,000, not 12,347.18.
"""

from __future__ import annotations

import duckdb

from ml.settings import RiskSettings

#: Why a limit is what it is: code → (English, French), over the facts of `customer_facts`.
WORDING = {
    "default": ("in default: nothing on credit", "en défaut : rien à crédit"),
    "proceedings": (
        "in collective proceedings: nothing on credit",
        "en procédure collective : rien à crédit",
    ),
    "need": (
        "what its billing needs: {need_days} of the highest billing, {daily_billing} a day",
        "ce que sa facturation demande : {need_days} au plus fort, {daily_billing} par jour",
    ),
    "need_without_pd": (
        "what its billing needs, {need_days} at {daily_billing} a day; no probability of default holds it down",
        "ce que sa facturation demande, {need_days} à {daily_billing} par jour ; sans probabilité de défaut pour la"
        " borner",
    ),
    "risk": (
        "held down by the risk: {pd_12m} probability of default, {loss_budget} accepted to be lost a year",
        "bornée par le risque : probabilité de défaut {pd_12m}, perte acceptée {loss_budget} par an",
    ),
    "no_billing": ("nothing billed for a year", "rien de facturé depuis un an"),
}
UNITS = {"need_days": "days", "daily_billing": "money", "pd_12m": "share", "loss_budget": "money"}


def make_limits(con: duckdb.DuckDBPyConnection, settings: RiskSettings) -> None:
    """Adds to table `customer_facts`: need_days, daily_billing, loss_budget, recommended_limit, limit_reason (a code
    of `WORDING`), limit_excess (limit in force / recommended), exposure_excess (outstanding / recommended)."""
    con.execute(
        """
        create or replace table customer_facts as
        with quarter as (
            select f.company_id, f.customer_id,
                greatest(max(cast(m.billed_3m as double)
                    / greatest(30, least(91, datediff('day', f.first_entry, m.month_end) + 1))), 0) as daily_billing,
                greatest(max_by(cast(m.billed_12m as double), m.month_end), 0) * 365
                    / greatest(30, least(365, datediff('day', any_value(f.first_entry), max(m.month_end)) + 1))
                    as yearly_billing
            from customer_facts as f
            join fct_customer_behaviour_monthly as m using (company_id, customer_id)
            where m.month_end > f.as_of - interval 12 month
            group by all
        ),
        sized as (
            select f.*, coalesce(q.daily_billing, 0) as daily,
                coalesce(f.usual_term_days, 0) + $grace as need_days,
                $share * coalesce(q.yearly_billing, 0) as budget,
                least(greatest(coalesce(cast(f.insured_share as double), 0), 0), 1) as borne
            from customer_facts as f left join quarter as q using (company_id, customer_id)
        ),
        bounded as (
            select *, daily * need_days as need,
                budget / nullif(pd_12m * coalesce(lgd, $lgd), 0) as own
            from sized
        ),
        chosen as (
            select * exclude (daily, budget, borne, need, own),
                cast(round(daily, 2) as decimal(18,2)) as daily_billing,
                cast(round(budget, 2) as decimal(18,2)) as loss_budget,
                case when is_in_default or is_in_proceedings then 0
                    else least(need, own / nullif(1 - borne, 0), own + borne * coalesce(insured_limit, 0)) end
                    as amount,
                case when is_in_default then 'default'
                    when is_in_proceedings then 'proceedings'
                    when daily <= 0 then 'no_billing'
                    when pd_12m is null then 'need_without_pd'
                    when need <= least(own / nullif(1 - borne, 0), own + borne * coalesce(insured_limit, 0))
                        or own is null then 'need'
                    else 'risk' end as limit_reason
            from bounded
        ),
        rounded as (
            select * exclude (amount),
                cast(case when amount < 1 then 0
                    else floor(round(amount / 10 ** (floor(log10(amount)) - 1), 6)) * 10 ** (floor(log10(amount)) - 1)
                    end as decimal(18,2)) as recommended_limit
            from chosen
        )
        select *,
            round(cast(credit_limit as double) / nullif(cast(recommended_limit as double), 0), 4) as limit_excess,
            round(cast(exposure as double) / nullif(cast(recommended_limit as double), 0), 4) as exposure_excess
        from rounded order by company_id, customer_id
        """,
        {"grace": settings.limit_grace_days, "share": settings.limit_loss_share, "lgd": settings.lgd_prior},
    )
