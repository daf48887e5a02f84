"""The law's rules in the configuration: a wrong one is refused with its key, its value and what to write."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.config import load_settings
from pipelines.defs.ingest import reading_rows
from pipelines.errors import UsageError
from pipelines.template import template

GOOD = """\
company: {name: Ateliers Démo SAS, siren: '732829320'}
ledgers: [{kind: fec, path: ledgers/*.txt}]
"""


def load(folder: Path, text: str):  # type: ignore[no-untyped-def]
    path = folder / "encours.yml"
    path.write_text(GOOD + text, encoding="utf-8")
    return load_settings(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("statutory: {tax_basis: net}", ["statutory.tax_basis", "'net'", "excluding_vat", "including_vat"]),
        ("statutory: {tax: net}", ["statutory.tax", "unknown key", "tax_basis"]),
        (
            "statutory: {sector_ceilings: {food: 30}}",
            ["statutory.sector_ceilings", "'food'", "NAF code", "'01'"],
        ),
        ("statutory: {sector_ceilings: {'01': 30 days}}", ["'30 days'", "number of days", "sector 01"]),
        ("statutory: {sector_ceilings: {'01': 0}}", ["'0'", "1 to 365"]),
        ("statutory: {sector_ceilings: [30]}", ["sector_ceilings", "keys and values"]),
        ("penalties: {rate_pct: 6}", ["penalties", "rate_pct 6", "2025-07-01", "2.76", "at least 8.28"]),
        ("penalties: {rate_pct: 12%}", ["penalties.rate_pct", "'12%'", "12.5"]),
        (
            "penalties: {rate_pct: 9, legal_rates: {'2026-01-01': 3.10}}",
            ["under three times", "2026-01-01", "9.30"],
        ),
        (
            "penalties: {ecb_rates: {'2026-02-01': 2.15}}",
            ["ecb_rates", "'2026-02-01'", "1 January or 1 July"],
        ),
        ("penalties: {ecb_rates: {2026: 2.15}}", ["'2026'", "'2026-01-01'"]),
        ("penalties: {ecb_rates: {'2026-01-01': '2,15'}}", ["'2,15'", "decimal point", "2026-01-01"]),
        ("penalties: {legal_rates: {'2026-01-01': high}}", ["legal_rates", "'high'", "legal interest rate"]),
        ("penalties: {rates: {}}", ["penalties.rates", "unknown key"]),
    ],
)
def test_a_wrong_rule_is_refused_with_its_key_and_the_remedy(
    tmp_path: Path, text: str, said: list[str]
) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, text)
    sentence = str(caught.value)
    assert "\n" not in sentence
    for part in ["encours.yml, line 3", *said]:
        assert part in sentence, sentence


def test_rules_reach_the_tables_of_the_run(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        "statutory: {tax_basis: including_vat, sector_ceilings: {49.41a: 30, '01': 20}}\n"
        "penalties: {rate_pct: 12.5, ecb_rates: {'2026-01-01': 2.15}, legal_rates: {'2026-01-01': 2.62}}\n",
    )
    rows = reading_rows(settings)
    key = {"company_id": "732829320"}
    assert rows["statutory_rules"] == [
        {**key, "tax_basis": "including_vat", "contract_rate_pct": Decimal("12.5")}
    ]
    assert rows["sector_ceilings"] == [
        {**key, "naf_prefix": "01", "ceiling_days": 20},
        {**key, "naf_prefix": "4941A", "ceiling_days": 30},
    ]
    first = date(2026, 1, 1)
    assert rows["reference_rates"] == [
        {**key, "kind": "ecb_refinancing", "semester_start": first, "rate_pct": Decimal("2.15")},
        {**key, "kind": "legal_interest", "semester_start": first, "rate_pct": Decimal("2.62")},
    ]


def test_without_rules_the_law_applies(tmp_path: Path) -> None:
    rows = reading_rows(load(tmp_path, ""))
    assert rows["statutory_rules"] == [
        {"company_id": "732829320", "tax_basis": "excluding_vat", "contract_rate_pct": None}
    ]
    assert rows["sector_ceilings"] == rows["reference_rates"] == []


def test_the_template_shows_rules_that_are_accepted(tmp_path: Path) -> None:
    shown = re.search(r"# statutory:\n(?:#.*\n)+\n(?:#.*\n)*# penalties:\n(?:#.*\n)+", template())
    assert shown is not None
    lines = [line.removeprefix("# ") for line in shown.group().splitlines()]
    keys = [line for line in lines if re.match(r"statutory:|penalties:|  \w+: ", line)]
    settings = load(tmp_path, "\n".join(keys))
    [company] = settings.companies
    assert (company.penalty_rate_pct, len(company.sector_ceilings), len(company.reference_rates)) == (
        Decimal(12),
        2,
        2,
    )
