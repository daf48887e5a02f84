"""`encours map`: which columns of an unknown file are which of ours, shown with rows, written when told.

What belongs here: proposing from headers and values, showing it, adding it to `encours.yml`. What does not: reading
and typing the file (`sources.table_files`, `sources.table_parse`), the keys of a table (`config_tables`).

A header counts by its name (a preset's headers, then ours, then the aliases of `sources.canonical`, then likeness), its
values decide whether it can be that column at all. Two headers that fit a column as well are said and left to the user.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.config_tables import Preset, TableSection, load_preset, preset_names
from pipelines.errors import DataError, UsageError
from pipelines.lake import quoted
from pipelines.sources.canonical import EVENTS, SUBLEDGER, TABLES, Kind, Table, TableSpec

if TYPE_CHECKING:
    from pipelines.sources.open_data import LandedFile
    from pipelines.sources.table_files import TextTable

ROWS_SHOWN = 5
_REJECTS_SHOWN = 3
_NAMES_SHOWN = 25
# Values are judged on so many rows.
_SAMPLE = 20_000
# Headers whose scores lie closer than this fit as well as each other.
_TIE = 0.05
_LIKENESS = 0.84

_DATE = (
    r"^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ](\d{1,2}|[[:alpha:]]{3,9})[-/. ]\d{2,4}|(19|20)\d{6}(\.0)?)"
    r"([ T]\d{1,2}:\d{2}.*)?$"
)
_AMOUNT = (
    r"^\(?[-+]?\s?([€$£]|[A-Z]{3})?\s?[-+]?[\d][\d.,'\s\x{00a0}\x{202f}]*\s?([€$£%]|[A-Z]{3})?\s?[-+]?\)?$"
)
_INTEGER = r"^-?\d+([.,]0+)?$"
_FLAG = r"^(0|1|true|false|vrai|faux|yes|no|oui|non|o|n|y|x)$"
_CURRENCY = r"^[A-Za-z]{3}$|^[€$£]$"
_DOCUMENT_TYPE = r"^(invoice|facture|credit[ _-]?(note|memo)|avoir|deposit|acompte|opening[ _-]item|other)$"
# Words that headers have between the others.
_FILLERS = frozenset(
    (
        "a",
        "au",
        "d",
        "de",
        "des",
        "du",
        "en",
        "et",
        "l",
        "la",
        "le",
        "les",
        "n",
        "no",
        "of",
        "on",
        "the",
        "to",
    )
)


@dataclass(frozen=True)
class Guess:
    """One column of ours and the header proposed for it; `score` from 0 to 1."""

    column: str
    header: str
    score: float

    @property
    def sure(self) -> str:
        """The score in a word."""
        return "sure" if self.score >= 0.88 else "likely" if self.score >= 0.75 else "perhaps"


@dataclass(frozen=True)
class Proposal:
    """What is proposed for a file.

    Attributes:
        ambiguous: column → headers that fit it as well as each other.
        missing: columns that a row needs and no header was found for.
        unused: headers of the file that are mapped to nothing.
        landed: the file read through the mapping; None where it is incomplete or `refusal` says why not.
    """

    path: Path
    table: str
    preset: Preset | None
    spec: TableSpec
    guesses: tuple[Guess, ...]
    ambiguous: Mapping[str, tuple[str, ...]]
    missing: tuple[str, ...]
    unused: tuple[str, ...]
    landed: LandedFile | None
    refusal: DataError | None
    alike: str | None
    """A preset whose headers these seem to be, none being named."""

    @property
    def is_complete(self) -> bool:
        """Nothing is left to say before the file can be read."""
        return self.landed is not None and self.landed.statistics["rows_accepted"] > 0


# --- headers and values --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Values:
    """Shares of the values of one column that read as a kind, among those that are not blank."""

    filled: int
    rows: int
    distinct: int
    date: float
    amount: float
    integer: float
    flag: float
    currency: float
    document_type: float

    def fit(self, kind: Kind, column: str, is_key: bool) -> float:
        """How well the values can be this column: 0 they cannot, 1 nothing speaks against it."""
        if not self.filled:
            return 0.9
        if is_key:
            return 1.0 if self.distinct == self.rows else 0.7
        if column in ("currency", "document_type"):
            return 1.0 if getattr(self, column) >= 0.95 else 0.0
        match kind:
            case Kind.DATE | Kind.TIMESTAMP:
                share = self.date
            case Kind.MONEY | Kind.RATE:
                share = self.amount
            case Kind.INTEGER:
                share = self.integer
            case Kind.FLAG:
                share = self.flag
            case _:
                return 0.7 if self.date >= 0.95 else 1.0
        return share if share >= 0.8 else 0.0


def _profile(text: TextTable) -> dict[str, _Values]:
    import duckdb

    from pipelines.sources.table_files import LINE

    shares = ", ".join(
        f"count(*) filter (regexp_matches(value, {quoted(pattern)}{flags})) / count(*)::double"
        for pattern, flags in (
            (_DATE, ""), (_AMOUNT, ""), (_INTEGER, ""), (_FLAG, ", 'i'"), (_CURRENCY, ""), (_DOCUMENT_TYPE, ", 'i'"),
        )
    )  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute(
            f"create table sample as select * exclude ({LINE}) from read_parquet({quoted(text.parquet)}) "
            f"limit {_SAMPLE}"
        )
        (rows,) = connection.execute("select count(*) from sample").fetchone() or (0,)
        found = {
            header: _Values(filled, rows, distinct, *others)
            for header, filled, distinct, *others in connection.execute(
                f"select header, count(*), count(distinct value), {shares} from ("
                "select header, trim(value) as value from (unpivot sample on columns(*) into name header value value)"
                ") where value <> '' group by header"
            ).fetchall()
        }
    nothing = _Values(0, rows, 0, 0, 0, 0, 0, 0, 0)
    return {header: found.get(header, nothing) for header in text.columns}


@cache
def _plain(header: str) -> tuple[str, str]:
    """A header as letters and digits; the same without the words in between (`Date de la facture`)."""
    from pipelines.sources.table_files import plain

    decomposed = unicodedata.normalize("NFKD", header.casefold())
    words = re.findall(r"[a-z0-9]+", "".join(c for c in decomposed if not unicodedata.combining(c)))
    return plain(header), "".join(word for word in words if word not in _FILLERS)


def _name_score(header: str, column: str, aliases: Sequence[str]) -> float:
    """How well a header's name fits a column: 0 not at all, above 1 where it is a name of the column itself."""
    whole, bare = _plain(header)
    own = column.replace("_", "")
    if own in (whole, bare):
        return 1.1
    for at, alias in enumerate(aliases):
        if alias in (whole, bare):
            # One alias is as good as another: their order only settles which column a header is for.
            return 0.92 - 0.002 * at
    likeness = max(_likeness(bare, name) for name in (own, *aliases))
    return 0.8 * likeness if likeness >= _LIKENESS and len(bare) > 3 else 0.0


