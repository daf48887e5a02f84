"""The whole run: who serves and why, the tables, the same bytes every time."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from ml import RiskResult, run
from ml.actions import written_date
from ml.delays import DelayCurves, expect
from ml.score import BACKTEST, CUSTOMER_SCORES, INVOICE_SCORES, MODELS

AS_OF = dt.date(2024, 6, 30)


def rows(out: Path, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(out / f"{table}.parquet").to_pylist()
    return found


def bytes_of(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def test_drifting_customers_are_won_by_the_model(ran) -> None:  # type: ignore[no-untyped-def]
    assert (ran.result.champion, ran.result.code) == ("lightgbm", "model_better")
    assert ran.result.metrics["late"]["log_loss"]["low"] > 0
    told = {(r["model"], r["metric"]): r for r in rows(ran.out, "backtest")}
    served = told["lightgbm", "late_log_loss"]
    assert served["is_champion"] and served["baseline"] == "customer_rate"
    assert served["value"] < served["baseline_value"]
    prior = told["customer_rate", "late_log_loss"]
    assert not prior["is_champion"] and prior["value"] < prior["baseline_value"]
    days = told["lightgbm", "days_mae"]
    assert days["baseline"] == "due_date" and days["value"] < days["baseline_value"]
    assert 0.7 < told["lightgbm", "days_cover_80"]["value"] <= 0.97
    groups = [told["lightgbm", f"late_calibration_{k}_predicted"]["value"] for k in range(1, 11)]
    assert groups == sorted(groups)
    assert sum(told["lightgbm", f"late_calibration_{k}_observed"]["n"] for k in range(1, 11)) == served["n"]


def test_steady_customers_without_another_clue_are_left_to_their_rate(
    factory: ModuleType, tmp_path: Path
) -> None:
    """Few customers, no drift: a tree learns noise, the rate is the truth, and the better one serves."""
    factory.write_marts(
        tmp_path / "marts",
        factory.Ledger(customers=25, months=22, invoices=900, drift_share=0.0, noise_days=12, seed=4),
    )
    result = run(tmp_path / "marts", tmp_path / "ml", None, tmp_path / "models")
    assert (result.champion, result.code) == ("customer_rate", "baseline_better")
    assert {r["model_name"] for r in rows(tmp_path / "ml", "invoice_scores")} == {"customer_rate"}
    assert list(result.artifact_sha256) == ["card.json"]
    told = json.loads(rows(tmp_path / "ml", "invoice_scores")[0]["reasons"])
    assert told and all(r["fr"] and r["en"] for r in told)
    card = json.loads((result.artifact_dir / "card.json").read_text())
    assert card["metrics"]["champion_margin"]["gain"] <= 0


def test_a_short_ledger_gets_the_customer_rate_and_says_so(factory: ModuleType, tmp_path: Path) -> None:
    factory.write_marts(tmp_path / "marts", factory.Ledger(customers=30, months=6, invoices=500))
    result = run(tmp_path / "marts", tmp_path / "ml", None, tmp_path / "models")
    assert (result.champion, result.code) == ("customer_rate", "too_few_months")
    assert "months" in result.note_en and "mois" in result.note_fr
    assert list(result.baseline_reasons) == ["732829320"]
    (model,) = rows(tmp_path / "ml", "models")
    assert model["code"] == "too_few_months" and model["log_loss"] is None
    assert rows(tmp_path / "ml", "backtest") == []
    p = [r["p_late"] for r in rows(tmp_path / "ml", "invoice_scores")]
    assert p and all(0 <= x <= 1 for x in p)


def test_no_invoice_at_all_gives_empty_tables(factory: ModuleType, tmp_path: Path) -> None:
    factory.write_rows(tmp_path / "marts", AS_OF, [("A", "C1", "credit_note", AS_OF, AS_OF, -5)])
    result = run(tmp_path / "marts", tmp_path / "ml", {"732829320": AS_OF}, tmp_path / "models")
    assert (result.champion, result.code) == ("customer_rate", "no_invoice")
    assert rows(tmp_path / "ml", "invoice_scores") == []
    assert [r["exposure"] for r in rows(tmp_path / "ml", "customer_scores")] == [Decimal("0.00")]


def test_the_same_rows_in_any_order_give_the_same_bytes(
    drifting: Path, ran, factory: ModuleType, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    tables = (
        "fct_invoices",
        "fct_payments",
        "fct_allocations",
        "fct_customer_behaviour_monthly",
        "dim_customers",
    )
    shuffled = factory.altered(
        drifting, tmp_path / "shuffled",
        **dict.fromkeys(tables, "select * from t order by hash(t) desc"),
    )  # fmt: skip
    again = run(shuffled, tmp_path / "ml", None, tmp_path / "models", threads=1)
    assert again.model_version == ran.result.model_version
    assert bytes_of(tmp_path / "ml") == bytes_of(ran.out)
    assert bytes_of(tmp_path / "models") == bytes_of(ran.models)


def test_invoice_scores_are_ordered_dated_and_complete(ran, drifting: Path) -> None:  # type: ignore[no-untyped-def]
    table = pq.read_table(ran.out / "invoice_scores.parquet")
    assert table.schema.names == INVOICE_SCORES.names
    found = table.to_pylist()
    with duckdb.connect() as con:
        open_now = con.execute(f"""
            select count(*) from '{drifting}/fct_invoices.parquet' as i where amount > coalesce((
                select sum(amount) from '{drifting}/fct_allocations.parquet' as a where a.invoice_id = i.invoice_id), 0)
            and document_type = 'invoice'
        """).fetchall()[0][0]
    assert len(found) == len({r["invoice_id"] for r in found}) == open_now > 50
    for r in found:
        assert 0 <= r["p_late_90"] <= r["p_late_30"] <= r["p_late"] <= 1
        dates = [r[f"expected_payment_date_p{q}"] for q in (10, 50, 90)]
        known = [d for d in dates if d is not None]
        assert dates[: len(known)] == known == sorted(known)
        assert all(d >= r["as_of"] for d in known) and r["as_of"] == AS_OF
        assert r["expected_late_days"] is None or r["expected_late_days"] >= 0
        assert 1 <= len(json.loads(r["reasons"])) <= 3
        assert r["model_version"] == ran.result.model_version


def test_expected_dates_agree_with_the_probabilities(ran, drifting: Path) -> None:  # type: ignore[no-untyped-def]
    with duckdb.connect() as con:
        due = dict(
            con.execute(f"select invoice_id, due_date from '{drifting}/fct_invoices.parquet'").fetchall()
        )
    for r in rows(ran.out, "invoice_scores"):
        if abs(r["p_late"] - 0.5) > 0.01:
            assert (r["expected_payment_date_p50"] > due[r["invoice_id"]]) == (r["p_late"] > 0.5)


def test_a_curve_that_never_pays_expects_no_date() -> None:
    flat = DelayCurves(company={"S": np.zeros(456)}, paid={}, exposed={})
    ones = np.array(["S"], dtype=object)
    day = np.array([19000])
    found = expect(
        flat, ones, np.array(["C"], dtype=object), day, day - 10, np.array([[1.0, np.nan, np.nan]])
    )
    assert np.isnan(found.quantile).all()
    assert found.days_late.tolist() == [365.0]
    unknown = expect(flat, np.array(["T"], dtype=object), ones, day, day, np.array([[1.0, 1.0, 1.0]]))
    assert np.isnan(unknown.days_late).all()


def test_customer_scores_add_up_and_invent_no_probability_of_default(ran) -> None:  # type: ignore[no-untyped-def]
    table = pq.read_table(ran.out / "customer_scores.parquet")
    assert table.schema.names == CUSTOMER_SCORES.names
    with duckdb.connect() as con:
        con.register("c", table)
        known = con.execute(
            "select count(pd_12m) + count(lgd) + count(expected_loss) + count(rating) from c"
        ).fetchall()
    assert known == [(0,)]
    found = table.to_pylist()
    assert all(r["expected_late_amount"] <= r["not_due"] for r in found)
    assert sum(r["exposure"] for r in found) > 0
    codes = {json.loads(r["recommended_action"])["code"] for r in found}
    assert {"call", "none"} <= codes


def legal(judged: dt.date, claim: dt.date, relief: dt.date, state: str = "receivership") -> str:
    return f"""
        insert into proceedings values ('732829320', 'C1', date '{judged}', date '{judged}' + 5, 'receivership',
            300, 300, date '{claim}', date '{relief}', '{state}');
        insert into defaults values
            ('732829320', 'C1', date '{judged}' + 5, 'proceedings', 300, null, true),
            ('732829320', 'C2', date '2024-04-01', 'overdue_90', 900, null, true),
            ('732829320', 'C3', date '2023-04-01', 'overdue_90', 900, date '2023-12-01', false)
    """


def scored(factory: ModuleType, folder: Path, more: str) -> tuple[RiskResult, dict[str, Any], dict[str, Any]]:
    early, late = dt.date(2024, 4, 1), dt.date(2024, 6, 20)
    factory.write_rows(
        folder / "marts", AS_OF,
        [("F1", "C1", "invoice", early, dt.date(2024, 7, 15), 100),
         ("F2", "C1", "invoice", late, dt.date(2024, 7, 20), 200),
         ("F3", "C2", "invoice", dt.date(2024, 1, 1), dt.date(2024, 1, 31), 900),
         ("F4", "C3", "invoice", early, dt.date(2024, 6, 20), 50),
         ("F5", "C4", "invoice", early, dt.date(2024, 5, 1), 70)],
        [("P1", "C4", dt.date(2024, 5, 20), 100)],
        [("F5", "P1", None, "payment", dt.date(2024, 5, 20), 70)],
        more,
    )  # fmt: skip
    result = run(folder / "marts", folder / "ml", {"732829320": AS_OF}, folder / "models")
    customers = {r["customer_id"]: r for r in rows(folder / "ml", "customer_scores")}
    return result, customers, {r["invoice_id"]: r for r in rows(folder / "ml", "invoice_scores")}


def test_customers_in_default_are_shown_as_such_with_what_to_do(factory: ModuleType, tmp_path: Path) -> None:
    more = legal(dt.date(2024, 6, 1), dt.date(2024, 8, 6), dt.date(2024, 12, 6))
    _, customers, invoices = scored(factory, tmp_path, more)
    assert {c: r["rating"] for c, r in customers.items()} == {
        "C1": "default",
        "C2": "default",
        "C3": None,
        "C4": None,
    }
    assert [r["pd_12m"] for r in customers.values()] == [None] * 4
    action = {c: json.loads(r["recommended_action"]) for c, r in customers.items()}
    assert action["C1"]["code"] == "declare_claim" and action["C1"]["values"]["days_to_claim_deadline"] == 37
    assert action["C1"]["fr"] == "Déclarer la créance avant le 6 août 2024"
    assert action["C2"]["code"] == "formal_notice" and action["C2"]["values"]["overdue"] == "900.00"
    assert (action["C3"]["code"], action["C4"]["code"]) == ("remind", "none")
    assert json.loads(customers["C1"]["reasons"])[0]["code"] == "in_default"
    assert customers["C1"]["exposure"] == Decimal("300.00")
    assert customers["C4"]["exposure"] == Decimal("0.00")  # 30.00 paid on account
    frozen, after = invoices["F1"], invoices["F2"]
    assert (frozen["p_late"], frozen["expected_payment_date_p50"]) == (1.0, None)
    assert json.loads(frozen["reasons"])[0]["code"] == "claim_frozen"
    assert json.loads(after["reasons"])[0]["code"] != "claim_frozen"


@pytest.mark.parametrize(
    ("claim", "relief", "state", "code"),
    [
        (dt.date(2024, 6, 29), dt.date(2024, 11, 1), "receivership", "request_relief"),
        (dt.date(2024, 1, 29), dt.date(2024, 5, 1), "liquidation", "follow_proceedings"),
        (dt.date(2024, 8, 1), dt.date(2024, 12, 1), "annulled", "stop"),
    ],
)
def test_deadlines_and_ended_proceedings_change_the_action(
    factory: ModuleType, tmp_path: Path, claim: dt.date, relief: dt.date, state: str, code: str
) -> None:
    _, customers, _ = scored(factory, tmp_path, legal(dt.date(2024, 6, 1), claim, relief, state))
    assert json.loads(customers["C1"]["recommended_action"])["code"] == code


def test_a_decision_in_force_stands_beside_the_proposal(factory: ModuleType, tmp_path: Path) -> None:
    """C1's holds to this very day, C2's has ended, C3's is of tomorrow."""
    more = """
        insert into overrides values
            ('732829320', 'C1', date '2024-06-01', date '2024-06-30', 'wait', '<b>plan</b>', 'M. Lefort'),
            ('732829320', 'C2', date '2024-06-01', date '2024-06-29', 'wait', 'plan', null),
            ('732829320', 'C3', date '2024-07-01', null, 'wait', 'plan', null);
    """
    _, customers, _ = scored(factory, tmp_path, more)
    names = ("action", "reason", "decided_by", "decided_on", "valid_to")
    decided = {c: tuple(r[f"override_{name}"] for name in names) for c, r in customers.items()}
    assert decided["C1"] == ("wait", "<b>plan</b>", "M. Lefort", dt.date(2024, 6, 1), dt.date(2024, 6, 30))
    assert decided["C2"] == decided["C3"] == decided["C4"] == (None,) * 5
    _, without, _ = scored(factory, tmp_path / "without", "")
    assert [r["recommended_action"] for r in customers.values()] == [
        r["recommended_action"] for r in without.values()
    ]


