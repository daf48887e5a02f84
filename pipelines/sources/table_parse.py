"""Texts of a table as typed canonical columns, every row accepted, refused or out of scope.

What belongs here: the mapping of columns, how the dates and amounts of a file are written, typing, keys, the account
of rows and cents. What does not: taking a file apart (`table_files`), which version of a row counts (`feeds`).

A value has one reading or none. How dates and amounts are written is told from all values of the file in scope, or
declared; where two readings fit, the file is refused with both.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import DataError
from pipelines.lake import quoted, write_json
from pipelines.sources.canonical import DUCKDB_TYPES, TABLES, Condition, Contains, Kind, TableSpec
from pipelines.sources.open_data import RAW_TEXT_LENGTH, LandedFile
from pipelines.sources.table_files import LINE, SEPARATOR_NAMES, TextTable, header_like, identifier

if TYPE_CHECKING:
    pass

_VERSION = 4
_MEMORY = "4GB"
_BLANKS = " \t\n\r\u00a0\u202f\u2009\u200b\ufeff"
_BLANK_CLASS = r"[ \x{00a0}\x{202f}\x{2009}\x{27}\x{2019}]"
# What exports write where there is no value; a text column may mean the word.
_NOTHING = ("\\n", "null", "none", "nan", "nat", "n/a", "#n/a", "-", "--")
_YES = ("1", "true", "vrai", "yes", "y", "oui", "o", "x", "t")
_NO = ("0", "false", "faux", "no", "n", "non", "f")
_DOCUMENT_TYPES = {
    "invoice": "invoice", "facture": "invoice", "credit_note": "credit_note", "creditnote": "credit_note",
    "credit_memo": "credit_note", "avoir": "credit_note", "deposit": "deposit", "acompte": "deposit",
    "opening_item": "opening_item", "other": "other",
}  # fmt: skip
_CURRENCY_SIGNS = {"€": "EUR", "£": "GBP"}
# Columns that tell what has become of a document: they change from day to day and name no row.
_STATE = frozenset(
    (
        "open_amount",
        "paid_date",
        "is_disputed",
        "matching_number",
        "snapshot_date",
        "updated_at",
        "is_cancelled",
    )
)
# A table whose rows are named by several columns where no column is mapped to its key.
_NATURAL_KEYS = {"exchange_rates": ("currency", "rate_date")}
_TIME = r"[ T]+\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)? ?([AaPp][Mm])? ?(Z|UTC|GMT|[-+]\d{2}(:?\d{2})?)?$"
_SERIAL = "serial number"
_FORMATS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d%m%Y",
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y",
    "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y", "%y-%m-%d",
    "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y",
)  # fmt: skip
_SHAPES = {"%Y": r"\d{4}", "%y": r"\d{2}", "%b": "[A-Za-z]{3}", "%B": "[A-Za-z]{3,9}"}
# Below ten thousand billion: sums of ledgers then stay within DECIMAL(18,2).
_MONEY = "DECIMAL(15,2)"
_WIDE = "DECIMAL(38,12)"
# Decimals beyond the sixth within a millionth of a cent's place are noise of binary numbers, not an amount.
_NOISE = "0.000001"


def land_table(text: TextTable, spec: TableSpec, raw_dir: Path, quarantine_dir: Path) -> LandedFile:
    """Land a text table as rows of one canonical table.

    Args:
        text: the rows as texts.
        spec: the mapping, and what is declared about formats.
        raw_dir: where the Parquet file and its statistics go, named by content and mapping.
        quarantine_dir: where refused rows go: line_number, column_name, reason, raw_text, and the amount as debit
            (positive) or credit where it can be read.

    Returns:
        the landed file: line_number BIGINT, row_key VARCHAR, then every canonical column of the table, null where
        none is mapped. `row_key` is the key where a column is mapped to it, else what tells the row from others, and
        the key column holds it too. In its statistics `debit_total` and `credit_total` are the sums of positive and
        of negative amounts, in the currencies of the rows; `mapping` is canonical column → header; `notes` tell how
        the file was read.

    Raises:
        DataError: a mapped column is not there or cannot be read, nothing is mapped to a required one, dates or
            amounts have two readings or two ways of writing, a key names two different rows, no row is there.
    """
    return _Landing(text, spec, raw_dir, quarantine_dir).land()


def mapping_of(text: TextTable, spec: TableSpec) -> dict[str, tuple[str, ...]]:
    """Canonical column → headers of this table, in the order of the canonical columns; most have one.

    Raises:
        DataError: as `land_table`.
    """
    table = TABLES[spec.table]
    found: dict[str, tuple[str, ...]] = {}
    for name in table.columns:
        if (wanted := spec.columns.get(name)) is not None:
            headers = _headers(wanted, text.columns)
            if headers is None:
                raise DataError(_absent(text, spec, wanted, f"which `columns` names for {name}"))
        else:
            known = (*spec.known_columns.get(name, ()), name)
            headers = next((one for label in known if (one := _headers(label, text.columns))), None)
        for header in headers or ():
            _refuse_fault(text, header)
        if headers:
            found[name] = headers
    for name, column in table.columns.items():
        if column.is_required and name not in found:
            raise DataError(_unmapped(text, spec, name))
    if table.one_of and not set(table.one_of) & set(found):
        raise DataError(_unmapped(text, spec, " or ".join(table.one_of)))
    return found


def _header(label: str, columns: Iterable[str]) -> str | None:
    """The header that a mapping means: as written, else without regard to case and blanks."""
    alike = [column for column in columns if header_like(column) == header_like(label)]
    return label if label in alike else next(iter(alike), None)


def _headers(label: str, columns: Sequence[str]) -> tuple[str, ...] | None:
    """The headers that a mapping means: one, or those of `BELNR + GJAHR` where no header is written so."""
    if header := _header(label, columns):
        return (header,)
    parts = [_header(part, columns) for part in label.split(" + ")]
    found = tuple(part for part in parts if part is not None)
    return found if len(found) == len(parts) else None


def _refuse_fault(text: TextTable, header: str) -> None:
    if header in text.faults:
        raise DataError(f"{text.file_name}, column '{header}': {text.faults[header]}.")


def _absent(text: TextTable, spec: TableSpec, wanted: str, why: str) -> str:
    like = {header_like(column): column for column in text.columns}
    near = difflib.get_close_matches(header_like(wanted), like, n=2, cutoff=0.6)
    nearest = f" (nearest: {', '.join(repr(like[one]) for one in near)})" if near else ""
    return (
        f"{text.file_name} has no column '{wanted}', {why} ({spec.where}){nearest}: correct the mapping, or export "
        f"the file as before; its columns are: {_listed(text.columns)}."
    )


def _unmapped(text: TextTable, spec: TableSpec, name: str) -> str:
    return (
        f"{text.file_name}: no column is known to hold {name} of {spec.table} ({spec.where}): name it under "
        f"`columns`, or let `encours map` propose; its columns are: {_listed(text.columns)}."
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:25]) + (f" and {len(names) - 25} more" if len(names) > 25 else "")


# --- expressions ---------------------------------------------------------------------------------------------------


def _let(name: str, value: str, body: str) -> str:
    """`body` with `name` standing for `value`, evaluated once a row."""
    return f"list_transform([{value}], lambda {name}: {body})[1]"


def _clean(header: str) -> str:
    """A text without blanks around and what keeps a spreadsheet from converting it; NULL where nothing is left."""
    column = identifier(header)
    trimmed = f"trim({column}, {quoted(_BLANKS)})"
    slow = r"""case
        when starts_with(t, '="') and ends_with(t, '"') then trim(t[3:-2])
        when starts_with(t, '''') and regexp_matches(t, '^''[0-9+=@-]') then t[2:]
        when contains(t, chr(10)) then regexp_replace(t, '\s*\n\s*', ' ', 'g')
        else t end"""
    # Most texts begin and end with a letter or digit, and need none of it: half the time of a landing.
    is_clean = (
        f"{column}[1] between '+' and '~' and not {column}[1] = '=' and {column}[-1] between '!' and '~' "
        f"and not contains({column}, chr(10))"
    )
    return f"case when {is_clean} then {column} else nullif({_let('t', trimmed, slow)}, '') end"


def _in(values: Iterable[str]) -> str:
    return "(" + ", ".join(quoted(value) for value in values) + ")"


def _day_text(value: str) -> str:
    """The day in a text: its time and zone left out, and the decimal of a number that a day was taken for."""
    return (
        f"case when length({value}) > 10 then regexp_replace({value}, {quoted(_TIME)}, '') "
        rf"when regexp_full_match({value}, '[0-9]{{8}}[.]0') then {value}[:8] else {value} end"
    )


def _shape(form: str) -> str:
    """Pattern of the texts that a date format may mean: strptime alone would take any number of digits."""
    digits = r"\d{2}" if form in ("%Y%m%d", "%d%m%Y") else r"\d{1,2}"
    parts = re.split(r"(%.)", form)
    return "".join(_SHAPES.get(part, digits) if part.startswith("%") else re.escape(part) for part in parts)


def _day(text: str, form: str) -> str:
    """DATE of the text of a day in one format, or NULL."""
    if form == _SERIAL:
        return (
            rf"case when regexp_full_match({text}, '[1-9]\d{{4}}([.]\d+)?') "
            f"then date '1899-12-30' + floor({text}::double)::integer end"
        )
    read = f"try_strptime({text}, {quoted(form)})::date"
    return f"case when regexp_full_match({text}, {quoted(_shape(form))}) and year({read}) >= 1900 then {read} end"


def _moment(value: str, form: str) -> str:
    """TIMESTAMP of a text, in UTC where it bears an offset, midnight where it bears no time."""
    time = rf"regexp_extract({value}, '[ T](\d{{1,2}}:\d{{2}}(:\d{{2}}([.]\d+)?)?)', 1)"
    noon = rf"case when regexp_matches({value}, '[Pp][Mm]') and {time} not like '12:%' then 12 when "
    noon += rf"regexp_matches({value}, '[Aa][Mm]') and {time} like '12:%' then -12 else 0 end"
    offset = rf"regexp_extract({value}, ':\d{{2}}[.0-9]* ?([-+]\d{{2}}):?(\d{{2}})?$', ['hours', 'minutes'])"
    minutes = (
        "coalesce(try_cast(o.hours as integer), 0) * 60 + coalesce(try_cast(o.minutes as integer), 0) "
        "* case when o.hours like '-%' then -1 else 1 end"
    )
    shift = _let("o", offset, minutes)
    return (
        f"{_day(_day_text(value), form)} + coalesce(try_cast({time} as time), time '00:00:00') "
        f"+ to_hours({noon}) - to_minutes({shift})"
    )


def _unsigned(value: str) -> str:
    """An amount without sign, parentheses and currency; what is left has digits, marks and blanks."""
    bare = rf"trim(regexp_replace({value}, '\p{{Sc}}|\b[A-Z]{{3}}\b', '', 'g'), {quoted(_BLANKS)})"
    return rf"trim(regexp_replace({bare}, '^[-+\x{{2212}}(]\s*|\s*[-+\x{{2212}})]$', '', 'g'), {quoted(_BLANKS)})"


def _mark_told(value: str) -> str:
    """What a text tells of the decimal mark: `,` or `.`, `?,` or `?.` where it has two readings, else NULL."""
    slow = _let(
        "u",
        _unsigned(value),
        rf"""case
        when not regexp_matches(u, '[.,]') then null
        when regexp_full_match(u, '\d{{1,3}}([.]\d{{3}})+,\d*') then ','
        when regexp_full_match(u, '\d{{1,3}}(,\d{{2,3}})*,\d{{3}}[.]\d*') then '.'
        when regexp_full_match(u, '\d{{1,3}}(,\d{{2,3}})+,\d{{3}}') then '.'
        when regexp_full_match(u, '\d{{1,3}}([.]\d{{3}}){{2,}}') then ','
        when regexp_full_match(u, '[1-9]\d{{0,2}},\d{{3}}') then '?,'
        when regexp_full_match(u, '[1-9]\d{{0,2}}[.]\d{{3}}') then '?.'
        when regexp_full_match(u, '(\d|{_BLANK_CLASS})*,\d*') then ','
        when regexp_full_match(u, '(\d|{_BLANK_CLASS})*[.]\d*') then '.'
    end""",
    )
    is_plain = f"regexp_full_match({value}, '-?[0-9]+[,.][0-9]{{1,2}}')"
    return f"case when {is_plain} then translate({value}, '-0123456789', '') else {slow} end"


def _plain_number(value: str, mark: str) -> str:
    """The digits of an amount with a decimal point, or NULL where it is none with this decimal mark."""
    other = "." if mark == "," else ","
    d, o = f"[{mark}]", f"[{other}]"
    grouped = rf"\d{{1,3}}({o}\d{{3}})+({d}\d*)?"
    if other == ",":
        grouped += rf"|\d{{1,2}}(,\d{{2}})+,\d{{3}}({d}\d*)?"
    blanks = rf"\d{{1,3}}({_BLANK_CLASS}\d{{3}})+({d}\d*)?"
    digits = _let(
        "u",
        _unsigned(value),
        rf"""case
        when regexp_full_match(u, '\d+({d}\d*)?|{d}\d+') then replace(u, '{mark}', '.')
        when regexp_full_match(u, {quoted(blanks)})
            then replace(regexp_replace(u, {quoted(_BLANK_CLASS)}, '', 'g'), '{mark}', '.')
        when regexp_full_match(u, {quoted(grouped)}) then replace(replace(u, '{other}', ''), '{mark}', '.')
    end""",
    )
    is_negative = rf"regexp_matches({value}, '[-\x{{2212}}]|^[^0-9]*[(].*[)]')"
    return f"(case when {is_negative} then '-' else '' end || {digits})"


def _number(value: str, mark: str, is_typed: bool) -> str:
    """DECIMAL(38,12) of an amount or rate in any spelling that has one reading, else NULL."""
    if is_typed:
        return f"coalesce(try_cast({value} as {_WIDE}), try_cast(try_cast({value} as double) as {_WIDE}))"
    return f"try_cast({_plain_number(value, mark)} as {_WIDE})"


def _money(value: str, number: str, mark: str) -> str:
    """DECIMAL(15,2) of an amount, NULL where it is none or not in whole cents: the plain spelling by one cast."""
    fast = value if mark == "." else f"replace({value}, ',', '.')"
    cents = _let("n", number, f"case when abs(n - round(n, 2)) < {_NOISE} then try_cast(n as {_MONEY}) end")
    return (
        f"case when regexp_full_match({value}, '-?[0-9]{{1,13}}([{mark}][0-9]{{1,2}})?') "
        f"then try_cast({fast} as {_MONEY}) else {cents} end"
    )


def _condition(text: TextTable, spec: TableSpec, rule: Condition, key: str) -> str | None:
    """SQL of a condition; None where its column is not there and need not be."""
    header = next((one for label in rule.headers if (one := _header(label, text.columns))), None)
    if header is None:
        if rule.is_required:
            raise DataError(_absent(text, spec, rule.headers[0], f"which `{key}` names"))
        return None
    _refuse_fault(text, header)
    listed = _in(header_like(value) for value in rule.values)
    return f"coalesce(lower({_clean(header)}), '') in {listed}"


# --- one landing ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Formats:
    """How the values of a file are written.

    Attributes:
        dates: canonical column → strptime format of its days, or `serial number`.
        mark: the decimal mark, None where no amount tells.
    """

    dates: Mapping[str, str]
    mark: str | None


class _Landing:
    """One landing of one text table."""

    def __init__(self, text: TextTable, spec: TableSpec, raw_dir: Path, quarantine_dir: Path) -> None:
        self.text = text
        self.spec = spec
        self.table = TABLES[spec.table]
        self.stem = f"{text.sha256[:16]}-{_digest(text, spec)}-v{_VERSION}"
        self.parquet = raw_dir / f"{self.stem}.parquet"
        self.rejects = quarantine_dir / f"{self.stem}.parquet"
        self.notes: list[str] = []

    def land(self) -> LandedFile:
        if (known := self._known()) is not None:
            return known
        self.mapping = mapping_of(self.text, self.spec)
        self._conditions()
        if (
            not self.text.rows
            and self.spec.contains is not Contains.CHANGES
            and self.spec.table == "invoices"
        ):
            raise DataError(f"{self.text.file_name} has a header and no row: export it again.")
        import duckdb

        self.parquet.parent.mkdir(parents=True, exist_ok=True)
        self.rejects.parent.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.TemporaryDirectory(dir=self.parquet.parent, prefix=".landing.") as work,
            duckdb.connect(config={"memory_limit": _MEMORY, "temp_directory": work}) as self.connection,
        ):
            return self._land(*(Path(work) / f"{name}.parquet" for name in ("typed", "accepted", "rejects")))

    def _known(self) -> LandedFile | None:
        sidecar = self.parquet.with_suffix(".json")
        if not (self.parquet.exists() and sidecar.exists()):
            return None
        statistics = json.loads(sidecar.read_text(encoding="utf-8"))
        if statistics["rows_rejected"] and not self.rejects.exists():
            return None
        statistics["file_name"] = self.text.file_name
        return LandedFile(self.parquet, self.rejects if statistics["rows_rejected"] else None, statistics)

    def _conditions(self) -> None:
        """Scope and turned signs as SQL."""

        def sql(rules: Sequence[Condition], key: str) -> list[str]:
            found = (_condition(self.text, self.spec, rule, key) for rule in rules)
            return [one for one in found if one is not None]

        only, leave_out = sql(self.spec.only, "only"), sql(self.spec.leave_out, "except")
        self.scope = " and ".join([*only, *(f"not ({one})" for one in leave_out)]) or "true"
        self.negated = " or ".join(sql(self.spec.negate, "negate")) or "false"

    def _land(self, typed: Path, accepted: Path, rejects: Path) -> LandedFile:
        self.source = f"read_parquet({quoted(self.text.parquet)})"
        formats = _Formats(self._date_formats(), self._decimal_mark())
        self._copy(self._typed(formats), typed)
        self._find_twins(typed)
        self._copy(self._accepted(typed), accepted)
        self._copy(self._rejected(typed), rejects)
        statistics = self._statistics(typed, accepted, rejects, formats)
        os.replace(accepted, self.parquet)
        if statistics["rows_rejected"]:
            os.replace(rejects, self.rejects)
        write_json(self.parquet.with_suffix(".json"), statistics)
        return LandedFile(self.parquet, self.rejects if statistics["rows_rejected"] else None, statistics)

    def _copy(self, query: str, path: Path) -> None:
        self.connection.execute(f"copy ({query}) to {quoted(path)} (format parquet, compression zstd)")

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def _shown(self, name: str) -> str:
        """The headers of a canonical column, as a mapping names them."""
        return " + ".join(self.mapping[name])

    def _given(self, name: str) -> str:
        """The cleaned text of a canonical column, its declared meanings in place."""
        parts = [_clean(header) for header in self.mapping[name]]
        value = parts[0] if len(parts) == 1 else f"nullif(concat_ws('-', {', '.join(parts)}), '')"
        if self.table.columns[name].kind is not Kind.TEXT:
            value = _let("g", value, f"case when length(g) > 4 or lower(g) not in {_in(_NOTHING)} then g end")
        if meanings := self.spec.values.get(name):
            cases = " ".join(f"when {quoted(header_like(k))} then {quoted(v)}" for k, v in meanings.items())
            value = _let("g", value, f"case lower(g) {cases} else g end")
        return value

    def _of_kind(self, *kinds: Kind) -> list[str]:
        return [name for name in self.mapping if self.table.columns[name].kind in kinds]

    def _native(self, name: str) -> Kind | None:
        # A declared meaning is a text, whatever the cell was.
        return None if name in self.spec.values else self.text.native.get(self._shown(name))

    # --- formats ---

    def _date_formats(self) -> dict[str, str]:
        """The format of each column of days, told from all its values together with the others'."""
        columns = self._of_kind(Kind.DATE, Kind.TIMESTAMP)
        found = {name: "%Y-%m-%d" for name in columns if self._native(name) in (Kind.DATE, Kind.TIMESTAMP)}
        open_columns = [name for name in columns if name not in found]
        if not open_columns:
            return found
        parts = [
            f"select {quoted(name)} as column_name, {_day_text('v')} as day, {LINE} "
            f"from (select {LINE}, {self._given(name)} as v from {self.source} where {self.scope}) "
            "where v is not null"
            for name in open_columns
        ]
        self.connection.execute(
            "create temp table days as select column_name, day, min(line_number) as line_number "
            f"from ({' union all '.join(parts)}) where not {_is_no_day('day')} group by all"
        )
        if self.spec.date_format is not None:
            form = _day_format(self.spec.date_format)
            self._check_declared(form)
            return found | dict.fromkeys(open_columns, form)
        self._tell_dates(open_columns, found)
        return found

    def _check_declared(self, form: str) -> None:
        """Refuse a declared format that fits no value of a column."""
        for name, line, day in self._rows(
            f"select column_name, min(line_number), arg_min(day, line_number) from days group by 1 "
            f"having count({_day('day', form)}) = 0 order by 2"
        ):
            raise DataError(
                f"{self.text.file_name}, line {line}, column '{self._shown(name)}': '{day}' is no date written as "
                f"'{self.spec.date_format}', and no other value of the column is: correct `date_format` "
                f"({self.spec.where})."
            )

    def _tell_dates(self, columns: Sequence[str], found: dict[str, str]) -> None:
        is_number = {name for name in columns if self._native(name) in (Kind.INTEGER, Kind.RATE)}
        formats = [*_FORMATS, _SERIAL]
        fits = ", ".join(f"({_day('day', form)}) is not null" for form in formats)
        patterns = self._rows(
            f"select column_name, [{fits}] as fits, count(*), min(line_number), arg_min(day, line_number) "
            "from days group by 1, 2 order by 1, 4"
        )
        possible: dict[str, list[tuple[frozenset[str], int, int, str]]] = {name: [] for name in columns}
        for name, bits, count, line, day in patterns:
            fitting = {form for form, bit in zip(formats, bits, strict=True) if bit}
            if name not in is_number:
                fitting.discard(_SERIAL)
            possible[name].append((frozenset(fitting), count, line, day))
        fitting_all: dict[str, frozenset[str]] = {}
        for name, seen in possible.items():
            read = [one for one in seen if one[0]]
            if not read:
                if seen:
                    raise self._no_date(name, seen[0][2], seen[0][3])
                found[name] = "%Y-%m-%d"
                continue
            fitting_all[name] = frozenset.intersection(*(one[0] for one in read))
            if not fitting_all[name]:
                raise self._mixed_dates(name, read)
        self._choose(fitting_all, found)

    def _choose(self, fitting: Mapping[str, frozenset[str]], found: dict[str, str]) -> None:
        """One format for each column, where need be by what the other columns prove."""
        proven = {form: name for name, forms in fitting.items() if len(forms) == 1 for form in forms}
        for form, name in proven.items():
            if (rival := _SIBLINGS.get(form)) in proven:
                raise DataError(
                    f"{self.text.file_name}: the dates of column '{self._shown(name)}' are written as {form}, "
                    f"those of '{self._shown(proven[rival])}' as {rival}: export both alike."
                )
        for name, forms in fitting.items():
            left = forms & proven.keys() if len(forms) > 1 and forms & proven.keys() else forms
            ordered = [form for form in _FORMATS if form in left] or [_SERIAL]
            for rival in ordered[1:]:
                differing = self._rows(
                    "select line_number, day, one, other from (select line_number, day, "
                    f"{_day('day', ordered[0])} as one, {_day('day', rival)} as other "
                    f"from days where column_name = {quoted(name)}) where one <> other order by 1 limit 1"
                )
                if differing:
                    raise self._two_dates(name, ordered[0], rival, *differing[0])
            found[name] = ordered[0]

    def _no_date(self, name: str, line: int, day: str) -> DataError:
        return DataError(
            f"{self.text.file_name}, line {line}, column '{self._shown(name)}': '{day}' is no date in a known format: "
            "declare it, as `date_format: '%d/%m/%Y'`, or map another column."
        )

    def _mixed_dates(self, name: str, seen: Sequence[tuple[frozenset[str], int, int, str]]) -> DataError:
        main = max(seen, key=lambda one: one[1])
        other = next(
            (one for one in seen if not one[0] & main[0]), next(one for one in seen if one is not main)
        )
        first, second = sorted((main, other), key=lambda one: one[2])
        return DataError(
            f"{self.text.file_name}, column '{self._shown(name)}': '{first[3]}' on line {first[2]} and '{second[3]}' "
            f"on line {second[2]} are not written in one date format: export them alike, or declare the one that "
            "holds, as `date_format: '%d/%m/%Y'` (the others are then refused)."
        )

    def _two_dates(
        self, name: str, form: str, rival: str, line: int, day: str, one: date, other: date
    ) -> DataError:
        return DataError(
            f"{self.text.file_name}, line {line}, column '{self._shown(name)}': '{day}' has two readings, "
            f"{one.isoformat()} ({form}) and {other.isoformat()} ({rival}), and no date of the file tells which: "
            f"declare `date_format: '{form}'` or `date_format: '{rival}'`."
        )

    def _decimal_mark(self) -> str | None:
        """The decimal mark that all amounts and rates of the file have."""
        columns = [name for name in self._of_kind(Kind.MONEY, Kind.RATE) if not self._is_typed(name)]
        if self.spec.decimal is not None or not columns:
            return self.spec.decimal
        parts = []
        for name in columns:
            told = _mark_told("v")
            if self.table.columns[name].kind is Kind.RATE:
                told = f"ltrim({told}, '?')"
            parts.append(
                f"select {told} as told, {LINE}, v, {quoted(name)} as column_name "
                f"from (select {LINE}, {self._given(name)} as v from {self.source} where {self.scope})"
            )
        seen = {
            told: (line, value, name)
            for told, line, value, name in self._rows(
                "select told, min(line_number), arg_min(v, line_number), arg_min(column_name, line_number) "
                f"from ({' union all '.join(parts)}) group by told"
            )
            if told is not None
        }
        if "," in seen and "." in seen:
            first, second = sorted((seen[","], seen["."]))
            raise DataError(
                f"{self.text.file_name}: '{first[1]}' on line {first[0]} and '{second[1]}' on line {second[0]} have "
                "different decimal marks: export them alike, or declare the one that holds as `decimal: ','` or "
                "`decimal: '.'` (the others are then refused)."
            )
        for mark in (",", "."):
            if mark in seen:
                return mark
        if seen:
            line, value, name = min(seen.values())
            raise DataError(
                f"{self.text.file_name}, line {line}, column '{self._shown(name)}': '{value}' has two readings, "
                "thousands or decimals, and no amount of the file tells which: declare `decimal: ','` or "
                "`decimal: '.'`."
            )
        return None

    def _is_typed(self, name: str) -> bool:
        return self._native(name) in (Kind.INTEGER, Kind.RATE)

    # --- rows ---

    def _typed(self, formats: _Formats) -> str:
        """Every row: its texts (`given_…`), whether it is in scope, its typed columns (`typed_…`), the first fault."""
        given = ", ".join(f"{self._given(name)} as given_{name}" for name in self.mapping)
        rows = (
            f"select {LINE}, ({self.scope}) as is_in_scope, ({self.negated}) as is_negated, {given} "
            f"from {self.source}"
        )
        typed, faults = [], []
        for name in self.mapping:
            value, reasons = self._value(name, formats)
            typed.append(f"{value} as read_{name}")
            faults += reasons
        missing = [
            (f"given_{name} is null", name, quoted(f"{name} is blank"))
            for name, column in self.table.columns.items()
            if name in self.mapping and (column.is_required or name == self.table.key)
        ]
        if one_of := [f"given_{name}" for name in self.table.one_of if name in self.mapping]:
            names = " and ".join(self.table.one_of)
            is_missing = f"coalesce({', '.join(one_of)}) is null"
            missing.append((is_missing, self.table.one_of[0], quoted(f"{names} are blank")))
        faults = missing + faults
        column, reason = (
            "case when not is_in_scope then null"
            + "".join(f" when {test} then {what}" for test, what in told)
            + " end"
            for told in (
                [(test, quoted(name)) for test, name, _ in faults],
                [(test, why) for test, _, why in faults],
            )
        )
        read = f"select *, {', '.join(typed)} from ({rows})"
        checked = f"select *, {column} as fault_column, {reason} as fault from ({read})"
        final = ", ".join(f"{value} as typed_{name}" for name, value in self._final().items())
        return (
            f"select {LINE}, is_in_scope, fault_column, fault, {final} "
            f"from (select *, {self._document_type()} as told_type from ({checked}))"
        )

    def _value(self, name: str, formats: _Formats) -> tuple[str, list[tuple[str, str, str]]]:
        """SQL of a column's typed value from `given_…`, and its faults: test, column, reason."""
        given = f"given_{name}"
        read = f"read_{name}"
        said = f"'{name} ''' || {given} || '''"
        unread = f"{given} is not null and {read} is null"
        match self.table.columns[name].kind:
            case Kind.DATE:
                day = f"case when not {_is_no_day('w')} then {_day('w', formats.dates[name])} end"
                is_day = f"not {_is_no_day(_day_text(given))}"
                return _let("w", _day_text(given), day), [
                    (f"{unread} and {is_day}", name, f"{said} is no date'")
                ]
            case Kind.TIMESTAMP:
                return _moment(given, formats.dates[name]), [(unread, name, f"{said} is no point in time'")]
            case Kind.MONEY | Kind.RATE as kind:
                mark = "." if self._is_typed(name) else formats.mark or "."
                number = _number(given, mark, self._is_typed(name))
                no_number = (f"{unread} and {number} is null", name, f"{said} is no amount'")
                if kind is Kind.RATE:
                    return number, [
                        no_number,
                        (f"{read} <= 0 or {read} >= 1e10", name, f"{said} is no rate'"),
                    ]
                return _money(given, number, mark), [
                    no_number,
                    (f"{unread} and abs({number}) >= 1e13", name, f"{said} is too large'"),
                    (unread, name, f"{said} is not in whole cents'"),
                ]
            case Kind.INTEGER:
                whole = rf"try_cast(regexp_extract({given}, '^([-+]?[0-9]+)([.,]0*)?$', 1) as integer)"
                return whole, [(unread, name, f"{said} is no whole number'")]
            case Kind.FLAG:
                flag = f"lower({given}) in {_in(_YES)}"
                flag = f"case when {flag} or lower({given}) in {_in(_NO)} then {flag} end"
                return flag, [(unread, name, f"{said} is neither yes nor no'")]
        if name == "currency":
            signs = " ".join(
                f"when {quoted(sign)} then {quoted(code)}" for sign, code in _CURRENCY_SIGNS.items()
            )
            code = f"case when regexp_full_match(upper({given}), '[A-Z]{{3}}') then upper({given}) end"
            return f"case {given} {signs} else {code} end", [
                (unread, name, f"{said} is no code of three letters'")
            ]
        if name == "document_type":
            plain = f"replace(replace(lower(strip_accents({given})), ' ', '_'), '-', '_')"
            kinds = " ".join(
                f"when {quoted(one)} then {quoted(kind)}" for one, kind in _DOCUMENT_TYPES.items()
            )
            known = ", ".join(sorted(set(_DOCUMENT_TYPES.values())))
            why = f"{said} is unknown: say under `values` which of {known} it is'"
            return f"case {plain} {kinds} end", [(unread, name, why)]
        return given, []

    def _document_type(self) -> str:
        """The type of a document, told from the sign of its amount where none is given."""
        if "document_type" not in self.table.columns:
            return "null::varchar"
        amount = self._signed("amount")
        given = "read_document_type" if "document_type" in self.mapping else "null"
        return f"coalesce({given}, case when {amount} < 0 then 'credit_note' else 'invoice' end)"

    def _signed(self, name: str) -> str:
        return f"case when is_negated then -read_{name} else read_{name} end"

    def _final(self) -> dict[str, str]:
        """SQL of every mapped column, and of a document's type, as it lands."""
        final = {}
        for name in self.mapping:
            kind = self.table.columns[name].kind
            value = f"read_{name}"
            if kind is Kind.MONEY:
                value = self._signed(name)
                if self.spec.table == "invoices":
                    value = f"case when told_type = 'credit_note' then -abs({value}) else {value} end"
            elif kind is Kind.RATE and name == "exchange_rate" and self.spec.rate_is_inverse:
                value = f"1 / {value}::double"
            final[name] = f"try_cast({value} as {DUCKDB_TYPES[kind]})"
        if (
            self.spec.rate_is_inverse
            and "exchange_rate" in self.mapping
            and "company_amount" not in self.mapping
            and "amount" in final
        ):
            final["company_amount"] = _divided(final["amount"], "read_exchange_rate")
        if "document_type" in self.table.columns:
            final["document_type"] = "told_type"
        return final

    # --- keys ---

    def _key(self) -> tuple[str, bool]:
        """What names a row, as SQL over `typed_…`, and whether it is one of the source's own columns."""
        if self.table.key in self.mapping:
            return f"typed_{self.table.key}", True
        if natural := _NATURAL_KEYS.get(self.spec.table):
            return f"concat_ws(' ', {', '.join(f'typed_{name}' for name in natural)})", True
        named = [name for name in self._final() if name not in _STATE]
        parts = ", ".join(
            f"coalesce({quoted(name)} || length(typed_{name}::varchar) || ':' || typed_{name}::varchar, '')"
            for name in sorted(named)
        )
        return f"md5(concat({parts}))", False

    def _version(self) -> str:
        """What tells a row from the others of its file: its key, and in exports that hold versions, which one."""
        key, _ = self._key()
        if self.spec.contains is Contains.CHANGES and "updated_at" in self.mapping:
            return f"concat_ws(' ', {key}, typed_updated_at)"
        if self.spec.contains is Contains.OPEN_ITEMS and "snapshot_date" in self.mapping:
            return f"concat_ws(' ', {key}, typed_snapshot_date)"
        return key

    def _find_twins(self, typed: Path) -> None:
        """Rows whose key stands on an earlier line too, in table `twins`; refused where they say something else."""
        key, is_own = self._key()
        empty = "" if is_own else " and false"
        sound = f"read_parquet({quoted(typed)}) where is_in_scope and fault is null{empty}"
        values = ", ".join(f"typed_{name}" for name in self._final())
        version = self._version()
        self.connection.execute(
            f"""
            create temp table twins as
            with repeated as (select {version} as version from {sound} group by 1 having count(*) > 1),
            rows as (select {LINE}, {key} as row_key, {version} as version, row({values}) as content from {sound})
            select
                {LINE}, row_key, content,
                first_value({LINE}) over by_line as first_line, first_value(content) over by_line as first_content
            from rows
            where version in (select version from repeated)
            window by_line as (partition by version order by {LINE})
            """
        )
        for name, one, other in self._rows(
            f"select row_key, first_line, {LINE} from twins where content is distinct from first_content "
            "order by 2, 3 limit 1"
        ):
            raise DataError(
                f"{self.text.file_name}: {self.table.key} '{name}' stands on lines {one} and {other} with different "
                "values: keep one, or map a column that names each row."
            )
        self.connection.execute(f"delete from twins where {LINE} = first_line")

    def _keyed(self, typed: Path) -> str:
        """Rows in scope without a fault, each key once."""
        key, is_own = self._key()
        rows = f"select *, {key} as base_key from read_parquet({quoted(typed)}) where is_in_scope and fault is null"
        if is_own:
            keyed = f"select *, base_key as row_key from ({rows})"
            if not self._rows("select count(*) from twins")[0][0]:
                return keyed
            return f"{keyed} where {LINE} not in (select {LINE} from twins) order by {LINE}"
        # Rows alike in all that names them differ in their state, or not at all: then any order is the same.
        order = ", ".join(f"typed_{name}" for name in sorted(self._final()))
        return (
            "select *, base_key || case when place > 1 then '-' || place else '' end as row_key from "
            f"(select *, row_number() over (partition by {self._version()} "
            f"order by {order}, {LINE}) as place from ({rows})) order by {LINE}"
        )

    def _accepted(self, typed: Path) -> str:
        final = self._final()
        columns = []
        for name, column in self.table.columns.items():
            value = f"typed_{name}" if name in final else "null"
            if name == self.table.key:
                value = "row_key"
            columns.append(f"{value}::{DUCKDB_TYPES[column.kind]} as {name}")
        return f"select {LINE}, row_key, {', '.join(columns)} from ({self._keyed(typed)})"

    def _rejected(self, typed: Path) -> str:
        amount = f"typed_{self.table.amount}" if self.table.amount in self.mapping else "null"
        mark = self.text.separator or ";"
        values = ", ".join(f"coalesce({identifier(name)}, '')" for name in self.text.columns)
        raw = f"concat_ws({quoted(mark)}, {values})"
        faulty = (
            f"select {LINE}, fault_column as column_name, fault as reason, {amount} as amount "
            f"from read_parquet({quoted(typed)}) where is_in_scope and fault is not null "
            f"union all select {LINE}, {quoted(self.table.key)}, 'the same row stands on line ' || first_line, "
            f"{amount} from read_parquet({quoted(typed)}) join twins using ({LINE})"
        )
        texts = f"select {LINE}, left({raw}, {RAW_TEXT_LENGTH}) as raw_text from {self.source}"
        rows = f"select {LINE}, column_name, reason, raw_text, amount from ({faulty}) join ({texts}) using ({LINE})"
        if self.text.ragged is not None:
            rows += (
                f" union all select {LINE}, null, reason, raw_text, null "
                f"from read_parquet({quoted(self.text.ragged)})"
            )
        return (
            f"select {LINE}, column_name::VARCHAR as column_name, reason, raw_text, "
            "(case when amount >= 0 then amount end)::DECIMAL(18,2) as debit, "
            f"(case when amount < 0 then -amount end)::DECIMAL(18,2) as credit from ({rows}) order by {LINE}"
        )

    # --- account ---

    def _statistics(self, typed: Path, accepted: Path, rejects: Path, formats: _Formats) -> dict[str, Any]:
        amount = self.table.amount if self.table.amount in self.mapping else None
        sums = (
            f"sum({amount}) filter ({amount} > 0), -sum({amount}) filter ({amount} < 0)"
            if amount
            else "null, null"
        )
        day = self.table.date
        rows, debit, credit, first, last = self._rows(
            f"select count(*), {sums}, min({day}), max({day}) from read_parquet({quoted(accepted)})"
        )[0]
        refused, debit_rejected, credit_rejected = self._rows(
            f"select count(*), sum(debit), sum(credit) from read_parquet({quoted(rejects)})"
        )[0]
        outside = self._rows(f"select count(*) from read_parquet({quoted(typed)}) where not is_in_scope")[0][
            0
        ]
        if rows + refused + outside != self.text.rows:
            raise AssertionError(
                f"{self.text.file_name}: {rows} + {refused} + {outside} is not {self.text.rows} rows"
            )
        self._note(formats)
        has_amounts = amount is not None
        return {
            "source": self.spec.table,
            "file_name": self.text.file_name,
            "sha256": self.text.sha256,
            "source_id": self.text.sha256[:16],
            "encoding": self.text.encoding,
            "separator": SEPARATOR_NAMES.get(self.text.separator or "", self.text.separator),
            "amount_layout": None,
            "date_format": ", ".join(sorted(set(formats.dates.values()))) or None,
            "decimal_mark": formats.mark,
            "rows_read": self.text.rows,
            "rows_accepted": rows,
            "rows_rejected": refused,
            "rows_out_of_scope": outside,
            "debit_total": (debit or 0) if has_amounts else None,
            "credit_total": (credit or 0) if has_amounts else None,
            "debit_rejected": (debit_rejected or 0) if has_amounts else None,
            "credit_rejected": (credit_rejected or 0) if has_amounts else None,
            "first_date": first.isoformat() if first else None,
            "last_date": last.isoformat() if last else None,
            "fiscal_year": None,
            "entries": None,
            "unbalanced_entries": None,
            "draft_rows": None,
            "status": "used",
            "superseded_by": None,
            "warnings": self._warnings(is_empty=not rows and not outside),
            "notes": self.notes,
            "mapping": {name: self._shown(name) for name in self.mapping},
        }

    def _warnings(self, is_empty: bool) -> list[str]:
        """What the auditor's page repeats: figures rest on it."""
        said = []
        if is_empty:
            said.append(f"{self.text.file_name} holds no row of {self.spec.table}.")
        if self.spec.table == "invoices" and "issue_date" not in self.mapping:
            said.append(
                "No column holds issue_date: each document counts as issued its customer's terms before it falls due, "
                "and ages, DSO and days to pay rest on that."
            )
        return said

    def _note(self, formats: _Formats) -> None:
        forms = sorted(set(formats.dates.values()))
        for form in forms:
            of = ", ".join(self._shown(name) for name, one in formats.dates.items() if one == form)
            self.notes.append(f"Dates are written as {form}{f' in {of}' if len(forms) > 1 else ''}.")
        if formats.mark:
            self.notes.append(f"The decimal mark is '{formats.mark}'.")
        if not self._key()[1]:
            self.notes.append(
                f"No column holds {self.table.key}: rows are told apart by their content, so that a correction is a "
                "new row."
            )
        if absent := [name for name in self.spec.known_columns if name not in self.mapping]:
            self.notes.append(f"Columns of the preset that are not there: {', '.join(absent)}.")


def _is_no_day(day: str) -> str:
    """Whether a text is what systems write for no day: 0, 00000000, 0000-00-00."""
    return f"regexp_full_match({day}, '[0./-]+')"


def _day_format(form: str) -> str:
    """A declared format without its time: the time and zone of a text are always read."""
    return re.sub(r"[ T]+(%[HIXT]|\d{1,2}:).*$", "", form)


# Formats that take the same texts for different days.
_SIBLINGS = {
    form: form.translate(str.maketrans("dm", "md"))
    for form in _FORMATS
    if re.fullmatch("%[dm][/-]%[dm][/-]%[Yy]", form)
}


def _divided(amount: str, rate: str) -> str:
    """An amount divided by a rate, rounded half away from zero to the cent, in whole numbers.

    A rate is written with as many digits as its source has: its inverse, rounded, would lose cents.
    """
    cents = f"cast(abs({amount}) * 100 as hugeint)"
    units = f"cast(cast({rate} as decimal(18, 8)) * 100000000 as hugeint)"
    whole = f"(2 * {cents} * 100000000 + {units}) // (2 * {units})"
    return f"cast(sign({amount}) * cast({whole} as decimal(20, 0)) * cast(0.01 as decimal(3, 2)) as decimal(18, 2))"


def _digest(text: TextTable, spec: TableSpec) -> str:
    """What decides how the texts are typed: the mapping and declarations, not where they stand."""
    parts = {
        "text": text.parquet.stem,
        "table": {name: column.kind for name, column in TABLES[spec.table].columns.items()},
        "columns": dict(spec.columns),
        "known": {name: list(headers) for name, headers in spec.known_columns.items()},
        "rules": [
            [[rule.headers, rule.values, rule.is_required] for rule in rules]
            for rules in (spec.only, spec.leave_out, spec.negate)
        ],
        "values": {name: dict(values) for name, values in spec.values.items()},
        "formats": [spec.table, spec.date_format, spec.decimal, spec.rate_is_inverse, spec.contains],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]
