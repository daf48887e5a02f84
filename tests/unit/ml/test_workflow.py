"""A whole run of the scores: every table in its form, the same bytes again, and what binds beside what is proposed."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from ml import run
from ml.marts import RiskError
from ml.tables import BACKTEST, CUSTOMER_SCORES, DRIFT, INVOICE_SCORES, MODELS, RELIABILITY

COMPANY = "732829320"
Ran = Any


def rows(ran: Ran, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(ran.out / f"{table}.parquet").to_pylist()
    return found


def test_every_table_has_its_form(ran: Ran) -> None:
    for name, schema in {
        "invoice_scores": INVOICE_SCORES,
        "customer_scores": CUSTOMER_SCORES,
        "backtest": BACKTEST,
        "reliability": RELIABILITY,
        "drift": DRIFT,
        "models": MODELS,
    }.items():
        assert pq.read_schema(ran.out / f"{name}.parquet").equals(schema, check_metadata=False), name
    assert set(ran.result.served) == {"late_payment", "default", "dispute"}
    assert {r["task"] for r in rows(ran, "backtest")} >= {"late_payment", "cash"}
    assert {(r["statistic"], r["state"]) for r in rows(ran, "drift") if r["statistic"] == "canary"} == {
        ("canary", "ok")
    }


def test_every_open_document_is_scored_once_with_dates_in_order(ran: Ran, small: Path) -> None:
    found = rows(ran, "invoice_scores")
    ((opened,),) = duckdb.sql(f"""
            select count(*) from (
                select i.invoice_id
                from '{small}/fct_invoices.parquet' as i
                left join '{small}/fct_allocations.parquet' as a using (invoice_id)
                where i.document_type = 'invoice'
                group by i.invoice_id, i.amount having i.amount > coalesce(sum(a.amount), 0)
            )
        """).fetchall()
    assert len(found) == len({r["invoice_id"] for r in found}) == opened > 50
    for row in found:
        assert 0 <= row["p_late_90"] <= row["p_late_30"] <= row["p_late"] <= 1
        dates = [row[f"expected_payment_date_p{q}"] for q in (10, 50, 90)]
        told = [d for d in dates if d is not None]
        assert told == sorted(told) and all(d > row["as_of"] for d in told)
        assert 1 <= len(json.loads(row["reasons"])) <= 3
        assert len(row["model_version"]) == 16


def test_customers_owe_what_their_documents_and_payments_say(ran: Ran, small: Path) -> None:
    found = rows(ran, "customer_scores")
    open_amounts = dict(
        duckdb.sql(f"""
            with settled as (
                select invoice_id, sum(amount) as amount from '{small}/fct_allocations.parquet' group by 1
            )
            select customer_id, cast(sum(i.amount - coalesce(s.amount, 0)) as decimal(18,2))
            from '{small}/fct_invoices.parquet' as i left join settled as s using (invoice_id)
            where i.document_type = 'invoice' group by 1
        """).fetchall()
    )
    assert sum((r["exposure"] for r in found), Decimal(0)) == sum(open_amounts.values())
    for row in found:
        assert row["expected_loss"] is None or row["expected_loss"] <= row["exposure"]
        assert json.loads(row["recommended_action"])["en"] and json.loads(row["recommended_action"])["fr"]


def test_the_same_marts_give_the_same_bytes_in_another_order_and_a_new_place(
    ran: Ran, small: Path, factory: ModuleType, tmp_path: Path
) -> None:
    shuffled = factory.altered(
        small,
        tmp_path / "marts",
        fct_invoices="select * from t order by md5(invoice_id)",
        fct_allocations="select * from t order by md5(allocation_id)",
        fct_customer_behaviour_monthly="select * from t order by md5(customer_id || month_end)",
    )
    again = run(shuffled, tmp_path / "ml", None, tmp_path / "models", threads=1)
    assert set(again.tables) == set(ran.result.tables)
    for name, path in again.tables.items():
        assert path.read_bytes() == ran.result.tables[name].read_bytes(), name


def test_a_run_in_the_same_month_fits_nothing_and_says_the_same(
    ran: Ran, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its models were worth, cash included, lies with them: it is published, not worked out again."""
    models = tmp_path / "models"
    shutil.copytree(ran.models, models)

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("a run that goes on with its models fits nothing")

    for name in (
        "lightgbm.train",
        "sklearn.linear_model.LogisticRegression.fit",
        "ml.lateness.train.learn",
        "ml.lateness.model.learn",
        "ml.cash.backtest.fit",
    ):
        monkeypatch.setattr(name, never)
    again = run(small, tmp_path / "ml", None, models)
    assert {one["action"] for one in again.served.values()} == {"reuse"}
    assert {r["task"] for r in rows(ran, "backtest")} >= {"late_payment", "cash"}
    assert rows(ran, "cash_backtest")
    assert set(again.tables) == set(ran.result.tables)
    for name, path in again.tables.items():
        assert path.read_bytes() == ran.result.tables[name].read_bytes(), name


def test_an_altered_model_is_refused(ran: Ran, small: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(ran.models, models)
    served = ran.result.served["late_payment"]
    altered = min((models / "late_payment" / served["version"]).glob("*.txt"))
    text = bytearray(altered.read_bytes())
    text[1000] ^= 1
    altered.write_bytes(bytes(text))
    with pytest.raises(RiskError, match=rf"{altered.name} is not the file that was recorded"):
        run(small, tmp_path / "ml", None, models)


def test_a_frozen_claim_is_late_for_sure_and_brings_no_date(factory: ModuleType, tmp_path: Path) -> None:
    day = dt.date(2024, 3, 31)
    invoices = [
        (f"F{k}", f"C{k % 2}", "invoice", dt.date(2024, 2, 1 + k), dt.date(2024, 4, 1 + k), 100 + k)
        for k in range(6)
    ]
    factory.write_rows(
        tmp_path / "marts",
        day,
        invoices,
        more=f"""
            insert into proceedings values ('{COMPANY}', 'C1', date '2024-03-01', date '2024-03-08', 'liquidation',
                306.00, 306.00, date '2024-05-08', date '2024-09-08', 'open');
            insert into overrides values ('{COMPANY}', 'C1', date '2024-03-10', null, 'none', 'settled', 'A. Martin');
        """,
    )
    result = run(tmp_path / "marts", tmp_path / "ml", None, tmp_path / "models")
    scores = {r["invoice_id"]: r for r in pq.read_table(result.tables["invoice_scores"]).to_pylist()}
    for name, row in scores.items():
        frozen = row["customer_id"] == "C1"
        assert (row["p_late"] == 1.0) == frozen, name
        assert row["expected_payment_date_p50"] is None
        if frozen:
            assert json.loads(row["reasons"])[0]["code"] == "claim_frozen"
    customers = {r["customer_id"]: r for r in pq.read_table(result.tables["customer_scores"]).to_pylist()}
    assert customers["C1"]["action"] == "declare_claim"
    assert (
        customers["C1"]["override_action"] == "none" and customers["C1"]["override_decided_by"] == "A. Martin"
    )
