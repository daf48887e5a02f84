"""BODACC, the official gazette of commercial notices: the open-data export, landed for the SIRENs that are wanted.

Belongs here: the layout of a notice in its published forms, the kind of a judgment from its wording, what else
changed (sales, accounts, seat, managers). Does not belong here: the state of a customer at a date, claim deadlines
(the warehouse).

Source of the layout: DILA, data set `annonces-commerciales` (bodacc-datadila.opendatasoft.com). The same record comes
as a JSON list, as JSON lines, as CSV with `;`, or wrapped by the API: `{"records": [{"fields": …}]}` (v1) and
`{"results": […]}` (v2). Inner objects (`jugement`, `listepersonnes`, `depot`, `modificationsgenerales`,
`parutionavisprecedent`) are JSON inside a string, or objects. Dates of judgments are ISO, `10/12/2009` or
`10 décembre 2009`.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from stdnum.fr import siren as siren_number

from pipelines.errors import DataError
from pipelines.sources import minimised
from pipelines.sources.companies import NOTICES, Wanted
from pipelines.sources.open_data import (
    LandedFile,
    Landing,
    Reject,
    container,
    json_form,
    quoted,
    unwrapped,
    unzipped,
)

FILE = "the open-data export of BODACC (annonces-commerciales)"
REQUIRED = ("id", "dateparution", "familleavis", "registre")
# A CSV names every column, so that a missing judgment is a wrong file; JSON may leave empty fields out.
REQUIRED_IN_CSV = (*REQUIRED, "jugement")
_VERSION = 5
_BATCH = 20_000
_WHOLE_FILE_LIMIT = 512 << 20

_ARROW = {"VARCHAR": pa.string(), "DATE": pa.date32(), "BOOLEAN": pa.bool_()}
SCHEMA = pa.schema([(name, _ARROW[kind]) for name, kind in NOTICES.items()])

# What a judgment does, from its nature (lower case, no accents): the first pattern that is found decides. The order is
# the meaning: an annulment of an opening is no opening, and the resolution of a plan may carry a liquidation.
KINDS: tuple[tuple[str, str], ...] = (
    (r"retractation|infirmant|annulant|annulation|reformant", "annulment"),
    (r"interdiction de gerer|faillite personnelle|comblement|sanction", "other"),
    (
        r"depot|etat des creances|liste des creances|collocation|projet de repartition|date de cessation",
        "other",
    ),
    (r"resolution .*liquidation", "conversion_liquidation"),
    (r"resolution .*redressement judiciaire", "opening_receivership"),
    (r"conversion .*liquidation|conver\w+ .*en liquidation", "conversion_liquidation"),
    (r"conversion .*redressement|conver\w+ .*en redressement", "conversion_receivership"),
    (r"reprise de la procedure de liquidation", "conversion_liquidation"),
    (r"cloture|mettant fin|met fin|fin de la procedure", "closure"),
    # The business is sold, the debtor is wound up: no plan that keeps it alive.
    (r"plan de cession", "other"),
    (r"(arretant|arrete|modifiant|homologuant|approuvant|jugement de) .{0,12}plan de", "plan"),
    (r"resolution", "other"),
    (r"(ouverture|extension|ouvrant|ouvre|prononcant|prononce) .*liquidation", "opening_liquidation"),
    (r"(ouverture|extension|ouvrant|ouvre|prononcant|prononce) .*redressement", "opening_receivership"),
    (r"(ouverture|extension|ouvrant|ouvre|prononcant|prononce) .*sauvegarde", "opening_safeguard"),
    # Simplified receivership of 2021 to 2023 (law 2021-689, art. 13).
    (r"(ouverture|ouvrant|ouvre) .*traitement de sortie de crise", "opening_receivership"),
)
_KINDS = tuple((re.compile(pattern), kind) for pattern, kind in KINDS)
# Natures that say too little by themselves: the full text of the judgment decides.
_VAGUE = re.compile(r"^(autre |autres |jugement d'ouverture$|jugement prononcant$|jugement$|extrait|$)")
_OPENS = re.compile(r"ouverture")
# Families whose notices speak of the judgment of a court about the company itself.
COLLECTIVE = "collective"
STRUCK_OFF_FAMILY = "radiation"
_JUDGED = (COLLECTIVE, STRUCK_OFF_FAMILY, "conciliation", "retablissement_professionnel")
# What a notice of another family tells; a modification is told by its description.
CHANGES = {"vente": "sale", "dpc": "accounts_filed", "creation": "creation", "immatriculation": "creation"}
MODIFIED = "modification"
# The first that is found counts where a notice tells several: the order is by what it says of a debtor.
_MODIFICATIONS = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"siege|adresse|transfert", "address"),
        (
            r"administration|gerant|gerance|president|directeur|dirigeant|administrateur|liquidateur",
            "managers",
        ),
        (r"capital", "capital"),
        (r"denomination|nom commercial|enseigne|sigle", "name"),
    )
)
# A lease of the business is no change of its managers, though it is a `location-gérance`.
_NO_MANAGER = re.compile(r"location[- ]gerance")
NOTICE_TYPES = {"annonce": "annonce", "rectificatif": "rectificatif", "annulation": "annulation"}

_MONTHS = {
    "janvier": 1,
    "fevrier": 2,
    "mars": 3,
    "avril": 4,
    "mai": 5,
    "juin": 6,
    "juillet": 7,
    "aout": 8,
    "septembre": 9,
    "octobre": 10,
    "novembre": 11,
    "decembre": 12,
}
# A number of nine digits, in groups or not; fewer where leading zeros were lost (no SIREN begins with four).
_NUMBER = re.compile(r"(?<!\d)(?<!\d[\s.])\d(?:[\s.]?\d){5,8}(?![\s.]?\d)")
# Numbers that are named one by one in the warnings.
_NAMED_WARNINGS = 5


class _NoticeError(ValueError):
    """Why one notice is refused: the column and the reason."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


