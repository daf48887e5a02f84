"""What the command says and exits with when it is used wrongly. Each case is one process, as a user starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ledgers import Fec
from tests.projects import new_project


def encours(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "ENCOURS_CONFIG"}
    return subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**environment, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )


def refused(done: subprocess.CompletedProcess[str], code: int, *said: str) -> None:
    assert done.returncode == code, done.stderr
    lines = done.stderr.strip().splitlines()
    assert lines[-1].startswith("encours: ")
    assert "Traceback" not in done.stderr
    for part in said:
        assert part in lines[-1], lines[-1]


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    """`--help` answers at once because the engines are imported inside the commands."""
    code = (
        "import sys\nfrom pipelines.cli import app\n"
        "try:\n    app(['--help'], standalone_mode=False)\nexcept SystemExit:\n    pass\n"
        "heavy = {'dagster', 'dbt', 'duckdb', 'pandas', 'great_expectations', 'lightgbm', 'pydantic', 'plotly'}\n"
        "print('loaded:', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "loaded: []" in done.stdout


def test_no_configuration(tmp_path: Path) -> None:
    refused(encours("run", folder=tmp_path), 2, "encours.yml", "encours init")


def test_an_unknown_command_or_option(tmp_path: Path) -> None:
    refused(encours("rnu", folder=tmp_path), 2, "rnu")
    refused(encours("run", "--asof", "2024-01-01", folder=tmp_path), 2, "--asof")


def test_a_wrong_date(tmp_path: Path) -> None:
    new_project(tmp_path)
    refused(encours("run", "--as-of", "31/12/2024", folder=tmp_path), 2, "--as-of", "YYYY-MM-DD")


def test_a_wrong_key(tmp_path: Path) -> None:
    project = new_project(tmp_path)
    project.config.write_text(
        project.config.read_text(encoding="utf-8") + "workspce: var\n", encoding="utf-8"
    )
    refused(encours("check", folder=tmp_path), 2, "line 5", "workspce", "'workspace'")


def test_no_ledger_found(tmp_path: Path) -> None:
    project = new_project(tmp_path)
    project.ledger.unlink()
    for command in ("run", "check"):
        refused(encours(command, folder=tmp_path), 2, "ledgers[0].path", "ledgers/*.txt")
    assert not (tmp_path / "var").exists()


def test_a_severity_for_an_unknown_expectation(tmp_path: Path) -> None:
    project = new_project(tmp_path)
    text = project.config.read_text(encoding="utf-8") + "quality: {severities: {fec_file_balance: warning}}\n"
    project.config.write_text(text, encoding="utf-8")
    refused(encours("run", folder=tmp_path), 2, "line 5", "fec_file_balances")


def test_check_writes_nothing_and_tells_every_file(tmp_path: Path) -> None:
    new_project(tmp_path)
    (tmp_path / "ledgers" / "empty.txt").write_text("", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    done = encours("check", folder=tmp_path)
    assert sorted(tmp_path.rglob("*")) == before
    assert "16 read, 16 accepted, 0 rejected" in done.stdout
    assert "debit 6,050.00, credit 6,050.00: balanced" in done.stdout
    assert "refused: " in done.stdout
    assert "empty.txt" in done.stdout
    assert done.returncode == 1


def test_check_of_good_files_exits_with_0(tmp_path: Path) -> None:
    new_project(tmp_path)
    assert encours("check", folder=tmp_path).returncode == 0


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\x03" * 50, b"not a ledger\n"])
def test_a_file_that_is_no_ledger_is_refused_before_anything_is_published(
    tmp_path: Path, content: bytes
) -> None:
    project = new_project(tmp_path)
    project.ledger.write_bytes(content)
    done = encours("check", folder=tmp_path)
    assert done.returncode == 1
    assert project.ledger.name in done.stdout


def test_verify_before_any_run(tmp_path: Path) -> None:
    new_project(tmp_path)
    refused(encours("verify", folder=tmp_path), 2, "nothing is published yet", "encours run")


def test_init_writes_a_configuration_that_loads(tmp_path: Path) -> None:
    from pipelines.config import load_settings

    done = encours("init", "mine", folder=tmp_path)
    assert done.returncode == 0
    settings = load_settings(tmp_path / "mine" / "encours.yml")
    assert settings.companies[0].terms_text == "30"
    assert (tmp_path / "mine" / "ledgers").is_dir()
    refused(encours("init", "mine", folder=tmp_path), 2, "exists already")


def test_an_as_of_day_before_the_first_entry(tmp_path: Path) -> None:
    from pipelines.config import load_settings
    from pipelines.defs.ingest import resolve_as_of
    from pipelines.errors import UsageError

    project = new_project(tmp_path, Fec().invoice("2025-01-10", "X", "F1", 1200))
    text = project.config.read_text(encoding="utf-8") + "as_of: 2019-01-01\n"
    project.config.write_text(text, encoding="utf-8")
    ledger = {
        "company_id": "732829320", "status": "used", "first_date": "2025-01-10", "last_date": "2025-01-10",
        "fiscal_year_start": "2025-01-01", "fiscal_year_end": "2025-01-31",
    }  # fmt: skip
    with pytest.raises(UsageError, match="before the first entry"):
        resolve_as_of(load_settings(project.config), [ledger])
