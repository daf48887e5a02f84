"""`encours models …`: what is listed, what moves, and what is refused in one sentence."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from ml.life import registry
from ml.life.registry import Package
from pipelines.cli import app
from pipelines.errors import DataError, EncoursError, UsageError
from pipelines.lake import Workspace, run_lock
from tests.projects import new_project

CARD = {"as_of": {"732829320": "2025-01-31"}, "data": {"md5": "x"}, "features": [], "settings": {}}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace in which three versions served one after the other; the folder of its models."""
    new_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENCOURS_CONFIG", raising=False)
    models = tmp_path / "var" / "models"
    for n, champion in enumerate(("customer_rate", "hazard", "hazard")):
        package = Package("late_payment", champion, {"n": n}, {"hazard": f"tree {n}\n"}, CARD | {"data": n})
        day = dt.date(2025, 1 + n, 28)
        registry.serve(
            models, registry.save(models, package), "refitted" if n else "first", day, en=f"No {n}."
        )
    return models


def encours(*arguments: str) -> None:
    app(["models", *arguments], standalone_mode=False)


def served(models: Path) -> str:
    version = registry.pointer(models, "late_payment").version
    assert version is not None
    return version


def test_the_list_marks_the_one_that_serves(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    encours("list")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert [served(project) in line for line in lines] == ["serving" in line for line in lines]
    encours("rollback", "late_payment")
    encours("pin", "late_payment")
    capsys.readouterr()
    encours("list")
    told = capsys.readouterr().out
    assert told.count("serving, pinned") == 1 and told.count("rolled back from") == 1


def test_show_verifies_and_tells_the_history(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    encours("show", "late_payment")
    told = capsys.readouterr().out
    assert served(project) in told and "732829320 seen up to 2025-01-31" in told
    assert told.count("refitted") == 2 and "No 0." in told
    encours("show", "late_payment", "--json")
    assert json.loads(capsys.readouterr().out)["model"] == "hazard"
    first = registry.pointer(project, "late_payment").history[0].version
    encours("show", "late_payment", first)
    assert "customer_rate" in capsys.readouterr().out


def test_rollback_pin_and_unpin_move_the_pointer(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [c.version for c in registry.pointer(project, "late_payment").history]
    encours("rollback", "late_payment")
    assert served(project) == names[1]
    assert f"{names[1]} serves until the next training" in capsys.readouterr().out
    encours("pin", "late_payment", names[0])
    assert served(project) == names[0]
    assert "until it is unpinned" in capsys.readouterr().out
    encours("unpin", "late_payment")
    assert not registry.pointer(project, "late_payment").is_pinned


def test_one_altered_byte_is_refused_and_nothing_moves(project: Path) -> None:
    names = [c.version for c in registry.pointer(project, "late_payment").history]
    tree = project / "late_payment" / names[1] / "hazard.txt"
    tree.write_text("tree 9\n")
    for command in (
        ["rollback", "late_payment"],
        ["show", "late_payment", names[1]],
        ["pin", "late_payment", names[1]],
    ):
        with pytest.raises(DataError, match=r"hazard\.txt .* its hash differs"):
            encours(*command)
    assert served(project) == names[2]


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        (["show", "defalt"], UsageError, "known: late_payment"),
        (["rollback", "../late_payment"], UsageError, "no model of that name"),
        (["pin", "late_payment", "0000000000000000"], DataError, "There is no model late_payment/0000000000000000"),
        (["show", "late_payment", "../.."], DataError, "There is no model"),
        (["unpin", "late_payment"], DataError, "no version is pinned"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_said(
    project: Path, arguments: list[str], kind: type[EncoursError], said: str
) -> None:
    with pytest.raises(kind, match=said):
        encours(*arguments)


def test_there_is_nothing_to_go_back_to_before_the_first(project: Path) -> None:
    for _ in range(2):
        encours("rollback", "late_payment")
    with pytest.raises(DataError, match="nothing to return to"):
        encours("rollback", "late_payment")


def test_without_any_model_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    for command in (["list"], ["show", "late_payment"], ["rollback", "late_payment"]):
        with pytest.raises(UsageError, match="encours run"):
            encours(*command)


def test_the_pointer_waits_for_a_run_to_end(project: Path) -> None:
    import subprocess
    import sys

    with run_lock(Workspace(project.parent)):
        done = subprocess.run(
            [sys.executable, "-m", "pipelines.cli", "models", "rollback", "late_payment"],
            capture_output=True,
            text=True,
            cwd=project.parent.parent,
            env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""},
            check=False,
        )
    assert done.returncode == 2 and "a run is going" in done.stderr
