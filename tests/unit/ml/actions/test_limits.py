"""The recommended limit: worked by hand, and what must hold whatever the figures."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.actions.limits import make_limits
from ml.settings import RiskSettings

AS_OF = dt.date(2024, 12, 31)


def limit(
    billed_3m: float = 9_100,
    billed_12m: float = 36_500,
    risk: RiskSettings | None = None,
    first: dt.date = dt.date(2020, 1, 1),
    **facts: Any,
) -> dict[str, Any]:
    """One customer's limit: term of 30 days, no default, a credit limit of 10,000, unless told otherwise."""
    given_facts: dict[str, Any] = {
        "is_in_default": False, "is_in_proceedings": False, "pd_12m": 0.01, "lgd": 0.5, "insured_limit": None,
        "insured_share": None, "credit_limit": Decimal("10000.00"), "exposure": Decimal("5000.00"),
        "usual_term_days": 30, **facts,
    }  # fmt: skip
    types = {
        "is_in_default": "boolean", "is_in_proceedings": "boolean", "pd_12m": "double", "lgd": "double",
        "insured_limit": "decimal(18,2)", "insured_share": "decimal(28,4)", "credit_limit": "decimal(18,2)",
        "exposure": "decimal(18,2)", "usual_term_days": "integer",
    }  # fmt: skip
    columns = ", ".join(f"cast(${name} as {types[name]}) as {name}" for name in given_facts)
    with duckdb.connect() as con:
        con.execute(
            "create table customer_facts as select 'C' as company_id, 'K' as customer_id,"
            f" cast($as_of as date) as as_of, cast($first as date) as first_entry, {columns}",
            {**given_facts, "as_of": AS_OF, "first": first},
        )
        con.execute(
            "create table fct_customer_behaviour_monthly as select 'C' as company_id, 'K' as customer_id,"
            " cast($as_of as date) as month_end, cast($b3 as decimal(18,2)) as billed_3m,"
            " cast($b12 as decimal(18,2)) as billed_12m",
            {"as_of": AS_OF, "b3": billed_3m, "b12": billed_12m},
        )
        make_limits(con, risk or RiskSettings())
        row = con.execute("select * from customer_facts")
        names = [column[0] for column in row.description]
        return dict(zip(names, row.fetchone() or (), strict=True))


def test_a_good_customer_is_given_what_its_billing_needs() -> None:
    """100 a day over 30 + 15 days; at 1 % × 50 % a loss of 182.50 a year would bear 36,500."""
    found = limit()
    assert (found["recommended_limit"], found["limit_reason"]) == (Decimal("4500.00"), "need")
    assert (found["need_days"], found["daily_billing"], found["loss_budget"]) == (
        45, Decimal("100.00"), Decimal("182.50"),
    )  # fmt: skip
    assert (found["limit_excess"], found["exposure_excess"]) == (2.2222, 1.1111)


def test_a_risky_one_what_may_be_lost_on_it() -> None:
    """0.5 % of 36,500 / (20 % × 50 %) = 1,825, rounded down to two digits."""
    found = limit(pd_12m=0.2)
    assert (found["recommended_limit"], found["limit_reason"]) == (Decimal("1800.00"), "risk")


@pytest.mark.parametrize(
    ("insured", "share", "expected"),
    [
        (1000, 0.9, "2700.00"),  # C + s × I = 1,825 + 900
        (50_000, 0.5, "3600.00"),  # all of it insured: C / (1 − s) = 3,650
        (3000, 1, "4500.00"),  # 1,825 + 3,000 > the need
    ],
)
def test_cover_lets_more_be_sold(insured: int, share: float, expected: str) -> None:
    assert limit(pd_12m=0.2, insured_limit=insured, insured_share=share)["recommended_limit"] == Decimal(
        expected
    )


@pytest.mark.parametrize("what", ["is_in_default", "is_in_proceedings"])
def test_nothing_on_credit_in_default_or_proceedings(what: str) -> None:
    told: dict[str, Any] = {what: True}
    found = limit(**told)
    assert found["recommended_limit"] == 0 and found["limit_reason"] == what.removeprefix("is_in_")
    assert found["limit_excess"] is None


def test_without_a_probability_the_need_alone_and_said_so() -> None:
    found = limit(pd_12m=None)
    assert (found["recommended_limit"], found["limit_reason"]) == (Decimal("4500.00"), "need_without_pd")


def test_a_new_customer_s_billing_counts_for_the_days_it_had() -> None:
    """3,000 since 60 days: 50 a day, not 3,000 / 91."""
    found = limit(3000, 3000, first=AS_OF - dt.timedelta(days=59))
    assert found["recommended_limit"] == Decimal("2200.00")
    assert found["daily_billing"] == Decimal("50.00")
    assert found["loss_budget"] == Decimal("91.25")  # 3,000 × 365 / 60 × 0.5 %


def test_nothing_billed_nothing_needed() -> None:
    found = limit(0, 0)
    assert (found["recommended_limit"], found["limit_reason"]) == (Decimal("0.00"), "no_billing")


_SHARES = st.floats(0.0001, 1)


@settings(deadline=None, max_examples=25)
@given(
    pd=_SHARES,
    riskier=_SHARES,
    lgd=_SHARES,
    share=st.floats(0, 1),
    insured=st.integers(0, 20_000),
    billed=st.integers(0, 100_000),
)
def test_a_limit_keeps_to_need_and_budget_and_falls_with_risk(
    pd: float, riskier: float, lgd: float, share: float, insured: int, billed: int
) -> None:
    share = round(share, 4)
    cover: dict[str, Any] = {"insured_limit": insured, "insured_share": share}
    low, high = sorted((pd, riskier))
    safer, worse = (limit(billed, 4 * billed, pd_12m=p, lgd=lgd, **cover) for p in (low, high))
    bare = limit(billed, 4 * billed, pd_12m=high, lgd=lgd)
    assert worse["recommended_limit"] <= safer["recommended_limit"]
    assert bare["recommended_limit"] <= worse["recommended_limit"]
    given_limit = float(worse["recommended_limit"])
    assert given_limit <= billed / 91 * 45 + 0.01
    borne = given_limit - share * min(given_limit, insured)
    assert high * lgd * borne <= 0.005 * 4 * billed + 0.01


def test_reasons_bear_the_customer_s_figures() -> None:
    from ml.actions.proposals import _limit

    risky = _limit(limit(pd_12m=0.2))
    assert risky["en"] == "held down by the risk: 20% probability of default, ¤182 accepted to be lost a year"
    assert (
        risky["fr"]
        == "bornée par le risque : probabilité de défaut 20\u00a0%, perte acceptée 182\u00a0¤ par an"
    )
    assert risky["values"] == {"pd_12m": 0.2, "loss_budget": "182.50"}
    assert json.loads(json.dumps(_limit(limit())))["code"] == "need"
