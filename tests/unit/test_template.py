"""What `encours init` writes is read back, for every preset."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.config import load_settings
from pipelines.config_tables import load_preset, preset_names
from pipelines.errors import UsageError
from pipelines.sources.canonical import TABLES
from pipelines.template import write_template


def test_without_a_preset_a_ledger_is_dropped_in(tmp_path: Path) -> None:
    company = load_settings(write_template(tmp_path / "new")).companies[0]
    assert [one.pattern for one in company.ledgers] == ["ledgers/*.txt"]
    assert not company.subledgers
    assert not (tmp_path / "new" / "erp").exists()


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_names_its_files_and_knows_its_columns(tmp_path: Path, name: str) -> None:
    written = write_template(tmp_path / "new", name)
    (found,) = load_settings(written).companies[0].subledgers
    assert (found.name, found.preset) == (name, name)
    preset = load_preset(name)
    assert {table: one.pattern for table, one in found.tables.items()} == {
        table: preset.tables[table].file for table in ("invoices", "payments")
    }
    assert found.tables["invoices"].spec.known_columns["customer_id"]
    assert (tmp_path / "new" / "erp").is_dir()
    assert preset.source and preset.title in written.read_text(encoding="utf-8")
    # The tables shown as comments are read as well once they are uncommented.
    text = re.sub(
        r"(?m)^    # (allocations|exchange_rates):", r"    \1:", written.read_text(encoding="utf-8")
    )
    written.write_text(text, encoding="utf-8")
    assert set(load_settings(written).companies[0].subledgers[0].tables) == set(preset.tables)


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_about_canonical_columns(name: str) -> None:
    for table, one in load_preset(name).tables.items():
        columns = TABLES[table].columns
        assert set(one.columns) <= set(columns)
        assert {column for column, its in columns.items() if its.is_required} <= set(one.columns)
        assert set(one.keys.values) <= set(columns)
        for condition in (*one.only, *one.leave_out, *one.negate):
            assert condition.headers and condition.values


def test_an_unknown_preset_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'odo' is no preset; did you mean 'odoo'"):
        write_template(tmp_path / "new", "odo")
    assert not (tmp_path / "new").exists()
