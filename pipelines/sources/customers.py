"""The customers: who owes, under which terms, from which day on.

What belongs here: reading customers.csv as spreadsheets and accounting software write it, French headers
included, and the same rows out of a workbook, Parquet or a query. What does not: what a term means in dates (dbt macro
`due_date`), companies' own defaults (`config`), what successive files tell (`pipelines.customer_versions`).

Unlike a ledger this file is written by hand: fields may be quoted, the separator is told from the header, and
a value that cannot be read is left blank and told, with its line and customer, while the customer is kept.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from stdnum.eu import vat as eu_vat
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number
from stdnum.gb import vat as gb_vat

from pipelines.errors import DataError
from pipelines.lake import quoted
from pipelines.sources.canonical import CUSTOMERS, Condition, TableSpec
from pipelines.sources.open_data import LandedFile, Landing, Reject
from pipelines.sources.text_stream import decode_head, read_head, read_text, scan
from pipelines.terms import ACCEPTED as ACCEPTED_TERMS
from pipelines.terms import TermsError, parse_terms

if TYPE_CHECKING:
    from pipelines.sources.table_files import TextTable

_VERSION = 5
_SEPARATORS = (",", ";", "\t", "|")
_SEPARATOR_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
# As many faults of values are told one by one; the rest of a kind is counted.
_TOLD_EACH = 20

SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("name", pa.string()),
        ("siren", pa.string()),
        ("siren_source", pa.string()),  # declared, siret, vat_number: what the siren is known by
        ("siret", pa.string()),
        ("parent_siren", pa.string()),
        ("vat_number", pa.string()),
        ("country", pa.string()),
        ("postcode", pa.string()),
        ("city", pa.string()),
        ("payment_terms", pa.string()),
        ("terms_net_days", pa.int32()),
        ("terms_is_end_of_month", pa.bool_()),
        ("terms_days_after", pa.int32()),
        ("terms_day_of_month", pa.int32()),
        ("credit_limit", pa.decimal128(18, 2)),
        ("sector_code", pa.string()),
        ("is_consumer", pa.bool_()),
        ("is_group", pa.bool_()),
        ("is_public", pa.bool_()),
        ("is_insured", pa.bool_()),
        ("valid_from", pa.date32()),
        ("ledger_customer_id", pa.string()),
        ("attributes", pa.string()),
    ]
)

# Headers as files bear them, letters and digits only, without accents; each set names one column.
_ALIASES: dict[str, str] = {name: column.aliases for name, column in CUSTOMERS.columns.items()}
_COLUMN_OF = {
    alias.replace("_", ""): column for column, aliases in _ALIASES.items() for alias in aliases.split()
}
_PLAIN_WORDS = {"client", "customer", "tiers"}
_COUNTRIES = {
    "france": "FR", "allemagne": "DE", "germany": "DE", "belgique": "BE", "belgium": "BE", "espagne": "ES",
    "spain": "ES", "italie": "IT", "italy": "IT", "luxembourg": "LU", "suisse": "CH", "switzerland": "CH",
    "paysbas": "NL", "netherlands": "NL", "portugal": "PT", "irlande": "IE", "ireland": "IE", "autriche": "AT",
    "austria": "AT", "pologne": "PL", "poland": "PL", "monaco": "MC", "royaumeuni": "GB", "unitedkingdom": "GB",
    "grandebretagne": "GB", "etatsunis": "US", "unitedstates": "US", "usa": "US", "canada": "CA",
    "maroc": "MA", "tunisie": "TN", "algerie": "DZ", "senegal": "SN", "fra": "FR", "deu": "DE", "bel": "BE",
    "esp": "ES", "ita": "IT", "lux": "LU", "che": "CH", "nld": "NL", "prt": "PT", "gbr": "GB",
}  # fmt: skip
_YES = {"1", "true", "vrai", "yes", "y", "oui", "o", "x"}
_NO = {"0", "false", "faux", "no", "n", "non", ""}
_AMOUNT = re.compile(
    r"(?P<sign>[-+]?)(?P<whole>\d+|\d{1,3}(?:[ .,']\d{3})+)(?:(?P<mark>[.,])(?P<cents>\d{1,2}))?"
)


def land_customers(
    path: Path, raw_dir: Path, quarantine_dir: Path, spec: TableSpec | None = None
) -> LandedFile:
    """Land a customers' file as `customers` rows: one per customer, or one per customer and `valid_from`.

    Args:
        path: the file: CSV with any of comma, semicolon, tab or pipe, quoted or not, UTF-8, UTF-16, ISO-8859-15 or
            CP1252; a workbook; Parquet. Only the column customer_id (code, code client, numéro client…) is needed.
        raw_dir: where the Parquet file and its statistics go (`raw/customers`), named by content and mapping.
        quarantine_dir: where refused rows go: no customer_id, more values than columns.
        spec: the mapping of its columns and how it is read, where declared.

    Returns:
        the landed file; its columns are `SCHEMA`: customer_id trimmed and else as written; siren checked (a SIRET
        or a French VAT number gives it too, `siren_source` tells which); payment_terms as written and as four
        numbers; valid_from the first day of what the row says, null: from the beginning; columns that are none of
        ours as one JSON text, `attributes`.
        Values that cannot be read are null and told in `warnings`.

    Raises:
        UsageError: there is no such file.
        DataError: it is empty, binary, undecodable, has no column of customer ids, a column twice, a customer twice
            (from the same day), days with two readings, or a quote that is never closed.
    """
    spec = spec or TableSpec("customers", path.name)
    if _is_binary_table(path) or spec.encoding or spec.separator or spec.header_row or spec.sheet:
        from pipelines.sources.table_files import read_table_file

        text = read_table_file(path, spec, raw_dir / "texts")
        return land_customer_rows(text, raw_dir, quarantine_dir, spec)
    head = decode_head(read_head(path))
    landing = _landing(path, raw_dir, quarantine_dir, spec)
    if (known := landing.known()) is not None:
        return known
    skipped = _separator_line(head)
    separator = skipped or _separator(path.name, head, spec)
    file = scan(path, separator)
    reading = _Reading(path.name, separator, spec)
    rows = reading.rows(reading.records(read_text(file), 1 if skipped else 0))
    return _finish(landing, reading, rows, encoding=file.encoding, separator=_SEPARATOR_NAMES[separator])


def _is_binary_table(path: Path) -> bool:
    """Whether a file is a workbook or Parquet, by its first bytes."""
    if not path.is_file():
        return False
    with path.open("rb") as handle:
        return handle.read(4) in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1")


def land_customer_rows(text: TextTable, raw_dir: Path, quarantine_dir: Path, spec: TableSpec) -> LandedFile:
    """Land customers out of a table of texts, as `land_customers`.

    Raises:
        DataError: as `land_customers`.
    """
    landing = _landing(text.parquet, raw_dir, quarantine_dir, spec)
    named = {"file_name": text.file_name, "sha256": text.sha256, "source_id": text.sha256[:16]}
    if (known := landing.known()) is not None:
        return LandedFile(known.parquet, known.rejects, {**known.statistics, **named})
    reading = _Reading(text.file_name, ";", spec)
    rows = reading.rows(_text_records(text))
    for header, fault in text.faults.items():
        if header in reading.mapped:
            raise DataError(f"{text.file_name}, column '{header}': {fault}.")
    if text.ragged is not None:
        reading.rejects += [
            Reject(row["line_number"], None, row["reason"], row["raw_text"])
            for row in pq.read_table(text.ragged).to_pylist()
        ]
    separator = _SEPARATOR_NAMES.get(text.separator or "", text.separator)
    return _finish(landing, reading, rows, encoding=text.encoding, separator=separator, **named)


def _landing(path: Path, raw_dir: Path, quarantine_dir: Path, spec: TableSpec) -> Landing:
    landing = Landing("customers", path, raw_dir, quarantine_dir, None, _VERSION)
    conditions = [[one.headers, one.values, one.is_required] for one in (*spec.only, *spec.leave_out)]
    told = [
        dict(spec.columns),
        {name: dict(one) for name, one in spec.values.items()},
        len(spec.only),
        conditions,
    ]
    declared = json.dumps([told, spec.date_format, spec.decimal], sort_keys=True)
    if told != [{}, {}, 0, []] or spec.date_format or spec.decimal:
        landing.stem += f"-{hashlib.sha256(declared.encode()).hexdigest()[:8]}"
    return landing


def _finish(landing: Landing, reading: _Reading, rows: list[dict[str, Any]], **facts: Any) -> LandedFile:
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), landing.part, compression="zstd")
    days = [row["valid_from"] for row in rows if row["valid_from"]]
    return landing.finish(
        reading.rejects,
        rows_read=len(rows) + len(reading.rejects) + reading.out_of_scope,
        rows_accepted=len(rows),
        rows_out_of_scope=reading.out_of_scope,
        first_date=min(days).isoformat() if days else None,
        last_date=max(days).isoformat() if days else None,
        warnings=reading.warnings(),
        columns=reading.columns,
        **facts,
    )


def _text_records(text: TextTable) -> Iterator[tuple[int, list[str]]]:
    """The header of a table of texts as the record before its rows."""
    yield 1, list(text.columns)
    for batch in pq.ParquetFile(text.parquet).iter_batches(columns=["line_number", *text.columns]):
        for row in batch.to_pylist():
            yield row["line_number"], [_clean(row[name] or "") for name in text.columns]


def column_named(name: str, columns: Collection[str]) -> str | None:
    """The column of a landed customers' file that a user means: as its header has it, or by one of our names."""
    by_plain = {_plain(column): column for column in columns}
    known = _COLUMN_OF.get(_plain(name))
    return by_plain.get(_plain(name)) or (known if known in columns else None)


