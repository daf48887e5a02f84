"""One call per task: trains once a month, reads back what it wrote, puts right before it trains anew."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from ml.life import registry
from ml.life.registry import Package
from ml.life.serving import Served, serve
from ml.marts import RiskError, open_marts
from ml.tables import SCORE_HISTORY

COMPANY = "732829320"

CHAMPION = {"en": "Better on 5 of 6.", "fr": "Meilleur 5 fois sur 6."}


class Trainer:
    """Counts its trainings; each sees the data of its day."""

    def __init__(self) -> None:
        self.trained = 0
        self.con = duckdb.connect()

    def ask(self, folder: Path, day: str, **more: Any) -> Served:
        def train() -> Package:
            self.trained += 1
            card = {"data": {"day": day}, "features": ["used"], "champion": CHAMPION}
            return Package("late_payment", "hazard", {"pace": 1.0}, {"t": f"tree {day}\n"}, card)

        given: dict[str, Any] = {
            "as_of": {"A": dt.date.fromisoformat(day)}, "interval": "monthly", "features": ["used", "unused"],
            "settings": {"seed": 7},
        }  # fmt: skip
        return serve(more.pop("con", self.con), folder, "late_payment", train=train, **given | more)


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
        .en.startswith("The model before was trained with other")
    )


def said(version: str, as_of: str, p: float) -> list[dict[str, Any]]:
    """What a version said of three hundred invoices due on 28 February 2025, each of another customer."""
    plain = dict.fromkeys(SCORE_HISTORY.names) | {
        "company_id": COMPANY,
        "task": "late_payment",
        "target": "late",
    }
    return [
        plain
        | {"as_of": dt.date.fromisoformat(as_of), "subject": f"F{i}", "customer_id": f"C{i}", "predicted": p}
        | {"model_version": version}
        for i in range(300)
    ]


def test_drift_recalibrates_first_and_trains_second(
    trainer: Trainer, factory: ModuleType, tmp_path: Path
) -> None:
    """A model that is never due says 30 % late, and 60 % are. Its first recalibration keeps the trees; that other
    versions were wrong asks for nothing; wrong again after it, it is trained anew."""
    issued, due, today = dt.date(2025, 1, 29), dt.date(2025, 2, 28), dt.date(2025, 6, 30)
    paid = [(f"F{i}", f"P{i}", f"C{i}") for i in range(120)]
    factory.write_rows(
        tmp_path / "marts",
        today,
        [(f"F{i}", f"C{i}", "invoice", issued, due, 100) for i in range(300)],
        [(p, c, due, 100) for _, p, c in paid],
        [(i, p, None, "payment", due, 100) for i, p, _ in paid],
    )
    con = open_marts(tmp_path / "marts")
    models = tmp_path / "models"

    def ask(*rows: list[dict[str, Any]]) -> Served:
        table = pa.Table.from_pylist([r for part in rows for r in part], schema=SCORE_HISTORY)
        return trainer.ask(
            models, str(today), interval="never", con=con, history=table, as_of={COMPANY: today}
        )

    first = ask()
    other = said("another", "2025-02-10", 0.3)
    assert ask(other).plan.action == "reuse"
    assert ask(said(first.stored.version, "2025-02-10", 0.6)).plan.action == "reuse"
    wrong = said(first.stored.version, "2025-02-10", 0.3)
    put_right = ask(other, wrong)
    assert put_right.plan.action == "recalibrate" and trainer.trained == 1
    assert put_right.package.trees == first.package.trees
    # 0.3 to the power of 0.42 is 0.6; the prior holds some of it back.
    assert put_right.package.state["pace"] == pytest.approx(0.49, abs=0.02)
    assert ask(other, wrong).plan.action == "reuse"
    again = ask(wrong, said(put_right.stored.version, "2025-02-20", 0.2))
    assert again.plan.action == "train" and trainer.trained == 2
    found = registry.pointer(models, "late_payment")
    assert [c.action for c in found.history] == ["first", "recalibrated", "refitted"]
    assert not found.is_recalibrated and again.stored.version == first.stored.version
    con.close()


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