@cache
def _likeness(one: str, other: str) -> float:
    """From 0 to 1; 0 as soon as it cannot reach what counts."""
    matcher = difflib.SequenceMatcher(None, one, other)
    if matcher.real_quick_ratio() < _LIKENESS or matcher.quick_ratio() < _LIKENESS:
        return 0.0
    return matcher.ratio()


def _scores(text: TextTable, profile: Mapping[str, _Values], table: Table) -> dict[tuple[str, str], float]:
    """(column, header) → score, where the name and the values allow it."""
    scores = {}
    for name, column in table.columns.items():
        for header in text.columns:
            by_name = _name_score(header, name, column.aliases.split())
            score = by_name * profile[header].fit(column.kind, name, name == table.key)
            if score >= 0.55:
                scores[name, header] = score
    return scores


def _assign(
    scores: Mapping[tuple[str, str], float], table: Table, given: Mapping[str, str]
) -> tuple[list[Guess], dict[str, tuple[str, ...]]]:
    """The best header of each column, each header once; headers that fit one column alike are left out and told."""
    order = list(table.columns)
    guesses = [Guess(column, header, 1.0) for column, header in given.items()]
    ambiguous: dict[str, tuple[str, ...]] = {}
    done, used = set(given), set(given.values())
    for (column, header), score in sorted(
        scores.items(), key=lambda one: (-one[1], order.index(one[0][0]), one[0][1])
    ):
        if column in done or header in used:
            continue
        rivals = [
            other
            for (its, other), rival in scores.items()
            if its == column
            and other not in used | {header}
            and rival >= score - _TIE
            # A header that is rather another column's is no rival.
            and all(
                scores.get((elsewhere, other), 0) <= rival
                for elsewhere in order
                if elsewhere not in done | {column}
            )
        ]
        done.add(column)
        if rivals and score <= 1:
            ambiguous[column] = (header, *sorted(rivals))
            used.update(ambiguous[column])
        else:
            used.add(header)
            guesses.append(Guess(column, header, min(score, 1.0)))
    guesses.sort(key=lambda guess: order.index(guess.column))
    return guesses, ambiguous


