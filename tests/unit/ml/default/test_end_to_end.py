"""From marts to the customers' table: what is in it, what never enters it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest

from ml.default import CUSTOMER_DEFAULTS, DefaultModel, Trained, score, score_prospects, train
from ml.default.ratings import rating
from ml.life.registry import Package
from ml.marts import open_marts
from ml.settings import RiskSettings
from ml.tables import BACKTEST, RELIABILITY

SETTINGS = RiskSettings()
#: Customers whose days late pass 25 over three months default four months later; every tenth has company data.
DEFAULTS = """
    insert into defaults
    select company_id, customer_id, min(month_end) + 120, 'overdue_90', 900, min(month_end) + 240, false
    from behaviour where days_late_3m > 25 and month_end + 120 <= (select max(month_end) from behaviour)
    group by company_id, customer_id;
    update behaviour as b set is_in_default = true from defaults as d
    where d.customer_id = b.customer_id and b.month_end between d.default_date and d.cured_on - 1;
    update behaviour set company_age_months = 100 + months_since_first_invoice, naf_code_known = '4120A',
        size_category_known = 'PME', legal_status_known = 'active', address_changes_12m = 0
    where right(customer_id, 1) = '3';
    insert into cust by name select '732829320' as company_id, 'NEW' as customer_id, '41.20A' as sector_code,
        false as is_sole_trader, 'PME' as size_category, date '2020-01-01' as creation_date;
