"""What every test shares: nothing phones home, nobody's configuration is picked up."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

os.environ.pop("ENCOURS_CONFIG", None)
# Compiled once, not by each process: rewriting the assertions of all tests takes most of a minute.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
for name, value in {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "OMP_WAIT_POLICY": "PASSIVE",
}.items():
    os.environ.setdefault(name, value)


# Files whose tests take longest, by what they took: begun first, so that no process is left with one at the end.
LONG = (
    "test_demo_run.py", "test_person.py", "test_whole_run.py", "test_real_ledgers.py", "test_daily_feeds.py",
    "test_ledger_properties.py", "test_subledgers.py", "test_provisions.py",
    "test_settlement_without_lettering.py", "test_companies_over_time.py",
    # and of the fast ones
    "test_workflow.py", "test_model.py", "test_reports.py", "test_profiles.py", "test_persons.py",
    "test_end_to_end.py", "test_months_of_a_model.py", "test_validate.py", "test_every_rule_can_fail.py",
    "test_cli_commands.py", "test_forecast.py", "test_training.py", "test_site.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; within and between the others the order stays."""
    order = {name: rank for rank, name in enumerate(LONG)}
    items.sort(key=lambda item: order.get(Path(item.path).name, len(LONG)))


class OneProcess(LoadFileScheduling):  # type: ignore[misc]
    """A file's tests run in one process; so do those of a folder whose modules share a build or a run."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        folder = file.rpartition("/")[0]
        return folder if folder.endswith(("/one_build", "/one_company")) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneProcess:
    return OneProcess(config, log)