def _with_key(guesses: list[Guess], table: Table, profile: Mapping[str, _Values]) -> list[Guess]:
    """A number that names each document once is its key as well, where no other column is."""
    number = next((one for one in guesses if one.column == "document_number"), None)
    if number and table.key not in {one.column for one in guesses}:
        values = profile[number.header]
        if values.rows and values.distinct == values.rows:
            return [Guess(table.key, number.header, min(number.score, 0.85)), *guesses]
    return guesses


# --- proposing -----------------------------------------------------------------------------------------------------


def propose(
    path: Path,
    folder: Path,
    table: str | None = None,
    preset: str | None = None,
    columns: Mapping[str, str] | None = None,
    date_format: str | None = None,
    decimal: str | None = None,
    sheet: str | None = None,
    header_row: int | None = None,
) -> Proposal:
    """Read a file and propose what its columns are.

    Args:
        folder: a folder for what is read, to be thrown away.
        table: its name in `TABLES`; None: the one that the headers fit best.
        columns: column → header that the user has decided on.

    Raises:
        UsageError: there is no such file, table, preset, column or header; the table cannot be told.
        DataError: the file cannot be taken apart.
    """
    from pipelines.config_section import suggest
    from pipelines.sources.customers import land_customer_rows
    from pipelines.sources.table_files import header_like, read_table_file

    def unknown(what: str, given: str, known: Sequence[str]) -> UsageError:
        told = suggest(given, known)
        return UsageError(f"{what}: '{given}' is unknown; {told}" + ("" if told.endswith("?") else "."))

    if table is not None and table not in TABLES:
        raise unknown("--table", table, list(TABLES))
    if preset is not None and preset not in preset_names():
        raise unknown("--preset", preset, preset_names())
    _check_formats(date_format, decimal)
    columns = dict(columns or {})
    for column in columns:
        if not any(column in one.columns for one in ([TABLES[table]] if table else TABLES.values())):
            raise unknown("--column", column, list(TABLES[table or "invoices"].columns))
    found = load_preset(preset) if preset else None

    def spec(name: str, mapped: Mapping[str, str]) -> TableSpec:
        its = found.tables.get(name) if found else None
        return TableSpec(
            table=name,
            where=f"encours map {path.name}",
            columns=mapped,
            known_columns=dict(its.columns) if its else {},
            only=its.only if its else (),
            leave_out=its.leave_out if its else (),
            negate=its.negate if its else (),
            values=its.keys.values if its else {},
            date_format=date_format or (its.keys.date_format if its else None),
            decimal=decimal or (its.keys.decimal if its else None),
            sheet=sheet,
            header_row=header_row,
            rate_is_inverse=bool(its and its.keys.rate_quote == "unit_per_company"),
        )

    text = read_table_file(path, spec(table or "invoices", {}), folder)
    by_likeness = {header_like(header): header for header in text.columns}
    for column, header in columns.items():
        if header_like(header) not in by_likeness:
            raise unknown(f"--column {column}", header, text.columns)
        columns[column] = by_likeness[header_like(header)]
    profile = _profile(text)

    def decided(name: str) -> dict[str, str]:
        return {column: header for column, header in columns.items() if column in TABLES[name].columns}

    def guess(name: str) -> tuple[list[Guess], dict[str, tuple[str, ...]]]:
        if found:
            # What a preset knows is known: nothing is guessed beside it.
            return _by_preset(text, spec(name, decided(name))), {}
        guesses, ambiguous = _assign(_scores(text, profile, TABLES[name]), TABLES[name], decided(name))
        return _with_key(guesses, TABLES[name], profile), ambiguous

    name = table or _best_table(path, {one: _worth(*guess(one)) for one in TABLES})
    guesses, ambiguous = guess(name)
    mapped = {one.column: one.header for one in guesses}
    missing = [
        column for column, its in TABLES[name].columns.items() if its.is_required and column not in mapped
    ]
    if TABLES[name].one_of and not mapped.keys() & set(TABLES[name].one_of):
        missing.append(" or ".join(TABLES[name].one_of))
    final = spec(name, decided(name) if found else mapped)
    landed, refusal = None, None
    if found or not missing:
        land = land_customer_rows if name == "customers" else _land_table
        try:
            landed = land(text, folder / "landed", folder / "quarantine", final)
        except DataError as error:
            refusal = error
    return Proposal(
        path=path,
        table=name,
        preset=found,
        spec=final,
        guesses=tuple(guesses),
        ambiguous=ambiguous,
        missing=tuple(missing),
        unused=tuple(one for one in text.columns if one not in _parts(mapped.values())),
        landed=landed,
        refusal=refusal,
        alike=None if found else _alike(name, text.columns),
    )


