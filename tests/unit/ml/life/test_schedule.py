"""When a run trains: by the as-of month, never by the clock, and never with a model that has seen the future."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from ml.life import registry
from ml.life.registry import Package
from ml.life.schedule import Action, Plan, plan, settle

FEATURES, SETTINGS = [{"name": "age_days"}], {"seed": 7}


def package(day: str, n: int = 0, champion: str = "hazard", company: str = "A") -> Package:
    card = {"as_of": {company: day}, "data": {"day": day}, "features": FEATURES, "settings": SETTINGS}
    return Package("late_payment", champion, {"n": n}, {}, card)


TRAINING = Plan("train", "first", "", "")


def asked(
    folder: Path, day: str, interval: str = "monthly", advice: Action = "reuse", **more: object
) -> Plan:
    pointer = registry.pointer(folder, "late_payment")
    serving = pointer.version and registry.describe(folder, "late_payment", pointer.version)[0]
    given = {"as_of": {"A": dt.date.fromisoformat(day)}, "features": FEATURES, "settings": SETTINGS} | more
    return plan(pointer, serving or None, interval=interval, advice=advice, **given)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    settle(tmp_path, package("2025-01-31"), TRAINING, dt.date(2025, 1, 31))
    return tmp_path


@pytest.mark.parametrize(
    ("day", "interval", "expected"),
    [
        ("2025-01-31", "monthly", ("reuse", "in_time")),
        ("2025-02-01", "monthly", ("train", "due")),
        ("2025-02-28", "quarterly", ("reuse", "in_time")),
        ("2025-04-01", "quarterly", ("train", "due")),
        ("2027-01-01", "never", ("reuse", "in_time")),
        ("2025-01-30", "monthly", ("train", "looks_back")),
        ("2024-12-31", "never", ("train", "looks_back")),
    ],
)
def test_the_calendar_of_the_as_of_day(
    folder: Path, day: str, interval: str, expected: tuple[str, str]
) -> None:
    found = asked(folder, day, interval)
    assert (found.action, found.code) == expected
    assert found.moves_pointer == (found.code != "looks_back")
    assert found.en and found.fr and found.en != found.fr


def test_nothing_serves_before_the_first_training(tmp_path: Path) -> None:
    assert asked(tmp_path, "2025-01-31").code == "first"


def test_a_model_the_code_cannot_feed_is_trained_anew_even_if_pinned(folder: Path) -> None:
    registry.pin(folder, "late_payment", None, dt.date(2025, 1, 31))
    assert asked(folder, "2025-06-30").code == "pinned"
    assert asked(folder, "2025-06-30", features=[]).code == "other_features"
    assert asked(folder, "2025-06-30", settings={}).code == "other_settings"


def test_a_company_the_model_has_not_seen_asks_for_training(folder: Path) -> None:
    both = {"A": dt.date(2025, 1, 31), "B": dt.date(2025, 1, 31)}
    assert asked(folder, "2025-01-31", as_of=both).code == "new_company"


def test_a_person_may_ask_for_a_training_but_not_over_a_pin(folder: Path) -> None:
    assert asked(folder, "2025-01-31", is_asked=True).code == "asked"
    registry.pin(folder, "late_payment", None, dt.date(2025, 1, 31))
    assert asked(folder, "2025-01-31", is_asked=True).code == "pinned"
    assert asked(folder, "2024-12-31", is_asked=True).code == "looks_back"


def test_drift_asks_in_between(folder: Path) -> None:
    assert asked(folder, "2025-01-31", advice="recalibrate").action == "recalibrate"
    assert asked(folder, "2025-01-31", advice="train").action == "train"


def test_what_a_run_on_the_past_trains_serves_nobody_else(folder: Path) -> None:
    before = registry.pointer(folder, "late_payment")
    made_by = asked(folder, "2024-12-31")
    made = settle(folder, package("2024-12-31"), made_by, dt.date(2024, 12, 31))
    assert registry.pointer(folder, "late_payment") == before
    registry.load(folder, "late_payment", made.version)


def test_a_training_is_named_by_what_it_changed(folder: Path) -> None:
    for day, n, champion, made_by in (
        ("2025-02-28", 1, "hazard", TRAINING),
        ("2025-03-31", 2, "logistic", TRAINING),
        ("2025-04-30", 3, "logistic", Plan("recalibrate", "drift", "", "")),
    ):
        settle(folder, package(day, n, champion), made_by, dt.date.fromisoformat(day))
    found = registry.pointer(folder, "late_payment")
    assert [c.action for c in found.history] == ["first", "refitted", "promoted", "recalibrated"]
    assert found.last_trained == dt.date(2025, 3, 31) and found.is_recalibrated
    assert asked(folder, "2025-04-30").code == "due"  # a recalibration is no training


def test_a_version_set_aside_does_not_come_back_and_the_month_is_not_tried_again(folder: Path) -> None:
    old = registry.pointer(folder, "late_payment").version
    settle(folder, package("2025-02-28", 1), TRAINING, dt.date(2025, 2, 28))
    registry.rollback(folder, "late_payment", dt.date(2025, 3, 2))
    assert asked(folder, "2025-02-28").code == "in_time"
    kept = settle(folder, package("2025-02-28", 1), TRAINING, dt.date(2025, 2, 28))
    assert kept.version == old
    found = registry.pointer(folder, "late_payment")
    assert (found.version, found.history[-1].action) == (old, "kept")
    assert asked(folder, "2025-03-31").code == "due"
    fresh = settle(folder, package("2025-03-31", 2), TRAINING, dt.date(2025, 3, 31))
    assert registry.pointer(folder, "late_payment").version == fresh.version


def test_the_incumbent_is_unknown_to_a_run_that_looks_back(folder: Path) -> None:
    def asked(day: str) -> str | None:
        return registry.incumbent(folder, "late_payment", {"A": dt.date.fromisoformat(day)})

    assert [asked(day) for day in ("2025-01-31", "2025-01-30", "2025-06-30")] == ["hazard", None, "hazard"]
    assert registry.incumbent(folder, "default") is None
    path = folder / "late_payment" / str(registry.pointer(folder, "late_payment").version) / "card.json"
    path.write_bytes(path.read_bytes() + b" ")
    assert asked("2025-01-31") is None


def test_the_same_training_twice_changes_nothing(folder: Path) -> None:
    before = registry.pointer(folder, "late_payment")
    settle(folder, replace(package("2025-01-31")), TRAINING, dt.date(2025, 1, 31))
    assert registry.pointer(folder, "late_payment") == before
