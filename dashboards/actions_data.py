"""The queries about what to do: proposals and limits by customer, whom to ask first, what asking achieves, disputes.

What belongs here: reading `ml.customer_scores`, `ml.collection`, `ml.action_effects` and the scores of disputes into
small frozen records. What does not: sentences and layouts (`dashboards.actions`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dashboards.data import Tables

GRADES = ("A", "B", "C", "D", "E", "F")
LIKELY_DISPUTE = 0.1
"""A document this likely to be disputed is listed."""
DISPUTES_SHOWN = 15

REQUIRED: dict[str, tuple[str, ...]] = {
    "ml/collection": (
        *("company_id", "rank", "customer_id", "action", "documents", "overdue", "oldest_overdue_days"),
        *("expected_cash", "cash_if_asked", "cash_gained", "effect", "horizon_days"),
    ),
    "ml/action_effects": (
        *("company_id", "action", "assumed", "measured", "measured_low", "measured_high", "payments_after"),
        *("payments_without", "effect"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Proposal:
    """What is proposed about a customer: `words` and `limit_words` hold code, en, fr (and reason_en, reason_fr)."""

    customer_id: str
    name: str
    rating: str | None
    pd_12m: float | None
    validation: str | None
    exposure: Decimal
    overdue: Decimal
    expected_loss: Decimal | None
    credit_limit: Decimal | None
    recommended_limit: Decimal | None
    reasons: str | None
    words: dict[str, Any]
    limit_words: dict[str, Any]

    @property
    def code(self) -> str:
        """The action's code; `none` where there is nothing to do."""
        return str(self.words.get("code", "none"))

    @property
    def over_limit(self) -> Decimal:
        """What is outstanding beyond the recommended limit."""
        return max(self.exposure - (self.recommended_limit or Decimal(0)), Decimal(0))


@dataclass(frozen=True)
class Asked:
    """A customer to ask for payment; amounts within the horizon."""

    rank: int
    customer_id: str
    name: str
    action: str
    documents: int
    overdue: Decimal
    oldest_overdue_days: int
    expected_cash: Decimal
    cash_if_asked: Decimal
    cash_gained: Decimal
    horizon_days: int


@dataclass(frozen=True)
class Effect:
    """How many times more is paid a day after an action: assumed, measured with its interval, used."""

    action: str
    assumed: float
    measured: float | None
    measured_low: float | None
    measured_high: float | None
    payments_after: int | None
    payments_without: int | None
    effect: float


@dataclass(frozen=True)
class LikelyDispute:
    """An open document that is likely to be disputed within 90 days."""

    name: str
    document_number: str
    due_date: date | None
    open_amount: Decimal
    p_dispute: float
    reasons: str | None


@dataclass(frozen=True)
class Actions:
    """Everything about what to do in one company. `disputes_scored`: documents with a chance of a dispute;
    `disputes_expected`: what of their open amount should be disputed."""

    proposals: tuple[Proposal, ...]
    asked: tuple[Asked, ...]
    effects: tuple[Effect, ...]
    disputes: tuple[LikelyDispute, ...]
    disputes_scored: int
    disputes_expected: Decimal


def read_actions(tables: Tables, company_id: str) -> Actions:
    """Read what is proposed in a company, largest exposure first; the list in its order."""
    customer = "left join dim_customers c on c.company_id = e.company_id and c.customer_id = e.customer_id"
    name = "coalesce(c.customer_name, e.customer_id) as name"
    (scored,) = tables.dicts(
        "select count(*) as documents, cast(coalesce(sum(cast(round(s.p_dispute, 4) as decimal(5, 4)) "
        "* i.open_amount), 0) as decimal(38, 2)) as amount from invoice_scores s join fct_invoices i "
        "on i.company_id = s.company_id and i.invoice_id = s.invoice_id "
        "where s.company_id = ? and s.p_dispute is not null",
        company_id,
    )
    return Actions(
        proposals=tuple(
            Proposal(
                **{k: v for k, v in row.items() if k not in ("recommended_action", "limit_reason")},
                words=json.loads(row["recommended_action"] or "{}"),
                limit_words=json.loads(row["limit_reason"] or "{}"),
            )
            for row in tables.dicts(
                f"select e.customer_id, {name}, e.rating, e.pd_12m, e.pd_validation as validation, "
                "coalesce(e.exposure, 0) as exposure, coalesce(e.overdue, 0) as overdue, e.expected_loss, "
                "c.credit_limit, e.recommended_limit, e.recommended_action, e.limit_reason, e.reasons "
                f"from customer_scores e {customer} where e.company_id = ? "
                "order by coalesce(e.exposure, 0) desc, e.customer_id",
                company_id,
            )
        ),
        asked=tables.records(
            Asked,
            f"select e.rank, e.customer_id, {name}, e.action, e.documents, e.overdue, e.oldest_overdue_days, "
            "e.expected_cash, e.cash_if_asked, e.cash_gained, e.horizon_days "
            f"from collection e {customer} where e.company_id = ? order by e.rank",
            company_id,
        ),
        effects=tables.records(
            Effect,
            "select action, assumed, measured, measured_low, measured_high, payments_after, payments_without, effect "
            "from action_effects where company_id = ? order by action",
            company_id,
        ),
        disputes=tables.records(
            LikelyDispute,
            f"select {name}, coalesce(e.document_number, e.invoice_id) as document_number, e.due_date, "
            f"cast(e.open_amount as decimal(38, 2)) as open_amount, s.p_dispute, "
            f"s.reasons_dispute as reasons from fct_invoices e {customer} "
            "join invoice_scores s on s.company_id = e.company_id and s.invoice_id = e.invoice_id "
            "where e.company_id = ? and s.p_dispute >= ? "
            "order by s.p_dispute * cast(e.open_amount as double) desc, e.invoice_id "
            f"limit {DISPUTES_SHOWN}",
            company_id,
            LIKELY_DISPUTE,
        ),
        disputes_scored=scored["documents"],
        disputes_expected=scored["amount"],
    )