@dataclass(frozen=True)
class Numbers:
    """The SIRENs that a notice names.

    Attributes:
        sirens: those whose checksum holds, sorted.
        repaired: of these, those that had lost leading zeros.
        failing: numbers as written whose checksum does not hold.
    """

    sirens: tuple[str, ...]
    repaired: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Notice:
    """One notice, read."""

    notice_id: str
    numbers: Numbers
    publication_date: date
    family: str
    judgment_date: date | None
    judgment_nature: str | None
    judgment_kind: str
    change_kind: str | None
    court: str | None
    court_department: str | None
    notice_type: str
    parent_notice_id: str | None
    accounts_closing_date: date | None
    is_confidential: bool | None


def land_bodacc(path: Path, raw_dir: Path, quarantine_dir: Path, wanted: Wanted | None = None) -> LandedFile:
    """Land an export of notices as `notices` rows (`companies.NOTICES`), one per notice and legal unit, sorted.

    Args:
        path: the file as downloaded (JSON list, JSON lines, CSV with `;`, an answer of the API; a zip of one).
        raw_dir: where the Parquet file and its statistics go (`raw/bodacc`), named by content and kept SIRENs.
        quarantine_dir: where refused notices go.
        wanted: the SIRENs to keep; None keeps every notice that has one.

    Returns:
        the landed file. `judgment_kind`: opening_safeguard, opening_receivership, opening_liquidation,
        conversion_receivership, conversion_liquidation, plan, closure, annulment, other; struck_off for a removal
        from the register. `rows_accepted` counts notices, not rows. A SIREN that lost leading zeros is repaired where
        the checksum then holds; a number that fails its checksum is left out, and the notice refused where it has no
        other: both are told. A notice that names no number fits no company: it is counted, never guessed by its name.

    Raises:
        DataError: empty or broken file, a column missing, another data set.
    """
    landing = Landing("bodacc", path, raw_dir, quarantine_dir, wanted, _VERSION)
    if (known := landing.known()) is not None:
        return known
    with ExitStack() as stack:
        data, kind = path, container(path)
        if kind == "zip":
            data = stack.enter_context(unzipped(path, raw_dir, "annonces-commerciales.json"))
            kind = container(data)
        if kind == "parquet":
            raise DataError(f"{path}: this is a Parquet file; give {FILE} as JSON or CSV.")
        try:
            return _land(landing, data, (wanted or Wanted()).ids, is_gzip=kind == "gzip")
        except UnicodeDecodeError as error:
            raise DataError(
                f"{path}: byte {error.start} is not UTF-8 ({error.reason}); give {FILE} as downloaded."
            ) from error
        finally:
            landing.drop_parts()


