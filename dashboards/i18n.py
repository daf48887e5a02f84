"""Words, numbers and dates in French and English, by each language's own typography.

What belongs here: the formatter of a page. French by the rules of the Imprimerie nationale: U+202F before
`; ! ?` and between thousands, U+00A0 before `:`, `%` and units, decimal comma, `1er` for the first of a
month; English by its own. The sentences are in `dashboards.messages`, as data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from babel.dates import format_date
from babel.numbers import format_decimal

from dashboards.context import Locale
from dashboards.messages import MESSAGES
from dashboards.messages_subledger import SUBLEDGER_MESSAGES

NNBSP = "\u202f"
NBSP = "\u00a0"
MINUS = "\u2212"
DASH = "–"

Number = Decimal | float | int

_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}


def typography(text: str, locale: Locale) -> str:
    """A sentence written with plain spaces and quotes, set by the rules of the language.

    Only the catalogue goes through here, never a name or a number from the data.
    """
    text = text.replace("'", "’").replace("...", "…")
    text = re.sub(r"\b(art\.|[LD]\.) (?=[LD]\. ?\d|\d)", r"\1" + NBSP, text)
    if locale == "fr":
        text = re.sub(r" ([;!?])", NNBSP + r"\1", text)
        text = re.sub(r" (:|%|»|€|k€|pts\b|j\b)", NBSP + r"\1", text)
        text = re.sub(r"« ", "«" + NBSP, text)
        text = re.sub(r"(\d) (?=\d{3}\b)", r"\1" + NNBSP, text)
    return text


@cache
def _template(key: str, locale: Locale, has_subledger: bool) -> str:
    entry = (SUBLEDGER_MESSAGES.get(key) if has_subledger else None) or MESSAGES.get(key)
    if entry is None:
        raise KeyError(f"no message {key!r} in the catalogue")
    return typography(entry[0 if locale == "fr" else 1], locale)


def quantize(value: Number, digits: int) -> Decimal:
    """`value` with `digits` decimals, halves away from zero, and never minus zero."""
    exact = (
        value if isinstance(value, Decimal) else Decimal(repr(value) if isinstance(value, float) else value)
    )
    rounded = exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded


@dataclass(frozen=True)
class Scale:
    """One money unit for a whole chart or table, so that its figures compare at a glance."""

    divisor: int
    digits: int
    unit: str


@dataclass(frozen=True)
class Fmt:
    """Formatter of one language and currency. Every method is pure; `None` gives an en dash.

    Attributes:
        has_subledger: the facts come from a sub-ledger: sentences then name it, not the ledger.
    """

    locale: Locale
    currency: str = "EUR"
    has_subledger: bool = False

    # --- words -------------------------------------------------------------------------------------
    def t(self, key: str, **values: object) -> str:
        """The message `key`, its `{names}` filled in as they are (the template escapes later)."""
        template = _template(key, self.locale, self.has_subledger)
        return template.format(**values) if values else template

    def n(self, key: str, count: int, **values: object) -> str:
        """The message `key.one` or `key.other`: French has 0 and 1 in the singular, English 1."""
        one = count in (0, 1) if self.locale == "fr" else count == 1
        return self.t(f"{key}.{'one' if one else 'other'}", n=self.integer(count), **values)

    def names(self, names: list[str]) -> str:
        """`A`, `A et B`, `A, B et C`."""
        if len(names) < 2:
            return "".join(names)
        joiner = " et " if self.locale == "fr" else " and "
        return ", ".join(names[:-1]) + joiner + names[-1]

    def sentence(self, text: str) -> str:
        """The text with a capital first letter."""
        return text[:1].upper() + text[1:]

    # --- numbers -----------------------------------------------------------------------------------
    def number(self, value: Number | None, digits: int = 0, *, sign: bool = False) -> str:
        """A number with `digits` decimals, grouped, with a true minus; `sign` shows `+` too."""
        if value is None:
            return DASH
        exact = quantize(value, digits)
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        # Babel's own locale data carries the group and decimal marks: U+202F and a comma in French.
        text = format_decimal(abs(exact), format=pattern, locale="fr" if self.locale == "fr" else "en_GB")
        if exact < 0:
            return MINUS + text
        return "+" + text if sign and exact > 0 else text

    def integer(self, value: Number | None, *, sign: bool = False) -> str:
        return self.number(value, 0, sign=sign)

    def _unit(self, number: str, unit: str) -> str:
        return number if number == DASH else f"{number}{NBSP}{unit}"

    def percent(self, share: Number | None, digits: int = 0, *, sign: bool = False) -> str:
        """A fraction 0 to 1 as a percentage: `35,1 %`, `35.1%`."""
        if share is None:
            return DASH
        text = self.number(Decimal(str(share)) * 100, digits, sign=sign)
        return f"{text}{NBSP}%" if self.locale == "fr" else f"{text}%"

    def points(self, share: Number | None, digits: int = 1) -> str:
        """The difference of two fractions, signed, in points."""
        if share is None:
            return DASH
        return self._unit(self.number(Decimal(str(share)) * 100, digits, sign=True), "pts")

    def days(self, value: Number | None, digits: int = 1, *, sign: bool = False) -> str:
        """`58,6 j`, `58.6 d`."""
        return self._unit(self.number(value, digits, sign=sign), "j" if self.locale == "fr" else "d")

    def days_long(self, value: Number, digits: int = 1) -> str:
        """`58,6 jours`, `1 day`."""
        number = quantize(value, digits)
        one = abs(number) < 2 if self.locale == "fr" else number == 1
        words = ("jour", "jours") if self.locale == "fr" else ("day", "days")
        return self._unit(self.number(value, digits), words[0] if one else words[1])

    # --- money -------------------------------------------------------------------------------------
    @property
    def symbol(self) -> str:
        return _SYMBOLS.get(self.currency, self.currency)

    def _money(self, number: str, prefix: str) -> str:
        if number == DASH:
            return number
        if self.locale == "fr":
            return f"{number}{NBSP}{prefix}{self.symbol}"
        sign = number[0] if number[0] in (MINUS, "+") else ""
        space = NBSP if len(self.symbol) > 1 else ""
        return f"{sign}{self.symbol}{space}{number[len(sign) :]}{ {'k': 'k', 'M': 'm', 'Md': 'bn'}.get(prefix, '') }"

    def cents(self, value: Number | None, *, sign: bool = False) -> str:
        """To the cent: `2 176 984,37 €`, `€2,176,984.37`."""
        return self._money(self.number(value, 2, sign=sign), "")

    def units(self, value: Number | None, *, sign: bool = False) -> str:
        """Without cents: `224 310 €`, `€224,310`."""
        return self._money(self.number(value, 0, sign=sign), "")

    def scale(self, largest: Number) -> Scale:
        """The unit in which figures up to `largest` read best: at least three figures shown."""
        size = abs(float(largest))
        if size < 10_000:
            return Scale(1, 0, "")
        if size < 10_000_000:
            return Scale(1_000, 0 if size >= 100_000 else 1, "k")
        if size < 10_000_000_000:
            return Scale(1_000_000, 0 if size >= 1_000_000_000 else 1, "M")
        return Scale(1_000_000_000, 1, "Md")

    def money(self, value: Number | None, scale: Scale | None = None, *, sign: bool = False) -> str:
        """Shortened: `2 177 k€`, `€2,177k`; in `scale` where given, else in its own."""
        if value is None:
            return DASH
        scale = scale or self.scale(value)
        return self._money(self.scaled(value, scale, sign=sign), scale.unit)

    def money_round(self, value: int | float) -> str:
        """A round amount for an axis: `10 k€`, never `10,0 k€`."""
        for divisor, unit in ((1_000_000_000, "Md"), (1_000_000, "M"), (1_000, "k")):
            if value >= divisor:
                return self._money(self.number(value / divisor), unit)
        return self._money(self.number(value), "")

    def scaled(self, value: Number, scale: Scale, *, sign: bool = False) -> str:
        """The bare number in the unit of `scale`."""
        return self.number(Decimal(str(value)) / scale.divisor, scale.digits, sign=sign)

    def scale_name(self, scale: Scale) -> str:
        """`k€`; in English `€k`."""
        if self.locale == "fr":
            return f"{scale.unit}{self.symbol}"
        return f"{self.symbol}{ {'k': 'k', 'M': 'm', 'Md': 'bn'}.get(scale.unit, '') }"

    # --- dates -------------------------------------------------------------------------------------
    def day(self, value: date | None) -> str:
        """`1er décembre 2025`, `1 December 2025`."""
        if value is None:
            return DASH
        text = format_date(value, "d MMMM y", locale=self.locale)
        return self._first(text, value).replace(" ", NBSP, 1)

    def day_short(self, value: date | None) -> str:
        """`31/12/2025` in both languages (day first, as the ledgers' country writes it)."""
        return DASH if value is None else value.strftime("%d/%m/%Y")

    def day_month(self, value: date) -> str:
        """`12 février`, `12 February`."""
        return self._first(format_date(value, "d MMMM", locale=self.locale), value).replace(" ", NBSP, 1)

    def month(self, value: date) -> str:
        """`décembre 2025`."""
        return format_date(value, "MMMM y", locale=self.locale)

    def month_short(self, value: date) -> str:
        """`déc. 25`, `Dec 25`: for axes."""
        return format_date(value, "LLL yy", locale=self.locale).replace(" ", NBSP)

    def month_name(self, value: date) -> str:
        """`déc.`, `Dec`: for axes inside a year."""
        return format_date(value, "LLL", locale=self.locale)

    def _first(self, text: str, value: date) -> str:
        return re.sub(r"^1\b", "1er", text) if self.locale == "fr" and value.day == 1 else text