def value_of(column: str) -> str:
    """The SQL expression of a column of a landed customers' file, as text: one of ours, or one of `attributes`."""
    if column in SCHEMA.names:
        return f'cast("{column}" as varchar)'
    pointer = "/" + column.replace("~", "~0").replace("/", "~1")
    return f"json_extract_string(attributes, {quoted(pointer)})"


def _plain(text: str) -> str:
    """Lower case letters and digits, without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^a-z0-9]", "", "".join(c for c in decomposed if not unicodedata.combining(c)))


def _separator_line(head: str) -> str | None:
    """The separator that Excel's `sep=;` line declares, if the file begins with one."""
    match = re.match(r"\ufeff?\"?sep=([,;\t|])\"?\s*[\r\n]", head, re.IGNORECASE)
    return match[1] if match else None


def _separator(file_name: str, head: str, spec: TableSpec) -> str:
    first = next((line for line in head.splitlines() if line.strip(" \t,;|\ufeff")), "").removeprefix(
        "\ufeff"
    )

    def known(separator: str) -> tuple[int, int]:
        try:
            names = next(csv.reader([first], delimiter=separator), [])
        except csv.Error:
            return 0, 0
        ours = _COLUMN_OF.keys() | {_plain(name) for name in spec.columns.values()}
        return sum(_plain(name) in ours for name in names), len(names)

    separator = max(_SEPARATORS, key=known)
    if not known(separator)[0]:
        raise DataError(
            f"{file_name}: no column holds the customers' ids; name one customer_id (found: {first.strip()[:80]})."
        )
    return separator