# --- records of the file ---------------------------------------------------------------------------------------------


def _records(landing: Landing, data: Path, connection: duckdb.DuckDBPyConnection, form: str) -> Iterator[Any]:
    """Every record as a dictionary, in bounded memory for lists, lines and CSV."""
    if form == "csv":
        yield from _csv_records(landing.path, data)
        return
    if form == "object":
        yield from _wrapped_records(landing.path, data)
        return
    layout = "array" if form == "array" else "newline_delimited"
    try:
        cursor = connection.execute(
            f"select json from read_json_objects({quoted(data)}, format = '{layout}', maximum_object_size = 67108864)"
        )
        while rows := cursor.fetchmany(_BATCH):
            for (text,) in rows:
                yield unwrapped(json.loads(text))
    except (duckdb.Error, ValueError) as error:
        raise DataError(
            f"{landing.path}: the JSON breaks off or is malformed ({_first_line(error)}); download it again."
        ) from error


def _wrapped_records(path: Path, data: Path) -> Iterator[Any]:
    """Records of an API answer, or the one record of a file that holds a single object."""
    if data.stat().st_size > _WHOLE_FILE_LIMIT:
        raise DataError(f"{path}: one JSON object of over 512 MB; give {FILE} as a JSON list or JSON lines.")
    try:
        whole = json.loads(data.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        if isinstance(error, UnicodeDecodeError):
            raise
        raise DataError(
            f"{path}: the JSON breaks off or is malformed ({_first_line(error)}); download it again."
        ) from error
    if isinstance(whole.get("records"), list):
        yield from map(unwrapped, whole["records"])
    elif isinstance(whole.get("results"), list):
        yield from whole["results"]
    else:
        yield whole


def _csv_records(path: Path, data: Path) -> Iterator[Any]:
    csv.field_size_limit(min(sys.maxsize, 1 << 27))
    with data.open("r", encoding="utf-8-sig", newline="") as handle:
        rows = csv.reader(handle, delimiter=";", strict=True)
        header = next(rows)
        missing = [name for name in REQUIRED_IN_CSV if name not in header]
        if missing:
            raise DataError(f"{path}: column {missing[0]} is missing; give {FILE} with all its columns.")
        try:
            for row in rows:
                if not row:
                    continue
                if len(row) != len(header):
                    yield _CsvFault(
                        rows.line_num, f"the row has {len(row)} fields, the header {len(header)}", row
                    )
                else:
                    yield {name: value or None for name, value in zip(header, row, strict=True)}
        except csv.Error as error:
            raise DataError(
                f"{path}, line {rows.line_num}: the CSV is malformed ({error}); download it again."
            ) from error


@dataclass(frozen=True)
class _CsvFault:
    line_number: int
    reason: str
    fields: list[str]


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


# --- one notice ------------------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """Lower case, no accents, single blanks, straight apostrophes; text whose UTF-8 was read as Latin-1 is mended."""
    if "Ã" in text:
        with suppress(UnicodeEncodeError, UnicodeDecodeError):
            text = text.encode("cp1252").decode("utf-8")
    letters = unicodedata.normalize("NFKD", text.replace("’", "'").replace("œ", "oe"))
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).casefold().split())


