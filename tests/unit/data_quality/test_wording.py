"""Numbers and names inside sentences, in both languages."""

from __future__ import annotations

from datetime import date

import pytest

from data_quality.suites import RULES
from data_quality.wording import day, money, percent, plain, say, whole


@pytest.mark.parametrize(
    ("cents", "english", "french"),
    [
        (0, "0.00", "0,00"),
        (5, "0.05", "0,05"),
        (-5, "-0.05", "-0,05"),
        (-123456789, "-1,234,567.89", "-1\u202f234\u202f567,89"),
        (9007199254740993, "90,071,992,547,409.93", "90\u202f071\u202f992\u202f547\u202f409,93"),
    ],
)
def test_money_is_written_to_the_cent(cents: int, english: str, french: str) -> None:
    assert money(cents, "en") == english
    assert money(cents, "fr") == french
    assert money(cents, "fr", "EUR") == f"{french}\u00a0EUR"


@pytest.mark.parametrize(
    ("share", "english"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.01, "1%"),
        (0.0123, "1.2%"),
        (0.0001, "<0.1%"),
        (0.9999, ">99.9%"),
        (0.5, "50%"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_to_everything(share: float, english: str) -> None:
    assert percent(share, "en") == english
    assert percent(0.0123, "fr") == "1,2\u00a0%"


def test_dates_and_integers_follow_the_language() -> None:
    assert (day(date(2024, 3, 9), "en"), day(date(2024, 3, 9), "fr")) == ("2024-03-09", "09/03/2024")
    assert (whole(1234567, "en"), whole(1234567, "fr")) == ("1,234,567", "1\u202f234\u202f567")


@pytest.mark.parametrize(
    ("number", "english", "french"),
    [(0, "0 lines", "0 ligne"), (1, "1 line", "1 ligne"), (2, "2 lines", "2 lignes")],
)
def test_nouns_agree_with_their_number(number: int, english: str, french: str) -> None:
    assert say("{n:count:line|lines}", {"n": number}, "en") == english
    assert say("{n:count:ligne|lignes}", {"n": number}, "fr") == french


def test_french_punctuation_stays_with_its_word() -> None:
    assert say("{f} : « a » ; b", {"f": "x"}, "fr") == "x\u00a0: «\u00a0a\u00a0»\u00a0; b"


def test_a_value_is_never_read_as_a_template() -> None:
    assert say("{f}", {"f": "{secret} {0}"}, "en") == "{secret} {0}"


def test_a_template_that_names_what_is_not_there_raises_with_the_name() -> None:
    with pytest.raises(KeyError, match="rows"):
        say("{rows:n}", {}, "en")
    with pytest.raises(ValueError, match="unknown format"):
        say("{n:roman}", {"n": 1}, "en")


def test_long_names_keep_both_ends() -> None:
    short = plain("a" * 200 + ".txt")
    assert len(short) <= 100 and short.startswith("aaa") and short.endswith(".txt") and "…" in short


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_failing_sentences_say_where_and_what_to_do(rule: object) -> None:
    """A name first, then what is wrong, then, after a semicolon or colon, consequence or remedy."""
    failed, failed_fr = rule.failed, rule.failed_fr  # type: ignore[attr-defined]
    names = ("file_name", "file_names", "company_name", "full_name", "ledger_name", "event")
    assert failed.startswith(tuple(f"{{{name}}}: " for name in names))
    assert failed_fr.startswith(tuple(f"{{{name}}} : " for name in (*names, "event_fr")))
    for text in (failed, failed_fr):
        assert text.endswith(".") and "  " not in text and ".." not in text
    fields = {part.split(":")[0].split("}")[0] for part in failed.split("{")[1:]}
    fields_fr = {part.split(":")[0].split("}")[0] for part in failed_fr.split("{")[1:]}
    assert {name.removesuffix("_fr") for name in fields_fr} - {"minimum", "maximum"} <= fields | {
        "minimum",
        "maximum",
    }
