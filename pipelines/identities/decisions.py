"""The matches file: customers whose company is doubtful, listed for the user, who decides.

What belongs here: its format, reading it as spreadsheets save it, writing it anew without losing a decision. What
does not: what is doubtful (`matching`).
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import DataError
from pipelines.lake import write_text

COLUMNS = (
    "company_id", "customer", "name", "place", "proposed_id", "proposed_name", "proposed_place", "score", "decision",
)  # fmt: skip
_YES = {"yes", "y", "oui", "o"}
_NO = {"no", "n", "non"}
_FORMULA = re.compile(r"[=+\-@\t\r]")
_ABROAD = re.compile(r"(?:[A-Z]{2}|LEI)-[0-9A-Z]{1,35}")


@dataclass(frozen=True)
class Decision:
    """What the user decided of a customer.

    Attributes:
        legal_unit_id: the company that it is; None: not the one proposed.
        refused_id: the company that it is not, where one was proposed.
        row: as it stands in the file, by column.
        line: of the file.
    """

    legal_unit_id: str | None
    refused_id: str | None
    row: Mapping[str, str]
    line: int


def read_decisions(path: Path) -> dict[tuple[str, str], Decision]:
    """Read what the user decided: (company_id, customer) → decision; nothing where there is no file.

    Args:
        path: CSV with `COLUMNS` as header, in any order, of which company_id, customer, proposed_id and decision are
            needed; comma, semicolon or tab; UTF-8, UTF-16 or CP1252, as spreadsheets save it.

    Raises:
        DataError: no such header, a decision that is neither yes, no nor an identifier whose checksum holds, `yes`
            without a proposal, or two decisions of one customer that differ.
    """
    decisions: dict[tuple[str, str], Decision] = {}
    for line, row in _rows(path):
        decision = _decision(path, line, row)
        if decision is None:
            continue
        key = normal(row["company_id"], row["customer"])
        known = decisions.get(key)
        if known and (known.legal_unit_id, known.refused_id) != (
            decision.legal_unit_id,
            decision.refused_id,
        ):
            raise DataError(
                f"{path.name}, lines {known.line} and {line}: two decisions on customer {row['customer']}; keep one."
            )
        decisions[key] = known or decision
    return decisions


def normal(company_id: str, customer: str) -> tuple[str, str]:
    """Company and customer without what a spreadsheet changes: zeros in front, blanks, case."""
    plain = ("".join(text.split()).upper().lstrip("0") or "0" for text in (company_id, customer))
    first, second = plain
    return first, second


def _decision(path: Path, line: int, row: Mapping[str, str]) -> Decision | None:
    text = row["decision"]
    plain = _plain(text)
    if not plain:
        return None
    where = f"{path.name}, line {line}, column decision"
    proposed = row["proposed_id"] and _identifier(row["proposed_id"])
    if row["proposed_id"] and not proposed:
        raise DataError(
            f"{path.name}, line {line}, column proposed_id: '{row['proposed_id']}' is no company's number; "
            "write the number itself as the decision."
        )
    if plain in _NO:
        return Decision(None, proposed or None, row, line)
    if plain in _YES:
        if not proposed:
            raise DataError(f"{where}: there is nothing to say yes to; write the company's SIREN.")
        return Decision(proposed, None, row, line)
    given = _identifier(text)
    if given is None:
        raise DataError(
            f"{where}: '{text}' is neither yes, no nor a company's number"
            + (" (its check digit does not hold)" if re.fullmatch(r"[\d\s]{9,18}", text) else "")
            + "; write yes, no, or a SIREN."
        )
    return Decision(given, None, row, line)


def _identifier(text: str) -> str | None:
    """The legal unit that a text names: a SIREN, one that a spreadsheet took for a number, a SIRET, or one abroad."""
    from stdnum.fr import siren, siret

    compact = re.sub(r"[\s.\u00a0\u202f]", "", re.sub(r"[.,]0+$", "", text)).upper()
    if _ABROAD.fullmatch(compact):
        return compact
    if not re.fullmatch(r"[0-9]{6,14}", compact):
        return None
    if len(compact) <= 9:
        return compact.zfill(9) if siren.is_valid(compact.zfill(9)) else None
    padded = compact.zfill(14)
    return padded[:9] if len(compact) >= 13 and siret.is_valid(padded) else None


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if c.isalnum() and not unicodedata.combining(c))


def _rows(path: Path) -> Iterable[tuple[int, dict[str, str]]]:
    """Rows of the file with the line on which each begins; blank ones are left out."""
    if not path.is_file():
        return
    text = _text(path)
    first = text.split("\n", 1)[0]
    separator = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        header = [_plain(name) for name in next(reader, [])]
        plain = {_plain(name): name for name in COLUMNS}
        missing = [
            name
            for name in ("company_id", "customer", "proposed_id", "decision")
            if _plain(name) not in header
        ]
        if missing:
            raise DataError(
                f"{path.name}, line 1: the column {missing[0]} is missing; the columns are {', '.join(COLUMNS)}. "
                "Put it back, or remove the file: the next run writes it anew."
            )
        line = reader.line_num + 1
        for values in reader:
            at, line = line, reader.line_num + 1
            row = dict.fromkeys(COLUMNS, "")
            row |= {
                plain[name]: _unguarded(value)
                for name, value in zip(header, values, strict=False)
                if name in plain
            }
            if any(row.values()):
                yield at, row
    except csv.Error as error:
        raise DataError(f"{path.name}, line {reader.line_num}: {error}; mend its quotes.") from None


def _text(path: Path) -> str:
    data = path.read_bytes()
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    with contextlib.suppress(UnicodeDecodeError):
        return data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    return data.decode("cp1252", errors="replace").replace("\r\n", "\n").replace("\r", "\n")


def _guarded(value: str) -> str:
    """A value that no spreadsheet takes for a formula."""
    return f"'{value}" if _FORMULA.match(value) else value


def _unguarded(value: str) -> str:
    text = value.strip(" \t\u00a0")
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:] or " ") else text


def write_matches(path: Path, rows: Iterable[Mapping[str, str]]) -> str | None:
    """Write the file whole; the same rows leave it as it is.

    Returns:
        why it could not be written, as a sentence; None when it stands.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_guarded(" ".join(row[name].split())) for name in COLUMNS])
    text = "\ufeff" + out.getvalue()
    try:
        if path.is_file() and path.read_bytes() == text.encode("utf-8"):
            return None
        write_text(path, text)
    except OSError as error:
        return (
            f"{path}: the doubtful matches cannot be written ({error.strerror}); the run goes on without the file; "
            "make its folder writable, or set external.matches."
        )
    return None
