"""Values of a FEC as SQL: amounts, dates and text, each row judged whole.

What belongs here: expressions that turn the fields of a line into typed columns, or into the reason why not.
What does not: reading, counting and writing (`fec`).

Parsing is strict and speaks for itself: a value is accepted only in a spelling that has one reading. The main
spelling of the file is tried first because it is fast; every other is recognised by its own shape and leaves
a note. `1,234` alone has two readings: it is refused unless the file proves which (`ThreeDigits`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

from pipelines.sources.fec_layout import (
    COLUMNS,
    DATE_COLUMNS,
    EARLIEST_YEAR,
    LATEST_YEAR,
    PIECE_DATE_MAX_DAYS_AHEAD,
    FecFormats,
    FecLayout,
)

# Blanks that French software writes inside numbers: space, no-break space, narrow no-break space, thin space.
BLANKS = " \t\u00a0\u202f\u2009"
_BLANK_CLASS = r"[ \x{00a0}\x{202f}\x{2009}]"
_SIGNS = r"[-+\x{2212}]"
# Below ten thousand billion: sums of ledgers then stay within DECIMAL(18,2).
AMOUNT_TYPE = "DECIMAL(15,2)"


class Note(IntFlag):
    """What was set to blank, or read in another spelling, on an accepted row (column `reading_notes`)."""

    PIECE_DATE_UNREADABLE = 1
    PIECE_DATE_ABSURD = 2
    DATE_LET_UNREADABLE = 4
    VALID_DATE_UNREADABLE = 8
    CURRENCY_AMOUNT_UNREADABLE = 16
    DECIMAL_COMMA = 32
    DECIMAL_POINT = 64
    OTHER_DATE_FORMAT = 128


@dataclass(frozen=True, slots=True)
class ThreeDigits:
    """How the file proves that one to three digits, a mark and three digits are meant (`1.234`).

    Attributes:
        thousands_marks: marks proven to group thousands.
        decimal_marks: marks proven to begin three decimals.
    """

    thousands_marks: str = ""
    decimal_marks: str = ""


def text_literal(text: str) -> str:
    """A DuckDB string literal."""
    return "'" + text.replace("'", "''") + "'"


def slow_amount(value: str, three: ThreeDigits) -> str:
    """DECIMAL(15,2) of a text in any spelling that has one reading, else NULL.

    Signs lead or trail; thousands are grouped by blanks, points or commas; decimals beyond the cent are zeros.
    """
    ambiguous_thousands = "".join(
        f"\n        when regexp_full_match(b, '[1-9][0-9]{{0,2}}[{mark}][0-9]{{3}}') then replace(b, '{mark}', '')"
        for mark in three.thousands_marks
    )
    ambiguous_decimals = "".join(
        f"\n        when regexp_full_match(b, '[0-9]+[{mark}][0-9]{{2}}0') then replace(b, '{mark}', '.')"
        for mark in three.decimal_marks
    )
    digits = rf"""case
        when regexp_full_match(b, '[0-9]+[.,]?|[0-9]*[.,][0-9]{{1,2}}') then replace(b, ',', '.')
        when regexp_full_match(b, '[0-9]{{1,3}}({_BLANK_CLASS}[0-9]{{3}})+([.,][0-9]{{0,2}})?')
            then replace(regexp_replace(b, '{_BLANK_CLASS}', '', 'g'), ',', '.')
        when regexp_full_match(b, '[0-9]{{1,3}}([.][0-9]{{3}})+,[0-9]{{0,2}}')
            then replace(replace(b, '.', ''), ',', '.')
        when regexp_full_match(b, '[0-9]{{1,3}}(,[0-9]{{3}})+[.][0-9]{{0,2}}') then replace(b, ',', '')
        when regexp_full_match(b, '[1-9][0-9]{{0,2}}([.][0-9]{{3}}){{2,}}') then replace(b, '.', '')
        when regexp_full_match(b, '[1-9][0-9]{{0,2}}(,[0-9]{{3}}){{2,}}') then replace(b, ',', '')
        when regexp_full_match(b, '[0-9]+[.,][0-9]{{2}}0{{2,}}|([0-9]{{4,}}|0[0-9]*)[.,][0-9]{{2}}0')
            then regexp_replace(replace(b, ',', '.'), '0+$', ''){ambiguous_thousands}{ambiguous_decimals}
    end"""
    # Lambdas name what is used many times, and run only on the rows that reach them.
    unsigned = f"trim(regexp_replace(v, '^{_SIGNS}|{_SIGNS}$', ''), {text_literal(BLANKS)})"
    sign = r"case when regexp_matches(v, '^[-\x{2212}]|[-\x{2212}]$') then '-' else '' end"
    number = f"try_cast({sign} || {_let('b', unsigned, digits)} as {AMOUNT_TYPE})"
    return _let("v", f"trim({value}, {text_literal(BLANKS)})", number)


def _let(name: str, value: str, body: str) -> str:
    """`body` with `name` standing for `value`, evaluated once a row."""
    return f"list_transform([{value}], lambda {name}: {body})[1]"


def amount(value: str, formats: FecFormats, three: ThreeDigits) -> str:
    """Amount of a non-blank text: the main spelling by one pattern and one cast, the rest by `slow_amount`."""
    mark = formats.decimal_mark or ","
    fast = value if mark == "." else f"replace({value}, ',', '.')"
    pattern = f"[0-9]+([{mark}][0-9]{{1,2}})?"
    return (
        f"case when regexp_full_match({value}, '{pattern}') then try_cast({fast} as {AMOUNT_TYPE}) "
        f"else {slow_amount(value, three)} end"
    )


def slow_date(value: str) -> str:
    """DATE of a text in any known format, day before month, midnight behind it ignored; else NULL."""
    plain = (
        f"regexp_replace(trim({value}, {text_literal(BLANKS)}), "
        r"'[ T]0?0:00(:00([.]0+)?)?Z?$', '')"
    )
    body = r"""case
        when regexp_full_match(v, '[0-9]{8}')
            then coalesce(try_strptime(v, '%Y%m%d'), try_strptime(v, '%d%m%Y'))::date
        when regexp_full_match(v, '[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}')
            then try_strptime(translate(v, '.-', '//'), '%d/%m/%Y')::date
        when regexp_full_match(v, '[0-9]{4}[/.-][0-9]{1,2}[/.-][0-9]{1,2}')
            then try_strptime(translate(v, '.-', '//'), '%Y/%m/%d')::date
    end"""
    return _let("v", plain, body)


def date_value(value: str, formats: FecFormats) -> str:
    """DATE of a non-blank text, or NULL: the file's main format first."""
    length = 8 if len(formats.date_format) == 6 else 10
    fast = f"try_strptime({value}, '{formats.date_format}')::date"
    return f"coalesce(case when length({value}) = {length} then {fast} end, {slow_date(value)})"


