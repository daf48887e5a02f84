"""Scores of customers: probability of default, rating, expected loss, reasons."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.special import expit  # type: ignore[import-untyped]

from ml.default.loss import exposures
from ml.default.model import PROSPECT, DefaultModel, feature_values, log_odds
from ml.default.months import CustomerMonths, customer_months, prospects
from ml.default.ratings import IN_DEFAULT, rating
from ml.default.reasons import default_reasons, hazard_reasons
from ml.reasons import dated_fact, to_json
from ml.settings import RiskSettings

MONEY = pa.decimal128(18, 2)
#: One row per customer. `expected_loss`: over twelve months (of one in default, LGD × what is at risk).
CUSTOMER_DEFAULTS = pa.schema(
    [
        ("company_id", pa.string()),
        ("customer_id", pa.string()),
        ("pd_12m", pa.float64()),
        ("rating", pa.string()),
        ("default_date", pa.date32()),
        ("default_reason", pa.string()),
        ("exposure", MONEY),
        ("recoverable_vat", MONEY),
        ("insured_amount", MONEY),
        ("lgd", pa.float64()),
        ("expected_loss", MONEY),
        ("pd_validation", pa.string()),
        ("pd_model", pa.string()),
        ("reasons_default", pa.string()),
    ]
)


def score(con: duckdb.DuckDBPyConnection, model: DefaultModel, settings: RiskSettings) -> pa.Table:
    """Every customer at its company's as-of day, in the order of its key (`CUSTOMER_DEFAULTS`).

    A customer in default has the rating `default` and no probability; its expected loss is that of the default
    that happened. One without a row in the behaviour mart (long gone) has neither probability nor rating.
    """
    months = customer_months(con)
    return _scored(con, model, months.take(months.is_latest))


def score_prospects(con: duckdb.DuckDBPyConnection, model: DefaultModel) -> pa.Table:
    """Customers of the customers file that no document names yet, by what registers tell alone.

    The columns of `CUSTOMER_DEFAULTS`, in the order of its key; exposure and expected loss are zero.
    """
    found = prospects(con)
    p = np.round(expit(log_odds(model.prospect or model.rate, found)) if len(found) else np.empty(0), 4)
    told = hazard_reasons(model.prospect, found) if model.prospect else [[] for _ in range(len(found))]
    n, nothing = len(found), [Decimal("0.00")] * len(found)
    return pa.Table.from_pydict(
        {
            "company_id": found.company.tolist(),
            "customer_id": found.customer.tolist(),
            "pd_12m": p,
            "rating": [rating(float(x)) for x in p],
            "default_date": [None] * n,
            "default_reason": [None] * n,
            **dict.fromkeys(("exposure", "recoverable_vat", "insured_amount"), nothing),
            "lgd": [model.lgd[c].value if c in model.lgd else None for c in found.company],
            "expected_loss": nothing,
            "pd_validation": ["prospect" if model.prospect else "assumed"] * n,
            "pd_model": [PROSPECT if model.prospect else model.rate_name] * n,
            "reasons_default": [to_json(r) for r in told],
        },
        schema=CUSTOMER_DEFAULTS,
    )


def drift_values(
    con: duckdb.DuckDBPyConnection, model: DefaultModel
) -> dict[str, dict[str, npt.NDArray[Any]]]:
    """Per company, what the served model sees of the customers it scores: values by feature, for `ml.life.drift`."""
    months = customer_months(con)
    now = months.take(months.is_latest & ~months.is_in_default)
    return {
        company: feature_values(model, now.take(now.company == company))
        for company in sorted(set(now.company.tolist()))
    }


def _scored(con: duckdb.DuckDBPyConnection, model: DefaultModel, latest: CustomerMonths) -> pa.Table:
    p = np.round(model.probability(latest), 4)
    reasons = [to_json(told) for told in default_reasons(model, latest)]
    told = pa.table(
        {
            "company_id": latest.company.tolist(),
            "customer_id": latest.customer.tolist(),
            "pd_12m": p,
            "rating": [rating(float(x)) for x in p],
            "reasons_default": reasons,
        }
    )
    known = pa.table(
        {
            "company_id": sorted(model.validation),
            "lgd": [model.lgd[c].value for c in sorted(model.validation)],
            "pd_validation": [model.validation[c].code for c in sorted(model.validation)],
        }
    )
    con.register("default_told", told)
    con.register("default_known", known)
    con.register("default_exposure", exposures(con))
    try:
        table = con.sql(
            f"""
            with joined as (
                select e.*, t.pd_12m as told_pd, t.rating as told_rating, t.reasons_default as told_reasons,
                    k.lgd, k.pd_validation, e.default_date is not null as is_in_default
                from default_exposure as e
                left join default_told as t using (company_id, customer_id)
                left join default_known as k using (company_id)
            )
            select company_id, customer_id,
                case when not is_in_default then told_pd end as pd_12m,
                case when is_in_default then '{IN_DEFAULT}' else told_rating end as rating,
                default_date, default_reason, exposure, recoverable_vat, insured_amount, lgd,
                cast(round(
                    case when is_in_default then cast(1 as decimal(9, 4)) else cast(told_pd as decimal(9, 4)) end
                    * cast(lgd as decimal(9, 4)) * (exposure - recoverable_vat - insured_amount), 2)
                    as decimal(18, 2)) as expected_loss,
                case when told_pd is not null and not is_in_default then pd_validation end as pd_validation,
                case when told_pd is not null and not is_in_default then ? end as pd_model,
                case when is_in_default then null else coalesce(told_reasons, '[]') end as reasons_default
            from joined order by company_id, customer_id
            """,
            params=[model.name],
        ).to_arrow_table()
    finally:
        for name in ("default_told", "default_known", "default_exposure"):
            con.unregister(name)
    since = table.column("default_date").to_pylist()
    filled = [
        text if day is None else to_json([dated_fact("in_default", "events", day.isoformat())])
        for text, day in zip(table.column("reasons_default").to_pylist(), since, strict=True)
    ]
    at = table.schema.get_field_index("reasons_default")
    return table.set_column(at, "reasons_default", pa.array(filled, pa.string())).cast(CUSTOMER_DEFAULTS)
