"""The tables of a sub-ledger, of events and of customers as `encours.yml` configures them.

What belongs here: the keys of a table, a preset's defaults under the user's own words, what is refused in them. What
does not: what the canonical tables are (`sources.canonical`), reading their files (`sources.table_files`,
`sources.table_query`).

A preset is data, `presets/<name>.yml`: for each table of one system the headers its exports bear for our columns, and
the formats and conditions they need.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, field_validator, model_validator

from pipelines.config_section import Location, Section, codes, dotted, problem, suggest
from pipelines.errors import UsageError
from pipelines.sources.canonical import (
    EVENTS,
    SUBLEDGER,
    TABLES,
    Condition,
    Contains,
    Kind,
    Subledger,
    TableInput,
    TableSpec,
)

PRESETS = Path(__file__).resolve().parent / "presets"
LEDGER_KINDS = ("fec", "subledger")
DOCUMENT_TYPES = ("invoice", "credit_note", "deposit", "opening_item", "other")

Refuse = Callable[[Location, str], UsageError]
Values = Annotated[list[str], Field(min_length=1)]


# --- the file as written -------------------------------------------------------------------------------------------


class TableSection(Section):
    """One table: a path alone, or where it comes from and how it is read."""

    path: str | None = None
    database: str | None = Field(default=None, repr=False)
    query: str | None = None
    cursor: str | None = None
    columns: dict[str, str] = Field(default={})
    only: dict[str, Values] = Field(default={})
    leave_out: dict[str, Values] = Field(default={}, alias="except")
    negate: dict[str, Values] = Field(default={})
    values: dict[str, dict[str, str]] = Field(default={})
    date_format: str | None = None
    decimal: Literal[".", ","] | None = None
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None
    header_row: Annotated[int, Field(ge=1, le=1_048_576)] | None = None
    contains: Contains | None = None
    snapshot_date: str | None = None
    rate_quote: Literal["company_per_unit", "unit_per_company"] | None = None
    max_age_days: Annotated[int, Field(ge=0, le=36_500)] | None = None
    ignore: list[str] = Field(default=[])

    _split = field_validator("ignore", mode="before")(codes)

    @model_validator(mode="before")
    @classmethod
    def _a_path_alone_is_a_table(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"path": value}
        if not isinstance(value, dict):
            found = "a list" if isinstance(value, list) else "nothing"
            raise problem(f"expected a text (the path of a file) or keys and values, found {found}")
        return value

    @field_validator("only", "leave_out", "negate", mode="before")
    @classmethod
    def _conditions_hold_lists(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {header: [texts] if isinstance(texts, str) else texts for header, texts in value.items()}

    @field_validator("separator", mode="before")
    @classmethod
    def _a_tab_is_no_blank(cls, value: Any) -> Any:
        return "tab" if value in ("\t", "\\t") else value

    @field_validator("separator")
    @classmethod
    def _separator_is_one_character(cls, value: str | None) -> str | None:
        if value is not None and value != "tab" and (len(value) != 1 or value.isalnum() or value == '"'):
            raise problem(f"'{value}' cannot separate values; write ',', ';', '|' or tab")
        return "\t" if value == "tab" else value

    @field_validator("encoding")
    @classmethod
    def _encoding_is_known(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            return codecs.lookup(value).name
        except LookupError:
            raise problem(
                f"'{value}' is no encoding; write utf-8, cp1252, iso-8859-15 or another by its name"
            ) from None

    @field_validator("date_format", "snapshot_date")
    @classmethod
    def _format_names_a_day(cls, value: str | None) -> str | None:
        if value is None:
            return None
        signs = set(re.findall(r"%-?(.)", value))
        if unknown := sorted(signs - set("YymdbBjHIMSfpzTGgVu%")):
            raise problem(
                f"'{value}' holds %{unknown[0]}, which is not part of a date; write %d/%m/%Y or %Y-%m-%d"
            )
        if not (signs & {"Y", "y"} and ("j" in signs or ("d" in signs and signs & {"m", "b", "B"}))):
            raise problem(f"'{value}' does not tell a day; write {_as_strptime(value)}")
        return value

    @field_validator("ignore")
    @classmethod
    def _ignored_are_hashes(cls, value: list[str]) -> list[str]:
        for text in value:
            if not re.fullmatch(r"[0-9a-f]{8,64}", text):
                raise problem(
                    f"'{text}' is not the start of a SHA-256; write its first eight digits or more, as "
                    "quality.sources shows them"
                )
        return value


def _as_strptime(text: str) -> str:
    """`DD/MM/YYYY`, as spreadsheets word it → `%d/%m/%Y`."""
    plain = re.sub("[Jj]{2}|[Dd]{2}", "%d", re.sub("[Mm]{2}", "%m", re.sub("[Aa]{4}|[Yy]{4}", "%Y", text)))
    return plain if {"%d", "%m", "%Y"} <= set(re.findall("%.", plain)) else "%d/%m/%Y or %Y-%m-%d"


class EventsSection(Section):
    """The events around the documents, each a table."""

    disputes: TableSection | None = None
    promises: TableSection | None = None
    reminders: TableSection | None = None
    orders: TableSection | None = None
    instalments: TableSection | None = None
    insured_limits: TableSection | None = None
    overrides: TableSection | None = None


class LedgerSection(Section):
    """One ledger: `{kind: fec, path: ledgers/*.txt}`, or a sub-ledger by its tables."""

    kind: str = "fec"
    path: str | None = None
    name: str | None = None
    preset: str | None = None
    invoices: TableSection | None = None
    payments: TableSection | None = None
    allocations: TableSection | None = None
    exchange_rates: TableSection | None = None

    @field_validator("kind")
    @classmethod
    def _kind_is_read(cls, value: str) -> str:
        if value not in LEDGER_KINDS:
            raise problem(f"'{value}' is not a kind of ledger; write one of: {', '.join(LEDGER_KINDS)}")
        return value

    @field_validator("name")
    @classmethod
    def _name_is_a_folder_name(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", value):
            raise problem(f"'{value}' cannot name a sub-ledger; use letters, digits, '-', '_' and '.' only")
        return value

    @field_validator("preset")
    @classmethod
    def _preset_is_known(cls, value: str | None) -> str | None:
        if value is not None and value not in preset_names():
            raise problem(f"'{value}' is no preset; {suggest(value, preset_names())}")
        return value


# --- presets -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PresetTable:
    """What a system's export of one table is like.

    Attributes:
        file: where `encours init` tells the user to put it.
        columns: canonical column → headers, the first that a file bears counts.
        keys: the other keys of a table section, as defaults.
    """

    file: str
    columns: Mapping[str, tuple[str, ...]]
    only: tuple[Condition, ...]
    leave_out: tuple[Condition, ...]
    negate: tuple[Condition, ...]
    keys: TableSection


@dataclass(frozen=True)
class Preset:
    """One system. `title` is its name, `source` where its column names are published, `note` how to export them."""

    name: str
    title: str
    source: str
    note: str
    tables: Mapping[str, PresetTable]


def preset_names() -> list[str]:
    """The systems whose exports are known."""
    return sorted(path.stem for path in PRESETS.glob("*.yml"))


@cache
def load_preset(name: str) -> Preset:
    """A preset by its name, which is known."""
    # Nothing is converted: codes keep their zeros, `no` stays a word.
    data = yaml.load((PRESETS / f"{name}.yml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
    return Preset(
        name=name,
        title=data["title"],
        source=data["source"],
        note=data["note"],
        tables={table: _preset_table(given) for table, given in data["tables"].items()},
    )


def _preset_table(given: Mapping[str, Any]) -> PresetTable:
    own = ("file", "columns", "only", "except", "negate")

    def conditions(key: str) -> tuple[Condition, ...]:
        return tuple(
            Condition(tuple(one["headers"]), tuple(one["values"]), one.get("is_required") == "true")
            for one in given.get(key, ())
        )

    return PresetTable(
        file=given["file"],
        columns={column: tuple(headers) for column, headers in given["columns"].items()},
        only=conditions("only"),
        leave_out=conditions("except"),
        negate=conditions("negate"),
        keys=TableSection.model_validate({key: value for key, value in given.items() if key not in own}),
    )


# --- settings ------------------------------------------------------------------------------------------------------


def refuse_written_secret(written: str, refuse: Callable[[str], UsageError]) -> None:
    """Refuse a database's URL whose password stands in the file itself (variables are still `${NAME}` here)."""
    without_variables = re.sub(r"\$\{\w+\}", "", written)
    user = re.search(r"://[^/@]*?:([^@]+)@", without_variables)
    option = re.search(r"(?i)(password|passwd|pwd|token|secret)(=|%3D)[^&;%]", without_variables)
    if user or option:
        raise refuse(
            "a password must not stand in this file; put the URL into an environment variable and write "
            "database: '${ERP_URL}'."
        )


