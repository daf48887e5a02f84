"""What is known of a customer at the as-of day: the facts that rules, limits and the collectors' list rest on.

Every fact is declared once, with its unit and its words; a rule may name any of them. An unknown fact is NULL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa

#: Proceedings in these states no longer forbid paying debts older than the opening judgment (art. L622-7).
ENDED_PROCEEDINGS: tuple[str, ...] = ("closed", "annulled", "plan", "plan_ended")


@dataclass(frozen=True)
class Fact:
    """One column of `customer_facts`.

    `unit`: money (company's currency), days, months, count, share (0 to 1), ratio, date, flag or category.
    `en` and `fr` hold `{value}`; a flag has one sentence for true and one for false, separated by ` | `.
    """

    unit: str
    en: str
    fr: str


FACTS: Mapping[str, Fact] = {
    # Collective proceedings, by publication date.
    "is_in_proceedings": Fact(
        "flag",
        "in collective proceedings | no collective proceedings known",
        "en procédure collective | aucune procédure collective connue",
    ),
    "judgment_date": Fact("date", "opening judgment of {value}", "jugement d’ouverture du {value}"),
    "judgment_kind": Fact("category", "proceedings: {value}", "procédure : {value}"),
    "claim_amount": Fact("money", "{value} owed at the judgment", "{value} dus au jugement"),
    "claim_deadline": Fact("date", "claim to be declared by {value}", "créance à déclarer avant le {value}"),
    "days_to_claim_deadline": Fact(
        "days", "{value} left to declare the claim", "{value} pour déclarer la créance"
    ),
    "relief_deadline": Fact("date", "relief can be asked until {value}", "relevé possible jusqu’au {value}"),
    "days_to_relief_deadline": Fact(
        "days", "{value} left to ask for relief", "{value} pour demander le relevé"
    ),
    # Default, DOMAIN §4.
    "is_in_default": Fact(
        "flag", "customer in default | customer not in default", "client en défaut | client non défaillant"
    ),
    "default_date": Fact("date", "in default since {value}", "en défaut depuis le {value}"),
    "default_reason": Fact("category", "cause of default: {value}", "cause du défaut : {value}"),
    # What is open.
    "exposure": Fact("money", "{value} outstanding", "encours de {value}"),
    "overdue": Fact("money", "{value} past due", "{value} échus impayés"),
    "overdue_documents": Fact("count", "documents past due: {value}", "pièces échues : {value}"),
    "oldest_overdue_days": Fact(
        "days", "oldest unpaid document {value} past due", "plus ancien impayé échu depuis {value}"
    ),
    "overdue_months": Fact(
        "ratio",
        "past due: {value} times a month’s billing",
        "impayés échus : {value} fois la facturation d’un mois",
    ),
    "not_due": Fact("money", "{value} not yet due", "{value} non échus"),
    "expected_late": Fact("money", "{value} expected late", "{value} attendus en retard"),
    "expected_late_share": Fact(
        "share",
        "{value} of what is not yet due expected late",
        "{value} du non échu attendus en retard",
    ),
    "disputed_open": Fact("money", "{value} in dispute", "{value} en litige"),
    "disputed_overdue_share": Fact(
        "share", "{value} of what is past due in dispute", "{value} de l’échu en litige"
    ),
    "instalment_arrears": Fact("money", "instalments past due: {value}", "échéances d’étalement impayées : {value}"),
    # Risk of default and loss.
    "pd_12m": Fact(
        "share", "probability of default over 12 months: {value}", "probabilité de défaut à 12 mois : {value}"
    ),
    "rating": Fact("category", "rating {value}", "note {value}"),
    "expected_loss": Fact("money", "12-month expected loss: {value}", "perte attendue à 12 mois : {value}"),
    # How the customer pays.
    "billed_12m": Fact("money", "billed over 12 months: {value}", "facturé sur 12 mois : {value}"),
    "usual_term_days": Fact("days", "usual payment term: {value}", "délai de paiement habituel : {value}"),
    "days_late_12m": Fact(
        "days", "{value} late on average over 12 months", "{value} de retard en moyenne sur 12 mois"
    ),
    "share_paid_late_12m": Fact(
        "share", "{value} of payments late over 12 months", "{value} des paiements en retard sur 12 mois"
    ),
    "paid_count_12m": Fact(
        "count", "documents paid over 12 months: {value}", "pièces payées sur 12 mois : {value}"
    ),
    "months_since_first_invoice": Fact("months", "customer for {value}", "client depuis {value}"),
    "has_rejection_12m": Fact(
        "flag",
        "a payment was rejected in the last 12 months | no rejected payment in 12 months",
        "un paiement rejeté dans les 12 derniers mois | aucun paiement rejeté en 12 mois",
    ),
    # Limits and cover.
    "credit_limit": Fact("money", "credit limit in force: {value}", "limite de crédit en vigueur : {value}"),
    "limit_usage": Fact(
        "share", "{value} of the credit limit used", "{value} de la limite de crédit utilisés"
    ),
    "recommended_limit": Fact("money", "recommended limit: {value}", "limite conseillée : {value}"),
    "limit_excess": Fact(
        "ratio",
        "limit in force {value} times the recommended one",
        "limite en vigueur : {value} fois la limite conseillée",
    ),
    "exposure_excess": Fact(
        "ratio",
        "outstanding {value} times the recommended limit",
        "encours : {value} fois la limite conseillée",
    ),
    "insured_limit": Fact("money", "insured limit: {value}", "limite garantie : {value}"),
    "uninsured_exposure": Fact(
        "money", "{value} outstanding beyond the insured limit", "{value} d’encours au-delà de la garantie"
    ),
    # Collection so far; NULL where no such event is recorded.
    "promises_broken_12m": Fact(
        "count", "promises broken over 12 months: {value}", "promesses non tenues sur 12 mois : {value}"
    ),
    "promises_kept_12m": Fact(
        "count", "promises kept over 12 months: {value}", "promesses tenues sur 12 mois : {value}"
    ),
    "promised_amount": Fact("money", "{value} promised", "{value} promis"),
    "promised_for": Fact("date", "payment promised for {value}", "règlement promis pour le {value}"),
    "last_reminder_level": Fact(
        "count", "level of the last reminder: {value}", "niveau de la dernière relance : {value}"
    ),
    "days_since_last_reminder": Fact(
        "days", "last reminder {value} ago", "dernière relance il y a {value}"
    ),
}  # fmt: skip

#: What the scores of default must tell, where there are any.
SCORE_COLUMNS: Mapping[str, str] = {
    "pd_12m": "double",
    "rating": "varchar",
    "lgd": "double",
    "expected_loss": "decimal(18,2)",
}


def make_facts(con: duckdb.DuckDBPyConnection, invoices: pa.Table, customers: pa.Table | None) -> None:
    """Table `customer_facts`: one row per customer with documents or payments at the as-of day.

    `con`: the cut marts (`ml.marts.open_marts`). `invoices`: company_id, invoice_id, p_late of the open
    documents (NULL: unknown). `customers`: company_id, customer_id and `SCORE_COLUMNS`; None: no such scores.
    The limits' columns are added by `ml.actions.limits`.
    """
    con.register("given_invoices", invoices.select(["company_id", "invoice_id", "p_late"]))
    scores = ", ".join(f"cast(null as {t}) as {c}" for c, t in SCORE_COLUMNS.items())
    scored = f"select company_id, customer_id, {scores} from dim_customers where false"
    if customers is not None:
        con.register("given_customers", customers.select(["company_id", "customer_id", *SCORE_COLUMNS]))
        scored = "select * from given_customers"
    ended = ", ".join(f"'{state}'" for state in ENDED_PROCEEDINGS)
    con.execute(f"""
        create or replace table customer_facts as
        with scores as ({scored}),
        total as (
            select company_id, invoice_id, sum(cleared) as cleared from movement group by all
        ),
        disputed as (
            select distinct d.company_id, d.invoice_id
            from fct_disputed_documents as d join as_of_day as a using (company_id)
            where coalesce(d.disputed_until > a.as_of, true)
        ),
        part as (
            select i.company_id, i.customer_id, i.amount - coalesce(t.cleared, 0) as open_amount,
                coalesce(i.due_date_source <> 'unknown' and i.due_date < a.as_of, false)
                    and i.amount > coalesce(t.cleared, 0) as is_overdue,
                datediff('day', i.due_date, a.as_of) as age_days,
                s.invoice_id is not null and i.due_date >= a.as_of as is_not_due,
                s.p_late, p.invoice_id is not null as is_disputed
            from fct_invoices as i
            join as_of_day as a using (company_id)
            left join total as t using (company_id, invoice_id)
            left join given_invoices as s using (company_id, invoice_id)
            left join disputed as p using (company_id, invoice_id)
        ),
        book as (
            select company_id, customer_id,
                sum(open_amount) as open_amount,
                coalesce(sum(open_amount) filter (where open_amount > 0), 0) as open_documents_amount,
                coalesce(sum(open_amount) filter (where is_overdue), 0) as overdue,
                count(*) filter (where is_overdue) as overdue_documents,
                max(age_days) filter (where is_overdue) as oldest_overdue_days,
                coalesce(sum(open_amount) filter (where is_disputed and open_amount > 0), 0) as disputed_open,
                coalesce(sum(open_amount) filter (where is_overdue and is_disputed), 0) as disputed_overdue,
                coalesce(sum(open_amount) filter (where is_not_due), 0) as not_due,
                case when count(*) filter (where is_not_due and p_late is null) = 0 then
                    coalesce(sum(cast(p_late as decimal(5, 4)) * open_amount) filter (where is_not_due), 0)
                end as expected_late
            from part group by all
        ),
        used as (
            select company_id, payment_id, sum(amount) as amount
            from fct_allocations where payment_id is not null group by all
        ),
        on_account as (
            select p.company_id, p.customer_id, sum(p.amount - coalesce(u.amount, 0)) as unallocated
            from fct_payments as p left join used as u using (company_id, payment_id) group by all
        ),
        behaviour as (
            -- A customer without a row at the company's latest month end is long gone: nothing is known of it.
            select * from fct_customer_behaviour_monthly
            qualify month_end = max(month_end) over (partition by company_id)
        ),
        defaulted as (
            select company_id, customer_id, min(default_date) as default_date,
                arg_min(reason, (default_date, reason)) as default_reason
            from fct_customer_defaults where is_in_default group by all
        ),
        proceedings as (
            select * from fct_receivables_by_proceeding
            where state is null or state not in ({ended})
            qualify row_number() over (
                partition by company_id, customer_id
                order by claim_deadline is null, judgment_date desc, publication_date desc, kind
            ) = 1
        ),
        promised as (
            select p.company_id, p.customer_id, sum(p.expected_amount) as amount, max(p.due_on) as due_on
            from fct_promises as p join as_of_day as a using (company_id)
            where p.due_on >= a.as_of and p.customer_id is not null group by all
        ),
        terms as (
            select company_id, customer_id, min(entry_date) as first_entry,
                cast(quantile_disc(datediff('day', issue_date, due_date), 0.5) as integer) as usual_term_days
            from document where document_type <> 'opening_item' group by all
        ),
        insured as (
            select company_id, customer_id, sum(limit_amount) as insured_limit, min(insured_share) as insured_share
            from fct_insured_limits where customer_id is not null group by all
        )
        select company_id, customer_id, a.as_of,
            p.customer_id is not null as is_in_proceedings,
            p.judgment_date, p.kind as judgment_kind, p.open_amount_at_judgment as claim_amount,
            p.claim_deadline, datediff('day', a.as_of, p.claim_deadline) as days_to_claim_deadline,
            p.relief_deadline, datediff('day', a.as_of, p.relief_deadline) as days_to_relief_deadline,
            d.customer_id is not null as is_in_default, d.default_date, d.default_reason,
            cast(greatest(coalesce(b.open_amount, 0) - coalesce(o.unallocated, 0), 0) as decimal(18,2)) as exposure,
            cast(coalesce(b.open_documents_amount, 0) as decimal(18,2)) as open_documents_amount,
            cast(coalesce(b.overdue, 0) as decimal(18,2)) as overdue,
            coalesce(b.overdue_documents, 0) as overdue_documents,
            b.oldest_overdue_days,
            round(cast(b.overdue as double) / nullif(cast(greatest(m.billed_12m, 0) as double) / 12, 0), 4)
                as overdue_months,
            cast(coalesce(b.not_due, 0) as decimal(18,2)) as not_due,
            cast(case when b.customer_id is null then 0 else round_even(b.expected_late, 2) end as decimal(18,2))
                as expected_late,
            round(cast(b.expected_late as double) / nullif(cast(b.not_due as double), 0), 4)
                as expected_late_share,
            cast(coalesce(b.disputed_open, 0) as decimal(18,2)) as disputed_open,
            round(cast(b.disputed_overdue as double) / nullif(cast(b.overdue as double), 0), 4)
                as disputed_overdue_share,
            m.instalment_arrears,
            case when d.customer_id is null then s.pd_12m end as pd_12m,
            case when d.customer_id is null then s.rating else 'default' end as rating,
            s.lgd, s.expected_loss,
            m.billed_12m, t.usual_term_days, t.first_entry,
            cast(m.days_late_12m as double) as days_late_12m,
            cast(m.share_paid_late_12m as double) as share_paid_late_12m,
            coalesce(m.paid_count_12m, 0) as paid_count_12m, m.months_since_first_invoice, m.has_rejection_12m,
            c.credit_limit,
            round(cast(exposure as double) / nullif(cast(c.credit_limit as double), 0), 4) as limit_usage,
            cast(i.insured_limit as decimal(18,2)) as insured_limit, i.insured_share,
            cast(case when i.customer_id is not null then greatest(exposure - i.insured_limit, 0) end
                as decimal(18,2)) as uninsured_exposure,
            m.promises_broken_12m, m.promises_kept_12m,
            cast(r.amount as decimal(18,2)) as promised_amount, r.due_on as promised_for,
            m.last_reminder_level, m.days_since_last_reminder
        from book as b
        full join on_account as o using (company_id, customer_id)
        join as_of_day as a using (company_id)
        left join behaviour as m using (company_id, customer_id)
        left join defaulted as d using (company_id, customer_id)
        left join proceedings as p using (company_id, customer_id)
        left join promised as r using (company_id, customer_id)
        left join terms as t using (company_id, customer_id)
        left join insured as i using (company_id, customer_id)
        left join dim_customers as c using (company_id, customer_id)
        left join scores as s using (company_id, customer_id)
        order by company_id, customer_id
    """)
    con.unregister("given_invoices")
    if customers is not None:
        con.unregister("given_customers")
