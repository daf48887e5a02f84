"""Models on disk: named by content, refused when altered, and one pointer that moves."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.life import registry
from ml.life.registry import Change, Package, Pointer
from ml.marts import RiskError

DAY = dt.date(2025, 3, 31)
TABLE = pa.table(
    {
        "company_id": ["A", "B"],
        "cut_off": pa.array([DAY, None], pa.date32()),
        "value": [0.25, None],
        "n": pa.array([3, 4], pa.int64()),
        "is_champion": [True, False],
    }
)
PACKAGE = Package(
    task="late_payment",
    champion="hazard",
    state={"categories": {"sector": ["Bâtiment", "<script>"]}, "platt": [0.1, 1.0]},
    trees={"hazard": "tree\nend of trees\n"},
    card={
        "as_of": {"732829320": "2025-03-31"},
        "data": {"md5": "x"},
        "features": [{"name": "age_days"}],
        "settings": {"retrain": "monthly"},
    },
    tables={"backtest": TABLE},
)


def another(n: int, champion: str = "hazard") -> Package:
    return replace(PACKAGE, champion=champion, state={"n": n})


def test_what_is_loaded_is_what_was_saved(tmp_path: Path) -> None:
    stored = registry.save(tmp_path, PACKAGE)
    found = registry.load(tmp_path, stored.task, stored.version, stored.sha256)
    assert (found.task, found.champion, found.state, found.trees) == (
        PACKAGE.task,
        PACKAGE.champion,
        PACKAGE.state,
        PACKAGE.trees,
    )
    assert found.tables["backtest"].equals(TABLE)
    assert {k: found.card[k] for k in PACKAGE.card} == PACKAGE.card
    assert not list(tmp_path.rglob("*.pkl")) and not list(tmp_path.rglob(".*"))


def test_the_version_is_the_content_and_nothing_else(tmp_path: Path) -> None:
    first = registry.save(tmp_path / "a", PACKAGE)
    turned = replace(PACKAGE, state=dict(reversed(PACKAGE.state.items())))
    assert registry.save(tmp_path / "b", turned).version == first.version
    assert registry.save(tmp_path / "a", another(1)).version != first.version
    assert (
        registry.save(tmp_path / "a", replace(PACKAGE, trees={"hazard": "tree\n"})).version != first.version
    )


def test_every_byte_of_every_file_is_covered(tmp_path: Path) -> None:
    stored = registry.save(tmp_path, PACKAGE)
    files = sorted(p for p in stored.folder.iterdir())
    assert [p.name for p in files] == ["backtest.table.json", "card.json", "hazard.txt", "state.json"]
    for path in files:
        good = path.read_bytes()
        for at in (0, len(good) // 2, len(good) - 1):
            path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
            with pytest.raises(RiskError, match=path.name):
                registry.load(tmp_path, stored.task, stored.version)
        path.unlink()
        with pytest.raises(RiskError):
            registry.load(tmp_path, stored.task, stored.version)
        path.write_bytes(good)
    registry.load(tmp_path, stored.task, stored.version)


def test_an_altered_model_is_made_whole_by_the_same_training(tmp_path: Path) -> None:
    stored = registry.save(tmp_path, PACKAGE)
    (stored.folder / "hazard.txt").write_text("other")
    assert registry.save(tmp_path, PACKAGE).version == stored.version
    registry.load(tmp_path, stored.task, stored.version)


def test_a_model_of_other_features_or_settings_is_refused(tmp_path: Path) -> None:
    stored = registry.save(tmp_path, PACKAGE)
    same = {"features": [{"name": "age_days"}], "settings": {"retrain": "monthly"}}
    registry.load(tmp_path, stored.task, stored.version, **same)
    with pytest.raises(RiskError, match=r"other features .*: train anew\.$"):
        registry.load(tmp_path, stored.task, stored.version, **same | {"features": [{"name": "age"}]})
    with pytest.raises(RiskError, match="other settings"):
        registry.load(tmp_path, stored.task, stored.version, **same | {"settings": {}})


@pytest.mark.parametrize("version", ["../../etc", "0123456789abcdef", "", "0123456789ABCDEF"])
def test_a_version_that_is_none_is_refused_in_one_sentence(tmp_path: Path, version: str) -> None:
    registry.save(tmp_path, PACKAGE)
    with pytest.raises(RiskError, match="There is no model"):
        registry.describe(tmp_path, "late_payment", version)


def test_what_an_earlier_version_left_is_no_model(tmp_path: Path) -> None:
    data = registry.canonical({"name": "late_payment"})
    version = registry.sha256(data)[:16]
    folder = tmp_path / "late_payment" / version
    folder.mkdir(parents=True)
    (folder / "card.json").write_bytes(data)
    mine = registry.save(tmp_path, PACKAGE)
    assert [one.version for one in registry.versions(tmp_path, "late_payment")] == [mine.version]
    with pytest.raises(RiskError, match="earlier version of Encours"):
        registry.load(tmp_path, "late_payment", version)


def test_names_and_cards_are_checked_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(RiskError, match="cannot name"):
        registry.save(tmp_path, replace(PACKAGE, trees={"../x": ""}))
    with pytest.raises(RiskError, match="lacks features"):
        registry.save(
            tmp_path, replace(PACKAGE, card={k: v for k, v in PACKAGE.card.items() if k != "features"})
        )
    with pytest.raises(ValueError, match="JSON"):
        registry.save(tmp_path, replace(PACKAGE, state={"x": float("nan")}))
    assert not list(tmp_path.iterdir())


def serving(folder: Path, count: int) -> list[str]:
    """`count` versions that served one after the other."""
    names = []
    for n in range(count):
        stored = registry.save(folder, another(n))
        registry.serve(folder, stored, "refitted" if n else "first", DAY + dt.timedelta(days=n))
        names.append(stored.version)
    return names


def test_a_rollback_moves_one_pointer_and_the_next_goes_further(tmp_path: Path) -> None:
    names = serving(tmp_path, 3)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file() and p.name != "champion.json"}
    assert registry.rollback(tmp_path, "late_payment", DAY).version == names[1]
    assert registry.rollback(tmp_path, "late_payment", DAY).version == names[0]
    found = registry.pointer(tmp_path, "late_payment")
    assert found.withdrawn == {names[1], names[2]} and len(found.history) == 5
    assert before == {
        p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file() and p.name != "champion.json"
    }
    with pytest.raises(RiskError, match="nothing to return to"):
        registry.rollback(tmp_path, "late_payment", DAY)
    again = registry.describe(tmp_path, "late_payment", names[2])[0]
    assert registry.serve(tmp_path, again, "promoted", DAY).withdrawn == {names[1]}


def test_a_rollback_to_an_altered_model_is_refused_and_the_pointer_stays(tmp_path: Path) -> None:
    names = serving(tmp_path, 2)
    (tmp_path / "late_payment" / names[0] / "hazard.txt").write_text("x")
    with pytest.raises(RiskError, match=r"hazard\.txt"):
        registry.rollback(tmp_path, "late_payment", DAY)
    assert registry.pointer(tmp_path, "late_payment").version == names[1]


def test_a_pin_binds_until_it_is_taken_off(tmp_path: Path) -> None:
    names = serving(tmp_path, 2)
    assert registry.pin(tmp_path, "late_payment", names[0], DAY).version == names[0]
    assert registry.pointer(tmp_path, "late_payment").is_pinned
    assert not registry.unpin(tmp_path, "late_payment", DAY).is_pinned
    assert registry.rollback(tmp_path, "late_payment", DAY).version == names[1]
    with pytest.raises(RiskError, match="no version is pinned"):
        registry.unpin(tmp_path, "late_payment", DAY)
    with pytest.raises(RiskError, match="no model serves yet"):
        registry.pin(tmp_path, "default", None, DAY)


def test_a_repeated_run_leaves_the_same_pointer(tmp_path: Path) -> None:
    stored = registry.save(tmp_path, PACKAGE)
    for _ in range(2):
        registry.serve(tmp_path, stored, "first", DAY)
    assert len(registry.pointer(tmp_path, "late_payment").history) == 1


@pytest.mark.parametrize("text", ["", "{", "{}", '{"task": "default", "version": null, "history": []}'])
def test_a_broken_pointer_is_one_sentence(tmp_path: Path, text: str) -> None:
    serving(tmp_path, 1)
    (tmp_path / "late_payment" / "champion.json").write_text(text)
    with pytest.raises(RiskError, match=r"champion\.json cannot be read"):
        registry.pointer(tmp_path, "late_payment")


def test_a_pointer_edited_to_another_version_is_refused(tmp_path: Path) -> None:
    names = serving(tmp_path, 2)
    path = tmp_path / "late_payment" / "champion.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": names[0]}))
    with pytest.raises(RiskError, match="cannot be read"):
        registry.pointer(tmp_path, "late_payment")


@settings(deadline=None)
@given(st.lists(st.sampled_from(["promote", "rollback", "pin", "unpin"]), max_size=25))
def test_whatever_is_done_the_stack_is_what_a_reader_would_keep(steps: list[str]) -> None:
    """Against a plain list: a promotion goes on top, a rollback takes it off, a pin of the top leaves it."""
    found = Pointer("late_payment", (Change("first", "v0", "s", "2025-01-01"),))
    kept, pinned = ["v0"], False
    for n, step in enumerate(steps, start=1):
        if step == "promote":
            found, kept = found.add(Change("promoted", f"v{n}", "s", "2025-01-01")), [*kept, f"v{n}"]
        elif step == "rollback" and len(kept) > 1:
            kept.pop()
            found, pinned = found.add(Change("rolled_back", kept[-1], "s", "2025-01-01")), False
        elif step in ("pin", "unpin"):
            pinned = step == "pin"
            found = found.add(Change(f"{step}ned", kept[-1], "s", "2025-01-01"))
    assert [c.version for c in found.stack] == kept
    assert (found.version, found.is_pinned) == (kept[-1], pinned)
    assert found.withdrawn.isdisjoint(kept)