class _Reading:
    """One reading of one file: its rows, refused rows and told faults."""

    def __init__(self, file_name: str, separator: str, spec: TableSpec) -> None:
        self.file_name = file_name
        self.separator = separator
        self.spec = spec
        self.rejects: list[Reject] = []
        self.faults: dict[str, list[str]] = {}
        self.columns: list[str] = []
        self.mapped: dict[str, str] = {}
        self.out_of_scope = 0

    def warnings(self) -> list[str]:
        said = []
        for sentences in self.faults.values():
            said += sentences[:_TOLD_EACH]
            if (more := len(sentences) - _TOLD_EACH) > 0:
                said.append(f"… and {more} more of the same kind.")
        return said

    def _fault(self, kind: str, sentence: str) -> None:
        self.faults.setdefault(kind, []).append(sentence)

    def records(self, text: str, lines_before: int) -> Iterator[tuple[int, list[str]]]:
        """Records with the physical line on which each begins; blank ones are left out."""
        lines = text.split("\n", lines_before)[-1]
        reader = csv.reader(io.StringIO(lines, newline=""), delimiter=self.separator, strict=True)
        line = lines_before + 1
        while True:
            try:
                record = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                what = "a quote is opened and never closed" if "unexpected end" in str(error) else str(error)
                raise DataError(
                    f"{self.file_name}, line {line}: {what}: double the quotes inside a quoted value, or remove them."
                ) from None
            if any(_clean(value) for value in record):
                yield line, [_clean(value) for value in record]
            line = lines_before + reader.line_num + 1

    def rows(self, records: Iterator[tuple[int, list[str]]]) -> list[dict[str, Any]]:
        """The customers among the records that follow the header."""
        header_line, header = next(records, (1, []))
        self.columns = columns = self._columns(header_line, header)
        in_scope = self._conditions(header)
        rows: list[dict[str, Any]] = []
        for line, values in records:
            raw = self.separator.join(values)
            if any(values[len(header) :]):
                reason = f"the row has {len(values)} values for {len(header)} columns"
                self.rejects.append(Reject(line, None, reason, raw))
                continue
            values = [*values, *[""] * len(header)]
            if not in_scope(values):
                self.out_of_scope += 1
                continue
            given = dict(zip(columns, values, strict=False))
            for name, meanings in self.spec.values.items():
                given[name] = meanings.get(given.get(name, ""), given.get(name, ""))
            customer = given["customer_id"]
            if not customer:
                self.rejects.append(Reject(line, "customer_id", "customer_id is blank", raw))
                continue
            rows.append(self._row(line, customer, given))
        self._days(rows)
        self._refuse_twins(rows)
        if not rows:
            raise DataError(
                f"{self.file_name} holds no customer: fill it in, or take `customers` out of encours.yml."
            )
        return rows

    def _conditions(self, header: Sequence[str]) -> Callable[[Sequence[str]], bool]:
        """Whether the conditions of the mapping leave a row in."""

        def at(rule: Condition) -> int | None:
            plain = [_plain(name) for name in header]
            found = next((plain.index(_plain(name)) for name in rule.headers if _plain(name) in plain), None)
            if found is None and rule.is_required:
                raise DataError(
                    f"{self.file_name} has no column '{rule.headers[0]}', on which {self.spec.where} lays a "
                    f"condition; its columns are: {', '.join(header)[:200]}."
                )
            return found

        def meets(rules: Sequence[Condition]) -> list[tuple[int, frozenset[str]]]:
            places = [
                (at(rule), frozenset(value.strip().casefold() for value in rule.values)) for rule in rules
            ]
            return [(place, values) for place, values in places if place is not None]

        only, leave_out = meets(self.spec.only), meets(self.spec.leave_out)
        return lambda values: (
            all(values[at].strip().casefold() in wanted for at, wanted in only)
            and not any(values[at].strip().casefold() in wanted for at, wanted in leave_out)
        )

    def _days(self, rows: list[dict[str, Any]]) -> None:
        """Read `valid_from` of every row: one way of writing days in a file."""
        texts = {row["valid_from"] for row in rows if row["valid_from"]}
        if not texts:
            for row in rows:
                row["valid_from"] = None
            return
        forms = [self.spec.date_format] if self.spec.date_format else list(_DAY_FORMATS)
        fitting = {form: days for form in forms if (days := _days_in(texts, form)) is not None}
        if not fitting:
            for row in rows:
                text = row["valid_from"] or ""
                if text and all(_days_in({text}, form) is None for form in forms):
                    raise DataError(
                        f"{self.file_name}, line {row['line']}, column valid_from: '{text}' is no day; write it "
                        "YYYY-MM-DD, or declare date_format."
                    )
            raise DataError(
                f"{self.file_name}, column valid_from: its days are written in several ways; write them YYYY-MM-DD."
            )
        readings = list(fitting.values())
        if any(one != readings[0] for one in readings):
            text = next(text for text in sorted(texts) if len({str(one[text]) for one in readings}) > 1)
            named = " or ".join(f"date_format: '{form}'" for form in fitting)
            raise DataError(
                f"{self.file_name}, column valid_from: '{text}' has two readings; declare {named} under customers."
            )
        for row in rows:
            row["valid_from"] = readings[0][row["valid_from"]] if row["valid_from"] else None

    def _refuse_twins(self, rows: list[dict[str, Any]]) -> None:
        """A customer stands once, or once from each day."""
        lines: dict[tuple[str, date | None], int] = {}
        for row in rows:
            key = (row["customer_id"], row["valid_from"])
            if key in lines:
                since = (
                    ""
                    if "valid_from" not in self.columns
                    else (f" from {row['valid_from']}" if row["valid_from"] else " without valid_from")
                )
                raise DataError(
                    f"{self.file_name}: customer {row['customer_id']} stands on lines {lines[key]} and {row['line']}"
                    f"{since}: keep one."
                )
            lines[key] = row["line"]

    def _declared(self, line: int, header: Sequence[str]) -> dict[int, str]:
        """Place in the header → the column of ours that the mapping says it is."""
        plain = [_plain(name) for name in header]
        found: dict[int, str] = {}
        for column, wanted in self.spec.columns.items():
            if _plain(wanted) not in plain:
                near = difflib.get_close_matches(_plain(wanted), plain, n=1)
                nearest = f" (nearest: '{header[plain.index(near[0])]}')" if near else ""
                raise DataError(
                    f"{self.file_name}, line {line}: there is no column '{wanted}', which {self.spec.where} names for "
                    f"{column}{nearest}; its columns are: {', '.join(name for name in header if name)[:200]}."
                )
            found[plain.index(_plain(wanted))] = column
        return found

    def _columns(self, line: int, header: list[str]) -> list[str]:
        """The name of each column: ours where known, else as written."""
        columns: list[str] = []
        declared = self._declared(line, header)
        exact = {_plain(name) for name in header} & set(map(_plain, _ALIASES))
        for at, name in enumerate(header):
            if at in declared:
                columns.append(declared[at])
                continue
            column = _COLUMN_OF.get(_plain(name))
            if column in declared.values():
                column = None
            # A canonical name wins over a mere likeness of it elsewhere in the header.
            if column and _plain(column) in exact and _plain(name) != _plain(column):
                column = None
            # SIRET beside SIREN, a label beside a code: the first one counts.
            if column and column in columns and column != "customer_id":
                column = None
            columns.append(column or name or f"column_{at + 1}")
        # `Code` beside `Client`: the plain word is the customer's name.
        if columns.count("customer_id") > 1:
            for at, name in enumerate(header):
                if columns[at] == "customer_id" and _plain(name) in _PLAIN_WORDS:
                    columns[at] = name if "name" in columns else "name"
        if columns.count("customer_id") != 1:
            what = "no column holds" if "customer_id" not in columns else "several columns may hold"
            raise DataError(
                f"{self.file_name}, line {line}: {what} the customers' ids; name one of them customer_id "
                f"(found: {', '.join(name for name in header if name)[:120]})."
            )
        twice = sorted({name for name in columns if columns.count(name) > 1})
        if twice:
            raise DataError(f"{self.file_name}, line {line}: the column {twice[0]} occurs twice: keep one.")
        self.mapped = {
            name: column for name, column in zip(header, columns, strict=True) if column in _ALIASES
        }
        return columns

    def _row(self, line: int, customer: str, given: dict[str, str]) -> dict[str, Any]:
        where = f"{self.file_name}, line {line}, customer {customer}"
        row: dict[str, Any] = dict.fromkeys(SCHEMA.names)
        row["customer_id"] = customer
        row["name"] = given.get("name") or None
        row["sector_code"] = given.get("sector_code") or None
        row["vat_number"] = self._vat(where, given.get("vat_number", ""))
        row |= self._legal_unit(where, given, row["vat_number"])
        row["country"] = self._country(where, given.get("country", ""), row["vat_number"])
        row |= self._place(where, given, row["country"])
        row["ledger_customer_id"] = given.get("ledger_customer_id") or None
        # Read once all are known; the line is for messages only.
        row |= {"valid_from": given.get("valid_from"), "line": line}
        row |= self._terms(where, given.get("payment_terms", ""))
        row["credit_limit"] = self._credit_limit(where, given.get("credit_limit", ""))
        for name in ("is_consumer", "is_group", "is_public", "is_insured"):
            row[name] = self._flag(where, name, given.get(name, ""))
        others = {name: value for name, value in given.items() if name not in _ALIASES and value}
        row["attributes"] = json.dumps(others, ensure_ascii=False) if others else None
        return row

    def _vat(self, where: str, text: str) -> str | None:
        number = re.sub(r"[^0-9A-Za-z]", "", text).upper()
        if not number:
            return None
        if number[:2] in _EU_PREFIXES and not eu_vat.is_valid(number):
            self._fault("vat", f"{where}: '{text}' is not a valid VAT number: left blank.")
            return None
        return number

    def _legal_unit(self, where: str, given: dict[str, str], vat_number: str | None) -> dict[str, str | None]:
        """The legal unit, what it is known by, its establishment and parent: the surest of what the row gives."""
        found = [self._siren(where, name, given.get(name, "")) for name in ("siren", "siret")]
        siren = found[0][0] or found[1][0]
        siret = found[0][1] or found[1][1]
        parent, _ = self._siren(where, "parent_siren", given.get("parent_siren", ""))
        by_vat = vat_number[4:] if vat_number and vat_number.startswith("FR") else None
        by_vat = by_vat if by_vat and siren_number.is_valid(by_vat) else None
        source = "declared" if siren else "siret" if siret else "vat_number" if by_vat else None
        unit = siren or (siret and siret[:9]) or by_vat
        if siret and siret[:9] != unit:
            self._fault("siret", f"{where}: SIRET {siret} is not of SIREN {unit}: left blank.")
            siret = None
        if by_vat and by_vat != unit:
            self._fault(
                "vat", f"{where}: the VAT number is of SIREN {by_vat}, and {unit} is given: {unit} counts."
            )
        if parent and parent == unit:
            parent = None
        return {"siren": unit, "siren_source": source, "siret": siret, "parent_siren": parent}

    def _siren(self, where: str, column: str, text: str) -> tuple[str | None, str | None]:
        """SIREN and SIRET that a text gives: one of them, or neither, which is told."""
        # A spreadsheet that takes it for a number drops the zeros in front, or adds a decimal.
        number = re.sub(r"[\s.\-]", "", re.sub(r"[.,]0$", "", text))
        if number.isascii() and number.isdigit() and int(number):
            if 12 <= len(number) <= 14 and siret_number.is_valid(number.zfill(14)):
                return None, number.zfill(14)
            if 6 <= len(number) <= 9 and siren_number.is_valid(number.zfill(9)):
                return number.zfill(9), None
        if number:
            named = "SIRET" if column == "siret" else "SIREN"
            self._fault(column, f"{where}: '{text}' is not a valid {named}: left blank.")
        return None, None

    def _country(self, where: str, text: str, vat_number: str | None) -> str | None:
        plain = _plain(text)
        if not plain:
            return _country_of(vat_number)
        if plain in _COUNTRIES:
            return _COUNTRIES[plain]
        if len(plain) == 2 and plain.isalpha():
            return plain.upper()
        self._fault("country", f"{where}: '{text}' is not a country (two letters, as FR): left blank.")
        return None

    def _place(self, where: str, given: dict[str, str], country: str | None) -> dict[str, str | None]:
        """Postcode and town, out of one column where they stand together."""
        postcode, city = (" ".join(given.get(name, "").split()) for name in ("postcode", "city"))
        both = re.fullmatch(r"(?:F-?)?(\d{4,5}) (\D.*)", postcode or city)
        if both and not (postcode and city):
            postcode, city = both[1], both[2]
        if country in (None, "FR"):
            # A spreadsheet drops the zero in front of the first nine departments.
            digits = re.sub(r"[.,]0$|^F-?|\s", "", postcode)
            if re.fullmatch(r"\d{4}", digits) and country == "FR":
                digits = digits.zfill(5)
            if re.fullmatch(r"\d{5}", digits):
                postcode = digits
            elif postcode and country == "FR":
                self._fault("postcode", f"{where}: '{postcode}' is not a French postal code: left blank.")
                postcode = ""
        return {"postcode": postcode or None, "city": city or None}

    def _terms(self, where: str, text: str) -> dict[str, Any]:
        row: dict[str, Any] = {"payment_terms": text or None}
        if not text:
            return row
        try:
            terms = parse_terms(text)
        except TermsError:
            self._fault(
                "terms", f"{where}: '{text}' is not a payment term: left blank; write {ACCEPTED_TERMS}."
            )
            return row
        return row | {
            "terms_net_days": terms.net_days,
            "terms_is_end_of_month": terms.is_end_of_month,
            "terms_days_after": terms.days_after,
            "terms_day_of_month": terms.day_of_month,
        }

    def _credit_limit(self, where: str, text: str) -> Decimal | None:
        if not text:
            return None
        amount = read_amount(
            text.replace("." if self.spec.decimal == "," else ",", "") if self.spec.decimal else text
        )
        if amount is None:
            self._fault("credit_limit", f"{where}: credit limit '{text}' is no amount: left blank.")
        return amount

    def _flag(self, where: str, name: str, text: str) -> bool | None:
        plain = text.casefold().strip()
        if plain in _YES:
            return True
        if plain in _NO:
            return None if not plain else False
        self._fault(name, f"{where}: {name} '{text}' is neither yes nor no: left blank.")
        return None


