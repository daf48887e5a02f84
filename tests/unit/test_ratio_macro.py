"""The SQL that divides money rounds exactly, whatever the size of its parts."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest
from jinja2 import Environment

MACROS = Path(__file__).parents[2] / "dbt_project" / "macros" / "metrics_portability.sql"


def exact(numerator: Decimal, denominator: Decimal, digits: int) -> Decimal | None:
    """Half away from zero; null where the denominator is zero or less."""
    if denominator <= 0:
        return None
    scaled = abs(Fraction(numerator) / Fraction(denominator)) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole if numerator >= 0 else -whole) / 10**digits


@pytest.mark.parametrize("digits", [2, 4, 8])
def test_a_ratio_is_rounded_half_away_from_zero(digits: int) -> None:
    template = Environment().from_string(
        MACROS.read_text(encoding="utf-8"), globals={"return": lambda text: text}
    )
    rng = random.Random(digits)
    # Beyond the sizes that 64 bits hold too; a ratio of eight digits must still fit DECIMAL(28, 8).
    sizes = [10**3, 10**6, 10**12, 10**14, 10**17 if digits < 8 else 10**13]
    cases = [(Decimal(5), Decimal(80_000)), (Decimal(-5), Decimal(80_000)), (Decimal(0), Decimal(1))]
    for _ in range(150):
        size = rng.choice(sizes)
        numerator = Decimal(rng.randrange(-size, size)) / 100
        cases.append(
            (numerator, Decimal(rng.choice([rng.randrange(-9, 10**4), rng.randrange(1, size)])) / 100)
        )
    with duckdb.connect() as connection:
        for numerator, denominator in cases:
            sql = template.module.default__ratio(  # type: ignore[attr-defined]
                f"cast({numerator:f} as decimal(20, 2))", f"cast({denominator:f} as decimal(18, 2))", digits
            )
            ((found,),) = connection.execute(f"select {sql}").fetchall()
            assert found == exact(numerator, denominator, digits), (numerator, denominator)
