"""How values are written in sentences, in each language: numbers, dates, and their units."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

from babel.dates import format_date, get_day_names, get_month_names
from babel.numbers import format_decimal

LOCALES = ("en", "fr")
#: Stands for the company's currency in amounts, which the tables do not name: who shows them puts the symbol there.
CURRENCY = "¤"
MINUS = "\u2212"


@functools.lru_cache(maxsize=65536)
def written(value: Any, unit: str, locale: str) -> str:
    """A value as a reader writes it, with its unit, in `en` or `fr`; `money` is in `CURRENCY`, `euros` in €."""
    if value is None:
        return ""
    if unit == "share":
        return format_decimal(round(100 * value, 1), format="#,##0.#", locale=locale).replace("-", MINUS) + (
            "%" if locale == "en" else "\u00a0%"
        )
    if unit == "weekday":
        return str(get_day_names("wide", locale=locale)[int(value) - 1])
    if unit == "month":
        return str(get_month_names("wide", locale=locale)[int(value)])
    if unit == "date":
        return written_date(value, locale)
    if unit in ("day", "category", "none"):
        return str(value)
    digits = "#,##0" if unit in ("money", "euros", "count") else "#,##0.#"
    number = format_decimal(value, format=digits, locale=locale).replace("-", MINUS)
    if unit in ("money", "euros"):
        symbol = CURRENCY if unit == "money" else "€"
        if locale == "fr":
            return f"{number}\u00a0{symbol}"
        return f"{MINUS}{symbol}{number[1:]}" if number.startswith(MINUS) else symbol + number
    singular = abs(value) < 2 if locale == "fr" else abs(value) == 1
    if unit == "days":
        return number + (" jour" if locale == "fr" else " day") + ("" if singular else "s")
    if unit == "months":
        return number + (" mois" if locale == "fr" else " month" + ("" if singular else "s"))
    return number


@functools.lru_cache(maxsize=4096)
def written_date(iso: str | None, locale: str) -> str:
    """A date in words: 1 March 2025, 1er mars 2025."""
    if iso is None:
        return ""
    text = str(format_date(dt.date.fromisoformat(iso), "d MMMM y", locale=locale))
    return text.replace("1 ", "1er ", 1) if locale == "fr" and text.startswith("1 ") else text
