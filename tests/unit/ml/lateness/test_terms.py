"""How far ranks lean on assumed terms, on a ledger whose assumed terms are known."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import ModuleType

import duckdb
import pytest

from ml.lateness import prepare
from ml.lateness.model import Lateness, fit
from ml.lateness.states import training_states
from ml.lateness.terms import MIN_DOCUMENTS, assumed, rank_stability
from ml.marts import as_of_days, day_number, open_marts

pytestmark = pytest.mark.usefixtures("few_trees")

COMPANY = "732829320"
#: Every due date is assumed, at 30 days.
ASSUMED = "cast(issue_date + 30 as date) as due_date, true as is_due_date_assumed"


def opened(factory: ModuleType, drifting: Path, folder: Path, change: str) -> duckdb.DuckDBPyConnection:
    con = open_marts(
        factory.altered(drifting, folder, fct_invoices=f"select * replace ({change}) from t")
        if change
        else drifting
    )
    prepare(con)
    return con


def learnt(con: duckdb.DuckDBPyConnection) -> Lateness:
    days = {c: day_number(d) for c, d in as_of_days(con).items()}
    model = fit(con, training_states(con, 1500), days, 7, 4000)
    assert model is not None
    return model


@pytest.fixture(scope="module")
def rows(factory: ModuleType, drifting: Path, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    con = opened(factory, drifting, tmp_path_factory.mktemp("assumed"), ASSUMED)
    counted = assumed(con)
    model = learnt(con)
    found = {
        name: {(r["target"], r["slice"]): r for r in rank_stability(con, model, name, counted)}
        for name in ("classifier", "due_date")
    }
    # The ranks of other terms are told on other marts: the run's own keep their due dates.
    ((moved,),) = con.execute("select count(*) from document where due_date <> issue_date + 30").fetchall()
    assert moved == 0
    con.close()
    return counted, found


def test_the_terms_in_use_move_no_rank_and_others_do(rows) -> None:  # type: ignore[no-untyped-def]
    counted, found = rows
    told = found["classifier"]
    assert set(told) == {(t, f"terms={s}") for t in ("late", "days") for s in ("30", "45 EOM", "60")}
    assert {told[t, "terms=30"]["value"] for t in ("late", "days")} == {1.0}
    for key, row in told.items():
        assert -1 <= row["value"] <= 1 and row["n"] == counted[COMPANY] >= MIN_DOCUMENTS, key
        assert (row["window"], row["metric"], row["model"]) == ("as_of", "rank_stability", "classifier")
        assert row["cut_off"] == dt.date(2024, 6, 30) and row["baseline"] is None
    assert told["late", "terms=60"]["value"] < 1 > told["days", "terms=45 EOM"]["value"]


def test_scores_that_follow_the_due_date_alone_keep_no_more_rank_than_it_does(rows) -> None:  # type: ignore[no-untyped-def]
    """Who calls late what is past due finds less past due at 60 days than at 30, and the others alike."""
    told = rows[1]["due_date"]
    assert told["late", "terms=30"]["value"] == 1.0
    assert told["late", "terms=60"]["value"] < 0.9


def test_nothing_assumed_has_no_row(factory: ModuleType, drifting: Path, tmp_path: Path) -> None:
    con = opened(factory, drifting, tmp_path, "")
    counted = assumed(con)
    assert counted == {COMPANY: 0}
    # No model is asked: there is nothing to rank.
    assert rank_stability(con, None, "classifier", counted) == []  # type: ignore[arg-type]
    con.close()


def test_a_retention_falls_due_at_its_release_whatever_the_terms(
    factory: ModuleType, drifting: Path, tmp_path: Path
) -> None:
    con = opened(
        factory,
        drifting,
        tmp_path,
        ASSUMED + ", invoice_id < 'F0029' as is_retention",
    )
    ((kept,),) = con.execute(
        "select count(*) from document where open_amount > 0 and not is_retention"
    ).fetchall()
    ((every,),) = con.execute("select count(*) from document where open_amount > 0").fetchall()
    assert assumed(con) == {COMPANY: kept} and kept < every
    con.close()