"""


@pytest.fixture(scope="module")
def marts(factory: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    plain, folder = tmp_path_factory.mktemp("plain"), tmp_path_factory.mktemp("defaults")
    factory.write_marts(plain, factory.Ledger(customers=220, months=40, invoices=9000, spread_days=15.0))
    factory.with_sql(plain, folder, DEFAULTS)
    return folder


@pytest.fixture(scope="module")
def trained(marts: Path) -> Trained:
    con = open_marts(marts)
    try:
        return train(con, SETTINGS, 7)
    finally:
        con.close()


@pytest.fixture(scope="module")
def scores(marts: Path, trained: Trained) -> pa.Table:
    con = open_marts(marts)
    try:
        return score(con, trained.model, SETTINGS)
    finally:
        con.close()


def test_a_model_serves_and_is_judged_in_the_common_form(trained: Trained) -> None:
    assert trained.model.hazard is not None and trained.card["champion"]["code"] == "chosen"
    table = pa.Table.from_pylist(trained.backtest, schema=BACKTEST)
    assert set(table.column("window").to_pylist()) == {"rolling", "pooled", "final"}
    pooled = [
        r for r in trained.backtest
        if r["model"] == trained.model.name and r["window"] == "pooled" and r["slice"] == "all"
    ]  # fmt: skip
    auc = next(r for r in pooled if r["metric"] == "auc" and r["baseline"] == "sector_rate")
    assert auc["value"] > 0.75 and auc["gain_low"] > 0 and auc["is_champion"]
    months = {r["cut_off"] for r in trained.backtest if r["window"] == "rolling"}
    assert len(months) == 9 and max(months) == dt.date(2024, 1, 31)
    assert pa.Table.from_pylist(trained.reliability, schema=RELIABILITY).num_rows
    json.dumps(trained.card)


def test_every_row_holds_what_it_says(scores: pa.Table, trained: Trained) -> None:
    assert scores.schema.equals(CUSTOMER_DEFAULTS)
    rows = scores.to_pylist()
    assert len({r["customer_id"] for r in rows}) == len(rows) > 200
    for row in rows:
        net = row["exposure"] - row["recoverable_vat"] - row["insured_amount"]
        if row["default_date"] is not None:
            assert row["pd_12m"] is None and row["rating"] == "default"
            pd = Decimal(1)
        else:
            assert 0 < row["pd_12m"] < 1 and row["rating"] == rating(row["pd_12m"])
            assert row["pd_model"] == trained.model.name
            pd = Decimal(str(row["pd_12m"]))
        loss = pd * Decimal(str(row["lgd"])) * net
        cent = Decimal("0.01")
        assert row["expected_loss"] in (
            loss.quantize(cent, ROUND_HALF_EVEN),
            loss.quantize(cent, ROUND_HALF_UP),
        )


def test_reasons_follow_the_score(scores: pa.Table) -> None:
    rows = sorted((r for r in scores.to_pylist() if r["pd_12m"] is not None), key=lambda r: r["pd_12m"])
    for row, way in ((rows[0], "lowers"), (rows[-1], "raises")):
        told = json.loads(row["reasons_default"])
        assert 1 <= len(told) <= 3 and told[0]["direction"] == way
        assert all(r["en"] and r["fr"] and r["en"] != r["fr"] for r in told)
    assert all(len(json.loads(r["reasons_default"])) <= 3 for r in rows)


def test_the_same_input_gives_the_same_bytes_through_a_package(
    marts: Path, trained: Trained, scores: pa.Table
) -> None:
    again = train(open_marts(marts, threads=1), SETTINGS, 7)
    package = again.model.to_package(again.card)
    first = trained.model.to_package(trained.card)
    assert json.dumps(package.state) == json.dumps(first.state) and package.trees == first.trees
    assert again.backtest == trained.backtest and again.card == trained.card
    read = Package(
        package.task, package.champion, json.loads(json.dumps(package.state)), package.trees, package.card
    )
    assert score(open_marts(marts), DefaultModel.from_package(read), SETTINGS).equals(scores)
    named = json.dumps(package.state)
    assert not any(c in named for c in scores.column("customer_id").to_pylist())


def test_nothing_known_later_enters(factory: ModuleType, marts: Path, tmp_path: Path) -> None:
    """Rows after the as-of day are rewritten: an earlier run gives the same model and scores."""
    cut = dt.date(2024, 9, 30)
    later = f"date '{cut}'"
    other = factory.altered(
        marts,
        tmp_path / "later",
        fct_customer_behaviour_monthly=(
            f"select * replace (case when month_end > {later} then days_late_12m + 50 else days_late_12m end"
            " as days_late_12m) from t"
        ),
        fct_customer_defaults=(
            f"select * replace (case when cured_on > {later} then null else cured_on end as cured_on) from t"
            f" where default_date <= {later}"
            " union all select company_id, customer_id, date '2025-01-15', 'write_off', 1, null, true from t"
        ),
        fct_allocations=f"select * from t where allocation_date <= {later}",
        fct_payments=f"select * from t where payment_date <= {later}",
    )
    found = []
    for folder in (marts, other):
        con = open_marts(folder, {"732829320": cut})
        made = train(con, SETTINGS, 7)
        package = made.model.to_package(made.card)
        found.append(
            (json.dumps(package.state), package.trees, made.backtest, score(con, made.model, SETTINGS))
        )
        con.close()
    assert found[0][:3] == found[1][:3] and found[0][3].equals(found[1][3])


def test_a_prospect_has_company_data_alone(marts: Path, trained: Trained) -> None:
    con = open_marts(marts)
    found = score_prospects(con, trained.model).to_pylist()
    one = next(r for r in found if r["customer_id"] == "NEW")
    assert 0 < one["pd_12m"] < 1 and one["exposure"] == 0
    assert one["pd_validation"] == "prospect" and one["pd_model"] == "logistic_prospect"
    bare = score_prospects(con, replace(trained.model, prospect=None)).to_pylist()[0]
    assert bare["pd_validation"] == "assumed" and 0 < bare["pd_12m"] < 1


@pytest.mark.parametrize(
    ("ledger", "more"),
    [
        pytest.param({"customers": 60, "months": 30, "invoices": 900}, "", id="no default"),
        pytest.param({"customers": 1, "months": 14, "invoices": 40}, "", id="one customer"),
        pytest.param({"customers": 40, "months": 3, "invoices": 90}, DEFAULTS, id="three months"),
    ],
)
def test_a_short_or_quiet_ledger_gets_an_assumed_rate_that_says_so(
    factory: ModuleType, tmp_path: Path, ledger: dict[str, Any], more: str
) -> None:
    factory.write_marts(tmp_path / "a", factory.Ledger(**ledger))
    folder = factory.with_sql(tmp_path / "a", tmp_path / "b", more) if more else tmp_path / "a"
    con = open_marts(folder)
    made = train(con, SETTINGS, 7)
    assert made.model.hazard is None and made.model.name == "overdue_rate"
    rows = score(con, made.model, SETTINGS).to_pylist()
    told = [r for r in rows if r["default_date"] is None]
    assert told and all(r["pd_validation"] == "assumed" and 0 < r["pd_12m"] < 0.2 for r in told)
    (reason,) = json.loads(told[0]["reasons_default"])
    assert reason["code"] == "overdue_rate" and reason["unit"] == "share"
    standing = made.model.validation["732829320"].sentences
    assert "Not validated on your defaults" in standing[0] and "Non validé sur vos défauts" in standing[1]
    json.dumps(made.card)
    made.model.to_package(made.card)
