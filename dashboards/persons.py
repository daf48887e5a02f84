"""Persons among the customers: pages and workbooks show their number where they would show their name.

What belongs here: how a person is named, and what of the tables would tell the name, withheld before any page reads
them. What does not: who is a person (`dim_customers.is_person`), the pages.

Sole traders, consumers and those who objected to publication are persons (GDPR): a site that is copied and mailed
about shows of them what the figures need. The tables themselves (`marts/`, the warehouse) keep the names, for those
who may read them. A text about a person that holds a part of the name is withheld whole; a number that tells the name,
as ledgers build them (411DUPONT), is replaced by one that does not. Refused rows are nobody's yet: their text is
withheld where there are persons at all, and always those of the sources that name persons.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import duckdb

from dashboards.context import Locale

WITHHELD = "[…]"
"""Stands for a text that would tell a person's name."""
TEXTS = (
    *("document_number", "document_reference", "reason", "detail", "override_reason", "customer_spelling"),
    *("matched_name", "source_key"),
)
"""Columns of tables with a customer that hold words as somebody wrote them."""
LABELS: dict[Locale, tuple[str, str, str]] = {
    "fr": ("Entrepreneur individuel", "Particulier", "Client confidentiel"),
    "en": ("Sole trader", "Private customer", "Confidential customer"),
}
"""What stands before the number: of sole traders, of consumers, of the others."""
_NAMING = ("customers", "sirene", "bodacc", "companies_house", "gleif", "accounts", "identities")
"""Sources whose rows name persons, or may."""
_NO_NAMES = (
    *("monsieur", "madame", "mademoiselle", "mme", "mlle", "mrs", "miss", "entreprise", "entrepreneur"),
    *("individuel", "individuelle", "eirl", "auto", "micro", "cabinet", "maitre", "docteur", "les", "des"),
)


def _plain(column: str) -> str:
    """SQL: letters as ledgers write them, without accents nor case."""
    return f"strip_accents(replace(replace(replace(lower({column}), 'œ', 'oe'), 'æ', 'ae'), 'ß', 'ss'))"


_PERSONS = rf"""
    create table persons as
    with given as (
        select
            company_id,
            customer_id,
            case when is_sole_trader then 0 when is_consumer then 1 else 2 end as kind,
            {_plain("customer_id")} as plain_id,
            list_distinct(list_filter(
                string_split_regex({_plain("concat_ws(' ', customer_name, legal_name)")}, '[^\p{{L}}\p{{N}}]+'),
                lambda word: length(word) >= 3 and not list_contains($no_names, word)
            )) as words,
            siren
        from read_parquet($customers)
        where is_person and (is_restricted or not $shows_persons)
    )
    select
        company_id,
        customer_id,
        kind,
        words,
        siren,
        case when siren is null then words else list_append(words, siren) end as marks,
        case
            when contains(plain_id, coalesce(siren, '|'))
                or len(list_filter(words, lambda word: length(word) >= 4 and contains(plain_id, word))) > 0
                or len(list_filter(
                    regexp_extract_all(plain_id, '\p{{L}}{{4,}}'),
                    lambda run: len(list_filter(words, lambda word: starts_with(word, run))) > 0
                )) > 0
            then 'P' || upper(left(md5(company_id || '|' || customer_id), 8))
            else customer_id
        end as shown_id
    from given
"""


