"""Scores of today's open documents and of customers, as the tables of the contract.

Every probability is exact to four decimals in the output, every amount is a DECIMAL computed from
those published probabilities, and rows are in the order of their keys.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from ml import explain
from ml.actions.facts import ENDED_PROCEEDINGS, make_facts
from ml.actions.limits import make_limits
from ml.actions.proposals import make_proposals
from ml.actions.rules import load_rules
from ml.baseline import CustomerRate
from ml.delays import DelayCurves, expect
from ml.labels import THRESHOLD_DAYS
from ml.marts import date_of
from ml.settings import RiskSettings
from ml.states import States
from ml.train import Model

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MONEY = pa.decimal128(18, 2)
INVOICE_SCORES = pa.schema(
    [
        ("company_id", pa.string()),
        ("invoice_id", pa.string()),
        ("customer_id", pa.string()),
        ("p_late", pa.float64()),
        ("p_late_30", pa.float64()),
        ("p_late_90", pa.float64()),
        ("expected_payment_date_p10", pa.date32()),
        ("expected_payment_date_p50", pa.date32()),
        ("expected_payment_date_p90", pa.date32()),
        ("expected_late_days", pa.float64()),
        ("reasons", pa.string()),
        ("model_name", pa.string()),
        ("model_version", pa.string()),
        ("as_of", pa.date32()),
    ]
)
CUSTOMER_SCORES = pa.schema(
    [
        ("company_id", pa.string()),
        ("customer_id", pa.string()),
        ("pd_12m", pa.float64()),
        ("rating", pa.string()),
        ("exposure", MONEY),
        ("not_due", MONEY),
        ("expected_late_amount", MONEY),
        ("lgd", pa.float64()),
        ("expected_loss", MONEY),
        ("reasons", pa.string()),
        ("recommended_action", pa.string()),
        ("override_action", pa.string()),
        ("override_reason", pa.string()),
        ("override_decided_by", pa.string()),
        ("override_decided_on", pa.date32()),
        ("override_valid_to", pa.date32()),
        ("model_name", pa.string()),
        ("model_version", pa.string()),
        ("as_of", pa.date32()),
    ]
)
BACKTEST = pa.schema(
    [
        ("company_id", pa.string()),
        ("model", pa.string()),
        ("cut_off", pa.date32()),
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("baseline_value", pa.float64()),
        ("baseline", pa.string()),
        ("gain", pa.float64()),
        ("gain_low", pa.float64()),
        ("gain_high", pa.float64()),
        ("n", pa.int64()),
        ("positives", pa.int64()),
        ("is_champion", pa.bool_()),
    ]
)
MODELS = pa.schema(
    [
        ("company_id", pa.string()),
        ("model_name", pa.string()),
        ("model_version", pa.string()),
        ("code", pa.string()),
        ("note_en", pa.string()),
        ("note_fr", pa.string()),
        ("cut_off", pa.date32()),
        ("first_origin", pa.date32()),
        ("last_origin", pa.date32()),
        ("training_rows", pa.int64()),
        ("held_out_states", pa.int64()),
        ("log_loss", pa.float64()),
        ("baseline_log_loss", pa.float64()),
        ("gain", pa.float64()),
        ("gain_low", pa.float64()),
        ("gain_high", pa.float64()),
        ("as_of", pa.date32()),
    ]
)


@dataclass(frozen=True)
class Proceeding:
    """The customer's latest opening judgment that still binds."""

    judgment_date: dt.date
    kind: str | None
    amount: Decimal | None
    claim_deadline: dt.date | None
    relief_deadline: dt.date | None


Key = tuple[str, str]


def probabilities(server: CustomerRate | Model, states: States, index: Ints | None = None) -> Floats:
    """P(> 0, 30, 90 days late) of the states in `index` (default all), shape (len(index), 3).

    Products along the bands, hence ordered; NaN where unknown.
    """
    asked = np.arange(len(states), dtype=np.int64) if index is None else index
    p = np.ones((len(asked), len(THRESHOLD_DAYS)))
    reach = np.ones(len(asked))
    for j in range(len(THRESHOLD_DAYS)):
        reach = reach * server.stay_open(states, asked, np.full(len(asked), j, dtype=np.int64))
        p[:, j] = reach
    return p


def binding_proceedings(con: duckdb.DuckDBPyConnection) -> dict[Key, Proceeding]:
    """Per customer, the latest opening judgment that has not ended; a conversion only if nothing else is known."""
    ended = ", ".join(f"'{s}'" for s in ENDED_PROCEEDINGS)
    rows = con.execute(f"""
        select company_id, customer_id, judgment_date, kind, open_amount_at_judgment, claim_deadline, relief_deadline
        from fct_receivables_by_proceeding
        where state is null or state not in ({ended})
        qualify row_number() over (
            partition by company_id, customer_id
            order by claim_deadline is null, judgment_date desc, publication_date desc, kind
        ) = 1
        order by 1, 2
    """).fetchall()
    return {(r[0], r[1]): Proceeding(*r[2:]) for r in rows}


