"""One call per task: trains once a month, reads back what it wrote, puts right before it trains anew."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ml.life import registry
from ml.life.registry import Package
from ml.life.serving import Served, serve
from ml.marts import RiskError

CHAMPION = {"en": "Better on 5 of 6.", "fr": "Meilleur 5 fois sur 6."}


class Trainer:
    """Counts its trainings; each sees the data of its day."""

    def __init__(self) -> None:
        self.trained = 0
        self.recalibrated = 0

    def ask(self, folder: Path, day: str, **more: Any) -> Served:
        def train() -> Package:
            self.trained += 1
            card = {"data": {"day": day}, "features": ["used"], "champion": CHAMPION}
            return Package("late_payment", "hazard", {"pace": 1.0}, {"t": f"tree {day}\n"}, card)

        def recalibrate(package: Package) -> Package:
            self.recalibrated += 1
            return replace(package, state={**package.state, "pace": 2.0})

        given: dict[str, Any] = {
            "as_of": {"A": dt.date.fromisoformat(day)}, "interval": "monthly", "features": ["used", "unused"],
            "settings": {"seed": 7}, "recalibrate": recalibrate,
        }  # fmt: skip
        return serve(folder, "late_payment", train=train, **given | more)


@pytest.fixture
def trainer() -> Trainer:
    return Trainer()


def test_a_month_trains_once(trainer: Trainer, tmp_path: Path) -> None:
    first = trainer.ask(tmp_path, "2025-01-31")
    again = trainer.ask(tmp_path, "2025-01-31")
    assert trainer.trained == 1 and again.stored == first.stored and again.plan.action == "reuse"
    assert again.package == first.package
    february = trainer.ask(tmp_path, "2025-02-01")
    assert trainer.trained == 2 and february.stored.version != first.stored.version
    assert february.package.trees == {"t": "tree 2025-02-01\n"}
    (one, two) = registry.pointer(tmp_path, "late_payment").history
    assert (one.action, two.action) == ("first", "refitted")
    assert two.en.endswith(CHAMPION["en"]) and two.fr.endswith(CHAMPION["fr"])


def test_a_model_that_uses_some_of_what_is_declared_is_still_the_codes_own(
    trainer: Trainer, tmp_path: Path
) -> None:
    trainer.ask(tmp_path, "2025-01-31")
    trainer.ask(tmp_path, "2025-01-31", features=["used", "unused", "new"])
    assert trainer.trained == 2
    assert (
        registry.pointer(tmp_path, "late_payment")
        .history[-1]
        .en.startswith("The serving model was trained with other")
    )


def test_recalibration_keeps_the_trees_and_is_no_training(trainer: Trainer, tmp_path: Path) -> None:
    first = trainer.ask(tmp_path, "2025-01-31")
    made = trainer.ask(tmp_path, "2025-01-31", advice="recalibrate")
    assert (trainer.trained, trainer.recalibrated) == (1, 1)
    assert made.package.trees == first.package.trees and made.package.state["pace"] == 2.0
    found = registry.pointer(tmp_path, "late_payment")
    assert found.history[-1].action == "recalibrated" and found.last_recalibrated == dt.date(2025, 1, 31)
    assert registry.rollback(tmp_path, "late_payment", dt.date(2025, 2, 1)).version == first.stored.version
    trainer.ask(tmp_path, "2025-01-31", advice="recalibrate", recalibrate=None)
    assert trainer.trained == 2


def test_a_run_on_the_past_serves_its_own_model_and_leaves_the_pointer(
    trainer: Trainer, tmp_path: Path
) -> None:
    now = trainer.ask(tmp_path, "2025-06-30")
    back = trainer.ask(tmp_path, "2025-03-31")
    assert back.package.card["as_of"] == {"A": "2025-03-31"} and not back.plan.moves_pointer
    assert registry.pointer(tmp_path, "late_payment").version == now.stored.version
    assert trainer.ask(tmp_path, "2025-06-30").stored == now.stored and trainer.trained == 2


def test_an_altered_model_stops_the_run_until_a_training_is_asked_for(
    trainer: Trainer, tmp_path: Path
) -> None:
    made = trainer.ask(tmp_path, "2025-01-31")
    for name in ("t.txt", "card.json"):
        path = made.stored.folder / name
        good = path.read_bytes()
        path.write_bytes(good[:-2] + b"x\n")
        with pytest.raises(RiskError, match="encours run --train"):
            trainer.ask(tmp_path, "2025-01-31")
        healed = trainer.ask(tmp_path, "2025-01-31", is_asked=True)
        assert healed.stored.version == made.stored.version and path.read_bytes() == good
        path.write_bytes(good[:-2] + b"x\n")
        later = trainer.ask(tmp_path, "2025-02-28", is_asked=True)
        assert later.stored.version != made.stored.version
        path.write_bytes(good)
        registry.rollback(tmp_path, "late_payment", dt.date(2025, 2, 28))
        registry.point(
            tmp_path, registry.Pointer("late_payment", registry.pointer(tmp_path, "late_payment").history[:1])
        )


def test_the_same_runs_in_two_places_leave_the_same_bytes(tmp_path: Path) -> None:
    def left(folder: Path) -> dict[str, bytes]:
        trainer = Trainer()
        for day in ("2025-01-31", "2025-02-28", "2025-02-28"):
            trainer.ask(folder, day)
        return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}

    assert left(tmp_path / "a") == left(tmp_path / "b")
