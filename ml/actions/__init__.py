"""What to do about each customer: a proposal with its reason, a credit limit, and whom to ask for payment first.

Every proposal is an aid to a person's decision; a decision taken stands beside it. The rules are data (`rules.yml`).
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from ml.curves import Curves
from ml.settings import RiskSettings
from ml.words import written_date

__all__ = ["Actions", "propose", "written_date"]


@dataclass(frozen=True)
class Actions:
    """`customers`: one row per customer (`proposals.PROPOSALS`). `collection`: the collectors' list
    (`collection.COLLECTION`). `effects`: what asking achieves (`effects.EFFECTS`)."""

    customers: pa.Table
    collection: pa.Table
    effects: pa.Table


def propose(
    con: duckdb.DuckDBPyConnection,
    invoices: pa.Table,
    curves: Curves,
    customers: pa.Table | None,
    settings: RiskSettings,
) -> Actions:
    """Proposals for every customer with documents or payments at the as-of day.

    Args:
        con: the cut marts (`ml.marts.open_marts`); table `customer_facts` is left in it.
        invoices: company_id, invoice_id and p_late of the open documents, NULL where unknown.
        curves: their payment curves, row by row.
        customers: company_id, customer_id, pd_12m, rating, lgd, expected_loss; None where nothing scores defaults.

    Raises:
        ml.actions.rules.RuleError: `settings.action_rules` is no rule table.
    """
    from ml.actions import collection, effects, facts, limits, proposals, rules

    table = rules.load_rules(settings.action_rules)
    facts.make_facts(con, invoices, customers)
    limits.make_limits(con, settings)
    proposed = proposals.make_proposals(con, table)
    achieved = effects.make_effects(con, settings)
    listed = collection.make_collection(con, invoices, curves, proposed, achieved, settings)
    return Actions(proposed, listed, achieved)
