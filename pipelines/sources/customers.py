"""The customers' file: who owes, under which terms.

What belongs here: reading customers.csv as spreadsheets and accounting software write it, French headers
included. What does not: what a term means in dates (dbt macro `due_date`), companies' own defaults (`config`).

Unlike a ledger this file is written by hand: fields may be quoted, the separator is told from the header, and
a value that cannot be read is left blank and told, with its line and customer, while the customer is kept.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Collection, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from stdnum.eu import vat as eu_vat
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

from pipelines.errors import DataError
from pipelines.lake import quoted
from pipelines.sources.open_data import LandedFile, Landing, Reject
from pipelines.sources.text_stream import decode_head, read_head, read_text, scan
from pipelines.terms import ACCEPTED as ACCEPTED_TERMS
from pipelines.terms import TermsError, parse_terms

_VERSION = 3
_SEPARATORS = (",", ";", "\t", "|")
_SEPARATOR_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
# As many faults of values are told one by one; the rest of a kind is counted.
_TOLD_EACH = 20

SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("name", pa.string()),
        ("siren", pa.string()),
        ("vat_number", pa.string()),
        ("country", pa.string()),
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
        ("attributes", pa.string()),
    ]
)

# Headers as files bear them, letters and digits only, without accents; each set names one column.
_ALIASES: dict[str, str] = {
    "customer_id": (
        "customerid customer customercode customernumber customerno clientid client codeclient code codetiers tiers "
        "numeroclient noclient nclient numclient idclient identifiant compauxnum compteauxiliaire auxiliaire "
        "numerotiers accountnumber"
    ),
    "name": (
        "name customername nom nomclient raisonsociale denomination libelle intitule societe clientname company "
        "companyname compauxlib nomtiers"
    ),
    "siren": "siren numerosiren nosiren siret numerosiret nosiret sirensiret",
    "vat_number": (
        "vatnumber vat vatid tva numerotva notva tvaintracommunautaire tvaintracom numerotvaintracommunautaire "
        "identifianttva ntvaintracommunautaire ntva numtva"
    ),
    "country": "country countrycode pays codepays",
    "payment_terms": (
        "paymentterms terms paymentterm conditions condition conditionsdepaiement conditionspaiement "
        "conditiondepaiement conditionsdereglement conditionsreglement conditionreglement delaidepaiement "
        "delaipaiement delaireglement delaidereglement delai delais echeance modalites modalitesdepaiement "
        "conditionsdereglements"
    ),
    "credit_limit": (
        "creditlimit limit limitedecredit limitecredit plafond plafonddecredit plafondcredit encoursautorise "
        "encoursmax encoursmaximum creditmax"
    ),
    "sector_code": "sectorcode sector naf codenaf ape codeape secteur codesecteur nafape activite",
    "is_consumer": "isconsumer consumer particulier estparticulier consommateur b2c",
    "is_group": "isgroup group groupe intragroupe estgroupe societedugroupe filiale",
    "is_insured": "isinsured insured assure estassure clientassure assurancecredit creditinsured",
    "is_public": "ispublic public acheteurpublic estpublic secteurpublic administration",
}
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


def land_customers(path: Path, raw_dir: Path, quarantine_dir: Path) -> LandedFile:
    """Land a customers' file as `customers` rows, one per customer.

    Args:
        path: the file: CSV with any of comma, semicolon, tab or pipe, quoted or not, UTF-8, UTF-16, ISO-8859-15 or
            CP1252. Only the column customer_id (code, code client, numéro client…) is needed.
        raw_dir: where the Parquet file and its statistics go (`raw/customers`), named by content.
        quarantine_dir: where refused rows go: no customer_id, more values than columns.

    Returns:
        the landed file; its columns are `SCHEMA`: customer_id trimmed and else as written; siren checked (a SIRET
        or a French VAT number gives it too); payment_terms as written and as four numbers; columns that are none of
        ours as one JSON text, `attributes`. Values that cannot be read are null and told in `warnings`.

    Raises:
        UsageError: there is no such file.
        DataError: it is empty, binary, undecodable, has no column of customer ids, a column or a customer twice,
            or a quote that is never closed.
    """
    head = decode_head(read_head(path))
    landing = Landing("customers", path, raw_dir, quarantine_dir, None, _VERSION)
    if (known := landing.known()) is not None:
        return known
    skipped = _separator_line(head)
    separator = skipped or _separator(path.name, head)
    file = scan(path, separator)
    text = read_text(file)
    reading = _Reading(path.name, separator)
    rows = reading.rows(text, 1 if skipped else 0)
    part = landing.part
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), part, compression="zstd")
    return landing.finish(
        reading.rejects,
        encoding=file.encoding,
        separator=_SEPARATOR_NAMES[separator],
        rows_read=len(rows) + len(reading.rejects),
        rows_accepted=len(rows),
        warnings=reading.warnings(),
        columns=reading.columns,
    )


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


def _separator(file_name: str, head: str) -> str:
    first = next((line for line in head.splitlines() if line.strip(" \t,;|\ufeff")), "").removeprefix(
        "\ufeff"
    )

    def known(separator: str) -> tuple[int, int]:
        try:
            names = next(csv.reader([first], delimiter=separator), [])
        except csv.Error:
            return 0, 0
        return sum(_plain(name) in _COLUMN_OF for name in names), len(names)

    separator = max(_SEPARATORS, key=known)
    if not known(separator)[0]:
        raise DataError(
            f"{file_name}: no column holds the customers' ids; name one customer_id (found: {first.strip()[:80]})."
        )
    return separator


class _Reading:
    """One reading of one file: its rows, refused rows and told faults."""

    def __init__(self, file_name: str, separator: str) -> None:
        self.file_name = file_name
        self.separator = separator
        self.rejects: list[Reject] = []
        self.faults: dict[str, list[str]] = {}
        self.columns: list[str] = []

    def warnings(self) -> list[str]:
        said = []
        for sentences in self.faults.values():
            said += sentences[:_TOLD_EACH]
            if (more := len(sentences) - _TOLD_EACH) > 0:
                said.append(f"… and {more} more of the same kind.")
        return said

    def _fault(self, kind: str, sentence: str) -> None:
        self.faults.setdefault(kind, []).append(sentence)

    def _records(self, text: str, lines_before: int) -> Iterator[tuple[int, list[str]]]:
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

    def rows(self, text: str, lines_before: int) -> list[dict[str, Any]]:
        records = self._records(text, lines_before)
        header_line, header = next(records, (1, []))
        self.columns = columns = self._columns(header_line, header)
        rows: list[dict[str, Any]] = []
        lines: dict[str, int] = {}
        for line, values in records:
            raw = self.separator.join(values)
            if any(values[len(header) :]):
                reason = f"the row has {len(values)} values for {len(header)} columns"
                self.rejects.append(Reject(line, None, reason, raw))
                continue
            given = dict(zip(columns, [*values, *[""] * len(header)], strict=False))
            customer = given["customer_id"]
            if not customer:
                self.rejects.append(Reject(line, "customer_id", "customer_id is blank", raw))
                continue
            if customer in lines:
                raise DataError(
                    f"{self.file_name}: customer {customer} stands on lines {lines[customer]} and {line}: keep one."
                )
            lines[customer] = line
            rows.append(self._row(line, customer, given))
        if not rows:
            raise DataError(
                f"{self.file_name} holds no customer: fill it in, or take `customers` out of encours.yml."
            )
        return rows

    def _columns(self, line: int, header: list[str]) -> list[str]:
        """The name of each column: ours where known, else as written."""
        columns: list[str] = []
        exact = {_plain(name) for name in header} & set(map(_plain, _ALIASES))
        for at, name in enumerate(header):
            column = _COLUMN_OF.get(_plain(name))
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
        return columns

    def _row(self, line: int, customer: str, given: dict[str, str]) -> dict[str, Any]:
        where = f"{self.file_name}, line {line}, customer {customer}"
        row: dict[str, Any] = dict.fromkeys(SCHEMA.names)
        row["customer_id"] = customer
        row["name"] = given.get("name") or None
        row["sector_code"] = given.get("sector_code") or None
        row["vat_number"] = self._vat(where, given.get("vat_number", ""))
        row["siren"] = self._siren(where, given.get("siren", ""), row["vat_number"])
        row["country"] = self._country(where, given.get("country", ""))
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

    def _siren(self, where: str, text: str, vat_number: str | None) -> str | None:
        # A spreadsheet that takes it for a number drops the zeros in front, or adds a decimal.
        number = re.sub(r"[\s.\-]", "", re.sub(r"[.,]0$", "", text))
        if number.isascii() and number.isdigit():
            if len(number) == 14 and siret_number.is_valid(number):
                number = number[:9]
            if 6 <= len(number) <= 9 and int(number) and siren_number.is_valid(number.zfill(9)):
                return number.zfill(9)
        if number:
            self._fault("siren", f"{where}: '{text}' is not a valid SIREN: left blank.")
        if (
            not number
            and vat_number
            and vat_number.startswith("FR")
            and siren_number.is_valid(vat_number[4:])
        ):
            return vat_number[4:]
        return None

    def _country(self, where: str, text: str) -> str | None:
        plain = _plain(text)
        if not plain:
            return None
        if plain in _COUNTRIES:
            return _COUNTRIES[plain]
        if len(plain) == 2 and plain.isalpha():
            return plain.upper()
        self._fault("country", f"{where}: '{text}' is not a country (two letters, as FR): left blank.")
        return None

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
        amount = read_amount(text)
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