def judgment_date(text: str | None) -> date | None:
    """A date written `2026-09-08`, `08/09/2026`, `8 septembre 2026` or `1er janvier 2020`; None for anything else."""
    if not text:
        return None
    words = plain(text)
    if match := re.match(r"(\d{4})-(\d{2})-(\d{2})", words):
        year, month, day = (int(g) for g in match.groups())
    elif match := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", words):
        day, month, year = (int(g) for g in match.groups())
    elif (match := re.fullmatch(r"(\d{1,2})(?:er)? ([a-z]+) (\d{4})", words)) and match[2] in _MONTHS:
        day, month, year = int(match[1]), _MONTHS[match[2]], int(match[3])
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def judgment_kind(nature: str | None, family: str | None = None, text: str | None = None) -> str:
    """What a judgment does, from its nature as written; its family and full text where the nature says too little.

    A judgment that pronounces a liquidation is given as an opening here, a safeguard that becomes a receivership as
    `conversion_receivership`: what they do depends on the judgments before them about the same company, and on what of
    them was published: the warehouse decides over all exports (`int_legal__notices`).
    """
    words = plain(nature or "")
    for pattern, kind in _KINDS:
        if pattern.search(words):
            return kind
    if not _VAGUE.match(words):
        return "other"
    told = plain(text or "")
    if _OPENS.search(words) or _OPENS.search(plain(family or "")):
        # The family says that proceedings are opened; the text names them first.
        named = re.search(r"liquidation judiciaire|redressement judiciaire|sauvegarde", told)
        if named:
            return {
                "liquidation judiciaire": "opening_liquidation",
                "redressement judiciaire": "opening_receivership",
                "sauvegarde": "opening_safeguard",
            }[named[0]]
        return "other"
    for pattern, kind in _KINDS:
        if pattern.search(told):
            return kind
    return "other"


def sirens_of(record: dict[str, Any]) -> Numbers:
    """SIRENs of a notice: of its persons where they are given (of a sale the sellers too), else of its registers."""
    written: list[str] = []
    for name in ("listepersonnes", "listeprecedentproprietaire", "listeprecedentexploitant"):
        people = _inner(record.get(name))
        persons = people.get("personne") if isinstance(people, dict) else people
        for person in persons if isinstance(persons, list) else [persons]:
            if isinstance(person, dict):
                number = person.get("numeroImmatriculation")
                for one in number if isinstance(number, list) else [number]:
                    if isinstance(one, dict):
                        written += _numbers_in(one.get("numeroIdentification"))
    found = _checked(written)
    if found.sirens:
        return found
    register = _checked(_numbers_in(record.get("registre")))
    return Numbers(register.sirens, register.repaired, tuple(sorted({*found.failing, *register.failing})))


