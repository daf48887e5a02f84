"""Numbers, amounts and dates in sentences, as each language writes them."""

from __future__ import annotations

import json

import pytest

from ml.words import written


@pytest.mark.parametrize(
    ("value", "unit", "english", "french"),
    [
        (1761.4, "money", "¤1,761", "1\u202f761\u00a0¤"),
        (-1761, "money", "\u2212¤1,761", "\u22121\u202f761\u00a0¤"),
        (1_000_000, "euros", "€1,000,000", "1\u202f000\u202f000\u00a0€"),
        (0.151, "share", "15.1%", "15,1\u00a0%"),
        (-0.033, "share", "\u22123.3%", "\u22123,3\u00a0%"),
        (-7.5, "days", "\u22127.5 days", "\u22127,5 jours"),
        (1, "days", "1 day", "1 jour"),
        (1.5, "days", "1.5 days", "1,5 jour"),
        ("2025-03-01", "date", "1 March 2025", "1er mars 2025"),
        (None, "money", "", ""),
    ],
)
def test_a_value_is_written_as_its_language_does(value: object, unit: str, english: str, french: str) -> None:
    assert (written(value, unit, "en"), written(value, unit, "fr")) == (english, french)


def test_categories_of_registers_are_words_and_unknown_ones_stay() -> None:
    from ml.default.features import BY_NAME
    from ml.default.reasons import CATEGORIES
    from ml.reasons import sentence

    large = CATEGORIES["size_category"]["GE"]
    feature = BY_NAME["size_category"]
    assert sentence(feature, large[0])[0] == "company size: large (GE)"
    assert sentence(feature, large[1])[1] == "taille de la société : grande (GE)"
    assert json.dumps(sorted(CATEGORIES["legal_status"])).count("liquidation") == 1