def table_input(
    section: TableSection,
    table: str,
    preset: PresetTable | None,
    at: Location,
    lines: Mapping[Location, int],
    source: Path,
    refuse: Refuse,
) -> TableInput:
    """A configured table: the user's keys, then the preset's.

    Raises:
        UsageError: the keys do not go together, or name a column that the table does not have.
    """
    line = next((lines[at[:n]] for n in range(len(at), -1, -1) if at[:n] in lines), 1)
    known = preset.keys if preset else TableSection(path="")
    own = section
    if own.database is not None and own.query is None and own.path is None:
        own = own.model_copy(update={"query": known.query})
    _check_origin(own, at, refuse)
    _check_columns(own, table, at, refuse)

    def chosen(key: str) -> Any:
        value = getattr(own, key)
        return getattr(known, key) if value is None else value

    contains = chosen("contains")
    if own.cursor is not None:
        if contains not in (None, Contains.CHANGES):
            raise refuse(
                (*at, "contains"),
                f"a query with a cursor gives changes, not {contains}; leave 'contains' or 'cursor' out.",
            )
        contains = Contains.CHANGES
    if contains is Contains.OPEN_ITEMS and table != "invoices":
        raise refuse(
            (*at, "contains"), f"only invoices can be open items; write everything or changes for {table}."
        )
    headers = {} if preset is None else dict(preset.columns)
    values = {**known.values, **own.values}
    spec = TableSpec(
        table=table,
        where=f"{source.name}, line {line}, key {dotted(at)}",
        columns=dict(own.columns),
        known_columns={column: names for column, names in headers.items() if column not in own.columns},
        only=_conditions(own.only, preset.only if preset else ()),
        leave_out=_conditions(own.leave_out, preset.leave_out if preset else ()),
        negate=_conditions(own.negate, preset.negate if preset else ()),
        values={column: {**known.values.get(column, {}), **own.values.get(column, {})} for column in values},
        date_format=chosen("date_format"),
        decimal=chosen("decimal"),
        encoding=chosen("encoding"),
        separator=chosen("separator"),
        sheet=chosen("sheet"),
        header_row=chosen("header_row"),
        rate_is_inverse=chosen("rate_quote") == "unit_per_company",
        contains=contains or Contains.EVERYTHING,
    )
    return TableInput(
        spec=spec,
        key=dotted(at),
        line=line,
        pattern=own.path,
        database=_absolute_database(own.database, source.parent),
        query=own.query,
        cursor=own.cursor,
        snapshot_format=chosen("snapshot_date"),
        max_age_days=own.max_age_days,
        ignored=tuple(own.ignore),
    )


