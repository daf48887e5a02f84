"""Values as words: numbers, money, dates and names inside a sentence, in English and in French.

Names come from files that anybody may have written: control characters, line breaks and characters that reverse
the direction of text never reach a sentence, and a long name is shortened. Escaping for HTML is the page's work.
"""

from __future__ import annotations

import functools
import json
import string
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

Language = Literal["en", "fr"]

_LONGEST_NAME = 100
_NARROW_SPACE = "\u202f"
_SPACE = "\u00a0"
_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def plain(text: object, longest: int = _LONGEST_NAME) -> str:
    """Text that can stand in a sentence: one line, no control or direction character, at most `longest` long."""
    marked = "".join(
        " "
        if character in "\t\r\n"
        else "\ufffd"
        if unicodedata.category(character) in _UNSAFE
        else character
        for character in str(text)
    )
    words = " ".join(marked.split())
    if len(words) > longest:
        half = (longest - 1) // 2
        words = f"{words[:half]}…{words[-half:]}"
    return words


def whole(value: int, language: Language) -> str:
    """An integer with its thousands apart: 1,234 or 1 234."""
    return f"{value:,}".replace(",", _NARROW_SPACE if language == "fr" else ",")


def money(cents: int, language: Language, currency: str = "") -> str:
    """Integer cents as an amount: 1,234.50 EUR or 1 234,50 EUR."""
    sign = "-" if cents < 0 else ""
    units, rest = divmod(abs(cents), 100)
    mark = "," if language == "fr" else "."
    amount = f"{sign}{whole(units, language)}{mark}{rest:02d}"
    return f"{amount}{_SPACE}{plain(currency)}" if currency else amount


def percent(share: float, language: Language) -> str:
    """A fraction 0–1 as a percentage with one decimal; never 0 where something is, nor 100 where some is not."""
    value = share * 100
    if 0 < value < 0.1:
        text, prefix = "0.1", "<"
    elif 99.9 < value < 100:
        text, prefix = "99.9", ">"
    else:
        text, prefix = f"{value:.1f}".removesuffix(".0"), ""
    if language == "fr":
        return f"{prefix}{text.replace('.', ',')}{_SPACE}%"
    return f"{prefix}{text}%"


def day(value: date, language: Language) -> str:
    """A date: 2024-03-31 or 31/03/2024."""
    return value.strftime("%d/%m/%Y") if language == "fr" else value.isoformat()


def _entries(text: str, language: Language, currency: str) -> str:
    """Examples of unbalanced entries, from their JSON."""
    parts = []
    for entry in json.loads(text):
        name = (
            " ".join(plain(part, 40) for part in (entry["journal_code"], entry["entry_number"]) if part)
            or "—"
        )
        off = money(entry["difference_cents"], language, currency)
        if language == "fr":
            parts.append(f"{name} (ligne {whole(entry['first_line'], language)}, écart {off})")
        else:
            parts.append(f"{name} (line {whole(entry['first_line'], language)}, off by {off})")
    return ", ".join(parts)


def _places(text: str, language: Language) -> str:
    """Examples of refused rows, from their JSON: where they are and in which column."""
    word = "ligne" if language == "fr" else "line"
    parts = []
    for place in json.loads(text):
        column = f" ({plain(place['column_name'], 40)})" if place["column_name"] else ""
        parts.append(f"{word} {whole(place['line_number'], language)}{column}")
    return ", ".join(parts)


def _list(text: str) -> str:
    """A JSON list of texts, joined."""
    return "; ".join(plain(item, 400).rstrip(".") for item in json.loads(text))


class Words(string.Formatter):
    """Fills a sentence template from a profile row.

    Format specifications: `n` integer, `money` cents, `pct` fraction, `date`, `count:line|lines` number and noun,
    `plural:is|are` the word alone, `entries` / `places` / `list` examples kept as JSON; nothing: plain text.
    """

    def __init__(self, language: Language, currency: str = "") -> None:
        self.language = language
        self.currency = currency

    def format_field(self, value: Any, format_spec: str) -> str:
        kind, _, rest = format_spec.partition(":")
        match kind:
            case "n":
                return whole(int(value), self.language)
            case "money":
                return money(int(value), self.language, self.currency)
            case "pct":
                return percent(float(value), self.language)
            case "date":
                return day(value, self.language)
            case "count" | "plural":
                one, many = rest.split("|")
                number = int(value)
                single = abs(number) < 2 if self.language == "fr" else abs(number) == 1
                word = one if single else many
                return word if kind == "plural" else f"{whole(number, self.language)} {word}"
            case "entries":
                return _entries(value, self.language, self.currency)
            case "places":
                return _places(value, self.language)
            case "list":
                return _list(value)
            case "":
                return plain(value)
            case _:
                raise ValueError(f"unknown format {format_spec!r} in a sentence template")

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        if not isinstance(key, str) or key not in kwargs:
            raise KeyError(f"the sentence template names {key!r}, which the profile does not have")
        return kwargs[key]


@functools.lru_cache(maxsize=1024)
def typeset(text: str, language: Language) -> str:
    """French punctuation keeps its blank on the same line; English is left alone."""
    if language == "fr":
        for mark in (" :", " ;", " »", "« "):
            text = text.replace(mark, mark.replace(" ", _SPACE))
    return text


def say(template: str, row: Mapping[str, Any], language: Language, currency: str = "") -> str:
    """A sentence: the template filled from a profile row."""
    return Words(language, currency).vformat(typeset(template, language), (), row)