_DAY_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y")


def _days_in(texts: Collection[str], form: str) -> dict[str, date] | None:
    """Text → day in one way of writing, or None where it does not fit them all. A time of day is left out."""
    days = {}
    for text in texts:
        try:
            days[text] = datetime.strptime(re.split(r"[ T](?=\d{1,2}:)", text)[0], form).date()  # noqa: DTZ007
        except ValueError:
            return None
    return days


def _country_of(vat_number: str | None) -> str | None:
    """The country of a VAT number, of the Union or of the United Kingdom, whose check digits hold."""
    if not vat_number:
        return None
    prefix = vat_number[:2]
    if not (gb_vat if prefix == "GB" else eu_vat).is_valid(vat_number):
        return None
    # Greece and Northern Ireland have prefixes of their own.
    return {"EL": "GR", "XI": "GB"}.get(prefix, prefix)


_EU_PREFIXES = frozenset(re.findall("..", "ATBEBGCYCZDEDKEEELESFIFRHRHUIEITLTLULVMTNLPLPTROSESISKXI"))


def _clean(value: str) -> str:
    """A value on one line, without the blanks around it and the marks that keep a spreadsheet from converting it."""
    text = re.sub(r"\s*\n\s*", " ", value).strip(" \t\r\n\u00a0\u202f\u2009\u200b\ufeff")
    if match := re.fullmatch(r'="(.*)"', text):
        text = match[1].strip()
    return text.removeprefix("'") if re.fullmatch(r"'[\d+=@-].*", text) else text


def read_amount(text: str) -> Decimal | None:
    """Amount of a spreadsheet's text, its currency sign ignored; None if it has no reading, or two (`1.234`)."""
    plain = re.sub(r"[\u00a0\u202f\u2009]", " ", text)
    plain = re.sub(r"\s*(?:€|EUR|eur|euros?)\s*", "", plain).strip()
    match = _AMOUNT.fullmatch(plain)
    if match is None:
        return None
    whole, mark = match["whole"], match["mark"]
    groups = set(re.sub(r"\d", "", whole))
    is_one_group = len(re.sub(r"\d", "", whole)) == 1
    if len(groups) > 1 or mark in groups or (is_one_group and mark is None and groups <= {".", ","}):
        return None
    try:
        return Decimal(f"{match['sign']}{re.sub(r'[^0-9]', '', whole)}.{match['cents'] or '0'}").quantize(
            Decimal("0.01")
        )
    except InvalidOperation:
        return None
