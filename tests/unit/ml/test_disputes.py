"""P(dispute): the candidate that knows the truth serves, and nothing later than the origin enters."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from types import ModuleType

import duckdb
import numpy as np
import pytest

from ml import disputes
from ml.marts import open_marts
from ml.tables import BACKTEST, RELIABILITY

COMPANY = "732829320"
AS_OF = dt.date(2023, 12, 31)


def book(
    factory: ModuleType, folder: Path, shares: tuple[float, float], seed: int, invoices: int = 3000
) -> Path:
    """30 customers, the even ones dispute a share of their invoices, the odd ones another; within 20 days of issue.
    Every invoice is paid 45 days after issue."""
    rng = np.random.Generator(np.random.PCG64(seed))
    documents: list[tuple[object, ...]] = []
    payments: list[tuple[object, ...]] = []
    allocations: list[tuple[object, ...]] = []
    opened: list[str] = []
    for i in range(invoices):
        who = int(rng.integers(0, 30))
        issue = dt.date(2022, 1, 1) + dt.timedelta(days=int(rng.integers(0, 730)))
        key, customer, paid = f"F{i:05d}", f"C{who:02d}", issue + dt.timedelta(days=45)
        documents.append((key, customer, "invoice", issue, issue + dt.timedelta(days=30), 100))
        if paid <= AS_OF:
            payments.append((f"P{key}", customer, paid, 100))
            allocations.append((key, f"P{key}", None, "payment", paid, 100))
        if rng.random() < shares[who % 2]:
            on = issue + dt.timedelta(days=int(rng.integers(1, 40)))
            opened.append(
                f"('{COMPANY}', 'L{key}', '{key}', date '{on}', date '{on + dt.timedelta(days=9)}')"
            )
    more = f"insert into disputed values {', '.join(opened)};" if opened else ""
    factory.write_rows(folder, AS_OF, documents, payments, allocations, more)
    return folder


def trained(folder: Path, seed: int = 7) -> tuple[disputes.Trained, duckdb.DuckDBPyConnection]:
    con = open_marts(folder, {COMPANY: AS_OF})
    return disputes.train(con, seed), con


def test_customers_who_differ_are_told_apart(factory: ModuleType, tmp_path: Path) -> None:
    found, con = trained(book(factory, tmp_path, (0.02, 0.35), seed=1))
    assert found.model.champion[COMPANY] in ("empirical_bayes", "logistic")
    assert (found.backtest.schema, found.reliability.schema) == (BACKTEST, RELIABILITY)
    rows = found.backtest.to_pylist()
    gain = {
        (r["window"], r["metric"]): r
        for r in rows
        if r["model"] == "empirical_bayes" and r["window"] != "rolling"
    }
    for window in ("pooled", "final"):
        assert gain[window, "log_loss"]["gain_low"] > 0 and gain[window, "log_loss"]["baseline"] == "prior"
    assert gain["pooled", "auc"]["value"] > gain["pooled", "auc"]["baseline_value"] + 0.1
    assert {r["is_champion"] for r in rows if r["model"] == found.model.champion[COMPANY]} == {True}
    (final,) = {r["cut_off"] for r in rows if r["window"] == "final"}
    assert max(r["cut_off"] for r in rows if r["window"] == "rolling") < final == dt.date(2023, 7, 31)
    served = [r for r in found.reliability.to_pylist() if r["is_champion"]]
    assert served[-1]["observed"] > 5 * served[0]["observed"]
    assert all(r["observed_low"] <= r["observed"] <= r["observed_high"] for r in served)
    scored = disputes.score(con, found.model).to_pylist()
    open_now = dict(
        con.execute("select invoice_id, customer_id from document where open_amount > 0").fetchall()
    )
    disputed = {r[0] for r in con.execute("select invoice_id from fct_disputed_documents").fetchall()}
    assert {r["invoice_id"] for r in scored} == set(open_now) - disputed
    even, odd = (
        [r["p_dispute"] for r in scored if int(open_now[r["invoice_id"]][1:]) % 2 == k] for k in (0, 1)
    )
    assert np.median(odd) > 5 * np.median(even)
    con.close()


def test_reasons_add_up_to_the_score_and_say_the_customer_s_own_figures(
    factory: ModuleType, tmp_path: Path
) -> None:
    found, con = trained(book(factory, tmp_path, (0.02, 0.35), seed=6))
    rates = found.model.rates[COMPANY]
    cases = disputes._cases(con, "select company_id, as_of as origin from as_of_day", None)
    for candidate in disputes.CANDIDATES:
        total = rates.base(candidate) + rates.contributions(candidate, cases).sum(axis=1)
        assert np.allclose(1 / (1 + np.exp(-total)), rates.probability(candidate, cases), atol=1e-9)
    told = 0
    for row in disputes.score(con, found.model).to_pylist():
        if row["p_dispute"] < disputes.TOLD_FROM:
            assert row["reasons_dispute"] is None
            continue
        reasons = json.loads(row["reasons_dispute"])
        assert 1 <= len(reasons) <= 3
        sizes = [abs(r["contribution"]) for r in reasons]
        assert sizes == sorted(sizes, reverse=True)
        for reason in reasons:
            assert reason["direction"] == ("raises" if reason["contribution"] > 0 else "lowers")
            assert reason["en"] and reason["fr"] and "{" not in reason["en"] + reason["fr"]
        told += 1
    assert told > 20
    con.close()


def test_where_chance_alone_decides_no_customer_is_blamed(factory: ModuleType, tmp_path: Path) -> None:
    found, con = trained(book(factory, tmp_path, (0.1, 0.1), seed=2))
    rates = found.model.rates[COMPANY]
    assert found.model.champion[COMPANY] == "prior" or rates.strength >= 50
    assert 0.06 < float(rates.mean) < 0.14
    con.close()


@pytest.mark.parametrize(("share", "code"), [(0.0, "no_disputes"), (0.004, "too_few_disputes")])
def test_nothing_is_foreseen_where_nothing_or_too_little_is_recorded(
    factory: ModuleType, tmp_path: Path, share: float, code: str
) -> None:
    found, con = trained(book(factory, tmp_path, (share, share), seed=3, invoices=1500))
    assert found.notes[COMPANY][0] == code and all(found.notes[COMPANY])
    assert found.backtest.num_rows == found.reliability.num_rows == 0
    assert disputes.score(con, found.model).num_rows == 0
    package = found.to_package()
    assert package.champion == "none" and package.card["champion"]["en"] == found.notes[COMPANY][1]
    con.close()


def test_the_model_comes_back_from_its_state_and_gives_the_same_scores(
    factory: ModuleType, tmp_path: Path
) -> None:
    folder = book(factory, tmp_path, (0.02, 0.3), seed=4, invoices=1500)
    found, con = trained(folder)
    again, other = trained(folder)
    assert again.backtest.equals(found.backtest) and again.model.to_state() == found.model.to_state()
    package = found.to_package()
    assert package.task == "dispute" and len(package.card["features"]) == len(disputes.INPUTS)
    assert json.dumps(package.card) == json.dumps(again.to_package().card)
    back = disputes.Model.from_state(json.loads(json.dumps(package.state)))
    assert disputes.score(con, back).equals(disputes.score(con, found.model))
    for one in (con, other):
        one.close()


def test_nothing_later_than_the_origin_enters(factory: ModuleType, tmp_path: Path) -> None:
    """What is known at a month end is the same, byte for byte, from the marts cut at that day and from all of them."""
    folder = book(factory, tmp_path, (0.1, 0.3), seed=5, invoices=1500)
    origin = dt.date(2023, 3, 31)
    asked = f"select '{COMPANY}' as company_id, date '{origin}' as origin"
    cut, whole = open_marts(folder, {COMPANY: origin}), open_marts(folder, {COMPANY: AS_OF})
    then, later = disputes._cases(cut, asked, None), disputes._cases(whole, asked, None)
    for con in (cut, whole):
        con.close()
    assert len(then) > 50 and then.document.tolist() == later.document.tolist()
    for name, values in then.known.items():
        assert values.tobytes() == later.known[name].tobytes(), name
    assert np.isnan(then.outcome).all() and 0 < later.outcome.sum() < len(later)