def _numbers_in(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else [value]
    return [
        re.sub(r"\D", "", match[0])
        for part in parts
        if part is not None
        for match in _NUMBER.finditer(str(part))
    ]


def _checked(written: list[str]) -> Numbers:
    sirens, repaired, failing = set(), set(), set()
    for number in written:
        whole = number.zfill(9)
        if not siren_number.is_valid(whole) or not int(whole):
            failing.add(number)
            continue
        sirens.add(whole)
        if len(number) < len(whole):
            repaired.add(whole)
    return Numbers(tuple(sorted(sirens)), tuple(sorted(repaired)), tuple(sorted(failing)))


def change_kind(record: dict[str, Any], family: str) -> str | None:
    """What changed, for the families that are no judgment: sale, accounts_filed, address, managers, …"""
    if family in _JUDGED:
        return None
    if family != MODIFIED:
        return CHANGES.get(family, "other")
    told = _inner(record.get("modificationsgenerales"))
    text = told.get("descriptif") if isinstance(told, dict) else record.get("modificationsgenerales")
    words = _NO_MANAGER.sub(" ", plain(str(text or "")))
    return next((kind for pattern, kind in _MODIFICATIONS if pattern.search(words)), "other")


def _department(value: Any) -> str | None:
    """A department's code; a number has lost the zero of the first nine."""
    text = _text(value)
    return text.zfill(2).upper() if text else None


def _inner(value: Any) -> Any:
    """An inner object: as it is, or parsed from its JSON text; None where it is neither."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None


def _text(value: Any) -> str | None:
    return str(value).strip() or None if value is not None else None


def read_notice(record: Any) -> Notice:
    """Read one record.

    Raises:
        ValueError: no identifier, no publication date, a judgment that is no object (with `column`, `reason`).
    """
    if not isinstance(record, dict):
        raise _NoticeError("id", "the record is no object")
    notice_id = _text(record.get("id"))
    if notice_id is None:
        raise _NoticeError("id", "the notice has no identifier")
    published = judgment_date(_text(record.get("dateparution")))
    if published is None:
        raise _NoticeError("dateparution", "the publication date is no date")
    family = _text(record.get("familleavis")) or "unknown"
    notice_type = NOTICE_TYPES.get(_text(record.get("typeavis")) or "annonce")
    if notice_type is None:
        raise _NoticeError("typeavis", "the type of notice is none of annonce, rectificatif, annulation")
    judgment = _inner(record.get("jugement"))
    if record.get("jugement") and not isinstance(judgment, dict):
        raise _NoticeError("jugement", "the judgment is no JSON object")
    judgment = judgment or {}
    deposit = _inner(record.get("depot"))
    deposit = deposit if isinstance(deposit, dict) and CHANGES.get(family) == "accounts_filed" else None
    told_of_accounts = plain(
        " ".join(str(deposit.get(n) or "") for n in ("typeDepot", "descriptif")) if deposit else ""
    )
    nature = _text(judgment.get("nature"))
    kind = "struck_off" if family == STRUCK_OFF_FAMILY else "other"
    if family == COLLECTIVE:
        kind = judgment_kind(
            nature, _text(judgment.get("famille")), _text(judgment.get("complementJugement"))
        )
        if "retractation" in plain(_text(judgment.get("famille")) or ""):
            kind = "annulment"
    if notice_type == "annulation":
        kind = "annulment"
    return Notice(
        notice_id=notice_id,
        numbers=sirens_of(record),
        publication_date=published,
        family=family,
        judgment_date=judgment_date(_text(judgment.get("date"))),
        judgment_nature=nature,
        judgment_kind=kind,
        change_kind=change_kind(record, family),
        court=_text(record.get("tribunal")),
        court_department=_department(record.get("numerodepartement")),
        notice_type=notice_type,
        parent_notice_id=_parent(record.get("parutionavisprecedent")),
        accounts_closing_date=judgment_date(_text(deposit.get("dateCloture"))) if deposit else None,
        is_confidential="confidentialite" in told_of_accounts if deposit else None,
    )


def _parent(value: Any) -> str | None:
    """Identifier of the notice that is corrected or annulled: letter, number of the issue, number of the notice."""
    before = _inner(value)
    if not isinstance(before, dict):
        return None
    letter = (_text(before.get("nomPublication")) or "").split()[-1:]
    issue = _text(before.get("numeroParution")) or _text(before.get("numeroPublication"))
    number = _text(before.get("numeroAnnonce"))
    return f"{letter[0]}{issue}{number}" if letter and issue and number else None


# --- landing ---------------------------------------------------------------------------------------------------------


def _land(landing: Landing, data: Path, wanted: frozenset[str] | None, *, is_gzip: bool) -> LandedFile:
    if is_gzip:
        raise DataError(f"{landing.path}: this is a gzip archive; unpack it first.")
    form = json_form(landing.path, data)
    if form == "csv":
        _check_csv_separator(landing.path, data)
    rejects: list[Reject] = []
    counts = dict.fromkeys(("read", "out", "without", "repeated", "undated", "repaired"), 0)
    failing: list[str] = []
    accepted: set[str] = set()
    columns: dict[str, list[Any]] = {name: [] for name in SCHEMA.names}
    staged = landing.part_of("staged")
    seen_fields: set[str] = set()
    with duckdb.connect() as connection, pq.ParquetWriter(staged, SCHEMA, compression="zstd") as writer:
        connection.execute("set threads = 2")
        for record in _records(landing, data, connection, form):
            counts["read"] += 1
            if isinstance(record, _CsvFault):
                rejects.append(Reject(record.line_number, None, record.reason, ";".join(record.fields)))
                continue
            if isinstance(record, dict) and counts["read"] <= 1000:
                seen_fields.update(record)
            try:
                notice = read_notice(record)
            except _NoticeError as error:
                rejects.append(Reject(None, error.column, error.reason, _canonical(record)))
                continue
            numbers = notice.numbers
            failing += [f"notice {notice.notice_id}: '{number}'" for number in numbers.failing]
            if numbers.failing and not numbers.sirens:
                reason = f"its SIREN {numbers.failing[0]} fails its checksum, and it names no other"
                rejects.append(Reject(None, "registre", reason, _canonical(record)))
                continue
            kept = numbers.sirens
            if wanted is not None:
                kept = tuple(s for s in kept if s in wanted)
            if not kept:
                counts["without" if not numbers.sirens else "out"] += 1
                continue
            if notice.notice_id in accepted:
                counts["repeated"] += 1
                continue
            accepted.add(notice.notice_id)
            counts["repaired"] += bool(set(kept) & set(numbers.repaired))
            if notice.family == COLLECTIVE and notice.judgment_nature and notice.judgment_date is None:
                counts["undated"] += 1
            _append(columns, notice, kept, record)
            if len(columns["notice_id"]) >= _BATCH:
                writer.write_table(pa.table(columns, schema=SCHEMA))
                columns = {name: [] for name in SCHEMA.names}
        writer.write_table(pa.table(columns, schema=SCHEMA))
    _check_fields(landing.path, seen_fields, counts["read"], rejects)
    first, last = _sort(landing, staged)
    staged.unlink()
    sentences = (
        (counts["out"], "{} notices are about companies that are no known customer; they were left out."),
        (counts["without"], "{} notices give no SIREN and fit no company; they were left out."),
        (counts["repeated"], "{} notices come twice; the first is kept."),
        (counts["undated"], "{} notices give no readable date of their judgment."),
        (
            counts["repaired"],
            "{} notices had lost the leading zeros of a SIREN; given back, the checksum holds.",
        ),
        (len(failing), "{} numbers fail the checksum of a SIREN and were left out ({named})."),
    )
    named = "; ".join(sorted(failing)[:_NAMED_WARNINGS]) + ("; …" if len(failing) > _NAMED_WARNINGS else "")
    return landing.finish(
        rejects,
        ("notices",),
        encoding="utf-8",
        separator=";" if form == "csv" else None,
        date_format="%Y-%m-%d",
        rows_read=counts["read"],
        rows_accepted=len(accepted),
        rows_out_of_scope=counts["out"] + counts["without"] + counts["repeated"],
        first_date=first,
        last_date=last,
        warnings=[text.format(count, named=named) for count, text in sentences if count],
    )


def _check_csv_separator(path: Path, data: Path) -> None:
    with data.open("r", encoding="utf-8-sig", newline="") as handle:
        header = handle.readline(1 << 16).rstrip("\r\n")
    if ";" not in header:
        raise DataError(
            f"{path}: neither JSON nor CSV with `;` (its first line is '{header[:60]}'); give {FILE}."
        )


def _check_fields(path: Path, fields: set[str], read: int, rejects: list[Reject]) -> None:
    """A file none of whose records has a field that every notice has is another data set."""
    if read == 0:
        raise DataError(f"{path}: the file holds no notice; give {FILE}.")
    needed = {"registre or listepersonnes": {"registre", "listepersonnes"}, **{n: {n} for n in REQUIRED[:3]}}
    for name, any_of in needed.items():
        if fields and not any_of & fields:
            raise DataError(f"{path}: column {name} is missing; give {FILE}.")
    if len(rejects) == read:
        raise DataError(f"{path}: none of the {read} records is a notice ({rejects[0].reason}); give {FILE}.")


def _canonical(record: Any) -> str:
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _append(columns: dict[str, list[Any]], notice: Notice, sirens: tuple[str, ...], record: Any) -> None:
    values = {**vars(notice), "raw": _canonical(minimised.notice(record))}
    for siren in sirens:
        for name, column in columns.items():
            column.append(siren if name == "legal_unit_id" else values[name])


def _sort(landing: Landing, staged: Path) -> tuple[str | None, str | None]:
    """Write the rows sorted; the first and the last day of publication."""
    target = landing.part_of("notices")
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        connection.execute(
            f"copy (select * from read_parquet({quoted(staged)}) order by publication_date, notice_id, legal_unit_id) "
            f"to {quoted(target)} (format parquet, compression zstd)"
        )
        found = connection.execute(
            f"select min(publication_date), max(publication_date) from read_parquet({quoted(target)})"
        ).fetchone()
    first, last = cast("tuple[date | None, date | None]", found)
    return (None if first is None else first.isoformat()), (None if last is None else last.isoformat())


__all__ = [
    "KINDS",
    "Notice",
    "Numbers",
    "change_kind",
    "judgment_date",
    "judgment_kind",
    "land_bodacc",
    "read_notice",
    "sirens_of",
]