class Persons:
    """The persons of a run, withheld from every table that is read through `relation`.

    Args:
        customers: Parquet of `dim_customers`.
        shows_persons: names are shown, but for those whose data were erased.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, customers: Path, shows_persons: bool) -> None:
        self._con = connection
        self._con.execute(
            _PERSONS,
            {"no_names": list(_NO_NAMES), "customers": str(customers), "shows_persons": shows_persons},
        )
        self._con.execute("create table person_labels (kind integer, label varchar)")
        self._con.execute("create table named_texts (text varchar)")
        (count,) = self._con.execute("select count(*) from persons").fetchone() or (0,)
        self.shows_texts = shows_persons
        self.any = bool(count)
        self.speak("fr")

    def speak(self, locale: Locale) -> None:
        """Name persons in a language, from now on."""
        self._con.execute("delete from person_labels")
        self._con.executemany("insert into person_labels values (?, ?)", list(enumerate(LABELS[locale])))

    def relation(self, table: str, path: Path, columns: Collection[str]) -> str:
        """SQL: the rows of a table without what would tell a person's name."""
        quoted = str(path).replace("'", "''")
        plain = f"select * from read_parquet('{quoted}')"
        if table == "rejected_rows":
            return plain if self.shows_texts else self._refused(quoted)
        if not self.any:
            return plain
        if table in ("sources", "expectations"):
            texts = (
                ("warnings",) if table == "sources" else ("observed", "expected", "sentence", "sentence_fr")
            )
            told = {column: self._unnamed(table, column, quoted) for column in texts if column in columns}
            return f"select t.* replace ({_listed(told)}) from read_parquet('{quoted}') t"
        if not {"company_id", "customer_id"} <= set(columns):
            return plain
        told = {column: _unless_named(column) for column in TEXTS if column in columns}
        told["customer_id"] = "coalesce(p.shown_id, t.customer_id)"
        if table == "dim_customers":
            told["customer_name"] = "coalesce(l.label || ' ' || p.shown_id, t.customer_name)"
            told["legal_name"] = "case when p.kind is null then t.legal_name end"
            told["siren"] = "case when p.kind is null then t.siren end"
        return (
            f"select t.* replace ({_listed(told)}) from read_parquet('{quoted}') t "
            "left join persons p on p.company_id = t.company_id and p.customer_id = t.customer_id "
            "left join person_labels l on l.kind = p.kind"
        )

    def _refused(self, quoted: str) -> str:
        """The text of refused rows, and the values that their reasons quote."""
        naming = ", ".join(f"'{source}'" for source in _NAMING)
        hides = "true" if self.any else f"source in ({naming})"
        reason = (
            rf"""regexp_replace(reason, '''[^'']+''|"[^"]+"|«[^»]+»|‘[^’]+’|“[^”]+”', '{WITHHELD}', 'g')"""
        )
        told = {
            "raw_text": f"case when raw_text is not null and {hides} then '{WITHHELD}' else raw_text end",
            "reason": f"case when {hides} then {reason} else reason end",
        }
        return f"select * replace ({_listed(told)}) from read_parquet('{quoted}')"

    def _unnamed(self, table: str, column: str, quoted: str) -> str:
        """A text of a run as a whole, unless it holds every word of a person's name, or the SIREN."""
        # Joined by the first word: thousands of persons are met with each text no more than it has words.
        self._con.execute(
            rf"""
            insert into named_texts
            with texts as (
                select distinct cast({column} as varchar) as text,
                    string_split_regex({_plain(f"cast({column} as varchar)")}, '[^\p{{L}}\p{{N}}]+') as words
                from read_parquet('{quoted}') where {column} is not null
            ),
            words as (select text, words, unnest(words) as word from texts)
            select distinct w.text from words w inner join persons p on p.words[1] = w.word
            where list_has_all(w.words, p.words)
            union
            select w.text from words w inner join persons p on p.siren = w.word
            """
        )
        blank = f"'[\"{WITHHELD}\"]'" if table == "sources" else f"'{WITHHELD}'"
        named = f"cast(t.{column} as varchar) in (select text from named_texts)"
        return f"case when {named} then {blank} else t.{column} end"


def _unless_named(column: str) -> str:
    words = f"list_filter(p.marks, lambda word: contains({_plain(f'cast(t.{column} as varchar)')}, word))"
    return f"case when len({words}) > 0 then '{WITHHELD}' else t.{column} end"


def _listed(told: dict[str, str]) -> str:
    return ", ".join(f"{sql} as {column}" for column, sql in told.items())


__all__ = ["LABELS", "TEXTS", "WITHHELD", "Persons"]
