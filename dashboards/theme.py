"""Design tokens: one set of colours for paper and screen, one for the dark, and the checks on them.

What belongs here: the tokens and the style sheet's variables made from them. Charts name a token
(`var(--accent)`), never a colour; `assets/encours.js` resolves the names when it draws, so that a page
follows the reader's dark mode and prints in the light set.
"""

from __future__ import annotations

LIGHT: dict[str, str] = {
    "paper": "#fbfaf7",
    "card": "#ffffff",
    "ink": "#1c2733",
    "mute": "#56626e",
    "line": "#dfe2e1",
    "accent": "#1f5f7a",
    "past": "#6690a2",
    "warn": "#a8431a",
    "pastwarn": "#c47c56",
    "good": "#2f6b46",
    "b0": "#5a8ca0",
    "b1": "#c2783f",
    "b2": "#b0602a",
    "b3": "#96491a",
    "b4": "#763510",
    "b5": "#542106",
    "unknown": "#868e93",
    "prev": "#868e93",
    "band": "#cfe0e6",
    "wash": "#f6ece5",
}
DARK: dict[str, str] = {
    "paper": "#12181f",
    "card": "#19212a",
    "ink": "#e8ecef",
    "mute": "#9aa7b3",
    "line": "#2c3742",
    "accent": "#86c3dc",
    "past": "#5a8799",
    "warn": "#f09a6c",
    "pastwarn": "#a86a45",
    "good": "#7cc397",
    "b0": "#5f91a5",
    "b1": "#a86a3c",
    "b2": "#c57d48",
    "b3": "#dd945a",
    "b4": "#eeae7d",
    "b5": "#f9cda9",
    "unknown": "#77838d",
    "prev": "#77838d",
    "band": "#223c48",
    "wash": "#2b211b",
}

TEXT_TOKENS = ("ink", "mute", "accent", "warn", "good")
"""Tokens that colour text: at least 4.5:1 on paper and card."""

GRAPHIC_TOKENS = ("accent", "past", "warn", "pastwarn", "b0", "b1", "b2", "b3", "b4", "b5", "unknown", "prev")
"""Tokens that fill a mark: at least 3:1 on paper."""

AGEING_TOKENS = ("b0", "b1", "b2", "b3", "b4", "b5", "unknown")
"""Not due, the five overdue buckets from pale to dark, due date unknown."""


def css_variables() -> str:
    """The tokens as CSS: light by default and on paper, dark where the reader prefers it."""

    def block(tokens: dict[str, str]) -> str:
        return "".join(f"--{name}:{value};" for name, value in tokens.items())

    return (
        f":root{{color-scheme:light dark;{block(LIGHT)}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{block(DARK)}}}}}\n"
        f"@media print{{:root{{color-scheme:light;{block(LIGHT)}}}}}\n"
        f":root.printing{{color-scheme:light;{block(LIGHT)}}}\n"
    )


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio (1 to 21) of two `#rrggbb` colours."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mark_of(sha256: str) -> str:
    """A hash short enough to read aloud: first and last characters."""
    return sha256 if len(sha256) <= 16 else f"{sha256[:8]}…{sha256[-4:]}"
