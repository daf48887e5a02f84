"""Numbers, dates and sentences are written by each language's typography."""

from __future__ import annotations

import re
import string
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from dashboards.i18n import Fmt, quantize, typography
from dashboards.messages import MESSAGES
from dashboards.messages_subledger import SUBLEDGER_MESSAGES

FR, EN = Fmt("fr"), Fmt("en")
THIN, HARD, MINUS = "\u202f", "\u00a0", "\u2212"


@pytest.mark.parametrize(
    ("french", "english", "expected_fr", "expected_en"),
    [
        (FR.cents(2176984.3), EN.cents(2176984.3), f"2{THIN}176{THIN}984,30{HARD}€", "€2,176,984.30"),
        (FR.cents(Decimal("-0.01")), EN.cents(Decimal("-0.01")), f"{MINUS}0,01{HARD}€", f"{MINUS}€0.01"),
        (FR.units(224310), EN.units(224310), f"224{THIN}310{HARD}€", "€224,310"),
        (FR.money(2_176_984), EN.money(2_176_984), f"2{THIN}177{HARD}k€", "€2,177k"),
        (FR.money(12_345_678), EN.money(12_345_678), f"12,3{HARD}M€", "€12.3m"),
        (FR.money(820), EN.money(820), f"820{HARD}€", "€820"),
        (FR.money(-22_400, sign=True), EN.money(-22_400, sign=True), f"{MINUS}22,4{HARD}k€", f"{MINUS}€22.4k"),
        (FR.money_round(10_000), EN.money_round(10_000), f"10{HARD}k€", "€10k"),
        (FR.percent(0.351, 1), EN.percent(0.351, 1), f"35,1{HARD}%", "35.1%"),
        (FR.points(0.027), EN.points(-0.027), f"+2,7{HARD}pts", f"{MINUS}2.7{HARD}pts"),
        (FR.days(58.55), EN.days(58.55), f"58,6{HARD}j", f"58.6{HARD}d"),
        (FR.days_long(1.9), EN.days_long(1.9), f"1,9{HARD}jour", f"1.9{HARD}days"),
        (FR.days_long(2), EN.days_long(1, 0), f"2,0{HARD}jours", f"1{HARD}day"),
        (FR.number(None), EN.cents(None), "–", "–"),
        (FR.day(date(2025, 12, 1)), EN.day(date(2025, 12, 1)), f"1er{HARD}décembre 2025", f"1{HARD}December 2025"),
        (FR.day(date(2025, 2, 11)), EN.day(date(2025, 2, 11)), f"11{HARD}février 2025", f"11{HARD}February 2025"),
        (FR.month_short(date(2025, 12, 31)), EN.month_short(date(2025, 12, 31)), f"déc.{HARD}25", f"Dec{HARD}25"),
        (FR.names(["A", "B", "C"]), EN.names(["A", "B"]), "A, B et C", "A and B"),
    ],
)  # fmt: skip
def test_figures_follow_the_language(french: str, english: str, expected_fr: str, expected_en: str) -> None:
    assert french == expected_fr
    assert english == expected_en


def test_halves_go_away_from_zero_and_zero_has_no_sign() -> None:
    assert [str(quantize(v, 1)) for v in (0.25, -0.25, 0.05, -0.04)] == ["0.3", "-0.3", "0.1", "0.0"]
    assert FR.days(-0.04, sign=True) == f"0,0{HARD}j"


def test_another_currency_keeps_its_name() -> None:
    assert Fmt("fr", "CHF").cents(Decimal("12.5")) == f"12,50{HARD}CHF"
    assert Fmt("en", "CHF").cents(Decimal("12.5")) == f"CHF{HARD}12.50"


def test_french_sentences_get_french_spaces() -> None:
    assert typography("L'encours : 35 % ; « oui » !", "fr") == (
        f"L’encours{HARD}: 35{HARD}%{THIN}; «{HARD}oui{HARD}»{THIN}!"
    )
    assert typography("DSO: 35%; it's", "en") == "DSO: 35%; it’s"


def test_a_name_is_never_retouched() -> None:
    name = "A ; B : 100 % {n} 'x'"
    assert name in FR.t("headline.by_one", name=name)


def test_both_languages_say_the_same_things() -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for key, (french, english) in MESSAGES.items():
        assert fields(french) == fields(english), key
        if key.endswith(".one"):
            other = MESSAGES[key.removesuffix(".one") + ".other"]
            assert fields(french) - {"n"} == fields(other[0]) - {"n"}, key


def test_a_sub_ledger_rewords_messages_and_fills_the_same_names() -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for key, (french, english) in SUBLEDGER_MESSAGES.items():
        assert fields(french) == fields(english), key
        # A message may leave a name out ("411 + 413 + 416" has none), never ask for another.
        assert fields(french) <= fields(MESSAGES[key][0]), key
        assert "411" not in french + english, key
    assert Fmt("en", has_subledger=True).t("audit.tie") != Fmt("en").t("audit.tie")


def test_french_messages_leave_no_plain_space_before_high_punctuation() -> None:
    for key, (french, _) in MESSAGES.items():
        assert not re.search(r" [;!?:%»]", typography(french, "fr")), key


def test_every_message_that_the_code_names_exists() -> None:
    folder = Path(__file__).parents[3] / "dashboards"
    for path in [*folder.glob("*.py"), *folder.glob("templates/*.j2")]:
        for kind, key in re.findall(r"\bf\.(t|n)\(\s*\"([a-z0-9_.]+)\"", path.read_text(encoding="utf-8")):
            wanted = [key] if kind == "t" else [f"{key}.one", f"{key}.other"]
            assert all(one in MESSAGES for one in wanted), f"{path.name}: {key}"
