"""Names of companies: how ledgers and registers write them, brought to one form, and the keys they are found by.

What belongs here: legal forms, titles and abbreviations as data; the SQL of a normal form and of its blocks. What does
not: how alike two names are (`matching`), who a customer is.

Both sides are brought to their form by the same SQL, a customer's name and the tens of millions of a register.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

LEGAL_FORMS: dict[str, str] = {
    "SARL": "SARL", "EURL": "SARL", "SARLU": "SARL", "SELARL": "SARL", "SELARLU": "SARL",
    "SAS": "SAS", "SASU": "SAS", "SELAS": "SAS", "SELASU": "SAS",
    "SA": "SA", "SCOP": "SCOP",
    "SCI": "SCI", "SCCV": "SCI", "SCM": "SC", "SCP": "SC", "SCEA": "SC", "GFA": "SC",
    "SNC": "SNC", "SCS": "SCS", "SCA": "SCA", "SEM": "SA", "GIE": "GIE",
    "EARL": "EARL", "GAEC": "GAEC", "ASSOCIATION": "ASSOCIATION", "ASSOC": "ASSOCIATION", "ASSO": "ASSOCIATION",
    "EI": "EI", "EIRL": "EI",
    "LTD": "LTD", "LIMITED": "LTD", "PLC": "PLC", "LLP": "LLP", "GMBH": "GMBH", "AG": "AG", "KG": "KG", "BV": "BV",
    "NV": "NV", "SPRL": "BV", "SRL": "SRL", "SPA": "SPA", "SL": "SL", "INC": "INC", "LLC": "LLC", "CORP": "CORP",
    "AB": "AB", "OY": "OY",
}  # fmt: skip
"""A legal form as it stands in names → its family."""

TITLES = ("M", "MR", "MME", "MLLE", "MONSIEUR", "MADAME", "MADEMOISELLE", "MAITRE", "DOCTEUR", "DR", "ME")
"""Civil titles: what follows is a person, for registers a sole trader."""

WITHOUT_MEANING = (
    "ETS", "ETABLISSEMENT", "ETABLISSEMENTS", "ETABL", "ETABS", "ETAB", "STE", "SOCIETE", "SOC", "CIE", "COMPAGNIE",
    "ENT", "ENTREPRISE", "ENTREPRISES", "SAINT", "SAINTE", "ST", "STES", "COMPANY", "CO",
    "A", "AU", "AUX", "D", "DE", "DES", "DU", "EN", "ET", "L", "LA", "LE", "LES", "SUR", "SOUS", "AND", "OF", "THE",
)  # fmt: skip
"""Words that are written, shortened or left out at will."""


@cache
def common_words() -> frozenset[str]:
    """Words of trades and places, family and first names that thousands of companies bear: one alone finds nobody."""
    return frozenset(files(__package__).joinpath("common_words.txt").read_text(encoding="ascii").split())


_SPELT_OUT = ("S A R L", "E U R L", "S A S U", "S A S", "S N C", "S C I", "S A")
_LIGATURES = {"Œ": "OE", "œ": "oe", "Æ": "AE", "æ": "ae", "ß": "ss", "Ø": "O", "ø": "o", "Ł": "L", "ł": "l"}
_DOUBLED = "BCDFGLMNPRST"
_VOWELS = "AEIOUYH"
_WORDS = 4
"""As many words of a name make keys."""


def plain(column: str) -> str:
    """SQL: a name in capitals, letters and digits alone between single blanks, initials joined (S.A. → SA)."""
    spelt = f"strip_accents({column})"
    for letter, written in _LIGATURES.items():
        spelt = f"replace({spelt}, '{letter}', '{written}')"
    # Most names of a register are ASCII without a full stop: the dear functions are spared.
    text = f"upper(case when strlen({column}) = length({column}) then {column} else {spelt} end)"
    text = (
        f"case when contains({column}, '.') then regexp_replace({text}, '\\.([A-Z])\\b', '\\1', 'g') "
        f"else {text} end"
    )
    return f"trim(regexp_replace({text}, '[^A-Z0-9]+', ' ', 'g'))"


def core(column: str) -> str:
    """SQL: what distinguishes a name: `plain` without legal form, title, single letters and words without meaning.

    A name made of such words alone is left as it is.
    """
    words = "|".join((*_SPELT_OUT, *LEGAL_FORMS, *TITLES, *WITHOUT_MEANING, "[A-Z]"))
    return bound(
        plain(column),
        "p",
        f"coalesce(nullif(trim(regexp_replace(p, '\\b(?:{words})\\b *', '', 'g')), ''), p)",
    )


def place(column: str) -> str:
    """SQL: a town without what is written of it at will: its articles, SAINT, CEDEX and its number, a district."""
    return (
        f"trim(regexp_replace(regexp_replace({plain(column)}, "
        "'\\b(?:CEDEX.*|ARRONDISSEMENT|[0-9]+(?:E|ER|EME)?|SAINTE?|STE?|LES?|LA|L)\\b', '', 'g'), ' +', ' ', 'g'))"
    )


def without_town(name: str, town: str) -> str:
    """SQL: a name (as `core` gives it) without the words of a town (as `place` gives it)."""
    return (
        f"array_to_string(list_filter(string_split({name}, ' '), "
        f"lambda word: not list_contains(string_split({town}, ' '), word)), ' ')"
    )


def bound(value: str, name: str, expression: str) -> str:
    """SQL: an expression in which a name stands for a value that is computed once."""
    return f"list_transform([{value}], lambda {name}: {expression})[1]"


def blocks(column: str) -> str:
    """SQL: the keys (VARCHAR[], some repeated or null) under which a name is looked up; none for null.

    Two names are compared where they share a key, so a key must outlive what ledgers do to names: pairs of words by
    their first consonants (order, vowels, doubled letters, a town added), long words (one of the others misspelt),
    the beginning without blanks (words glued or cut off), its consonants, and the end.
    """
    text = core(column)
    for letter in _DOUBLED:
        text = f"replace({text}, '{letter * 2}', '{letter}')"
    pairs = ", ".join(
        f"case when len(b) >= {other} then 'p' || least(b[{one}], b[{other}]) || ' ' || "
        f"greatest(b[{one}], b[{other}]) end"
        for one in range(1, _WORDS)
        for other in range(one + 1, _WORDS + 1)
    )
    starts = f"list_transform(string_split(k, ' ')[:{_WORDS}], lambda x: left(x, 4))"
    longs = (
        f"list_transform(string_split(n, ' ')[:{_WORDS}], "
        "lambda x: case when length(x) >= 5 then 't' || left(x, 7) end)"
    )
    whole = bound(
        "replace(n, ' ', '')",
        "g",
        "['g' || left(g, 12), case when length(g) >= 8 then 'e' || right(g, 8) end, "
        "case when length(k) >= 4 then 'k' || left(replace(k, ' ', ''), 8) end]",
    )
    bones = f"trim(regexp_replace(translate(n, '{_VOWELS}', ''), ' +', ' ', 'g'))"
    paired = bound(starts, "b", f"[{pairs}]")
    return bound(text, "n", bound(bones, "k", f"list_concat({paired}, {longs}, {whole})"))


def families() -> str:
    """SQL: a map from the legal forms that stand in names to their families."""
    return "map {" + ", ".join(f"'{form}': '{family}'" for form, family in LEGAL_FORMS.items()) + "}"


def family_in(column: str) -> str:
    """SQL: the family of the legal form that a name (as `plain` gives it) bears; `EI` after a civil title."""
    return (
        f"coalesce(map_extract_value({families()}, "
        f"list_filter(string_split({column}, ' '), lambda x: map_contains({families()}, x))[1]), "
        f"case when regexp_matches({column}, '^(?:{'|'.join(TITLES)}) ') then 'EI' end)"
    )


ABBREVIATIONS: dict[str, str] = {
    "TRPTS": "TRANSPORTS", "TPTS": "TRANSPORTS", "TRSP": "TRANSPORTS", "TRANS": "TRANSPORTS", "BLGIE": "BOULANGERIE",
    "BLGERIE": "BOULANGERIE", "PHIE": "PHARMACIE", "PHCIE": "PHARMACIE", "RESTO": "RESTAURANT", "FRES": "FRERES",
    "INTL": "INTERNATIONAL", "INTERNAT": "INTERNATIONAL", "GAL": "GENERAL", "GLE": "GENERALE", "NAT": "NATIONALE",
    "CTRE": "CENTRE", "CAB": "CABINET", "STES": "SOCIETES", "DPT": "DEPARTEMENT", "MNT": "MAINTENANCE",
    "TVX": "TRAVAUX", "CSTR": "CONSTRUCTION", "ELECT": "ELECTRICITE", "SVCES": "SERVICES", "SCES": "SERVICES",
    "TECHN": "TECHNIQUES", "FRCE": "FRANCE", "FR": "FRANCE", "DISTRIB": "DISTRIBUTION", "PROD": "PRODUCTION",
}  # fmt: skip
"""Words as ledgers shorten them, where the beginning alone does not tell."""

CATEGORIES = (
    ("1000", "EI"), ("54", "SARL"), ("57", "SAS"), ("55", "SA"), ("56", "SA"), ("6540", "SCI"), ("6598", "EARL"),
    ("6533", "GAEC"), ("65", "SC"), ("52", "SNC"), ("53", "SCA"), ("92", "ASSOCIATION"), ("62", "GIE"),
)  # fmt: skip
"""Beginning of a legal category of SIRENE → family of its form; the first that fits counts."""


def family_of(category: str) -> str:
    """SQL: the family of a legal category of SIRENE; null where it tells none."""
    cases = " ".join(
        f"when starts_with({category}, '{start}') then '{family}'" for start, family in CATEGORIES
    )
    return f"case {cases} end"
