"""Months of a real default model: trained, gone on with, judged by what came, rolled back, the same in two places."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest

from ml.default import DefaultModel, score, train
from ml.life import cards, history, registry, serving
from ml.life.serving import Served
from ml.marts import open_marts
from ml.settings import RiskSettings
from ml.tables import SCORE_HISTORY

COMPANY = "732829320"
SETTINGS = RiskSettings()


@pytest.fixture(scope="module")
def marts(factory: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("months")
    factory.write_marts(folder, factory.Ledger(customers=60, months=30, invoices=1500, seed=3))
    return folder


class Company:
    """What a company's workspace keeps from run to run: models, and what was said."""

    def __init__(self, marts: Path, models: Path) -> None:
        self.marts, self.models = marts, models
        self.said = SCORE_HISTORY.empty_table()

    def run(self, day: dt.date, interval: str = "monthly") -> tuple[Served, pa.Table]:
        con = open_marts(self.marts, {COMPANY: day})

        def learn() -> registry.Package:
            found = train(con, SETTINGS, 7)
            return found.model.to_package(found.card)

        served = serving.serve(
            con, self.models, "default", {COMPANY: day}, interval, ["declared"], {}, learn, self.said
        )
        table = score(con, DefaultModel.from_package(served.package), SETTINGS)
        dated = table.append_column("as_of", pa.array([day] * table.num_rows, pa.date32()))
        said = history.said(con, {"default": served.stored}, customer_scores=dated)
        self.said = history.carry(con, [self.said], said)
        con.close()
        return served, table


def left(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_months_of_a_model(marts: Path, tmp_path: Path) -> None:
    one, other = Company(marts, tmp_path / "a"), Company(marts, tmp_path / "b")
    march, april = dt.date(2024, 3, 31), dt.date(2024, 4, 30)
    first, scores = one.run(march)
    again, same = one.run(march)
    assert (first.plan.action, again.plan.action) == ("train", "reuse")
    assert same.equals(scores) and again.stored == first.stored
    later, _ = one.run(april)
    assert later.plan.code == "due" and later.stored.version != first.stored.version
    assert {str(d) for d in one.said["as_of"].to_pylist()} == {"2024-03-31", "2024-04-30"}
    assert set(one.said["model_version"].to_pylist()) == {first.stored.version, later.stored.version}
    assert set(one.said["data_hash"].to_pylist()) == {
        first.stored.hashes["data"],
        later.stored.hashes["data"],
    }
    for day in (march, april):
        other.run(day)
    assert left(tmp_path / "a") == left(tmp_path / "b") and one.said.equals(other.said)
    customers = {str(name).encode() for name in scores["customer_id"].to_pylist()}
    assert len(customers) > 50
    for path, data in left(tmp_path / "a").items():
        assert not any(name in data for name in customers), path  # an erasure does not reach models
    registry.rollback(one.models, "default", dt.date(2024, 5, 2))
    back, _ = one.run(april)
    assert back.plan.action == "reuse" and back.stored == first.stored
    (card,) = cards.published(one.models, [(back.stored, back.plan)]).to_pylist()
    assert card["model_version"] == first.stored.version and "rolled_back" in card["history"]


def test_a_run_on_the_past_scores_as_it_would_have_then(marts: Path, tmp_path: Path) -> None:
    """Whatever served since: the scores of a run that looks back are those of a fresh workspace at that day."""
    fresh = Company(marts, tmp_path / "fresh").run(dt.date(2024, 3, 31))[1]
    used = Company(marts, tmp_path / "used")
    used.run(dt.date(2024, 6, 30))
    served, scores = used.run(dt.date(2024, 3, 31))
    assert served.plan.code == "looks_back" and scores.equals(fresh)
    before: Any = registry.pointer(used.models, "default").version
    assert before != served.stored.version
