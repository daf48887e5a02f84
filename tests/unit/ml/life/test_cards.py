"""The published card is the stored one, byte for byte, with the pointer's history."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from ml.life import cards, registry
from ml.life.registry import Package
from ml.life.schedule import Plan, settle
from ml.tables import MODEL_CARDS

DAY = dt.date(2025, 1, 31)
TRAINING = Plan("train", "first", "No model serves yet.", "Aucun modèle ne sert encore.")
REUSE = Plan("reuse", "in_time", "x", "y")
BACK = Plan("train", "looks_back", "x", "y", moves_pointer=False)


def package(task: str, n: int = 0) -> Package:
    card = {"as_of": {"A": "2025-01-31", "B": "2024-12-31"}, "data": n, "features": ["é"], "settings": {}}
    return Package(task, "hazard", {}, {}, card)


def test_what_serves_is_published_with_its_own_bytes(tmp_path: Path) -> None:
    made = [
        settle(tmp_path, package(task), TRAINING, DAY, "Better.", "Meilleur.")
        for task in ("late_payment", "default")
    ]
    registry.pin(tmp_path, "default", None, DAY)
    table = cards.published(tmp_path, [(one, TRAINING) for one in made])
    assert table.schema == MODEL_CARDS
    default, late = table.to_pylist()
    assert (default["task"], late["task"]) == ("default", "late_payment")
    for row in (default, late):
        assert registry.sha256(row["card"].encode()) == row["card_sha256"]
        assert row["card_sha256"].startswith(row["model_version"])
        assert (row["seen_until"], row["action"], row["fr"]) == (DAY, "first", "Meilleur.")
    again = cards.published(tmp_path, [(one, REUSE) for one in made])
    assert again.equals(table)  # a run that is repeated publishes the same
    assert default["is_pinned"] and not late["is_pinned"]
    assert [c["action"] for c in json.loads(default["history"])] == ["first", "pinned"]


def test_a_run_that_looks_back_tells_nothing_of_later_models(tmp_path: Path) -> None:
    settle(tmp_path, package("default"), TRAINING, DAY)
    own = settle(tmp_path, package("default", 1), BACK, DAY)
    (row,) = cards.published(tmp_path, [(own, BACK)]).to_pylist()
    assert (row["model_version"], row["history"], row["is_pinned"]) == (own.version, "[]", False)
    assert (row["action"], row["en"]) == ("looks_back", "x")