def _has_main_date_shape(value: str, formats: FecFormats) -> str:
    if len(formats.date_format) == 6:
        return f"length({value}) = 8"
    shape = formats.date_format.replace("%Y", "____").replace("%m", "__").replace("%d", "__")
    return f"{value} like '{shape}'"


def month_first_date(value: str) -> str:
    """DATE of a text read month before day, which no FEC is: tells why dates fail."""
    return f"try_strptime(translate(trim({value}), '.-', '//'), '%m/%d/%Y')::date"


def sense(value: str) -> str:
    """`D` or `C` of a Sens column: D, C, Débit, Crédit, +1, 1, -1, + or -; else NULL."""
    return (
        f"case upper(strip_accents(trim({value}, {text_literal(BLANKS)}))) "
        "when 'D' then 'D' when 'C' then 'C' when 'DEBIT' then 'D' when 'CREDIT' then 'C' "
        "when '+1' then 'D' when '1' then 'D' when '+' then 'D' when '-1' then 'C' when '-' then 'C' end"
    )


@dataclass(frozen=True, slots=True)
class ParseSql:
    """A reading, over a relation (line_number, line) whose lines end with the separator.

    Attributes:
        relation: `select` of every line with its raw and typed values; `{lines}` stands for the relation read.
        accepted: condition that a row is whole and readable.
        columns: the landed columns of an accepted row.
        is_readable: condition that the amounts of a refused row are known.
        reason_column, reason: the column at fault and the sentence, for a row that is not accepted.
    """

    relation: str
    accepted: str
    columns: str
    is_readable: str
    reason_column: str
    reason: str