def _conditions(own: Mapping[str, list[str]], known: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """The user's conditions, then the preset's on other columns."""
    named = {header.casefold() for header in own}
    return (
        *(Condition((header,), tuple(values)) for header, values in own.items()),
        *(one for one in known if not named & {header.casefold() for header in one.headers}),
    )


def _absolute_database(url: str | None, root: Path) -> str | None:
    """A SQLite file's path is relative to the configuration, as every path is."""
    found = re.fullmatch(r"(sqlite(?:\+\w+)?:///)([^/:?][^?]*)(\?.*)?", url or "")
    if found is None or os.path.isabs(found[2]):
        return url
    return f"{found[1]}{root / found[2]}{found[3] or ''}"


_ONLY_FILES = ("encoding", "separator", "sheet", "header_row", "snapshot_date")
_ONLY_QUERIES = ("cursor",)


def _check_origin(section: TableSection, at: Location, refuse: Refuse) -> None:
    """A file or a query, exactly one, and keys that go with it."""
    for key in ("path", "database", "query", "cursor", "sheet"):
        if getattr(section, key) == "":
            raise refuse((*at, key), "it is blank; write it or leave the key out.")
    is_query = section.database is not None or section.query is not None
    if section.path is not None and is_query:
        other = "database" if section.database is not None else "query"
        raise refuse((*at, other), "give 'path', or 'database' and 'query', not both; keep one.")
    if section.path is None and not is_query:
        raise refuse(at, "no data is named; add path: …, or database: '${…}' and query: 'select …'.")
    if is_query:
        if section.database is None:
            raise refuse((*at, "query"), "a query needs its database; add database: '${ERP_URL}'.")
        if section.query is None:
            raise refuse((*at, "database"), "a database needs a query; add query: 'select …'.")
        if not re.match(r"[A-Za-z][\w+.-]*:", section.database):
            raise refuse(
                (*at, "database"),
                "not the URL of a database; write dialect://user:password@host/name into the environment variable.",
            )
        uses_cursor = re.search(r"(?<![:\w]):cursor\b", section.query) is not None
        if uses_cursor and section.cursor is None:
            raise refuse((*at, "query"), ":cursor needs its column; add cursor: write_date, or your own.")
        if section.cursor is not None and not uses_cursor:
            raise refuse(
                (*at, "cursor"),
                f"the query never uses it; write where {section.cursor} > :cursor, or leave the key out.",
            )
    for key in _ONLY_FILES if is_query else _ONLY_QUERIES:
        if getattr(section, key) is not None:
            goes = "a file" if is_query else "a query"
            raise refuse((*at, key), f"goes with {goes}, which this table is not read from; leave it out.")


def _check_columns(section: TableSection, table: str, at: Location, refuse: Refuse) -> None:
    """Names of ours must be columns of the table, and values of ours values of the column."""
    columns = TABLES[table].columns
    for key in ("columns", "values"):
        for column in getattr(section, key):
            if column not in columns:
                raise refuse(
                    (*at, key, column), f"'{column}' is no column of {table}; {suggest(column, columns)}"
                )
    for column, header in section.columns.items():
        if not header:
            raise refuse((*at, "columns", column), "the header is blank; write it as the file has it.")
    for column, meanings in section.values.items():
        allowed: tuple[str, ...] = DOCUMENT_TYPES if column == "document_type" else ()
        if columns[column].kind is Kind.FLAG:
            allowed = ("true", "false")
        for written, meaning in meanings.items():
            if allowed and meaning not in allowed:
                raise refuse(
                    (*at, "values", column, written),
                    f"'{meaning}' is no value of {column}; {suggest(meaning, allowed)}",
                )
    if section.rate_quote is not None and "exchange_rate" not in columns:
        raise refuse((*at, "rate_quote"), f"{table} bear no exchange rate; leave the key out.")


def subledger(
    section: LedgerSection, at: Location, lines: Mapping[Location, int], source: Path, refuse: Refuse
) -> Subledger:
    """A configured sub-ledger; its invoices are needed, the other tables are not.

    Raises:
        UsageError: a table is missing or wrong.
    """
    if section.path is not None:
        raise refuse(
            (*at, "path"), "a sub-ledger is named by its tables; write invoices: … (and payments: …)."
        )
    if section.invoices is None:
        raise refuse(
            at, "the sub-ledger has no 'invoices'; add invoices: erp/invoices.csv, or your own file."
        )
    preset = load_preset(section.preset) if section.preset else None
    tables = {}
    for name in SUBLEDGER:
        table: TableSection | None = getattr(section, name)
        if table is not None:
            known = preset.tables.get(name) if preset else None
            tables[name] = table_input(table, name, known, (*at, name), lines, source, refuse)
    return Subledger(section.name or section.preset or "subledger", section.preset, tables)


def events(
    section: EventsSection | None,
    at: Location,
    lines: Mapping[Location, int],
    source: Path,
    refuse: Refuse,
) -> dict[str, TableInput]:
    """The configured events by name; those that are not are absent."""
    if section is None:
        return {}
    given = {name: getattr(section, name) for name in EVENTS}
    return {
        name: table_input(table, name, None, (*at, name), lines, source, refuse)
        for name, table in given.items()
        if table is not None
    }


def year_end(text: str | None) -> str | None:
    """`MM-DD`, a day that every year has."""
    if text is not None:
        try:
            found = re.fullmatch(r"(\d\d)-(\d\d)", text)
            date(2001, int(found[1]), int(found[2])) if found else date.fromisoformat("")
        except ValueError:
            raise problem(
                f"'{text}' is not the last day of a fiscal year; write month and day in quotes, as '12-31'"
            ) from None
    return text