def invoice_scores(
    con: duckdb.DuckDBPyConnection,
    states: States,
    server: CustomerRate | Model,
    curves: DelayCurves,
    label: Mapping[str, str],
) -> pa.Table:
    """One row per open document with a due date. `label`: model_name and model_version.

    A claim frozen by an opening judgment will not be paid at its term: late is certain, and no date
    is expected.
    """
    p = np.round(probabilities(server, states), 4)
    reasons = (
        explain.model_reasons(server, states)
        if isinstance(server, Model)
        else explain.baseline_reasons(server, states)
    )
    issued = _issue_dates(con)
    frozen = np.zeros(len(states), dtype=bool)
    proceedings = binding_proceedings(con)
    for i in range(len(states)):
        found = proceedings.get((states.company[i], states.customer[i]))
        if found is not None and issued[(states.company[i], states.document[i])] <= found.judgment_date:
            frozen[i] = True
            day = found.judgment_date.isoformat()
            reasons[i] = [explain.dated_fact("claim_frozen", "events", day), *reasons[i]][
                : explain.REASONS_PER_SCORE
            ]
    p[frozen] = 1.0
    expected = expect(curves, states.company, states.customer, states.origin, states.due, p)
    quantile, days_late = expected.quantile, expected.days_late
    quantile[frozen] = np.nan
    days_late[frozen] = np.nan
    n = len(states)
    return pa.Table.from_pydict(
        {
            "company_id": states.company.tolist(),
            "invoice_id": states.document.tolist(),
            "customer_id": states.customer.tolist(),
            "p_late": _optional(p[:, 0]),
            "p_late_30": _optional(p[:, 1]),
            "p_late_90": _optional(p[:, 2]),
            **{
                f"expected_payment_date_p{int(100 * q)}": [
                    None if np.isnan(x) else date_of(int(x)) for x in quantile[:, k]
                ]
                for k, q in enumerate((0.1, 0.5, 0.9))
            },
            "expected_late_days": _optional(days_late),
            "reasons": [explain.to_json(r) for r in reasons],
            "model_name": [label["model_name"]] * n,
            "model_version": [label["model_version"]] * n,
            "as_of": [date_of(int(d)) for d in states.origin],
        },
        schema=INVOICE_SCORES,
    )


def _optional(values: Floats) -> list[float | None]:
    return [None if np.isnan(v) else float(v) for v in values]


def _issue_dates(con: duckdb.DuckDBPyConnection) -> dict[Key, dt.date]:
    rows = con.execute(
        "select company_id, invoice_id, issue_date from document where open_amount > 0"
    ).fetchall()
    return {(c, i): d for c, i, d in rows}


def customer_scores(
    con: duckdb.DuckDBPyConnection,
    invoices: pa.Table,
    label: Mapping[str, str],
    settings: RiskSettings | None = None,
) -> pa.Table:
    """One row per customer with documents or payments at the as-of day.

    No probability of default, loss or rating is given but `default` for those in default: exposure
    (open documents less unallocated payments, at least zero), the amount expected late among what is
    not yet due (Σ p_late × open amount; NULL where a probability is unknown), reasons, action. A person's
    decision in force stands beside the action proposed, never in its place.
    """
    used = settings or RiskSettings()
    make_facts(con, invoices, None)
    make_limits(con, used)
    proposals = make_proposals(con, load_rules(used.action_rules))
    facts = con.execute(
        "select company_id, customer_id, exposure, is_in_default, default_date, as_of from customer_facts"
        " order by company_id, customer_id"
    ).fetchall()
    told = _customer_reasons(con, invoices)
    out: dict[str, list[Any]] = {name: [] for name in CUSTOMER_SCORES.names}
    proposed = proposals.to_pylist()
    for (company, customer, exposure, in_default, since, as_of), row in zip(facts, proposed, strict=True):
        reasons = told.get((company, customer), [])
        if in_default:
            reasons = [explain.dated_fact("in_default", "events", since.isoformat()), *reasons]
        values = {
            "pd_12m": None,
            "rating": "default" if in_default else None,
            "exposure": exposure,
            "lgd": None,
            "expected_loss": None,
            "reasons": explain.to_json(reasons[: explain.REASONS_PER_SCORE]),
            **label,
            "as_of": as_of,
        }
        for name in CUSTOMER_SCORES.names:
            out[name].append(values[name] if name in values else row[name])
    return pa.Table.from_pydict(out, schema=CUSTOMER_SCORES)


def _customer_reasons(con: duckdb.DuckDBPyConnection, invoices: pa.Table) -> dict[Key, list[explain.Reason]]:
    """Reasons that count for most of the customer's open amount: contributions weighted by it, by feature.

    What is said of one document only (its age, amount, date) is left to the document.
    """
    import json

    amounts = {
        (c, i): float(a)
        for c, i, a in con.execute("select company_id, invoice_id, open_amount from document").fetchall()
    }
    weight: dict[Key, dict[str, float]] = {}
    sample: dict[Key, dict[str, explain.Reason]] = {}
    columns = [invoices.column(n).to_pylist() for n in ("company_id", "customer_id", "invoice_id", "reasons")]
    for company, customer, document, text in zip(*columns, strict=True):
        key = (company, customer)
        for reason in json.loads(text):
            if reason["group"] in ("invoice", "calendar"):
                continue
            size = abs(reason["contribution"] or 0.0) * amounts[(company, document)]
            if reason["code"] == "claim_frozen":
                size = float("inf")
            name = reason["feature"]
            weights = weight.setdefault(key, {})
            weights[name] = weights.get(name, 0.0) + size
            kept = sample.setdefault(key, {})
            if name not in kept or abs(reason["contribution"] or 0) > abs(kept[name]["contribution"] or 0):
                kept[name] = reason
    return {
        key: [sample[key][name] for name in sorted(weights, key=lambda n: (-weights[n], n))]
        for key, weights in weight.items()
    }


def write(table: pa.Table, path: Path) -> None:
    """One Parquet file, the same bytes for the same rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd", write_statistics=True, store_schema=False)