def _check_formats(date_format: str | None, decimal: str | None) -> None:
    """What is declared here is what a configuration would accept."""
    from pydantic import ValidationError

    try:
        TableSection.model_validate({"path": "-", "date_format": date_format, "decimal": decimal})
    except ValidationError as error:
        first = error.errors()[0]
        option = str(first["loc"][0]).replace("_", "-")
        raise UsageError(f"--{option}: {first['msg'].rstrip('.')}.") from None


def _land_table(text: TextTable, raw_dir: Path, quarantine_dir: Path, spec: TableSpec) -> LandedFile:
    from pipelines.sources.table_parse import land_table

    return land_table(text, spec, raw_dir, quarantine_dir)


def _by_preset(text: TextTable, spec: TableSpec) -> list[Guess]:
    """The columns that are read under a preset; none where one that is needed is not there."""
    from pipelines.sources.table_parse import mapping_of

    try:
        return [Guess(column, " + ".join(headers), 1.0) for column, headers in mapping_of(text, spec).items()]
    except DataError:
        return []


def _parts(headers: Iterable[str]) -> set[str]:
    """The headers that are read, those of a key of several columns each."""
    return {part for header in headers for part in (header, *header.split(" + "))}


def _worth(guesses: Sequence[Guess], ambiguous: Mapping[str, object]) -> dict[str, float]:
    """Column → how surely a file tells it; one that two headers fit is told all the same."""
    return {**dict.fromkeys(ambiguous, 0.8), **{one.column: one.score for one in guesses}}


def _best_table(path: Path, told: Mapping[str, Mapping[str, float]]) -> str:
    """The table of which a file tells most; refused where two come out alike."""

    def worth(name: str) -> tuple[int, float]:
        mapped, table = told[name], TABLES[name]
        needed = [column for column, its in table.columns.items() if its.is_required]
        lacking = sum(column not in mapped for column in needed)
        lacking += bool(table.one_of) and not mapped.keys() & set(table.one_of)
        return -lacking, sum(mapped.values())

    first, second = sorted(told, key=worth, reverse=True)[:2]
    if not told[first] or worth(first) == worth(second):
        raise UsageError(
            f"{path.name}: its headers do not tell what it holds; name it: --table invoices, or one of "
            f"{', '.join(name for name in TABLES if name != 'invoices')}."
        )
    return first


def _alike(table: str, headers: Sequence[str]) -> str | None:
    """The preset that knows most of a file's headers, if it knows half of them, or eight."""
    plain = {_plain(header)[0] for header in headers}

    def known_of(name: str) -> int:
        its = load_preset(name).tables.get(table)
        if its is None:
            return 0
        required = [one for one in (*its.only, *its.leave_out, *its.negate) if one.is_required]
        if not all(plain & {_plain(header)[0] for header in one.headers} for one in required):
            return 0
        known = {_plain(one)[0] for names in its.columns.values() for one in names}
        return len(plain & known)

    best = max(preset_names(), key=known_of)
    return best if known_of(best) >= min(8, max(5, len(plain) / 2)) else None


# --- showing -------------------------------------------------------------------------------------------------------


def rows_shown(proposal: Proposal) -> list[dict[str, Any]]:
    """The first rows of the file as read through the mapping."""
    if proposal.landed is None:
        return []
    import duckdb

    with duckdb.connect() as connection:
        relation = connection.sql(
            f"from read_parquet({quoted(proposal.landed.parquet)}) "
            f"{'' if proposal.table == 'customers' else 'order by line_number '}limit {ROWS_SHOWN}"
        )
        rows = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    # The customers' file keeps the order of its rows and not their lines.
    return [{"line_number": at, **row} for at, row in enumerate(rows, 2)]


def as_table(proposal: Proposal) -> tuple[list[str], list[list[str]]]:
    """Header and rows of what is shown: a row per column of ours, a column per row of the file."""
    rows = rows_shown(proposal)
    header = ["column", "from", "how sure", *(f"line {row['line_number']}" for row in rows)]
    shown = {one.column: one for one in proposal.guesses}
    lines = []
    for column in TABLES[proposal.table].columns:
        values = [_cell(row[column]) for row in rows]
        if guess := shown.get(column):
            lines.append([column, guess.header, guess.sure, *values])
        elif any(values) and column != TABLES[proposal.table].key:
            lines.append([column, "", "", *values])
    return header, lines


