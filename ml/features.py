"""What a model looks at, declared: name, meaning, direction, unit and the words that tell it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Feature:
    """One input of the model.

    `monotone`: +1 where more of it can only make lateness more likely, -1 the reverse, 0 free.
    `unit`: days, months, count, share, money, weekday, day, flag, category or band: how a value is
    written. `en` and `fr` hold `{value}`; a flag has one sentence for true and one for false,
    separated by ` | `.
    """

    name: str
    group: str
    monotone: int
    unit: str
    en: str
    fr: str