def test_dates_are_written_as_each_language_does() -> None:
    assert written_date("2025-03-01", "fr") == "1er mars 2025"
    assert written_date("2025-03-31", "fr") == "31 mars 2025"
    assert written_date("2025-03-01", "en") == "1 March 2025"


def test_unknown_probabilities_are_null_not_invented(factory: ModuleType, tmp_path: Path) -> None:
    """Nobody has been 90 days past due yet: P(> 90) of a young invoice is unknown; certain ones are certain."""
    _, _, invoices = scored(factory, tmp_path, "")
    assert invoices["F1"]["p_late"] is not None
    assert invoices["F3"]["p_late_90"] == 1.0


def test_two_companies_are_scored_by_one_model_and_each_is_labelled(
    factory: ModuleType, drifting: Path, tmp_path: Path
) -> None:
    factory.write_marts(
        tmp_path / "marts",
        factory.Ledger(drift_share=0.5),
        factory.Ledger(company_id="552100554", months=6, invoices=150, customers=15, seed=9),
    )
    result = run(tmp_path / "marts", tmp_path / "ml", None, tmp_path / "models")
    told = {r["company_id"]: r for r in rows(tmp_path / "ml", "models")}
    assert set(told) == {"552100554", "732829320"}
    assert told["552100554"]["code"] == "judged_elsewhere" and told["552100554"]["as_of"] == dt.date(
        2022, 6, 30
    )
    assert set(result.baseline_reasons) == {"552100554"}
    scores = rows(tmp_path / "ml", "invoice_scores")
    assert {r["company_id"] for r in scores} == set(told)
    assert {r["company_id"] for r in rows(tmp_path / "ml", "backtest")} == {"732829320"}
    for table, schema in (("backtest", BACKTEST), ("models", MODELS)):
        assert pq.read_schema(tmp_path / "ml" / f"{table}.parquet").names == schema.names
