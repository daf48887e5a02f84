"""How often a name leads to its company, on a small register; `tests/benchmarks/identities.py` measures large ones.

The seeds here are the test's own: nothing was tuned on them.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.identity_accuracy import demo_units, measure, real_units, table, total, write_units
from tests.real_data import needs_real_data
from tests.registers import Unit, stock

SEED, SIZE, KNOWN = 911, 15_000, 60


@pytest.fixture(scope="module")
def known() -> list[Unit]:
    return demo_units(SEED, 120)[:KNOWN]


@pytest.fixture(scope="module")
def register(known: list[Unit]) -> list[Unit]:
    return stock(SEED, SIZE, known)


def test_with_a_place_nearly_every_spoilt_name_leads_to_its_company(
    tmp_path: Path, known: list[Unit], register: list[Unit]
) -> None:
    found = measure(tmp_path, known, write_units(tmp_path / "stock.parquet", register), SEED + 1, True)
    assert total(found).precision >= 0.99, table(found)
    assert total(found).recall >= 0.90, table(found)
    for kind, one in found.items():
        assert one.precision >= 0.97, (kind, table(found))
        assert one.recall >= 0.75, (kind, table(found))


def test_without_a_place_the_doubtful_are_listed_and_not_guessed(
    tmp_path: Path, register: list[Unit]
) -> None:
    sample = random.Random(SEED).sample([one for one in register if not one.ceased_on], KNOWN)
    found = measure(tmp_path, sample, write_units(tmp_path / "stock.parquet", register), SEED + 2, False)
    assert total(found).precision >= 0.98, table(found)


def test_a_company_that_is_not_in_the_register_is_hardly_ever_taken_for_another(
    tmp_path: Path, known: list[Unit], register: list[Unit]
) -> None:
    ids = {one.legal_unit_id for one in known}
    others = [one for one in register if one.legal_unit_id not in ids]
    units = write_units(tmp_path / "stock.parquet", others)
    found = measure(tmp_path, known, units, SEED + 3, True, is_in_register=False)
    # What is accepted are namesakes in the same town.
    assert total(found).accepted <= 0.05 * total(found).asked, table(found)


@needs_real_data
def test_real_names_spoilt_lead_to_their_companies(tmp_path: Path) -> None:
    units = real_units()
    assert len(units) > 100
    found = measure(tmp_path, units, write_units(tmp_path / "units.parquet", units), SEED + 4, True)
    # Searches for one word bring its namesakes, some in one town, and the samples of SIRENE tell no town.
    assert total(found).precision >= 0.99, table(found)
    assert found["none"].recall >= 0.85, table(found)
    assert total(found).recall >= 0.70, table(found)
