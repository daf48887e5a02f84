"""What every part of `encours.yml` shares: sections that refuse unknown keys, and how a refusal is worded.

What belongs here: the base of the sections and the search for the nearest known name. What does not: any key
(`config`, `config_tables`).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

Location = tuple[str | int, ...]


class Section(BaseModel):
    """A part of the file: unknown keys are refused, values are never changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def problem(sentence: str) -> PydanticCustomError:
    """A refusal whose text is shown as it is (braces are data here, not a template)."""
    return PydanticCustomError("encours", "{sentence}", {"sentence": sentence})


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name closest to a misspelt one, or None."""
    by_lower = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), list(by_lower), n=1, cutoff=0.5)
    return by_lower[found[0]] if found else None


def suggest(word: str, known: Iterable[str]) -> str:
    """`did you mean …?` when a known name is near, else the list of known names."""
    known = list(known)
    near = nearest(word, known)
    return f"did you mean '{near}'?" if near else "known here: " + ", ".join(known)


def dotted(location: Location) -> str:
    """('ledgers', 0, 'path') → `ledgers[0].path`."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else str(part))
    return text


def codes(value: Any) -> Any:
    """Short texts, as codes of accounts: a list, or one text with commas."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value
