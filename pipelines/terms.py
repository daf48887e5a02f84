"""Payment terms: one grammar, English and French spellings, four numbers.

What belongs here: reading the text of a term of payment. What does not: the arithmetic of due dates, which
is the warehouse's (dbt macro `due_date`).

| text | means | net_days, is_end_of_month, days_after, day_of_month |
|---|---|---|
| `30` | issue + 30 days | 30, no, 0, - |
| `30 EOM`, `30 FDM`, `30 jours fin de mois` | issue + 30 days, then the end of that month | 30, yes, 0, - |
| `EOM 45`, `FDM 45`, `fin de mois + 45 jours` | the end of the issue month, then 45 days | 0, yes, 45, - |
| `60 EOM 10`, `60 jours fin de mois le 10` | + 60 days, end of that month, the 10th of the next | 60, yes, 0, 10 |
| `0`, `comptant`, `à réception` | on issue | 0, no, 0, - |

Source: art. L441-10 I code de commerce (60 days net, or 45 days end of month counted either way).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from pipelines.errors import UsageError

MAX_DAYS = 365
ACCEPTED = (
    "`30`, `30 EOM` (30 jours fin de mois), `EOM 45` (fin de mois + 45 jours), `60 EOM 10` or `0` (comptant)"
)


class TermsError(UsageError):
    """A text that is no term of payment; the sentence names the text and what is accepted."""


@dataclass(frozen=True, slots=True)
class Terms:
    """A term of payment.

    Attributes:
        net_days: days added to the issue date first.
        is_end_of_month: then go to the last day of that month.
        days_after: then add these days (only after an end of month).
        day_of_month: then go to this day of the following month (1 to 31, the month's last day at most).
        text: the canonical spelling, e.g. `60 EOM 10`; parsing it gives the same terms.
    """

    net_days: int
    is_end_of_month: bool
    days_after: int
    day_of_month: int | None
    text: str


# The legal default of art. L441-10 I: thirty days from receipt, taken as issue where receipt is unknown.
LEGAL_DEFAULT = Terms(30, False, 0, None, "30")

_DAYS = r"(?:jours?|jrs?|js?|days?|d)"
_EOM = r"(?:eom|fdm|fin (?:de |du )?mois|end of (?:the )?month|month end)"
_FROM_ISSUE = (
    r"(?:net|nets|nette|calendaires?|ddf|date (?:de )?facture|date d ?emission"
    r"|de la date (?:de |d ?)(?:facture|emission)"
    r"|(?:from |of )?invoice(?: date)?|after invoice(?: date)?)"
)
_OF_NEXT_MONTH = r"(?: (?:du|of the|of) (?:mois suivant|next month|following month|mois))?"
_DAY_OF_MONTH = rf"(?:le |on the |the )?(?P<day>\d{{1,2}})(?:er|st|nd|rd|th)?{_OF_NEXT_MONTH}"
_ON_ISSUE = re.compile(
    r"(?:paiement |payable |payment )?"
    r"(?:(?:au )?comptant|(?:a |des )?reception(?: (?:de )?(?:la )?facture)?|cash|immediate?(?:ly)?"
    r"|(?:due )?(?:up)?on receipt(?: of invoice)?|at sight|a vue)"
)
_NET = re.compile(rf"(?:net |a )?(?P<net>\d+) ?{_DAYS}?(?: {_FROM_ISSUE})*")
_NET_EOM = re.compile(rf"(?:net |a )?(?P<net>\d+) ?{_DAYS}?(?: net| nets)? ?{_EOM}(?: {_DAY_OF_MONTH})?")
_EOM_AFTER = re.compile(rf"{_EOM}(?: ?(?P<after>\d+) ?{_DAYS}?(?: nets?)?)?")
_AFTER_EOM = re.compile(
    rf"(?P<after>\d+) ?{_DAYS}? (?:apres|after|from|a compter de|a partir de)(?: la| the)? {_EOM}"
)
_EOM_DAY = re.compile(rf"{_EOM} (?:le |on the |the )(?P<day>\d{{1,2}})(?:er|st|nd|rd|th)?{_OF_NEXT_MONTH}")


def parse_terms(text: str | int) -> Terms:
    """Reads a term of payment in any case, accents and spacing, English or French.

    Args:
        text: for example `30`, `30 jours net`, `45 jours fin de mois`, `FDM 45`, `60 EOM 10`, `comptant`.

    Returns:
        The terms with their canonical text.

    Raises:
        TermsError: the text is none of the accepted forms, or over 365 days, or a day of month over 31.
    """
    plain = _plain(str(text))
    if _ON_ISSUE.fullmatch(plain):
        return _terms(text, 0, False, 0, None)
    if match := _NET.fullmatch(plain):
        return _terms(text, int(match["net"]), False, 0, None)
    if match := _NET_EOM.fullmatch(plain):
        return _terms(text, int(match["net"]), True, 0, match["day"])
    if match := _EOM_DAY.fullmatch(plain):
        return _terms(text, 0, True, 0, match["day"])
    if match := _EOM_AFTER.fullmatch(plain) or _AFTER_EOM.fullmatch(plain):
        return _terms(text, 0, True, int(match["after"] or 0), None)
    raise TermsError(f"'{_shown(text)}' is not a payment term: write {ACCEPTED}.")


def _plain(text: str) -> str:
    """Lower case without accents; punctuation and all kinds of blanks become one blank."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    # A dash between words or before a number is punctuation; one that opens the text, or ties two numbers, is not.
    return " ".join(re.sub(r"(?<=[^\d\s])\s*-|(?<=\d)\s*-(?=\s*[a-z])|[^\w\s-]|_", " ", letters).split())


def _shown(text: str | int) -> str:
    return " ".join(str(text).split())[:60]


def _terms(text: str | int, net: int, is_eom: bool, after: int, day: str | None) -> Terms:
    if max(net, after) > MAX_DAYS:
        raise TermsError(f"'{_shown(text)}' is over {MAX_DAYS} days: write {ACCEPTED}.")
    day_of_month = int(day) if day is not None else None
    if day_of_month is not None and not 1 <= day_of_month <= 31:
        raise TermsError(f"'{_shown(text)}' names day {day_of_month} of a month: write {ACCEPTED}.")
    if not is_eom:
        canonical = str(net)
    elif after:
        canonical = f"EOM {after}"
    else:
        canonical = f"{net} EOM" + (f" {day_of_month}" if day_of_month is not None else "")
    return Terms(net, is_eom, after, day_of_month, canonical)