def _cell(value: Any) -> str:
    """A value on one line, control characters and all, in at most 24 signs."""
    text = "" if value is None else " ".join(str(value).split())
    text = "".join(sign if sign.isprintable() else "�" for sign in text)
    return text if len(text) <= 24 else text[:23] + "…"


def remarks(proposal: Proposal) -> Iterator[str]:
    """What the user has to know or decide, a sentence each."""
    for column, headers in proposal.ambiguous.items():
        told = " or ".join(f"'{header}'" for header in headers)
        yield f"{column} may be {told}: choose with --column {column}={_argument(headers[0])}."
    for column in proposal.missing:
        yield f"{column} is needed and no header was found for it: name it with --column."
    if proposal.refusal is not None:
        yield f"not read: {proposal.refusal}"
    if proposal.landed is not None:
        facts = proposal.landed.statistics
        yield (
            f"rows: {facts['rows_read']:,} read, {facts['rows_accepted']:,} accepted, "
            f"{facts['rows_rejected']:,} rejected, {facts.get('rows_out_of_scope') or 0:,} out of scope."
        )
        formats = [f"dates {facts['date_format']}"] if facts.get("date_format") else []
        formats += [f"decimal mark '{facts['decimal_mark']}'"] if facts.get("decimal_mark") else []
        if formats:
            yield f"formats: {', '.join(formats)}."
        yield from facts["warnings"]
        yield from _refused_rows(proposal.landed)
    if proposal.unused:
        more = len(proposal.unused) - _NAMES_SHOWN
        told = ", ".join(proposal.unused[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
        yield f"mapped to nothing: {told}."
    if proposal.alike is not None:
        yield f"the headers look like {proposal.alike}'s: try --preset {proposal.alike}."


def _refused_rows(landed: LandedFile) -> Iterator[str]:
    if landed.rejects is None:
        return
    import duckdb

    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select line_number, reason from read_parquet({quoted(landed.rejects)}) "
            f"order by line_number nulls first, reason limit {_REJECTS_SHOWN}"
        ).fetchall()
    yield from (f"line {line}: {reason}." for line, reason in rows)


def _argument(header: str) -> str:
    return header if re.fullmatch(r"[\w.-]+", header) else f"'{header}'"


# --- the section of the configuration ------------------------------------------------------------------------------


def table_keys(proposal: Proposal, root: Path) -> dict[str, Any]:
    """The keys of the table's section; what its preset says is not repeated."""
    its = proposal.preset.tables.get(proposal.table) if proposal.preset else None
    path = proposal.path.resolve()
    keys: dict[str, Any] = {
        "path": path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
    }
    named = proposal.spec.columns if its else {one.column: one.header for one in proposal.guesses}
    if named := {column: header for column, header in named.items() if header != column}:
        keys["columns"] = named
    facts = proposal.landed.statistics if proposal.landed else {}
    # What was told from the values is declared: a later export of a few rows might have two readings.
    form = proposal.spec.date_format or facts.get("date_format") or ""
    if form.startswith("%") and "," not in form and form != "%Y-%m-%d":
        keys["date_format"] = form
    if mark := proposal.spec.decimal or facts.get("decimal_mark"):
        keys["decimal"] = mark
    for key in ("sheet", "header_row"):
        if (value := getattr(proposal.spec, key)) is not None:
            keys[key] = value
    return keys


def section(proposal: Proposal, root: Path) -> dict[str, Any]:
    """The YAML to paste, as values."""
    keys = table_keys(proposal, root)
    if proposal.table in EVENTS:
        return {"events": {proposal.table: keys}}
    if proposal.table in SUBLEDGER:
        preset = {"preset": proposal.preset.name} if proposal.preset else {}
        return {"ledgers": [{"kind": "subledger", **preset, proposal.table: keys}]}
    return {proposal.table: keys}


def as_yaml(value: Any) -> str:
    """As `encours.yml` has it: blocks, accents, the order given."""
    import yaml

    class Indented(yaml.SafeDumper):
        """Items of a list stand under their key."""

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
            super().increase_indent(flow, False)

    return str(yaml.dump(value, Dumper=Indented, sort_keys=False, allow_unicode=True, width=110))