def parse_sql(
    layout: FecLayout,
    formats: FecFormats,
    three: ThreeDigits,
    *,
    is_padded: bool,
    has_hard_padding: bool,
    constants: dict[str, str],
) -> ParseSql:
    """The SQL of one reading.

    Args:
        layout, formats, three: where columns stand and how values are written.
        is_padded: blanks beside separators occur, so that fields are trimmed (it costs half as much again).
        has_hard_padding: no-break blanks stand beside separators, and are trimmed too.
        constants: landed columns that are the same in every row, name to SQL.
    """
    n = layout.field_count

    def raw(name: str) -> str:
        field = f"a[{layout.position[name] + 1}]"
        if has_hard_padding:
            return f"trim({field}, {text_literal(BLANKS)})"
        return f"trim({field})" if is_padded else field

    signed = layout.amount_layout == "montant_sens"
    amount_columns = ("Montant",) if signed else ("Debit", "Credit")
    # A row has the header's fields, then the line's own end mark; before it, where most rows do, blank fields.
    whole = f"case when len(a) = {n + 1} then a[{n + 1}] = ''"
    if formats.trailing_fields:
        whole += (
            f" when len(a) = {n + 1 + formats.trailing_fields} "
            f"then trim(array_to_string(a[{n + 1}:], ''), {text_literal(BLANKS)}) = ''"
        )
    whole += " else false end"
    parts = [f"{whole} as is_whole"]
    for name in COLUMNS:
        if name in ("Debit", "Credit"):
            continue
        parts.append(f"{raw(name)} as raw_{name}")
    for name in amount_columns:
        parts.append(f"{raw(name)} as raw_{name}")
    if signed:
        parts.append(f"{raw('Sens')} as raw_Sens")
    typed = []
    for name in DATE_COLUMNS:
        typed.append(
            f"case when raw_{name} <> '' then {date_value(f'raw_{name}', formats)} end as date_{name}"
        )
    for name in amount_columns:
        typed.append(
            f"case when raw_{name} <> '' then {amount(f'raw_{name}', formats, three)} end as parsed_{name}"
        )
    typed.append(
        "case when raw_Montantdevise <> '' "
        f"then {amount('raw_Montantdevise', formats, three)} end as parsed_Montantdevise"
    )
    if signed:
        typed.append(f"{sense('raw_Sens')} as parsed_Sens")
        debit = "case when parsed_Sens = 'D' then parsed_Montant else 0::DECIMAL(18,2) end"
        credit = "case when parsed_Sens = 'C' then parsed_Montant else 0::DECIMAL(18,2) end"
        amounts_ok = "parsed_Montant is not null and parsed_Sens is not null"
        is_readable = amounts_ok
    else:
        debit = "case when raw_Debit = '' then 0 else parsed_Debit end"
        credit = "case when raw_Credit = '' then 0 else parsed_Credit end"
        amounts_ok = (
            "(raw_Debit = '' or parsed_Debit is not null) and (raw_Credit = '' or parsed_Credit is not null) "
            "and not (raw_Debit = '' and raw_Credit = '') and not (debit <> 0 and credit <> 0)"
        )
        # The fields of a row with too few or too many may be shifted: its amounts are known if all agrees.
        is_readable = "(is_whole or (date_EcritureDate is not null and debit + credit <> 0))"
    entry_date_ok = f"date_EcritureDate between date '{EARLIEST_YEAR}-01-01' and date '{LATEST_YEAR}-12-31'"
    accepted = f"is_whole and {entry_date_ok} and raw_CompteNum <> '' and {amounts_ok}"

    piece_max = f"date_EcritureDate + {PIECE_DATE_MAX_DAYS_AHEAD}"
    piece_absurd = f"(date_PieceDate < date '{EARLIEST_YEAR}-01-01' or date_PieceDate > {piece_max})"

    def plain_date(name: str) -> str:
        return f"case when date_{name} >= date '{EARLIEST_YEAR}-01-01' then date_{name} end"

    def unread(name: str) -> str:
        return f"(raw_{name} <> '' and {plain_date(name)} is null)"

    def has_mark(mark: str) -> str:
        tests = (
            f"(contains(raw_{c}, '{mark}') and regexp_matches(raw_{c}, '[{mark}][0-9]{{1,2}}[-+ ]*$'))"
            for c in amount_columns
        )
        return "(" + " or ".join(tests) + ")"

    marks = {",": Note.DECIMAL_COMMA, ".": Note.DECIMAL_POINT}
    marks.pop(formats.decimal_mark, None)
    bits = [
        f"case when raw_PieceDate <> '' and date_PieceDate is null then {int(Note.PIECE_DATE_UNREADABLE)} else 0 end",
        f"case when {piece_absurd} then {int(Note.PIECE_DATE_ABSURD)} else 0 end",
        f"case when {unread('DateLet')} then {int(Note.DATE_LET_UNREADABLE)} else 0 end",
        f"case when {unread('ValidDate')} then {int(Note.VALID_DATE_UNREADABLE)} else 0 end",
        "case when raw_Montantdevise <> '' and parsed_Montantdevise is null "
        f"then {int(Note.CURRENCY_AMOUNT_UNREADABLE)} else 0 end",
        *(f"case when {has_mark(mark)} then {int(bit)} else 0 end" for mark, bit in marks.items()),
        f"case when {_has_main_date_shape('raw_EcritureDate', formats)} then 0 "
        f"else {int(Note.OTHER_DATE_FORMAT)} end",
    ]
    columns = [f"{value} as {name}" for name, value in constants.items()]
    columns.append("line_number")
    for name in COLUMNS:
        if name == "Debit":
            columns.append("debit::DECIMAL(18,2) as Debit")
        elif name == "Credit":
            columns.append("credit::DECIMAL(18,2) as Credit")
        elif name == "PieceDate":
            columns.append(f"case when not {piece_absurd} then date_PieceDate end as PieceDate")
        elif name == "EcritureDate":
            columns.append("date_EcritureDate as EcritureDate")
        elif name in DATE_COLUMNS:
            columns.append(f"{plain_date(name)} as {name}")
        elif name == "Montantdevise":
            columns.append("parsed_Montantdevise::DECIMAL(18,2) as Montantdevise")
        else:
            columns.append(f"nullif(raw_{name}, '') as {name}")
    columns.append(f"({' + '.join(bits)})::SMALLINT as reading_notes")

    reasons: list[tuple[str, str, str]] = [
        (
            "not is_whole",
            "''",
            f"'the row has ' || field_count || ' fields instead of {n}'",
        ),
        ("raw_EcritureDate = ''", "'EcritureDate'", "'EcritureDate is blank'"),
        (
            f"({entry_date_ok}) is not true",
            "'EcritureDate'",
            "'EcritureDate ''' || raw_EcritureDate || ''' is no date'",
        ),
        ("raw_CompteNum = ''", "'CompteNum'", "'CompteNum is blank'"),
    ]
    ambiguous = "regexp_full_match(trim({v}, '-+ '), '[1-9][0-9]{{0,2}}[.,][0-9]{{3}}')"
    for name in amount_columns:
        raw_name = f"raw_{name}"
        failed = f"{raw_name} <> '' and parsed_{name} is null"
        reasons += [
            (
                f"{failed} and {ambiguous.format(v=raw_name)}",
                f"'{name}'",
                f"'{name} ''' || {raw_name} || ''' has two readings, thousands or decimals'",
            ),
            (
                f"{failed} and regexp_full_match(trim({raw_name}, '-+ '), '[0-9]+[.,][0-9]{{3,}}')",
                f"'{name}'",
                f"'{name} ''' || {raw_name} || ''' is not in whole cents'",
            ),
            (
                f"{failed} and regexp_full_match({raw_name}, '[-+0-9., ]*[0-9]{{14,}}[-+0-9., ]*')",
                f"'{name}'",
                f"'{name} ''' || {raw_name} || ''' is too large'",
            ),
            (failed, f"'{name}'", f"'{name} ''' || {raw_name} || ''' is no amount'"),
        ]
    if signed:
        reasons += [
            ("raw_Montant = ''", "'Montant'", "'Montant is blank'"),
            ("parsed_Sens is null", "'Sens'", "'Sens ''' || raw_Sens || ''' is none of D, C, +1, -1'"),
        ]
    else:
        reasons += [
            ("raw_Debit = '' and raw_Credit = ''", "'Debit'", "'neither Debit nor Credit has an amount'"),
            ("debit <> 0 and credit <> 0", "'Debit'", "'both Debit and Credit have an amount'"),
        ]
    split = (
        f"select line_number, line, string_split(line, {text_literal(layout.separator)}) as a from {{lines}}"
    )
    raws = f"select line_number, line, len(a) - 1 as field_count, {', '.join(parts)} from ({split})"
    typed_rows = f"select *, {', '.join(typed)} from ({raws})"
    relation = f"select *, {debit} as debit, {credit} as credit from ({typed_rows})"
    return ParseSql(
        relation=relation,
        accepted=accepted,
        columns=", ".join(columns),
        is_readable=is_readable,
        reason_column="case "
        + " ".join(f"when {when} then {column}" for when, column, _ in reasons)
        + " end",
        reason="case " + " ".join(f"when {when} then {why}" for when, _, why in reasons) + " end",
    )
